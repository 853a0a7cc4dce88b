"""The addresses below /scim/v2/. A token with the scope "scim" opens them, and no session does."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from integrations.api.auth import Bearer
from integrations.api.once import read_json
from integrations.models import ApiToken, DirectoryRun, Scope
from integrations.permissions import can_write_people
from integrations.problems import Problem
from integrations.scim import people, protocol
from integrations.scim.protocol import Members, ScimError

MEDIA_TYPE = "application/scim+json"
Said = tuple[int, dict[str, Any] | None]
Handler = Callable[..., Said]


class _DryRun(Exception):
    """Takes everything back that was done to see what would be done."""


def scim(*methods: str) -> Callable[[Handler], Callable[..., HttpResponse]]:
    """A view that answers (status, JSON), for a token; writing is logged, and in a dry run taken back."""

    def decorate(handle: Handler) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @login_not_required
        @wraps(handle)
        def view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            try:
                token = _token(request)
                method = "GET" if request.method == "HEAD" else str(request.method)
                if method not in methods:
                    refused = _answer(405, ScimError(405, _("Unknown method.")).as_json())
                    refused["Allow"] = ", ".join(methods)
                    return refused
                if method == "GET":
                    return _answer(*handle(request, token, method, **kwargs))
                return _answer(*_written(request, token, method, handle, kwargs))
            except ScimError as error:
                return _answer(error.status, error.as_json())
            except Problem as problem:
                refusal = ScimError(problem.status, problem.detail)
                response = _answer(problem.status, refusal.as_json())
                for name, value in problem.headers.items():
                    response[name] = value
                return response

        return view

    return decorate


@scim("GET")
def service_provider(request: HttpRequest, token: ApiToken, method: str) -> Said:
    return 200, protocol.service_provider()


@scim("GET")
def resource_types(request: HttpRequest, token: ApiToken, method: str) -> Said:
    found = protocol.resource_types()
    return 200, protocol.listed(found, total=len(found), start=1)


@scim("GET")
def schemas(request: HttpRequest, token: ApiToken, method: str) -> Said:
    found = protocol.schemas()
    return 200, protocol.listed(found, total=len(found), start=1)


@scim("GET", "POST")
def user_list(request: HttpRequest, token: ApiToken, method: str) -> Said:
    base = base_url()
    if method == "POST":
        values = protocol.user_values(_body(request))
        user = people.save_user(None, values, by=token.owner, at=timezone.now())
        return 201, people.user_shown(people.user_of(str(user.pk)), base=base)
    rows = people.users(protocol.read_filter(request.GET.get("filter", "")))
    start, count = protocol.read_place(request.GET)
    found = [people.user_shown(user, base=base) for user in rows[start - 1 : start - 1 + count]]
    return 200, protocol.listed(found, total=rows.count(), start=start)


@scim("GET", "PUT", "PATCH", "DELETE")
def user_detail(request: HttpRequest, token: ApiToken, method: str, key: str) -> Said:
    user = people.user_of(key)
    now = timezone.now()
    if method == "DELETE":
        people.save_user(user, {"is_active": False}, by=token.owner, at=now)
        return 204, None
    if method in ("PUT", "PATCH"):
        body = _body(request)
        values = protocol.patched_user(body) if method == "PATCH" else protocol.user_values(body)
        people.save_user(user, values, by=token.owner, at=now)
    return 200, people.user_shown(people.user_of(key), base=base_url())


@scim("GET", "POST")
def group_list(request: HttpRequest, token: ApiToken, method: str) -> Said:
    base = base_url()
    if method == "POST":
        body = _body(request)
        ids = protocol.member_ids(body.get("members") or [])
        name = protocol.group_name(body)
        found = people.add_group(name, ids, by=token.owner, at=timezone.now())
        return 201, people.group_shown(found, base=base)
    condition = protocol.read_filter(request.GET.get("filter", ""))
    start, count = protocol.read_place(request.GET)
    is_slim = "members" in request.GET.get("excludedAttributes", "").lower()
    rows = people.groups(condition, with_members=not is_slim)
    shown = [people.group_shown(row, base=base) for row in rows[start - 1 : start - 1 + count]]
    return 200, protocol.listed(shown, total=len(rows), start=start)


@scim("GET", "PUT", "PATCH", "DELETE")
def group_detail(request: HttpRequest, token: ApiToken, method: str, key: str) -> Said:
    group = people.group_of(key)
    now, by = timezone.now(), token.owner
    if method == "DELETE":
        people.set_members(group, [Members("replace")], by=by, at=now)
        return 204, None
    if method == "PUT":
        body = _body(request)
        people.rename(group, protocol.group_name(body), by=by, at=now)
        ids = protocol.member_ids(body.get("members") or [])
        people.set_members(group, [Members("replace", ids)], by=by, at=now)
    elif method == "PATCH":
        name, steps = protocol.patched_group(_body(request))
        if name is not None:
            people.rename(group, name, by=by, at=now)
        people.set_members(group, steps, by=by, at=now)
    return 200, people.group_shown(people.group_of(key), base=base_url())


@scim("GET", "POST", "PUT", "PATCH", "DELETE")
def nothing(request: HttpRequest, token: ApiToken, method: str, **kwargs: Any) -> Said:
    raise ScimError(404, _("There is nothing at this address."))


def base_url() -> str:
    return f"{settings.BASE_URL.rstrip('/')}/scim/v2"


def _token(request: HttpRequest) -> ApiToken:
    token: ApiToken = Bearer(Scope.SCIM)(request)
    if not can_write_people(token.owner):
        raise Problem(403, _("The token's owner may not change people and teams."))
    return token


def _body(request: HttpRequest) -> dict[str, Any]:
    body = request.scim_body  # type: ignore[attr-defined]
    if not isinstance(body, dict):
        raise ScimError(400, _("The body has to be an object."), "invalidSyntax")
    return body


def _written(
    request: HttpRequest, token: ApiToken, method: str, handle: Handler, kwargs: dict[str, Any]
) -> Said:
    body: Any = None
    if method != "DELETE":
        try:
            _raw, body = read_json(request)
        except Problem as problem:
            status = 400 if problem.status == 422 else problem.status
            raise ScimError(status, problem.detail, "invalidSyntax") from None
    request.scim_body = body  # type: ignore[attr-defined]
    said: list[Said] = []
    try:
        with transaction.atomic():
            said.append(handle(request, token, method, **kwargs))
            if token.is_dry_run:
                raise _DryRun
            _log(request, token, method, body, DirectoryRun.State.APPLIED)
    except _DryRun:
        _log(request, token, method, body, DirectoryRun.State.PLANNED)
    return said[0]


def _log(
    request: HttpRequest, token: ApiToken, method: str, body: Any, state: DirectoryRun.State
) -> None:
    """One line for each request that changes, or would change, something."""
    now = timezone.now()
    DirectoryRun.objects.create(
        source=DirectoryRun.Source.SCIM,
        state=state,
        title=f"{method} {request.path}"[:255],
        started_by=token.owner,
        token=token,
        created_at=now,
        applied_at=now if state == DirectoryRun.State.APPLIED else None,
        changes=[
            {
                "row": 0,
                "email": "",
                "status": method.lower(),
                "changes": {"request": ["", json.dumps(body, ensure_ascii=False)[:2000]]}
                if body
                else {},
            }
        ],
    )


def _answer(status: int, body: dict[str, Any] | None) -> HttpResponse:
    content = "" if body is None else json.dumps(body, ensure_ascii=False)
    return HttpResponse(content, status=status, content_type=MEDIA_TYPE)
