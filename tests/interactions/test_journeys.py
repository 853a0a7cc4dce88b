"""One customer's journey over all channels, and which customers are one person."""

import csv
import datetime as dt
import io
import re

import pytest
from django.urls import reverse
from wagtail import hooks

from interactions.journeys import CustomersInOrder, customers_in_order
from interactions.models import CustomerLink, Interaction, same_as
from interactions.privacy.erasing import erase_customers
from interactions.same_person import NotAllowed, link_customers
from people.channels import Channel
from people.models import AuditEvent
from tests.factories.interactions import CustomerFactory, InteractionFactory, SurveyAnswerFactory
from tests.factories.surveys import PublicReviewFactory, SurveyInvitationFactory
from ui import pagination

pytestmark = pytest.mark.django_db
LIST = reverse("interactions:customer_list")


def journey(customer) -> str:
    return reverse("interactions:customer_journey", args=[customer.pk])


def on(day: int, **fields):
    at = dt.datetime(2026, 9, day, 10, tzinfo=dt.UTC)
    fields = {"subject": f"Day {day}", **fields}
    return InteractionFactory(started_at=at, ended_at=at, **fields)


def shown(page: str) -> list[str]:
    return re.findall(r'journey__title"><a [^>]*>([^<]+)<', page)


@pytest.fixture
def customer():
    return CustomerFactory(name="Carla Customer", external_id="c1")


def test_all_that_happened_stands_in_its_order(as_user, administrator, agent, customer):
    first = on(1, customer=customer, agent=agent, channel=Channel.PHONE)
    last = on(9, customer=customer, agent=agent, channel=Channel.EMAIL)
    SurveyAnswerFactory(interaction=first, value=2)
    SurveyInvitationFactory(interaction=last)
    PublicReviewFactory(customer=customer, posted_on=dt.date(2026, 9, 5), title="In public")
    PublicReviewFactory(customer=customer, interaction=last, title="Bound to it")
    client = as_user(administrator)

    page = client.get(journey(customer)).content.decode()
    assert shown(page) == ["Day 9", "In public", "Day 1"]
    assert "Bound to it" in page
    assert "2 of 5" in page
    assert "After a contact" in page
    oldest = client.get(journey(customer), {"sort": "oldest"}).content.decode()
    assert shown(oldest) == ["Day 1", "In public", "Day 9"]
    assert shown(client.get(journey(customer), {"channel": "email"}).content.decode()) == ["Day 9"]
    assert client.post(journey(customer)).status_code == 405
    assert client.head(journey(customer)).status_code == 200


def test_each_sees_only_what_they_may_see_anyway(
    as_user, agent, teammate, manager, other_manager, reviewer, customer
):
    on(1, customer=customer, agent=agent)
    on(2, customer=customer, agent=teammate)
    PublicReviewFactory(customer=customer, agent=agent, title="Open review")

    assert shown(as_user(agent).get(journey(customer)).content.decode()) == ["Day 1"]
    both = shown(as_user(manager).get(journey(customer)).content.decode())
    assert both == ["Open review", "Day 2", "Day 1"]
    for user in (other_manager, reviewer):
        assert as_user(user).get(journey(customer)).status_code == 404


def test_a_withheld_verdict_stays_withheld(as_user, administrator, customer):
    contact = on(1, customer=customer)
    SurveyAnswerFactory(interaction=contact, kind="comment", value=None, text="Never again")
    PublicReviewFactory(customer=customer, interaction=contact, title="Never again in public")
    ids = Interaction.objects.values("pk")
    with hooks.register_temporarily("rating_withheld_from", lambda user: ids):
        page = as_user(administrator).get(journey(customer)).content.decode()
    assert "Never again" not in page
    assert "hidden until you have graded" in page
    assert "Never again in public" in as_user(administrator).get(journey(customer)).content.decode()


def test_the_journey_takes_as_many_queries_for_many(
    as_user, administrator, agent, customer, count_queries
):
    def happen(day):
        contact = on(day, customer=customer, agent=agent)
        SurveyAnswerFactory(interaction=contact)
        SurveyInvitationFactory(interaction=contact)
        PublicReviewFactory(interaction=contact, customer=customer, agent=agent)
        PublicReviewFactory(customer=customer)

    client = as_user(administrator)
    happen(1)
    client.get(journey(customer))
    one = count_queries(lambda: client.get(journey(customer)))
    for day in (2, 3, 4):
        happen(day)
    assert count_queries(lambda: client.get(journey(customer))) == one


def test_many_contacts_come_in_pages(as_user, administrator, customer):
    InteractionFactory.create_batch(27, customer=customer, subject="Again")
    client = as_user(administrator)
    assert len(shown(client.get(journey(customer)).content.decode())) == 25
    assert len(shown(client.get(journey(customer), {"page": 2}).content.decode())) == 2


def test_two_sources_know_one_person_and_it_can_be_undone(
    as_user, administrator, manager, agent, customer
):
    other = CustomerFactory(source="shop", external_id="s9", name="C. Customer")
    on(1, customer=customer, agent=agent)
    on(2, customer=other, agent=agent)
    client = as_user(administrator)
    url = reverse("interactions:customer_link", args=[customer.pk])
    assert as_user(manager).post(url, {"other": "s9"}).status_code == 403

    assert client.post(url, {"other": "s9"}).status_code == 302
    for row in (customer, other):
        assert shown(client.get(journey(row)).content.decode()) == ["Day 2", "Day 1"]
    assert shown(as_user(agent).get(journey(other)).content.decode()) == ["Day 2", "Day 1"]
    link = CustomerLink.objects.get()
    undo = reverse("interactions:customer_unlink", args=[link.pk])
    assert as_user(manager).post(undo).status_code == 403
    assert client.get(undo).status_code == 405
    assert client.post(undo, {"back": customer.pk})["Location"] == journey(customer)
    assert shown(client.get(journey(customer)).content.decode()) == ["Day 1"]
    actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["link_customers", "unlink_customers"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("c1", "same customer already"),
        ("nobody", "No customer has this id"),
        ("twice", "Several sources have this id"),
        ("", "required"),
    ],
)
def test_a_link_that_cannot_be_is_explained(as_user, administrator, customer, given, words):
    CustomerFactory(source="a", external_id="twice")
    CustomerFactory(source="b", external_id="twice")
    url = reverse("interactions:customer_link", args=[customer.pk])
    answer = as_user(administrator).post(url, {"other": given})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    if given == "twice":
        assert as_user(administrator).post(url, {"other": "b: twice"}).status_code == 302


def test_who_is_linked_through_others_belongs_together(administrator):
    one, two, three, apart = CustomerFactory.create_batch(4)
    link_customers(two, one, by=administrator)
    link_customers(two, three, by=administrator)
    assert same_as(one.pk) == same_as(three.pk) == [one.pk, two.pk, three.pk]
    assert same_as(apart.pk) == [apart.pk]
    with pytest.raises(NotAllowed):
        link_customers(three, one, by=administrator)


def test_who_might_be_the_same_is_proposed(as_user, administrator, customer):
    on(1, customer=customer)
    twin = CustomerFactory(source="shop", external_id="s9", name="carla customer")
    page = as_user(administrator).get(journey(customer)).content.decode()
    assert "Perhaps the same" in page
    url = reverse("interactions:customer_link", args=[customer.pk])
    assert as_user(administrator).post(url, {"customer": twin.pk}).status_code == 302
    again = as_user(administrator).get(journey(customer)).content.decode()
    assert "Perhaps the same" not in again


def test_who_was_removed_has_no_name_and_is_linked_with_nobody(
    as_user, administrator, customer, agent
):
    on(1, customer=customer, agent=agent)
    other = CustomerFactory(external_id="x9")
    erase_customers([customer], by=administrator, reason="Request of 3 March")
    customer.refresh_from_db()
    client = as_user(administrator)

    for address in (journey(customer), LIST):
        page = client.get(address).content.decode()
        assert "Removed customer" in page
        assert "removed-" not in page
    assert "Same person" not in client.get(journey(customer)).content.decode()
    with pytest.raises(NotAllowed):
        link_customers(other, customer, by=administrator)


def test_a_journey_is_taken_along_as_it_is_shown(as_user, administrator, agent, teammate, customer):
    contact = on(1, customer=customer, agent=agent, subject="=cmd()", channel="chat")
    on(2, customer=customer, agent=teammate, channel="phone")
    SurveyAnswerFactory(interaction=contact, kind="csat", value=2)
    PublicReviewFactory(customer=customer, interaction=None, title="Late")

    def lines(user, query=""):
        file = as_user(user).post(f"{journey(customer)}{query}", {"format": "csv"})
        text = b"".join(file.streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    rows = lines(administrator)
    assert [row["What"] for row in rows] == ["Public review", "Interaction", "Interaction"]
    assert rows[0]["Public reviews"] == "Late · 2 of 5 · Trustpages"
    assert rows[2]["What the customer said"] == "Satisfaction: 2 of 5"
    assert rows[2]["Subject"] == "'=cmd()"
    assert [row["Channel"] for row in lines(administrator, "?channel=chat")] == ["Chat"]
    assert [row["Subject"] for row in lines(agent)] == ["'=cmd()"]


def test_customers_are_found_by_name_id_and_tier(
    as_user, administrator, agent, teammate, count_queries, customer
):
    on(1, customer=customer, agent=agent)
    gold = CustomerFactory(name="Otto", external_id="x7", tier="gold", email="otto@example.com")
    on(2, customer=gold, agent=teammate)
    client = as_user(administrator)

    def listed(user=client, **filters):
        page = user.get(LIST, filters).content.decode()
        return re.findall(r'table__id">\w+ · (\w+)<', page)

    assert listed() == ["x7", "c1"]
    assert listed(sort="name") == ["c1", "x7"]
    assert listed(q="carl") == ["c1"]
    assert listed(q="X7") == ["x7"]
    assert listed(q="OTTO@example.com") == ["x7"]
    assert listed(tier="gold") == ["x7"]
    assert listed(q="no\x00body") == []
    assert listed(as_user(agent)) == ["c1"]
    file = client.post(LIST, {"format": "csv"})
    assert len(b"".join(file.streaming_content).decode().strip().splitlines()) == 3
    one = count_queries(lambda: client.get(LIST))
    for _each in range(3):
        on(3, agent=agent)
    assert count_queries(lambda: client.get(LIST)) == one


@pytest.mark.parametrize("order", ["latest", "most", "name"])
@pytest.mark.parametrize("place", [slice(0, 2), slice(1, 3), slice(2, 4)])
def test_a_long_list_of_customers_is_the_list(db, monkeypatch, order, place):
    """Also where the newest contacts are those of a few, or at the same minute."""
    monkeypatch.setattr(pagination, "COUNTED_AT_MOST", 4)
    monkeypatch.setattr(pagination, "LOOKED_AMONG", (6,))
    monkeypatch.setattr(pagination, "SORTED_AT_ONCE", 3)
    customers = [CustomerFactory(name=f"C{number % 3}") for number in range(6)]
    for number, customer in enumerate([*customers, *customers[:3], *customers[:2]], start=2):
        on(number // 2, customer=customer)
    contacts = Interaction.objects.exclude(customer=None).order_by()
    long = CustomersInOrder(contacts, None, order)

    assert (long.count(), long.is_capped) == (4, True)
    assert long[place] == list(customers_in_order(contacts, None, order)[place])
