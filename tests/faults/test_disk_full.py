"""The disk is full: SQLite refuses to grow its file. What was asked is refused in plain words, nothing is
half done, and it goes on when there is room."""

from contextlib import contextmanager

import pytest
from django.core.files.base import ContentFile
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from interactions.actions import resume_import, start_import
from interactions.importing.run import run_import
from interactions.models import ImportRun, Interaction, Transcript
from people.models import AuditEvent
from people.roles import Role
from scorecards.models import CriterionScore, Rollup, Scorecard
from tests.factories.people import UserFactory
from tests.interactions.files import json_lines, row
from tests.scorecards.racing import IS_SERVER, SharedDatabase
from tests.scorecards.test_queue_races import drafts

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(IS_SERVER, reason="SQLite can be told how large its file may get"),
]
NO_LIMIT = 2**32 - 2
ROWS = 1200


@contextmanager
def full(*, pages):
    """The database's file has no free page, and may grow by so many only."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA page_count")
        (count,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {count + pages}")
        yield
        cursor.execute(f"PRAGMA max_page_count = {NO_LIMIT}")


@pytest.fixture
def own_database(db, django_db_setup, django_db_blocker, tmp_path):
    with SharedDatabase(tmp_path, django_db_blocker).used_here():
        yield


@pytest.fixture
def waits(settings):
    settings.TASKS = {
        "default": {"BACKEND": "django_tasks_db.DatabaseBackend"},
        "bulk": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]},
    }


def test_an_import_stops_in_words_and_is_resumed(own_database, waits):
    administrator = UserFactory(roles=[Role.ADMINISTRATOR])
    data = json_lines(*[row(number) for number in range(ROWS)])
    run = start_import(
        ContentFile(data, name="chats.jsonl"),
        file_name="chats.jsonl",
        size=len(data),
        by=administrator,
    )
    with full(pages=40), pytest.raises(OperationalError):
        run_import(run, batch=100)
    run.refresh_from_db()
    assert run.state == ImportRun.State.FAILED
    assert "no room left on the disk" in run.failure
    # Whole batches only, each with its transcripts.
    done = Interaction.objects.count()
    assert done == run.created_count == Transcript.objects.count() < ROWS
    assert done % 100 == 0

    resume_import(run, by=administrator)
    run.refresh_from_db()
    run_import(run)
    run.refresh_from_db()
    assert (run.state, run.created_count) == (ImportRun.State.DONE, ROWS)
    assert Interaction.objects.count() == Transcript.objects.count() == ROWS


def test_a_submit_is_refused_in_words_and_the_draft_stays(own_database):
    reviewer = UserFactory(roles=[Role.REVIEWER])
    rows = drafts(8, by=reviewer)
    client = Client(raise_request_exception=False)
    client.force_login(reviewer)

    def submit(draft):
        address = reverse("scorecards:scorecard_submit", args=[draft.pk])
        return client.post(address, {"summary": "Well done. " * 80})

    def state(draft):
        row = Scorecard.objects.get(pk=draft.pk)
        grades = CriterionScore.objects.filter(scorecard=draft, level__isnull=False).count()
        events = AuditEvent.objects.filter(action="submit_scorecard", object_id=draft.pk).count()
        kept = Rollup.objects.filter(agent=row.agent, n=1).count()
        return row.is_submitted, bool(row.summary), grades, events, kept

    with full(pages=0):
        answers = [submit(draft) for draft in rows]
    statuses = [answer.status_code for answer in answers]
    assert 503 in statuses, statuses
    for draft, answer in zip(rows, answers, strict=True):
        if answer.status_code == 503:
            assert "There is no room left on the server" in answer.content.decode()
            assert state(draft) == (False, False, 4, 0, 0)
            assert submit(draft).status_code == 302
        else:
            assert answer.status_code == 302
        assert state(draft) == (True, True, 4, 1, 7)
