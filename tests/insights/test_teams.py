"""Who is in the table, in which order, and what a row says."""

import datetime as dt

import pytest
from django.utils import timezone

from insights.forms import TeamOrder
from insights.skills import measures
from insights.teams import in_order, narrow, people_of, rows_of, with_teams
from people.channels import Channel
from people.models import Membership, User
from people.roles import Role
from scorecards.models import Rollup
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

    def names(order, **arguments):
        return [
            each.first_name
            for each in in_order(people, order, reader=manager, on=today, **arguments)
        ]

    assert names(TeamOrder.NAME) == ["Ada", "Ben", "Cleo"]
    assert names(TeamOrder.TEAM) == ["Ada", "Ben", "Cleo"]
    assert names(TeamOrder.FEWEST) == ["Cleo", "Ada", "Ben"]
    assert names(TeamOrder.FEWEST, channel=Channel.CHAT) == ["Cleo", "Ben", "Ada"]
    assert names(TeamOrder.LONGEST) == ["Cleo", "Ben", "Ada"]


def test_nobody_is_sorted_by_a_score():
    assert set(TeamOrder.values) == {"name", "team", "fewest", "longest"}


def test_rows_say_teams_figures_and_the_last_scorecard(
    agent, teammate, version, respect, this_month, today, manager
):
    graded(agent, this_month, [70, 80, 80, 80, 90], version=version, skill=respect.pk)
    graded(agent, this_month, [70, 80, 80, 80, 90], version=version)
    graded(teammate, this_month, [70, 80, 90], version=version)
    ScorecardFactory(agent=agent, submitted=True)
    people = User.objects.filter(pk__in=[agent.pk, teammate.pk])
    people = with_teams(in_order(people, TeamOrder.NAME, reader=manager, on=today), on=today)

    ada, ben = rows_of(list(people), measures(), reader=manager, on=today)

    assert (ada.person, ada.teams) == (agent, ["North"])
    assert [cell.brief for cell in ada.cells][:2] == ["80 ±9 · 5", "80 ±9 · 5"]
    assert ada.last_scored_at is not None
    assert [cell.brief for cell in ben.cells][:2] == ["3 of 5 needed", "no scorecards"]
    assert ben.last_scored_at is None


def test_what_is_held_back_from_the_reader_themself_is_in_no_row(
    agent, version, this_month, today, manager
):
    """Somebody who serves may also read the table."""
    graded(agent, this_month, [70, 80, 80, 80, 90], version=version)
    Rollup.objects.update(is_held=True)
    ScorecardFactory(agent=agent, submitted=True, is_held=True)

    def row(reader):
        people = in_order(User.objects.filter(pk=agent.pk), "fewest", reader=reader, on=today)
        return rows_of(list(with_teams(people, on=today)), measures(), reader=reader, on=today)[0]

    assert row(manager).cells[0].brief == "80 ±9 · 5"
    assert row(manager).last_scored_at is not None
    assert row(agent).cells[0].brief == "no scorecards"
    assert row(agent).last_scored_at is None
