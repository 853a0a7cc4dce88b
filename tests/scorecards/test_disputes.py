"""Disputes: filing within the window, deciding by somebody else, and what comes of it."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from people.models import AuditEvent, User
from people.roles import Role
from scorecards.actions import (
    Conflict,
    Grade,
    NotAllowed,
    Refused,
    Replaced,
    cancel_regrade,
    decide_dispute,
    file_dispute,
    override_scorecard,
    record_grades,
    regrade_candidates,
    request_regrade,
    start_review,
    submit_scorecard,
    take_dispute,
    undo_submission,
    withdraw_dispute,
)
from scorecards.actions.calibration import prepare_calibration
from scorecards.freezing import thawed
from scorecards.models import (
    Dispute,
    ReviewAssignment,
    Rollup,
    RubricVersion,
    SamplingDraw,
    Scorecard,
)
from tests.factories.people import UserFactory
from tests.factories.sampling import SamplingPlanFactory


@pytest.fixture
def low(draft, best, reviewer):
    """A submitted grade with the lowest level for tone and greeting: 50 percent."""
    record_grades(draft, best(tone=0, greeting=0), by=reviewer)
    return submit_scorecard(draft, by=reviewer)


@pytest.fixture
def propose(criteria):
    """`propose(tone=2)` proposes that level for the tone, with a reason."""

    def proposals(**positions):
        return {
            criteria[key]: Grade(level=criteria[key].levels.all()[position].pk, comment="I did.")
            for key, position in positions.items()
        }

    return proposals


@pytest.fixture
def dispute(low, propose, agent):
    return file_dispute(low, propose(tone=2, greeting=2), by=agent)


@pytest.fixture
def levels(criteria):
    """`levels(tone=2)` is a decision: the id of that level by the criterion's id."""

    def decisions(**positions):
        return {
            criteria[key].pk: criteria[key].levels.all()[position].pk
            for key, position in positions.items()
        }

    return decisions


def test_file_dispute_keeps_proposals_and_reasons(dispute, low, agent):
    assert (dispute.scorecard, dispute.state) == (low, "open")
    assert [row.reason for row in dispute.criteria.all()] == ["I did.", "I did."]
    assert [row.proposed_level.points for row in dispute.criteria.all()] == [2, 2]
    event = AuditEvent.objects.get(action="file_dispute")
    assert (event.actor, event.object_id) == (agent, str(dispute.pk))
    assert event.after["scorecard"] == low.pk


@pytest.mark.parametrize("who", ["teammate", "reviewer", "manager", "administrator"])
def test_file_dispute_is_the_agents_alone(low, propose, request, who):
    with pytest.raises(NotAllowed):
        file_dispute(low, propose(tone=2), by=request.getfixturevalue(who))


@pytest.mark.parametrize(
    ("zone", "at", "is_open"),
    [
        ("Europe/Berlin", "2026-02-15T22:59:59Z", True),
        ("Europe/Berlin", "2026-02-15T23:00:00Z", False),
        ("Pacific/Honolulu", "2026-02-16T09:59:59Z", True),
        ("Pacific/Honolulu", "2026-02-16T10:00:00Z", False),
        ("Asia/Tokyo", "2026-02-15T14:59:59Z", True),
        ("Asia/Tokyo", "2026-02-15T15:00:00Z", False),
    ],
)
def test_file_dispute_window_ends_where_the_agent_is(
    draft, best, propose, reviewer, agent, zone, at, is_open
):
    """Graded on 1 February, 14 days: open to the end of 15 February."""
    User.objects.filter(pk=agent.pk).update(time_zone=zone)
    record_grades(draft, best(tone=0), by=reviewer)
    graded = dt.datetime(2026, 2, 1, 12, tzinfo=dt.UTC)
    scorecard = submit_scorecard(draft, by=reviewer, at=graded)
    moment = dt.datetime.fromisoformat(at)

    if is_open:
        file_dispute(scorecard, propose(tone=2), by=agent, at=moment)
    else:
        with pytest.raises(Conflict, match="15 Feb 2026"):
            file_dispute(scorecard, propose(tone=2), by=agent, at=moment)


def test_decide_dispute_is_not_bound_by_the_window(dispute, levels, administrator):
    late = dispute.filed_at + dt.timedelta(days=400)

    done = decide_dispute(
        dispute, levels(tone=2, greeting=2), explanation="Yes.", by=administrator, at=late
    )

    assert (done.state, done.decided_at) == ("changed", late)


def test_file_dispute_counts_from_the_release_of_a_held_grade(
    graded, propose, reviewer, agent, administrator
):
    from scorecards.actions import release_scorecards

    with thawed(connection):
        RubricVersion.objects.update(holds_feedback=True)
    at = dt.datetime(2026, 2, 1, 12, tzinfo=dt.UTC)
    held = submit_scorecard(graded, by=reviewer, at=at)
    with pytest.raises(NotAllowed):
        file_dispute(held, propose(tone=0), by=agent, at=at)

    (released,) = release_scorecards([held], by=administrator, at=at + dt.timedelta(days=10))

    file_dispute(released, propose(tone=0), by=agent, at=at + dt.timedelta(days=24))


@pytest.mark.parametrize("what", ["nothing", "the same level", "no reason", "another's level"])
def test_file_dispute_needs_another_level_and_a_reason(low, propose, criteria, agent, what):
    proposals = {
        "nothing": {},
        "the same level": propose(tone=0),
        "no reason": {criteria["tone"]: Grade(level=criteria["tone"].levels.all()[2].pk)},
        "another's level": {
            criteria["tone"]: Grade(level=criteria["facts"].levels.all()[2].pk, comment="x")
        },
    }[what]

    with pytest.raises(Refused):
        file_dispute(low, proposals, by=agent)
    assert not Dispute.objects.exists()


def test_file_dispute_twice_is_told(dispute, low, propose, agent):
    with pytest.raises(Conflict, match="already"):
        file_dispute(low, propose(tone=1), by=agent)
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispute.objects.create(scorecard=low)


def test_withdraw_dispute_leaves_the_grade_and_the_way_open(dispute, low, propose, agent):
    with pytest.raises(NotAllowed):
        withdraw_dispute(dispute, by=low.reviewer)

    withdraw_dispute(dispute, by=agent)

    low.refresh_from_db()
    assert (low.is_current, low.percent) == (True, 50)
    with pytest.raises(Conflict):
        withdraw_dispute(dispute, by=agent)
    file_dispute(low, propose(tone=1), by=agent)
    assert AuditEvent.objects.filter(action="withdraw_dispute").count() == 1


@pytest.mark.parametrize(
    ("tone", "greeting", "state", "percent"),
    [(0, 0, "upheld", 50), (2, 2, "changed", 100), (2, 0, "changed_in_part", 75),
     (1, 1, "changed_in_part", 75)],
)  # fmt: skip
def test_decide_dispute_outcome_follows_from_the_levels(
    dispute, low, levels, second_reviewer, tone, greeting, state, percent
):
    take_dispute(dispute, by=second_reviewer)
    done = decide_dispute(
        dispute,
        levels(tone=tone, greeting=greeting),
        explanation="Heard it again.",
        by=second_reviewer,
    )

    low.refresh_from_db()
    assert done.state == state
    current = Scorecard.objects.submitted().get()
    assert current.percent == percent
    assert Rollup.objects.get(subject="total").sum_y == percent
    assert low.percent == 50, "the first stays"
    if state == "upheld":
        assert (done.result, current) == (None, low)
    else:
        assert (done.result, current.cause, current.revised_by) == (
            current,
            "dispute",
            second_reviewer,
        )
        assert current.reason == "Heard it again."
    event = AuditEvent.objects.get(action="decide_dispute")
    assert (event.after["state"], event.before["percent"]) == (state, "50")


def test_decide_dispute_can_say_not_applicable(low, criteria, reviewer, agent, administrator):
    facts = criteria["facts"]
    dispute = file_dispute(
        low, {facts: Grade(is_not_applicable=True, comment="Nobody asked.")}, by=agent
    )

    done = decide_dispute(dispute, {facts.pk: None}, explanation="Right.", by=administrator)

    assert done.state == "changed"
    assert done.result.criterion_scores.get(criterion=facts).is_not_applicable


@pytest.mark.parametrize("who", ["reviewer", "agent", "manager", "teammate", "editor"])
def test_decide_dispute_is_for_somebody_else(dispute, levels, request, who):
    with pytest.raises(NotAllowed):
        decide_dispute(
            dispute,
            levels(tone=0, greeting=0),
            explanation="No.",
            by=request.getfixturevalue(who),
        )


def test_decide_dispute_refuses_the_agents_manager_in_any_role(dispute, levels, manager):
    from django.contrib.auth.models import Group

    manager.groups.add(Group.objects.get(name=Role.ADMINISTRATOR))

    with pytest.raises(NotAllowed):
        decide_dispute(
            dispute,
            levels(tone=0, greeting=0),
            explanation="No.",
            by=User.objects.get(pk=manager.pk),
        )


@pytest.mark.parametrize("what", ["explanation", "criterion", "level"])
def test_decide_dispute_needs_all_of_it(dispute, levels, criteria, administrator, what):
    decisions = levels(tone=0, greeting=0)
    if what == "criterion":
        del decisions[criteria["greeting"].pk]
    if what == "level":
        decisions[criteria["tone"].pk] = criteria["facts"].levels.all()[0].pk

    with pytest.raises(Refused):
        decide_dispute(
            dispute,
            decisions,
            explanation="" if what == "explanation" else "No.",
            by=administrator,
        )
    dispute.refresh_from_db()
    assert dispute.is_open


def test_decide_dispute_twice_is_told(dispute, levels, administrator):
    decisions = levels(tone=2, greeting=2)
    decide_dispute(dispute, decisions, explanation="Yes.", by=administrator)

    with pytest.raises(Conflict):
        decide_dispute(dispute, decisions, explanation="Yes.", by=administrator)
    assert Scorecard.objects.count() == 2


def test_the_outcome_of_a_dispute_is_final(dispute, low, levels, propose, agent, administrator):
    done = decide_dispute(dispute, levels(tone=2, greeting=0), explanation="Yes.", by=administrator)

    with pytest.raises(Conflict, match="final"):
        file_dispute(done.result, propose(greeting=2), by=agent)
    with pytest.raises(Replaced):
        file_dispute(low, propose(greeting=2), by=agent)


def test_an_upheld_grade_is_not_disputed_again(dispute, low, levels, propose, agent, administrator):
    decide_dispute(dispute, levels(tone=0, greeting=0), explanation="No.", by=administrator)

    with pytest.raises(Conflict, match="decided already"):
        file_dispute(low, propose(tone=2), by=agent)


def test_an_overridden_grade_can_be_disputed(low, criteria, propose, agent, administrator):
    facts = {criteria["facts"]: Grade(level=criteria["facts"].levels.all()[0].pk)}
    changed = override_scorecard(low, facts, reason="Wrong.", by=administrator)

    assert file_dispute(changed, propose(facts=2), by=agent).scorecard == changed


def test_request_regrade_is_blind_and_on_nobodys_record(
    dispute, low, second_reviewer, administrator, agent, manager
):
    with thawed(connection):
        # A newer version is out meanwhile: the second grade is by that of the first.
        RubricVersion.objects.update(state=RubricVersion.State.RETIRED)
    before = list(Rollup.objects.order_by("pk").values())

    pick = request_regrade(dispute, reviewer=second_reviewer, by=administrator)

    second = start_review(pick, by=second_reviewer)
    assert (pick.purpose, pick.reviewer, pick.inclusion_probability) == (
        "regrade",
        second_reviewer,
        None,
    )
    assert (second.version, second.agent, second.state) == (low.version, None, "draft")
    assert not Scorecard.objects.visible_to(second_reviewer).filter(pk=low.pk).exists()
    assert not Dispute.objects.visible_to(second_reviewer).exists()
    record_grades(second, _all_highest(low), by=second_reviewer)
    submit_scorecard(second, by=second_reviewer)
    assert list(Rollup.objects.order_by("pk").values()) == before
    for other in (agent, manager):
        assert not Scorecard.objects.visible_to(other).filter(pk=second.pk).exists()


def test_a_second_grade_is_due_like_any_other(
    dispute, low, second_reviewer, administrator, reviewer
):
    made = request_regrade(dispute, reviewer=second_reviewer, by=administrator)
    assert made.due_on == timezone.localdate() + dt.timedelta(days=7)

    cancel_regrade(dispute, by=administrator)
    draw = SamplingDraw.objects.create(
        plan=SamplingPlanFactory(reviewers=[reviewer], due_days=3),
        starts_on="2026-09-14",
        ends_on="2026-09-20",
        population_size=1,
        expected_count=1,
        picked_count=1,
    )
    pick = draw.picks.create(interaction=low.interaction, inclusion_probability=1)
    ReviewAssignment.objects.filter(pk=low.assignment_id).update(pick=pick)
    made = request_regrade(dispute, reviewer=second_reviewer, by=administrator)
    assert made.due_on == timezone.localdate() + dt.timedelta(days=3)


def _all_highest(scorecard):
    from scorecards.models import Criterion

    rows = Criterion.objects.filter(section__version=scorecard.version).prefetch_related("levels")
    return {row: Grade(level=list(row.levels.all())[-1].pk) for row in rows}


def test_the_second_reviewer_does_not_decide(dispute, levels, second_reviewer, administrator):
    pick = request_regrade(dispute, reviewer=second_reviewer, by=administrator)
    second = start_review(pick, by=second_reviewer)
    with pytest.raises(Conflict, match="second grade"):
        decide_dispute(dispute, levels(tone=2, greeting=2), explanation="Yes.", by=administrator)
    record_grades(second, _all_highest(second), by=second_reviewer)
    submit_scorecard(second, by=second_reviewer)

    with pytest.raises(NotAllowed):
        decide_dispute(dispute, levels(tone=2, greeting=2), explanation="Yes.", by=second_reviewer)
    decide_dispute(dispute, levels(tone=2, greeting=2), explanation="Yes.", by=administrator)


def test_regrade_candidates_do_not_know_the_conversation(
    dispute, low, reviewer, second_reviewer, administrator, version
):
    from tests.factories.scorecards import ReviewAssignmentFactory

    third = UserFactory(roles=[Role.REVIEWER])
    UserFactory(roles=[Role.REVIEWER], is_active=False)
    ReviewAssignmentFactory(
        reviewer=third,
        interaction=low.interaction,
        rubric=version.rubric,
        inclusion_probability=None,
    )

    assert list(regrade_candidates(dispute, by=administrator)) == [second_reviewer]
    assert not regrade_candidates(dispute, by=second_reviewer).exists()
    for unfit in (reviewer, third, administrator):
        with pytest.raises(Refused):
            request_regrade(dispute, reviewer=unfit, by=administrator)


def test_request_regrade_once(dispute, second_reviewer, administrator, reviewer):
    with pytest.raises(NotAllowed):
        request_regrade(dispute, reviewer=second_reviewer, by=reviewer)
    request_regrade(dispute, reviewer=second_reviewer, by=administrator)

    with pytest.raises(Conflict):
        request_regrade(dispute, reviewer=second_reviewer, by=administrator)
    assert AuditEvent.objects.filter(action="request_regrade").count() == 1


@pytest.mark.parametrize("how", ["cancel", "withdraw"])
def test_an_unfinished_second_grade_goes_with_its_reason(
    dispute, second_reviewer, administrator, agent, how
):
    pick = request_regrade(dispute, reviewer=second_reviewer, by=administrator)
    second = start_review(pick, by=second_reviewer)
    record_grades(second, _all_highest(second), by=second_reviewer)

    if how == "cancel":
        cancel_regrade(dispute, by=administrator)
        with pytest.raises(Conflict):
            cancel_regrade(dispute, by=administrator)
    else:
        withdraw_dispute(dispute, by=agent)

    event = AuditEvent.objects.get(action__in=["cancel_regrade", "withdraw_dispute"])
    assert (event.before["reviewer"], len(event.before["grades"])) == (second_reviewer.pk, 4)
    with pytest.raises(Conflict):
        start_review(pick, by=second_reviewer)
    with pytest.raises(Conflict):
        submit_scorecard(second, by=second_reviewer)

    assert not ReviewAssignment.objects.filter(pk=pick.pk).exists()
    assert not Scorecard.objects.filter(assignment=pick.pk).exists()


def test_dispute_visible_to(dispute, request):
    seen = {
        who: Dispute.objects.visible_to(request.getfixturevalue(who)).exists()
        for who in (
            "agent",
            "reviewer",
            "second_reviewer",
            "manager",
            "administrator",
            "teammate",
            "other_manager",
            "editor",
        )
    }

    assert [who for who, sees in seen.items() if sees] == [
        "agent",
        "reviewer",
        "manager",
        "administrator",
    ]


def test_who_took_it_reads_the_disputed_grade(low, dispute, levels, second_reviewer):
    assert not Dispute.objects.visible_to(second_reviewer).exists()
    assert not Scorecard.objects.visible_to(second_reviewer).exists()

    take_dispute(dispute, by=second_reviewer)

    assert list(Dispute.objects.visible_to(second_reviewer)) == [dispute]
    assert list(Scorecard.objects.visible_to(second_reviewer)) == [low]
    decide_dispute(dispute, levels(tone=2, greeting=2), explanation="Yes.", by=second_reviewer)
    assert list(Dispute.objects.visible_to(second_reviewer)) == [dispute]
    assert Scorecard.objects.visible_to(second_reviewer).count() == 2


def test_who_took_it_reads_nothing_after_a_withdrawal(dispute, agent, second_reviewer):
    take_dispute(dispute, by=second_reviewer)

    withdraw_dispute(dispute, by=agent)

    assert not Dispute.objects.visible_to(second_reviewer).exists()
    assert not Scorecard.objects.visible_to(second_reviewer).exists()
    with pytest.raises(Conflict):
        take_dispute(dispute, by=second_reviewer)


def test_take_dispute_is_for_one(dispute, levels, second_reviewer, administrator):
    third = UserFactory(roles=[Role.REVIEWER])
    assert dispute in Dispute.objects.takeable_by(third)
    with pytest.raises(NotAllowed, match="Take this dispute"):
        decide_dispute(dispute, levels(tone=2, greeting=2), explanation="Yes.", by=second_reviewer)

    taken = take_dispute(dispute, by=second_reviewer)
    take_dispute(dispute, by=second_reviewer)

    assert (taken.decider, taken.taken_at is None) == (second_reviewer, False)
    event = AuditEvent.objects.get(action="take_dispute")
    assert (event.actor, event.before, event.after) == (
        second_reviewer,
        {"decider": None},
        {"decider": second_reviewer.pk},
    )
    assert not Dispute.objects.takeable_by(third).exists()
    for late in (third, administrator):
        with pytest.raises(Conflict, match="Somebody else has taken"):
            take_dispute(dispute, by=late)
    with pytest.raises(NotAllowed):
        decide_dispute(dispute, levels(tone=2, greeting=2), explanation="Yes.", by=third)
    decide_dispute(dispute, levels(tone=2, greeting=2), explanation="Yes.", by=administrator)


@pytest.mark.parametrize("who", ["reviewer", "agent", "manager", "teammate", "editor"])
def test_take_dispute_is_for_somebody_else(dispute, request, who):
    with pytest.raises(NotAllowed):
        take_dispute(dispute, by=request.getfixturevalue(who))


@pytest.mark.parametrize("purpose", ["grade", "second", "link", "seeded", "regrade", "calibration"])
@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ADMINISTRATOR])
def test_who_still_has_to_grade_it_blind_neither_takes_nor_reads(
    dispute, low, levels, best, version, purpose, role
):
    from tests.factories.scorecards import ReviewAssignmentFactory

    holder = UserFactory(roles={Role.REVIEWER, role})
    ReviewAssignmentFactory(
        reviewer=holder,
        interaction=low.interaction,
        rubric=version.rubric,
        purpose=purpose,
        state="apart" if purpose == "calibration" else "open",
        inclusion_probability=None,
    )

    assert not Dispute.objects.takeable_by(holder).exists()
    assert not Dispute.objects.waiting_for(holder).exists()
    assert not Dispute.objects.visible_to(holder).exists()
    assert not Scorecard.objects.visible_to(holder).exists()
    with pytest.raises(NotAllowed):
        take_dispute(dispute, by=holder)
    with pytest.raises(NotAllowed):
        decide_dispute(dispute, levels(tone=2, greeting=2), explanation="Yes.", by=holder)
    ReviewAssignment.objects.filter(reviewer=holder).update(state="done")
    if purpose != "regrade":
        assert dispute in Dispute.objects.takeable_by(holder)


def test_who_takes_part_in_a_session_about_it_does_not_take_it(
    dispute, low, version, second_reviewer, administrator
):
    third = UserFactory(roles=[Role.REVIEWER])
    prepare_calibration(
        title="Tone",
        version=version,
        interactions=[low.interaction],
        participants=[second_reviewer, third],
        by=administrator,
    )

    with pytest.raises(NotAllowed):
        take_dispute(dispute, by=second_reviewer)


def test_nobody_decides_about_their_own_override(
    low, criteria, propose, levels, agent, administrator
):
    other = UserFactory(roles=[Role.ADMINISTRATOR])
    facts = {criteria["facts"]: Grade(level=criteria["facts"].levels.all()[0].pk)}
    changed = override_scorecard(low, facts, reason="Wrong.", by=administrator)
    dispute = file_dispute(changed, propose(facts=2), by=agent)

    with pytest.raises(NotAllowed):
        take_dispute(dispute, by=administrator)
    with pytest.raises(NotAllowed):
        decide_dispute(dispute, levels(facts=2), explanation="Yes.", by=administrator)
    decide_dispute(dispute, levels(facts=2), explanation="Yes.", by=other)


def test_the_decider_is_no_candidate_for_the_second_grade(dispute, second_reviewer, administrator):
    third = UserFactory(roles=[Role.REVIEWER])

    take_dispute(dispute, by=second_reviewer)

    assert list(regrade_candidates(dispute, by=administrator)) == [third]
    with pytest.raises(NotAllowed):
        request_regrade(dispute, reviewer=second_reviewer, by=third)
    assert request_regrade(dispute, reviewer=third, by=second_reviewer).reviewer == third


def test_what_was_graded_before_taking_is_not_taken_back(
    dispute, low, best, version, second_reviewer, administrator
):
    """A blind second grade stays as it was given once its reviewer reads the first."""
    from tests.factories.scorecards import ReviewAssignmentFactory

    pick = ReviewAssignmentFactory(
        reviewer=second_reviewer,
        interaction=low.interaction,
        rubric=version.rubric,
        purpose="second",
        inclusion_probability=None,
    )
    second = start_review(pick, by=second_reviewer)
    record_grades(second, best(), by=second_reviewer)
    second = submit_scorecard(second, by=second_reviewer)

    take_dispute(dispute, by=second_reviewer)

    with pytest.raises(Conflict, match="know another grade"):
        undo_submission(second, by=second_reviewer)
