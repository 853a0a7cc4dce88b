"""Turning a refused action into an answer: the right status, and words that help."""

from django.http import HttpResponse
from django.shortcuts import render

from people.requests import SignedInRequest
from scorecards.actions import AlreadyAcknowledged, AlreadySubmitted, Conflict, NotAllowed, Refused

_STATUS = {NotAllowed: 403, AlreadySubmitted: 409, AlreadyAcknowledged: 409, Conflict: 409}


def status_of(refusal: Refused) -> int:
    return next((code for kind, code in _STATUS.items() if isinstance(refusal, kind)), 422)


def refuse(request: SignedInRequest, refusal: Refused, *, back: str) -> HttpResponse:
    """Say why. To htmx as a notice for `#notice` of the page; otherwise as a page of its own with a
    way `back`."""
    context = {"message": str(refusal), "back": back}
    if request.htmx:
        response = render(
            request, "scorecards/refused.html#notice", context, status=status_of(refusal)
        )
        response["HX-Retarget"] = "#notice"
        response["HX-Reswap"] = "innerHTML"
        return response
    return render(request, "scorecards/refused.html", context, status=status_of(refusal))
