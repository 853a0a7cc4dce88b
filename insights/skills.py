"""How good a skill is, as far as its scorecards can tell. Reads rollups, never scorecards.

A `Cell` is the sums of one person (or of all together), month, standard and measure. A figure on any
screen is an `Estimate` of some cells pooled: `estimate_by` is the one place where it is worked out,
and `docs/measurement.md` the one place where it is explained.
"""

import datetime as dt
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeVar

import numpy as np
from django.db.models import Sum
from django.utils.translation import gettext as _

from content.models import Skill
from insights.kept import kept
from measurement.intervals import hajek_interval
from people.once import once
from scorecards.models import ReviewAssignment, Rollup, RubricVersion
from scorecards.models.rollups import RollupQuerySet
from scorecards.models.scorecards import ScorecardQuerySet
from ui.charts import months_between

# Below this an interval from the scorecards says next to nothing, and no figure is shown.
MINIMUM_SCORECARDS = 5
# "Now" is this month and the two before: what the team table and every sentence speak about.
CURRENT_MONTHS = 3
LOWEST, HIGHEST = 0.0, 100.0

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Window:
    """Whole calendar months, from the first day of `first` through the month of `last`."""

    first: dt.date
    last: dt.date

    @classmethod
    def of(cls, months: int, *, until: dt.date) -> "Window":
        """The `months` months that end with the one of `until`."""
        number = until.year * 12 + until.month - months
        return cls(dt.date(number // 12, number % 12 + 1, 1), until.replace(day=1))

    @property
    def months(self) -> list[dt.date]:
        return months_between(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured: one skill, or with an empty key the whole scorecard."""

    key: str
    name: str
    subject_id: int = 0

    @property
    def is_whole(self) -> bool:
        return not self.key


@dataclass(frozen=True, slots=True)
class Standard:
    """Successive versions of a rubric whose scores may be compared. `first` is the number of the
    earliest; a version that is not comparable with the one before starts another standard."""

    rubric_id: int
    first: int
    name: str

    @property
    def key(self) -> str:
        """In addresses."""
        return f"{self.rubric_id}-{self.first}"


@dataclass(frozen=True, slots=True)
class Cell:
    """Sums of one cell; `agent_id` is 0 where all people were added up."""

    agent_id: int
    standard: Standard
    month: dt.date
    measure: Measure
    sums: tuple[float, ...]

    @property
    def n(self) -> int:
        return int(self.sums[0])


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean percent with its 95% interval, from `n` scorecards.

    The limits are cut at 0 and 100, `half_width` is not. All are NaN where there are too few; ask
    `is_enough` before showing any of them.
    """

    n: int
    mean: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    half_width: float = float("nan")
    effective_n: float = float("nan")

    @property
    def is_enough(self) -> bool:
        return self.n >= MINIMUM_SCORECARDS

    @property
    def missing(self) -> int:
        return max(0, MINIMUM_SCORECARDS - self.n)

    @property
    def has_spread(self) -> bool:
        """Equal scorecards give no interval; that is a thing to say, and not "plus minus zero"."""
        return self.half_width > 0


NOTHING = Estimate(n=0)


@dataclass(frozen=True, slots=True)
class Profile:
    """One person, or a team: each measure now, and month by month, by one standard.

    `standard` is that of the newest scorecards. `set_aside` counts the current scorecards by another
    standard, which cannot be averaged with these.
    """

    standard: Standard | None = None
    now: dict[Measure, Estimate] = field(default_factory=dict)
    by_month: dict[tuple[Measure, dt.date], Estimate] = field(default_factory=dict)
    set_aside: int = 0

    def monthly_means(self, measure: Measure, months: Iterable[dt.date]) -> list[float | None]:
        """One value per month for a sparkline; None where there are too few scorecards."""
        estimates = (self.by_month.get((measure, month), NOTHING) for month in months)
        return [estimate.mean if estimate.is_enough else None for estimate in estimates]


@once
def measures() -> list[Measure]:
    """The whole scorecard, then each skill in its order. One query."""
    skills = [Measure(skill.key, skill.name, skill.pk) for skill in Skill.objects.all()]
    return [Measure("", _("Whole scorecard")), *skills]


@once
def standards() -> dict[int, Standard]:
    """The standard that each published or retired rubric version belongs to. One query."""
    versions = (
        RubricVersion.objects.exclude(state=RubricVersion.State.DRAFT)
        .select_related("rubric")
        .order_by("rubric", "number")
    )
    found: dict[int, Standard] = {}
    for _rubric, editions in groupby(versions, key=lambda version: version.rubric_id):
        standard = None
        for version in editions:
            if standard is None or not version.is_comparable:
                name = _("%(rubric)s from version %(number)d") % {
                    "rubric": version.rubric.name,
                    "number": version.number,
                }
                standard = Standard(version.rubric_id, version.number, name)
            found[version.pk] = standard
    return found


def load_cells(
    rollups: RollupQuerySet,
    measured: Sequence[Measure],
    window: Window,
    *,
    channel: str = "",
    by_agent: bool = False,
    whose: tuple[Any, ...] = (),
) -> list[Cell]:
    """The cells of `rollups` inside `window`, reviewers added together; two queries.

    The database adds up, so the rows that come are at most people × months × versions × measures.
    `whose` says whose rollups these are, where that may be everybody's: then the sums of more than
    20,000 scorecards may be five minutes old, and are one query.
    """
    by_subject = {(_subject(measure), measure.subject_id): measure for measure in measured}
    # All skills, and what nobody asked for is dropped below: an OR of the two would lose the index.
    rows = rollups.filter(
        subject__in=sorted({subject for subject, _pk in by_subject}),
        month__range=(window.first, window.last),
    )
    if channel:
        rows = rows.filter(channel=channel)
    group = ["version_id", "month", "subject", "subject_id", *(["agent_id"] if by_agent else [])]
    by_version = standards()
    summed = rows.values(*group).annotate(**{f"all_{name}": Sum(name) for name in _SUMS})
    found: Sequence[dict[str, Any]] = summed
    if whose:
        about = (whose, sorted(by_subject), window, channel, group)
        found = kept("cells", about, None, lambda: list(summed), n=_graded)
    return [
        Cell(
            agent_id=row.get("agent_id", 0),
            standard=by_version[row["version_id"]],
            month=row["month"],
            measure=by_subject[row["subject"], row["subject_id"]],
            sums=tuple(row[f"all_{name}"] for name in _SUMS),
        )
        for row in found
        if (row["subject"], row["subject_id"]) in by_subject
    ]


def estimate_by(cells: Iterable[Cell], key: Callable[[Cell], K]) -> dict[K, Estimate]:
    """Pool the cells that share a key and estimate each pool. No query; one vectorised call."""
    pools: dict[K, list[tuple[float, ...]]] = {}
    for cell in cells:
        pools.setdefault(key(cell), []).append(cell.sums)
    if not pools:
        return {}
    sums = np.array([np.sum(rows, axis=0) for rows in pools.values()]).T
    interval = hajek_interval(*sums)
    return {
        name: Estimate(
            n=int(sums[0, index]),
            mean=float(interval.mean[index]),
            low=float(max(LOWEST, interval.low[index])),
            high=float(min(HIGHEST, interval.high[index])),
            half_width=float(interval.high[index] - interval.mean[index]),
            effective_n=float(interval.effective_n[index]),
        )
        for index, name in enumerate(pools)
    }


def profile_of(cells: Collection[Cell], *, now: Window) -> Profile:
    """The profile of the cells of one person or team. No query."""
    standard = _newest_standard(cells)
    if standard is None:
        return Profile()
    comparable = [cell for cell in cells if cell.standard == standard]
    current = [cell for cell in comparable if now.first <= cell.month <= now.last]
    return Profile(
        standard=standard,
        now=estimate_by(current, lambda cell: cell.measure),
        by_month=estimate_by(comparable, lambda cell: (cell.measure, cell.month)),
        set_aside=sum(
            cell.n
            for cell in cells
            if cell.measure.is_whole
            and cell.standard != standard
            and now.first <= cell.month <= now.last
        ),
    )


def count_hand_picked(scorecards: ScorecardQuerySet, window: Window, *, channel: str = "") -> int:
    """Those of one person's `scorecards` that were picked by hand and so belong to no average; neither
    second and linking grades of a drawn pick nor what is off the record. One query, on the index of
    agent and month."""
    rows = scorecards.submitted().filter(
        month__range=(window.first, window.last),
        assignment__pick__isnull=True,
        assignment__inclusion_probability__isnull=True,
    )
    if channel:
        rows = rows.filter(interaction__channel=channel)
    return rows.exclude(assignment__purpose__in=ReviewAssignment.OFF_RECORD).count()


_SUMS = ("n", "sum_w", "sum_wy", "sum_ww", "sum_wwy", "sum_wwyy")


def _graded(sums: Iterable[dict[str, Any]]) -> int:
    return sum(row["all_n"] for row in sums if row["subject"] == Rollup.Subject.TOTAL)


def _subject(measure: Measure) -> str:
    return (Rollup.Subject.TOTAL if measure.is_whole else Rollup.Subject.SKILL).value


def _newest_standard(cells: Iterable[Cell]) -> Standard | None:
    """The newest of the rubric by which most was graded lately: in the last month with scorecards and
    the two before it. So one grade by another rubric does not turn a whole profile to that."""
    counts: dict[tuple[dt.date, Standard], int] = {}
    for cell in cells:
        if cell.measure.is_whole:
            key = (cell.month, cell.standard)
            counts[key] = counts.get(key, 0) + cell.n
    if not counts:
        return None
    lately = Window.of(CURRENT_MONTHS, until=max(month for month, _standard in counts))
    by_rubric: dict[int, int] = {}
    for (month, standard), n in counts.items():
        if month >= lately.first:
            by_rubric[standard.rubric_id] = by_rubric.get(standard.rubric_id, 0) + n
    most = max(by_rubric, key=lambda rubric: (by_rubric[rubric], -rubric))
    return max(
        (standard for _month, standard in counts if standard.rubric_id == most),
        key=lambda standard: standard.first,
    )
