"""Shares of people, and whether one is larger than it would be by chance.

A share is `k` of `n`. Sources and the reasons for each choice are in docs/measurement.md.
"""

from collections.abc import Sequence

import numpy as np

# Not scipy.stats: importing it costs every process most of a second and 40 MB for two functions.
from scipy.special import bdtrc, ndtri


def wilson(k: int, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval for a share; the whole range where there is nobody."""
    if not n:
        return 0.0, 1.0
    z = float(ndtri(0.5 + confidence / 2))
    share, spread = k / n, z * z / n
    centre = (share + spread / 2) / (1 + spread)
    half = z * np.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def at_least(k: int, n: int, p: float) -> float:
    """The probability of `k` or more of `n`, each with probability `p`."""
    return 1.0 if k <= 0 else float(bdtrc(k - 1, n, p))


def more_often(only_here: int, only_there: int) -> float:
    """The exact one-sided McNemar test: of people seen in two places, so many failed only in the one and
    so many only in the other. Who did both or neither says nothing."""
    return at_least(only_here, only_here + only_there, 0.5)


def discoveries(p_values: Sequence[float], *, q: float = 0.05) -> list[bool]:
    """Benjamini and Hochberg: which of many tests to believe, when a share `q` of those may be wrong."""
    if not p_values:
        return []
    values = np.asarray(p_values, dtype=np.float64)
    ordered = np.sort(values)
    passing = np.nonzero(ordered <= q * np.arange(1, len(values) + 1) / len(values))[0]
    limit = ordered[passing[-1]] if len(passing) else -1.0
    return [bool(value <= limit) for value in values]
