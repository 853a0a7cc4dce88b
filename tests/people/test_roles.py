"""Roles are groups, and every app grants them what they need."""

import pytest
from django.contrib.auth.models import Group

from people.roles import Role, grant


@pytest.mark.parametrize(
    ("role", "permissions"),
    [
        (Role.AGENT, {"coaching.view_coachingsession"}),
        (
            Role.REVIEWER,
            {
                "coaching.add_recognition",
                "scorecards.grade_interactions",
                "scorecards.decide_disputes",
            },
        ),
        (
            Role.MANAGER,
            {
                "coaching.add_coachingsession",
                "coaching.add_recognition",
                "coaching.view_coachingsession",
                "coaching.view_modulerule",
                "interactions.handle_reviews",
                "people.develop_team",
                "training.add_moduleassignment",
                "training.add_shadowing",
                "training.add_workshopsession",
                "training.change_certificate",
                "training.change_practicesetup",
                "training.change_workshopsession",
                "scorecards.release_feedback",
            },
        ),
    ],
)
def test_roles_may_exactly_what_their_work_needs(db, role, permissions):
    granted = Group.objects.get(name=role.value).permissions.values_list(
        "content_type__app_label", "codename"
    )

    assert {f"{app}.{codename}" for app, codename in granted} == permissions


def test_administrators_may_do_what_runs_the_house(administrator):
    for permission in (
        "people.view_everybody",
        "people.change_user",
        "people.change_team",
        "interactions.import_interactions",
        "interactions.view_all_interactions",
        "scorecards.view_all_scorecards",
        "scorecards.assign_reviews",
        "wagtailadmin.access_admin",
    ):
        assert administrator.has_perm(permission), permission
    assert not administrator.has_perm("scorecards.grade_interactions")


def test_only_the_five_roles_exist(db):
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)


def test_grant_refuses_a_permission_that_does_not_exist(db):
    with pytest.raises(LookupError, match=r"people\.fly"):
        grant({Role.AGENT: ["people.fly"]})


def test_grant_leaves_what_a_role_was_given_by_hand(db):
    from django.contrib.auth.models import Permission

    group = Group.objects.get(name=Role.AGENT.value)
    extra = Permission.objects.get(codename="view_team")
    group.permissions.add(extra)

    grant({Role.AGENT: []})

    assert extra in group.permissions.all()
