"""Opening a scorecard and writing into it."""

import pytest

from scorecards.actions import (
    AlreadySubmitted,
    Grade,
    NotAllowed,
    Refused,
    add_evidence,
    record_grades,
    remove_evidence,
    start_scorecard,
)
from scorecards.models import CriterionScore, Evidence, RubricVersion, Scorecard
from tests.factories.interactions import InteractionFactory
from tests.factories.scorecards import ReviewAssignmentFactory


def test_start_scorecard_uses_the_published_version_and_keeps_the_agent(
    assignment, reviewer, agent, version
):
    scorecard = start_scorecard(assignment, by=reviewer)

    assert scorecard.version == version
    assert scorecard.agent == agent
    assert scorecard.reviewer == reviewer
    assert scorecard.state == Scorecard.State.DRAFT
    assert scorecard.month.isoformat() == "2026-09-01"


def test_start_scorecard_twice_returns_the_same_one(assignment, reviewer):
    first = start_scorecard(assignment, by=reviewer)

    assert start_scorecard(assignment, by=reviewer) == first
    assert Scorecard.objects.count() == 1


def test_start_scorecard_refuses_somebody_elses_assignment(assignment, second_reviewer):
    with pytest.raises(NotAllowed):
        start_scorecard(assignment, by=second_reviewer)


def test_start_scorecard_refuses_ones_own_conversation(version, reviewer):
    own = ReviewAssignmentFactory(
        reviewer=reviewer, interaction=InteractionFactory(agent=reviewer), rubric=version.rubric
    )

    with pytest.raises(NotAllowed):
        start_scorecard(own, by=reviewer)
    assert not Scorecard.objects.exists()


def test_start_scorecard_says_when_nothing_is_published(assignment, reviewer):
    RubricVersion.objects.update(state=RubricVersion.State.RETIRED)

    with pytest.raises(Refused, match="published version"):
        start_scorecard(assignment, by=reviewer)


def test_record_grades_writes_one_row_per_criterion_and_overwrites_it(draft, criteria, reviewer):
    tone = criteria["tone"]
    low, middle, _high = tone.levels.all()

    record_grades(draft, {tone: Grade(level=low.pk, comment="Curt.")}, by=reviewer)
    record_grades(draft, {tone: Grade(level=middle.pk, comment="Better.")}, by=reviewer)

    row = CriterionScore.objects.get()
    assert (row.level, row.comment) == (middle, "Better.")


def test_record_grades_keeps_a_comment_without_a_level(draft, criteria, reviewer):
    record_grades(draft, {criteria["tone"]: Grade(comment="To think about")}, by=reviewer)

    row = CriterionScore.objects.get()
    assert not row.is_answered
    assert row.comment == "To think about"


def test_record_grades_takes_not_applicable_only_where_it_is_allowed(draft, criteria, reviewer):
    record_grades(draft, {criteria["facts"]: Grade(is_not_applicable=True)}, by=reviewer)

    with pytest.raises(Refused, match="always applicable"):
        record_grades(draft, {criteria["tone"]: Grade(is_not_applicable=True)}, by=reviewer)
    assert CriterionScore.objects.get().criterion == criteria["facts"]


def test_record_grades_refuses_another_criterions_level_and_writes_nothing(
    draft, criteria, best, reviewer
):
    foreign = criteria["facts"].levels.all()[0]

    with pytest.raises(Refused, match="no such level"):
        record_grades(draft, {**best(), criteria["tone"]: Grade(level=foreign.pk)}, by=reviewer)
    assert not CriterionScore.objects.exists()


def test_record_grades_refuses_a_submitted_scorecard(submitted, criteria, reviewer):
    tone = criteria["tone"]
    before = CriterionScore.objects.get(criterion=tone).level

    with pytest.raises(AlreadySubmitted):
        record_grades(submitted, {tone: Grade(level=tone.levels.all()[0].pk)}, by=reviewer)
    assert CriterionScore.objects.get(criterion=tone).level == before


def test_record_grades_refuses_other_reviewers(draft, best, second_reviewer):
    with pytest.raises(NotAllowed):
        record_grades(draft, best(), by=second_reviewer)


def test_record_grades_needs_as_many_queries_for_one_as_for_all(
    draft, criteria, best, reviewer, django_assert_num_queries
):
    all_of_them = best()
    reviewer.get_all_permissions()
    tone = criteria["tone"]
    with django_assert_num_queries(4):
        record_grades(draft, {tone: all_of_them[tone]}, by=reviewer)
    with django_assert_num_queries(4):
        record_grades(draft, all_of_them, by=reviewer)


def test_add_evidence_cuts_the_quotation_from_what_is_stored(draft, criteria, reviewer):
    evidence = add_evidence(draft, criteria["tone"], message_id="m2", start=0, end=10, by=reviewer)

    assert evidence.quote == "Let me loo"
    assert evidence.criterion_score.criterion == criteria["tone"]


def test_add_evidence_twice_is_one(draft, criteria, reviewer):
    for _time in range(2):
        add_evidence(draft, criteria["tone"], message_id="m2", start=0, end=6, by=reviewer)

    assert Evidence.objects.count() == 1


@pytest.mark.parametrize(
    ("message_id", "start", "end"),
    [("m9", 0, 3), ("m2", 0, 400), ("m2", 5, 5), ("m2", -1, 4), ("m3", 0, 1), ("m2", 3, 4)],
)
def test_add_evidence_refuses_what_is_not_in_the_conversation(
    draft, criteria, reviewer, message_id, start, end
):
    with pytest.raises(Refused):
        add_evidence(
            draft, criteria["tone"], message_id=message_id, start=start, end=end, by=reviewer
        )
    assert not Evidence.objects.exists()


def test_evidence_stands_still_after_submission(submitted, criteria, reviewer):
    with pytest.raises(AlreadySubmitted):
        add_evidence(submitted, criteria["tone"], message_id="m2", start=0, end=6, by=reviewer)


def test_remove_evidence_takes_it_away(draft, criteria, reviewer):
    evidence = add_evidence(draft, criteria["tone"], message_id="m2", start=0, end=6, by=reviewer)

    remove_evidence(evidence, by=reviewer)

    assert not Evidence.objects.exists()
