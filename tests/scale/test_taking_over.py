"""A job that is begun again after its worker died goes on with what the room kept of it."""

import datetime as dt
import os
import subprocess
import sys

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from content.models import ManualPrint
from content.printing import files
from integrations.models import DataDump
from integrations.tasks import write_stored_dump
from interactions.actions import start_import
from interactions.models import ImportRun, Interaction, private_storage
from interactions.tasks import import_stored_file
from people.models import AuditEvent
from tests.interactions.files import json_lines, row
from tests.scorecards.racing import ROOT

LONG_AGO = dt.timedelta(hours=1)
State = ImportRun.State


@pytest.fixture
def queue(settings):
    """Jobs wait, as with a worker."""
    settings.TASKS = {
        "default": {"BACKEND": "django_tasks_db.DatabaseBackend"},
        "bulk": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]},
    }


@pytest.fixture
def broken_off(administrator, queue):
    """An import whose worker is at it, or was."""
    file = ContentFile(json_lines(row(1), row(2)), name="chats.jsonl")
    run = start_import(file, file_name="chats.jsonl", size=file.size, by=administrator)
    ImportRun.objects.update(state=State.RUNNING)
    return run


def waiting() -> list[tuple[str, list[int]]]:
    return [
        (each.task_path.rsplit(".")[-1], each.args_kwargs["args"])
        for each in DBTaskResult.objects.all()
    ]


def test_an_import_that_was_left_behind_goes_on(broken_off, django_capture_on_commit_callbacks):
    ImportRun.objects.update(progress_at=timezone.now() - LONG_AGO)
    with django_capture_on_commit_callbacks(execute=True):
        import_stored_file.call(broken_off.pk)
    assert waiting() == [("import_stored_file", [broken_off.pk])]
    import_stored_file.call(broken_off.pk)
    broken_off.refresh_from_db()
    assert (broken_off.state, broken_off.created_count) == (State.DONE, 2)
    assert Interaction.objects.count() == 2
    assert AuditEvent.objects.filter(action="resume_import").count() == 1


def test_an_import_that_may_be_at_work_is_asked_for_again_later(broken_off):
    import_stored_file.call(broken_off.pk)
    broken_off.refresh_from_db()
    assert broken_off.state == State.RUNNING
    (later,) = DBTaskResult.objects.all()
    assert later.run_after > broken_off.progress_at + ImportRun.STALLED_AFTER


def test_an_import_that_somebody_stopped_does_not_go_on(broken_off):
    ImportRun.objects.update(progress_at=timezone.now() - LONG_AGO, stop_requested=True)
    import_stored_file.call(broken_off.pk)
    broken_off.refresh_from_db()
    assert broken_off.state == State.STOPPED
    assert waiting() == []


def test_a_dump_that_was_left_behind_is_written_anew_without_its_half(administrator, queue):
    dump = DataDump.objects.create(
        started_by=administrator,
        tables_total=3,
        state=DataDump.State.RUNNING,
        progress_at=timezone.now() - LONG_AGO,
    )
    half = private_storage().save(f"dumps/2026/11/evenhand-x-{dump.pk}.part", ContentFile(b"half"))
    write_stored_dump.call(dump.pk)
    dump.refresh_from_db()
    assert dump.state == DataDump.State.DONE
    assert not private_storage().exists(half)
    assert waiting() == [("delete_expired_dumps", [])]


def test_a_dump_that_may_be_at_work_is_left_alone(administrator, queue):
    dump = DataDump.objects.create(
        started_by=administrator, tables_total=3, state=DataDump.State.RUNNING
    )
    write_stored_dump.call(dump.pk)
    dump.refresh_from_db()
    assert dump.state == DataDump.State.RUNNING
    assert waiting() == [("write_stored_dump", [dump.pk])]


def test_a_manual_that_another_worker_prints_is_left_alone(db, agent):
    made = ManualPrint.objects.create(
        digest="a",
        page_ids=[],
        language="en",
        state=ManualPrint.State.RUNNING,
        asked_at=timezone.now(),
        progress_at=timezone.now(),
    )
    assert files.run(made, user=agent) is False


def test_the_settings_of_many_machines_start():
    """In a process of its own, as they are read once."""
    program = """
import django
django.setup()
from django.conf import settings
from django.core.cache import cache
from interactions.models import Recording
print(*settings.REPLICAS, settings.S3_ORIGIN in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"])
print(settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"], cache._max_entries)
print(type(Recording._meta.get_field("file").storage).__name__)
"""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.base",
        "SECRET_KEY": "x" * 50,
        "DATABASE_URL": "postgres://a@127.0.0.1:9/x",
        "DATABASE_POOL_SIZE": "5",
        "REPLICA_URLS": "postgres://a@127.0.0.1:9/y,postgres://a@127.0.0.1:9/z",
        "CACHE_URL": "dbcache://evenhand_cache",
        "S3_BUCKET": "our-files",
        "S3_REGION": "eu-north-1",
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["replica1 replica2 True", "5 50000", "BucketStorage"]
