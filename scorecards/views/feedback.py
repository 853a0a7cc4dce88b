"""Holding grades back from agents, and releasing them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from people.converters import DATABASE_ID
from people.exports import list_export
from people.models import User, UserQuerySet
from people.requests import SignedInRequest
from people.roles import Role
from scorecards.actions import (
    Refused,
    hold_feedback,
    release_scorecards,
    stop_holding_feedback,
)
from scorecards.feedback_forms import FeedbackHoldForm
from scorecards.files import SCORECARDS
from scorecards.models import Scorecard
from scorecards.permissions import can_release
from scorecards.views.refusals import refuse
from ui.pagination import paginate

PAGE = "scorecards:scorecard_release"


@require_http_methods(["GET", "HEAD", "POST"])
def scorecard_release(request: SignedInRequest) -> HttpResponseBase:
    """What is held back from one's people. POST releases the chosen (`scorecard`, repeated) and goes
    back to `scorecard_detail` where it was one, from there. Constant queries."""
    if not can_release(request.user):
        raise PermissionDenied(_("You may not release grades."))
    held = Scorecard.objects.releasable_by(request.user).with_people().order_by("submitted_at")
    if answer := list_export(request, held, SCORECARDS, "held-back"):
        return answer
    if request.method == "POST":
        return _release(request)
    wanted = request.GET.get("person", "")[:100]
    people = _people_of(request.user).with_words(wanted)
    people = people.annotate(is_held=Q(feedback_hold__isnull=False))
    found = people.order_by("-is_held", "first_name", "last_name", "pk")
    context = {
        "page": paginate(request, held),
        "people": paginate(request, found, name="people"),
        "wanted": wanted,
    }
    return render(request, "scorecards/scorecard_release.html", context)


def _release(request: SignedInRequest) -> HttpResponse:
    ids = {value for value in request.POST.getlist("scorecard") if DATABASE_ID.fullmatch(value)}
    chosen = Scorecard.objects.visible_to(request.user).filter(pk__in=list(ids)[:500])
    try:
        if not ids or len(chosen) != len(ids):
            raise Refused(_("Choose what to release first."))
        released = release_scorecards(chosen, by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back=PAGE)
    messages.success(
        request,
        ngettext(
            "%(count)d grade was released: its agent sees it now.",
            "%(count)d grades were released: their agents see them now.",
            len(released),
        )
        % {"count": len(released)},
    )
    return redirect(PAGE)


@require_POST
def feedback_hold(request: SignedInRequest) -> HttpResponse:
    """Hold grades about `agent` back from now on (`hold` is 1), or no longer (0)."""
    if not can_release(request.user):
        raise PermissionDenied(_("You may not hold grades back."))
    form = FeedbackHoldForm(request.POST, _people_of(request.user))
    try:
        if not form.is_valid():
            raise Refused(_("Choose one of the people you manage."))
        agent = form.cleaned_data["agent"]
        if form.cleaned_data["hold"]:
            hold_feedback(agent, by=request.user)
            message = _("From now on grades about %s wait until you release them.")
        else:
            stop_holding_feedback(agent, by=request.user)
            message = _("From now on %s sees grades at once. What is held already still waits.")
    except Refused as refusal:
        return refuse(request, refusal, back=PAGE)
    messages.success(request, message % agent)
    return redirect(PAGE)


def _people_of(user: User) -> UserQuerySet:
    """The agents whose grades `user` may hold back."""
    return (
        User.objects.visible_to(user)
        .with_role(Role.AGENT)
        .filter(is_active=True)
        .exclude(pk=user.pk)
    )
