"""Screens of sampling: plans, previews, draws, and why something was picked."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from people.models import AuditEvent
from people.roles import Role
from scorecards.actions import draw_sample
from scorecards.models import Pick, ReviewAssignment, SamplingDraw, SamplingPlan, Scorecard
from tests.factories.interactions import InteractionFactory
from tests.factories.people import UserFactory
from tests.factories.sampling import SamplingPlanFactory
from tests.factories.scorecards import ScorecardFactory
from tests.words import says

LIST = "/scorecards/sampling/"
NEW = "/scorecards/sampling/new/"
WEEK = {"starts_on": "2026-09-14", "ends_on": "2026-09-20"}
OTHERS = ["agent", "reviewer", "manager", "editor"]


@pytest.fixture
def plan(version, reviewer, second_reviewer):
    return SamplingPlanFactory(name="Weekly", reviewers=[reviewer, second_reviewer])


@pytest.fixture
def contacts(agent, teammate):
    return [InteractionFactory(agent=who) for who in (agent, agent, agent, teammate)]


@pytest.fixture
def made(plan, contacts, administrator) -> SamplingDraw:
    return draw_sample(
        plan,
        starts_on=dt.date(2026, 9, 14),
        ends_on=dt.date(2026, 9, 20),
        by=administrator,
        seed=4711,
    )


def filled(version, reviewer, **others):
    return {
        "name": "Calls",
        "rubric": version.rubric.pk,
        "quantity": "share",
        "per_agent_week": 2,
        "share_percent": "5",
        "method": "risk",
        "stratify_by": "agent",
        "floor_percent": 50,
        "weight_long_handling": 1,
        "weight_complaint_words": 2,
        "weight_new_agent": 0,
        "weight_low_rating": 2,
        "weight_changed_procedure": 0,
        "changed_procedure_days": 14,
        "complaint_words": "awful\nnever again\nawful",
        "new_agent_days": 60,
        "reviewers": [reviewer.pk],
        "double_percent": 10,
        "linking_count": 2,
        "due_days": 7,
        "claim_hours": 24,
        "is_active": "on",
        **others,
    }


# List -------------------------------------------------------------------------------------------


def test_sampling_list_shows_plans_and_what_is_to_be_graded(as_user, administrator, made):
    page = as_user(administrator).get(LIST)

    assert page.context["rows"] == [(made.plan, 3)]
    assert "2 for each agent and week" in page.text


def test_sampling_list_without_a_plan_says_what_to_do(as_user, administrator):
    assert "Make the first plan" in as_user(administrator).get(LIST).text


def test_sampling_list_takes_the_same_queries_for_one_and_for_three(
    as_user, administrator, made, count_queries
):
    client = as_user(administrator)
    one = count_queries(lambda: client.get(LIST))
    SamplingPlanFactory()
    SamplingPlanFactory()

    assert count_queries(lambda: client.get(LIST)) == one <= 8


@pytest.mark.parametrize("who", OTHERS)
def test_sampling_is_for_who_may_assign_reviews(as_user, request, who, made):
    client = as_user(request.getfixturevalue(who))

    for address in (LIST, NEW, f"{LIST}{made.plan.pk}/", f"{LIST}{made.plan.pk}/edit/"):
        assert client.get(address).status_code == 403, address
    assert client.get(f"{LIST}draws/{made.pk}/").status_code == 403
    assert client.post(f"{LIST}{made.plan.pk}/draw/", WEEK).status_code == 403
    assert "Sampling" not in client.get("/scorecards/").text


def test_sampling_asks_strangers_to_sign_in(client, plan):
    for address in (LIST, f"{LIST}{plan.pk}/"):
        assert client.get(address).url == f"{reverse('account_login')}?next={address}"


def test_sampling_is_in_the_navigation_of_who_may(as_user, administrator):
    assert LIST in as_user(administrator).get("/scorecards/").text


# Edit -------------------------------------------------------------------------------------------


def test_sampling_create_makes_a_plan(as_user, administrator, version, reviewer, team):
    client = as_user(administrator)
    page = client.get(NEW)
    assert "New sampling plan" in page.text
    assert page.context["form"]["complaint_words"].value() == "", "nothing to be taken for a word"

    response = client.post(NEW, filled(version, reviewer, teams=[team.pk], channels=["phone"]))

    plan = SamplingPlan.objects.get()
    assert response.url == plan.get_absolute_url()
    assert plan.complaint_words == ["awful", "never again"]
    assert list(plan.teams.all()) == [team]
    assert list(plan.reviewers.all()) == [reviewer]
    assert plan.channels == ["phone"]
    assert AuditEvent.objects.filter(action="create_sampling_plan").count() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reviewers": []}, "This field is required"),
        ({"floor_percent": 4}, "greater than or equal to 5"),
        ({"share_percent": "0"}, "greater than or equal to"),
        ({"complaint_words": "no"}, "Too short"),
        ({"complaint_words": ""}, "Name some words"),
        ({"complaint_words": "\n".join(f"word{n}" for n in range(51))}, "At most 50"),
        (
            {"weight_long_handling": 0, "weight_complaint_words": 0, "weight_low_rating": 0},
            "at least one sign",
        ),
        ({"changed_procedure_days": 0}, "greater than or equal to 1"),
        ({"claim_hours": 0}, "greater than or equal to 1"),
    ],
)
def test_sampling_create_keeps_the_input_when_something_is_wrong(
    as_user, administrator, version, reviewer, change, message
):
    page = as_user(administrator).post(NEW, filled(version, reviewer, **change))

    assert page.status_code == 422
    assert message in page.text
    assert 'value="Calls"' in page.text
    assert not SamplingPlan.objects.exists()


def test_sampling_edit_changes_a_plan(as_user, administrator, plan, version, reviewer):
    client = as_user(administrator)
    address = f"{LIST}{plan.pk}/edit/"
    assert 'value="Weekly"' in client.get(address).text

    client.post(address, filled(version, reviewer, name="Monthly", is_active=""))

    plan.refresh_from_db()
    assert (plan.name, plan.is_active) == ("Monthly", False)


def test_sampling_edit_of_what_is_not_there(as_user, administrator):
    assert as_user(administrator).get(f"{LIST}999/edit/").status_code == 404


# Preview and draw -------------------------------------------------------------------------------


def test_sampling_detail_previews_without_writing(as_user, administrator, plan, contacts):
    page = as_user(administrator).get(f"{LIST}{plan.pk}/", WEEK)

    assert page.context["preview"].population == 4
    assert page.context["preview"].expected == 3
    assert f'value="{page.context["seed"]}"' in page.text
    assert not SamplingDraw.objects.exists()


@pytest.mark.parametrize(
    ("days", "status", "message"),
    [
        ({"starts_on": "2026-09-15", "ends_on": "2026-09-20"}, 422, "Monday to start"),
        ({"starts_on": "never", "ends_on": "2026-09-20"}, 422, "Enter a valid date"),
        ({"starts_on": "2026-08-31", "ends_on": "2026-09-06"}, 200, "nothing to pick from"),
    ],
)
def test_sampling_detail_says_why_there_is_no_preview(
    as_user, administrator, plan, contacts, days, status, message
):
    page = as_user(administrator).get(f"{LIST}{plan.pk}/", days)

    assert page.status_code == status
    assert message in page.text
    assert "Draw now" not in page.text


def test_sampling_draw_picks_with_the_seed_shown(as_user, administrator, plan, contacts):
    response = as_user(administrator).post(
        f"{LIST}{plan.pk}/draw/", {**WEEK, "seed": "99"}, follow=True
    )

    made = SamplingDraw.objects.get()
    assert (made.seed, made.drawn_by, made.picked_count) == (99, administrator, 3)
    assert response.redirect_chain == [(f"{LIST}draws/{made.pk}/", 302)]
    assert "3 conversations were picked out of 4, with seed 99" in response.text


def test_sampling_draw_twice_is_refused(as_user, administrator, made):
    page = as_user(administrator).post(f"{LIST}{made.plan.pk}/draw/", {**WEEK, "seed": "1"})

    assert page.status_code == 422
    assert "already" in page.text
    assert SamplingDraw.objects.count() == 1


def test_sampling_draw_with_an_impossible_seed_keeps_the_input(as_user, administrator, plan):
    page = as_user(administrator).post(f"{LIST}{plan.pk}/draw/", {**WEEK, "seed": "-4"})

    assert page.status_code == 422
    assert 'value="-4"' in page.text
    assert 'value="2026-09-14"' in page.text


def test_sampling_draw_writes_nothing_on_get(as_user, administrator, plan):
    assert as_user(administrator).get(f"{LIST}{plan.pk}/draw/").status_code == 405


def test_sampling_detail_shows_draws_and_progress(as_user, administrator, made):
    ReviewAssignment.objects.filter(pk=ReviewAssignment.objects.first().pk).update(state="done")

    page = as_user(administrator).get(f"{LIST}{made.plan.pk}/")

    assert "2 grades to give, 1 given" in page.text
    assert "4711" in page.text
    assert "0 of 3 picks have a grade" in page.text


def test_sampling_detail_shows_the_estimate(as_user, administrator, plan, agent, reviewer):
    for _number in range(12):
        InteractionFactory(agent=agent)
    plan.per_agent_week = 6
    plan.save()
    draw_sample(
        plan, starts_on=dt.date(2026, 9, 14), ends_on=dt.date(2026, 9, 20), by=administrator
    )
    for place, row in enumerate(ReviewAssignment.objects.all()):
        ScorecardFactory(
            assignment=row,
            interaction=row.interaction,
            reviewer=row.reviewer,
            agent=agent,
            submitted=True,
            percent=70 + 4 * (place % 2),
        )

    page = as_user(administrator).get(f"{LIST}{plan.pk}/")

    assert "72.0 %" in page.text
    assert "95 % interval" in page.text
    assert "6 conversations, as informative as 6" in page.text


def test_sampling_detail_takes_the_same_queries_for_one_and_for_three(
    as_user, administrator, made, agent, count_queries
):
    client = as_user(administrator)
    address = f"{LIST}{made.plan.pk}/"
    one = count_queries(lambda: client.get(address))
    for week in (1, 2):
        at = dt.datetime(2026, 9, 14, 10, tzinfo=dt.UTC) - dt.timedelta(weeks=week)
        InteractionFactory(agent=agent, started_at=at, ended_at=at)
        draw_sample(
            made.plan,
            starts_on=made.starts_on - dt.timedelta(weeks=week),
            ends_on=made.ends_on - dt.timedelta(weeks=week),
            by=administrator,
        )

    assert count_queries(lambda: client.get(address)) == one <= 16


# Picks ------------------------------------------------------------------------------------------


def test_sampling_picks_shows_who_grades_what_and_why_it_was_skipped(
    as_user, administrator, made, agent
):
    row = ReviewAssignment.objects.first()
    ReviewAssignment.objects.filter(pk=row.pk).update(state="skipped", skip_reason="In Welsh.")

    page = as_user(administrator).get(f"{LIST}draws/{made.pk}/")

    assert len(page.context["page"]) == 3
    assert "66.7 %" in page.text
    assert "In Welsh." in page.text
    assert str(row.reviewer) in page.text


def test_sampling_picks_takes_the_same_queries_for_one_and_for_three(
    as_user, administrator, made, count_queries
):
    client = as_user(administrator)
    address = f"{LIST}draws/{made.pk}/"
    three = count_queries(lambda: client.get(address))
    extra = Pick.objects.exclude(pk=Pick.objects.first().pk)
    ReviewAssignment.objects.filter(pick__in=extra).delete()
    extra.delete()

    assert count_queries(lambda: client.get(address)) == three <= 9


def test_pick_detail_tells_an_administrator_everything(as_user, administrator, made):
    pick = made.picks.first()

    page = as_user(administrator).get(pick.get_absolute_url())

    assert "seed 4711" in page.text
    assert "Inclusion probability" in page.text
    assert f"Draw {made.pk} of" in page.text


def test_pick_detail_tells_the_reviewer_after_the_grade_and_nobody_points_at_the_agent(
    as_user, administrator, reviewer, manager, agent, contacts, version
):
    type(agent).objects.filter(pk=agent.pk).update(started_on="2026-09-01")
    plan = SamplingPlanFactory(reviewers=[reviewer], method="risk", per_agent_week=3)
    draw_sample(
        plan, starts_on=dt.date(2026, 9, 14), ends_on=dt.date(2026, 9, 20), by=administrator
    )
    pick = Pick.objects.filter(interaction__agent=agent).first()
    assert pick.signs == ["new_agent"]
    address = pick.get_absolute_url()
    client = as_user(reviewer)
    assert client.get(address).status_code == 404
    ScorecardFactory(
        assignment=pick.assignments.get(),
        interaction=pick.interaction,
        reviewer=reviewer,
        agent=agent,
        submitted=True,
    )

    for person in (reviewer, manager):
        page = as_user(person).get(address)
        assert "By chance." in page.text
        assert "new agent" not in page.text
        assert not says(page.text, agent.first_name)
        assert "All picks of this draw" not in page.text
    assert "new agent" in as_user(administrator).get(address).text
    assert "new agent" not in as_user(agent).get(address).text


# The queue's side -------------------------------------------------------------------------------


def test_queue_offers_the_pool_and_claims_from_it(as_user, made, reviewer, second_reviewer, agent):
    ReviewAssignment.objects.update(reviewer=None, expires_at=None)
    client = as_user(reviewer)
    page = client.get("/scorecards/queue/")
    assert page.context["pool_count"] == 3
    assert "Take it" in page.text
    assert not says(page.text, agent.first_name)
    row = page.context["pool"][0]

    response = client.post(f"/scorecards/queue/{row.pk}/claim/")

    scorecard = Scorecard.objects.get()
    assert response.url == reverse("scorecards:grade", args=[scorecard.pk])
    late = as_user(second_reviewer).post(f"/scorecards/queue/{row.pk}/claim/")
    assert late.status_code == 409
    assert "Somebody else has taken this one" in late.text


def test_queue_does_not_say_what_is_graded_twice(as_user, contacts, administrator, version):
    reviewers = [UserFactory(roles=[Role.REVIEWER]) for _person in range(2)]
    plan = SamplingPlanFactory(reviewers=reviewers, double_percent=100)
    draw_sample(
        plan, starts_on=dt.date(2026, 9, 14), ends_on=dt.date(2026, 9, 20), by=administrator
    )

    texts = [as_user(person).get("/scorecards/queue/").text.lower() for person in reviewers]

    for text in texts:
        assert "3 conversations wait" in text
        assert "second" not in text
        assert "blind" not in text


def test_grade_next_claims_from_the_pool_when_nothing_waits(as_user, made, reviewer):
    ReviewAssignment.objects.update(reviewer=None, expires_at=None)

    as_user(reviewer).post("/scorecards/queue/next/")

    assert Scorecard.objects.get().reviewer == reviewer
    assert ReviewAssignment.objects.filter(reviewer=reviewer).count() == 1


def test_queue_claims_nothing_on_get(as_user, made, reviewer):
    row = ReviewAssignment.objects.first()
    for verb in ("claim", "release"):
        assert as_user(reviewer).get(f"/scorecards/queue/{row.pk}/{verb}/").status_code == 405


def test_pick_release_and_skip_are_for_its_holder(as_user, made):
    row = ReviewAssignment.objects.select_related("reviewer").first()
    others = ReviewAssignment.objects.exclude(reviewer=row.reviewer).first().reviewer
    for verb in ("release", "skip"):
        address = f"/scorecards/queue/{row.pk}/{verb}/"
        assert as_user(others).post(address, {"reason": "Mine"}).status_code == 404
    row.refresh_from_db()
    assert (row.state, row.released_by) == ("open", None)


@pytest.mark.parametrize("who", ["agent", "manager", "administrator"])
def test_claim_release_and_skip_are_for_reviewers(as_user, request, who, made):
    client = as_user(request.getfixturevalue(who))
    row = ReviewAssignment.objects.first()
    for verb in ("claim", "release", "skip"):
        assert client.post(f"/scorecards/queue/{row.pk}/{verb}/").status_code == 403


def test_pick_release_gives_it_back(as_user, made):
    row = ReviewAssignment.objects.select_related("reviewer").first()

    response = as_user(row.reviewer).post(f"/scorecards/queue/{row.pk}/release/", follow=True)

    assert "Given back" in response.text
    row.refresh_from_db()
    assert row.reviewer is None


def test_pick_skip_wants_a_reason(as_user, made):
    row = ReviewAssignment.objects.select_related("reviewer").first()
    client = as_user(row.reviewer)
    address = f"/scorecards/queue/{row.pk}/skip/"
    assert "Nobody can grade it" in client.get(address).text
    assert client.post(address, {"reason": " "}).status_code == 422

    response = client.post(address, {"reason": "It is a test call."}, follow=True)

    assert "Set aside" in response.text
    row.refresh_from_db()
    assert (row.state, row.skip_reason) == ("skipped", "It is a test call.")


def test_queue_takes_the_same_queries_for_a_pool_of_one_and_of_three(
    as_user, made, reviewer, count_queries
):
    client = as_user(reviewer)
    ReviewAssignment.objects.update(reviewer=None, expires_at=None)
    three = count_queries(lambda: client.get("/scorecards/queue/"))
    ReviewAssignment.objects.exclude(pk=ReviewAssignment.objects.first().pk).delete()

    assert count_queries(lambda: client.get("/scorecards/queue/")) == three <= 10


def test_a_scorecard_leads_to_why_it_was_picked_for_whoever_sees_it(
    as_user, administrator, made, agent, manager
):
    row = ReviewAssignment.objects.filter(interaction__agent=agent).select_related("reviewer")[0]
    scorecard = ScorecardFactory(
        assignment=row,
        interaction=row.interaction,
        reviewer=row.reviewer,
        agent=agent,
        submitted=True,
    )
    target = row.pick.get_absolute_url()

    for person in (row.reviewer, manager, administrator, agent):
        client = as_user(person)
        assert target in client.get(scorecard.get_absolute_url()).text
        assert client.get(target).status_code == 200
    Scorecard.objects.update(is_held=True)
    assert as_user(agent).get(target).status_code == 404
    assert as_user(manager).get(target).status_code == 200


@pytest.fixture
def skipped(made):
    row = ReviewAssignment.objects.filter(pick__draw=made).first()
    row.state, row.skip_reason = "skipped", "In Welsh."
    if row.reviewer is None:
        row.reviewer = made.plan.reviewers.first()
    row.save()
    return row


@pytest.mark.parametrize("from_pick", [True, False])
def test_a_skipped_pick_is_put_back(as_user, administrator, made, skipped, from_pick):
    browser = as_user(administrator)
    address = f"/scorecards/sampling/reviews/{skipped.pk}/reopen/"
    pick = reverse("scorecards:pick_detail", args=[skipped.pick_id])
    picks = reverse("scorecards:sampling_picks", args=[made.pk])
    for page in (pick, picks):
        assert address in browser.get(page).text

    response = browser.post(address, {"from_pick": "1"} if from_pick else {})

    assert response.url == (pick if from_pick else picks)
    skipped.refresh_from_db()
    assert (skipped.state, skipped.reviewer) == ("open", None)
    assert address not in browser.get(picks).text
    assert browser.post(address).status_code == 409
    assert browser.get(address).status_code == 405


@pytest.mark.parametrize("who", OTHERS)
def test_a_skipped_pick_is_put_back_by_who_may(as_user, request, skipped, who):
    address = f"/scorecards/sampling/reviews/{skipped.pk}/reopen/"

    assert as_user(request.getfixturevalue(who)).post(address).status_code == 403
    skipped.refresh_from_db()
    assert skipped.state == "skipped"


def test_an_agent_is_new_for_ten_years_at_most(as_user, administrator, version, reviewer):
    data = {**filled(version, reviewer), "new_agent_days": 3651}

    assert as_user(administrator).post(NEW, data).status_code == 422
    assert as_user(administrator).post(NEW, data | {"new_agent_days": 3650}).status_code == 302


def test_sampling_detail_says_from_when_it_draws_again(as_user, administrator, plan):
    today = timezone.localdate()
    monday = today - dt.timedelta(days=today.weekday())
    client = as_user(administrator)
    page = client.get(plan.get_absolute_url())
    assert page.context["form"].initial["ends_on"] == monday - dt.timedelta(days=1)
    assert "Everything that is over is drawn." not in page.text
    SamplingDraw.objects.create(
        plan=plan,
        starts_on=monday - dt.timedelta(days=7),
        ends_on=monday - dt.timedelta(days=1),
        population_size=0,
        population_digest="",
        expected_count=0,
        picked_count=0,
    )

    page = client.get(plan.get_absolute_url())

    assert "Everything that is over is drawn." in page.text
    assert page.context["next_draw_on"] == monday + dt.timedelta(days=7)
    assert page.context["form"].initial == {}


@pytest.mark.parametrize("address", ["plan", "made"])
def test_draws_and_picks_stack_on_a_phone(as_user, administrator, plan, made, address):
    target = (
        plan.get_absolute_url() if address == "plan" else f"/scorecards/sampling/draws/{made.pk}/"
    )

    assert "table--stacked" in as_user(administrator).get(target).text


def test_sampling_edit_says_which_fields_are_for_which_method(as_user, administrator):
    text = as_user(administrator).get(NEW).text

    for heading in ("For a stratified plan", "For a risk-based plan", "For a share of all"):
        assert heading in text
    assert text.count("Take it when you want") == 2
    assert "multiple" not in text
