"""Keys, seeding, and sessions from preparation to decision."""

import pytest
from django.db import IntegrityError, transaction

from people.models import AuditEvent
from people.roles import Role
from scorecards.actions import (
    Conflict,
    Grade,
    Incomplete,
    NotAllowed,
    Refused,
    record_grades,
    start_scorecard,
    submit_scorecard,
    undo_submission,
)
from scorecards.actions.calibration import (
    begin_calibration_grade,
    close_calibration,
    decide_criterion,
    open_calibration,
    prepare_calibration,
    propose_wording,
    seed_expert_key,
    write_expert_key,
)
from scorecards.models import (
    CalibrationSession,
    ExpertKey,
    ReviewAssignment,
    Rollup,
    RubricNote,
    RubricVersion,
    Scorecard,
)
from scorecards.rollups import rebuild_rollups
from tests.factories.interactions import InteractionFactory
from tests.factories.people import UserFactory
from tests.factories.scorecards import ReviewAssignmentFactory


@pytest.fixture
def interaction(agent):
    return InteractionFactory(agent=agent)


@pytest.fixture
def key(interaction, version, best, administrator) -> ExpertKey:
    return write_expert_key(interaction, version, best(tone=0), by=administrator)


@pytest.fixture
def prepared(version, interaction, reviewer, second_reviewer, administrator):
    return prepare_calibration(
        title="Tone",
        version=version,
        interactions=[interaction],
        participants=[reviewer, second_reviewer],
        by=administrator,
    )


@pytest.fixture
def session(prepared, administrator):
    return open_calibration(prepared, by=administrator)


@pytest.fixture
def graded_by(best):
    """`graded_by(session, person, tone=1)` grades all of a session as that person."""

    def grade(session, person, **levels):
        cards = []
        for item in session.items.select_related("interaction", "session__version"):
            card = begin_calibration_grade(item, by=person)
            record_grades(card, best(**levels), by=person)
            cards.append(submit_scorecard(card, by=person))
        return cards

    return grade


# --- keys ----------------------------------------------------------------------------------------
def test_a_key_keeps_levels_comments_and_not_applicable(
    interaction, version, criteria, best, administrator
):
    grades = best(facts=None)
    grades[criteria["tone"]] = Grade(grades[criteria["tone"]].level, comment="Says please.")

    key = write_expert_key(interaction, version, grades, by=administrator)

    rows = {row.criterion.key: row for row in key.grades.select_related("criterion", "level")}
    assert rows["facts"].is_not_applicable
    assert (rows["tone"].level.position, rows["tone"].comment) == (2, "Says please.")
    assert AuditEvent.objects.get(action="write_expert_key").actor == administrator


def test_a_key_needs_an_answer_to_every_criterion(
    interaction, version, criteria, best, administrator
):
    grades = best()
    grades[criteria["tone"]] = Grade()

    with pytest.raises(Incomplete) as refusal:
        write_expert_key(interaction, version, grades, by=administrator)

    assert refusal.value.criteria == [criteria["tone"]]
    assert not ExpertKey.objects.exists()


def test_a_key_knows_no_foreign_levels(interaction, version, criteria, best, administrator):
    grades = best()
    grades[criteria["tone"]] = Grade(level=grades[criteria["greeting"]].level)

    with pytest.raises(Refused):
        write_expert_key(interaction, version, grades, by=administrator)


@pytest.mark.parametrize("who", ["agent", "reviewer", "manager", "editor"])
def test_keys_are_written_by_who_leads_calibration(interaction, version, best, request, who):
    with pytest.raises(NotAllowed):
        write_expert_key(interaction, version, best(), by=request.getfixturevalue(who))


def test_a_key_may_be_rewritten_until_it_is_in_use(
    key, interaction, version, best, reviewer, administrator
):
    write_expert_key(interaction, version, best(tone=1), by=administrator)
    assert key.grades.get(criterion__key="tone").level.position == 1

    seed_expert_key(key, [reviewer], by=administrator)
    with pytest.raises(Conflict):
        write_expert_key(interaction, version, best(), by=administrator)
    assert key.grades.get(criterion__key="tone").level.position == 1


# --- seeding -------------------------------------------------------------------------------------
def test_seeding_takes_the_place_of_something_that_waits(
    key, version, reviewer, administrator, today
):
    waiting = [
        ReviewAssignmentFactory(reviewer=reviewer, rubric=version.rubric, due_on=today)
        for _number in range(4)
    ]
    places = {row.pk: (row.assigned_at, row.due_on) for row in waiting}
    work = {row.interaction_id for row in waiting}

    [pick] = seed_expert_key(key, [reviewer], by=administrator, seed=3)

    assert pick.assignment_id in places
    assert (pick.assignment.assigned_at, pick.assignment.due_on) == places[pick.assignment_id]
    assert pick.assignment.inclusion_probability is None
    rows = ReviewAssignment.objects.filter(purpose=ReviewAssignment.Purpose.GRADE)
    assert {row.interaction_id for row in rows} == work, "no work is lost"
    assert {row.inclusion_probability for row in rows} == {0.25}
    event = AuditEvent.objects.get(action="seed_expert_key")
    assert list(event.after["moved_assignments"]) == [str(pick.assignment_id)]


def test_seeding_leaves_what_was_begun_in_its_place(key, draft, reviewer, administrator):
    [pick] = seed_expert_key(key, [reviewer], by=administrator)

    draft.refresh_from_db()
    assert draft.assignment.interaction == draft.interaction
    assert pick.assignment_id != draft.assignment_id


def test_nothing_points_at_a_row_that_seeding_moves():
    """A new model that does has to be added to what `_slip_in` leaves alone."""
    pointing = {relation.name for relation in ReviewAssignment._meta.related_objects}

    # What points at practice stands apart from every queue, so `_slip_in` never meets its rows.
    practice = {"practice_pick", "sample_grading"}
    # A module rule fires on submitted grades, and a row with a scorecard is left alone.
    fired = {"_coaching_rulefiring_grades_+"}
    assert pointing - practice - fired == {
        "scorecard",
        "seeded_pick",
        "calibration_pick",
        "regrade_of",
        "verdict_reviews",
    }


def test_seeding_passes_over_who_is_not_blind(
    key, agent, reviewer, second_reviewer, administrator, version
):
    both = UserFactory(roles=[Role.REVIEWER, Role.ADMINISTRATOR])
    agent.groups.add(*reviewer.groups.all())
    ReviewAssignmentFactory(
        reviewer=second_reviewer, rubric=version.rubric, interaction=key.interaction
    )

    picks = seed_expert_key(key, [both, agent, second_reviewer], by=administrator)

    assert picks == []
    assert not AuditEvent.objects.filter(action="seed_expert_key").exists()


def test_seeding_twice_is_once(key, reviewer, administrator):
    assert len(seed_expert_key(key, [reviewer], by=administrator)) == 1
    assert seed_expert_key(key, [reviewer], by=administrator) == []


def test_a_key_to_an_earlier_version_is_not_seeded(key, version, reviewer, administrator):
    RubricVersion.objects.filter(pk=version.pk).update(state=RubricVersion.State.RETIRED)
    key.refresh_from_db()

    with pytest.raises(Refused):
        seed_expert_key(key, [reviewer], by=administrator)


@pytest.mark.parametrize("who", ["agent", "reviewer", "manager", "editor"])
def test_seeding_is_for_who_leads_calibration(key, reviewer, request, who):
    with pytest.raises(NotAllowed):
        seed_expert_key(key, [reviewer], by=request.getfixturevalue(who))


def test_a_seeded_grade_is_on_nobodys_record(key, reviewer, agent, manager, administrator, best):
    [pick] = seed_expert_key(key, [reviewer], by=administrator)
    card = start_scorecard(pick.assignment, by=reviewer)
    record_grades(card, best(), by=reviewer)
    card = submit_scorecard(card, by=reviewer)

    assert card.agent is None
    for person in (agent, manager, administrator):
        assert not Scorecard.objects.visible_to(person).exists()
    assert Scorecard.objects.visible_to(reviewer).get() == card
    assert not Rollup.objects.exists()
    assert rebuild_rollups() == 0


def test_the_database_gives_off_record_grades_no_probability(key, reviewer, administrator):
    [pick] = seed_expert_key(key, [reviewer], by=administrator)

    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewAssignment.objects.filter(pk=pick.assignment_id).update(inclusion_probability=0.5)


# --- sessions ------------------------------------------------------------------------------------
def test_opening_takes_the_keys_there_are(key, prepared, administrator):
    session = open_calibration(prepared, by=administrator)

    assert session.items.get().key == key
    assert AuditEvent.objects.get(action="open_calibration").after["keys"] == [key.pk]


def test_an_opened_session_no_longer_changes(
    session, version, interaction, reviewer, second_reviewer, administrator
):
    with pytest.raises(Conflict):
        prepare_calibration(
            title="Other",
            version=version,
            interactions=[interaction],
            participants=[reviewer, second_reviewer],
            by=administrator,
            session=session,
        )
    with pytest.raises(Conflict):
        open_calibration(session, by=administrator)


def test_a_prepared_session_may_be_changed(
    prepared, version, reviewer, second_reviewer, administrator
):
    other = InteractionFactory()

    prepare_calibration(
        title="Tone again",
        version=version,
        interactions=[other],
        participants=[reviewer, second_reviewer],
        by=administrator,
        session=prepared,
    )

    prepared.refresh_from_db()
    assert prepared.title == "Tone again"
    assert [item.interaction for item in prepared.items.all()] == [other]


def test_opening_refuses_ones_own_conversation(prepared, agent, reviewer, administrator):
    agent.groups.add(*reviewer.groups.all())
    prepared.participants.add(agent)

    with pytest.raises(Refused, match="own conversation"):
        open_calibration(prepared, by=administrator)


def test_opening_refuses_the_author_of_a_key(key, prepared, administrator, reviewer):
    administrator.groups.add(*reviewer.groups.all())
    prepared.participants.add(administrator)

    with pytest.raises(Refused, match="wrote the key"):
        open_calibration(prepared, by=administrator)


def test_opening_refuses_who_compared_this_interaction_before(
    key, prepared, reviewer, administrator, version, second_reviewer
):
    prepared.participants.remove(reviewer)
    seed_expert_key(key, [reviewer], by=administrator)
    prepared.participants.add(reviewer)

    with pytest.raises(Refused, match="before"):
        open_calibration(prepared, by=administrator)


@pytest.mark.parametrize("who", ["agent", "reviewer", "manager", "editor"])
def test_sessions_are_led_by_who_may(prepared, request, who):
    person = request.getfixturevalue(who)

    for action in (open_calibration, close_calibration):
        with pytest.raises(NotAllowed):
            action(prepared, by=person)


def test_a_calibration_grade_waits_in_no_queue_and_is_on_nobodys_record(
    session, graded_by, reviewer, agent, manager, administrator
):
    item = session.items.get()
    begin_calibration_grade(item, by=reviewer)
    assert not ReviewAssignment.objects.open().exists()

    [card] = graded_by(session, reviewer)

    assert card.agent is None
    assert card.assignment.inclusion_probability is None
    for person in (agent, manager, administrator):
        assert not Scorecard.objects.visible_to(person).exists()
    assert not Rollup.objects.exists()
    assert rebuild_rollups() == 0


def test_beginning_twice_is_one_scorecard(session, reviewer):
    item = session.items.get()

    assert begin_calibration_grade(item, by=reviewer) == begin_calibration_grade(item, by=reviewer)


def test_only_participants_grade_and_only_while_it_is_open(prepared, reviewer, administrator):
    item = prepared.items.get()
    with pytest.raises(Conflict):
        begin_calibration_grade(item, by=reviewer)

    session = open_calibration(prepared, by=administrator)
    stranger = UserFactory(roles=[Role.REVIEWER])
    with pytest.raises(NotAllowed):
        begin_calibration_grade(item, by=stranger)

    close_calibration(session, by=administrator)
    with pytest.raises(Conflict):
        begin_calibration_grade(item, by=reviewer)


def test_the_version_of_the_session_is_graded_by_even_if_a_newer_one_is_published(
    session, version, reviewer
):
    from tests.factories.scorecards import RubricVersionFactory

    RubricVersion.objects.filter(pk=version.pk).update(state=RubricVersion.State.RETIRED)
    RubricVersionFactory(rubric=version.rubric, number=2)

    assert begin_calibration_grade(session.items.get(), by=reviewer).version == version


def test_grades_are_revealed_when_all_are_in(session, graded_by, reviewer, second_reviewer):
    def is_revealed():
        fresh = CalibrationSession.objects.get(pk=session.pk)
        counted = CalibrationSession.objects.with_progress().get(pk=session.pk)
        assert fresh.is_revealed == counted.is_revealed
        return fresh.is_revealed

    assert not is_revealed()
    graded_by(session, reviewer)
    assert not is_revealed()
    graded_by(session, second_reviewer)
    assert is_revealed()


def test_closing_throws_drafts_away_and_keeps_what_was_submitted(
    session, graded_by, reviewer, second_reviewer, administrator, best
):
    [kept] = graded_by(session, reviewer)
    draft = begin_calibration_grade(session.items.get(), by=second_reviewer)
    record_grades(draft, best(), by=second_reviewer)

    closed = close_calibration(session, by=administrator)

    assert Scorecard.objects.get() == kept
    assert ReviewAssignment.objects.get() == kept.assignment
    assert closed.is_revealed
    event = AuditEvent.objects.get(action="close_calibration")
    assert event.after["drafts_thrown_away"] == 1
    with pytest.raises(Conflict):
        close_calibration(closed, by=administrator)


def test_decisions_wait_until_grades_are_revealed(session, criteria, administrator, reviewer):
    with pytest.raises(Conflict):
        decide_criterion(session, criteria["tone"], notes="", decision="x", by=administrator)
    with pytest.raises(Conflict):
        propose_wording(session, criteria["tone"], text="x", by=reviewer)


def test_a_decision_is_kept_and_its_history_in_the_audit_log(
    session, criteria, administrator, reviewer
):
    closed = close_calibration(session, by=administrator)
    tone = criteria["tone"]

    decide_criterion(
        closed, tone, notes="Two readings.", decision="Please counts.", by=administrator
    )
    decide_criterion(closed, tone, notes="", decision="Thanks counts too.", by=administrator)

    assert closed.decisions.get().decision == "Thanks counts too."
    last = AuditEvent.objects.filter(action="decide_calibration").order_by("-pk").first()
    assert last.before == {"notes": "Two readings.", "decision": "Please counts."}
    with pytest.raises(NotAllowed):
        decide_criterion(closed, tone, notes="", decision="Mine.", by=reviewer)


def test_a_participant_proposes_a_wording(session, criteria, administrator, reviewer, agent):
    closed = close_calibration(session, by=administrator)

    note = propose_wording(closed, criteria["tone"], text="Says please.", by=reviewer)

    assert (note.rubric, note.criterion_key) == (closed.version.rubric, "tone")
    assert RubricNote.objects.visible_to(reviewer).get() == note
    assert not RubricNote.objects.visible_to(agent).exists()
    with pytest.raises(NotAllowed):
        propose_wording(closed, criteria["tone"], text="x", by=agent)


@pytest.mark.parametrize("begun", [False, True])
def test_opening_refuses_what_waits_in_a_participants_queue(
    prepared, interaction, version, reviewer, administrator, begun, best
):
    waiting = ReviewAssignmentFactory(
        interaction=interaction, rubric=version.rubric, reviewer=reviewer
    )
    if begun:
        start_scorecard(waiting, by=reviewer)

    with pytest.raises(Refused, match=f"{interaction}.* queue of {reviewer}"):
        open_calibration(prepared, by=administrator)

    card = start_scorecard(waiting, by=reviewer)
    record_grades(card, best(), by=reviewer)
    done = submit_scorecard(card, by=reviewer)
    assert open_calibration(prepared, by=administrator).is_open
    with pytest.raises(Conflict, match="compare this conversation"):
        undo_submission(done, by=reviewer)
