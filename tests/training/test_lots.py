"""Places by lot: who is asked, who was eligible, and that anybody can draw it again."""

import pytest
from django.urls import reverse

from measurement.training_effect import draw_lot
from people.models import AuditEvent
from people.roles import Role
from tests.factories.people import MembershipFactory, UserFactory
from tests.training.test_actions import finish
from training.actions import NotAllowed, assign_by_lot, assign_module
from training.models import Lot, ModuleAssignment


@pytest.fixture
def six(team):
    people = [UserFactory(roles=[Role.AGENT]) for _person in range(6)]
    for person in people:
        MembershipFactory(user=person, team=team)
    return people


def test_as_many_are_asked_as_there_are_places(six, manager, listening):
    lot, report = assign_by_lot(six, listening.module, places=2, by=manager, reason="Two seats")

    drawn = [entry.user for entry in lot.entries.all()[:2]]
    assert {each.user for each in report.assigned} == set(drawn)
    assert {each.user for each in ModuleAssignment.objects.all()} == set(drawn)
    assert {entry.user for entry in lot.entries.all()} == set(six)
    assert AuditEvent.objects.get(action="draw_lot").after["places"] == 2


def test_anybody_can_draw_it_again(six, manager, listening):
    lot, _report = assign_by_lot(six, listening.module, places=3, by=manager)

    order = list(lot.entries.values_list("user", flat=True))
    assert order == draw_lot(sorted(order), 6, seed=lot.seed)


def test_everybody_has_the_same_chance(six, manager, listening):
    first = {lot_of(six, manager, listening).entries.first().user_id for _draw in range(40)}

    assert first == {person.pk for person in six}


def lot_of(people, manager, listening):
    ModuleAssignment.objects.all().delete()
    return assign_by_lot(people, listening.module, places=1, by=manager)[0]


def test_who_was_asked_or_has_done_it_takes_no_part(six, manager, listening):
    assign_module(six[0], listening.module, by=manager)
    finish(six[1], listening)

    lot, report = assign_by_lot(six, listening.module, places=3, by=manager)

    assert not lot.entries.filter(user__in=six[:2]).exists()
    assert report.already_assigned == [six[0]]
    assert report.already_done == [six[1]]


def test_without_more_people_than_places_there_is_nothing_to_draw(six, manager, listening):
    with pytest.raises(NotAllowed, match="nothing to draw: 6 of these people"):
        assign_by_lot(six, listening.module, places=6, by=manager)
    assert not Lot.objects.exists()
    assert not ModuleAssignment.objects.exists()


def test_a_lot_is_only_for_ones_own_people(six, reviewer, manager, listening):
    with pytest.raises(NotAllowed, match="Rita"):
        assign_by_lot([*six, reviewer], listening.module, places=1, by=manager)
    assert not Lot.objects.exists()


def test_the_teams_page_draws_and_says_who(as_user, six, manager, listening):
    sent = {
        "people": [person.pk for person in six],
        "target": f"module-{listening.module.pk}",
        "places": "2",
    }
    page = as_user(manager).post(reverse("training:team_training"), sent, follow=True)

    assert "Drawn by lot:" in page.text
    assert Lot.objects.get().entries.count() == 6
    assert ModuleAssignment.objects.count() == 2


@pytest.mark.parametrize(
    ("places", "says"), [("0", "greater than or equal to 1"), ("6", "nothing to draw")]
)
def test_places_that_cannot_be_drawn_are_refused(as_user, six, manager, listening, places, says):
    sent = {
        "people": [person.pk for person in six],
        "target": f"module-{listening.module.pk}",
        "places": places,
    }
    page = as_user(manager).post(reverse("training:team_training"), sent)

    assert page.status_code == 422
    assert says in page.text
    assert not ModuleAssignment.objects.exists()
