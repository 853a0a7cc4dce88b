"""Signing in and out, the profile, and people and teams in the Wagtail admin."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.urls import reverse
from wagtail.admin.viewsets import viewsets
from wagtail.admin.viewsets.chooser import ChooserViewSet

from people.models import AuditEvent, Membership, Team, User
from people.roles import Role
from tests.factories.people import UserFactory

PASSWORD = "correct horse battery staple"


def test_signing_in_by_email_leads_to_the_start_page(client, agent):
    response = client.post(
        reverse("account_login"), {"login": "AGENT@example.org", "password": PASSWORD}
    )

    assert response.url == "/"
    assert client.get("/me/").status_code == 200


def test_signing_in_with_a_wrong_password_says_so_and_keeps_the_address(client, agent):
    page = client.post(reverse("account_login"), {"login": agent.email, "password": "wrong"})

    assert "not correct" in page.text
    assert agent.email in page.text
    assert client.get("/me/").status_code == 302


def test_deactivated_people_cannot_sign_in(client, agent):
    User.objects.update(is_active=False)

    client.post(reverse("account_login"), {"login": agent.email, "password": PASSWORD})

    assert client.get("/me/").status_code == 302


def test_nobody_signs_up(client, db):
    page = client.get(reverse("account_signup"))

    assert "by invitation" in page.text
    client.post(reverse("account_signup"), {"email": "intruder@example.org", "password1": PASSWORD})
    assert not User.objects.filter(email="intruder@example.org").exists()


def test_a_forgotten_password_is_reset_by_mail(client, agent):
    client.post(reverse("account_reset_password"), {"email": agent.email})

    (message,) = mail.outbox
    assert message.to == [agent.email]
    link = next(word for word in message.body.split() if "/account/password/reset/key/" in word)
    page = client.get(link, follow=True)
    client.post(
        page.request["PATH_INFO"],
        {"password1": "another long passphrase", "password2": "another long passphrase"},
    )
    agent.refresh_from_db()
    assert agent.check_password("another long passphrase")


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/password_reset/"])
def test_the_admin_has_no_sign_in_of_its_own(client, db, path):
    response = client.get(path)

    assert response.status_code == 302
    assert response.url.startswith("/account/")


def test_profile_saves_what_is_ones_own(as_user, agent):
    response = as_user(agent).post(
        "/me/",
        {
            "time_zone": "Asia/Tokyo",
            "language": "",
            "first_name": "Anton",
            "email": "thief@example.org",
            "is_superuser": "on",
        },
    )

    agent.refresh_from_db()
    assert response.status_code == 302
    assert agent.time_zone == "Asia/Tokyo"
    assert agent.first_name == "Ada", "names sign grades and are an administrator's"
    assert agent.email == "agent@example.org"
    assert not agent.is_superuser


def test_profile_refuses_a_time_zone_that_does_not_exist(as_user, agent):
    page = as_user(agent).post("/me/", {"time_zone": "Moon/Crater"})

    assert page.status_code == 422
    agent.refresh_from_db()
    assert agent.time_zone == ""


def test_profile_shows_roles_and_teams(as_user, agent):
    page = as_user(agent).get("/me/")

    assert "Agents" in page.text
    assert "North" in page.text


def test_times_follow_the_persons_zone(as_user, submitted_at_midnight, agent):
    agent.time_zone = "Asia/Tokyo"
    agent.save()

    page = as_user(agent).get(submitted_at_midnight.get_absolute_url())

    assert "15 Sep 2026, 08:30" in page.text


def test_a_zone_this_machine_does_not_know_locks_nobody_out(as_user, agent):
    User.objects.update(time_zone="Atlantis/Main")

    assert as_user(agent).get("/me/").status_code == 200


@pytest.fixture
def submitted_at_midnight(agent):
    from tests.factories.interactions import InteractionFactory
    from tests.factories.scorecards import (
        ReviewAssignmentFactory,
        RubricVersionFactory,
        ScorecardFactory,
    )

    RubricVersionFactory()
    started_at = dt.datetime(2026, 9, 14, 23, 30, tzinfo=dt.UTC)
    pick = ReviewAssignmentFactory(
        interaction=InteractionFactory(agent=agent, started_at=started_at, ended_at=None)
    )
    return ScorecardFactory(assignment=pick, agent=agent, reviewer=pick.reviewer, submitted=True)


# --- the Wagtail admin ------------------------------------------------------------------------------
def test_an_administrator_adds_a_person_with_roles(as_user, administrator):
    client = as_user(administrator)
    assert client.get(reverse("wagtailusers_users:add")).status_code == 200
    client.post(
        reverse("wagtailusers_users:add"),
        {
            "email": "new@example.org",
            "first_name": "Nora",
            "last_name": "Example",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "started_on": "2026-11-02",
            "groups": [Group.objects.get(name=Role.AGENT.value).pk],
            "is_superuser": "on",
        },
    )

    person = User.objects.get(email="new@example.org")
    assert person.groups.get().name == Role.AGENT.value
    assert person.started_on == dt.date(2026, 11, 2)
    assert not person.is_superuser, "nobody makes a superuser in the browser"
    event = AuditEvent.objects.get(action="add_person")
    assert (event.actor, event.object_id) == (administrator, str(person.pk))


def test_a_change_of_role_is_in_the_audit_log(as_user, administrator, agent):
    address = reverse("wagtailusers_users:edit", args=[agent.pk])
    client = as_user(administrator)
    assert client.get(address).status_code == 200
    client.post(
        address,
        {
            "email": agent.email,
            "first_name": agent.first_name,
            "last_name": agent.last_name,
            "is_active": "on",
            "groups": [Group.objects.get(name=Role.REVIEWER.value).pk],
        },
    )

    event = AuditEvent.objects.get(action="change_person")
    assert event.before["roles"] == ["Agents"]
    assert event.after["roles"] == ["Reviewers"]


def test_an_administrator_makes_a_team_with_members(as_user, administrator, agent):
    client = as_user(administrator)
    page = client.get(reverse("teams:add"))
    assert page.status_code == 200
    response = client.post(
        reverse("teams:add"),
        {
            "name": "West",
            "channels": ["chat", "email"],
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "0",
            "memberships-MIN_NUM_FORMS": "0",
            "memberships-MAX_NUM_FORMS": "1000",
            "memberships-0-user": agent.pk,
            "memberships-0-kind": "member",
            "memberships-0-starts_on": "2026-01-01",
            "memberships-0-ends_on": "",
            "memberships-0-DELETE": "",
        },
    )

    team = Team.objects.get(name="West")
    assert response.status_code == 302
    assert team.channels == ["chat", "email"]
    assert Membership.objects.get(team=team).user == agent


def test_roles_given_in_bulk_are_in_the_audit_log(as_user, administrator, agent):
    role = Group.objects.get(name=Role.REVIEWER.value)
    address = f"/admin/bulk/people/user/assign_role/?id={agent.pk}&next=/admin/"

    as_user(administrator).post(address, {"role": role.pk})

    event = AuditEvent.objects.get(action="change_person")
    assert (event.actor, event.object_id) == (administrator, str(agent.pk))
    assert event.after["roles"] == ["Agents", "Reviewers"]


def test_deactivating_in_bulk_is_in_the_audit_log(as_user, administrator, agent):
    address = f"/admin/bulk/people/user/set_active_state/?id={agent.pk}&next=/admin/"

    as_user(administrator).post(address, {"mark_as_active": "False"})

    event = AuditEvent.objects.get(action="change_person")
    assert (event.before["is_active"], event.after["is_active"]) == (True, False)


def test_people_are_never_deleted_in_the_browser(as_user, administrator, agent):
    client = as_user(administrator)

    client.post(reverse("wagtailusers_users:delete", args=[agent.pk]))
    client.post(f"/admin/bulk/people/user/delete/?id={agent.pk}&next=/admin/", {})

    assert User.objects.filter(pk=agent.pk).exists()


PERSON = {
    "email": "taken@example.org",
    "first_name": "Taken",
    "last_name": "Over",
    "password1": "another long passphrase",
    "password2": "another long passphrase",
    "is_active": "on",
}


def test_nobody_is_overwritten_by_what_was_to_be_a_copy(as_user, administrator, agent):
    """Wagtail writes what is sent to the address of a copy over what was copied."""
    boss = UserFactory(email="root@example.org", is_superuser=True)
    client = as_user(administrator)

    for person in (boss, agent):
        client.post(f"/admin/users/copy/{person.pk}/", PERSON)
        before, password = person.email, person.password
        person.refresh_from_db()
        assert (person.email, person.password) == (before, password)
    assert User.objects.filter(is_superuser=True).count() == 1


def test_a_team_is_not_overwritten_by_what_was_to_be_a_copy(as_user, administrator, team):
    client, address = as_user(administrator), f"/admin/teams/copy/{team.pk}/"
    form = {
        "name": "Other",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }

    assert client.get(address).status_code == 200
    assert client.post(address, form).status_code == 405
    assert Team.objects.get(pk=team.pk).name == "North"


@pytest.mark.parametrize("action", ["set_active_state", "assign_role"])
def test_superusers_are_not_changed_in_bulk(as_user, administrator, agent, action):
    boss = UserFactory(email="root@example.org", is_superuser=True)
    role = Group.objects.get(name=Role.REVIEWER.value)
    address = f"/admin/bulk/people/user/{action}/?id={agent.pk}&id={boss.pk}&next=/admin/users/"

    response = as_user(administrator).post(
        address, {"mark_as_active": "False", "role": role.pk}, follow=True
    )

    assert "Superusers are looked after on the command line." in response.text
    for person in (boss, agent):
        person.refresh_from_db()
        assert person.is_active
        assert not person.groups.filter(pk=role.pk).exists()
    assert not AuditEvent.objects.exists()


def test_doing_in_bulk_what_one_may_do_to_none_of_them_is_refused(as_user, administrator, agent):
    address = f"/admin/bulk/people/user/delete/?id={agent.pk}&next=/admin/users/"

    response = as_user(administrator).post(address, follow=True)

    assert "do not have permission" in response.text
    assert "deleted" not in response.text
    assert User.objects.filter(pk=agent.pk).exists()


def test_an_editor_reads_nothing_of_people_in_the_editing_area(as_user, administrator, editor):
    """Not what the history of the site tells of them, and no chooser offers them."""
    other = UserFactory(email="somebody@example.org")
    client = as_user(administrator)
    client.post(reverse("wagtailusers_users:edit", args=[other.pk]), PERSON)
    history = reverse("wagtailadmin_reports:site_history")
    assert "Taken Over" in client.get(history).text

    assert "Taken Over" not in as_user(editor).get(history).text
    assert User not in {chooser.model for chooser in _choosers()}


def _choosers():
    return [each for each in viewsets.viewsets if isinstance(each, ChooserViewSet)]


def test_a_change_of_membership_is_in_the_audit_log(as_user, administrator, team, agent):
    membership = Membership.objects.get(user=agent)
    as_user(administrator).post(
        reverse("teams:edit", args=[team.pk]),
        {
            "name": team.name,
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "1",
            "memberships-MIN_NUM_FORMS": "0",
            "memberships-MAX_NUM_FORMS": "1000",
            "memberships-0-id": membership.pk,
            "memberships-0-user": agent.pk,
            "memberships-0-kind": "manager",
            "memberships-0-starts_on": "2020-01-01",
            "memberships-0-ends_on": "",
            "memberships-0-DELETE": "",
        },
    )

    event = AuditEvent.objects.get(action="change_team")
    assert event.before["memberships"][0]["kind"] == "member"
    assert event.after["memberships"][0]["kind"] == "manager"


@pytest.mark.parametrize("path", ["email/", "confirm-email/", "login/code/confirm/"])
def test_nobody_changes_their_own_email_address(as_user, agent, path):
    assert as_user(agent).get(f"/account/{path}").status_code == 404


@pytest.mark.parametrize("who", ["agent", "reviewer", "manager", "editor"])
@pytest.mark.parametrize("name", ["wagtailusers_users:index", "teams:index"])
def test_people_and_teams_are_the_administrators(as_user, request, who, name):
    response = as_user(request.getfixturevalue(who)).get(reverse(name))

    assert response.status_code == 302, "sent away"


def test_the_list_of_people_shows_them(as_user, administrator):
    UserFactory(first_name="Zenobia")

    assert "Zenobia" in as_user(administrator).get(reverse("wagtailusers_users:index")).text
    assert as_user(administrator).get(reverse("teams:index")).status_code == 200
