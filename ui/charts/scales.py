"""From values to places, with round ticks."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    low: float
    high: float
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Where `value` lies between low (0) and high (1); beyond the scale, at its end."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    @property
    def decimal_places(self) -> int:
        """As many as the ticks need to be told apart."""
        step = self.ticks[1] - self.ticks[0] if len(self.ticks) > 1 else 1.0
        return max(0, -math.floor(math.log10(step) + 1e-9))


def nice_scale(
    values: Iterable[float],
    *,
    within: tuple[float, float],
    least_span: float = 0,
    most_ticks: int = 6,
) -> Scale:
    """A scale with round ticks at both ends that holds all `values` and is at least `least_span`
    wide (a hundredth of `within` at any rate), so that a small difference does not look large.
    Without values it is all of `within`, whose ends are round themselves and are never passed."""
    floor, ceiling = within
    numbers = [min(ceiling, max(floor, value)) for value in values if not math.isnan(value)]
    low, high = (min(numbers), max(numbers)) if numbers else within
    least_span = min(max(least_span, (ceiling - floor) / 100), ceiling - floor)
    if high - low < least_span:
        low = min(max(floor, (low + high - least_span) / 2), ceiling - least_span)
        high = low + least_span
    step = _round_step((high - low) / (most_ticks - 1))
    # The small allowance keeps a limit that is a multiple already from moving by another step.
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    low, high = max(floor, first * step), min(ceiling, last * step)
    ticks = [round(number * step, 10) for number in range(first, last + 1)]
    return Scale(low, high, tuple(tick for tick in ticks if low <= tick <= high))


def _round_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is no smaller than `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))
