"""The pages on which customers answer: without an account, without script, without a cookie.

What a signed link carries is the whole permission, and nobody else knows it. No page here looks at who is
signed in or sets a cookie, so there is nothing that a foreign page could act with, and no CSRF token is
asked for: browsers inside of mail programs often refuse the cookie that this would need.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from interactions.models import SurveyInvitation, SurveyRefusal
from interactions.surveys.answering import (
    LinkExpired,
    LinkSpent,
    allow_surveys,
    is_open,
    keep_answers,
    refuse_surveys,
)
from interactions.surveys.forms import AnswerForm
from interactions.surveys.limits import count_knock
from interactions.surveys.links import invitation_of
from interactions.surveys.wording import page_context

View = Callable[[HttpRequest, SurveyInvitation], HttpResponse]


def by_link(view: View) -> Callable[..., HttpResponse]:
    """Gives the view the invitation that the link belongs to, in its language; answers 429 to who comes
    too often and 404 to links that are not ours. Keeps the page out of caches, searches and referrers."""

    @wraps(view)
    def answer(request: HttpRequest, token: str) -> HttpResponse:
        wait = count_knock(request)
        if wait:
            response = render(request, "interactions/surveys/too_many.html", status=429)
            response["Retry-After"] = str(wait)
        elif invitation := invitation_of(token):
            with translation.override(invitation.version.wording["language"]):
                response = view(request, invitation)
        else:
            response = render(request, "interactions/surveys/unknown.html", status=404)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return csrf_exempt(login_not_required(require_http_methods(["GET", "HEAD", "POST"])(answer)))


@by_link
def survey_answer(request: HttpRequest, invitation: SurveyInvitation) -> HttpResponse:
    """The questions; sending them spends the link, until then everything can be changed."""
    if invitation.state == invitation.State.ANSWERED:
        # Sent again it is refused, and nothing is stored.
        return _page(request, invitation, "thanks", status=410 if request.method == "POST" else 200)
    if not is_open(invitation, at=timezone.now()):
        return _page(request, invitation, "closed", status=410)
    wording = invitation.version.wording
    if request.method != "POST":
        return _page(
            request, invitation, "answer", form=AnswerForm(_chosen(request), wording=wording)
        )
    form = AnswerForm(request.POST, wording=wording)
    if not form.is_valid():
        return _page(request, invitation, "answer", status=422, form=form, is_sent=True)
    try:
        keep_answers(invitation, form.cleaned_data)
    except LinkSpent:
        return _page(request, invitation, "thanks", status=410)
    except LinkExpired:
        return _page(request, invitation, "closed", status=410)
    return redirect(request.path)


@by_link
def survey_stop(request: HttpRequest, invitation: SurveyInvitation) -> HttpResponse:
    """Asks whether to stop, and takes it back as well. Mail programs post here by themselves when
    somebody presses their button (RFC 8058). The link works as long as we know whom we sent it to."""
    if not invitation.address_digest:
        return _page(request, invitation, "closed", status=410)
    if request.method == "POST":
        if request.POST.get("resume"):
            allow_surveys(invitation)
        else:
            refuse_surveys(invitation)
        return redirect(request.path)
    is_stopped = SurveyRefusal.objects.filter(pk=invitation.address_digest).exists()
    return _page(request, invitation, "stop", is_stopped=is_stopped)


def _chosen(request: HttpRequest) -> dict[str, str] | None:
    """What the link in the mail chose already: `?csat=4`. Only shown, never stored by a GET."""
    names = [name for name in request.GET if name != "comment"]
    return {name: request.GET.get(name, "")[:4] for name in names} or None


def _page(
    request: HttpRequest, invitation: SurveyInvitation, page: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = page_context(invitation.version.wording, **more)
    return render(request, f"interactions/surveys/{page}.html", context, status=status)
