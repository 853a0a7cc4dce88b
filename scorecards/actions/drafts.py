"""What keeps a draft whole: two windows on it, and how long was worked on it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from people.models import User
from scorecards.actions.grade import LONGEST_BEAT, Grade, record_grades
from scorecards.actions.locking import lock
from scorecards.actions.refusals import AlreadySubmitted, Conflict, NotAllowed, Refused
from scorecards.models import Criterion, CriterionScore, Scorecard
from scorecards.permissions import can_edit

LATE_BEAT = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Window:
    """An open grading screen: its id, and the save of a criterion that it showed last, if any."""

    id: str
    seen: dt.datetime | None


class SavedElsewhere(Conflict):
    """Another window saved something else since. `score` is that; nothing was written over it."""

    def __init__(self, score: CriterionScore) -> None:
        self.score = score
        super().__init__(
            _(
                "“%(criterion)s” was changed in another window meanwhile. What you entered is not "
                "saved yet; choose which of the two shall stay."
            )
            % {"criterion": score.criterion}
        )


def save_grade(
    scorecard: Scorecard,
    criterion: Criterion,
    grade: Grade,
    *,
    window: Window,
    by: User,
    at: dt.datetime | None = None,
) -> None:
    """`record_grades` for one criterion as a window sends it: raises `SavedElsewhere` rather than write
    over what that window has not shown; after handing in there is nothing left to choose, then
    `AlreadySubmitted`. Seven queries."""
    with transaction.atomic():
        # Two windows one after the other, whichever comes first.
        if lock(scorecard).is_submitted:
            raise AlreadySubmitted
        rows = CriterionScore.objects.filter(scorecard=scorecard, criterion=criterion)
        stored = rows.select_related("level", "criterion").first()
        if stored and _is_unseen(stored, window) and not _is_same(stored, grade):
            raise SavedElsewhere(stored)
        record_grades(scorecard, {criterion: grade}, by=by, at=at)
        rows.update(saved_in=window.id)


def save_sheet(
    scorecard: Scorecard,
    grades: Mapping[Criterion, tuple[Grade, Window]],
    *,
    by: User,
    at: dt.datetime | None = None,
) -> list[Refused]:
    """`save_grade` for each criterion that says something else than what is stored, as a window sends
    them all at once. What is refused keeps no other from being saved. Returns the refusals.

    One query, and seven for each change.
    """
    rows = CriterionScore.objects.filter(scorecard=scorecard, criterion__in=grades)
    stored = {row.criterion_id: row for row in rows}
    refusals: list[Refused] = []
    for criterion, (grade, window) in grades.items():
        row = stored.get(criterion.pk)
        # What was blank when the window was opened, and still is, says nothing.
        if grade == Grade() and (row is None or window.seen is None):
            continue
        if row is not None and _is_same(row, grade):
            continue
        try:
            save_grade(scorecard, criterion, grade, window=window, by=by, at=at)
        except Refused as refusal:
            refusals.append(refusal)
    return refusals


def _is_unseen(stored: CriterionScore, window: Window) -> bool:
    is_blank = not stored.is_answered and not stored.comment
    return not is_blank and stored.saved_in != window.id and stored.saved_at != window.seen


def _is_same(stored: CriterionScore, grade: Grade) -> bool:
    mine = (grade.is_not_applicable, grade.comment)
    if mine != (stored.is_not_applicable, stored.comment):
        return False
    if grade.count is not None:
        return stored.count == grade.count
    return stored.level_id == grade.level


def record_time(
    scorecard: Scorecard, seconds: int, *, by: User, at: dt.datetime | None = None
) -> None:
    """Add up to `LONGEST_BEAT` seconds of work, and never more than have gone by since the last time,
    however many windows report. What was done just before handing in may arrive just after it.

    Raises `NotAllowed`, `AlreadySubmitted` and `Gone`.
    """
    now = at or timezone.now()
    with transaction.atomic():
        locked = lock(scorecard)
        if not can_edit(by, locked):
            raise NotAllowed(_("Only its reviewer writes in a scorecard."))
        end = min(now, locked.submitted_at or now)
        if now - end > LATE_BEAT:
            raise AlreadySubmitted
        gone_by = (end - (locked.active_at or locked.started_at)).total_seconds()
        most = round(min(LONGEST_BEAT.total_seconds(), gone_by))
        locked.active_seconds += max(0, min(seconds, most))
        locked.active_at = max(end, locked.active_at or end)
        locked.save(update_fields=["active_seconds", "active_at"])
