"""An agent's disagreement with a grade, from filing to the decision."""

import datetime as dt
from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.audit import record
from people.models import User, UserQuerySet
from people.roles import Role
from scorecards.actions.grade import Grade, check_grade
from scorecards.actions.locking import lock_current
from scorecards.actions.queue import drop_draft
from scorecards.actions.refusals import Conflict, NotAllowed, Refused
from scorecards.actions.revise import figures_of, write_revision
from scorecards.blindness import knows
from scorecards.deadlines import last_day, zone_of
from scorecards.models import (
    Criterion,
    CriterionScore,
    Dispute,
    DisputedCriterion,
    ReviewAssignment,
    Rubric,
    Scorecard,
)
from scorecards.permissions import can_dispute, can_grade
from scorecards.signals import dispute_closed, dispute_filed

NOT_THEIRS = gettext_lazy(
    "A dispute is decided by whoever took it, and by nobody who graded or changed this grade, manages "
    "the agent, or still has to grade this conversation."
)


def file_dispute(
    scorecard: Scorecard,
    proposals: Mapping[Criterion, Grade],
    *,
    by: User,
    at: dt.datetime | None = None,
) -> Dispute:
    """Dispute criteria of a grade: each proposal is another level (or "not applicable") and, as its
    comment, why. The criteria carry their levels.

    Raises `NotAllowed` for anybody but its agent, `Conflict` after the window or where it is disputed
    or decided already, and `Refused` for a proposal without a reason or a difference.
    """
    now = at or timezone.now()
    with transaction.atomic():
        locked = lock_current(scorecard)
        if not can_dispute(by, locked) or locked.is_held:
            raise NotAllowed(_("Only the agent it is about disputes a grade."))
        earlier = Dispute.objects.filter(scorecard=locked).values_list("state", flat=True)
        if refusal := why_not_disputed(locked, states=set(earlier), at=now):
            raise Conflict(refusal)
        if not proposals:
            raise Refused(_("Choose at least one criterion, the level you propose and why."))
        scores = {row.criterion_id: row for row in CriterionScore.objects.filter(scorecard=locked)}
        for criterion, proposal in proposals.items():
            _check_proposal(criterion, proposal, scores.get(criterion.pk))
        dispute = Dispute.objects.create(scorecard=locked, filed_at=now)
        DisputedCriterion.objects.bulk_create(
            DisputedCriterion(
                dispute=dispute,
                criterion=criterion,
                proposed_level_id=proposal.level,
                reason=proposal.comment.strip(),
            )
            for criterion, proposal in proposals.items()
        )
        record(
            "file_dispute",
            by=by,
            of=dispute,
            after={
                "scorecard": locked.pk,
                "proposals": {
                    str(criterion.pk): proposal.level for criterion, proposal in proposals.items()
                },
            },
            at=now,
        )
        dispute_filed.send(Dispute, dispute=dispute)
    return dispute


def why_not_disputed(scorecard: Scorecard, *, states: Collection[str], at: dt.datetime) -> str:
    """Why its agent can no longer dispute a submitted scorecard; empty if they can. `states` are those
    of the disputes about this revision. No query with `version` and `agent` loaded."""
    if Dispute.State.OPEN in states:
        return _("You disputed this grade already; it is not decided yet.")
    if set(states) - {Dispute.State.WITHDRAWN}:
        return _("Your dispute about this grade was decided already.")
    if scorecard.cause == Scorecard.Cause.DISPUTE:
        return _("This grade is the outcome of a dispute and final.")
    ends_at = scorecard.dispute_ends_at
    if scorecard.agent is not None and at >= ends_at:
        last = last_day(ends_at, zone=zone_of(scorecard.agent))
        return _("The time to dispute this grade ended on %(day)s.") % {
            "day": date_format(last, "DATE_FORMAT")
        }
    return ""


def withdraw_dispute(dispute: Dispute, *, by: User, at: dt.datetime | None = None) -> Dispute:
    """Take a dispute back; the grade stays as it is. Raises `NotAllowed` for anybody but its agent and
    `Conflict` once it is closed."""
    now = at or timezone.now()
    with transaction.atomic():
        locked = _lock_open(dispute)
        if locked.scorecard.agent_id != by.pk:
            raise NotAllowed(_("Only the agent who filed a dispute withdraws it."))
        before = {"state": locked.state, **(_drop_unfinished_regrade(locked) or {})}
        _close(locked, Dispute.State.WITHDRAWN, by=by, at=now)
        record(
            "withdraw_dispute",
            by=by,
            of=locked,
            before=before,
            after={"state": locked.state},
            at=now,
        )
    return locked


def take_dispute(dispute: Dispute, *, by: User, at: dt.datetime | None = None) -> Dispute:
    """Make an open dispute `by`'s to decide. From now on they read the grade, and are given none of that
    conversation to grade.

    Raises `Conflict` when it is closed or somebody else was first, and `NotAllowed` for who graded,
    changed, manages or is to grade what it is about.
    """
    now = at or timezone.now()
    with transaction.atomic():
        locked = _lock_open(dispute)
        if locked.decider_id == by.pk:
            return locked
        # Nobody hands out by this rubric meanwhile.
        Rubric.objects.select_for_update(no_key=True).get(pk=locked.scorecard.version.rubric_id)
        if locked.decider_id is None and not _is_takeable(locked, by=by):
            raise NotAllowed(str(NOT_THEIRS))
        free = Dispute.objects.open().filter(pk=locked.pk, decider__isnull=True)
        if not free.update(decider=by, taken_at=now):
            raise Conflict(_("Somebody else has taken this dispute meanwhile."))
        locked.decider, locked.taken_at = by, now
        record(
            "take_dispute",
            by=by,
            of=locked,
            before={"decider": None},
            after={"decider": by.pk},
            at=now,
        )
    return locked


def regrade_candidates(dispute: Dispute, *, by: User) -> UserQuerySet:
    """Who may grade the conversation again: reviewers who have not had it, nor taken a dispute about it,
    by any rubric, who have read no grade of it, and who are not `by`, who knows the first grade. Needs
    `scorecard__version` and `scorecard__interaction` loaded."""
    scorecard = dispute.scorecard
    had_it = ReviewAssignment.objects.filter(
        interaction=scorecard.interaction_id, reviewer__isnull=False
    )
    took_it = Dispute.objects.filter(
        scorecard__interaction=scorecard.interaction_id, decider__isnull=False
    )
    return (
        User.objects.with_role(Role.REVIEWER)
        .filter(is_active=True)
        .exclude(knows(scorecard.interaction, rubric=scorecard.version.rubric_id))
        .exclude(pk__in=had_it.values("reviewer"))
        .exclude(pk__in=took_it.values("decider"))
        .exclude(pk=by.pk)
    )


def request_regrade(
    dispute: Dispute, *, reviewer: User, by: User, at: dt.datetime | None = None
) -> ReviewAssignment:
    """Let another reviewer grade the conversation by the same rubric version, without the first grade.

    It is on nobody's record: it names no agent and enters no average. Raises `NotAllowed` for who may
    not decide the dispute, `Conflict` when there is a second grade already, `Refused` for a reviewer
    who knows the conversation.
    """
    now = at or timezone.now()
    with transaction.atomic():
        locked = _lock_open(dispute)
        _require_decider(locked, by=by)
        if locked.regrade_id is not None:
            raise Conflict(_("Somebody is grading this conversation again already."))
        # Nobody hands out by this rubric meanwhile.
        Rubric.objects.select_for_update(no_key=True).get(pk=locked.scorecard.version.rubric_id)
        if not can_grade(reviewer) or not regrade_candidates(locked, by=by).contains(reviewer):
            raise Refused(_("Choose a reviewer who does not know this conversation."))
        first = locked.scorecard
        assignment = ReviewAssignment.objects.create(
            interaction=first.interaction,
            reviewer=reviewer,
            rubric_id=first.version.rubric_id,
            purpose=ReviewAssignment.Purpose.REGRADE,
            assigned_at=now,
            assigned_by=by,
            due_on=timezone.localdate(now) + dt.timedelta(days=first.assignment.due_days),
        )
        locked.regrade = assignment
        locked.save(update_fields=["regrade"])
        record("request_regrade", by=by, of=locked, after={"reviewer": reviewer.pk}, at=now)
    return assignment


def cancel_regrade(dispute: Dispute, *, by: User, at: dt.datetime | None = None) -> Dispute:
    """Do without a second grade that is not handed in; what was written of it stays in the audit log
    alone.

    Raises `NotAllowed` for who may not decide the dispute, `Conflict` when there is none to wait for.
    """
    with transaction.atomic():
        locked = _lock_open(dispute)
        _require_decider(locked, by=by)
        dropped = _drop_unfinished_regrade(locked)
        if dropped is None:
            raise Conflict(_("There is no second grade to wait for."))
        record("cancel_regrade", by=by, of=locked, before=dropped, after={"reviewer": None}, at=at)
    return locked


def decide_dispute(
    dispute: Dispute,
    decisions: Mapping[int, int | None],
    *,
    explanation: str,
    by: User,
    at: dt.datetime | None = None,
) -> Dispute:
    """Decide each disputed criterion: a level's id, or None for "not applicable", by criterion id.

    The outcome follows from that: upheld when every level stays, changed when every level is the
    proposed one, otherwise changed in part; a change writes a revision of the scorecard. The window
    binds the agent only, so this is possible at any time. `decisions` also has those criteria without
    an answer so far which a change brings up.

    Raises `NotAllowed` for who may not decide it, `Conflict` once it is closed or while a second grade
    is awaited, `Refused` without an explanation or with a criterion left open, and `Incomplete` when a
    change brings up a criterion that has no answer.
    """
    now = at or timezone.now()
    explanation = explanation.strip()
    with transaction.atomic():
        locked = _lock_open(dispute)
        _require_decider(locked, by=by)
        if locked.regrade and not _is_graded(locked.regrade):
            raise Conflict(_("The second grade is not handed in yet. Wait for it or cancel it."))
        if not explanation:
            raise Refused(_("Explain the decision: the agent and the reviewer read it."))
        scorecard = lock_current(locked.scorecard)
        rows = list(
            locked.criteria.select_related("criterion").prefetch_related("criterion__levels")
        )
        scores = {
            row.criterion_id: row for row in CriterionScore.objects.filter(scorecard=scorecard)
        }
        grades = {}
        for row in rows:
            if row.criterion_id not in decisions:
                raise Refused(_("Decide every disputed criterion."))
            score = scores[row.criterion_id]
            level = decisions[row.criterion_id]
            grade = _decided(row.criterion, level, score, explanation)
            row.decided_level_id = level
            if (level, level is None) != (score.level_id, score.is_not_applicable):
                grades[row.criterion] = grade
        DisputedCriterion.objects.bulk_update(rows, ["decided_level"])
        if grades:
            grades |= _opened(scorecard, decisions, scores, explanation)
            locked.result = write_revision(
                scorecard,
                grades,
                by=by,
                cause=Scorecard.Cause.DISPUTE,
                reason=explanation,
                at=now,
            )
        locked.explanation = explanation
        _close(locked, _outcome(rows, is_changed=bool(grades)), by=by, at=now)
        record(
            "decide_dispute",
            by=by,
            of=locked,
            before={"scorecard": scorecard.pk, **figures_of(scorecard)},
            after={
                "state": locked.state,
                "scorecard": locked.result_id,
                **(figures_of(locked.result) if locked.result else {}),
            },
            at=now,
        )
    return locked


def _opened(
    scorecard: Scorecard,
    decisions: Mapping[int, int | None],
    scores: Mapping[int, CriterionScore],
    explanation: str,
) -> dict[Criterion, Grade]:
    """Grades for the criteria that had none; one query, or two."""
    unanswered = [pk for pk in decisions if not (pk in scores and scores[pk].is_answered)]
    criteria = Criterion.objects.filter(pk__in=unanswered, section__version=scorecard.version_id)
    return {
        row: _decided(row, decisions[row.pk], scores.get(row.pk), explanation)
        for row in criteria.prefetch_related("levels")
    }


def _decided(
    criterion: Criterion, level: int | None, score: CriterionScore | None, explanation: str
) -> Grade:
    """A decision has no words for each criterion: it keeps those of the grade, and where there are none
    and the level asks for some, they are the explanation."""
    comment = score.comment if score else ""
    asks = any(row.pk == level and row.requires_comment for row in criterion.levels.all())
    if asks and not comment.strip():
        comment = explanation
    grade = Grade(level, level is None, comment)
    check_grade(criterion, grade)
    return grade


def _outcome(rows: list[DisputedCriterion], *, is_changed: bool) -> Dispute.State:
    if not is_changed:
        return Dispute.State.UPHELD
    if all(row.decided_level_id == row.proposed_level_id for row in rows):
        return Dispute.State.CHANGED
    return Dispute.State.CHANGED_IN_PART


def _check_proposal(criterion: Criterion, proposal: Grade, score: CriterionScore | None) -> None:
    if score is None or not score.is_answered:
        raise Refused(_("“%s” was not graded.") % criterion)
    if proposal.level is None and not proposal.is_not_applicable:
        raise Refused(_("Choose the level you propose for “%s”.") % criterion)
    check_grade(criterion, proposal)
    if (proposal.level, proposal.is_not_applicable) == (score.level_id, score.is_not_applicable):
        raise Refused(_("“%s” has that level already; propose another.") % criterion)
    if not proposal.comment.strip():
        raise Refused(_("Say why you propose another level for “%s”.") % criterion)


def _lock_open(dispute: Dispute) -> Dispute:
    locked = (
        Dispute.objects.select_for_update(no_key=True, of=("self",))
        .select_related("scorecard__version", "scorecard__interaction", "regrade")
        .get(pk=dispute.pk)
    )
    if not locked.is_open:
        raise Conflict(_("This dispute is closed already."))
    return locked


def _require_decider(dispute: Dispute, *, by: User) -> None:
    if Dispute.objects.decidable_by(by).filter(pk=dispute.pk).exists():
        return
    if _is_takeable(dispute, by=by):
        raise NotAllowed(_("Take this dispute before you decide it."))
    raise NotAllowed(str(NOT_THEIRS))


def _is_takeable(dispute: Dispute, *, by: User) -> bool:
    return Dispute.objects.takeable_by(by).filter(pk=dispute.pk).exists()


def _close(dispute: Dispute, state: Dispute.State, *, by: User, at: dt.datetime) -> None:
    dispute.state = state
    dispute.decided_at = at
    dispute.decided_by = by
    dispute.save(
        update_fields=["state", "decided_at", "decided_by", "explanation", "result", "regrade"]
    )
    dispute_closed.send(Dispute, dispute=dispute)


def _is_graded(assignment: ReviewAssignment) -> bool:
    return Scorecard.objects.submitted().filter(assignment=assignment).exists()


def _drop_unfinished_regrade(dispute: Dispute) -> dict[str, object] | None:
    """Delete the assignment of a second grade that is not handed in, with its draft. Returns what the
    audit log keeps of it, or None where there is none."""
    assignment = dispute.regrade
    if assignment is None:
        return None
    # First what somebody may be handing in at this moment, then what somebody may be opening.
    graded = drop_draft(assignment.pk)
    if _is_graded(assignment):
        return None
    ReviewAssignment.objects.select_for_update().get(pk=assignment.pk)
    graded += drop_draft(assignment.pk)
    dispute.regrade = None
    dispute.save(update_fields=["regrade"])
    kept: dict[str, object] = {
        "reviewer": assignment.reviewer_id,
        "grades": graded,
        "skip_reason": assignment.skip_reason,
    }
    assignment.delete()
    return kept
