"""What a quiz page sends, read against what it showed. No database."""

import pytest
from django.http import QueryDict

from training.forms import changed_answers
from training.marking import Kind, Option, Question

ASKED = [
    Question("1", Kind.SINGLE, "One?", (Option("10", "a", True), Option("11", "b", False))),
    Question("2", Kind.MULTIPLE, "Two?", (Option("20", "a", True), Option("21", "b", True))),
]


@pytest.mark.parametrize(
    ("sent", "changed"),
    [
        ("", {}),
        ("seen-1=&seen-2=", {}),
        ("seen-1=&seen-2=&question-1=10", {"1": ["10"]}),
        ("seen-1=10&seen-2=&question-1=11", {"1": ["11"]}),
        ("seen-1=10&seen-2=&question-1=10&question-2=20", {"2": ["20"]}),
        ("seen-1=&seen-2=20+21&question-2=21&question-2=20", {}),
        ("seen-1=&seen-2=20+21&question-2=21", {"2": ["21"]}),
        ("seen-1=&seen-2=20", {"2": []}),
        # ticked and unticked again before the first save had come back
        ("seen-1=&seen-2=&question=2", {"2": []}),
        # a form without script and without memory of what it showed
        ("question-1=10", {"1": ["10"]}),
        ("question-9=1&seen-9=", {}),
    ],
)
def test_changed_answers(sent, changed):
    assert changed_answers(QueryDict(sent), ASKED) == changed
