"""Sampling plans: the list, one with its draws, editing, drawing, and why something was picked."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Prefetch
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from content.models import ProcedurePage
from interactions.models import Interaction
from interactions.selection import filter_of
from people.exports import is_export, list_export, require_list
from people.models import User
from people.requests import SignedInRequest
from scorecards.actions.queue import reopen_pick
from scorecards.actions.refusals import Refused
from scorecards.actions.sample import (
    Preview,
    draw_sample,
    next_period,
    preview_draw,
    save_plan,
)
from scorecards.estimates import estimates_of
from scorecards.files import DRAWS, PICKS, PLANS
from scorecards.forms_sampling import PeriodForm, PlanForm
from scorecards.models import Pick, ReviewAssignment, SamplingDraw, SamplingPlan
from scorecards.models.picks import by_state, new_seed
from scorecards.permissions import can_assign_reviews
from scorecards.sampling import Sign
from scorecards.views.refusals import refuse, status_of
from ui.pagination import paginate

TEMPLATE = "scorecards/sampling_detail.html"


@require_list
def sampling_list(request: SignedInRequest) -> HttpResponseBase:
    """All plans with how much they drew and what of it is still to be graded. Constant queries."""
    _require_permission(request)
    plans = SamplingPlan.objects.visible_to(request.user).select_related("rubric")
    plans = plans.annotate(
        draw_count=Count("draws", distinct=True), last_day=Max("draws__ends_on")
    ).order_by("-is_active", "name")
    if answer := list_export(request, plans, PLANS, "sampling-plans", prepare=_with_open):
        return answer
    page = paginate(request, plans)
    rows = [(plan, plan.open_count) for plan in _with_open(page)]
    return render(request, "scorecards/sampling_list.html", {"page": page, "rows": rows})


@require_list
def sampling_detail(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One plan. With a period in the address also what a draw for it would pick; that reads the whole
    population of the period, so it is only done when asked for."""
    plan = _plan(request, pk)
    if answer := _draws_file(request, plan):
        return answer
    form = PeriodForm(request.GET) if "starts_on" in request.GET else None
    preview, refusal, status = None, None, 200
    if form is not None and form.is_valid():
        try:
            preview = preview_draw(plan, **form.period())
        except Refused as refused:
            refusal, status = refused, status_of(refused)
    elif form is not None:
        status = 422
    context = _context(request, plan, form, preview, refusal)
    return render(request, TEMPLATE, context, status=status)


@require_POST
def sampling_draw(request: SignedInRequest, pk: int) -> HttpResponse:
    plan = _plan(request, pk)
    form = PeriodForm(request.POST)
    if not form.is_valid():
        return render(request, TEMPLATE, _context(request, plan, form), status=422)
    try:
        made = draw_sample(plan, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        context = _context(request, plan, form, refusal=refusal)
        return render(request, TEMPLATE, context, status=status_of(refusal))
    messages.success(
        request,
        ngettext(
            "%(count)d conversation was picked out of %(population)d, with seed %(seed)d.",
            "%(count)d conversations were picked out of %(population)d, with seed %(seed)d.",
            made.picked_count,
        )
        % {"count": made.picked_count, "population": made.population_size, "seed": made.seed},
    )
    return redirect("scorecards:sampling_picks", pk=made.pk)


@require_list
def sampling_picks(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """What one draw picked, by which chance, and what became of it. Constant queries."""
    _require_permission(request)
    draw = get_object_or_404(SamplingDraw.objects.select_related("plan", "drawn_by"), pk=pk)
    picks = (
        Pick.objects.visible_to(request.user)
        .filter(draw=draw)
        .select_related("interaction__agent")
        .prefetch_related(
            Prefetch(
                "assignments",
                ReviewAssignment.objects.select_related("reviewer").order_by("purpose", "pk"),
            )
        )
        .order_by("pk")
    )

    def with_signs(shown: Iterable[Pick]) -> list[Any]:
        rows: list[Any] = list(shown)
        withheld = _withheld(request, [pick.interaction_id for pick in rows])
        for pick in rows:
            hides = pick.interaction_id in withheld
            pick.sign_labels = sign_labels(_shown(pick, is_withheld=hides))
        return rows

    if answer := list_export(request, picks, PICKS, f"picks-{draw.pk}", prepare=with_signs):
        return answer
    counts = ReviewAssignment.objects.filter(pick__draw=draw).counts()
    page = paginate(request, picks)
    with_signs(page)
    context = {"draw": draw, "plan": draw.plan, "page": page, "counts": counts}
    return render(request, "scorecards/sampling_picks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def sampling_edit(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    """A new plan, or a changed one; what was drawn before stays as it was. A new one begins with what
    the filter `matching` of the list of interactions says and a plan can hold."""
    _require_permission(request)
    plan = _plan(request, pk) if pk else SamplingPlan()
    initial, left_out = ({}, []) if pk else _from_filter(request)
    form = PlanForm(
        request.POST if request.method == "POST" else None, instance=plan, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        chosen = {name: form.cleaned_data[name] for name in ("teams", "agents", "reviewers")}
        try:
            saved = save_plan(form.instance, by=request.user, **chosen)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The plan is saved."))
            return redirect(saved)
    status = 422 if request.method == "POST" else 200
    name = SamplingPlan.objects.values_list("name", flat=True).get(pk=pk) if pk else ""
    context = {"form": form, "plan": plan, "name": name, "left_out": left_out}
    return render(request, "scorecards/sampling_edit.html", context, status=status)


def _from_filter(request: SignedInRequest) -> tuple[dict[str, Any], list[str]]:
    """(what a plan can hold of a filter of the list of interactions, the labels of what it cannot)."""
    if not request.GET.get("matching"):
        return {}, []
    found = filter_of(request.GET, request.user)
    found.form.is_valid()
    chosen = found.form.cleaned_data
    agent = chosen.get("agent")
    initial = {
        "channels": [chosen["channel"]] if chosen.get("channel") else [],
        "teams": [chosen["team"].pk] if chosen.get("team") else [],
        "agents": [agent.pk] if isinstance(agent, User) else [],
    }
    held = {"channel", "team", *(["agent"] if initial["agents"] else [])}
    return initial, [
        str(found.filters[name].label)
        for name, value in chosen.items()
        if value and name not in held and name != "sort"
    ]


@require_safe
def pick_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Why this one was picked: all of it to who draws; to whoever sees a grade of it, the agent among
    them, without what points at the person. A low rating stays hidden from who has still to
    grade the same conversation."""
    pick = get_object_or_404(
        Pick.objects.visible_to(request.user).select_related(
            "draw__plan", "draw__drawn_by", "interaction"
        ),
        pk=pk,
    )
    sees_all = can_assign_reviews(request.user)
    is_withheld = bool(_withheld(request, [pick.interaction_id]))
    signs = _shown(pick, is_withheld=is_withheld)
    if not sees_all:
        signs = [sign for sign in signs if sign != Sign.NEW_AGENT.value]
    context = {
        "pick": pick,
        "draw": pick.draw,
        "plan": pick.draw.plan,
        "rules": pick.draw.rules,
        "chance": 100 * pick.inclusion_probability,
        "even_chance": 100 * pick.draw.expected_count / pick.draw.population_size,
        "signs": sign_labels(signs),
        "changes": _changes(request, pick) if Sign.CHANGED_PROCEDURE.value in signs else [],
        "is_withheld": is_withheld,
        "sees_all": sees_all,
        "skipped": pick.assignments.filter(state=ReviewAssignment.State.SKIPPED).select_related(
            "reviewer"
        )
        if sees_all
        else [],
    }
    return render(request, "scorecards/pick_detail.html", context)


@require_POST
def pick_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a skipped assignment of a pick back into the pool."""
    _require_permission(request)
    pick = get_object_or_404(Pick.objects.visible_to(request.user), assignments=pk)
    try:
        reopen_pick(pick.assignments.get(pk=pk), by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:sampling_list")
    messages.success(request, _("Put back: the plan’s reviewers can take it from the pool."))
    if "from_pick" in request.POST:
        return redirect(pick)
    return redirect("scorecards:sampling_picks", pk=pick.draw_id)


def _withheld(request: SignedInRequest, interactions: list[int]) -> set[int]:
    """Those whose customer's rating the user must not know yet. One query."""
    rows = Interaction.objects.rating_withheld_from(request.user).filter(pk__in=interactions)
    return set(rows.values_list("pk", flat=True))


def _shown(pick: Pick, *, is_withheld: bool) -> list[str]:
    return [sign for sign in pick.signs if not (is_withheld and sign == Sign.LOW_RATING.value)]


def _changes(request: SignedInRequest, pick: Pick) -> list[tuple[ProcedurePage, dt.datetime]]:
    """The procedures that were published anew shortly before, as far as the user may read them, with
    when. One query."""
    at, channel = pick.interaction.occurred_at, pick.interaction.channel
    found = pick.draw.rules.changes_before(at, channel=channel)
    pages = (
        ProcedurePage.objects.visible_to(request.user)
        .defer_streamfields()
        .in_bulk({change.procedure for change in found})
    )
    return [(pages[change.procedure], change.at) for change in found if change.procedure in pages]


def sign_labels(signs: list[str]) -> list[str]:
    labels = {
        Sign.LONG_HANDLING.value: _("long handling"),
        Sign.COMPLAINT_WORDS.value: _("complaint words"),
        Sign.NEW_AGENT.value: _("new agent"),
        Sign.LOW_RATING.value: _("low customer rating"),
        Sign.CHANGED_PROCEDURE.value: _("changed procedure"),
    }
    return [str(labels[sign]) for sign in signs]


def _require_permission(request: SignedInRequest) -> None:
    if not can_assign_reviews(request.user):
        raise PermissionDenied(_("You may not decide what is reviewed."))


def _plan(request: SignedInRequest, pk: int) -> SamplingPlan:
    _require_permission(request)
    plans = SamplingPlan.objects.visible_to(request.user).select_related("rubric")
    return get_object_or_404(plans, pk=pk)


def _with_open(plans: Iterable[SamplingPlan]) -> list[Any]:
    """Each with `open_count`, the grades still to give. One query."""
    rows: list[Any] = list(plans)
    counts = dict(
        ReviewAssignment.objects.open()
        .filter(pick__draw__plan__in=[plan.pk for plan in rows])
        .order_by()
        .values_list("pick__draw__plan")
        .annotate(Count("pk"))
    )
    for plan in rows:
        plan.open_count = counts.get(plan.pk, 0)
    return rows


def _draws_file(request: SignedInRequest, plan: SamplingPlan) -> StreamingHttpResponse | None:
    if not is_export(request):
        return None
    _estimate, each = estimates_of(plan)

    def with_estimates(draws: Iterable[SamplingDraw]) -> list[dict[str, Any]]:
        return [{"draw": draw, "of": each.get(draw.pk)} for draw in draws]

    draws = plan.draws.select_related("drawn_by")
    return list_export(request, draws, DRAWS, f"draws-{plan.pk}", prepare=with_estimates)


def _context(
    request: SignedInRequest,
    plan: SamplingPlan,
    form: PeriodForm | None = None,
    preview: Preview | None = None,
    refusal: Refused | None = None,
) -> dict[str, Any]:
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    starts_on, ends_on = next_period(plan, on=today)
    is_drawn = ends_on >= today
    if form is None:
        # What is still to come would be refused, so it is not proposed.
        proposed = {} if is_drawn else {"starts_on": starts_on, "ends_on": ends_on}
        form = PeriodForm(initial=proposed)
    estimate, each = estimates_of(plan)
    page = paginate(request, plan.draws.select_related("drawn_by"), per_page=12)
    counts = {
        row["pick__draw"]: row
        for row in ReviewAssignment.objects.filter(pick__draw__in=[draw.pk for draw in page])
        .values("pick__draw")
        .order_by("pick__draw")
        .annotate(**by_state())
    }
    seed = form.data.get("seed") or new_seed()
    return {
        "plan": plan,
        "teams": plan.teams.all(),
        "agents": plan.agents.all(),
        "reviewers": plan.reviewers.all(),
        "channels": plan.channel_labels,
        "weights": sign_weights(plan),
        "form": form,
        "is_drawn": is_drawn,
        "next_draw_on": ends_on + dt.timedelta(days=1),
        "next_starts_on": starts_on,
        "next_ends_on": ends_on,
        "seed": seed,
        "preview": preview,
        "preview_signs": [(sign_labels([sign.value])[0], count) for sign, count in preview.signs]
        if preview
        else [],
        "refusal": refusal,
        "estimate": estimate,
        "page": page,
        "rows": [(draw, counts.get(draw.pk, {}), each.get(draw.pk)) for draw in page],
    }


def sign_weights(plan: SamplingPlan) -> list[tuple[str, int]]:
    """The signs that count in a risk-based plan, with their weights."""
    if not plan.is_by_risk:
        return []
    return [
        (sign_labels([sign.value])[0], weight)
        for sign, weight in plan.design.weights.items()
        if weight
    ]
