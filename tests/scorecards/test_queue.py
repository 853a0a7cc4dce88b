"""Who holds which pick: claim, release, skip, and claims that lapse."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from interactions.models import Interaction
from people.models import AuditEvent
from people.roles import Role
from scorecards.actions import (
    AlreadyTaken,
    Conflict,
    NoLongerHeld,
    NotAllowed,
    Refused,
    claim_next,
    claim_pick,
    expire_claims,
    next_review,
    record_grades,
    record_summary,
    release_pick,
    reopen_pick,
    resume_draft,
    skip_pick,
    start_review,
    submit_scorecard,
)
from scorecards.actions.drafts import record_time
from scorecards.models import CriterionScore, Pick, ReviewAssignment, SamplingDraw, Scorecard
from tests.factories.interactions import InteractionFactory
from tests.factories.people import UserFactory
from tests.factories.sampling import SamplingPlanFactory
from tests.factories.scorecards import ReviewAssignmentFactory

NOW = dt.datetime(2026, 10, 5, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def plan(version, reviewer, second_reviewer):
    return SamplingPlanFactory(reviewers=[reviewer, second_reviewer], claim_hours=24)


@pytest.fixture
def put(plan, agent):
    """`put()` lays a pick of Ada's into the pool; `put(holder)` gives it to somebody."""

    def make(holder=None, of=agent, **others):
        draw, _created = SamplingDraw.objects.get_or_create(
            plan=plan,
            starts_on="2026-09-14",
            defaults={
                "ends_on": "2026-09-20",
                "population_size": 100,
                "expected_count": 50,
                "picked_count": 50,
            },
        )
        interaction = others.pop("interaction", None) or InteractionFactory(agent=of)
        pick, _created = Pick.objects.get_or_create(
            draw=draw, interaction=interaction, defaults={"inclusion_probability": 0.5}
        )
        first = not pick.assignments.exists()
        return ReviewAssignmentFactory(
            pick=pick,
            interaction=interaction,
            reviewer=holder,
            rubric=plan.rubric,
            inclusion_probability=0.5 if first else None,
            purpose="grade" if first else "second",
            expires_at=NOW + DAY if holder else None,
            **others,
        )

    return make


def pool_of(person, at=NOW):
    return list(ReviewAssignment.objects.claimable_by(person, at=at))


def queue_of(person, at=NOW):
    return list(ReviewAssignment.objects.held_by(person, at=at))


# The pool ---------------------------------------------------------------------------------------


def test_the_pool_is_open_to_the_plans_reviewers_only(put, reviewer, second_reviewer):
    free = put()
    outsider = UserFactory(roles=[Role.REVIEWER])

    assert pool_of(reviewer) == pool_of(second_reviewer) == [free]
    assert pool_of(outsider) == []
    with pytest.raises(NotAllowed):
        claim_pick(free, by=outsider, at=NOW)


def test_the_pool_holds_nobodys_own_conversation(put, plan):
    both = UserFactory(roles=[Role.AGENT, Role.REVIEWER])
    plan.reviewers.add(both)
    own = put(of=both)

    assert pool_of(both) == []
    with pytest.raises(NotAllowed):
        claim_pick(own, by=both, at=NOW)


def test_the_pool_offers_nobody_a_second_copy(put, reviewer, second_reviewer):
    mine = put(reviewer)
    copy = put(interaction=mine.interaction)

    assert pool_of(reviewer) == []
    assert pool_of(second_reviewer) == [copy]
    with pytest.raises(NotAllowed):
        claim_pick(copy, by=reviewer, at=NOW)


def test_the_pool_leaves_out_what_is_held_done_or_skipped(put, reviewer, second_reviewer):
    put(second_reviewer)
    put(second_reviewer, state="done")
    put(second_reviewer, state="skipped", skip_reason="Empty.")

    assert pool_of(reviewer) == []


def test_what_was_handed_out_by_hand_and_given_back_is_for_any_reviewer(
    version, agent, reviewer, second_reviewer
):
    row = ReviewAssignmentFactory(
        reviewer=reviewer, interaction=InteractionFactory(agent=agent), inclusion_probability=None
    )

    release_pick(row, by=reviewer, at=NOW)

    assert pool_of(second_reviewer) == [row]
    assert claim_pick(row, by=second_reviewer, at=NOW).expires_at == NOW + DAY


# Claim ------------------------------------------------------------------------------------------


def test_claim_pick_gives_it_to_one_alone(put, reviewer, second_reviewer):
    free = put()

    claimed = claim_pick(free, by=reviewer, at=NOW)

    assert (claimed.reviewer, claimed.expires_at) == (reviewer, NOW + DAY)
    assert queue_of(reviewer) == [free]
    assert pool_of(second_reviewer) == []
    with pytest.raises(AlreadyTaken):
        claim_pick(free, by=second_reviewer, at=NOW)
    event = AuditEvent.objects.get(action="claim_pick")
    assert (event.actor, event.before, event.after) == (
        reviewer,
        {"reviewer": None},
        {"reviewer": reviewer.pk},
    )


def test_claiming_again_what_one_holds_changes_nothing(put, reviewer, as_user):
    """The answer got lost, or the button was clicked twice."""
    pick = put()
    held = claim_pick(pick, by=reviewer)
    again = claim_pick(pick, by=reviewer)
    assert (again.pk, again.expires_at) == (held.pk, held.expires_at)
    assert AuditEvent.objects.filter(action="claim_pick").count() == 1
    client, address = as_user(reviewer), reverse("scorecards:pick_claim", args=[pick.pk])
    places = {client.post(address)["Location"] for _each in range(2)}
    assert places == {reverse("scorecards:grade", args=[Scorecard.objects.get().pk])}


def test_claim_pick_refuses_who_may_not_grade(put, agent):
    with pytest.raises(NotAllowed):
        claim_pick(put(), by=agent, at=NOW)


def test_claim_next_takes_the_most_urgent_and_last_what_one_gave_back(put, reviewer):
    later = put(due_on="2026-10-20")
    soon = put(due_on="2026-10-10")

    assert claim_next(by=reviewer, at=NOW) == soon
    release_pick(soon, by=reviewer, at=NOW)
    assert claim_next(by=reviewer, at=NOW) == later
    assert claim_next(by=reviewer, at=NOW) == soon
    assert claim_next(by=reviewer, at=NOW) is None


def test_next_review_takes_what_is_started_then_mine_then_the_pool(put, reviewer):
    put(due_on="2026-10-01")
    mine = put(reviewer, due_on="2026-10-20")
    started = put(reviewer, due_on="2026-10-30")
    start_review(started, by=reviewer, at=NOW)

    assert next_review(by=reviewer, at=NOW) == started
    skip_pick(started, by=reviewer, reason="Broken.", at=NOW)
    assert next_review(by=reviewer, at=NOW) == mine
    skip_pick(mine, by=reviewer, reason="Broken.", at=NOW)
    assert str(next_review(by=reviewer, at=NOW).due_on) == "2026-10-01"


# Release and skip -------------------------------------------------------------------------------


def test_release_pick_puts_it_back_and_keeps_the_grades_in_the_audit_log(
    put, reviewer, second_reviewer, criteria, best
):
    row = put(reviewer)
    draft = start_review(row, by=reviewer, at=NOW)
    record_grades(draft, best(), by=reviewer, at=NOW)

    released = release_pick(row, by=reviewer, at=NOW)

    assert (released.reviewer, released.expires_at, released.released_by) == (None, None, reviewer)
    assert not Scorecard.objects.exists()
    assert pool_of(second_reviewer) == [row]
    before = AuditEvent.objects.get(action="release_pick").before
    assert before["reviewer"] == reviewer.pk
    assert {grade["criterion"] for grade in before["grades"]} == {
        criterion.pk for criterion in criteria.values()
    }


def test_skip_pick_sets_it_aside_with_its_reason(put, reviewer, second_reviewer):
    row = put(reviewer)
    start_review(row, by=reviewer, at=NOW)

    skipped = skip_pick(row, by=reviewer, reason="  In Welsh. ", at=NOW)

    assert (skipped.state, skipped.skip_reason, skipped.reviewer) == (
        "skipped",
        "In Welsh.",
        reviewer,
    )
    assert queue_of(reviewer) == pool_of(second_reviewer) == []
    assert not Scorecard.objects.exists()
    assert AuditEvent.objects.get(action="skip_pick").after["reason"] == "In Welsh."
    with pytest.raises(NoLongerHeld):
        start_review(row, by=reviewer, at=NOW)


@pytest.mark.parametrize("reason", ["", "   "])
def test_skip_pick_needs_a_reason(put, reviewer, reason):
    with pytest.raises(Refused, match="why"):
        skip_pick(put(reviewer), by=reviewer, reason=reason, at=NOW)


def test_only_the_holder_releases_or_skips(put, reviewer, second_reviewer, best):
    row = put(reviewer)
    record_grades(start_review(row, by=reviewer, at=NOW), best(), by=reviewer, at=NOW)

    with pytest.raises(NotAllowed):
        release_pick(row, by=second_reviewer, at=NOW)
    with pytest.raises(NotAllowed):
        skip_pick(row, by=second_reviewer, reason="Mine!", at=NOW)
    assert CriterionScore.objects.exists(), "and the draft is untouched"


def test_a_submitted_grade_is_neither_released_nor_skipped(put, reviewer, best):
    row = put(reviewer)
    draft = start_review(row, by=reviewer, at=NOW)
    record_grades(draft, best(), by=reviewer, at=NOW)
    submit_scorecard(draft, by=reviewer, at=NOW)

    with pytest.raises(Conflict):
        release_pick(row, by=reviewer, at=NOW)
    with pytest.raises(Conflict):
        skip_pick(row, by=reviewer, reason="Oops.", at=NOW)
    assert Scorecard.objects.submitted().count() == 1


# Lapsing ----------------------------------------------------------------------------------------


def test_a_lapsed_claim_is_free_without_waiting_for_anybody(put, reviewer, second_reviewer):
    row = claim_pick(put(), by=reviewer, at=NOW)

    assert pool_of(second_reviewer, NOW + 23 * HOUR) == []
    assert pool_of(second_reviewer, NOW + DAY) == [row]
    assert queue_of(reviewer, NOW + DAY) == []
    taken = claim_pick(row, by=second_reviewer, at=NOW + DAY)

    assert taken.reviewer == second_reviewer
    event = AuditEvent.objects.get(action="expire_claim")
    assert (event.actor, event.before["reviewer"]) == (None, reviewer.pk)
    with pytest.raises(NoLongerHeld):
        start_review(row, by=reviewer, at=NOW + DAY)


def test_starting_keeps_a_claim_alive(put, reviewer, second_reviewer):
    row = claim_pick(put(), by=reviewer, at=NOW)

    start_review(row, by=reviewer, at=NOW + 23 * HOUR)

    assert pool_of(second_reviewer, NOW + 25 * HOUR) == []
    assert pool_of(second_reviewer, NOW + 47 * HOUR) == [row]


def test_resuming_a_draft_keeps_its_claim_alive_with_one_query_or_none(
    put, reviewer, django_assert_num_queries
):
    draft = start_review(put(reviewer), by=reviewer, at=NOW)

    def resume(after, queries):
        found = next_review(by=reviewer, at=NOW + after)
        with django_assert_num_queries(queries):
            assert resume_draft(found, by=reviewer, at=NOW + after) == draft.pk
        found.refresh_from_db()
        return found.expires_at - NOW

    assert resume(HOUR / 60, queries=0) == 24 * HOUR
    assert resume(20 * HOUR, queries=1) == 44 * HOUR


def test_what_is_not_begun_or_held_by_somebody_else_since_is_not_resumed(
    put, reviewer, second_reviewer
):
    put(reviewer)
    assert resume_draft(next_review(by=reviewer, at=NOW), by=reviewer, at=NOW) is None

    start_review(put(reviewer), by=reviewer, at=NOW)
    found = next_review(by=reviewer, at=NOW + HOUR)
    ReviewAssignment.objects.filter(pk=found.pk).update(reviewer=second_reviewer)

    assert resume_draft(found, by=reviewer, at=NOW + HOUR) is None
    found.refresh_from_db()
    assert found.expires_at == NOW + DAY


def test_grades_keep_a_claim_for_a_week_after_the_last_of_them(
    put, reviewer, second_reviewer, best
):
    row = claim_pick(put(), by=reviewer, at=NOW)
    draft = start_review(row, by=reviewer, at=NOW)
    record_grades(draft, best(), by=reviewer, at=NOW + HOUR)

    assert pool_of(second_reviewer, NOW + 7 * DAY) == []
    with pytest.raises(AlreadyTaken):
        claim_pick(row, by=second_reviewer, at=NOW + 7 * DAY)
    claim_pick(row, by=second_reviewer, at=NOW + 7 * DAY + HOUR)

    assert not Scorecard.objects.exists()
    assert AuditEvent.objects.get(action="expire_claim").before["grades"]


def test_a_claim_that_lapsed_can_be_taken_up_again(put, reviewer):
    row = claim_pick(put(), by=reviewer, at=NOW)

    assert pool_of(reviewer, NOW + DAY) == [row]
    assert start_review(row, by=reviewer, at=NOW + 2 * DAY).reviewer == reviewer
    assert queue_of(reviewer, NOW + 2 * DAY) == [row]


def test_what_was_handed_out_by_hand_does_not_lapse(assignment, reviewer):
    assert queue_of(reviewer, NOW + 400 * DAY) == [assignment]


def test_a_summary_keeps_a_claim_for_a_week_and_the_audit_log_keeps_the_summary(
    put, reviewer, second_reviewer
):
    row = claim_pick(put(), by=reviewer, at=NOW)
    draft = start_review(row, by=reviewer, at=NOW)
    record_summary(draft, "Calm and clear.", by=reviewer, at=NOW + HOUR)

    assert pool_of(second_reviewer, NOW + 7 * DAY) == []
    claim_pick(row, by=second_reviewer, at=NOW + 7 * DAY + HOUR)

    event = AuditEvent.objects.get(action="expire_claim")
    assert event.before["grades"] == [{"summary": "Calm and clear."}]


def test_a_summary_takes_nothing_from_the_time_that_is_reported_next(draft, reviewer):
    start = draft.started_at
    record_summary(draft, "Calm.", by=reviewer, at=start + HOUR)

    record_time(draft, 45, by=reviewer, at=start + HOUR + dt.timedelta(seconds=1))

    draft.refresh_from_db()
    assert draft.active_seconds == 45


def leave(holder, row):
    holder.is_active = False
    holder.save()


def lose_the_role(holder, row):
    holder.groups.clear()


def turn_out_to_serve(holder, row):
    Interaction.objects.filter(pk=row.interaction_id).update(agent=holder)


@pytest.mark.parametrize("happen", [leave, lose_the_role, turn_out_to_serve])
@pytest.mark.parametrize("expires_at", [None, NOW + DAY])
def test_what_its_holder_can_no_longer_grade_is_free_at_once(
    version, plan, reviewer, second_reviewer, best, happen, expires_at
):
    row = ReviewAssignmentFactory(
        reviewer=reviewer, rubric=version.rubric, expires_at=expires_at, inclusion_probability=None
    )
    draft = start_review(row, by=reviewer, at=NOW)
    record_grades(draft, best(), by=reviewer, at=NOW)
    assert pool_of(second_reviewer) == []

    happen(reviewer, row)

    assert pool_of(second_reviewer) == [row]
    assert expire_claims(at=NOW) == 1
    row.refresh_from_db()
    assert (row.reviewer, row.released_by) == (None, reviewer)
    event = AuditEvent.objects.get(action="expire_claim")
    assert len(event.before["grades"]) == len(best())
    assert claim_pick(row, by=second_reviewer, at=NOW).reviewer == second_reviewer


def test_what_its_holder_can_no_longer_grade_is_claimed_without_waiting(
    assignment, reviewer, second_reviewer
):
    start_review(assignment, by=reviewer, at=NOW)
    leave(reviewer, assignment)

    assert claim_pick(assignment, by=second_reviewer, at=NOW).reviewer == second_reviewer


def test_a_draft_of_ones_own_conversation_is_not_opened_again(assignment, reviewer):
    start_review(assignment, by=reviewer, at=NOW)
    turn_out_to_serve(reviewer, assignment)
    assignment.refresh_from_db()

    with pytest.raises(NotAllowed, match="own conversation"):
        start_review(assignment, by=reviewer, at=NOW)


# Put back ---------------------------------------------------------------------------------------


def test_reopen_pick_puts_it_back_and_keeps_the_reason(
    put, reviewer, second_reviewer, administrator
):
    row = claim_pick(put(), by=reviewer, at=NOW)
    skip_pick(row, by=reviewer, reason="In Welsh.", at=NOW)

    reopen_pick(row, by=administrator, at=NOW)

    assert pool_of(second_reviewer) == pool_of(reviewer) == [row]
    event = AuditEvent.objects.get(action="reopen_pick")
    assert (event.actor, event.before, event.after) == (
        administrator,
        {"state": "skipped", "reviewer": reviewer.pk, "reason": "In Welsh."},
        {"state": "open", "reviewer": None},
    )
    with pytest.raises(Conflict):
        reopen_pick(row, by=administrator, at=NOW)


def test_reopen_pick_is_for_who_hands_work_out(put, reviewer):
    row = claim_pick(put(), by=reviewer, at=NOW)
    skip_pick(row, by=reviewer, reason="In Welsh.", at=NOW)

    with pytest.raises(NotAllowed):
        reopen_pick(row, by=reviewer, at=NOW)
    row.refresh_from_db()
    assert row.state == "skipped"


def test_a_claim_of_a_clock_that_was_ahead_does_not_last_until_then(put, reviewer):
    """A month is the longest that a plan may say; what is due later was handed out by a draw."""
    far = NOW + 366 * DAY
    ahead, month, drawn, begun = (put(reviewer) for _each in range(4))
    claims = [(ahead, far, None), (month, NOW + 30 * DAY, None), (drawn, far, (far - DAY).date())]
    for row, ends, due_on in claims:
        ReviewAssignment.objects.filter(pk=row.pk).update(expires_at=ends, due_on=due_on)
    record_summary(start_review(begun, by=reviewer, at=far), "Half of it.", by=reviewer, at=far)

    assert expire_claims(at=NOW) == 0
    for row, ends in ((ahead, NOW + DAY), (month, NOW + 30 * DAY), (drawn, far)):
        row.refresh_from_db()
        assert row.expires_at == ends
    assert expire_claims(at=NOW + 2 * DAY) == 1
    # A draft counts from now on, as if it had been saved now.
    assert expire_claims(at=NOW + ReviewAssignment.DRAFT_KEPT - HOUR) == 0
    assert expire_claims(at=NOW + ReviewAssignment.DRAFT_KEPT + HOUR) == 1


def test_expire_claims_writes_down_what_lapsed(put, reviewer, capsys):
    lapsed = claim_pick(put(), by=reviewer, at=timezone.now() - 2 * DAY)
    fresh = claim_pick(put(), by=reviewer, at=timezone.now())

    call_command("expire_claims")

    assert capsys.readouterr().out == "1\n"
    lapsed.refresh_from_db()
    fresh.refresh_from_db()
    assert (lapsed.reviewer, fresh.reviewer) == (None, reviewer)
    assert expire_claims() == 0


# Blind ------------------------------------------------------------------------------------------


def test_two_grades_of_one_pick_are_blind_to_each_other(
    put, reviewer, second_reviewer, best, agent
):
    first = put(reviewer)
    second = put(second_reviewer, interaction=first.interaction)
    draft = start_review(first, by=reviewer, at=NOW)
    record_grades(draft, best(), by=reviewer, at=NOW)
    submit_scorecard(draft, by=reviewer, at=NOW)
    other = start_review(second, by=second_reviewer, at=NOW)

    assert list(Scorecard.objects.visible_to(second_reviewer)) == [other]
    assert list(ReviewAssignment.objects.visible_to(second_reviewer)) == [second]
    assert not Pick.objects.visible_to(second_reviewer)


# What the database itself refuses ---------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"state": "done"},
        {"state": "skipped", "skip_reason": "Nobody skipped it."},
        {"expires_at": NOW},
        {"skip_reason": "But it is open."},
    ],
)
def test_the_database_refuses_what_nobody_did(put, change):
    row = put()

    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewAssignment.objects.filter(pk=row.pk).update(**change)


def test_the_database_refuses_skipping_without_a_reason(put, reviewer):
    row = put(reviewer)

    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewAssignment.objects.filter(pk=row.pk).update(state="skipped")


def test_the_pool_looks_up_conversations_and_never_all_that_somebody_did(put, reviewer):
    """Without statistics a database would go through all of a reviewer's rows for each of the pool."""
    if connection.vendor != "sqlite":
        pytest.skip("The plan is worded for one database.")
    plan = ReviewAssignment.objects.claimable_by(reviewer, at=NOW).values("pk").explain()

    for way in ("decider_id=?", "decided_by_id=?", "revised_by_id=?", "written_by_id=?"):
        assert way not in plan
    assert "reviewassignment_rubric_id" not in plan
