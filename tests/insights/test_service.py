"""The page Service: its figures, and that each opens exactly the conversations behind it."""

import csv
import datetime as dt
import html
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from content.models import ProcedureChannel
from insights.service.figures import Question, load_service
from insights.service.metrics import METRICS, lists
from insights.skills import Window
from interactions.models import Interaction
from interactions.returns import note_returns
from people.channels import Channel
from people.models import AuditEvent
from people.roles import Role
from scorecards.actions.standards import measure_service_results
from tests.factories.content import ProcedurePageFactory
from tests.factories.interactions import CustomerFactory, InteractionFactory
from tests.factories.people import MembershipFactory, UserFactory

URL = "/team/service/"


@pytest.fixture
def window(today) -> Window:
    return Window.of(3, until=today)


@pytest.fixture
def noon(window):
    """Noon on day `n` of the first month of the window."""

    def at(day: int) -> dt.datetime:
        first = dt.datetime.combine(window.first, dt.time(12))
        return timezone.make_aware(first) + dt.timedelta(days=day)

    return at


def contact(agent, at: dt.datetime, **more) -> Interaction:
    more.setdefault("flow", "orders")
    return InteractionFactory(agent=agent, started_at=at, ended_at=None, transcript=None, **more)


def figures(reader, window, *, days: int = 7, **narrowing):
    return load_service(Question(reader, window, days, narrowing)).whole


def test_times_are_medians_with_what_is_not_known_left_out(agent, manager, window, noon):
    for seconds in [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 5000, None]:
        contact(agent, noon(3), first_response_seconds=seconds)
    contact(agent, noon(-1), first_response_seconds=9999)

    found = figures(manager, window)

    middles = found.middles["first_response"]
    assert found.n == 12
    assert (middles.median.n, middles.median.value) == (11, 50)
    # The second from either end, binomial for 11.
    assert (middles.median.low, middles.median.high) == (10, 90)
    assert middles.mean == pytest.approx(5450 / 11)
    assert middles.trimmed.value == pytest.approx(5450 / 11), "5% of 11 is nobody"
    assert not found.middles["resolution"].median.is_shown


def test_handling_time_is_the_sources_or_that_of_a_live_contact(agent, manager, window, noon):
    for _each in range(10):
        contact(agent, noon(3), handling_seconds=100, duration_seconds=900)
        contact(agent, noon(3), duration_seconds=300, channel=Channel.PHONE)
        contact(agent, noon(3), duration_seconds=90_000, channel=Channel.EMAIL)

    middles = figures(manager, window).middles["handling"]
    assert (middles.median.n, middles.median.value) == (20, 200)


def test_first_contact_and_repeats_follow_the_days_chosen(agent, teammate, manager, window, noon):
    customers = [CustomerFactory() for _each in range(10)]
    for customer in customers:
        contact(agent, noon(2), customer=customer)
    contact(teammate, noon(7), customer=customers[0])
    note_returns([customer.pk for customer in customers])

    week, three = figures(manager, window), figures(manager, window, days=3)
    assert week.counts["first_contact"] == (10, 11)
    assert week.counts["repeat"] == (1, 11)
    assert three.counts["first_contact"] == (11, 11)
    assert three.counts["repeat"] == (0, 11)
    # A return to somebody else is the first one's, as on the page of a person.
    assert figures(manager, window, agent=str(agent.pk)).counts["first_contact"] == (9, 10)


def test_only_sources_that_say_so_count_for_the_resolution_rate(agent, manager, window, noon):
    at = noon(3)
    for number in range(10):
        resolved = at + dt.timedelta(hours=1) if number else None
        contact(agent, at, source="desk", resolved_at=resolved)
        contact(agent, at, source="calls")

    assert figures(manager, window).counts["resolved"] == (9, 10)


def test_transfers_and_reopened_count_where_they_are_known(agent, manager, window, noon):
    for times in [0, 0, 1, 3, None]:
        contact(agent, noon(3), transfers=times, reopened=times and 1)
    found = figures(manager, window)
    assert found.counts["transferred"] == (2, 4)
    assert not found.shares["transferred"].is_shown
    assert found.shares["transferred"].lacking == 6


def test_retention_counts_each_customer_once(agent, manager, window, noon):
    first = window.first
    day = dt.timedelta(days=1)
    stays = CustomerFactory(since=first - 400 * day)
    leaves = CustomerFactory(since=first - 30 * day, left_on=first + 9 * day)
    gone = CustomerFactory(since=first - 400 * day, left_on=first - day)
    new = CustomerFactory(since=first + day)
    for customer in (stays, stays, leaves, gone, new, CustomerFactory()):
        contact(agent, noon(3), customer=customer)
    CustomerFactory(since=first - 400 * day)  # not in contact in this time

    found = figures(manager, window)
    assert found.counts["retention"] == (1, 2)
    assert found.counts["churn"] == (1, 2)


@pytest.fixture
def crowd(agent, teammate, window, noon):
    """Something of everything, in both channels, in two months."""
    customers = [
        CustomerFactory(since=window.first - dt.timedelta(days=50)),
        CustomerFactory(
            since=window.first - dt.timedelta(days=50),
            left_on=window.first + dt.timedelta(days=20),
        ),
        CustomerFactory(),
    ]
    for number in range(36):
        at = noon(number)
        contact(
            (agent, teammate)[number % 2],
            at,
            channel=(Channel.CHAT, Channel.EMAIL)[number % 3 == 0],
            customer=customers[number % 3] if number % 5 else None,
            first_response_seconds=number if number % 4 else None,
            gap_count=number % 3,
            median_gap_seconds=number,
            longest_gap_seconds=2 * number,
            duration_seconds=60 * number,
            transfers=number % 2 if number % 7 else None,
            reopened=number % 3 if number % 6 else None,
            resolved_at=at if number % 4 else None,
            resolution_seconds=0 if number % 4 else None,
            source=("desk", "calls")[number % 9 == 0],
        )
    note_returns([customer.pk for customer in customers])


@pytest.mark.parametrize("query", ["", "?channel=email&days=3", "?agent={agent}", "?team={team}"])
def test_every_number_opens_exactly_its_conversations(as_user, agent, team, manager, crowd, query):
    client = as_user(manager)
    query = query.format(agent=agent.pk, team=team.pk)
    page = client.get(URL + query).content.decode()
    links = re.findall(r'<a href="(/interactions/\?[^"]+)">(\d+)', page)
    kinds = {re.search(r"service=([\w-]+)", address) for address, _n in links}
    assert len(kinds) > 15

    for address, n in links:
        address = html.unescape(address)
        rows = client.get(address)
        assert not rows.context["filter"].ignored, address
        if "retention" in address or "churn" in address:
            customers = {row.customer_id for row in rows.context["filter"].qs}
            assert len(customers) == int(n), address
        else:
            assert rows.context["total"] == int(n), address


def test_a_list_behind_a_figure_says_so_and_can_be_left(as_user, manager, crowd):
    page = as_user(manager).get("/interactions/?service=first_contact-no&days=7")
    chips = [(chip.label, chip.value) for chip in page.context["filter"].chips]
    assert ("Service metric", "First contact: came back") in chips
    assert all(key.split("-")[0] in METRICS for key, _name in lists())


def test_nobody_else_is_offered_these_lists(as_user, agent, crowd):
    page = as_user(agent).get("/interactions/?service=first_contact-no")
    assert "service" not in page.context["filter"].filters
    assert page.context["total"] == 18


def test_figures_are_of_whom_one_may_see(other_manager, manager, administrator, window, crowd):
    assert [figures(who, window).n for who in (manager, other_manager, administrator)] == [
        36,
        0,
        36,
    ]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("agent", 403),
        ("reviewer", 403),
        ("editor", 403),
        ("manager", 200),
        ("administrator", 200),
    ],
)
def test_the_page_is_for_who_looks_after_people(request, as_user, who, status):
    assert as_user(request.getfixturevalue(who)).get(URL).status_code == status


def test_the_page_asks_to_sign_in(client):
    assert client.get(URL).status_code == 302


def test_nothing_there_says_what_to_do(as_user, manager):
    page = as_user(manager)
    assert "import some" in page.get(URL).content.decode()
    assert "Show all of them" in page.get(f"{URL}?channel=phone").content.decode()


def test_nonsense_narrows_nothing(as_user, manager, crowd):
    page = as_user(manager).get(
        f"{URL}?months=99&channel=fax&team=x&agent=-1&days=9999&metric=bribes"
    )
    assert (page.status_code, page.context["n"], page.context["days"]) == (200, 36, 7)


def test_small_numbers_are_said_and_not_shown(as_user, agent, manager, noon):
    for _each in range(3):
        contact(agent, noon(3), first_response_seconds=5)
    page = as_user(manager).get(URL).content.decode()
    assert "Too few to say: 3 so far, 7 more are needed." in page
    assert "Not known of any contact in this time." in page


@pytest.mark.parametrize("metric", list(METRICS))
def test_each_metric_is_drawn_month_by_month(as_user, manager, crowd, metric):
    page = as_user(manager).get(f"{URL}?metric={metric}").content.decode()
    assert 'id="trend"' in page
    assert "by month" in page


def test_only_the_part_goes_to_htmx(as_user, manager, crowd):
    part = as_user(manager).get(URL, headers={"HX-Request": "true"}).content.decode()
    assert "<h1>" not in part
    assert 'id="found"' in part


def test_all_figures_come_as_a_file_with_definitions(as_user, manager, crowd):
    answer = as_user(manager).post(f"{URL}?channel=chat", {"format": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(METRICS) * 4, "the whole time and three months of each"
    (whole,) = [r for r in rows if r["Metric"] == "First response"][:1]
    assert whole["Unit"] == "seconds"
    assert whole["Definition"].startswith("From the customer’s first message")
    assert AuditEvent.objects.filter(action="export_list").count() == 1
    assert as_user(manager).post(URL, {"format": "xlsx"})["Content-Type"].endswith(".sheet")
    assert as_user(manager).get(f"{URL}?format=csv&chart=trend").status_code == 200


def test_queries_do_not_follow_the_contacts(as_user, agent, manager, team, noon, crowd):
    client = as_user(manager)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{URL}?team={team.pk}").status_code == 200
        return len(queries)

    asked()
    before = asked()
    for number in range(30):
        customer = CustomerFactory(since=noon(-9).date())
        person = UserFactory(roles=[Role.AGENT])
        MembershipFactory(user=person, team=team)
        contact(person, noon(number % 5), customer=customer, first_response_seconds=4)
    assert asked() == before


def test_queries_do_not_follow_the_months(as_user, manager, crowd, count_queries):
    client = as_user(manager)
    client.get(URL)
    one, year = (count_queries(lambda m=m: client.get(f"{URL}?months={m}")) for m in (1, 12))
    assert one == year < 12


@pytest.fixture
def judged(agent, teammate, noon):
    """Thirty contacts with standards: a third answered late, some resolved late, on two channels."""
    page = ProcedurePageFactory(title="Orders")
    for channel, first, resolution in (("chat", 1, None), ("email", 60, 120)):
        ProcedureChannel.objects.create(
            page=page,
            channel=channel,
            first_response_minutes=first,
            resolution_minutes=resolution,
        )
    for number in range(30):
        at = noon(number % 20)
        contact(
            teammate if number % 2 else agent,
            at,
            channel=Channel.CHAT if number < 15 else Channel.EMAIL,
            first_asked_seconds=5,
            first_response_seconds=(10 if number % 3 else 7200),
            resolved_at=at + dt.timedelta(hours=1 + 2 * (number % 4 == 0)),
        )
    measure_service_results()


def test_standards_are_compared_with_what_was_kept(manager, window, judged):
    found = load_service(Question(manager, window, 7, {}))
    assert found.whole.counts["first_response_standard"] == (20, 30)
    assert found.whole.counts["resolution_standard"] == (11, 15)
    kept = {(each.target, each.channel): each for each in found.kept}
    assert set(kept) == {
        ("first_response", "chat"),
        ("first_response", "email"),
        ("resolution", "email"),
    }
    chat = kept["first_response", "chat"]
    assert (chat.minutes, chat.met, chat.n) == (1, 10, 15)
    # Wilson's interval for 10 of 15.
    assert chat.share.low == pytest.approx(0.4171, abs=1e-4)
    assert chat.share.high == pytest.approx(0.8482, abs=1e-4)
    assert chat.median.value == 10
    assert kept["resolution", "email"].median.value == 3600


def test_each_number_of_a_standard_opens_exactly_those(as_user, manager, window, judged):
    client = as_user(manager)
    page = client.get(URL).content.decode()
    section = page[page.index("standards-heading") : page.index("shares-heading")]
    links = re.findall(r'href="([^"]*standard=[^"]*)">(\d+)<', section)
    assert len(links) == 9
    for address, number in links:
        shown = client.get(html.unescape(address)).context["page"]
        assert shown.paginator.count == int(number), address


def test_standards_come_in_the_file_too(as_user, manager, judged):
    answer = as_user(manager).post(URL, {"format": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = {row["Metric"]: row for row in csv.DictReader(io.StringIO(text))}
    chat = rows["Chat: First response within 1 minute"]
    assert float(chat["Median or share"]) == pytest.approx(200 / 3, abs=0.1)
    assert chat["Out of"] == "15"
    assert chat["Definition"] == "Median: 10 s"


def test_standards_that_do_not_hold_are_said_to_be_missing(as_user, manager, agent, noon):
    contact(agent, noon(3), first_response_seconds=4)
    assert "No standard holds for these contacts" in as_user(manager).get(URL).content.decode()


def test_each_month_is_what_it_is_when_asked_for_alone(manager, window, crowd, judged):
    found = load_service(Question(manager, window, 7, {}))
    assert [stretch.n for stretch in found.months] != [found.whole.n, 0, 0]
    for stretch in found.months:
        alone = Window(stretch.first, stretch.first)
        assert load_service(Question(manager, alone, 7, {})).whole == stretch
    for key, (k, n) in found.whole.counts.items():
        if key not in ("retention", "churn"):
            months = [stretch.counts[key] for stretch in found.months]
            assert (k, n) == (sum(each[0] for each in months), sum(each[1] for each in months))


def test_retention_of_a_month_is_by_its_own_days(agent, manager, window, noon):
    first, day = window.first, dt.timedelta(days=1)
    leaves = CustomerFactory(since=first - 9 * day, left_on=window.last + day)
    later = CustomerFactory(since=first + 20 * day)
    for customer in (leaves, later):
        for at in (noon(3), timezone.now()):
            contact(agent, at, customer=customer)

    found = load_service(Question(manager, window, 7, {}))
    assert [stretch.counts["churn"] for stretch in found.months] == [(0, 1), (0, 0), (1, 2)]
    assert found.whole.counts["churn"] == (1, 1)
