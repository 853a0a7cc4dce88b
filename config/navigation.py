"""The way through the house: the rooms a person finds in the bar, and the tabs of the one room that has
several pages to begin at."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix, get_urlconf
from django.urls import reverse as reverse_anew
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from config.demo.logins import DEMO_LOGINS, DEMO_PASSWORD
from integrations.permissions import can_dump
from people.models import User


@dataclass(frozen=True, slots=True)
class Entry:
    label: str | Promise
    icon: str
    url: str
    is_current: bool


# Label, icon (none in a tab), address, and whether this person finds it.
Place = tuple[str | Promise, str, str, bool]


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation` and `room_tabs`, made only when a template asks. Permissions are
    cached on the user, so it costs no query that the page has not made already."""
    return {
        "navigation": SimpleLazyObject(lambda: _entries(request)),
        "room_tabs": SimpleLazyObject(lambda: _tabs(request)),
    }


def demo(request: HttpRequest) -> dict[str, Any]:
    """Context processor: in the demo, `demo_logins` (e-mail, role) and their `demo_password`."""
    if not settings.DEMO:
        return {}
    return {"demo_logins": DEMO_LOGINS, "demo_password": DEMO_PASSWORD}


# Addresses that belong to a room whose own address is another.
_ALSO_IN = {
    "/learn/": "/training/",
    "/library/": "/manual/",
    "/coaching/": "/coaching/mine/",
    "/integrations/": "/integrations/tokens/",
}


def reverse(name: str) -> str:
    """The address of a place, worked out once: a page names some twenty."""
    return _reversed(name, get_script_prefix(), get_urlconf() or settings.ROOT_URLCONF)


@lru_cache(maxsize=512)
def _reversed(name: str, _prefix: str, urlconf: Any) -> str:
    return reverse_anew(name, urlconf=urlconf)


def _entries(request: HttpRequest) -> list[Entry]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    path = request.path
    for address, room in _ALSO_IN.items():
        if path.startswith(address):
            path = room
    return _marked(_rooms(user), path)


def _tabs(request: HttpRequest) -> list[Entry]:
    """The pages of the rooms Scorecards, Coaching and Team; none in the queue, which is a room of its
    own."""
    user = getattr(request, "user", None)
    scorecards, queue = reverse("scorecards:scorecard_list"), reverse("scorecards:queue")
    if request.path.startswith(reverse("coaching:session_list")):
        is_in = user is not None and user.is_authenticated
        return _marked(_coaching(user), request.path) if is_in and user else []
    if request.path.startswith(reverse("insights:team")) and user and user.is_authenticated:
        return _marked(_team(user), request.path)
    if request.path.startswith(reverse("interactions:interaction_list")) and user:
        return _marked(_interactions(user), request.path) if user.is_authenticated else []
    if request.path.startswith("/integrations/") and user and user.is_authenticated:
        return _marked(_integrations(user), request.path)
    is_here = request.path.startswith(scorecards) and not request.path.startswith(queue)
    if not is_here or user is None or not user.is_authenticated:
        return []
    return _marked(_pages(user), request.path)


def _marked(places: list[Place], path: str) -> list[Entry]:
    """Those that are shown; the one whose address is the deepest that `path` starts with is current:
    /scorecards/queue/ is the queue, not the list of scorecards."""
    found = [(label, icon, url) for label, icon, url, is_shown in places if is_shown]
    here = max((url for _label, _icon, url in found if path.startswith(url)), key=len, default="")
    return [
        Entry(label, icon, url, is_current=url == here and (url != "/" or path == "/"))
        for label, icon, url in found
    ]


def _rooms(user: User) -> list[Place]:
    return [
        (_("Today"), "house", reverse("insights:home"), True),
        (_("Queue"), "inbox", reverse("scorecards:queue"), _may(user, "grade_interactions")),
        (_("Scorecards"), "clipboard-check", reverse("scorecards:scorecard_list"), True),
        _team_room(user),
        _coaching_room(user),
        (_("Training"), "graduation-cap", reverse("training:learning"), True),
        (_("Manual"), "book-open", "/manual/", True),
        (
            _("Interactions"),
            "messages-square",
            reverse("interactions:interaction_list"),
            user.has_perm("interactions.view_all_interactions")
            or user.has_perm("interactions.handle_reviews"),
        ),
        (
            _("Integrations"),
            "plug",
            reverse("integrations:token_list"),
            user.has_perm("integrations.manage_integrations"),
        ),
        (
            _("Editing"),
            "square-pen",
            reverse("wagtailadmin_home"),
            user.has_perm("wagtailadmin.access_admin"),
        ),
    ]


def _pages(user: User) -> list[Place]:
    calibrates = _may(user, "lead_calibration") or _may(user, "grade_interactions")
    pages = [
        (_("Scorecards"), "scorecard_list", True),
        (_("Disputes"), "dispute_list", True),
        (_("Held back"), "scorecard_release", _may(user, "release_feedback")),
        (_("Calibration"), "calibration_list", calibrates),
        (_("Sampling"), "sampling_list", _may(user, "assign_reviews")),
        (_("Rubrics"), "rubric_list", _may(user, "edit_rubrics")),
    ]
    places: list[Place] = [
        (label, "", reverse(f"scorecards:{name}"), shown) for label, name, shown in pages
    ]
    own = (
        _("My grading"),
        "",
        reverse("insights:objectivity_own"),
        _may(user, "grade_interactions"),
    )
    return [*places, own]


def _coaching_room(user: User) -> Place:
    """Coaches begin at all their sessions, agents at what is about them."""
    takes_part = user.has_perm("coaching.view_coachingsession")
    coaches = user.has_perm("coaching.add_coachingsession")
    first = reverse("coaching:session_list" if coaches else "coaching:my_coaching")
    has_rules = user.has_perm("coaching.view_modulerule")
    if has_rules and not takes_part:
        first = reverse("coaching:rule_list")
    return (_("Coaching"), "handshake", first, takes_part or has_rules)


def _coaching(user: User) -> list[Place]:
    takes_part = user.has_perm("coaching.view_coachingsession")
    pages = [
        (_("Sessions"), "session_list", takes_part),
        (_("My coaching"), "my_coaching", takes_part),
        (_("Action items"), "item_list", takes_part),
        (_("Recognition"), "recognition_list", True),
        (_("Rules"), "rule_list", user.has_perm("coaching.view_modulerule")),
    ]
    return [(label, "", reverse(f"coaching:{name}"), shown) for label, name, shown in pages]


def _team_room(user: User) -> Place:
    """Who leads calibration and nobody's team begins at the reviewers, an editor at the criteria."""
    manages = user.has_perm("people.develop_team") or user.has_perm("people.view_everybody")
    leads, edits = _may(user, "lead_calibration"), user.has_perm("wagtailadmin.access_admin")
    first = "team" if manages else "objectivity" if leads else "system"
    return (_("Team"), "users", reverse(f"insights:{first}"), manages or leads or edits)


def _team(user: User) -> list[Place]:
    """None for who finds their own page here and no team."""
    manages = user.has_perm("people.develop_team") or user.has_perm("people.view_everybody")
    edits = user.has_perm("wagtailadmin.access_admin")
    pages = [
        (_("Team"), "team", manages),
        (_("New hires"), "new_hires", manages),
        (_("Training effect"), "training_effect", manages),
        (_("Where the system fails"), "system", manages or edits),
        (_("Service"), "service", manages),
        (_("Two verdicts"), "verdicts", manages or _may(user, "review_verdicts")),
        (_("Objectivity"), "objectivity", _may(user, "lead_calibration")),
    ]
    places: list[Place] = [
        (label, "", reverse(f"insights:{name}"), shown) for label, name, shown in pages
    ]
    return [*places, (_("Opening hours"), "", reverse("people:hours_list"), manages)]


def _interactions(user: User) -> list[Place]:
    pages = [
        (_("Interactions"), "interaction_list", True),
        (_("Customers"), "customer_list", True),
        (_("Public reviews"), "review_list", True),
        (_("Surveys sent"), "survey_log", user.has_perm("interactions.manage_surveys")),
        (_("Imports"), "import_list", user.has_perm("interactions.import_interactions")),
        (_("Privacy"), "privacy", user.has_perm("interactions.manage_privacy")),
    ]
    return [(label, "", reverse(f"interactions:{name}"), shown) for label, name, shown in pages]


def _integrations(user: User) -> list[Place]:
    """The reference alone for who writes programs and manages nothing."""
    manages = user.has_perm("integrations.manage_integrations")
    pages = [
        (_("API tokens"), "token_list", manages),
        (_("API reference"), "api_reference", True),
        (_("Webhooks"), "webhook_list", manages),
        (_("Directory"), "directory", manages),
        (_("Full dump"), "dump_list", can_dump(user)),
    ]
    return [(label, "", reverse(f"integrations:{name}"), shown) for label, name, shown in pages]


def _may(user: User, codename: str) -> bool:
    return user.has_perm(f"scorecards.{codename}")
