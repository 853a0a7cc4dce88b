"""Plans, what they draw from, draws, and what the picks say of the rest."""

import datetime as dt
from collections import Counter
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from interactions.models import Interaction
from people.models import AuditEvent
from people.roles import Role
from scorecards.actions import (
    NotAllowed,
    Refused,
    draw_sample,
    preview_draw,
    repeat_draw,
    save_plan,
)
from scorecards.actions.sample import next_period
from scorecards.estimates import estimates_of
from scorecards.models import Pick, ReviewAssignment, SamplingDraw, Scorecard
from scorecards.population import Scope, load_frame
from scorecards.sampling import Method, Quantity, Sign
from tests.factories.interactions import InteractionFactory
from tests.factories.people import MembershipFactory, UserFactory
from tests.factories.sampling import SamplingPlanFactory
from tests.factories.scorecards import ReviewAssignmentFactory, ScorecardFactory

MONDAY = dt.date(2026, 9, 14)
SUNDAY = dt.date(2026, 9, 20)
A_DAY = dt.timedelta(days=1)
WEEK = {"starts_on": MONDAY, "ends_on": SUNDAY}
LATER = dt.datetime(2026, 9, 21, 8, tzinfo=dt.UTC)


def contact(agent, day=0, **others):
    at = dt.datetime(2026, 9, 14, 10, tzinfo=dt.UTC) + dt.timedelta(days=day)
    return InteractionFactory(agent=agent, started_at=at, ended_at=at, **others)


@pytest.fixture
def plan(version, reviewer, second_reviewer):
    return SamplingPlanFactory(name="Weekly", reviewers=[reviewer, second_reviewer])


@pytest.fixture
def contacts(agent, teammate):
    """Six conversations of Ada's and four of Ben's in one week."""
    return [contact(agent, day) for day in range(6)] + [contact(teammate, day) for day in range(4)]


def drawn(plan, by, seed=1, **others):
    return draw_sample(plan, **{**WEEK, "at": LATER, **others}, by=by, seed=seed)


# The population ---------------------------------------------------------------------------------


def ids_of(plan_scope, plan):
    return load_frame(plan_scope, plan.design).ids.tolist()


def test_load_frame_takes_the_days_whole_and_nothing_else(plan, agent):
    first = contact(agent, 0)
    last = contact(agent, 6)
    contact(agent, -1)
    contact(agent, 7)
    contact(None, 1)
    contact(agent, 1, message_count=0)

    assert ids_of(Scope(MONDAY, SUNDAY), plan) == [first.pk, last.pk]


def test_load_frame_counts_days_in_the_organisations_time_zone(plan, agent, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    late = InteractionFactory(
        agent=agent,
        started_at=dt.datetime(2026, 9, 14, 0, 5, tzinfo=ZoneInfo("Pacific/Auckland")),
        ended_at=None,
    )

    assert ids_of(Scope(MONDAY, SUNDAY), plan) == [late.pk]


def test_load_frame_knows_teams_agents_and_channels(plan, agent, teammate, team, other_team):
    stranger = UserFactory(roles=[Role.AGENT])
    former = UserFactory(roles=[Role.AGENT])
    MembershipFactory(user=former, team=team, starts_on="2020-01-01", ends_on="2026-09-13")
    rows = [contact(who) for who in (agent, teammate, stranger, former)]
    call = contact(agent, 2, channel="phone")

    assert ids_of(Scope(MONDAY, SUNDAY, teams=[team.pk]), plan) == [
        rows[0].pk,
        rows[1].pk,
        call.pk,
    ]
    assert ids_of(Scope(MONDAY, SUNDAY, teams=[other_team.pk], agents=[stranger.pk]), plan) == [
        rows[2].pk
    ]
    assert ids_of(Scope(MONDAY, SUNDAY, channels=["phone"]), plan) == [call.pk]


def test_load_frame_keeps_what_is_in_review_already(plan, agent, reviewer):
    row = contact(agent)
    ReviewAssignmentFactory(interaction=row, reviewer=reviewer, rubric=plan.rubric)

    assert ids_of(Scope(MONDAY, SUNDAY), plan) == [row.pk]


def test_load_frame_finds_the_signs_of_risk(agent, teammate):
    plan = SamplingPlanFactory(
        quantity=Quantity.SHARE.value,
        method=Method.RISK.value,
        complaint_words=["complain", "Ärger"],
        new_agent_days=30,
    )
    type(agent).objects.filter(pk=agent.pk).update(started_on="2026-09-01")
    type(agent).objects.filter(pk=teammate.pk).update(started_on="2020-09-01")
    for place in range(20):
        contact(teammate, duration_seconds=100 + place)
    unhappy = contact(agent, transcript__text="I shall COMPLAIN about this")
    german = contact(teammate, transcript__text="nur ärger mit euch")

    frame = load_frame(Scope(MONDAY, SUNDAY), plan.design)

    def having(sign):
        return frame.ids[frame.signs[sign]].tolist()

    assert having(Sign.COMPLAINT_WORDS) == [unhappy.pk, german.pk]
    assert having(Sign.NEW_AGENT) == [unhappy.pk]
    slow = Interaction.objects.filter(duration_seconds__gte=118).order_by("pk")
    assert having(Sign.LONG_HANDLING) == [row.pk for row in slow]


def test_load_frame_calls_nothing_long_among_few(agent):
    plan = SamplingPlanFactory(method=Method.RISK.value)
    for place in range(19):
        contact(agent, duration_seconds=place)

    assert not load_frame(Scope(MONDAY, SUNDAY), plan.design).signs[Sign.LONG_HANDLING].any()


def test_load_frame_reads_no_transcript(plan, contacts, django_assert_num_queries):
    with django_assert_num_queries(1) as captured:
        load_frame(Scope(MONDAY, SUNDAY), plan.design)
    assert "transcript" not in captured[0]["sql"]


def test_load_frame_reads_ids_alone_where_all_have_the_same_chance(
    plan, contacts, django_assert_num_queries
):
    one = replace(plan.design, quantity=Quantity.SHARE, share=0.5, method=Method.SIMPLE)

    with django_assert_num_queries(1) as captured:
        frame = load_frame(Scope(MONDAY, SUNDAY), one)

    assert frame.ids.tolist() == load_frame(Scope(MONDAY, SUNDAY), plan.design).ids.tolist()
    assert "channel" not in captured[0]["sql"]
    assert len(load_frame(Scope(SUNDAY + A_DAY, SUNDAY + A_DAY), one)) == 0


# Draws ------------------------------------------------------------------------------------------


def test_draw_sample_stores_the_probability_it_used(plan, contacts, agent, teammate, administrator):
    made = drawn(plan, administrator)

    assert (made.population_size, made.picked_count, made.expected_count) == (10, 4, 4)
    chances = {
        pick.interaction.agent: pick.inclusion_probability
        for pick in made.picks.select_related("interaction__agent")
    }
    assert chances == {agent: pytest.approx(2 / 6), teammate: pytest.approx(2 / 4)}
    for row in ReviewAssignment.objects.select_related("pick"):
        assert row.inclusion_probability == row.pick.inclusion_probability


def test_draw_sample_gives_the_same_picks_for_the_same_seed(
    plan, contacts, administrator, reviewer, second_reviewer
):
    other = SamplingPlanFactory(reviewers=[reviewer, second_reviewer])

    def picks(made):
        return list(made.picks.order_by("pk").values_list("interaction", flat=True))

    first = drawn(plan, administrator, seed=5)

    assert picks(first) == picks(drawn(other, administrator, seed=5))
    assert repeat_draw(first) == (True, set(picks(first)))


def test_repeat_draw_follows_the_rules_of_then_and_notices_another_population(
    plan, contacts, administrator, agent
):
    made = drawn(plan, administrator)
    picked = set(made.picks.values_list("interaction", flat=True))
    type(plan).objects.filter(pk=plan.pk).update(per_agent_week=1, quantity=Quantity.SHARE.value)

    assert repeat_draw(made) == (True, picked)
    contact(agent, 6)
    assert repeat_draw(made)[0] is False


def test_draw_sample_differs_from_seed_to_seed(version, contacts, administrator):
    found = {
        tuple(
            drawn(SamplingPlanFactory(), administrator, seed=seed).picks.values_list(
                "interaction", flat=True
            )
        )
        for seed in range(6)
    }

    assert len(found) > 1


def test_draw_sample_shares_the_work_evenly(plan, contacts, administrator):
    drawn(plan, administrator)

    counts = Counter(ReviewAssignment.objects.values_list("reviewer", flat=True))
    assert sorted(counts.values()) == [2, 2]


def test_draw_sample_gives_nobody_their_own_nor_what_they_have(
    version, agent, reviewer, administrator
):
    both = UserFactory(roles=[Role.AGENT, Role.REVIEWER])
    plan = SamplingPlanFactory(reviewers=[both, reviewer], per_agent_week=10)
    own = contact(both)
    by_hand = contact(agent)
    ReviewAssignmentFactory(
        interaction=by_hand, reviewer=reviewer, rubric=plan.rubric, inclusion_probability=None
    )

    drawn(plan, administrator)

    takers = dict(
        ReviewAssignment.objects.filter(pick__isnull=False).values_list("interaction", "reviewer")
    )
    assert takers == {own.pk: reviewer.pk, by_hand.pk: both.pk}


def test_draw_sample_leaves_in_the_pool_what_nobody_may_grade(version, administrator):
    both = UserFactory(roles=[Role.AGENT, Role.REVIEWER])
    plan = SamplingPlanFactory(reviewers=[both])
    contact(both)

    drawn(plan, administrator)

    row = ReviewAssignment.objects.get()
    assert (row.reviewer, row.state, row.expires_at) == (None, "open", None)


def test_draw_sample_sends_the_linking_set_to_everybody_and_counts_it_once(
    version, contacts, administrator
):
    reviewers = [UserFactory(roles=[Role.REVIEWER]) for _person in range(3)]
    plan = SamplingPlanFactory(reviewers=reviewers, linking_count=2)

    made = drawn(plan, administrator)

    sizes = Counter()
    for pick in made.picks.prefetch_related("assignments"):
        rows = pick.assignments.all()
        sizes[len(rows)] += 1
        assert sum(row.inclusion_probability is not None for row in rows) == 1
        assert len({row.reviewer_id for row in rows}) == len(rows)
    assert sizes == {3: 2, 1: 2}
    assert ReviewAssignment.objects.filter(purpose=ReviewAssignment.Purpose.LINK).count() == 4


def test_draw_sample_has_a_share_graded_twice(version, contacts, administrator):
    plan = SamplingPlanFactory(double_percent=50)

    made = drawn(plan, administrator)

    seconds = ReviewAssignment.objects.filter(purpose=ReviewAssignment.Purpose.SECOND)
    assert seconds.count() == 2 == made.picked_count // 2
    for row in seconds:
        first = row.pick.assignments.get(purpose=ReviewAssignment.Purpose.GRADE)
        assert first.reviewer != row.reviewer
        assert row.inclusion_probability is None
        assert not row.is_hand_picked


def test_draw_sample_with_one_reviewer_grades_everything_once(
    version, contacts, administrator, reviewer
):
    plan = SamplingPlanFactory(reviewers=[reviewer], double_percent=100, linking_count=5)

    made = drawn(plan, administrator)

    assert ReviewAssignment.objects.count() == made.picked_count


def test_draw_sample_sets_the_due_date_and_the_audit_log(plan, contacts, administrator):
    made = drawn(plan, administrator)

    assert set(ReviewAssignment.objects.values_list("due_on", flat=True)) == {dt.date(2026, 9, 28)}
    event = AuditEvent.objects.get(action="draw_sample")
    assert event.object_id == str(made.pk)
    assert event.after["seed"] == 1
    assert event.after["picked"] == 4


def test_draw_sample_by_risk_keeps_the_floor_and_says_which_signs(
    version, agent, teammate, administrator
):
    plan = SamplingPlanFactory(
        quantity=Quantity.SHARE.value,
        share_percent=50,
        method=Method.RISK.value,
        weight_long_handling=0,
        weight_new_agent=0,
        complaint_words=["awful"],
    )
    calm = [contact(agent) for _number in range(8)]
    angry = [contact(agent, transcript__text="This is awful") for _number in range(2)]

    made = drawn(plan, administrator)

    assert made.expected_count == pytest.approx(5)
    for pick in made.picks.all():
        if pick.interaction_id in {row.pk for row in angry}:
            assert (pick.signs, pick.inclusion_probability) == (["complaint_words"], 1)
        else:
            assert pick.interaction_id in {row.pk for row in calm}
            assert (pick.signs, pick.inclusion_probability) == ([], pytest.approx(3 / 8))


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ((MONDAY, dt.date(2026, 9, 19)), "Monday to start"),
        ((SUNDAY, MONDAY), "before the first"),
        ((dt.date(2026, 9, 21), dt.date(2026, 9, 27)), "not over yet"),
        ((dt.date(2026, 8, 31), dt.date(2026, 9, 6)), "nothing to pick from"),
    ],
)
def test_draw_sample_refuses_days_that_make_no_sense(plan, contacts, administrator, days, message):
    with pytest.raises(Refused, match=message):
        drawn(plan, administrator, starts_on=days[0], ends_on=days[1])
    assert not SamplingDraw.objects.exists()


def test_draw_sample_draws_from_no_day_twice(plan, contacts, administrator):
    drawn(plan, administrator)

    with pytest.raises(Refused, match="already"):
        drawn(plan, administrator, starts_on=dt.date(2026, 9, 7))
    with pytest.raises(IntegrityError), transaction.atomic():
        SamplingDraw.objects.create(
            plan=plan,
            starts_on=MONDAY,
            ends_on=MONDAY,
            population_size=1,
            expected_count=1,
            picked_count=1,
        )


def test_draw_sample_refuses_an_inactive_plan_and_one_without_reviewers(
    plan, contacts, administrator, reviewer, second_reviewer
):
    reviewer.groups.clear()
    second_reviewer.groups.clear()
    with pytest.raises(Refused, match="Nobody"):
        drawn(plan, administrator)
    plan.is_active = False
    with pytest.raises(Refused, match="not active"):
        drawn(plan, administrator)


def test_draw_sample_is_for_who_may(plan, contacts, manager):
    with pytest.raises(NotAllowed):
        drawn(plan, manager)


def test_draw_sample_takes_no_more_queries_for_more_picks(
    plan, contacts, agent, administrator, count_queries, version, reviewer, second_reviewer
):
    wide = SamplingPlanFactory(reviewers=[reviewer, second_reviewer], per_agent_week=5)

    assert administrator.has_perm("scorecards.assign_reviews"), "asked once for each person"
    narrow = count_queries(lambda: drawn(plan, administrator))
    assert count_queries(lambda: drawn(wide, administrator)) == narrow


def test_preview_draw_says_what_the_draw_does(plan, contacts, administrator):
    preview = preview_draw(plan, **WEEK)

    assert (preview.population, preview.agents, preview.expected) == (10, 2, 4)
    assert (preview.lowest_percent, preview.highest_percent) == (33.3, 50)
    assert (preview.grades, preview.per_reviewer) == (4, 2)
    assert not SamplingDraw.objects.exists()


def test_next_period_is_the_last_whole_week_or_the_one_after_the_last_draw(
    plan, contacts, administrator
):
    wednesday = dt.date(2026, 9, 30)
    assert next_period(plan, on=wednesday) == (dt.date(2026, 9, 21), dt.date(2026, 9, 27))
    drawn(plan, administrator)
    assert next_period(plan, on=dt.date(2026, 10, 14))[0] == dt.date(2026, 9, 21)


def test_next_period_goes_on_where_a_draw_ended_within_a_week(plan, contacts, administrator):
    drawn(plan, administrator)
    plan.draws.update(ends_on=dt.date(2026, 9, 16))

    assert next_period(plan, on=dt.date(2026, 10, 14))[0] == dt.date(2026, 9, 21)
    plan.quantity = "share"
    rest = (dt.date(2026, 9, 17), dt.date(2026, 9, 20))
    assert next_period(plan, on=dt.date(2026, 10, 14)) == rest


def test_the_database_refuses_a_second_grade_that_counts(plan, contacts, administrator, version):
    drawn(plan, administrator)
    row = ReviewAssignment.objects.first()

    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewAssignment.objects.create(
            interaction=row.interaction,
            rubric=row.rubric,
            pick=row.pick,
            inclusion_probability=0.5,
        )


@pytest.mark.parametrize("probability", [0, 1.1])
def test_the_database_refuses_an_impossible_probability(plan, contacts, administrator, probability):
    drawn(plan, administrator)

    with pytest.raises(IntegrityError), transaction.atomic():
        Pick.objects.update(inclusion_probability=probability)


# Plans ------------------------------------------------------------------------------------------


def test_save_plan_records_before_and_after(plan, administrator, reviewer, team):
    plan.per_agent_week = 3

    save_plan(plan, teams=[team], agents=[], reviewers=[reviewer], by=administrator)

    event = AuditEvent.objects.get(action="change_sampling_plan")
    assert event.before["design"]["per_agent_week"] == 2
    assert event.after["design"]["per_agent_week"] == 3
    assert event.after["teams"] == [team.pk]
    assert event.after["reviewers"] == [reviewer.pk]


def test_save_plan_needs_reviewers_who_grade_and_somebody_who_may(
    plan, administrator, reviewer, agent, manager
):
    nothing = {"teams": [], "agents": []}
    with pytest.raises(Refused, match="at least one"):
        save_plan(plan, reviewers=[], by=administrator, **nothing)
    with pytest.raises(Refused, match="may not grade"):
        save_plan(plan, reviewers=[agent], by=administrator, **nothing)
    with pytest.raises(NotAllowed):
        save_plan(plan, reviewers=[reviewer], by=manager, **nothing)


def test_a_risk_based_plan_needs_a_sign_that_counts(plan):
    plan.method = Method.RISK.value
    plan.weight_long_handling = plan.weight_new_agent = 0
    plan.weight_low_rating = plan.weight_changed_procedure = 0
    with pytest.raises(ValidationError, match="at least one sign"):
        plan.full_clean()


@pytest.mark.parametrize("floor", [0, 4, 101])
def test_the_database_refuses_a_floor_under_5_percent(plan, floor):
    with pytest.raises(IntegrityError), transaction.atomic():
        type(plan).objects.update(floor_percent=floor)


# Why --------------------------------------------------------------------------------------------


def test_why_is_told_to_those_it_concerns_and_only_after_submission(
    plan, agent, teammate, manager, other_manager, reviewer, second_reviewer, administrator
):
    contact(agent)
    pick = drawn(plan, administrator).picks.get()
    assignment = pick.assignments.get()
    grader = assignment.reviewer
    other = second_reviewer if grader == reviewer else reviewer

    def seen_by(*people):
        return [bool(Pick.objects.visible_to(person)) for person in people]

    everybody = (administrator, grader, manager, other, other_manager, agent, teammate)
    assert seen_by(*everybody) == [True] + 6 * [False]
    ScorecardFactory(assignment=assignment, reviewer=grader, agent=agent, submitted=True)
    assert seen_by(*everybody) == [True, True, True, False, False, True, False]


# Estimates --------------------------------------------------------------------------------------


def grade_all(percents):
    rows = ReviewAssignment.objects.filter(pick__isnull=False).order_by("pk")
    for row, percent in zip(rows, percents, strict=False):
        ScorecardFactory(
            assignment=row,
            interaction=row.interaction,
            reviewer=row.reviewer,
            agent=row.interaction.agent,
            submitted=True,
            percent=percent,
        )
        ReviewAssignment.objects.filter(pk=row.pk).update(state="done")


def test_estimates_of_weigh_by_the_inverse_probability(
    version, agent, teammate, administrator, reviewer
):
    plan = SamplingPlanFactory(reviewers=[reviewer], per_agent_week=3)
    for _number in range(9):
        contact(agent)
    for _number in range(3):
        contact(teammate)
    drawn(plan, administrator)
    for row in ReviewAssignment.objects.select_related("interaction"):
        percent = 90 if row.interaction.agent == agent else 50
        ScorecardFactory(
            assignment=row,
            reviewer=reviewer,
            agent=row.interaction.agent,
            interaction=row.interaction,
            submitted=True,
            percent=percent,
        )

    whole, each = estimates_of(plan)

    # Three grades stand for nine conversations of 90, three for three of 50.
    assert whole.mean == pytest.approx((9 * 90 + 3 * 50) / 12)
    assert (whole.n, whole.picked, whole.is_whole) == (6, 6, True)
    assert whole.effective_n == pytest.approx(12**2 / (3 * 9 + 3))
    assert whole.low < whole.mean < whole.high
    assert list(each.values()) == [whole]


def test_estimates_of_say_nothing_from_four_grades(plan, contacts, administrator):
    drawn(plan, administrator)
    grade_all([80, 80, 90, 90])

    whole, _each = estimates_of(plan)

    assert (whole.n, whole.mean, whole.picked) == (4, None, 4)


def test_estimates_of_count_no_conversation_twice(version, contacts, administrator):
    plan = SamplingPlanFactory(per_agent_week=3, double_percent=100)
    drawn(plan, administrator)
    grade_all([60] * 20)

    whole, _each = estimates_of(plan)

    assert Scorecard.objects.count() == 12
    assert (whole.n, whole.picked) == (6, 6)


def test_estimates_of_take_two_queries_however_many_draws(
    plan, contacts, agent, administrator, count_queries
):
    drawn(plan, administrator)
    grade_all([80, 85, 90, 95])
    one = count_queries(lambda: estimates_of(plan))
    contact(agent, -7)
    contact(agent, -14)
    for days in (-7, -14):
        drawn(
            plan,
            administrator,
            starts_on=MONDAY + dt.timedelta(days=days),
            ends_on=SUNDAY + dt.timedelta(days=days),
        )

    assert count_queries(lambda: estimates_of(plan)) == one == 2
    whole, each = estimates_of(plan, starts_on=MONDAY)
    assert (len(each), whole.picked) == (1, 4)


def test_estimates_hit_the_truth_over_many_draws(version, agent, administrator, reviewer):
    """Half of the conversations complain and are bad; risk picks many of them, the mean stays true."""
    percents = {}
    for number in range(40):
        bad = number % 4 == 0
        row = contact(agent, transcript__text="awful" if bad else "fine")
        percents[row.pk] = (30 if bad else 90) + number % 5
    means, plain = [], []
    for seed in range(30):
        plan = SamplingPlanFactory(
            reviewers=[reviewer],
            quantity=Quantity.SHARE.value,
            share_percent=30,
            method=Method.RISK.value,
            weight_long_handling=0,
            weight_new_agent=0,
            complaint_words=["awful"],
        )
        made = drawn(plan, administrator, seed=seed)
        y = np.array([percents[pick.interaction_id] for pick in made.picks.all()])
        w = np.array([1 / pick.inclusion_probability for pick in made.picks.all()])
        means.append((w * y).sum() / w.sum())
        plain.append(y.mean())
    truth = np.mean(list(percents.values()))

    assert abs(np.mean(means) - truth) < 4 * np.std(means) / np.sqrt(30)
    assert np.mean(plain) < truth - 10, "unweighted, risk-based picks make everybody look bad"


# The command ------------------------------------------------------------------------------------


def test_draw_samples_draws_the_last_whole_week_once(plan, agent, administrator, capsys):
    today = timezone.localdate()
    monday = today - dt.timedelta(days=today.weekday() + 7)
    at = timezone.make_aware(dt.datetime.combine(monday, dt.time(12)))
    InteractionFactory(agent=agent, started_at=at, ended_at=at)

    call_command("draw_samples", by=administrator.email)
    made = SamplingDraw.objects.get()
    assert (made.starts_on, made.drawn_by, made.picked_count) == (monday, administrator, 1)
    assert f"seed {made.seed}" in capsys.readouterr().out

    call_command("draw_samples")
    assert SamplingDraw.objects.count() == 1
    assert "drawn already" in capsys.readouterr().out


def test_draw_samples_previews_and_draws_one_plan_with_a_seed(plan, contacts, capsys):
    options = {"plan": "Weekly", "starts_on": MONDAY, "ends_on": SUNDAY, "seed": 7}
    call_command("draw_samples", dry_run=True, **options)
    assert "4.0 / 10" in capsys.readouterr().out
    assert not SamplingDraw.objects.exists()

    call_command("draw_samples", **options)
    made = SamplingDraw.objects.get()
    assert (made.seed, made.drawn_by) == (7, None)
    call_command("draw_samples", check=made.pk)
    assert "The same picks" in capsys.readouterr().out


def test_draw_samples_check_notices_a_changed_population(plan, contacts, administrator, agent):
    made = drawn(plan, administrator)
    for _number in range(12):
        contact(agent, 1)

    with pytest.raises(CommandError, match="population has changed"):
        call_command("draw_samples", check=made.pk)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"plan": "None such"}, "no plan"),
        ({"by": "nobody@example.org"}, "nobody with"),
        ({"seed": 4}, "needs --plan"),
        ({"starts_on": MONDAY}, "go together"),
        ({"check": 999}, "no draw"),
        ({"starts_on": SUNDAY, "ends_on": MONDAY}, "Refused: 1"),
    ],
)
def test_draw_samples_says_what_is_wrong(plan, options, message):
    with pytest.raises(CommandError, match=message):
        call_command("draw_samples", **options)
