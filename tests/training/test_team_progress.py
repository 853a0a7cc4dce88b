"""The table of people by module."""

import datetime as dt

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.people import UserFactory
from tests.factories.training import AttemptFactory, CompletionFactory, ModuleAssignmentFactory
from training.team_progress import team_table

TODAY = dt.date(2026, 11, 16)
YESTERDAY = TODAY - dt.timedelta(days=1)
EARLIER = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 11, 9, 9, 0, tzinfo=dt.UTC)


def test_table_has_a_row_per_person_and_a_column_per_assigned_module(agent, teammate, make_module):
    one, two, _unassigned = make_module("One"), make_module("Two"), make_module("Three")
    ModuleAssignmentFactory(user=agent, module=two.module, due_on=YESTERDAY)
    ModuleAssignmentFactory(user=agent, module=one.module)
    CompletionFactory(user=agent, page=one.first)

    table = team_table([agent, teammate], on=TODAY)

    assert table.modules == (one.module, two.module)
    assert [row.person for row in table.rows] == [agent, teammate]
    first, second = table.rows[0].cells
    assert (first.percent, first.is_overdue, first.is_done) == (33, False, False)
    assert (second.percent, second.is_overdue, second.is_done) == (0, True, False)
    assert table.rows[1].cells == (None, None)


def test_table_shows_the_latest_quiz_result(agent, listening):
    ModuleAssignmentFactory(user=agent, module=listening.module)
    AttemptFactory(user=agent, quiz=listening.quiz, submitted=True, submitted_at=EARLIER)
    latest = AttemptFactory(
        user=agent,
        quiz=listening.quiz,
        submitted=True,
        percent=0,
        passed=False,
        submitted_at=LATER,
    )
    AttemptFactory(user=agent, quiz=listening.quiz)

    assert team_table([agent], on=TODAY).rows[0].cells[0].last_attempt == latest


def test_table_shows_the_open_assignment_before_a_closed_one(agent, listening):
    ModuleAssignmentFactory(
        user=agent, module=listening.module, assigned_at=LATER, completed_at=LATER
    )
    opened = ModuleAssignmentFactory(user=agent, module=listening.module, assigned_at=EARLIER)

    assert team_table([agent], on=TODAY).rows[0].cells[0].assignment == opened


def test_nobody_is_overdue_with_an_unpublished_module(agent, listening):
    ModuleAssignmentFactory(user=agent, module=listening.module, due_on=YESTERDAY)
    listening.module.unpublish()

    assert team_table([agent], on=TODAY).rows[0].cells[0].is_overdue is False


def test_table_costs_the_same_for_one_and_three(agent, make_module):
    def fill(person, title):
        built = make_module(title)
        ModuleAssignmentFactory(user=person, module=built.module)
        CompletionFactory(user=person, page=built.first)
        AttemptFactory(user=person, quiz=built.quiz, submitted=True)

    def cost(people):
        with CaptureQueriesContext(connection) as captured:
            team_table(people, on=TODAY)
        return len(captured)

    fill(agent, "One")
    one = cost([agent])
    others = [UserFactory(), UserFactory()]
    for person in others:
        fill(person, f"Of {person.pk}")
        fill(person, f"Also of {person.pk}")

    assert one == cost([agent, *others]) == 7
