"""Whether a goal is reached: later scores with their interval against the target, never a bare number."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from coaching.figures import SUMS, Figure, comparable_with_each, figure_from
from coaching.models import Goal
from people.dates import add_months
from scorecards.models import Rollup


class State(models.TextChoices):
    REACHED = "reached", _("Reached")
    NOT_YET = "not_yet", _("Not yet")
    CANNOT_BE_TOLD = "cannot_be_told", _("Cannot be told yet")


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a goal stands. `later` are the whole months after the one it was set in, up to `last`: what
    was graded before the talk must not count for what came of it."""

    goal: Goal
    state: State
    later: Figure
    first: dt.date
    last: dt.date
    # Grades of that time by a version that cannot be averaged with those of the baseline.
    set_aside: int
    is_past_due: bool

    @property
    def has_begun(self) -> bool:
        """Whether there is a whole month, or the beginning of one, to look at."""
        return self.first <= self.last

    @property
    def baseline(self) -> Figure:
        goal = self.goal
        return Figure(goal.baseline_n, goal.baseline_mean, goal.baseline_low, goal.baseline_high)


def judge(figure: Figure, target: float) -> State:
    """Reached where the whole interval lies at or above the target, not yet where it lies below, and
    otherwise nobody can tell. Pure."""
    if figure.low is None or figure.high is None:
        return State.CANNOT_BE_TOLD
    if figure.low >= target:
        return State.REACHED
    if figure.high < target:
        return State.NOT_YET
    return State.CANNOT_BE_TOLD


def progress_of(goals: Sequence[Goal], *, on: dt.date) -> list[Progress]:
    """Where each of `goals` stands on that day, in their order. Two queries, and none where there
    are no goals. A goal that was closed stands as of that day. Needs `version`."""
    if not goals:
        return []
    versions = comparable_with_each(goal.version for goal in goals if goal.version is not None)
    cells: dict[tuple[int, int], list[tuple[dt.date, int, tuple[float, ...]]]] = {}
    rows = Rollup.objects.filter(
        agent__in={goal.agent_id for goal in goals},
        subject=Rollup.Subject.SKILL,
        subject_id__in={goal.skill_id for goal in goals},
        is_held=False,
        month__gte=min(goal.baseline_last for goal in goals),
    )
    names = [f"all_{name}" for name in SUMS]
    cell = ("agent", "subject_id", "month", "version")
    sums = rows.values(*cell).annotate(**{f"all_{name}": Sum(name) for name in SUMS})
    for agent, skill, month, version, *found in sums.values_list(*cell, *names):
        cells.setdefault((agent, skill), []).append((month, version, tuple(found)))
    return [
        _progress(
            goal,
            cells.get((goal.agent_id, goal.skill_id), []),
            versions.get(goal.version_id or 0, []),
            on=on,
        )
        for goal in goals
    ]


def _progress(
    goal: Goal,
    cells: Sequence[tuple[dt.date, int, tuple[float, ...]]],
    versions: Sequence[int],
    *,
    on: dt.date,
) -> Progress:
    first = add_months(goal.baseline_last.replace(day=1), 1)
    last = min(on, goal.due_on, goal.closed_at.date() if goal.closed_at else on)
    since = [(version, sums) for month, version, sums in cells if first <= month <= last]
    counted = [sums for version, sums in since if version in versions]
    figure = figure_from([sum(column) for column in zip(*counted, strict=True)] or [0] * 6)
    return Progress(
        goal=goal,
        state=judge(figure, float(goal.target)),
        later=figure,
        first=first,
        last=last,
        set_aside=sum(int(sums[0]) for version, sums in since if version not in versions),
        is_past_due=goal.due_on < on,
    )
