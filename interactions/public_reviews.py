"""Recording what customers say of us in public, answering it, and following it until it is closed."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interactions.models import PublicReview, PublicReviewNote
from people.audit import record
from people.models import User

State = PublicReview.State
FIELDS = (
    *("kind", "site", "url", "posted_on", "author", "rating", "highest", "title", "text"),
    *("may_quote", "interaction_id", "customer_id", "agent_id", "owner_id", "due_on"),
)


# What somebody said or is called. The audit log, of which nothing is taken back, tells how long it is:
# who wrote a review may ask to be forgotten.
SAID = ("url", "author", "title", "text")


class NotAllowed(Exception):
    """The change is not possible as things stand; the message is for the person who asked."""


@transaction.atomic
def save_review(review: PublicReview, *, by: User, at: dt.datetime | None = None) -> PublicReview:
    """Record a review, or correct what was recorded. Who is given one that is new has it in hand."""
    at = at or timezone.now()
    before = None
    if review.pk:
        stored = _locked(review)
        if not stored.is_open:
            raise NotAllowed(_("This review is closed. Open it again before you change it."))
        before = _facts(stored)
        # What another window did meanwhile stays.
        for name in ("state", "reply", "replied_by_id", "replied_at"):
            setattr(review, name, getattr(stored, name))
    else:
        review.recorded_by, review.recorded_at = by, at
    if review.state == State.NEW and review.owner_id:
        review.state = State.TAKEN
    review.save()
    after = _facts(review)
    if before != after:
        action = "change_review" if before else "record_review"
        changed = [name for name in FIELDS if before and before[name] != after[name]]
        told = {**_told(after), "changed": changed} if before else _told(after)
        record(action, by=by, of=review, before=before and _told(before), after=told, at=at)
    return review


@transaction.atomic
def take_review(review: PublicReview, *, by: User, at: dt.datetime | None = None) -> PublicReview:
    """Look after it from now on; it may be another's so far."""
    row = _open(review)
    before = {"owner": row.owner_id, "state": row.state}
    row.owner = by
    if row.state == State.NEW:
        row.state = State.TAKEN
    row.save(update_fields=["owner", "state"])
    record("take_review", by=by, of=row, before=before, after={"owner": by.pk}, at=at)
    return row


@transaction.atomic
def reply_to_review(
    review: PublicReview, text: str, *, by: User, at: dt.datetime | None = None
) -> PublicReview:
    """Keep what we replied on that page, or what we say there now."""
    at = at or timezone.now()
    row = _open(review)
    before = {"reply": _length(row.reply), "state": row.state}
    row.reply, row.replied_by, row.replied_at = text, by, at
    row.state = State.ANSWERED
    row.owner = row.owner or by
    row.save(update_fields=["reply", "replied_by", "replied_at", "state", "owner"])
    record("reply_to_review", by=by, of=row, before=before, after={"reply": _length(text)}, at=at)
    return row


@transaction.atomic
def note_on_review(
    review: PublicReview, text: str, *, by: User, at: dt.datetime | None = None
) -> PublicReviewNote:
    return PublicReviewNote.objects.create(
        review=review, text=text, written_by=by, written_at=at or timezone.now()
    )


@transaction.atomic
def close_review(
    review: PublicReview, *, by: User, note: str = "", at: dt.datetime | None = None
) -> PublicReview:
    """Done with. Without a reply somebody says why none was given."""
    at = at or timezone.now()
    row = _open(review)
    if not row.reply and not note:
        raise NotAllowed(_("Nobody replied to this review. Say in a note why it is closed so."))
    before = {"state": row.state}
    row.state, row.closed_by, row.closed_at = State.CLOSED, by, at
    row.save(update_fields=["state", "closed_by", "closed_at"])
    if note:
        note_on_review(row, note, by=by, at=at)
    record("close_review", by=by, of=row, before=before, after={"state": row.state}, at=at)
    return row


@transaction.atomic
def reopen_review(review: PublicReview, *, by: User, at: dt.datetime | None = None) -> PublicReview:
    row = _locked(review)
    if row.is_open:
        raise NotAllowed(_("This review is open already."))
    row.state = State.ANSWERED if row.reply else State.TAKEN if row.owner_id else State.NEW
    row.closed_by = row.closed_at = None
    row.save(update_fields=["state", "closed_by", "closed_at"])
    after = {"state": row.state}
    record("reopen_review", by=by, of=row, before={"state": State.CLOSED}, after=after, at=at)
    return row


@transaction.atomic
def delete_review(review: PublicReview, *, by: User, at: dt.datetime | None = None) -> None:
    """For what was recorded by mistake, with its notes; the audit log keeps place and rating."""
    row = _locked(review)
    before = {**_told(_facts(row)), "reply": _length(row.reply), "state": row.state}
    before["notes"] = row.notes.count()
    record("delete_review", by=by, of=row, before=before, at=at)
    row.delete()


def _facts(review: PublicReview) -> dict[str, Any]:
    facts = {name: getattr(review, name) for name in FIELDS}
    for name in ("rating", "highest"):
        facts[name] = None if facts[name] is None else f"{Decimal(facts[name]).normalize():f}"
    return facts


def _told(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: _length(said) if name in SAID else said for name, said in facts.items()}


def _length(text: str) -> str:
    return ngettext("%d character", "%d characters", len(text)) % len(text) if text else ""


def _locked(review: PublicReview) -> PublicReview:
    return PublicReview.objects.select_for_update().get(pk=review.pk)


def _open(review: PublicReview) -> PublicReview:
    row = _locked(review)
    if not row.is_open:
        raise NotAllowed(_("This review is closed. Open it again before you change it."))
    return row
