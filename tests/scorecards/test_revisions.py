"""Taking a submission back, and changing a grade after that."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from people.models import AuditEvent
from scorecards.actions import (
    Conflict,
    Grade,
    NotAllowed,
    Refused,
    Replaced,
    acknowledge_scorecard,
    add_evidence,
    decide_dispute,
    expire_claims,
    file_dispute,
    hold_feedback,
    override_scorecard,
    record_grades,
    release_scorecards,
    reply_to_scorecard,
    submit_scorecard,
    take_dispute,
    undo_submission,
)
from scorecards.freezing import thawed
from scorecards.models import Reply, ReviewAssignment, Rollup, RubricVersion, Scorecard
from scorecards.rollups import rebuild_rollups


def cells():
    names = ("subject", "subject_id", "is_held", "n", "sum_y", "sum_wy", "sum_wwyy")
    return sorted(Rollup.objects.values_list(*names))


def lower(criteria, key="tone"):
    """A grade with the lowest level for one criterion."""
    criterion = criteria[key]
    return {criterion: Grade(level=criterion.levels.all()[0].pk, comment="Was curt.")}


def test_undo_submission_makes_it_a_draft_again(submitted, reviewer, agent):
    undone = undo_submission(submitted, by=reviewer)

    undone.refresh_from_db()
    assert (undone.state, undone.submitted_at, undone.outcome) == ("draft", None, "")
    assert (undone.percent, undone.section_percents) == (None, {})
    assert undone.summary == "Well done.", "what was written stays"
    assert undone.criterion_scores.count() == 4
    assert undone.assignment.state == ReviewAssignment.State.OPEN
    assert not Scorecard.objects.visible_to(agent).exists()
    assert not Rollup.objects.exists()
    event = AuditEvent.objects.get(action="undo_submission")
    assert (event.actor, event.before["percent"]) == (reviewer, "100")


def test_undo_submission_leaves_what_others_added(submitted, reviewer, agent, version, best):
    from scorecards.actions import start_scorecard
    from tests.factories.interactions import InteractionFactory
    from tests.factories.scorecards import ReviewAssignmentFactory

    before = cells()
    pick = ReviewAssignmentFactory(
        reviewer=reviewer, rubric=version.rubric, interaction=InteractionFactory(agent=agent)
    )
    second = start_scorecard(pick, by=reviewer)
    record_grades(second, best(tone=0), by=reviewer)
    submit_scorecard(second, by=reviewer)

    undo_submission(second, by=reviewer)

    assert cells() == before


def test_a_submission_taken_back_is_graded_and_handed_in_again(submitted, reviewer, criteria):
    undo_submission(submitted, by=reviewer)
    record_grades(submitted, lower(criteria), by=reviewer)

    again = submit_scorecard(submitted, by=reviewer)

    assert (again.percent, Rollup.objects.get(subject="total").sum_y) == (75, 75)


@pytest.mark.parametrize(("minutes", "is_possible"), [(0, True), (9, True), (10, False)])
def test_undo_submission_ends_with_the_window(submitted, reviewer, minutes, is_possible):
    at = submitted.submitted_at + dt.timedelta(minutes=minutes)
    if is_possible:
        undo_submission(submitted, by=reviewer, at=at)
    else:
        with pytest.raises(Conflict, match="is over"):
            undo_submission(submitted, by=reviewer, at=at)


def test_undo_submission_window_is_the_rubric_versions(submitted, reviewer):
    with thawed(connection):
        RubricVersion.objects.update(undo_minutes=0)

    with pytest.raises(Conflict):
        undo_submission(submitted, by=reviewer, at=submitted.submitted_at)


def test_undo_submission_twice_says_so(submitted, reviewer):
    undo_submission(submitted, by=reviewer)

    with pytest.raises(Conflict, match="taken back"):
        undo_submission(submitted, by=reviewer)
    assert AuditEvent.objects.filter(action="undo_submission").count() == 1


@pytest.mark.parametrize("who", ["second_reviewer", "manager", "administrator", "agent"])
def test_undo_submission_is_its_reviewers_alone(submitted, request, who):
    with pytest.raises(NotAllowed):
        undo_submission(submitted, by=request.getfixturevalue(who))


@pytest.mark.parametrize("what", ["read", "disputed", "changed", "answered", "seeded"])
def test_undo_submission_not_after_somebody_acted_on_it(
    submitted, reviewer, agent, administrator, criteria, what
):
    if what == "read":
        acknowledge_scorecard(submitted, by=agent)
    elif what == "disputed":
        file_dispute(submitted, lower(criteria), by=agent)
    elif what == "answered":
        reply_to_scorecard(submitted, "Why?", by=agent)
    elif what == "seeded":
        ReviewAssignment.objects.update(purpose="seeded", inclusion_probability=None)
    else:
        submitted = override_scorecard(
            submitted, lower(criteria), reason="It was curt.", by=administrator
        )

    with pytest.raises(Conflict):
        undo_submission(submitted, by=reviewer)


def test_undo_submission_leaves_nothing_behind_when_it_breaks_off(submitted, reviewer, monkeypatch):
    def power_cut(*args, **kwargs):
        raise KeyboardInterrupt

    before = cells()
    monkeypatch.setattr("scorecards.actions.submit.record", power_cut)
    with pytest.raises(KeyboardInterrupt):
        undo_submission(submitted, by=reviewer)

    submitted.refresh_from_db()
    assert submitted.is_submitted
    assert cells() == before


def test_override_scorecard_writes_a_revision_and_keeps_the_first(
    graded, criteria, reviewer, administrator, agent, nobody_works, django_assert_max_num_queries
):
    add_evidence(graded, criteria["greeting"], message_id="m2", start=0, end=6, by=reviewer)
    first = submit_scorecard(graded, by=reviewer, summary="Well done.")
    acknowledge_scorecard(first, by=agent)
    administrator.get_all_permissions()

    with django_assert_max_num_queries(24):
        second = override_scorecard(first, lower(criteria), reason="It was curt.", by=administrator)

    first.refresh_from_db()
    assert (first.is_current, first.percent, first.revision) == (False, 100, 1)
    assert first.acknowledged_at is not None
    tone = first.criterion_scores.get(criterion=criteria["tone"])
    assert (tone.level.points, tone.comment) == (2, "")
    assert (second.is_current, second.percent, second.revision) == (True, 75, 2)
    assert (second.reviewer, second.revised_by) == (reviewer, administrator)
    assert (second.cause, second.reason) == ("override", "It was curt.")
    assert second.summary == "Well done."
    assert second.acknowledged_at is None, "the new grade is to be read again"
    tone = second.criterion_scores.get(criterion=criteria["tone"])
    assert (tone.level.points, tone.comment) == (0, "Was curt.")
    greeting = second.criterion_scores.get(criterion=criteria["greeting"])
    assert [row.quote for row in greeting.evidence.all()] == ["Let me"]
    assert first.criterion_scores.get(criterion=criteria["greeting"]).evidence.count() == 1


def test_lists_and_rollups_use_the_current_revision_only(submitted, criteria, administrator, agent):
    second = override_scorecard(submitted, lower(criteria), reason="It was curt.", by=administrator)

    assert list(Scorecard.objects.submitted()) == [second]
    assert list(Scorecard.objects.current()) == [second]
    assert list(Scorecard.objects.to_acknowledge()) == [second]
    assert set(Scorecard.objects.visible_to(agent)) == {submitted, second}, "both are readable"
    total = Rollup.objects.get(subject="total")
    assert (total.n, total.sum_y, total.sum_wy) == (1, 75, 300)
    kept = cells()
    rebuild_rollups()
    assert cells() == kept


def test_override_scorecard_is_in_the_audit_log(submitted, criteria, administrator):
    second = override_scorecard(submitted, lower(criteria), reason="It was curt.", by=administrator)

    event = AuditEvent.objects.get(action="override_scorecard")
    assert (event.actor, event.object_id) == (administrator, str(second.pk))
    assert event.before == {"scorecard": submitted.pk, "percent": "100", "outcome": "pass"}
    assert event.after["percent"] == "75"
    assert event.after["reason"] == "It was curt."


@pytest.mark.parametrize("who", ["reviewer", "second_reviewer", "manager", "agent", "editor"])
def test_override_scorecard_refuses_everybody_else(submitted, criteria, request, who):
    with pytest.raises(NotAllowed):
        override_scorecard(
            submitted, lower(criteria), reason="Because.", by=request.getfixturevalue(who)
        )


def test_override_scorecard_refuses_ones_own_grade(submitted, criteria, administrator):
    Scorecard.objects.update(agent=administrator)

    with pytest.raises(NotAllowed):
        override_scorecard(submitted, lower(criteria), reason="Because.", by=administrator)


@pytest.mark.parametrize("reason", ["", "   "])
def test_override_scorecard_needs_a_reason(submitted, criteria, administrator, reason):
    with pytest.raises(Refused, match="why"):
        override_scorecard(submitted, lower(criteria), reason=reason, by=administrator)


def test_override_scorecard_needs_a_difference(submitted, criteria, administrator):
    tone = criteria["tone"]
    same = {tone: Grade(level=tone.levels.all()[2].pk)}

    with pytest.raises(Refused, match="Nothing was changed"):
        override_scorecard(submitted, same, reason="Because.", by=administrator)
    assert Scorecard.objects.count() == 1
    assert Rollup.objects.get(subject="total").sum_y == 100


def test_override_scorecard_of_an_earlier_revision_is_refused(submitted, criteria, administrator):
    """Two administrators had the same page open: the second is told."""
    override_scorecard(submitted, lower(criteria), reason="It was curt.", by=administrator)

    with pytest.raises(Replaced):
        override_scorecard(submitted, lower(criteria, "facts"), reason="Wrong.", by=administrator)
    assert Scorecard.objects.count() == 2


def test_override_scorecard_waits_for_an_open_dispute(submitted, criteria, administrator, agent):
    file_dispute(submitted, lower(criteria), by=agent)

    with pytest.raises(Conflict, match="dispute"):
        override_scorecard(submitted, lower(criteria), reason="Because.", by=administrator)


def test_override_scorecard_refuses_a_level_of_another_criterion(
    submitted, criteria, administrator
):
    foreign = criteria["greeting"].levels.all()[0].pk

    with pytest.raises(Refused, match="no such level"):
        override_scorecard(
            submitted,
            {criteria["tone"]: Grade(level=foreign)},
            reason="Because.",
            by=administrator,
        )


def test_override_scorecard_refuses_a_draft(graded, criteria, administrator):
    with pytest.raises(Conflict, match="draft"):
        override_scorecard(graded, lower(criteria), reason="Because.", by=administrator)


def test_an_assignment_has_one_current_scorecard(submitted):
    twin = Scorecard(
        assignment=submitted.assignment,
        interaction=submitted.interaction,
        version=submitted.version,
        reviewer=submitted.reviewer,
        started_at=timezone.now(),
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()
    twin.is_current = False
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()
    twin.revision = 2
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_acknowledge_scorecard_of_an_earlier_revision_is_refused(
    submitted, criteria, administrator, agent
):
    override_scorecard(submitted, lower(criteria), reason="It was curt.", by=administrator)

    with pytest.raises(Replaced):
        acknowledge_scorecard(submitted, by=agent)


# One after the other ------------------------------------------------------------------------------


@pytest.fixture
def settle(criteria, agent, second_reviewer):
    """`settle(scorecard, 1)` disputes the tone and decides it at that level's position."""

    def make(scorecard, position, proposed=2):
        tone = criteria["tone"]
        levels = list(tone.levels.all())
        proposal = Grade(level=levels[proposed].pk, comment="I was polite.")
        dispute = take_dispute(
            file_dispute(scorecard, {tone: proposal}, by=agent), by=second_reviewer
        )
        return decide_dispute(
            dispute, {tone.pk: levels[position].pk}, explanation="Heard.", by=second_reviewer
        )

    return make


def test_taken_back_and_handed_in_again_is_the_first_revision_still(
    submitted, criteria, reviewer, agent
):
    later = submitted.submitted_at + dt.timedelta(minutes=5)
    undo_submission(submitted, by=reviewer, at=later)
    record_grades(submitted, lower(criteria), by=reviewer)

    again = submit_scorecard(submitted, by=reviewer, at=later)

    assert (again.revision, again.percent, again.submitted_at) == (1, 75, later)
    assert again.assignment.scorecards.count() == 1
    assert Scorecard.objects.to_acknowledge().get() == again
    assert undo_submission(again, by=reviewer, at=later).state == "draft", "the window begins anew"


def test_a_hold_that_began_meanwhile_holds_what_is_handed_in_again(
    submitted, reviewer, agent, manager
):
    undo_submission(submitted, by=reviewer)
    hold_feedback(agent, by=manager)

    assert submit_scorecard(submitted, by=reviewer).is_held
    assert not Scorecard.objects.visible_to(agent).exists()


def test_a_hold_that_begins_later_leaves_what_the_agent_saw(
    submitted, criteria, administrator, agent, manager
):
    """Also when it is changed then: half of it would only look like something to hide."""
    hold_feedback(agent, by=manager)
    assert Scorecard.objects.visible_to(agent).get() == submitted

    changed = override_scorecard(submitted, lower(criteria), reason="Curt.", by=administrator)

    assert not changed.is_held
    assert set(Scorecard.objects.visible_to(agent)) == {submitted, changed}


def test_an_undone_claim_does_not_lapse_at_once(graded, assignment, reviewer):
    now = timezone.now()
    ReviewAssignment.objects.filter(pk=assignment.pk).update(expires_at=now - dt.timedelta(days=1))
    graded.criterion_scores.update(saved_at=now - dt.timedelta(days=30))
    submitted = submit_scorecard(graded, by=reviewer, at=now)

    undo_submission(submitted, by=reviewer, at=now)

    assert list(ReviewAssignment.objects.held_by(reviewer, at=now)) == [assignment]
    assert expire_claims(at=now) == 0


def test_the_outcome_of_a_dispute_may_be_changed_with_a_reason(
    submitted, criteria, settle, administrator, agent
):
    low = override_scorecard(submitted, lower(criteria), reason="Curt.", by=administrator)
    decided = settle(low, 1)
    assert (decided.result.revision, decided.result.cause) == (3, "dispute")

    fourth = override_scorecard(
        decided.result, lower(criteria), reason="The recording was found.", by=administrator
    )

    assert (fourth.revision, fourth.cause, fourth.percent) == (4, "override", 75)
    decided.refresh_from_db()
    assert decided.state == "changed_in_part", "what was decided stays told"
    assert [row.percent for row in submitted.assignment.scorecards.order_by("revision")] == [
        100,
        75,
        88,
        75,
    ]
    total = Rollup.objects.get(subject="total")
    assert (total.n, total.sum_y) == (1, 75)


def test_what_was_changed_after_a_dispute_can_be_disputed_in_a_window_of_its_own(
    submitted, criteria, settle, administrator, agent
):
    settle(override_scorecard(submitted, lower(criteria), reason="No.", by=administrator), 1)
    much_later = timezone.now() + dt.timedelta(days=100)
    current = Scorecard.objects.submitted().get()
    changed = override_scorecard(
        current, lower(criteria), reason="Found.", by=administrator, at=much_later
    )

    dispute = file_dispute(
        changed,
        {criteria["tone"]: Grade(level=criteria["tone"].levels.all()[2].pk, comment="No.")},
        by=agent,
        at=much_later + dt.timedelta(days=10),
    )

    assert dispute.scorecard == changed


def test_a_new_revision_is_to_be_read_anew(submitted, criteria, administrator, agent):
    acknowledge_scorecard(submitted, by=agent)
    changed = override_scorecard(submitted, lower(criteria), reason="Curt.", by=administrator)

    with pytest.raises(Replaced):
        acknowledge_scorecard(submitted, by=agent)
    acknowledge_scorecard(changed, by=agent)

    assert not Scorecard.objects.to_acknowledge().exists()
    submitted.refresh_from_db()
    assert submitted.acknowledged_at is not None, "that the first was read stays true"


def test_release_of_a_held_grade_that_was_changed_shows_all_of_it(
    graded, criteria, reviewer, administrator, manager, agent, as_user
):
    hold_feedback(agent, by=manager)
    first = submit_scorecard(graded, by=reviewer)
    second = override_scorecard(first, lower(criteria), reason="Curt.", by=administrator)
    assert second.is_held
    assert not Scorecard.objects.visible_to(agent).exists()
    with pytest.raises(Conflict):
        release_scorecards([first], by=manager)

    [released] = release_scorecards([second], by=manager)

    assert set(Scorecard.objects.visible_to(agent)) == {first, second}
    page = as_user(agent).get(released.get_absolute_url()).text
    assert first.get_absolute_url() in page
    assert "Curt." in page
    assert as_user(agent).get(first.get_absolute_url()).status_code == 200
    assert released.dispute_ends_at > timezone.now()
    total = Rollup.objects.get(subject="total")
    assert (total.n, total.sum_y, total.is_held) == (1, 75, False)


def test_a_reply_belongs_to_every_revision(submitted, criteria, administrator, agent, reviewer):
    reply_to_scorecard(submitted, "Why?", by=agent)
    changed = override_scorecard(submitted, lower(criteria), reason="Curt.", by=administrator)

    reply_to_scorecard(submitted, "Sorry, I had the old page open.", by=reviewer)

    assert Reply.objects.about(changed).count() == 2
