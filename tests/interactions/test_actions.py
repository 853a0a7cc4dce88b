"""Starting, stopping and resuming imports."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from interactions.actions import NotAllowed, request_stop, resume_import, start_import
from interactions.models import ImportRun, Interaction, private_storage
from people.models import AuditEvent
from tests.factories.interactions import ImportRunFactory
from tests.interactions.files import json_lines, row

pytestmark = pytest.mark.django_db
State = ImportRun.State


def upload(*rows) -> ContentFile:
    return ContentFile(json_lines(*rows), name="contacts.jsonl")


def long_ago() -> dt.datetime:
    return timezone.now() - dt.timedelta(seconds=61)


def actions_of(run) -> list[str]:
    events = AuditEvent.objects.filter(object_type="interactions.importrun", object_id=run.pk)
    return list(events.order_by("pk").values_list("action", flat=True))


def test_start_import_hands_the_stored_file_to_the_worker(
    administrator, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run = start_import(upload(row()), file_name="a.jsonl", size=9, by=administrator)
        assert run.state == State.WAITING
        assert private_storage().exists(run.file.name)
        stored = run.file.name
    run.refresh_from_db()

    assert (run.state, run.created_count, run.bytes_total) == (State.DONE, 1, 9)
    assert run.started_by == administrator
    assert actions_of(run) == ["start_import", "finish_import"]
    assert not run.file
    assert not private_storage().exists(stored)


def test_a_file_read_in_place_is_left_to_the_caller(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        run = start_import(None, file_name="x" * 300, size=9, by=None)
    assert callbacks == []
    assert run.state == State.WAITING
    assert len(run.file_name) == 255


def test_a_stopped_import_keeps_its_file_and_goes_on(
    administrator, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as callbacks:
        run = start_import(upload(row()), file_name="a.jsonl", size=9, by=administrator)
    request_stop(run, by=administrator)
    callbacks[0]()
    run.refresh_from_db()
    assert (run.state, run.created_count) == (State.STOPPED, 0)

    with django_capture_on_commit_callbacks(execute=True):
        resume_import(run, by=administrator)
    run.refresh_from_db()

    assert (run.state, run.created_count) == (State.DONE, 1)
    assert actions_of(run) == ["start_import", "stop_import", "resume_import", "finish_import"]


def test_a_broken_file_is_not_kept(administrator, django_capture_on_commit_callbacks):
    broken = ContentFile(b"\x1f\x8bnonsense" * 9)
    with django_capture_on_commit_callbacks(execute=True):
        run = start_import(broken, file_name="a.gz", size=9, by=administrator)
        stored = run.file.name
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert run.failure == "The gzip file is damaged after line 0."
    assert not private_storage().exists(stored)


def test_request_stop_asks_whoever_is_at_work(administrator):
    run = ImportRunFactory(state=State.RUNNING)
    request_stop(run, by=administrator)
    run.refresh_from_db()
    assert (run.state, run.stop_requested) == (State.RUNNING, True)


@pytest.mark.parametrize("state", [State.WAITING, State.RUNNING])
def test_request_stop_ends_what_nobody_works_at(administrator, state):
    run = ImportRunFactory(state=state, progress_at=long_ago())
    request_stop(run, by=administrator)
    run.refresh_from_db()
    assert (run.state, run.stop_requested) == (State.STOPPED, False)
    assert run.finished_at is not None


@pytest.mark.parametrize("state", [State.STOPPED, State.DONE, State.FAILED])
def test_request_stop_refuses_what_has_ended(administrator, state):
    run = ImportRunFactory(state=state)
    with pytest.raises(NotAllowed, match="not running"):
        request_stop(run, by=administrator)
    assert actions_of(run) == []


@pytest.mark.parametrize(
    ("state", "progress_at", "refusal"),
    [
        (State.STOPPED, None, None),
        (State.FAILED, None, None),
        (State.RUNNING, long_ago, None),
        (State.WAITING, long_ago, None),
        (State.RUNNING, timezone.now, "still running"),
        (State.WAITING, timezone.now, "still running"),
        (State.DONE, None, "done"),
    ],
)
def test_resume_import_takes_up_what_ended_early(administrator, state, progress_at, refusal):
    moment = progress_at() if progress_at else timezone.now()
    run = ImportRunFactory(state=state, progress_at=moment, failure="x", stop_requested=True)
    if refusal:
        with pytest.raises(NotAllowed, match=refusal):
            resume_import(run, by=administrator, in_place=True)
        return
    run = resume_import(run, by=administrator, in_place=True)
    assert (run.state, run.failure, run.stop_requested) == (State.WAITING, "", False)
    assert not run.is_stalled


def test_resume_import_needs_the_file(administrator):
    run = ImportRunFactory(state=State.STOPPED)
    with pytest.raises(NotAllowed, match="not stored here"):
        resume_import(run, by=administrator)
    assert Interaction.objects.count() == 0
