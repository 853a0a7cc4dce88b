"""Working through grades that differ from what the customer said."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from content.models import ProcedurePage
from people.audit import record
from people.models import User
from scorecards.actions.refusals import Conflict, NotAllowed, Refused
from scorecards.models import RubricNote, Scorecard, VerdictReview
from scorecards.permissions import can_review_verdicts

State, Finding = VerdictReview.State, VerdictReview.Finding


def take_verdict(
    scorecard: Scorecard, *, side: str, by: User, at: dt.datetime | None = None
) -> VerdictReview:
    """Take it up; from now on it waits for nobody else. The caller has seen to it that `by` may know
    both verdicts and that they differ. A second time by the same person changes nothing."""
    _require(by)
    now = at or timezone.now()
    with transaction.atomic():
        VerdictReview.objects.bulk_create(
            [VerdictReview(assignment_id=scorecard.assignment_id, side=side)],
            ignore_conflicts=True,
        )
        review = _lock(assignment=scorecard.assignment_id, side=side)
        if review.state == State.TAKEN and review.taken_by_id == by.pk:
            return review
        if review.state != State.OPEN:
            raise Conflict(_("Somebody else has taken this up meanwhile."))
        _change(review, "take_verdict", by=by, at=now, state=State.TAKEN, taken_by=by, taken_at=now)
    return review


def put_back_verdict(
    review: VerdictReview, *, by: User, at: dt.datetime | None = None
) -> VerdictReview:
    """Undo taking it up: it waits for anybody again, with what was written so far. Also for whoever
    took it and is away."""
    _require(by)
    with transaction.atomic():
        review = _lock(pk=review.pk)
        if review.state != State.TAKEN:
            raise Conflict(_("Only what is taken up can be put back."))
        _change(
            review, "put_back_verdict", by=by, at=at, state=State.OPEN, taken_by=None, taken_at=None
        )
    return review


def settle_verdict(
    review: VerdictReview,
    *,
    finding: str,
    by: User,
    note: str = "",
    criterion_key: str = "",
    procedure: ProcedurePage | None = None,
    at: dt.datetime | None = None,
) -> VerdictReview:
    """Say what came of it. What the rubric misses needs a note, which is left in the rubric's builder;
    an unclear page needs the page."""
    _require(by)
    now = at or timezone.now()
    if finding == Finding.RUBRIC and not note.strip():
        raise Refused(
            _("Say in the note what the rubric misses: it goes to who writes the rubric.")
        )
    if finding == Finding.PAGE and procedure is None:
        raise Refused(_("Choose the page that is unclear."))
    with transaction.atomic():
        review = _lock(pk=review.pk)
        if review.state != State.TAKEN:
            raise Conflict(_("Take it up first: it was put back or settled meanwhile."))
        if review.taken_by_id != by.pk:
            raise Conflict(_("Somebody else has taken this up meanwhile."))
        written = None
        if finding == Finding.RUBRIC:
            written = RubricNote.objects.create(
                rubric_id=review.assignment.rubric_id,
                criterion_key=criterion_key,
                text=note,
                written_by=by,
                written_at=now,
            )
        _change(
            review,
            "settle_verdict",
            by=by,
            at=now,
            state=State.SETTLED,
            finding=finding,
            note=note,
            criterion_key=criterion_key,
            procedure=procedure,
            rubric_note=written,
            settled_at=now,
        )
    return review


def reopen_verdict(
    review: VerdictReview, *, by: User, at: dt.datetime | None = None
) -> VerdictReview:
    """Undo settling it: `by` has it, with what was found. A note on the rubric that nobody has dealt
    with goes with it."""
    _require(by)
    now = at or timezone.now()
    with transaction.atomic():
        review = _lock(pk=review.pk)
        if review.state != State.SETTLED:
            raise Conflict(_("It is open already."))
        left = review.rubric_note_id
        _change(
            review,
            "reopen_verdict",
            by=by,
            at=now,
            state=State.TAKEN,
            taken_by=by,
            taken_at=now,
            settled_at=None,
            rubric_note=None,
        )
        if left is not None:
            RubricNote.objects.filter(pk=left, settled_at__isnull=True).delete()
    return review


def _require(user: User) -> None:
    if not can_review_verdicts(user):
        raise NotAllowed(_("You may not work through verdicts that differ."))


def _lock(**which: Any) -> VerdictReview:
    rows = VerdictReview.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("assignment").get(**which)


def _change(
    review: VerdictReview, action: str, *, by: User, at: dt.datetime | None, **values: Any
) -> None:
    before = _words(review)
    for name, value in values.items():
        setattr(review, name, value)
    review.save(update_fields=list(values))
    record(action, by=by, of=review, before=before, after=_words(review), at=at)


def _words(review: VerdictReview) -> dict[str, Any]:
    return {
        "state": review.state,
        "finding": review.finding,
        "note": review.note,
        "criterion": review.criterion_key,
        "page": review.procedure_id,
        "taken_by": review.taken_by_id,
    }
