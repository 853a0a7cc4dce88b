"""Testing many things at once without finding too much."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

FALSE_DISCOVERIES: Final = 0.05


def benjamini_hochberg(p: ArrayLike) -> FloatArray:
    """Adjusted p values, in the order given; adjusted ≤ q is a discovery.

    Of all that is found in this way, on average at most the share q is false (tests independent or
    positively dependent). With p₍₁₎ ≤ … ≤ p₍ₘ₎: adjusted₍ᵢ₎ = min over j ≥ i of p₍ⱼ₎·m/j, at most 1.
    NaN stands for what was not tested: it stays NaN and is not counted in m. Raises ValueError for a p
    outside of 0 to 1. Benjamini & Hochberg, J. R. Statist. Soc. B 57 (1995); as R's `p.adjust`.
    """
    values = np.asarray(p, dtype=np.float64).reshape(-1)
    tested = np.flatnonzero(~np.isnan(values))
    given = values[tested]
    if ((given < 0) | (given > 1)).any():
        raise ValueError("A p value lies between 0 and 1.")
    adjusted = np.full(len(values), np.nan)
    order = np.argsort(given, kind="stable")[::-1]
    ranks = np.arange(len(given), 0, -1)
    steps = np.minimum.accumulate(given[order] * len(given) / ranks) if len(given) else given
    adjusted[tested[order]] = np.minimum(steps, 1.0)
    return adjusted
