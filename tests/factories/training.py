import datetime as dt
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from tests.factories.content import LessonPageFactory, ModulePageFactory, QuizPageFactory
from tests.factories.people import UserFactory
from training.actions import questions_of
from training.actions.attempts import keep_answers
from training.marking import from_json, to_json
from training.models import Attempt, Completion, ModuleAssignment


class ModuleAssignmentFactory(DjangoModelFactory):
    """An open assignment without a due date."""

    class Meta:
        model = ModuleAssignment

    user = factory.SubFactory(UserFactory)
    module = factory.SubFactory(ModulePageFactory)


class CompletionFactory(DjangoModelFactory):
    class Meta:
        model = Completion

    user = factory.SubFactory(UserFactory)
    page = factory.SubFactory(LessonPageFactory)


class AttemptFactory(DjangoModelFactory):
    """An open attempt at a quiz of two questions; `submitted=True` makes a passed one, all right."""

    class Meta:
        model = Attempt
        skip_postgeneration_save = True

    class Params:
        submitted = factory.Trait(
            submitted_at=dt.datetime(2026, 9, 15, 12, 0, tzinfo=dt.UTC),
            percent=Decimal("100.00"),
            passed=True,
            answers=factory.LazyAttribute(lambda o: right_answers(o.questions)),
        )

    user = factory.SubFactory(UserFactory)
    quiz = factory.SubFactory(QuizPageFactory)
    questions = factory.LazyAttribute(lambda o: to_json(questions_of(o.quiz)))
    pass_mark = factory.SelfAttribute("quiz.pass_mark")

    @factory.post_generation
    def kept_answers(obj, create, extracted, **kwargs):
        """What handing in writes beside the attempt."""
        if create and obj.is_submitted:
            keep_answers(obj, obj.result)


def right_answers(questions) -> dict[str, list[str]]:
    """Answers that get everything right, from a snapshot of questions."""
    return {question.id: _right_answer(question) for question in from_json(questions)}


def _right_answer(question) -> list[str]:
    correct = [option for option in question.options if option.is_correct]
    if question.is_chosen_from:
        return [option.id for option in correct]
    if question.is_typed:
        return [correct[0].text] * (2 if question.kind == "numeric" else 1)
    if question.kind == "matching":
        return [f"{each.id}:{question.choices.index(each.match)}" for each in question.shown]
    return [f"{option.id}:{place}" for place, option in enumerate(question.options, start=1)]
