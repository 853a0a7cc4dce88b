"""Handing interactions to reviewers."""

import pytest

from people.models import AuditEvent
from people.roles import Role
from scorecards.actions import NotAllowed, Refused, assign_for_review, skip_pick
from scorecards.models import ReviewAssignment
from tests.factories.interactions import InteractionFactory
from tests.factories.people import UserFactory


def test_assign_for_review_shares_the_work_evenly(
    version, reviewer, second_reviewer, administrator
):
    interactions = [InteractionFactory() for _number in range(5)]

    created = assign_for_review(
        interactions,
        rubric=version.rubric,
        reviewers=[reviewer, second_reviewer],
        by=administrator,
        inclusion_probability=0.5,
        seed=1,
    )

    counts = sorted(
        ReviewAssignment.objects.filter(reviewer=person).count()
        for person in (reviewer, second_reviewer)
    )
    assert len(created) == 5
    assert counts == [2, 3]
    assert {row.inclusion_probability for row in created} == {0.5}


def test_assign_for_review_gives_the_remainder_by_seed(
    version, reviewer, second_reviewer, administrator
):
    first = {
        assign_for_review(
            [InteractionFactory()],
            rubric=version.rubric,
            reviewers=[reviewer, second_reviewer],
            by=administrator,
            seed=seed,
        )[0].reviewer
        for seed in range(12)
    }

    assert first == {reviewer, second_reviewer}


def test_assign_for_review_gives_nobody_their_own(version, second_reviewer, administrator):
    both = UserFactory(roles=[Role.AGENT, Role.REVIEWER])
    own = InteractionFactory(agent=both)

    (assignment,) = assign_for_review(
        [own], rubric=version.rubric, reviewers=[both, second_reviewer], by=administrator
    )

    assert assignment.reviewer == second_reviewer
    assert (
        assign_for_review(
            [InteractionFactory(agent=both)],
            rubric=version.rubric,
            reviewers=[both],
            by=administrator,
        )
        == []
    )


def test_assign_for_review_passes_over_what_is_assigned(assignment, reviewer, administrator):
    again = assign_for_review(
        [assignment.interaction], rubric=assignment.rubric, reviewers=[reviewer], by=administrator
    )

    assert again == []
    assert ReviewAssignment.objects.count() == 1


def test_assign_for_review_passes_over_what_has_no_messages(version, reviewer, administrator):
    silent = InteractionFactory(message_count=0)

    assert (
        assign_for_review([silent], rubric=version.rubric, reviewers=[reviewer], by=administrator)
        == []
    )


def test_assign_for_review_needs_somebody_who_grades(version, agent, administrator):
    with pytest.raises(Refused, match="at least one"):
        assign_for_review(
            [InteractionFactory()], rubric=version.rubric, reviewers=[agent], by=administrator
        )


def test_assign_for_review_is_for_who_may(version, reviewer, manager):
    with pytest.raises(NotAllowed):
        assign_for_review(
            [InteractionFactory()], rubric=version.rubric, reviewers=[reviewer], by=manager
        )


def test_assign_for_review_hands_out_anew_what_was_picked_by_hand_and_skipped(
    version, reviewer, administrator
):
    interaction = InteractionFactory()
    about = {"rubric": version.rubric, "reviewers": [reviewer], "by": administrator}
    (first,) = assign_for_review([interaction], **about)
    skip_pick(first, by=reviewer, reason="In Welsh.")

    (again,) = assign_for_review([interaction], **about)

    assert again == first
    again.refresh_from_db()
    assert (again.state, again.reviewer, again.skip_reason) == ("open", reviewer, "")
    event = AuditEvent.objects.get(action="reopen_pick")
    assert event.before["reason"] == "In Welsh."
    assert assign_for_review([interaction], **about) == []


def test_assign_for_review_leaves_a_drawn_one_skipped(assignment, reviewer, administrator):
    skip_pick(assignment, by=reviewer, reason="In Welsh.")

    again = assign_for_review(
        [assignment.interaction], rubric=assignment.rubric, reviewers=[reviewer], by=administrator
    )

    assert again == []
    assignment.refresh_from_db()
    assert assignment.state == "skipped"
