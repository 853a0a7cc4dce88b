"""What holds for the whole house: error pages, headers, navigation, settings."""

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from config.navigation import navigation

TEMPLATES = Path(settings.BASE_DIR) / "templates"


def test_an_unknown_address_gets_our_own_page(as_user, agent):
    page = as_user(agent).get("/no/such/page/")

    assert page.status_code == 404
    assert "This page is not here" in page.text
    assert "Traceback" not in page.text


def test_a_forbidden_address_says_why(as_user, agent):
    page = as_user(agent).get(reverse("scorecards:queue"))

    assert page.status_code == 403
    assert "Only reviewers have a queue." in page.text


def test_a_crash_gets_our_own_page(as_user, agent, monkeypatch):
    def crash(*args, **kwargs):
        raise RuntimeError("secret detail")

    client = as_user(agent)
    client.raise_request_exception = False
    monkeypatch.setattr("people.views.ProfileForm", crash)
    page = client.get("/me/")

    assert page.status_code == 500
    assert "Something broke on our side" in page.text
    assert "secret detail" not in page.text


def test_a_form_without_its_token_says_that_nothing_was_changed(agent):
    client = Client(enforce_csrf_checks=True)
    client.force_login(agent)

    page = client.post("/me/", {"first_name": "X"})

    assert page.status_code == 403
    assert "Nothing was changed" in page.text


def test_a_form_sent_while_signed_out_leads_back_to_its_page(client, db):
    for sent_from, back in [
        ("http://testserver/manual/late/?channel=phone", "/manual/late/?channel=phone"),
        ("http://elsewhere.example/manual/late/", "/"),
        ("http://testserver/library/channel/", "/"),
        ("", "/"),
    ]:
        response = client.post("/library/channel/", headers={"referer": sent_from})

        assert response.status_code == 302
        assert response.url == f"{reverse('account_login')}?{urlencode({'next': back}, safe='/')}"
    assert "what you sent was not kept" in client.get(response.url).text


def test_every_form_has_its_token():
    """`{% include … only %}` leaves the token out, and without one a form is refused."""
    including = re.compile(r'{% include "([^"#]+)[^%]*%}')
    texts = {
        str(file.relative_to(TEMPLATES)): file.read_text() for file in TEMPLATES.rglob("*.html")
    }

    def wants_token(name):
        text = texts.get(name, "")
        return "{% csrf_token %}" in text or any(
            wants_token(match[1]) for match in including.finditer(text) if " only " not in match[0]
        )

    assert [
        f"{name}: {match[0]}"
        for name, text in texts.items()
        for match in including.finditer(text)
        if " only " in match[0] and "csrf_token=" not in match[0] and wants_token(match[1])
    ] == []


@pytest.mark.parametrize("path", ["/", "/manual/", "/learn/", "/scorecards/", "/training/", "/me/"])
def test_nothing_is_shown_to_strangers(client, db, path):
    response = client.get(path)

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_our_pages_forbid_inline_script_and_style(as_user, agent):
    page = as_user(agent).get("/me/")
    policy = page["Content-Security-Policy"]
    nonce = re.search(r"script-src [^;]*'nonce-([^']+)'", policy)[1]

    scripts = re.findall(r"<script[^>]*>", page.text)
    assert len(scripts) == 2
    assert all(f'nonce="{nonce}"' in script for script in scripts)
    assert nonce not in as_user(agent).get("/me/").text
    assert "'strict-dynamic'" in policy

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "object-src 'none'" in policy


def test_personal_pages_stay_in_their_browser_and_ask_for_no_device(as_user, agent):
    page = as_user(agent).get("/me/")

    assert set(page["Cache-Control"].split(", ")) == {"private", "no-cache"}
    assert "camera=()" in page["Permissions-Policy"]
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_policy_is_relaxed_for_the_page_editor_alone(as_user, editor):
    policy = as_user(editor).get("/admin/")["Content-Security-Policy"]
    # A nonce beside it would make browsers forget the relaxation.
    assert "nonce-" not in policy

    assert "'unsafe-inline'" in policy


NAVIGATION = {
    "agent": ["Today", "Scorecards", "Coaching", "Training", "Manual"],
    "reviewer": ["Today", "Queue", "Scorecards", "Training", "Manual"],
    "manager": ["Today", "Scorecards", "Team", "Coaching", "Training", "Manual", "Interactions"],
    "editor": ["Today", "Scorecards", "Team", "Training", "Manual", "Editing"],
    "administrator": [
        "Today",
        "Scorecards",
        "Team",
        "Coaching",
        "Training",
        "Manual",
        "Interactions",
        "Integrations",
        "Editing",
    ],
}


@pytest.mark.parametrize(("who", "labels"), NAVIGATION.items())
def test_navigation_shows_each_role_its_rooms(as_user, request, who, labels):
    page = as_user(request.getfixturevalue(who)).get("/me/")

    assert [str(entry.label) for entry in page.context["navigation"]] == labels


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/", "Today"),
        ("/scorecards/", "Scorecards"),
        ("/scorecards/queue/", "Queue"),
        ("/me/", None),
    ],
)
def test_navigation_marks_where_one_is(as_user, reviewer, path, label):
    page = as_user(reviewer).get(path)

    marked = [str(entry.label) for entry in page.context["navigation"] if entry.is_current]
    assert marked == ([label] if label else [])


def test_every_page_has_the_styles_of_every_component(as_user, agent):
    folder = settings.BASE_DIR / "static/css/components"
    text = as_user(agent).get("/me/").text

    assert [
        path.name for path in folder.glob("*.css") if f"/components/{path.stem}" not in text
    ] == []


TABS = {
    "agent": ["Scorecards", "Disputes"],
    "reviewer": ["Scorecards", "Disputes", "Calibration", "My grading"],
    "manager": ["Scorecards", "Disputes", "Held back"],
    "editor": ["Scorecards", "Disputes", "Rubrics"],
    "administrator": [
        "Scorecards",
        "Disputes",
        "Held back",
        "Calibration",
        "Sampling",
        "Rubrics",
    ],
}


@pytest.mark.parametrize(("who", "labels"), TABS.items())
def test_the_scorecards_have_tabs_for_what_each_role_may_open(
    as_user, request, administrator, who, labels
):
    client = as_user(request.getfixturevalue(who))
    page = client.get("/scorecards/")

    assert [str(tab.label) for tab in page.context["room_tabs"]] == labels
    assert '<nav class="room-tabs" aria-label="Scorecards">' in page.text
    every = as_user(administrator).get("/scorecards/").context["room_tabs"]
    answers = {str(tab.label): client.get(tab.url).status_code for tab in every}
    assert answers == {label: 200 if label in labels else 403 for label in TABS["administrator"]}


@pytest.mark.parametrize(
    ("path", "label", "current"),
    [
        ("/scorecards/", "Scorecards", "page"),
        ("/scorecards/?unread=1", "Scorecards", "page"),
        ("/scorecards/disputes/", "Disputes", "page"),
        ("/scorecards/calibration/", "Calibration", "page"),
        ("/scorecards/calibration/keys/", "Calibration", "true"),
        ("/scorecards/sampling/new/", "Sampling", "true"),
        ("/scorecards/rubrics/new/", "Rubrics", "true"),
        ("/scorecards/release/", "Held back", "page"),
    ],
)
def test_the_tabs_mark_where_one_is(as_user, administrator, path, label, current):
    page = as_user(administrator).get(path)

    assert [str(tab.label) for tab in page.context["room_tabs"] if tab.is_current] == [label]
    tabs = page.text[page.text.index('class="room-tabs"') :]
    assert tabs[: tabs.index("</nav>")].count(f'aria-current="{current}"') == 1


@pytest.mark.parametrize("path", ["/scorecards/queue/", "/", "/me/"])
def test_other_rooms_have_no_tabs(as_user, reviewer, path):
    assert "room-tabs" not in as_user(reviewer).get(path).text


def test_the_tabs_cost_no_query(rf, administrator, count_queries):
    request = rf.get("/scorecards/")
    request.user = administrator
    context = navigation(request)

    assert len(context["navigation"]) == 9
    assert count_queries(lambda: len(context["room_tabs"])) == 0


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        # An empty value also keeps a developer's own .env out of the test.
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "x" * 50, "DATABASE_URL": "nonsense"}, "DATABASE_URL is not understood"),
    ],
)
def test_wrong_settings_are_said_in_a_sentence(variables, message):
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "config.settings.base",
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_logins_are_shown_in_the_demo_only(client, db, settings):
    assert "Look around as" not in client.get(reverse("account_login")).text

    settings.DEMO = True
    assert "Look around as" in client.get(reverse("account_login")).text


def test_text_is_compressed_for_browsers_that_can(as_user, agent):
    plain = as_user(agent).get("/me/")
    packed = as_user(agent).get("/me/", headers={"Accept-Encoding": "gzip"})

    assert not plain.has_header("Content-Encoding")
    assert packed["Content-Encoding"] == "gzip"
    assert b"<!doctype html>" in gzip.decompress(packed.content).lower()


def test_opening_the_address_of_a_form_says_that_there_is_nothing_to_open(as_user, agent):
    """It stands in the browser after a form with mistakes; Django answers with a blank page."""
    response = as_user(agent).get("/training/attempts/1/submit/")
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert "There is nothing to open here" in response.content.decode()


def test_a_program_is_told_that_a_method_is_wrong_without_a_page(as_user, agent):
    response = as_user(agent).get("/training/attempts/1/submit/", HTTP_ACCEPT="application/json")
    assert (response.status_code, response.content) == (405, b"")
