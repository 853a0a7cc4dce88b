"""What training adds to the pages of modules: what is locked, workshops, shadowing and certificates."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from wagtail import hooks
from wagtail.models import Page

from content.models import ModulePage, ModuleStep, ShadowingPage, WorkshopPage
from content.models.modules import module_at
from people.models import User
from training.actions import locked_words
from training.models import Certificate, Completion, Enrolment, Shadowing, WorkshopSession
from training.paths import lock_of
from training.permissions import can_arrange_sessions, can_choose_observers
from training.progress import parent_path


@hooks.register("before_serve_page")
def keep_locked_steps_closed(page: Page, request: HttpRequest, *args: Any) -> HttpResponse | None:
    """A step of a module that waits for another one says so, instead of opening. One query where nothing
    on the reader's paths locks it."""
    user = request.user
    if not isinstance(page, ModuleStep) or not user.is_authenticated:
        return None
    module = module_at(parent_path(page.path))
    if module is None:
        return None
    unlocked_by = lock_of(user, module.pk, on=timezone.localdate())
    if not unlocked_by:
        return None
    context = {
        "page": page,
        "module": module,
        "unlocked_by": unlocked_by,
        "words": locked_words(module, unlocked_by),
    }
    return render(request, "training/locked.html", context, status=403)


@hooks.register("evenhand_page_context")
def add_state_of_module(page: Page, request: HttpRequest | None) -> dict[str, Any]:
    """`unlocked_by` and `certificate` for a module, `workshop_state` and `shadowing_state` for those
    steps; nothing without a reader, and nothing in a preview."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or getattr(request, "is_preview", False):
        return {}
    if isinstance(page, ModulePage):
        return _module_state(user, page)
    if isinstance(page, WorkshopPage):
        return {"workshop_state": _workshop_state(user, page)}
    if isinstance(page, ShadowingPage):
        return {"shadowing_state": _shadowing_state(user, page)}
    return {}


def _module_state(user: User, module: ModulePage) -> dict[str, Any]:
    today = timezone.localdate()
    certificate = Certificate.objects.filter(user=user, module=module).order_by("-round").first()
    return {
        "unlocked_by": lock_of(user, module.pk, on=today),
        "certificate": certificate,
        "certificate_state": certificate.state(on=today) if certificate else None,
    }


def _workshop_state(user: User, page: WorkshopPage) -> dict[str, Any]:
    """The coming sessions with how many seats are left and one's own enrolment. Three queries."""
    now = timezone.now()
    sessions = list(
        WorkshopSession.objects.coming(at=now).filter(workshop=page).select_related("trainer")
    )
    standing = Enrolment.objects.standing().filter(session__in=sessions)
    taken: dict[int, int] = {}
    waiting: dict[int, int] = {}
    own: dict[int, Enrolment] = {}
    for each in standing:
        counted = taken if each.state == Enrolment.State.SEAT else waiting
        counted[each.session_id] = counted.get(each.session_id, 0) + 1
        if each.user_id == user.pk:
            own[each.session_id] = each
    return {
        "sessions": [
            (
                session,
                max(session.seats - taken.get(session.pk, 0), 0),
                waiting.get(session.pk, 0),
                own.get(session.pk),
            )
            for session in sessions
        ],
        "is_enrolled": bool(own),
        "arranges": can_arrange_sessions(user),
    }


def _shadowing_state(user: User, page: ShadowingPage) -> dict[str, Any]:
    mine = Shadowing.objects.filter(user=user, page=page).select_related("observer")
    current = Completion.objects.current(on=timezone.localdate())
    is_done = current.filter(user=user, page=page).exists()
    shadowing = mine.open().first() or (mine.first() if is_done else None)
    return {
        "shadowing": shadowing,
        "items": list(shadowing.items.select_related("signed_by")) if shadowing else [],
        "chooses": can_choose_observers(user),
    }
