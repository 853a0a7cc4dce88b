"""The one scoring function: what the live result, the submission and every report call.

Pure arithmetic in `Decimal`, without Django. The rules of this edition:

- A criterion's result is its points' place between its lowest and highest level, 0 to 1.
- A section's result is the mean of its criteria's results by weight; the percent is the mean of the
  sections' results by weight. A skill's percent is the mean of the criteria measuring it, by weight.
- What is not applicable is left out, and the others take its weight.
- A percent is rounded decimal, half up, once, to `places`; the pass mark is compared after that.
- The lowest level of a critical criterion makes the outcome a critical fail; the percent stays as
  earned. A critical criterion that is not applicable does no harm.
- Nothing applicable, or something unanswered: no percent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

HUNDRED: Final = Decimal(100)


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 (a result, no password)
    FAIL = "fail"
    CRITICAL_FAIL = "critical_fail"
    NOT_SCORABLE = "not_scorable"


@dataclass(frozen=True, slots=True)
class CriterionSpec:
    """A criterion as scoring sees it. `lowest` and `highest` are the points at the ends of its scale."""

    id: int
    lowest: Decimal
    highest: Decimal
    weight: Decimal = Decimal(1)
    skill: int | None = None
    is_critical: bool = False
    allows_not_applicable: bool = True

    def result(self, points: Decimal) -> Decimal:
        """`points` as a share of the scale, 0 to 1. A scale without extent earns nothing."""
        extent = self.highest - self.lowest
        return (points - self.lowest) / extent if extent else Decimal(0)


@dataclass(frozen=True, slots=True)
class SectionSpec:
    id: int
    criteria: Sequence[CriterionSpec]
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class RubricSpec:
    """A rubric version as scoring sees it; `pass_mark` is a percent."""

    sections: Sequence[SectionSpec]
    pass_mark: Decimal | None = None
    places: int = 0

    @property
    def criteria(self) -> Iterable[CriterionSpec]:
        return (criterion for section in self.sections for criterion in section.criteria)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the reviewer said about one criterion: points, or not applicable (`points` is None)."""

    points: Decimal | None

    @property
    def is_not_applicable(self) -> bool:
        return self.points is None


NOT_APPLICABLE: Final = Answer(None)


@dataclass(frozen=True, slots=True)
class Result:
    """What a scorecard comes to; every percent is 0-100.

    `percent` is rounded and final only when `is_complete`; before that it is what the answers so far
    come to. `criterion_percents` and `skill_percents` are unrounded and hold only what was scored, for
    the rollups. `section_percents` are rounded like the percent, None where nothing applied.
    """

    percent: Decimal | None
    outcome: Outcome | None
    section_percents: Mapping[int, Decimal | None]
    skill_percents: Mapping[int, Decimal] = field(default_factory=dict)
    criterion_percents: Mapping[int, Decimal] = field(default_factory=dict)
    critical_failures: Sequence[int] = ()
    unanswered: Sequence[int] = ()

    @property
    def is_complete(self) -> bool:
        return not self.unanswered


def rounded(percent: Decimal, places: int) -> Decimal:
    """`percent` at `places` decimal places, half up."""
    return percent.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def score(rubric: RubricSpec, answers: Mapping[int, Answer]) -> Result:
    """Score the `answers`, keyed by criterion id, by `rubric`. Answers to other criteria are ignored.

    Raises `ValueError` for points outside of a criterion's scale, and for "not applicable" where the
    criterion does not allow it.
    """
    results: dict[int, Decimal] = {}
    unanswered: list[int] = []
    critical_failures: list[int] = []
    for criterion in rubric.criteria:
        answer = answers.get(criterion.id)
        if answer is None:
            unanswered.append(criterion.id)
        elif answer.points is None:
            if not criterion.allows_not_applicable:
                raise ValueError(f"Criterion {criterion.id} is always applicable.")
        elif not criterion.lowest <= answer.points <= criterion.highest:
            raise ValueError(f"Criterion {criterion.id} has no level of {answer.points} points.")
        else:
            results[criterion.id] = criterion.result(answer.points)
            if criterion.is_critical and answer.points == criterion.lowest:
                critical_failures.append(criterion.id)

    sections = {section.id: _mean(section.criteria, results) for section in rubric.sections}
    whole = _weighted_mean(
        (section.weight, value)
        for section in rubric.sections
        if (value := sections[section.id]) is not None
    )
    percent = None if whole is None else rounded(whole * HUNDRED, rubric.places)
    by_skill: dict[int, list[CriterionSpec]] = {}
    for criterion in rubric.criteria:
        if criterion.skill is not None:
            by_skill.setdefault(criterion.skill, []).append(criterion)
    skills = {skill: _mean(criteria, results) for skill, criteria in by_skill.items()}

    return Result(
        percent=percent,
        outcome=None if unanswered else _outcome(rubric, percent, critical_failures),
        section_percents={
            section: None if value is None else rounded(value * HUNDRED, rubric.places)
            for section, value in sections.items()
        },
        skill_percents={
            skill: value * HUNDRED for skill, value in skills.items() if value is not None
        },
        criterion_percents={key: value * HUNDRED for key, value in results.items()},
        critical_failures=critical_failures,
        unanswered=unanswered,
    )


def _outcome(
    rubric: RubricSpec, percent: Decimal | None, critical_failures: Sequence[int]
) -> Outcome:
    if critical_failures:
        return Outcome.CRITICAL_FAIL
    if percent is None:
        return Outcome.NOT_SCORABLE
    if rubric.pass_mark is not None and percent < rubric.pass_mark:
        return Outcome.FAIL
    return Outcome.PASS


def _mean(criteria: Iterable[CriterionSpec], results: Mapping[int, Decimal]) -> Decimal | None:
    return _weighted_mean(
        (criterion.weight, results[criterion.id])
        for criterion in criteria
        if criterion.id in results
    )


def _weighted_mean(pairs: Iterable[tuple[Decimal, Decimal]]) -> Decimal | None:
    """The mean of the values by weight; None without values or without any weight."""
    total = weight_sum = Decimal(0)
    for weight, value in pairs:
        total += weight * value
        weight_sum += weight
    return total / weight_sum if weight_sum else None
