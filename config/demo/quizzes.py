"""A module of quizzes with every kind of question, and what the agents made of them."""

import datetime as dt
import random
from pathlib import Path

from django.utils import timezone
from taggit.models import Tag

from config.demo.people import Staff
from content import gift
from content.models import (
    ModulePage,
    Question,
    QuizDraw,
    QuizPage,
    QuizQuestion,
    Skill,
    TrainingIndexPage,
)
from content.question_exchange import import_gift
from people.models import User
from training.actions import Answer, SentAnswer, save_sent, start_attempt, submit_attempt
from training.marking import Kind
from training.marking import Question as AskedQuestion

FILE = Path(__file__).parent / "data" / "quizzes.gift"
SEED = 20_31
# Of a right answer, by question: one is easy, one hard, and one has nothing to do with knowing.
EASE = {"delivery-signature": 0.97, "returns-match": 0.45, "delivery-weight": 0.3}
KINDS = (
    "delivery-first-word",
    "delivery-tell",
    "delivery-signature",
    "delivery-days",
    "delivery-escalate",
    "returns-match",
    "returns-order",
)


def build(staff: Staff, *, today: dt.date) -> None:
    """Three quizzes: every kind of question, one against the clock with a draw, one with certainty."""
    with FILE.open("rb") as stream:
        import_gift(gift.lines_of(stream), by=staff.editor)
    protocol = Skill.objects.get(key="protocol")
    bank = {question.key: question for question in Question.objects.all()}
    for key, question in bank.items():
        if key.startswith(("delivery-", "returns-")):
            question.skill = protocol
    Question.objects.bulk_update(bank.values(), ["skill"])
    module = _module(staff.editor, protocol)
    every = _quiz(
        module,
        staff.editor,
        [bank[key] for key in KINDS],
        title="Every kind of question",
        slug="every-kind",
        introduction="Seven questions: to choose, to type, to match and to put in order.",
        pass_mark=60,
    )
    _quiz(
        module,
        staff.editor,
        [bank["delivery-weight"]],
        draws={"returns": 4},
        title="Returns against the clock",
        slug="against-the-clock",
        introduction="One question that everybody gets, and four drawn anew for each attempt.",
        pass_mark=60,
        time_limit_minutes=5,
        max_attempts=3,
        delay_minutes=30,
        answers_shown=QuizPage.AnswersShown.AFTER_PASSING,
    )
    certain = _quiz(
        module,
        staff.editor,
        [bank[key] for key in ("returns-cut", "returns-label", "returns-refund", "returns-days")],
        title="How sure are you?",
        slug="how-sure",
        introduction="Say with each answer how certain you are: knowing what one does not know counts.",
        pass_mark=50,
        asks_certainty=True,
    )
    draw = random.Random(SEED)
    day = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=9), dt.time(10)))
    for number, agent in enumerate(staff.agents):
        skill = draw.random()
        at = day + dt.timedelta(minutes=37 * number)
        _take(agent, every, skill, at=at, draw=draw)
        if number % 2:
            _take(agent, certain, skill, at=at + dt.timedelta(minutes=20), draw=draw)


def _module(editor: User, skill: Skill) -> ModulePage:
    module = ModulePage(
        title="Check what you know",
        slug="check-what-you-know",
        summary="Three short quizzes about deliveries and returns. Take them when you like.",
        minutes=15,
    )
    module.skills = [skill]
    TrainingIndexPage.objects.get().add_child(instance=module)
    module.save_revision(user=editor).publish(user=editor)
    return module


def _quiz(
    module: ModulePage,
    editor: User,
    questions: list[Question],
    *,
    draws: dict[str, int] | None = None,
    **fields: object,
) -> QuizPage:
    quiz = QuizPage(**fields)
    quiz.quiz_questions = [
        QuizQuestion(question=question, sort_order=order)
        for order, question in enumerate(questions)
    ]
    quiz.draws = [
        QuizDraw(tag=Tag.objects.get(name=tag), count=count) for tag, count in (draws or {}).items()
    ]
    module.add_child(instance=quiz)
    quiz.save_revision(user=editor).publish(user=editor)
    return quiz


def _take(
    agent: User, quiz: QuizPage, skill: float, *, at: dt.datetime, draw: random.Random
) -> None:
    attempt = start_attempt(agent, quiz, at=at)
    keys = dict(Question.objects.values_list("pk", "key"))
    sent = {}
    for question in attempt.asked:
        chance = EASE.get(keys[int(question.id)], 0.35 + 0.6 * skill)
        is_right = draw.random() < chance
        certainty = draw.choice(("medium", "high") if is_right else ("low", "low", "high"))
        values = _right(question) if is_right else _wrong(question, draw)
        sent[question.id] = SentAnswer(Answer(tuple(values), certainty))
    save_sent(attempt, sent, by=agent, at=at + dt.timedelta(minutes=2))
    submit_attempt(attempt, by=agent, at=at + dt.timedelta(minutes=3))


def _right(question: AskedQuestion) -> list[str]:
    right = [option for option in question.options if option.is_correct]
    if question.is_chosen_from:
        return [option.id for option in right]
    if question.is_typed:
        return [right[0].text] * (2 if question.kind == Kind.NUMERIC else 1)
    if question.kind == Kind.MATCHING:
        return [f"{each.id}:{question.choices.index(each.match)}" for each in question.shown]
    return [f"{option.id}:{place}" for place, option in enumerate(question.options, start=1)]


def _wrong(question: AskedQuestion, draw: random.Random) -> list[str]:
    """A wrong answer as people give it; the last option of a choice is one that nobody takes."""
    if question.is_chosen_from:
        wrong = [option.id for option in question.options if not option.is_correct]
        return [draw.choice(wrong[:-1] or wrong)]
    if question.kind == Kind.NUMERIC:
        typed = draw.choice(("2", "5", "14"))
        return [typed, typed]
    if question.is_typed:
        return [draw.choice(("my manager", "the carrier", "I do"))]
    places = [place.split(":") for place in _right(question)]
    moved = [place for _key, place in places]
    moved[0], moved[1] = moved[1], moved[0]
    return [f"{key}:{place}" for (key, _place), place in zip(places, moved, strict=True)]
