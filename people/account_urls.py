"""The addresses of signing in and out. Of allauth's own only what belongs here: an e-mail address, for
one, is changed by administrators, because imports match agents by it."""

from allauth.account import views
from allauth.mfa.base import views as mfa_views
from allauth.socialaccount import views as social_views
from django.conf import settings
from django.urls import include, path, re_path

import people.converters  # noqa: F401 (registers <id:…>)
from people.signin import views as own_views

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("invitation/<str:token>/", own_views.invitation, name="invitation"),
    path("factor/", mfa_views.authenticate, name="mfa_authenticate"),
    # One page instead of allauth's for factors and its other for sessions.
    path("security/", own_views.security, name="mfa_index"),
    path("security/confirm/", mfa_views.reauthenticate, name="mfa_reauthenticate"),
    path("security/app/", include("allauth.mfa.totp.urls")),
    path("security/passkeys/", include("allauth.mfa.webauthn.urls")),
    path("security/codes/", include("allauth.mfa.recovery_codes.urls")),
    path("security/windows/end/", own_views.sessions_end, name="sessions_end"),
    path("security/windows/<id:pk>/end/", own_views.session_end, name="session_end"),
    path("sso/cancelled/", social_views.login_cancelled, name="socialaccount_login_cancelled"),
    path("sso/error/", social_views.login_error, name="socialaccount_login_error"),
    path("sso/signup/", social_views.signup, name="socialaccount_signup"),
    path("sso/", include("allauth.socialaccount.providers.openid_connect.urls")),
]
if "saml" in settings.SOCIALACCOUNT_PROVIDERS:
    urlpatterns.append(path("sso/", include("people.signin.saml_urls")))
