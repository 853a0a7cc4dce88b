"""Time until something happens, where for some it has not happened yet: Kaplan and Meier.

Used for the time to proficiency: whoever is not there yet, or left before, is *censored* and counts as
"longer than this" instead of being left out, which would make everybody look quick. Censoring has to
have nothing to do with how close somebody was. Sources are in docs/measurement.md.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

FloatArray = NDArray[np.float64]

PEOPLE_FROM: Final = 10


@dataclass(frozen=True, slots=True)
class Step:
    """A time at which somebody arrived. `waiting` is the share not there yet just after it, `reached`
    is the rest; both 0 to 1 with limits, which are None once all that were left have arrived."""

    time: float
    at_risk: int
    events: int
    waiting: float
    standard_error: float
    low: float | None
    high: float | None

    @property
    def reached(self) -> float:
        return 1 - self.waiting

    @property
    def reached_low(self) -> float | None:
        return None if self.high is None else 1 - self.high

    @property
    def reached_high(self) -> float | None:
        return None if self.low is None else 1 - self.low


@dataclass(frozen=True, slots=True)
class Survival:
    """`people` of whom `events` arrived. `median` is None while fewer than half have, and `median_high`
    while even the upper limit has not come down to half: the honest reading is "longer than
    `followed`", the longest time anybody was watched."""

    people: int
    events: int
    followed: float
    steps: tuple[Step, ...]
    median: float | None
    median_low: float | None
    median_high: float | None

    @property
    def is_shown(self) -> bool:
        return self.people >= PEOPLE_FROM

    @property
    def lacking(self) -> int:
        return max(PEOPLE_FROM - self.people, 0)

    def at(self, time: float) -> Step | None:
        """The step in force at a time; None before the first arrival (all are waiting)."""
        last = None
        for step in self.steps:
            if step.time > time:
                break
            last = step
        return last


def kaplan_meier(times: ArrayLike, arrived: ArrayLike, *, confidence: float = 0.95) -> Survival:
    """One entry per person: the time until they `arrived`, or until they were last seen waiting.

    S(t) = Π(1 − d/n) over the times of arrival; Greenwood's variance S² Σ d/(n(n−d)); limits
    S^exp(±z·s.e.(log(−log S))), which stay inside 0 and 1. Somebody censored at a time of arrival was
    still waiting at it. The median is where S first comes to a half, or the middle of the stretch on
    which it is exactly a half; its limits are where those of S do (Brookmeyer & Crowley).

    Times are in any unit, not negative. Raises `ValueError` for gaps or negative times.
    """
    waited = np.asarray(times, dtype=np.float64).reshape(-1)
    is_event = np.asarray(arrived, dtype=bool).reshape(-1)
    if waited.shape != is_event.shape or not ((waited >= 0) & np.isfinite(waited)).all():
        raise ValueError("Each person has a time that is not negative, and whether they arrived.")
    if not len(waited):
        return Survival(0, 0, 0.0, (), None, None, None)
    at, place = np.unique(waited, return_inverse=True)
    events = np.bincount(place, weights=is_event, minlength=len(at))
    leaving = np.bincount(place, minlength=len(at))
    at_risk = len(waited) - np.cumsum(leaving) + leaving
    happened = events > 0
    at, d, n = at[happened], events[happened], at_risk[happened].astype(np.float64)

    share = np.cumprod(1 - d / n, dtype=np.float64)
    z = float(ndtri(0.5 + confidence / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.sqrt(np.cumsum(d / (n * (n - d))))
        error = np.where(share > 0, share * greenwood, 0.0)
        width = z * greenwood / np.abs(np.log(share))
        low, high = share ** np.exp(width), share ** np.exp(-width)
    steps = tuple(
        Step(
            float(at[i]),
            int(n[i]),
            int(d[i]),
            float(share[i]),
            float(error[i]),
            float(low[i]) if share[i] > 0 else None,
            float(high[i]) if share[i] > 0 else None,
        )
        for i in range(len(at))
    )
    # With nobody left the limits end; the last ones still hold, so the upper never comes down.
    return Survival(
        len(waited),
        int(is_event.sum()),
        float(waited.max()),
        steps,
        _first_half(at, share),
        _first_half(at, np.where(share > 0, low, 0.0)),
        _first_half(at, np.where(share > 0, high, np.inf)),
    )


def _first_half(at: FloatArray, share: FloatArray) -> float | None:
    # A product of fractions that is a half may miss it in the last digit.
    down = np.nonzero(share <= 0.5 + 1e-12)[0]
    if not len(down):
        return None
    first = down[0]
    if abs(share[first] - 0.5) <= 1e-12 and first + 1 < len(at):
        return float(at[first] + at[first + 1]) / 2
    return float(at[first])
