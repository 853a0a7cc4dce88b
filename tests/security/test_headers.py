"""What each kind of answer tells a browser about itself, and each address of the house."""

import errno
import os
import re
import subprocess
import sys

import pytest
from django.core.cache import cache
from django.core.signals import request_finished
from django.db import close_old_connections, transaction
from django.test import Client
from django.urls import path, reverse
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file

from config import urls
from tests.access.addresses import addresses
from tests.access.house import person
from tests.access.subjects import subjects
from tests.access.test_access import LEFT_OUT, TABLE
from tests.factories.people import UserFactory
from tests.scorecards.racing import IS_SERVER, ROOT, SharedDatabase

FORBIDDEN = ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:")
REFERRERS = {"same-origin", "no-referrer"}


def directives(answer):
    policy = answer.headers.get("Content-Security-Policy", "")
    pairs = (each.strip().partition(" ") for each in policy.split(";") if each.strip())
    return {name: value.split() for name, _space, value in pairs}


def faults(answer, *, admin=False, signed_in=True, framed=True):
    """What is missing, of an answer of any kind that went through the house."""
    told, found = answer.headers, directives(answer)
    scripts = found.get("script-src", found.get("default-src", []))
    if not found:
        yield "no policy"
    if "sandbox" not in found and "'none'" not in found.get("default-src", []):
        for name in ("default-src", "object-src", "base-uri", "form-action"):
            if name not in found:
                yield f"no {name}"
    if framed and found.get("frame-ancestors", ["'none'"])[0] not in ("'self'", "'none'"):
        yield f"framed by {found['frame-ancestors']}"
    if framed and "frame-ancestors" not in found and "X-Frame-Options" not in told:
        yield "anybody frames it"
    if not admin:
        loose = [each for each in (*scripts, *found.get("style-src", [])) if each in FORBIDDEN]
        # A PDF is drawn by a page of the browser's own, with styles in it.
        if loose and "application/pdf" not in told.get("Content-Type", ""):
            yield f"loose: {loose}"
    if told.get("X-Content-Type-Options") != "nosniff":
        yield "its type is guessed"
    if told.get("Referrer-Policy") not in REFERRERS:
        yield "it tells where one comes from"
    if told.get("Cross-Origin-Opener-Policy") != "same-origin":
        yield "its opener holds it"
    if "camera=()" not in told.get("Permissions-Policy", ""):
        yield "it may use devices"
    if signed_in and not {"private", "no-store"} & set(
        re.split(r"[,\s]+", told.get("Cache-Control", ""))
    ):
        yield "others may keep it"
    if (
        answer.get("Content-Type", "").startswith("text/html")
        and not answer.streaming
        and not admin
    ):
        page = answer.content.decode()
        if re.search(r"<script(?![^>]*(nonce=|type=\"application/json\"))", page):
            yield "a script without nonce"
        if re.search(r"<[^>]+\son\w+=", page) or re.search(r"<[^>]+\sstyle=", page):
            yield "inline script or style"
        nonces = set(re.findall(r'nonce="([^"]+)"', page))
        if nonces and [f"'nonce-{each}'" for each in nonces] != [
            each for each in scripts if each.startswith("'nonce-")
        ]:
            yield "another nonce"


# Every kind of answer -----------------------------------------------------------------------------
def kinds():
    """By name: method, address, the status it is answered with, and what is special."""
    return {
        "a page": ("get", "/me/", 200, {}),
        "a page of somebody signed out": ("get", "/account/login/", 200, {"signed_in": False}),
        "sent on to sign in": ("get", "/audit/", 302, {"signed_in": False}),
        "sent on": ("get", "/admin/login/", 302, {"admin": True}),
        "nothing there": ("get", "/no/such/", 404, {}),
        "not allowed": ("get", "/audit/", 403, {}),
        "Wagtail": ("get", "/admin/", 200, {"admin": True}),
        "a problem of the API": ("get", "/api/v1/people", 401, {"signed_in": False}),
        "no address of the API": ("get", "/api/v1/no-such", 404, {"signed_in": False}),
        "its description": ("get", "/api/v1/openapi.json", 200, {"signed_in": False}),
        "SCIM": ("get", "/scim/v2/Users", 401, {"signed_in": False}),
        "a survey that is none": ("get", "/survey/abc/", 404, {"signed_in": False}),
    }


SIGNED_OUT = {"a page of somebody signed out", "sent on to sign in"}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", kinds())
def test_each_kind_of_answer_says_what_it_must(kind, agent, editor, as_user, client):
    method, address, status, special = kinds()[kind]
    if kind not in SIGNED_OUT:
        client = as_user(editor if special.get("admin") else agent)
    answer = getattr(client, method)(address)
    assert (answer.status_code, [*faults(answer, **special)]) == (status, [])


@pytest.mark.django_db
def test_a_list_as_a_file_says_what_it_must(administrator, as_user):
    for form in ("csv", "xlsx"):
        answer = as_user(administrator).post("/audit/", {"format": form})
        assert answer["Content-Disposition"].startswith("attachment")
        assert [*faults(answer)] == []
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.django_db
def test_a_picture_says_what_it_must(agent, as_user, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    image = get_image_model().objects.create(title="Door", file=get_test_image_file())
    answer = as_user(agent).get(f"/media/{image.file.name.replace('original_', '')}")
    assert (answer.status_code, [*faults(answer)]) == (404, [])


@pytest.mark.django_db
def test_throttling_says_what_it_must(client, settings):
    settings.SURVEY_RATE_LIMIT = 0
    answer = client.get("/survey/abc/")
    assert (answer.status_code, [*faults(answer, signed_in=False)]) == (429, [])


@pytest.mark.django_db
def test_a_missing_token_of_a_form_says_what_it_must(agent):
    client = Client(enforce_csrf_checks=True)
    client.force_login(agent)
    answer = client.post(reverse("people:profile"))
    assert (answer.status_code, [*faults(answer)]) == (403, [])


def crash(request, number):
    raise OSError(number, "in the middle")


urlpatterns = [path("crash/<int:number>/", crash), *urls.urlpatterns]
handler500 = urls.handler500


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 503), (errno.EIO, 500)])
def test_a_crash_says_what_it_must(agent, settings, number, status):
    settings.ROOT_URLCONF = __name__
    client = Client(raise_request_exception=False)
    client.force_login(agent)
    answer = client.get(f"/crash/{number}/")
    assert (answer.status_code, [*faults(answer)]) == (status, [])


@pytest.mark.django_db
def test_a_style_sheet_says_what_it_must(client):
    answer = client.get("/static/css/tokens.css")
    answer.close()
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "private" not in answer["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_a_probe_is_answered_for_this_moment(client, address):
    answer = client.get(address)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"


# Every address ------------------------------------------------------------------------------------
# Programs of others in a sandbox, by a policy of their own: tests/security/test_packages.py.
PACKAGES = "training:package_file"


def visits():
    letters = {"i": "ines.calder", "r": "oskar.fenn", "m": "marthe.lindholm", "w": "anton.weir",
               "e": "edda.quill"}  # fmt: skip
    for line in TABLE.path.read_text().splitlines():
        if line[:4].strip() not in ("GET", "POST"):
            continue
        method, name = line.split()[:2]
        if name == PACKAGES:
            continue
        cells = dict(zip("adnitorsmfxew", line[46:], strict=False))
        # Somebody who gets there, and somebody who does not.
        yield method.lower(), name, None
        for wanted in "+-.":
            for letter, who in letters.items():
                if cells.get(letter) == wanted:
                    yield method.lower(), name, who
                    break


@pytest.mark.django_db
@pytest.mark.skipif(IS_SERVER, reason="headers are the same on each database")
def test_each_address_says_what_it_must(house, settings):
    settings.SURVEY_RATE_LIMIT = 10**9
    clients, has_arguments = {}, dict(addresses())
    filled = {
        name: reverse(name, args=subjects.of(name) if has_arguments[name] else ())
        for name in has_arguments
        if name not in LEFT_OUT
    }
    found, kinds_seen = [], set()
    for method, name, who in visits():
        if who not in clients:
            clients[who] = Client(raise_request_exception=False)
            if who:
                clients[who].force_login(person(who))
        cache.clear()
        with transaction.atomic():
            answer = getattr(clients[who], method)(filled[name])
            wrong = [*faults(answer, signed_in=who is not None)]
            if answer.streaming:
                b"".join(answer.streaming_content)
            request_finished.disconnect(close_old_connections)
            answer.close()
            transaction.set_rollback(True)
        kinds_seen.add((answer.status_code, answer.get("Content-Type", "").partition(";")[0]))
        found += [f"{method} {name} {who} {answer.status_code}: {each}" for each in wrong]
    assert found == []
    assert len(kinds_seen) > 12


# As it is run ---------------------------------------------------------------------------------------
ASK = """
import django
django.setup()
from django.test import Client
client = Client(headers={"host": "evenhand.example.org"})
for path in ("/account/login/", "/healthz", "/no/such/"):
    answer = client.get(path)
    print("PLAIN", path, answer.status_code, answer.get("Location"), len(answer.cookies))
page = client.get("/account/login/", secure=True)
print("HSTS", page["Strict-Transport-Security"])
csrf = page.content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
from people.models import User
password = "correct horse battery staple"
user = User.objects.get(email="agent@example.org")
user.set_password(password)
user.save()
answer = client.post(
    "/account/login/",
    {"login": "agent@example.org", "password": password, "csrfmiddlewaretoken": csrf},
    headers={"referer": "https://evenhand.example.org/account/login/"},
    secure=True,
)
print("IN", answer.status_code, answer["Location"])
for name, each in sorted(client.cookies.items()):
    flags = [flag for flag in ("secure", "httponly") if each[flag]]
    print("COOKIE", name, *flags, each["samesite"], each["path"], repr(each["domain"]))
print("ME", client.get("/me/", secure=True).status_code)
"""


@pytest.mark.skipif(IS_SERVER, reason="headers are the same on each database")
def test_in_production_cookies_and_addresses_are_for_https_alone(db, django_db_blocker, tmp_path):
    """The settings as they stand, in a process of their own: nothing that the tests relax."""
    database = SharedDatabase(tmp_path, django_db_blocker)
    with database.used_here():
        UserFactory(email="agent@example.org")
    relaxed = ("INSECURE_COOKIES", "TEST_DATABASE_URL", "DATABASE_URL", "BEHIND_PROXY")
    environment = {name: value for name, value in os.environ.items() if name not in relaxed}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "config.settings.base",
        "DATABASE_URL": database.url,
        "SECRET_KEY": "for this test alone, and long enough to be taken for a key",
        "ALLOWED_HOSTS": "evenhand.example.org",
        "STATIC_FROM_SOURCE": "1",
        "ENV_FILE": os.devnull,
        "VAR_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.splitlines() == [
        "PLAIN /account/login/ 301 https://evenhand.example.org/account/login/ 0",
        "PLAIN /healthz 200 None 0",
        "PLAIN /no/such/ 301 https://evenhand.example.org/no/such/ 0",
        "HSTS max-age=31536000; includeSubDomains; preload",
        "IN 302 /",
        "COOKIE __Host-csrftoken secure Lax / ''",
        "COOKIE __Host-sessionid secure httponly Lax / ''",
        "COOKIE messages secure httponly Lax / ''",
        "ME 200",
    ], done.stderr[-2000:]
