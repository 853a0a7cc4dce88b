"""What the demo's people have learned so far."""

import datetime as dt
import random
from collections.abc import Mapping

from django.utils import timezone

from config.demo.people import Staff
from content.models import LearningPath, LessonPage, ModulePage, QuizPage
from people.models import User
from training.actions import (
    assign_module,
    assign_path,
    complete_lesson,
    start_attempt,
    submit_attempt,
)
from training.actions import save_answers as save_quiz_answers


def build(
    staff: Staff, paths: Mapping[str, LearningPath], *, today: dt.date, draw: random.Random
) -> None:
    """Established agents have done the path; some are at a further module; the new hire has begun."""
    path = paths["first-two-weeks"]
    modules = list(ModulePage.objects.order_by("path"))
    on_path = [step.module for step in path.path_modules.order_by("sort_order")]
    further = [module for module in modules if module not in on_path]
    by = staff.administrator
    for agent in staff.agents:
        at = _at(agent.started_on, 9)
        assign_path(agent, path, by=by, at=at)
        for module in on_path:
            at = _take(agent, module, start=at, draw=draw)
    for number, agent in enumerate(staff.agents[:6]):
        module = further[number % len(further)]
        assigned = today - dt.timedelta(days=40 - 5 * number)
        due_on = assigned + dt.timedelta(days=28)
        assign_module(agent, module, by=by, at=_at(assigned, 9), due_on=due_on)
        if number % 3 != 1:
            _take(agent, module, start=_at(assigned, 11), draw=draw)
    hired_on = staff.new_hire.started_on
    assign_path(staff.new_hire, path, by=staff.managers[0], at=_at(hired_on, 9))
    first = LessonPage.objects.child_of(on_path[0]).first()
    complete_lesson(staff.new_hire, first, at=_at(hired_on, 11))


def _take(
    agent: User, module: ModulePage, *, start: dt.datetime, draw: random.Random
) -> dt.datetime:
    """Go through a module, trying its quiz until it is passed; return when that was."""
    at = start
    for lesson in LessonPage.objects.child_of(module):
        at += dt.timedelta(hours=draw.randint(2, 30))
        complete_lesson(agent, lesson, at=at)
    quiz = QuizPage.objects.child_of(module).get()
    for care in (0.86, 0.97, 1.0):
        at += dt.timedelta(minutes=draw.randint(15, 90))
        attempt = start_attempt(agent, quiz, at=at)
        answers = {}
        for question in attempt.asked:
            right = [option.id for option in question.options if option.is_correct]
            wrong = [option.id for option in question.options if not option.is_correct]
            answers[question.id] = right if draw.random() < care else [draw.choice(wrong)]
        save_quiz_answers(attempt, answers, by=agent)
        if submit_attempt(attempt, by=agent, at=at + dt.timedelta(minutes=9)).passed:
            break
    return at


def _at(date: dt.date | None, hour: int) -> dt.datetime:
    assert date is not None, "everybody in the demo has a first day"  # noqa: S101
    return timezone.make_aware(dt.datetime.combine(date, dt.time(hour)))
