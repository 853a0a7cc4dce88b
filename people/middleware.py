"""A person's own time zone and language for the length of their request, and what becomes of what is
sent by somebody who is signed out."""

import zoneinfo
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _


class PreferencesMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = getattr(request.user, "time_zone", "")
        language = getattr(request.user, "language", "")
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        if not zone:
            return self.get_response(request)
        try:
            info = zoneinfo.ZoneInfo(zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            # A name that this machine's zone data lacks must not lock the person out.
            return self.get_response(request)
        with timezone.override(info):
            return self.get_response(request)


class SignedOutMiddleware:
    """Tells a script plainly that its person is signed out, instead of sending it to the sign-in page,
    which it would follow and show inside of the page at hand.

    Stands before `SignInFirstMiddleware`, whose redirect it turns into a 401.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_sent_away = response.status_code == 302 and not request.user.is_authenticated
        if "HX-Request" in request.headers and is_sent_away:
            return HttpResponse(_("You are signed out."), status=401, content_type="text/plain")
        return response


class SignInFirstMiddleware(LoginRequiredMiddleware):
    """Leads who sent a form while signed out back to the page of that form, with a word about it; the
    form's own address would refuse to be opened."""

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseRedirect:
        if request.method in ("GET", "HEAD") or "HX-Request" in request.headers:
            return super().handle_no_permission(request, view_func)
        messages.warning(
            request,
            _("You were signed out, so what you sent was not kept. Sign in and send it again."),
        )
        return redirect_to_login(
            _page_of(request),
            self.get_login_url(view_func),
            self.get_redirect_field_name(view_func),
        )


def _page_of(request: HttpRequest) -> str:
    """The page of ours that `request` was sent from, or the start page."""
    try:
        sender = urlsplit(request.headers.get("Referer", ""))
    except ValueError:  # It is no address at all.
        return "/"
    if sender.netloc != request.get_host() or sender.path == request.path:
        return "/"
    return f"{sender.path}?{sender.query}" if sender.query else sender.path
