"""The operations of version 1. What they do is in the modules beside."""

import datetime as dt
import tempfile
from collections.abc import Callable
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Query, Status
from ninja.errors import ValidationError

from insights.skills import CURRENT_MONTHS
from integrations import parquet
from integrations.api import ingest, reading, schemas
from integrations.api.auth import Bearer, owner_of
from integrations.api.once import Answer, answered_once, read_json
from integrations.api.paging import DEFAULT, MOST
from integrations.api.people import take_people, take_teams
from integrations.models import ApiToken, Scope
from integrations.problems import Problem, detail_for, problem_response
from people.channels import Channel


class Api(NinjaAPI):
    """What it says of itself is worked out once: it takes longer than any answer, and anybody may ask."""

    @cached_property
    def _described(self) -> Any:
        return super().get_openapi_schema()

    def get_openapi_schema(self, **asked: Any) -> Any:
        return self._described


api = Api(
    title="Evenhand",
    version="1",
    description="Interactions in; people, scorecards, skills and training out.",
    urls_namespace="api-v1",
    docs_url=None,
)

Cursor = Query("", description="next_cursor of the page before; empty for the first page.")
Limit = Query(DEFAULT, ge=1, le=MOST, description="Rows on a page.")
REFUSALS: dict[Any, Any] = {(401, 403, 404, 413, 415, 422, 429, 500): schemas.Problem}
DatabaseId = Query(None, ge=1, lt=2**63)
PARQUET = {parquet.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}
Month = Query(None, description="Any day of the month of the conversation.")
BATCH = {(200, 207): schemas.BatchResult, **REFUSALS}
IDEMPOTENT = [
    {
        "in": "header",
        "name": "Idempotency-Key",
        "required": False,
        "schema": {"type": "string", "maxLength": 200},
        "description": "A repeat with the same key within three days is answered as the first time.",
    }
]


def _takes(name: str, item: str) -> dict[str, Any]:
    """What the schema says of a body that we read ourselves, row by row."""
    rows = {
        "type": "array",
        "minItems": 1,
        "maxItems": ingest.MOST_ROWS,
        "items": {"type": "object", "description": item},
    }
    schema = {"type": "object", "required": [name], "properties": {name: rows}}
    return {
        "parameters": IDEMPOTENT,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
    }


@api.post(
    "/interactions",
    auth=Bearer(Scope.INTERACTIONS_WRITE),
    response=BATCH,
    tags=["In"],
    summary="Send interactions",
    openapi_extra=_takes(
        "interactions", "An interaction in the format of an import: source, external_id, channel, …"
    ),
)
def send_interactions(request: HttpRequest) -> Any:
    """Up to 1,000 rows in the format of an import file. Each goes in whole or is named as rejected; what
    is here already is left alone, what has changed is changed."""
    ingest.require_importer(request)
    raw, body = read_json(request)
    token = request.auth  # type: ignore[attr-defined]
    rows = ingest.rows_of(body, "interactions")
    return _done(request, token, raw, lambda: ingest.take_interactions(token, rows))


@api.post(
    "/answers",
    auth=Bearer(Scope.INTERACTIONS_WRITE),
    response=BATCH,
    tags=["In"],
    summary="Send customers' answers",
    openapi_extra=_takes(
        "answers", "source and external_id of an interaction, and answers as in an import."
    ),
)
def send_answers(request: HttpRequest) -> Any:
    """What customers answered about interactions that are here. Only the kinds a row names are added or
    changed; nothing is withdrawn."""
    ingest.require_importer(request)
    raw, body = read_json(request)
    rows = ingest.rows_of(body, "answers")
    token = request.auth  # type: ignore[attr-defined]
    return _done(request, token, raw, lambda: ingest.take_answers(rows))


@api.get(
    "/people",
    auth=Bearer(Scope.PEOPLE_READ),
    response={200: schemas.PeoplePage, **REFUSALS},
    tags=["People"],
    summary="List people",
)
def list_people(
    request: HttpRequest,
    cursor: str = Cursor,
    limit: int = Limit,
    email: str = Query("", description="Whoever has this address."),
    active: bool | None = None,
) -> Any:
    """Those whom the token's owner may see."""
    return reading.people_page(
        owner_of(request), cursor=cursor, limit=limit, email=_clean(email), active=active
    )


@api.get(
    "/people/{int:pk}",
    auth=Bearer(Scope.PEOPLE_READ),
    response={200: schemas.Person, **REFUSALS},
    tags=["People"],
    summary="Read a person",
)
def read_person(request: HttpRequest, pk: int) -> Any:
    person = reading.person_of(owner_of(request), pk) if pk < 2**63 else None
    if person is None:
        raise Http404
    return reading.person_shown(person)


@api.post(
    "/people",
    auth=Bearer(Scope.PEOPLE_WRITE),
    response=BATCH,
    tags=["People"],
    summary="Add or change people",
    openapi_extra=_takes(
        "people",
        "email, and what is to hold: first_name, last_name, started_on, time_zone, language, "
        "is_active, roles, teams, identities.",
    ),
)
def send_people(request: HttpRequest) -> Any:
    """Up to 1,000, each found by e-mail address. What a row does not mention stays; nobody is deleted,
    and who is deactivated is signed out."""
    raw, body = read_json(request)
    rows = ingest.rows_of(body, "people")
    token = request.auth  # type: ignore[attr-defined]
    return _done(request, token, raw, lambda: take_people(owner_of(request), rows))


@api.get(
    "/teams",
    auth=Bearer(Scope.PEOPLE_READ),
    response={200: schemas.TeamsPage, **REFUSALS},
    tags=["People"],
    summary="List teams",
)
def list_teams(request: HttpRequest, cursor: str = Cursor, limit: int = Limit) -> Any:
    return reading.teams_page(owner_of(request), cursor=cursor, limit=limit)


@api.post(
    "/teams",
    auth=Bearer(Scope.PEOPLE_WRITE),
    response=BATCH,
    tags=["People"],
    summary="Add or change teams",
    openapi_extra=_takes("teams", "name, and channels: a list; empty means all."),
)
def send_teams(request: HttpRequest) -> Any:
    """Up to 1,000, each found by name. Who serves where is said with the people."""
    raw, body = read_json(request)
    rows = ingest.rows_of(body, "teams")
    token = request.auth  # type: ignore[attr-defined]
    return _done(request, token, raw, lambda: take_teams(owner_of(request), rows))


@api.get(
    "/scorecards",
    auth=Bearer(Scope.SCORECARDS_READ),
    response={200: schemas.ScorecardsPage, **REFUSALS},
    tags=["Scores"],
    summary="List scorecards",
)
def list_scorecards(
    request: HttpRequest,
    cursor: str = Cursor,
    limit: int = Limit,
    agent: int | None = DatabaseId,
    month: dt.date | None = Month,
    submitted_since: dt.datetime | None = None,
) -> Any:
    """Submitted scorecards by their current revision, in the order they were handed in, with the grade of
    each criterion. A later revision stands at its own time."""
    return reading.scorecards_page(
        owner_of(request),
        cursor=cursor,
        limit=limit,
        agent=agent,
        month=month,
        since=_zoned("submitted_since", submitted_since),
    )


@api.get(
    "/scorecards/{int:pk}",
    auth=Bearer(Scope.SCORECARDS_READ),
    response={200: schemas.Scorecard, **REFUSALS},
    tags=["Scores"],
    summary="Read a scorecard",
)
def read_scorecard(request: HttpRequest, pk: int) -> Any:
    found = reading.scorecard_of(owner_of(request), pk) if pk < 2**63 else None
    if found is None:
        raise Http404
    return found


@api.get(
    "/exports/{table}.parquet",
    auth=Bearer(Scope.SCORECARDS_READ),
    response=REFUSALS,
    tags=["Scores"],
    summary="Download for a warehouse",
    openapi_extra={"responses": {200: {"description": "The file", "content": PARQUET}}},
)
def read_parquet(request: HttpRequest, table: str) -> HttpResponseBase:
    """All scorecards that the token's owner may see (table: scorecards), or the grades of their criteria
    (criterion_scores), as Apache Parquet."""
    if table not in parquet.TABLES:
        raise Http404
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    try:
        parquet.write(file, table, user=owner_of(request))
    except parquet.NotInstalled as problem:
        file.close()
        raise Problem(501, str(problem)) from None
    file.seek(0)
    return FileResponse(
        file, as_attachment=True, filename=f"{table}.parquet", content_type=parquet.MEDIA_TYPE
    )


@api.get(
    "/skills",
    auth=Bearer(Scope.SKILLS_READ),
    response={200: schemas.SkillsPage, **REFUSALS},
    tags=["Scores"],
    summary="List people's skills",
)
def list_skills(
    request: HttpRequest,
    cursor: str = Cursor,
    limit: int = Limit,
    months: int = Query(CURRENT_MONTHS, ge=1, le=24, description="Months until now."),
    channel: str = Query("", description="phone, email, chat or social; empty for all."),
) -> Any:
    """Each person's skills as graded and adjusted for who graded, both with 95% intervals, by the rubric
    most was graded by. The same figures as on the screens."""
    if channel and channel not in Channel.values:
        raise _unknown("channel", channel, Channel.values)
    return reading.skills_page(
        owner_of(request), cursor=cursor, limit=limit, months=months, channel=channel
    )


@api.get(
    "/assignments",
    auth=Bearer(Scope.TRAINING_READ),
    response={200: schemas.AssignmentsPage, **REFUSALS},
    tags=["Training"],
    summary="List module assignments",
)
def list_assignments(
    request: HttpRequest,
    cursor: str = Cursor,
    limit: int = Limit,
    person: int | None = DatabaseId,
    open: bool | None = None,
) -> Any:
    return reading.assignments_page(
        owner_of(request), cursor=cursor, limit=limit, person=person, is_open=open
    )


@api.get(
    "/completions",
    auth=Bearer(Scope.TRAINING_READ),
    response={200: schemas.CompletionsPage, **REFUSALS},
    tags=["Training"],
    summary="List completions",
)
def list_completions(
    request: HttpRequest,
    cursor: str = Cursor,
    limit: int = Limit,
    person: int | None = DatabaseId,
    completed_since: dt.datetime | None = None,
) -> Any:
    """Lessons read, quizzes passed and modules done, in the order they were."""
    return reading.completions_page(
        owner_of(request),
        cursor=cursor,
        limit=limit,
        person=person,
        since=_zoned("completed_since", completed_since),
    )


@api.exception_handler(Problem)
def _answer_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_response(problem, path=request.path)


@api.exception_handler(Http404)
def _answer_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(Problem(404, detail_for(404)), path=request.path)


@api.exception_handler(ValidationError)
def _answer_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        {"field": ".".join(map(str, each["loc"][1:])), "message": each["msg"]}
        for each in error.errors
    ]
    said = "; ".join(f"{each['field']}: {each['message']}" for each in errors)
    return problem_response(Problem(422, said, errors=errors), path=request.path)


def _done(
    request: HttpRequest, token: ApiToken, raw: bytes, work: Callable[[], Answer]
) -> Status[Any]:
    status, body = answered_once(request, token, raw, work)
    return Status(status, body)


def _clean(text: str) -> str:
    if "\x00" in text:
        raise Problem(422, _("The address contains a NUL character."))
    return text


def _zoned(field: str, moment: dt.datetime | None) -> dt.datetime | None:
    """In UTC, as PostgreSQL knows no zone that is sixteen hours away. Without a zone it counts as UTC, as
    in an import."""
    if moment is None:
        return None
    if timezone.is_naive(moment):
        return moment.replace(tzinfo=dt.UTC)
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        raise _unknown(field, moment.isoformat(), [_("a date of this calendar")]) from None


def _unknown(field: str, value: str, expected: list[str]) -> Problem:
    message = _("is “%(value)s”; expected %(names)s") % {
        "value": value[:60],
        "names": ", ".join(expected),
    }
    return Problem(422, f"{field} {message}.", errors=[{"field": field, "message": message}])
