import datetime as dt

import pytest
from django.test import override_settings

from integrations.directory.keeping import forget_requests
from integrations.models import DirectoryRun, Scope
from people.models import ExternalIdentity, Membership, Team, User
from people.roles import Role
from tests.factories.people import UserFactory
from tests.integrations.conftest import Program

BASE = "/scim/v2"
ROLES = override_settings(SCIM_ROLE_GROUPS={"QA Reviewers": "Reviewers"})


def patch(program, path, *operations):
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": list(operations),
    }
    return program.send("PATCH", f"{BASE}{path}", body)


@pytest.mark.parametrize("path", ["/", "/nothing", "/Users", "/Groups", "/Schemas"])
def test_without_a_token_there_is_nothing(client, db, path):
    response = client.get(f"{BASE}{path}")
    assert (response.status_code, response["Content-Type"]) == (401, "application/scim+json")
    assert response.json()["status"] == "401"


def test_a_token_needs_the_scope_and_an_administrator(token_of, administrator):
    assert Program(token_of(Scope.PEOPLE_WRITE)).get(f"{BASE}/Users").status_code == 403
    secret = token_of(Scope.SCIM)
    administrator.groups.clear()
    assert Program(secret).get(f"{BASE}/Users").status_code == 403


def test_what_is_no_address_is_answered_in_its_own_format(program):
    response = program.get(f"{BASE}/Schemas/a%0Ab/c")
    assert (response.status_code, response["Content-Type"]) == (404, "application/scim+json")


@pytest.mark.parametrize("path", ["ServiceProviderConfig", "ResourceTypes", "Schemas"])
def test_it_says_what_it_can(program, path):
    assert program.get(f"{BASE}/{path}").status_code == 200
    assert program.post(f"{BASE}/{path}", {}).status_code == 405


def test_users_are_found_by_name_and_listed_in_pages(program, agent, teammate):
    found = program.get(f"{BASE}/Users", filter='userName eq "AGENT@example.org"').json()
    assert [each["id"] for each in found["Resources"]] == [str(agent.pk)]
    page = program.get(f"{BASE}/Users", startIndex=2, count=1).json()
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (3, 1, 2)
    wrong = program.get(f"{BASE}/Users", filter='userName sw "a"')
    assert (wrong.status_code, wrong.json()["scimType"]) == (400, "invalidFilter")


def test_a_user_is_added_read_and_not_twice(program):
    body = {
        "userName": "nia@example.org",
        "externalId": "x-1",
        "name": {"givenName": "Nia", "familyName": "Brook"},
        "active": True,
    }
    answer = program.post(f"{BASE}/Users", body)
    assert answer.status_code == 201
    said = answer.json()
    assert (said["userName"], said["externalId"]) == ("nia@example.org", "x-1")
    assert program.get(f"{BASE}/Users/{said['id']}").json() == said
    again = program.post(f"{BASE}/Users", body)
    assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")
    assert ExternalIdentity.objects.get().source == "scim"


@pytest.mark.parametrize("body", [{}, [], {"userName": "x"}, {"userName": "a@b.org", "active": 7}])
def test_a_wrong_user_is_refused(program, body):
    assert program.post(f"{BASE}/Users", body).status_code == 400
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "value": {"active": False}},
        {"op": "Replace", "path": "active", "value": "False"},
    ],
)
def test_inactive_deactivates_and_signs_out(program, agent, as_user, operation):
    browser = as_user(agent)
    assert patch(program, f"/Users/{agent.pk}", operation).json()["active"] is False
    User.objects.filter(pk=agent.pk).update(is_active=True)
    assert browser.get("/me/").status_code == 302


def test_names_are_patched_and_the_unknown_is_passed_over(program, agent):
    said = patch(
        program,
        f"/Users/{agent.pk}",
        {"op": "replace", "path": "name.familyName", "value": "Byron"},
        {"op": "add", "path": "title", "value": "Ms"},
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "other@example.org"},
    )
    assert said.json()["name"]["familyName"] == "Byron"
    assert said.json()["userName"] == "agent@example.org"


def test_delete_deactivates(program, agent):
    response = program.client.delete(f"{BASE}/Users/{agent.pk}")
    assert (response.status_code, response.content) == (204, b"")
    agent.refresh_from_db()
    assert not agent.is_active


def test_superusers_and_oneself_are_left_alone(program, administrator):
    boss = UserFactory(is_superuser=True)
    operation = {"op": "replace", "value": {"active": False}}
    assert patch(program, f"/Users/{boss.pk}", operation).status_code == 403
    assert patch(program, f"/Users/{administrator.pk}", operation).status_code == 403


def test_a_group_is_a_team_with_dates(program, agent, today):
    answer = program.post(
        f"{BASE}/Groups", {"displayName": "West", "members": [{"value": str(agent.pk)}]}
    )
    assert answer.status_code == 201
    team = Team.objects.get(name="West")
    assert answer.json()["id"] == f"team-{team.pk}"
    assert Membership.objects.get(team=team).starts_on == today
    Membership.objects.filter(team=team).update(starts_on=today - dt.timedelta(days=9))
    said = patch(
        program,
        f"/Groups/team-{team.pk}",
        {"op": "remove", "path": f'members[value eq "{agent.pk}"]'},
    )
    assert said.json()["members"] == []
    assert Membership.objects.get(team=team).ends_on == today - dt.timedelta(days=1)


def test_group_members_are_added_and_replaced(program, team, agent, teammate):
    new = UserFactory()
    path = f"/Groups/team-{team.pk}"
    said = patch(program, path, {"op": "add", "path": "members", "value": [{"value": str(new.pk)}]})
    assert len(said.json()["members"]) == 3
    said = patch(
        program, path, {"op": "replace", "path": "members", "value": [{"value": str(new.pk)}]}
    )
    assert [each["value"] for each in said.json()["members"]] == [str(new.pk)]
    wrong = patch(program, path, {"op": "add", "path": "members", "value": [{"value": "999999"}]})
    assert wrong.status_code == 400
    put = program.send("PUT", f"{BASE}{path}", {"displayName": "Nord", "members": []})
    assert (put.json()["displayName"], put.json()["members"]) == ("Nord", [])
    gone = program.client.delete(f"{BASE}{path}")
    assert gone.status_code == 204
    assert Team.objects.filter(pk=team.pk).exists()


@ROLES
def test_a_mapped_group_is_a_role(program, agent):
    body = {"displayName": "QA Reviewers", "members": [{"value": str(agent.pk)}]}
    answer = program.post(f"{BASE}/Groups", body).json()
    assert answer["id"].startswith("role-")
    assert set(agent.groups.values_list("name", flat=True)) == {Role.AGENT, Role.REVIEWER}
    user = program.get(f"{BASE}/Users/{agent.pk}").json()
    assert "QA Reviewers" in [each["display"] for each in user["groups"]]
    patch(program, f"/Groups/{answer['id']}", {"op": "remove", "path": "members"})
    assert set(agent.groups.values_list("name", flat=True)) == {Role.AGENT}
    assert not Team.objects.filter(name="QA Reviewers").exists()


def test_groups_are_found_by_name(program, team):
    found = program.get(
        f"{BASE}/Groups", filter='displayName eq "north"', excludedAttributes="members"
    ).json()
    assert found["totalResults"] == 1
    assert "members" not in found["Resources"][0]


def test_a_dry_run_answers_logs_and_changes_nothing(token_of, agent):
    program = Program(token_of(Scope.SCIM, is_dry_run=True))
    said = patch(program, f"/Users/{agent.pk}", {"op": "replace", "value": {"active": False}})
    assert said.json()["active"] is False
    agent.refresh_from_db()
    assert agent.is_active
    run = DirectoryRun.objects.get()
    assert (run.source, run.state) == ("scim", "planned")


def test_lists_take_constant_queries(program, agent, count_queries):
    program.get(f"{BASE}/Users")
    one = count_queries(lambda: program.get(f"{BASE}/Users", count=1))
    UserFactory.create_batch(3)
    assert count_queries(lambda: program.get(f"{BASE}/Users", count=100)) == one


def test_the_log_of_requests_is_forgotten_but_not_the_files(program, administrator):
    program.post(f"{BASE}/Users", {"userName": "nia@example.org"})
    run = DirectoryRun.objects.get()
    file = DirectoryRun.objects.create(
        source=DirectoryRun.Source.FILE, title="people.csv", started_by=administrator
    )
    kept = run.created_at + DirectoryRun.KEPT
    assert forget_requests(at=kept) == 0
    assert forget_requests(at=kept + dt.timedelta(minutes=1)) == 1
    assert list(DirectoryRun.objects.all()) == [file]
    assert User.objects.filter(email="nia@example.org").exists()
