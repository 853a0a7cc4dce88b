"""The customer's verdict is shown with a finished grade, and kept from who has still to give one."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from interactions.models import Interaction
from people.roles import Role
from scorecards.actions import (
    draw_sample,
    record_grades,
    start_scorecard,
    submit_scorecard,
    undo_submission,
)
from scorecards.models import CalibrationItem, CalibrationSession, ReviewAssignment, Scorecard
from scorecards.withholding import rating_withheld_from
from tests.factories.interactions import InteractionFactory, SurveyAnswerFactory
from tests.factories.people import UserFactory
from tests.factories.sampling import SamplingPlanFactory
from tests.factories.scorecards import (
    ReviewAssignmentFactory,
    RubricFactory,
    RubricVersionFactory,
    ScorecardFactory,
)

WORDS = "I expected better"


@pytest.fixture
def chief(db):
    """Reviews and sees everything."""
    return UserFactory(roles=[Role.REVIEWER, Role.ADMINISTRATOR])


@pytest.fixture
def rated(agent):
    interaction = InteractionFactory(agent=agent, subject="Rated")
    SurveyAnswerFactory(interaction=interaction, value=2)
    SurveyAnswerFactory(interaction=interaction, kind="comment", value=None, text=WORDS)
    return interaction


@pytest.fixture
def showing(db):
    """A version that does not hide ratings."""
    return RubricVersionFactory(rubric=RubricFactory(key="open"), hides_customer_rating=False)


def held(interaction, reviewer, version, **others) -> ReviewAssignment:
    return ReviewAssignmentFactory(
        interaction=interaction, reviewer=reviewer, rubric=version.rubric, **others
    )


def is_withheld(interaction, user) -> bool:
    return Interaction.objects.filter(pk__in=rating_withheld_from(user)).contains(interaction)


def text(client, *address) -> str:
    return client.get(reverse(address[0], args=address[1:])).text


# Whom it is kept from ---------------------------------------------------------------------------


def test_it_is_withheld_from_the_pick_to_the_submission(version, rated, chief, best):
    assert not is_withheld(rated, chief)
    assignment = held(rated, chief, version)
    assert is_withheld(rated, chief)
    draft = start_scorecard(assignment, by=chief)
    assert is_withheld(rated, chief)
    record_grades(draft, best(), by=chief)
    submit_scorecard(draft, by=chief)
    assert not is_withheld(rated, chief)
    undo_submission(draft, by=chief)
    assert is_withheld(rated, chief)


def test_it_is_withheld_from_who_could_claim_it(version, rated, chief, second_reviewer):
    assignment = held(rated, None, version)
    assert is_withheld(rated, chief)

    ReviewAssignment.objects.filter(pk=assignment.pk).update(reviewer=second_reviewer)
    assert not is_withheld(rated, chief)
    ReviewAssignment.objects.filter(pk=assignment.pk).update(
        expires_at=timezone.now() - dt.timedelta(hours=1)
    )
    assert is_withheld(rated, chief), "the claim lapsed"
    ScorecardFactory(assignment=assignment, reviewer=second_reviewer)
    assert is_withheld(rated, chief), "with what its holder had begun"


def test_it_is_withheld_from_who_takes_part_in_a_calibration(version, rated, chief):
    session = CalibrationSession.objects.create(title="May", version=version, organiser=chief)
    session.participants.add(chief)
    CalibrationItem.objects.create(session=session, interaction=rated)

    assert is_withheld(rated, chief)
    session.opened_at = session.closed_at = timezone.now()
    session.save()
    assert not is_withheld(rated, chief)


@pytest.mark.parametrize("state", ["done", "skipped"])
def test_it_is_open_again_after_the_work(version, rated, chief, state):
    reason = "Broken" if state == "skipped" else ""
    held(rated, chief, version, state=state, skip_reason=reason)
    assert not is_withheld(rated, chief)


def test_it_is_open_to_who_does_not_grade_and_where_the_version_shows_it(
    version, showing, rated, chief, administrator, reviewer
):
    held(rated, reviewer, version)
    held(rated, chief, showing)

    assert is_withheld(rated, reviewer)
    assert not is_withheld(rated, administrator)
    assert not is_withheld(rated, chief)
    held(rated, chief, version)
    assert is_withheld(rated, chief), "one blind grade is enough"


# Screens ----------------------------------------------------------------------------------------


def test_a_reviewer_with_a_draft_finds_the_rating_nowhere(
    as_user, version, rated, chief, second_reviewer, agent
):
    other = held(rated, second_reviewer, version)
    finished = ScorecardFactory(
        assignment=other, reviewer=second_reviewer, agent=agent, submitted=True
    )
    assignment = held(rated, chief, version)
    client = as_user(chief)

    def pages() -> str:
        detail = text(client, "interactions:interaction_detail", rated.pk)
        return (
            detail
            + text(client, "interactions:interaction_list")
            + text(client, "scorecards:scorecard_detail", finished.pk)
            + text(client, "scorecards:queue")
        )

    draft = start_scorecard(assignment, by=chief)
    # Not the rating; but the agent is named in the list of interactions.
    assert draft.was_visible == ["agent"]
    for page in (pages(), text(client, "scorecards:grade", draft.pk)):
        assert WORDS not in page
        assert "2 of 5" not in page

    assert WORDS in text(as_user(second_reviewer), "scorecards:scorecard_detail", finished.pk)
    assignment.state = "done"
    assignment.save()
    Scorecard.objects.filter(pk=draft.pk).update(
        state="submitted", submitted_at=timezone.now(), outcome="pass", percent=80
    )
    assert pages().count(WORDS) == 2
    assert "The customer’s verdict" in text(client, "scorecards:scorecard_detail", draft.pk)


def test_a_finished_scorecard_shows_the_verdict_to_its_agent_and_none_without_one(
    as_user, version, rated, agent, reviewer
):
    finished = ScorecardFactory(
        assignment=held(rated, reviewer, version), reviewer=reviewer, agent=agent, submitted=True
    )
    page = text(as_user(agent), "scorecards:scorecard_detail", finished.pk)
    assert "2 of 5" in page
    assert WORDS in page

    rated.survey_answers.all().delete()
    page = text(as_user(agent), "scorecards:scorecard_detail", finished.pk)
    assert "verdict-heading" not in page


def test_a_version_may_show_the_rating_and_the_scorecard_says_so(as_user, showing, rated, reviewer):
    draft = start_scorecard(held(rated, reviewer, showing), by=reviewer)
    page = text(as_user(reviewer), "scorecards:grade", draft.pk)

    assert draft.was_visible == ["rating"]
    assert "2 of 5" in page
    assert WORDS in page


def test_who_takes_a_submission_back_has_seen_the_agent_and_the_rating(
    as_user, version, rated, reviewer, best
):
    nameless = InteractionFactory(agent=None, agent_name="", agent_reference="")
    for interaction, seen in ((rated, ["agent", "rating"]), (nameless, [])):
        draft = start_scorecard(held(interaction, reviewer, version), by=reviewer)
        record_grades(draft, best(), by=reviewer)
        page = text(as_user(reviewer), "scorecards:grade", draft.pk)
        assert "Agent hidden until you submit" in page
        submit_scorecard(draft, by=reviewer)
        undo_submission(draft, by=reviewer)
        draft.refresh_from_db()
        assert draft.was_visible == seen
        page = text(as_user(reviewer), "scorecards:grade", draft.pk)
        assert ("You saw the agent when you submitted this before" in page) is bool(seen)
        assert ("Agent hidden until you submit" in page) is not bool(seen)


def test_who_takes_a_submission_back_could_read_the_other_grades_open_to_them(
    version, rated, chief, reviewer, second_reviewer, agent, best
):
    other = held(rated, second_reviewer, version)
    ScorecardFactory(assignment=other, reviewer=second_reviewer, agent=agent, submitted=True)
    for person, seen in ((chief, ["agent", "scores", "rating"]), (reviewer, ["agent", "rating"])):
        draft = start_scorecard(held(rated, person, version), by=person)
        record_grades(draft, best(), by=person)
        submit_scorecard(draft, by=person)
        undo_submission(draft, by=person)
        draft.refresh_from_db()
        assert draft.was_visible == seen


def test_the_head_says_when_the_agent_can_be_found_elsewhere(as_user, version, rated, chief):
    draft = start_scorecard(held(rated, chief, version), by=chief)
    page = text(as_user(chief), "scorecards:grade", draft.pk)
    assert "you can see them in your list of interactions" in page
    assert "You saw the agent" not in page


def test_a_low_rating_is_no_sign_to_who_has_still_to_grade(
    as_user, version, rated, chief, administrator
):
    plan = SamplingPlanFactory(reviewers=[chief], method="risk")
    made = draw_sample(
        plan, starts_on=dt.date(2026, 9, 14), ends_on=dt.date(2026, 9, 20), by=administrator
    )
    pick = made.picks.get()
    assert pick.signs == ["low_rating"]
    address = reverse("scorecards:sampling_picks", args=[made.pk])

    for page in (pick.get_absolute_url(), address):
        assert "low customer rating" in as_user(administrator).get(page).text
        assert "low customer rating" not in as_user(chief).get(page).text
    assert "still to grade this conversation" in as_user(chief).get(pick.get_absolute_url()).text

    ScorecardFactory(
        assignment=pick.assignments.get(), reviewer=chief, agent=rated.agent, submitted=True
    )
    pick.assignments.update(state="done")
    assert "low customer rating" in as_user(chief).get(pick.get_absolute_url()).text


def test_the_lists_take_the_same_queries_for_one_held_and_for_three(
    as_user, version, rated, chief, agent, count_queries
):
    client = as_user(chief)
    held(rated, chief, version)
    address = reverse("interactions:interaction_list")
    client.get(address)
    before = count_queries(lambda: client.get(address))
    for _number in range(2):
        held(SurveyAnswerFactory(interaction__agent=agent).interaction, chief, version)

    assert count_queries(lambda: client.get(address)) == before
