"""How Evenhand bends django-allauth: nobody signs up; administrators add people."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import clean_client_ip
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.models import User

_BEGUN = "began-to-sign-in-as"
NOWHERE = "0.0.0.0"  # noqa: S104 (no address to listen at)


class ClosedSignupAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        # As long as `ACCOUNT_RATE_LIMITS` says for one address.
        "too_many_login_attempts": gettext_lazy(
            "Too many failed login attempts. Wait five minutes, or choose a new password by e-mail."
        ),
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """Who asked; whoever came past the proxies (`TRUSTED_PROXIES`) counts as what we see of them, and
        those of whom we see nothing, as on a socket of this machine, count as one."""
        try:
            return super().get_client_ip(request)
        except (ImproperlyConfigured, PermissionDenied):
            return clean_client_ip(str(request.META.get("REMOTE_ADDR") or "")) or NOWHERE

    def get_reset_password_from_key_url(self, key: str) -> str:
        """At the address that the settings name, whichever one somebody asked by: `ALLOWED_HOSTS` may
        hold several, or all below a name, and the mail goes to somebody else than who asked."""
        asked = urlsplit(super().get_reset_password_from_key_url(key))
        return f"{settings.BASE_URL.rstrip('/')}{asked.path}"

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """The first of two steps, perhaps: remembers as who one began."""
        request.session[_BEGUN] = user.get_session_auth_hash()
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return answer

    def login(self, request: HttpRequest, user: User) -> None:
        """The last step. A password that is no longer theirs, or from before they were signed out
        everywhere, does not count any more as the first."""
        begun = request.session.pop(_BEGUN, "")
        if not constant_time_compare(begun, user.get_session_auth_hash()):
            request.session.flush()
            messages.warning(request, _("Something changed meanwhile. Sign in again."))
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)


def display_name(user: User) -> str:
    return str(user)


class ResetTokenGenerator(PasswordResetTokenGenerator):
    """Its links open nothing for who was signed out everywhere after they were sent, as everybody is who
    is deactivated, nor for who is deactivated now."""

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        said = super()._make_hash_value(user, timestamp)
        return f"{said}{user.is_active}{user.signed_out_at or ''}"
