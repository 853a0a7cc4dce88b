"""How much of the whole each criterion is worth: what a weight means to people. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from scorecards.scoring import HUNDRED, ONE, ZERO, Aggregation, CriterionSpec, RubricSpec


@dataclass(frozen=True, slots=True)
class Shares:
    """Percents of the whole by id. They sum to 100 when everything is shown and applicable; a bonus
    comes on top, and its share is the most that it can add."""

    sections: Mapping[int, Decimal]
    criteria: Mapping[int, Decimal]


def shares(rubric: RubricSpec) -> Shares:
    values: dict[int, Decimal] = {}
    if rubric.aggregation == Aggregation.WEIGHTED_SECTIONS:
        sums = {
            section.id: sum((_possible(row) for row in _plain(section.criteria)), ZERO)
            for section in rubric.sections
        }
        total = sum((section.weight for section in rubric.sections if sums[section.id]), ZERO)
        for section in rubric.sections:
            for row in section.criteria:
                if sums[section.id] and total:
                    inside = _possible(row) / sums[section.id]
                    values[row.id] = section.weight / total * inside
    else:
        worth = {
            row.id: _worth(rubric.aggregation, row, section.weight)
            for section in rubric.sections
            for row in section.criteria
        }
        total = sum((worth[row.id] for row in _plain(rubric.criteria)), ZERO)
        values = {key: value / total for key, value in worth.items()} if total else {}
    percents = {row.id: values.get(row.id, ZERO) * HUNDRED for row in rubric.criteria}
    return Shares(
        sections={
            section.id: sum((percents[row.id] for row in _plain(section.criteria)), ZERO)
            for section in rubric.sections
        },
        criteria=percents,
    )


def _plain(rows: Iterable[CriterionSpec]) -> list[CriterionSpec]:
    return [row for row in rows if not row.is_bonus]


def _possible(row: CriterionSpec) -> Decimal:
    return row.weight * row.highest


def _worth(aggregation: Aggregation, row: CriterionSpec, section_weight: Decimal) -> Decimal:
    match aggregation:
        case Aggregation.POINTS:
            return _possible(row)
        case Aggregation.WEIGHTED_SECTION_POINTS:
            return section_weight * _possible(row)
        case Aggregation.WEIGHTED_CRITERIA:
            return row.weight
        case _:
            return ONE
