"""Files of every kind, good and bad, all the way into the tables."""

import bz2
import csv
import datetime as dt
import gzip
import io
import json
import lzma
import tracemalloc
import zipfile
from email.message import EmailMessage

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from interactions.importing import packing
from interactions.importing.dates import UnknownOrder, possible_orders, read_moment
from interactions.importing.planning import preview, propose
from interactions.importing.reading import MAX_LINE_BYTES, UnreadableFile
from interactions.importing.rejected import rejected_file
from interactions.importing.run import run_import
from interactions.importing.sources import Layout, inspect, read_entries
from interactions.models import ImportMapping, ImportRun, Interaction
from tests.factories.interactions import ImportRunFactory
from tests.interactions.files import json_lines, row

pytestmark = pytest.mark.django_db

TABLE = (
    "Ticket ID;Via;Created;Requester;Agent;Body\n"
    '7;Email;31/03/2026 09:30;Carla;Ada;"Where is it?\nI am waiting."\n'
    "8;Chat;01/04/2026 10:00;Cem;Ben;Hello\n"
)
SAID = {"source": "desk", "zone": "Europe/Berlin"}


def stream(data: bytes | str) -> io.BytesIO:
    return io.BytesIO(data.encode() if isinstance(data, str) else data)


def imported(data: bytes | str, name: str = "file.csv", **said) -> ImportRun:
    """Import with what a file suggests of itself and `said` beside it."""
    source = stream(data)
    plan = propose(source, name).plan
    if plan["kind"] == "table":
        mapping = plan["mapping"]
        mapping["constants"] |= {k: v for k, v in said.items() if k in {"source", "channel"}}
        mapping |= {k: v for k, v in said.items() if k in {"zone", "order", "by_message"}}
        mapping["columns"] |= said.get("columns", {})
    else:
        plan |= said
    return run_import(ImportRunFactory(plan=plan), stream=source)


def counts(run: ImportRun) -> tuple[int, int]:
    return run.created_count, run.rejected_count


def reasons(run: ImportRun) -> list[str]:
    return list(run.rejections.values_list("reason", flat=True))


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", data)
    return out.getvalue()


PACKERS = [lambda data: data, gzip.compress, bz2.compress, lzma.compress, zipped]


@pytest.mark.parametrize("pack", PACKERS, ids=["plain", "gzip", "bzip2", "xz", "zip"])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "json", "wrapped"])
def test_every_format_comes_in_plain_and_packed(pack, kind):
    rows = [row(1), row(2)]
    data = {
        "csv": TABLE.encode(),
        "jsonl": json_lines(*rows),
        "json": json.dumps(rows, indent=1).encode(),
        "wrapped": json.dumps({"count": 2, "tickets": rows, "next": None}).encode(),
    }[kind]
    assert counts(imported(pack(data), **SAID)) == (2, 0)


def test_a_table_says_everything_it_has():
    imported(TABLE, **SAID)
    found = Interaction.objects.select_related("customer", "transcript").get(external_id="7")
    assert (found.source, found.channel) == ("desk", "email")
    assert found.started_at == dt.datetime(2026, 3, 31, 7, 30, tzinfo=dt.UTC)
    assert (found.customer.name, found.agent_name, found.agent_reference) == ("Carla", "Ada", "Ada")
    assert found.transcript.turns[0].text == "Where is it?\nI am waiting."


def test_a_workbook_comes_in_with_its_own_dates():
    book = Workbook()
    book.active.append(["Ticket ID", "Via", "Created", "Body"])
    book.active.append([7, "Email", dt.datetime(2026, 3, 31, 9, 30), "Where is it?"])  # noqa: DTZ001
    out = io.BytesIO()
    book.save(out)
    assert counts(imported(out.getvalue(), **SAID)) == (1, 0)
    found = Interaction.objects.get()
    assert (found.external_id, found.started_at.hour) == ("7", 7)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_told_and_said(encoding):
    data = TABLE.replace("Carla", "Çağla" if encoding != "cp1252" else "Zoë").encode(encoding)
    layout = inspect(stream(data))
    assert layout.delimiter == ";"
    assert any("Encoding" in note for note in layout.notes)
    assert counts(imported(data, **SAID)) == (2, 0)
    assert Interaction.objects.get(external_id="7").customer.name in {"Çağla", "Zoë"}


def test_an_encoding_that_was_said_is_not_called_a_guess():
    data = b"id,body\n1,bro\xffken\n"
    assert "a guess" in inspect(stream(data)).notes[0]
    assert inspect(stream(data), encoding="utf-8").notes[0] == "Encoding: UTF-8, as was said."
    sixteen = "id,body\n1,é\n".encode("utf-16")
    assert inspect(stream(sixteen), encoding="utf-8").notes[0].startswith("Encoding: UTF-16")


def test_the_delimiter_is_found_and_shown():
    for delimiter, name in ((",", "comma"), ("\t", "tab"), ("|", "vertical bar")):
        layout = inspect(stream(f"a{delimiter}b\n1{delimiter}2\n"))
        assert layout.delimiter == delimiter
        assert layout.notes[-1] == f"Columns are separated by: {name}."


SERVICE = (
    "id,channel,created,solved at,reopens,transfers,handling seconds,customer email,customer since\n"
    "1,email,2026-03-31T09:00:00Z,2026-03-31T11:00:00Z,2,yes,0:12:30,carla@example.org,31/01/2020\n"
    "2,email,2026-03-31T09:00:00Z,,,,90,cem,\n"
)


def test_a_table_says_how_the_service_was_and_where_a_customer_is_written_to():
    assert counts(imported(SERVICE, source="desk", zone="Pacific/Auckland")) == (2, 0)
    full, bare = Interaction.objects.select_related("customer").order_by("external_id")
    assert full.resolved_at == dt.datetime(2026, 3, 31, 11, tzinfo=dt.UTC)
    assert (full.resolution_seconds, full.reopened, full.transfers) == (7200, 2, 1)
    assert full.handling_seconds == 750
    # The day as written: no zone moves it.
    assert (full.customer.email, full.customer.since) == ("carla@example.org", dt.date(2020, 1, 31))
    assert (bare.resolved_at, bare.reopened, bare.transfers) == (None, None, None)
    assert bare.handling_seconds == 90
    # Who is known by something else is known all the same; it is no address.
    assert (bare.customer.external_id, bare.customer.email) == ("cem", "")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (",2,yes,", ",often,yes,", 'row 2, column “reopens” is "often"; expected a whole number'),
        ("0:12:30", "12 min", "expected seconds, or a time like 0:12:30"),
        ("31/01/2020", "soon", 'column “customer since” is "soon"'),
    ],
)
def test_a_fact_of_the_service_that_is_none_is_named(old, new, said):
    run = imported(SERVICE.replace(old, new), source="desk", zone="UTC", order="dmy")
    assert counts(run) == (1, 1)
    assert said in reasons(run)[0]


def test_a_day_needs_an_order_and_no_zone():
    faults = propose(stream("id,customer since\n1,03/04/2020\n"), "x.csv").faults
    assert any("whether the day or the month comes first" in fault for fault in faults)
    assert not any("time zone" in fault for fault in faults)


# Rows of one interaction -------------------------------------------------------------------------

MESSAGES = (
    "conversation id,channel,sender type,author id,author name,sent at,body\n"
    "a,chat,user,u1,Carla,2026-03-31T09:00:00Z,Where is it?\n"
    "b,chat,user,u2,Cem,2026-03-31T09:05:00Z,Hello\n"
    "a,chat,admin,s1,Ada,2026-03-31T09:01:00Z,On its way.\n"
    "b,chat,admin,s1,Ada,2026-03-31T09:09:00Z,Good morning.\n"
)


def test_rows_of_one_interaction_are_found_wherever_they_stand():
    assert counts(imported(MESSAGES, **SAID)) == (2, 0)
    found = Interaction.objects.select_related("transcript").get(external_id="a")
    assert [(turn.speaker, turn.offset) for turn in found.transcript.turns] == [
        ("customer", 0),
        ("agent", 60),
    ]
    assert (found.agent_reference, found.agent_name, found.first_response_seconds) == (
        "s1",
        "Ada",
        60,
    )
    assert imported(MESSAGES, **SAID).unchanged_count == 2


def test_a_grouped_file_goes_on_where_it_stopped():
    source = stream(MESSAGES)
    plan = propose(source, "x.csv").plan
    plan["mapping"]["constants"]["source"] = "desk"
    run = run_import(ImportRunFactory(plan=plan), stream=source, batch=1, should_stop=lambda: True)
    assert (run.state, run.created_count) == (ImportRun.State.STOPPED, 1)
    ImportRun.objects.update(state=ImportRun.State.WAITING)
    run = run_import(run, stream=source)
    assert (run.state, run.created_count) == (ImportRun.State.DONE, 2)


# Bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "open_question"), [("Who", ""), ("Wer", "Say which column tells who speaks")]
)
def test_ids_that_mostly_repeat_are_taken_for_messages(who, open_question):
    table = f"Ticket,Channel,Opened,Customer mail,Sent at,{who},Body\n" + "".join(
        f"{ticket},email,2026-03-31 09:30,c@example.org,2026-03-31 09:{30 + number},{side},Hello\n"
        for ticket in (1, 2)
        for number, side in enumerate(["customer", "agent", "customer"])
    )
    found = propose(stream(table), "export.csv")

    rules = found.plan["mapping"]
    assert rules["by_message"]
    assert rules["columns"]["Sent at"] == "message_at"
    assert rules["columns"]["Customer mail"] == "customer_email"
    asked = [fault for fault in found.faults if "who speaks" in fault]
    assert len(asked) == bool(open_question)
    assert all(fault.startswith(open_question) for fault in asked)


def test_one_id_that_repeats_makes_no_messages_of_a_table():
    table = "Ticket,Channel,Opened,Body\n" + "".join(
        f"{ticket},email,2026-03-31,Hello {number}\n" for number, ticket in enumerate([1, 2, 2])
    )
    assert not propose(stream(table), "export.csv").plan["mapping"]["by_message"]


def test_a_date_in_an_unknown_order_is_asked_for_and_never_guessed():
    data = "id,channel,created,body\n1,email,03/04/2026 10:00,Hi\n"
    found = propose(stream(data), "x.csv")
    assert any("whether the day or the month comes first" in fault for fault in found.faults)
    assert reasons(imported(data, source="desk")) == [
        'row 2, column “created” is "03/04/2026 10:00"; expected a date whose order is known: say '
        "whether day or month comes first"
    ]
    assert Interaction.objects.count() == 0
    assert counts(imported(data, source="desk", order="mdy")) == (1, 0)
    assert Interaction.objects.get().started_at.month == 3


def test_a_date_that_contradicts_the_order_is_named():
    data = "id,channel,created,body\n1,email,31/03/2026,Hi\n2,email,03/31/2026,Hi\n"
    run = imported(data, source="desk", order="dmy")
    assert counts(run) == (1, 1)
    assert "expected a date in the order day, month, year" in reasons(run)[0]


def test_orders_that_fit():
    assert possible_orders(["03/04/2026"]) == {"dmy", "mdy"}
    assert possible_orders(["03/04/2026", "31/03/2026"]) == {"dmy"}
    assert possible_orders(["2026-03-31", "31 March 2026"]) == set()
    with pytest.raises(UnknownOrder):
        read_moment("03/04/2026")
    assert read_moment("Mar 31, 2026 9:30 PM", zone="Europe/Berlin").hour == 19


def test_a_broken_byte_names_line_column_and_place():
    data = b"id,channel,body\n1,chat,fine\n2,chat,bro\xffken\n"
    padded = data.replace(b"fine", b"x" * 300_000)
    run = imported(padded, source="desk")
    assert counts(run) == (1, 1)
    assert reasons(run) == ["Column “body”: byte 0xff is no text in this encoding, after “bro”"]
    assert run.rejections.get().line == 3


def test_a_wrong_delimiter_is_said_for_each_row():
    source = stream("id;channel;body\n1,chat,hello\n")
    entries = list(read_entries(source, Layout("table", delimiter=";")))
    assert [entry.fault for entry in entries] == [
        "The row has 1 value; expected 3. Is the separator right?"
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            'id,channel,body\n1,chat,"never closed\n2,chat,x\n',
            "A quotation mark in the row is never",
        ),
        ("id,channel,body\n1,chat,a,b\n", "The row has 4 values; expected 3"),
        ('id,channel,body\n1,chat,"a"b\n', "A quotation mark stands inside of a value"),
    ],
)
def test_broken_rows_are_rejected_whole(text, fault):
    run = imported(text, source="desk")
    assert run.created_count == 0
    assert reasons(run)[0].startswith(fault)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_truncated_file_keeps_what_came_before_and_is_an_error(pack):
    lines = "".join(f"{number},chat,{number * 7919}\n" for number in range(1_500))
    data = pack(("id,channel,body\n" + lines).encode())
    source = stream(data[: len(data) // 2])
    plan = propose(stream(data), "x.csv").plan
    plan["mapping"]["constants"]["source"] = "desk"
    run = run_import(ImportRunFactory(plan=plan), stream=source, batch=500)
    assert run.state == ImportRun.State.FAILED
    assert "breaks off after line" in run.failure
    assert run.rejected_count == 0


def test_a_truncated_zip_is_refused():
    with pytest.raises(UnreadableFile, match="damaged or was not copied completely"):
        propose(stream(zipped(TABLE.encode())[:-30]), "x.zip")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zipped])
def test_a_bomb_is_not_unpacked(pack, monkeypatch):
    monkeypatch.setattr(packing, "UNQUESTIONED_BYTES", 1024 * 1024)
    data = pack(b'{"a": 1}\n' + b" " * 20_000_000)
    with pytest.raises(UnreadableFile, match="unpacks to more than 250 times its size"):
        _exhaust(data)


def _exhaust(packed):
    source = packing.unpacked(stream(packed))
    while source.read(1 << 16):
        pass


def test_a_line_of_two_gigabytes_is_passed_over_in_constant_memory(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as out:
        out.write(b"id,channel,body\n1,chat,first\n")
        out.seek(2 * 1024**3)
        out.write(b"\n2,chat,last\n")
    layout = Layout("table", delimiter=",")
    tracemalloc.start()
    try:
        with path.open("rb") as source:
            entries = list(read_entries(source, layout))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [entry.number for entry in entries] == [2, 3, 4]
    assert "longer than 4 MB" in entries[1].fault
    assert peak < 6 * MAX_LINE_BYTES


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The file is empty."),
        (b"\x00\x01\x02\x03\n", "The file is not text."),
        (b"7z\xbc\xaf\x27\x1c....", "a 7-Zip archive"),
        (b"\xd0\xcf\x11\xe0........", "an old Excel or Word document"),
        (b'[{"a": 1}, {"b": ', "breaks off"),
    ],
)
def test_what_cannot_be_read_is_said_plainly(data, message):
    with pytest.raises(UnreadableFile, match=message.replace(".", r"\.")):
        list(read_entries(stream(data), inspect(stream(data))))


def test_a_table_with_a_header_and_nothing_else_is_a_failure():
    run = imported("id,channel,body\n", source="desk")
    assert (run.state, run.failure) == (ImportRun.State.FAILED, "There is no row in this file.")


# Rejected rows -----------------------------------------------------------------------------------


def test_rejected_rows_come_back_as_a_table_that_can_be_mended_and_imported():
    data = "id,channel,created,body\n1,email,soon,=1+1\n2,email,2026-03-31T10:00:00Z,fine\n"
    run = imported(data, source="desk")
    text = "".join(rejected_file(run).lines)
    [header, cells] = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert header == ["id", "channel", "created", "body", "import_reason"]
    assert cells[:4] == ["1", "email", "soon", "'=1+1"]

    mended = text.replace("soon", "2026-04-01T10:00:00Z")
    assert counts(imported(mended, source="desk")) == (1, 0)
    found = Interaction.objects.select_related("transcript").get(external_id="1")
    assert found.transcript.turns[0].text == "=1+1"


def test_bytes_that_are_no_text_do_not_keep_the_rejected_rows_back():
    data = b"id,channel,created,body\n1,email,2026-03-31T10:00:00Z,caf\xe9\n2,fax\x8f,soon,b\n"
    run = imported(data, source="desk")
    text = "".join(rejected_file(run).lines)
    assert "\ufffd" in text
    assert text.encode()


def test_rejected_objects_come_back_as_json_lines():
    run = imported(json_lines(row(1), row(2, channel="fax")), name="x.jsonl")
    [line] = rejected_file(run).lines
    mended = json.loads(line)
    assert mended["import_reason"].startswith("channel is")
    assert counts(imported(json_lines({**mended, "channel": "chat"}), name="y.jsonl")) == (1, 0)


# Help desks --------------------------------------------------------------------------------------

ZENDESK = {
    "id": 35436,
    "subject": "Late sofa",
    "description": "Where is it?",
    "created_at": "2026-03-31T09:00:00Z",
    "updated_at": "2026-04-01T09:00:00Z",
    "status": "solved",
    "via": {"channel": "email"},
    "requester_id": 11,
    "assignee_id": 22,
    "requester": {"id": 11, "name": "Carla", "email": "carla@example.org"},
    "assignee": {"id": 22, "name": "Ada", "email": "ada@example.org"},
    "comments": [
        {
            "id": 1,
            "author_id": 11,
            "body": "Where is it?",
            "public": True,
            "created_at": "2026-03-31T09:00:00Z",
        },
        {
            "id": 2,
            "author_id": 22,
            "body": "Check the courier",
            "public": False,
            "created_at": "2026-03-31T09:10:00Z",
        },
        {
            "id": 3,
            "author_id": 22,
            "html_body": "<p>It <b>comes</b> today.</p>",
            "public": True,
            "created_at": "2026-03-31T09:20:00Z",
        },
    ],
}
INTERCOM = {
    "type": "conversation",
    "id": "147",
    "created_at": 1774947600,
    "source": {
        "type": "conversation",
        "body": "<p>Where is it?</p>",
        "author": {"type": "user", "id": "u1", "name": "Carla"},
    },
    "conversation_rating": {"rating": 2, "remark": "slow"},
    "admin_assignee_id": 25,
    "conversation_parts": {
        "conversation_parts": [
            {
                "id": "1",
                "part_type": "note",
                "body": "Check",
                "created_at": 1774947660,
                "author": {"type": "admin", "id": "25", "name": "Ada"},
            },
            {
                "id": "2",
                "part_type": "comment",
                "body": "<p>Today.</p>",
                "created_at": 1774947720,
                "author": {"type": "admin", "id": "25", "name": "Ada"},
            },
        ]
    },
}
CHATWOOT = {
    "id": 5,
    "inbox_id": 1,
    "created_at": 1774947600,
    "meta": {
        "sender": {"id": 9, "name": "Carla"},
        "assignee": {"id": 3, "name": "Ada"},
        "channel": "Channel::WebWidget",
    },
    "messages": [
        {
            "id": 1,
            "content": "Where is it?",
            "message_type": 0,
            "created_at": 1774947600,
            "sender": {"id": 9},
        },
        {
            "id": 2,
            "content": "Check",
            "message_type": 1,
            "private": True,
            "created_at": 1774947650,
            "sender": {"id": 3},
        },
        {
            "id": 3,
            "content": "Today.",
            "message_type": 1,
            "created_at": 1774947720,
            "sender": {"id": 3, "type": "user"},
        },
    ],
}
FRESHDESK = {
    "id": 20,
    "subject": "Late sofa",
    "source": 1,
    "requester_id": 1,
    "responder_id": 7,
    "description_text": "Where is it?",
    "created_at": "2026-03-31T09:00:00Z",
    "conversations": [
        {
            "id": 2,
            "body_text": "Check",
            "incoming": False,
            "private": True,
            "user_id": 7,
            "created_at": "2026-03-31T09:01:00Z",
        },
        {
            "id": 3,
            "body_text": "Today.",
            "incoming": False,
            "private": False,
            "user_id": 7,
            "created_at": "2026-03-31T09:02:00Z",
        },
    ],
}


@pytest.mark.parametrize(
    ("preset", "record", "channel", "agent"),
    [
        ("zendesk", ZENDESK, "email", "22"),
        ("intercom", INTERCOM, "chat", "25"),
        ("chatwoot", CHATWOOT, "chat", "3"),
        ("freshdesk", FRESHDESK, "email", "7"),
    ],
)
def test_exports_of_help_desks_are_known_by_their_looks(preset, record, channel, agent):
    source = stream(json.dumps([record]))
    plan = propose(source, "export.json").plan
    assert (plan["kind"], plan["preset"]) == ("preset", preset)
    run = run_import(ImportRunFactory(plan=plan), stream=source)
    assert (counts(run), reasons(run)) == ((1, 0), [])
    found = Interaction.objects.select_related("transcript", "customer").get()
    turns = found.transcript.turns
    assert (found.source, found.channel, found.agent_reference) == (preset, channel, agent)
    assert [turn.speaker for turn in turns] == ["customer", "system", "agent"]
    assert turns[1].action == "internal_note"
    assert found.first_response_seconds is not None
    assert found.customer is not None


@pytest.mark.parametrize(
    ("record", "reopened"),
    [
        (ZENDESK | {"metric_set": {"solved_at": "2026-03-31T10:00:00Z", "reopens": 1}}, 1),
        (INTERCOM | {"statistics": {"last_close_at": 1774951200, "count_reopens": 2}}, 2),
        (FRESHDESK | {"stats": {"resolved_at": "2026-03-31T10:00:00Z"}}, None),
    ],
    ids=["zendesk", "intercom", "freshdesk"],
)
def test_help_desks_say_when_something_was_resolved(record, reopened):
    source = stream(json.dumps([record]))
    run = run_import(ImportRunFactory(plan=propose(source, "x.json").plan), stream=source)
    assert (counts(run), reasons(run)) == ((1, 0), [])
    found = Interaction.objects.get()
    assert (found.resolution_seconds, found.reopened) == (3600, reopened)


def test_an_object_that_is_laid_out_otherwise_is_named():
    data = json.dumps(
        [ZENDESK, {"requester_id": 1, "comments": []}, {**ZENDESK, "created_at": "soon"}]
    )
    run = imported(data, "export.json")
    assert run.created_count == 1
    assert reasons(run) == [
        "“id” is missing; expected an object of Zendesk",
        '"soon" is no time that Zendesk writes',
    ]


# Mail and chats ----------------------------------------------------------------------------------


def mail(sender, text, *, own, answers="", html=False, attachment="", day=1) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "x@y.z", "Re: Sofa"
    message["Message-ID"] = own
    message["Date"] = f"Tue, {day:02} Sep 2026 10:00:00 +0200"
    if answers:
        message["In-Reply-To"] = message["References"] = answers
    message.set_content(text, subtype="html" if html else "plain")
    if attachment:
        message.add_attachment(b"x", maintype="application", subtype="pdf", filename=attachment)
    return bytes(message)


def test_mails_that_answer_one_another_are_one_interaction_in_any_order():
    box = b"".join(
        b"From x Tue Sep  1 10:00:00 2026\n" + each + b"\n"
        for each in (
            mail(
                "Ada <ada@shop.example>",
                "<p>It comes <b>today</b>.</p>",
                own="<2@shop>",
                answers="<1@home>",
                html=True,
                attachment="plan.pdf",
                day=2,
            ),
            mail(
                "Carla <carla@home.example>",
                "Thanks!\n\nOn Tue, 2 Sep 2026 Ada wrote:\n> It comes today.\n",
                own="<3@home>",
                answers="<2@shop>",
                day=3,
            ),
            mail("Carla <carla@home.example>", "Where is it?", own="<1@home>", day=1),
            mail("Cem <cem@home.example>", "Other", own="<9@home>"),
        )
    )
    run = imported(box, "box.mbox", agents=["shop.example"], source="mail")
    assert counts(run) == (2, 0)
    found = Interaction.objects.select_related("transcript", "customer").get(external_id="1@home")
    said = [(turn.speaker, turn.text or turn.action) for turn in found.transcript.turns]
    assert said == [
        ("customer", "Where is it?"),
        ("agent", "It comes today."),
        ("system", "attached_file"),
        ("customer", "Thanks!"),
    ]
    assert (found.subject, found.channel) == ("Sofa", "email")
    assert found.agent_reference == "ada@shop.example"


@pytest.mark.parametrize(
    "text",
    [
        "Carla (10:32): Where is it?\nAda (10:34): Today.\nand early\n",
        "[31.03.2026, 10:32:00] Carla: Where is it?\n[31.03.2026, 10:34:00] Ada: Today.\nand early\n",
        "Carla: Where is it?\nAda: Today.\nand early\n",
    ],
)
def test_chats_as_text(text):
    sides = {"Carla": "customer", "Ada": "agent"}
    said = {"sides": sides, "source": "chats", "order": "dmy", "zone": "UTC"}
    run = imported(text, "chat-77.txt", **said)
    assert (counts(run), reasons(run)) == ((1, 0), [])
    found = Interaction.objects.select_related("transcript").get()
    assert found.external_id == "chat-77"
    assert [(turn.speaker, turn.text) for turn in found.transcript.turns] == [
        ("customer", "Where is it?"),
        ("agent", "Today.\nand early"),
    ]
    assert found.agent_reference == "Ada"


def test_subtitles_are_a_call():
    cues = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Agent>Hello\n\n00:03.000 --> 00:04.000\n<v Caller>Hi\n"
    assert counts(imported(cues, "call-1.vtt")) == (1, 0)
    assert Interaction.objects.get().channel == "phone"


# The command -------------------------------------------------------------------------------------


def run_command(path, **options) -> tuple[str, CommandError | None]:
    out = io.StringIO()
    try:
        call_command("import_interactions", path, stdout=out, **options)
    except CommandError as error:
        return out.getvalue(), error
    return out.getvalue(), None


def test_the_command_rehearses_asks_and_keeps_to_a_mapping(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(TABLE)
    _said, error = run_command(path)
    assert "Source is missing" in str(error)
    assert "name no time zone" in str(error)

    said, error = run_command(path, source="desk", zone="Europe/Berlin", dry_run=True)
    assert (error, Interaction.objects.count()) == (None, 0)
    assert said.endswith("Nothing was imported. 2 could be imported, 0 not.\n")

    plan = propose(stream(TABLE), "x").plan
    plan["mapping"]["constants"] = {"source": "desk"}
    plan["mapping"]["zone"] = "Europe/Berlin"
    made_for = propose(stream(TABLE), "x").fingerprint
    ImportMapping.objects.create(name="Desk", plan=plan, fingerprint=made_for)
    said, error = run_command(path, mapping="Desk")
    assert (error, Interaction.objects.count()) == (None, 2)
    said, error = run_command(path)
    assert said.startswith("Read by the mapping “Desk”.")
    assert "2 already here" in said


def test_some_rejected_rows_are_exit_code_three_and_a_file(tmp_path):
    path, rejected = tmp_path / "x.jsonl", tmp_path / "rejected.jsonl"
    path.write_bytes(json_lines(row(1), row(2, channel="fax")))
    _said, error = run_command(path, rejected=rejected)
    assert (error.returncode, str(error)) == (3, "1 row was rejected.")
    assert json.loads(rejected.read_text())["external_id"] == 2


def test_going_on_with_another_file_of_the_same_size_is_refused(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(json_lines(row(1)))
    run_command(path)
    run = ImportRun.objects.get()
    ImportRun.objects.update(state=ImportRun.State.STOPPED)
    path.write_bytes(json_lines(row(2)))
    _said, error = run_command(path, resume=run.pk)
    assert "it is as long, but says something else" in str(error)


def test_a_preview_shows_what_would_come():
    source = stream(TABLE)
    plan = propose(source, "x.csv").plan
    plan["mapping"]["constants"]["source"] = "desk"
    shown = preview(source, plan)
    assert [each.row.external_id for each in shown] == ["7", "8"]
    del plan["mapping"]["constants"]["source"]
    unnamed = preview(source, plan)
    assert [(each.row.source, each.row.external_id) for each in unnamed] == [("…", "7"), ("…", "8")]
    assert Interaction.objects.count() == 0


@pytest.mark.parametrize("lost", [4, 40])
def test_an_archive_that_lost_bytes_before_its_directory_is_told_as_such(lost):
    data = zipped(TABLE.encode())
    with pytest.raises(UnreadableFile, match="ZIP archive"):
        propose(stream(data[:4] + data[4 + lost :]), "a.zip")


@pytest.mark.parametrize("source", [{"\udfff": 1}, "\udfff", ["a", "\ud800"]])
def test_half_a_character_in_a_wrong_value_rejects_its_row_and_no_more(source):
    run = run_import(
        ImportRunFactory(), stream=stream(json_lines(row(1), row(2, source=source), row(3)))
    )
    assert (run.state, counts(run)) == (ImportRun.State.DONE, (2, 1))
    (reason,) = reasons(run)
    assert reason.encode()
    assert "".join(rejected_file(run).lines).encode()


def test_half_a_character_in_the_name_of_a_column_is_no_text():
    table = "Ticket\ud800 ID\U0001f642;Via;Created;Requester\n7;Email;31/03/2026;Carla\n"
    data = b"\xff\xfe" + table.encode("utf-16-le", "surrogatepass")
    with pytest.raises(UnreadableFile, match="no text in this encoding"):
        propose(stream(data), "a.csv")
    columns = propose(
        stream(b'[{"Ticket": 1, "\\ud800": 2, "a\\u0000": 3}]'), "a.json"
    ).layout.columns
    assert columns == ("Ticket",)
