"""Figures of service are kept, and never longer than what they rest on stays as it is."""

import datetime as dt
import io

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.utils import timezone

from content.models import ProcedureChannel
from insights.service.figures import Question, load_service
from insights.service.on_page import kept_here
from insights.skills import Window
from interactions.importing.rows import parse_record
from interactions.importing.writing import write_rows
from interactions.matching import match_agent, unmatch_agent
from interactions.models import Interaction
from interactions.privacy.removing import remove_customers
from measurement.business_hours import Opening
from people.channels import Channel
from people.hours import set_hours
from people.models import ExternalIdentity, User
from people.roles import Role
from scorecards.actions.standards import measure_service_results
from scorecards.models import ServiceMeasurement
from tests.factories.content import ProcedurePageFactory
from tests.factories.interactions import CustomerFactory, ImportRunFactory, InteractionFactory
from tests.factories.people import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def page(db):
    page = ProcedurePageFactory(title="Orders")
    ProcedureChannel.objects.create(page=page, channel=Channel.EMAIL, first_response_minutes=60)
    return page


def contact(agent, minutes: int | None = 30, *, ago: dt.timedelta = 3 * DAY, **more) -> Interaction:
    given = {
        "channel": Channel.EMAIL,
        "source": "desk",
        "flow": "orders",
        "started_at": timezone.now() - ago,
        "ended_at": None,
        "first_asked_seconds": 0,
        "first_response_seconds": None if minutes is None else 60 * minutes,
        "customer": None,
        "transcript": None,
    }
    return InteractionFactory(agent=agent, **given | more)


@pytest.fixture
def contacts(page, agent):
    rows = [contact(agent, minutes) for minutes in [30] * 9 + [90] * 3]
    measure_service_results()
    return rows


@pytest.fixture
def load(today):
    def load(reader, days: int = 7, **narrowing):
        window = Window.of(3, until=today)
        return load_service(Question(reader, window, days, narrowing, now=timezone.now()))

    return load


@pytest.fixture
def after(monkeypatch):
    """Let time go on."""

    def after(span: dt.timedelta) -> None:
        monkeypatch.setattr(timezone, "now", lambda: dt.datetime.now(dt.UTC) + span)

    return after


def told(found, key: str = "first_response_standard") -> tuple[int, int]:
    return found.whole.counts[key]


def on_page(page, reader) -> list[tuple[str, int]]:
    return [(row.value, row.n) for row in kept_here(page, reader=reader, at=timezone.now())]


def test_what_was_found_is_not_worked_out_again(load, page, contacts, manager, count_queries):
    first = load(manager)
    assert (first.whole.n, told(first)) == (12, (9, 12))
    assert count_queries(lambda: load(manager)) == 1
    assert load(manager) == first
    # Of every procedure at once.
    assert on_page(page, manager) == [("75.0 %", 12)]
    assert count_queries(lambda: on_page(page, manager)) == 1
    assert count_queries(lambda: on_page(ProcedurePageFactory(), manager)) > 1
    other = ProcedurePageFactory()
    assert count_queries(lambda: on_page(other, manager)) == 1


def test_each_reader_and_each_question_has_its_own(
    load, page, contacts, agent, teammate, manager, other_manager, administrator, other_team
):
    elsewhere = UserFactory(roles=[Role.AGENT])
    MembershipFactory(user=elsewhere, team=other_team)
    contact(elsewhere)
    contact(teammate, channel=Channel.CHAT)
    measure_service_results()
    for _again in range(2):
        assert load(manager).whole.n == 13
        assert load(other_manager).whole.n == 1
        assert load(administrator).whole.n == 14
        assert load(manager, channel="chat").whole.n == 1
        assert load(manager, agent=str(agent.pk)).whole.n == 12
        assert [load(manager, days).whole.shares for days in (1, 7)] == [
            load(manager, days).whole.shares for days in (1, 7)
        ]
        assert on_page(page, manager) == [("75.0 %", 12)]
        assert on_page(page, other_manager) == [("", 1)]
        assert on_page(page, administrator) == [("76.9 %", 13)]
        assert on_page(page, agent) == []


def test_who_may_see_more_from_now_on_does(page, contacts, manager):
    contact(UserFactory(roles=[Role.AGENT]))
    measure_service_results()
    assert on_page(page, manager) == [("75.0 %", 12)]
    right = Permission.objects.get(codename="view_all_interactions")
    manager.user_permissions.add(right)
    assert on_page(page, User.objects.get(pk=manager.pk)) == [("76.9 %", 13)]
    manager.user_permissions.remove(right)
    assert on_page(page, User.objects.get(pk=manager.pk)) == [("75.0 %", 12)]


def test_days_begin_where_the_reader_is(load, contacts, agent, manager):
    first = Window.of(3, until=timezone.localdate()).first
    midnight = timezone.make_aware(dt.datetime.combine(first, dt.time()))
    contact(agent, started_at=midnight - dt.timedelta(hours=1))
    measure_service_results()
    n = load(manager).whole.n
    with timezone.override(dt.timezone(dt.timedelta(hours=14))):
        assert load(manager).whole.n == n + 1
    assert load(manager).whole.n == n


def an_import(agent, **_cast):
    ExternalIdentity.objects.create(source="desk", external_id="a-7", user=agent)
    row = {
        "source": "desk",
        "external_id": "1",
        "channel": "chat",
        "agent": {"id": "a-7"},
        "started_at": timezone.now().isoformat(),
        "messages": [],
    }
    write_rows([(1, parse_record(row))], run=ImportRunFactory(), at=timezone.now())


def a_match(agent, administrator, **_cast):
    match_agent("desk", "unknown", agent, by=administrator)


def a_match_taken_back(administrator, **_cast):
    unmatch_agent(ExternalIdentity.objects.get(external_id="known"), by=administrator)


def a_move(agent, **_cast):
    agent.memberships.get().delete()


def other_hours(team, administrator, **_cast):
    minute = [Opening(day, dt.time(0), dt.time(0, 1)) for day in range(7)]
    set_hours(team, time_zone="UTC", openings=minute, by=administrator)


def another_standard(page, **_cast):
    ProcedureChannel.objects.update(first_response_minutes=120)
    page.save_revision().publish()


def a_procedure_withdrawn(page, **_cast):
    page.unpublish()


@pytest.mark.parametrize(
    ("write", "n", "expected"),
    [
        (an_import, 14, (10, 13)),
        (a_match, 15, (11, 15)),
        (a_match_taken_back, 12, (9, 12)),
        (a_move, 0, (0, 0)),
        (other_hours, 13, (13, 13)),
        (another_standard, 13, (13, 13)),
        (a_procedure_withdrawn, 13, (0, 0)),
    ],
)
def test_whatever_is_written_is_seen_at_once(
    load,
    page,
    contacts,
    team,
    agent,
    manager,
    administrator,
    django_capture_on_commit_callbacks,
    write,
    n,
    expected,
):
    for minutes in (30, 90):
        contact(None, minutes, agent_reference="unknown")
    contact(agent, 30, agent_reference="known")
    ExternalIdentity.objects.create(source="desk", external_id="known", user=agent)
    measure_service_results()
    assert (load(manager).whole.n, told(load(manager))) == (13, (10, 13))
    assert on_page(page, manager) == [("76.9 %", 13)]

    with django_capture_on_commit_callbacks(execute=True):
        write(page=page, team=team, agent=agent, administrator=administrator)

    found = load(manager)
    assert (found.whole.n, told(found)) == (n, expected)
    of_page = [n for _value, n in on_page(page, manager)]
    assert of_page == [expected[1]] * bool(expected[1])


def test_returns_worked_out_again_are_seen_at_once(
    load, contacts, agent, manager, django_capture_on_commit_callbacks
):
    customer = CustomerFactory()
    for days in (3, 5):
        contact(agent, customer=customer, ago=days * DAY)
    measure_service_results()
    assert told(load(manager), "repeat") == (0, 2)
    with django_capture_on_commit_callbacks(execute=True):
        call_command("recompute_service_facts", stdout=io.StringIO())
    assert told(load(manager), "repeat") == (1, 2)


def test_customers_that_are_removed_are_seen_at_once(
    load, contacts, agent, manager, django_capture_on_commit_callbacks
):
    customer = CustomerFactory(since=timezone.localdate() - 900 * DAY)
    contact(agent, customer=customer, ago=400 * DAY)
    removed = contact(agent, customer=customer)
    measure_service_results()
    assert told(load(manager), "retention") == (1, 1)
    with django_capture_on_commit_callbacks(execute=True):
        remove_customers([removed.pk], at=timezone.now())
    assert told(load(manager), "retention") == (0, 0)


def test_what_nobody_answered_turns_late_by_itself(load, page, contacts, agent, manager, after):
    contact(agent, None, ago=30 * MINUTE)
    measure_service_results()
    for _again in range(2):
        assert (load(manager).whole.n, told(load(manager))) == (13, (9, 12))
        assert on_page(page, manager) == [("75.0 %", 12)]
    after(31 * MINUTE)
    assert told(load(manager)) == (9, 13)
    assert on_page(page, manager) == [("69.2 %", 13)]


def test_contacts_become_too_old_by_themselves(page, contacts, agent, manager, after):
    contact(agent, ago=90 * DAY - MINUTE)
    measure_service_results()
    assert on_page(page, manager) == [("76.9 %", 13)]
    after(2 * MINUTE)
    assert on_page(page, manager) == [("75.0 %", 12)]
    after(88 * DAY)
    assert on_page(page, manager) == []


@pytest.mark.parametrize(
    "state", [{"asked_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, {"measured_at": None}]
)
def test_nothing_is_kept_while_results_are_asked_for_or_worked_out(
    load, contacts, agent, manager, state
):
    load(manager)
    ServiceMeasurement.objects.update(**state)
    for n in (12, 13, 14):
        assert load(manager).whole.n == n
        contact(agent)


def test_of_many_contacts_they_may_be_five_minutes_old(
    load, contacts, agent, manager, monkeypatch, after, count_queries
):
    monkeypatch.setattr("insights.kept.MANY", 12)
    load(manager)
    contact(agent)
    measure_service_results()
    assert count_queries(lambda: load(manager)) == 0
    assert load(manager).whole.n == 12
    after(6 * MINUTE)
    assert load(manager).whole.n == 13


def test_queries_of_a_page_that_is_kept(as_user, page, contacts, manager, agent, count_queries):
    client = as_user(manager)
    client.get("/team/service/")
    few = count_queries(lambda: client.get("/team/service/"))
    for _more in range(3):
        contact(agent)
    measure_service_results()
    client.get("/team/service/")
    assert count_queries(lambda: client.get("/team/service/")) == few < 9
