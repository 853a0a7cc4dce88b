"""Nobody is given a conversation to grade of which they have seen somebody's grade."""

import datetime as dt

import pytest
from django.utils import timezone

from people.models import AuditEvent, User
from people.roles import Role
from scorecards.actions import (
    Grade,
    NotAllowed,
    Refused,
    assign_for_review,
    claim_pick,
    decide_dispute,
    draw_sample,
    file_dispute,
    override_scorecard,
    request_regrade,
    take_dispute,
)
from scorecards.actions.calibration import (
    begin_calibration_grade,
    open_calibration,
    prepare_calibration,
    seed_expert_key,
    write_expert_key,
)
from scorecards.blindness import knows, who_knows
from scorecards.models import ReviewAssignment
from tests.factories.interactions import InteractionFactory
from tests.factories.people import UserFactory
from tests.factories.sampling import SamplingPlanFactory
from tests.factories.scorecards import (
    ReviewAssignmentFactory,
    RubricFactory,
    RubricVersionFactory,
)


@pytest.fixture
def knower(db) -> User:
    """Wanda grades, and may do all that lets one read a grade."""
    return UserFactory(first_name="Wanda", roles=[Role.REVIEWER, Role.ADMINISTRATOR])


@pytest.fixture
def third(db) -> User:
    return UserFactory(first_name="Tess", roles=[Role.REVIEWER])


@pytest.fixture
def session_of(version, administrator):
    def make(interaction, *people):
        session = prepare_calibration(
            title="Tone",
            version=version,
            interactions=[interaction],
            participants=people,
            by=administrator,
        )
        return open_calibration(session, by=administrator)

    return make


@pytest.fixture
def see(
    submitted, version, best, criteria, knower, agent, second_reviewer, administrator, session_of
):
    """`see(how)` lets Wanda see something of the submitted grade or its conversation."""
    tone = criteria["tone"]
    conversation = submitted.interaction

    def dispute():
        lower = Grade(level=tone.levels.all()[1].pk, comment="I did.")
        return file_dispute(submitted, {tone: lower}, by=agent)

    def hold(purpose):
        ReviewAssignmentFactory(
            interaction=conversation,
            reviewer=knower,
            rubric=version.rubric,
            purpose=purpose,
            inclusion_probability=None,
        )

    def make(how):
        if how in {"second", "link", "seeded", "calibration", "regrade"}:
            hold(how)
        elif how == "invited":
            session_of(conversation, knower, second_reviewer)
        elif how == "wrote the key":
            write_expert_key(conversation, version, best(), by=knower)
        elif how == "took a dispute":
            take_dispute(dispute(), by=knower)
        elif how == "decided":
            level = tone.levels.all()[2].pk
            decide_dispute(dispute(), {tone.pk: level}, explanation="No.", by=knower)
        elif how == "asked again":
            third = UserFactory(roles=[Role.REVIEWER])
            request_regrade(dispute(), reviewer=third, by=knower)
            ReviewAssignment.objects.filter(purpose="regrade").update(reviewer=None)
        elif how == "changed it":
            grades = {tone: Grade(level=tone.levels.all()[0].pk)}
            override_scorecard(submitted, grades, reason="Curt.", by=knower)

    return make


WAYS = [
    "second",
    "link",
    "seeded",
    "calibration",
    "regrade",
    "invited",
    "wrote the key",
    "took a dispute",
    "decided",
    "asked again",
    "changed it",
]


@pytest.mark.parametrize("how", WAYS)
def test_who_has_seen_a_grade_does_not_give_another(
    see, submitted, version, knower, agent, reviewer, third, how
):
    conversation = submitted.interaction
    pool = ReviewAssignmentFactory(
        interaction=conversation,
        reviewer=None,
        rubric=version.rubric,
        purpose="second",
        inclusion_probability=None,
    )
    now = timezone.now()
    assert pool in ReviewAssignment.objects.claimable_by(knower, at=now)

    see(how)

    known = who_knows([conversation.pk], rubric=version.rubric_id)[conversation.pk]
    assert {agent.pk, reviewer.pk, knower.pk} <= known
    assert third.pk not in known
    condition = knows(conversation, rubric=version.rubric_id)
    assert set(User.objects.filter(condition).values_list("pk", flat=True)) == known
    assert pool not in ReviewAssignment.objects.claimable_by(knower, at=now)
    assert pool in ReviewAssignment.objects.claimable_by(third, at=now)
    with pytest.raises(NotAllowed):
        claim_pick(pool, by=knower)


def test_another_rubric_asks_something_else(see, submitted, knower):
    see("decided")
    other = RubricVersionFactory(rubric=RubricFactory(key="other", name="Other")).rubric

    known = who_knows([submitted.interaction_id], rubric=other.pk)

    assert known == {submitted.interaction_id: {submitted.agent_id}}


def test_who_knows_takes_the_same_queries_for_one_and_for_three(submitted, version, count_queries):
    more = [InteractionFactory().pk for _number in range(2)]
    one = count_queries(lambda: who_knows([submitted.interaction_id], rubric=version.rubric_id))

    assert one == 8
    ids = [submitted.interaction_id, *more]
    assert count_queries(lambda: who_knows(ids, rubric=version.rubric_id)) == one


@pytest.fixture
def seeded(agent, version, best, reviewer, administrator):
    """A conversation of Ada's that waits in Rita's queue with a key behind it, and nowhere else."""
    conversation = InteractionFactory(
        agent=agent,
        started_at=dt.datetime(2026, 9, 15, 10, tzinfo=dt.UTC),
        ended_at=dt.datetime(2026, 9, 15, 11, tzinfo=dt.UTC),
    )
    key = write_expert_key(conversation, version, best(), by=administrator)
    seed_expert_key(key, [reviewer], by=administrator)
    return conversation


def test_assign_for_review_gives_what_is_compared_to_somebody_else(
    seeded, version, reviewer, second_reviewer, administrator
):
    """That it is seeded or calibrated is no review: an ordinary one by somebody else is still open."""
    able = {"rubric": version.rubric, "by": administrator}
    assert assign_for_review([seeded], reviewers=[reviewer], **able) == []

    [row] = assign_for_review([seeded], reviewers=[reviewer, second_reviewer], **able)

    assert (row.reviewer, row.purpose) == (second_reviewer, "grade")
    third = UserFactory(roles=[Role.REVIEWER])
    assert assign_for_review([seeded], reviewers=[third], **able) == [], "one ordinary grade is it"


def test_assign_for_review_passes_over_who_takes_part_in_a_session(
    session_of, agent, version, reviewer, second_reviewer, administrator
):
    conversation = InteractionFactory(agent=agent)
    session = session_of(conversation, reviewer, second_reviewer)
    begin_calibration_grade(session.items.get(), by=reviewer)

    assert (
        assign_for_review(
            [conversation],
            rubric=version.rubric,
            reviewers=[reviewer, second_reviewer],
            by=administrator,
        )
        == []
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_draw_gives_nobody_what_they_know(
    seeded, version, reviewer, second_reviewer, administrator, seed
):
    """One reviewer has it with a key behind it: the other grades it, also where all shall."""
    plan = SamplingPlanFactory(
        reviewers=[reviewer, second_reviewer], per_agent_week=5, linking_count=2
    )

    made = draw_sample(
        plan,
        starts_on=dt.date(2026, 9, 14),
        ends_on=dt.date(2026, 9, 20),
        by=administrator,
        seed=seed,
        at=dt.datetime(2026, 9, 21, 8, tzinfo=dt.UTC),
    )

    [row] = ReviewAssignment.objects.filter(pick__draw=made)
    assert (row.reviewer, row.purpose, row.inclusion_probability) == (second_reviewer, "grade", 1)


def test_what_nobody_may_grade_waits_in_the_pool(seeded, version, reviewer, administrator):
    plan = SamplingPlanFactory(reviewers=[reviewer], per_agent_week=5)

    made = draw_sample(
        plan,
        starts_on=dt.date(2026, 9, 14),
        ends_on=dt.date(2026, 9, 20),
        by=administrator,
        at=dt.datetime(2026, 9, 21, 8, tzinfo=dt.UTC),
    )

    [row] = ReviewAssignment.objects.filter(pick__draw=made)
    assert row.reviewer is None
    assert not ReviewAssignment.objects.claimable_by(reviewer, at=timezone.now()).exists()


def test_seeding_passes_over_who_has_read_a_grade(
    see, submitted, version, best, knower, third, administrator
):
    see("decided")
    User.objects.get(pk=knower.pk).groups.set([])
    knower.groups.add(*UserFactory(roles=[Role.REVIEWER]).groups.all())
    key = write_expert_key(submitted.interaction, version, best(), by=administrator)

    [pick] = seed_expert_key(key, [User.objects.get(pk=knower.pk), third], by=administrator)

    assert pick.assignment.reviewer == third
    assert AuditEvent.objects.get(action="seed_expert_key").after["reviewers"] == [third.pk]


def test_request_regrade_refuses_who_has_read_a_grade(
    see, submitted, criteria, agent, knower, third, administrator
):
    see("changed it")
    tone = criteria["tone"]
    current = submitted.assignment.scorecards.get(is_current=True)
    proposal = Grade(level=tone.levels.all()[2].pk, comment="I was not.")
    dispute = file_dispute(current, {tone: proposal}, by=agent)

    with pytest.raises(Refused):
        request_regrade(dispute, reviewer=knower, by=administrator)
    assert request_regrade(dispute, reviewer=third, by=administrator).reviewer == third
