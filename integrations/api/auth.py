"""Who asks: a token in the header Authorization. Sessions open nothing here, so nothing can be forged
from a browser."""

import datetime as dt
import hmac
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from integrations.models import ApiToken
from integrations.problems import Problem
from people.models import User

USED_EVERY = dt.timedelta(minutes=1)
WINDOW = 60  # seconds


class TokenRequest(HttpRequest):
    """A request as the views of the API get it; for annotations only."""

    auth: ApiToken


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests a token may make in the minute at hand, and how many are left."""

    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(self.remaining, 0)),
            "RateLimit-Reset": str(self.reset),
        }


class Bearer(HttpBearer):
    """A live token with the scope that an operation asks for."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Any:
        header = request.headers.get("Authorization", "")
        kind, _space, secret = header.partition(" ")
        if kind.lower() != "bearer" or not secret.strip():
            raise unauthorized(_("Send a token: “Authorization: Bearer …”."))
        return self.authenticate(request, secret.strip())

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        found = token_for(token)
        request.api_rate = rate = count_request(found)  # type: ignore[attr-defined]
        if rate.remaining < 0:
            raise Problem(
                429,
                _("Too many requests: this token may make %(limit)s in a minute.")
                % {"limit": rate.limit},
                headers={"Retry-After": str(rate.reset)},
            )
        if self.scope not in found.scopes:
            raise Problem(
                403,
                _("This token lacks the scope %(scope)s.") % {"scope": self.scope},
                scope=self.scope,
            )
        return found


def token_for(secret: str) -> ApiToken:
    """The live token with this secret, with its owner; one query, and a second once a minute. Raises
    `Problem` 401, which does not say whether such a token ever was."""
    now = timezone.now()
    prefix = "_".join(secret.split("_", 2)[:2])[:16]
    found = (
        ApiToken.objects.alive(at=now)
        .filter(prefix=prefix.replace("\x00", ""))
        .select_related("owner")
        .first()
    )
    if found is None or not hmac.compare_digest(found.digest, ApiToken.digest_of(secret)):
        raise unauthorized(_("This token is unknown, revoked or expired."))
    if found.last_used_at is None or now - found.last_used_at >= USED_EVERY:
        unseen = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USED_EVERY)
        ApiToken.objects.filter(unseen, pk=found.pk).update(last_used_at=now)
    return found


def unauthorized(detail: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": 'Bearer realm="Evenhand"'})


def count_request(token: ApiToken) -> Rate:
    """Count one request in the shared cache; a window is a minute of the clock."""
    now = int(time.time())
    key = f"integrations.rate.{token.pk}.{now // WINDOW}"
    cache.add(key, 0, WINDOW * 2)
    try:
        used = cache.incr(key)
    except ValueError:  # It fell out of the cache between the two lines.
        used = 1
    limit = settings.API_RATE_LIMIT
    return Rate(limit, max(limit - used, -1), WINDOW - now % WINDOW)


def owner_of(request: HttpRequest) -> User:
    """With whose eyes the request looks."""
    return request.auth.owner  # type: ignore[attr-defined]
