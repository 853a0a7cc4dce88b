"""Who may come in by an identity provider: people who were added, and nobody else unless
`SSO_CREATE_PEOPLE` says so."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from people.audit import record
from people.models import User


def refused(request: HttpRequest) -> HttpResponse:
    return render(request, "socialaccount/authentication_error.html", status=403)


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """`sociallogin` was looked up: by its id at the provider, else by a verified address."""
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            # Whoever finds an open window could attach a way in of their own.
            raise ImmediateHttpResponse(redirect("mfa_index"))
        if sociallogin.is_existing:
            if not sociallogin.user.is_active:
                raise ImmediateHttpResponse(redirect("account_inactive"))
            return
        address = sociallogin.user.email or ""
        verified = {each.email.lower() for each in sociallogin.email_addresses if each.verified}
        if not settings.SSO_CREATE_PEOPLE or address.lower() not in verified:
            page = render(request, "socialaccount/unknown.html", {"address": address}, status=403)
            raise ImmediateHttpResponse(page)

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """What is no answer to anything that we asked: forged, too old, or used already."""
        if kwargs.get("error") != AuthError.CANCELLED:
            raise ImmediateHttpResponse(refused(request))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return bool(settings.SSO_CREATE_PEOPLE)

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """A new person without any role: they see an empty house until somebody gives them one."""
        user: User = super().save_user(request, sociallogin, form)
        record(
            "add_person",
            by=None,
            of=user,
            after={"email": user.email, "by": sociallogin.account.provider},
        )
        return user
