"""The start page, the team's skills, and how the figures are worked out."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from insights import wording
from insights.skills import CURRENT_MONTHS, MINIMUM_SCORECARDS
from insights.today import today_of
from people.requests import SignedInRequest


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """What waits for oneself today. The number of queries depends on what one may do alone, and for who
    grades takes one more where their own queue is empty."""
    today = today_of(request.user, at=timezone.now(), on=timezone.localdate())
    context = {"today": today, "period": wording.period(today.now)}
    return render(request, "insights/home.html", context)


@require_safe
def method(request: SignedInRequest) -> HttpResponse:
    """How the figures are worked out, in plain words."""
    context = {"minimum": MINIMUM_SCORECARDS, "months": CURRENT_MONTHS}
    return render(request, "insights/method.html", context)


def page_or_part(
    request: SignedInRequest, template: str, part: str, context: dict[str, object]
) -> HttpResponse:
    """The whole page; for htmx, unless it restores its history, only the named partial."""
    wants_part = request.htmx and not request.htmx.history_restore_request
    response = render(request, f"{template}#{part}" if wants_part else template, context)
    # Both live under one address; the browser must not answer "back" with the part.
    patch_vary_headers(response, ["HX-Request"])
    return response
