"""Rules fire for what is handed in, released or changed."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from coaching.actions import NotAllowed, RuleWords, apply_rules, switch_rule, write_rule
from coaching.models import ModuleRule, RuleFiring
from coaching.preview import preview_of
from people.models import AuditEvent
from scorecards.actions import hold_feedback, release_scorecards
from scorecards.models import Scorecard
from tests.factories.content import ModulePageFactory
from training.models import ModuleAssignment

DAY = dt.timedelta(days=1)


@pytest.fixture
def module(db):
    return ModulePageFactory(title="Keeping a respectful tone")


@pytest.fixture
def words(version, module) -> RuleWords:
    return RuleWords(version.rubric, "tone", 2, None, 30, module, 14)


@pytest.fixture
def rule(words, administrator) -> ModuleRule:
    return write_rule(words, by=administrator, at=timezone.now() - 60 * DAY)


@pytest.fixture
def miss(grade, django_capture_on_commit_callbacks):
    """Hand in a grade that misses the tone, and let what waits for the commit happen."""

    def handed_in(**kwargs) -> Scorecard:
        with django_capture_on_commit_callbacks(execute=True):
            return grade(**{"tone": 0, **kwargs})

    return handed_in


def test_the_second_miss_in_a_row_assigns_the_module(rule, miss, agent, module):
    miss()
    assert not RuleFiring.objects.exists()
    second = miss()
    firing = RuleFiring.objects.get()
    assert (firing.agent, firing.outcome, firing.last) == (agent, "assigned", second.assignment)
    assignment = ModuleAssignment.objects.get(user=agent, module=module)
    assert assignment.due_on == timezone.localdate() + 14 * DAY
    assert "in a row" in assignment.reason
    assert AuditEvent.objects.filter(action="fire_module_rule").count() == 1


def test_a_good_grade_between_breaks_the_run(rule, miss, grade):
    miss()
    grade()
    miss()
    assert not RuleFiring.objects.exists()


def test_it_fires_once_whatever_is_run_again(rule, miss, agent):
    miss()
    miss()
    apply_rules(agent)
    call_command("apply_module_rules", verbosity=0)
    assert RuleFiring.objects.count() == 1


def test_the_command_makes_up_for_what_a_crash_left_out(rule, grade, agent, nobody_works):
    grade(tone=0)
    grade(tone=0)
    assert not RuleFiring.objects.exists()
    call_command("apply_module_rules")
    assert RuleFiring.objects.get().agent == agent


def test_what_is_held_back_counts_once_it_is_released(
    rule, miss, agent, manager, django_capture_on_commit_callbacks
):
    hold_feedback(agent, by=manager)
    cards = [miss(), miss()]
    assert not RuleFiring.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        release_scorecards(cards, by=manager)
    assert RuleFiring.objects.count() == 1


def test_conversations_before_the_rule_are_history(words, administrator, grade, agent):
    grade(tone=0, occurred=timezone.now() - 3 * DAY)
    grade(tone=0, occurred=timezone.now() - 2 * DAY)
    write_rule(words, by=administrator)
    assert apply_rules(agent) == []


def test_a_rule_that_is_off_fires_for_nobody(rule, administrator, miss):
    switch_rule(rule, is_active=False, by=administrator)
    miss()
    miss()
    assert not RuleFiring.objects.exists()
    switch_rule(rule, is_active=True, by=administrator)
    miss()
    assert not RuleFiring.objects.exists()


def test_a_module_that_is_not_published_is_said_and_assigned_to_nobody(rule, miss, module):
    module.unpublish()
    miss()
    miss()
    assert RuleFiring.objects.get().outcome == "not_published"
    assert not ModuleAssignment.objects.exists()


def test_whoever_has_the_module_open_keeps_their_due_date(rule, miss, agent, module, manager):
    due_on = timezone.localdate() + 3 * DAY
    ModuleAssignment.objects.create(user=agent, module=module, due_on=due_on)
    miss()
    miss()
    assert RuleFiring.objects.get().outcome == "open_already"
    assert ModuleAssignment.objects.get().due_on == due_on


def test_only_who_may_writes_rules(words, manager, rule):
    with pytest.raises(NotAllowed):
        write_rule(words, by=manager)
    with pytest.raises(NotAllowed):
        switch_rule(rule, is_active=False, by=manager)


def test_the_same_rule_twice_is_refused(rule, words, administrator):
    with pytest.raises(NotAllowed, match="already"):
        write_rule(words, by=administrator)


# Preview ----------------------------------------------------------------------------------------


def test_the_preview_names_whom_the_reader_may_see(
    version, grade, agent, teammate, manager, other_manager, words
):
    for who in (agent, teammate):
        for back in (5, 4):
            grade(tone=0, about=who, occurred=timezone.now() - back * DAY)
    grade(about=agent, occurred=timezone.now() - 200 * DAY)

    def preview(reader):
        terms = ModuleRule(failures=2, cooldown_days=30).terms
        return preview_of(version.rubric, "tone", terms, reader=reader, at=timezone.now())

    found = preview(manager)
    assert (found.graded, found.people, found.times, found.grades) == (2, 2, 2, 4)
    assert {hit.person for hit in found.hits} == {agent, teammate}
    assert [(team.name, team.people) for team in found.teams] == [("North", 2)]
    stranger = preview(other_manager)
    assert (stranger.hits, stranger.others) == ([], 2)


# Pages ------------------------------------------------------------------------------------------


def form_of(words, **changes) -> dict:
    return {
        "criterion": f"{words.rubric.pk}:{words.criterion_key}",
        "failures": 2,
        "fails_below": "",
        "cooldown_days": 30,
        "module": words.module.pk,
        "due_days": 14,
        **changes,
    }


def test_an_administrator_previews_and_saves(as_user, administrator, words, grade, agent):
    for back in (5, 4):
        grade(tone=0, occurred=timezone.now() - back * DAY)
    browser, address = as_user(administrator), reverse("coaching:rule_create")
    shown = browser.post(address, form_of(words, preview="1"))
    assert shown.status_code == 200
    assert str(agent) in shown.content.decode()
    assert not ModuleRule.objects.exists()
    saved = browser.post(address, form_of(words))
    assert saved.status_code == 302
    rule = ModuleRule.objects.get()
    assert saved["Location"] == rule.get_absolute_url()
    assert browser.get(rule.get_absolute_url()).status_code == 200
    assert browser.get(reverse("coaching:rule_edit", args=[rule.pk])).status_code == 200


@pytest.mark.parametrize(
    "changes", [{"failures": 0}, {"criterion": "9:nope"}, {"module": ""}, {"fails_below": 101}]
)
def test_bad_input_is_kept_and_said(as_user, administrator, words, changes):
    answer = as_user(administrator).post(
        reverse("coaching:rule_create"), form_of(words, cooldown_days=77, **changes)
    )
    assert answer.status_code == 422
    assert 'value="77"' in answer.content.decode()
    assert not ModuleRule.objects.exists()


def test_who_may_do_what_with_rules(
    as_user, administrator, manager, reviewer, agent, editor, rule, words
):
    pages = [reverse("coaching:rule_list"), rule.get_absolute_url()]
    for user in (administrator, manager):
        assert [as_user(user).get(page).status_code for page in pages] == [200, 200]
    for user in (reviewer, agent, editor):
        assert [as_user(user).get(page).status_code for page in pages] == [403, 404]
    assert as_user(manager).get(reverse("coaching:rule_create")).status_code == 403
    switch = reverse("coaching:rule_switch", args=[rule.pk])
    assert as_user(manager).post(switch, {"on": "0"}).status_code == 403
    assert as_user(administrator).get(switch).status_code == 405
    assert as_user(administrator).post(switch, {"on": "0"}).status_code == 302
    rule.refresh_from_db()
    assert not rule.is_active


def test_firings_about_others_are_counted_and_not_named(
    as_user, other_manager, manager, rule, miss, agent
):
    miss()
    miss()
    address = rule.get_absolute_url()
    assert str(agent) in as_user(manager).get(address).content.decode()
    theirs = as_user(other_manager).get(address).content.decode()
    assert str(agent) not in theirs
    assert "do not develop" in theirs


# The chain --------------------------------------------------------------------------------------


def test_the_chain_leads_from_grade_to_module(as_user, agent, manager, rule, miss, module):
    miss(quotes={})
    miss(quotes={})
    for user in (agent, manager):
        page = as_user(user).get(reverse("coaching:chain", args=[agent.pk])).content.decode()
        assert "missed in 2 of 2" in page
        assert module.title in page
        assert "by a rule" in page
        assert "Not done yet." in page


def test_the_chain_is_for_the_person_and_who_develops_them(
    as_user, agent, teammate, other_manager, reviewer
):
    for user in (teammate, other_manager, reviewer):
        assert as_user(user).get(reverse("coaching:chain", args=[agent.pk])).status_code == 404


def test_what_is_held_back_stands_in_no_chain(as_user, agent, manager, grade):
    hold_feedback(agent, by=manager)
    grade(tone=0)
    for user in (agent, manager):
        page = as_user(user).get(reverse("coaching:chain", args=[agent.pk]))
        assert "Nothing was missed" in page.content.decode()


def test_the_chain_costs_the_same_for_one_and_three(as_user, agent, manager, grade, count_queries):
    browser, address = as_user(manager), reverse("coaching:chain", args=[agent.pk])
    grade(tone=0)
    browser.get(address)
    one = count_queries(lambda: browser.get(address))
    for _number in range(3):
        grade(tone=0)
    assert count_queries(lambda: browser.get(address)) == one


def test_a_module_is_assigned_by_hand_for_what_was_missed(
    as_user, agent, manager, other_manager, grade, module, criteria
):
    grade(tone=0)
    address = reverse("coaching:module_assign", args=[agent.pk])
    page = as_user(manager).get(f"{address}?module={module.pk}&criterion={criteria['tone'].pk}")
    assert "was missed" in page.content.decode()
    form = {"module": module.pk, "due_on": timezone.localdate() + 7 * DAY, "reason": "Tone."}
    assert as_user(manager).post(address, {**form, "reason": ""}).status_code == 422
    assert as_user(manager).post(address, form).status_code == 302
    assert ModuleAssignment.objects.get(user=agent).reason == "Tone."
    assert as_user(other_manager).get(address).status_code == 404
    assert as_user(agent).get(address).status_code == 403
