"""Who is in whose team, and who may see whom."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from people.models import Membership, User
from tests.factories.people import MembershipFactory, UserFactory


def test_managed_by_lists_the_members_of_ones_teams(agent, teammate, manager, other_manager, today):
    assert set(User.objects.managed_by(manager, on=today)) == {agent, teammate}
    assert set(User.objects.managed_by(other_manager, on=today)) == set()


def test_managed_by_follows_the_dates_of_membership(manager, team, other_team):
    mover = UserFactory()
    MembershipFactory(
        user=mover, team=team, starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 3, 31)
    )
    MembershipFactory(user=mover, team=other_team, starts_on=dt.date(2026, 4, 1))

    assert list(User.objects.managed_by(manager, on=dt.date(2025, 12, 31))) == []
    assert list(User.objects.managed_by(manager, on=dt.date(2026, 1, 1))) == [mover]
    assert list(User.objects.managed_by(manager, on=dt.date(2026, 3, 31))) == [mover]
    assert list(User.objects.managed_by(manager, on=dt.date(2026, 4, 1))) == []


def test_managed_by_ends_with_the_managers_own_membership(agent, manager):
    Membership.objects.filter(user=manager).update(ends_on=dt.date(2026, 6, 30))

    assert list(User.objects.managed_by(manager, on=dt.date(2026, 6, 30))) == [agent]
    assert list(User.objects.managed_by(manager, on=dt.date(2026, 7, 1))) == []


def test_visible_to_shows_oneself_ones_people_or_everybody(
    agent, teammate, manager, other_manager, administrator
):
    assert set(User.objects.visible_to(agent)) == {agent}
    assert set(User.objects.visible_to(manager)) == {agent, teammate, manager}
    assert set(User.objects.visible_to(other_manager)) == {other_manager}
    assert set(User.objects.visible_to(administrator)) == set(User.objects.all())


def test_email_is_unique_whatever_its_case(agent):
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(email="AGENT@example.org")


def test_membership_cannot_end_before_it_starts(agent, team):
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipFactory(
            user=agent, team=team, starts_on=dt.date(2026, 2, 1), ends_on=dt.date(2026, 1, 31)
        )
