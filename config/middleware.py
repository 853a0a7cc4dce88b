"""Middleware that belongs to the whole house rather than to one room."""

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.urls import reverse

COMPRESSIBLE = ("text/", "application/json", "application/x-ndjson", "image/svg+xml")


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The strict policy everywhere, relaxed only under the Wagtail admin's addresses."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and request.path.startswith(reverse("wagtailadmin_home")):
            parts.update = {**settings.ADMIN_CONTENT_SECURITY_POLICY, **(parts.update or {})}
        return parts


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
