"""Reads the settings MFA_REQUIRED_ROLES, OIDC_PROVIDERS and SAML_PROVIDERS."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

# The groups of the five roles (`people.roles.Role`), which cannot be imported before there are settings.
ROLES = {name: f"{name.capitalize()}s" for name in ("agent", "reviewer", "manager", "editor")}
ROLES["administrator"] = "Administrators"


def role_names(names: Iterable[str]) -> list[str]:
    """The groups of the roles called `names`, such as "administrator"."""
    wanted = [name.strip().lower() for name in names if name.strip()]
    unknown = [name for name in wanted if name not in ROLES]
    if unknown:
        raise ImproperlyConfigured(
            f"MFA_REQUIRED_ROLES names {', '.join(unknown)}; there are {', '.join(ROLES)}."
        )
    return [ROLES[name] for name in wanted]


def oidc_providers(env: environ.Env) -> dict[str, Any]:
    """`SOCIALACCOUNT_PROVIDERS` for the providers that `OIDC_PROVIDERS` lists as JSON."""
    apps = [
        {
            "provider_id": said["id"],
            "name": said["name"],
            "client_id": said["client_id"],
            "secret": said["secret"],
            "settings": {
                "server_url": said["issuer"],
                "oauth_pkce_enabled": True,
                "fetch_userinfo": bool(said.get("userinfo", True)),
            },
        }
        for said in _listed(env, "OIDC_PROVIDERS", "id", "name", "client_id", "secret", "issuer")
    ]
    return {"openid_connect": {"APPS": apps}} if apps else {}


def saml_providers(env: environ.Env) -> dict[str, Any]:
    """The same for `SAML_PROVIDERS`; needs the extra "saml"."""
    apps = [
        {
            "provider_id": said["entity_id"],
            "name": said["name"],
            "client_id": said["id"],
            "settings": {
                "idp": {"entity_id": said["entity_id"], "metadata_url": said["metadata_url"]},
                "attribute_mapping": {
                    "uid": said.get("uid", "urn:oasis:names:tc:SAML:attribute:subject-id"),
                    "email": said.get("email", "urn:oid:0.9.2342.19200300.100.1.3"),
                },
                "advanced": {
                    "authn_request_signed": False,
                    "want_assertion_signed": True,
                    "reject_deprecated_algorithm": True,
                },
            },
        }
        for said in _listed(env, "SAML_PROVIDERS", "id", "name", "entity_id", "metadata_url")
    ]
    if not apps:
        return {}
    provider = "people.signin.saml.OnceOnlyProvider"
    # Who runs the identity provider gives out the addresses.
    return {"saml": {"APPS": apps, "VERIFIED_EMAIL": True, "provider_class": provider}}


def form_origins(env: environ.Env) -> list[str]:
    """Where a form of ours may lead: browsers hold the redirect after the button of a provider against
    the policy of the page it stands on. Origins of issuers and metadata, and those of
    `SSO_FORM_ORIGINS` where people sign in somewhere else."""
    addresses = [
        *(said["issuer"] for said in _listed(env, "OIDC_PROVIDERS", "issuer")),
        *(said["metadata_url"] for said in _listed(env, "SAML_PROVIDERS", "metadata_url")),
        *env.list("SSO_FORM_ORIGINS", default=[]),
    ]
    parts = [urlsplit(address) for address in addresses]
    return sorted({f"{part.scheme}://{part.netloc}" for part in parts})


def _listed(env: environ.Env, name: str, *needed: str) -> list[dict[str, Any]]:
    try:
        rows = env.json(name, default=[])
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is no JSON: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ImproperlyConfigured(f"{name} has to be a list of objects.")
    for row in rows:
        if missing := [key for key in needed if not row.get(key)]:
            raise ImproperlyConfigured(f"{name}: {', '.join(missing)} missing in {row.get('id')}.")
    return rows
