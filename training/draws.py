"""Which questions of a quiz one attempt asks, and in which order their parts are shown."""

import random
from collections.abc import Sequence

from content.models import Question, QuizPage
from training import marking


def questions_of(quiz: QuizPage, *, seed: int | None = None) -> list[marking.Question]:
    """The questions of `quiz` as they stand now: those that are always asked, then those drawn by tag.

    The same `seed` draws and shuffles the same from the same bank. What cannot be asked for want of
    options is left out, and a question is asked once however many tags it has. Four queries, two more
    for each draw.
    """
    draw = random.Random(seed)  # noqa: S311 (to vary questions, not to keep a secret)
    entries = quiz.quiz_questions.select_related("question__skill").order_by("sort_order")
    chosen = [entry.question for entry in entries.prefetch_related("question__options")]
    chosen = [question for question in chosen if question.options.all()]
    for each in quiz.draws.order_by("sort_order"):
        chosen += _drawn(each.tag_id, each.count, chosen, draw)
    return [_as_asked(question, draw) for question in chosen]


def _drawn(tag: int, count: int, taken: Sequence[Question], draw: random.Random) -> list[Question]:
    tagged = Question.objects.filter(tags=tag, options__isnull=False).distinct()
    there = tagged.exclude(pk__in=[question.pk for question in taken]).order_by("pk")
    ids = list(there.values_list("pk", flat=True))
    drawn = draw.sample(ids, min(count, len(ids)))
    loaded = Question.objects.select_related("skill").prefetch_related("options").in_bulk(drawn)
    return [loaded[pk] for pk in drawn]


def _as_asked(question: Question, draw: random.Random) -> marking.Question:
    kind = marking.Kind(question.kind)
    options = [
        marking.Option(
            id=str(option.pk),
            text=option.text,
            is_correct=option.is_correct,
            feedback=option.feedback,
            weight=option.weight,
            tolerance=option.tolerance,
            match=option.match,
        )
        for option in question.options.all()
    ]
    choices: list[str] = []
    if kind == marking.Kind.MATCHING:
        choices = sorted({option.match for option in options})
        draw.shuffle(choices)
    if kind == marking.Kind.ORDERING:
        options = _numbered(options, draw)
    return marking.Question(
        id=str(question.pk),
        kind=kind,
        text=question.text,
        options=tuple(options),
        explanation=question.explanation,
        skill=question.skill.key if question.skill else "",
        marking=marking.Marking(question.marking),
        choices=tuple(choices),
    )


def _numbered(options: list[marking.Option], draw: random.Random) -> list[marking.Option]:
    """Items by the place at which they are shown: an id of the database would give the order away."""
    places = list(range(len(options)))
    draw.shuffle(places)
    if places == sorted(places):
        places.reverse()
    return [
        marking.Option(str(place), option.text, option.is_correct, option.feedback)
        for place, option in zip(places, options, strict=True)
    ]
