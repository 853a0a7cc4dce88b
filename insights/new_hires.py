"""How people come along in their first weeks, beside those who have been here for long.

Weeks are calendar weeks, and the one of somebody's start is week 1. Scores are percents without the
severity of whoever graded (`insights.fair`). The database adds up the new people's scorecards by person,
week and reviewer; nobody else's are read.

A stretch is the newest weeks that together hold `MINIMUM_SCORECARDS` scorecards. Proficient: twice in a
row, with different scorecards, a stretch has a mean that reaches the median of the established. The first
week at whose end that is so counts, whatever comes later. (Once is often luck: docs/measurement.md.)
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from django.db.models import Count, DateField, Exists, F, FloatField, Func, OuterRef, Q, Sum, Value
from django.db.models.functions import Cast, TruncWeek
from numpy.typing import NDArray

from insights.fair import Pool, fair_scores, graded_by, versions_of
from insights.skills import MINIMUM_SCORECARDS, Measure, Standard, Window
from measurement.intervals import hajek_interval
from measurement.ramp import RampPoint, Range, established_range, ramp_curve
from measurement.severity import SHOWN_FROM, SeverityModel
from measurement.shrinkage import paule_mandel, shrink
from measurement.survival import Survival, kaplan_meier
from people.models import Membership, User, UserQuerySet
from people.roles import Role
from scorecards.models import Scorecard

# Who has been here for so long when the window begins is established.
ESTABLISHED_AFTER = dt.timedelta(weeks=26)
# The stretches of weeks in which cohorts are put side by side.
STRETCHES = ((1, 4), (5, 8), (9, 12))
WEEK = dt.timedelta(weeks=1)
# Cohorts are counted from here, so that they are the same whenever one looks.
ANY_MONDAY = dt.date(2024, 1, 1)

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Now:
    """The mean of somebody's newest weeks that hold enough scorecards, with its 95% interval."""

    n: int
    mean: float
    low: float
    high: float

    @property
    def has_interval(self) -> bool:
        return self.low < self.high


@dataclass(frozen=True, slots=True)
class Hire:
    """One new person. `weeks` counts the calendar weeks since the start, this one included; `seen_until`
    is the week of the newest scorecard (0 without any); `reached` the week in which they got there.
    `is_followed` is false where grading began only after they did."""

    pk: int
    started_on: dt.date
    weeks: int
    n: int = 0
    seen_until: int = 0
    now: Now | None = None
    reached: int | None = None
    is_followed: bool = True

    @property
    def week(self) -> dt.date:
        return monday(self.started_on)

    @property
    def missing(self) -> int:
        """How many more scorecards it takes before anything can be said about having got there."""
        return max(2 * MINIMUM_SCORECARDS - self.n, 0)


@dataclass(frozen=True, slots=True)
class Group:
    """Some of the new people together. `late` started before grading did, `ungraded` have no
    scorecard; neither are in `arrival`."""

    people: int
    graded: int
    ungraded: int
    late: int
    reviews: int
    ramp: tuple[RampPoint, ...]
    arrival: Survival
    waiting: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Those who started from the Monday `start` on, in `width` weeks. `stretches` follow `STRETCHES`;
    None where nobody was graded then."""

    start: dt.date
    width: int
    people: int
    reached: int
    stretches: tuple[RampPoint | None, ...]

    @property
    def end(self) -> dt.date:
        """The last day on which somebody of it could start."""
        return self.start + self.width * WEEK - dt.timedelta(days=1)


@dataclass(frozen=True)
class Cells:
    """Sums per person, week and reviewer, severities removed; arrays of one length."""

    person: NDArray[np.int64]
    week: NDArray[np.int64]
    sums: FloatArray = field(default_factory=lambda: np.zeros((6, 0)))

    def of(self, people: Iterable[int]) -> "Cells":
        here = np.isin(self.person, list(people))
        return Cells(self.person[here], self.week[here], self.sums[:, here])


@dataclass(frozen=True)
class NewHires:
    """All new people of the house, and the established they are compared with. Nothing of it may be
    shown of one person that the reader may not see: `group` is for many, `hires` for those."""

    since: dt.date
    hires: dict[int, Hire]
    established: Range | None
    cells: Cells
    standard: Standard | None

    @property
    def is_graded(self) -> bool:
        return self.standard is not None

    def group(self, people: Iterable[int]) -> Group:
        chosen = [self.hires[pk] for pk in people]
        graded = [hire for hire in chosen if hire.n]
        followed = [hire for hire in graded if hire.is_followed]
        if self.established is None:
            followed = []
        cells = self.cells.of(hire.pk for hire in chosen)
        n, w, wy = cells.sums[:3]
        times = [hire.reached or hire.seen_until for hire in followed]
        arrived = [hire.reached is not None for hire in followed]
        return Group(
            people=len(chosen),
            graded=len(graded),
            ungraded=len(chosen) - len(graded),
            late=sum(not hire.is_followed for hire in graded),
            reviews=int(n.sum()),
            ramp=ramp_curve(cells.person, cells.week, n, w, wy),
            arrival=kaplan_meier(times, arrived),
            waiting=tuple(sorted(hire.seen_until for hire in followed if hire.reached is None)),
        )

    def cohorts(self, people: Iterable[int], *, width: int) -> list[Cohort]:
        """The newest first; cohorts nobody is in are left out."""
        by_start: dict[dt.date, list[Hire]] = {}
        for pk in people:
            hire = self.hires[pk]
            start = ANY_MONDAY + (hire.week - ANY_MONDAY) // (width * WEEK) * width * WEEK
            by_start.setdefault(start, []).append(hire)
        return [self._cohort(start, width, by_start[start]) for start in sorted(by_start)[::-1]]

    def _cohort(self, start: dt.date, width: int, hires: Sequence[Hire]) -> Cohort:
        cells = self.cells.of(hire.pk for hire in hires)
        stretch = np.full(len(cells.week), -1)
        for place, (first, last) in enumerate(STRETCHES):
            stretch[(cells.week >= first) & (cells.week <= last)] = place
        here = stretch >= 0
        n, w, wy = cells.sums[:3, here]
        points = {p.week: p for p in ramp_curve(cells.person[here], stretch[here], n, w, wy)}
        return Cohort(
            start=start,
            width=width,
            people=len(hires),
            reached=sum(hire.reached is not None for hire in hires),
            stretches=tuple(points.get(place) for place in range(len(STRETCHES))),
        )


def monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def first_monday(weeks: int, *, on: dt.date) -> dt.date:
    """Since when somebody must have started to count as new for the last `weeks` weeks."""
    return monday(on) - weeks * WEEK


def new_people(since: dt.date, *, on: dt.date) -> UserQuerySet:
    """Who serves customers, or did, and started in that time."""
    served = Membership.objects.filter(kind=Membership.Kind.MEMBER, user=OuterRef("pk"))
    agents = User.objects.with_role(Role.AGENT).values("pk")
    return User.objects.filter(
        Q(Exists(served)) | Q(pk__in=agents), started_on__gte=since, started_on__lte=on
    )


def load_new_hires(
    measure: Measure, since: dt.date, *, on: dt.date, reader: User, channel: str = ""
) -> NewHires:
    """Everybody who started from `since` on, as one measure sees them. A dozen queries; rows that come
    are at most new people × weeks × reviewers, beside a fit that is kept (`insights.fair`)."""
    window = Window(since.replace(day=1), on.replace(day=1))
    people = new_people(since, on=on).order_by().values_list("pk", "started_on")
    started = {pk: day for pk, day in people if day is not None}
    graded = graded_by(window, channel=channel)
    standard = max(graded, key=lambda each: (graded[each].n, -each.rubric_id), default=None)
    weeks = {pk: (monday(on) - monday(day)) // WEEK + 1 for pk, day in started.items()}
    if standard is None:
        hires = {pk: Hire(pk, day, weeks[pk]) for pk, day in started.items()}
        return NewHires(since, hires, None, _no_cells(), standard=None)
    model = fair_scores(Pool(standard, window, channel), [measure])[measure]
    versions = versions_of(standard)
    established = _established(model, window)
    cells = _cells(measure, versions, started, model, on=on, reader=reader, channel=channel)
    hires = _hires(started, weeks, cells, established)
    begin = graded[standard].first
    hires = {pk: replace(hire, is_followed=hire.started_on >= begin) for pk, hire in hires.items()}
    return NewHires(since, hires, established, cells, standard)


def _established(model: SeverityModel, window: Window) -> Range | None:
    """From shrunken fair scores of who was here long before the window. One query."""
    newer = User.objects.filter(started_on__gt=window.first - ESTABLISHED_AFTER)
    agents, scores = model.cells.agents, model.shown
    known = ~np.isin(agents, list(newer.values_list("pk", flat=True)))
    known &= (scores.n >= SHOWN_FROM) & (scores.standard_error > 0)
    fair, error = scores.fair[known], scores.standard_error[known]
    between = paule_mandel(fair, error**2)
    return established_range(fair if between is None else shrink(fair, error, between).score)


def _no_cells() -> Cells:
    return Cells(np.zeros(0, np.int64), np.zeros(0, np.int64))


def _cells(
    measure: Measure,
    versions: list[int],
    started: dict[int, dt.date],
    model: SeverityModel,
    *,
    on: dt.date,
    reader: User,
    channel: str,
) -> Cells:
    """One query. What a rollup counts, counts here."""
    rows = (
        Scorecard.objects.submitted()
        .filter(
            agent__in=list(started),
            version__in=versions,
            percent__isnull=False,
            assignment__inclusion_probability__isnull=False,
        )
        .exclude(agent=reader, is_held=True)
    )
    if channel:
        rows = rows.filter(interaction__channel=channel)
    whole = Cast("percent", FloatField())
    percent = whole if measure.is_whole else _SkillPercent(measure.subject_id)
    pi = F("assignment__inclusion_probability")
    y = F("y")
    found = (
        rows.annotate(
            y=percent, week=TruncWeek("interaction__occurred_at", output_field=DateField())
        )
        .filter(y__isnull=False)
        .order_by()
        .values_list("agent", "reviewer", "week")
        .annotate(
            n=Count("pk"),
            w=Sum(1 / pi, output_field=FloatField()),
            wy=Sum(y / pi, output_field=FloatField()),
            ww=Sum(1 / (pi * pi), output_field=FloatField()),
            wwy=Sum(y / (pi * pi), output_field=FloatField()),
            wwyy=Sum(y * y / (pi * pi), output_field=FloatField()),
        )
    )
    severities = model.severities.value
    severity = dict(zip(model.cells.reviewers.tolist(), np.nan_to_num(severities), strict=True))
    people, weeks, sums = [], [], []
    for agent, reviewer, week, n, w, wy, ww, wwy, wwyy in found:
        number = (week - monday(started[agent])) // WEEK + 1
        if number < 1:
            continue
        s = severity.get(reviewer, 0.0)
        people.append(agent)
        weeks.append(number)
        sums.append((n, w, wy - s * w, ww, wwy - s * ww, wwyy - 2 * s * wwy + s * s * ww))
    if not people:
        return _no_cells()
    return Cells(np.array(people), np.array(weeks), np.array(sums, np.float64).T)


class _SkillPercent(Func):
    """The percent of one skill. Its key looks like a number, which a JSON transform of Django takes for
    a place in a list."""

    function = "JSONB_EXTRACT_PATH_TEXT"
    template = "CAST(%(function)s(%(expressions)s) AS double precision)"
    output_field = FloatField()

    def __init__(self, skill: int) -> None:
        super().__init__(F("skill_percents"), Value(str(skill)))
        self.skill = skill

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        by_path = self.copy()
        column, _key = by_path.get_source_expressions()
        by_path.set_source_expressions([column, Value(f'$."{self.skill}"')])
        return by_path.as_sql(compiler, connection, function="JSON_EXTRACT", **extra)


def _hires(
    started: dict[int, dt.date], weeks: dict[int, int], cells: Cells, established: Range | None
) -> dict[int, Hire]:
    by_person: dict[int, dict[int, FloatArray]] = {}
    for place, (person, week) in enumerate(
        zip(cells.person.tolist(), cells.week.tolist(), strict=True)
    ):
        of_person = by_person.setdefault(person, {})
        of_person[week] = of_person.get(week, np.zeros(6)) + cells.sums[:, place]
    hires, newest = {}, {}
    for pk, day in started.items():
        of_weeks = sorted(by_person.get(pk, {}).items())
        stretches = _stretches(of_weeks)
        if stretches:
            newest[pk] = stretches[-1].sums
        reached = None if established is None else _reached(stretches, established.middle)
        hires[pk] = Hire(
            pk,
            day,
            weeks[pk],
            n=int(sum(sums[0] for _week, sums in of_weeks)),
            seen_until=of_weeks[-1][0] if of_weeks else 0,
            reached=reached,
        )
    return _with_now(hires, newest)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The newest weeks, from `first` to `last`, that hold enough scorecards, added up."""

    first: int
    last: int
    sums: FloatArray

    def reaches(self, bar: float) -> bool:
        return bool(self.sums[2] >= bar * self.sums[1])


def _stretches(of_weeks: Sequence[tuple[int, FloatArray]]) -> list[_Stretch]:
    """One for each week with a scorecard, as soon as there are enough."""
    found = []
    for place, (last, _sums) in enumerate(of_weeks):
        total = np.zeros(6)
        for first, sums in of_weeks[place::-1]:
            total = total + sums
            if total[0] >= MINIMUM_SCORECARDS:
                found.append(_Stretch(first, last, total))
                break
    return found


def _reached(stretches: Sequence[_Stretch], bar: float) -> int | None:
    for place, stretch in enumerate(stretches):
        before = [each for each in stretches[:place] if each.last < stretch.first]
        if before and before[-1].reaches(bar) and stretch.reaches(bar):
            return stretch.last
    return None


def _with_now(hires: dict[int, Hire], newest: dict[int, FloatArray]) -> dict[int, Hire]:
    if not newest:
        return hires
    sums = np.array(list(newest.values())).T
    interval = hajek_interval(*sums)
    for place, pk in enumerate(newest):
        now = Now(
            int(sums[0, place]),
            float(np.clip(interval.mean[place], 0, 100)),
            float(max(interval.low[place], 0)),
            float(min(interval.high[place], 100)),
        )
        hires[pk] = replace(hires[pk], now=now)
    return hires
