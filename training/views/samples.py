"""Grading a sample conversation, and the comparison with its key."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from content.models import SamplePage
from people.requests import SignedInRequest
from scorecards.calibration import compare_with_key
from scorecards.grading import load_sheet
from scorecards.models import Scorecard
from training.actions import NotAllowed
from training.actions.practice import start_sample
from training.models import SampleGrading
from training.progress import module_progress, parent_path
from training.views.steps import step_or_404


@require_POST
def sample_start(request: SignedInRequest, page_id: int) -> HttpResponse:
    """To the grading screen, with the sample begun or the next one."""
    page = step_or_404(SamplePage, request.user, page_id)
    try:
        grading = start_sample(request.user, page)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        return redirect(page.get_url(request) if page.live else "training:learning")
    scorecard = Scorecard.objects.current().get(assignment=grading.assignment_id)
    return redirect("scorecards:grade", pk=scorecard.pk)


@require_safe
def sample_result(request: SignedInRequest, assignment_pk: int) -> HttpResponse:
    """One's grade beside the key, criterion by criterion; also to who develops the person. While it is
    open it leads to the page of the exercise."""
    rows = SampleGrading.objects.visible_to(request.user).select_related(
        "page", "user", "assignment__practice_pick__key__written_by"
    )
    grading = get_object_or_404(rows, assignment=assignment_pk)
    is_own = grading.user_id == request.user.pk
    progress = module_progress(request.user, parent_path(grading.page.path))
    if not grading.is_submitted and is_own:
        return redirect(grading.page.get_url(request) if grading.page.live else "training:learning")
    context = {
        "grading": grading,
        "is_own": is_own,
        "progress": progress,
        "module_url": progress.module.get_url(request) if progress else "",
        "next_step": progress.next_step if progress and is_own else None,
    }
    if grading.is_submitted:
        scorecard = Scorecard.objects.current().get(assignment=assignment_pk)
        sheet = load_sheet(scorecard.pk, user=grading.user)
        key = grading.assignment.practice_pick.key
        context |= {
            "sheet": sheet,
            "scorecard": sheet.scorecard,
            "key": key,
            "result": compare_with_key(sheet.scorecard, key, sheet.criteria()),
        }
    return render(request, "training/sample_result.html", context)
