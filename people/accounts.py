"""How Evenhand bends django-allauth: nobody signs up; administrators add people."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.httpkit import clean_client_ip
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from people.models import User

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

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def display_name(user: User) -> str:
    return str(user)


class ResetTokenGenerator(PasswordResetTokenGenerator):
    """Its links open nothing for who was signed out everywhere after they were sent, as everybody is who
    is deactivated, nor for who is deactivated now."""

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        said = super()._make_hash_value(user, timestamp)
        return f"{said}{user.is_active}{user.signed_out_at or ''}"
