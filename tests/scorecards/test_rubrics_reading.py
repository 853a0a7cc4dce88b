"""Reading a rubric from a scorecard, and finding the scorecards of a version."""

import pytest
from django.db import connection
from django.urls import reverse

from scorecards.actions import (
    new_draft,
    publish_rubric_version,
    record_grades,
    start_scorecard,
    submit_scorecard,
)
from scorecards.freezing import thawed
from scorecards.models import RubricVersion
from tests.factories.interactions import InteractionFactory
from tests.factories.scorecards import ReviewAssignmentFactory

LIST = reverse("scorecards:scorecard_list")


@pytest.fixture
def second(version, editor) -> RubricVersion:
    """The same rubric again, published as version 2."""
    return publish_rubric_version(new_draft(version, by=editor), by=editor, change_note="Why.")


@pytest.fixture
def grade_by(agent, reviewer, best):
    def grade(version):
        pick = ReviewAssignmentFactory(
            reviewer=reviewer, rubric=version.rubric, interaction=InteractionFactory(agent=agent)
        )
        scorecard = start_scorecard(pick, by=reviewer, version=version)
        record_grades(scorecard, best(), by=reviewer)
        return submit_scorecard(scorecard, by=reviewer)

    return grade


# --- the scorecard ----------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["agent", "reviewer", "manager", "administrator"])
def test_a_scorecard_leads_to_the_rubric_it_was_graded_by(as_user, submitted, request, who):
    client = as_user(request.getfixturevalue(who))
    address = reverse("scorecards:rubric_version", args=[submitted.version_id])

    assert f'href="{address}"' in client.get(submitted.get_absolute_url()).text
    page = client.get(address)
    assert page.status_code == 200
    assert "What one can observe." in page.text


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("keep", "The percent stays what was earned."),
        ("percent_zero", "by this rubric the percent is 0"),
        ("section_zero", "by this rubric its section counts 0"),
    ],
)
def test_a_scorecard_says_what_its_critical_failure_did(
    as_user, version, draft, best, reviewer, policy, words
):
    with thawed(connection):
        RubricVersion.objects.filter(pk=version.pk).update(critical_failure_policy=policy)
    record_grades(draft, best(identity=0), by=reviewer)
    submitted = submit_scorecard(draft, by=reviewer)

    page = as_user(reviewer).get(submitted.get_absolute_url()).text

    assert words in page
    assert page.count("critical failure</span>") == 1, "marked at its criterion, and nowhere else"


def test_a_scorecard_says_what_was_left_blank(as_user, version, draft, best, criteria, reviewer):
    with thawed(connection):
        RubricVersion.objects.filter(pk=version.pk).update(completeness=50)
    grades = best(facts=None)
    del grades[criteria["greeting"]]
    record_grades(draft, grades, by=reviewer)
    submitted = submit_scorecard(draft, by=reviewer)

    page = as_user(reviewer).get(submitted.get_absolute_url()).text

    assert page.count("Left blank") == page.count("Not applicable</span>") == 1


# --- the version ------------------------------------------------------------------------------------
def test_a_version_says_how_many_scorecards_used_it_to_everybody(
    as_user, version, grade_by, agent, teammate, editor, administrator
):
    grade_by(version)
    held = grade_by(version)
    type(held).objects.filter(pk=held.pk).update(is_held=True)
    link = f"{LIST}?version={version.pk}"

    def page(person):
        return as_user(person).get(version.get_absolute_url()).text

    for person in (editor, teammate):
        assert "2 scorecards were graded by it" in page(person)
        assert link not in page(person), "there is none that they may see"
    assert "show the 1 that you may see" in page(agent)
    assert "show them" in page(administrator)
    assert link in page(administrator)


def test_a_version_says_how_grades_by_it_are_treated(as_user, version, agent):
    def page():
        return as_user(agent).get(version.get_absolute_url()).text

    assert "The agent sees it at once." in page()
    assert "The reviewer can within 10 minutes." in page()
    assert "for 14 days after the day" in page()
    with thawed(connection):
        RubricVersion.objects.update(holds_feedback=True, undo_minutes=0, dispute_days=1)
    assert "when a manager releases it" in page()
    assert "Not possible." in page()
    assert "until the end of the day after" in page()


def test_a_version_leads_to_the_one_before(as_user, version, second, agent):
    page = as_user(agent).get(second.get_absolute_url()).text

    assert f'href="{version.get_absolute_url()}"' in page
    assert "Why." in page


def test_rubric_detail_lists_the_newest_version_first(as_user, version, second, editor):
    draft = new_draft(second, by=editor)

    page = as_user(editor).get(reverse("scorecards:rubric_detail", args=[version.rubric_id]))

    assert page.context["versions"] == [draft, second, version]
    assert "Go on with the draft" in page.text
    assert page.text.count("goes on") == 1, "the first version continues nothing"


# --- the list ---------------------------------------------------------------------------------------
def test_scorecard_list_is_filtered_by_version_and_says_so(
    as_user, version, submitted, second, manager
):
    client = as_user(manager)
    page = client.get(f"{LIST}?version={version.pk}&channel=chat&page=1")

    assert list(page.context["page"]) == [submitted]
    assert f"Rubric version: {version}" in page.text
    assert 'href="?channel=chat"' in page.text, "it goes away alone"
    assert f'<option value="{version.pk}" selected>' in page.text
    assert not client.get(f"{LIST}?version={second.pk}").context["page"].object_list


def test_scorecard_list_offers_no_choice_of_one_version(as_user, submitted, second, manager):
    assert 'name="version"' in as_user(manager).get(LIST).text
    with thawed(connection):
        second.delete()
    assert 'name="version"' not in as_user(manager).get(LIST).text
    assert "Rubric version:" not in as_user(manager).get(LIST).text


def test_scorecard_list_of_a_version_nobody_may_see_is_404(as_user, version, editor):
    draft = new_draft(version, by=editor)
    client = as_user(editor)

    assert client.get(f"{LIST}?version={draft.pk}").status_code == 404
    assert client.get(f"{LIST}?version=99999999999999999999999").status_code == 404
    assert client.get(f"{LIST}?version=x").status_code == 200
    assert client.get(f"{LIST}?version=").status_code == 200
