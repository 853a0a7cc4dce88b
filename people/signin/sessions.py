"""The windows in which somebody is signed in, to be looked at and ended."""

import datetime as dt
import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from people.models import User

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
    bits = 24 if parsed.version == 4 else 48
    network = ipaddress.ip_network(f"{address}/{bits}", strict=False)
    return str(network.network_address).removesuffix(".0").removesuffix("::") + "…"


def end_sessions(user: User, *, but: str | None = None) -> int:
    """End all of a person's sessions, except the one with the key `but`. Returns how many."""
    return _end(UserSession.objects.filter(user=user).exclude(session_key=but or ""))


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
def seen_now(request: HttpRequest, **kwargs: object) -> None:
    """A session that has just begun says so in its own row."""
    if key := request.session.session_key:
        cache.set(_seen(key), True, SEEN_FOR)


class LastSeenMiddleware:
    """Notes every ten minutes that a session is in use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        key = request.session.session_key
        # The cache and not the session: a session that is written loses what another window wrote.
        if key and request.user.is_authenticated and cache.add(_seen(key), True, SEEN_FOR):
            UserSession.objects.filter(session_key=key).update(last_seen_at=timezone.now())
        return response
