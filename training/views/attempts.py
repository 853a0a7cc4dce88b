"""A quiz: started, answered, handed in, and its result."""

import datetime as dt
import math
import secrets
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from content.models import QuizPage, Skill
from people.models import User
from people.requests import SignedInRequest
from training import actions
from training.actions import AlreadyHandedIn, NotAllowed, Saved
from training.days import day_of
from training.forms_quiz import (
    Asked,
    asked_in,
    certainty_names,
    number_rule,
    placed_in,
    sent_answers,
    shown_clashes,
)
from training.limits import retry_of, shows_answers
from training.marking import CERTAIN_AND_RIGHT, CERTAIN_AND_WRONG
from training.models import Attempt
from training.models.attempts import GRACE
from training.progress import module_progress, parent_path
from training.rounds import of_this_round, round_began
from training.views.steps import step_or_404


@require_POST
def quiz_start(request: SignedInRequest, page_id: int) -> HttpResponse:
    quiz = step_or_404(QuizPage, request.user, page_id)
    try:
        attempt = actions.start_attempt(request.user, quiz)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        return redirect(quiz.get_url(request) if quiz.live else "training:learning")
    return redirect("training:attempt_detail", pk=attempt.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def attempt_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """The quiz while it is open, the result afterwards; a POST saves what was changed so far.

    An attempt whose time is up is closed when somebody looks at it: that is the one thing a GET writes
    here, and it is the time that does it and not the reader.
    """
    attempt = _attempt_or_404(request.user, pk)
    if request.method != "POST":
        actions.close_if_out_of_time(attempt)
        return _show_attempt(request, attempt)
    _must_be_ones_own(request.user, attempt)
    try:
        saved = _save(request, attempt)
    except AlreadyHandedIn as refusal:
        return _refuse_closed(request, attempt, refusal)
    if saved.clashes:
        return _ask_which(request, attempt, saved)
    if request.htmx:
        context = {**_open_attempt(request, attempt), "is_autosave": True}
        return render(request, "training/attempt_detail.html#saved", context)
    messages.success(request, _("Your answers are saved. You can go on at any time."))
    return redirect("training:attempt_detail", pk=attempt.pk)


@require_POST
def attempt_submit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hand in. While questions are open this asks first, unless `anyway` was pressed."""
    attempt = _attempt_or_404(request.user, pk)
    _must_be_ones_own(request.user, attempt)
    try:
        saved = _save(request, attempt)
        if saved.clashes:
            return _ask_which(request, attempt, saved)
        is_whole = all(each.is_answered for each in asked_in(attempt))
        if not is_whole and "anyway" not in request.POST:
            return _show_attempt(request, attempt, status=422)
        actions.submit_attempt(attempt, by=request.user)
    except AlreadyHandedIn as refusal:
        return _refuse_closed(request, attempt, refusal)
    return redirect("training:attempt_detail", pk=attempt.pk)


def _attempt_or_404(user: User, pk: int) -> Attempt:
    return get_object_or_404(Attempt.objects.visible_to(user).select_related("quiz", "user"), pk=pk)


def _must_be_ones_own(user: User, attempt: Attempt) -> None:
    if attempt.user_id != user.pk:
        raise PermissionDenied(_("Only the person who takes a quiz can answer it."))


def _save(request: SignedInRequest, attempt: Attempt) -> Saved:
    return actions.save_sent(
        attempt,
        sent_answers(request.POST, attempt.asked),
        by=request.user,
        window=_window(request),
    )


def _window(request: SignedInRequest) -> str:
    """What the page calls its window."""
    return request.POST.get("window", "").replace("\x00", "")[:32]


def _show_attempt(request: SignedInRequest, attempt: Attempt, *, status: int = 200) -> HttpResponse:
    """`status` 422 asks about the questions that are still open."""
    is_own = attempt.user_id == request.user.pk
    progress = module_progress(request.user, parent_path(attempt.quiz.path))
    steps = progress.steps if progress else ()
    context: dict[str, Any] = {
        "attempt": attempt,
        "is_own": is_own,
        "progress": progress,
        "module_url": progress.module.get_url(request) if progress else "",
        "can_retry": is_own and any(step.pk == attempt.quiz_id for step in steps),
        "next_step": progress.next_step if progress and is_own else None,
    }
    if attempt.is_submitted:
        context |= _result(attempt, is_own=is_own)
    elif is_own:
        context |= _open_attempt(request, attempt)
        context["asks_anyway"] = status == 422
    return render(request, "training/attempt_detail.html", context, status=status)


def _result(attempt: Attempt, *, is_own: bool) -> dict[str, Any]:
    """The marks, and whether the answers may be read. Who develops the person always may.

    In a new round the attempts of earlier ones neither count against what is allowed nor open the key.
    """
    result = attempt.result
    by_certainty = attempt.by_certainty(result)
    others = Attempt.objects.submitted().filter(user=attempt.user_id, quiz=attempt.quiz_id)
    now = timezone.now()
    since = round_began(attempt.user, attempt.quiz_id, on=day_of(attempt.user, now))
    submitted = of_this_round(others.without_questions(), since)
    names = dict(Skill.objects.values_list("key", "name"))
    degrees = certainty_names()
    return {
        "marks": [
            {
                "mark": mark,
                "skill": names.get(mark.question.skill, mark.question.skill),
                "placed": placed_in(mark.question, mark.chosen) if mark.question.is_placed else (),
                "percent": mark.mark * 100,
                "certainty": degrees.get(attempt.certainty.get(mark.question.id, ""), ""),
                "by_certainty": by_certainty.marks[place] if by_certainty else None,
            }
            for place, mark in enumerate(result.marks)
        ],
        "right_count": sum(mark.is_right for mark in result.marks),
        "partly_count": sum(mark.is_partly_right for mark in result.marks),
        "by_certainty": by_certainty,
        "certainty_levels": [
            (degrees[level.certainty], level) for level in by_certainty.levels if level.count
        ]
        if by_certainty
        else (),
        "shows_answers": not is_own or shows_answers(attempt.quiz, submitted),
        "retry": retry_of(attempt.quiz, submitted, at=now),
    }


def _open_attempt(request: SignedInRequest, attempt: Attempt) -> dict[str, Any]:
    """What the form shows: each question with what is answered, and those that are still open."""
    asked: list[Asked] = asked_in(attempt)
    degrees = certainty_names()
    return {
        "attempt": attempt,
        "asked": asked,
        "left": [each for each in asked if not each.is_answered],
        "answered_count": sum(each.is_answered for each in asked),
        "number_rule": number_rule(),
        "window": _window(request) or secrets.token_hex(8),
        "seconds_left": _seconds_left(attempt, timezone.now()),
        "grace": round(GRACE.total_seconds()),
        "degrees": [
            (key, degrees[key], CERTAIN_AND_RIGHT[key], CERTAIN_AND_WRONG[key])
            for key in CERTAIN_AND_RIGHT
        ],
    }


def _seconds_left(attempt: Attempt, now: dt.datetime) -> int | None:
    if attempt.closes_at is None:
        return None
    return max(0, math.ceil((attempt.closes_at - now).total_seconds()))


def _ask_which(request: SignedInRequest, attempt: Attempt, saved: Saved) -> HttpResponse:
    """Answer 409 with both answers to choose from; everything that did not clash is saved."""
    context = {
        **_open_attempt(request, attempt),
        "clashes": shown_clashes(saved.clashes, attempt.asked, request.POST),
        "is_autosave": True,
    }
    if not request.htmx:
        return render(request, "training/attempt_conflict.html", context, status=409)
    touched = request.POST.get("question", "")
    ids = [clash.question.id for clash in saved.clashes]
    context["touched_clashes"] = touched in ids
    response = render(request, "training/attempt_detail.html#clashed", context, status=409)
    shown_at = touched if touched in {each.id for each in attempt.asked} else ids[0]
    response["HX-Retarget"] = f"#status-{shown_at}"
    response["HX-Reswap"] = "innerHTML"
    return response


def _refuse_closed(
    request: SignedInRequest, attempt: Attempt, refusal: AlreadyHandedIn
) -> HttpResponse:
    """Answer 409 and show the result, in which the message stands."""
    messages.warning(request, str(refusal))
    attempt.refresh_from_db()
    if not request.htmx:
        return _show_attempt(request, attempt, status=409)
    response = HttpResponse(str(refusal), status=409)
    response["HX-Redirect"] = reverse("training:attempt_detail", args=[attempt.pk])
    return response
