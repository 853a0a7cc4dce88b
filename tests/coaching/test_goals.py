"""Goals: the baseline that is kept, and when one is reached."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone

from coaching import actions
from coaching.actions import NotAllowed
from coaching.figures import Figure, comparable_with, figure_from
from coaching.goals import State, judge, progress_of
from coaching.models import Goal
from content.models import Skill
from people.dates import add_months
from scorecards.models import FeedbackHold, Rollup, RubricVersion
from tests.factories.coaching import GoalFactory
from tests.factories.scorecards import RubricVersionFactory

MARCH = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
APRIL = dt.datetime(2026, 4, 10, 12, tzinfo=dt.UTC)
JUNE = dt.date(2026, 6, 30)


@pytest.fixture
def respect(version) -> Skill:
    return Skill.objects.get(key="respect")


@pytest.fixture
def goal(agent, manager, respect, grade) -> Goal:
    """Set on 10 March, after five grades of that month."""
    for tone in (0, 1, 2, 0, 1):
        grade(tone=tone, at=MARCH)
    return actions.set_goal(agent, respect, target=Decimal(80), due_on=JUNE, by=manager, at=MARCH)


def progress(goal, on=JUNE):
    (found,) = progress_of([goal], on=on)
    return found


@pytest.mark.parametrize(
    ("figure", "state"),
    [
        (Figure(4), State.CANNOT_BE_TOLD),
        (Figure(9, 95.0), State.CANNOT_BE_TOLD),
        (Figure(9, 90.0, 80.0, 100.0), State.REACHED),
        (Figure(9, 90.0, 79.9, 100.0), State.CANNOT_BE_TOLD),
        (Figure(9, 70.0, 60.0, 80.0), State.CANNOT_BE_TOLD),
        (Figure(9, 70.0, 60.0, 79.9), State.NOT_YET),
    ],
)
def test_judge_looks_at_the_interval_never_at_the_mean(figure, state):
    assert judge(figure, 80) == state


def test_figure_is_the_t_interval_of_equal_weights():
    # 60, 70, 80, 90, 100: mean 80, s.d. 15.811, t(.975; 4) = 2.776445.
    found = figure_from([5, 5, 400, 5, 400, 33000])
    assert (found.n, found.mean) == (5, pytest.approx(80))
    assert found.low == pytest.approx(80 - 2.776445 * 15.811388 / 5**0.5)
    assert found.high == pytest.approx(99.6324, abs=1e-4)


def test_figure_of_too_few_or_equal_grades_has_no_interval():
    assert figure_from([4, 4, 320, 4, 320, 26000]) == Figure(4)
    assert figure_from([5, 5, 400, 5, 400, 32000]) == Figure(5, 80.0)


class TestSetting:
    def test_keeps_where_the_person_stands(self, goal, version):
        assert goal.version == version
        assert (goal.baseline_first, goal.baseline_last) == (
            dt.date(2026, 1, 1), dt.date(2026, 3, 10),
        )  # fmt: skip
        assert goal.baseline_n == 5
        # Tone 0, 50, 100, 0, 50 and greeting always 100.
        assert goal.baseline_mean == pytest.approx(70)
        assert goal.baseline_low < 70 < goal.baseline_high

    def test_says_too_little_where_there_is_too_little(self, agent, manager, respect, grade):
        grade(tone=0, at=MARCH)
        goal = actions.set_goal(
            agent, respect, target=Decimal(80), due_on=JUNE, by=manager, at=MARCH
        )
        assert (goal.baseline_n, goal.baseline_mean, goal.baseline_low) == (1, None, None)

    def test_never_counts_what_is_held_back(self, agent, manager, respect, grade):
        FeedbackHold.objects.create(agent=agent, held_by=manager)
        for _ in range(5):
            grade(tone=0, at=MARCH)
        goal = actions.set_goal(
            agent, respect, target=Decimal(80), due_on=JUNE, by=manager, at=MARCH
        )
        assert goal.baseline_n == 0
        for _ in range(5):
            grade(tone=0, at=APRIL)
        assert progress(goal).later == Figure(0)

    def test_tells_the_agent(
        self, agent, manager, respect, today, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            goal = actions.set_goal(
                agent, respect, target=Decimal(80), due_on=add_months(today, 2), by=manager
            )
        (told,) = mail.outbox
        assert told.to == [agent.email]
        assert goal.get_absolute_url() in told.body

    def test_refuses_a_second_one_for_the_skill(self, goal, manager):
        with pytest.raises(NotAllowed, match="already"):
            actions.set_goal(
                goal.agent, goal.skill, target=Decimal(90), due_on=JUNE, by=manager, at=MARCH
            )
        actions.close_goal(goal, by=manager, reason="Another plan")
        actions.set_goal(
            goal.agent, goal.skill, target=Decimal(90), due_on=JUNE, by=manager, at=MARCH
        )

    def test_is_for_who_develops_the_person(
        self, agent, teammate, other_manager, administrator, respect
    ):
        for who in (agent, teammate, other_manager, administrator):
            with pytest.raises(NotAllowed):
                actions.set_goal(agent, respect, target=Decimal(80), due_on=JUNE, by=who, at=MARCH)

    def test_refuses_a_day_before_there_are_later_months(self, agent, manager, respect):
        with pytest.raises(NotAllowed, match="whole months"):
            actions.set_goal(
                agent, respect, target=Decimal(80), due_on=dt.date(2026, 3, 31), by=manager,
                at=MARCH,
            )  # fmt: skip


class TestProgress:
    def test_counts_only_what_came_after_the_month_it_was_set_in(self, goal, grade):
        for _ in range(5):
            grade(tone=0, at=MARCH)
        assert progress(goal).later == Figure(0)
        assert progress(goal).state == State.CANNOT_BE_TOLD
        for tone in (2, 2, 2, 2, 2, 2, 2, 1):
            grade(tone=tone, at=APRIL)
        found = progress(goal)
        assert found.later.n == 8
        assert found.state == State.REACHED

    def test_is_not_yet_where_the_whole_interval_lies_below(self, goal, grade):
        for tone in (0, 0, 0, 0, 0, 1):
            grade(tone=tone, at=APRIL)
        assert progress(goal).state == State.NOT_YET

    def test_leaves_out_what_came_after_its_day_or_after_it_was_closed(self, goal, grade, manager):
        for tone in (2, 2, 2, 2, 2, 1):
            grade(tone=tone, at=APRIL)
        actions.close_goal(goal, by=manager, reason="Enough", at=MARCH + dt.timedelta(days=3))
        goal.refresh_from_db()
        assert progress(goal).later.n == 0

    def test_leaves_out_versions_that_cannot_be_compared(self, goal, grade, version):
        for _ in range(5):
            grade(tone=0, at=APRIL)
        assert progress(goal).later.n == 5
        RubricVersion.objects.filter(pk=version.pk).update(state=RubricVersion.State.RETIRED)
        other = RubricVersionFactory(
            rubric=version.rubric, number=2, is_comparable=False, structure=False
        )
        Rollup.objects.filter(month=dt.date(2026, 4, 1)).update(version=other)
        assert (progress(goal).later.n, progress(goal).set_aside) == (0, 5)

    def test_before_the_first_whole_month_has_not_begun(self, goal):
        found = progress(goal, on=dt.date(2026, 3, 20))
        assert (found.has_begun, found.state) == (False, State.CANNOT_BE_TOLD)

    def test_number_of_queries_does_not_grow(self, goal, count_queries):
        one = count_queries(lambda: progress_of([goal], on=JUNE))
        more = [
            goal,
            *(
                GoalFactory(agent=goal.agent, version=goal.version, skill__key=key)
                for key in ("patience", "clarity")
            ),
        ]
        assert count_queries(lambda: progress_of(more, on=JUNE)) == one


def test_comparable_versions_go_back_to_the_last_break_and_on_to_the_next(db):
    first = RubricVersionFactory(structure=False)
    versions = [first]
    for number, is_comparable in ((2, True), (3, False), (4, True)):
        published = RubricVersion.objects.filter(state=RubricVersion.State.PUBLISHED)
        published.update(state=RubricVersion.State.RETIRED)
        versions.append(
            RubricVersionFactory(
                rubric=first.rubric, number=number, is_comparable=is_comparable, structure=False
            )
        )
    pks = [row.pk for row in versions]
    assert [comparable_with(row) for row in versions] == [pks[:2], pks[:2], pks[2:], pks[2:]]


def test_visible_to_its_people_only(agent, teammate, manager, other_manager, administrator):
    GoalFactory(agent=agent)
    assert [
        Goal.objects.visible_to(user).count()
        for user in (agent, manager, teammate, other_manager, administrator)
    ] == [1, 1, 0, 0, 0]


def test_close_keeps_the_reason_and_is_done_once(goal, manager, agent):
    with pytest.raises(NotAllowed):
        actions.close_goal(goal, by=agent, reason="I do not like it")
    with pytest.raises(NotAllowed):
        actions.close_goal(goal, by=manager, reason="")
    closed = actions.close_goal(goal, by=manager, reason="Reached", at=timezone.now())
    assert closed.closed_because == "Reached"
    with pytest.raises(NotAllowed):
        actions.close_goal(goal, by=manager, reason="Again")
