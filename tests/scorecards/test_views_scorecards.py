"""Finished scorecards: list, detail, acknowledgement."""

import pytest
from django.urls import reverse

from content.models import Skill
from interactions.models import Transcript
from scorecards.actions import add_evidence, record_grades, start_scorecard, submit_scorecard
from scorecards.models import RubricVersion, Scorecard
from tests.factories.interactions import InteractionFactory
from tests.factories.scorecards import ReviewAssignmentFactory, RubricVersionFactory

LIST = "/scorecards/"


def acknowledge_url(scorecard):
    return reverse("scorecards:scorecard_acknowledge", args=[scorecard.pk])


def test_scorecard_list_shows_what_one_may_see(as_user, submitted, agent, teammate):
    assert list(as_user(agent).get(LIST).context["page"]) == [submitted]
    assert "No scorecards yet" in as_user(teammate).get(LIST).text


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("month=2026-09", True),
        ("month=2026-10", False),
        ("month=nonsense", True),
        ("channel=chat", True),
        ("channel=phone", False),
        ("outcome=pass", True),
        ("outcome=fail", False),
        ("skill=respect", True),
        ("skill=empathy", False),
        ("unread=1", True),
        ("page=99", True),
    ],
)
def test_scorecard_list_filters(as_user, submitted, manager, query, is_found):
    page = as_user(manager).get(f"{LIST}?{query}")

    assert (submitted in page.context["page"].object_list) == is_found


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("since=2026-09&until=2026-09", True),
        ("since=2026-10", False),
        ("until=2026-08", False),
        ("since=2026-13&until=9999-99", True),
        ("graded_since=2026-01-01", True),
        ("graded_since=2099-01-01", False),
        ("graded_since=0001-01-01", True),
        ("graded_since=9999-12-31", True),
        ("graded_since=2026-02-30", True),
        ("reviewer=0", False),
        ("reviewer=99999999999999999999999", True),
        ("standard=0-1", True),
        ("standard=1-99999999999999999999", True),
        ("released=1", True),
    ],
)
def test_scorecard_list_is_narrowed_by_what_figures_are_made_of(
    as_user, submitted, manager, query, is_found
):
    page = as_user(manager).get(f"{LIST}?{query}")

    assert (submitted in page.context["page"].object_list) == is_found


def test_scorecard_list_names_what_a_figure_narrowed_it_to_and_keeps_it(
    as_user, submitted, manager, reviewer
):
    version = submitted.version
    query = f"reviewer={submitted.reviewer_id}&standard={version.rubric_id}-{version.number}"
    page = as_user(manager).get(f"{LIST}?{query}&since=2026-09&counted=1")

    assert "contacts since September 2026" in page.text
    assert f"graded by {submitted.reviewer}" in page.text
    assert '<input type="hidden" name="counted" value="1">' in page.text
    without = f"{query}&since=2026-09".replace("&", "&amp;")
    assert f'href="?{without}"' in page.text


def test_scorecard_list_counts_what_averages_are_made_of(as_user, submitted, manager):
    rows = Scorecard.objects.filter(pk=submitted.pk)
    skill = Skill.objects.get(key="respect")
    assert submitted.assignment.inclusion_probability is not None
    assert list(as_user(manager).get(f"{LIST}?counted=1&skill=respect").context["page"]) == [
        submitted
    ]

    rows.update(skill_percents={})
    assert list(Scorecard.objects.counted()) == [submitted]
    assert not Scorecard.objects.counted(skill)
    assert not as_user(manager).get(f"{LIST}?counted=1&skill=respect").context["page"].object_list

    rows.update(percent=None)
    assert not Scorecard.objects.counted()


def test_a_standard_ends_where_a_version_cannot_be_compared(db):
    versions = []
    for number, is_comparable in ((1, False), (2, True), (3, False), (4, True)):
        published = RubricVersion.objects.published()
        published.update(state=RubricVersion.State.RETIRED)
        versions.append(
            RubricVersionFactory(
                structure=False,
                number=number,
                is_comparable=is_comparable,
                **({"rubric": versions[0].rubric} if versions else {}),
            )
        )
    rubric = versions[0].rubric_id
    of_standard = RubricVersion.objects.of_standard

    assert set(of_standard(rubric, 1)) == set(versions[:2])
    assert set(of_standard(rubric, 3)) == set(versions[2:])
    assert not of_standard(rubric, 5)


def test_scorecard_list_of_ones_own_has_no_column_of_ones_name(as_user, submitted, agent, manager):
    assert str(agent) not in as_user(agent).get(LIST).text.split("<table")[1]
    assert str(agent) in as_user(manager).get(LIST).text.split("<table")[1]


def test_scorecard_list_of_one_person_shows_the_skill_of_each(as_user, submitted, manager, agent):
    page = as_user(manager).get(f"{LIST}?agent={agent.pk}&month=2026-09&skill=respect")

    assert page.context["rows"] == [(submitted, 100)]
    assert f"{agent}’s Respect in September 2026" in page.text


def test_scorecard_list_of_somebody_elses_agent_is_404(as_user, submitted, other_manager, agent):
    assert as_user(other_manager).get(f"{LIST}?agent={agent.pk}").status_code == 404


def test_scorecard_list_takes_the_same_queries_for_one_and_for_three(
    as_user, submitted, manager, agent, reviewer, version, best, count_queries
):
    client = as_user(manager)
    address = f"{LIST}?skill=respect"
    one = count_queries(lambda: client.get(address))
    for _number in range(2):
        pick = ReviewAssignmentFactory(
            reviewer=reviewer, rubric=version.rubric, interaction=InteractionFactory(agent=agent)
        )
        scorecard = start_scorecard(pick, by=reviewer)
        record_grades(scorecard, best(), by=reviewer)
        submit_scorecard(scorecard, by=reviewer)

    assert count_queries(lambda: client.get(address)) == one <= 17


def test_scorecard_detail_shows_result_comments_and_evidence_to_the_agent(
    as_user, graded, criteria, reviewer, agent
):
    add_evidence(graded, criteria["tone"], message_id="m2", start=0, end=6, by=reviewer)
    submit_scorecard(graded, by=reviewer, summary="Keep it up.")

    page = as_user(agent).get(graded.get_absolute_url())

    assert "100 %" in page.text
    assert "Keep it up." in page.text
    assert 'data-message-id="m2" data-start="0" data-end="6"' in page.text
    assert str(agent) in page.text, "no longer blind"
    assert "I have read this" in page.text


def test_scorecard_detail_says_when_quoted_words_are_gone(
    as_user, graded, criteria, reviewer, agent
):
    add_evidence(graded, criteria["tone"], message_id="m2", start=0, end=6, by=reviewer)
    submit_scorecard(graded, by=reviewer)
    Transcript.objects.update(messages=[])

    page = as_user(agent).get(graded.get_absolute_url())

    assert "Let me" in page.text
    assert "no longer in the conversation" in page.text


@pytest.mark.parametrize("who", ["teammate", "second_reviewer", "other_manager", "editor"])
def test_scorecard_detail_does_not_exist_for_others(as_user, submitted, request, who):
    client = as_user(request.getfixturevalue(who))

    assert client.get(submitted.get_absolute_url()).status_code == 404
    assert client.post(acknowledge_url(submitted)).status_code == 404


def test_scorecard_detail_of_a_draft_leads_to_the_grading_screen(as_user, draft, reviewer):
    response = as_user(reviewer).get(draft.get_absolute_url())

    assert response.url == reverse("scorecards:grade", args=[draft.pk])


def test_scorecard_detail_takes_few_queries(as_user, submitted, agent, count_queries):
    client = as_user(agent)

    assert count_queries(lambda: client.get(submitted.get_absolute_url())) <= 16


def test_scorecard_acknowledge_by_the_agent(as_user, submitted, agent):
    response = as_user(agent).post(acknowledge_url(submitted), follow=True)

    submitted.refresh_from_db()
    assert submitted.acknowledged_at is not None
    assert "Read by the agent on" in response.text
    assert "I have read this" not in response.text


def test_scorecard_acknowledge_twice_is_told(as_user, submitted, agent):
    client = as_user(agent)
    client.post(acknowledge_url(submitted))

    assert client.post(acknowledge_url(submitted)).status_code == 409


@pytest.mark.parametrize("who", ["manager", "reviewer", "administrator"])
def test_scorecard_acknowledge_is_the_agents_alone(as_user, submitted, request, who):
    response = as_user(request.getfixturevalue(who)).post(acknowledge_url(submitted))

    assert response.status_code == 403
    submitted.refresh_from_db()
    assert submitted.acknowledged_at is None


def test_scorecard_acknowledge_is_no_get(as_user, submitted, agent):
    assert as_user(agent).get(acknowledge_url(submitted)).status_code == 405
