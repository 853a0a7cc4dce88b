"""What a figure is: a value with its interval and its n, or the reason why there is none."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Whether there is a figure, and if not, why."""

    SHOWN = "shown"
    TOO_FEW = "too_few"
    NO_VARIATION = "no_variation"


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its interval and its n, or why there is none.

    `n` counts whatever the figure is made of (its function says what), and `needed` is the least that
    gives one. `value`, `low` and `high` are None unless `state` is `SHOWN`; `low` and `high` also where
    a sample without any spread gives no interval.
    """

    state: State
    n: int
    needed: int
    value: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_shown(self) -> bool:
        return self.state == State.SHOWN

    @property
    def lacking(self) -> int:
        """How many more are needed for a figure."""
        return max(self.needed - self.n, 0)
