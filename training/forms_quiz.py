"""Reading what a quiz page sends, and what it needs to show to send it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.formats import get_format
from django.utils.translation import gettext as _

from training.actions import Answer, Clash, SentAnswer, answer_in
from training.marking import Kind, Option, Question
from training.models import Attempt
from training.numbers import read_number

Values = tuple[str, ...]


def sent_answers(data: QueryDict, questions: Iterable[Question]) -> dict[str, SentAnswer]:
    """What the person changed on the page that sent `data`, by question id.

    The page carries what it showed when it was drawn (`seen-<id>`). A question that still says the same
    is left out, so that a second tab with an older state takes nothing back; the one that was just
    touched (`question`) counts in any case, and so does one that comes without `seen-`. Of two answers
    that clashed `keep-<id>` says which one stays; "mine" was chosen in sight of `over-<id>`.
    """
    touched, changed = data.get("question"), {}
    for question in questions:
        key, kept = question.id, data.get(f"keep-{question.id}")
        if kept == "saved":
            continue
        answer = Answer(_values(data, question), data.get(f"certainty-{key}", ""))
        seen = _answer_of(data.get(f"over-{key}" if kept == "mine" else f"seen-{key}"))
        is_touched = key == touched or kept == "mine" or (seen is None and answer != Answer())
        if is_touched or (seen is not None and answer != seen):
            changed[key] = SentAnswer(answer, seen)
    return changed


def _values(data: QueryDict, question: Question) -> Values:
    name = f"question-{question.id}"
    if question.kind == Kind.NUMERIC:
        typed = data.get(name, "").strip()
        number = read_number(typed, grouping=get_format("THOUSAND_SEPARATOR"))
        values = [typed] if number is None else [typed, format(number, "f")]
        return question.chosen_from(values)
    if question.is_placed:
        places = (f"{each.id}:{data.get(f'{name}-{each.id}', '')}" for each in question.shown)
        return question.chosen_from(places)
    return question.chosen_from(data.getlist(name))


def as_seen(answer: Answer) -> str:
    return json.dumps([answer.values, answer.certainty], ensure_ascii=False)


def _answer_of(seen: str | None) -> Answer | None:
    """What a page says it showed; `None` for what is nothing of ours."""
    try:
        values, certainty = json.loads(seen or "")
        return Answer(tuple(str(value) for value in values), str(certainty))
    except (ValueError, TypeError, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class Row:
    """A prompt or an item, and the place it was given, if any."""

    option: Option
    place: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as the page shows it while the attempt is open."""

    number: int
    question: Question
    answer: Answer
    is_answered: bool
    problem: str | None

    @property
    def seen(self) -> str:
        return as_seen(self.answer)

    @property
    def typed(self) -> str:
        return self.answer.values[0] if self.answer.values else ""

    @property
    def rows(self) -> list[Row]:
        """Items stand where they were put; those without a place follow."""
        places = self.question.places(self.answer.values)
        rows = [Row(option, places.get(option.id)) for option in self.question.shown]
        if self.question.kind == Kind.ORDERING:
            rows.sort(key=lambda row: (row.place is None, row.place or 0))
        return rows

    @property
    def choices(self) -> list[tuple[int, str]]:
        if self.question.kind == Kind.ORDERING:
            return [(place, str(place)) for place in range(1, len(self.question.options) + 1)]
        return list(enumerate(self.question.choices))


def asked_in(attempt: Attempt) -> list[Asked]:
    found = []
    for number, question in enumerate(attempt.asked, start=1):
        answer = answer_in(attempt, question.id)
        is_answered = question.is_answered(answer.values)
        found.append(Asked(number, question, answer, is_answered, _problem(question, answer)))
    return found


def _problem(question: Question, answer: Answer) -> str | None:
    """What is wrong with an answer that was given, but is none yet."""
    if question.kind == Kind.NUMERIC and len(answer.values) == 1:
        return _("“%(typed)s” is not a number. It is kept; write it in digits, without a unit.") % {
            "typed": answer.values[0]
        }
    if question.kind == Kind.ORDERING:
        places = list(question.places(answer.values).values())
        if len(set(places)) < len(places):
            return _("Two items have the same place. Give each its own.")
    return None


def number_rule() -> str:
    """How numbers are read, for the reader's own way of writing them."""
    grouping = get_format("THOUSAND_SEPARATOR")
    if grouping in {",", "."}:
        return _("1.5 and 1,5 are the same; 1%(mark)s000 is one thousand.") % {"mark": grouping}
    return _("1.5 and 1,5 are the same; 1 000 is one thousand.")


@dataclass(frozen=True, slots=True)
class Placed:
    """A prompt or item of a result: where it was put, where it belongs."""

    text: str
    given: str
    right: str
    is_right: bool


def in_words(question: Question, answer: Answer) -> list[str]:
    """An answer as lines of text, for two of them to be compared."""
    lines = _words(question, answer.values) or [_("No answer")]
    names = certainty_names()
    if answer.certainty in names:
        lines.append(_("Certainty: %(degree)s") % {"degree": names[answer.certainty]})
    return lines


def _words(question: Question, values: Values) -> list[str]:
    if question.is_typed:
        return list(values[:1])
    if question.is_placed:
        places = question.places(values)
        lines = [
            (place, option.text)
            for option in question.shown
            if (place := places.get(option.id)) is not None
        ]
        if question.kind == Kind.ORDERING:
            return [f"{place}. {text}" for place, text in sorted(lines)]
        return [f"{text} → {question.choices[place]}" for place, text in lines]
    return [option.text for option in question.options if option.id in values]


def placed_in(question: Question, values: Values) -> list[Placed]:
    places = question.places(values)
    if question.kind == Kind.ORDERING:
        return [
            Placed(
                option.text,
                str(places.get(option.id, "–")),
                str(right),
                places.get(option.id) == right,
            )
            for right, option in enumerate(question.options, start=1)
        ]
    rows = []
    for option in question.shown:
        given = question.choices[places[option.id]] if option.id in places else "–"
        rows.append(Placed(option.text, given, option.match, given == option.match))
    return rows


def certainty_names() -> Mapping[str, str]:
    return {"low": _("low"), "medium": _("medium"), "high": _("high")}


@dataclass(frozen=True, slots=True)
class ShownClash:
    question: Question
    number: int
    saved: Sequence[str]
    sent: Sequence[str]
    over: str
    fields: Sequence[tuple[str, str]]


def shown_clashes(
    clashes: Iterable[Clash], questions: Sequence[Question], data: QueryDict
) -> list[ShownClash]:
    """Both answers in words, and the fields that send one's own once more."""
    numbers = {question.id: number for number, question in enumerate(questions, start=1)}
    return [
        ShownClash(
            question=clash.question,
            number=numbers[clash.question.id],
            saved=in_words(clash.question, clash.saved),
            sent=in_words(clash.question, clash.sent),
            over=as_seen(clash.saved),
            fields=[
                (name, value)
                for name, values in data.lists()
                for value in values
                if name in _fields_of(clash.question)
            ],
        )
        for clash in clashes
    ]


def _fields_of(question: Question) -> set[str]:
    name = f"question-{question.id}"
    return {name, f"certainty-{question.id}", *(f"{name}-{each.id}" for each in question.shown)}
