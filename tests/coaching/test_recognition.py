"""Recognition: who gives it, who reads it, and until when."""

import pytest
from django.core import mail

from coaching import actions
from coaching.actions import NotAllowed, Quoted
from coaching.models import Recognition
from coaching.models.recognition import recognisable_by
from coaching.recognition import told
from interactions.models import Transcript
from scorecards.actions import undo_submission
from scorecards.models import FeedbackHold
from tests.factories.coaching import RecognitionFactory

PASSAGE = Quoted("m4", 0, 19, "It leaves tomorrow.")


def seen(user):
    return Recognition.objects.visible_to(user).count()


def test_tells_the_agent(grade, agent, manager, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        row = actions.recognise(grade(), "So clear!", by=manager, passage=PASSAGE)
    assert (row.agent, row.author, row.quote) == (agent, manager, "It leaves tomorrow.")
    (mailed,) = mail.outbox
    assert mailed.to == [agent.email]
    assert "So clear!" in mailed.body


def test_is_given_by_the_manager_and_who_graded(
    grade, agent, teammate, manager, other_manager, reviewer, second_reviewer, administrator
):
    scorecard = grade()
    for who in (manager, reviewer):
        assert recognisable_by(who).get() == scorecard
        actions.recognise(scorecard, "Good.", by=who)
    for who in (agent, teammate, other_manager, second_reviewer, administrator):
        assert not recognisable_by(who).exists()
        with pytest.raises(NotAllowed):
            actions.recognise(scorecard, "Good.", by=who)


def test_is_not_given_while_the_agent_cannot_see_the_grade(grade, agent, manager, reviewer):
    FeedbackHold.objects.create(agent=agent, held_by=manager)
    scorecard = grade()
    for who in (manager, reviewer):
        with pytest.raises(NotAllowed, match="can see"):
            actions.recognise(scorecard, "Good.", by=who)


def test_the_same_words_twice_are_said_once(grade, manager):
    scorecard = grade()
    first = actions.recognise(scorecard, "Kindly said.", by=manager)
    assert actions.recognise(scorecard, "Kindly said. ", by=manager) == first
    actions.withdraw(first, by=manager)
    assert actions.recognise(scorecard, "Kindly said.", by=manager) != first


def test_needs_words(grade, manager):
    with pytest.raises(NotAllowed):
        actions.recognise(grade(), "  ", by=manager)


def test_is_read_by_agent_author_and_manager_only(
    grade, agent, teammate, manager, other_manager, reviewer, second_reviewer, administrator
):
    actions.recognise(grade(), "Good.", by=reviewer)
    assert [seen(user) for user in (agent, manager, reviewer)] == [1, 1, 1]
    others = (teammate, other_manager, second_reviewer, administrator)
    assert [seen(user) for user in others] == [0, 0, 0, 0]


def test_withdrawn_is_read_by_its_author_only(grade, agent, manager, reviewer):
    row = actions.recognise(grade(), "Good.", by=reviewer)
    with pytest.raises(NotAllowed):
        actions.withdraw(row, by=manager)
    actions.withdraw(row, by=reviewer)
    assert [seen(user) for user in (agent, manager, reviewer)] == [0, 0, 1]


def test_goes_out_of_sight_with_a_grade_that_was_taken_back(grade, agent, manager, reviewer):
    scorecard = grade()
    actions.recognise(scorecard, "Good.", by=manager)
    undo_submission(scorecard, by=reviewer)
    assert [seen(user) for user in (agent, manager)] == [0, 0]


def test_says_that_the_passage_was_removed(grade, agent, manager):
    scorecard = grade()
    actions.recognise(scorecard, "Good.", by=manager, passage=PASSAGE)
    rows = Recognition.objects.select_related("scorecard__interaction__transcript")
    assert [row.is_removed for row in told(rows, reader=agent)] == [False]
    Transcript.objects.filter(interaction=scorecard.interaction).update(messages=[])
    assert [row.is_removed for row in told(rows.all(), reader=agent)] == [True]


@pytest.mark.django_db
def test_factory_makes_what_its_agent_sees():
    row = RecognitionFactory()
    assert Recognition.objects.visible_to(row.agent).get() == row
