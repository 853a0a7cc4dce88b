"""What a line must look like, what is made of it, and what is said when it does not fit."""

import datetime as dt
import json

import pytest

from interactions.importing.reading import Line
from interactions.importing.rows import (
    CustomerReference,
    RowRejected,
    parse_line,
    parse_record,
)


def record(**changes):
    return {
        "source": "desk",
        "external_id": "1",
        "channel": "chat",
        "messages": [
            {"speaker": "customer", "text": "Hello?", "offset_seconds": 5},
            {"speaker": "agent", "text": "Good morning.", "offset_seconds": 12.5},
        ],
        **changes,
    }


def message(**changes):
    return {"speaker": "agent", "text": "Yes.", "offset_seconds": None, **changes}


def reason(row) -> str:
    with pytest.raises(RowRejected) as caught:
        parse_record(row)
    return caught.value.reason


def test_the_smallest_row():
    row = parse_record({**record(), "messages": [{"speaker": "customer", "text": "Hello?"}]})
    assert (row.source, row.external_id, row.channel) == ("desk", "1", "chat")
    assert row.messages == [{"id": "m1", "speaker": "customer", "text": "Hello?", "offset": None}]
    assert row.customer is None
    assert (row.agent_reference, row.agent_name, row.agent_email) == ("", "", "")
    assert (row.started_at, row.ended_at, row.duration_seconds) == (None, None, None)
    assert row.first_response_seconds is None
    assert row.labels == {}
    assert row.text == "Hello?"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"source": None}, "source is null; expected text"),
        ({"source": "x" * 61}, "expected at most 60 characters"),
        ({"external_id": ""}, 'external_id is ""; expected text'),
        ({"external_id": True}, "external_id is true; expected text or null"),
        ({"external_id": "a\x00b"}, "external_id contains a NUL character"),
        ({"channel": "fax"}, 'channel is "fax"; expected phone, email, chat or social'),
        ({"channel": None}, "channel is null; expected phone, email, chat or social"),
        (
            {"started_at": "yesterday"},
            'started_at is "yesterday"; expected a time like 2026-03-31T09:30:00Z or null',
        ),
        ({"ended_at": 1700000000}, "ended_at is 1700000000; expected a time like"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "expected a time like"),
        (
            {"started_at": "2026-01-02T00:00:00Z", "ended_at": "2026-01-01T00:00:00Z"},
            'ended_at is "2026-01-01T00:00:00Z"; expected a time not before started_at',
        ),
        ({"customer": "Ann"}, 'customer is "Ann"; expected an object or null'),
        ({"customer": {"name": 7}}, "customer.name is 7; expected text or null"),
        ({"agent": [1]}, "agent is [1]; expected an object or null"),
        ({"agent": {"name": "x" * 201}}, "expected at most 200 characters"),
        ({"flow": {"a": 1}}, 'flow is {"a": 1}; expected text, a list of texts or null'),
        ({"subflow": ["a", 1]}, 'subflow is ["a", 1]; expected text, a list of texts or null'),
        ({"labels": "x"}, 'labels is "x"; expected an object or null'),
        ({"labels": {"a": float("inf")}}, "labels contains a number too large to store"),
        ({"labels": {"a": ["\x00"]}}, "labels contains a NUL character"),
        ({"messages": None}, "messages is null; expected a list of messages"),
        (
            {"started_at": "9999-12-31T23:59:59Z"},
            'started_at is "9999-12-31T23:59:59Z"; expected a time like',
        ),
        (
            {"ended_at": "0001-01-01T00:00:00Z"},
            'ended_at is "0001-01-01T00:00:00Z"; expected a time',
        ),
        ({"messages": [message()] * 10_001}, "messages has 10001 entries; expected at most 10000"),
        ({"messages": ["Hi"]}, 'messages[0] is "Hi"; expected an object'),
        (
            {"messages": [message()] * 3 + [message(speaker="bot")]},
            'messages[3].speaker is "bot"; expected agent, customer or system',
        ),
        ({"messages": [message(text=3)]}, "messages[0].text is 3; expected text or null"),
        ({"messages": [message(text=" ")]}, 'messages[0].text is " "; expected text, or an action'),
        ({"messages": [message(text=None)]}, "messages[0].text is null; expected text, or an act"),
        ({"messages": [message(text="a\x00")]}, "messages[0].text contains a NUL character"),
        ({"messages": [message(text="\ud800")]}, "half a character"),
        (
            {"messages": [message(offset_seconds=-1)]},
            "messages[0].offset_seconds is -1; expected seconds, 0 or more, or null",
        ),
        ({"messages": [message(offset_seconds="3")]}, 'offset_seconds is "3"; expected seconds'),
        ({"messages": [message(offset_seconds=True)]}, "offset_seconds is true; expected seconds"),
        ({"messages": [message(duration_seconds=1e12)]}, "duration_seconds is 1000000000000.0"),
        ({"messages": [message(action=4)]}, "messages[0].action is 4; expected text or null"),
        ({"messages": [message(action={"name": [], "a": 1})]}, "messages[0].action.name is []"),
        ({"messages": [message(action={"name": "a", "b": "\x00"})]}, "contains a NUL character"),
    ],
)
def test_each_fault_names_field_value_and_what_was_expected(changes, expected):
    assert expected in reason(record(**changes))


def test_all_faults_of_a_row_are_in_one_reason():
    assert reason(record(channel="fax", external_id=None, labels=1)) == (
        "external_id is null; expected text. "
        'channel is "fax"; expected phone, email, chat or social. '
        "labels is 1; expected an object or null"
    )


def test_a_missing_field_is_called_missing():
    assert reason({"channel": "chat", "messages": [message()]}) == (
        "source is missing. external_id is missing"
    )


def test_a_rejected_row_keeps_the_id_it_has():
    with pytest.raises(RowRejected) as caught:
        parse_record(record(external_id=77, channel="fax"))
    assert caught.value.external_id == "77"


def test_a_reason_never_outgrows_its_column():
    assert len(reason(record(messages=[message(speaker="x" * 900)] * 100))) == 500


@pytest.mark.parametrize("value", [None, 5, "x", [1, 2]])
def test_a_line_that_is_no_object_is_rejected(value):
    assert reason(value) == (
        f"The line is {json.dumps(value)}; expected an object with source, external_id, …"
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "The line is longer than 4 MB."),
        (b"{", "The line is not JSON: Expecting property name enclosed in double quotes at "),
        (b'{"a": NaN}', "The line is not JSON: NaN is not a JSON number."),
        (b'{"a": 1' + b"0" * 5000 + b"}", "The line is not JSON: Exceeds the limit"),
        (b"[" * 100_000, "The line is not JSON: maximum recursion depth exceeded"),
        (b'{"a": "\xe9"}', "The line is not UTF-8 text: byte 8 is 0xe9."),
    ],
)
def test_a_line_that_cannot_be_decoded_is_rejected(content, expected):
    with pytest.raises(RowRejected) as caught:
        parse_line(Line(number=1, content=content, position=0))
    assert caught.value.reason.startswith(expected)


def test_times_without_a_zone_are_utc_and_others_become_utc():
    row = parse_record(
        record(started_at="2026-03-31T09:30:00", ended_at="2026-03-31T12:00:00.500+02:00")
    )
    assert row.started_at == dt.datetime(2026, 3, 31, 9, 30, tzinfo=dt.UTC)
    assert row.ended_at == dt.datetime(2026, 3, 31, 10, 0, 0, 500_000, tzinfo=dt.UTC)
    assert row.duration_seconds == 1800


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        (None, None),
        ({"id": None, "name": None, "tier": None}, None),
        ({"id": 7, "email": "a@b.c"}, CustomerReference("7", "", "")),
        ({"id": None, "username": "ann", "phone": "1"}, CustomerReference("ann", "", "")),
        ({"phone": "1", "email": "a@b.c", "tier": "gold"}, CustomerReference("a@b.c", "", "gold")),
        ({"phone": "(1) 2"}, CustomerReference("(1) 2", "", "")),
        ({"name": "Ann"}, CustomerReference("interaction:1", "Ann", "")),
    ],
)
def test_a_customer_is_known_by_the_first_of_id_username_email_and_phone(customer, expected):
    assert parse_record(record(customer=customer)).customer == expected


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ({"id": 46, "name": "Elizabeth"}, ("46", "Elizabeth", "")),
        ({"email": "Ada@Example.org"}, ("ada@example.org", "", "ada@example.org")),
        ({"id": "a1", "email": "ada@example.org"}, ("a1", "", "ada@example.org")),
        ({"id": None, "name": None}, ("", "", "")),
    ],
)
def test_an_agent_is_kept_as_the_source_names_them(agent, expected):
    row = parse_record(record(agent=agent))
    assert (row.agent_reference, row.agent_name, row.agent_email) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"subject": "My sofa", "flow": "orders"}, "My sofa"),
        ({"flow": "order_issue", "subflow": "status_mystery-fee"}, "Status mystery fee"),
        ({"subflow": ["hotel_book", None, "hotel_book", "weather"]}, "Hotel book, weather"),
        ({"flow": "replace card", "subflow": None}, "Replace card"),
        ({}, "Hello?"),
        ({"messages": [message(speaker="customer", text="word\n" * 40)]}, "word " * 15 + "word…"),
        ({"messages": [message()]}, ""),
        ({"subject": "s" * 300}, "s" * 199 + "…"),
    ],
)
def test_the_subject_is_the_given_one_or_the_flow_or_the_first_words(changes, expected):
    assert parse_record(record(**changes)).subject == expected


def test_actions_are_kept_with_their_details_in_order():
    row = parse_record(
        record(
            messages=[
                message(speaker="system", text=None, action="open-order"),
                message(
                    speaker="system",
                    text=None,
                    action={
                        "name": "query",
                        "api": "hotel",
                        "nothing": None,
                        "constraints": [{"Name": '"Old Town"'}, {"Stars": 3, "Pets": True}],
                        "item": {"Rooms": ["a", "b"], "Price": 2.5},
                        "values": [],
                    },
                ),
            ]
        )
    )
    assert [m["action"] for m in row.messages] == ["open-order", "query"]
    assert "details" not in row.messages[0]
    assert row.messages[1]["details"] == [
        ["api", "hotel"],
        ["Name", '"Old Town"'],
        ["Stars", "3"],
        ["Pets", "true"],
        ["Rooms", "a, b"],
        ["Price", "2.5"],
    ]
    assert row.text == ""


def test_line_ends_become_one_character_and_other_text_stays_as_it_is():
    row = parse_record(record(messages=[message(text=" a\r\nb\rc\t “d” \n")]))
    assert row.messages[0]["text"] == " a\nb\nc\t “d” \n"


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["a", "b"], ["a", "b"]),
        ([10, 11], ["10", "11"]),
        (["a", "a"], ["m1", "m2"]),
        (["a", None], ["m1", "m2"]),
        (["m2", ""], ["m1", "m2"]),
        (["a b", "c"], ["m1", "m2"]),
        (["x" * 41, "c"], ["m1", "m2"]),
    ],
)
def test_message_ids_are_the_sources_own_only_when_all_of_them_are_good(ids, expected):
    row = parse_record(record(messages=[message(id=each) for each in ids]))
    assert [m["id"] for m in row.messages] == expected
    assert row.has_own_ids == (expected[0] != "m1")


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([("customer", 5), ("agent", 12.4)], 7),
        ([("agent", 0), ("customer", 5), ("system", None), ("customer", 8), ("agent", 25)], 20),
        ([("customer", None), ("agent", 12)], None),
        ([("customer", 3), ("agent", None)], None),
        ([("agent", 1)], None),
        ([("customer", 1)], None),
    ],
)
def test_first_response_runs_from_the_customers_first_message_to_the_agents_next(turns, expected):
    messages = [
        message(speaker=speaker, offset_seconds=offset, action="x") for speaker, offset in turns
    ]
    assert parse_record(record(messages=messages)).first_response_seconds == expected


def test_duration_without_an_end_is_that_of_the_messages():
    messages = [message(offset_seconds=3), message(offset_seconds=9.5, duration_seconds=2)]
    assert parse_record(record(messages=messages)).duration_seconds == 12
    assert parse_record(record(messages=[message()])).duration_seconds is None


def test_the_hash_changes_with_what_is_kept_and_with_nothing_else():
    first = parse_record(record()).content_hash
    assert parse_record(dict(reversed(record().items()))).content_hash == first
    assert parse_record(record(something_else=1, agent=None)).content_hash == first
    extra = [{**m, "reply_kind": "typed", "asr_text": "x"} for m in record()["messages"]]
    assert parse_record(record(messages=extra)).content_hash == first
    for changes in (
        {"channel": "phone"},
        {"subject": "x"},
        {"labels": {"a": 1}},
        {"agent": {"id": "a"}},
        {"customer": {"id": "c", "tier": "gold"}},
        {"started_at": "2026-01-01T00:00:00Z"},
        {"messages": record()["messages"][:1]},
    ):
        assert parse_record(record(**changes)).content_hash != first


@pytest.mark.parametrize("depth", [30, 900, 5000])
@pytest.mark.parametrize(
    "opening", ['{"labels":%s}', '{"messages":[{"action":{"name":"x","v":%s}}]}']
)
def test_parse_line_refuses_what_is_nested_too_deep(opening, depth):
    content = (opening % ("[" * depth + "]" * depth)).encode()

    with pytest.raises(RowRejected):
        parse_line(Line(1, content, len(content)))
