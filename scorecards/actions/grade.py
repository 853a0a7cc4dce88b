"""Grading: opening a scorecard, and writing what the reviewer says into it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interactions.masking import mask_names
from interactions.models import Interaction
from people.models import User
from scorecards.actions.locking import lock
from scorecards.actions.refusals import AlreadySubmitted, Conflict, NotAllowed, Refused
from scorecards.blindness import visible_while_grading
from scorecards.evidence import are_same_words
from scorecards.models import (
    Criterion,
    CriterionScore,
    Evidence,
    ReviewAssignment,
    RubricVersion,
    Scorecard,
)
from scorecards.permissions import can_edit, can_grade

# How much work one report of the grading screen may add.
LONGEST_BEAT = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Grade:
    """What a reviewer says about one criterion. `level` is a level's id; None leaves it unanswered,
    unless it is not applicable, or has a `count`, which finds its level by itself."""

    level: int | None = None
    is_not_applicable: bool = False
    comment: str = ""
    count: int | None = None


def start_scorecard(
    assignment: ReviewAssignment,
    *,
    by: User,
    at: dt.datetime | None = None,
    version: RubricVersion | None = None,
) -> Scorecard:
    """Open the scorecard of an assignment; a second call returns the same one, as it counts now. Off
    the record (see `ReviewAssignment`) it names no agent.

    It is graded by the given version; without one by the rubric's published one, or by that of what it
    is compared with: a key, the other grades of a session, the disputed grade.

    Raises `NotAllowed` for somebody else's assignment and for one's own conversation, `Refused` when
    the rubric has no published version.
    """
    if assignment.reviewer_id != by.pk or not (can_grade(by) or assignment.is_practice):
        raise NotAllowed(_("This interaction was assigned to somebody else."))
    interaction = assignment.interaction
    existing = Scorecard.objects.current().filter(assignment=assignment).first()
    # An import may have matched the agent only after grading began.
    if interaction.agent_id == by.pk and (existing is None or not existing.is_submitted):
        raise NotAllowed(_("Nobody grades their own conversation."))
    if existing is not None:
        return existing
    version = version or _version_for(assignment)
    if version is None:
        raise Refused(_("This rubric has no published version to grade by."))
    try:
        with transaction.atomic():
            return Scorecard.objects.create(
                assignment=assignment,
                interaction=interaction,
                version=version,
                reviewer=by,
                agent_id=None if assignment.is_off_record else interaction.agent_id,
                was_visible=visible_while_grading(version, interaction, reviewer=by),
                started_at=at or timezone.now(),
                month=_month_of(interaction),
            )
    except IntegrityError:
        # A double click: the other request was first.
        return Scorecard.objects.current().get(assignment=assignment)


def _version_for(assignment: ReviewAssignment) -> RubricVersion | None:
    versions = RubricVersion.objects.filter(rubric=assignment.rubric_id)
    match assignment.purpose:
        case ReviewAssignment.Purpose.SEEDED:
            found = versions.filter(expert_keys__seeded_picks__assignment=assignment)
        case ReviewAssignment.Purpose.CALIBRATION:
            found = versions.filter(calibration_sessions__items__picks__assignment=assignment)
        case ReviewAssignment.Purpose.PRACTICE:
            found = versions.filter(expert_keys__practice_picks__assignment=assignment)
        case ReviewAssignment.Purpose.REGRADE:
            found = versions.filter(scorecards__disputes__regrade=assignment)
        case _:
            found = versions.published()
    return found.first()


def _month_of(interaction: Interaction) -> dt.date:
    """The first day of its month by the organisation's clock, not by the reviewer's own zone."""
    zone = timezone.get_default_timezone()
    return timezone.localdate(interaction.occurred_at, zone).replace(day=1)


def record_grades(
    scorecard: Scorecard,
    grades: Mapping[Criterion, Grade],
    *,
    by: User,
    at: dt.datetime | None = None,
) -> list[CriterionScore]:
    """Write one row for each given criterion; all or none. Four queries, however many are given.

    The criteria carry their levels (`with_structure`). Raises `AlreadySubmitted`, `Gone`,
    `NotAllowed`, and `Refused` for a level or "not applicable" that the criterion does not have.
    """
    now = at or timezone.now()
    for criterion, grade in grades.items():
        check_grade(criterion, grade)
    with transaction.atomic():
        _lock_draft(scorecard, by=by)
        rows = [
            CriterionScore(
                scorecard=scorecard,
                criterion=criterion,
                level_id=_level(criterion, grade),
                count=None if grade.is_not_applicable else grade.count,
                is_not_applicable=grade.is_not_applicable,
                comment=grade.comment,
                saved_at=now,
            )
            for criterion, grade in grades.items()
        ]
        return CriterionScore.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["scorecard", "criterion"],
            update_fields=["level", "is_not_applicable", "count", "comment", "saved_at"],
        )


def record_summary(
    scorecard: Scorecard, summary: str, *, by: User, at: dt.datetime | None = None
) -> None:
    """Keep what the reviewer has written for the agent so far. It counts as work, and takes nothing
    from the time that the screen reports next."""
    worked_at = (at or timezone.now()) - LONGEST_BEAT
    with transaction.atomic():
        locked = _lock_draft(scorecard, by=by)
        worked_at = max(worked_at, locked.active_at or locked.started_at)
        Scorecard.objects.filter(pk=scorecard.pk).update(summary=summary, active_at=worked_at)


def add_evidence(
    scorecard: Scorecard,
    criterion: Criterion,
    *,
    message_id: str,
    start: int,
    end: int,
    by: User,
    words: str | None = None,
    hidden_names: Sequence[str] = (),
) -> Evidence:
    """Pin the characters `start` to `end` of a message to a criterion; the same twice is one.

    The quotation is cut here, from what is stored, so that nobody can quote what was not said. Raises
    `Refused` for a message or range that is not in the conversation, and `Conflict` where `words`, as
    `by` sees them with `hidden_names` blacked out, are given and do not stand there (any more).
    """
    with transaction.atomic():
        _lock_draft(scorecard, by=by)
        turn = scorecard.interaction.turn(message_id)
        if turn is None:
            raise Refused(_("This message is not in the conversation; reload the page."))
        if words is not None:
            shown = mask_names(turn.text, hidden_names)[start:end]
            if not are_same_words(shown, words):
                raise Conflict(
                    _("The conversation has changed since you opened it. Reload the page.")
                )
        if not 0 <= start < end <= len(turn.text) or not turn.text[start:end].strip():
            raise Refused(_("Select some words of one message first."))
        row, _created = CriterionScore.objects.get_or_create(
            scorecard=scorecard, criterion=criterion
        )
        evidence, _created = Evidence.objects.get_or_create(
            criterion_score=row,
            message_id=message_id,
            start=start,
            end=end,
            defaults={"quote": turn.text[start:end]},
        )
        return evidence


def remove_evidence(evidence: Evidence, *, by: User) -> None:
    with transaction.atomic():
        _lock_draft(evidence.criterion_score.scorecard, by=by)
        evidence.delete()


def check_grade(criterion: Criterion, grade: Grade) -> None:
    """Raise `Refused` for a level or "not applicable" that the criterion does not have; it carries its
    levels."""
    if grade.is_not_applicable and not criterion.allows_not_applicable:
        raise Refused(_("“%s” is always applicable; choose a level.") % criterion)
    if grade.is_not_applicable and grade.level is not None:
        raise Refused(_("Choose either a level or “not applicable” for “%s”.") % criterion)
    if grade.level is not None and grade.level not in {
        level.pk for level in criterion.levels.all()
    }:
        raise Refused(_("“%s” has no such level; reload the page.") % criterion)


def _level(criterion: Criterion, grade: Grade) -> int | None:
    if grade.count is None or grade.is_not_applicable:
        return grade.level
    level = criterion.level_for(grade.count)
    if level is None:
        raise Refused(_("“%s” has no level for this count.") % criterion)
    return level.pk


def _lock_draft(scorecard: Scorecard, *, by: User) -> Scorecard:
    """Hold the row until the end of the transaction, so that nothing is written into a scorecard
    which another request submits meanwhile."""
    locked = lock(scorecard)
    if not can_edit(by, locked):
        raise NotAllowed(_("Only its reviewer writes in a scorecard."))
    if locked.is_submitted:
        raise AlreadySubmitted
    return locked
