"""An import matches the agent only after the grade was handed in."""

import pytest

from interactions.importing.run import run_import
from interactions.matching import unmatch_agent
from interactions.models import Interaction
from people.models import AuditEvent
from scorecards.actions import (
    Grade,
    adopt_agents,
    file_dispute,
    override_scorecard,
    record_grades,
    start_scorecard,
    submit_scorecard,
)
from scorecards.actions.feedback import hold_feedback, release_scorecards
from scorecards.models import ReviewAssignment, Rollup, RubricVersion, Scorecard
from scorecards.rollups import rebuild_rollups
from tests.factories.interactions import ImportRunFactory, InteractionFactory
from tests.factories.people import ExternalIdentityFactory
from tests.factories.scorecards import ReviewAssignmentFactory
from tests.interactions.files import row, stream_of


@pytest.fixture
def assignment(version, reviewer):
    """Nobody knows yet whose conversation this is."""
    imported(row())
    return ReviewAssignmentFactory(
        reviewer=reviewer, rubric=version.rubric, interaction=Interaction.objects.get()
    )


def imported(*rows):
    return run_import(ImportRunFactory(), stream=stream_of(*rows))


def match(person):
    ExternalIdentityFactory(user=person, source="desk", external_id="a1")
    imported(row())


def seen_by(person):
    return list(Scorecard.objects.visible_to(person).filter(agent=person))


def test_an_agent_matched_after_submission_gets_the_grade(submitted, agent):
    assert submitted.agent is None
    assert not Rollup.objects.exists()

    match(agent)

    assert seen_by(agent) == [submitted]
    counted = list(Rollup.objects.order_by("pk").values_list("agent", "subject", "n", "sum_y"))
    assert {row[0] for row in counted} == {agent.pk}
    rebuild_rollups()
    assert list(Rollup.objects.order_by("pk").values_list("agent", "subject", "n", "sum_y")) == (
        counted
    )
    event = AuditEvent.objects.get(action="adopt_agent")
    assert (event.object_id, event.before, event.after) == (
        str(submitted.pk),
        {"agent": None},
        {"agent": agent.pk, "is_held": False},
    )


def test_the_time_to_dispute_begins_when_the_agent_can_see_it(submitted, agent, best, criteria):
    Scorecard.objects.update(submitted_at="2026-01-05T09:00Z")

    match(agent)

    scorecard = Scorecard.objects.select_related("version", "agent").get()
    low = best(tone=0)[criteria["tone"]]
    proposal = Grade(level=low.level, comment="I was short with her.")
    assert file_dispute(scorecard, {criteria["tone"]: proposal}, by=agent).pk


def test_all_revisions_get_the_agent(submitted, agent, administrator, best):
    later = override_scorecard(submitted, best(tone=0), by=administrator, reason="A slip.")

    match(agent)

    assert set(seen_by(agent)) == {submitted, later}
    assert AuditEvent.objects.filter(action="adopt_agent").count() == 1
    total = Rollup.objects.get(subject=Rollup.Subject.TOTAL)
    assert (total.n, total.sum_y) == (1, float(later.percent))


def test_what_is_to_be_held_is_held(submitted, agent, manager):
    hold_feedback(agent, by=manager)

    match(agent)

    assert seen_by(agent) == []
    assert set(Rollup.objects.values_list("is_held", flat=True)) == {True}
    release_scorecards([submitted], by=manager)
    assert seen_by(agent) == [submitted]
    assert set(Rollup.objects.values_list("is_held", flat=True)) == {False}


def test_a_grade_by_the_agent_themself_stays_without_one(submitted, reviewer):
    match(reviewer)

    assert Scorecard.objects.get().agent is None
    assert not Rollup.objects.exists()
    event = AuditEvent.objects.get(action="adopt_agent")
    assert event.after == {"agent": None, "is_reviewer": True}


def test_a_draft_and_what_is_off_the_record_stay_as_they_are(version, agent, reviewer, best):
    interaction = InteractionFactory(agent=None)
    drafted = ReviewAssignmentFactory(
        reviewer=reviewer, rubric=version.rubric, interaction=interaction
    )
    start_scorecard(drafted, by=reviewer)
    compared = ReviewAssignmentFactory(
        rubric=version.rubric,
        interaction=interaction,
        purpose=ReviewAssignment.Purpose.SEEDED,
        inclusion_probability=None,
    )
    card = start_scorecard(compared, by=compared.reviewer, version=RubricVersion.objects.get())
    record_grades(card, best(), by=compared.reviewer)
    submit_scorecard(card, by=compared.reviewer)
    Interaction.objects.update(agent=agent)

    assert adopt_agents([interaction.pk]) == 0
    assert not Scorecard.objects.filter(agent__isnull=False).exists()


def test_where_no_grade_lacks_an_agent_it_takes_one_query(submitted, count_queries):
    others = [InteractionFactory().pk for _ in range(3)]

    assert count_queries(lambda: adopt_agents(others[:1])) == count_queries(
        lambda: adopt_agents(others)
    )


def test_taking_a_match_back_never_changes_a_submitted_grade(submitted, agent, administrator):
    match(agent)
    ungraded = InteractionFactory(
        source="desk", external_id="other", agent=agent, agent_reference="a1"
    )
    identity = agent.identities.get()

    assert unmatch_agent(identity, by=administrator) == (1, 1)
    ungraded.refresh_from_db()
    submitted.refresh_from_db()
    assert ungraded.agent is None
    assert submitted.agent == submitted.interaction.agent == agent
