import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from people.audit import record
from people.models import User
from scorecards.actions.locking import lock, lock_current
from scorecards.actions.refusals import (
    AlreadySubmitted,
    CommentsMissing,
    Conflict,
    Incomplete,
    NotAllowed,
)
from scorecards.actions.revise import RESULT_FIELDS, figures_of, in_order, store_result
from scorecards.loading import load_version, result_of, rules_for, uncommented_in
from scorecards.models import (
    CalibrationItem,
    Dispute,
    FeedbackHold,
    Reply,
    ReviewAssignment,
    Scorecard,
)
from scorecards.permissions import can_edit
from scorecards.rollups import add_to_rollups, remove_from_rollups
from scorecards.signals import (
    grade_shown,
    grade_taken_back,
    practice_submitted,
    scorecard_submitted,
)
from scorecards.withholding import seen_before_undo

# Who submitted one of these sees the key or what others said.
_COMPARED = (
    ReviewAssignment.Purpose.SEEDED,
    ReviewAssignment.Purpose.CALIBRATION,
    ReviewAssignment.Purpose.PRACTICE,
)


def submit_scorecard(
    scorecard: Scorecard,
    *,
    by: User,
    summary: str = "",
    at: dt.datetime | None = None,
) -> Scorecard:
    """Hand a draft in: its result is stored, its rollups are added to and its assignment is done,
    all in one transaction. Returns the scorecard as it is now.

    It is held back from its agent where the rubric version or a manager says so.

    Raises `NotAllowed`, `AlreadySubmitted` (also for the second of two at once), `Gone`, `Incomplete`
    and `CommentsMissing`; then nothing was written.
    """
    now = at or timezone.now()
    with transaction.atomic():
        is_agent_held = Exists(FeedbackHold.objects.filter(agent=OuterRef("interaction__agent")))
        rows = Scorecard.objects.select_related("assignment", "interaction__agent", "version")
        locked = lock(scorecard, rows.annotate(is_agent_held=is_agent_held))
        if not can_edit(by, locked):
            raise NotAllowed(_("Only its reviewer submits a scorecard."))
        if locked.is_submitted:
            raise AlreadySubmitted
        rules = rules_for(locked.version)
        result = result_of(locked, rules)
        if not result.is_complete:
            raise Incomplete(in_order(load_version(locked.version_id), set(result.unanswered)))
        if missing := uncommented_in(locked, rules):
            raise CommentsMissing(in_order(load_version(locked.version_id), missing))
        # An import may have matched the agent only after grading began.
        agent = locked.interaction.agent
        if agent == by:
            raise NotAllowed(_("This turned out to be your own conversation; nobody grades those."))
        locked.agent = None if locked.assignment.is_off_record else agent
        locked.state = Scorecard.State.SUBMITTED
        locked.submitted_at = now
        locked.summary = summary
        # Without an agent there is nobody to hold it back from, and nobody who could release it.
        locked.is_held = locked.agent_id is not None and (
            locked.version.holds_feedback or locked.is_agent_held  # type: ignore[attr-defined]
        )
        store_result(locked, result)
        locked.save(
            update_fields=["agent", "state", "submitted_at", "summary", "is_held", *RESULT_FIELDS]
        )
        ReviewAssignment.objects.filter(pk=locked.assignment_id).update(
            state=ReviewAssignment.State.DONE
        )
        add_to_rollups(locked, result)
        if locked.assignment.is_practice:
            # On nobody's record, so there is nothing to audit; training hears of it.
            practice_submitted.send(Scorecard, scorecard=locked)
        else:
            record(
                "submit_scorecard",
                by=by,
                of=locked,
                before={"state": Scorecard.State.DRAFT},
                after={
                    "state": locked.state,
                    "agent": locked.agent_id,
                    **figures_of(locked),
                    "is_held": locked.is_held,
                },
                at=now,
            )
            if locked.agent_id is not None and not locked.is_held:
                grade_shown.send(Scorecard, scorecard=locked)
        scorecard_submitted.send(Scorecard, scorecard=locked)
    return locked


def undo_submission(scorecard: Scorecard, *, by: User, at: dt.datetime | None = None) -> Scorecard:
    """Take a submission back: it is a draft again, its rollups lose what it added, its assignment is
    open. Returns the scorecard as it is now.

    Raises `NotAllowed` for anybody but its reviewer, and `Conflict` after the rubric version's
    `undo_minutes`, once it was taken back, or once the grade was read, changed, answered, disputed, or
    compared with others.
    """
    now = at or timezone.now()
    with transaction.atomic():
        locked = lock_current(scorecard)
        if not can_edit(by, locked):
            raise NotAllowed(_("Only its reviewer takes a submission back."))
        if refusal := why_not_undone(locked, at=now):
            raise Conflict(refusal)
        before = {"state": locked.state, **figures_of(locked)}
        result = result_of(locked, rules_for(locked.version))
        remove_from_rollups(locked, result)
        locked.state = Scorecard.State.DRAFT
        locked.submitted_at = None
        locked.released_at = None
        locked.is_held = False
        locked.percent = None
        locked.outcome = ""
        locked.section_percents = {}
        locked.skill_percents = {}
        locked.was_visible = seen_before_undo(locked)
        locked.save(
            update_fields=[
                "state",
                "submitted_at",
                "released_at",
                "is_held",
                "was_visible",
                *RESULT_FIELDS,
            ]
        )
        assignment = locked.assignment
        assignment.state = ReviewAssignment.State.OPEN
        if assignment.expires_at is not None:
            # A claim that ran out meanwhile would take the draft away again at once.
            fresh = now + dt.timedelta(hours=assignment.claim_hours)
            assignment.expires_at = max(assignment.expires_at, fresh)
        assignment.save(update_fields=["state", "expires_at"])
        record(
            "undo_submission",
            by=by,
            of=locked,
            before=before,
            after={"state": locked.state},
            at=now,
        )
        grade_taken_back.send(Scorecard, scorecard=locked)
    return locked


def why_not_undone(scorecard: Scorecard, *, at: dt.datetime) -> str:
    """Why a submitted scorecard can no longer be taken back; empty if it can. Needs `version` and
    `assignment`; three queries while the window is open."""
    if at >= scorecard.undo_ends_at:
        return _(
            "The time to take this submission back is over. Ask an administrator to change it."
        )
    if scorecard.acknowledged_at is not None:
        return _("The agent has read this grade, so it can no longer be taken back.")
    if scorecard.is_revision:
        return _("This grade was changed since, so it can no longer be taken back.")
    if scorecard.assignment.purpose in _COMPARED:
        return _("This grade was compared with others already, so it can no longer be taken back.")
    if CalibrationItem.objects.filter(
        interaction=scorecard.interaction_id,
        session__opened_at__isnull=False,
        session__participants=scorecard.reviewer_id,
    ).exists():
        return _("You compare this conversation with others, so this can no longer be taken back.")
    about = Q(scorecard=scorecard)
    about |= ~Q(state=Dispute.State.OPEN) & Q(regrade=scorecard.assignment_id)
    read = Q(decider=scorecard.reviewer_id, scorecard__interaction=scorecard.interaction_id)
    deciders = Dispute.objects.filter(about | read).values_list("decider", flat=True)
    if scorecard.reviewer_id in deciders:
        return _(
            "You took a dispute about this conversation and know another grade of it, so this one can "
            "no longer be taken back."
        )
    if deciders:
        return _("This grade was disputed, so it can no longer be taken back.")
    if Reply.objects.filter(scorecard=scorecard).exists():
        return _("Somebody replied to this grade, so it can no longer be taken back.")
    return ""
