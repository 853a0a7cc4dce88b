"""Handing in: the result, the rollups, the queue and the audit log, all or nothing."""

from collections import Counter
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from content.models import Skill
from interactions.models import Interaction
from people.models import AuditEvent
from scorecards import rollups
from scorecards.actions import (
    AlreadyAcknowledged,
    AlreadySubmitted,
    Incomplete,
    NotAllowed,
    acknowledge_scorecard,
    record_grades,
    start_scorecard,
    submit_scorecard,
)
from scorecards.models import ReviewAssignment, Rollup, Scorecard
from tests.factories.scorecards import ReviewAssignmentFactory


def test_submit_scorecard_stores_percent_sections_and_outcome(draft, best, reviewer, version):
    record_grades(draft, best(tone=0), by=reviewer)

    done = submit_scorecard(draft, by=reviewer, summary="Mind the tone.")

    done.refresh_from_db()
    respect, accuracy = version.sections.all()
    assert done.state == Scorecard.State.SUBMITTED
    assert done.percent == Decimal(75)
    assert done.outcome == Scorecard.Outcome.PASS
    assert done.section_percents == {str(respect.pk): "50", str(accuracy.pk): "100"}
    assert done.summary == "Mind the tone."
    assert done.assignment.state == ReviewAssignment.State.DONE


def test_submit_scorecard_keeps_the_percent_under_a_critical_failure(draft, best, reviewer):
    record_grades(draft, best(identity=0), by=reviewer)

    done = submit_scorecard(draft, by=reviewer)

    # Respect 4 of 4 points, accuracy 2 of 3: the mean of 100 and 66.7.
    assert (done.percent, done.outcome) == (Decimal(83), "critical_fail")


def test_submit_scorecard_names_what_is_missing_and_writes_nothing(draft, best, criteria, reviewer):
    grades = best()
    del grades[criteria["greeting"]]
    del grades[criteria["identity"]]
    record_grades(draft, grades, by=reviewer)

    with pytest.raises(Incomplete) as refusal:
        submit_scorecard(draft, by=reviewer)

    assert refusal.value.criteria == [criteria["greeting"], criteria["identity"]]
    draft.refresh_from_db()
    assert draft.state == Scorecard.State.DRAFT
    assert not Rollup.objects.exists()
    assert not AuditEvent.objects.exists()


def test_submit_scorecard_twice_counts_once(submitted, reviewer):
    before = list(Rollup.objects.order_by("pk").values())

    with pytest.raises(AlreadySubmitted):
        submit_scorecard(submitted, by=reviewer)

    assert list(Rollup.objects.order_by("pk").values()) == before
    assert AuditEvent.objects.filter(action="submit_scorecard").count() == 1


def test_submit_scorecard_refuses_other_reviewers(graded, second_reviewer):
    with pytest.raises(NotAllowed):
        submit_scorecard(graded, by=second_reviewer)


def test_submit_scorecard_leaves_nothing_behind_when_it_breaks_off(graded, reviewer, monkeypatch):
    def power_cut(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("scorecards.actions.submit.add_to_rollups", power_cut)
    with pytest.raises(KeyboardInterrupt):
        submit_scorecard(graded, by=reviewer)

    graded.refresh_from_db()
    assert graded.state == Scorecard.State.DRAFT
    assert graded.assignment.state == ReviewAssignment.State.OPEN
    assert not AuditEvent.objects.exists()


def test_submit_scorecard_belongs_to_the_agent_matched_meanwhile(
    assignment, best, reviewer, agent, teammate
):
    from scorecards.actions import start_scorecard

    Interaction.objects.update(agent=None)
    assignment.interaction.refresh_from_db()
    scorecard = start_scorecard(assignment, by=reviewer)
    record_grades(scorecard, best(), by=reviewer)
    Interaction.objects.update(agent=teammate)

    submit_scorecard(scorecard, by=reviewer)

    assert Scorecard.objects.get().agent == teammate
    assert set(Rollup.objects.values_list("agent", flat=True)) == {teammate.pk}


def test_submit_scorecard_refuses_what_turned_out_to_be_ones_own(graded, reviewer):
    Interaction.objects.update(agent=reviewer)

    with pytest.raises(NotAllowed):
        submit_scorecard(graded, by=reviewer)


def test_submit_scorecard_keeps_the_percent_of_each_skill(draft, best, reviewer, version):
    record_grades(draft, best(tone=0), by=reviewer)

    submit_scorecard(draft, by=reviewer)

    percents = {
        Skill.objects.get(pk=pk).key: percent
        for pk, percent in Scorecard.objects.get().stored_skill_percents.items()
    }
    assert percents == {"respect": 50, "accuracy": 100}


def test_submit_scorecard_is_in_the_audit_log(submitted, reviewer):
    event = AuditEvent.objects.get(action="submit_scorecard")

    assert (event.actor, event.object_id) == (reviewer, str(submitted.pk))
    assert event.before == {"state": "draft"}
    assert event.after["percent"] == "100"


def test_handing_in_and_opening_the_next_takes_under_fifteen_queries(
    as_user, reviewer, agent, best, nobody_works
):
    drafts = [
        start_scorecard(
            ReviewAssignmentFactory(reviewer=reviewer, interaction__agent=agent), by=reviewer
        )
        for _pick in range(3)
    ]
    for draft in drafts:
        record_grades(draft, best(), by=reviewer)
    browser = as_user(reviewer)
    addresses = [reverse("scorecards:scorecard_submit", args=[draft.pk]) for draft in drafts]
    # The first one of a process loads the rubric.
    browser.post(addresses[0], {"summary": "Good."})

    with CaptureQueriesContext(connection) as queries:
        answer = browser.post(addresses[1], {"summary": "Good."})

    assert answer.url == reverse("scorecards:grade", args=[drafts[2].pk])
    # What the test's own transaction makes of BEGIN and COMMIT, which are two more.
    asked = [query for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(asked) < 13, [query["sql"][:80] for query in asked]
    queued = DBTaskResult.objects.values_list("task_path", flat=True)
    assert Counter(queued) == {
        "coaching.tasks.let_rules_fire_for": 2,
        "integrations.tasks.write_webhook_event": 2,
    }


def test_what_follows_is_queued_exactly_if_the_grade_stands(graded, reviewer, nobody_works):
    with transaction.atomic():
        submit_scorecard(graded, by=reviewer)
        assert DBTaskResult.objects.count() == 2
        transaction.set_rollback(True)

    assert not DBTaskResult.objects.exists()


def test_a_submitted_scorecard_without_outcome_is_refused_by_the_database(graded):
    with pytest.raises(IntegrityError), transaction.atomic():
        Scorecard.objects.filter(pk=graded.pk).update(state=Scorecard.State.SUBMITTED)


def test_acknowledge_scorecard_is_for_its_agent_and_once(submitted, agent, teammate, manager):
    for other in (teammate, manager, submitted.reviewer):
        with pytest.raises(NotAllowed):
            acknowledge_scorecard(submitted, by=other)

    acknowledge_scorecard(submitted, by=agent)
    with pytest.raises(AlreadyAcknowledged):
        acknowledge_scorecard(submitted, by=agent)

    submitted.refresh_from_db()
    assert submitted.acknowledged_at is not None
    assert AuditEvent.objects.filter(action="acknowledge_scorecard").count() == 1


def test_acknowledge_scorecard_refuses_a_draft(graded, agent):
    with pytest.raises(NotAllowed):
        acknowledge_scorecard(graded, by=agent)


def test_rollups_hold_the_whole_each_skill_and_each_criterion(draft, best, reviewer, version):
    record_grades(draft, best(tone=0, facts=None), by=reviewer)
    submit_scorecard(draft, by=reviewer)

    cells = {(row.subject, row.subject_id): row for row in Rollup.objects.all()}

    total = cells["total", 0]
    assert (total.n, total.sum_y, total.sum_yy) == (1, 75, 5625)
    # Drawn with probability 1/4, so it stands for four.
    assert (total.sum_w, total.sum_wy, total.sum_wyy) == (4, 300, 22500)
    assert (total.sum_ww, total.sum_wwy, total.sum_wwyy) == (16, 1200, 90000)
    assert (total.agent, total.reviewer, total.version) == (draft.agent, reviewer, version)
    assert (total.channel, total.month.isoformat()) == ("chat", "2026-09-01")
    by_subject = [subject for subject, _id in cells]
    assert by_subject.count("skill") == 2
    assert by_subject.count("criterion") == 3, "what is not applicable has no row"


def test_rollups_add_up_in_the_same_cell(assignment, agent, reviewer, version, best):
    from scorecards.actions import start_scorecard
    from tests.factories.interactions import InteractionFactory
    from tests.factories.scorecards import ReviewAssignmentFactory

    second = ReviewAssignmentFactory(
        reviewer=reviewer,
        rubric=version.rubric,
        interaction=InteractionFactory(agent=agent),
        inclusion_probability=0.5,
    )
    for pick, tone in ((assignment, 0), (second, 2)):
        scorecard = start_scorecard(pick, by=reviewer)
        record_grades(scorecard, best(tone=tone), by=reviewer)
        submit_scorecard(scorecard, by=reviewer)

    total = Rollup.objects.get(subject="total")

    assert (total.n, total.sum_y, total.sum_yy) == (2, 175, 15625)
    assert (total.sum_w, total.sum_wy) == (6, 4 * 75 + 2 * 100)


@pytest.mark.parametrize("case", ["hand-picked", "without agent", "nothing applicable"])
def test_rollups_leave_out_what_belongs_to_no_average(graded, reviewer, case):
    if case == "hand-picked":
        ReviewAssignment.objects.update(inclusion_probability=None)
    elif case == "without agent":
        Interaction.objects.update(agent=None)
    else:
        graded.criterion_scores.update(level=None, is_not_applicable=True)
        from scorecards.freezing import thawed
        from scorecards.models import Criterion

        with thawed(connection):
            Criterion.objects.update(allows_not_applicable=True)

    submit_scorecard(graded, by=reviewer)

    assert not Rollup.objects.exists()


def test_rebuild_rollups_gives_what_the_submissions_gave(submitted):
    def rows():
        return sorted(Rollup.objects.values_list(*rollups._KEY, *rollups._SUMS))

    kept = rows()
    Rollup.objects.update(sum_y=-1)

    assert rollups.rebuild_rollups() == len(kept)
    assert rows() == kept
