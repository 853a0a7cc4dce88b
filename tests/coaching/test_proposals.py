"""Agendas from evidence, and what must not come through them."""

import datetime as dt

import pytest
from django.utils import timezone

from coaching import actions
from coaching.agenda import agenda_of
from coaching.models import AgendaItem
from coaching.proposals import RECENT_DAYS, proposals_for
from interactions.models import Transcript
from scorecards.actions import override_scorecard, undo_submission
from scorecards.models import Criterion, FeedbackHold, Scorecard
from tests.factories.coaching import ActionItemFactory
from tests.factories.content import ModulePageFactory
from tests.factories.training import ModuleAssignmentFactory

KIND = AgendaItem.Kind
DAY = dt.timedelta(days=1)


def propose(session):
    return proposals_for(session, at=timezone.now())


def titles(proposals, kind):
    return [row.title for row in proposals if row.kind == kind]


def title_of(criteria, key):
    return criteria[key].title


class TestGrades:
    def test_what_keeps_going_wrong_comes_before_what_failed_once(self, session, grade, criteria):
        grade(identity=0)
        grade(tone=0)
        grade(tone=0, quotes={"tone": "It leaves tomorrow."})
        proposals = propose(session)
        assert titles(proposals, KIND.TO_WORK_ON) == [
            title_of(criteria, "tone"),
            title_of(criteria, "identity"),
        ]
        tone = proposals[0]
        assert tone.is_recurring
        assert "2 of the last 3" in tone.note
        assert [e.quote for e in tone.scores[0].evidence.all()] == ["It leaves tomorrow."]

    def test_strengths_were_met_several_times_and_not_missed(self, session, grade, criteria):
        grade(tone=0)
        assert titles(propose(session), KIND.STRENGTH) == []
        grade(tone=0, greeting=1)
        assert title_of(criteria, "greeting") not in titles(propose(session), KIND.STRENGTH)
        assert title_of(criteria, "facts") in titles(propose(session), KIND.STRENGTH)

    def test_strength_stays_one_after_a_single_miss_among_many(self, session, grade, criteria):
        grade(facts=0)
        for _ in range(8):
            grade()
        assert title_of(criteria, "facts") in titles(propose(session), KIND.TO_WORK_ON)
        grade()
        assert title_of(criteria, "facts") not in titles(propose(session), KIND.TO_WORK_ON)
        # Greeting, tone and identity were met each time, and there is room for three.
        assert len(titles(propose(session), KIND.STRENGTH)) == 3

    def test_old_ones_are_left_alone(self, session, grade):
        grade(tone=0, at=timezone.now() - (RECENT_DAYS + 1) * DAY)
        assert propose(session) == []

    def test_of_others_are_left_alone(self, session, grade, teammate):
        grade(tone=0, about=teammate)
        assert propose(session) == []

    def test_number_of_queries_does_not_grow(self, session, grade, count_queries):
        grade(tone=0, quotes={"tone": "It leaves tomorrow."})
        one = count_queries(lambda: propose(session))
        for _ in range(2):
            grade(tone=0, greeting=0, quotes={"greeting": "It leaves tomorrow."})
        assert count_queries(lambda: propose(session)) == one


class TestHeldBack:
    def test_grades_are_not_proposed(self, session, grade, agent, manager):
        FeedbackHold.objects.create(agent=agent, held_by=manager)
        assert grade(tone=0).is_held
        assert propose(session) == []

    def test_grade_taken_back_disappears_from_the_agenda(
        self, session, grade, agent, manager, reviewer
    ):
        scorecard = grade(tone=0, quotes={"tone": "It leaves tomorrow."})
        actions.fill_agenda(session, propose(session), by=manager)
        undo_submission(scorecard, by=reviewer)
        for reader in (agent, manager):
            (row,) = agenda_of(session, reader)
            assert (row.grounds, row.hidden) == ([], 1)

    def test_what_the_coach_may_not_see_any_more_shows_to_the_agent_only(
        self, session, grade, agent, manager
    ):
        grade(tone=0)
        actions.fill_agenda(session, propose(session), by=manager)
        manager.memberships.update(ends_on=timezone.localdate() - DAY)
        assert [len(row.grounds) for row in agenda_of(session, agent)] == [1]
        assert [(row.grounds, row.hidden) for row in agenda_of(session, manager)] == [([], 1)]


class TestAgenda:
    def test_filled_has_the_evidence_and_proposes_it_no_more(self, session, grade, agent, manager):
        scorecard = grade(tone=0, quotes={"tone": "It leaves tomorrow."})
        (item,) = actions.fill_agenda(session, propose(session), by=manager)
        assert item.kind == KIND.TO_WORK_ON
        assert propose(session) == []
        (row,) = agenda_of(session, agent)
        (ground,) = row.grounds
        assert ground.scorecard == scorecard
        assert [(q.text, q.is_removed) for q in ground.quotes] == [("It leaves tomorrow.", False)]
        assert not ground.is_replaced

    def test_twice_filled_has_it_once(self, session, grade, manager):
        grade(tone=0)
        proposals = propose(session)
        actions.fill_agenda(session, proposals, by=manager)
        assert actions.fill_agenda(session, proposals, by=manager) == []
        assert session.agenda.count() == 1

    def test_says_that_words_were_removed(self, session, grade, agent, manager):
        scorecard = grade(tone=0, quotes={"tone": "It leaves tomorrow."})
        actions.fill_agenda(session, propose(session), by=manager)
        Transcript.objects.filter(interaction=scorecard.interaction).update(messages=[])
        (row,) = agenda_of(session, agent)
        assert [q.is_removed for q in row.grounds[0].quotes] == [True]

    def test_says_that_a_grade_was_changed(
        self, session, grade, agent, manager, administrator, criteria
    ):
        scorecard = grade(tone=0)
        actions.fill_agenda(session, propose(session), by=manager)
        best = list(Criterion.objects.get(pk=criteria["tone"].pk).levels.all())[-1]
        from scorecards.actions import Grade

        override_scorecard(
            scorecard,
            {criteria["tone"]: Grade(level=best.pk)},
            by=administrator,
            reason="Misheard.",
        )
        (row,) = agenda_of(session, agent)
        assert [ground.is_replaced for ground in row.grounds] == [True]

    def test_number_of_queries_does_not_grow(self, session, grade, agent, manager, count_queries):
        grade(tone=0, quotes={"tone": "It leaves tomorrow."})
        actions.fill_agenda(session, propose(session), by=manager)
        agenda_of(session, agent)  # Asks for the permissions once.
        one = count_queries(lambda: agenda_of(session, agent))
        for key in ("greeting", "identity"):
            grade(**{key: 0}, quotes={key: "It leaves tomorrow."})
        actions.fill_agenda(session, propose(session), by=manager)
        assert len(agenda_of(session, agent)) > 2
        assert count_queries(lambda: agenda_of(session, agent)) == one


class TestOthers:
    def test_overdue_training_and_open_items_are_proposed(self, session, agent, today):
        late = ModuleAssignmentFactory(
            user=agent, module=ModulePageFactory(title="Refunds"), due_on=today - DAY
        )
        item = ActionItemFactory(agent=agent, text="Read the page on refunds")
        assert [(row.kind, row.source) for row in propose(session)] == [
            (KIND.TRAINING, f"module:{late.module_id}"),
            (KIND.ACTION, f"item:{item.pk}"),
        ]

    @pytest.mark.parametrize("is_held", [False, True])
    def test_decided_disputes_are_proposed_where_the_agent_sees_the_grade(
        self, session, grade, agent, manager, second_reviewer, criteria, is_held
    ):
        from scorecards.models import Dispute

        scorecard = grade(tone=0)
        Dispute.objects.create(
            scorecard=scorecard,
            state=Dispute.State.UPHELD,
            decided_at=timezone.now(),
            decided_by=second_reviewer,
        )
        Scorecard.objects.filter(pk=scorecard.pk).update(is_held=is_held)
        found = titles(propose(session), KIND.DISPUTE)
        assert found == ([] if is_held else ["Dispute: Grade upheld"])
