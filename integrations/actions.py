"""Tokens: made, shown once, revoked."""

import datetime as dt
import secrets
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.models import ApiToken, Scope
from integrations.permissions import can_manage
from people.audit import record
from people.models import User

MARK = "eh"


class NotAllowed(Exception):
    """The message says what is not possible, and is shown to the person."""


def create_token(
    *,
    name: str,
    scopes: Collection[str],
    by: User,
    expires_at: dt.datetime | None = None,
    is_dry_run: bool = False,
    at: dt.datetime | None = None,
) -> tuple[ApiToken, str]:
    """A token that acts for `by`, and its secret, which nobody can read again later.

    Nobody makes one for somebody else: it would see with their eyes.
    """
    if not can_manage(by):
        raise NotAllowed(_("Tokens are made by administrators."))
    prefix = f"{MARK}_{secrets.token_hex(4)}"
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        token = ApiToken.objects.create(
            name=name,
            owner=by,
            scopes=[scope for scope in Scope.values if scope in scopes],
            prefix=prefix,
            digest=ApiToken.digest_of(secret),
            is_dry_run=is_dry_run,
            created_at=at or timezone.now(),
            expires_at=expires_at,
        )
        record("create_api_token", by=by, of=token, after=_facts(token), at=at)
    return token, secret


def revoke_token(token: ApiToken, *, by: User, at: dt.datetime | None = None) -> bool:
    """Close it for good, whoever's it is; False where it was closed already."""
    if not can_manage(by):
        raise NotAllowed(_("Tokens are revoked by administrators."))
    now = at or timezone.now()
    with transaction.atomic():
        open_ = ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True)
        if not open_.update(revoked_at=now):
            return False
        record("revoke_api_token", by=by, of=token, before=_facts(token), at=now)
    return True


def revoke_tokens_of(person: User, *, at: dt.datetime | None = None) -> int:
    """Close all tokens of somebody who was deactivated. Call it inside of that transaction."""
    now = at or timezone.now()
    revoked = 0
    for token in ApiToken.objects.filter(owner=person, revoked_at__isnull=True):
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        record("revoke_api_token", by=None, of=token, before=_facts(token), at=now)
        revoked += 1
    return revoked


def _facts(token: ApiToken) -> dict[str, object]:
    return {
        "name": token.name,
        "begins_with": token.prefix,
        "owner": token.owner_id,
        "scopes": token.scopes,
        "expires_at": token.expires_at,
        "is_dry_run": token.is_dry_run,
    }
