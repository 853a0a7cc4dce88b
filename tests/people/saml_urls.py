"""Our addresses with those that SAML_PROVIDERS adds."""

from django.urls import include, path

from config.urls import *  # noqa: F403
from config.urls import urlpatterns as ours

urlpatterns = [
    path("account/sso/", include("people.signin.saml_urls")),
    *ours,
]
