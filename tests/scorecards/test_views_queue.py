"""The queue, going on to the next, and sending interactions to review."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scorecards.models import ReviewAssignment, Scorecard
from tests.factories.interactions import InteractionFactory
from tests.factories.scorecards import ReviewAssignmentFactory
from tests.words import says

QUEUE = "/scorecards/queue/"
NEXT = "/scorecards/queue/next/"
ASSIGN = "/scorecards/assign/"


def test_queue_lists_what_waits_without_naming_the_agent(as_user, assignment, reviewer, agent):
    page = as_user(reviewer).get(QUEUE)

    assert list(page.context["page"]) == [assignment]
    assert "Where is my order?" in page.text
    assert not says(page.text, agent.first_name)


def test_queue_says_when_it_is_empty(as_user, reviewer):
    page = as_user(reviewer).get(QUEUE)

    assert "Your queue is empty" in page.text
    assert "Grade next" not in page.text


def test_queue_marks_what_is_overdue(as_user, assignment, reviewer, today):
    ReviewAssignment.objects.update(due_on=today - timedelta(days=1))

    assert "overdue since" in as_user(reviewer).get(QUEUE).text


@pytest.mark.parametrize("who", ["agent", "manager", "editor"])
def test_queue_is_for_reviewers(as_user, request, who):
    assert as_user(request.getfixturevalue(who)).get(QUEUE).status_code == 403


def test_queue_asks_strangers_to_sign_in(client, db):
    assert client.get(QUEUE).url == f"{reverse('account_login')}?next={QUEUE}"


def test_queue_takes_the_same_queries_for_one_and_for_three(
    as_user, assignment, reviewer, version, count_queries
):
    client = as_user(reviewer)
    one = count_queries(lambda: client.get(QUEUE))
    for _number in range(2):
        ReviewAssignmentFactory(reviewer=reviewer, rubric=version.rubric)

    assert count_queries(lambda: client.get(QUEUE)) == one <= 9


def test_grade_next_opens_what_is_due_first(as_user, assignment, reviewer, version, today):
    urgent = ReviewAssignmentFactory(reviewer=reviewer, rubric=version.rubric, due_on=today)

    response = as_user(reviewer).post(NEXT)

    scorecard = Scorecard.objects.get()
    assert scorecard.assignment == urgent
    assert response.url == reverse("scorecards:grade", args=[scorecard.pk])


def test_grade_next_with_an_empty_queue_says_so(as_user, reviewer):
    response = as_user(reviewer).post(NEXT, follow=True)

    assert response.redirect_chain == [(QUEUE, 302)]
    assert "everything assigned to you is graded" in response.text


def test_grade_next_writes_nothing_on_get(as_user, assignment, reviewer):
    assert as_user(reviewer).get(NEXT).status_code == 405
    assert not Scorecard.objects.exists()


def test_grade_next_is_for_reviewers(as_user, agent):
    assert as_user(agent).post(NEXT).status_code == 403


def test_grade_start_opens_ones_own_assignment_only(as_user, assignment, reviewer, second_reviewer):
    address = reverse("scorecards:grade_start", args=[assignment.pk])

    assert as_user(second_reviewer).post(address).status_code == 404
    assert not Scorecard.objects.exists()
    assert as_user(reviewer).post(address).status_code == 302


def test_assign_reviews_hands_the_chosen_out(as_user, administrator, reviewer, version):
    chosen = [InteractionFactory() for _number in range(2)]
    ids = [interaction.pk for interaction in chosen]
    client = as_user(administrator)

    page = client.get(ASSIGN, {"interaction": ids})
    assert "2 conversations are handed" in page.text

    response = client.post(
        ASSIGN,
        {"interaction": ids, "rubric": version.rubric.pk, "reviewers": [reviewer.pk], "due_on": ""},
        follow=True,
    )
    assert "2 interactions were sent to review" in response.text
    rows = ReviewAssignment.objects.all()
    assert {row.interaction for row in rows} == set(chosen)
    assert {row.inclusion_probability for row in rows} == {None}, "picked by hand"


def test_assign_reviews_says_what_was_passed_over(
    as_user, administrator, assignment, reviewer, version
):
    response = as_user(administrator).post(
        ASSIGN,
        {
            "interaction": [assignment.interaction.pk],
            "rubric": version.rubric.pk,
            "reviewers": [reviewer.pk],
        },
        follow=True,
    )

    assert "1 was passed over" in response.text


def test_assign_reviews_keeps_the_input_when_something_is_missing(
    as_user, administrator, version, reviewer
):
    interaction = InteractionFactory()

    page = as_user(administrator).post(
        ASSIGN, {"interaction": [interaction.pk], "rubric": version.rubric.pk}
    )

    assert page.status_code == 422
    assert f'name="interaction" value="{interaction.pk}"' in page.text
    assert not ReviewAssignment.objects.exists()


def test_assign_reviews_without_a_choice_leads_back_to_the_list(as_user, administrator):
    assert "Nothing chosen yet" in as_user(administrator).get(ASSIGN).text


@pytest.mark.parametrize("who", ["agent", "reviewer", "manager", "editor"])
def test_assign_reviews_is_for_administrators(as_user, request, who):
    assert as_user(request.getfixturevalue(who)).get(ASSIGN).status_code == 403


def test_what_nobody_could_start_does_not_stand_in_the_way(
    as_user, assignment, reviewer, version, today
):
    own = ReviewAssignmentFactory(reviewer=reviewer, rubric=version.rubric, due_on=today)
    own.interaction.agent = reviewer
    own.interaction.save()
    client = as_user(reviewer)

    assert list(client.get(QUEUE).context["page"]) == [assignment]
    client.post(NEXT)

    assert Scorecard.objects.get().assignment == assignment


def test_the_queue_hides_the_agents_name_in_the_subject_too(as_user, assignment, reviewer):
    assignment.interaction.subject = "Complaint about Ada"
    assignment.interaction.save()

    for address in (QUEUE, "/"):
        assert "Complaint about Ada" not in as_user(reviewer).get(address).text
    assert "Complaint about ███" in as_user(reviewer).get(QUEUE).text


@pytest.mark.parametrize("value", ["9" * 30, "x", "", "-1", "٣"])
def test_assign_reviews_passes_over_ids_that_are_none(as_user, administrator, value):
    page = as_user(administrator).get(ASSIGN, {"interaction": value})

    assert "Nothing chosen yet" in page.text


def test_who_gave_one_back_reads_why_an_old_page_no_longer_opens_it(as_user, assignment, reviewer):
    client = as_user(reviewer)
    client.post(reverse("scorecards:pick_release", args=[assignment.pk]))

    for name in ("grade_start", "pick_release", "pick_skip"):
        answer = client.post(reverse(f"scorecards:{name}", args=[assignment.pk]), {"reason": "x"})
        assert answer.status_code == 409, name
        assert "You no longer hold this one" in answer.text
    assert client.get(reverse("scorecards:pick_skip", args=[assignment.pk])).status_code == 409
