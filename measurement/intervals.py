"""Means with intervals, from sums alone.

Everything takes and returns arrays (numbers work too) and broadcasts, so that one call serves a whole
table of people by skills by months. What is not defined is NaN, never zero: an empty cell has no
mean, a single value has a mean and no interval.

Notation: y a value, π its inclusion probability, w = 1/π its weight. Sources and the reasons for
each choice are in docs/measurement.md.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Not scipy.stats: importing it costs every process most of a second and 40 MB for one function.
from scipy.special import stdtrit

FloatArray = NDArray[np.float64]

# A variance is the small difference of large sums. Below this share of them it is rounding, not
# spread: at y = 100 that is a standard deviation of 0.0001, where stored percents end too.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class MeanInterval:
    """Means and their interval limits, in the unit of y; arrays of one shape.

    `effective_n` is Kish's: as many equally weighted values would tell as much.
    """

    mean: FloatArray
    low: FloatArray
    high: FloatArray
    effective_n: FloatArray
    standard_error: FloatArray


def mean_interval(
    n: ArrayLike, sum_y: ArrayLike, sum_yy: ArrayLike, *, confidence: float = 0.95
) -> MeanInterval:
    """Student's t interval for the mean of `n` equally weighted values.

    Limits are NaN where n < 2. Equal values have no spread, and the interval shrinks to the point:
    whoever shows it should say so instead.
    """
    count, total, squares = _floats(n, sum_y, sum_yy)
    return hajek_interval(count, count, total, count, total, squares, confidence=confidence)


def hajek_interval(
    n: ArrayLike,
    sum_w: ArrayLike,
    sum_wy: ArrayLike,
    sum_ww: ArrayLike,
    sum_wwy: ArrayLike,
    sum_wwyy: ArrayLike,
    *,
    confidence: float = 0.95,
) -> MeanInterval:
    """Hájek's weighted mean m = Σwy/Σw and its interval for the mean of a superpopulation.

    Variance Σw²(y−m)²/(Σw)² · n/(n−1), Student's t with Kish's effective n minus 1 degrees of
    freedom. The factor (1−π) of a finite population is left out on purpose: a score speaks about how a
    person serves, also in the contacts still to come, so even a census of last month's contacts
    leaves it uncertain. With equal weights this is the ordinary t interval.

    Weights must be positive. Limits are NaN where n < 2.
    """
    n, w, wy, ww, wwy, wwyy = _floats(n, sum_w, sum_wy, sum_ww, sum_wwy, sum_wwyy)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean = wy / w
        effective = kish_effective_n(w, ww)
        deviations = wwyy - 2 * mean * wwy + mean**2 * ww
        deviations = np.where(deviations <= _ROUNDING * np.abs(wwyy), 0.0, deviations)
        standard_error = np.sqrt(deviations * n / (n - 1)) / w
    standard_error = np.where(n >= 2, standard_error, np.nan)
    mean = np.where((n >= 1) & np.isfinite(mean), mean, np.nan)
    half = t_half_width(standard_error, effective - 1, confidence=confidence)
    return MeanInterval(mean, mean - half, mean + half, effective, standard_error)


def t_half_width(
    standard_error: ArrayLike, degrees_of_freedom: ArrayLike, *, confidence: float = 0.95
) -> FloatArray:
    """t(.975; df) · s.e. No spread has no width; next to no degrees of freedom (one huge weight)
    exclude nothing and give an infinite one; an s.e. that is NaN stays so."""
    error, df = _floats(standard_error, degrees_of_freedom)
    quantile = stdtrit(np.maximum(df, 0), 0.5 + confidence / 2)
    quantile = np.where(np.isnan(quantile) | (quantile < 0), np.inf, quantile)
    with np.errstate(invalid="ignore"):
        return np.where(error == 0, 0.0, quantile * error)


def kish_effective_n(sum_w: ArrayLike, sum_ww: ArrayLike) -> FloatArray:
    """(Σw)²/Σw²: at most n, and n when all weights are equal; NaN for an empty cell."""
    w, ww = _floats(sum_w, sum_ww)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(w > 0, w**2 / ww, np.nan)


def _floats(*values: ArrayLike) -> list[FloatArray]:
    return list(np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values)))
