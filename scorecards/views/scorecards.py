"""Finished scorecards: the list, one of them, and acknowledging it."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from content.models import Skill
from people.channels import Channel
from people.models import User, UserQuerySet
from people.requests import SignedInRequest
from scorecards.actions import NotAllowed, Refused, acknowledge_scorecard
from scorecards.grading import load_sheet
from scorecards.models import Scorecard
from scorecards.permissions import can_acknowledge
from scorecards.views.refusals import refuse
from ui.pagination import paginate


@require_GET
def scorecard_list(request: SignedInRequest) -> HttpResponse:
    """Submitted scorecards one may see, newest first. Filters: `agent`, `month` (YYYY-MM), `skill`
    (a key), `channel`, `outcome`, `unread`. Constant queries."""
    rows = Scorecard.objects.visible_to(request.user).submitted().with_people()
    people = User.objects.visible_to(request.user)
    agent = _chosen_person(request, people)
    month = _chosen_month(request)
    skills = list(Skill.objects.all())
    skill = next((row for row in skills if row.key == request.GET.get("skill")), None)
    channel = request.GET.get("channel", "")
    outcome = request.GET.get("outcome", "")
    if agent:
        rows = rows.filter(agent=agent)
    if month:
        rows = rows.in_month(month)
    if skill:
        rows = rows.measuring(skill)
    if channel in Channel.values:
        rows = rows.filter(interaction__channel=channel)
    if outcome in Scorecard.Outcome.values:
        rows = rows.filter(outcome=outcome)
    if request.GET.get("unread"):
        rows = rows.to_acknowledge()
    page = paginate(request, rows)
    context = {
        "page": page,
        "rows": [(row, row.stored_skill_percents.get(skill.pk) if skill else None) for row in page],
        "agent": agent,
        "month": month,
        "skill": skill,
        "skills": skills,
        "people": people.filter(received_scorecards__isnull=False).distinct(),
        "channels": Channel.choices,
        "outcomes": Scorecard.Outcome.choices,
        "is_filtered": bool(request.GET.keys() - {"page"}),
    }
    return render(request, "scorecards/scorecard_list.html", context)


@require_GET
def scorecard_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One scorecard with its evidence beside the conversation; a draft leads to the grading screen."""
    sheet = load_sheet(pk, user=request.user)
    if not sheet.scorecard.is_submitted:
        return redirect("scorecards:grade", pk=pk)
    context = {
        "sheet": sheet,
        "scorecard": sheet.scorecard,
        "interaction": sheet.scorecard.interaction,
        "may_acknowledge": can_acknowledge(request.user, sheet.scorecard),
    }
    return render(request, "scorecards/scorecard_detail.html", context)


@require_POST
def scorecard_acknowledge(request: SignedInRequest, pk: int) -> HttpResponse:
    scorecard = get_object_or_404(Scorecard.objects.visible_to(request.user), pk=pk)
    try:
        acknowledge_scorecard(scorecard, by=request.user)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:scorecard_list")
    messages.success(request, _("Thank you: it is noted that you have read this scorecard."))
    return redirect("scorecards:scorecard_detail", pk=pk)


def _chosen_person(request: SignedInRequest, people: UserQuerySet) -> User | None:
    value = request.GET.get("agent", "")
    return get_object_or_404(people, pk=value) if value.isdecimal() else None


def _chosen_month(request: SignedInRequest) -> dt.date | None:
    try:
        return dt.date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return None
