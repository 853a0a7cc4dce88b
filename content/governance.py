"""What changes about the trust in a page: its owner, its review, contingency notes."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import Page

from content.models import ContingencyNote, Governance, ProcedurePage
from content.models.base import Reader
from people import audit
from people.models import User


class NotAllowed(Exception):
    """The change is not legal; the text says why, to the person who asked for it."""


def can_review(user: User, governance: Governance | None) -> bool:
    """Owners, and everybody who edits the manual."""
    is_owner = governance is not None and governance.owner_id == user.pk
    return is_owner or user.has_perm("wagtailadmin.access_admin")


def governance_of(page: Page) -> Governance:
    """The page's row in the side table, made if it has none yet."""
    governance, _created = Governance.objects.get_or_create(
        page_id=page.pk, defaults={"owner_id": page.owner_id}
    )
    return governance


def set_governance(page: Page, *, by: User | None, **values: Any) -> Governance:
    """Set some of `owner`, `reviewed_on`, `review_every_months` and `review_by_hand`.

    Nothing is written where nothing changes, so every autosave may call it. A new review takes back a
    date that was set by hand for the last one, unless a new one comes with it.
    """
    with transaction.atomic():
        governance = governance_of(page)
        governance = Governance.objects.select_for_update().get(pk=governance.pk)
        before = _facts(governance)
        for name, value in values.items():
            setattr(governance, name, value)
        after = _facts(governance)
        is_new_review = after["reviewed_on"] != before["reviewed_on"] and governance.reviewed_on
        if is_new_review and after["review_by_hand"] == before["review_by_hand"]:
            governance.review_by_hand = None
        governance.review_by = governance.computed_review_by
        after = _facts(governance)
        if after != before:
            governance.save()
            audit.record("set_governance", by=by, of=governance, before=before, after=after)
    page.governance = governance
    return governance


def mark_reviewed(page: Page, *, by: User, at: dt.datetime | None = None) -> Governance:
    """Say that everything on `page` still holds; the next review counts from today."""
    if not can_review(by, Governance.objects.filter(page_id=page.pk).first()):
        raise NotAllowed(_("Only the owner of a page and editors can say that it was reviewed."))
    if not page.live:
        raise NotAllowed(_("This page is not published, so there is nothing to review."))
    at = at or timezone.now()
    with transaction.atomic():
        governance = set_governance(
            page, by=by, reviewed_on=timezone.localdate(at), review_by_hand=None
        )
        log(instance=page, action="evenhand.reviewed", user=by)
    return governance


def _facts(governance: Governance) -> dict[str, Any]:
    return {
        "page": governance.page_id,
        "owner": governance.owner_id,
        "reviewed_on": governance.reviewed_on,
        "review_every_months": governance.review_every_months,
        "review_by_hand": governance.review_by_hand,
        "review_by": governance.review_by,
    }


def switch_on(
    note: ContingencyNote, *, by: User, starts_at: dt.datetime, ends_at: dt.datetime
) -> None:
    """Let `note` stand from one moment to the other; again, to move them."""
    if ends_at <= starts_at:
        raise NotAllowed(_("The end has to come after the beginning."))
    _switch(note, "switch_on_note", by=by, starts_at=starts_at, ends_at=ends_at)


def switch_off(note: ContingencyNote, *, by: User, at: dt.datetime | None = None) -> None:
    """End `note` now; one that has not begun is called off. A second click changes nothing."""
    at = at or timezone.now()
    note.refresh_from_db()
    if note.is_on(at=at):
        is_instant = note.starts_at is not None and note.starts_at >= at
        starts = None if is_instant else note.starts_at
        _switch(note, "switch_off_note", by=by, starts_at=starts, ends_at=at if starts else None)
    elif note.is_planned(at=at):
        _switch(note, "switch_off_note", by=by, starts_at=None, ends_at=None)


def _switch(
    note: ContingencyNote,
    action: str,
    *,
    by: User,
    starts_at: dt.datetime | None,
    ends_at: dt.datetime | None,
) -> None:
    with transaction.atomic():
        before = {"starts_at": note.starts_at, "ends_at": note.ends_at}
        note.starts_at, note.ends_at, note.switched_by = starts_at, ends_at, by
        ContingencyNote.objects.filter(pk=note.pk).update(
            starts_at=starts_at, ends_at=ends_at, switched_by=by
        )
        after = {"title": note.title, "starts_at": starts_at, "ends_at": ends_at}
        audit.record(action, by=by, of=note, before=before, after=after)


def notes_on(
    page: Page | None = None, *, at: dt.datetime, reader: Reader
) -> Sequence[ContingencyNote]:
    """The notes switched on at `at`: for one procedure, or all but those that concern only procedures
    which `reader` may not read. One query, and one for the channels of `page` unless prefetched."""
    # A row for each procedure that a note is about, and whether it may be read.
    readable = ProcedurePage.objects.visible_to(reader).filter(pk=OuterRef("pages"))
    rows = ContingencyNote.objects.switched_on(at=at).order_by("starts_at", "pk")
    by_pk: dict[int, ContingencyNote] = {}
    about: dict[int, dict[int, bool]] = {}
    for note in rows.annotate(about=F("pages"), is_readable=Exists(readable)):
        by_pk.setdefault(note.pk, note)
        if note.about is not None:
            about.setdefault(note.pk, {})[note.about] = note.is_readable
    notes = list(by_pk.values())
    for note in notes:
        note.chosen_pages = list(about.get(note.pk, ()))
    if page is not None:
        return [note for note in notes if note.concerns(page)]
    return [note for note in notes if not note.chosen_pages or any(about[note.pk].values())]
