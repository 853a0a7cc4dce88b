"""When k failures of a criterion in a row ask for a module. Pure arithmetic, no database.

Grades are in the order of the conversations, one for each. Not applicable neither counts as a failure nor
breaks a run. What led to one firing counts for no other: after it the run begins anew, and nothing fires
within the cooldown. Live and in the preview the same function decides.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Graded:
    """What one conversation was given for the criterion: `ref` names the conversation, `percent` is 0-100
    or None for not applicable, `at` when it was, `pass_mark` what its rubric version asks for."""

    ref: int
    at: dt.datetime
    percent: float | None
    pass_mark: float
    is_critical: bool = False

    @property
    def kindness(self) -> tuple[bool, bool, float]:
        """Orders several grades of one conversation: not applicable says least, a critical failure is
        the harshest."""
        return (self.percent is not None, not self.is_critical, self.percent or 0.0)


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """`failures` in a row, 1 or more; `fails_below` percent, None for the version's pass mark."""

    failures: int
    cooldown_days: int
    fails_below: float | None = None

    def fails(self, graded: Graded) -> bool:
        """A critical failure is one in any case."""
        if graded.percent is None:
            return False
        below = graded.pass_mark if self.fails_below is None else self.fails_below
        return graded.is_critical or graded.percent < below


@dataclass(frozen=True, slots=True)
class Fired:
    """`refs` are the conversations that led to it, the newest last."""

    refs: tuple[int, ...]
    at: dt.datetime


def due(
    grades: Sequence[Graded], terms: RuleTerms, *, at: dt.datetime, last: Fired | None = None
) -> Fired | None:
    """What fires at this moment, if anything. `grades` of one person in order, with all that is known;
    `last` is what fired so far: when the newest did, and the conversations that led to any."""
    if last and at - last.at < dt.timedelta(days=terms.cooldown_days):
        return None
    spent = frozenset(last.refs if last else ())
    run: list[int] = []
    for graded in reversed(grades):
        if graded.ref in spent:
            break
        if graded.percent is None:
            continue
        if not terms.fails(graded):
            break
        run.append(graded.ref)
        if len(run) == terms.failures:
            return Fired(tuple(reversed(run)), at)
    return None


def replay(grades: Sequence[Graded], terms: RuleTerms) -> list[Fired]:
    """Everything that would have fired, had each grade been given at the time of its conversation."""
    fired: list[Fired] = []
    last: Fired | None = None
    for count, graded in enumerate(grades, start=1):
        if found := due(grades[:count], terms, at=graded.at, last=last):
            fired.append(found)
            last = Fired((*(last.refs if last else ()), *found.refs), found.at)
    return fired
