"""The windows in which somebody is signed in, to be looked at and ended."""

import datetime as dt
import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from people.models import User
from people.requests import SignedInRequest

# "Last seen" is that exact: each request would be a write.
SEEN_FOR = 600  # seconds
# The first that fits; a browser names those that it wants to be taken for, too.
_BROWSERS = (
    ("Edge", r"\bEdgA?/"),
    ("Opera", r"\bOPR/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"\b(Chrome|CriOS|HeadlessChrome)/"),
    ("Safari", r"\bSafari/"),
)
_SYSTEMS = (
    ("Android", r"\bAndroid\b"),
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Windows", r"\bWindows\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("macOS", r"\bMac OS X\b"),
    ("Linux", r"\bLinux\b"),
)


@dataclass(frozen=True, slots=True)
class Window:
    pk: int
    device: str
    address: str
    since: dt.datetime
    last_seen: dt.datetime
    is_this: bool


def windows_of(user: User, *, session_key: str | None) -> list[Window]:
    """Where `user` is signed in, this window first, then the one seen last. Those that ended meanwhile
    are forgotten. A query for each."""
    rows = UserSession.objects.purge_and_list(user)
    windows = [
        Window(
            row.pk,
            device_of(row.user_agent),
            shortened(row.ip),
            row.created_at,
            row.last_seen_at,
            row.session_key == session_key,
        )
        for row in rows
    ]
    return sorted(windows, key=lambda each: (not each.is_this, -each.last_seen.timestamp()))


def device_of(user_agent: str) -> str:
    """ "Firefox, Windows"; what a browser says of itself, so no proof of anything."""
    browser = next((name for name, found in _BROWSERS if re.search(found, user_agent)), "")
    system = next((name for name, found in _SYSTEMS if re.search(found, user_agent)), "")
    return ", ".join(filter(None, (browser, system))) or _("Unknown device")


def shortened(address: str) -> str:
    """An address without its last part, which tells one's own place from another and no more."""
    parsed = ipaddress.ip_address(address)
    if parsed.is_unspecified:
        return _("Unknown address")
    bits = 24 if parsed.version == 4 else 48
    network = ipaddress.ip_network(f"{address}/{bits}", strict=False)
    return str(network.network_address).removesuffix(".0").removesuffix("::") + "…"


def end_sessions(user: User, *, at: dt.datetime | None = None) -> int:
    """End all of a person's sessions, also those that no list knows of, and let links of a forgotten
    password open nothing any more. Returns how many were listed."""
    # Written apart from a save: who deactivates seldom names this column among what is to be saved.
    user.signed_out_at = at or timezone.now()
    User.objects.filter(pk=user.pk).update(signed_out_at=user.signed_out_at)
    return _end(UserSession.objects.filter(user=user))


def end_other_sessions(request: SignedInRequest, *, at: dt.datetime | None = None) -> int:
    """The same for whoever asks, but for the session they ask from, which gets a new key. Returns how
    many others were listed."""
    user, before = request.user, request.session.session_key
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(signed_out_at=(at or timezone.now()))
        user.refresh_from_db(fields=["signed_out_at"])
        ended = _end(UserSession.objects.filter(user=user).exclude(session_key=before))
        update_session_auth_hash(request, user)
        key = request.session.session_key
        UserSession.objects.filter(session_key=before).update(session_key=key)
    return ended


def end_session(user: User, pk: int) -> bool:
    """End one session of `user`'s own; False where there is none such."""
    return bool(_end(UserSession.objects.filter(user=user, pk=pk)))


def _end(rows: Iterable[UserSession]) -> int:
    ended = 0
    for row in rows:
        row.end()
        ended += 1
    return ended


def _seen(key: str) -> str:
    return f"seen-{key}"


@receiver(user_logged_in)
def seen_now(request: HttpRequest, user: User, **kwargs: object) -> None:
    """A session that has just begun says so in its own row, by whatever way it began."""
    if not (key := request.session.session_key):
        return
    cache.set(_seen(key), True, SEEN_FOR)
    if hasattr(request, "user"):  # Else nobody sent this request; a script signed in.
        UserSession.objects.create_from_request(request)


class LastSeenMiddleware:
    """Notes every ten minutes that a session is in use, and lists one that is not listed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        # The cache and not the session: a session that is written loses what another window wrote.
        if key and request.user.is_authenticated and cache.add(_seen(key), True, SEEN_FOR):
            rows = UserSession.objects.filter(session_key=key)
            if not rows.update(last_seen_at=timezone.now()):
                UserSession.objects.create_from_request(request)
        return self.get_response(request)
