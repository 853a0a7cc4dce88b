"""Below `/account/sso/`, where `SAML_PROVIDERS` asks for them."""

from allauth.socialaccount.providers.saml import urls
from django.urls import include, path

from people.signin import saml

urlpatterns = [
    path("saml/<str:organization_slug>/acs/", saml.answered, name="saml_acs"),
    path("saml/<str:organization_slug>/sls/", saml.signed_out_there, name="saml_sls"),
    path("", include(urls)),
]
