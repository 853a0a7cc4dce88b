"""A person's own time zone and language for the length of their request."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
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

    Stands before `LoginRequiredMiddleware`, whose redirect it turns into a 401.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_sent_away = response.status_code == 302 and not request.user.is_authenticated
        if "HX-Request" in request.headers and is_sent_away:
            return HttpResponse(_("You are signed out."), status=401, content_type="text/plain")
        return response
