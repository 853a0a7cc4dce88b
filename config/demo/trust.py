"""Owners, reviews, editions that were signed for, and a note that is switched on."""

import datetime as dt

from django.db.models import F
from django.utils import timezone

from config.demo.people import Staff
from content.governance import set_governance, switch_on
from content.models import (
    ChangeKind,
    ContingencyNote,
    Edition,
    ManualSectionPage,
    ProcedurePage,
)
from people.models import User
from training.actions import sign
from training.models import Acknowledgement

OVERDUE = "social-replies"
MATERIAL = "returns-and-refunds"
LATE = "double-charge"
EDITORIAL = "live-chat"


def build(staff: Staff, pages: dict[str, ProcedurePage], *, today: dt.date) -> None:
    begin = _noon(today - dt.timedelta(days=180))
    _sign_first_editions(staff, at=begin)
    _govern(staff, pages, today=today)
    ines, _tomas, priya, jonah, *others = staff.agents
    _publish(
        pages[LATE],
        kind=ChangeKind.MATERIAL,
        note="A double charge goes to the payments desk at once, not after the second call.",
        purpose="The customer's money is on its way back the same day, and they know the date "
        "it arrives.",
        by=staff.editor,
        at=_noon(today - dt.timedelta(days=20)),
        signed_by=[ines, priya, jonah, *others],
    )
    _publish(
        pages[EDITORIAL],
        kind=ChangeKind.EDITORIAL,
        note="Shorter, and without a word that customers did not know.",
        purpose=pages[EDITORIAL].purpose.rstrip(".") + ", in short and friendly lines.",
        by=staff.editor,
        at=_noon(today - dt.timedelta(days=9)),
    )
    _publish(
        pages[MATERIAL],
        kind=ChangeKind.MATERIAL,
        note="Items can go back for 45 days instead of 30, and we ask for a photo of faults.",
        purpose=pages[MATERIAL].purpose.replace("at once", "in the first answer"),
        steps={
            "within 30 days": "within 45 days",
            "A fault is our matter": "Ask for a photo of a fault. A fault is our matter",
        },
        by=staff.editor,
        at=_noon(today - dt.timedelta(days=4)),
        signed_by=[jonah, *others[:5]],
    )
    _new_hire_arrives(staff, today=today)
    _contingencies(staff.editor, pages, today=today)


def _noon(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


def _sign_first_editions(staff: Staff, *, at: dt.datetime) -> None:
    """As if the manual had been published and signed half a year ago; the new hire still has to."""
    Edition.objects.update(published_at=at)
    asked = Acknowledgement.objects.all()
    week = dt.timedelta(days=7)
    asked.exclude(user=staff.new_hire).update(
        asked_at=at,
        due_on=timezone.localdate(at) + 2 * week,
        signed_at=at + week,
        signed_edition=F("edition"),
    )


def _new_hire_arrives(staff: Staff, *, today: dt.date) -> None:
    """Whoever joins is asked on their first day, whenever the editions were published."""
    first_day = today - dt.timedelta(days=3)
    Acknowledgement.objects.filter(user=staff.new_hire).update(
        asked_at=_noon(first_day), due_on=first_day + dt.timedelta(days=14)
    )


def _govern(staff: Staff, pages: dict[str, ProcedurePage], *, today: dt.date) -> None:
    marthe = staff.managers[0]
    for place, (slug, page) in enumerate(pages.items()):
        days = 205 if slug == OVERDUE else 20 + 9 * place
        set_governance(
            page,
            by=None,
            owner=marthe if place % 4 == 3 else staff.editor,
            reviewed_on=today - dt.timedelta(days=days),
            review_every_months=6,
        )
    for section in ManualSectionPage.objects.all():
        set_governance(
            section,
            by=None,
            owner=staff.editor,
            reviewed_on=today - dt.timedelta(days=60),
            review_every_months=12,
        )


def _publish(
    page: ProcedurePage,
    *,
    kind: ChangeKind,
    note: str,
    purpose: str,
    by: User,
    at: dt.datetime,
    steps: dict[str, str] | None = None,
    signed_by: list[User] | None = None,
) -> None:
    page = ProcedurePage.objects.get(pk=page.pk)
    page.change_kind, page.change_note, page.purpose = kind, note, purpose
    raw = page.steps.get_prep_value()
    for block in raw:
        for old, new in (steps or {}).items():
            said = block["value"]["instruction"]
            block["value"]["instruction"] = said.replace(old, new)
    page.steps = raw
    page.save_revision(user=by).publish(user=by)
    newest = page.editions.order_by("-number")[:1].get()
    Edition.objects.filter(pk=newest.pk).update(published_at=at)
    asked = Acknowledgement.objects.open().filter(edition=newest)
    asked.update(asked_at=at, due_on=timezone.localdate(at) + dt.timedelta(days=14))
    for hours, person in enumerate(signed_by or []):
        sign(person, page, edition=newest.number, at=at + dt.timedelta(hours=3 + hours))


def _contingencies(editor: User, pages: dict[str, ProcedurePage], *, today: dt.date) -> None:
    surge = ContingencyNote.objects.create(
        title="Storm on the coast: parcels two days later",
        text="Vans north of the river do not run until the weather turns. Say so before the customer "
        "asks, give the new date from the tracking, and offer to hold the parcel at a shop.\n"
        "No goodwill for the delay alone; a spoilt occasion goes to the shift supervisor.",
        kind=ContingencyNote.Kind.SURGE,
        channels=["phone", "chat", "email"],
    )
    surge.pages = [pages["late-delivery"], pages["answering-calls"]]
    surge.save()
    switch_on(
        surge,
        by=editor,
        starts_at=_noon(today - dt.timedelta(days=1)),
        ends_at=_noon(today + dt.timedelta(days=2)),
    )
    ContingencyNote.objects.create(
        title="Telephone system down",
        text="Take contacts by chat and e-mail. Whoever waited on the line is called back first, in "
        "the order of the list that the shift supervisor keeps.",
        kind=ContingencyNote.Kind.OUTAGE,
        channels=["phone"],
    )
