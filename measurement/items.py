"""How well the questions of a quiz tell people apart: classical item analysis.

Everything works on one table, `marks[person, item]` from 0 to 1, with NaN where an item was not asked.
What is not defined is None, never zero: an item that all answer alike has no discrimination. The least
numbers were found by simulation (docs/measurement.md): under them an estimate misleads more often than
it helps.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Not scipy.stats: importing it costs every process most of a second and 40 MB for one function.
from scipy.special import fdtri

from measurement.correlation import fisher_interval, pearson

FloatArray = NDArray[np.float64]

FACILITY_FROM: Final = 10
FLAGS_FROM: Final = 50
CONSISTENCY_FROM: Final = 30
WEAK_BELOW: Final = 0.10


@dataclass(frozen=True, slots=True)
class Item:
    """`n` answers. `facility` is the mean mark (0-1); `discrimination` the correlation with the rest of
    the test, with its 95% interval; `with_total` that with the whole test, the item included, which is
    always larger and shown nowhere: other programs print it. The figures are there from the first two
    answers on; what may be shown is for `shows_facility` and `is_weak` to say."""

    n: int
    facility: float | None
    discrimination: float | None
    low: float | None
    high: float | None
    with_total: float | None = None

    @property
    def shows_facility(self) -> bool:
        return self.n >= FACILITY_FROM

    @property
    def is_weak(self) -> bool:
        """Even the upper limit is low: people who know more do not answer it better. A flag on the
        estimate alone would hit one good question in five."""
        return self.n >= FLAGS_FROM and self.high is not None and self.high < WEAK_BELOW


@dataclass(frozen=True, slots=True)
class Consistency:
    """Cronbach's alpha (KR-20 for right and wrong) with Feldt's 95% interval, from `n` people."""

    n: int
    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def is_shown(self) -> bool:
        return self.value is not None and self.n >= CONSISTENCY_FROM


def analyse(marks: ArrayLike) -> list[Item]:
    """Each item's figures. The rest of the test is the mean of the other items a person was asked."""
    table = _marks(marks)
    return [_item(table, place) for place in range(table.shape[1])]


def _marks(marks: ArrayLike) -> FloatArray:
    table = np.atleast_2d(np.asarray(marks, dtype=np.float64))
    if np.isinf(table).any():
        raise ValueError("A mark is a finite number.")
    return table


def _item(table: FloatArray, place: int) -> Item:
    own = table[:, place]
    rest = _row_means(np.delete(table, place, axis=1))
    asked = ~np.isnan(own)
    n = int(asked.sum())
    facility = float(own[asked].mean()) if n else None
    both = asked & ~np.isnan(rest)
    correlation = pearson(own[both], rest[both])
    low, high = fisher_interval(correlation, int(both.sum())) or (None, None)
    total = _row_means(table)
    return Item(n, facility, correlation, low, high, pearson(own[asked], total[asked]))


def _row_means(table: FloatArray) -> FloatArray:
    counts = (~np.isnan(table)).sum(axis=1)
    sums = np.nansum(table, axis=1)
    return np.divide(sums, counts, out=np.full(len(table), np.nan), where=counts > 0)


def consistency(marks: ArrayLike) -> Consistency:
    """Internal consistency among the people who were asked everything; none unless all were."""
    table = _marks(marks)
    n, k = table.shape
    if n < 2 or k < 2 or np.isnan(table).any():
        return Consistency(n, None)
    total = float(table.sum(axis=1).var(ddof=1))
    if total < 1e-12:
        return Consistency(n, None)
    alpha = k / (k - 1) * (1 - float(table.var(axis=0, ddof=1).sum()) / total)
    free, others = n - 1, (n - 1) * (k - 1)
    low = 1 - (1 - alpha) * float(fdtri(free, others, 0.975))
    high = 1 - (1 - alpha) * float(fdtri(free, others, 0.025))
    return Consistency(n, alpha, low, high)
