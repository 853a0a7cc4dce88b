"""What rules rest on, what becomes of it, and modules assigned by hand for a grade."""

import datetime as dt
import random
import threading
import time

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from coaching.actions import RuleWords, apply_rules, assign_for, switch_rule, write_rule
from coaching.chain import ProcedureLink, chains_for
from coaching.models import AssignedFor, ModuleRule, RuleFiring
from coaching.preview import preview_of
from coaching.rules import Graded, RuleTerms
from content.models import Edition
from people.models import AuditEvent
from scorecards.actions import Grade, override_scorecard, submit_scorecard, undo_submission
from scorecards.models import ReviewAssignment, Scorecard
from tests.factories.content import ModulePageFactory
from tests.factories.scorecards import ReviewAssignmentFactory
from training.actions.turns import wait_for_ones_turn
from training.models import ModuleAssignment

DAY = dt.timedelta(days=1)
START = dt.datetime(2026, 9, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def module(db):
    return ModulePageFactory(title="Keeping a respectful tone")


@pytest.fixture
def words(version, module) -> RuleWords:
    return RuleWords(version.rubric, "tone", 2, None, 0, module, 14)


@pytest.fixture
def rule(words, administrator) -> ModuleRule:
    return write_rule(words, by=administrator, at=timezone.now() - 60 * DAY)


@pytest.fixture
def miss(grade, django_capture_on_commit_callbacks):
    def handed_in(**kwargs) -> Scorecard:
        with django_capture_on_commit_callbacks(execute=True):
            return grade(**{"tone": 0, **kwargs})

    return handed_in


@pytest.fixture
def grade_again(criteria, version, second_reviewer, django_capture_on_commit_callbacks):
    """A blind second grade of the conversation of `scorecard`."""
    from scorecards.actions import record_grades, start_scorecard, submit_scorecard

    def again(scorecard: Scorecard, *, tone: int) -> Scorecard:
        assignment = ReviewAssignmentFactory(
            reviewer=second_reviewer,
            rubric=version.rubric,
            interaction=scorecard.interaction,
            purpose=ReviewAssignment.Purpose.SECOND,
        )
        draft = start_scorecard(assignment, by=second_reviewer)
        grades = {}
        for key, criterion in criteria.items():
            levels = list(criterion.levels.all())
            place = tone if key == "tone" else len(levels) - 1
            grades[criterion] = Grade(level=levels[place].pk)
        record_grades(draft, grades, by=second_reviewer)
        with django_capture_on_commit_callbacks(execute=True):
            return submit_scorecard(draft, by=second_reviewer)

    return again


# What counts --------------------------------------------------------------------------------------


def test_two_grades_of_one_conversation_are_one_miss(rule, miss, grade_again):
    grade_again(miss(occurred=timezone.now() - 2 * DAY), tone=0)
    assert not RuleFiring.objects.exists()
    miss()
    firing = RuleFiring.objects.get()
    assert firing.grades.count() == 3
    assert "2 conversations" in firing.assignment.reason


def test_where_reviewers_disagree_nothing_was_missed(rule, miss, grade_again):
    grade_again(miss(occurred=timezone.now() - 2 * DAY), tone=-1)
    miss()
    assert not RuleFiring.objects.exists()


def test_the_kinder_grade_is_the_one_that_is_not_critical():
    at = timezone.now()
    harsh, mild = Graded(1, at, 90, 75, is_critical=True), Graded(1, at, 20, 75)
    not_applicable = Graded(1, at, None, 75)
    assert max([harsh, mild, not_applicable], key=lambda each: each.kindness) == mild


def test_an_earlier_run_does_not_come_back_when_a_later_one_is_gone(rule, miss, agent):
    for back in (9, 8, 7, 6):
        miss(occurred=timezone.now() - back * DAY)
    assert RuleFiring.objects.count() == 2
    newest = RuleFiring.objects.first()
    Scorecard.objects.filter(assignment__in=newest.grades.all()).update(is_held=True)
    assert apply_rules(agent) == []


def test_who_has_left_is_assigned_nothing(rule, grade, agent):
    grade(tone=0)
    grade(tone=0)
    agent.is_active = False
    agent.save()
    assert apply_rules(agent) == []


def test_a_rule_of_another_rubric_costs_a_submission_nothing(
    rule, words, version, administrator, agent, count_queries
):
    apply_rules(agent, rubric=version.rubric)
    one = count_queries(lambda: apply_rules(agent, rubric=version.rubric))
    for days in range(3):
        other = RuleWords(words.rubric, "tone", 5, None, days, ModulePageFactory(), 14)
        write_rule(other, by=administrator)
    assert count_queries(lambda: apply_rules(agent, rubric=version.rubric)) == one


# What becomes of it -------------------------------------------------------------------------------


def test_the_reason_names_the_conversations(rule, miss):
    days = [timezone.now() - back * DAY for back in (5, 3)]
    for day in days:
        miss(occurred=day)
    reason = ModuleAssignment.objects.get().reason
    for day in days:
        assert date_format(timezone.localtime(day), "SHORT_DATE_FORMAT") in reason
    assert len(reason) <= 300


def test_a_grade_that_is_changed_later_leaves_what_fired_and_says_so(
    rule, miss, manager, administrator, criteria, as_user, django_capture_on_commit_callbacks
):
    miss(occurred=timezone.now() - 2 * DAY)
    second = miss()
    best = list(criteria["tone"].levels.all())[-1]
    page = as_user(manager).get(rule.get_absolute_url()).content.decode()
    assert second.get_absolute_url() in page
    assert "changed since" not in page
    with django_capture_on_commit_callbacks(execute=True):
        override_scorecard(
            second, {criteria["tone"]: Grade(level=best.pk)}, by=administrator, reason="Heard it."
        )
    assert RuleFiring.objects.count() == ModuleAssignment.objects.count() == 1
    page = as_user(manager).get(rule.get_absolute_url()).content.decode()
    assert "A grade was changed since" in page


def test_a_grade_that_is_taken_back_takes_back_what_fired(
    rule, miss, reviewer, agent, django_capture_on_commit_callbacks
):
    first = miss(occurred=timezone.now() - 2 * DAY)
    second = miss()
    firing = RuleFiring.objects.get()
    undo_submission(second, by=reviewer)
    assert not RuleFiring.objects.exists()
    assert not ModuleAssignment.objects.exists()
    assert apply_rules(agent) == []
    taken = AuditEvent.objects.get(action="take_back_module_rule")
    assert taken.object_id == str(firing.pk)
    assert sorted(taken.before["grades"]) == sorted([first.assignment_id, second.assignment_id])
    second.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        submit_scorecard(second, by=reviewer)
    assert RuleFiring.objects.count() == ModuleAssignment.objects.count() == 1


def test_a_grade_that_is_taken_back_leaves_what_somebody_else_asked_for(
    rule, miss, reviewer, manager, agent, module, criteria
):
    asked = ModuleAssignment.objects.create(user=agent, module=module)
    miss()
    second = miss()
    assert RuleFiring.objects.get().outcome == RuleFiring.Outcome.OPEN_ALREADY
    undo_submission(second, by=reviewer)
    assert not RuleFiring.objects.exists()
    assert ModuleAssignment.objects.get() == asked


@pytest.mark.parametrize("is_for_a_grade", [True, False])
def test_a_module_that_a_manager_asks_for_too_stays(
    rule, miss, reviewer, manager, agent, module, criteria, is_for_a_grade
):
    first, second = miss(), miss()
    score = tone_of(first, criteria) if is_for_a_grade else None
    assign(agent, module, manager, score=score)
    undo_submission(second, by=reviewer)
    assert not RuleFiring.objects.exists()
    assert ModuleAssignment.objects.count() == 1


def test_a_draft_whose_grade_had_led_to_a_firing_can_be_given_up(rule, miss, reviewer, agent):
    miss()
    second = miss()
    undo_submission(second, by=reviewer)
    second.refresh_from_db()
    second.delete()
    ReviewAssignment.objects.get(pk=second.assignment_id).delete()
    assert RuleFiring.objects.count() == 0


def test_a_rule_tells_who_changed_what(rule, words, administrator, manager, as_user):
    changed = RuleWords(words.rubric, "tone", 4, None, 0, words.module, 14)
    write_rule(changed, by=administrator, rule=rule)
    switch_rule(rule, is_active=False, by=administrator)
    page = as_user(manager).get(rule.get_absolute_url()).content.decode()
    assert "failures in a row: 2 → 4" in page
    assert "switched it off" in page


def test_the_page_of_a_rule_costs_the_same_for_one_and_three(
    rule, miss, manager, as_user, count_queries
):
    browser, address = as_user(manager), rule.get_absolute_url()
    miss()
    miss()
    browser.get(address)
    one = count_queries(lambda: browser.get(address))
    for _number in range(4):
        miss()
    assert RuleFiring.objects.count() == 3
    assert count_queries(lambda: browser.get(address)) == one


# Preview ------------------------------------------------------------------------------------------


def test_the_preview_costs_the_same_for_one_person_and_two(
    version, grade, agent, teammate, manager, count_queries
):
    def look():
        return preview_of(
            version.rubric, "tone", RuleTerms(2, 0), reader=manager, at=timezone.now()
        )

    for back in (5, 4):
        grade(tone=0, occurred=timezone.now() - back * DAY)
    look()  # what the manager may is looked up once
    one = count_queries(look)
    for back in (5, 4, 3, 2):
        grade(tone=0, about=teammate, occurred=timezone.now() - back * DAY)
    assert count_queries(look) == one
    assert look().people == 2


def test_the_preview_says_what_the_rule_does_when_each_grade_comes_at_once(
    version, administrator, miss, grade_again, agent, teammate, module, monkeypatch
):
    """Twelve weeks of grades with everything that matters: critical ones, second opinions, a cooldown."""
    now = timezone.now()
    start = now - 84 * DAY
    terms = RuleTerms(2, 9)
    rule = write_rule(
        RuleWords(version.rubric, "tone", 2, None, 9, module, 14), by=administrator, at=start
    )
    rng = random.Random(5)
    fired: dict[int, list[dt.datetime]] = {agent.pk: [], teammate.pk: []}
    # Fires by hand here, at the moment of the conversation.
    monkeypatch.setattr("coaching.actions.apply_rules", lambda *args, **kwargs: [])
    for day in range(1, 80, 3):
        about, occurred = rng.choice([agent, teammate]), start + day * DAY
        card = miss(tone=rng.choice([0, 0, 0, -1]), about=about, occurred=occurred, at=occurred)
        if day % 4 == 0:
            grade_again(card, tone=rng.choice([0, -1]))
        for firing in apply_rules(about, at=occurred):
            fired[about.pk].append(firing.fired_at)
    shown = preview_of(version.rubric, "tone", terms, reader=administrator, at=now)
    told = {hit.person.pk: list(hit.times) for hit in shown.hits}
    assert told == {pk: times for pk, times in fired.items() if times}
    assert RuleFiring.objects.filter(rule=rule).count() == shown.times > 3


def test_the_preview_is_leafed_through(
    as_user, administrator, version, module, grade, agent, teammate, monkeypatch
):
    monkeypatch.setattr("coaching.views.rules.HITS_A_PAGE", 1)
    for person in (agent, teammate):
        grade(tone=0, about=person, occurred=timezone.now() - 5 * DAY)
    form = {
        "criterion": f"{version.rubric_id}:tone",
        "failures": 1,
        "fails_below": "",
        "cooldown_days": 0,
        "module": module.pk,
        "due_days": 14,
    }
    browser, address = as_user(administrator), reverse("coaching:rule_create")
    pages = [
        browser.post(address, {**form, "preview": number}).content.decode()
        for number in ("1", "2", "99", "x")
    ]
    assert str(agent) in pages[0]
    assert str(teammate) not in pages[0]
    assert str(teammate) in pages[1]
    assert "Page 2 of 2" in pages[1]
    assert str(teammate) in pages[2]
    assert str(agent) in pages[3]


def test_the_preview_says_that_a_module_is_not_published(as_user, administrator, rule, module):
    module.unpublish()
    form = {
        "criterion": f"{rule.rubric_id}:tone",
        "failures": 2,
        "fails_below": "",
        "cooldown_days": 0,
        "module": module.pk,
        "due_days": 14,
        "preview": "1",
    }
    answer = as_user(administrator).post(reverse("coaching:rule_edit", args=[rule.pk]), form)
    assert "is not published" in answer.content.decode()


def test_a_module_that_a_rule_assigns_is_not_deleted(rule, module, administrator, as_user):
    address = reverse("wagtailadmin_pages:delete", args=[module.pk])
    answer = as_user(administrator).post(address, follow=True)
    assert answer.status_code == 200
    assert "A rule assigns" in answer.content.decode()
    module.refresh_from_db()


# By hand, and the chain ---------------------------------------------------------------------------


def assign(agent, module, manager, **kwargs):
    due_on = timezone.localdate() + 7 * DAY
    return assign_for(agent, module, by=manager, due_on=due_on, reason="Tone.", **kwargs)


def tone_of(scorecard: Scorecard, criteria):
    return scorecard.criterion_scores.get(criterion=criteria["tone"])


def test_a_module_assigned_for_a_grade_stands_in_its_chain(
    grade, criteria, agent, manager, module, as_user
):
    score = tone_of(grade(tone=0), criteria)
    address = reverse("coaching:module_assign", args=[agent.pk])
    form = {"module": module.pk, "due_on": timezone.localdate() + 7 * DAY, "reason": "Tone."}
    answer = as_user(manager).post(f"{address}?score={score.pk}", form)
    assert answer.status_code == 302
    link = AssignedFor.objects.get()
    assert (link.score, link.linked_by, link.assignment.user) == (score, manager, agent)
    assert AuditEvent.objects.filter(action="assign_module_for").count() == 1
    for reader in (agent, manager):
        [chain] = chains_for(agent, viewer=reader, since=timezone.localdate() - 30 * DAY)
        assert [(row.assignment, row.for_this) for row in chain.assigned] == [
            (link.assignment, True)
        ]


def test_the_newest_miss_of_a_criterion_is_found_for_its_link(
    grade, criteria, agent, manager, module, as_user
):
    grade(tone=0, occurred=timezone.now() - 5 * DAY)
    newer = grade(tone=0, occurred=timezone.now() - 3 * DAY)
    grade()
    address = reverse("coaching:module_assign", args=[agent.pk])
    page = as_user(manager).get(f"{address}?criterion={criteria['tone'].pk}")
    assert page.context["score"] == tone_of(newer, criteria)


def test_a_grade_of_somebody_else_is_not_taken(
    grade, criteria, agent, teammate, manager, module, as_user
):
    score = tone_of(grade(tone=0, about=teammate), criteria)
    address = reverse("coaching:module_assign", args=[agent.pk])
    page = as_user(manager).get(f"{address}?score={score.pk}").content.decode()
    assert "not shown to you both" in page


def test_a_module_that_was_open_when_the_rule_fired_stands_in_the_chain(rule, miss, agent, module):
    before = ModuleAssignment.objects.create(
        user=agent, module=module, assigned_at=timezone.now() - 40 * DAY
    )
    miss()
    miss()
    [chain] = chains_for(agent, viewer=agent, since=timezone.localdate() - 30 * DAY)
    assert [(row.assignment, row.by_rule) for row in chain.assigned] == [(before, True)]


def test_a_rule_with_nothing_to_assign_is_told_in_the_chain(rule, miss, agent, module, as_user):
    module.unpublish()
    miss()
    miss()
    page = as_user(agent).get(reverse("coaching:chain", args=[agent.pk])).content.decode()
    assert "The module is not published" in page


def test_filters_of_the_chain_are_honoured_or_said_to_be_unknown(
    grade, criteria, agent, manager, as_user
):
    grade(tone=0)
    browser, address = as_user(manager), reverse("coaching:chain", args=[agent.pk])
    skill = criteria["tone"].skill.key
    assert len(browser.get(address, {"skill": skill}).context["chains"]) == 1
    answer = browser.get(address, {"skill": "nope", "months": "999999999999", "page": "x"})
    assert answer.status_code == 200
    assert "was left out" in answer.content.decode()
    assert browser.head(address).status_code == 200


def test_a_chain_says_when_older_conversations_are_left_out(grade, agent, as_user, monkeypatch):
    monkeypatch.setattr("coaching.chain.MOST_SCORECARDS", 2)
    address = reverse("coaching:chain", args=[agent.pk])
    grade(tone=0)
    grade(tone=0)
    assert "the counts are about" not in as_user(agent).get(address).content.decode()
    grade(tone=0)
    page = as_user(agent).get(address).content.decode()
    assert "the counts are about the newest 2." in page
    assert "missed in 2 of 2" in page


def test_a_signature_for_an_earlier_edition_is_called_that():
    then, now = (Edition(number=n, published_at=START + n * DAY) for n in (1, 9))

    def link(signed_at, *, is_asked=False) -> ProcedureLink:
        return ProcedureLink(None, then, now, signed_at, is_asked)

    assert link(START + 2 * DAY).signed_earlier
    assert not link(START + 10 * DAY).signed_earlier
    assert not link(None, is_asked=True).signed_earlier


# At once ------------------------------------------------------------------------------------------


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one at a time")
@pytest.mark.django_db(transaction=True)
def test_two_at_once_fire_once(page_tree, words, administrator, grade, agent, reviewer):
    """The person's row is kept until all have come as far as they can without it: whoever decided before
    it was their turn would fire for what has fired already, or find nothing to take back."""
    grade(tone=0)
    second = grade(tone=0)
    # Only now, because here a grade is really committed, and a rule would fire at once.
    write_rule(words, by=administrator, at=timezone.now() - 60 * DAY)
    assert not RuleFiring.objects.exists()
    all_at_once(agent, *[lambda: apply_rules(agent)] * 4)
    assert RuleFiring.objects.count() == ModuleAssignment.objects.count() == 1

    # The page tree is gone after one such test, so this one goes on.
    RuleFiring.objects.all().delete()
    ModuleAssignment.objects.all().delete()
    all_at_once(agent, lambda: apply_rules(agent), lambda: undo_submission(second, by=reviewer))
    assert RuleFiring.objects.count() == ModuleAssignment.objects.count() == 0


def all_at_once(agent, *acts) -> None:
    """Each in a thread of its own; they come to wait for the turn of `agent` one after the other."""
    failures: list[Exception] = []

    def run(act):
        try:
            act()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    with transaction.atomic():
        wait_for_ones_turn(agent)
        for waiting, thread in enumerate(threads, start=1):
            thread.start()
            wait_until_they_wait(waiting)
    for thread in threads:
        thread.join()
    assert failures == []


def wait_until_they_wait(sessions: int) -> None:
    """Until so many sessions of this database wait for a lock."""
    for _tenth_of_a_second in range(100):
        with connection.cursor() as cursor:
            # What a transaction saw of the sessions once it would see again.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= sessions:
                return
        time.sleep(0.1)
    raise AssertionError("They did not come to wait.")
