"""Who holds which pick: claiming, releasing, skipping, and claims that lapse.

That two reviewers never hold the same pick rests on the database alone. A pick has one column for its
holder, and it is only ever filled by `UPDATE ... WHERE state = 'open' AND reviewer IS NULL`: of two at
once, the second finds no such row any more. A unique constraint keeps anybody from holding two copies
of one conversation. Whoever needs a draft and its assignment locks them in that order, as
`submit_scorecard` does.
"""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from people.audit import record
from people.clock import APART, pull_back
from people.models import User
from scorecards.actions.grade import start_scorecard
from scorecards.actions.refusals import Conflict, NotAllowed, Refused
from scorecards.models import CriterionScore, ReviewAssignment, Scorecard
from scorecards.models.picks import LONGEST_CLAIM
from scorecards.permissions import can_assign_reviews, can_grade

# Whenever one fails, somebody else got a pick: enough for all reviewers of a company to begin at nine.
_TRIES = 100

# A claim that was counted anew so lately need not be written again with every scorecard handed in.
_JUST_NOW = dt.timedelta(minutes=5)


class AlreadyTaken(Conflict):
    """Another reviewer was first: status 409."""

    def __init__(self) -> None:
        super().__init__(_("Somebody else has taken this one meanwhile. Choose another."))


class NoLongerHeld(Conflict):
    """It was given back, or the claim lapsed: status 409."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "You no longer hold this one: it was given back, or your claim lapsed. Choose another."
            )
        )


def claim_pick(
    assignment: ReviewAssignment, *, by: User, at: dt.datetime | None = None
) -> ReviewAssignment:
    """Take a pick from the pool, so that it waits for `by` alone until the claim lapses. What `by` holds
    already stays as it is: an answer that got lost, or a second click, asks again.

    Raises `AlreadyTaken` when somebody else holds it, `NotAllowed` for one's own conversation, for one
    that one has or had another copy of, and for who is no reviewer of its plan.
    """
    now = at or timezone.now()
    if not can_grade(by):
        raise NotAllowed(_("Only reviewers have a queue."))
    with transaction.atomic():
        _free_if_lapsed(assignment.pk, at=now)
        row = (
            ReviewAssignment.objects.claimable_by(by, at=now)
            .select_related("interaction", "pick__draw__plan")
            .filter(pk=assignment.pk)
            .first()
        )
        if row is None:
            mine = ReviewAssignment.objects.held_by(by, at=now).filter(pk=assignment.pk)
            if kept := mine.select_related("interaction", "pick__draw__plan").first():
                return kept
            held = ReviewAssignment.objects.open().filter(pk=assignment.pk, reviewer=None)
            if held.exists():
                raise NotAllowed(_("This one is for other reviewers to grade."))
            raise AlreadyTaken
        return _claim(row, by=by, at=now)


def claim_next(*, by: User, at: dt.datetime | None = None) -> ReviewAssignment | None:
    """Take what is most urgent in the pool; None when there is nothing for this reviewer."""
    now = at or timezone.now()
    for _attempt in range(_TRIES):
        first = ReviewAssignment.objects.claimable_by(by, at=now).for_claiming(by).first()
        if first is None:
            return None
        try:
            return claim_pick(first, by=by, at=now)
        except Conflict:
            continue
    return None


def next_review(*, by: User, at: dt.datetime | None = None) -> ReviewAssignment | None:
    """What `by` should grade now: what waits for them, otherwise what they can claim."""
    now = at or timezone.now()
    mine = ReviewAssignment.objects.held_by(by, at=now).started_first()
    # No more than `resume_draft` asks: this is looked up with every scorecard that is submitted.
    mine = mine.select_related("pick__draw__plan").only(
        "expires_at", "pick__draw__plan__claim_hours"
    )
    return mine.first() or claim_next(by=by, at=now)


def resume_draft(
    assignment: ReviewAssignment, *, by: User, at: dt.datetime | None = None
) -> int | None:
    """The draft of what `next_review` found, its claim counted from now. None where `start_review` has
    to be asked: nothing is begun, or somebody else holds it since. One query at the most."""
    draft: int | None = getattr(assignment, "draft_id", None)
    if draft is None or assignment.expires_at is None:
        return draft
    fresh = (at or timezone.now()) + dt.timedelta(hours=assignment.claim_hours)
    if assignment.expires_at < fresh - _JUST_NOW:
        held = ReviewAssignment.objects.open().filter(pk=assignment.pk, reviewer=by)
        if not held.update(expires_at=fresh):
            return None
    return draft


def start_review(
    assignment: ReviewAssignment, *, by: User, at: dt.datetime | None = None
) -> Scorecard:
    """Open the scorecard of a pick that `by` holds, and let the claim count from now.

    Raises `NoLongerHeld` when the claim lapsed and somebody else holds it, or it was released, set aside
    or withdrawn.
    """
    now = at or timezone.now()
    with transaction.atomic():
        row = (
            ReviewAssignment.objects.select_for_update(no_key=True, of=("self",))
            .select_related("interaction", "pick__draw__plan")
            .filter(pk=assignment.pk)
            .first()
        )
        if row is None or row.state == ReviewAssignment.State.SKIPPED or row.reviewer_id != by.pk:
            raise NoLongerHeld
        fresh = now + dt.timedelta(hours=row.claim_hours)
        if row.expires_at is not None and row.expires_at < fresh:
            row.expires_at = fresh
            row.save(update_fields=["expires_at"])
        return start_scorecard(row, by=by, at=now)


def release_pick(
    assignment: ReviewAssignment, *, by: User, at: dt.datetime | None = None
) -> ReviewAssignment:
    """Give a pick back to the pool, where any reviewer who may takes it. A draft goes, and what was
    graded in it stays in the audit log.

    Raises `NotAllowed` when `by` does not hold it, `Conflict` when it was submitted or skipped.
    """
    now = at or timezone.now()
    with transaction.atomic():
        graded = drop_draft(assignment.pk)
        _leave(assignment, by=by, reviewer=None, expires_at=None, released_by=by)
        record(
            "release_pick",
            by=by,
            of=assignment,
            before={"reviewer": by.pk, "grades": graded},
            after={"reviewer": None},
            at=now,
        )
    assignment.refresh_from_db()
    return assignment


def skip_pick(
    assignment: ReviewAssignment, *, by: User, reason: str, at: dt.datetime | None = None
) -> ReviewAssignment:
    """Set a pick aside that cannot be graded by anybody, with the reason. A draft goes, and what was
    graded in it stays in the audit log.

    Raises `Refused` without a reason, `NotAllowed` when `by` does not hold it, `Conflict` when it was
    submitted or skipped.
    """
    now = at or timezone.now()
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say why it cannot be graded."))
    with transaction.atomic():
        graded = drop_draft(assignment.pk)
        _leave(
            assignment,
            by=by,
            state=ReviewAssignment.State.SKIPPED,
            skip_reason=reason,
            expires_at=None,
        )
        record(
            "skip_pick",
            by=by,
            of=assignment,
            before={"state": ReviewAssignment.State.OPEN, "grades": graded},
            after={"state": ReviewAssignment.State.SKIPPED, "reason": reason},
            at=now,
        )
    assignment.refresh_from_db()
    return assignment


def reopen_pick(
    assignment: ReviewAssignment, *, by: User, at: dt.datetime | None = None
) -> ReviewAssignment:
    """Put a skipped pick back into the pool; who skipped it is offered it last. Why it was skipped stays
    in the audit log.

    Raises `NotAllowed` for who does not hand work out, and for what is no statement about an agent
    (see `ReviewAssignment`), `Conflict` when it is not skipped (any more).
    """
    now = at or timezone.now()
    if not can_assign_reviews(by):
        raise NotAllowed(_("You may not pick interactions for grading."))
    with transaction.atomic():
        row = ReviewAssignment.objects.select_for_update(no_key=True).get(pk=assignment.pk)
        if row.is_off_record:
            raise NotAllowed(_("What is only compared is not put back into the pool."))
        if row.state != ReviewAssignment.State.SKIPPED:
            raise Conflict(_("This one is not set aside any more; nothing was changed."))
        before = {"state": row.state, "reviewer": row.reviewer_id, "reason": row.skip_reason}
        row.released_by_id = row.reviewer_id
        row.reviewer = None
        row.state = ReviewAssignment.State.OPEN
        row.skip_reason = ""
        row.expires_at = None
        row.save(update_fields=["released_by", "reviewer", "state", "skip_reason", "expires_at"])
        after = {"state": row.state, "reviewer": None}
        record("reopen_pick", by=by, of=row, before=before, after=after, at=now)
    return row


def expire_claims(*, at: dt.datetime | None = None) -> int:
    """Put every lapsed claim back into the pool; return how many. Nobody need wait for it: a lapsed
    claim counts as free at once, and claiming it does the same for that one. One that a wrong clock had
    made too long lasts from now as long as any."""
    now = at or timezone.now()
    _shorten_claims(at=now)
    freed = 0
    for pk in ReviewAssignment.objects.lapsed(at=now).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            freed += _free_if_lapsed(pk, at=now)
    return freed


def _claim(row: ReviewAssignment, *, by: User, at: dt.datetime) -> ReviewAssignment:
    expires_at = at + dt.timedelta(hours=row.claim_hours)
    try:
        with transaction.atomic():
            taken = (
                ReviewAssignment.objects.open()
                .filter(pk=row.pk, reviewer__isnull=True)
                .update(reviewer=by, expires_at=expires_at)
            )
    except IntegrityError as error:
        # Two claims of the same person at once, for two copies of one conversation.
        raise AlreadyTaken from error
    if not taken:
        raise AlreadyTaken
    record("claim_pick", by=by, of=row, before={"reviewer": None}, after={"reviewer": by.pk}, at=at)
    row.reviewer, row.expires_at = by, expires_at
    return row


def _leave(assignment: ReviewAssignment, *, by: User, **changes: Any) -> None:
    """Change an open pick that `by` holds; the condition is part of the statement."""
    held = ReviewAssignment.objects.filter(pk=assignment.pk, reviewer=by)
    if held.open().update(**changes):
        return
    if held.exists():
        raise Conflict(_("This one is not open any more; nothing was changed."))
    if ReviewAssignment.objects.filter(pk=assignment.pk, released_by=by).exists():
        raise NoLongerHeld
    raise NotAllowed(_("Only who holds it gives it back or skips it."))


def _shorten_claims(*, at: dt.datetime) -> None:
    """Those of a clock that was ahead; three queries where there is none."""
    held = ReviewAssignment.objects.open().filter(reviewer__isnull=False)
    drafts = Scorecard.objects.drafts().filter(assignment__in=held)
    pull_back(drafts, "active_at", at=at)
    pull_back(CriterionScore.objects.filter(scorecard__in=drafts), "saved_at", at=at)
    # What a draw handed out lasts until the day when it is due.
    late = held.filter(Q(due_on=None) | Q(due_on__lt=at), expires_at__gt=at + LONGEST_CLAIM + APART)
    for row in late.select_related("pick__draw__plan").order_by("pk"):
        ends = at + dt.timedelta(hours=row.claim_hours)
        held.filter(pk=row.pk, expires_at=row.expires_at).update(expires_at=ends)


def _free_if_lapsed(pk: int, *, at: dt.datetime) -> bool:
    """Take a lapsed claim off its holder. The draft is locked first and the condition asked again, so
    that a grade saved at this moment keeps the claim."""
    lapsed = ReviewAssignment.objects.lapsed(at=at).filter(pk=pk)
    if not lapsed.exists():
        return False
    list(Scorecard.objects.select_for_update(no_key=True).filter(assignment=pk))
    claim = lapsed.values_list("reviewer", "expires_at").first()
    if claim is None:
        return False
    holder, expires_at = claim
    # A claim that was prolonged or given to another meanwhile is another claim.
    same = Q(expires_at__isnull=True) if expires_at is None else Q(expires_at=expires_at)
    freed = (
        ReviewAssignment.objects.open()
        .filter(same, pk=pk, reviewer=holder)
        .update(reviewer=None, expires_at=None, released_by=holder)
    )
    if not freed:
        return False
    graded = drop_draft(pk)
    record(
        "expire_claim",
        by=None,
        of=ReviewAssignment(pk=pk),
        before={"reviewer": holder, "grades": graded},
        after={"reviewer": None},
        at=at,
    )
    return True


def drop_draft(assignment: int) -> list[dict[str, Any]]:
    """Delete the draft of an assignment; return for the audit log its grades and, last, the summary
    if there is one. A submitted scorecard stays, and then the assignment is not open any more either."""
    draft = Scorecard.objects.select_for_update(no_key=True).drafts().filter(assignment=assignment)
    row = draft.first()
    if row is None:
        return []
    graded: list[dict[str, Any]] = [
        {
            "criterion": score.criterion_id,
            "level": score.level_id,
            "not_applicable": score.is_not_applicable,
            "comment": score.comment,
            # Where it was quoted from and not the words: what a customer said can be erased, a line of
            # the audit log cannot.
            "evidence": [
                {"message": quotation.message_id, "start": quotation.start, "end": quotation.end}
                for quotation in score.evidence.all()
            ],
        }
        for score in CriterionScore.objects.filter(scorecard=row).prefetch_related("evidence")
    ]
    if row.summary:
        graded.append({"summary": row.summary})
    row.delete()
    return graded
