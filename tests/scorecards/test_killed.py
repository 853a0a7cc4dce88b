"""A submit that is killed, at whatever point, leaves all of it behind or nothing."""

import json
import subprocess
import sys
from itertools import count

import pytest
from django.test import Client
from django.urls import reverse

from people.models import AuditEvent
from people.roles import Role
from scorecards import rollups
from scorecards.actions import Grade, record_grades, start_scorecard
from scorecards.models import Criterion, ReviewAssignment, Rollup, Scorecard
from tests.factories.people import UserFactory
from tests.factories.scorecards import ReviewAssignmentFactory
from tests.scorecards.racing import IS_SERVER, ROOT, SharedDatabase

NOTHING = {
    "state": "draft",
    "percent": None,
    "outcome": "",
    "sections": 0,
    "is_dated": False,
    "summary": "",
    "assignment": "open",
    "in rollups": 0,
    "audit": 0,
}
EVERYTHING = {
    "state": "submitted",
    "percent": 100,
    "outcome": "pass",
    "sections": 2,
    "is_dated": True,
    "summary": "Well done.",
    "assignment": "done",
    # The whole, two skills, four criteria.
    "in rollups": 7,
    "audit": 1,
}

# Another process sees only what is committed.
pytestmark = pytest.mark.django_db(transaction=IS_SERVER)


@pytest.fixture
def submit(django_db_setup, django_db_blocker, tmp_path):
    """`submit(scorecard, point=…)` hands it in from another process, which dies there; both use the
    same database. Returns the status, or "killed"."""
    database = SharedDatabase(tmp_path, django_db_blocker)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.scorecards.killing"],
        cwd=ROOT,
        env=database.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    cookies = {}

    def submit(scorecard, *, point=0):
        reviewer = scorecard.reviewer
        if reviewer not in cookies:
            client = Client()
            client.force_login(reviewer)
            cookies[reviewer] = client.cookies["sessionid"].value
        order = {
            "cookie": cookies[reviewer],
            "address": reverse("scorecards:scorecard_submit", args=[scorecard.pk]),
            "point": point,
        }
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    # Leaving it ends the process: there is nothing more to read for it.
    with process, database.used_here():
        yield submit


@pytest.fixture
def graded_draft(submit):
    """`graded_draft()` is a complete draft of the same reviewer about a new agent, in the shared
    database."""
    reviewer = UserFactory(roles=[Role.REVIEWER])

    def make():
        pick = ReviewAssignmentFactory(reviewer=reviewer, interaction__agent=UserFactory())
        scorecard = start_scorecard(pick, by=reviewer)
        criteria = Criterion.objects.filter(section__version=scorecard.version_id)
        grades = {
            criterion: Grade(level=list(criterion.levels.all())[-1].pk)
            for criterion in criteria.prefetch_related("levels")
        }
        record_grades(scorecard, grades, by=reviewer)
        return scorecard

    return make


def found(scorecard):
    """What there is of a submission."""
    row = Scorecard.objects.get(pk=scorecard.pk)
    events = AuditEvent.objects.filter(action="submit_scorecard", object_id=scorecard.pk)
    return {
        "state": row.state,
        "percent": row.percent,
        "outcome": row.outcome,
        "sections": len(row.section_percents),
        "is_dated": row.submitted_at is not None,
        "summary": row.summary,
        "assignment": ReviewAssignment.objects.get(pk=row.assignment_id).state,
        "in rollups": Rollup.objects.filter(agent=row.agent, n=1).count(),
        "audit": events.count(),
    }


def test_a_submit_killed_at_any_point_leaves_all_or_nothing(submit, graded_draft):
    whole = graded_draft()
    assert submit(whole) == "302"
    assert found(whole) == EVERYTHING

    points = {"nothing": 0, "everything": 0}
    for point in count(1):
        scorecard = graded_draft()
        if submit(scorecard, point=point) != "killed":
            break
        left = found(scorecard)
        if left == NOTHING:
            assert not points["everything"], "what was whole at an earlier point is lost"
            points["nothing"] += 1
            assert submit(scorecard) == "302"
        else:
            assert left == EVERYTHING, point
            points["everything"] += 1
            assert submit(scorecard) == "409"
        assert found(scorecard) == EVERYTHING

    # Not killed any more: the point lies behind the end.
    assert found(scorecard) == EVERYTHING
    # Before and after each statement up to the commit: there are twelve, and SQLite begins with one.
    assert points["nothing"] >= 24
    assert points["everything"] >= 2
    kept = sorted(Rollup.objects.values_list(*rollups._KEY, *rollups._SUMS))
    rollups.rebuild_rollups()
    assert sorted(Rollup.objects.values_list(*rollups._KEY, *rollups._SUMS)) == kept
