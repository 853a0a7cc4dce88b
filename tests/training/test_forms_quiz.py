"""What a quiz page sends, read against what it showed. No database."""

import json

import pytest
from django.http import QueryDict

from training.actions import Answer, SentAnswer
from training.forms_quiz import sent_answers
from training.marking import Kind, Option, Question

ASKED = [
    Question("1", Kind.SINGLE, "One?", (Option("10", "a", True), Option("11", "b", False))),
    Question("2", Kind.MULTIPLE, "Two?", (Option("20", "a", True), Option("21", "b", True))),
    Question("3", Kind.NUMERIC, "Three?", (Option("30", "1.5", True),)),
    Question("4", Kind.SHORT_ANSWER, "Four?", (Option("40", "yes", True),)),
    Question(
        "5",
        Kind.MATCHING,
        "Five?",
        (Option("50", "a", False, match="x"), Option("51", "b", False, match="y")),
        choices=("y", "x"),
    ),
    Question("6", Kind.ORDERING, "Six?", (Option("1", "a", False), Option("0", "b", False))),
]


def form(seen=None, **sent) -> QueryDict:
    """`seen` maps question ids to the values shown; `sent` the fields, with _ for -."""
    data = QueryDict(mutable=True)
    for question in ASKED:
        if seen is not None:
            data[f"seen-{question.id}"] = json.dumps([seen.get(question.id, []), ""])
    for name, value in sent.items():
        data.setlist(name.replace("_", "-"), value if isinstance(value, list) else [value])
    return data


def changed(data) -> dict[str, list[str]]:
    return {key: list(sent.answer.values) for key, sent in sent_answers(data, ASKED).items()}


@pytest.mark.parametrize(
    ("seen", "sent", "expected"),
    [
        (None, {}, {}),
        ({}, {}, {}),
        ({}, {"question_1": "10"}, {"1": ["10"]}),
        ({"1": ["10"]}, {"question_1": "11"}, {"1": ["11"]}),
        ({"1": ["10"]}, {"question_1": "10", "question_2": "20"}, {"2": ["20"]}),
        ({"2": ["20", "21"]}, {"question_2": ["21", "20"]}, {}),
        ({"2": ["20", "21"]}, {"question_2": "21"}, {"2": ["21"]}),
        ({"2": ["20"]}, {}, {"2": []}),
        # ticked and unticked again before the first save had come back
        ({}, {"question": "2"}, {"2": []}),
        # a form without script and without memory of what it showed
        (None, {"question_1": "10"}, {"1": ["10"]}),
        ({}, {"question_9": "1"}, {}),
        ({}, {"question_3": " 1,5 "}, {"3": ["1,5", "1.5"]}),
        ({}, {"question_3": "1,500"}, {"3": ["1,500", "1500"]}),
        ({}, {"question_3": "about 2"}, {"3": ["about 2"]}),
        ({"3": ["1.5", "1.5"]}, {"question_3": "1.5"}, {}),
        ({}, {"question_4": "  "}, {}),
        ({"4": ["yes"]}, {"question_4": "Yes"}, {"4": ["Yes"]}),
        ({}, {"question_5_50": "1"}, {"5": ["50:1"]}),
        ({}, {"question_5_50": "7", "question_5_51": "x"}, {}),
        ({}, {"question_6_0": "1", "question_6_1": "2"}, {"6": ["0:1", "1:2"]}),
        ({}, {"question_6_0": "3", "question_6_1": "-1"}, {}),
    ],
)
def test_what_was_changed(seen, sent, expected):
    assert changed(form(seen, **sent)) == expected


def test_certainty_alone_is_a_change():
    data = form({"1": ["10"]}, question_1="10", certainty_1="high")

    assert sent_answers(data, ASKED)["1"].answer == Answer(("10",), "high")


def test_a_kept_answer_is_compared_with_the_one_it_was_chosen_over():
    over = json.dumps([["11"], ""])
    data = form({}, question_1="10", keep_1="mine", over_1=over)

    assert sent_answers(data, ASKED)["1"] == SentAnswer(Answer(("10",)), Answer(("11",)))


def test_the_saved_answer_stays_when_it_was_chosen():
    assert changed(form({}, question_1="10", keep_1="saved", question="1")) == {}


@pytest.mark.parametrize("seen", ["10 11", "[]", "3", "[[1], 2, 3]", "{"])
def test_an_unreadable_memory_is_none(seen):
    data = form(None, question_1="10")
    data["seen-1"] = seen

    assert sent_answers(data, ASKED)["1"].seen is None
