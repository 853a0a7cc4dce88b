"""Waits, what a source says of the service, and what is worked out again for older rows."""

import datetime as dt
import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from interactions.importing.rows import RowRejected, parse_record
from interactions.importing.writing import write_rows
from interactions.models import Customer, Interaction
from interactions.service_facts import Gaps, gaps_of
from tests.factories.interactions import ImportRunFactory, InteractionFactory

AT = dt.datetime(2026, 9, 14, 12, tzinfo=dt.UTC)


def said(*turns: tuple[Any, ...]) -> list[dict[str, Any]]:
    speakers = {"c": "customer", "a": "agent", "s": "system"}
    found = []
    for who, offset, *more in turns:
        message = {"speaker": speakers[who], "text": "…", "offset": offset}
        found.append(message | ({"duration": more[0]} if more else {}))
    return found


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([], Gaps()),
        ([("c", None), ("a", None)], Gaps()),
        ([("a", 0), ("a", 10)], Gaps(0)),
        ([("c", 0), ("a", 30)], Gaps(1, 30, 30, 0)),
        # Asking again does not begin the wait anew; answering twice is one answer.
        ([("c", 0), ("c", 20), ("a", 30), ("a", 90)], Gaps(1, 30, 30, 0)),
        ([("c", 0), ("a", 10), ("c", 20), ("a", 120), ("c", 130), ("a", 150)], Gaps(3, 100, 20, 0)),
        # What is done in tools is no answer; what is never answered is no wait.
        ([("c", 0), ("s", 5), ("a", 40), ("c", 50)], Gaps(1, 40, 40, 0)),
        # An unknown end on either side leaves the wait out.
        ([("c", None), ("a", 10), ("c", 20), ("a", 25)], Gaps(1, 5, 5)),
        ([("c", 0), ("a", None), ("c", 20), ("a", 25)], Gaps(1, 5, 5)),
        # Spoken: from its end. Whoever is interrupted waited no time.
        ([("c", 0, 12.0), ("a", 15)], Gaps(1, 3, 3, 0)),
        ([("c", 0, 12.0), ("a", 10)], Gaps(1, 0, 0, 0)),
        # The first question is where it begins, whoever spoke before and whether or not it is answered.
        ([("a", 0), ("c", 7), ("c", 9)], Gaps(0, asked=7)),
        ([("c", 4.6), ("a", 5), ("c", 20), ("a", None)], Gaps(1, 0, 0, 5)),
    ],
)
def test_gaps_are_the_waits_for_an_answer(turns, expected):
    assert gaps_of(said(*turns)) == expected


def record(**more: Any) -> dict[str, Any]:
    return {
        "source": "desk",
        "external_id": "1",
        "channel": "chat",
        "started_at": "2026-09-14T10:00:00Z",
        "messages": [
            {"speaker": "customer", "text": "Hello?", "offset_seconds": 0},
            {"speaker": "agent", "text": "Good morning.", "offset_seconds": 42},
        ],
    } | more


def test_a_row_says_what_the_source_knows_of_the_service():
    row = parse_record(
        record(
            resolved_at="2026-09-14T12:00:00Z", transfers=2, reopened=True, handling_seconds=61.6
        )
    )

    assert (row.transfers, row.reopened, row.handling_seconds) == (2, 1, 62)
    assert (row.resolution_seconds, row.gap_count, row.longest_gap_seconds) == (7200, 1, 42)


def test_a_row_without_them_keeps_its_digest():
    """Else every row that is here would be written again with the next import."""
    plain = parse_record(record(customer={"id": "7", "name": "Carla"}))
    empty = parse_record(
        record(customer={"id": "7", "name": "Carla", "since": None}, transfers=None)
    )
    dated = parse_record(record(customer={"id": "7", "name": "Carla", "since": "2020-02-01"}))
    moved = parse_record(record(customer={"id": "7", "name": "Carla"}, transfers=0))

    assert plain.content_hash == empty.content_hash
    assert len({plain.content_hash, dated.content_hash, moved.content_hash}) == 3


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"transfers": -1}, "transfers is -1; expected a whole number from 0 to 1000, or null"),
        ({"reopened": "twice"}, 'reopened is "twice"; expected a whole number'),
        ({"handling_seconds": "1:02"}, 'handling_seconds is "1:02"; expected seconds'),
        ({"resolved_at": "2026-09-14T09:59:59Z"}, "expected a time not before started_at"),
        ({"customer": {"id": "1", "since": "soon"}}, 'customer.since is "soon"; expected a date'),
        (
            {"customer": {"id": "1", "since": "2026-02-01", "left_on": "2026-01-31"}},
            "customer.left_on is",
        ),
    ],
)
def test_a_wrong_fact_is_named(more, reason):
    with pytest.raises(RowRejected) as rejected:
        parse_record(record(**more))
    assert reason in rejected.value.reason


def imported(*records: dict[str, Any]) -> None:
    run = ImportRunFactory()
    rows = [(line, parse_record(each)) for line, each in enumerate(records, 1)]
    tally = write_rows(rows, run=run, at=AT)
    assert not tally.rejections


def test_an_import_keeps_facts_and_the_customers_dates(db):
    imported(
        record(
            customer={"id": "7", "name": "Carla", "since": "2020-02-01"},
            resolved_at="2026-09-14T12:00:00Z",
            transfers=1,
        )
    )
    imported(record(external_id="2", customer={"id": "7", "left_on": "2026-09-30"}))

    row = Interaction.objects.get(external_id="1")
    assert (row.resolution_seconds, row.transfers, row.reopened) == (7200, 1, None)
    assert (row.gap_count, row.median_gap_seconds) == (1, 42)
    customer = Customer.objects.get()
    assert (customer.name, customer.since, customer.left_on) == (
        "Carla",
        dt.date(2020, 2, 1),
        dt.date(2026, 9, 30),
    )


def test_recompute_fills_older_rows_once_and_writes_nothing_the_second_time(db):
    imported(record(flow="orders", customer={"id": "7"}))
    imported(
        record(
            external_id="2",
            flow="orders",
            customer={"id": "7"},
            started_at="2026-09-16T10:00:00Z",
            resolved_at="2026-09-16T11:00:00Z",
        )
    )
    bare = InteractionFactory(transcript=None)
    good = list(Interaction.objects.order_by("pk").values())
    Interaction.objects.update(
        gap_count=None,
        longest_gap_seconds=9,
        median_gap_seconds=None,
        resolution_seconds=None,
        days_to_next=5,
        days_since_last=None,
    )
    Interaction.objects.filter(pk=bare.pk).update(longest_gap_seconds=None, days_to_next=None)

    out = io.StringIO()
    call_command("recompute_service_facts", "--batch", "1", stdout=out)
    assert list(Interaction.objects.order_by("pk").values()) == good
    assert out.getvalue() == "3 interactions: 2 with other waits or times, 2 with other returns.\n"

    again = io.StringIO()
    call_command("recompute_service_facts", stdout=again)
    assert "0 with other waits or times, 0 with other returns" in again.getvalue()


def test_recompute_refuses_a_batch_of_nothing(db):
    with pytest.raises(CommandError, match="from 1 to 5000"):
        call_command("recompute_service_facts", "--batch", "0")
