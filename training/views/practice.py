"""Role plays: begun, played turn by turn, assessed by a rubric, and read afterwards."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from content.models import PracticePage
from people.exports import list_export, require_list
from people.models import User
from people.requests import SignedInRequest
from training.actions import AlreadyHandedIn, NotAllowed
from training.actions.practice import (
    NotAssessed,
    PlayedElsewhere,
    assessment_of,
    begin_role_play_anew,
    choose,
    finish_role_play,
    said_in,
    save_assessment,
    start_role_play,
    write_answer,
)
from training.assessment import Assessment, Said
from training.files import ROLE_PLAYS, SAMPLES
from training.forms_practice import number_in, numbers_in, said_in_form
from training.models import PracticeRun, SampleGrading
from training.progress import module_progress, parent_path
from training.role_play import position, turns_of
from training.views.steps import step_or_404
from ui.pagination import paginate

TEMPLATE = "training/practice_run.html"


@require_POST
def practice_start(request: SignedInRequest, page_id: int) -> HttpResponse:
    page = step_or_404(PracticePage, request.user, page_id)
    try:
        run = start_role_play(request.user, page)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        return redirect(page.get_url(request) if page.live else "training:learning")
    return redirect("training:practice_run", pk=run.pk)


@require_safe
def practice_run(request: SignedInRequest, pk: int) -> HttpResponse:
    """The conversation and what to say next; at its end the rubric; afterwards the result."""
    return _show(request, _run_or_404(request.user, pk))


@require_POST
def practice_turn(request: SignedInRequest, pk: int) -> HttpResponse:
    """One turn: what was written (`wrote`), or the choice made (`choice`). 409 when another window was
    faster, with what was entered here."""
    # Not every database can hold a null character.
    entered = request.POST.get("wrote", "").replace("\x00", "")
    try:
        run = _run_or_404(request.user, pk)
    except Http404:
        # Begun anew in another window; what was written in this one is given back.
        return render(request, "training/practice_gone.html", {"entered": entered}, status=404)
    _must_be_ones_own(request.user, run)
    turn = number_in(request.POST, "turn")
    try:
        if turn is None:
            raise PlayedElsewhere(_("Reload the page, and answer again."))
        if "wrote" in request.POST:
            write_answer(run, entered[:5000], turn=turn, by=request.user)
        else:
            run = choose(
                run,
                number_in(request.POST, "choice"),
                turn=turn,
                by=request.user,
                ticked=numbers_in(request.POST, "ticked"),
            )
    except (PlayedElsewhere, AlreadyHandedIn) as refusal:
        return _show_again(request, pk, str(refusal), entered=entered)
    except NotAllowed as refusal:
        return _show(request, run, status=422, notice=str(refusal), entered=entered)
    response = redirect("training:practice_run", pk=pk)
    response["Location"] += "#now"
    return response


@require_POST
def practice_finish(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hand in what one says about the criteria left open; `later` only keeps it."""
    run = _run_or_404(request.user, pk)
    _must_be_ones_own(request.user, run)
    said: dict[int, Said] = {}
    try:
        place = position(run.played, run.events)
        if run.is_finished or place.end is None or run.version_id is None:
            return _show_again(request, pk, _("There is nothing to assess here any more."))
        said = said_in_form(request.POST, assessment_of(run, place, {}))
        if "later" in request.POST:
            save_assessment(run, said, by=request.user)
            messages.success(request, _("Your answers are kept. Go on at any time."))
            return redirect(run.page.get_url(request) if run.page.live else "training:learning")
        finish_role_play(run, said, by=request.user)
    except NotAssessed as refusal:
        return _show(
            request,
            run,
            status=422,
            notice=str(refusal),
            said=said,
            missing=refusal.assessment,
        )
    except NotAllowed as refusal:
        return _show_again(request, pk, str(refusal))
    return redirect("training:practice_run", pk=pk)


@require_POST
def practice_anew(request: SignedInRequest, pk: int) -> HttpResponse:
    """Throw an open run away and begin another."""
    run = _run_or_404(request.user, pk)
    _must_be_ones_own(request.user, run)
    if not run.page.live:
        messages.error(
            request, _("This role play is not published at the moment; go on with this run.")
        )
        return redirect("training:practice_run", pk=pk)
    page = step_or_404(PracticePage, request.user, run.page_id)
    try:
        run = begin_role_play_anew(run, page, by=request.user)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    return redirect("training:practice_run", pk=run.pk)


@require_list
def practice_list(request: SignedInRequest) -> HttpResponseBase:
    """What one's people and oneself made of practice (`?kind=samples` for samples), the latest first."""
    is_samples = request.GET.get("kind") == "samples"
    rows: Any
    if is_samples:
        rows = SampleGrading.objects.visible_to(request.user).submitted().order_by("-submitted_at")
    else:
        rows = PracticeRun.objects.visible_to(request.user).finished().without_words()
        rows = rows.order_by("-finished_at", "-pk")
    rows = rows.select_related("user", "page")
    if answer := list_export(request, rows, SAMPLES if is_samples else ROLE_PLAYS, "practice"):
        return answer
    context = {
        "page": paginate(request, rows),
        "is_samples": is_samples,
        "sees_others": request.user.has_perm("people.develop_team")
        or request.user.has_perm("people.view_everybody"),
    }
    return render(request, "training/practice_list.html", context)


def _run_or_404(user: User, pk: int) -> PracticeRun:
    rows = PracticeRun.objects.visible_to(user).select_related("page", "user", "version__rubric")
    return get_object_or_404(rows, pk=pk)


def _must_be_ones_own(user: User, run: PracticeRun) -> None:
    if run.user_id != user.pk:
        raise PermissionDenied(_("Only the person who plays it can answer."))


def _show_again(
    request: SignedInRequest, pk: int, notice: str, *, entered: str = ""
) -> HttpResponse:
    """The run as it stands now, 409; what was entered is given back."""
    run = PracticeRun.objects.filter(user=request.user, pk=pk)
    found = run.select_related("page", "user", "version__rubric").first()
    if found is None:
        return render(request, "training/practice_gone.html", {"entered": entered}, status=409)
    return _show(request, found, status=409, notice=notice, entered=entered)


def _show(
    request: SignedInRequest,
    run: PracticeRun,
    *,
    status: int = 200,
    notice: str = "",
    entered: str = "",
    said: Mapping[int, Said] | None = None,
    missing: Assessment | None = None,
) -> HttpResponse:
    is_own = run.user_id == request.user.pk
    progress = module_progress(request.user, parent_path(run.page.path))
    context: dict[str, Any] = {
        "run": run,
        "is_own": is_own,
        "progress": progress,
        "module_url": progress.module.get_url(request) if progress else "",
        "next_step": progress.next_step if progress and is_own else None,
        "notice": notice,
        "entered": entered,
    }
    if is_own or run.is_finished:
        place = position(run.played, run.events)
        context |= {"place": place, "turns": turns_of(place), "turn": len(run.events)}
        if place.end is not None and run.version_id is not None:
            assessment = assessment_of(run, place, said_in(run) if said is None else said)
            context |= {"assessment": assessment, "missing": missing}
    return render(request, TEMPLATE, context, status=status)
