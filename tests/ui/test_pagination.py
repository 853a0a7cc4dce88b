"""Lists that may be long."""

import datetime as dt

import pytest
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone

from interactions.models import Interaction
from tests.factories.interactions import InteractionFactory
from tests.factories.people import UserFactory
from ui import pagination
from ui.pagination import LongList, first_of, paginate

NOW = timezone.now()


@pytest.fixture
def contacts(db, monkeypatch):
    """Forty, every fourth of one agent, with a limit of eight and a look among the newest ten, then
    among the newest twenty, where there are more than five."""
    monkeypatch.setattr(pagination, "COUNTED_AT_MOST", 8)
    monkeypatch.setattr(pagination, "LOOKED_AMONG", (10, 20))
    monkeypatch.setattr(pagination, "SORTED_AT_ONCE", 5)
    few, many = UserFactory(), UserFactory()
    for number in range(40):
        InteractionFactory(
            agent=few if number % 4 == 0 else many,
            occurred_at=NOW - dt.timedelta(hours=number // 2),
        )
    return {"few": few, "many": many}


@pytest.mark.parametrize("who", ["few", "many"])
@pytest.mark.parametrize(
    "order", [(), ("-occurred_at", "-pk"), ("occurred_at", "pk"), ("subject", "pk")]
)
@pytest.mark.parametrize("place", [slice(0, 2), slice(0, 5), slice(4, 8)])
def test_a_long_list_is_the_list(contacts, who, order, place):
    rows = Interaction.objects.filter(agent=contacts[who])
    rows = rows.order_by(*order) if order else rows
    long = LongList(rows, newest_by="occurred_at")

    assert (long.count(), long.is_capped) == (8, True)
    assert long[place] == list(rows[place])


def test_a_page_of_the_newest_is_looked_for_among_the_newest(contacts, django_assert_num_queries):
    rows = Interaction.objects.filter(agent=contacts["many"])
    with django_assert_num_queries(3):
        assert len(LongList(rows, newest_by="occurred_at")[0:3]) == 3


def test_a_page_that_is_not_full_is_looked_for_among_more(contacts, django_assert_num_queries):
    rows = Interaction.objects.filter(agent=contacts["few"])
    long = LongList(rows, newest_by="occurred_at")
    with django_assert_num_queries(4):
        found = long[0:4]
    assert found == list(rows[0:4])
    with django_assert_num_queries(5):
        assert len(long[0:8]) == 8


def test_a_short_list_is_counted_and_costs_no_query_more(contacts, django_assert_num_queries):
    rows = Interaction.objects.filter(
        agent=contacts["few"], occurred_at__gte=NOW - dt.timedelta(hours=9)
    )
    with django_assert_num_queries(2):
        long = LongList(rows, newest_by="occurred_at")
        assert (long.count(), long.is_capped, len(long[0:25])) == (5, False, 5)


def test_the_ways_on_say_that_there_are_more_than_can_be_paged_through(contacts):
    def said(rows):
        request = RequestFactory().get("/", {"q": "late", "page": "2"})
        page = paginate(request, LongList(rows, newest_by="occurred_at"), per_page=3)
        template = engines["django"].from_string("{% pagination page %}")
        return template.render({"page": page, "request": request}, request)

    assert "4–6 of more than 8: filter" in said(Interaction.objects.all())
    assert "4–5 of 5" in said(
        Interaction.objects.filter(
            agent=contacts["few"], occurred_at__gte=NOW - dt.timedelta(hours=9)
        )
    )


def test_two_lists_of_one_screen_are_paged_by_themselves():
    request = RequestFactory().get("/", {"page": "2", "people": "3"})
    people = paginate(request, range(100), name="people")
    template = engines["django"].from_string('{% pagination people "people" %}')

    assert (paginate(request, range(100)).number, people.number) == (2, 3)
    text = template.render({"people": people, "request": request}, request)
    assert 'href="?page=2&amp;people=4"' in text


@pytest.mark.parametrize(("who", "most"), [("few", 3), ("few", 10), ("few", 20), ("nobody", 3)])
def test_the_first_come_with_how_many_there_are(contacts, who, most, django_assert_num_queries):
    rows = Interaction.objects.filter(agent=contacts.get(who)).order_by("-occurred_at", "-pk")
    with django_assert_num_queries(1):
        found = first_of(rows, most)
    assert found == (list(rows[:most]), rows.count())
