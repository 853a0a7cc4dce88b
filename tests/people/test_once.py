"""What a page looks up once, and that nothing of it outlives the page."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.signals import request_finished, request_started

from people.models import User
from people.once import is_reading, once, reading


@pytest.fixture
def counted():
    calls = []

    @once
    def look_up(name):
        calls.append(name)
        return len(calls)

    return look_up, calls


def test_once_asks_a_single_time_for_each_argument_while_reading(counted):
    look_up, calls = counted

    with reading():
        assert [look_up("a"), look_up("b"), look_up("a")] == [1, 2, 1]
    with reading():
        look_up("a")

    assert calls == ["a", "b", "a"]


def test_once_asks_each_time_outside_of_a_page(counted):
    look_up, calls = counted

    look_up("a")
    look_up("a")

    assert calls == ["a", "a"]


@pytest.mark.parametrize(
    ("method", "keeps"), [("GET", True), ("HEAD", True), ("POST", False), ("DELETE", False)]
)
def test_only_requests_that_change_nothing_keep_what_they_found(method, keeps):
    # Only these two listeners: others would close the test's database connection.
    listeners = {"people.once.start": request_started, "people.once.finish": request_finished}
    start, finish = (
        next(each[1] for each in signal.receivers if each[0][0] == name)
        for name, signal in listeners.items()
    )

    start()(environ={"REQUEST_METHOD": method})
    during = is_reading()
    finish()()

    assert during is keeps
    assert not is_reading()


def test_a_manager_sees_at_once_whom_they_no_longer_manage(manager, agent, as_user, today):
    browser = as_user(manager)
    assert browser.get(f"/team/{agent.pk}/").status_code == 200

    manager.memberships.all().delete()

    assert browser.get(f"/team/{agent.pk}/").status_code == 404


def test_people_managed_are_the_same_on_a_page_as_elsewhere(manager, agent, teammate, today):
    elsewhere = set(User.objects.managed_by(manager, on=today))

    with reading():
        assert set(User.objects.managed_by(manager, on=today)) == elsewhere == {agent, teammate}


def test_permissions_of_roles_and_ones_own_are_one_query(agent, django_assert_num_queries):
    own, of_role = Permission.objects.filter(content_type__app_label="people")[:2]
    role = Group.objects.create(name="Auditors")
    role.permissions.add(of_role)
    agent.groups.add(role)
    agent.user_permissions.add(own)
    someone = User.objects.get(pk=agent.pk)

    with django_assert_num_queries(1):
        has = [someone.has_perm(f"people.{each.codename}") for each in (own, of_role)]
        lacks = someone.has_perm("people.no_such_thing")

    assert (has, lacks) == ([True, True], False)


def test_who_left_may_nothing(manager):
    assert manager.has_perm("people.develop_team")
    User.objects.filter(pk=manager.pk).update(is_active=False)

    assert not User.objects.get(pk=manager.pk).has_perm("people.develop_team")
