"""Nobody whose role needs a second factor gets anywhere before they have one."""

from collections.abc import Callable

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from people.signin.factors import factors_of, needs_second_factor

_HAS_ONE = "has-second-factor"


class SecondFactorFirstMiddleware:
    """Leads to the page on which one is set up. Costs two queries a page for whoever has none yet, where
    roles need one, and otherwise nothing: a session remembers that there is one, and sessions end when
    factors are taken away."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.MFA_REQUIRED_ROLES or not self._is_missing(request):
            return self.get_response(request)
        if "HX-Request" in request.headers or request.method not in ("GET", "HEAD"):
            said = _("Your role needs a second factor. Open this page anew to set one up.")
            return HttpResponse(said, status=403, content_type="text/plain; charset=utf-8")
        messages.warning(
            request, _("Your role needs a second factor: set one up, then everything is open.")
        )
        return redirect("mfa_index")

    def _is_missing(self, request: HttpRequest) -> bool:
        user = request.user
        if not user.is_authenticated or request.session.get(_HAS_ONE):
            return False
        if request.path.startswith((reverse("mfa_index"), reverse("account_logout"))):
            return False
        if request.path.startswith(reverse("account_reauthenticate")):
            return False
        if not needs_second_factor(user) or _came_by_provider(request):
            return False
        if factors_of(user).exists():
            request.session[_HAS_ONE] = True
            return False
        return True


def _came_by_provider(request: HttpRequest) -> bool:
    """Whoever runs the identity provider asks for second factors there."""
    records = get_authentication_records(request, request.user)
    return any(each.get("method") == "socialaccount" for each in records)
