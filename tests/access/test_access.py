"""Who gets where: every address of the house against everybody, in `table.txt` to be read.

A new address fails this test until something is named to fill it with (`subjects.py`) and its line stands
in the table. `ACCESS_TABLE=write pytest tests/access` writes the table as the house is; read the
difference before you commit it.
"""

import copy
import datetime as dt
import difflib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.signals import request_finished
from django.db import close_old_connections, connection, transaction
from django.template.backends.django import Template
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from people.models import Membership, Team, User
from people.roles import Role
from tests.access.addresses import addresses
from tests.access.subjects import person, subjects
from tests.factories.people import MembershipFactory, TeamFactory, UserFactory

TABLE = Path(__file__).with_name("table.txt")
# Lines in which nobody gets through, and why; what each says of everybody else still holds.
NOBODY = {
    "GET mfa_deactivate_totp": "none of the cast has an authenticator app",
    "POST mfa_deactivate_totp": "none of the cast has an authenticator app",
    "GET mfa_download_recovery_codes": "none of the cast has a second factor",
    "POST mfa_download_recovery_codes": "none of the cast has a second factor",
    "GET mfa_view_recovery_codes": "none of the cast has a second factor",
    "GET openid_connect_callback": "no provider is set up",
    "POST openid_connect_callback": "no provider is set up",
    "GET openid_connect_login": "no provider is set up",
    "POST openid_connect_login": "no provider is set up",
    "GET training:package_file": "its address holds a key that only an open window has",
    "POST scorecards:scorecard_undo": "minutes after the grade, by who gave it",
    "POST scorecards:calibration_grade": "who takes part is none of the cast",
    "POST training:package_keep": "without the name of a part there is no such part",
    "POST training:package_open": "without the name of a part there is no such part",
    "POST training:shadowing_sign": "the observer is none of the cast",
}
# These end the session that asks for them, or begin one: the same for everybody.
LEFT_OUT = {"account_logout", "account_login", "account_signup", "account_reset_password_from_key"}
HEAD = """\
# Who gets where, in the demo organisation. An address with something in it is about Ines: her grade, her
# attempt, a conversation of hers; or about Oskar's queue. Columns:
#   a nobody signed in      d deactivated            n new hire, in another team than Ines
#   i Ines                  t agent of Ines's team   o agent of another team
#   r Oskar, who grades     s another reviewer       m manager of Ines's team
#   f its former manager    x manager of another     e editor      w administrator
# Cells: + gets through (perhaps to be told what is wrong with the form), - is told that they may not,
# . is told that there is no such page, ? is asked to sign in.
#
"""


@pytest.fixture(scope="module")
def house(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The demo organisation with what the journeys prepare, rolled back afterwards."""
    from config.demo.seed import seed
    from tests.e2e.preparing import prepare

    with django_db_blocker.unblock(), transaction.atomic():
        seed(today=timezone.localdate())
        prepare()
        yield
        transaction.set_rollback(True)


def cast() -> dict[str, User | None]:
    ines, today = person("ines.calder"), timezone.localdate()
    of_ines = Membership.objects.get(user=ines, kind=Membership.Kind.MEMBER, ends_on=None).team
    elsewhere = TeamFactory(name="Elsewhere")

    def somebody(name: str, role: Role, team: Team | None = None, **membership: object) -> User:
        user = UserFactory(email=f"{name}@example.org", roles=[role])
        if team:
            membership = {"starts_on": today - dt.timedelta(days=400), **membership}
            MembershipFactory(user=user, team=team, **membership)
        return user

    manages = {"kind": Membership.Kind.MANAGER}
    deactivated = somebody("deactivated", Role.ADMINISTRATOR)
    return {
        "a": None,
        "d": deactivated,
        "n": person("nia.brook"),
        "i": ines,
        "t": somebody("teammate", Role.AGENT, of_ines),
        "o": somebody("elsewhere", Role.AGENT, elsewhere),
        "r": person("oskar.fenn"),
        "s": somebody("reviewer", Role.REVIEWER),
        "m": person("marthe.lindholm"),
        "f": somebody(
            "former", Role.MANAGER, of_ines, **manages, ends_on=today - dt.timedelta(days=1)
        ),
        "x": somebody("manager", Role.MANAGER, elsewhere, **manages),
        "e": person("edda.quill"),
        "w": person("anton.weir"),
    }


def cell(client: Client, method: str, url: str) -> str:
    """What comes of it; nothing of it stays."""
    # Signing out everywhere else gives this window a new session, which is taken back with all else.
    cookies = copy.copy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method)(url)
        # Closing it would close the connection as well, and lose all that was prepared.
        request_finished.disconnect(close_old_connections)
        response.close()
        transaction.set_rollback(True)
    client.cookies = cookies
    if response.status_code >= 500:
        return "!"
    if response.status_code == 302 and "/account/login/" in response["Location"]:
        return "?"
    return {403: "-", 404: ".", 405: " "}.get(response.status_code, "+")


@pytest.fixture
def unwritten_pages(monkeypatch) -> None:
    """Who may is decided before a page is written, and writing six thousand of them takes minutes."""
    monkeypatch.setattr(Template, "render", lambda self, context=None, request=None: "")


@pytest.mark.django_db
@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="who may what is the same on each database"
)
def test_everybody_gets_where_the_table_says(house, unwritten_pages, settings):
    settings.SURVEY_RATE_LIMIT = 10**9
    clients = {}
    for letter, user in cast().items():
        clients[letter] = Client(raise_request_exception=False)
        if user is not None:
            clients[letter].force_login(user)
    User.objects.filter(email="deactivated@example.org").update(is_active=False)
    lines = []
    for name, has_arguments in addresses():
        if name in LEFT_OUT:
            continue
        url = reverse(name, args=subjects.of(name) if has_arguments else ())
        for method in ("get", "post"):
            cache.clear()
            cells = "".join(cell(client, method, url) for client in clients.values())
            if cells.strip(" ?"):
                lines.append(f"{method.upper():<4} {name:<40} {cells}")
    found = f"{HEAD}{'':<45} {''.join(clients)}\n" + "".join(f"{line}\n" for line in lines)
    assert [line for line in lines if "!" in line] == [], "an error of the server"
    if os.environ.get("ACCESS_TABLE") == "write":
        TABLE.write_text(found)
    assert found == TABLE.read_text(), "".join(
        difflib.unified_diff(
            TABLE.read_text().splitlines(True),
            found.splitlines(True),
            "table.txt",
            "the house",
            n=0,
        )
    )


def test_each_address_lets_somebody_in():
    """A line that lets nobody in proves nothing: its subject is wrong, or nobody needs the address."""
    rows = [
        line.rstrip("\n")
        for line in TABLE.read_text().splitlines()
        if line[:4].strip() in ("GET", "POST")
    ]
    assert len(rows) > 300
    assert {" ".join(row[:45].split()) for row in rows if "+" not in row[46:]} == set(NOBODY)
