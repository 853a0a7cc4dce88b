"""Marking of quiz answers: pure arithmetic, no Django.

A question is marked as it was asked: `Question` is what an attempt keeps, and `to_json`/`from_json` are
its only way into and out of that snapshot. Ids are strings, because JSON keys and form values are.

Each question is worth the same; its mark is a fraction from 0 to 1, and the percent of an attempt is the
mean of the marks times 100, rounded half up to two places.

What an answer looks like, always a sequence of strings:

- one answer, several answers, true or false: the ids of the chosen options;
- short answer: what was typed;
- numeric: what was typed and, when it could be read as a number, that number in plain notation;
- matching: `prompt:choice` for each prompt, where a choice is its place in `choices`;
- ordering: `item:place` for each item, places counted from 1.

With certainty-based marking the plain percent stays what decides; `certainty_marks` reckons beside it.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from typing import Any, Final

Answers = Mapping[str, Collection[str]]

_RIGHT, _WRONG = Decimal(1), Decimal(0)
LONGEST_TEXT: Final = 500
CATCH_ALL: Final = "*"


class Kind(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    SHORT_ANSWER = "short_answer"
    NUMERIC = "numeric"
    MATCHING = "matching"
    ORDERING = "ordering"


class Marking(StrEnum):
    """What part of an answer earns. `WEIGHTS` and `RIGHT_MINUS_WRONG` are for several answers,
    `SHARE` for matching and ordering: each right place earns its share."""

    EXACT = "exact"
    RIGHT_MINUS_WRONG = "right_minus_wrong"
    WEIGHTS = "weights"
    SHARE = "share"


class Certainty(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


CERTAIN_AND_RIGHT: Final = {Certainty.LOW: 1, Certainty.MEDIUM: 2, Certainty.HIGH: 3}
CERTAIN_AND_WRONG: Final = {Certainty.LOW: 0, Certainty.MEDIUM: -2, Certainty.HIGH: -6}


@dataclass(frozen=True)
class Option:
    """An option, an accepted answer, a pair to match or an item to order.

    `weight` is percent and None for what `is_correct` says; `tolerance` is for numbers; `match` is what
    belongs to `text` in a matching question.
    """

    id: str
    text: str
    is_correct: bool
    feedback: str = ""
    weight: Decimal | None = None
    tolerance: Decimal | None = None
    match: str = ""


@dataclass(frozen=True)
class Question:
    """A question as it was asked. `skill` is the key of the skill it tests, or empty.

    The options of an ordering question stand in the right order, and their ids say in which they were
    shown; `choices` is what a matching question offers.
    """

    id: str
    kind: Kind
    text: str
    options: tuple[Option, ...]
    explanation: str = ""
    skill: str = ""
    marking: Marking = Marking.EXACT
    choices: tuple[str, ...] = ()

    @property
    def takes_several(self) -> bool:
        return self.kind == Kind.MULTIPLE

    @property
    def is_chosen_from(self) -> bool:
        return self.kind in {Kind.SINGLE, Kind.MULTIPLE, Kind.TRUE_FALSE}

    @property
    def is_typed(self) -> bool:
        return self.kind in {Kind.SHORT_ANSWER, Kind.NUMERIC}

    @property
    def is_placed(self) -> bool:
        return self.kind in {Kind.MATCHING, Kind.ORDERING}

    @property
    def shown(self) -> tuple[Option, ...]:
        """The options in the order in which they are shown; prompts only, of matching pairs."""
        if self.kind == Kind.ORDERING:
            return tuple(sorted(self.options, key=lambda option: int(option.id)))
        if self.kind == Kind.MATCHING:
            return tuple(option for option in self.options if option.text)
        return self.options

    def chosen_from(self, values: Iterable[str]) -> tuple[str, ...]:
        """What of `values` is an answer to this question, in the order shown; nothing foreign stays."""
        if self.kind == Kind.SHORT_ANSWER:
            return tuple(typed for value in list(values)[:1] if (typed := _typed(value)).strip())
        if self.kind == Kind.NUMERIC:
            given = [_typed(value) for value in list(values)[:2]]
            return tuple(given) if given and given[0].strip() else ()
        if self.is_placed:
            places = self.places(values)
            return tuple(f"{key}:{place}" for key, place in places.items())
        wanted = set(values)
        return tuple(option.id for option in self.options if option.id in wanted)

    def places(self, values: Iterable[str]) -> dict[str, int]:
        """The place given to each prompt or item by id, for those that have a possible one."""
        given = dict(value.split(":", 1) for value in values if ":" in value)
        lowest, count = (1, len(self.options)) if self.kind == Kind.ORDERING else (0, 0)
        possible = range(lowest, lowest + (count or len(self.choices)))
        return {
            option.id: int(place)
            for option in self.shown
            if (place := given.get(option.id, "")).isascii()
            and place.isdigit()
            and len(place) < 9
            and int(place) in possible
        }

    def is_answered(self, values: Iterable[str]) -> bool:
        """Whether nothing is left to say. A number that cannot be read is no answer yet, nor is a half
        of the pairs, nor an order with two items at one place."""
        chosen = self.chosen_from(values)
        if self.kind == Kind.NUMERIC:
            return len(chosen) == 2
        if self.is_placed:
            places = self.places(chosen)
            is_full = len(places) == len(self.shown)
            return is_full and (
                self.kind == Kind.MATCHING or len(set(places.values())) == len(places)
            )
        return bool(chosen)

    @property
    def keys(self) -> list[Option]:
        """The right answers to a typed question that can be shown: without wildcards if possible."""
        right = [option for option in self.options if option.is_correct]
        return [option for option in right if CATCH_ALL not in option.text] or right

    @property
    def fingerprint(self) -> tuple[Any, ...]:
        """Equal for two that asked the same, however they were shuffled."""
        options = (
            (each.text, each.is_correct, each.weight, each.tolerance, each.match)
            for each in self.options
        )
        return (self.kind, self.text, self.marking, tuple(options))

    @property
    def wording(self) -> str:
        """A digest of the fingerprint, 32 characters, to be kept and compared in the database."""
        words = json.dumps(self.fingerprint, default=lambda number: str(number.normalize()))
        return sha256(words.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class QuestionMark:
    """How one question was answered: `chosen` as the module says, `mark` from 0 to 1.

    `matched` is the accepted or foreseen answer which a typed one met.
    """

    question: Question
    chosen: tuple[str, ...]
    mark: Decimal
    matched: Option | None = None

    @property
    def is_answered(self) -> bool:
        return bool(self.chosen)

    @property
    def is_right(self) -> bool:
        return self.mark == _RIGHT

    @property
    def is_partly_right(self) -> bool:
        return _WRONG < self.mark < _RIGHT


@dataclass(frozen=True)
class Result:
    percent: Decimal
    marks: tuple[QuestionMark, ...]

    def passes(self, pass_mark: int) -> bool:
        """The rounded percent decides, so that nobody fails at a mark shown as the pass mark."""
        return self.percent >= pass_mark


@dataclass(frozen=True)
class CertaintyLevel:
    """What came of one degree of certainty: how many answers, and how many of them fully right."""

    certainty: Certainty
    count: int
    right: int


@dataclass(frozen=True)
class CertaintyResult:
    """`average` is the mean certainty-based mark of all questions, from -6 to 3; `accuracy` the percent
    of questions that were fully right; both rounded half up to two places."""

    average: Decimal
    accuracy: Decimal
    marks: tuple[Decimal, ...]
    levels: tuple[CertaintyLevel, ...]


def mark(questions: Sequence[Question], answers: Answers) -> Result:
    """Mark `answers` (question id to answer) and return the result.

    What was not answered earns nothing. Ids that were never asked are ignored, so that neither a
    forged form nor a removed option can change a mark. Raises `ValueError` without questions.
    """
    if not questions:
        raise ValueError("A quiz without questions cannot be marked.")
    marks = tuple(_mark_one(question, answers.get(question.id, ())) for question in questions)
    mean = sum((each.mark for each in marks), Decimal(0)) / len(marks)
    return Result(_to_two_places(mean * 100), marks)


def certainty_marks(result: Result, certainty: Mapping[str, str]) -> CertaintyResult:
    """Mark by certainty: a right answer earns 1, 2 or 3, a wrong one 0, -2 or -6.

    A partly right answer earns its fraction of the right one's mark. Without a stated certainty an
    answer counts as uncertain, and without an answer there is nothing to be certain of: 0.
    """
    marks, tally = [], {each: [0, 0] for each in Certainty}
    for each in result.marks:
        degree = _degree(certainty.get(each.question.id))
        if not each.is_answered:
            marks.append(_WRONG)
            continue
        tally[degree][0] += 1
        tally[degree][1] += each.is_right
        marks.append(mark_by_certainty(each.mark, degree))
    right = sum(each.is_right for each in result.marks)
    return CertaintyResult(
        average=_to_two_places(sum(marks, Decimal(0)) / len(marks)),
        accuracy=_to_two_places(Decimal(100 * right) / len(marks)),
        marks=tuple(marks),
        levels=tuple(CertaintyLevel(key, *counts) for key, counts in tally.items()),
    )


def mark_by_certainty(fraction: Decimal, certainty: Certainty) -> Decimal:
    if fraction <= 0:
        return Decimal(CERTAIN_AND_WRONG[certainty])
    return fraction * CERTAIN_AND_RIGHT[certainty]


def _typed(value: str) -> str:
    """Not every database can hold a null character."""
    return value.replace("\x00", "")[:LONGEST_TEXT]


def unanswered(questions: Iterable[Question], answers: Answers) -> list[Question]:
    return [
        question for question in questions if not question.is_answered(answers.get(question.id, ()))
    ]


def normalised(text: str) -> str:
    """`text` as typed answers are compared: Unicode form, case, white space and the shape of quotation
    marks do not count. Everything else does: there is no "nearly"."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return " ".join(folded.translate(_STRAIGHT).split())


_ANYTHING = "\ue000"
_STRAIGHT = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "\u00ad": None, "\u200b": None})


def accepts(accepted: str, typed: str) -> bool:
    r"""Whether `typed` is the accepted answer. `*` in it stands for anything, `\*` for an asterisk."""
    marked = re.sub(r"(?<!\\)\*", _ANYTHING, accepted).replace(r"\*", "*")
    first, *others = normalised(marked).split(_ANYTHING)
    rest = normalised(typed)
    if not others:
        return rest == first
    *middle, last = others
    if not rest.startswith(first):
        return False
    rest = rest.removeprefix(first)
    for part in middle:
        _before, found, rest = rest.partition(part) if part else ("", True, rest)
        if not found:
            return False
    return rest.endswith(last)


def number_of(text: str) -> Decimal | None:
    """The finite number that `text` is in plain notation, or `None`."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def shares_of(options: Sequence[Option]) -> list[Fraction]:
    """What each option of a select-all question is worth: its weight, or without one an equal share of
    what is right. A weight like 33.33333 is the third that was meant."""
    right = sum(option.is_correct for option in options)
    return [
        _fraction(option.weight)
        if option.weight is not None
        else (Fraction(1, right) if option.is_correct else Fraction(0))
        for option in options
    ]


def _fraction(percent: Decimal) -> Fraction:
    exact = Fraction(percent) / 100
    simple = exact.limit_denominator(60)
    return simple if abs(exact - simple) < Fraction(1, 20_000) else exact


def _mark_one(question: Question, values: Collection[str]) -> QuestionMark:
    chosen = question.chosen_from(values)
    if question.is_typed:
        matched = _matched(question, chosen)
        return QuestionMark(question, chosen, _worth(matched), matched)
    if question.is_placed:
        return QuestionMark(question, chosen, _mark_places(question, chosen))
    if question.takes_several:
        return QuestionMark(question, chosen, _mark_several(question, set(chosen)))
    picked = [option for option in question.options if option.id in chosen]
    return QuestionMark(question, chosen, _worth(picked[0]) if len(picked) == 1 else _WRONG)


def _worth(option: Option | None) -> Decimal:
    if option is None:
        return _WRONG
    if option.weight is None:
        return _RIGHT if option.is_correct else _WRONG
    return _within_bounds(_fraction(option.weight))


def _mark_several(question: Question, chosen: set[str]) -> Decimal:
    right = {option.id for option in question.options if option.is_correct}
    if not chosen:
        return _WRONG
    if question.marking == Marking.WEIGHTS:
        worth = zip(question.options, shares_of(question.options), strict=True)
        return _within_bounds(
            sum((share for option, share in worth if option.id in chosen), Fraction(0))
        )
    if question.marking == Marking.RIGHT_MINUS_WRONG and right:
        return _within_bounds(Fraction(len(chosen & right) - len(chosen - right), len(right)))
    return _RIGHT if chosen == right else _WRONG


def _mark_places(question: Question, chosen: Sequence[str]) -> Decimal:
    places = question.places(chosen)
    right = sum(is_well_placed(question, key, place) for key, place in places.items())
    if question.marking == Marking.SHARE:
        return _within_bounds(Fraction(right, len(question.shown)))
    return _RIGHT if right == len(question.shown) else _WRONG


def is_well_placed(question: Question, option_id: str, place: int) -> bool:
    if question.kind == Kind.ORDERING:
        return question.options[place - 1].id == option_id
    wanted = next(option.match for option in question.options if option.id == option_id)
    return normalised(question.choices[place]) == normalised(wanted)


def _matched(question: Question, chosen: Sequence[str]) -> Option | None:
    """The first answer of the list that fits; a number has to be readable to fit any."""
    if not chosen:
        return None
    if question.kind == Kind.SHORT_ANSWER:
        fitting = (option for option in question.options if accepts(option.text, chosen[0]))
        return next(fitting, None)
    number = number_of(chosen[1]) if len(chosen) > 1 else None
    if number is None:
        return None
    return next((option for option in question.options if _is_near(option, number)), None)


def _is_near(option: Option, number: Decimal) -> bool:
    if option.text.strip() == CATCH_ALL:
        return True
    wanted = number_of(option.text)
    if wanted is None:
        return False
    # Fractions, because 28 digits of a Decimal are not enough for every difference.
    distance = abs(Fraction(number) - Fraction(wanted))
    return distance <= Fraction(option.tolerance or 0)


def _within_bounds(fraction: Fraction) -> Decimal:
    bounded = min(max(fraction, Fraction(0)), Fraction(1))
    return Decimal(bounded.numerator) / Decimal(bounded.denominator)


def _to_two_places(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _degree(stated: str | None) -> Certainty:
    return Certainty(stated) if stated in set(Certainty) else Certainty.LOW


def to_json(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """The snapshot an attempt keeps. What only some kinds need is left out where it says nothing."""
    return [_question_to_json(question) for question in questions]


def _question_to_json(question: Question) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": question.id,
        "kind": question.kind.value,
        "text": question.text,
        "options": [_option_to_json(option) for option in question.options],
        "explanation": question.explanation,
        "skill": question.skill,
    }
    if question.marking != Marking.EXACT:
        item["marking"] = question.marking.value
    if question.choices:
        item["choices"] = list(question.choices)
    return item


def _option_to_json(option: Option) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": option.id,
        "text": option.text,
        "is_correct": option.is_correct,
        "feedback": option.feedback,
    }
    if option.weight is not None:
        item["weight"] = str(option.weight)
    if option.tolerance is not None:
        item["tolerance"] = str(option.tolerance)
    if option.match:
        item["match"] = option.match
    return item


def from_json(snapshot: Iterable[Mapping[str, Any]]) -> list[Question]:
    """Read a snapshot back, also one of before there were weights. Raises `KeyError` or `ValueError` when
    it is none."""
    return [
        Question(
            id=item["id"],
            kind=Kind(item["kind"]),
            text=item["text"],
            options=tuple(_option_from_json(option) for option in item["options"]),
            explanation=item["explanation"],
            skill=item["skill"],
            marking=Marking(item.get("marking", Marking.EXACT)),
            choices=tuple(item.get("choices", ())),
        )
        for item in snapshot
    ]


def _option_from_json(item: Mapping[str, Any]) -> Option:
    numbers = {
        name: Decimal(item[name]) for name in ("weight", "tolerance") if item.get(name) is not None
    }
    return Option(
        id=item["id"],
        text=item["text"],
        is_correct=item["is_correct"],
        feedback=item.get("feedback", ""),
        match=item.get("match", ""),
        **numbers,
    )
