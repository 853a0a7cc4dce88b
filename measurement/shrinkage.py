"""From uncertain estimates to the differences behind them: for ranking and planning only.

Shrinking pulls each score towards the mean by as much as it is uncertain. Over all people that lowers
the error, but weak and strong people are pulled to the middle (their intervals cover .74 to .90), so
people are judged on scores that are not shrunken (docs/measurement.md). Values and s.e. have one unit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from measurement.reml import gather, variance_components

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Between:
    """`tau2` is the variance of the true values, `mean` theirs with its s.e.; `n` estimates went in.
    With groups, `means[group]` has the mean of each, and `mean` is that of the largest."""

    tau2: float
    mean: float
    standard_error: float
    n: int
    means: FloatArray

    @property
    def sd(self) -> float:
        return float(np.sqrt(self.tau2))


@dataclass(frozen=True, slots=True)
class Shrunken:
    """s = μ + k(y − μ), k = τ²/(τ² + se²), and its posterior standard deviation; arrays of one shape,
    NaN where there is no estimate."""

    score: FloatArray
    standard_error: FloatArray
    weight: FloatArray


@dataclass(frozen=True, slots=True)
class OneWay:
    """Random groups: REML variances, and for each group its predicted deviation from the mean with the
    conditional standard deviation (the variances taken as known). NaN for a group without values."""

    mean: float
    between: float
    within: float
    deviation: FloatArray
    conditional_sd: FloatArray
    reml_criterion: float


def paule_mandel(
    estimate: ArrayLike, variance: ArrayLike, group: ArrayLike | None = None
) -> Between | None:
    """τ² with which the weighted sum of squares is what it should be: Σ(y−μ)²/(τ²+v) = n − groups.

    `variance` is each estimate's own (s.e.²), more than 0. Estimates of different `group`s (codes from
    0: islands, say) are compared inside of their group only. What is not finite is passed over; None
    without two estimates in any group. Bisection to the last digits, since metafor's default tolerance
    leaves error in the fifth. Source: Paule & Mandel, *J. Res. NBS* 87 (1982).
    """
    y, v, of = _known(estimate, variance, group)
    groups = int(of.max()) + 1 if len(of) else 0
    counts = np.bincount(of, minlength=groups)
    freedom = len(y) - int((counts > 0).sum())
    if freedom < 1:
        return None
    if (v <= 0).any():
        raise ValueError("The variance of an estimate is more than 0.")

    def means(tau2: float) -> tuple[FloatArray, FloatArray]:
        weight = 1 / (tau2 + v)
        total = np.asarray(np.bincount(of, weights=weight, minlength=groups), np.float64)
        with np.errstate(invalid="ignore"):
            return np.bincount(of, weights=weight * y, minlength=groups) / total, total

    def excess(tau2: float) -> float:
        centre, _total = means(tau2)
        return float((((y - centre[of]) ** 2) / (tau2 + v)).sum()) - freedom

    tau2 = 0.0
    if excess(0.0) > 0:
        # The sum falls in τ², and at this τ² each part is at most 1/n of what is allowed.
        low, high = 0.0, float(np.ptp(y) ** 2 * len(y))
        while high - low > 1e-14 * high:
            tau2 = (low + high) / 2
            if not low < tau2 < high:
                break
            low, high = (tau2, high) if excess(tau2) > 0 else (low, tau2)
    centre, total = means(tau2)
    main = int(np.argmax(counts))
    return Between(
        tau2, float(centre[main]), float(1 / np.sqrt(total[main])), len(y), centre.astype(float)
    )


def shrink(
    estimate: ArrayLike,
    standard_error: ArrayLike,
    between: Between,
    group: ArrayLike | None = None,
) -> Shrunken:
    """Towards the mean of each one's group. With τ² = 0 all are alike and become the mean."""
    y, error = np.asarray(estimate, np.float64), np.asarray(standard_error, np.float64)
    of = np.zeros(y.shape, np.int64) if group is None else np.asarray(group, np.int64)
    is_in = (of >= 0) & (of < len(between.means))
    centre = np.where(is_in, between.means[np.where(is_in, of, 0)], np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = np.where(error > 0, between.tau2 / (between.tau2 + error**2), 1.0)
    weight = np.where(np.isnan(error) | np.isnan(y), np.nan, weight)
    return Shrunken(centre + weight * (y - centre), np.sqrt(weight) * error, weight)


def one_way(n: ArrayLike, sum_y: ArrayLike, sum_yy: ArrayLike) -> OneWay | None:
    """Groups of values from their sums, sizes may differ. None without two groups and a repeated value.

    k = τ²/(τ² + σ²/n), deviation k(ȳ − μ), conditional variance kσ²/n. Source: Searle, Casella &
    McCulloch, *Variance Components* (1992).
    """
    count = np.asarray(n, np.float64)
    total, squares = np.asarray(sum_y, np.float64), np.asarray(sum_yy, np.float64)
    seen = count > 0
    if seen.sum() < 2 or not (count > 1).any():
        return None
    places = np.flatnonzero(seen)
    cells = gather(places, np.zeros(len(places), np.int64), count[seen], total[seen], squares[seen])
    fitted = variance_components(cells, pairs=False)
    if fitted is None:
        return None
    between, within = fitted.components.agent, fitted.components.review
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(seen, between / (between + within / count), np.nan)
        mean = total / count
        deviation = share * (mean - fitted.mean)
        sd = np.sqrt(share * within / count)
    return OneWay(fitted.mean, between, within, deviation, sd, fitted.reml_criterion)


def _known(
    estimate: ArrayLike, variance: ArrayLike, group: ArrayLike | None
) -> tuple[FloatArray, FloatArray, IntArray]:
    y, v = np.broadcast_arrays(np.asarray(estimate, float), np.asarray(variance, float))
    of = np.zeros(len(y), np.int64) if group is None else np.asarray(group, np.int64)
    kept = np.isfinite(y) & np.isfinite(v) & (of >= 0)
    return y[kept], v[kept], of[kept]
