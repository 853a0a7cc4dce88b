"""The published editions of a procedure: written down as it goes live, and compared."""

import datetime as dt

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from wagtail.models import Page, Revision, TaskState

from content.edition_text import Change, difference, parts_of
from content.governance import governance_of, set_governance
from content.models import ChangeKind, Edition, ProcedurePage
from content.signals import edition_published


def record_edition(
    page: ProcedurePage, revision: Revision | None, *, at: dt.datetime | None = None
) -> Edition:
    """Keep what was just published as the next edition of `page`, and ring for who waits for it.

    A first publication is material unless it says otherwise, as an import of old pages does. So is one
    without a word on what it is, unless its text is the one of the edition before: to ask once too often
    is the safer mistake.
    """
    at = at or timezone.now()
    with transaction.atomic():
        Page.objects.select_for_update().get(pk=page.pk)
        stored = ProcedurePage.objects.get(pk=page.pk)
        text = parts_of(stored)
        last = Edition.objects.filter(page_id=page.pk).order_by("-number").first()
        kind: str
        if stored.change_kind:
            kind = stored.change_kind
        elif last is None and not _was_live_before(stored, at=at):
            kind = ChangeKind.MATERIAL
        elif last is not None and last.text == text:
            kind = ChangeKind.EDITORIAL
        else:
            kind = ChangeKind.MATERIAL
        edition = Edition.objects.create(
            page=stored,
            number=last.number + 1 if last else 1,
            revision=revision,
            revision_number=revision.pk if revision else None,
            kind=kind,
            note=stored.change_note.strip(),
            published_at=at,
            author=revision.user if revision else None,
            approved_by_id=_approver(revision),
            text=text,
        )
        # The next one starts without a note; this one's stays with the edition and its revision.
        ProcedurePage.objects.filter(pk=page.pk).update(change_kind="", change_note="")
        if last is None and governance_of(stored).reviewed_on is None:
            set_governance(stored, by=None, reviewed_on=timezone.localdate(at))
        edition_published.send(sender=ProcedurePage, edition=edition, page=stored, at=at)
    return edition


def _was_live_before(page: ProcedurePage, *, at: dt.datetime) -> bool:
    first = page.first_published_at
    return first is not None and first < at - dt.timedelta(minutes=1)


def _approver(revision: Revision | None) -> int | None:
    if revision is None:
        return None
    approvals = TaskState.objects.filter(
        revision=revision, status=TaskState.STATUS_APPROVED, finished_by__isnull=False
    )
    return approvals.order_by("-finished_at").values_list("finished_by", flat=True).first()


def record_missing_editions() -> int:
    """Give each published procedure that has no edition (it is older than the record) its first one.
    For a command; safe to run again."""
    missing = ProcedurePage.objects.live().filter(editions__isnull=True)
    count = 0
    for page in missing.select_related("live_revision__user").iterator(chunk_size=50):
        at = page.last_published_at or page.first_published_at or timezone.now()
        record_edition(page, page.live_revision, at=at)
        count += 1
    return count


def compare(older: Edition, newer: Edition) -> list[Change]:
    return difference(older.text, newer.text)


def latest_numbers(pages: list[int]) -> dict[int, int]:
    """The newest edition of each of `pages`. One query."""
    rows = Edition.objects.filter(page__in=pages).values("page").annotate(newest=Max("number"))
    return {row["page"]: row["newest"] for row in rows.order_by()}
