"""A module is assigned by hand, for what was missed."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coaching.forms_rules import AssignModuleForm
from coaching.permissions import develops
from coaching.views.people import chosen_id, person_or_404
from people.requests import SignedInRequest
from scorecards.models import Criterion
from training.actions import AlreadyDone, NotAllowed, NotPublished, assign_module

DUE_DAYS = 14


@require_http_methods(["GET", "HEAD", "POST"])
def module_assign(request: SignedInRequest, agent_pk: int) -> HttpResponse:
    """`?module=` and `?criterion=` fill in what is known."""
    agent = person_or_404(request.user, agent_pk)
    if not develops(request.user, agent):
        raise PermissionDenied(_("Modules are assigned by those who develop this person."))
    criterion = Criterion.objects.filter(pk=chosen_id(request, "criterion") or 0).first()
    reason = _("“%(criterion)s” was missed.") % {"criterion": criterion.title} if criterion else ""
    initial = {
        "module": chosen_id(request, "module"),
        "due_on": timezone.localdate() + dt.timedelta(days=DUE_DAYS),
        "reason": reason,
    }
    form = AssignModuleForm(request.POST or None, initial=initial, reader=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            assigned = assign_module(agent, **form.cleaned_data, by=request.user)
        except (NotAllowed, NotPublished, AlreadyDone) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                _("“%(module)s” is assigned to %(person)s.")
                % {"module": assigned.module.title, "person": agent},
            )
            return redirect("coaching:chain", agent.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "agent": agent}
    return render(request, "coaching/module_assign.html", context, status=status)
