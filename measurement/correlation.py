"""How far two measurements go together, pair by pair.

Pairs are two arrays of one length without gaps (ValueError otherwise). What is not defined (fewer than
two pairs, or nothing varies in one of them) is None.
"""

from math import isnan

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtr

FloatArray = NDArray[np.float64]


def pearson(one: ArrayLike, other: ArrayLike) -> float | None:
    """The product-moment correlation, -1 to 1."""
    x, y = _pairs(one, other)
    if len(x) < 2:
        return None
    a, b = x - x.mean(), y - y.mean()
    # Rounding leaves a trace of variance in equal numbers.
    if _is_rounding(a, x) or _is_rounding(b, y):
        return None
    return float(np.clip(a @ b / np.sqrt((a @ a) * (b @ b)), -1, 1))


def pearson_p(correlation: float | None, n: int) -> float | None:
    """Two-sided: how often `n` pairs without any link show as much. Student's t, n − 2 degrees of
    freedom; None below three pairs."""
    if correlation is None or n < 3 or isnan(correlation):
        return None
    if abs(correlation) >= 1:
        return 0.0
    t = correlation * np.sqrt((n - 2) / (1 - correlation**2))
    return float(2 * stdtr(n - 2, -abs(t)))


def fisher_interval(
    correlation: float | None, n: int, *, confidence: float = 0.95
) -> tuple[float, float] | None:
    """tanh(artanh r ± z / √(n−3)); none below four pairs and for a correlation of -1 or 1."""
    if correlation is None or n < 4 or not abs(correlation) < 1:
        return None
    z, half = np.arctanh(correlation), float(ndtri(0.5 + confidence / 2)) / np.sqrt(n - 3)
    return float(np.tanh(z - half)), float(np.tanh(z + half))


def spearman(one: ArrayLike, other: ArrayLike) -> float | None:
    """Pearson's correlation of the ranks; equal values share their mean rank."""
    x, y = _pairs(one, other)
    return pearson(ranks(x), ranks(y))


def kendall(one: ArrayLike, other: ArrayLike) -> float | None:
    """Kendall's tau-b, which allows for ties in both."""
    from scipy.stats import kendalltau

    x, y = _pairs(one, other)
    if len(x) < 2 or (x == x[0]).all() or (y == y[0]).all():
        return None
    return float(kendalltau(x, y, variant="b").statistic)


def ranks(values: ArrayLike) -> FloatArray:
    """From 1 for the lowest; equal values share their mean rank."""
    _unique, place, counts = np.unique(
        np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True
    )
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[place]


def _pairs(one: ArrayLike, other: ArrayLike) -> tuple[FloatArray, FloatArray]:
    x, y = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError("Pairs are two lists of the same length.")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("Both of a pair are finite numbers.")
    return x, y


def _is_rounding(deviations: FloatArray, values: FloatArray) -> bool:
    return float(deviations @ deviations) <= 1e-20 * max(float(values @ values), 1e-280)
