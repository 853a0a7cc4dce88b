"""Several reviewers claim the same picks at the same moment: separate processes, real requests, a
database file or server that they share."""

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection

from people.roles import Role
from scorecards.models import ReviewAssignment
from tests.factories.people import UserFactory
from tests.factories.sampling import SamplingPlanFactory
from tests.factories.scorecards import ReviewAssignmentFactory

REVIEWERS = 3
PICKS = 12
IS_SERVER = connection.vendor == "postgresql"
ROOT = Path(__file__).parents[2]


def shared_database(folder: Path) -> str:
    """The name under which other processes find what this test has written: on a server the database
    itself, otherwise a copy in a file, for the tests' own may live in memory."""
    if IS_SERVER:
        return connection.settings_dict["NAME"]
    copy = folder / "race.sqlite3"
    # Not a backup, which would wait for the transaction that this test runs in.
    copy.write_bytes(connection.connection.serialize())
    return str(copy)


def holders(database: str) -> dict[int, int | None]:
    if IS_SERVER:
        return dict(ReviewAssignment.objects.values_list("pk", "reviewer"))
    with sqlite3.connect(database) as source:
        rows = source.execute("SELECT id, reviewer_id FROM scorecards_reviewassignment").fetchall()
    source.close()
    return dict(rows)


# A server's other sessions see only what is committed.
@pytest.mark.django_db(transaction=IS_SERVER)
def test_two_reviewers_never_hold_the_same_pick(tmp_path):
    people = [UserFactory(roles=[Role.REVIEWER]) for _person in range(REVIEWERS)]
    SamplingPlanFactory(reviewers=people)
    picks = [
        ReviewAssignmentFactory(reviewer=None, inclusion_probability=None).pk
        for _pick in range(PICKS)
    ]
    database = shared_database(tmp_path)
    signal = tmp_path / "go"
    racers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.scorecards.racing", database, str(person.pk), signal]
            + [str(pk) for pk in picks],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for person in people
    ]
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    signal.touch()
    answers = [json.loads(racer.communicate(timeout=120)[0]) for racer in racers]

    held = holders(database)
    for pk in picks:
        statuses = Counter(answer[str(pk)] for answer in answers)
        assert statuses == {302: 1, 409: REVIEWERS - 1}, pk
        winner = next(
            person for person, answer in zip(people, answers, strict=True) if answer[str(pk)] == 302
        )
        assert held[pk] == winner.pk
