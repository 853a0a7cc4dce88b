"""The audit log takes no change from anybody, and shows one that was made past its triggers."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction
from django.utils import timezone

from people.appending import lifted
from people.audit import record
from people.audit_chain import BEGINNING, digest_of, seal, verify
from people.models import AuditEvent, AuditSeal

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.fixture
def events(administrator, agent):
    return [
        record("change_person", by=administrator, of=agent, after={"name": name, "share": 0.1})
        for name in ("Ada", "Ödön", "Ada")
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people_auditevent SET action = 'x'",
        "UPDATE people_auditseal SET digest = 'x'",
        "DELETE FROM people_auditseal",
        "DELETE FROM people_auditevent",
        "TRUNCATE people_auditevent, people_auditseal",
    ],
)
def test_database_refuses_to_change_or_delete_a_line(events, statement):
    seal()
    if statement.startswith("TRUNCATE") and connection.vendor != "postgresql":
        pytest.skip("SQLite empties a table with DELETE")
    # Keys that are still to be checked at the end of the transaction would refuse a TRUNCATE too.
    connection.check_constraints()
    with pytest.raises(Error, match="only ever added to"), transaction.atomic():
        connection.cursor().execute(statement)
    assert AuditEvent.objects.count() == len(events)
    assert verify().findings == ()


def test_seal_chains_what_waits_and_nothing_twice(events):
    assert (seal(), seal()) == (3, 0)
    seals = list(AuditSeal.objects.order_by("position"))
    assert [row.position for row in seals] == [1, 2, 3]
    assert [row.event for row in seals] == events
    digest = BEGINNING
    for row in seals:
        digest = digest_of(AuditEvent.objects.get(pk=row.event_id), after=digest)
        assert row.digest == digest
    verdict = verify()
    assert (verdict.checked, verdict.waiting, verdict.findings) == (3, 0, ())
    assert verdict.newest == seals[-1].digest


def test_chain_goes_on_over_portions(administrator, agent, monkeypatch):
    monkeypatch.setattr("people.audit_chain.PORTION", 4)
    for number in range(10):
        record("change_person", by=administrator, of=agent, after={"number": number})
    assert seal() == 10
    record("change_person", by=administrator, of=agent)
    assert seal(limit=1) == 1
    verdict = verify()
    assert (verdict.checked, verdict.findings) == (11, ())


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE people_auditevent SET action = 'x' WHERE id = {second}", "is not what was sealed"),
        ("UPDATE people_auditevent SET after = NULL WHERE id = {second}", "is not what was sealed"),
        ("UPDATE people_auditevent SET at = '2020-01-01' WHERE id = {second}", "is not what was"),
        ("UPDATE people_auditseal SET digest = 'aa' WHERE position = 2", "position 2"),
        ("DELETE FROM people_auditseal WHERE position = 2", "Position 2 is missing"),
    ],
)
def test_verify_names_what_was_changed_past_the_triggers(events, statement, finding):
    seal()
    statement = statement.format(second=events[1].pk)
    with lifted(connection), connection.cursor() as cursor:
        cursor.execute(statement)
    found = verify().findings
    assert found
    assert any(finding in sentence for sentence in found), found


def test_verify_with_a_digest_kept_elsewhere_tells_of_a_chain_that_was_cut_off(events):
    seal()
    newest = verify().newest
    assert verify(newest=newest).findings == ()
    with lifted(connection):
        AuditSeal.objects.filter(position=3).delete()
        events[2].delete()
    assert verify().findings == ()
    assert "cut off or written anew" in verify(newest=newest).findings[0]


def test_events_that_wait_too_long_are_a_finding(administrator, agent):
    record("change_person", by=administrator, of=agent)
    assert verify().findings == ()
    record("change_person", by=administrator, of=agent, at=timezone.now() - dt.timedelta(hours=2))
    (finding,) = verify().findings
    assert finding.startswith("1 events wait")


def test_commands_seal_and_verify(events):
    out = StringIO()
    call_command("seal_audit", stdout=out)
    call_command("verify_audit", stdout=out)
    assert "3 sealed" in out.getvalue()
    assert "3 events checked, 0 wait for their seal" in out.getvalue()
    assert verify().newest in out.getvalue()


def test_verify_command_ends_with_an_error_where_something_was_changed(events):
    seal()
    with lifted(connection):
        AuditEvent.objects.filter(pk=events[0].pk).update(action="x")
    err = StringIO()
    with pytest.raises(CommandError, match="tampered"):
        call_command("verify_audit", stdout=StringIO(), stderr=err)
    assert f"Event {events[0].pk} at position 1" in err.getvalue()


def test_verify_command_refuses_what_is_no_digest():
    with pytest.raises(CommandError, match="64 hexadecimal digits"):
        call_command("verify_audit", newest="abc")
