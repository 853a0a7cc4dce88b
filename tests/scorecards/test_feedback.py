"""What an agent gets to see, and the private conversation about a grade."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from people.models import AuditEvent
from scorecards.actions import (
    Conflict,
    NotAllowed,
    Refused,
    acknowledge_scorecard,
    hold_feedback,
    release_scorecards,
    reply_to_scorecard,
    stop_holding_feedback,
    submit_scorecard,
)
from scorecards.freezing import thawed
from scorecards.models import FeedbackHold, Reply, Rollup, RubricVersion, Scorecard
from scorecards.rollups import rebuild_rollups


@pytest.fixture
def held(graded, reviewer, agent, manager):
    hold_feedback(agent, by=manager)
    return submit_scorecard(graded, by=reviewer)


def cells():
    names = ("subject", "subject_id", "is_held", "n", "sum_y", "sum_wy")
    return sorted(Rollup.objects.values_list(*names))


def test_a_held_grade_is_seen_by_all_but_its_agent(held, agent, reviewer, manager, administrator):
    assert not Scorecard.objects.visible_to(agent).exists()
    assert not Rollup.objects.visible_to(agent).exists(), "nor can an average tell"
    assert not Scorecard.objects.to_acknowledge().exists()
    for other in (reviewer, manager, administrator):
        assert Scorecard.objects.visible_to(other).get() == held
    assert Rollup.objects.visible_to(manager).get(subject="total").sum_y == 100
    with pytest.raises(NotAllowed):
        acknowledge_scorecard(held, by=agent)


def test_an_administrator_does_not_see_what_is_held_from_them(held, administrator):
    Scorecard.objects.update(agent=administrator)

    assert not Scorecard.objects.visible_to(administrator).exists()


def test_a_rubric_version_holds_feedback(graded, reviewer):
    with thawed(connection):
        RubricVersion.objects.update(holds_feedback=True)

    assert submit_scorecard(graded, by=reviewer).is_held


def test_release_scorecards_shows_them(held, agent, manager):
    before = [(*row[:2], *row[3:]) for row in cells()]

    (released,) = release_scorecards([held], by=manager)

    assert Scorecard.objects.visible_to(agent).get() == released
    assert [(*row[:2], *row[3:]) for row in cells()] == before, "the sums only moved"
    assert not Rollup.objects.filter(is_held=True).exists()
    kept = cells()
    rebuild_rollups()
    assert cells() == kept
    event = AuditEvent.objects.get(action="release_scorecard")
    assert (event.actor, event.object_id) == (manager, str(held.pk))


def test_release_scorecards_twice_is_told(held, manager):
    release_scorecards([held], by=manager)

    with pytest.raises(Conflict):
        release_scorecards([held], by=manager)
    assert AuditEvent.objects.filter(action="release_scorecard").count() == 1


@pytest.mark.parametrize("who", ["agent", "reviewer", "other_manager", "editor"])
def test_release_scorecards_is_the_managers(held, request, who):
    with pytest.raises(NotAllowed):
        release_scorecards([held], by=request.getfixturevalue(who))
    held.refresh_from_db()
    assert held.is_held


def test_nobody_releases_their_own(held, administrator):
    Scorecard.objects.update(agent=administrator)

    with pytest.raises(NotAllowed):
        release_scorecards([held], by=administrator)


@pytest.mark.parametrize("who", ["agent", "reviewer", "other_manager"])
def test_hold_feedback_is_the_managers(agent, request, who):
    someone = request.getfixturevalue(who)
    for action in (hold_feedback, stop_holding_feedback):
        with pytest.raises(NotAllowed):
            action(agent, by=someone)


def test_hold_feedback_twice_is_one_and_ends(agent, manager, graded, reviewer):
    hold_feedback(agent, by=manager)
    hold_feedback(agent, by=manager)
    assert FeedbackHold.objects.count() == 1

    stop_holding_feedback(agent, by=manager)
    stop_holding_feedback(agent, by=manager)

    assert not submit_scorecard(graded, by=reviewer).is_held
    actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["hold_feedback", "stop_holding_feedback", "submit_scorecard"]


def test_a_held_grade_cannot_be_marked_as_read(held):
    with pytest.raises(IntegrityError), transaction.atomic():
        Scorecard.objects.filter(pk=held.pk).update(acknowledged_at=held.submitted_at)


def test_reply_to_scorecard_by_agent_reviewer_manager_and_administrator(
    submitted, agent, reviewer, manager, administrator
):
    for person in (agent, reviewer, manager, administrator):
        reply_to_scorecard(submitted, f"From {person}.", by=person)

    assert [reply.author for reply in Reply.objects.about(submitted)] == [
        agent,
        reviewer,
        manager,
        administrator,
    ]
    event = AuditEvent.objects.filter(action="reply_to_scorecard").last()
    assert (event.actor, event.after) == (agent, {"scorecard": submitted.pk})


@pytest.mark.parametrize("who", ["teammate", "second_reviewer", "other_manager", "editor"])
def test_reply_to_scorecard_refuses_others(submitted, request, who):
    with pytest.raises(NotAllowed):
        reply_to_scorecard(submitted, "Hello", by=request.getfixturevalue(who))


def test_reply_to_scorecard_refuses_nothing_and_what_is_held(submitted, agent, manager):
    with pytest.raises(Refused):
        reply_to_scorecard(submitted, "  ", by=agent)
    Scorecard.objects.update(is_held=True)
    with pytest.raises(Refused, match="Release"):
        reply_to_scorecard(submitted, "Well?", by=manager)
    assert not Reply.objects.exists()


def test_reply_to_scorecard_twice_in_a_minute_is_one(submitted, agent):
    now = submitted.submitted_at
    for seconds in (0, 5, 70):
        reply_to_scorecard(submitted, "Thanks", by=agent, at=now + dt.timedelta(seconds=seconds))

    assert Reply.objects.count() == 2
