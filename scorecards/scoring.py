"""The one scoring function: what the live result, the submission and every report call.

Pure arithmetic in `Decimal`, without Django. A rubric version chooses four policies, because the
leading products contradict one another on each:

- `NotApplicable`: whether what did not apply is left out and the others take its weight, counts as
  fully or as not at all met, or makes the whole scorecard not scorable.
- `CriticalFailure`: whether the percent stays as earned, becomes zero, or only the section does. The
  outcome is a critical fail in each case.
- `Aggregation`: how criteria become one percent; see there.
- `completeness`: the share of the criteria shown that has to be answered before a result exists.

Whatever the policies: a percent is rounded decimal, half up, once, to `places`, and the pass mark is
compared after that. Until then everything is a fraction: a third of a scale, three times, is the whole,
and what is exactly on the half goes up. Nothing applicable gives no percent, neither 0 nor 100, and a
bonus alone is nothing. A bonus that is not applicable adds nothing and stops nothing. A critical
criterion that is not applicable does no harm; one left blank fails as soon as a result exists.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

HUNDRED: Final = Decimal(100)
ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
NOTHING: Final = Fraction(0)


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 (a result, no password)
    FAIL = "fail"
    CRITICAL_FAIL = "critical_fail"
    NOT_SCORABLE = "not_scorable"


class NotApplicable(StrEnum):
    EXCLUDE = "exclude"
    COUNTS_FULL = "counts_full"
    COUNTS_ZERO = "counts_zero"
    NOT_SCORABLE = "not_scorable"


class CriticalFailure(StrEnum):
    KEEP = "keep"
    PERCENT_ZERO = "percent_zero"
    SECTION_ZERO = "section_zero"


class Aggregation(StrEnum):
    """How criteria become a percent. "Earned" are points, "possible" the highest points of a scale;
    both are multiplied by the criterion's weight. A criterion's "result" is its place between the
    lowest and the highest level, 0 to 1.

    - WEIGHTED_SECTIONS: each section earned over possible, then their mean by section weight.
    - WEIGHTED_SECTION_POINTS: all that was earned over all possible, both times section weight.
    - POINTS: all that was earned over all possible; sections do not matter.
    - WEIGHTED_CRITERIA: the mean of the results by criterion weight; sections do not matter.
    - MEAN_OF_CRITERIA: the plain mean of the results.
    """

    WEIGHTED_SECTIONS = "weighted_sections"
    WEIGHTED_SECTION_POINTS = "weighted_sections_points"
    POINTS = "points"
    WEIGHTED_CRITERIA = "weighted_criteria"
    MEAN_OF_CRITERIA = "mean_of_criteria"


@dataclass(frozen=True, slots=True)
class CriterionSpec:
    """A criterion as scoring sees it. `lowest` and `highest` are the points at the ends of its scale.

    A critical criterion fails at results strictly under `critical_below` (a share, 0 to 1); without
    one, at its lowest level. A bonus adds what it earns and nothing to what is possible.
    """

    id: int
    lowest: Decimal
    highest: Decimal
    weight: Decimal = ONE
    skill: int | None = None
    is_critical: bool = False
    critical_below: Decimal | None = None
    is_bonus: bool = False
    allows_not_applicable: bool = True

    def result(self, points: Decimal) -> Fraction:
        """`points` as a share of the scale, 0 to 1. A scale without extent earns nothing."""
        extent = self.highest - self.lowest
        return Fraction(points - self.lowest) / Fraction(extent) if extent else NOTHING

    def weighted_result(self, points: Decimal) -> Fraction:
        extent = self.highest - self.lowest
        return (
            Fraction(self.weight * (points - self.lowest)) / Fraction(extent) if extent else NOTHING
        )

    def fails_critically(self, answer: "Answer") -> bool:
        if answer.points is None:
            return False
        if answer.is_critical_failure:
            return True
        if not self.is_critical:
            return False
        if self.critical_below is not None:
            return self.result(answer.points) < Fraction(self.critical_below)
        return answer.points == self.lowest and self.lowest != self.highest


@dataclass(frozen=True, slots=True)
class SectionSpec:
    id: int
    criteria: Sequence[CriterionSpec]
    weight: Decimal = ONE


@dataclass(frozen=True, slots=True)
class RubricSpec:
    """A rubric version as scoring sees it; `pass_mark` is a percent, `completeness` a share, 0 to 1."""

    sections: Sequence[SectionSpec]
    pass_mark: Decimal | None = None
    places: int = 0
    not_applicable: NotApplicable = NotApplicable.EXCLUDE
    critical_failure: CriticalFailure = CriticalFailure.KEEP
    aggregation: Aggregation = Aggregation.WEIGHTED_SECTIONS
    completeness: Decimal = ONE

    @property
    def criteria(self) -> Iterable[CriterionSpec]:
        return (criterion for section in self.sections for criterion in section.criteria)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the reviewer said about one criterion: points, or not applicable (`points` is None).

    `is_critical_failure` says that the chosen level itself is marked as one.
    """

    points: Decimal | None
    is_critical_failure: bool = False

    @property
    def is_not_applicable(self) -> bool:
        return self.points is None


NOT_APPLICABLE: Final = Answer(None)


@dataclass(frozen=True, slots=True)
class Result:
    """What a scorecard comes to; every percent is 0-100.

    `percent` is rounded, and final only when `is_complete`; before that it is what the answers so far
    come to. `criterion_percents` and `skill_percents` are unrounded, hold only what was scored, and stay
    as earned under every policy for critical failures: they are the skill data that rollups keep.
    `section_percents` are rounded like the percent, None where nothing applied. `unanswered` are all
    criteria without an answer, also when the result is complete without them.
    """

    percent: Decimal | None
    outcome: Outcome | None
    section_percents: Mapping[int, Decimal | None]
    skill_percents: Mapping[int, Decimal] = field(default_factory=dict)
    criterion_percents: Mapping[int, Decimal] = field(default_factory=dict)
    critical_failures: Sequence[int] = ()
    unanswered: Sequence[int] = ()
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """The part of a result that is said of single criteria; see `Result`."""

    criterion_percents: Mapping[int, Decimal]
    critical_failures: Sequence[int]
    unanswered: Sequence[int]
    is_complete: bool


def rounded(percent: Decimal, places: int) -> Decimal:
    """`percent` at `places` decimal places, half up."""
    return percent.quantize(ONE.scaleb(-places), ROUND_HALF_UP)


def score(rubric: RubricSpec, answers: Mapping[int, Answer]) -> Result:
    """Score the `answers`, keyed by criterion id, by `rubric`. Answers to other criteria are ignored.

    Raises `ValueError` for points outside of a criterion's scale, and for "not applicable" where the
    criterion does not allow it.
    """
    judged = judge(rubric, answers)
    given = {row.id: answers[row.id] for row in rubric.criteria if row.id in answers}
    points = {key: answer.points for key, answer in given.items() if answer.points is not None}
    percent, sections = _percents(rubric, given, points, judged.critical_failures)
    outcome = _outcome(rubric, percent, judged.critical_failures) if judged.is_complete else None
    return Result(
        percent=percent,
        outcome=outcome,
        section_percents=sections,
        skill_percents=_skill_percents(rubric, points),
        criterion_percents=judged.criterion_percents,
        critical_failures=judged.critical_failures,
        unanswered=judged.unanswered,
        is_complete=judged.is_complete,
    )


def judge(rubric: RubricSpec, answers: Mapping[int, Answer]) -> Judged:
    """What `score` says of the single criteria, for who needs no more. Raises as `score` does."""
    given = {row.id: answers[row.id] for row in rubric.criteria if row.id in answers}
    for criterion in rubric.criteria:
        _check(criterion, given.get(criterion.id))
    unanswered = [row.id for row in rubric.criteria if row.id not in given]
    is_complete = _is_complete(rubric, unanswered)
    critical_failures = [
        row.id
        for row in rubric.criteria
        if (row.id in given and row.fails_critically(given[row.id]))
        or (is_complete and row.id in unanswered and row.is_critical)
    ]
    percents = {
        row.id: _decimal(row.result(points) * 100)
        for row in rubric.criteria
        if row.id in given and (points := given[row.id].points) is not None
    }
    return Judged(percents, critical_failures, unanswered, is_complete)


def _check(criterion: CriterionSpec, answer: Answer | None) -> None:
    if answer is None:
        return
    if answer.points is None:
        if not criterion.allows_not_applicable:
            raise ValueError(f"Criterion {criterion.id} is always applicable.")
    elif not criterion.lowest <= answer.points <= criterion.highest:
        raise ValueError(f"Criterion {criterion.id} has no level of {answer.points} points.")


def _is_complete(rubric: RubricSpec, unanswered: Sequence[int]) -> bool:
    shown = sum(1 for _criterion in rubric.criteria)
    answered = shown - len(unanswered)
    return bool(answered) and Decimal(answered) >= rubric.completeness * shown


def _percents(
    rubric: RubricSpec,
    given: Mapping[int, Answer],
    points: Mapping[int, Decimal],
    critical_failures: Sequence[int],
) -> tuple[Decimal | None, dict[int, Decimal | None]]:
    """The percent and each section's, rounded, by the rubric's policies."""
    blocked = rubric.not_applicable == NotApplicable.NOT_SCORABLE and any(
        row.id in given and given[row.id].is_not_applicable
        for row in rubric.criteria
        if not row.is_bonus
    )
    is_nothing = not any(row.id in points for row in rubric.criteria if not row.is_bonus)
    counted = {} if is_nothing else _counted(rubric, given, points)
    parts: dict[int, _Part] = {}
    for section in rubric.sections:
        failed = [row for row in section.criteria if row.id in critical_failures]
        if rubric.critical_failure == CriticalFailure.SECTION_ZERO and failed and not is_nothing:
            # One left blank takes its section with it even where nothing else in it counts.
            blank = {row.id: row.lowest for row in failed if row.id not in counted}
            parts[section.id] = _Part.of(
                section, counted | blank, rubric.aggregation
            ).without_earnings()
        else:
            parts[section.id] = _Part.of(section, counted, rubric.aggregation)
    whole = None if blocked else _aggregate(rubric, parts.values())
    is_zero = bool(critical_failures) and rubric.critical_failure == CriticalFailure.PERCENT_ZERO
    if is_zero and not is_nothing:
        whole = NOTHING
    return _as_percent(whole, rubric.places), {
        key: _as_percent(part.share, rubric.places) for key, part in parts.items()
    }


def _counted(
    rubric: RubricSpec, given: Mapping[int, Answer], points: Mapping[int, Decimal]
) -> dict[int, Decimal]:
    """The points that count, with what the policy makes of "not applicable"."""
    counted = dict(points)
    if rubric.not_applicable in {NotApplicable.COUNTS_FULL, NotApplicable.COUNTS_ZERO}:
        is_full = rubric.not_applicable == NotApplicable.COUNTS_FULL
        for row in rubric.criteria:
            if not row.is_bonus and row.id in given and given[row.id].is_not_applicable:
                counted[row.id] = row.highest if is_full else row.lowest
    return counted


@dataclass(frozen=True, slots=True)
class _Part:
    """A section's sums over the criteria that count: weighted points, or results, as the aggregation
    wants them."""

    weight: Fraction
    earned: Fraction
    possible: Fraction

    @classmethod
    def of(
        cls, section: SectionSpec, counted: Mapping[int, Decimal], aggregation: Aggregation
    ) -> "_Part":
        rows = [row for row in section.criteria if row.id in counted]
        plain = [row for row in rows if not row.is_bonus]
        match aggregation:
            case Aggregation.MEAN_OF_CRITERIA:
                earned = sum((row.result(counted[row.id]) for row in rows), NOTHING)
                possible = Fraction(len(plain))
            case Aggregation.WEIGHTED_CRITERIA:
                earned = sum((row.weighted_result(counted[row.id]) for row in rows), NOTHING)
                possible = Fraction(sum((row.weight for row in plain), ZERO))
            case _:
                # Sums of products of two numbers of two places: exact as decimals, and quicker.
                earned = Fraction(sum((row.weight * counted[row.id] for row in rows), ZERO))
                possible = Fraction(sum((row.weight * row.highest for row in plain), ZERO))
        return cls(Fraction(section.weight), earned, possible)

    def without_earnings(self) -> "_Part":
        return replace(self, earned=NOTHING)

    @property
    def share(self) -> Fraction | None:
        """The section on its own, 0 to 1; None where nothing in it counts."""
        return _ratio(self.earned, self.possible)


def _aggregate(rubric: RubricSpec, parts: Iterable[_Part]) -> Fraction | None:
    match rubric.aggregation:
        case Aggregation.WEIGHTED_SECTIONS:
            shares = [(part.weight, part.share) for part in parts]
            pairs = [(weight * share, weight) for weight, share in shares if share is not None]
        case Aggregation.WEIGHTED_SECTION_POINTS:
            pairs = [(part.weight * part.earned, part.weight * part.possible) for part in parts]
        case _:
            pairs = [(part.earned, part.possible) for part in parts]
    return _ratio(
        sum((earned for earned, _possible in pairs), NOTHING),
        sum((possible for _earned, possible in pairs), NOTHING),
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


def _skill_percents(rubric: RubricSpec, points: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Each skill's mean of the results of the criteria that measure it, by weight; bonuses aside."""
    sums: dict[int, tuple[Fraction, Decimal]] = {}
    for row in rubric.criteria:
        if row.skill is None or row.is_bonus or row.id not in points:
            continue
        total, weight = sums.get(row.skill, (NOTHING, ZERO))
        sums[row.skill] = (total + row.weighted_result(points[row.id]), weight + row.weight)
    return {
        skill: _decimal(total / Fraction(weight) * 100)
        for skill, (total, weight) in sums.items()
        if weight
    }


def _ratio(part: Fraction, whole: Fraction) -> Fraction | None:
    return part / whole if whole else None


def _decimal(value: Fraction) -> Decimal:
    """One division, so that whatever has an end within 28 digits is exact."""
    return Decimal(value.numerator) / value.denominator


def _as_percent(share: Fraction | None, places: int) -> Decimal | None:
    """A share as a rounded percent, within 0 to 100: a bonus cannot lift it above."""
    if share is None:
        return None
    return rounded(_decimal(min(max(share, NOTHING), Fraction(1)) * 100), places)
