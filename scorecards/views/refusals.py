"""Turning a refused action into an answer: the right status, and words that help."""

from django.http import HttpResponse
from django.shortcuts import render

from people.requests import SignedInRequest
from scorecards.actions import AlreadyAcknowledged, AlreadySubmitted, Conflict, NotAllowed, Refused
from scorecards.permissions import can_grade

_STATUS = {NotAllowed: 403, AlreadySubmitted: 409, AlreadyAcknowledged: 409, Conflict: 409}


def status_of(refusal: Refused) -> int:
    return next((code for kind, code in _STATUS.items() if isinstance(refusal, kind)), 422)


# The last part of the names of fields in which people write more than a word.
_WORDY = ("body", "comment", "explanation", "quote", "reason", "summary")


def words_in(request: SignedInRequest) -> str:
    """What somebody wrote into the form that they sent, to give it back to them."""
    texts = [str(text) for name, text in request.POST.items() if name.endswith(_WORDY)]
    return "\n\n".join(text for text in texts if text.strip())


def refuse(
    request: SignedInRequest, refusal: Refused, *, back: str, entered: str = ""
) -> HttpResponse:
    """Say why. To htmx as a notice for `#notice` of the page; otherwise as a page of its own with a
    way `back`, and with what was `entered`, which would be lost."""
    if back == "scorecards:queue" and not can_grade(request.user):
        # Somebody who practises has no queue.
        back = "training:learning"
    context = {"message": str(refusal), "back": back, "entered": entered}
    if request.htmx:
        response = render(
            request, "scorecards/refused.html#notice", context, status=status_of(refusal)
        )
        response["HX-Retarget"] = "#notice"
        response["HX-Reswap"] = "innerHTML"
        return response
    return render(request, "scorecards/refused.html", context, status=status_of(refusal))
