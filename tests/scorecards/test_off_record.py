"""Grades that compare reviewers: who reads them, what may be done with them, and where one goes that its
reviewer gives back."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from people.models import User
from people.roles import Role
from scorecards.actions import (
    Grade,
    NotAllowed,
    claim_pick,
    expire_claims,
    file_dispute,
    hold_feedback,
    override_scorecard,
    record_grades,
    release_pick,
    reply_to_scorecard,
    request_regrade,
    skip_pick,
    start_review,
    submit_scorecard,
    take_dispute,
)
from scorecards.actions.calibration import (
    begin_calibration_grade,
    open_calibration,
    prepare_calibration,
    seed_expert_key,
    write_expert_key,
)
from scorecards.freezing import thawed
from scorecards.models import ReviewAssignment, Rollup, RubricVersion, Scorecard
from tests.factories.interactions import InteractionFactory
from tests.factories.people import UserFactory
from tests.factories.scorecards import RubricVersionFactory


@pytest.fixture
def third(db) -> User:
    return UserFactory(first_name="Tess", roles=[Role.REVIEWER])


@pytest.fixture
def dispute(submitted, criteria, agent):
    tone = criteria["tone"]
    proposal = Grade(level=tone.levels.all()[1].pk, comment="I did.")
    return file_dispute(submitted, {tone: proposal}, by=agent)


@pytest.fixture
def regrade(dispute, second_reviewer, administrator):
    """Waits in Rolf's queue."""
    return request_regrade(dispute, reviewer=second_reviewer, by=administrator)


@pytest.fixture
def key(version, best, agent, administrator):
    conversation = InteractionFactory(agent=agent)
    return write_expert_key(conversation, version, best(tone=0), by=administrator)


@pytest.fixture
def seeded(key, second_reviewer, administrator):
    """Waits in Rolf's queue."""
    [pick] = seed_expert_key(key, [second_reviewer], by=administrator)
    return pick.assignment


@pytest.fixture
def give(best, version, request, reviewer, second_reviewer, administrator):
    """`give("seeded")` is a submitted grade of that purpose by Rolf."""

    def make(purpose):
        if purpose == "calibration":
            session = prepare_calibration(
                title="Tone",
                version=version,
                interactions=[request.getfixturevalue("key").interaction],
                participants=[reviewer, second_reviewer],
                by=administrator,
            )
            item = open_calibration(session, by=administrator).items.get()
            card = begin_calibration_grade(item, by=second_reviewer)
        else:
            card = start_review(request.getfixturevalue(purpose), by=second_reviewer)
        record_grades(card, best(), by=second_reviewer)
        return submit_scorecard(card, by=second_reviewer)

    return make


PURPOSES = pytest.mark.parametrize("purpose", ["seeded", "calibration", "regrade"])


@PURPOSES
def test_only_its_reviewer_reads_it(
    give, as_user, agent, teammate, reviewer, manager, other_manager, editor, administrator, purpose
):
    card = give(purpose)

    for person in (agent, teammate, reviewer, manager, other_manager, editor, administrator):
        assert not Scorecard.objects.visible_to(person).filter(pk=card.pk).exists()
        client = as_user(person)
        assert client.get(card.get_absolute_url()).status_code == 404
        listing = client.get(reverse("scorecards:scorecard_list")).text
        assert card.get_absolute_url() not in listing
    assert Scorecard.objects.visible_to(card.reviewer).get(pk=card.pk) == card


def test_the_second_grade_of_a_dispute_is_read_by_who_decides_it_alone(
    give, as_user, dispute, agent, reviewer, manager, third, administrator, criteria
):
    take_dispute(dispute, by=third)
    give("regrade")

    for decider in (third, administrator):
        page = as_user(decider).get(dispute.get_absolute_url())
        assert any(row.second for row in page.context["rows"])
        assert "Second grade" in page.text
    for other in (agent, reviewer, manager):
        page = as_user(other).get(dispute.get_absolute_url())
        assert not any(row.second for row in page.context["rows"])
        assert "Second grade" not in page.text


@PURPOSES
def test_nobody_changes_it(give, criteria, second_reviewer, administrator, as_user, purpose):
    card = give(purpose)
    # Also not its reviewer, who sees it, as an administrator.
    second_reviewer.groups.add(Group.objects.get(name=Role.ADMINISTRATOR))
    both = User.objects.get(pk=second_reviewer.pk)
    tone = criteria["tone"]

    for person in (both, administrator):
        with pytest.raises(NotAllowed):
            override_scorecard(
                card, {tone: Grade(level=tone.levels.all()[0].pk)}, reason="No.", by=person
            )
    client = as_user(both)
    assert client.get(reverse("scorecards:scorecard_override", args=[card.pk])).status_code == 403
    assert "Change the grade" not in client.get(card.get_absolute_url()).text


@PURPOSES
def test_there_is_nobody_to_talk_to_or_to_wait_for(
    give, request, agent, second_reviewer, administrator, as_user, purpose
):
    """Also where everything about its agent is held back: it is not about them."""
    if purpose == "regrade":
        request.getfixturevalue("regrade")
    hold_feedback(agent, by=administrator)
    card = give(purpose)

    assert (card.is_held, card.agent) == (False, None)
    with pytest.raises(NotAllowed):
        reply_to_scorecard(card, "Hello?", by=second_reviewer)
    page = as_user(second_reviewer).get(card.get_absolute_url()).text
    for words in ("Not yet read", "Held back", "Talk about it", "Dispute this", "Take back"):
        if (purpose, words) != ("regrade", "Take back"):
            assert words not in page
    assert "It is on nobody’s record" in page


def test_a_seeded_grade_leads_to_the_key_when_it_is_handed_in(
    seeded, best, second_reviewer, as_user
):
    client = as_user(second_reviewer)
    card = start_review(seeded, by=second_reviewer)
    record_grades(card, best(), by=second_reviewer)
    result = reverse("scorecards:key_result", args=[card.pk])
    assert client.get(result).status_code == 404, "not before"
    assert result not in client.get(reverse("scorecards:grade", args=[card.pk])).text

    response = client.post(reverse("scorecards:scorecard_submit", args=[card.pk]), {"summary": ""})

    assert response.url == result
    page = client.get(result).text
    assert "Alike in 3 of 4 criteria" in page
    assert reverse("scorecards:grade_next") in page
    assert result in client.get(card.get_absolute_url()).text


# By which version ---------------------------------------------------------------------------------


def publish_another(version):
    """A newer version is out meanwhile."""
    with thawed(connection):
        RubricVersion.objects.filter(pk=version.pk).update(state=RubricVersion.State.RETIRED)
    return RubricVersionFactory(rubric=version.rubric, number=version.number + 1)


@pytest.mark.parametrize("purpose", ["seeded", "regrade"])
@pytest.mark.parametrize("is_replaced", [True, False])
def test_what_is_compared_is_graded_by_the_version_of_the_other(
    request, version, second_reviewer, purpose, is_replaced
):
    assignment = request.getfixturevalue(purpose)
    if is_replaced:
        publish_another(version)
    else:
        with thawed(connection):
            RubricVersion.objects.update(state=RubricVersion.State.RETIRED)
    waiting = ReviewAssignment.objects.held_by(second_reviewer, at=timezone.now())
    assert list(waiting) == [assignment]

    assert start_review(assignment, by=second_reviewer).version == version


def test_an_ordinary_grade_is_by_the_published_version(assignment, version, reviewer):
    newer = publish_another(version)

    assert start_review(assignment, by=reviewer).version == newer


# Given back, lapsed, set aside --------------------------------------------------------------------


@pytest.mark.parametrize("how", ["released", "lapsed"])
def test_a_regrade_that_is_given_back_goes_to_another_who_may(
    regrade, dispute, version, best, reviewer, second_reviewer, third, administrator, how
):
    newer = publish_another(version)
    now = timezone.now()
    start_review(regrade, by=second_reviewer)
    if how == "released":
        release_pick(regrade, by=second_reviewer)
    else:
        later = now + dt.timedelta(days=30)
        ReviewAssignment.objects.filter(pk=regrade.pk).update(expires_at=now)
        assert expire_claims(at=later) == 1

    for person in (reviewer, second_reviewer):
        assert not ReviewAssignment.objects.claimable_by(person, at=now).exists()
        with pytest.raises(NotAllowed):
            claim_pick(regrade, by=person)
    card = start_review(claim_pick(regrade, by=third), by=third)

    assert (card.version, card.agent) == (version, None)
    assert card.version != newer
    record_grades(card, best(tone=1), by=third)
    before = list(Rollup.objects.order_by("pk").values())
    submit_scorecard(card, by=third)
    assert list(Rollup.objects.order_by("pk").values()) == before
    dispute.refresh_from_db()
    assert dispute.regrade.reviewer == third


def test_a_regrade_is_not_for_who_asked_for_it(regrade, second_reviewer, administrator):
    administrator.groups.add(Group.objects.get(name=Role.REVIEWER))
    asked = User.objects.get(pk=administrator.pk)
    release_pick(regrade, by=second_reviewer)

    assert not ReviewAssignment.objects.claimable_by(asked, at=timezone.now()).exists()


def test_a_regrade_is_not_for_who_graded_it_by_another_rubric(regrade, second_reviewer, third):
    from tests.factories.scorecards import ReviewAssignmentFactory, RubricFactory

    release_pick(regrade, by=second_reviewer)
    other = RubricVersionFactory(rubric=RubricFactory(key="other", name="Other")).rubric
    pool = ReviewAssignment.objects.claimable_by(third, at=timezone.now())
    assert pool.exists()

    ReviewAssignmentFactory(interaction=regrade.interaction, reviewer=third, rubric=other)

    assert not pool.exists()


def test_the_page_of_a_dispute_says_where_its_second_grade_is(
    regrade, dispute, second_reviewer, administrator, as_user
):
    client = as_user(administrator)
    assert "awaited from" in client.get(dispute.get_absolute_url()).text

    release_pick(regrade, by=second_reviewer)
    page = client.get(dispute.get_absolute_url()).text
    assert "waits for another reviewer" in page
    assert 'id="decide"' not in page

    ReviewAssignment.objects.filter(pk=regrade.pk).update(reviewer=second_reviewer)
    skip_pick(regrade, by=second_reviewer, reason="I know this customer.")
    page = client.get(dispute.get_absolute_url()).text
    assert "I know this customer." in page
    client.post(reverse("scorecards:dispute_regrade_cancel", args=[dispute.pk]))
    assert 'id="decide"' in client.get(dispute.get_absolute_url()).text


def test_a_seeded_one_that_is_given_back_keeps_its_key(
    seeded, key, version, best, second_reviewer, third, administrator
):
    newer = publish_another(version)
    release_pick(seeded, by=second_reviewer)

    card = start_review(claim_pick(seeded, by=third), by=third)

    assert (card.version, card.assignment.seeded_pick.key) == (version, key)
    assert card.version != newer
    record_grades(card, best(), by=third)
    submit_scorecard(card, by=third)
    assert not Rollup.objects.exists()


def test_a_seeded_one_is_not_for_who_wrote_its_key_or_may_read_keys(
    seeded, second_reviewer, third, administrator
):
    release_pick(seeded, by=second_reviewer)
    pool = [
        person
        for person in (third, administrator)
        if ReviewAssignment.objects.claimable_by(person, at=timezone.now()).exists()
    ]
    assert pool == [third]
    for person in (administrator, third):
        person.groups.add(Group.objects.get(name=Role.REVIEWER))
    third.groups.add(Group.objects.get(name=Role.ADMINISTRATOR))

    for person in User.objects.filter(pk__in=[administrator.pk, third.pk]):
        assert not ReviewAssignment.objects.claimable_by(person, at=timezone.now()).exists()
