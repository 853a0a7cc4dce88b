"""Middleware that belongs to the whole house rather than to one room."""

from collections.abc import Callable
from urllib.parse import urlsplit

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control

from ui.serving import SEALED

PACKAGE_FILES = "/training/packages/files/"
COMPRESSIBLE = ("text/", "application/json", "application/x-ndjson", "image/svg+xml")


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The strict policy everywhere, relaxed only under the Wagtail admin's addresses; and what is handed
    out to be kept runs nowhere, whatever it is opened with."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.headers.get("Content-Disposition", "").startswith("attachment"):
            response.headers.setdefault("Content-Security-Policy", SEALED)
        return super().process_response(request, response)

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and request.path.startswith(reverse("wagtailadmin_home")):
            parts.replace = {**settings.ADMIN_CONTENT_SECURITY_POLICY, **(parts.replace or {})}
        return parts


class PrivateAnswersMiddleware:
    """What was made for one person stays in their browser, which asks anew each time; and no page asks
    for a camera, a place or a device. A view that says something else about either is left alone."""

    POLICY = (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), "
        "publickey-credentials-create=(self), publickey-credentials-get=(self)"
    )

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", self.POLICY)
        session = getattr(request, "session", None)
        if "Cache-Control" not in response.headers and session is not None and session.accessed:
            patch_cache_control(response, private=True, no_cache=True)
        return response


class InterfaceLanguageMiddleware(LocaleMiddleware):
    """The browser's language, of those the interface speaks. The languages of the manual are among
    LANGUAGES too, where Django's own words would otherwise appear in them between ours in English."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if translation.get_language() not in dict(settings.INTERFACE_LANGUAGES):
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE


class PackageHostMiddleware:
    """On the host that is set apart for uploaded packages there is nothing but their files.

    Their scripts are at home there; a sign-in page at the same origin would be theirs to read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = settings.SCORM_ORIGIN
        is_apart = origin and request.get_host() == urlsplit(origin).netloc
        if is_apart and not request.path.startswith(PACKAGE_FILES):
            return HttpResponse(status=404)
        return self.get_response(request)


class FormAddressMiddleware:
    """A page for who opens an address that takes only what a form sends: after a form with mistakes its
    address stands in the browser, and Django's own answer to opening it again is a blank page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_opened = request.method == "GET" and request.accepts("text/html")
        if response.status_code != 405 or not is_opened or response.content:
            return response
        page = render(request, "405.html", status=405)
        page["Allow"] = response["Allow"]
        return page


class CompressionMiddleware(GZipMiddleware):
    """Compresses text: a long conversation is more than a megabyte of HTML. Recordings and images are
    compressed already, and their ranges count bytes as they are.

    Secrets beside what somebody else may have chosen are safe: Django masks the form token anew for
    each page, and GZipMiddleware adds random bytes (https://breachattack.com).
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith(COMPRESSIBLE):
            return response
        return super().process_response(request, response)
