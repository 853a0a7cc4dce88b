"""Reading what the screens of practice send."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from interactions.conversation import blind_title
from people.converters import DATABASE_ID
from people.fields import ChosenRowsField
from people.models import User
from scorecards.models import ExpertKey, ReviewAssignment, Rubric, RubricVersion
from training.assessment import Assessment, Said


def number_in(data: QueryDict, name: str) -> int | None:
    """A small whole number that was sent, or None."""
    text = data.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def numbers_in(data: QueryDict, name: str) -> list[int]:
    texts = data.getlist(name)
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 6]


def said_in_form(data: QueryDict, assessment: Assessment) -> dict[int, Said]:
    """What was entered about the criteria that the scenario leaves open, answered or not."""
    found = {}
    for row in assessment.rows:
        if row.is_decided:
            continue
        level = data.get(f"{row.name}-level", "")
        found[row.criterion.pk] = Said(
            level=int(level) if DATABASE_ID.fullmatch(level) else None,
            is_not_applicable=level == "na",
            why=data.get(f"{row.name}-why", "").replace("\x00", "").strip()[:2000],
            quotes=numbers_in(data, f"{row.name}-quote"),
        )
    return found


class PracticeSetupForm(forms.Form):
    rubric = forms.ModelChoiceField(
        Rubric.objects.none(),
        required=False,
        label=_("Rubric"),
        empty_label=_("None: it is not graded"),
        help_text=_("Each run is graded by the version that is published when it begins."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        published = RubricVersion.objects.published().values("rubric")
        self.fields["rubric"].queryset = Rubric.objects.filter(  # type: ignore[attr-defined]
            pk__in=published
        )


class SampleSetupForm(forms.Form):
    keys = ChosenRowsField(
        ExpertKey.objects.none(),
        required=False,
        label=_("Samples"),
        widget=forms.CheckboxSelectMultiple,
    )
    may_be_shown = forms.BooleanField(
        required=False,
        label=_("These conversations may be shown to trainees."),
        help_text=_(
            "Trainees read the whole conversation and hear its recording; only the agent’s name is "
            "hidden. Choose none that the customer or the agent would not have shown."
        ),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["keys"]
        field.queryset = keys_for(user)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("keys") and not cleaned.get("may_be_shown"):
            self.add_error("may_be_shown", _("Confirm that trainees may read these conversations."))
        return cleaned


def keys_for(user: User) -> "Any":
    """The keys that `user` may choose for an exercise: to published versions, and not about what they
    still have to grade themself."""
    waiting = ReviewAssignment.objects.filter(
        reviewer=user, state__in=[ReviewAssignment.State.OPEN, ReviewAssignment.State.APART]
    )
    return (
        ExpertKey.objects.exclude(version__state=RubricVersion.State.DRAFT)
        .filter(interaction__message_count__gt=0)
        .exclude(interaction__in=waiting.values("interaction"))
        .exclude(interaction__agent=user)
        .select_related("interaction__agent", "version__rubric")
        .order_by("-written_at", "-pk")
    )


def key_title(key: ExpertKey) -> str:
    """What a sample is about, without its agent."""
    return blind_title(key.interaction)
