"""One person as graded and as adjusted for who graded: now, by month, and whether something changed."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db.models import Sum

from insights.fair import MonthlyScores, Pool, fair_by_month, fair_scores
from insights.skills import (
    CURRENT_MONTHS,
    NOTHING,
    Cell,
    Estimate,
    Measure,
    Standard,
    Window,
    estimate_by,
    load_cells,
    profile_of,
)
from measurement.drift import AgentChange, agent_changes
from measurement.planner import RELIABLE_FROM, components_for, plan, reviews_needed
from measurement.severity import Score, SeverityModel
from people.models import User
from scorecards.models import Rollup
from scorecards.models.rollups import RollupQuerySet

# A rubric that went on with a version that is not comparable is drawn with the one before it; more at
# once cannot be told apart, and each takes a fit of its own.
MOST_STANDARDS = 2


@dataclass(frozen=True, slots=True)
class Need:
    """What it takes until a figure tells people apart: `more` scorecards by as many reviewers, or with
    None other reviewers."""

    more: int | None


@dataclass(frozen=True, slots=True)
class Level:
    """One measure over some months: as graded, and adjusted. Both are shown or neither is, except
    within five minutes of a new scorecard in a large house (`insights.fair`)."""

    raw: Estimate = NOTHING
    fair: Score | None = None
    need: Need | None = None

    @property
    def is_adjusted(self) -> bool:
        return self.fair is not None and self.fair.is_adjusted and self.fair.figure.is_shown


@dataclass(frozen=True)
class PersonScores:
    """All figures of one person by one rubric. `standards` are those drawn, the newest last; `standard`
    is that one, and sentences speak of it. `set_aside` counts current scorecards by another."""

    person: User
    window: Window
    now: Window
    channel: str
    standards: Sequence[Standard] = ()
    cells: Sequence[Cell] = ()
    levels: dict[Measure, Level] = field(default_factory=dict)
    months: dict[tuple[Measure, Standard, dt.date], Level] = field(default_factory=dict)
    changes: dict[Measure, AgentChange] = field(default_factory=dict)
    # The whole scorecard over all the months shown, to stand beside what customers say.
    over: Level = field(default_factory=Level)
    set_aside: int = 0
    left_out: int = 0

    @property
    def standard(self) -> Standard | None:
        return self.standards[-1] if self.standards else None

    @property
    def is_empty(self) -> bool:
        return not self.cells

    def n(self, measure: Measure) -> int:
        return sum(cell.n for cell in self.cells if cell.measure == measure)


def count_held(person: User, window: Window, *, channel: str = "") -> int:
    """Scorecards of drawn interactions that are held back from the person. One query."""
    rows = Rollup.objects.filter(
        agent=person,
        is_held=True,
        subject=Rollup.Subject.TOTAL,
        month__range=(window.first, window.last),
    )
    if channel:
        rows = rows.filter(channel=channel)
    return rows.aggregate(n=Sum("n"))["n"] or 0


def cells_of(
    rollups: RollupQuerySet, measured: Sequence[Measure], window: Window, *, channel: str = ""
) -> list[Cell]:
    """What one person's figures are made of. Two queries."""
    return load_cells(rollups.filter(is_held=False), measured, window, channel=channel)


def usual_rubric(cells: Collection[Cell], *, now: Window) -> int | None:
    """The rubric by which most was graded lately. No query."""
    standard = profile_of(cells, now=now).standard
    return standard.rubric_id if standard else None


def scores_of(
    person: User,
    cells: Sequence[Cell],
    measured: Sequence[Measure],
    window: Window,
    *,
    rubric: int | None,
    channel: str = "",
    held: int = 0,
) -> PersonScores:
    """Nine queries, and two for each fit that is made anew; three and two more where the rubric went on
    with a version that is not comparable."""
    now = Window.of(CURRENT_MONTHS, until=window.last)
    in_use = sorted(
        {cell.standard for cell in cells if cell.standard.rubric_id == rubric},
        key=lambda standard: standard.first,
    )
    if not in_use:
        return PersonScores(person, window, now, channel)
    drawn = in_use[-MOST_STANDARDS:]
    newest = drawn[-1]
    shown = [cell for cell in cells if cell.standard in drawn]
    # The figures are those of everybody, but for who has something held back.
    own = person.pk if held else None
    monthly: dict[Standard, dict[Measure, MonthlyScores]] = {
        standard: fair_by_month(Pool(standard, window, channel, own), measured)
        for standard in drawn
    }
    current = [c for c in shown if c.standard == newest and now.first <= c.month <= now.last]
    whole = [measure for measure in measured if measure.is_whole]
    models = fair_scores(Pool(newest, now, channel, own), measured) if current else {}
    over = fair_scores(Pool(newest, window, channel, own), whole)
    raw_now = estimate_by(current, lambda cell: cell.measure)
    raw_over = estimate_by(
        [cell for cell in shown if cell.standard == newest], lambda cell: cell.measure
    )
    raw_months = estimate_by(shown, lambda cell: (cell.measure, cell.standard, cell.month))
    return PersonScores(
        person=person,
        window=window,
        now=now,
        channel=channel,
        standards=drawn,
        cells=shown,
        levels={
            measure: _level(raw_now.get(measure, NOTHING), models.get(measure), person.pk)
            for measure in measured
        },
        months={
            (measure, standard, month): Level(
                estimate, monthly[standard][measure].score(person.pk, month)
            )
            for (measure, standard, month), estimate in raw_months.items()
        },
        changes={
            measure: change
            for measure, scores in monthly[newest].items()
            if (change := _change(scores, person.pk))
        },
        over=_level(raw_over.get(whole[0], NOTHING), over[whole[0]], person.pk),
        set_aside=_count(
            cell
            for cell in cells
            if cell.standard != newest and now.first <= cell.month <= now.last
        ),
        left_out=_count(
            cell
            for cell in cells
            if cell.standard.rubric_id == rubric and cell.standard not in drawn
        ),
    )


def _count(cells: Iterable[Cell]) -> int:
    return sum(cell.n for cell in cells if cell.measure.is_whole)


def _level(raw: Estimate, model: SeverityModel | None, person: int) -> Level:
    if model is None:
        return Level(raw)
    score = model.score(person)
    return Level(raw, score, _need(model, score))


def _need(model: SeverityModel, score: Score) -> Need | None:
    """None where the figure is reliable already, or where there is none."""
    n, reviewers = score.figure.n, score.reviewers
    if not score.figure.is_shown:
        return None
    components = components_for(model.components, model.n)
    if plan(n, min(n, reviewers), components).is_reliable:
        return None
    return Need(reviews_needed(RELIABLE_FROM, components, reviewers=reviewers, have=n))


def _change(scores: MonthlyScores, person: int) -> AgentChange | None:
    columns = scores.columns()
    mine = np.asarray(columns["agent"]) == person
    found = agent_changes(**{name: np.asarray(values)[mine] for name, values in columns.items()})
    return found[0] if found else None
