"""The reviewer's queue, and handing interactions out."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet, Window
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from interactions.selection import picked
from people.exports import list_export, require_list
from people.requests import SignedInRequest
from scorecards.actions import Refused, assign_for_review
from scorecards.actions.queue import (
    NoLongerHeld,
    claim_pick,
    next_review,
    release_pick,
    resume_draft,
    skip_pick,
    start_review,
)
from scorecards.files import QUEUE
from scorecards.forms import AssignForm
from scorecards.forms_sampling import SkipForm
from scorecards.models import ReviewAssignment
from scorecards.permissions import can_assign_reviews, can_grade
from scorecards.views.refusals import refuse
from ui.pagination import paginate

TEMPLATE = "scorecards/queue.html"
POOL_SHOWN = 20
MOST_AT_ONCE = 200


@require_list
def queue(request: SignedInRequest) -> HttpResponseBase:
    """What waits for this reviewer, started ones first, and the pool to claim from. Constant
    queries. A lapsed claim counts as free here, but only claiming it writes that down."""
    _require_reviewer(request)
    now = timezone.now()
    held = ReviewAssignment.objects.held_by(request.user, at=now)
    waiting = held.select_related("interaction__agent", "rubric").started_first()
    if answer := list_export(request, waiting, QUEUE, "queue"):
        return answer
    pool = ReviewAssignment.objects.claimable_by(request.user, at=now)
    today = timezone.localdate()
    counted = held.aggregate(all=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=today)))
    shown, pool_count = _shown(pool.for_claiming(request.user))
    context = {
        "page": paginate(request, waiting, count=counted["all"]),
        "today": today,
        "count": counted["all"],
        "overdue_count": counted["overdue"],
        "pool": shown,
        "pool_count": pool_count,
    }
    return render(request, TEMPLATE, context)


def _shown(pool: QuerySet[ReviewAssignment]) -> tuple[list[ReviewAssignment], int]:
    """The first of `pool` with what their rows show, and how many there are in all. Two queries: sought
    together with all they join, a database carries the joined rows of the whole pool through its sort."""
    counted = pool.annotate(count=Window(Count("pk"))).values_list("pk", "count")[:POOL_SHOWN]
    first = dict(counted)
    found = ReviewAssignment.objects.select_related("interaction__agent", "rubric").in_bulk(first)
    return [found[pk] for pk in first if pk in found], next(iter(first.values()), 0)


@require_POST
def grade_next(request: SignedInRequest) -> HttpResponse:
    _require_reviewer(request)
    return go_on(
        request,
        when_empty=_(
            "Your queue is empty: everything assigned to you is graded, and the pool has nothing."
        ),
    )


@require_POST
def grade_start(request: SignedInRequest, pk: int) -> HttpResponse:
    return _start(request, _own(request, pk))


@require_POST
def pick_claim(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take one from the pool, and open it."""
    _require_reviewer(request)
    # Not `claimable_by`: who comes a moment too late shall read why, not that there is no such page.
    rows = ReviewAssignment.objects.open().exclude(interaction__agent=request.user)
    assignment = get_object_or_404(rows, pk=pk)
    try:
        claimed = claim_pick(assignment, by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:queue")
    return _start(request, claimed)


@require_POST
def pick_release(request: SignedInRequest, pk: int) -> HttpResponse:
    try:
        release_pick(_own(request, pk), by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:queue")
    messages.success(request, _("Given back: any other reviewer can take it now."))
    return redirect("scorecards:queue")


@require_http_methods(["GET", "HEAD", "POST"])
def pick_skip(request: SignedInRequest, pk: int) -> HttpResponse:
    """Set one aside that nobody can grade, with the reason."""
    assignment = _own(request, pk)
    if assignment.reviewer_id != request.user.pk:
        return refuse(request, NoLongerHeld(), back="scorecards:queue")
    form = SkipForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            skip_pick(assignment, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            return refuse(request, refusal, back="scorecards:queue")
        messages.success(request, _("Set aside with your reason; it is not graded."))
        return redirect("scorecards:queue")
    context = {"form": form, "assignment": assignment}
    status = 422 if request.method == "POST" else 200
    return render(request, "scorecards/pick_skip.html", context, status=status)


def _own(request: SignedInRequest, pk: int) -> ReviewAssignment:
    """An assignment that this reviewer holds or held, so that one with an old page reads why it is gone;
    anybody else's does not exist for them."""
    _require_reviewer(request)
    rows = ReviewAssignment.objects.filter(Q(reviewer=request.user) | Q(released_by=request.user))
    return get_object_or_404(rows.select_related("interaction__agent"), pk=pk)


def _require_reviewer(request: SignedInRequest) -> None:
    if not can_grade(request.user):
        raise PermissionDenied(_("Only reviewers have a queue."))


def _start(request: SignedInRequest, assignment: ReviewAssignment) -> HttpResponse:
    try:
        scorecard = start_review(assignment, by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:queue")
    return redirect("scorecards:grade", pk=scorecard.pk)


def go_on(request: SignedInRequest, *, when_empty: str) -> HttpResponse:
    """Open what is first in the reviewer's queue, or what they can claim from the pool; without either,
    lead to the empty queue with a message."""
    assignment = next_review(by=request.user)
    if assignment is None:
        messages.info(request, when_empty)
        return redirect("scorecards:queue")
    if draft := resume_draft(assignment, by=request.user):
        return redirect("scorecards:grade", pk=draft)
    try:
        scorecard = start_review(assignment, by=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("scorecards:queue")
    return redirect("scorecards:grade", pk=scorecard.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def assign_reviews(request: SignedInRequest) -> HttpResponse:
    """Hand the chosen interactions (`interaction`, repeated, or all that a filter finds) to reviewers."""
    if not can_assign_reviews(request.user):
        raise PermissionDenied(_("You may not pick interactions for grading."))
    source = request.POST if request.method == "POST" else request.GET
    rows = picked(source, request.user).with_people()
    count = rows.count()
    chosen = list(rows) if count <= MOST_AT_ONCE else []
    form = AssignForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and chosen and form.is_valid():
        try:
            created = assign_for_review(chosen, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            return refuse(request, refusal, back="interactions:interaction_list")
        _say_what_was_assigned(request, len(created), len(chosen))
        return redirect("interactions:interaction_list")
    status = 422 if request.method == "POST" else 200
    context = {
        "form": form,
        "chosen": chosen,
        "too_many": 0 if chosen else count,
        "limit": MOST_AT_ONCE,
        "plan_address": f"{reverse('scorecards:sampling_create')}?"
        + urlencode({"matching": source.get("matching", "")}),
    }
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
