"""The pages of coaching: who gets them, what they say, and how many queries they take."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from coaching import actions
from coaching.models import ActionItem, CoachingSession, Goal, PrivateNotes, Recognition
from coaching.proposals import proposals_for
from content.models import Skill
from people.dates import add_months
from people.models import Membership
from scorecards.models import FeedbackHold
from tests.factories.coaching import (
    ActionItemFactory,
    AgendaItemFactory,
    CoachingSessionFactory,
    GoalFactory,
    RecognitionFactory,
)
from tests.factories.people import MembershipFactory

DAY = dt.timedelta(days=1)


def url(name, *args):
    return reverse(f"coaching:{name}", args=args)


@pytest.fixture
def day(today):
    return (today + 7 * DAY).isoformat()


class TestSessionList:
    def test_shows_what_one_may_see(self, as_user, session, agent, manager, teammate):
        for user in (agent, manager):
            assert list(as_user(user).get(url("session_list")).context["page"]) == [session]
        assert "No sessions yet" in as_user(teammate).get(url("session_list")).text

    def test_has_the_next_one_first_and_the_past_from_the_last_one_back(
        self, as_user, agent, manager
    ):
        now = timezone.now()
        later, soon, last, earlier = (
            CoachingSessionFactory(agent=agent, coach=manager, starts_at=now + days * DAY)
            for days in (3, 1, -1, -3)
        )
        page = as_user(manager).get(url("session_list")).context["page"]
        assert list(page) == [soon, later, last, earlier]

    def test_filters_by_person_state_and_period(self, as_user, session, agent, teammate, manager):
        held = CoachingSessionFactory(agent=teammate, coach=manager, held=True)
        client = as_user(manager)

        def found(query):
            return list(client.get(url("session_list") + query).context["page"])

        assert found("") == [session, held]
        assert found(f"?agent={teammate.pk}") == [held]
        assert found("?state=planned") == [session]
        assert found("?period=coming") == [session]
        assert found("?period=month&state=held") == [held]
        assert found("?state=cancelled") == []
        assert "No session like that" in client.get(url("session_list") + "?state=cancelled").text

    @pytest.mark.parametrize(
        "query", ["?state=x", "?period=x", "?agent=x", "?agent=99999999999999999999", "?agent=7"]
    )
    def test_says_that_a_filter_is_not_known(self, as_user, session, manager, query):
        page = as_user(manager).get(url("session_list") + query)
        assert page.status_code == 200
        assert "not known here" in page.text
        assert list(page.context["page"]) == [session]

    def test_next_page_and_constant_queries(self, as_user, agent, manager, count_queries):
        client = as_user(manager)
        CoachingSessionFactory(agent=agent, coach=manager)
        client.get(url("session_list"))
        one = count_queries(lambda: client.get(url("session_list")))
        for _ in range(29):
            AgendaItemFactory(session=CoachingSessionFactory(agent=agent, coach=manager))
        assert count_queries(lambda: client.get(url("session_list"))) == one
        assert len(client.get(url("session_list") + "?page=2").context["page"]) == 5


class TestPlanning:
    def test_leads_to_the_proposals(self, as_user, agent, manager, day):
        answer = as_user(manager).post(
            url("session_create"),
            {"agent": agent.pk, "day": day, "time": "10:30", "minutes": 45, "place": "Room 2"},
        )
        session = CoachingSession.objects.get()
        assert answer["Location"] == url("agenda_fill", session.pk)
        assert timezone.localtime(session.starts_at).strftime("%H:%M") == "10:30"

    def test_keeps_what_was_entered(self, as_user, agent, manager, today):
        answer = as_user(manager).post(
            url("session_create"),
            {
                "agent": agent.pk,
                "day": (today - DAY).isoformat(),
                "time": "10:30",
                "minutes": 45,
                "place": "Room 2",
            },
        )
        assert answer.status_code == 422
        assert "past" in answer.text
        assert "Room 2" in answer.text

    @pytest.mark.parametrize("nonsense", ["0001-01-01", "9999-12-31", "2026-02-30", "x", ""])
    def test_refuses_days_that_are_none(self, as_user, agent, manager, nonsense):
        data = {"agent": agent.pk, "day": nonsense, "time": "00:00", "minutes": 45}
        assert as_user(manager).post(url("session_create"), data).status_code == 422

    def test_offers_ones_people_only(self, as_user, manager, agent, teammate, reviewer, day):
        client = as_user(manager)
        choices = client.get(url("session_create")).context["form"].fields["agent"].queryset
        assert set(choices) == {agent, teammate}
        data = {"agent": reviewer.pk, "day": day, "time": "10:30", "minutes": 30}
        assert client.post(url("session_create"), data).status_code == 422

    def test_of_the_follow_up_knows_the_rest(self, as_user, agent, manager, today):
        held = CoachingSessionFactory(
            held=True, agent=agent, coach=manager, place="Room 2", follow_up_on=today + DAY
        )
        page = as_user(manager).get(url("session_create") + f"?after={held.pk}")
        assert page.context["form"].initial["agent"] == agent.pk
        assert page.context["form"].initial["day"] == today + DAY
        assert "Room 2" in page.text

    def test_is_for_coaches(self, as_user, agent, reviewer, administrator, editor):
        for user in (agent, reviewer, administrator, editor):
            assert as_user(user).get(url("session_create")).status_code == 403

    def test_says_where_there_is_nobody(self, as_user, other_manager):
        assert "Nobody to coach" in as_user(other_manager).get(url("session_create")).text

    def test_moves_and_calls_off(self, as_user, session, manager, day):
        client = as_user(manager)
        data = {"day": day, "time": "09:00", "minutes": 20}
        client.post(url("session_edit", session.pk), data)
        session.refresh_from_db()
        assert session.minutes == 20
        assert client.post(url("session_cancel", session.pk), {}).status_code == 422
        client.post(url("session_cancel", session.pk), {"reason": "I am ill"})
        assert "Called off: I am ill" in client.get(session.get_absolute_url()).text
        assert client.get(url("session_edit", session.pk)).status_code == 302


class TestSessionPage:
    def test_is_found_by_its_people_only(
        self, as_user, session, agent, manager, teammate, other_manager, administrator, reviewer
    ):
        where = session.get_absolute_url()
        for user in (agent, manager):
            assert as_user(user).get(where).status_code == 200
            assert as_user(user).head(where).status_code == 200
        for user in (teammate, other_manager, administrator, reviewer):
            assert as_user(user).get(where).status_code == 404

    def test_private_notes_are_on_the_coachs_page_alone(
        self, as_user, session, agent, manager, other_manager, team
    ):
        client = as_user(manager)
        answer = client.post(
            url("session_notes", session.pk),
            {"shared": "We agreed.", "private": "Seems worried.", "follow_up_on": ""},
        )
        assert answer.status_code == 302
        MembershipFactory(user=other_manager, team=team, kind=Membership.Kind.MANAGER)
        where = session.get_absolute_url()
        assert "Seems worried." in client.get(where).text
        for user in (agent, other_manager):
            page = as_user(user).get(where)
            assert "We agreed." in page.text
            assert "worried" not in page.text
            assert "for me only" not in page.text

    def test_notes_are_kept_when_something_is_wrong(self, as_user, session, manager):
        answer = as_user(manager).post(
            url("session_notes", session.pk),
            {"shared": "We agreed.", "private": "Mine", "follow_up_on": "2001-01-01"},
        )
        assert answer.status_code == 422
        assert "We agreed." in answer.text
        assert "Mine" in answer.text
        assert not PrivateNotes.objects.exists()

    def test_notes_of_two_windows_do_not_overwrite_one_another(self, as_user, session, manager):
        client, address = as_user(manager), url("session_notes", session.pk)
        known = client.get(session.get_absolute_url()).context["notes_form"]["known"].value()
        first = {"shared": "Breathe first.", "private": "Tired.", "known": known}
        assert client.post(address, first).status_code == 302
        # The same once more: a double click.
        assert client.post(address, first).status_code == 302
        answer = client.post(address, {"shared": "Listen.", "private": "", "known": known})
        assert answer.status_code == 422
        for words in ("another window", "Breathe first.", "Tired.", "Listen."):
            assert words in answer.text
        session.refresh_from_db()
        assert session.shared_notes == "Breathe first."
        seen = answer.context["notes_form"]["known"].value()
        both = {"shared": "Breathe first. Listen.", "private": "Tired.", "known": seen}
        assert client.post(address, both).status_code == 302
        session.refresh_from_db()
        assert session.shared_notes == "Breathe first. Listen."

    def test_what_is_sent_twice_stands_there_once(self, as_user, session, agent, manager):
        client = as_user(agent)
        for _time in range(2):
            client.post(url("agenda_add", session.pk), {"title": "Breaks", "note": "At noon"})
            client.post(url("session_comment", session.pk), {"body": "See you then."})
        assert session.agenda.count() == session.comments.count() == 1
        client.post(url("session_comment", session.pk), {"body": "Until then."})
        client.post(url("session_comment", session.pk), {"body": "See you then."})
        assert session.comments.count() == 3

    def test_agent_adds_a_topic_and_comments(self, as_user, session, agent, manager):
        client = as_user(agent)
        client.post(url("agenda_add", session.pk), {"title": "Breaks", "note": "At noon"})
        client.post(url("session_comment", session.pk), {"body": "See you then."})
        page = as_user(manager).get(session.get_absolute_url())
        for words in ("Breaks", "At noon", "See you then.", "Added by Ada"):
            assert words in page.text

    def test_empty_ones_are_refused_with_the_page(self, as_user, session, agent):
        client = as_user(agent)
        for name in ("agenda_add", "session_comment"):
            answer = client.post(url(name, session.pk), {})
            assert answer.status_code == 422
            assert session.coach.first_name in answer.text

    def test_agent_does_not_do_what_is_the_coachs(self, as_user, session, agent, day):
        item = AgendaItemFactory(session=session)
        client = as_user(agent)
        for name in ("session_notes", "session_hold", "session_cancel"):
            assert client.post(url(name, session.pk), {"reason": "x"}).status_code == 403
        for name in ("agenda_move", "agenda_discussed", "agenda_edit"):
            assert client.post(url(name, item.pk), {"title": "x"}).status_code == 403
        assert client.get(url("agenda_fill", session.pk)).status_code == 403
        assert client.get(url("session_edit", session.pk)).status_code == 403

    def test_developer_who_is_not_its_coach_reads_and_writes_nothing(
        self, as_user, session, other_manager, team
    ):
        MembershipFactory(user=other_manager, team=team, kind=Membership.Kind.MANAGER)
        client = as_user(other_manager)
        assert client.get(session.get_absolute_url()).status_code == 200
        for name in ("session_notes", "session_comment", "agenda_add"):
            assert client.post(url(name, session.pk), {"body": "x"}).status_code == 403

    def test_others_get_no_page_for_anything(self, as_user, session, teammate):
        item = AgendaItemFactory(session=session)
        client = as_user(teammate)
        for name in ("session_notes", "session_hold", "session_comment", "agenda_add"):
            assert client.post(url(name, session.pk), {"body": "x"}).status_code == 404
        for name in ("agenda_move", "agenda_discussed", "agenda_edit"):
            assert client.post(url(name, item.pk)).status_code == 404

    @pytest.mark.parametrize("name", ["session_notes", "session_hold", "session_comment"])
    def test_get_writes_nothing(self, as_user, session, manager, name):
        assert as_user(manager).get(url(name, session.pk)).status_code == 405

    def test_held_and_back(self, as_user, session, manager):
        CoachingSession.objects.update(starts_at=timezone.now())
        client = as_user(manager)
        client.post(url("session_hold", session.pk))
        page = client.get(session.get_absolute_url())
        assert "Plan the follow-up" in page.text
        assert "marked it as held" in page.text
        client.post(url("session_hold", session.pk), {"undo": "1"})
        session.refresh_from_db()
        assert session.is_planned

    def test_constant_queries(self, as_user, session, agent, manager, grade, count_queries):
        client = as_user(manager)
        where = session.get_absolute_url()

        def more(**keys):
            grade(**keys, quotes=dict.fromkeys(keys, "It leaves tomorrow."))
            found = proposals_for(session, at=timezone.now())
            actions.fill_agenda(session, found, by=manager)
            actions.comment_on_session(session, "Yes", by=agent)
            ActionItemFactory(agent=agent, session=session)

        more(tone=0)
        client.get(where)
        one = count_queries(lambda: client.get(where))
        more(greeting=0)
        more(identity=0)
        assert count_queries(lambda: client.get(where)) == one


class TestFilling:
    def test_proposes_with_quotations_and_keeps_what_was_chosen(
        self, as_user, session, manager, grade, criteria
    ):
        grade(tone=0, quotes={"tone": "It leaves tomorrow."})
        grade(tone=0, identity=0)
        client = as_user(manager)
        page = client.get(url("agenda_fill", session.pk))
        assert "It leaves tomorrow." in page.text
        assert "2 of the last 2" in page.text
        chosen = f"low:{criteria['tone'].pk}"
        client.post(url("agenda_fill", session.pk), {"proposal": [chosen, "low:0", "nonsense"]})
        (item,) = session.agenda.all()
        assert item.source == chosen
        shown = client.get(session.get_absolute_url())
        assert "It leaves tomorrow." in shown.text

    def test_says_where_there_is_nothing(self, as_user, session, manager):
        page = as_user(manager).get(url("agenda_fill", session.pk))
        assert "Nothing to propose" in page.text

    def test_never_shows_what_is_held_back(self, as_user, session, agent, manager, grade):
        FeedbackHold.objects.create(agent=agent, held_by=manager)
        grade(tone=0, quotes={"tone": "It leaves tomorrow."})
        page = as_user(manager).get(url("agenda_fill", session.pk))
        assert "It leaves tomorrow." not in page.text

    def test_ones_own_topic_is_changed_and_taken_off(self, as_user, session, agent):
        client = as_user(agent)
        item = AgendaItemFactory(session=session, added_by=agent)
        assert client.get(url("agenda_edit", item.pk)).status_code == 200
        assert client.post(url("agenda_edit", item.pk), {"title": ""}).status_code == 422
        client.post(url("agenda_edit", item.pk), {"title": "Later breaks"})
        assert session.agenda.get().title == "Later breaks"
        client.post(url("agenda_edit", item.pk), {"remove": "1"})
        assert not session.agenda.exists()

    def test_order_and_what_was_talked_about(self, as_user, session, manager):
        client = as_user(manager)
        first, second = (AgendaItemFactory(session=session) for _ in range(2))
        client.post(url("agenda_move", second.pk), {"up": "1"})
        assert list(session.agenda.all()) == [second, first]
        client.post(url("agenda_discussed", first.pk))
        assert "talked about" in client.get(session.get_absolute_url()).text


class TestItems:
    def test_agreed_in_a_session_about_a_criterion(
        self, as_user, session, agent, manager, grade, criteria, day
    ):
        grade(tone=0)
        (item,) = actions.fill_agenda(
            session, proposals_for(session, at=timezone.now()), by=manager
        )
        client = as_user(manager)
        where = url("item_create") + f"?session={session.pk}&agenda={item.pk}"
        assert client.get(where).context["form"].initial["criterion"] == criteria["tone"].pk
        data = {
            "text": "Listen to two calls",
            "owner": agent.pk,
            "due_on": day,
            "criterion": criteria["tone"].pk,
            "skill": criteria["tone"].skill_id,
        }
        client.post(where, data)
        agreed = ActionItem.objects.get()
        assert (agreed.session, agreed.criterion, agreed.owner) == (
            session, criteria["tone"], agent,
        )  # fmt: skip
        for user in (agent, manager):
            page = as_user(user).get(session.get_absolute_url())
            assert "Listen to two calls" in page.text

    def test_bad_input_keeps_what_was_entered(self, as_user, agent, today):
        data = {"text": "Listen", "owner": agent.pk, "due_on": (today - DAY).isoformat()}
        answer = as_user(agent).post(url("item_create"), data)
        assert answer.status_code == 422
        assert "past" in answer.text
        assert 'value="Listen"' in answer.text

    def test_are_not_written_about_others(self, as_user, agent, teammate, session):
        client = as_user(teammate)
        assert client.get(url("item_create") + f"?agent={agent.pk}").status_code == 404
        assert client.get(url("item_create") + f"?session={session.pk}").status_code == 404

    def test_list_by_state_person_and_owner(self, as_user, agent, teammate, manager, today):
        late = ActionItemFactory(agent=agent, due_on=today - DAY)
        open_one = ActionItemFactory(agent=teammate, owner=manager)
        done = actions.finish_item(ActionItemFactory(agent=agent), by=agent)
        client = as_user(manager)

        def found(query):
            return list(client.get(url("item_list") + query).context["page"])

        assert found("") == [late, open_one]
        assert found("?show=overdue") == [late]
        assert found("?show=closed") == [done]
        assert found("?mine=1") == [open_one]
        assert found(f"?agent={teammate.pk}") == [open_one]
        page = client.get(url("item_list") + "?show=x&agent=x")
        assert "not known here" in page.text

    def test_list_constant_queries_and_pages(self, as_user, agent, manager, count_queries):
        client = as_user(manager)
        ActionItemFactory(agent=agent)
        client.get(url("item_list"))
        one = count_queries(lambda: client.get(url("item_list")))
        for _ in range(28):
            ActionItemFactory(agent=agent, owner=manager)
        assert count_queries(lambda: client.get(url("item_list"))) == one
        assert len(client.get(url("item_list") + "?page=2").context["page"]) == 4

    def test_done_goes_back_to_where_one_was_but_nowhere_else(self, as_user, agent):
        client = as_user(agent)
        item = ActionItemFactory(agent=agent)
        answer = client.post(url("item_finish", item.pk), {"next": url("my_coaching")})
        assert answer["Location"] == url("my_coaching")
        answer = client.post(url("item_finish", item.pk), {"undo": "1", "next": "//evil.example"})
        assert answer["Location"] == url("item_detail", item.pk)
        item.refresh_from_db()
        assert item.is_open

    def test_changed_and_dropped(self, as_user, agent, day):
        client = as_user(agent)
        item = ActionItemFactory(agent=agent)
        assert client.get(url("item_edit", item.pk)).status_code == 200
        data = {"text": "Other words", "owner": agent.pk, "due_on": day}
        client.post(url("item_edit", item.pk), data)
        assert client.post(url("item_drop", item.pk), {}).status_code == 422
        client.post(url("item_drop", item.pk), {"reason": "No need"})
        page = client.get(url("item_detail", item.pk))
        assert "Other words" in page.text
        assert "No need" in page.text
        assert client.get(url("item_edit", item.pk)).status_code == 403

    def test_others_find_nothing(self, as_user, agent, teammate, other_manager, administrator):
        item = ActionItemFactory(agent=agent)
        for user in (teammate, other_manager, administrator):
            client = as_user(user)
            assert client.get(url("item_detail", item.pk)).status_code == 404
            assert client.post(url("item_finish", item.pk)).status_code == 404
            assert list(client.get(url("item_list")).context["page"]) == []


class TestGoals:
    def test_set_shown_and_closed(self, as_user, agent, manager, version, today):
        client = as_user(manager)
        skill = Skill.objects.get(key="respect")
        data = {
            "agent": agent.pk,
            "skill": skill.pk,
            "target": "85",
            "due_on": add_months(today, 3).isoformat(),
            "reason": "Two calls a week together",
        }
        client.post(url("goal_create"), data)
        goal = Goal.objects.get()
        page = as_user(agent).get(goal.get_absolute_url())
        assert "Cannot be told yet" in page.text
        assert "Two calls a week together" in page.text
        assert "Close the goal" not in page.text
        assert client.post(url("goal_close", goal.pk), {}).status_code == 422
        client.post(url("goal_close", goal.pk), {"reason": "Another plan"})
        assert "Another plan" in client.get(goal.get_absolute_url()).text

    @pytest.mark.parametrize("target", ["0", "101", "x", ""])
    def test_target_is_a_percent(self, as_user, agent, manager, version, today, target):
        data = {
            "agent": agent.pk,
            "skill": Skill.objects.get(key="respect").pk,
            "target": target,
            "due_on": add_months(today, 3).isoformat(),
        }
        assert as_user(manager).post(url("goal_create"), data).status_code == 422
        assert not Goal.objects.exists()

    def test_second_one_for_a_skill_is_refused_with_a_sentence(
        self, as_user, agent, manager, today
    ):
        goal = GoalFactory(agent=agent)
        data = {
            "agent": agent.pk,
            "skill": goal.skill_id,
            "target": "85",
            "due_on": add_months(today, 3).isoformat(),
        }
        answer = as_user(manager).post(url("goal_create"), data)
        assert answer.status_code == 422
        assert "already" in answer.text

    def test_who_gets_it(self, as_user, agent, teammate, manager, other_manager, administrator):
        goal = GoalFactory(agent=agent, set_by=manager)
        for user in (agent, manager):
            assert as_user(user).get(goal.get_absolute_url()).status_code == 200
        for user in (teammate, other_manager, administrator):
            assert as_user(user).get(goal.get_absolute_url()).status_code == 404
        assert as_user(agent).post(url("goal_close", goal.pk)).status_code == 403
        assert as_user(agent).get(url("goal_create")).status_code == 403


class TestRecognition:
    def test_of_words_copied_out_of_the_conversation(self, as_user, grade, agent, manager):
        scorecard = grade()
        client = as_user(manager)
        where = url("recognition_create", scorecard.pk)
        assert "Let me look that up for you." in client.get(where).text
        data = {"words": "Clear!", "passage": "", "quote": "look  that up"}
        client.post(where, data)
        row = Recognition.objects.get()
        assert (row.message_id, row.quote) == ("m2", "look that up")
        page = as_user(agent).get(url("recognition_list"))
        assert "Clear!" in page.text
        assert "look that up" in page.text

    def test_of_something_quoted(self, as_user, grade, manager):
        scorecard = grade(quotes={"tone": "It leaves tomorrow."})
        client = as_user(manager)
        where = url("recognition_create", scorecard.pk)
        client.post(where, {"words": "Clear!", "passage": "m4:0:19"})
        assert Recognition.objects.get().quote == "It leaves tomorrow."

    def test_refuses_words_that_were_not_said_and_keeps_what_was_entered(
        self, as_user, grade, manager
    ):
        where = url("recognition_create", grade().pk)
        client = as_user(manager)
        answer = client.post(where, {"words": "Clear!", "quote": "Nobody said this"})
        assert answer.status_code == 422
        assert "do not stand in the conversation" in answer.text
        assert "Clear!" in answer.text
        assert client.post(where, {"words": " "}).status_code == 422
        assert not Recognition.objects.exists()

    def test_is_reached_from_the_scorecard(self, as_user, grade, agent, manager, reviewer):
        scorecard = grade()
        link = url("recognition_create", scorecard.pk)
        for user in (manager, reviewer):
            assert link in as_user(user).get(scorecard.get_absolute_url()).text
        assert link not in as_user(agent).get(scorecard.get_absolute_url()).text

    def test_is_not_for_others_and_not_of_what_is_held(
        self, as_user, grade, agent, teammate, manager, other_manager, second_reviewer
    ):
        where = url("recognition_create", grade().pk)
        for user in (agent, teammate, other_manager, second_reviewer):
            assert as_user(user).get(where).status_code == 404
        FeedbackHold.objects.create(agent=agent, held_by=manager)
        held = url("recognition_create", grade().pk)
        assert as_user(manager).get(held).status_code == 404

    def test_withdrawn_by_its_author(self, as_user, grade, agent, manager, reviewer):
        row = actions.recognise(grade(), "Clear!", by=reviewer)
        assert as_user(manager).post(url("recognition_withdraw", row.pk)).status_code == 404
        client = as_user(reviewer)
        client.post(url("recognition_withdraw", row.pk))
        assert "only you see it" in client.get(url("recognition_list") + "?given=1").text
        assert "Clear!" not in as_user(agent).get(url("recognition_list")).text

    def test_lists_have_constant_queries(self, as_user, agent, manager, count_queries):
        RecognitionFactory(agent=agent)
        client = as_user(agent)
        client.get(url("recognition_list"))
        one = count_queries(lambda: client.get(url("recognition_list")))
        for _ in range(2):
            RecognitionFactory(agent=agent)
        assert count_queries(lambda: client.get(url("recognition_list"))) == one
        assert len(as_user(manager).get(url("recognition_list") + "?team=1").context["page"]) == 3


class TestOverview:
    def test_tells_the_agent_and_the_manager_the_same(
        self, as_user, agent, manager, session, grade
    ):
        ActionItemFactory(agent=agent, text="Listen to two calls")
        GoalFactory(agent=agent)
        actions.recognise(grade(), "Clear!", by=manager)
        own = as_user(agent).get(url("my_coaching"))
        managers = as_user(manager).get(url("person", agent.pk))
        for page in (own, managers):
            for words in ("Listen to two calls", "Cannot be told yet", "Clear!"):
                assert words in page.text
        assert "Set a goal" not in own.text
        assert "Set a goal" in managers.text

    def test_is_for_who_develops_the_person(
        self, as_user, agent, teammate, other_manager, administrator
    ):
        for user in (teammate, other_manager, administrator):
            assert as_user(user).get(url("person", agent.pk)).status_code == 404
        assert as_user(agent).get(url("person", agent.pk))["Location"] == url("my_coaching")

    def test_empty_says_what_will_be_there(self, as_user, agent):
        page = as_user(agent).get(url("my_coaching"))
        for words in ("No goal is set.", "Nothing is open.", "None is planned."):
            assert words in page.text

    def test_constant_queries(self, as_user, agent, manager, version, count_queries):
        def more(key):
            ActionItemFactory(agent=agent)
            GoalFactory(agent=agent, skill__key=key, version=version)
            RecognitionFactory(agent=agent)
            CoachingSessionFactory(agent=agent, coach=manager, held=True)

        more("patience")
        client = as_user(agent)
        client.get(url("my_coaching"))
        one = count_queries(lambda: client.get(url("my_coaching")))
        more("clarity")
        more("calm")
        assert count_queries(lambda: client.get(url("my_coaching"))) == one


def test_every_page_needs_a_login(client, session):
    for where in (
        url("session_list"),
        session.get_absolute_url(),
        url("my_coaching"),
        url("item_list"),
        url("recognition_list"),
    ):
        assert client.get(where).status_code == 302


def test_bar_leads_agents_and_managers_to_coaching(as_user, agent, manager, reviewer, editor):
    def link(user):
        rooms = as_user(user).get("/me/").context["navigation"]
        return [str(room.url) for room in rooms if str(room.label) == "Coaching"]

    assert link(agent) == [url("my_coaching")]
    assert link(manager) == [url("session_list")]
    assert link(reviewer) == link(editor) == []
