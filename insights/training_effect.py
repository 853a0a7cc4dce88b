"""What a module did to the scores of those who took it: which people and months go into
`measurement.training_effect`.

Month 0 is the month by which somebody was chosen: that of the assignment, or the one before where the
assignment came in its first half. People of one month 0 who finished equally many months later are one
cohort with their peers: everybody who was graded then and has neither finished the module nor been
asked to take it. Whoever is new in any of the months compared is on neither side, for new people rise by
themselves. The first completion of each person counts; renewals do not.

Where there were fewer places than people, and a lot decided, the cohort is the lot: everybody drawn on
one side, everybody else who was eligible on the other, whatever they did afterwards. Leaving out who was
drawn and did not come would undo what the lot is for.

The estimate is about the whole house, whoever looks: it says something about the module. Scores are
monthly means without the severity of whoever graded (`insights.fair.fair_by_month`).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    Max,
    OuterRef,
    QuerySet,
)
from django.utils.timezone import get_current_timezone, localdate, make_aware
from numpy.typing import NDArray

from coaching.models import RuleFiring
from content.models import ModulePage
from insights.fair import (
    MonthlyScores,
    Pool,
    common_standard,
    fair_by_month,
    graded_by,
    month_number,
    stamp_of,
    versions_of,
)
from insights.kept import kept
from insights.skills import Measure, Window
from measurement.intervals import mean_interval
from measurement.training_effect import (
    MONTHS,
    REVIEWS_FROM,
    Choice,
    Rows,
    TrainingEffect,
    rows_from_cells,
    training_effect,
)
from people.models import User
from training.models import Completion, LotEntry, ModuleAssignment

Outcome = RuleFiring.Outcome

# Who takes longer than so many months is left out: their months before and after lie too far apart.
LONGEST_GAP = 2
# The first half of a month was not graded yet when it was assigned in it.
MIDDLE_OF_MONTH = 15

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Finish:
    """Somebody's first completion of a module; `by_rule` if a rule about their scores asked for it."""

    module: int
    person: int
    assigned_on: dt.date
    finished_on: dt.date
    by_rule: bool = False

    @property
    def chosen_in(self) -> int:
        """Month 0, as `insights.fair.month_number` counts."""
        return month_number(self.assigned_on) - (self.assigned_on.day <= MIDDLE_OF_MONTH)

    @property
    def gap(self) -> int:
        return month_number(self.finished_on) - self.chosen_in


@dataclass(frozen=True, slots=True)
class Draw:
    """One lot: who was drawn for a module on which day, and who else was eligible."""

    module: int
    drawn_on: dt.date
    drawn: frozenset[int]
    others: frozenset[int]

    @property
    def chosen_in(self) -> int:
        """Month 0, as for a `Finish`."""
        return month_number(self.drawn_on) - (self.drawn_on.day <= MIDDLE_OF_MONTH)


@dataclass(frozen=True, slots=True)
class Finishes:
    """Who finished which module when, since when others have been asked to, and which lots there were."""

    done: tuple[Finish, ...]
    asked: dict[tuple[int, int], dt.date]
    draws: tuple[Draw, ...] = ()

    def of(self, module: int) -> list[Finish]:
        return [finish for finish in self.done if finish.module == module]


@dataclass(frozen=True, slots=True)
class End:
    """The mean of people's means in one window, with its 95% interval."""

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Side:
    """Trained or peers: `people` with enough scorecards before and after."""

    people: int
    before: End | None
    after: End | None


@dataclass(frozen=True)
class ModuleEffect:
    """One module and one measure. `finished` people took it in the period; of them `waiting` have no
    graded month after it yet, `slow` took too long, and `new` were new in the months compared."""

    module: ModulePage
    measure: Measure
    finished: int
    waiting: int
    slow: int
    new: int
    effect: TrainingEffect
    trained: Side
    peers: Side
    months: tuple[dt.date, dt.date] | None
    choice: Choice

    @property
    def counted(self) -> int:
        return self.finished - self.waiting - self.slow - self.new


@dataclass(frozen=True)
class Scene:
    """What all effects of one page are worked out from."""

    period: Window
    measured: Sequence[Measure]
    finishes: Finishes
    started: dict[int, dt.date]
    scores: dict[Measure, MonthlyScores]
    last_graded: int

    def effect(self, module: ModulePage, measure: Measure) -> ModuleEffect:
        return _effect(self, module, measure)


def effects(
    taught: Sequence[tuple[ModulePage, Measure]], period: Window, *, channel: str = ""
) -> list[ModuleEffect]:
    """What each module did to each measure, in that order; kept until something that it is made of
    changes, with more than 20,000 scorecards for five minutes. Some twelve queries to look, as many more
    to work it out."""
    about = (period, channel, tuple((module.pk, measure) for module, measure in taught))

    def make() -> list[dict[str, Any]]:
        modules = {module.pk: module for module, _measure in taught}.values()
        measured = [measure for _module, measure in taught]
        scene = scene_of(modules, period, taught=measured, channel=channel)
        return [_without_names(scene.effect(module, measure)) for module, measure in taught]

    window, pages = _read_in(period), sorted({module.pk for module, _measure in taught})
    found = kept(
        "training-effect",
        about,
        lambda: (*_stamp_of_grades(window, channel), *_stamp_of_finishes(pages, window)),
        make,
        n=lambda _found: sum(each.n for each in graded_by(window, channel=channel).values()),
    )
    return [
        ModuleEffect(module=module, measure=measure, **each)
        for (module, measure), each in zip(taught, found, strict=True)
    ]


def _without_names(effect: ModuleEffect) -> dict[str, Any]:
    """What is kept: pages and measures are told anew."""
    names = [each.name for each in fields(effect) if each.name not in ("module", "measure")]
    return {name: getattr(effect, name) for name in names}


def _stamp_of_grades(window: Window, channel: str) -> tuple[Any, ...]:
    standard = common_standard(window, channel=channel)
    if standard is None:
        return (None,)
    return (standard, *stamp_of(Pool(standard, window, channel), versions_of(standard)))


def _stamp_of_finishes(pages: Sequence[int], window: Window) -> tuple[Any, ...]:
    assigned = ModuleAssignment.objects.filter(module__in=pages)
    done = Completion.objects.filter(page__in=pages)
    fired = RuleFiring.objects.filter(assignment__module__in=pages, outcome=Outcome.ASSIGNED)
    return (
        *assigned.aggregate(
            Count("pk"), Count("completed_at"), Max("assigned_at"), Max("completed_at")
        ).values(),
        *done.aggregate(Count("pk"), Max("pk"), Max("completed_at")).values(),
        *fired.aggregate(Count("pk"), Max("pk")).values(),
        _draws(pages),
        tuple(_newer(window).order_by("pk")),
    )


def taught_by(module: ModulePage, measured: Sequence[Measure]) -> list[Measure]:
    """The measures of the skills a module teaches; the whole scorecard for one that names none."""
    skills = {skill.pk for skill in module.skills.all()}
    taught = [measure for measure in measured if measure.subject_id in skills]
    return taught or [measure for measure in measured if measure.is_whole]


def finished_modules(period: Window) -> list[ModulePage]:
    """Modules that somebody finished in the period, by title, with their skills. Two queries."""
    first, after = _midnight(period.first), _midnight(_next_month(period.last))
    finished = {"completed_at__gte": first, "completed_at__lt": after}
    assigned = ModuleAssignment.objects.filter(module=OuterRef("pk"), **finished)
    done = Completion.objects.filter(page=OuterRef("pk"), **finished)
    modules = ModulePage.objects.live().filter(Exists(assigned) | Exists(done))
    return list(modules.order_by("title", "pk").prefetch_related("skills"))


def scene_of(
    modules: Collection[ModulePage], period: Window, *, taught: Iterable[Measure], channel: str = ""
) -> Scene:
    """Loads what effects of these modules need: about ten queries, whatever their number. Scores of
    some months before the period are read too, for what people were like then."""
    measured = sorted(set(taught), key=lambda measure: measure.subject_id)
    window = _read_in(period)
    standard = common_standard(window, channel=channel)
    scores: dict[Measure, MonthlyScores] = {}
    if standard is not None and measured:
        scores = fair_by_month(Pool(standard, window, channel), measured)
    months = [int(each.columns()["month"].max(initial=0)) for each in scores.values()]
    return Scene(
        period=period,
        measured=measured,
        finishes=load_finishes(modules, period),
        started={pk: day for pk, day in _newer(window) if day is not None},
        scores=scores,
        last_graded=max(months, default=0) or month_number(period.last) + 1,
    )


def _read_in(period: Window) -> Window:
    """With the months before it that tell what people were like."""
    return Window(_month(month_number(period.first) - MONTHS - LONGEST_GAP - 1), period.last)


def _newer(window: Window) -> "QuerySet[User, tuple[int, dt.date | None]]":
    """Who started when, of those who did in the months read."""
    rows = User.objects.filter(started_on__gt=window.first)
    return rows.order_by().values_list("pk", "started_on")


def load_finishes(modules: Collection[ModulePage], period: Window) -> Finishes:
    """Everybody's first completion of these modules, whenever it was, and their lots. Four queries.

    A module counts as finished when its page is, or when an assignment of it is: what was imported has
    the one without the other."""
    pages = [module.pk for module in modules]
    asked: dict[tuple[int, int], dt.date] = {}
    found: dict[tuple[int, int], tuple[dt.date, dt.date]] = {}
    # Asked for once: there are as many rows as people times modules.
    zone = get_current_timezone()
    fired = RuleFiring.objects.filter(assignment__module__in=pages, outcome=Outcome.ASSIGNED)
    by_rule = set(fired.order_by().values_list("assignment__module", "agent"))
    rows = ModuleAssignment.objects.filter(module__in=pages).order_by("assigned_at", "pk")
    for module, person, assigned, completed in rows.values_list(
        "module", "user", "assigned_at", "completed_at"
    ):
        key = (module, person)
        asked_on = assigned.astimezone(zone).date()
        asked.setdefault(key, asked_on)
        if completed is not None:
            found.setdefault(key, (asked_on, completed.astimezone(zone).date()))
    done = Completion.objects.filter(page__in=pages).order_by("completed_at", "pk")
    for page, person, completed in done.values_list("page", "user", "completed_at"):
        key, day = (page, person), completed.astimezone(zone).date()
        if key not in found or day < found[key][1]:
            found[key] = (min(asked.get(key, day), day), day)
    return Finishes(
        tuple(
            Finish(*key, min(assigned, finished), finished, key in by_rule)
            for key, (assigned, finished) in found.items()
        ),
        asked,
        _draws(pages),
    )


def _draws(pages: Sequence[int]) -> tuple[Draw, ...]:
    entries = LotEntry.objects.filter(lot__module__in=pages).annotate(
        is_drawn=ExpressionWrapper(LotEntry.drawn(), BooleanField())
    )
    lots: dict[int, tuple[int, dt.date, dict[bool, set[int]]]] = {}
    for lot, page, drawn_at, person, is_drawn in entries.order_by("lot", "rank").values_list(
        "lot", "lot__module", "lot__drawn_at", "user", "is_drawn"
    ):
        lots.setdefault(lot, (page, localdate(drawn_at), {True: set(), False: set()}))[2][
            bool(is_drawn)
        ].add(person)
    return tuple(
        Draw(page, day, frozenset(sides[True]), frozenset(sides[False]))
        for page, day, sides in lots.values()
    )


def _effect(scene: Scene, module: ModulePage, measure: Measure) -> ModuleEffect:
    done = scene.finishes.of(module.pk)
    first, last = month_number(scene.period.first), month_number(scene.period.last)
    recent = [each for each in done if first <= month_number(each.finished_on) <= last]
    slow = new = waiting = 0
    cohorts: dict[tuple[int, int], list[int]] = {}
    ruled: list[bool] = []
    for each in recent:
        chosen, gap = each.chosen_in, each.gap
        if gap > LONGEST_GAP:
            slow += 1
        elif _is_new(scene, each.person, chosen, gap):
            new += 1
        elif chosen + gap >= scene.last_graded:
            waiting += 1
        else:
            cohorts.setdefault((chosen, gap), []).append(each.person)
            ruled.append(each.by_rule)
    draws = _draws_of(scene, module, recent)
    drawn = {person for draw, _gap in draws for person in draw.drawn}
    by_lot = [each.person in drawn for each in recent]
    # Both ways of comparing are shown; this decides which is the headline. A lot needs no other.
    choice = Choice.BY_SCORE if sum(ruled) * 2 > len(ruled) else Choice.OTHERWISE
    if by_lot and sum(by_lot) * 2 > len(by_lot):
        choice = Choice.BY_LOT
        rows = _rows_of_lots(scene, measure, draws)
        enough = rows.reviews_after >= REVIEWS_FROM
        counted = [draw.chosen_in for draw, _gap in draws]
    else:
        rows = _rows(scene, module, measure, done, cohorts)
        enough = (rows.reviews_before >= REVIEWS_FROM) & (rows.reviews_after >= REVIEWS_FROM)
        enough &= ~np.isnan(rows.selection)
        counted = [month for month, _gap in cohorts]
    return ModuleEffect(
        module=module,
        measure=measure,
        finished=len(recent),
        waiting=waiting,
        slow=slow,
        new=new,
        effect=training_effect(rows, choice=choice),
        trained=_side(rows, enough & rows.is_trained),
        peers=_side(rows, enough & ~rows.is_trained),
        months=(_month(min(counted)), _month(max(counted))) if counted else None,
        choice=choice,
    )


def _rows(
    scene: Scene,
    module: ModulePage,
    measure: Measure,
    done: Sequence[Finish],
    cohorts: dict[tuple[int, int], list[int]],
) -> Rows:
    scores = scene.scores.get(measure)
    if scores is None:
        nothing = np.zeros(0)
        return rows_from_cells(nothing, nothing, nothing, nothing, nothing, nothing)
    cells = scores.columns()
    known = ~np.isnan(cells["score"])
    agent, month = cells["agent"][known], cells["month"][known]
    n, score = cells["n"][known].astype(np.float64), cells["score"][known]
    people, place = np.unique(agent, return_inverse=True)
    cohort, no_peer_from, started = _known_of(scene, module, people, done, cohorts)
    parts: list[tuple[NDArray[Any], ...]] = []
    for code, (chosen, gap) in enumerate(sorted(cohorts)):
        at, here = _months_around(month, chosen, gap)
        ends = _next_month(_month(chosen + gap + MONTHS)).toordinal()
        begins = _month(chosen - gap - MONTHS).toordinal()
        trained = (cohort == code)[place]
        here &= trained | ((no_peer_from >= ends) & (started <= begins))[place]
        parts.append(
            (agent[here], np.full(here.sum(), code), trained[here], at[here], n[here], score[here])
        )
    return _joined(parts)


def _known_of(
    scene: Scene,
    module: ModulePage,
    people: NDArray[Any],
    done: Sequence[Finish],
    cohorts: dict[tuple[int, int], list[int]],
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """For each of `people`: the place of their cohort, -1 for none; the day from which they are nobody's
    peers, because they finished or were asked to; the day they started, 0 for long ago. Days are
    ordinals."""
    code = {person: number for number, key in enumerate(sorted(cohorts)) for person in cohorts[key]}
    never = dt.date.max.toordinal()
    since = {each.person: each.finished_on.toordinal() for each in done}
    asked, started = scene.finishes.asked, scene.started
    days = []
    for person in people.tolist():
        asked_on = asked.get((module.pk, person))
        day = since.get(person, never)
        days.append(
            (
                code.get(person, -1),
                day if asked_on is None else min(day, asked_on.toordinal()),
                started[person].toordinal() if person in started else 0,
            )
        )
    found = np.array(days, dtype=np.int64).reshape(-1, 3)
    return found[:, 0], found[:, 1], found[:, 2]


def _draws_of(scene: Scene, module: ModulePage, recent: Sequence[Finish]) -> list[tuple[Draw, int]]:
    """The lots of the module by which somebody came who finished it lately, each with the months that
    those drawn took at most; who took longer keeps nobody waiting."""
    found = []
    for draw in scene.finishes.draws:
        gaps = [
            month_number(each.finished_on) - draw.chosen_in
            for each in recent
            if draw.module == module.pk and each.person in draw.drawn
        ]
        if gaps:
            found.append((draw, max(0, min(LONGEST_GAP, max(gaps)))))
    return found


def _rows_of_lots(scene: Scene, measure: Measure, draws: Sequence[tuple[Draw, int]]) -> Rows:
    """Each lot a cohort: the drawn against the others who were eligible, as drawn."""
    scores = scene.scores.get(measure)
    if scores is None:
        nothing = np.zeros(0)
        return rows_from_cells(nothing, nothing, nothing, nothing, nothing, nothing)
    cells = scores.columns()
    known = ~np.isnan(cells["score"])
    agent, month = cells["agent"][known], cells["month"][known]
    n, score = cells["n"][known].astype(np.float64), cells["score"][known]
    parts: list[tuple[NDArray[Any], ...]] = []
    for code, (draw, gap) in enumerate(draws):
        at, near = _months_around(month, draw.chosen_in, gap)
        trained = np.isin(agent, list(draw.drawn))
        here = near & (trained | np.isin(agent, list(draw.others)))
        parts.append(
            (agent[here], np.full(here.sum(), code), trained[here], at[here], n[here], score[here])
        )
    return _joined(parts)


def _months_around(
    month: NDArray[Any], chosen: int, gap: int
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The months before and after, without the gap in which people took the module, and which count."""
    rel = month - chosen
    at = rel - np.sign(rel) * gap
    # Inside of the gap the sign turns: those months are on neither side.
    return at, (rel == 0) | ((np.sign(at) == np.sign(rel)) & (np.abs(at) <= MONTHS))


def _joined(parts: list[tuple[NDArray[Any], ...]]) -> Rows:
    if not parts:
        parts = [tuple(np.zeros(0) for _column in range(6))]
    who, cohort, trained, at, count, mean = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return rows_from_cells(who, cohort, trained, at, count, count * mean)


def _is_new(scene: Scene, person: int, chosen: int, gap: int) -> bool:
    started = scene.started.get(person)
    return started is not None and started > _month(chosen - min(gap, LONGEST_GAP) - MONTHS)


def _side(rows: Rows, here: NDArray[np.bool_]) -> Side:
    return Side(
        people=len(np.unique(rows.person[here])),
        before=_end(rows.before[here]),
        after=_end(rows.after[here]),
    )


def _end(values: FloatArray) -> End | None:
    if not len(values):
        return None
    interval = mean_interval(len(values), values.sum(), (values**2).sum())
    mean, low, high = (float(each) for each in (interval.mean, interval.low, interval.high))
    return End(mean, low, high) if low < high else End(mean, None, None)


def _month(number: int) -> dt.date:
    return dt.date(number // 12, number % 12 + 1, 1)


def _next_month(month: dt.date) -> dt.date:
    return _month(month_number(month) + 1)


def _midnight(day: dt.date) -> dt.datetime:
    """A moment to compare with: asking each row for its date would cost more than all the rest."""
    return make_aware(dt.datetime.combine(day, dt.time()))
