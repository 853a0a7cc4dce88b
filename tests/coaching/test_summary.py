"""What rooms above show of coaching."""

import datetime as dt

from django.template.loader import render_to_string

from coaching import actions
from coaching.summary import coach_summary, person_summary
from tests.factories.coaching import (
    ActionItemFactory,
    CoachingSessionFactory,
    GoalFactory,
    RecognitionFactory,
)

DAY = dt.timedelta(days=1)


def test_person_has_the_next_session_items_goals_and_recognition(agent, session, version, today):
    ActionItemFactory(agent=agent, due_on=today - DAY)
    GoalFactory(agent=agent, version=version)
    RecognitionFactory(agent=agent, words="Clear!")
    found = person_summary(agent, reader=agent)
    assert (found.next_session, found.open_count, found.overdue_count) == (session, 1, 1)
    words = render_to_string("coaching/_person_summary.html", {"coaching": found})
    for part in ("1 action item is open", "1 overdue", "Cannot be told yet", "Clear!"):
        assert part in words


def test_person_of_whom_there_is_nothing_takes_no_room(agent):
    found = person_summary(agent, reader=agent)
    assert not found
    assert render_to_string("coaching/_person_summary.html", {"coaching": found}).strip() == ""


def test_person_is_empty_for_who_may_not_see_it(agent, session, other_manager, administrator):
    ActionItemFactory(agent=agent)
    for user in (other_manager, administrator):
        assert not person_summary(agent, reader=user)


def test_coach_has_what_is_due(agent, manager, session, today):
    held = CoachingSessionFactory(
        held=True, agent=agent, coach=manager, follow_up_on=today, starts_at=session.starts_at - DAY
    )
    late = ActionItemFactory(agent=agent, due_on=today - DAY)
    found = coach_summary(manager)
    assert (list(found.coming), list(found.overdue)) == ([session], [late])
    assert found.follow_up_count == 0  # The next session is planned.
    actions.call_off(session, by=manager, reason="I am ill")
    found = coach_summary(manager)
    assert list(found.follow_ups) == [held]
    words = render_to_string("coaching/_coach_summary.html", {"coaching": found})
    assert "1 follow-up is due" in words
    assert "1 action item is overdue" in words


def test_coach_summary_is_none_for_others(agent, reviewer, administrator):
    assert [coach_summary(user) for user in (agent, reviewer, administrator)] == [None] * 3


def test_both_take_constant_queries(agent, manager, version, today, count_queries):
    def more(key):
        ActionItemFactory(agent=agent, due_on=today - DAY)
        GoalFactory(agent=agent, version=version, skill__key=key)
        RecognitionFactory(agent=agent)
        CoachingSessionFactory(held=True, agent=agent, coach=manager, follow_up_on=today)

    more("patience")
    coach_summary(manager)
    one = count_queries(lambda: (coach_summary(manager), person_summary(agent, reader=manager)))
    more("clarity")
    more("calm")
    assert (
        count_queries(lambda: (coach_summary(manager), person_summary(agent, reader=manager)))
        == one
    )
