"""A part of the manual in Swedish: the front and a section up to date, a procedure older than its
original, everything else not translated yet."""

import datetime as dt
from typing import Any

from django.utils import timezone
from wagtail.models import Locale

from config.demo.data_files import read_all
from config.demo.manual import as_html, notes_of
from config.demo.people import Staff
from content import languages
from content.models import (
    ChangeKind,
    Edition,
    ManualIndexPage,
    ManualSectionPage,
    ProcedurePage,
)

CODE = "sv"
FRONT = ("Handboken", "Hur vi hjälper våra kunder, steg för steg.")
SECTION = ("foundations", "Grunder", "Vad som gäller vid varje kontakt, oavsett kanal.")


def build(staff: Staff, pages: dict[str, ProcedurePage], *, today: dt.date) -> None:
    """Nothing where the manual has one language, as in tests."""
    if CODE not in languages.names():
        return
    languages.sync_locales()
    locale = Locale.objects.get(language_code=CODE)
    front = ManualIndexPage.objects.originals().get()
    front.get_parent().specific.copy_for_translation(locale, alias=True)
    section = ManualSectionPage.objects.originals().get(slug=SECTION[0])
    for page, title, introduction in ((front, *FRONT), (section, *SECTION[1:])):
        translation = page.copy_for_translation(locale)
        translation.title, translation.introduction = title, introduction
        translation.save_revision(user=staff.editor).publish(user=staff.editor)
    for data in read_all("translations"):
        original = ProcedurePage.objects.get(pk=pages[data["slug"]].pk)
        _translate(original, data, locale, staff)
        _improve(original, staff, at=_noon(today - dt.timedelta(days=2)))
    reader = next(agent for agent in staff.agents if agent.first_name == "Priya")
    reader.content_language = CODE
    reader.save(update_fields=["content_language"])


def _translate(original: ProcedurePage, data: dict[str, Any], locale: Locale, staff: Staff) -> None:
    page = original.copy_for_translation(locale)
    page.title, page.purpose = data["title"], data["purpose"]
    steps = original.steps.get_prep_value()
    for block, said in zip(steps, data["steps"], strict=True):
        block["value"] |= {
            "title": said["title"],
            "instruction": as_html(said["instruction"]),
            "say": said.get("say", ""),
            "record": said.get("record", ""),
            "check": said.get("check", ""),
        }
    page.steps, page.notes = steps, notes_of(data)
    for standard in page.channel_standards.all():
        standard.tone = data["channels"][standard.channel]
    page.save_revision(user=staff.editor).publish(user=staff.editor)


def _improve(original: ProcedurePage, staff: Staff, *, at: dt.datetime) -> None:
    """The original is worded better since."""
    original.change_kind = ChangeKind.EDITORIAL
    original.change_note = "Says at once that the last sentence is a promise."
    original.purpose = original.purpose.replace(
        "from the last", "from the last, which is a promise,"
    )
    original.save_revision(user=staff.editor).publish(user=staff.editor)
    newest = original.editions.order_by("-number")[:1].get()
    Edition.objects.filter(pk=newest.pk).update(published_at=at)


def _noon(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))
