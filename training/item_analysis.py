"""How the questions of a quiz do: which are too easy, which tell nobody apart, which options are idle.

First attempts only, because a second one has seen the answers. Answers to an older wording of a question
do not count for the present one.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import OuterRef, Subquery

from content.models import QuizPage
from measurement.items import Consistency, Item, analyse, consistency
from training.marking import Option, Question, from_json, mark
from training.models import Attempt


@dataclass(frozen=True, slots=True)
class OptionCount:
    option: Option
    count: int
    of: int
    is_distractor: bool = False

    @property
    def is_never_picked(self) -> bool:
        return self.is_distractor and self.count == 0


@dataclass(frozen=True, slots=True)
class ItemReport:
    """One question: its figures, and how often each option was picked among the answers to it.

    `older` counts answers to another wording, which are left out; `unforeseen` typed answers that met
    none of the list, the most frequent first.
    """

    question: Question
    item: Item
    options: tuple[OptionCount, ...] = ()
    unforeseen: tuple[tuple[str, int], ...] = ()
    older: int = 0
    blank: int = 0

    @property
    def facility_percent(self) -> float | None:
        return None if self.item.facility is None else round(100 * self.item.facility, 1)

    @property
    def never_picked(self) -> list[Option]:
        """Distractors that nobody took; known from as many answers as a facility is."""
        if not self.item.shows_facility:
            return []
        return [each.option for each in self.options if each.is_never_picked]


@dataclass(frozen=True, slots=True)
class QuizReport:
    """`attempts` are the first attempts counted. `is_drawn`: not everybody was asked the same, so there
    is no internal consistency."""

    attempts: int
    items: tuple[ItemReport, ...]
    consistency: Consistency
    is_drawn: bool


@dataclass(slots=True)
class _Tally:
    question: Question
    marks: dict[int, float] = field(default_factory=dict)
    picked: Counter[int] = field(default_factory=Counter)
    typed: Counter[str] = field(default_factory=Counter)
    blank: int = 0
    older: int = 0


# Options are counted by their place: replaced by the same words, they have other ids.
def analyse_quiz(quiz: QuizPage) -> QuizReport:
    """The report on `quiz`, from everybody's first submitted attempt. One query; the snapshots are read
    one after the other."""
    first = Attempt.objects.submitted().filter(user=OuterRef("user"), quiz=quiz.pk)
    counted = Attempt.objects.filter(
        quiz=quiz.pk, pk=Subquery(first.order_by("started_at", "pk").values("pk")[:1])
    )
    # The latest first: what it was asked is the present wording.
    rows = counted.order_by("-started_at", "-pk").values_list("questions", "answers")
    tallies: dict[str, _Tally] = {}
    count = 0
    for snapshot, answers in rows.iterator(chunk_size=200):
        _count(count, snapshot, answers, tallies)
        count += 1
    table = np.full((count, len(tallies)), np.nan)
    for place, tally in enumerate(tallies.values()):
        for person, value in tally.marks.items():
            table[person, place] = value
    figures = analyse(table) if tallies else []
    reports = [_report(tally, item) for tally, item in zip(tallies.values(), figures, strict=True)]
    return QuizReport(
        attempts=count,
        items=tuple(reports),
        consistency=consistency(table) if tallies else Consistency(0, None),
        is_drawn=bool(np.isnan(table).any()),
    )


def _count(
    person: int, snapshot: list[dict[str, Any]], answers: dict[str, Any], tallies: dict[str, _Tally]
) -> None:
    for each in mark(from_json(snapshot), answers).marks:
        question = each.question
        tally = tallies.setdefault(question.id, _Tally(question))
        if tally.question.fingerprint != question.fingerprint:
            tally.older += 1
            continue
        tally.marks[person] = float(each.mark)
        if not each.is_answered:
            tally.blank += 1
        elif question.is_chosen_from:
            tally.picked.update(
                place for place, option in enumerate(question.options) if option.id in each.chosen
            )
        elif question.is_typed and each.matched is None:
            tally.typed[each.chosen[0].strip()] += 1
        elif each.matched is not None:
            tally.picked[question.options.index(each.matched)] += 1


def _report(tally: _Tally, item: Item) -> ItemReport:
    question = tally.question
    options = () if question.is_placed else question.options
    return ItemReport(
        question=question,
        item=item,
        options=tuple(
            OptionCount(
                each, tally.picked[place], item.n, question.is_chosen_from and not each.is_correct
            )
            for place, each in enumerate(options)
        ),
        # What one person typed says nothing about a question, and could say who it was.
        unforeseen=tuple(pair for pair in tally.typed.most_common(5) if pair[1] > 1),
        older=tally.older,
        blank=tally.blank,
    )
