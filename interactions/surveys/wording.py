"""What was asked in which words."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format

from interactions.models import Survey, SurveyAnswer, SurveyVersion
from people.models import User

Kind = SurveyAnswer.Kind


@dataclass(frozen=True, slots=True)
class Question:
    """A question as a version keeps it."""

    kind: str
    text: str
    lowest: str
    highest: str

    @property
    def is_scale(self) -> bool:
        return self.kind in (Kind.CSAT, Kind.NPS, Kind.CES)

    @property
    def values(self) -> list[int]:
        low, high = SurveyAnswer.SCALES[Kind(self.kind)]
        return list(range(low, high + 1))


def questions_of(wording: dict[str, Any]) -> list[Question]:
    return [Question(**each) for each in wording["questions"]]


@transaction.atomic
def version_of(
    survey: Survey, *, by: User | None = None, at: dt.datetime | None = None
) -> SurveyVersion:
    """The version that says what the survey says now; a new one where it says something new."""
    survey = Survey.objects.select_for_update().get(pk=survey.pk)
    newest = survey.versions.order_by("-number").first()
    wording = survey.wording
    if newest and newest.wording == wording:
        return newest
    return SurveyVersion.objects.create(
        survey=survey,
        number=newest.number + 1 if newest else 1,
        wording=wording,
        created_by=by,
        created_at=at or timezone.now(),
    )


def page_context(wording: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What each of the customer's pages needs."""
    language = wording["language"]
    return {
        "words": wording,
        "questions": questions_of(wording),
        "language": language,
        "direction": "rtl" if language.split("-")[0] in ("ar", "fa", "he", "ur") else "ltr",
        **more,
    }


def preview_context(wording: dict[str, Any]) -> dict[str, Any]:
    from interactions.surveys.forms import AnswerForm

    text = mail_text(wording, timezone.localdate())
    form = AnswerForm(wording=wording)
    return page_context(wording, form=form, is_preview=True, mail_text=text)


def mail_text(wording: dict[str, Any], day: dt.date) -> str:
    with translation.override(wording["language"]):
        shown = date_format(day, "DATE_FORMAT")
    return str(wording["mail_text"]).replace("{date}", shown)
