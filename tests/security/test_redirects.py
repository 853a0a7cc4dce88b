"""No page sends its reader to another site because an address told it to."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from content.models import Governance
from tests.factories.coaching import ActionItemFactory
from tests.factories.content import ProcedurePageFactory

ELSEWHERE = [
    "https://evil.example/",
    "HTTPS://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "////evil.example",
    "/\\evil.example/",
    "\\\\evil.example/",
    "\\/evil.example",
    "/\t/evil.example/",
    "/\n/evil.example/",
    "\t//evil.example",
    " //evil.example/",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "javascript:alert(1)",
    "JaVaScript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "https://testserver@evil.example/",
    "https://testserver:80@evil.example/",
    "//testserver@evil.example/",
    "https://testserver.evil.example/",
    "https://evil.example#testserver",
    "https://evil.example\\@testserver/",
    "http://testserver:8080/",
    "%2F%2Fevil.example",
    "%5C%5Cevil.example",
]


def is_here(location: str) -> bool:
    """As a browser reads it: backslashes are slashes, and what is invisible is dropped."""
    read = "".join(letter for letter in location if letter > " ").replace("\\", "/")
    parts = urlsplit(read)
    if read.startswith("//") or parts.scheme or parts.netloc:
        return (parts.scheme, parts.netloc) in (("http", "testserver"), ("", "testserver"))
    return True


def led_to(client: Client, response: object, *, most: int = 3) -> list[str]:
    """Each address that a browser is sent to, one after another, as long as it stays here."""
    places = []
    while response.status_code in (301, 302, 303, 307) and len(places) < most:
        places.append(response["Location"])
        if not is_here(places[-1]) or not places[-1].startswith("/"):
            break
        response = client.get(places[-1])
    return places


# Modules that read an address to go back to -> the ways below that try it.
READERS = {
    "coaching.views.items": {"item"},
    "content.views.admin": {"editing area"},
    "content.views.governance": {"reviewed"},
    "content.views.keeping": {"bookmark"},
    "content.views.panel": {"channel"},
    "people.middleware": {"signed out"},
}
# These call a choice of somebody's "next", and redirect nobody there.
OTHER_WORDS = {"training.views.practice_setup"}


@pytest.fixture
def ways(as_user, agent, editor, manager, team):
    """Every address that takes one to go back to: who sends it what, and in which field."""
    page = ProcedurePageFactory()
    Governance.objects.update_or_create(page=page, defaults={"owner": editor})
    item = ActionItemFactory(agent=agent, owner=agent)
    sign_in = reverse("account_login")
    return {
        "bookmark": (agent, "post", reverse("content:page_bookmark", args=[page.pk]), {"on": "1"}),
        "channel": (agent, "post", reverse("content:choose_channel"), {"channel": "phone"}),
        "item": (agent, "post", reverse("coaching:item_finish", args=[item.pk]), {}),
        "reviewed": (editor, "post", reverse("content:page_reviewed", args=[page.pk]), {}),
        "editing area": (editor, "get", reverse("content:admin_sign_in"), {}),
        "signed in already": (agent, "get", sign_in, {}),
        "signing out": (agent, "post", reverse("account_logout"), {}),
        "the editors' lock": (
            editor,
            "post",
            reverse("wagtailadmin_pages:lock", args=[page.pk]),
            {},
        ),
        "signing in": (
            None,
            "post",
            sign_in,
            {"login": agent.email, "password": "rhubarb-and-custard-7"},
        ),
    }


NAMES = (
    "bookmark",
    "channel",
    "item",
    "reviewed",
    "editing area",
    "signed in already",
    "signing out",
    "the editors' lock",
    "signing in",
)


def sent(way, target: str, *, in_address: bool) -> tuple[Client, object]:
    user, method, url, form = way
    client = Client()
    if user is not None:
        client.force_login(user)
    form = {**form, "next": target}
    if method == "post" and in_address:
        url, form = f"{url}?{urlencode({'next': target})}", {**form, "next": target}
    return client, getattr(client, method)(url, form)


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_sent_elsewhere(name, ways, agent):
    agent.set_password("rhubarb-and-custard-7")
    agent.save()
    for target in ELSEWHERE:
        for in_address in (False, True):
            cache.clear()
            client, response = sent(ways[name], target, in_address=in_address)
            assert response.status_code in (200, 302, 400), (target, response.status_code)
            places = led_to(client, response)
            assert all(map(is_here, places)), (target, places)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"signed in already", "signing out"}))
def test_one_gets_back_to_a_page_of_ours(name, ways, agent):
    """Without this the test above would praise a way that leads nowhere."""
    agent.set_password("rhubarb-and-custard-7")
    agent.save()
    _client, response = sent(ways[name], "/me/?a=b", in_address=False)
    assert response["Location"] == "/me/?a=b"


@pytest.mark.parametrize("name", ["bookmark", "channel", "item", "reviewed"])
def test_a_word_that_is_no_address_breaks_nothing(name, ways):
    _client, response = sent(ways[name], "word", in_address=False)
    assert response.status_code == 302


@pytest.mark.parametrize(
    "referer",
    [
        "http://evil.example/manual/",
        "http://testserver//evil.example/",
        "http://testserver/\\evil.example/",
        "http://testserver@evil.example/",
        "javascript:alert(1)",
        "http://testserver:8080/x/",
        "http://[",
    ],
)
def test_the_page_before_is_none_of_another_site(db, client, agent, referer):
    agent.set_password("rhubarb-and-custard-7")
    agent.save()
    response = client.post(reverse("content:choose_channel"), headers={"referer": referer})
    address = parse_qs(urlsplit(response["Location"]).query)["next"][0]
    response = client.post(
        reverse("account_login"),
        {"login": agent.email, "password": "rhubarb-and-custard-7", "next": address},
    )
    assert response.status_code == 302
    assert all(map(is_here, led_to(client, response)))


def test_every_reader_of_such_an_address_is_tried():
    base = Path(settings.BASE_DIR)
    reading = re.compile(r"""\[?"next"\]|get\("next"|["']Referer["']|HTTP_REFERER""")
    found = {
        ".".join(path.relative_to(base).with_suffix("").parts)
        for room in (
            "config",
            "people",
            "content",
            "interactions",
            "scorecards",
            "training",
            "coaching",
            "insights",
            "integrations",
            "ui",
        )
        for path in (base / room).rglob("*.py")
        if any(reading.search(line) and "request" in line for line in path.read_text().splitlines())
    }
    assert found - OTHER_WORDS == set(READERS)
