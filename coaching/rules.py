"""When k failures of a criterion in a row ask for a module. Pure arithmetic, no database.

Grades are in the order of the conversations. Not applicable neither counts as a failure nor breaks a run.
What led to one firing counts for no other: after it the run begins anew, and nothing fires within the
cooldown. Live and in the preview the same function decides.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Graded:
    """One grade of the criterion: `ref` names its review assignment, `percent` is 0-100 or None for not
    applicable, `at` when the conversation was, `pass_mark` what its rubric version asks for."""

    ref: int
    at: dt.datetime
    percent: float | None
    pass_mark: float
    is_critical: bool = False


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
    """`refs` are the grades that led to it, the newest last."""

    refs: tuple[int, ...]
    at: dt.datetime


def due(
    grades: Sequence[Graded], terms: RuleTerms, *, at: dt.datetime, last: Fired | None = None
) -> Fired | None:
    """What fires at this moment, if anything. `grades` of one person in order, with all that is known."""
    if last and at - last.at < dt.timedelta(days=terms.cooldown_days):
        return None
    run: list[int] = []
    for graded in reversed(grades):
        if last and graded.ref in last.refs:
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
    for count, graded in enumerate(grades, start=1):
        found = due(grades[:count], terms, at=graded.at, last=fired[-1] if fired else None)
        if found:
            fired.append(found)
    return fired
