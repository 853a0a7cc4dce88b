"""How strict, how steady and how busy reviewers are.

Severity, its share and who scatters come from the fit of `insights.fair` over the whole pool, drift from
sums by month, workload and time from counts. Nothing here is a ranking.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Case, Count, F, FloatField, Max, OuterRef, Q, Subquery, Sum, When
from django.utils import timezone

from insights.fair import Pool, fair_scores, month_number, rollups_of, stamp_of
from insights.kept import kept
from insights.objectivity.scope import Scope, next_month
from insights.skills import Measure, Window
from measurement.agreement import AGREEMENT_FROM
from measurement.discoveries import FALSE_DISCOVERIES, benjamini_hochberg
from measurement.drift import ReviewerDrift, reviewer_drift
from measurement.erratic import Spread, spreads
from measurement.figures import Figure, State
from measurement.intervals import mean_interval
from measurement.islands import Crossing, team_crossing
from measurement.outcomes import handle_time
from measurement.severity import SeverityModel
from people.models import Membership
from scorecards.models import CriterionScore, ExpertGrade, ReviewAssignment, Scorecard

Purpose = ReviewAssignment.Purpose
_TIES = (Purpose.SECOND, Purpose.LINK, Purpose.SEEDED, Purpose.CALIBRATION)

WHOLE = Measure("", "")
# A baseline of four months and room for a change: drift looks back this far, whatever the page shows.
DRIFT_MONTHS = 12
WEEKS = 13
# Times are counted in steps of so many seconds, so that the database can add them up.
TIME_STEP = 15
# A pool of fewer is no crowd that anybody could disappear in.
POOL_FROM = 5


@dataclass(frozen=True, slots=True)
class Workload:
    """Gradings handed in: by month of the window, and by week, the newest last and not over yet."""

    by_month: list[int]
    by_week: list[int]

    @property
    def total(self) -> int:
        return sum(self.by_month)

    @property
    def a_week(self) -> float:
        """Of the four whole weeks before this one."""
        return sum(self.by_week[-5:-1]) / 4


@dataclass(frozen=True, slots=True)
class Keys:
    """Grades held against expert keys. `same` is the percent of criteria answered as the key does, its
    interval over interactions; of the others `milder` and `stricter` say on which side they were."""

    same: Figure
    criteria: int = 0
    milder: int = 0
    stricter: int = 0


NO_KEYS = Keys(Figure(State.TOO_FEW, 0, AGREEMENT_FROM))
NO_TIME = handle_time([]).median


@dataclass(frozen=True, slots=True)
class Times:
    """Active work on a grading: of all, `counts` took `seconds` (middles of steps of 15)."""

    by_reviewer: Mapping[int, Figure]
    everybody: Figure
    seconds: list[float]
    counts: list[int]

    def of(self, reviewer: int) -> Figure:
        return self.by_reviewer.get(reviewer, NO_TIME)


@dataclass(frozen=True)
class Reviewers:
    """`stricter` and `milder` are those whose severity differs from the average reviewer's after
    allowing for how many are looked at."""

    scope: Scope
    model: SeverityModel
    stricter: frozenset[int]
    milder: frozenset[int]
    drifts: Mapping[int, ReviewerDrift]
    drift_window: Window
    spreads: Mapping[int, Spread]
    keys: Mapping[int, Keys]
    work: Mapping[int, Workload]
    weeks: list[dt.date]
    times: Times
    everybody: frozenset[int] = field(default_factory=frozenset)

    def severity(self, reviewer: int) -> Figure:
        return self.model.severity_of(reviewer)

    def band(self, *, without: int) -> tuple[float, float, int] | None:
        """Where eight of ten of the others' known severities lie, and how many they are, in the island
        of `without`; None with too few to stay nameless."""
        found, reviewers = self.model.severities, self.model.cells.reviewers
        island = found.island[reviewers == without]
        if not len(island):
            return None
        others = found.is_known & (reviewers != without) & (found.island == island[0])
        values = found.value[others]
        if len(values) < POOL_FROM:
            return None
        low, high = np.quantile(values, [0.1, 0.9])
        return float(low), float(high), len(values)

    def time_band(self, *, without: int) -> tuple[float, float, int] | None:
        """The same of the others' median times, in seconds."""
        values = [
            figure.value
            for reviewer, figure in self.times.by_reviewer.items()
            if reviewer != without and figure.value is not None
        ]
        if len(values) < POOL_FROM:
            return None
        low, high = np.quantile(values, [0.1, 0.9])
        return float(low), float(high), len(values)


def load_reviewers(scope: Scope, *, on: dt.date) -> Reviewers:
    """All reviewers of the scope. A constant number of queries."""
    model = fair_scores(scope.pool, [WHOLE])[WHOLE]
    stricter, milder = _apart(model)
    drift_window = Window.of(DRIFT_MONTHS, until=on)
    drifts = {each.reviewer: each for each in _drifts(scope, drift_window)}
    weeks = _weeks(on)
    work, times, keys = kept(
        "work",
        (*scope.about, on),
        lambda: _handed_in(scope),
        lambda: (_workload(scope, weeks), _times(scope), _keys(scope)),
        n=scope.n,
    )
    return Reviewers(
        scope=scope,
        model=model,
        stricter=stricter,
        milder=milder,
        drifts=drifts,
        drift_window=drift_window,
        spreads={each.reviewer: each for each in spreads(model)},
        keys=keys,
        work=work,
        weeks=weeks,
        times=times,
        everybody=frozenset(
            {int(pk) for pk in model.cells.reviewers}
            | {pk for pk, load in work.items() if load.total}
            | set(keys)
        ),
    )


def load_crossing(model: SeverityModel, *, on: dt.date) -> Crossing:
    """How much is graded across teams, by the teams of today. One query."""
    rows = Membership.objects.current(on=on).filter(kind=Membership.Kind.MEMBER)
    teams: dict[int, int] = {}
    for user, team in rows.order_by("team").values_list("user", "team"):
        teams.setdefault(user, team)
    codes = {team: code for code, team in enumerate(sorted(set(teams.values())))}
    cells = model.cells
    of_agent = np.full(cells.size, -1)
    of_agent[: len(cells.agents)] = [
        codes[teams[agent]] if agent in teams else -1 for agent in cells.agents.tolist()
    ]
    return team_crossing(cells.agent, cells.reviewer, cells.n, of_agent)


def _apart(model: SeverityModel) -> tuple[frozenset[int], frozenset[int]]:
    from scipy.special import ndtr

    found = model.severities
    known = found.is_known
    if not known.any():
        return frozenset(), frozenset()
    with np.errstate(invalid="ignore", divide="ignore"):
        p = 2 * ndtr(-np.abs(found.value / found.standard_error))
    differs = benjamini_hochberg(np.where(known, p, np.nan)) <= FALSE_DISCOVERIES
    differs &= (found.low > 0) | (found.high < 0)
    reviewers = model.cells.reviewers
    return (
        frozenset(reviewers[differs & (found.value < 0)].tolist()),
        frozenset(reviewers[differs & (found.value > 0)].tolist()),
    )


def _drifts(scope: Scope, window: Window) -> tuple[ReviewerDrift, ...]:
    pool = scope.pool
    longer = type(pool)(pool.standard, window, pool.channel)
    about = (sorted(scope.versions), window.first, window.last, pool.channel)

    def make() -> tuple[ReviewerDrift, ...]:
        rows = (
            rollups_of(longer, scope.versions, [WHOLE])
            .values_list("agent_id", "version_id", "channel", "reviewer_id", "month")
            .annotate(all_n=Sum("n"), all_y=Sum("sum_y"), all_yy=Sum("sum_yy"))
        )
        # One person in another channel, or by another version, is compared with nobody but themself.
        codes: dict[tuple[Any, ...], int] = {}
        numbers: dict[dt.date, int] = {}
        table = [
            (
                codes.setdefault((agent, version, channel), len(codes)),
                reviewer,
                numbers.setdefault(month, month_number(month)),
                *sums,
            )
            for agent, version, channel, reviewer, month, *sums in rows.iterator(chunk_size=5000)
        ]
        # A conversation that several people graded is compared with nothing else, either.
        table += [
            (
                codes.setdefault(("together", interaction), len(codes)),
                reviewer,
                numbers.setdefault(month, month_number(month)),
                1,
                percent,
                percent * percent,
            )
            for interaction, reviewer, month, percent in _together(longer, scope.versions)
        ]
        if not table:
            return ()
        agent, reviewer, month, n, y, yy = np.array(table, np.float64).T
        return reviewer_drift(
            agent.astype(np.int64), reviewer.astype(np.int64), month.astype(np.int64), n, y, yy
        )

    return kept("drifts", about, lambda: stamp_of(longer, scope.versions), make, n=scope.n)


def _together(pool: Pool, versions: Collection[int]) -> Iterator[tuple[int, int, dt.date, float]]:
    """Conversation, reviewer, month and percent of grades that tie reviewers together whatever teams they
    grade. What was graded again for a dispute is left out: it is graded again where people disagree. One
    query."""
    graded = Scorecard.objects.submitted().filter(
        version__in=versions,
        month__range=(pool.window.first, pool.window.last),
        percent__isnull=False,
    )
    if pool.channel:
        graded = graded.filter(interaction__channel=pool.channel)
    shared = graded.filter(assignment__purpose__in=_TIES).values("interaction")
    rows = graded.filter(interaction__in=shared, assignment__purpose__in=(*_TIES, Purpose.GRADE))
    for interaction, reviewer, month, percent in rows.order_by().values_list(
        "interaction", "reviewer", "month", "percent"
    ):
        if month is not None and percent is not None:
            yield interaction, reviewer, month, float(percent)


def _weeks(on: dt.date) -> list[dt.date]:
    """The Mondays of the newest weeks, that of today last."""
    monday = on - dt.timedelta(days=on.weekday())
    return [monday - dt.timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]


def _handed_in(scope: Scope) -> tuple[Any, ...]:
    """What changes when a grade is handed in or taken back. One query."""
    return tuple(scope.scorecards().aggregate(Count("pk"), Max("pk"), Max("submitted_at")).values())


def _workload(scope: Scope, weeks: list[dt.date]) -> dict[int, Workload]:
    """One query: the database compares times, which costs far less than cutting them to months."""
    months = scope.window.months
    spans = [(month, next_month(month)) for month in months]
    spans += [(week, week + dt.timedelta(weeks=1)) for week in weeks]
    counts = {
        f"in_{place}": Count(
            "pk", filter=Q(submitted_at__gte=_midnight(first), submitted_at__lt=_midnight(end))
        )
        for place, (first, end) in enumerate(spans)
    }
    since = _midnight(min(first for first, _end in spans))
    rows = scope.scorecards().filter(submitted_at__gte=since)
    return {
        reviewer: Workload(list(found[: len(months)]), list(found[len(months) :]))
        for reviewer, *found in rows.values_list("reviewer").annotate(**counts)
    }


def _times(scope: Scope) -> Times:
    """One query; what was graded without the screen's clock is not in it."""
    rows = (
        scope.by_submission()
        .filter(active_seconds__gt=0)
        .annotate(step=F("active_seconds") / TIME_STEP)
        .values_list("reviewer", "step")
        .annotate(n=Count("pk"))
    )
    by_reviewer: dict[int, list[tuple[float, int]]] = defaultdict(list)
    pooled: dict[float, int] = defaultdict(int)
    for reviewer, step, n in rows:
        middle = (int(step) + 0.5) * TIME_STEP
        by_reviewer[reviewer].append((middle, n))
        pooled[middle] += n
    seconds = sorted(pooled)
    return Times(
        {reviewer: _median(counted) for reviewer, counted in by_reviewer.items()},
        _median(list(pooled.items())),
        seconds,
        [pooled[each] for each in seconds],
    )


def _median(counted: list[tuple[float, int]]) -> Figure:
    if not counted:
        return NO_TIME
    values, counts = zip(*counted, strict=True)
    return handle_time(np.repeat(values, counts)).median


def _keys(scope: Scope) -> dict[int, Keys]:
    """One query; the rows that come are the grades that had a key behind them, a row each."""
    key = OuterRef("scorecard__assignment__seeded_pick__key")
    answers = ExpertGrade.objects.filter(key=key, criterion=OuterRef("criterion"))
    same = Q(level=F("key_level"), level__isnull=False)
    same |= Q(is_not_applicable=True, key_skips=True)
    rows = (
        CriterionScore.objects.filter(
            scorecard__in=scope.by_interaction().filter(
                assignment__purpose=ReviewAssignment.Purpose.SEEDED
            )
        )
        .annotate(
            key_level=Subquery(answers.values("level")[:1]),
            key_place=Subquery(answers.values("level__position")[:1]),
            key_skips=Subquery(answers.values("is_not_applicable")[:1]),
        )
        .filter(Q(key_level__isnull=False) | Q(key_skips=True))
        .order_by()
        .values_list("scorecard__reviewer", "scorecard")
        .annotate(
            criteria=Count("pk"),
            same=Sum(Case(When(same, then=1.0), default=0.0, output_field=FloatField())),
            milder=Count("pk", filter=Q(level__position__gt=F("key_place"))),
            stricter=Count("pk", filter=Q(level__position__lt=F("key_place"))),
        )
    )
    found: dict[int, list[tuple[int, float, int, int]]] = defaultdict(list)
    for reviewer, _scorecard, criteria, alike, milder, stricter in rows:
        found[reviewer].append((criteria, alike, milder, stricter))
    return {reviewer: _against_keys(graded) for reviewer, graded in found.items()}


def _against_keys(graded: list[tuple[int, float, int, int]]) -> Keys:
    criteria, alike, milder, stricter = np.array(graded, np.float64).T
    n = len(graded)
    counts = (int(criteria.sum()), int(milder.sum()), int(stricter.sum()))
    if n < AGREEMENT_FROM:
        return Keys(Figure(State.TOO_FEW, n, AGREEMENT_FROM), *counts)
    # Answers within one interaction hang together, so it is the interactions that are counted.
    shares = 100 * alike / criteria
    found = mean_interval(n, shares.sum(), (shares**2).sum())
    mean, low, high = float(found.mean), float(found.low), float(found.high)
    has_interval = high > low
    return Keys(
        Figure(
            State.SHOWN,
            n,
            AGREEMENT_FROM,
            mean,
            max(0.0, low) if has_interval else None,
            min(100.0, high) if has_interval else None,
        ),
        *counts,
    )


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def graded_anything(user: Any) -> bool:
    """Whether somebody has handed in a grade, whatever they may do today. One query."""
    return Scorecard.objects.submitted().besides_practice().filter(reviewer=user).exists()
