"""How a procedure's service standard is kept, on its own page."""

import datetime as dt

import pytest
from django.utils import timezone

from content.models import ProcedureChannel
from people.channels import Channel
from people.roles import Role
from scorecards.actions.standards import measure_service_results
from tests.factories.content import ProcedurePageFactory
from tests.factories.interactions import InteractionFactory
from tests.factories.people import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(db):
    page = ProcedurePageFactory(title="Late delivery")
    ProcedureChannel.objects.create(page=page, channel=Channel.EMAIL, first_response_minutes=60)
    return page


@pytest.fixture
def contacts(page, agent, other_team):
    elsewhere = UserFactory(roles=[Role.AGENT])
    MembershipFactory(user=elsewhere, team=other_team)
    started = timezone.now() - dt.timedelta(days=3)
    for person in (agent, elsewhere):
        for minutes in [30] * 9 + [90] * 3:
            InteractionFactory(
                agent=person,
                channel=Channel.EMAIL,
                flow="late_delivery",
                started_at=started,
                ended_at=started + dt.timedelta(hours=2),
                first_asked_seconds=0,
                first_response_seconds=minutes * 60,
                transcript=None,
            )
    measure_service_results()


def kept(client, page):
    return [
        (row.channel, row.value, row.n)
        for row in client.get(page.url).context.get("standards_kept", [])
    ]


def test_managers_see_how_their_people_keep_it(as_user, manager, page, contacts):
    client = as_user(manager)
    assert kept(client, page) == [("E-mail", "75.0 %", 12)]
    text = client.get(page.url).content.decode()
    assert "Kept in the last 90 days" in text
    assert "12 contacts" in text


@pytest.mark.parametrize("person", ["editor", "administrator"])
def test_who_writes_the_manual_sees_counts_of_all(request, as_user, person, page, contacts):
    assert kept(as_user(request.getfixturevalue(person)), page) == [("E-mail", "75.0 %", 24)]


@pytest.mark.parametrize("person", ["agent", "reviewer"])
def test_others_are_told_nothing(request, as_user, person, page, contacts):
    client = as_user(request.getfixturevalue(person))
    assert kept(client, page) == []
    assert "Kept in the last" not in client.get(page.url).content.decode()


def test_few_contacts_are_said_to_be_few(as_user, administrator, page, agent):
    started = timezone.now() - dt.timedelta(days=3)
    InteractionFactory(
        agent=agent,
        channel=Channel.EMAIL,
        flow="late_delivery",
        started_at=started,
        ended_at=started,
        first_asked_seconds=0,
        first_response_seconds=60,
        transcript=None,
    )
    measure_service_results()
    (row,) = as_user(administrator).get(page.url).context["standards_kept"]
    assert (row.value, row.n) == ("", 1)
    assert row.lacking
