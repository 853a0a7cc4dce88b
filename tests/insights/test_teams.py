"""Who is in the table, in which order, and what a row says."""

import datetime as dt

import pytest
from django.utils import timezone

from insights.forms import TeamOrder
from insights.skills import Window
from insights.teams import in_order, narrow, people_of
from people.channels import Channel
from people.models import Membership, User
from people.roles import Role
from tests.factories.insights import graded
from tests.factories.people import MembershipFactory, UserFactory
from tests.factories.scorecards import ScorecardFactory


@pytest.fixture
def elsewhere(other_team) -> User:
    """Cleo serves in South."""
    user = UserFactory(first_name="Cleo", last_name="Adams", roles=[Role.AGENT])
    MembershipFactory(user=user, team=other_team)
    return user


def test_people_of_a_manager_are_the_members_of_their_teams(
    agent, teammate, elsewhere, manager, other_manager, today
):
    assert set(people_of(manager, on=today)) == {agent, teammate}
    assert set(people_of(other_manager, on=today)) == {elsewhere}


def test_people_of_an_administrator_are_all_who_serve(
    agent, elsewhere, manager, reviewer, administrator, today
):
    without_team = UserFactory(roles=[Role.AGENT])
    UserFactory(roles=[Role.AGENT], is_active=False)
    without_role = UserFactory()
    MembershipFactory(user=without_role, team=Membership.objects.get(user=agent).team)

    assert set(people_of(administrator, on=today)) == {
        agent,
        elsewhere,
        without_team,
        without_role,
    }


def test_somebody_in_two_teams_is_one_person(agent, other_team, administrator, today):
    MembershipFactory(user=agent, team=other_team)

    assert list(people_of(administrator, on=today)) == [agent]


@pytest.mark.parametrize(
    ("name", "found"),
    [(None, {"Ada", "Cleo"}), ("ada", {"Ada", "Cleo"}), ("cleo ad", {"Cleo"}), ("xyz", set())],
)
def test_narrow_finds_every_word_in_first_or_last_name(agent, elsewhere, name, found, today):
    people = User.objects.filter(pk__in=[agent.pk, elsewhere.pk])

    narrowed = narrow(people, name=name, team=None, on=today)

    assert {person.first_name for person in narrowed} == found


def test_narrow_takes_the_members_of_that_day(agent, elsewhere, team, today):
    mover = UserFactory()
    MembershipFactory(user=mover, team=team, ends_on=today - dt.timedelta(days=1))

    assert list(narrow(User.objects.all(), name=None, team=team, on=today)) == [agent]


def test_in_order_sorts_by_name_team_number_and_age(
    agent, teammate, elsewhere, version, this_month, today, manager
):
    """Ada (North): 5 in chat; Ben (North): 1 in chat, 8 by phone; Cleo (South): nothing."""
    graded(agent, this_month, [80] * 5, version=version)
    graded(teammate, this_month, [80], version=version)
    graded(teammate, this_month, [80] * 8, version=version, channel=Channel.PHONE)
    now = timezone.now()
    ScorecardFactory(agent=agent, submitted=True, submitted_at=now)
    ScorecardFactory(agent=teammate, submitted=True, submitted_at=now - dt.timedelta(days=9))
    ScorecardFactory(agent=teammate, submitted=True, submitted_at=now - dt.timedelta(days=40))
    people = User.objects.filter(pk__in=[agent.pk, teammate.pk, elsewhere.pk])
    window = Window.of(3, until=today)

    def names(order, **arguments):
        return [
            each.first_name
            for each in in_order(
                people, order, reader=manager, on=today, window=window, **arguments
            )
        ]

    assert names(TeamOrder.NAME) == ["Ada", "Ben", "Cleo"]
    assert names(TeamOrder.TEAM) == ["Ada", "Ben", "Cleo"]
    assert names(TeamOrder.FEWEST) == ["Cleo", "Ada", "Ben"]
    assert names(TeamOrder.FEWEST, channel=Channel.CHAT) == ["Cleo", "Ben", "Ada"]
    assert names(TeamOrder.LONGEST) == ["Cleo", "Ben", "Ada"]


def test_nobody_is_sorted_by_a_score():
    assert set(TeamOrder.values) == {"name", "team", "fewest", "longest"}


@pytest.mark.parametrize("order", [TeamOrder.FEWEST, TeamOrder.LONGEST])
def test_what_is_held_back_from_the_reader_themself_sorts_nobody(
    agent, teammate, version, this_month, today, manager, order
):
    """Somebody who serves may also read the table."""
    graded(agent, this_month, [70, 80, 80], version=version, is_held=True)
    graded(teammate, this_month, [70], version=version)
    ScorecardFactory(agent=agent, submitted=True, is_held=True)
    people = User.objects.filter(pk__in=[agent.pk, teammate.pk])

    def first(reader) -> User:
        window = Window.of(3, until=today)
        return in_order(people, order, reader=reader, on=today, window=window)[0]

    assert first(manager) == teammate
    assert first(agent) == agent


def test_fewest_counts_the_months_that_are_shown(agent, teammate, version, months, today, manager):
    graded(agent, months[0], [70, 80, 80], version=version)
    graded(teammate, months[-1], [70], version=version)
    people = User.objects.filter(pk__in=[agent.pk, teammate.pk])

    def first(months_shown) -> User:
        window = Window.of(months_shown, until=today)
        return in_order(people, TeamOrder.FEWEST, reader=manager, on=today, window=window)[0]

    assert first(3) == agent
    assert first(6) == teammate


def test_somebody_who_left_is_in_no_table(agent, teammate, manager, today):
    User.objects.filter(pk=teammate.pk).update(is_active=False)

    assert list(people_of(manager, on=today)) == [agent]
