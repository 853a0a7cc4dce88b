"""What programs get: every address of the REST API and of SCIM against tokens, in `table_programs.txt` to
be read.

A new operation fails this test until something is named to send to it and its row stands in the table.
"""

import datetime as dt
import io
import json
import re
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.utils import timezone

from integrations.actions import create_token, revoke_token
from integrations.api.main import api
from integrations.models import ApiToken, Scope
from integrations.parquet import TABLES
from people.models import User
from people.roles import Role
from scorecards.models import ReviewAssignment, Scorecard
from tests.access.addresses import PROGRAMS, walk
from tests.access.house import cast, on_one_database, person
from tests.access.subjects import graded, team_of_ines
from tests.access.tables import NO_SUCH_METHOD, Table, of_everybody

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NOBODY = {
    f"{method} {route}": "there is nothing at this address"
    for method in METHODS
    for route in ("api/v1/", "scim/v2/")
}
ABOVE = """\
# What programs get, in the demo organisation. Lists are searched for Ines, a single row is hers, and what
# is sent is about her. Columns:
#   a no token              k no token, in a browser where the administrator is signed in
#   z a made-up token       l one that is over       v a revoked one      d of somebody deactivated
# each scope alone, of the administrator:
#   I interactions:write    P people:read            W people:write       S scorecards:read
#   K skills:read           T training:read          C scim
# all scopes, of people who were administrators when they made the token, and now are:
#   n new hire in another team than Ines             i Ines               o agent of another team
#   r Oskar, who grades     m manager of her team    f its former manager
#   x manager of another    e editor                 w still an administrator
# Cells: + gets through, and what comes holds Ines; o gets through, and there is nothing of Ines in it;
# - is told that it may not, . is told that there is no such thing, ? is asked for a token.
#
"""
TABLE = Table("table_programs.txt", ABOVE, wide=54)


def subjects() -> dict[str, list[Any]]:
    """What stands in the addresses: hers."""
    of_hers = ReviewAssignment.Purpose.GRADE
    return {
        "api/v1/people/<int:pk>": [person("ines.calder").pk],
        "api/v1/scorecards/<int:pk>": [graded(is_held=False, assignment__purpose=of_hers).pk],
        "api/v1/exports/<table>.parquet": list(TABLES),
        "scim/v2/Users/<str:key>": [person("ines.calder").pk],
        "scim/v2/Groups/<str:key>": [f"team-{team_of_ines().pk}"],
    }


def bodies() -> dict[str, Any]:
    """What is sent: it would change Ines or her team, were it let through."""
    ines, team = person("ines.calder"), team_of_ines()
    name = {"op": "replace", "path": "name.givenName", "value": "Other"}
    return {
        "POST api/v1/interactions": {"interactions": [{"external_id": "1"}]},
        "POST api/v1/answers": {"answers": [{"external_id": "1"}]},
        "POST api/v1/people": {"people": [{"email": ines.email, "first_name": "Other"}]},
        "POST api/v1/teams": {"teams": [{"name": team.name, "channels": ["phone"]}]},
        "POST scim/v2/Users": {"userName": "somebody@example.org"},
        "PUT scim/v2/Users/<str:key>": {"userName": ines.email, "name": {"givenName": "Other"}},
        "PATCH scim/v2/Users/<str:key>": {"Operations": [name]},
        "POST scim/v2/Groups": {"displayName": "Made by a program"},
        "PUT scim/v2/Groups/<str:key>": {"displayName": team.name, "members": []},
        "PATCH scim/v2/Groups/<str:key>": {"Operations": [{"op": "remove", "path": "members"}]},
    }


def queries() -> dict[str, dict[str, Any]]:
    """So that Ines is on the first page, if anywhere."""
    ines = person("ines.calder")
    return {
        "api/v1/people": {"email": ines.email},
        "api/v1/teams": {"limit": 200},
        "api/v1/scorecards": {"agent": ines.pk},
        "api/v1/skills": {"limit": 200},
        "api/v1/assignments": {"person": ines.pk},
        "api/v1/completions": {"person": ines.pk},
        "scim/v2/Users": {"filter": f'userName eq "{ines.email}"'},
        "scim/v2/Groups": {"filter": f'displayName eq "{team_of_ines().name}"'},
    }


def tokens() -> dict[str, dict[str, str]]:
    """By letter, the headers of a program."""
    people, anton = cast(), person("anton.weir")
    administrators = anton.groups.get(name=Role.ADMINISTRATOR.value)
    now = timezone.now()

    def made(by: User, scopes: list[str] = Scope.values, **more: Any) -> tuple[ApiToken, str]:
        by.groups.add(administrators)
        return create_token(name="Table", scopes=scopes, by=User.objects.get(pk=by.pk), **more)

    secrets = {"z": "eh_00000000_made-up"}
    secrets["l"] = made(anton, expires_at=now - dt.timedelta(seconds=1))[1]
    revoked, secrets["v"] = made(anton)
    revoke_token(revoked, by=anton)
    secrets["d"] = made(people["d"])[1]
    # Not by the action, which revokes their tokens as well: this has to hold by itself.
    User.objects.filter(pk=people["d"].pk).update(is_active=False)
    for letter, scope in zip("IPWSKTC", Scope.values, strict=True):
        secrets[letter] = made(anton, [scope])[1]
    for letter in "niormfxe":
        secrets[letter] = made(people[letter])[1]
        people[letter].groups.remove(administrators)
    secrets["w"] = made(anton)[1]
    return {
        "a": {},
        "k": {},
        **{letter: {"Authorization": f"Bearer {secret}"} for letter, secret in secrets.items()},
    }


def routes() -> list[str]:
    """Several operations of ours may share an address."""
    return sorted({route for name, route, _ in walk() if name and route.startswith(PROGRAMS)})


def of_a_program(response: Any) -> str:
    if response.status_code in (401, 403, 404, 405):
        return {401: "?", 403: "-", 404: ".", 405: NO_SUCH_METHOD}[response.status_code]
    return "+" if _holds_ines(response) else "o"


def _holds_ines(response: Any) -> bool:
    """Of lists, whether anything of Ines is in it; all else is about her."""
    ines, kind = person("ines.calder"), response.get("Content-Type", "")
    if "parquet" in kind:
        table = pq.read_table(io.BytesIO(b"".join(response.streaming_content)))
        if "agent" in table.column_names:
            return ines.pk in table.column("agent").to_pylist()
        hers = set(Scorecard.objects.filter(agent=ines).values_list("pk", flat=True))
        return not hers.isdisjoint(table.column("scorecard").to_pylist())
    said = response.json() if "json" in kind and response.content else {}
    rows = said.get("data", said.get("Resources")) if isinstance(said, dict) else None
    if rows is None or response.status_code != 200:
        return True
    keys = {"id", "agent", "person", "userName", "name", "displayName", "email"}
    known = {ines.pk, str(ines.pk), ines.email, team_of_ines().name}
    return any(row[key] in known for row in rows for key in keys & set(row) if _is_word(row[key]))


def _is_word(value: Any) -> bool:
    return isinstance(value, int | str)


@pytest.mark.django_db
@on_one_database
def test_programs_get_what_the_table_says(house, settings):
    settings.API_RATE_LIMIT = 10**9
    clients = {
        letter: Client(raise_request_exception=False, headers=headers)
        for letter, headers in tokens().items()
    }
    clients["k"].force_login(person("anton.weir"))
    filled, sent, asking = subjects(), bodies(), queries()
    rows = []
    for route in routes():
        for subject in filled.get(route, [""]):
            url = "/" + re.sub(r"<.*?>", str(subject), route)
            label = f"{route} {subject}" if len(filled.get(route, [])) > 1 else route
            for method in METHODS:
                said: dict[str, Any] = {"query_params": asking.get(route)}
                if method != "GET":
                    body = json.dumps(sent.get(f"{method} {route}", {}))
                    said = {"data": body, "content_type": "application/json"}
                cells = of_everybody(clients, method, url, of_a_program, **said)
                rows.append(TABLE.row(f"{method:<6} {label}", cells))
    TABLE.hold(clients, rows)


def test_each_address_lets_somebody_in():
    assert len(TABLE.rows()) > 25
    assert TABLE.lets_nobody_in() == set(NOBODY)


def test_each_operation_that_is_described_stands_in_the_table():
    described = {
        f"{method.upper()} {path.lstrip('/')}"
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method in methods
    }
    not_one = ("api/v1/", "api/v1/openapi.json")
    rows = [label.split() for label in TABLE.rows()]
    in_the_table = {
        f"{method} " + re.sub(r"<(?:int:)?(\w+)>", r"{\1}", route)
        for method, route, *_subject in rows
        if route.startswith("api/") and route not in not_one
    }
    assert in_the_table == described
