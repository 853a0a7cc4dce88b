"""What goes wrong on the way in and is nobody's mistake at the keyboard: each has a page that says so."""

import logging
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from requests import RequestException

from people.signin.sso import refused
from people.signin.unreadable import UnreadableFactor

logger = logging.getLogger(__name__)

# Every rate but that of wrong passwords, which the form itself tells of, is so many in a minute.
WAIT_SECONDS = 60


class SignInTroubleMiddleware:
    """Pages for what allauth lets through as an exception, under the addresses of signing in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_template_response(
        self, request: HttpRequest, response: TemplateResponse
    ) -> TemplateResponse:
        """allauth answers 200 to what its forms refuse; everywhere else here that is 422."""
        form = (response.context_data or {}).get("form")
        if (
            response.status_code == 200
            and request.method == "POST"
            and getattr(form, "errors", None)
        ):
            match = request.resolver_match
            if match and match.func.__module__.startswith("allauth."):
                response.status_code = 422
        return response

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, UnreadableFactor):
            return render(request, "mfa/unreadable.html", {"problem": problem}, status=409)
        if request.path.startswith(f"{reverse('account_login').removesuffix('login/')}sso/"):
            if isinstance(problem, PermissionDenied):
                # An answer to a question that this window did not ask, or not that long ago.
                return refused(request)
            if not _is_of_provider(problem):
                return None
            logger.warning("The identity provider did not answer as it should", exc_info=problem)
            return render(request, "socialaccount/authentication_error.html", status=502)
        return None


def _is_of_provider(problem: Exception) -> bool:
    """Out of reach, or an answer that is none: no JSON, a part missing, XML that must not be read."""
    kinds = (
        *(AttributeError, KeyError, SyntaxError, TypeError, ValueError),
        *(RequestException, URLError, HTTPException, TimeoutError),
    )
    # The SAML library is there only where it was asked for.
    return isinstance(problem, kinds) or type(problem).__module__.startswith("onelogin.")


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The answer of throttling."""
    answer = render(request, "429.html", {"seconds": WAIT_SECONDS}, status=429)
    answer["Retry-After"] = str(WAIT_SECONDS)
    return answer


class _AnyAnswer:
    """A passkey's answer is JSON that a browser makes and anybody may: whatever in it cannot be read is
    an answer that does not fit."""

    def clean_credential(self) -> Any:
        return self._read("clean_credential")

    def clean(self) -> Any:
        return self._read("clean")

    def _read(self, name: str) -> Any:
        read = getattr(super(), name, None)
        try:
            return read() if read else self.cleaned_data["credential"]  # type: ignore[attr-defined]
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
            raise get_adapter().validation_error("incorrect_code") from problem


class AddPasskeyForm(_AnyAnswer, AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alone = self.fields["passwordless"]
        alone.label = _("Sign in with it alone, without a password")
        alone.help_text = _("The device then asks for your fingerprint, your face or a PIN.")
        alone.initial = True


class AuthenticatePasskeyForm(_AnyAnswer, AuthenticateWebAuthnForm):
    pass


class LoginPasskeyForm(_AnyAnswer, LoginWebAuthnForm):
    pass


class ReauthenticatePasskeyForm(_AnyAnswer, ReauthenticateWebAuthnForm):
    pass
