"""The main navigation: which rooms a person finds in the bar."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from config.demo.logins import DEMO_LOGINS, DEMO_PASSWORD
from people.models import User


@dataclass(frozen=True, slots=True)
class Entry:
    label: str | Promise
    icon: str
    url: str
    is_current: bool


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation`, made only when a template asks. Permissions are cached on the
    user, so it costs no query that the page has not made already."""
    return {"navigation": SimpleLazyObject(lambda: _entries(request))}


def demo(request: HttpRequest) -> dict[str, Any]:
    """Context processor: in the demo, `demo_logins` (e-mail, role) and their `demo_password`."""
    if not settings.DEMO:
        return {}
    return {"demo_logins": DEMO_LOGINS, "demo_password": DEMO_PASSWORD}


# Addresses that belong to a room whose own address is another.
_ALSO_IN = {"/learn/": "/training/", "/library/": "/manual/"}


def _entries(request: HttpRequest) -> list[Entry]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    found = [(label, icon, url) for label, icon, url, is_shown in _rooms(user) if is_shown]
    path = request.path
    for address, room in _ALSO_IN.items():
        if path.startswith(address):
            path = room
    # The deepest address that the path starts with is where one is: /scorecards/queue/ is the
    # queue, not the list of scorecards.
    here = max((url for _label, _icon, url in found if path.startswith(url)), key=len, default="")
    return [
        Entry(label, icon, url, is_current=url == here and (url != "/" or path == "/"))
        for label, icon, url in found
    ]


def _rooms(user: User) -> list[tuple[str | Promise, str, str, bool]]:
    everybody = user.has_perm("people.view_everybody")
    return [
        (_("Today"), "house", reverse("insights:home"), True),
        (_("Queue"), "inbox", reverse("scorecards:queue"), _may(user, "grade_interactions")),
        (_("Sampling"), "dices", reverse("scorecards:sampling_list"), _may(user, "assign_reviews")),
        (_("Rubrics"), "ruler", reverse("scorecards:rubric_list"), _may(user, "edit_rubrics")),
        (_("Scorecards"), "clipboard-check", reverse("scorecards:scorecard_list"), True),
        (
            _("Team"),
            "users",
            reverse("insights:team"),
            everybody or user.has_perm("people.develop_team"),
        ),
        (_("Training"), "graduation-cap", reverse("training:learning"), True),
        (_("Manual"), "book-open", "/manual/", True),
        (
            _("Interactions"),
            "messages-square",
            reverse("interactions:interaction_list"),
            user.has_perm("interactions.view_all_interactions"),
        ),
        (
            _("Editing"),
            "square-pen",
            reverse("wagtailadmin_home"),
            user.has_perm("wagtailadmin.access_admin"),
        ),
    ]


def _may(user: User, codename: str) -> bool:
    return user.has_perm(f"scorecards.{codename}")
