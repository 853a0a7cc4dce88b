"""The scoring rules, by worked examples. No database."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from scorecards.scoring import (
    NOT_APPLICABLE,
    Answer,
    CriterionSpec,
    Outcome,
    RubricSpec,
    SectionSpec,
    rounded,
    score,
)

CASES = Path(__file__).parents[3] / "shared" / "cases" / "scoring.json"


def criterion(pk: int, *, high: int = 10, low: int = 0, **fields) -> CriterionSpec:
    return CriterionSpec(id=pk, lowest=Decimal(low), highest=Decimal(high), **fields)


def rubric(*sections: tuple[int, list[CriterionSpec]], **fields) -> RubricSpec:
    return RubricSpec(
        sections=[
            SectionSpec(id=number, weight=Decimal(weight), criteria=criteria)
            for number, (weight, criteria) in enumerate(sections, start=1)
        ],
        **fields,
    )


def points(**given: int | str | None) -> dict[int, Answer]:
    """`points(c1=5, c2=None)`: 5 points for criterion 1, criterion 2 not applicable."""
    return {
        int(name[1:]): NOT_APPLICABLE if value is None else Answer(Decimal(value))
        for name, value in given.items()
    }


TWO_SECTIONS = rubric(
    (30, [criterion(1), criterion(2)]), (70, [criterion(3)]), pass_mark=Decimal(75)
)


@pytest.mark.parametrize(
    ("answers", "percent", "outcome"),
    [
        (points(c1=10, c2=10, c3=10), "100", Outcome.PASS),
        (points(c1=0, c2=0, c3=0), "0", Outcome.FAIL),
        # Sections by weight: .3 * .5 + .7 * .8 = .71
        (points(c1=5, c2=5, c3=8), "71", Outcome.FAIL),
        # Not applicable: its section weighs as before, its neighbour speaks for the section.
        (points(c1=10, c2=None, c3=8), "86", Outcome.PASS),
        # A whole section not applicable: the other one takes all the weight.
        (points(c1=None, c2=None, c3=8), "80", Outcome.PASS),
        (points(c1=5, c2=5, c3=None), "50", Outcome.FAIL),
        # Nothing applicable: no result, and neither 0 nor 100.
        (points(c1=None, c2=None, c3=None), None, Outcome.NOT_SCORABLE),
    ],
)
def test_score_weighs_sections_and_leaves_out_what_does_not_apply(answers, percent, outcome):
    result = score(TWO_SECTIONS, answers)

    assert result.percent == (None if percent is None else Decimal(percent))
    assert result.outcome == outcome


def test_score_weighs_criteria_inside_of_a_section():
    spec = rubric((1, [criterion(1, weight=Decimal(3)), criterion(2, weight=Decimal(1))]))

    assert score(spec, points(c1=10, c2=0)).percent == Decimal(75)


def test_score_takes_a_result_as_the_place_between_lowest_and_highest_level():
    spec = rubric((1, [criterion(1, low=1, high=5)]))

    assert score(spec, points(c1=2)).percent == Decimal(25)


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [("66.666", 1, "66.7"), ("74.5", 0, "75"), ("0.125", 2, "0.13"), ("99.99", 0, "100")],
)
def test_rounded_rounds_half_up(value, places, expected):
    assert rounded(Decimal(value), places) == Decimal(expected)


def test_score_compares_the_pass_mark_after_rounding():
    spec = rubric((1, [criterion(1, high=1000)]), pass_mark=Decimal(75))

    assert score(spec, points(c1=745)).outcome == Outcome.PASS
    assert score(spec, points(c1=744)).outcome == Outcome.FAIL


def test_score_fails_critically_and_keeps_the_percent():
    spec = rubric((1, [criterion(1), criterion(2, is_critical=True)]), pass_mark=Decimal(50))

    failed = score(spec, points(c1=10, c2=0))
    assert (failed.percent, failed.outcome) == (Decimal(50), Outcome.CRITICAL_FAIL)
    assert failed.critical_failures == [2]

    just_above = score(spec, points(c1=10, c2=1))
    assert just_above.outcome == Outcome.PASS


def test_score_lets_a_critical_criterion_be_not_applicable():
    spec = rubric((1, [criterion(1), criterion(2, is_critical=True)]))

    assert score(spec, points(c1=10, c2=None)).outcome == Outcome.PASS


def test_score_without_all_answers_has_a_running_percent_and_no_outcome():
    result = score(TWO_SECTIONS, points(c1=10))

    assert result.percent == Decimal(100)
    assert result.outcome is None
    assert result.unanswered == [2, 3]


def test_score_gives_each_skill_the_mean_of_its_criteria():
    spec = rubric(
        (50, [criterion(1, skill=7), criterion(2, skill=8)]),
        (50, [criterion(3, skill=7), criterion(4, skill=9)]),
    )

    result = score(spec, points(c1=10, c2=5, c3=0, c4=None))

    assert result.skill_percents == {7: Decimal(50), 8: Decimal(50)}
    assert result.criterion_percents == {1: Decimal(100), 2: Decimal(50), 3: Decimal(0)}
    assert result.section_percents == {1: Decimal(75), 2: Decimal(0)}


@pytest.mark.parametrize("answers", [points(c1=11), points(c1=-1), points(c1=None)])
def test_score_refuses_what_the_rubric_does_not_have(answers):
    spec = rubric((1, [criterion(1, allows_not_applicable=False)]))

    with pytest.raises(ValueError, match="Criterion 1"):
        score(spec, answers)


def _shared_cases() -> list[dict]:
    """The published examples whose policies are this edition's: sections by weight, others left out."""
    if not CASES.exists():
        return []
    cases = json.loads(CASES.read_text())["cases"]
    return [
        case
        for case in cases
        if case["policy"] == {"na": "exclude", "aggregate": "weighted_sections"}
    ]


@pytest.mark.skipif(not CASES.exists(), reason="the shared worked examples are not on this machine")
def test_score_agrees_with_published_examples():
    cases = _shared_cases()
    assert cases
    for case in cases:
        number = 0
        sections, answers = [], {}
        for section in case["sections"]:
            criteria = []
            for row in section["criteria"]:
                number += 1
                criteria.append(
                    criterion(
                        number,
                        low=row["min_points"],
                        high=row["max_points"],
                        weight=Decimal(str(row["weight"])),
                    )
                )
                answers[number] = (
                    NOT_APPLICABLE if row["answer"] == "na" else Answer(Decimal(str(row["points"])))
                )
            sections.append((section["weight"], criteria))
        places = case["expected"].get("places", 0)
        result = score(rubric(*sections, places=places), answers)
        assert str(result.percent) == case["expected"]["percent"], case["id"]
