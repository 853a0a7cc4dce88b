"""What training adds to the context of module, lesson and quiz pages (content/models/base.py)."""

from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.models import Page

from content.models import LessonPage, ModulePage, QuizPage
from people.models import User
from training.models import Attempt
from training.progress import best_attempt, module_progress, parent_path


@hooks.register("evenhand_page_context")
def add_progress(page: Page, request: HttpRequest | None) -> dict[str, Any]:
    """`progress` for the pages of a module, and `quiz_state` for its quiz; nothing without a reader.

    `progress` has `done` (ids of the finished steps), `done_count`, `step_count`, `percent` (int),
    `is_done` (this page), `next_url` and `next_title` (the next open step behind this page; `None`
    when nothing else is open). `quiz_state` has `open_attempt`, `last_attempt` (submitted),
    `best_percent` and `passed`. Three queries, one more for a quiz.

    A preview shows the page and not its reader: its buttons would record real progress.
    """
    user = getattr(request, "user", None)
    if not isinstance(page, ModulePage | LessonPage | QuizPage):
        return {}
    if user is None or not user.is_authenticated or getattr(request, "is_preview", False):
        return {}
    context: dict[str, Any] = {}
    module_path = page.path if isinstance(page, ModulePage) else parent_path(page.path)
    progress = module_progress(user, module_path)
    if progress is not None:
        following = progress.step_after(None if page.pk == progress.module.pk else page)
        context["progress"] = {
            "done": progress.done,
            "done_count": progress.done_count,
            "step_count": len(progress.steps),
            "percent": progress.percent,
            "is_done": progress.is_done
            if isinstance(page, ModulePage)
            else page.pk in progress.done,
            "next_url": following.get_url(request) if following else None,
            "next_title": following.title if following else None,
        }
    if isinstance(page, QuizPage):
        context["quiz_state"] = _quiz_state(user, page)
    return context


def _quiz_state(user: User, quiz: QuizPage) -> dict[str, Any]:
    attempts = list(Attempt.objects.filter(user=user, quiz=quiz).without_questions())
    submitted = [each for each in attempts if each.is_submitted]
    best = best_attempt(submitted)
    return {
        "open_attempt": next((each for each in attempts if not each.is_submitted), None),
        "last_attempt": submitted[0] if submitted else None,
        "best_percent": best.percent if best else None,
        "passed": any(each.passed for each in submitted),
    }
