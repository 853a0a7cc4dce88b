"""The scoring rules, by worked examples. No database."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from scorecards.loading import Rules
from scorecards.scoring import (
    NOT_APPLICABLE,
    Aggregation,
    Answer,
    CriterionSpec,
    CriticalFailure,
    NotApplicable,
    Outcome,
    RubricSpec,
    SectionSpec,
    rounded,
    score,
)
from scorecards.showing import Condition

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
    one = (1, [criterion(1, low=1, high=5)])

    by_result = score(rubric(one, aggregation=Aggregation.MEAN_OF_CRITERIA), points(c1=2))
    by_points = score(rubric(one), points(c1=2))

    assert by_result.percent == Decimal(25)
    assert by_points.percent == Decimal(40), "earned over possible"
    assert by_points.criterion_percents == {1: Decimal(25)}, "skill data does not follow the policy"


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


@pytest.mark.parametrize(
    ("policy", "percent", "outcome"),
    [
        (NotApplicable.EXCLUDE, "50", Outcome.PASS),
        (NotApplicable.COUNTS_FULL, "67", Outcome.PASS),
        (NotApplicable.COUNTS_ZERO, "33", Outcome.PASS),
        (NotApplicable.NOT_SCORABLE, None, Outcome.NOT_SCORABLE),
    ],
)
def test_score_treats_not_applicable_by_policy(policy, percent, outcome):
    spec = rubric((1, [criterion(1), criterion(2), criterion(3)]), not_applicable=policy)

    result = score(spec, points(c1=10, c2=0, c3=None))

    assert result.percent == (None if percent is None else Decimal(percent))
    assert result.outcome == outcome
    assert 3 not in result.criterion_percents


@pytest.mark.parametrize("policy", NotApplicable)
def test_score_of_nothing_applicable_is_no_result_under_any_policy(policy):
    result = score(replace(TWO_SECTIONS, not_applicable=policy), points(c1=None, c2=None, c3=None))

    assert (result.percent, result.outcome) == (None, Outcome.NOT_SCORABLE)


@pytest.mark.parametrize(
    ("policy", "percent", "section"),
    [
        (CriticalFailure.KEEP, "75", "50"),
        (CriticalFailure.PERCENT_ZERO, "0", "50"),
        (CriticalFailure.SECTION_ZERO, "50", "0"),
    ],
)
def test_score_treats_a_critical_failure_by_policy(policy, percent, section):
    spec = rubric(
        (50, [criterion(1), criterion(2, is_critical=True)]),
        (50, [criterion(3)]),
        critical_failure=policy,
    )

    result = score(spec, points(c1=10, c2=0, c3=10))

    assert result.percent == Decimal(percent)
    assert result.section_percents == {1: Decimal(section), 2: Decimal(100)}
    assert result.outcome == Outcome.CRITICAL_FAIL
    assert result.criterion_percents == {1: 100, 2: 0, 3: 100}, "skill data stays as earned"


@pytest.mark.parametrize(("given", "fails"), [(4, True), (5, False), (6, False)])
def test_score_fails_critically_strictly_under_the_threshold(given, fails):
    spec = rubric((1, [criterion(1, is_critical=True, critical_below=Decimal("0.5"))]))

    assert (score(spec, points(c1=given)).outcome == Outcome.CRITICAL_FAIL) is fails


def test_score_takes_a_level_marked_as_critical_failure_for_one():
    answers = {1: Answer(Decimal(10), is_critical_failure=True)}

    assert score(rubric((1, [criterion(1)])), answers).outcome == Outcome.CRITICAL_FAIL


def test_score_exists_from_the_share_that_has_to_be_answered():
    spec = rubric(
        (1, [criterion(1), criterion(2), criterion(3), criterion(4)]),
        completeness=Decimal("0.75"),
    )

    assert score(spec, points(c1=10, c2=10)).outcome is None
    done = score(spec, points(c1=10, c2=10, c3=5))
    assert (done.percent, done.outcome, done.unanswered) == (Decimal(83), Outcome.PASS, [4])


def test_score_fails_a_critical_criterion_that_was_left_blank():
    spec = rubric((1, [criterion(1), criterion(2, is_critical=True)]), completeness=Decimal("0.5"))

    assert score(spec, points(c1=10)).outcome == Outcome.CRITICAL_FAIL


def test_score_adds_a_bonus_to_what_is_earned_and_not_to_what_is_possible():
    spec = rubric((1, [criterion(1), criterion(2, high=2, is_bonus=True)]))

    assert score(spec, points(c1=5, c2=2)).percent == Decimal(70)
    assert score(spec, points(c1=10, c2=2)).percent == Decimal(100), "never above"
    assert score(spec, points(c1=5, c2=None)).percent == Decimal(50)


@pytest.mark.parametrize(
    ("aggregation", "weight", "percent"),
    [
        # Section 1 (weight 30): 5 of 10 points and 2 of 2; section 2 (weight 70): 4 of 8.
        (Aggregation.WEIGHTED_SECTIONS, 1, "52.5"),
        (Aggregation.WEIGHTED_SECTION_POINTS, 1, "53.3"),
        (Aggregation.POINTS, 1, "55.0"),
        (Aggregation.POINTS, 3, "52.5"),
        (Aggregation.MEAN_OF_CRITERIA, 3, "66.7"),
        (Aggregation.WEIGHTED_CRITERIA, 3, "60.0"),
    ],
)
def test_score_aggregates_by_policy(aggregation, weight, percent):
    spec = rubric(
        (30, [criterion(1, weight=Decimal(weight)), criterion(2, high=2)]),
        (70, [criterion(3, high=8)]),
        places=1,
        aggregation=aggregation,
    )

    assert score(spec, points(c1=5, c2=2, c3=4)).percent == Decimal(percent)


@pytest.mark.parametrize("answers", [points(c1=11), points(c1=-1), points(c1=None)])
def test_score_refuses_what_the_rubric_does_not_have(answers):
    spec = rubric((1, [criterion(1, allows_not_applicable=False)]))

    with pytest.raises(ValueError, match="Criterion 1"):
        score(spec, answers)


FULL, ZERO = NotApplicable.COUNTS_FULL, NotApplicable.COUNTS_ZERO
NONE = NotApplicable.NOT_SCORABLE


def _case(why: str, spec: RubricSpec, answers, percent, sections, outcome):
    return pytest.param(spec, answers, percent, sections, outcome, id=why)


def _weighted(*rows: tuple[int, int], **fields) -> RubricSpec:
    """One section of criteria given as weight and highest points, by weight."""
    criteria = [
        criterion(number, high=high, weight=Decimal(weight))
        for number, (weight, high) in enumerate(rows, start=1)
    ]
    return rubric((1, criteria), aggregation=Aggregation.WEIGHTED_CRITERIA, **fields)


NA = rubric((30, [criterion(1), criterion(2)]), (70, [criterion(3)]))
GATED = rubric((1, [criterion(1), criterion(2, is_critical=True)]), (1, [criterion(3)]))
# The gate stands alone in its section, and half of the criteria are enough.
ALONE = rubric(
    (1, [criterion(1, is_critical=True)]),
    (1, [criterion(2), criterion(3)]),
    completeness=Decimal("0.5"),
)
WITH_BONUS = rubric((1, [criterion(1), criterion(2, low=-2, high=4, is_bonus=True)]))


@pytest.mark.parametrize(
    ("spec", "answers", "percent", "sections", "outcome"),
    [
        _case(
            "na full: a section without anything applicable is 100, .3 * 1 + .7 * .5",
            replace(NA, not_applicable=FULL),
            points(c1=None, c2=None, c3=5),
            "65",
            {1: "100", 2: "50"},
            Outcome.PASS,
        ),
        _case(
            "na zero: the same section is 0, .3 * 0 + .7 * .5",
            replace(NA, not_applicable=ZERO),
            points(c1=None, c2=None, c3=5),
            "35",
            {1: "0", 2: "50"},
            Outcome.PASS,
        ),
        _case(
            "na not scorable: no percent, and the other section keeps its own",
            replace(NA, not_applicable=NONE),
            points(c1=None, c2=None, c3=5),
            None,
            {1: None, 2: "50"},
            Outcome.NOT_SCORABLE,
        ),
        _case(
            "na zero is the lowest level, which here has a point: (1 + 5) / 10",
            rubric((1, [criterion(1, low=1, high=5), criterion(2, high=5)]), not_applicable=ZERO),
            points(c1=None, c2=5),
            "60",
            {1: "60"},
            Outcome.PASS,
        ),
        _case(
            "na full and nothing applicable: neither whole nor section has a result",
            replace(NA, not_applicable=FULL),
            points(c1=None, c2=None, c3=None),
            None,
            {1: None, 2: None},
            Outcome.NOT_SCORABLE,
        ),
        _case(
            "na full with a bonus alone: a bonus is nothing to be a share of",
            replace(WITH_BONUS, not_applicable=FULL),
            points(c1=None, c2=4),
            None,
            {1: None},
            Outcome.NOT_SCORABLE,
        ),
        *(
            _case(
                f"na of a bonus adds nothing and stops nothing: {policy}",
                replace(WITH_BONUS, not_applicable=policy),
                points(c1=5, c2=None),
                "50",
                {1: "50"},
                Outcome.PASS,
            )
            for policy in NotApplicable
        ),
        _case(
            "na zero of a critical criterion costs its points and fails nothing: (10 + 0) / 20, 10 / 10",
            replace(GATED, not_applicable=ZERO),
            points(c1=10, c2=None, c3=10),
            "75",
            {1: "50", 2: "100"},
            Outcome.PASS,
        ),
        _case(
            "not scorable and a critical failure: the outcome says it, a percent there is none",
            replace(GATED, not_applicable=NONE),
            points(c1=None, c2=0, c3=10),
            None,
            {1: "0", 2: "100"},
            Outcome.CRITICAL_FAIL,
        ),
        _case(
            "not scorable and percent zero: the failure wins, because it is certain",
            replace(GATED, not_applicable=NONE, critical_failure=CriticalFailure.PERCENT_ZERO),
            points(c1=None, c2=0, c3=10),
            "0",
            {1: "0", 2: "100"},
            Outcome.CRITICAL_FAIL,
        ),
        _case(
            "section zero by points: (0 + 10) / 30",
            replace(
                GATED,
                critical_failure=CriticalFailure.SECTION_ZERO,
                aggregation=Aggregation.POINTS,
            ),
            points(c1=10, c2=0, c3=10),
            "33",
            {1: "0", 2: "100"},
            Outcome.CRITICAL_FAIL,
        ),
        _case(
            "section zero by the plain mean: (0 + 0 + 1) / 3",
            replace(
                GATED,
                critical_failure=CriticalFailure.SECTION_ZERO,
                aggregation=Aggregation.MEAN_OF_CRITERIA,
                places=2,
            ),
            points(c1=10, c2=0, c3=10),
            "33.33",
            {1: "0", 2: "100"},
            Outcome.CRITICAL_FAIL,
        ),
        _case(
            "section zero takes the bonus of that section too: (0 + 1) / 2",
            rubric(
                (1, [criterion(1, is_critical=True), criterion(2, is_bonus=True)]),
                (1, [criterion(3)]),
                critical_failure=CriticalFailure.SECTION_ZERO,
            ),
            points(c1=0, c2=10, c3=10),
            "50",
            {1: "0", 2: "100"},
            Outcome.CRITICAL_FAIL,
        ),
        _case(
            "critical left blank, percent kept: its section has nothing in it, the other counts",
            ALONE,
            points(c2=10, c3=10),
            "100",
            {1: None, 2: "100"},
            Outcome.CRITICAL_FAIL,
        ),
        _case(
            "critical left blank, section zero: it takes its section with it, (0 + 1) / 2",
            replace(ALONE, critical_failure=CriticalFailure.SECTION_ZERO),
            points(c2=10, c3=10),
            "50",
            {1: "0", 2: "100"},
            Outcome.CRITICAL_FAIL,
        ),
        _case(
            "critical left blank and all else not applicable: no percent to make zero",
            replace(ALONE, critical_failure=CriticalFailure.PERCENT_ZERO),
            points(c2=None, c3=None),
            None,
            {1: None, 2: None},
            Outcome.CRITICAL_FAIL,
        ),
        _case(
            "critical left blank before there is a result fails nothing yet",
            ALONE,
            points(c2=10),
            "100",
            {1: None, 2: "100"},
            None,
        ),
        _case(
            "a bonus lifts the percent to 100 and not over a critical failure: (10 + 0 + 10) / 20",
            rubric(
                (1, [criterion(1), criterion(2, is_critical=True), criterion(3, is_bonus=True)])
            ),
            points(c1=10, c2=0, c3=10),
            "100",
            {1: "100"},
            Outcome.CRITICAL_FAIL,
        ),
        _case(
            "a gate without weight fails without costing a point",
            rubric((1, [criterion(1), criterion(2, weight=Decimal(0), is_critical=True)])),
            points(c1=10, c2=0),
            "100",
            {1: "100"},
            Outcome.CRITICAL_FAIL,
        ),
        _case(
            "a gate without weight passed, all else not applicable: still no result",
            rubric((1, [criterion(1), criterion(2, weight=Decimal(0), is_critical=True)])),
            points(c1=None, c2=10),
            None,
            {1: None},
            Outcome.NOT_SCORABLE,
        ),
        _case(
            "points under 0 end at 0: -5 of 10",
            rubric((1, [criterion(1, low=-5)])),
            points(c1=-5),
            "0",
            {1: "0"},
            Outcome.PASS,
        ),
        _case(
            "thirds that add up: (2 * 2/3 + 1/3 + 1/3) / 16 is 12.5 exactly, so 13",
            _weighted((2, 3), (1, 3), (1, 3), (12, 1)),
            points(c1=2, c2=1, c3=1, c4=0),
            "13",
            {1: "13"},
            Outcome.PASS,
        ),
        _case(
            "thirds and the pass mark: (2/3 + 2/3 + 4/3 + 4/3 + 1) / 8 is 62.5, rounded 63, passes 63",
            _weighted((2, 9), (1, 6), (2, 9), (2, 6), (1, 9), pass_mark=Decimal(63)),
            points(c1=3, c2=4, c3=6, c4=4, c5=9),
            "63",
            {1: "63"},
            Outcome.PASS,
        ),
        _case(
            "two places: 2469 / 20000 is 12.345, so 12.35, and passes 12.35",
            rubric((1, [criterion(1, high=20000)]), places=2, pass_mark=Decimal("12.35")),
            points(c1=2469),
            "12.35",
            {1: "12.35"},
            Outcome.PASS,
        ),
        _case(
            "sections are rounded for show only: 12.5 and 37.5 are 25, not (13 + 38) / 2 = 25.5",
            rubric((1, [criterion(1, high=8)]), (1, [criterion(2, high=8)])),
            points(c1=1, c2=3),
            "25",
            {1: "13", 2: "38"},
            Outcome.PASS,
        ),
    ],
)
def test_score_follows_the_policies_where_they_meet(spec, answers, percent, sections, outcome):
    result = score(spec, answers)

    assert result.percent == (None if percent is None else Decimal(percent))
    assert result.section_percents == {
        key: None if value is None else Decimal(value) for key, value in sections.items()
    }
    assert result.outcome == outcome


@pytest.mark.parametrize(
    ("given", "fails"),
    [
        pytest.param(2, True, id="2 of 1 to 5 is 25 percent, under 50"),
        pytest.param(3, False, id="3 of 1 to 5 is 50 percent, not under 50"),
        pytest.param(None, False, id="not applicable is no failure"),
    ],
)
def test_score_measures_the_threshold_on_the_scale(given, fails):
    gate = criterion(1, low=1, high=5, is_critical=True, critical_below=Decimal("0.5"))

    result = score(rubric((1, [gate, criterion(2)])), points(c1=given, c2=10))

    assert (result.outcome == Outcome.CRITICAL_FAIL) is fails


@pytest.mark.parametrize(
    ("share", "answers", "is_complete"),
    [
        pytest.param("0.5", points(c1=10, c2=None), True, id="not applicable is an answer: 2 of 4"),
        pytest.param("0.5", points(c1=10), False, id="1 of 4 is under a half"),
        pytest.param("0.51", points(c1=10, c2=10), False, id="2 of 4 are under 51 percent"),
        pytest.param("0", points(), False, id="no answer is no result, whatever the share"),
        pytest.param("0", points(c4=5), True, id="one answer is enough where none is asked for"),
    ],
)
def test_score_is_complete_from_the_share_on(share, answers, is_complete):
    spec = rubric((1, [criterion(number) for number in (1, 2, 3, 4)]), completeness=Decimal(share))

    assert score(spec, answers).is_complete is is_complete


def test_score_counts_the_share_among_what_is_shown():
    """Two of four are hidden, so that two answers are all there can be; a hidden gate fails nothing."""
    rules = Rules(
        rubric((1, [criterion(1), criterion(2), criterion(3, is_critical=True), criterion(4)])),
        [
            Condition(1),
            Condition(2),
            Condition(3, depends_on=1, positions=frozenset({0})),
            Condition(4, channels=frozenset({"email"})),
        ],
    )
    shown = rules.shown(channel="chat", flow="", positions={1: 1})

    result = score(rules.spec_for(shown), points(c1=10, c2=5, c3=0))

    assert (result.percent, result.outcome, result.unanswered) == (75, Outcome.PASS, [])


def _shared_cases() -> list[dict]:
    return json.loads(CASES.read_text())["cases"] if CASES.exists() else []


def _spec_of(case: dict) -> tuple[RubricSpec, dict[int, Answer]]:
    """A published example as rubric and answers."""
    policy = case["policy"]
    number = 0
    sections, answers = [], {}
    for position, section in enumerate(case["sections"]):
        criteria = []
        for row in section["criteria"]:
            number += 1
            below = policy.get("critical_below") if row.get("critical") else None
            criteria.append(
                criterion(
                    number,
                    low=row["min_points"],
                    high=row["max_points"],
                    weight=Decimal(str(row["weight"])),
                    is_critical=row.get("critical", False),
                    critical_below=None if below is None else Decimal(below),
                )
            )
            if row["answer"] == "na":
                answers[number] = NOT_APPLICABLE
            elif row["answer"] == "given":
                answers[number] = Answer(
                    Decimal(str(row["points"])),
                    is_critical_failure=row.get("critical_failed", False),
                )
        sections.append(
            SectionSpec(id=position, weight=Decimal(str(section["weight"])), criteria=criteria)
        )
    spec = RubricSpec(
        sections=sections,
        pass_mark=Decimal(policy["pass_mark"]) if "pass_mark" in policy else None,
        places=case["expected"].get("places", 1 if "." in str(case["expected"]["percent"]) else 0),
        not_applicable=NotApplicable(policy["na"]),
        aggregation=Aggregation(policy["aggregate"]),
        critical_failure=CriticalFailure(policy.get("critical", "keep")),
        completeness=Decimal(str(policy.get("completeness", 1))),
    )
    return spec, answers


@pytest.mark.skipif(not CASES.exists(), reason="the shared worked examples are not on this machine")
@pytest.mark.parametrize("case", _shared_cases(), ids=lambda case: case["id"])
def test_score_agrees_with_published_examples(case):
    spec, answers = _spec_of(case)

    result = score(spec, answers)

    expected = case["expected"]
    assert result.percent == (None if expected["percent"] is None else Decimal(expected["percent"]))
    if "outcome" in expected:
        assert result.outcome == expected["outcome"]
    if "percent_by_points" in expected:
        by_points = score(replace(spec, aggregation=Aggregation.POINTS), answers)
        assert by_points.percent == Decimal(expected["percent_by_points"])
