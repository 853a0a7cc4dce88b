"""The API and SCIM with what their schemas allow and with what they do not."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import requests
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import strategies as st
from schemathesis.core.transport import Response

from integrations.actions import create_token
from integrations.models import Scope
from tests.access.house import person
from tests.fuzz.bounded import Found, fuzz
from tests.fuzz.values import json_values, odd

SCIM = ("Users", "Groups", "Schemas", "ResourceTypes", "ServiceProviderConfig", "", "Bulk", "Me")


@pytest.fixture
def programs(house) -> list[Client]:
    """Without a token, with a wrong one, with one of each scope and with all of them."""
    anton = person("anton.weir")
    asked = [[scope] for scope in Scope.values] + [Scope.values]
    secrets = [create_token(name="Fuzz", scopes=each, by=anton)[1] for each in asked]
    headers = [{}, *({"Authorization": f"Bearer {each}"} for each in ("nothing", *secrets))]
    return [Client(headers=each, raise_request_exception=False) for each in headers]


def _said(found: Found, client: Client, method: str, path: str, **sent: Any) -> Any:
    cache.clear()
    with transaction.atomic():
        response = client.generic(method, path, **sent)
        if response.streaming:
            response.streamed = b"".join(response.streaming_content)
        request_finished.disconnect(close_old_connections)
        response.close()
        transaction.set_rollback(True)
    if response.status_code >= 500 and response.status_code != 501:
        info = getattr(response, "exc_info", None)
        error = info[1] if info else AssertionError(f"{response.status_code} {response.content!r}")
        found.note(error, f"{method} {path} {sent}")
    return response


@pytest.mark.django_db
def test_scim(programs):
    from people.models import Team, User

    keys = (
        st.sampled_from(
            [
                *map(str, User.objects.values_list("pk", flat=True)[:5]),
                *map(str, Team.objects.values_list("pk", flat=True)[:3]),
            ]
        )
        | odd
    )
    fields = st.sampled_from(
        [
            "schemas",
            "userName",
            "externalId",
            "name",
            "givenName",
            "familyName",
            "active",
            "emails",
            "value",
            "displayName",
            "members",
            "Operations",
            "op",
            "path",
            "groups",
            "locale",
            "timezone",
            "primary",
        ]
    )
    inner = st.recursive(
        json_values
        | st.sampled_from(
            [
                "add",
                "replace",
                "remove",
                "members",
                "active",
                "x@example.org",
                'members[value eq "1"]',
                'emails[type eq "work"].value',
                "name.givenName",
            ]
        ),
        lambda each: st.lists(each, max_size=3) | st.dictionaries(fields | odd, each, max_size=5),
        max_leaves=12,
    )
    bodies = st.dictionaries(fields, inner, max_size=6) | inner
    queries = st.dictionaries(
        st.sampled_from(
            ["filter", "startIndex", "count", "attributes", "sortBy", "excludedAttributes"]
        ),
        odd
        | st.sampled_from(
            [
                'userName eq "a"',
                'displayName eq "\\"',
                "id eq 1",
                'active eq "true"',
                'externalId eq "\x00"',
                "userName eq true",
            ]
        ),
        max_size=3,
    )

    def attempt(data: Any, found: Found) -> None:
        draw = data.draw
        path = "/scim/v2/" + draw(st.sampled_from(SCIM[:2]) | st.sampled_from(SCIM))
        if draw(st.booleans()):
            path += "/" + quote(draw(keys), safe="", errors="surrogatepass")
        query = urlencode(draw(queries), errors="surrogatepass")
        client = programs[-1] if draw(st.integers(0, 3)) else draw(st.sampled_from(programs))
        method = draw(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]))
        body = json.dumps(draw(bodies)).encode() if draw(st.integers(0, 9)) else draw(st.binary())
        if method == "PATCH" and draw(st.booleans()):
            operations = draw(
                st.lists(
                    st.fixed_dictionaries(
                        {"op": st.sampled_from(["add", "replace", "Remove"])},
                        optional={
                            "path": st.sampled_from(
                                [
                                    "members",
                                    "active",
                                    "userName",
                                    "name.givenName",
                                    'members[value eq "1"]',
                                    "displayName",
                                    "externalId",
                                ]
                            )
                            | odd,
                            "value": inner,
                        },
                    ),
                    max_size=3,
                )
            )
            body = json.dumps({"Operations": operations}).encode()
        kind = draw(st.sampled_from(["application/scim+json", "application/json", "text/plain"]))
        answer = _said(
            found, client, method, path, data=body, content_type=kind, QUERY_STRING=query
        )
        if answer.status_code not in (204,) and "json" not in answer.get("Content-Type", ""):
            found.note(AssertionError(f"{answer.status_code} is no JSON"), f"{method} {path}")

    fuzz(st.data(), attempt)


@pytest.mark.django_db
def test_the_api_keeps_to_its_schema(programs):
    from django.core.wsgi import get_wsgi_application

    described = programs[-1].get("/api/v1/openapi.json").json()
    schema = schemathesis.openapi.from_dict(described)
    schema.app = get_wsgi_application()
    operations = [each.ok() for each in schema.get_all_operations()]
    bodies = json_values | st.dictionaries(
        st.sampled_from(["interactions", "answers", "people", "teams", "files"]),
        st.lists(odd_bodies(), max_size=3) | json_values,
        max_size=2,
    )

    def attempt(data: Any, found: Found) -> None:
        draw = data.draw
        operation = draw(st.sampled_from(operations))
        modes = list(schemathesis.GenerationMode)
        case = draw(operation.as_strategy(generation_mode=draw(st.sampled_from(modes))))
        path = "/" + case.formatted_path.lstrip("/")
        if not path.startswith("/api/"):
            path = "/api/v1" + path
        query = urlencode(dict(case.query or {}), doseq=True, errors="replace")
        if draw(st.integers(0, 4)) == 0:
            named = [each.name for each in operation.query] or ["cursor"]
            query = urlencode({name: draw(odd) for name in named}, errors="surrogatepass")
        body = case.body if case.body is not schemathesis.core.NOT_SET else None
        if draw(st.booleans()):
            body = draw(bodies)
        try:
            raw = body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
        except (TypeError, ValueError):
            raw = repr(body).encode()
        client = programs[-1] if draw(st.integers(0, 3)) else draw(st.sampled_from(programs))
        headers = {} if draw(st.booleans()) else {"HTTP_IDEMPOTENCY_KEY": draw(st.text(max_size=9))}
        answer = _said(
            found,
            client,
            case.method,
            path,
            data=raw,
            QUERY_STRING=query,
            content_type=case.media_type or "application/json",
            **headers,
        )
        where = f"{case.method} {path}?{query} {raw[:300]!r} {headers}"
        responses = operation.definition.raw["responses"]
        if answer.status_code >= 500:
            return
        said = responses.get(str(answer.status_code))
        if said is None:
            if answer.status_code not in (304, 405):
                error = AssertionError(
                    f"{operation.label}: {answer.status_code} is not in the schema"
                )
                found.errors.setdefault(str(error), (where, str(answer.status_code)))
            return
        kind = answer.get("Content-Type", "").split(";")[0]
        kinds = said.get("content", {})
        ok = kind in kinds or (kind == "application/problem+json" and answer.status_code >= 400)
        if kinds and not ok:
            found.errors.setdefault(
                f"{operation.label}: {kind} for {answer.status_code}", (where, "")
            )
        if "json" in kind and answer.status_code < 400:
            _conforms(operation, answer, found, where)

    fuzz(st.data(), attempt)


def _conforms(operation: Any, answer: Any, found: Found, where: str) -> None:
    asked = requests.Request("GET", "http://testserver/").prepare()
    headers = {"Content-Type": [answer["Content-Type"]]}
    made = Response(answer.status_code, headers, answer.content, asked, 0.1, verify=False)
    try:
        operation.validate_response(made)
    except BaseException as error:
        found.errors.setdefault(
            f"{operation.label}: {type(error).__name__}", (where, str(error)[:900])
        )


def odd_bodies() -> st.SearchStrategy[Any]:
    from tests.fuzz.files import odd_rows

    person = st.dictionaries(
        st.sampled_from(
            "email first_name last_name started_on time_zone language is_active roles teams identities "
            "name manager source external_id kind value at comment interaction".split()
        ),
        json_values
        | st.sampled_from(["a@example.org", "Agents", "North", "desk", "csat", "2026-01-01"]),
        max_size=6,
    )
    return odd_rows() | person
