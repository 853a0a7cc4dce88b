"""Agents whom nobody is matched to yet."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from interactions.files import UNKNOWN_AGENTS
from interactions.import_views import require_importer
from interactions.matching import (
    CannotMatch,
    match_agent,
    suggested,
    unknown_agents,
    unmatch_agent,
)
from people.exports import list_export
from people.models import ExternalIdentity, User
from people.requests import SignedInRequest
from ui.pagination import paginate

KNOWN_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
def unknown_agents_page(request: SignedInRequest) -> HttpResponseBase:
    """Who the agents of imports are: accept a suggestion, choose somebody else, or leave it; many
    at once. What was said can be taken back. The queries do not grow with the rows."""
    require_importer(request)
    if answer := list_export(request, unknown_agents(), UNKNOWN_AGENTS, "unknown-agents"):
        return answer
    if request.method == "POST":
        if request.POST.get("undo"):
            _undo(request)
            return redirect("interactions:unknown_agents")
        if not (faults := _match_all(request)):
            return redirect(
                f"{reverse('interactions:unknown_agents')}?page={request.GET.get('page', 1)}"
            )
        for fault in faults:
            messages.error(request, fault)
    page = paginate(request, unknown_agents())
    agents: list[dict[str, Any]] = list(page)
    wants_sure = request.GET.get("fill") == "sure"
    rows = []
    for number, (agent, people) in enumerate(zip(agents, suggested(agents), strict=True)):
        chosen = request.POST.get(f"person_{number}", "") if request.method == "POST" else ""
        if not chosen and wants_sure and people and people[0].is_sure:
            chosen = str(people[0].person.pk)
        rows.append(
            {
                **agent,
                "number": number,
                "people": people,
                "chosen": chosen,
                "other": request.POST.get(f"other_{number}", ""),
            }
        )
    sources = ExternalIdentity.objects.select_related("user").order_by("-pk")
    context = {
        "page": page,
        "rows": rows,
        "everybody": User.objects.filter(is_active=True).order_by("first_name", "last_name")[:2000],
        "known": sources[:KNOWN_SHOWN],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "interactions/unknown_agents.html", context, status=status)


def _match_all(request: SignedInRequest) -> list[str]:
    """Do what was chosen in each row; what went wrong comes back as sentences, the rest is done."""
    faults = []
    agents = interactions = number = 0
    while (source := request.POST.get(f"source_{number}")) is not None:
        reference = request.POST.get(f"reference_{number}", "")
        chosen = request.POST.get(f"person_{number}", "")
        other = request.POST.get(f"other_{number}", "").strip()
        number += 1
        if not chosen or (chosen == "other" and not other):
            continue
        people = User.objects.filter(is_active=True)
        if chosen == "other":
            person = people.filter(email__iexact=other).first()
        else:
            person = people.filter(pk=chosen).first() if chosen.isdecimal() else None
        if person is None:
            faults.append(
                _("%(agent)s: nobody here has the e-mail address “%(address)s”.")
                % {"agent": reference, "address": other or chosen}
            )
            continue
        try:
            interactions += match_agent(source, reference, person, by=request.user)
            agents += 1
        except CannotMatch as refusal:
            faults.append(str(refusal))
    if agents:
        words = ngettext("%(count)s agent was matched", "%(count)s agents were matched", agents)
        messages.success(
            request,
            words % {"count": agents}
            + _(" (%(count)s interactions). It can be undone below.") % {"count": interactions},
        )
    elif not faults:
        messages.info(request, _("Nothing was chosen."))
    return faults


def _undo(request: SignedInRequest) -> None:
    pk = request.POST["undo"]
    identity = get_object_or_404(ExternalIdentity, pk=pk if pk.isdecimal() else 0)
    freed, kept = unmatch_agent(identity, by=request.user)
    messages.success(
        request,
        _("Undone: %(freed)s interactions have no agent again.") % {"freed": freed},
    )
    if kept:
        messages.warning(
            request,
            _(
                "%(kept)s keep theirs, because they are graded: a scorecard never "
                "changes its agent silently."
            )
            % {"kept": kept},
        )
