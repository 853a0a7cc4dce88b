"""Five minutes a day: the cards of today, one after the other."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from people.requests import SignedInRequest
from training import actions
from training.actions import NotAllowed
from training.forms_refreshers import RefresherForm
from training.refresher_sessions import session_of


@require_safe
def refreshers(request: SignedInRequest) -> HttpResponse:
    """The card to ask now, or that today is done."""
    return _show(request)


@require_POST
def refresher_rate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Go on to the next card. 409 where this showing was rated before, or the card is not asked any
    more: the page then says so and shows what is next."""
    form = RefresherForm(request.POST)
    if not form.is_valid():
        return _show(request, refusal=_("Choose how well you knew it."), status=422)
    try:
        actions.rate_refresher(
            request.user,
            pk,
            showing=form.cleaned_data["showing"],
            rating=form.cleaned_data["rating"],
            seconds=form.cleaned_data["seconds"],
            day=timezone.localdate(),
        )
    except NotAllowed as refusal:
        return _show(request, refusal=str(refusal), status=409)
    return redirect("training:refreshers")


@require_POST
def refresher_undo(request: SignedInRequest, pk: int) -> HttpResponse:
    try:
        actions.undo_refresher(request.user, pk, day=timezone.localdate())
    except NotAllowed as refusal:
        return _show(request, refusal=str(refusal), status=409)
    messages.success(request, _("Your last answer is taken back."))
    return redirect("training:refreshers")


def _show(request: SignedInRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "session": session_of(request.user, on=today),
        "today": today,
        "refusal": refusal,
    }
    return render(request, "training/refreshers.html", context, status=status)
