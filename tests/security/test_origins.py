"""By which name the house is asked, and from which page: what is not ours gets nothing, and leads nobody
astray."""

import re

import pytest
from allauth.core.internal.ratelimit import get_ip
from django.core import mail
from django.test import Client, override_settings
from django.urls import URLResolver, get_resolver, reverse

from tests.access.addresses import addresses
from tests.words import says

pytestmark = pytest.mark.django_db
NOT_OURS = [
    "evil.example",
    "testserver.evil.example",
    "testserver@evil.example",
    "testserver:x",
    "a b",
]
KINDS = [
    *("/", "/account/login/", "/account/password/reset/", "/me/", "/admin/", "/no/such/page/"),
    *("/api/v1/people", "/api/v1/openapi.json", "/scim/v2/Users", "/survey/abc/", "/audit/"),
    *("/media/images/a.png", "/documents/1/a.pdf", "/training/packages/files/key/index.html"),
]


@pytest.mark.parametrize("host", NOT_OURS)
@pytest.mark.parametrize("address", KINDS)
def test_a_host_that_is_not_ours_is_told_nothing(agent, as_user, host, address):
    client = as_user(agent)
    for method in (client.get, client.post):
        answer = method(address, headers={"host": host})
        assert answer.status_code == 400, address
        words = answer.content.decode() + str(answer.headers)
        for told in ("evil", "ALLOWED_HOSTS", "testserver", "Traceback", agent.first_name):
            assert not says(words, told)
        # The page of every refusal has the token of its forms; there is nothing else.
        assert set(answer.cookies) <= {"csrftoken"}
        assert "Location" not in answer


def test_a_probe_by_any_name_learns_that_the_house_lives_and_no_more(client):
    """A probe comes by the machine's address, which is no host of ours."""
    answer = client.get("/healthz", headers={"host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    answer = client.get("/readyz", headers={"host": "10.0.0.7:8000"})
    assert set(answer.json()) == {"status", "checks"}
    # Only whether, and how long it took.
    assert {key for check in answer.json()["checks"].values() for key in check} == {"ok", "ms"}


FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Forwarded-Port": "81",
    "X-Host": "evil.example",
    "Forwarded": "host=evil.example;proto=https",
    "X-Original-URL": "/audit/",
    "X-Rewrite-URL": "/audit/",
}


@pytest.mark.parametrize("name", FORWARDED)
def test_no_forwarding_header_names_our_host_or_page(as_user, agent, client, name):
    headers = {name: FORWARDED[name]}
    assert client.get("/me/", headers=headers)["Location"].startswith("/account/login/")
    page = as_user(agent).get("/me/", headers=headers)
    assert (page.status_code, "evil.example" in page.text) == (200, False)


def test_the_scheme_and_the_sender_are_believed_behind_our_proxy_alone(client, rf):
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1, 192.0.2.9"}
    asked = rf.get("/", headers=said, REMOTE_ADDR="192.0.2.200")
    assert (asked.is_secure(), get_ip(asked)) == (False, "192.0.2.200")
    # As `BEHIND_PROXY` sets both.
    proxy = {
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1,
    }
    with override_settings(**proxy):
        asked = rf.get("/", headers=said, REMOTE_ADDR="192.0.2.200")
        # What stands left of what our proxy saw, anybody may have written.
        assert (asked.is_secure(), get_ip(asked)) == (True, "192.0.2.9")
    with override_settings(SECURE_SSL_REDIRECT=True):
        assert Client().get("/me/", headers=said)["Location"] == "https://testserver/me/"


@override_settings(ALLOWED_HOSTS=["*"], BASE_URL="https://evenhand.example.org")
def test_a_link_in_a_mail_never_leads_where_somebody_asked_from(client, agent):
    """Even where any host is let in: who asks is not who opens the link."""
    answer = client.post(
        reverse("account_reset_password"), {"email": agent.email}, headers={"host": "evil.example"}
    )
    assert answer.status_code == 302
    (sent,) = mail.outbox
    words = f"{sent.subject}\n{sent.body}"
    assert "evil" not in words
    (link,) = re.findall(r"https?://\S+", sent.body)
    assert link.startswith("https://evenhand.example.org/account/password/reset/key/")
    # It is a link that works.
    path = link.removeprefix("https://evenhand.example.org")
    assert client.get(path, follow=True).status_code == 200
    mail.outbox.clear()
    client.post(
        reverse("account_reset_password"),
        {"email": "nobody@example.org"},
        headers={"host": "evil.example"},
    )
    assert [each for each in mail.outbox if "evil.example" in f"{each.subject}{each.body}"] == []


# Forms and scripts of other pages -----------------------------------------------------------------
def exempt(resolver=None, prefix=""):
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from exempt(entry, route)
        elif getattr(entry.callback, "csrf_exempt", False):
            yield route


# What takes a request without the token of one of our pages, and why.
WITHOUT_TOKEN = {
    "api/": "programs with a token of their own; a session counts for nothing",
    "scim/v2/": "the same",
    "admin/api/": "Wagtail's choosers, which only read",
    "survey/": "customers, who have no session; the address is the key",
}


def test_few_addresses_take_what_no_page_of_ours_sent():
    found = {
        next((each for each in WITHOUT_TOKEN if route.startswith(each)), route)
        for route in exempt()
    }
    assert found == set(WITHOUT_TOKEN)


@pytest.mark.parametrize("address", ["/api/v1/people", "/api/v1/interactions", "/scim/v2/Users"])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_a_session_opens_nothing_that_asks_for_no_token_of_a_page(
    administrator, as_user, address, method
):
    answer = getattr(as_user(administrator), method)(address)
    assert answer.status_code in (401, 405)


TOKEN = "t" * 32
FOREIGN = {
    "no token": {"token": False, "headers": {}},
    "no token, by htmx": {"token": False, "headers": {"HX-Request": "true"}},
    "another page": {"headers": {"Origin": "https://evil.example"}},
    "another page, by htmx": {"headers": {"Origin": "https://evil.example", "HX-Request": "true"}},
    "a page without origin": {"headers": {"Origin": "null"}},
    "our name over http": {"headers": {"Origin": "http://testserver"}},
    "our name at another port": {"headers": {"Origin": "https://testserver:8443"}},
    "a name that begins like ours": {"headers": {"Origin": "https://testserver.evil.example"}},
    "another page, in Referer": {"headers": {"Referer": "https://evil.example/a"}},
    "a Referer like ours": {"headers": {"Referer": "https://testserver.evil.example/"}},
    "a page that hides": {"headers": {}},
}


@pytest.mark.parametrize("case", FOREIGN)
def test_what_another_page_sends_is_refused_everywhere(administrator, case):
    """Each address of ours that needs nothing to fill it with, and some of Wagtail's."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    client.cookies["csrftoken"] = TOKEN
    token = FOREIGN[case].get("token", True)
    headers = FOREIGN[case]["headers"]
    if token:
        headers = {**headers, "X-CSRFToken": TOKEN}
    names = [name for name, has_arguments in addresses() if not has_arguments]
    admin = (
        "wagtailimages:add",
        "wagtaildocs:add_multiple",
        "wagtailadmin_account",
        "wagtailusers_users:add",
    )
    taken, refused = [], 0
    for name in (*names, *admin):
        for method in ("post", "put", "patch", "delete"):
            # Over https, where browsers always send a Referer along, which then has to be ours.
            answer = getattr(client, method)(reverse(name), headers=headers, secure=True)
            if answer.status_code == 403 and "csrf" in answer.templates[0].name:
                refused += 1
            elif answer.status_code not in (404, 405):
                taken.append(f"{method} {name} {answer.status_code}")
    assert taken == []
    assert refused > 4 * 100


def test_what_our_own_page_sends_is_taken(administrator):
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    client.cookies["csrftoken"] = TOKEN
    for headers in (
        {"Origin": "https://testserver", "X-CSRFToken": TOKEN},
        {"Referer": "https://testserver/me/", "X-CSRFToken": TOKEN},
    ):
        answer = client.post(
            reverse("people:profile"), {"time_zone": "UTC"}, headers=headers, secure=True
        )
        assert answer.status_code in (302, 422)
