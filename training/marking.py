"""Marking of quiz answers: pure arithmetic, no Django.

A question is marked as it was asked: `Question` is what an attempt keeps, and `to_json`/`from_json` are
its only way into and out of that snapshot. Ids are strings, because JSON keys and form values are.

Each question is worth the same; its mark is a fraction from 0 to 1, and the percent of an attempt is the
mean of the marks times 100, rounded half up to two places. A question with several right options is
marked exactly: all of them and no other is 1, anything else 0. A policy with partial credit would
take the place of `_exactly`; everything else here already reckons in fractions.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

Answers = Mapping[str, Collection[str]]

_RIGHT, _WRONG = Decimal(1), Decimal(0)


class Kind(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"


@dataclass(frozen=True)
class Option:
    id: str
    text: str
    is_correct: bool
    feedback: str = ""


@dataclass(frozen=True)
class Question:
    """A question as it was asked. `skill` is the key of the skill it tests, or empty."""

    id: str
    kind: Kind
    text: str
    options: tuple[Option, ...]
    explanation: str = ""
    skill: str = ""

    @property
    def takes_several(self) -> bool:
        return self.kind == Kind.MULTIPLE

    def chosen_from(self, ids: Iterable[str]) -> tuple[str, ...]:
        """The ids among `ids` that are options of this question, in the order they were shown."""
        wanted = set(ids)
        return tuple(option.id for option in self.options if option.id in wanted)


@dataclass(frozen=True)
class QuestionMark:
    """How one question was answered: `chosen` ids in the order shown, `mark` from 0 to 1."""

    question: Question
    chosen: tuple[str, ...]
    mark: Decimal

    @property
    def is_answered(self) -> bool:
        return bool(self.chosen)

    @property
    def is_right(self) -> bool:
        return self.mark == _RIGHT


@dataclass(frozen=True)
class Result:
    percent: Decimal
    marks: tuple[QuestionMark, ...]

    def passes(self, pass_mark: int) -> bool:
        """The rounded percent decides, so that nobody fails at a mark shown as the pass mark."""
        return self.percent >= pass_mark


def mark(questions: Sequence[Question], answers: Answers) -> Result:
    """Mark `answers` (question id to chosen option ids) and return the result.

    What was not answered earns nothing. Ids that were never asked are ignored, so that neither a
    forged form nor a removed option can change a mark. Raises `ValueError` without questions.
    """
    if not questions:
        raise ValueError("A quiz without questions cannot be marked.")
    marks = tuple(_mark_one(question, answers.get(question.id, ())) for question in questions)
    mean = sum((each.mark for each in marks), Decimal(0)) / len(marks)
    return Result((mean * 100).quantize(Decimal("0.01"), ROUND_HALF_UP), marks)


def unanswered(questions: Iterable[Question], answers: Answers) -> list[Question]:
    return [
        question for question in questions if not question.chosen_from(answers.get(question.id, ()))
    ]


def _mark_one(question: Question, ids: Collection[str]) -> QuestionMark:
    chosen = question.chosen_from(ids)
    right = {option.id for option in question.options if option.is_correct}
    if question.takes_several:
        earned = _exactly(set(chosen), right)
    else:
        earned = _RIGHT if len(chosen) == 1 and chosen[0] in right else _WRONG
    return QuestionMark(question, chosen, earned)


def _exactly(chosen: set[str], right: set[str]) -> Decimal:
    return _RIGHT if chosen and chosen == right else _WRONG


def to_json(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """The snapshot an attempt keeps, with options in the order in which they are shown."""
    return [asdict(question) for question in questions]


def from_json(snapshot: Iterable[Mapping[str, Any]]) -> list[Question]:
    """Read a snapshot back. Raises `KeyError` or `ValueError` when it is none."""
    return [
        Question(
            id=item["id"],
            kind=Kind(item["kind"]),
            text=item["text"],
            options=tuple(Option(**option) for option in item["options"]),
            explanation=item["explanation"],
            skill=item["skill"],
        )
        for item in snapshot
    ]
