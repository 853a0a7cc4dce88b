"""When a customer came back: rows beside an independent computation, and what an import does to them."""

import datetime as dt
import gzip
import json
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from interactions.importing.rows import parse_record
from interactions.importing.writing import write_rows
from interactions.models import Interaction
from interactions.returns import FARTHEST, MATCHED, is_repeat, note_returns, ripe, stayed_away
from measurement.outcomes import first_contact_resolution
from tests.factories.interactions import CustomerFactory, ImportRunFactory, InteractionFactory

STAR = Path("/work/shared/data/interactions-star.jsonl.gz")
START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def contact(customer, day: float, flow: str = "orders", **more) -> Interaction:
    at = START + dt.timedelta(days=day)
    return InteractionFactory(
        customer=customer, started_at=at, ended_at=None, flow=flow, transcript=None, **more
    )


def days_of(*rows: Interaction) -> list[tuple[int | None, int | None]]:
    found = Interaction.objects.in_bulk([row.pk for row in rows])
    return [(found[row.pk].days_since_last, found[row.pk].days_to_next) for row in rows]


def test_returns_are_about_the_same_by_the_same_customer(db):
    one, other = CustomerFactory(), CustomerFactory()
    first, second = contact(one, 0), contact(one, 7)
    third = contact(one, 7.01)
    elsewhere = contact(one, 1, flow="refund")
    stranger = contact(other, 2)
    nameless = contact(None, 3)
    nothing = contact(one, 1, flow="")
    timeless = InteractionFactory(
        customer=one, flow="orders", started_at=None, ended_at=None, occurred_at=START
    )

    assert note_returns([one.pk, other.pk]) == 3

    assert days_of(first, second, third) == [(None, 7), (7, 0), (0, None)]
    assert days_of(elsewhere, stranger, nameless, nothing, timeless) == [(None, None)] * 5
    assert note_returns([one.pk, other.pk]) == 0


def test_days_are_those_of_the_calendar_of_the_organisation(db):
    """Ten to midnight and ten past are two days there."""
    zone = ZoneInfo(settings.TIME_ZONE)
    customer = CustomerFactory()
    late = dt.datetime(2026, 3, 28, 23, 50, tzinfo=zone)
    rows = [
        InteractionFactory(customer=customer, started_at=at, ended_at=None, flow="orders")
        for at in (late, late + dt.timedelta(minutes=20))
    ]
    note_returns([customer.pk])
    assert days_of(*rows) == [(None, 1), (1, None)]


def test_what_is_too_far_away_is_another_matter(db):
    customer = CustomerFactory()
    rows = [contact(customer, 0), contact(customer, FARTHEST), contact(customer, 2 * FARTHEST + 1)]
    note_returns([customer.pk])
    assert days_of(*rows) == [(None, FARTHEST), (FARTHEST, None), (None, None)]


def test_a_look_around_some_days_leaves_the_others_right(db):
    customer = CustomerFactory()
    rows = [contact(customer, day) for day in range(0, 800, 40)]
    note_returns([customer.pk])
    before = days_of(*rows)
    added = contact(customer, 410)

    at = added.occurred_at
    assert note_returns([customer.pk], since=at, until=at) == 3

    assert days_of(rows[10], added, rows[11]) == [(40, 10), (10, 30), (30, 40)]
    assert days_of(*rows[:10], *rows[12:]) == before[:10] + before[12:]


def test_nobody_is_ripe_before_the_days_have_passed(db):
    customer = CustomerFactory()
    row = contact(customer, 0)
    on = timezone.localtime(row.occurred_at, timezone.get_default_timezone()).date()

    def told(day: int) -> bool:
        today = on + dt.timedelta(days=day)
        return Interaction.objects.filter(ripe(7, today=today)).exists()

    assert [told(6), told(7)] == [False, True]


def record(number: int, at: dt.datetime, customer: str, flow: str = "orders") -> dict:
    return {
        "source": "desk",
        "external_id": str(number),
        "channel": "chat",
        "flow": flow,
        "customer": {"id": customer},
        "started_at": at.isoformat(),
        "messages": [],
    }


def imported(*records: dict) -> None:
    rows = [(line, parse_record(each)) for line, each in enumerate(records, 1)]
    write_rows(rows, run=ImportRunFactory(), at=START)


def stored(number: int) -> tuple[int | None, int | None]:
    row = Interaction.objects.get(external_id=str(number))
    return row.days_since_last, row.days_to_next


def test_an_import_in_any_order_knows_who_came_back(db):
    day = dt.timedelta(days=1)
    imported(record(3, START + 6 * day, "a"), record(1, START, "a"))
    assert [stored(1), stored(3)] == [(None, 6), (6, None)]
    imported(record(2, START + 2 * day, "a"))
    assert [stored(1), stored(2), stored(3)] == [(None, 2), (2, 4), (4, None)]
    # Corrected: it was another customer after all.
    imported(record(2, START + 2 * day, "b"))
    assert [stored(1), stored(2), stored(3)] == [(None, 6), (None, None), (6, None)]


def test_an_import_asks_as_often_for_many_as_for_few(db):
    def asked(rows: int, label: int) -> int:
        records = [
            record(1000 * label + n, START + dt.timedelta(days=n), f"{label}-{n % 3}")
            for n in range(rows)
        ]
        with CaptureQueriesContext(connection) as queries:
            imported(*records)
        return len([each for each in queries if "executemany" not in each["sql"]])

    asked(3, 1)
    # Fewer than fill one portion of SQLite's parameters.
    assert asked(9, 2) == asked(20, 3)


class TestBesideTheArrays(TestCase):
    """`measurement.first_contact_resolution` works on arrays of days; the rows have to say the same."""

    @hypothesis_settings(max_examples=25, deadline=None)
    @given(
        contacts=st.lists(
            st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 25)), max_size=14
        ),
        window=st.integers(1, 10),
        today=st.integers(0, 35),
    )
    def test_rows_and_arrays_agree(self, contacts, window, today):
        Interaction.objects.all().delete()
        customers = [CustomerFactory() for _each in range(3)]
        zone = timezone.get_default_timezone()
        for who, what, day in contacts:
            at = dt.datetime(2026, 3, 20, 12, tzinfo=zone) + dt.timedelta(days=day)
            InteractionFactory(
                customer=customers[who], flow=f"f{what}", started_at=at, ended_at=None,
                transcript=None,
            )  # fmt: skip
        note_returns([customer.pk for customer in customers])
        expected = first_contact_resolution(
            [who for who, _what, _day in contacts],
            [what for _who, what, _day in contacts],
            [day for _who, _what, day in contacts],
            today=today,
            window=window,
        )
        on = dt.date(2026, 3, 20) + dt.timedelta(days=today)
        rows = Interaction.objects.filter(MATCHED).filter(ripe(window, today=on))
        assert rows.count() == expected.ripe
        assert rows.filter(stayed_away(window)).count() == expected.resolved


def test_star_gives_what_counting_by_hand_gives(db):
    """Over the public sample: who came back within 7 days, waits and first responses, summed twice."""
    if not STAR.exists():
        pytest.skip("The public sample of 3,000 chats is not on this machine.")
    with gzip.open(STAR, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    for start in range(0, len(records), 500):
        imported(*records[start : start + 500])
    assert Interaction.objects.count() == 3000

    zone = ZoneInfo(settings.TIME_ZONE)
    seen = defaultdict(list)
    waits = longest = 0
    for each in records:
        flow = [name for name in dict.fromkeys(each["flow"] or []) if name]
        subflow = [name for name in dict.fromkeys(each["subflow"] or []) if name]
        customer = (each["customer"] or {}).get("id")
        if flow and customer and each["started_at"]:
            at = dt.datetime.fromisoformat(each["started_at"])
            at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
            seen[customer, tuple(flow), tuple(subflow)].append(at)
        times = [
            (message["speaker"], message["offset_seconds"])
            for message in each["messages"]
            if message["speaker"] != "system"
        ]
        found = []
        asked: list[float | None] = []
        for speaker, at_second in times:
            if speaker == "customer":
                asked.append(at_second)
            elif asked:
                if asked[0] is not None and at_second is not None:
                    found.append(max(0, at_second - asked[0]))
                asked = []
        waits += len(found)
        longest += round(max(found)) if found else 0
    repeats = 0
    for times_of_one in seen.values():
        times_of_one.sort()
        for before, after in pairwise(times_of_one):
            gap = after.astimezone(zone).toordinal() - before.astimezone(zone).toordinal()
            repeats += gap <= 7
    rows = Interaction.objects.filter(MATCHED)
    assert rows.count() == sum(map(len, seen.values()))
    assert rows.filter(is_repeat(7)).count() == repeats
    assert rows.exclude(stayed_away(7)).count() == repeats
    values = Interaction.objects.values_list("gap_count", "longest_gap_seconds")
    assert sum(count or 0 for count, _longest in values) == waits
    assert sum(seconds or 0 for _count, seconds in values) == longest
