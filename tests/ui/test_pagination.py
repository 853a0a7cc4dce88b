"""Lists that may be long."""

import datetime as dt

import pytest
from django.utils import timezone

from interactions.models import Interaction
from tests.factories.interactions import InteractionFactory
from tests.factories.people import UserFactory
from ui import pagination
from ui.pagination import LongList

NOW = timezone.now()


@pytest.fixture
def contacts(db, monkeypatch):
    """Forty, every fourth of one agent, with a limit of eight and a look among the newest ten."""
    monkeypatch.setattr(pagination, "COUNTED_AT_MOST", 8)
    monkeypatch.setattr(pagination, "LOOKED_AMONG", 10)
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


def test_a_short_list_is_counted_and_costs_no_query_more(contacts, django_assert_num_queries):
    rows = Interaction.objects.filter(
        agent=contacts["few"], occurred_at__gte=NOW - dt.timedelta(hours=9)
    )
    with django_assert_num_queries(2):
        long = LongList(rows, newest_by="occurred_at")
        assert (long.count(), long.is_capped, len(long[0:25])) == (5, False, 5)
