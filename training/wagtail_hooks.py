"""What training adds to the pages of modules (content/models/base.py), and which of them stay."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.models import Page

from content.models import LearningPathModule, ModulePage, ModuleStep, QuizPage
from content.models.modules import module_at
from people.models import User
from people.once import tell
from training import (  # noqa: F401 (register their hooks)
    hooks_packages,
    hooks_paths,
    hooks_practice,
    hooks_quizzes,
    hooks_ratings,
    hooks_signatures,
)
from training.limits import retry_of
from training.models import (
    Attempt,
    Certificate,
    Completion,
    ModuleAssignment,
    PackageRun,
    PracticeRun,
    SampleGrading,
    Shadowing,
    WorkshopSession,
)
from training.permissions import can_see_item_analysis
from training.progress import best_attempt, completions_in, module_progress, parent_path
from training.rounds import began, of_this_round


@hooks.register("evenhand_page_context")
def add_progress(page: Page, request: HttpRequest | None) -> dict[str, Any]:
    """`progress` for the pages of a module, and `quiz_state` for its quiz; nothing without a reader.

    `progress` has `done` (ids of the finished steps), `done_count`, `step_count`, `percent` (int),
    `is_done` (this page), `next_url` and `next_title` (the next open step behind this page; `None`
    when nothing else is open). `quiz_state` has `open_attempt`, `is_time_up`, `last_attempt`
    (submitted), `best_percent`, `passed` and `retry`. Three queries beside the one for what is closed,
    which a page makes once; one more for a quiz.

    A preview shows the page and not its reader: its buttons would record real progress.
    """
    user = getattr(request, "user", None)
    if not isinstance(page, ModulePage | ModuleStep):
        return {}
    if user is None or not user.is_authenticated or getattr(request, "is_preview", False):
        return {}
    context: dict[str, Any] = {}
    if isinstance(page, ModulePage):
        tell(module_at, page, page.path)
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
    done = completions_in(user, parent_path(quiz.path))
    own = (each for each in done if each.page_id == quiz.pk)
    since = began(own, user=user, on=timezone.localdate())
    attempts = of_this_round(
        Attempt.objects.filter(user=user, quiz=quiz).without_questions(), since
    )
    submitted = [each for each in attempts if each.is_submitted]
    best = best_attempt(submitted)
    open_attempt = next((each for each in attempts if not each.is_submitted), None)
    return {
        "open_attempt": open_attempt,
        "is_time_up": open_attempt is not None and open_attempt.is_out_of_time(timezone.now()),
        "last_attempt": submitted[0] if submitted else None,
        "best_percent": best.percent if best else None,
        "passed": any(each.passed for each in submitted),
        "retry": retry_of(quiz, submitted, at=timezone.now()),
        "sees_items": can_see_item_analysis(user),
    }


def _say_if_in_use(request: HttpRequest, pages: Iterable[Page]) -> HttpResponse | None:
    """Refuse to delete pages that somebody has learned from: what they did points at them."""
    for page in pages:
        below = Page.objects.descendant_of(page, inclusive=True).values("pk")
        is_used = any(
            rows.exists()
            for rows in (
                Completion.objects.filter(page__in=below),
                Attempt.objects.filter(quiz__in=below),
                PackageRun.objects.filter(page__in=below),
                PracticeRun.objects.filter(page__in=below),
                SampleGrading.objects.filter(page__in=below),
                ModuleAssignment.objects.filter(module__in=below),
                LearningPathModule.objects.filter(Q(module__in=below) | Q(score_in__in=below)),
                Certificate.objects.filter(module__in=below),
                WorkshopSession.objects.filter(workshop__in=below),
                Shadowing.objects.filter(page__in=below),
            )
        )
        if is_used:
            messages.error(
                request,
                _(
                    "“%s” was assigned or taken, or is on a learning path, so it cannot be deleted: "
                    "what people have learned points at it. Unpublish it instead."
                )
                % page.title,
            )
            return redirect("wagtailadmin_explore", page.get_parent().pk)
    return None


@hooks.register("before_delete_page")
def keep_used_page(request: HttpRequest, page: Page) -> HttpResponse | None:
    return _say_if_in_use(request, [page])


@hooks.register("before_bulk_action")
def keep_used_pages(
    request: HttpRequest, action_type: str, objects: Sequence[Any], view: BulkAction
) -> HttpResponse | None:
    pages = [item for item in objects if isinstance(item, Page)]
    return _say_if_in_use(request, pages) if action_type == "delete" else None
