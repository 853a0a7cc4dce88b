"""A module is assigned by hand, for what was missed."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coaching import actions
from coaching.forms_rules import AssignModuleForm
from coaching.permissions import develops
from coaching.views.people import chosen_id, person_or_404
from people.models import User
from people.requests import SignedInRequest
from scorecards.models import CriterionScore
from training.actions import AlreadyDone, NotAllowed, NotPublished

DUE_DAYS = 14


@require_http_methods(["GET", "HEAD", "POST"])
def module_assign(request: SignedInRequest, agent_pk: int) -> HttpResponse:
    """`?module=` fills in the module; `?score=` names the grade that it is for, `?criterion=` the newest
    one that missed it."""
    agent = person_or_404(request.user, agent_pk)
    if not develops(request.user, agent):
        raise PermissionDenied(_("Modules are assigned by those who develop this person."))
    score, is_lost = _score(request, agent)
    reason = ""
    if score is not None:
        reason = _("“%(criterion)s” was missed.") % {"criterion": score.criterion.title}
    initial = {
        "module": chosen_id(request, "module"),
        "due_on": timezone.localdate() + dt.timedelta(days=DUE_DAYS),
        "reason": reason,
    }
    form = AssignModuleForm(request.POST or None, initial=initial, reader=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            assigned = actions.assign_for(agent, **form.cleaned_data, score=score, by=request.user)
        except (actions.NotAllowed, NotAllowed, NotPublished, AlreadyDone) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                _("“%(module)s” is assigned to %(person)s.")
                % {"module": assigned.module.title, "person": agent},
            )
            return redirect("coaching:chain", agent.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "agent": agent, "score": score, "is_lost": is_lost}
    return render(request, "coaching/module_assign.html", context, status=status)


def _score(request: SignedInRequest, agent: User) -> tuple[CriterionScore | None, bool]:
    """The grade that the address asks for, and whether it asks for one that is not there."""
    if pk := chosen_id(request, "score"):
        score = actions.score_seen_by(request.user, agent, pk)
        return score, score is None
    if pk := chosen_id(request, "criterion"):
        return actions.newest_miss(request.user, agent, pk), False
    return None, False
