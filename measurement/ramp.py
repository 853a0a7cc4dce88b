"""How new hires come along: the mean per week since their start, against established agents.

Works on cells, one per person and week since the start. Sources are in docs/measurement.md.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from measurement.figures import Figure, State
from measurement.intervals import t_half_width

FloatArray = NDArray[np.float64]

# Below, a group's figure says too much about its few people.
PEOPLE_FROM: Final = 5
ESTABLISHED_FROM: Final = 10


@dataclass(frozen=True, slots=True)
class RampPoint:
    """A week since the start (from 0). `figure.n` counts people; `reviews` what they were scored on."""

    week: int
    reviews: int
    figure: Figure


@dataclass(frozen=True, slots=True)
class Range:
    """Where the middle 80% of `n` established agents are, in the unit of their scores."""

    low: float
    middle: float
    high: float
    n: int


def ramp_curve(
    person: ArrayLike,
    week: ArrayLike,
    n: ArrayLike,
    sum_w: ArrayLike,
    sum_wy: ArrayLike,
    *,
    needed: int = PEOPLE_FROM,
    confidence: float = 0.95,
) -> tuple[RampPoint, ...]:
    """The weighted mean of each week that has any cell, in order.

    One entry per cell: person (code), week (whole number), how many reviews, Σw and Σwy (without
    weights n and Σy). m = ΣΣwy / ΣΣw; the reviews of a person hang together, so the variance is between
    people: G/(G−1) Σ_g (Σwy_g − m Σw_g)² / (ΣΣw)², Student's t with G − 1 degrees of freedom. Several
    cells of one person in one week add up first. Weeks are not independent of one another: the same
    people come again, and who leaves is missed from then on.
    """
    people, weeks = np.asarray(person), np.asarray(week)
    counts, w, wy = (np.asarray(each, dtype=np.float64) for each in (n, sum_w, sum_wy))
    if not all(np.isfinite(each).all() for each in (counts, w, wy)):
        raise ValueError("Sums are finite numbers.")
    used = w > 0
    points = []
    for each in np.unique(weeks[used]):
        here = used & (weeks == each)
        _codes, place = np.unique(people[here], return_inverse=True)
        figure = _clustered_mean(
            np.bincount(place, weights=w[here]).astype(float),
            np.bincount(place, weights=wy[here]).astype(float),
            needed,
            confidence,
        )
        points.append(RampPoint(int(each), int(counts[here].sum()), figure))
    return tuple(points)


def _clustered_mean(w: FloatArray, wy: FloatArray, needed: int, confidence: float) -> Figure:
    groups = len(w)
    if groups < needed:
        return Figure(State.TOO_FEW, groups, needed)
    mean = float(wy.sum() / w.sum())
    if groups < 2:
        return Figure(State.SHOWN, groups, needed, mean)
    residuals = wy - mean * w
    error = float(np.sqrt(groups / (groups - 1) * (residuals @ residuals)) / w.sum())
    if error <= 1e-9 * max(abs(mean), 1e-9):
        return Figure(State.SHOWN, groups, needed, mean)
    half = float(t_half_width(error, groups - 1, confidence=confidence))
    return Figure(State.SHOWN, groups, needed, mean, mean - half, mean + half)


def established_range(scores: ArrayLike, *, share: float = 0.8) -> Range | None:
    """The 10th to the 90th percentile of established agents and their median; None below ten.

    Give shrunken scores where there are: raw ones are spread by chance as well, and their range is too
    wide. Gaps (NaN) are people without a score.
    """
    values = np.asarray(scores, dtype=np.float64).reshape(-1)
    values = values[np.isfinite(values)]
    if len(values) < ESTABLISHED_FROM:
        return None
    low, middle, high = np.quantile(values, [(1 - share) / 2, 0.5, (1 + share) / 2])
    return Range(float(low), float(middle), float(high), len(values))
