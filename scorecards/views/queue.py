"""The reviewer's queue, and handing interactions out."""

import re

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from interactions.models import Interaction
from people.requests import SignedInRequest
from scorecards.actions import Refused, assign_for_review, start_scorecard
from scorecards.forms import AssignForm
from scorecards.models import ReviewAssignment
from scorecards.permissions import can_assign_reviews, can_grade
from scorecards.views.refusals import refuse
from ui.pagination import paginate

# Longer numbers do not fit a database id, and SQLite refuses them with an error.
DATABASE_ID = re.compile(r"[0-9]{1,18}")


@require_GET
def queue(request: SignedInRequest) -> HttpResponse:
    """What waits for this reviewer, in the order of the queue. Constant queries."""
    if not can_grade(request.user):
        raise PermissionDenied(_("Only reviewers have a queue."))
    page = paginate(request, ReviewAssignment.objects.waiting_for(request.user))
    context = {"page": page, "today": timezone.localdate(), "count": page.paginator.count}
    return render(request, "scorecards/queue.html", context)


@require_POST
def grade_next(request: SignedInRequest) -> HttpResponse:
    """Open the first interaction of the queue; without one, say so."""
    if not can_grade(request.user):
        raise PermissionDenied(_("Only reviewers have a queue."))
    return go_on(
        request, when_empty=_("Your queue is empty: everything assigned to you is graded.")
    )


@require_POST
def grade_start(request: SignedInRequest, pk: int) -> HttpResponse:
    assignment = get_object_or_404(
        ReviewAssignment.objects.filter(reviewer=request.user).select_related("interaction"), pk=pk
    )
    try:
        scorecard = start_scorecard(assignment, by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:queue")
    return redirect("scorecards:grade", pk=scorecard.pk)


def go_on(request: SignedInRequest, *, when_empty: str) -> HttpResponse:
    """Open the first of the reviewer's queue, or lead to the empty queue with a message."""
    assignment = ReviewAssignment.objects.waiting_for(request.user).first()
    if assignment is None:
        messages.info(request, when_empty)
        return redirect("scorecards:queue")
    try:
        scorecard = start_scorecard(assignment, by=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("scorecards:queue")
    return redirect("scorecards:grade", pk=scorecard.pk)


@require_http_methods(["GET", "POST"])
def assign_reviews(request: SignedInRequest) -> HttpResponse:
    """Hand the chosen interactions (`interaction`, repeated) to reviewers."""
    if not can_assign_reviews(request.user):
        raise PermissionDenied(_("You may not pick interactions for grading."))
    source = request.POST if request.method == "POST" else request.GET
    ids = [int(value) for value in source.getlist("interaction") if DATABASE_ID.fullmatch(value)]
    chosen = list(Interaction.objects.visible_to(request.user).filter(pk__in=ids).with_people())
    form = AssignForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and chosen and form.is_valid():
        try:
            created = assign_for_review(chosen, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            return refuse(request, refusal, back="interactions:interaction_list")
        _say_what_was_assigned(request, len(created), len(chosen))
        return redirect("interactions:interaction_list")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "chosen": chosen}
    return render(request, "scorecards/assign_reviews.html", context, status=status)


def _say_what_was_assigned(request: SignedInRequest, created: int, chosen: int) -> None:
    if created:
        messages.success(
            request,
            ngettext(
                "%(count)d interaction was sent to review.",
                "%(count)d interactions were sent to review.",
                created,
            )
            % {"count": created},
        )
    if passed_over := chosen - created:
        messages.info(
            request,
            ngettext(
                "%(count)d was passed over: it is in review already, has no messages, or nobody "
                "else could take it.",
                "%(count)d were passed over: they are in review already, have no messages, or "
                "nobody else could take them.",
                passed_over,
            )
            % {"count": passed_over},
        )
