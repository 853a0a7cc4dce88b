"""Grading a sample: with the real screen, on nobody's record, beside the key."""

import pytest
from django.urls import reverse

from people.models import AuditEvent
from scorecards.models import (
    Criterion,
    ExpertGrade,
    ExpertKey,
    Level,
    ReviewAssignment,
    Rollup,
    Scorecard,
)
from tests.factories.interactions import InteractionFactory
from tests.factories.practice import SamplePageFactory
from tests.factories.scorecards import RubricVersionFactory, ScorecardFactory
from tests.words import says
from training.models import Completion, SampleGrading, SampleSetup


@pytest.fixture
def version(db):
    return RubricVersionFactory()


def make_key(version, administrator, served_by) -> ExpertKey:
    interaction = InteractionFactory(agent=served_by, agent_name="Ben Served")
    key = ExpertKey.objects.create(
        interaction=interaction, version=version, written_by=administrator
    )
    for criterion in Criterion.objects.filter(section__version=version):
        ExpertGrade.objects.create(
            key=key,
            criterion=criterion,
            level=criterion.levels.order_by("-position").first(),
            comment=f"Expert on {criterion.key}",
        )
    return key


@pytest.fixture
def key(version, administrator, teammate) -> ExpertKey:
    return make_key(version, administrator, teammate)


@pytest.fixture
def page(key):
    page = SamplePageFactory(title="Grade one")
    SampleSetup.objects.create(page=page).keys.add(key)
    return page


def begin(client, page) -> Scorecard:
    answer = client.post(reverse("training:sample_start", args=[page.pk]))
    scorecard = Scorecard.objects.order_by("pk").last()
    assert answer["Location"] == reverse("scorecards:grade", args=[scorecard.pk])
    return scorecard


def grade(client, scorecard, below=()):
    """Everything at the highest level, `below` by how many levels for a criterion's key."""
    below = dict(below)
    for criterion in Criterion.objects.filter(section__version=scorecard.version_id):
        levels = list(Level.objects.filter(criterion=criterion).order_by("-position"))
        address = reverse("scorecards:criterion_save", args=[scorecard.pk, criterion.pk])
        level = levels[below.get(criterion.key, 0)]
        assert client.post(address, {"level": level.pk}).status_code == 302
    return client.post(reverse("scorecards:scorecard_submit", args=[scorecard.pk]), {"summary": ""})


def test_trainee_grades_on_the_real_screen_and_sees_the_key(as_user, agent, page):
    client = as_user(agent)
    scorecard = begin(client, page)
    screen = client.get(reverse("scorecards:grade", args=[scorecard.pk])).content.decode()
    assert "data-grading" in screen
    assert "Submit and compare" in screen
    assert "left in your queue" not in screen
    assert "Expert on" not in screen
    answer = grade(client, scorecard, below={"tone": 1})
    result = reverse("training:sample_result", args=[scorecard.assignment_id])
    assert answer["Location"] == result
    text = client.get(result).content.decode()
    assert "Expert on tone" in text
    assert "1 level stricter" in text
    grading = SampleGrading.objects.get()
    assert (grading.same_count, grading.compared_count, grading.furthest) == (3, 4, 1)
    assert grading.passed is True
    assert Completion.objects.filter(user=agent, page=page).exists()


@pytest.mark.parametrize("below", [{"tone": 2}, {"tone": 1, "facts": 1}])
def test_too_far_apart_or_too_few_alike_does_not_complete(as_user, agent, page, below):
    client = as_user(agent)
    grade(client, begin(client, page), below=below)
    assert SampleGrading.objects.get().passed is False
    assert not Completion.objects.filter(page=page).exists()


def test_agent_of_the_sample_stays_hidden_before_and_after(as_user, agent, page, teammate):
    teammate.last_name = "Servedson"
    teammate.save()
    client = as_user(agent)
    scorecard = begin(client, page)
    addresses = [reverse("scorecards:grade", args=[scorecard.pk])]
    pages = [client.get(address).content.decode() for address in addresses]
    grade(client, scorecard)
    for address in (
        reverse("training:sample_result", args=[scorecard.assignment_id]),
        reverse("scorecards:scorecard_detail", args=[scorecard.pk]),
    ):
        pages.append(client.get(address, follow=True).content.decode())
    for text in pages:
        assert "Servedson" not in text
        assert "Ben Served" not in text


def test_trainee_opens_nothing_else(as_user, agent, page, reviewer, teammate):
    client = as_user(agent)
    scorecard = begin(client, page)
    others = ScorecardFactory(reviewer=reviewer, agent=teammate)
    assert client.get(reverse("scorecards:queue")).status_code == 403
    assert client.get(reverse("scorecards:grade", args=[others.pk])).status_code == 404
    assert (
        client.post(reverse("scorecards:grade_start", args=[scorecard.assignment_id])).status_code
        == 403
    )
    assert client.post(reverse("scorecards:grade_next")).status_code == 403
    assert (
        client.get(
            reverse("interactions:interaction_detail", args=[scorecard.interaction_id])
        ).status_code
        == 404
    )
    own = ScorecardFactory(reviewer=agent, agent=teammate)
    criterion = Criterion.objects.first()
    # An assignment in earnest, however it came to name the trainee, is not theirs to write in.
    address = reverse("scorecards:criterion_save", args=[own.pk, criterion.pk])
    assert client.post(address, {"level": ""}).status_code == 403


def test_nobody_else_opens_the_trainees_scorecard(as_user, agent, manager, administrator, page):
    client = as_user(agent)
    scorecard = begin(client, page)
    grade(client, scorecard)
    detail = reverse("scorecards:scorecard_detail", args=[scorecard.pk])
    assert as_user(administrator).get(detail).status_code == 404
    assert as_user(manager).get(detail).status_code == 404


def test_manager_reads_the_comparison_and_another_does_not(
    as_user, agent, manager, other_manager, teammate, page
):
    client = as_user(agent)
    scorecard = begin(client, page)
    result = reverse("training:sample_result", args=[scorecard.assignment_id])
    assert "not graded yet" in as_user(manager).get(result).content.decode()
    grade(client, scorecard)
    assert "Expert on tone" in as_user(manager).get(result).content.decode()
    assert as_user(other_manager).get(result).status_code == 404
    assert as_user(teammate).get(result).status_code == 404
    listing = reverse("training:practice_list") + "?kind=samples"
    assert "Grade one" in as_user(manager).get(listing).content.decode()


def test_practice_is_on_nobodys_record(as_user, agent, reviewer, administrator, page):
    client = as_user(agent)
    scorecard = begin(client, page)
    grade(client, scorecard)
    scorecard.refresh_from_db()
    assert scorecard.agent is None
    assert not Rollup.objects.exists()
    assert not AuditEvent.objects.filter(action="submit_scorecard").exists()
    listing = reverse("scorecards:scorecard_list")
    assert reverse("scorecards:scorecard_detail", args=[scorecard.pk]) not in (
        client.get(listing).content.decode()
    )
    undo = client.post(reverse("scorecards:scorecard_undo", args=[scorecard.pk]))
    assert undo.status_code == 409


def test_open_practice_waits_in_nobodys_queue(as_user, reviewer, page):
    from django.utils import timezone

    begin(as_user(reviewer), page)
    assignments = ReviewAssignment.objects.all()
    assert not assignments.held_by(reviewer, at=timezone.now()).exists()
    assert not assignments.open().exists()


def test_who_practised_on_it_is_not_given_it_in_earnest(as_user, reviewer, page, key):
    from scorecards.blindness import who_knows

    begin(as_user(reviewer), page)
    known = who_knows([key.interaction_id], rubric=key.version.rubric_id)
    assert reviewer.pk in known[key.interaction_id]


def test_begun_sample_goes_on_and_the_next_try_is_another(
    as_user, agent, teammate, administrator, page, version
):
    other = make_key(version, administrator, teammate)
    page.sample_setup.keys.add(other)
    client = as_user(agent)
    first = begin(client, page)
    assert begin(client, page) == first
    grade(client, first, below={"tone": 2})
    second = begin(client, page)
    assert second.interaction_id == other.interaction_id
    grade(client, second)
    assert Completion.objects.filter(user=agent, page=page).exists()
    # Each was graded once: it begins again with the first.
    assert begin(client, page).interaction_id == first.interaction_id


def test_own_conversation_is_no_sample(as_user, teammate, page):
    answer = as_user(teammate).post(reverse("training:sample_start", args=[page.pk]), follow=True)
    assert "There is no sample for you to grade here" in answer.content.decode()
    assert not Scorecard.objects.exists()


def test_key_no_longer_changes_once_practised_on(as_user, agent, page, key):
    assert not key.is_in_use()
    begin(as_user(agent), page)
    assert key.is_in_use()


def test_page_without_samples_says_so(as_user, agent, page):
    page.sample_setup.delete()
    text = as_user(agent).get(page.get_url()).content.decode()
    assert "There is no sample to grade here yet." in text


def test_setup_asks_whether_the_conversation_may_be_shown(as_user, agent, editor, page, key):
    page.sample_setup.keys.clear()
    address = reverse("training:sample_setup", args=[page.pk])
    assert as_user(agent).get(address).status_code == 403
    client = as_user(editor)
    shown = client.get(address).content.decode()
    assert "Where is my order?" in shown
    assert not says(shown, "Ben")
    assert client.post(address, {"keys": [key.pk]}).status_code == 422
    assert client.post(address, {"keys": ["x"], "may_be_shown": "on"}).status_code == 422
    assert not page.sample_setup.keys.exists()
    answer = client.post(address, {"keys": [key.pk], "may_be_shown": "on"})
    assert answer.status_code == 302
    assert list(page.sample_setup.keys.all()) == [key]


def test_a_sample_that_is_no_number_is_refused(as_user, editor, page):
    address = reverse("training:sample_setup", args=[page.pk])
    assert as_user(editor).post(address, {"keys": "²", "may_be_shown": "on"}).status_code == 422
