"""Which criteria are shown, how much each is worth, and what keeps a draft from publication. Pure."""

from decimal import Decimal

import pytest

from scorecards.rubric_format import read_structure
from scorecards.rubric_problems import problems
from scorecards.scoring import Aggregation, CriterionSpec, RubricSpec, SectionSpec
from scorecards.shares import shares
from scorecards.showing import Condition, shown

ALWAYS = Condition(1)
MAIL_ONLY = Condition(2, channels=frozenset({"email"}))
RETURNS_ONLY = Condition(3, flows=frozenset({"Returns"}))
AFTER_1 = Condition(4, depends_on=1, positions=frozenset({0, 1}))
AFTER_2 = Condition(5, depends_on=2, positions=frozenset({0}))
AFTER_4 = Condition(6, depends_on=4, positions=frozenset({2}))
RUBRIC = [ALWAYS, MAIL_ONLY, RETURNS_ONLY, AFTER_1, AFTER_2, AFTER_4]


@pytest.mark.parametrize(
    ("channel", "flow", "answers", "expected"),
    [
        ("chat", "", {}, {1}),
        ("email", "", {}, {1, 2}),
        ("chat", "returns", {}, {1, 3}),
        ("chat", " Returns ", {}, {1, 3}),
        ("chat", "Returns to sender", {}, {1}),
        ("chat", "", {1: 0}, {1, 4}),
        ("chat", "", {1: 1}, {1, 4}),
        ("chat", "", {1: 2}, {1}),
        # Not applicable opens nothing.
        ("chat", "", {1: None}, {1}),
        # What is hidden opens nothing, whatever was answered before it disappeared.
        ("chat", "", {2: 0}, {1}),
        ("email", "", {2: 0}, {1, 2, 5}),
        # A chain, and what is left of it when its first link changes.
        ("chat", "", {1: 0, 4: 2}, {1, 4, 6}),
        ("chat", "", {1: 2, 4: 2}, {1}),
    ],
)
def test_shown_follows_channel_flow_and_earlier_answers(channel, flow, answers, expected):
    assert shown(RUBRIC, channel=channel, flow=flow, answers=answers) == expected


def test_shown_never_opens_a_criterion_by_a_later_one():
    later_first = [Condition(1, depends_on=2, positions=frozenset({0})), Condition(2)]

    assert shown(later_first, channel="chat", answers={2: 0}) == {2}


def criterion(pk, *, high=10, **fields):
    return CriterionSpec(id=pk, lowest=Decimal(0), highest=Decimal(high), **fields)


SECTIONS = [
    SectionSpec(1, [criterion(1), criterion(2, weight=Decimal(3))], weight=Decimal(20)),
    SectionSpec(2, [criterion(3, high=40), criterion(4, is_bonus=True)], weight=Decimal(60)),
    SectionSpec(3, [], weight=Decimal(20)),
]


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [
        # An empty section weighs nothing: 20 to 60.
        (Aggregation.WEIGHTED_SECTIONS, ["6.25", "18.75", "75", "18.75"]),
        (Aggregation.POINTS, ["12.5", "37.5", "50", "12.5"]),
        (Aggregation.WEIGHTED_SECTION_POINTS, ["6.25", "18.75", "75", "18.75"]),
        (Aggregation.WEIGHTED_CRITERIA, ["20", "60", "20", "20"]),
        (Aggregation.MEAN_OF_CRITERIA, ["33.3", "33.3", "33.3", "33.3"]),
    ],
)
def test_shares_say_what_a_weight_means(aggregation, expected):
    found = shares(RubricSpec(SECTIONS, aggregation=aggregation))

    assert [round(value, 2) for value in found.criteria.values()] == [
        pytest.approx(Decimal(value), abs=Decimal("0.04")) for value in expected
    ]
    assert sum(found.sections.values()) == pytest.approx(100)


def test_shares_of_nothing_are_zero():
    empty = RubricSpec([SectionSpec(1, [criterion(1, weight=Decimal(0))])])

    assert shares(empty).criteria == {1: 0}


LEVELS = [
    {"label": "No", "descriptor": "It did not happen.", "points": 0},
    {"label": "Yes", "descriptor": "It happened.", "points": 10},
]


def structure(*criteria, **fields):
    rows = [
        {"key": f"c{n}", "title": f"C{n}", "skill": "s", "levels": LEVELS, **row}
        for n, row in enumerate(criteria)
    ]
    return read_structure({"sections": [{"key": "a", "title": "A", "criteria": rows}], **fields})


def counted(*starts):
    return {
        "scale": "count",
        "levels": [
            {**LEVELS[0], "points": n, "count_from": start} for n, start in enumerate(starts)
        ],
    }


def crossed():
    """The only criterion with a weight, in the only section without one."""
    whole = structure({})
    weightless = structure({"key": "other", "weight": 0})["sections"][0]
    whole["sections"][0]["weight"] = 0
    whole["sections"].append({**weightless, "key": "b"})
    return whole


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        (structure({}), []),
        (structure({}, counted(0, 1, 4)), []),
        (structure({}, {"depends_on": {"criterion": "c0", "levels": [1]}}), []),
        (structure(), ["at least one criterion"]),
        (structure({"levels": LEVELS[:1]}), ["at least two levels"]),
        (structure({"levels": LEVELS * 6}), ["eleven are the most"]),
        (structure({"levels": [LEVELS[0], LEVELS[0]]}), ["same points"]),
        (structure({"levels": [{**LEVELS[0], "points": -5}, LEVELS[0]]}), ["more than 0 points"]),
        (structure({"levels": [{**LEVELS[0], "descriptor": " "}, LEVELS[1]]}), ["can observe"]),
        (structure({"bonus": True}), ["Every criterion is a bonus"]),
        (structure({"weight": 0}), ["Every criterion weighs nothing"]),
        (crossed(), ["only in sections without one"]),
        (structure(counted(1, 3)), ["start at a count of 0"]),
        (structure(counted(0, 3, 3)), ["two levels start at the same"]),
        (structure(counted(0, None)), ["at which count it starts"]),
        (structure({"depends_on": {"criterion": "c1", "levels": [0]}}, {}), ["comes later"]),
        (structure({}, {"depends_on": {"criterion": "c0", "levels": []}}), ["which levels"]),
        (structure({}, {"depends_on": {"criterion": "c0", "levels": [2]}}), ["no longer exists"]),
    ],
)
def test_problems_say_what_keeps_a_draft_from_publication(draft, expected):
    found = [problem.text for problem in problems(draft)]

    assert len(found) == len(expected)
    for text, words in zip(found, expected, strict=True):
        assert words in text
