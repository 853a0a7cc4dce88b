"""Goals: set, looked at, closed."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coaching import actions
from coaching.actions import NotAllowed
from coaching.actions.goals import can_close
from coaching.forms import GoalForm, ReasonForm
from coaching.goals import progress_of
from coaching.models import Goal
from coaching.views.people import chosen_id, coachable_by, refuse_who_coaches_nobody
from people.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def goal_create(request: SignedInRequest) -> HttpResponse:
    """`?agent=` and `?skill=` fill in what is known."""
    refuse_who_coaches_nobody(request.user)
    people = coachable_by(request.user)
    initial = {"agent": chosen_id(request, "agent"), "skill": chosen_id(request, "skill")}
    form = GoalForm(request.POST or None, people=people, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            goal = actions.set_goal(data.pop("agent"), data.pop("skill"), **data, by=request.user)
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("The goal is set, and %(person)s is told.") % {"person": goal.agent}
            )
            return redirect(goal)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "has_people": people.exists()}
    return render(request, "coaching/goal_create.html", context, status=status)


@require_safe
def goal_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    return _show(request, _goal_or_404(request, pk))


@require_POST
def goal_close(request: SignedInRequest, pk: int) -> HttpResponse:
    goal = _goal_or_404(request, pk)
    if not can_close(request.user, goal):
        raise PermissionDenied(_("Goals are closed by those who develop this person."))
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            actions.close_goal(goal, by=request.user, reason=form.cleaned_data["reason"])
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The goal is closed."))
            return redirect(goal)
    return _show(request, goal, status=422, reason_form=form)


def _goal_or_404(request: SignedInRequest, pk: int) -> Goal:
    rows = Goal.objects.visible_to(request.user).select_related(
        "agent", "skill", "set_by", "closed_by", "version__rubric"
    )
    return get_object_or_404(rows, pk=pk)


def _show(
    request: SignedInRequest,
    goal: Goal,
    *,
    status: int = 200,
    reason_form: ReasonForm | None = None,
) -> HttpResponse:
    context = {
        "goal": goal,
        "progress": progress_of([goal], on=timezone.localdate())[0],
        "may_close": goal.closed_at is None and can_close(request.user, goal),
        "reason_form": reason_form or ReasonForm(),
    }
    return render(request, "coaching/goal_detail.html", context, status=status)
