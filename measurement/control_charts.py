"""Has something changed, or is this how it always varies? Charts of points in order of time.

Every chart answers with its centre, its limits and its signals, each with the rule that it broke; with
too few points it has a state that says so, and no limits. Positions count from 0. Limits worked out
from few points are uncertain themselves, so that the true share of false alarms is higher than with
known limits; `ewma_from_baseline` is the one chart here that allows for it, and the one for alarms.
Sources and measured rates are in docs/measurement.md.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from measurement.figures import State

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Expected range of two normal values in standard deviations, and the upper limit of ranges in mean
# ranges, rounded as in every published table.
_D2: Final = 1.128
_D4: Final = 3.267

POINTS_FROM: Final = 12
RATE_POINTS_FROM: Final = 12
# The exact counterpart of three standard deviations.
SIDE: Final = 0.00135

EWMA_WEIGHT: Final = 0.2
EWMA_WIDTH: Final = 2.86
ALARM_WEIGHT: Final = 0.3
ALARM_WIDTH: Final = 2.9
BASELINE: Final = 4

# 5% critical values of the change point by number of points: simulated for series without a change,
# between them by the logarithm of the number.
_CHANGE_POINTS: Final = (12, 26, 52, 104, 208)
_CHANGE_CRITICAL: Final = (2.37, 2.68, 2.86, 2.99, 3.09)
# A stretch shorter than this is an outlier, not a level.
_SHORTEST: Final = 3


class Rule(StrEnum):
    """What a signal is. "Side" is one side of the centre; sd the standard deviation of single points."""

    BEYOND_LIMITS = "beyond_limits"
    TWO_OF_THREE = "two_of_three"
    """Two of three in a row beyond 2 sd on one side."""
    FOUR_OF_FIVE = "four_of_five"
    """Four of five in a row beyond 1 sd on one side."""
    EIGHT_IN_A_ROW = "eight_in_a_row"
    """Eight in a row on one side."""
    NINE_IN_A_ROW = "nine_in_a_row"
    """Nine in a row on one side."""
    RANGE = "range"
    """The step from the point before is too large."""


WESTERN_ELECTRIC: Final = frozenset(
    (Rule.BEYOND_LIMITS, Rule.TWO_OF_THREE, Rule.FOUR_OF_FIVE, Rule.EIGHT_IN_A_ROW)
)


@dataclass(frozen=True, slots=True)
class Signal:
    """A rule is broken at point `index`; `side` is 1 above the centre and -1 below."""

    index: int
    rule: Rule
    side: int


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """Points in the unit they came in (`values`; of an EWMA chart the smoothed ones), with a limit below
    and above each. Gaps (NaN) stay gaps. `state` other than SHOWN: no centre, limits or signals; `n` of
    `needed` points are there. `sd` is that of a single point (NaN where it differs from point to point).
    """

    state: State
    n: int
    needed: int
    values: FloatArray
    lower: FloatArray
    upper: FloatArray
    centre: float | None = None
    sd: float | None = None
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class XmrChart:
    """Single values and their moving ranges |yₜ − yₜ₋₁| (the first is NaN). Signals of `ranges` have the
    rule RANGE."""

    singles: Chart
    ranges: Chart


@dataclass(frozen=True, slots=True)
class BinomialLimits:
    """A count is a signal when it is `at_least` or more, or `at_most` or fewer; None where no count is
    that improbable. `false_alarm` is the exact probability of either when nothing changed."""

    at_most: int | None
    at_least: int | None
    false_alarm: float


@dataclass(frozen=True, slots=True, eq=False)
class BaselineChart:
    """Points against a baseline of their own. Arrays have one entry for each point given.

    `baseline` is the mean of the first points and `departures` what the points differ from it, in their
    unit. `ewma` is the exponentially weighted mean of departures over their standard errors; it is a
    signal beyond ±`limit`. Both are NaN in the baseline and in gaps. `signals` names the first point of
    each time outside. `change` is the mean departure since the side was last changed (`since`), None
    without a current signal.
    """

    state: State
    n: int
    needed: int
    departures: FloatArray
    ewma: FloatArray
    limit: FloatArray
    baseline: float | None = None
    baseline_error: float | None = None
    signals: tuple[Signal, ...] = ()
    is_outside: bool = False
    since: int | None = None
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The likeliest single change of level: between points `last_before` and `last_before` + 1.

    `statistic` against `critical` (5%); without significance the place means nothing, and `before` and
    `after` (means of the two stretches) are not to be shown as a change.
    """

    state: State
    n: int
    needed: int
    last_before: int | None = None
    statistic: float | None = None
    critical: float | None = None
    is_significant: bool = False
    before: float | None = None
    after: float | None = None


def xmr_chart(
    values: ArrayLike,
    *,
    rules: Collection[Rule] = (Rule.BEYOND_LIMITS, Rule.NINE_IN_A_ROW),
    baseline: int | None = None,
    needed: int = POINTS_FROM,
) -> XmrChart:
    """Single values against mean ± 3 sd, with sd = mean moving range / 1.128; ranges up to 3.267 times
    their mean. Centre and sd come from the first `baseline` points (default: all).

    Gaps (NaN) are left out; a range is only of two neighbours. For the eye: with limits from 12 points
    a false alarm somewhere in 52 points has the probability .35, with NINE_IN_A_ROW .47, with all of
    WESTERN_ELECTRIC .64. Shewhart (1931); Montgomery, Introduction to Statistical Quality Control; as
    R's qcc `xbar.one`.
    """
    y = _row(values)
    present, ranges = ~np.isnan(y), np.concatenate(([np.nan], np.abs(np.diff(y))))[: len(y)]
    n = int(present.sum())
    head = _head(present, baseline)
    empty = np.full(len(y), np.nan)
    mean_range = _mean(ranges[head])
    if n < max(needed, 2) or head.sum() < 2 or mean_range is None:
        none = Chart(State.TOO_FEW, n, max(needed, 2), y, empty, empty)
        return XmrChart(none, Chart(State.TOO_FEW, n, max(needed, 2), ranges, empty, empty))
    centre, sd = float(y[head].mean()), mean_range / _D2
    if mean_range <= 1e-12 * max(abs(centre), 1e-12):
        none = Chart(State.NO_VARIATION, n, needed, y, empty, empty)
        return XmrChart(none, Chart(State.NO_VARIATION, n, needed, ranges, empty, empty))
    limits = np.full(len(y), 3 * sd)
    singles = Chart(
        State.SHOWN,
        n,
        needed,
        y,
        centre - limits,
        centre + limits,
        centre,
        sd,
        broken_rules((y - centre) / sd, rules),
    )
    above = np.full(len(y), _D4 * mean_range)
    far = np.flatnonzero(ranges > above)
    moving = Chart(
        State.SHOWN,
        n,
        needed,
        ranges,
        np.zeros(len(y)),
        above,
        mean_range,
        None,
        tuple(Signal(int(i), Rule.RANGE, 1) for i in far),
    )
    return XmrChart(singles, moving)


def broken_rules(standardised: ArrayLike, rules: Collection[Rule]) -> tuple[Signal, ...]:
    """Each point at which a rule holds, in order; `standardised` are (y − centre)/sd, gaps NaN.

    Of several points together the last is named. A gap is passed over: neighbours are the points that
    are there. A point on the centre ends a run.
    """
    z = _row(standardised)
    places = np.flatnonzero(~np.isnan(z))
    z = z[places]
    windows = {
        Rule.BEYOND_LIMITS: (1, 1, 3.0),
        Rule.TWO_OF_THREE: (2, 3, 2.0),
        Rule.FOUR_OF_FIVE: (4, 5, 1.0),
        Rule.EIGHT_IN_A_ROW: (8, 8, 0.0),
        Rule.NINE_IN_A_ROW: (9, 9, 0.0),
    }
    found = []
    for rule, (enough, window, beyond) in windows.items():
        if rule not in rules:
            continue
        for side in (1, -1):
            out = side * z > beyond
            inside = np.cumsum(out)
            inside[window:] = inside[window:] - inside[:-window]
            # The last point must itself be out, or one cluster would be signalled twice.
            found += [
                Signal(int(places[i]), rule, side) for i in np.flatnonzero((inside >= enough) & out)
            ]
    order = {rule: i for i, rule in enumerate(windows)}
    return tuple(sorted(found, key=lambda signal: (signal.index, order[signal.rule])))


def ewma_chart(
    values: ArrayLike,
    *,
    weight: float = EWMA_WEIGHT,
    width: float = EWMA_WIDTH,
    centre: float | None = None,
    sd: float | None = None,
    needed: int = POINTS_FROM,
) -> Chart:
    """zₜ = λyₜ + (1−λ)zₜ₋₁ from z₀ = centre, against centre ± L·sd·√(λ/(2−λ)·(1−(1−λ)²ᵗ)).

    λ is `weight`, L `width`. Centre and sd are the mean and the mean moving range / 1.128 of the values
    unless given. A gap keeps zₜ (its entry is NaN). Finds a shift of one sd in 9 points where single
    values take 44. Roberts (1959); Lucas & Saccucci, Technometrics 32 (1990); as R's qcc `ewma`.
    """
    if not 0 < weight <= 1:
        raise ValueError("The weight of an EWMA lies between 0 and 1.")
    y = _row(values)
    present = ~np.isnan(y)
    n, empty = int(present.sum()), np.full(len(y), np.nan)
    if centre is not None and sd is not None:
        needed = 1
    if n < needed:
        return Chart(State.TOO_FEW, n, needed, empty, empty, empty)
    if centre is None:
        centre = float(y[present].mean())
    if sd is None:
        mean_range = _mean(np.abs(np.diff(y)))
        if mean_range is None:
            return Chart(State.TOO_FEW, n, needed, empty, empty, empty)
        sd = mean_range / _D2
    if not (np.isfinite(centre) and np.isfinite(sd)):
        raise ValueError("Centre and sd are finite numbers.")
    if sd <= 1e-12 * max(abs(centre), 1e-12):
        return Chart(State.NO_VARIATION, n, needed, empty, empty, empty)
    z, t = empty.copy(), np.cumsum(present)
    z[present] = centre + _smooth(y[present] - centre, weight)
    half = width * sd * np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * t)))
    half = np.where(present, half, np.nan)
    signals = _outside(z - centre, half)
    return Chart(State.SHOWN, n, needed, z, centre - half, centre + half, centre, sd, signals)


def ewma_from_baseline(
    values: ArrayLike,
    standard_errors: ArrayLike,
    *,
    baseline: int = BASELINE,
    weight: float = ALARM_WEIGHT,
    width: float = ALARM_WIDTH,
) -> BaselineChart:
    """The alarm: later points against the mean b of the first `baseline` ones.

    `values` with a known standard error s each (gaps NaN in either). b is weighted by 1/s², its variance
    v = 1/Σ(1/s²). Of each later point zₜ = (yₜ − b)/sₜ and Eₜ = λzₜ + (1−λ)Eₜ₋₁ from E₀ = 0; without any
    change Var Eₜ = λ/(2−λ)·(1−(1−λ)²ᵗ) + v·aₜ², where aₜ = λ/sₜ + (1−λ)aₜ₋₁: the second term is the
    baseline's own error, which all later points share. Signal where |Eₜ| > L·√Var Eₜ. Needs one point
    more than the baseline. The variance follows Jones, Champ & Rigdon, Technometrics 43 (2001).
    """
    y, s = _row(values), _row(standard_errors)
    if y.shape != s.shape:
        raise ValueError("Each value has one standard error.")
    if (s <= 0).any():
        raise ValueError("A standard error is greater than zero.")
    present = np.flatnonzero(~np.isnan(y) & ~np.isnan(s))
    n, needed, empty = len(present), baseline + 1, np.full(len(y), np.nan)
    if n < needed:
        return BaselineChart(State.TOO_FEW, n, needed, empty, empty, empty)
    first, later = present[:baseline], present[baseline:]
    precision = 1 / s[first] ** 2
    centre, variance = float(precision @ y[first] / precision.sum()), float(1 / precision.sum())
    departures = np.where(np.isnan(s), np.nan, y - centre)
    t = np.arange(1, len(later) + 1)
    shared = _smooth(1 / s[later], weight)
    spread = weight / (2 - weight) * (1 - (1 - weight) ** (2 * t)) + variance * shared**2
    ewma, limit = empty.copy(), empty.copy()
    ewma[later] = _smooth(departures[later] / s[later], weight)
    limit[later] = width * np.sqrt(spread)
    outside = _outside(ewma, limit)
    where = {signal.index: signal for signal in outside}
    before = dict(zip(later[1:], later[:-1], strict=True))
    signals = tuple(
        signal
        for signal in outside
        if before.get(signal.index) not in where or where[before[signal.index]].side != signal.side
    )
    chart = BaselineChart(
        State.SHOWN,
        n,
        needed,
        departures,
        ewma,
        limit,
        centre,
        float(np.sqrt(variance)),
        signals,
    )
    last = int(later[-1])
    if last not in where:
        return chart
    return _with_change(chart, later, s, where[last].side, variance)


def _with_change(
    chart: BaselineChart, later: NDArray[np.intp], s: FloatArray, side: int, variance: float
) -> BaselineChart:
    """The usual estimate of when: after the EWMA was last on the other side (Nishina 1992)."""
    other = np.flatnonzero(side * chart.ewma[later] <= 0)
    stretch = later[other[-1] + 1 :] if len(other) else later
    precision = 1 / s[stretch] ** 2
    change = float(precision @ chart.departures[stretch] / precision.sum())
    half = 1.959964 * float(np.sqrt(1 / precision.sum() + variance))
    return replace(
        chart,
        is_outside=True,
        since=int(stretch[0]),
        change=change,
        change_low=change - half,
        change_high=change + half,
    )


def p_chart(
    counts: ArrayLike,
    n: ArrayLike,
    *,
    exact: bool = True,
    centre: float | None = None,
    needed: int = RATE_POINTS_FROM,
) -> Chart:
    """Shares `counts`/`n` (0 to 1) against p = Σcounts/Σn, or a `centre` known beforehand.

    Limits: exact binomial ones for each n (`binomial_limits`; the line lies half a count inside the
    nearest signal, at 0 or 1 where there is none), or with exact=False the textbook p ± 3√(p(1−p)/n),
    cut at 0 and 1, which at n = 20 and p = .05 alarms wrongly at 1.6% of the points. Where n = 0 is a
    gap. The p of the chart counts as known. Montgomery; as R's qcc `pchart`.
    """
    k = np.asarray(counts, dtype=np.float64)
    sizes = np.broadcast_to(np.asarray(n, dtype=np.float64), k.shape).astype(np.float64)
    if k.ndim != 1 or not ((k >= 0) & (k <= sizes) & np.isfinite(sizes)).all():
        raise ValueError("A count lies between 0 and its n.")
    present, empty = sizes > 0, np.full(len(k), np.nan)
    points = int(present.sum())
    shares = np.divide(k, sizes, out=empty.copy(), where=present)
    if points < (needed if centre is None else 1):
        return Chart(State.TOO_FEW, points, needed, shares, empty, empty)
    p = float(k.sum() / sizes.sum()) if centre is None else centre
    if p <= 0 or p >= 1:
        return Chart(State.NO_VARIATION, points, needed, shares, empty, empty)
    lower, upper = empty.copy(), empty.copy()
    for size in np.unique(sizes[present]):
        here = sizes == size
        if exact:
            limits = binomial_limits(int(size), p)
            lower[here] = 0 if limits.at_most is None else (limits.at_most + 0.5) / size
            upper[here] = 1 if limits.at_least is None else (limits.at_least - 0.5) / size
        else:
            half = 3 * np.sqrt(p * (1 - p) / size)
            lower[here], upper[here] = max(p - half, 0), min(p + half, 1)
    centred, half_up, half_down = shares - p, upper - p, p - lower
    signals = tuple(
        Signal(int(i), Rule.BEYOND_LIMITS, 1 if centred[i] > 0 else -1)
        for i in np.flatnonzero((centred > half_up) | (-centred > half_down))
    )
    return Chart(State.SHOWN, points, needed, shares, lower, upper, p, float("nan"), signals)


def binomial_limits(n: int, p: float, *, side: float = SIDE, exact: bool = True) -> BinomialLimits:
    """Which of 0 to `n` are signals when each has probability `p`.

    Exact: `at_least` is the smallest k with P(X ≥ k) ≤ side, `at_most` the largest with
    P(X ≤ k) ≤ side. Otherwise those beyond np ± 3√(np(1−p)), with the error rate they really have.
    """
    from scipy.special import bdtr, bdtrc

    if n < 1 or not 0 <= p <= 1:
        raise ValueError("Binomial limits need n from 1 and p from 0 to 1.")
    k = np.arange(n + 1)
    below = bdtr(k, n, p)
    above = np.concatenate(([1.0], bdtrc(k[:-1], n, p)))
    if exact:
        high, low = above <= side, below <= side
    else:
        half = 3 * np.sqrt(n * p * (1 - p))
        high, low = k > n * p + half, k < n * p - half
    at_least = int(k[high][0]) if high.any() else None
    at_most = int(k[low][-1]) if low.any() else None
    alarm = (above[at_least] if at_least is not None else 0.0) + (
        below[at_most] if at_most is not None else 0.0
    )
    return BinomialLimits(at_most, at_least, float(alarm))


def ewma_run_length(
    weight: float = EWMA_WEIGHT, width: float = EWMA_WIDTH, *, shift: float = 0.0
) -> float:
    """How many points a two-sided EWMA chart with known, constant limits runs on average until it gives a
    signal; with `shift` 0 a false one, otherwise after a change of the mean by `shift` sd.

    Crowder's integral equation L(u) = 1 + (1/λ)∫ L(x) φ((x − (1−λ)u)/λ − δ) dx over ±L√(λ/(2−λ)), by
    Gauss and Legendre on 101 points. Technometrics 29 (1987); as R's spc `xewma.arl`.
    """
    if not 0 < weight <= 1 or not 0 < width < np.inf or not np.isfinite(shift):
        raise ValueError("An EWMA has a weight from 0 to 1 and limits wider than 0.")
    nodes, weights = np.polynomial.legendre.leggauss(101)
    bound = width * np.sqrt(weight / (2 - weight))
    x, w = nodes * bound, weights * bound
    distance = (x[None, :] - (1 - weight) * x[:, None]) / weight - shift
    kernel = np.exp(-(distance**2) / 2) / np.sqrt(2 * np.pi) / weight * w
    lengths = np.linalg.solve(np.eye(len(x)) - kernel, np.ones(len(x)))
    start = np.exp(-((x / weight - shift) ** 2) / 2) / np.sqrt(2 * np.pi) / weight * w
    return float(1 + start @ lengths)


def change_point(values: ArrayLike, *, needed: int = POINTS_FROM) -> ChangePoint:
    """Afterwards: did the level change once, and where?

    The largest |Sₖ|/√(k(T−k)/T)/sd over k from 3 to T−3, with Sₖ the sum of the first k deviations from
    the mean and sd that of all T values; that is where the two means differ most. 5%
    critical values simulated (2.37, 2.68, 2.86 for T = 12, 26, 52). Gaps (NaN) are passed over; places
    are those of `values`. Assumes points without autocorrelation. Hawkins, JASA 72 (1977).
    """
    y = _row(values)
    places = np.flatnonzero(~np.isnan(y))
    y = y[places]
    total = len(y)
    if total < max(needed, 2 * _SHORTEST + 1):
        return ChangePoint(State.TOO_FEW, total, needed)
    deviations = y - y.mean()
    sd = float(y.std(ddof=1))
    if sd <= 1e-9 * max(float(np.abs(y).max()), 1e-12):
        return ChangePoint(State.NO_VARIATION, total, needed)
    k = np.arange(_SHORTEST, total - _SHORTEST + 1)
    cusum = np.abs(np.cumsum(deviations)[k - 1]) / np.sqrt(k * (total - k) / total) / sd
    best = int(np.argmax(cusum))
    critical = float(np.interp(np.log(total), np.log(_CHANGE_POINTS), _CHANGE_CRITICAL))
    split = int(k[best])
    return ChangePoint(
        State.SHOWN,
        total,
        needed,
        int(places[split - 1]),
        float(cusum[best]),
        critical,
        bool(cusum[best] > critical),
        float(y[:split].mean()),
        float(y[split:].mean()),
    )


def ols_cusum(values: ArrayLike) -> tuple[float, float] | None:
    """max|Sₖ|/(sd·√T) and its asymptotic p value (supremum of a Brownian bridge); None where nothing
    varies. Beside `change_point`, for comparison with other programs: R's strucchange `efp`."""
    y = _row(values)
    y = y[~np.isnan(y)]
    if len(y) < 2:
        return None
    sd = float(y.std(ddof=1))
    if sd <= 1e-9 * max(float(np.abs(y).max()), 1e-12):
        return None
    supremum = float(np.abs(np.cumsum(y - y.mean())).max() / (sd * np.sqrt(len(y))))
    j = np.arange(1, 101)
    p = float(2 * np.sum((-1.0) ** (j + 1) * np.exp(-2 * j**2 * supremum**2)))
    return supremum, min(max(p, 0.0), 1.0) if supremum > 0.1 else 1.0


def _smooth(values: FloatArray, weight: float) -> FloatArray:
    out, level = np.empty(len(values)), 0.0
    for i, value in enumerate(values):
        level = weight * value + (1 - weight) * level
        out[i] = level
    return out


def _outside(centred: FloatArray, half: FloatArray) -> tuple[Signal, ...]:
    return tuple(
        Signal(int(i), Rule.BEYOND_LIMITS, 1 if centred[i] > 0 else -1)
        for i in np.flatnonzero(np.abs(centred) > half)
    )


def _head(present: BoolArray, baseline: int | None) -> BoolArray:
    return present if baseline is None else present & (np.cumsum(present) <= baseline)


def _mean(values: FloatArray) -> float | None:
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else None


def _row(values: ArrayLike) -> FloatArray:
    row = np.asarray(values, dtype=np.float64)
    if row.ndim != 1:
        raise ValueError("The points of a chart are one list.")
    # An infinite value is no measurement either.
    return np.where(np.isfinite(row), row, np.nan)
