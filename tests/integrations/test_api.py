import base64
import datetime as dt
import json

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from integrations.actions import create_token, revoke_token
from integrations.api.main import api
from integrations.models import ApiToken, Scope, StoredAnswer
from interactions.models import (
    Customer,
    ImportRejection,
    ImportRun,
    Interaction,
    RedactionRule,
    SurveyAnswer,
)
from interactions.privacy.erasing import erase_customers
from people.models import AuditEvent, Membership, User
from scorecards.models import ReviewAssignment
from tests.factories.interactions import CustomerFactory, InteractionFactory
from tests.factories.people import UserFactory
from tests.factories.scorecards import RubricVersionFactory, ScorecardFactory
from tests.integrations.conftest import Program

PROBLEM = "application/problem+json"


def row(key="1", **more):
    said = [{"speaker": "customer", "text": "Where is my order?"}]
    return {"source": "desk", "external_id": key, "channel": "chat", "messages": said, **more}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/", 404),
        ("get", "/api/v1/nothing", 404),
        ("get", "/api/v2/people", 404),
        ("get", "/api/v1/people", 401),
        ("delete", "/api/v1/people", 405),
    ],
)
def test_every_refusal_is_a_problem(db, client, method, path, status):
    response = getattr(client, method)(path)
    assert (response.status_code, response["Content-Type"]) == (status, PROBLEM)
    assert response.json()["status"] == status
    assert response.json()["instance"] == path


def test_405_names_the_methods(db, client):
    assert set(client.delete("/api/v1/people")["Allow"].split(", ")) == {"GET", "POST"}


def test_a_crash_is_a_problem_without_its_cause(program, monkeypatch):
    def crash(*args, **kwargs):
        raise RuntimeError("secret")

    monkeypatch.setattr("integrations.api.main.reading.teams_page", crash)
    program.client.raise_request_exception = False
    response = program.get("/api/v1/teams")
    assert (response.status_code, response["Content-Type"]) == (500, PROBLEM)
    assert b"secret" not in response.content


def test_a_session_opens_nothing(administrator, as_user):
    response = as_user(administrator).get("/api/v1/people")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("secret", ["", "x", "eh_12345678_wrong", "eh_" + "\x00", "ä" * 300])
def test_an_unknown_token_is_refused(db, secret):
    client = Client()
    response = client.get("/api/v1/people", HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert response.status_code == 401


def test_the_secret_is_not_kept(token_of):
    secret = token_of()
    token = ApiToken.objects.get()
    assert secret.startswith(token.prefix)
    assert secret not in json.dumps(list(ApiToken.objects.values()), default=str)


def test_a_wrong_end_of_the_secret_is_refused(token_of):
    assert Program(token_of()[:-1]).get("/api/v1/people").status_code == 401


def test_a_token_dies_with_revocation_expiry_and_owner(administrator):
    token, secret = create_token(name="x", scopes=[Scope.PEOPLE_READ], by=administrator)
    program = Program(secret)
    assert program.get("/api/v1/people").status_code == 200
    ApiToken.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert program.get("/api/v1/people").status_code == 401
    ApiToken.objects.update(expires_at=None)
    User.objects.filter(pk=administrator.pk).update(is_active=False)
    assert program.get("/api/v1/people").status_code == 401
    User.objects.filter(pk=administrator.pk).update(is_active=True)
    assert program.get("/api/v1/people").status_code == 200
    revoke_token(token, by=administrator)
    assert program.get("/api/v1/people").status_code == 401


def test_a_scope_opens_what_it_names(token_of):
    program = Program(token_of(Scope.PEOPLE_READ))
    response = program.get("/api/v1/scorecards")
    assert response.status_code == 403
    assert response.json()["scope"] == "scorecards:read"


def test_last_use_is_noted(program):
    program.get("/api/v1/people")
    assert ApiToken.objects.get().last_used_at is not None


@override_settings(API_RATE_LIMIT=2)
def test_too_many_requests_wait(program):
    first = program.get("/api/v1/people")
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("2", "1")
    program.get("/api/v1/people")
    response = program.get("/api/v1/people")
    assert (response.status_code, response["Content-Type"]) == (429, PROBLEM)
    assert 0 < int(response["Retry-After"]) <= 60
    assert response["RateLimit-Remaining"] == "0"


def test_the_description_is_worked_out_once():
    assert api.get_openapi_schema() is api.get_openapi_schema(path_params={})


def test_openapi_is_there_for_all(db, client):
    schema = client.get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.")
    assert set(schema["paths"]) == {
        f"/api/v1/{name}"
        for name in (
            "interactions",
            "answers",
            "people",
            "people/{pk}",
            "teams",
            "scorecards",
            "scorecards/{pk}",
            "exports/{table}.parquet",
            "skills",
            "assignments",
            "completions",
        )
    }


def test_head_is_answered(program):
    assert program.client.head("/api/v1/people").status_code == 200


# Ingest


def test_interactions_go_in_by_the_importer(program, agent):
    program_answer = program.post(
        "/api/v1/interactions",
        {
            "interactions": [
                row("1", agent={"email": agent.email}),
                row("2", channel="fax"),
                row("3"),
            ]
        },
    )
    assert program_answer.status_code == 207
    body = program_answer.json()
    assert {name: body[name] for name in ("created", "rejected")} == {"created": 2, "rejected": 1}
    assert [each["status"] for each in body["results"]] == ["created", "rejected", "created"]
    assert "channel" in body["results"][1]["reason"]
    assert Interaction.objects.get(external_id="1").agent == agent
    run = ImportRun.objects.get()
    assert (run.created_count, run.rejected_count, run.lines_done) == (2, 1, 3)
    assert ImportRejection.objects.get().line == 2


def test_interactions_again_are_unchanged_and_share_a_run(program):
    body = {"interactions": [row("1")]}
    assert program.post("/api/v1/interactions", body).json()["created"] == 1
    again = program.post("/api/v1/interactions", body)
    assert (again.status_code, again.json()["unchanged"]) == (200, 1)
    changed = program.post("/api/v1/interactions", {"interactions": [row("1", subject="New")]})
    assert changed.json()["results"][0]["status"] == "updated"
    assert ImportRun.objects.count() == 1


def test_an_id_twice_in_a_batch_is_named(program):
    body = program.post(
        "/api/v1/interactions", {"interactions": [row("1"), row("1", subject="Other")]}
    ).json()
    assert [each["status"] for each in body["results"]] == ["created", "rejected"]


@pytest.mark.parametrize(
    "body", [[], {}, {"interactions": []}, {"interactions": "x"}, {"interactions": [1] * 1001}]
)
def test_a_wrong_batch_is_refused_whole(program, body):
    response = program.post("/api/v1/interactions", body)
    assert (response.status_code, response["Content-Type"]) == (422, PROBLEM)
    assert response.json()["errors"][0]["field"] == "interactions"


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"[" * 100_000])
def test_a_broken_body_is_refused(program, raw):
    response = program.client.post("/api/v1/interactions", raw, content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (422, PROBLEM)


def test_a_form_is_refused(program):
    assert program.client.post("/api/v1/interactions", {"x": 1}).status_code == 415


@override_settings(API_MAX_BODY=100)
def test_a_huge_body_is_refused(program):
    response = program.post("/api/v1/interactions", {"interactions": [row("1" * 100)]})
    assert response.status_code == 413


def test_a_repeat_with_a_key_is_answered_as_before(program):
    body = {"interactions": [row("1")]}
    key = {"Idempotency-Key": "abc"}
    first = program.post("/api/v1/interactions", body, **key)
    again = program.post("/api/v1/interactions", body, **key)
    assert first.json() == again.json()
    assert again.json()["created"] == 1
    assert StoredAnswer.objects.count() == 1
    other = program.post("/api/v1/interactions", {"interactions": [row("2")]}, **key)
    assert other.status_code == 422


def test_a_refusal_that_quotes_what_no_database_keeps_is_repeated(program):
    body = {"people": [{"a\x00\ud800b\U0001f600": 1}]}
    first, again = (
        program.post("/api/v1/people", body, **{"Idempotency-Key": "abc"}) for _each in "12"
    )
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert first.status_code == 207
    assert "a\ufffd\ufffdb\U0001f600" in str(first.json()["results"])


def test_ingest_takes_as_many_queries_for_many(program, count_queries):
    def send(start, n):
        rows = [row(str(start + i)) for i in range(n)]
        return lambda: program.post("/api/v1/interactions", {"interactions": rows})

    send(0, 1)()
    assert count_queries(send(10, 1)) == count_queries(send(20, 3))


def test_ingest_needs_an_owner_who_may_import(administrator, token_of):
    secret = token_of(Scope.INTERACTIONS_WRITE)
    administrator.groups.clear()
    response = Program(secret).post("/api/v1/interactions", {"interactions": [row()]})
    assert response.status_code == 403


def test_answers_go_to_what_is_here(program):
    interaction = InteractionFactory(source="desk", external_id="1")
    body = {
        "answers": [
            {"source": "desk", "external_id": "1", "answers": [{"kind": "csat", "value": 4}]},
            {"source": "desk", "external_id": "2", "answers": [{"kind": "csat", "value": 4}]},
            {"source": "desk", "external_id": "3", "answers": [{"kind": "csat", "value": 9}]},
            {"source": "desk", "external_id": "4", "answers": []},
        ]
    }
    answer = program.post("/api/v1/answers", body)
    assert answer.status_code == 207
    assert [each["status"] for each in answer.json()["results"]] == ["created", *["rejected"] * 3]
    assert SurveyAnswer.objects.get(interaction=interaction).value == 4
    again = program.post("/api/v1/answers", {"answers": body["answers"][:1]})
    assert again.json()["unchanged"] == 1


def test_nothing_comes_back_of_an_erased_customer(program, administrator, agent, reviewer):
    zenobia = {"id": "17", "name": "Zenobia Quarles", "email": "zenobia@example.org"}
    first = {"interactions": [row("1", customer=zenobia, agent={"email": agent.email})]}
    assert program.post("/api/v1/interactions", first).status_code == 200
    contact = Interaction.objects.get()
    ScorecardFactory(interaction=contact, reviewer=reviewer, agent=agent)
    grades = program.get("/api/v1/scorecards").json()

    erase_customers([contact.customer], by=administrator, reason="Request of 3 March")

    again = program.post("/api/v1/interactions", first)
    assert again.status_code == 207
    assert "erased on request" in again.json()["results"][0]["reason"]
    said = [{"kind": "comment", "text": "It is me, Zenobia"}]
    answers = [{"source": "desk", "external_id": "1", "answers": said}]
    answer = program.post("/api/v1/answers", {"answers": answers})
    assert (answer.status_code, answer.json()["rejected"]) == (207, 1)
    assert not SurveyAnswer.objects.exists()
    assert "enobia" not in str([*Customer.objects.values(), *ImportRejection.objects.values()])
    # The grade is read as before.
    assert program.get("/api/v1/scorecards").json() == grades


def test_a_comment_is_masked_by_the_rules_of_its_contact(program):
    RedactionRule.objects.create(name="All", kinds=["email"], masks_names=True)
    customer = CustomerFactory(name="Carla Customer")
    InteractionFactory(source="desk", external_id="1", customer=customer)
    said = [{"kind": "comment", "text": "Carla, c@example.org"}]
    body = {"answers": [{"source": "desk", "external_id": "1", "answers": said}]}
    assert program.post("/api/v1/answers", body).status_code == 200
    assert SurveyAnswer.objects.get().text == "█████, █████████████"


# People


def test_people_are_those_the_owner_sees(program, agent, teammate, administrator):
    body = program.get("/api/v1/people").json()
    assert {each["email"] for each in body["data"]} == {
        agent.email,
        teammate.email,
        administrator.email,
    }
    assert (
        next(each for each in body["data"] if each["id"] == agent.pk)["teams"][0]["name"] == "North"
    )


def test_pages_follow_one_another_while_rows_come_in(program, administrator):
    UserFactory.create_batch(3)
    seen = []
    cursor = ""
    while cursor is not None:
        page = program.get("/api/v1/people", limit=2, cursor=cursor).json()
        seen += [each["id"] for each in page["data"]]
        if len(seen) == 2:
            UserFactory()
        cursor = page["next_cursor"]
    assert seen == list(User.objects.order_by("pk").values_list("pk", flat=True))


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 201}, {"cursor": "x"}, {"cursor": "W10"}]
)
def test_a_wrong_page_is_named(program, query):
    response = program.get("/api/v1/people", **query)
    assert (response.status_code, response["Content-Type"]) == (422, PROBLEM)


def test_a_person_who_is_not_there_is_404(program):
    assert program.get("/api/v1/people/999999").json()["status"] == 404
    assert program.get(f"/api/v1/people/{10**30}").status_code == 404


def test_people_are_added_and_changed(program, agent, today):
    body = {
        "people": [
            {
                "email": "new@example.org",
                "first_name": "Nia",
                "roles": ["agent"],
                "teams": ["West"],
            },
            {"email": agent.email, "last_name": "Byron", "teams": [{"name": "West"}]},
            {"email": "nonsense", "roles": ["king"]},
        ]
    }
    answer = program.post("/api/v1/people", body)
    assert answer.status_code == 207
    assert [each["status"] for each in answer.json()["results"]] == [
        "created",
        "updated",
        "rejected",
    ]
    new = User.objects.get(email="new@example.org")
    assert not new.has_usable_password()
    assert list(new.groups.values_list("name", flat=True)) == ["Agents"]
    agent.refresh_from_db()
    assert agent.last_name == "Byron"
    current = Membership.objects.current(on=today).filter(user=agent, ends_on=None)
    assert list(current.values_list("team__name", flat=True)) == ["West"]
    assert AuditEvent.objects.filter(action__in=["add_person", "change_person"]).count() == 2
    assert program.post("/api/v1/people", {"people": body["people"][:2]}).json()["unchanged"] == 2


def test_who_is_deactivated_is_signed_out(program, agent, as_user):
    browser = as_user(agent)
    assert browser.get("/me/").status_code == 200
    program.post("/api/v1/people", {"people": [{"email": agent.email, "is_active": False}]})
    User.objects.filter(pk=agent.pk).update(is_active=True)
    assert browser.get("/me/").status_code == 302


def test_nobody_locks_themself_out_nor_touches_superusers(program, administrator):
    boss = UserFactory(is_superuser=True)
    answer = program.post(
        "/api/v1/people",
        {
            "people": [
                {"email": administrator.email, "is_active": False},
                {"email": boss.email, "first_name": "X"},
            ]
        },
    )
    assert answer.json()["rejected"] == 2


def test_teams_are_added_and_changed(program):
    teams = {"teams": [{"name": "West", "channels": ["chat"]}, {"name": "", "channels": []}]}
    answer = program.post("/api/v1/teams", teams)
    assert [each["status"] for each in answer.json()["results"]] == ["created", "rejected"]
    changed = program.post("/api/v1/teams", {"teams": [{"name": "West", "channels": ["phone"]}]})
    assert changed.json()["updated"] == 1
    assert program.get("/api/v1/teams").json()["data"][0]["channels"] == ["phone"]


# Reading


@pytest.fixture
def scorecards(agent, reviewer):
    RubricVersionFactory()
    return [ScorecardFactory(agent=agent, reviewer=reviewer, submitted=True) for _ in range(3)]


def test_scorecards_are_shown_with_their_grades(program, scorecards, agent):
    body = program.get("/api/v1/scorecards").json()
    assert [each["id"] for each in body["data"]] == [each.pk for each in scorecards]
    assert body["data"][0]["agent"] == agent.pk
    assert body["data"][0]["percent"] == 80
    one = program.get(f"/api/v1/scorecards/{scorecards[0].pk}").json()
    assert one == body["data"][0]


def test_scorecards_take_constant_queries(program, scorecards, count_queries):
    program.get("/api/v1/scorecards")
    one = count_queries(lambda: program.get("/api/v1/scorecards", limit=1))
    assert one == count_queries(lambda: program.get("/api/v1/scorecards", limit=3))


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("8605-04-27T19:44:14+23:12", 200),
        ("2026-01-01T00:00:00-23:59", 200),
        ("0001-01-01T00:00:00+23:00", 422),
        ("9999-12-31T23:00:00-23:00", 422),
    ],
)
def test_a_moment_of_any_zone_is_read(program, moment, status):
    for path, field in (("scorecards", "submitted_since"), ("completions", "completed_since")):
        answer = program.get(f"/api/v1/{path}", **{field: moment})
        assert answer.status_code == status, path
    words = base64.urlsafe_b64encode(json.dumps([moment, 1]).encode()).decode()
    assert program.get("/api/v1/scorecards", cursor=words).status_code == status


def test_scorecards_page_by_time_and_key(program, scorecards):
    first = program.get("/api/v1/scorecards", limit=2).json()
    second = program.get("/api/v1/scorecards", limit=2, cursor=first["next_cursor"]).json()
    assert [each["id"] for each in first["data"] + second["data"]] == [e.pk for e in scorecards]
    assert second["next_cursor"] is None


def test_drafts_and_what_is_off_the_record_stay(program, administrator, agent, reviewer):
    RubricVersionFactory()
    ScorecardFactory(agent=agent, reviewer=reviewer)
    ScorecardFactory(
        agent=None,
        reviewer=administrator,
        submitted=True,
        assignment__purpose=ReviewAssignment.Purpose.CALIBRATION,
        assignment__inclusion_probability=None,
    )
    assert program.get("/api/v1/scorecards").json()["data"] == []


def test_what_is_held_back_stays_from_its_agent(token_of, administrator, reviewer):
    RubricVersionFactory()
    held = ScorecardFactory(agent=administrator, reviewer=reviewer, submitted=True, is_held=True)
    program = Program(token_of())
    assert program.get("/api/v1/scorecards").json()["data"] == []
    assert program.get(f"/api/v1/scorecards/{held.pk}").status_code == 404


def test_skills_have_no_figure_without_scorecards(program, agent):
    body = program.get("/api/v1/skills").json()
    mine = next(each for each in body["data"] if each["person"] == agent.pk)
    assert mine["skills"][0] == {
        "skill": "",
        "name": "Whole scorecard",
        "n": 0,
        "raw": None,
        "adjusted": None,
        "is_adjusted": False,
    }
    assert program.get("/api/v1/skills", channel="fax").status_code == 422


def test_training_is_shown(program):
    assert program.get("/api/v1/assignments", open="true").json()["data"] == []
    assert program.get("/api/v1/completions").json()["data"] == []


# Pages


def test_tokens_are_made_shown_once_and_revoked(administrator, as_user):
    browser = as_user(administrator)
    answer = browser.post(
        "/integrations/tokens/new/", {"name": "Desk", "scopes": ["people:read"], "days": "90"}
    )
    token = ApiToken.objects.get()
    assert token.prefix in answer.content.decode()
    assert answer["Cache-Control"]
    page = browser.get("/integrations/tokens/").content.decode()
    assert token.prefix in page
    browser.post(f"/integrations/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.state == "revoked"
    assert list(AuditEvent.objects.values_list("action", flat=True).order_by("pk")) == [
        "create_api_token",
        "revoke_api_token",
    ]


@pytest.mark.parametrize(
    ("scope", "example"),
    [
        ("scorecards:read", "/api/v1/scorecards"),
        ("scim", "/scim/v2/Users"),
        ("interactions:write", ""),
    ],
)
def test_a_new_token_is_shown_with_something_that_it_may_read(
    administrator, as_user, scope, example
):
    data = {"name": "Desk", "scopes": [scope], "days": "90"}
    answer = as_user(administrator).post("/integrations/tokens/new/", data).content.decode()
    assert ("curl -H" in answer) is bool(example)
    assert f"{example}</code>" in answer


def test_a_token_without_scope_is_422(administrator, as_user):
    answer = as_user(administrator).post(
        "/integrations/tokens/new/", {"name": "Desk", "days": "90"}
    )
    assert answer.status_code == 422
    assert "Desk" in answer.content.decode()


@pytest.mark.parametrize("role", ["agent", "reviewer", "manager", "editor"])
@pytest.mark.parametrize("page", ["tokens", "tokens/new", "webhooks", "webhooks/new", "directory"])
def test_integrations_are_for_administrators(request, as_user, role, page):
    person = request.getfixturevalue(role)
    assert as_user(person).get(f"/integrations/{page}/").status_code == 403


def test_the_reference_shows_every_operation(agent, as_user):
    page = as_user(agent).get("/integrations/reference/").content.decode()
    assert "/api/v1/interactions" in page
    assert "Idempotency-Key" in page
    assert "scorecards:read" in page
