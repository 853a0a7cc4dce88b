"""Scores that are fair to who was graded by whom. Reads rollups, and what was graded by several people.

One fit is one measure by one standard in one window: `measurement.severity` says how. The whole pool of
agents and reviewers goes into it, whoever looks: a severity is known only relative to the others, and
the same person has the same figure on every page. Who may see whom is decided where rows are shown.

- `fair_scores`: each person over the whole window.
- `fair_by_month`: each person month by month, with the severities of the whole window. A person's months
  are people of their own to the model, so that they are free to change.

What several reviewers graded (second and linking grades, calibration sessions, expert keys, disputes)
ties reviewers together and counts for nobody. The first grade of such a conversation stands in the
person's own scores too; at the usual tenth of double grading its doubled weight is below what rounding
hides.
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.core.cache import cache
from django.db.models import Count, Field, Max, Min, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from insights.kept import kept
from insights.skills import Measure, Standard, Window, standards
from measurement.sampling import WeightedSums
from measurement.severity import Score, SeverityModel, fit, gather
from people.once import once
from scorecards.models import ReviewAssignment, Rollup, Scorecard

Purpose = ReviewAssignment.Purpose
# Grades that several people gave one conversation, beside the one that counts for its agent.
_TIES = (Purpose.SECOND, Purpose.LINK, Purpose.SEEDED, Purpose.CALIBRATION, Purpose.REGRADE)
_SUMS = (
    "n",
    "sum_y",
    "sum_yy",
    "sum_w",
    "sum_wy",
    "sum_wyy",
    "sum_ww",
    "sum_wwy",
    "sum_wwyy",
)
# Kept for a day after the last use, and found only while the sums are what they were.
_KEPT = 24 * 60 * 60
_FORM = 1  # of what is kept: another number when the model changes
# Of so many scorecards those of five minutes change nothing that can be seen, and each new one would ask
# for a fit that takes a second.
_MANY = 20_000
_PATIENCE = dt.timedelta(minutes=5)
_MONTHS = 1 << 20


@dataclass(frozen=True, slots=True)
class Pool:
    """Whose scorecards a fit is made of: one standard, one window, perhaps one channel.

    `without_held_of` leaves out what is held back from that person, for their own eyes.
    """

    standard: Standard
    window: Window
    channel: str = ""
    without_held_of: int | None = None


@dataclass(frozen=True, slots=True)
class Graded:
    """`n` scorecards, the earliest from the month `first`."""

    n: int
    first: dt.date


@dataclass(frozen=True, slots=True)
class _Kept:
    """A model with the sums it was made of (`stamp_of`)."""

    stamp: tuple[Any, ...]
    made_at: dt.datetime
    model: SeverityModel

    def is_young(self, *, at: dt.datetime) -> bool:
        # By a clock that was ahead it may be of a day to come.
        return self.model.n >= _MANY and abs(at - self.made_at) < _PATIENCE

    def is_good(self, stamp: tuple[Any, ...], *, at: dt.datetime) -> bool:
        return self.stamp == stamp or self.is_young(at=at)


@dataclass(frozen=True, slots=True)
class MonthlyScores:
    """The model over person-months."""

    model: SeverityModel

    def score(self, agent: int, month: dt.date) -> Score:
        return self.model.score(agent * _MONTHS + month_number(month))

    def columns(self) -> dict[str, Any]:
        """`agent`, `month` (its number), `n`, `score`, `standard_error`: what the alarm for agents
        (`measurement.drift.agent_changes`) takes."""
        keys, scores = self.model.cells.agents, self.model.shown
        return {
            "agent": keys // _MONTHS,
            "month": keys % _MONTHS,
            "n": scores.n,
            "score": scores.fair,
            "standard_error": scores.standard_error,
        }


def month_number(month: dt.date) -> int:
    """Months counted on without gaps, as `measurement.drift` has them."""
    return month.year * 12 + month.month - 1


def fair_scores(pool: Pool, measured: Sequence[Measure]) -> dict[Measure, SeverityModel]:
    """A model for each measure, by the primary keys of agents and reviewers. Five queries, three when the
    sums are what they were at the last fit, and one while they may be old; rows that come are at most
    agents × reviewers × measures.

    Raw means and n of the model belong to its fair scores: show these three together. With more than
    20,000 scorecards the figures may be five minutes old.
    """
    return _models(pool, measured, by_month=False)


def fair_by_month(pool: Pool, measured: Sequence[Measure]) -> dict[Measure, MonthlyScores]:
    """The same month by month; rows that come are at most agents × reviewers × months × measures."""
    found = _models(pool, measured, by_month=True)
    return {measure: MonthlyScores(model) for measure, model in found.items()}


def common_standard(window: Window, *, channel: str = "") -> Standard | None:
    """The standard by which most was graded in `window`; None when nothing was. Two queries."""
    graded = graded_by(window, channel=channel)
    return max(graded, key=lambda each: (graded[each].n, -each.rubric_id), default=None)


def graded_by(window: Window, *, channel: str = "") -> dict[Standard, Graded]:
    """How many scorecards there are in `window` by each standard, and since which month. Two queries; of
    more than 20,000 they may be five minutes old, and then it is one."""
    sums = kept(
        "graded",
        (window, channel),
        None,
        lambda: _graded(window, channel),
        n=lambda found: sum(n for _version, n, _first in found),
    )
    by_version = standards()
    graded: dict[Standard, Graded] = {}
    for version, n, first in sums:
        before = graded.get(by_version[version], Graded(0, first))
        graded[by_version[version]] = Graded(before.n + n, min(before.first, first))
    return graded


def _graded(window: Window, channel: str) -> list[tuple[int, int, dt.date]]:
    """(version, how many, since which month)"""
    rows: Any = Rollup.objects.filter(
        subject=Rollup.Subject.TOTAL, month__range=(window.first, window.last)
    ).order_by()
    if channel:
        rows = rows.filter(channel=channel)
    return list(rows.values_list("version").annotate(Sum("n"), Min("month")))


def versions_of(standard: Standard) -> list[int]:
    """The rubric versions that belong to a standard. One query."""
    return [version for version, each in standards().items() if each == standard]


def rollups_of(pool: Pool, versions: Collection[int], measured: Iterable[Measure]) -> Any:
    """The rollups that a fit of these measures is made of."""
    kinds, ids = set(), set()
    for measure in measured:
        kinds.add(Rollup.Subject.TOTAL if measure.is_whole else Rollup.Subject.SKILL)
        ids.add(measure.subject_id)
    # The whole has the subject 0, which no skill has. An OR of the two kinds would lose the index.
    rows = Rollup.objects.filter(
        subject__in=sorted(kinds),
        subject_id__in=sorted(ids),
        version__in=versions,
        month__range=(pool.window.first, pool.window.last),
    )
    if pool.channel:
        rows = rows.filter(channel=pool.channel)
    if pool.without_held_of is not None:
        rows = rows.exclude(agent=pool.without_held_of, is_held=True)
    return rows.order_by()


def _models(
    pool: Pool, measured: Sequence[Measure], *, by_month: bool
) -> dict[Measure, SeverityModel]:
    versions = versions_of(pool.standard)
    now = timezone.now()
    keys = {measure: _key(pool, versions, measure, by_month=by_month) for measure in measured}
    kept: dict[str, _Kept] = cache.get_many(keys.values())
    if len(kept) == len(keys) and all(each.is_young(at=now) for each in kept.values()):
        return {measure: kept[key].model for measure, key in keys.items()}
    stamp = _stamp(pool, tuple(versions))
    models = {
        measure: kept[key].model
        for measure, key in keys.items()
        if key in kept and kept[key].is_good(stamp, at=now)
    }
    # What was found unchanged is as good as new, and is not asked about again for a while.
    unchanged = {
        key: replace(each, made_at=now)
        for key, each in kept.items()
        if each.stamp == stamp and each.model.n >= _MANY and not each.is_young(at=now)
    }
    if unchanged:
        cache.set_many(unchanged, _KEPT)
    missing = [measure for measure in measured if measure not in models]
    if missing:
        made = _fit_all(pool, versions, missing, by_month=by_month)
        cache.set_many(
            {keys[measure]: _Kept(stamp, now, model) for measure, model in made.items()}, _KEPT
        )
        models |= made
    return {measure: models[measure] for measure in measured}


def _fit_all(
    pool: Pool, versions: list[int], measured: Sequence[Measure], *, by_month: bool
) -> dict[Measure, SeverityModel]:
    group = ["subject_id", "subject", "agent_id", "reviewer_id"]
    group += ["month"] if by_month else []
    # The bare field asks for the numbers as they come: float() for each costs more than the query.
    sums = {f"all_{name}": Sum(name, output_field=Field()) for name in _SUMS}
    rows = rollups_of(pool, versions, measured).values_list(*group).annotate(**sums)
    by_subject: dict[tuple[str, int], list[tuple[Any, ...]]] = {}
    for row in rows.iterator(chunk_size=5000):
        by_subject.setdefault((row[1], row[0]), []).append(row[2:])
    ties = _ties(pool, versions, measured)
    models = {}
    for measure in measured:
        subject = Rollup.Subject.TOTAL if measure.is_whole else Rollup.Subject.SKILL
        cells = by_subject.get((subject.value, measure.subject_id), [])
        if by_month:
            cells = [(a * _MONTHS + month_number(month), r, *rest) for a, r, month, *rest in cells]
        models[measure] = _fit(cells, ties[measure])
    return models


def _fit(cells: list[tuple[Any, ...]], ties: list[tuple[int, int, float]]) -> SeverityModel:
    """`cells`: person, reviewer, then the nine sums; `ties`: conversation, reviewer, percent."""
    people = np.array(cells, np.float64).reshape(-1, 2 + len(_SUMS))
    together = np.array(ties, np.float64).reshape(-1, 3)
    y = together[:, 2]
    ones = np.ones(len(y))
    joined = [
        np.concatenate([people[:, place + 2], column])
        for place, column in enumerate((ones, y, y * y, ones, y, y * y, ones, y, y * y))
    ]
    who = np.concatenate([people[:, 0], together[:, 0]]).astype(np.int64)
    by = np.concatenate([people[:, 1], together[:, 1]]).astype(np.int64)
    return fit(
        gather(
            who,
            by,
            *joined[:3],
            weights=WeightedSums(joined[0], *joined[3:]),
            is_calibration=np.arange(len(who)) >= len(people),
        )
    )


def _ties(
    pool: Pool, versions: list[int], measured: Sequence[Measure]
) -> dict[Measure, list[tuple[int, int, float]]]:
    """All grades of conversations that more than one person graded. One query."""
    graded = Scorecard.objects.submitted().filter(
        version__in=versions,
        month__range=(pool.window.first, pool.window.last),
        percent__isnull=False,
    )
    if pool.channel:
        graded = graded.filter(interaction__channel=pool.channel)
    shared = graded.filter(assignment__purpose__in=_TIES).values("interaction")
    rows = (
        graded.filter(interaction__in=shared)
        .exclude(assignment__purpose=Purpose.PRACTICE)
        .order_by()
        .values_list("interaction", "reviewer", "percent", "skill_percents")
    )
    found: dict[Measure, list[tuple[int, int, float]]] = {measure: [] for measure in measured}
    for interaction, reviewer, percent, skills in rows:
        for measure in measured:
            value = percent if measure.is_whole else skills.get(str(measure.subject_id))
            if value is not None:
                found[measure].append((interaction, reviewer, float(value)))
    return found


@once
def _stamp(pool: Pool, versions: tuple[int, ...]) -> tuple[Any, ...]:
    return stamp_of(pool, versions)


def stamp_of(pool: Pool, versions: Collection[int]) -> tuple[Any, ...]:
    """What changes whenever a fit would: the sums of the whole, and the scorecards themselves, because
    a revision may change skills and leave the whole as it was. One query for each."""
    whole = rollups_of(pool, versions, [Measure("", "")]).aggregate(
        Count("pk"),
        n=Coalesce(Sum("n"), 0),
        y=Coalesce(Sum("sum_y"), 0.0),
        yy=Coalesce(Sum("sum_yy"), 0.0),
        w=Coalesce(Sum("sum_wwyy"), 0.0),
    )
    scorecards = (
        Scorecard.objects.submitted()
        .filter(version__in=versions, month__range=(pool.window.first, pool.window.last))
        .aggregate(Count("pk"), Max("submitted_at"), Max("pk"))
    )
    return (*whole.values(), *scorecards.values())


def _key(pool: Pool, versions: list[int], measure: Measure, *, by_month: bool) -> str:
    parts = (
        _FORM,
        sorted(versions),
        pool.window.first,
        pool.window.last,
        pool.channel,
        pool.without_held_of,
        measure.key,
        by_month,
    )
    return "insights.fair." + hashlib.sha256(repr(parts).encode()).hexdigest()
