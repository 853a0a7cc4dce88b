"""Has a reviewer become stricter, has an agent changed? The alarms, month by month.

Reviewers: see `reviewer_drift`. It sees drift relative to the pool; if everybody drifts together only
hidden reference interactions that are scored again will show it. Agents: see `agent_changes`. Months are
whole numbers that count on without gaps (year·12 + month − 1). Scores in one unit throughout; severities
are in the same unit, negative is stricter.

Measured error rates are in docs/measurement.md.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from measurement.contrasts import Contrasts, fit_contrasts
from measurement.control_charts import BASELINE, BaselineChart, ewma_from_baseline

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

REVIEWS_A_MONTH: Final = 30
"""Of a reviewer; below, quarters."""
BASELINE_QUARTERS: Final = 2
POOL_FROM: Final = 3
"""Reviewers who can be compared: of two it cannot be said who changed."""
AGENT_REVIEWS_FROM: Final = 4


class Period(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"


class DriftState(StrEnum):
    SHOWN = "shown"
    TOO_FEW_PERIODS = "too_few_periods"
    """Fewer than the baseline and one more with enough reviews: `periods` of `needed`."""
    NOT_LINKED = "not_linked"
    """Nobody else reviewed the same agents in the same months (fewer than two others in the pool)."""
    NO_VARIATION = "no_variation"
    """All scores are alike."""


@dataclass(frozen=True, slots=True, eq=False)
class ReviewerDrift:
    """One reviewer against the pool. Arrays have an entry for each period of `periods`.

    `periods` are first months of the period; `reviews` in it; `severities` against the pool's median
    (around the reviewer's own baseline: add `chart.baseline`) and their standard errors, NaN where
    there are too few reviews or no link. `chart.is_outside`: the alarm stands now; `chart.signals`:
    where it began; `chart.change` with limits: by how much stricter (negative) or milder since
    `periods[chart.since]`.
    """

    reviewer: int
    state: DriftState
    period: Period
    needed: int
    periods: IntArray
    reviews: FloatArray
    severities: FloatArray
    standard_errors: FloatArray
    chart: BaselineChart

    @property
    def usable(self) -> int:
        """Periods with a severity."""
        return self.chart.n

    @property
    def is_drifting(self) -> bool:
        return self.state == DriftState.SHOWN and self.chart.is_outside


@dataclass(frozen=True, slots=True, eq=False)
class AgentChange:
    """One agent's months that have enough reviews, against their own first four."""

    agent: int
    state: DriftState
    needed: int
    months: IntArray
    reviews: FloatArray
    scores: FloatArray
    standard_errors: FloatArray
    chart: BaselineChart

    @property
    def usable(self) -> int:
        """Months with enough reviews."""
        return self.chart.n

    @property
    def has_changed(self) -> bool:
        return self.state == DriftState.SHOWN and self.chart.is_outside


def reviewer_drift(
    agent: ArrayLike,
    reviewer: ArrayLike,
    month: ArrayLike,
    n: ArrayLike,
    sum_y: ArrayLike,
    sum_yy: ArrayLike,
    *,
    reviews_a_month: int = REVIEWS_A_MONTH,
) -> tuple[ReviewerDrift, ...]:
    """Every reviewer with any review, by code.

    One entry per cell: codes of agent and reviewer (any whole numbers), month, n, Σy, Σy². What shall be
    compared only with itself (another channel, another version of a rubric, a calibration interaction)
    gets a code of its own in `agent`. Unweighted sums: it is the grading that is examined.

    1. Unshrunken severities of reviewer × period from contrasts inside agent-months
       (`fit_contrasts`), so that agents are free to change from month to month.
    2. Centred, in each period and island, on the median: of the departures of the pool from each one's
       own baseline, so that whoever joins or leaves moves nobody.
    3. Each against the mean of their first four months, EWMA λ = .3, L = 2.9, widened for the
       baseline's error (`ewma_from_baseline`).

    A reviewer whose median month has fewer than `reviews_a_month` reviews is followed by quarters
    (against the first two), in which the same number is needed; other periods below it are gaps.
    """
    cells = _as_arrays(agent, reviewer, month, n, sum_y, sum_yy)
    people, places = np.unique(cells.reviewer, return_inverse=True)
    monthly = _severities(cells, places, len(people), Period.MONTH, reviews_a_month)
    typical = [np.median(counts[counts > 0]) for counts in monthly.reviews]
    quarterly = monthly
    if min(typical, default=reviews_a_month) < reviews_a_month:
        quarterly = _severities(cells, places, len(people), Period.QUARTER, reviews_a_month)
    found = []
    for i, person in enumerate(people):
        use = monthly if typical[i] >= reviews_a_month else quarterly
        baseline = BASELINE if use is monthly else BASELINE_QUARTERS
        chart = ewma_from_baseline(use.values[i], use.errors[i], baseline=baseline)
        state = DriftState.SHOWN
        if chart.n < chart.needed:
            enough = int((use.reviews[i] >= reviews_a_month).sum())
            if enough < chart.needed:
                state = DriftState.TOO_FEW_PERIODS
            else:
                state = DriftState.NOT_LINKED if use.varies else DriftState.NO_VARIATION
        found.append(
            ReviewerDrift(
                int(person),
                state,
                Period.MONTH if use is monthly else Period.QUARTER,
                chart.needed,
                use.periods,
                use.reviews[i],
                use.values[i],
                use.errors[i],
                chart,
            )
        )
    return tuple(found)


def agent_changes(
    agent: ArrayLike,
    month: ArrayLike,
    n: ArrayLike,
    score: ArrayLike,
    standard_error: ArrayLike,
    *,
    reviews_from: int = AGENT_REVIEWS_FROM,
) -> tuple[AgentChange, ...]:
    """Every agent with any review, by code.

    One entry per agent and month: reviews, fair score and its standard error. The standard error must
    rest on a spread pooled over many people (as that of a fair score does, or `pooled_standard_errors`):
    that of four reviews by themselves is far too uncertain for an alarm. Months with fewer than
    `reviews_from` reviews are left out. Baseline, EWMA and limits as for reviewers.
    """
    agents, months = np.asarray(agent), np.asarray(month, dtype=np.intp)
    counts, scores, errors = (
        np.asarray(each, dtype=np.float64) for each in (n, score, standard_error)
    )
    if len(np.unique(np.column_stack([agents, months]), axis=0)) != len(agents):
        raise ValueError("Each agent has one score a month.")
    errors = np.where((counts >= reviews_from) & (errors > 0), errors, np.nan)
    found = []
    for person in np.unique(agents):
        rows = np.flatnonzero(agents == person)
        rows = rows[np.argsort(months[rows])]
        chart = ewma_from_baseline(scores[rows], errors[rows])
        found.append(
            AgentChange(
                int(person),
                DriftState.SHOWN if chart.n >= chart.needed else DriftState.TOO_FEW_PERIODS,
                chart.needed,
                months[rows],
                counts[rows],
                scores[rows],
                errors[rows],
                chart,
            )
        )
    return tuple(found)


def pooled_standard_errors(n: ArrayLike, sum_y: ArrayLike, sum_yy: ArrayLike) -> FloatArray | None:
    """Of each cell's mean, σ/√n with σ² = Σ(Σy² − (Σy)²/n) / Σ(n − 1) over all cells; NaN in an empty
    one. None where no cell has two reviews or nothing varies."""
    count, total, squares = (np.asarray(each, dtype=np.float64) for each in (n, sum_y, sum_yy))
    used = count > 0
    inside = squares[used] - total[used] ** 2 / count[used]
    freedom = float((count[used] - 1).sum())
    if freedom <= 0:
        return None
    variance = float(np.maximum(inside, 0).sum()) / freedom
    if variance <= 1e-12 * max(float(squares[used].sum() / count[used].sum()), 1e-12):
        return None
    return np.sqrt(np.divide(variance, count, out=np.full(len(count), np.nan), where=used))


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    agent: NDArray[np.intp]
    reviewer: NDArray[np.intp]
    month: NDArray[np.intp]
    n: FloatArray
    y: FloatArray
    yy: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Severities:
    """Tables [reviewer, period]."""

    periods: IntArray
    reviews: FloatArray
    values: FloatArray
    errors: FloatArray
    varies: bool


def _as_arrays(
    agent: ArrayLike,
    reviewer: ArrayLike,
    month: ArrayLike,
    n: ArrayLike,
    sum_y: ArrayLike,
    sum_yy: ArrayLike,
) -> _Cells:
    codes = [np.asarray(each, dtype=np.intp) for each in (agent, reviewer, month)]
    sums = [np.asarray(each, dtype=np.float64) for each in (n, sum_y, sum_yy)]
    if any(each.shape != codes[0].shape or each.ndim != 1 for each in (*codes, *sums)):
        raise ValueError("Cells are lists of one length.")
    used = sums[0] > 0
    return _Cells(
        codes[0][used],
        codes[1][used],
        codes[2][used],
        sums[0][used],
        sums[1][used],
        sums[2][used],
    )


def _severities(
    cells: _Cells, places: IntArray, people: int, period: Period, reviews_from: int
) -> _Severities:
    step = 3 if period == Period.QUARTER else 1
    if not len(cells.month):
        none = np.empty((people, 0))
        return _Severities(np.empty(0, dtype=np.intp), none, none, none, False)
    start = int(cells.month.min()) // step
    when = cells.month // step - start
    span = int(when.max()) + 1
    _agents, agent = np.unique(cells.agent, return_inverse=True)
    month = cells.month - int(cells.month.min())
    fit = fit_contrasts(
        agent * (int(month.max()) + 1) + month,
        places * span + when,
        cells.n,
        cells.y,
        cells.yy,
        nodes=people * span,
    )
    shape = (people, span)
    reviews = fit.reviews.reshape(shape)
    values, errors = _centred(fit, reviews >= reviews_from, shape, BASELINE if step == 1 else 2)
    return _Severities(
        (np.arange(span) + start) * step, reviews, values, errors, bool(fit.variance)
    )


def _centred(
    fit: Contrasts, enough: NDArray[np.bool_], shape: tuple[int, int], baseline: int
) -> tuple[FloatArray, FloatArray]:
    """Severities against the pool. A pool is an island in one period; its constant and the reviewers'
    baselines are found in turns (a median polish whose rows use the baseline only)."""
    flat = np.flatnonzero(enough.reshape(-1))
    values, errors = np.full(enough.size, np.nan), np.full(enough.size, np.nan)
    pools = []
    for component in np.unique(fit.components[flat]):
        nodes = flat[fit.components[flat] == component]
        if len(nodes) < POOL_FROM or not fit.variance:
            continue
        pools.append(nodes)
        values[nodes] = fit.effects[nodes] - np.median(fit.effects[nodes])
        errors[nodes] = np.sqrt(fit.centred_variances(nodes))
    values, errors = values.reshape(shape), errors.reshape(shape)
    is_first = np.cumsum(~np.isnan(values), axis=1) <= baseline
    is_first &= ~np.isnan(values)
    precision = np.where(is_first, 1 / errors**2, 0.0)
    sums = precision.sum(axis=1)
    known = sums > 0
    for _turn in range(50):
        own = np.zeros(shape[0])
        filled = np.where(is_first, values, 0.0)
        own[known] = (precision * filled).sum(axis=1)[known] / sums[known]
        departures = (values - own[:, None]).reshape(-1)
        moved = 0.0
        for nodes in pools:
            shift = float(np.median(departures[nodes]))
            values.reshape(-1)[nodes] -= shift
            moved = max(moved, abs(shift))
        if moved < 1e-9:
            break
    return values, errors
