"""Rows into tables: once each, whatever happens on the way."""

import datetime as dt
import gzip
import io

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from interactions.importing.run import run_import
from interactions.models import Customer, ImportRun, Interaction, Transcript
from people.models import AuditEvent, User
from tests.factories.interactions import ImportRunFactory
from tests.factories.people import ExternalIdentityFactory, UserFactory
from tests.interactions.files import json_lines, row, stream_of

pytestmark = pytest.mark.django_db


def imported(*rows, batch=500, **options) -> ImportRun:
    return run_import(ImportRunFactory(), stream=stream_of(*rows), batch=batch, **options)


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    """(new, changed, already here, rejected)"""
    return run.created_count, run.updated_count, run.unchanged_count, run.rejected_count


def rejections(run: ImportRun) -> list[tuple[int, str, str]]:
    return list(run.rejections.values_list("line", "external_id", "reason"))


def test_a_row_becomes_interaction_transcript_and_customer():
    run = imported(row())

    interaction = Interaction.objects.select_related("customer", "transcript").get()
    assert run.state == ImportRun.State.DONE
    assert counts(run) == (1, 0, 0, 0)
    assert (interaction.source, interaction.external_id) == ("desk", "1")
    assert interaction.subject == "Contact 1"
    assert interaction.occurred_at == dt.datetime(2026, 9, 14, 10, 0, tzinfo=dt.UTC)
    assert (interaction.duration_seconds, interaction.first_response_seconds) == (540, 30)
    assert interaction.message_count == 3
    assert (interaction.agent, interaction.agent_reference, interaction.agent_name) == (
        None,
        "a1",
        "Ada",
    )
    assert interaction.import_run == run
    customer = interaction.customer
    assert (customer.external_id, customer.name, customer.tier) == (
        "carla",
        "Carla Customer",
        "plus",
    )
    assert [(turn.id, turn.speaker, turn.action) for turn in interaction.transcript.turns] == [
        ("m1", "customer", ""),
        ("m2", "system", "open_order"),
        ("m3", "agent", ""),
    ]
    assert interaction.transcript.turns[1].facts == [("Id", "7")]
    assert interaction.transcript.text == "Where is my order?\nIt leaves tomorrow."


def test_a_second_run_changes_nothing():
    imported(row(1), row(2))
    before = list(Interaction.objects.values())

    assert counts(imported(row(1), row(2))) == (0, 0, 2, 0)
    assert list(Interaction.objects.values()) == before


def test_a_changed_row_replaces_the_old_one_in_place():
    imported(row())
    first = Interaction.objects.get()

    changed = row(subject="Another", agent={"id": "a2"})
    changed["messages"] = [
        {"speaker": "agent", "text": "Good morning."},
        *changed["messages"],
    ]
    run = imported(changed)

    interaction = Interaction.objects.select_related("transcript").get()
    assert counts(run) == (0, 1, 0, 0)
    assert interaction.pk == first.pk
    assert (interaction.subject, interaction.agent_reference) == ("Another", "a2")
    assert interaction.message_count == 4
    assert interaction.import_run == run


def test_the_ids_of_messages_survive_a_change():
    imported(row())
    changed = row()
    changed["messages"] = [{"speaker": "agent", "text": "Good morning."}, *changed["messages"]]
    imported(changed)

    turns = Transcript.objects.get().turns
    assert [(turn.id, turn.text) for turn in turns] == [
        ("m4", "Good morning."),
        ("m1", "Where is my order?"),
        ("m2", ""),
        ("m3", "It leaves tomorrow."),
    ]


def test_a_row_without_a_start_is_dated_by_its_first_import():
    undated = {"started_at": None, "ended_at": None}
    imported(row(**undated))
    first = Interaction.objects.get().occurred_at
    assert timezone.now() - first < dt.timedelta(minutes=1)

    imported(row(**undated, subject="Another"))
    assert Interaction.objects.get().occurred_at == first


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_an_id_that_a_file_repeats_is_named_unless_it_says_the_same(batch):
    rows = [row(1), row(1), row(1, subject="Another"), row(2)]
    run = imported(*rows, batch=batch)

    assert counts(run) == (2, 0, 1, 1)
    assert Interaction.objects.get(external_id="1").subject == "Contact 1"
    assert rejections(run) == [
        (
            3,
            "1",
            'external_id is "1", which line 1 has already with other content; expected each id '
            "once in a file",
        )
    ]
    assert counts(imported(*rows, batch=batch)) == (0, 0, 3, 1)


def test_going_on_remembers_which_ids_the_file_had_before():
    rows = [row(1), row(2), row(1, subject="Another"), row(2)]
    run = imported(*rows, batch=2, should_stop=lambda: True)
    assert run.lines_done == 2
    ImportRun.objects.update(state=ImportRun.State.WAITING)

    run = run_import(run, stream=stream_of(*rows))
    assert counts(run) == (2, 0, 1, 1)
    assert Interaction.objects.get(external_id="1").subject == "Contact 1"


def test_ids_are_unique_only_within_a_source():
    run = imported(row(1), row(1, source="other"))
    assert counts(run) == (2, 0, 0, 0)
    assert Customer.objects.count() == 2


def test_bad_rows_are_named_and_the_rest_is_imported():
    run = imported(
        row(1),
        "{broken",
        "",
        row(2, channel="fax"),
        b'{"external_id": "\xff"}',
        row(3, messages=[{"speaker": "bot", "text": "Hi"}]),
        "7",
        row(4),
    )

    assert run.state == ImportRun.State.DONE
    assert counts(run) == (2, 0, 0, 5)
    assert list(Interaction.objects.order_by("pk").values_list("external_id", flat=True)) == [
        "1",
        "4",
    ]
    assert rejections(run) == [
        (
            2,
            "",
            "The line is not JSON: Expecting property name enclosed in double quotes "
            "at character 2.",
        ),
        (4, "2", 'channel is "fax"; expected phone, email, chat or social'),
        (5, "", "The line is not UTF-8 text: byte 18 is 0xff."),
        (6, "3", 'messages[0].speaker is "bot"; expected agent, customer or system'),
        (7, "", "The line is 7; expected an object with source, external_id, …"),
    ]


def test_a_row_that_the_database_refuses_is_rejected_alone():
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE UNIQUE INDEX only_one_x ON interactions_interaction (language)"
            " WHERE language = 'x'"
        )
    run = imported(row(1), row(2, language="x"), row(3), row(4, language="x"), row(5))

    assert counts(run) == (4, 0, 0, 1)
    [(line, external_id, reason)] = rejections(run)
    assert (line, external_id) == (4, "4")
    assert reason.startswith("The database refused the row: ")
    assert Transcript.objects.count() == 4


def test_agents_are_matched_by_their_id_in_the_source_or_by_email():
    ada = ExternalIdentityFactory(external_id="a1").user
    ben = UserFactory(email="Ben@example.org")
    ExternalIdentityFactory(source="other", external_id="a3")
    people = User.objects.count()
    imported(
        row(1),
        row(2, agent={"id": "a2", "email": "ben@EXAMPLE.org"}),
        row(3, agent={"id": "a3"}),
        row(4, agent=None),
        row(5, agent={"id": "a1", "email": "ben@example.org"}),
    )

    matched = dict(Interaction.objects.values_list("external_id", "agent"))
    assert matched == {"1": ada.pk, "2": ben.pk, "3": None, "4": None, "5": ada.pk}
    assert User.objects.count() == people


def test_an_agent_who_becomes_known_is_matched_by_importing_again():
    imported(row(1), row(2, agent=None))
    ada = ExternalIdentityFactory(external_id="a1").user

    assert counts(imported(row(1), row(2, agent=None))) == (0, 1, 1, 0)
    assert Interaction.objects.get(external_id="1").agent == ada


def test_a_match_made_by_hand_stays_while_the_source_names_the_same_agent():
    imported(row())
    ada = UserFactory()
    Interaction.objects.update(agent=ada)

    imported(row(subject="Another"))
    assert Interaction.objects.get().agent == ada
    imported(row(agent={"id": "a2"}))
    assert Interaction.objects.get().agent is None


def test_a_customer_learns_but_never_forgets():
    imported(row(1, customer={"id": "carla"}), row(2))
    imported(row(3, customer={"id": "carla", "tier": "gold"}))

    customer = Customer.objects.get()
    assert (customer.name, customer.tier) == ("Carla Customer", "gold")
    assert customer.interactions.count() == 3


def test_nameless_customers_are_not_taken_for_one_person():
    imported(row(1, customer={"tier": "gold"}), row(2, customer={"tier": "gold"}))
    assert sorted(Customer.objects.values_list("external_id", flat=True)) == [
        "interaction:1",
        "interaction:2",
    ]


def test_a_killed_run_goes_on_behind_its_last_batch():
    class Killed(BaseException):
        pass

    def kill(run):
        if run.lines_done == 4:
            raise Killed

    rows = [row(1), "{", row(2), row(3), row(4), row(5, channel="fax"), row(6)]
    run = ImportRunFactory()
    with pytest.raises(Killed):
        run_import(run, stream=stream_of(*rows), batch=2, after_batch=kill)
    run.refresh_from_db()
    assert run.state == ImportRun.State.RUNNING
    assert (run.lines_done, counts(run)) == (4, (3, 0, 0, 1))

    ImportRun.objects.update(state=ImportRun.State.WAITING)
    run = run_import(run, stream=stream_of(*rows), batch=2)

    assert run.state == ImportRun.State.DONE
    assert counts(run) == (5, 0, 0, 2)
    assert [line for line, *_ in rejections(run)] == [2, 6]
    assert Interaction.objects.count() == 5


def test_a_batch_that_breaks_off_leaves_nothing_behind():
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE interactions_transcript")
    run = ImportRunFactory()
    with pytest.raises(DatabaseError):
        run_import(run, stream=stream_of(row()))
    run.refresh_from_db()

    assert run.state == ImportRun.State.FAILED
    assert "can be resumed" in run.failure
    assert run.is_resumable
    assert (run.lines_done, counts(run)) == (0, (0, 0, 0, 0))
    assert Interaction.objects.count() == 0


def test_a_run_stops_behind_the_batch_when_somebody_asks():
    def ask(run):
        ImportRun.objects.update(stop_requested=True)

    run = run_import(
        ImportRunFactory(), stream=stream_of(row(1), row(2), row(3)), batch=1, after_batch=ask
    )
    run.refresh_from_db()
    assert run.state == ImportRun.State.STOPPED
    assert not run.stop_requested
    assert run.lines_done == 2  # the wish was seen with the second batch


def test_a_run_stops_when_its_caller_wants_to():
    run = imported(row(1), row(2), batch=1, should_stop=lambda: True)
    assert (run.state, run.lines_done) == (ImportRun.State.STOPPED, 1)


@pytest.mark.parametrize(
    "state", [state for state in ImportRun.State if state != ImportRun.State.WAITING]
)
def test_only_a_waiting_run_is_taken_up(state):
    run = run_import(ImportRunFactory(state=state), stream=stream_of(row()))
    assert (run.state, run.lines_done) == (state, 0)
    assert Interaction.objects.count() == 0


def test_a_run_that_another_process_took_over_is_let_go():
    def take_over(run):
        ImportRun.objects.filter(pk=run.pk).update(lines_done=99)

    run = run_import(
        ImportRunFactory(), stream=stream_of(row(1), row(2)), batch=1, after_batch=take_over
    )
    assert (run.state, run.lines_done) == (ImportRun.State.RUNNING, 99)
    assert list(Interaction.objects.values_list("external_id", flat=True)) == ["1"]


def test_a_broken_file_keeps_what_came_before_and_says_why():
    data = gzip.compress(json_lines(row(1), row(2)))
    run = run_import(ImportRunFactory(), stream=io.BytesIO(data[:-4]))

    assert run.state == ImportRun.State.FAILED
    assert run.failure == ("The gzip file breaks off after line 2: it was not copied completely.")
    assert counts(run) == (2, 0, 0, 0)
    assert run.finished_at is not None


def test_a_run_without_its_file_says_so():
    run = run_import(ImportRunFactory())
    assert (run.state, run.failure) == (
        ImportRun.State.FAILED,
        "The file is not stored here any more.",
    )


def test_the_end_of_a_run_is_in_the_audit_log(administrator):
    run = run_import(ImportRunFactory(started_by=administrator), stream=stream_of(row(), "{"))
    event = AuditEvent.objects.get(action="finish_import")
    assert (event.actor, event.object_id) == (administrator, str(run.pk))
    assert event.after == {
        "state": "done",
        "failure": "",
        "lines": 2,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
    }


def queries_of_a_batch(rows) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        imported(*rows)
    return len(captured)


def test_a_batch_takes_the_same_number_of_queries_whatever_is_in_it():
    def rows(numbers, **changes):
        return [
            row(n, customer={"id": f"c{n}"}, agent={"id": f"a{n}", "email": "x@y.z"}, **changes)
            for n in numbers
        ]

    assert queries_of_a_batch(rows([1])) == queries_of_a_batch(rows([11, 12, 13]))
    assert queries_of_a_batch(rows([1], subject="b")) == queries_of_a_batch(
        rows([11, 12, 13], subject="b")
    )


A, A_OF_CAROL = row("a", subject="x", customer=None), row("a", subject="x", customer={"id": "c"})
ROWS = st.lists(
    st.one_of(
        st.builds(
            row,
            st.sampled_from("abc"),
            subject=st.sampled_from(["x", "y"]),
            customer=st.sampled_from([None, {"id": "c"}, {"name": "C"}]),
        ),
        st.just("{broken"),
        st.just(""),
    ),
    max_size=12,
)


@hypothesis_settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(rows=[A, A_OF_CAROL, A], batch=1, killed_at=1)
@example(rows=["{broken", A, A_OF_CAROL, A_OF_CAROL], batch=2, killed_at=2)
@given(rows=ROWS, batch=st.integers(1, 5), killed_at=st.integers(1, 12))
def test_any_file_in_any_batches_killed_anywhere_ends_alike(db, rows, batch, killed_at):
    """The first row of each id stands, once; every other line is counted; again adds nothing."""
    Interaction.objects.all().delete()

    run = ImportRunFactory()
    run_import(
        run,
        stream=stream_of(*rows),
        batch=batch,
        should_stop=lambda: run.lines_done >= killed_at,
    )
    ImportRun.objects.filter(pk=run.pk, state="stopped").update(state="waiting")
    run = run_import(run, stream=stream_of(*rows), batch=batch)

    first = {}
    refused = 0
    for each in rows:
        if isinstance(each, dict):
            refused += first.setdefault(each["external_id"], each) != each
    wanted = {key: each["subject"] for key, each in first.items()}
    assert dict(Interaction.objects.values_list("external_id", "subject")) == wanted
    assert Transcript.objects.count() == len(wanted)
    assert run.created_count == len(wanted)
    assert run.rejected_count == run.rejections.count() == rows.count("{broken") + refused
    assert run.rows_done == sum(each != "" for each in rows)

    again = imported(*rows, batch=batch)
    assert (again.created_count, again.updated_count) == (0, 0)
    assert dict(Interaction.objects.values_list("external_id", "subject")) == wanted
