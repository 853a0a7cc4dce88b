"""Estimates for a period that is over, from interactions selected with known, unequal probabilities.

`measurement.intervals` speaks about how a person serves, also in the interactions to come. Here is the
other question, about a finite population: what would the figure be had everything in the period been
graded? Then the factor (1−π) belongs into the variance, and nothing is uncertain when all were graded.

Notation: y a value, π its inclusion probability (0 < π <= 1), w = 1/π. Selections are independent of
one another (Poisson sampling), as they are made in `scorecards.sampling`. Hand-picked interactions have
no π and enter nothing. Sources are in docs/measurement.md.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from measurement.intervals import MeanInterval, hajek_interval, kish_effective_n, t_half_width

FloatArray = NDArray[np.float64]


class WeightedSums(NamedTuple):
    """The sums of a cell as a rollup keeps them; arrays of one shape, which add up over cells.

    n, Σw, Σwy, Σwy², Σw², Σw²y, Σw²y².
    """

    n: ArrayLike
    w: ArrayLike
    wy: ArrayLike
    wyy: ArrayLike
    ww: ArrayLike
    wwy: ArrayLike
    wwyy: ArrayLike


@dataclass(frozen=True, slots=True)
class Total:
    """Estimated totals of a population with interval limits, in the unit of y; arrays of one shape."""

    total: FloatArray
    low: FloatArray
    high: FloatArray
    standard_error: FloatArray


@dataclass(frozen=True, slots=True)
class StratifiedMean:
    """`n` graded of a `population`. Limits are None without a second value in some stratum."""

    mean: float
    n: int
    population: int
    standard_error: float | None
    low: float | None
    high: float | None


def weighted_sums(y: ArrayLike, probability: ArrayLike) -> WeightedSums:
    """From single values to the sums of one cell. Raises `ValueError` for an impossible π."""
    value, pi = _floats(y, probability)
    if not ((pi > 0) & (pi <= 1)).all():
        raise ValueError("An inclusion probability is more than 0 and at most 1.")
    if not np.isfinite(value).all():
        raise ValueError("Values are finite numbers.")
    w = 1 / pi
    return WeightedSums(
        np.float64(len(value)),
        w.sum(),
        (w * value).sum(),
        (w * value**2).sum(),
        (w**2).sum(),
        (w**2 * value).sum(),
        (w**2 * value**2).sum(),
    )


def horvitz_thompson(sums: WeightedSums, *, confidence: float = 0.95) -> Total:
    """Σy/π, unbiased for the total of y, with variance Σ(1−π)(y/π)² and a normal interval.

    With y = 1 for what is counted it estimates a number, such as the poor interactions of a month.
    Where sizes are unknown the mean is `hajek_mean`, never this total over a guessed size.
    """
    n, wy, wyy, wwyy = _floats(sums.n, sums.wy, sums.wyy, sums.wwyy)
    # (1−π)/π² is w² − w.
    error = np.where(n > 0, np.sqrt(np.maximum(wwyy - wyy, 0)), np.nan)
    total = np.where(n > 0, wy, np.nan)
    half = float(ndtri(0.5 + confidence / 2)) * error
    return Total(total, total - half, total + half, error)


def hajek_mean(
    sums: WeightedSums, *, is_finite: bool = True, confidence: float = 0.95
) -> MeanInterval:
    """Hájek's m = Σwy/Σw with the variance for what the figure is about.

    `is_finite`: the mean over everything in the period, variance Σ(1−π)w²(y−m)²/(Σw)² · n/(n−1), zero
    for a census. Otherwise how a person serves: `measurement.intervals.hajek_interval`, the same
    without (1−π). Student's t with Kish's effective n minus 1 degrees of freedom in both. The s.e. and
    limits are NaN where n < 2.
    """
    superpopulation = hajek_interval(
        sums.n, sums.w, sums.wy, sums.ww, sums.wwy, sums.wwyy, confidence=confidence
    )
    if not is_finite:
        return superpopulation
    n, w, wy, wyy, ww = _floats(sums.n, sums.w, sums.wy, sums.wyy, sums.ww)
    mean = superpopulation.mean
    with np.errstate(divide="ignore", invalid="ignore"):
        # (1−π)w² is w² − w, so that one more sum, that of w(y−m)², is taken away.
        unseen = wyy - wy**2 / w
        variance = superpopulation.standard_error**2 - np.maximum(unseen, 0) / w**2 * n / (n - 1)
        # A census leaves a trace of rounding.
        is_rounding = variance <= 1e-12 * superpopulation.standard_error**2
        error = np.sqrt(np.where(is_rounding, 0.0, variance))
    half = t_half_width(error, kish_effective_n(w, ww) - 1, confidence=confidence)
    return MeanInterval(mean, mean - half, mean + half, superpopulation.effective_n, error)


def stratified_mean(
    population: ArrayLike,
    n: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    *,
    confidence: float = 0.95,
) -> StratifiedMean:
    """The mean of a population of strata, each sampled evenly: ΣN_h m_h / N.

    Variance Σ(N_h/N)² (1 − n_h/N_h) s²_h/n_h, Student's t with Σ(n_h − 1) degrees of freedom. One entry
    per stratum: its size N_h, how many were graded (1 to N_h), their mean and variance (divisor n−1).
    Raises `ValueError` for a stratum of which nothing was graded: about it nothing is known.
    """
    size, graded, means, spread = (
        np.atleast_1d(each) for each in _floats(population, n, mean, variance)
    )
    if not all(np.isfinite(each).all() for each in (size, graded, means)):
        raise ValueError("Sizes and means are finite numbers.")
    if not len(size) or (graded < 1).any() or (graded > size).any():
        raise ValueError("Of each stratum at least one is graded, and at most all.")
    share, everything = size / size.sum(), graded == size
    middle, whole, seen = float(share @ means), int(size.sum()), int(graded.sum())
    if (graded[~everything] < 2).any():
        return StratifiedMean(middle, seen, whole, None, None, None)
    parts = np.where(everything, 0.0, share**2 * (1 - graded / size) * spread / graded)
    error = float(np.sqrt(parts.sum()))
    half = float(t_half_width(error, seen - len(size), confidence=confidence))
    return StratifiedMean(middle, seen, whole, error, middle - half, middle + half)


def _floats(*values: ArrayLike) -> list[FloatArray]:
    return list(np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values)))
