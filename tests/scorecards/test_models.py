"""Who sees which scorecard, and what the database itself refuses."""

import pytest
from django.db import IntegrityError, transaction

from scorecards.models import CriterionScore, Evidence, ReviewAssignment, Rollup, Scorecard
from tests.factories.people import UserFactory


def test_a_draft_is_visible_to_its_reviewer_only(
    draft, agent, reviewer, second_reviewer, manager, administrator
):
    assert list(Scorecard.objects.visible_to(reviewer)) == [draft]
    for other in (agent, second_reviewer, manager, administrator):
        assert list(Scorecard.objects.visible_to(other)) == []


def test_a_submitted_scorecard_is_visible_to_those_it_concerns(
    submitted,
    agent,
    teammate,
    reviewer,
    second_reviewer,
    manager,
    other_manager,
    editor,
    administrator,
):
    for one in (agent, reviewer, manager, administrator):
        assert list(Scorecard.objects.visible_to(one)) == [submitted]
    for one in (teammate, second_reviewer, other_manager, editor):
        assert list(Scorecard.objects.visible_to(one)) == []


def test_a_former_manager_sees_nothing_any_more(submitted, manager, today):
    manager.memberships.update(ends_on="2021-01-01")

    assert list(Scorecard.objects.visible_to(manager)) == []


def test_assignments_are_visible_to_their_reviewer_and_to_who_hands_them_out(
    assignment, reviewer, second_reviewer, agent, administrator
):
    assert list(ReviewAssignment.objects.visible_to(reviewer)) == [assignment]
    assert list(ReviewAssignment.objects.visible_to(administrator)) == [assignment]
    for other in (second_reviewer, agent):
        assert list(ReviewAssignment.objects.visible_to(other)) == []


def test_rollups_are_visible_with_the_person_they_are_about(
    submitted, agent, teammate, manager, other_manager, administrator
):
    count = Rollup.objects.count()
    for one in (agent, manager, administrator):
        assert Rollup.objects.visible_to(one).count() == count
    for one in (teammate, other_manager):
        assert Rollup.objects.visible_to(one).count() == 0


@pytest.mark.parametrize("probability", [0, -0.1, 1.01])
def test_an_inclusion_probability_lies_between_0_and_1(assignment, probability):
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewAssignment.objects.update(inclusion_probability=probability)


def test_one_interaction_is_assigned_to_a_reviewer_once(assignment):
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewAssignment.objects.create(
            interaction=assignment.interaction,
            reviewer=assignment.reviewer,
            rubric=assignment.rubric,
        )


def test_nobody_grades_themself_not_even_past_the_actions(draft):
    with pytest.raises(IntegrityError), transaction.atomic():
        Scorecard.objects.update(agent=draft.reviewer)


def test_a_criterion_has_a_level_or_is_not_applicable(graded):
    with pytest.raises(IntegrityError), transaction.atomic():
        CriterionScore.objects.update(is_not_applicable=True)


def test_evidence_is_never_empty(graded):
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.create(
            criterion_score=graded.criterion_scores.first(),
            message_id="m2",
            start=4,
            end=4,
            quote="",
        )


def test_in_queue_order_puts_what_is_due_first(version, reviewer, today):
    from datetime import timedelta

    from tests.factories.scorecards import ReviewAssignmentFactory

    def pick(days):
        due_on = None if days is None else today + timedelta(days=days)
        return ReviewAssignmentFactory(reviewer=reviewer, rubric=version.rubric, due_on=due_on)

    whenever, later, soon = pick(None), pick(9), pick(2)

    assert list(ReviewAssignment.objects.open().in_queue_order()) == [soon, later, whenever]


def test_a_scorecard_leads_to_its_page(submitted, as_user):
    stranger = UserFactory()

    assert as_user(submitted.agent).get(submitted.get_absolute_url()).status_code == 200
    assert as_user(stranger).get(submitted.get_absolute_url()).status_code == 404
