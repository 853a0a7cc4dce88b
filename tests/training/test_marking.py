"""Known answers for the marking of quizzes. No database."""

import json
from decimal import Decimal

import pytest

from training.marking import Kind, Option, Question, from_json, mark, to_json, unanswered


def question(id="q", kind=Kind.SINGLE, right="a", shown="abc") -> Question:
    options = tuple(Option(each, f"Option {each}", each in right, f"On {each}") for each in shown)
    return Question(id, kind, f"Text of {id}", options, "Because.", "empathy")


ONE_OF_THREE = question()
TRUE_OR_FALSE = question(kind=Kind.TRUE_FALSE, right="f", shown="tf")
THREE_OF_FIVE = question(kind=Kind.MULTIPLE, right="ACD", shown="ABCDE")
TWO_RIGHT_ONE_ALLOWED = question(right="ab")
NOTHING_IS_RIGHT = question(kind=Kind.MULTIPLE, right="")


@pytest.mark.parametrize(
    ("asked", "chosen", "earned"),
    [
        (ONE_OF_THREE, ["a"], 1),
        (ONE_OF_THREE, ["b"], 0),
        (ONE_OF_THREE, ["a", "b"], 0),
        (ONE_OF_THREE, [], 0),
        (ONE_OF_THREE, ["nowhere"], 0),
        (ONE_OF_THREE, ["a", "nowhere"], 1),
        (ONE_OF_THREE, ["a", "a"], 1),
        (TRUE_OR_FALSE, ["f"], 1),
        (TRUE_OR_FALSE, ["t"], 0),
        (TRUE_OR_FALSE, [], 0),
        (THREE_OF_FIVE, ["A", "C", "D"], 1),
        (THREE_OF_FIVE, ["D", "A", "C"], 1),
        (THREE_OF_FIVE, ["A", "C"], 0),
        (THREE_OF_FIVE, ["A", "B", "C"], 0),
        (THREE_OF_FIVE, ["A", "B", "C", "D", "E"], 0),
        (THREE_OF_FIVE, ["A", "C", "D", "nowhere"], 1),
        (THREE_OF_FIVE, [], 0),
        (TWO_RIGHT_ONE_ALLOWED, ["b"], 1),
        (TWO_RIGHT_ONE_ALLOWED, ["c"], 0),
        (NOTHING_IS_RIGHT, [], 0),
        (NOTHING_IS_RIGHT, ["a"], 0),
    ],
)
def test_mark_of_one_question(asked, chosen, earned):
    result = mark([asked], {"q": chosen})

    assert result.marks[0].mark == earned
    assert result.marks[0].is_right == bool(earned)
    assert result.percent == earned * 100


@pytest.mark.parametrize(
    ("right", "asked", "percent"),
    [
        (0, 3, "0.00"),
        (1, 3, "33.33"),
        (2, 3, "66.67"),
        (3, 3, "100.00"),
        (1, 8, "12.50"),
        (1, 6, "16.67"),
        (7, 32, "21.88"),  # 21.875: half goes up, not to the even digit
        (1, 32, "3.13"),  # 3.125
        (5, 7, "71.43"),
    ],
)
def test_percent_is_the_mean_rounded_half_up(right, asked, percent):
    questions = [question(str(number)) for number in range(asked)]

    result = mark(questions, {str(number): ["a"] for number in range(right)})

    assert result.percent == Decimal(percent)
    assert str(result.percent) == percent


@pytest.mark.parametrize(
    ("right", "asked", "pass_mark", "passes"),
    [
        (7, 10, 70, True),
        (2, 3, 67, False),
        (2, 3, 66, True),
        (0, 3, 0, True),
        (3, 3, 100, True),
        (19_999, 20_000, 100, True),  # 99.995 is shown as 100.00
        (9_999, 10_000, 100, False),
    ],
)
def test_passing_is_decided_by_the_rounded_percent(right, asked, pass_mark, passes):
    questions = [question(str(number)) for number in range(asked)]

    result = mark(questions, {str(number): ["a"] for number in range(right)})

    assert result.passes(pass_mark) is passes


def test_mark_reports_the_choice_in_the_order_shown_and_drops_foreign_ids():
    result = mark([THREE_OF_FIVE], {"q": ["D", "nowhere", "A"], "never asked": ["A"]})

    assert result.marks[0].chosen == ("A", "D")
    assert result.marks[0].is_answered
    assert len(result.marks) == 1


def test_mark_without_questions_is_refused():
    with pytest.raises(ValueError, match="without questions"):
        mark([], {})


def test_unanswered_lists_what_has_no_valid_choice():
    first, second, third = question("1"), question("2"), question("3")

    assert unanswered([first, second, third], {"1": ["a"], "2": [], "3": ["nowhere"]}) == [
        second,
        third,
    ]


def test_snapshot_survives_json():
    asked = [ONE_OF_THREE, TRUE_OR_FALSE, THREE_OF_FIVE]

    assert from_json(json.loads(json.dumps(to_json(asked)))) == asked


def test_snapshot_in_json():
    assert json.loads(json.dumps(to_json([question(shown="ab")]))) == [
        {
            "id": "q",
            "kind": "single",
            "text": "Text of q",
            "options": [
                {"id": "a", "text": "Option a", "is_correct": True, "feedback": "On a"},
                {"id": "b", "text": "Option b", "is_correct": False, "feedback": "On b"},
            ],
            "explanation": "Because.",
            "skill": "empathy",
        }
    ]
