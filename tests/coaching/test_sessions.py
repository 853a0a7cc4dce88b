"""Sessions: planned, moved, held, called off; notes, comments, agenda."""

import datetime as dt

import pytest
from django.core import mail
from django.utils import timezone

from coaching import actions
from coaching.actions import NotAllowed, Terms
from coaching.models import CoachingSession, PrivateNotes
from people.models import AuditEvent, Membership
from tests.factories.coaching import CoachingSessionFactory

PLANNED, HELD, CANCELLED = CoachingSession.State
DAY = dt.timedelta(days=1)


@pytest.fixture
def tomorrow():
    return timezone.now() + DAY


class TestPlanning:
    def test_tells_the_agent_once_it_is_kept(
        self, agent, manager, tomorrow, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            session = actions.plan_session(agent, Terms(tomorrow, 45, "Room 2"), by=manager)
        assert (session.state, session.coach, session.agent) == (PLANNED, manager, agent)
        (told,) = mail.outbox
        assert told.to == [agent.email]
        assert session.get_absolute_url() in told.body
        assert "Room 2" in told.body

    def test_is_for_who_develops_the_person_today(
        self, agent, teammate, other_manager, administrator, reviewer, tomorrow
    ):
        for who in (teammate, other_manager, administrator, reviewer, agent):
            with pytest.raises(NotAllowed):
                actions.plan_session(agent, Terms(tomorrow), by=who)
        assert not CoachingSession.objects.exists()

    def test_refuses_a_day_in_the_past(self, agent, manager):
        with pytest.raises(NotAllowed, match="past"):
            actions.plan_session(agent, Terms(timezone.now() - 2 * DAY), by=manager)

    def test_the_same_twice_is_one(self, agent, manager, tomorrow):
        session = actions.plan_session(agent, Terms(tomorrow), by=manager)
        with pytest.raises(NotAllowed, match="at this time already"):
            actions.plan_session(agent, Terms(tomorrow), by=manager)
        actions.call_off(session, by=manager, reason="Ill.")
        assert actions.plan_session(agent, Terms(tomorrow), by=manager).is_planned


class TestMoving:
    def test_tells_the_agent_of_what_changed_and_of_nothing_else(
        self, session, manager, tomorrow, django_capture_on_commit_callbacks
    ):
        same = Terms(session.starts_at, session.minutes, session.place)
        with django_capture_on_commit_callbacks(execute=True):
            actions.move_session(session, same, by=manager)
        assert mail.outbox == []
        with django_capture_on_commit_callbacks(execute=True):
            moved = actions.move_session(session, Terms(tomorrow, 30, "Room 2"), by=manager)
        assert moved.starts_at == tomorrow
        assert [m.to for m in mail.outbox] == [[session.agent.email]]

    def test_is_the_coachs_alone(self, session, agent, tomorrow):
        with pytest.raises(NotAllowed):
            actions.move_session(session, Terms(tomorrow), by=agent)


class TestHolding:
    def test_and_taking_it_back(self, session, manager):
        at = session.starts_at
        assert actions.mark_held(session, by=manager, at=at).state == HELD
        with pytest.raises(NotAllowed, match="already"):
            actions.mark_held(session, by=manager, at=at)
        assert actions.mark_not_held(session, by=manager).state == PLANNED

    def test_is_not_possible_before_its_day(self, session, manager):
        with pytest.raises(NotAllowed, match="later day"):
            actions.mark_held(session, by=manager, at=session.starts_at - 2 * DAY)


class TestCallingOff:
    def test_needs_a_reason_which_the_agent_reads(
        self, session, manager, django_capture_on_commit_callbacks
    ):
        with pytest.raises(NotAllowed):
            actions.call_off(session, by=manager, reason="  ")
        with django_capture_on_commit_callbacks(execute=True):
            off = actions.call_off(session, by=manager, reason="I am ill")
        assert (off.state, off.cancelled_because) == (CANCELLED, "I am ill")
        assert "I am ill" in mail.outbox[0].body

    def test_ends_everything_but_comments(self, session, manager, agent):
        actions.call_off(session, by=manager, reason="I am ill")
        for refused in (
            lambda: actions.mark_held(session, by=manager),
            lambda: actions.add_agenda_item(session, title="Breaks", by=agent),
            lambda: actions.write_notes(
                session, shared="x", private="", follow_up_on=None, by=manager
            ),
        ):
            with pytest.raises(NotAllowed):
                refused()
        actions.comment_on_session(session, "Get well.", by=agent)


class TestNotes:
    def test_private_ones_leave_no_trace_but_their_own_row(
        self, session, manager, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            actions.write_notes(
                session, shared="", private="Seems worried.", follow_up_on=None, by=manager
            )
        assert PrivateNotes.objects.get(session=session).text == "Seems worried."
        assert mail.outbox == []
        written = AuditEvent.objects.exclude(action="plan_coaching")
        assert not any("worried" in f"{row.before}{row.after}" for row in written)

    def test_shared_ones_are_told_to_the_agent_without_their_words(
        self, session, manager, agent, django_capture_on_commit_callbacks
    ):
        day = timezone.localdate() + 14 * DAY
        with django_capture_on_commit_callbacks(execute=True):
            actions.write_notes(
                session, shared="We agreed.", private="", follow_up_on=day, by=manager
            )
        (told,) = mail.outbox
        assert told.to == [agent.email]
        assert "We agreed" not in told.body
        assert not any("We agreed" in f"{row.after}" for row in AuditEvent.objects.all())
        session.refresh_from_db()
        assert (session.shared_notes, session.follow_up_on) == ("We agreed.", day)

    def test_follow_up_lies_after_the_session(self, session, manager):
        with pytest.raises(NotAllowed, match="follow-up"):
            actions.write_notes(
                session,
                shared="",
                private="",
                follow_up_on=timezone.localdate(session.starts_at),
                by=manager,
            )

    def test_are_the_coachs_alone(self, session, agent, other_manager):
        for who in (agent, other_manager):
            with pytest.raises(NotAllowed):
                actions.write_notes(session, shared="x", private="y", follow_up_on=None, by=who)


class TestComments:
    def test_tell_the_other_one(self, session, agent, manager, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            actions.comment_on_session(session, "May we talk about breaks?", by=agent)
        assert [m.to for m in mail.outbox] == [[manager.email]]

    def test_are_between_the_two(self, session, teammate):
        with pytest.raises(NotAllowed):
            actions.comment_on_session(session, "Hello", by=teammate)


class TestAgenda:
    def test_is_written_by_both_and_ordered_by_the_coach(self, session, agent, manager):
        first = actions.add_agenda_item(session, title="Holiday", by=manager)
        second = actions.add_agenda_item(session, title="Breaks", by=agent)
        actions.move_agenda_item(second, up=True, by=manager)
        assert list(session.agenda.all()) == [second, first]
        actions.move_agenda_item(second, up=True, by=manager)
        assert list(session.agenda.all()) == [second, first]
        with pytest.raises(NotAllowed):
            actions.move_agenda_item(first, up=True, by=agent)

    def test_what_one_wrote_the_other_cannot_take_off(self, session, agent, manager):
        theirs = actions.add_agenda_item(session, title="Breaks", by=agent)
        with pytest.raises(NotAllowed):
            actions.remove_agenda_item(theirs, by=manager)
        with pytest.raises(NotAllowed):
            actions.change_agenda_item(theirs, title="Nothing", note="", by=manager)
        actions.remove_agenda_item(theirs, by=agent)
        assert not session.agenda.exists()

    def test_stays_as_it_was_once_held(self, session, agent, manager):
        item = actions.add_agenda_item(session, title="Breaks", by=agent)
        actions.mark_held(session, by=manager, at=session.starts_at)
        with pytest.raises(NotAllowed):
            actions.remove_agenda_item(item, by=agent)
        assert actions.mark_discussed(item, is_discussed=True, by=manager).is_discussed


class TestWhoSees:
    def test_its_coach_its_agent_and_who_develops_them_today(
        self, session, agent, teammate, manager, other_manager, administrator, reviewer, editor
    ):
        def see(user):
            return CoachingSession.objects.visible_to(user).count()

        assert [see(user) for user in (agent, manager)] == [1, 1]
        assert [see(u) for u in (teammate, other_manager, administrator, reviewer, editor)] == [
            0, 0, 0, 0, 0,
        ]  # fmt: skip

    def test_a_new_manager_sees_it_and_the_former_coach_still_does(
        self, session, manager, other_manager, team
    ):
        Membership.objects.filter(user=manager).update(ends_on=timezone.localdate() - DAY)
        Membership.objects.create(
            user=other_manager,
            team=team,
            kind=Membership.Kind.MANAGER,
            starts_on=timezone.localdate() - DAY,
        )
        assert CoachingSession.objects.visible_to(other_manager).get() == session
        assert CoachingSession.objects.visible_to(manager).get() == session


def test_follow_up_is_due_until_there_is_a_later_session(agent, manager, today):
    held = CoachingSessionFactory(held=True, agent=agent, coach=manager, follow_up_on=today)
    due = CoachingSession.objects.follow_up_due(on=today)
    assert list(due) == [held]
    assert not CoachingSession.objects.follow_up_due(on=today - DAY).exists()
    CoachingSessionFactory(agent=agent, coach=manager)
    assert not due.all().exists()
