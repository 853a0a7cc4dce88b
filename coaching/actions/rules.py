"""Rules are written, switched, and fire."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coaching.actions.refusals import NotAllowed
from coaching.models import ModuleRule, RuleFiring
from coaching.permissions import can_write_rules
from coaching.rule_grades import criteria_of, grades_by_agent
from coaching.rules import Fired, due
from content.models import ModulePage
from people.audit import record
from people.models import User
from scorecards.models import Rubric, Scorecard
from training.actions import ModuleOutcome, assign_module_by_rule
from training.actions.turns import wait_for_ones_turn


@dataclass(frozen=True, slots=True)
class RuleWords:
    """What a rule says; see `ModuleRule`."""

    rubric: Rubric
    criterion_key: str
    failures: int
    fails_below: Decimal | None
    cooldown_days: int
    module: ModulePage
    due_days: int


def write_rule(
    words: RuleWords,
    *,
    by: User,
    rule: ModuleRule | None = None,
    at: dt.datetime | None = None,
) -> ModuleRule:
    """A new rule, or `rule` with other words. It looks at conversations from now on."""
    at = at or timezone.now()
    if not can_write_rules(by):
        raise NotAllowed(_("You may not write rules."))
    try:
        with transaction.atomic():
            before = None
            if rule is None:
                rule = ModuleRule(counts_from=at)
            else:
                rule = ModuleRule.objects.select_for_update().get(pk=rule.pk)
                before = _as_audited(rule)
                is_other = (rule.rubric_id, rule.criterion_key) != (
                    words.rubric.pk,
                    words.criterion_key,
                )
                if is_other:
                    rule.counts_from = at
            for name in words.__slots__:
                setattr(rule, name, getattr(words, name))
            rule.save()
            action = "change_module_rule" if before else "write_module_rule"
            record(action, by=by, of=rule, before=before, after=_as_audited(rule), at=at)
    except IntegrityError:
        raise NotAllowed(
            _("There is a rule for this criterion and this module already. Change that one.")
        ) from None
    return rule


def switch_rule(
    rule: ModuleRule, *, is_active: bool, by: User, at: dt.datetime | None = None
) -> ModuleRule:
    """On or off. Switched on it looks at conversations from now on, not at those of the pause."""
    at = at or timezone.now()
    if not can_write_rules(by):
        raise NotAllowed(_("You may not switch rules."))
    with transaction.atomic():
        locked = ModuleRule.objects.select_for_update().get(pk=rule.pk)
        if locked.is_active != is_active:
            locked.is_active = is_active
            if is_active:
                locked.counts_from = at
            locked.save(update_fields=["is_active", "counts_from"])
            record(
                "switch_module_rule",
                by=by,
                of=locked,
                before={"is_active": not is_active},
                after={"is_active": is_active},
                at=at,
            )
    return locked


def apply_rules(agent: User, *, at: dt.datetime | None = None) -> list[RuleFiring]:
    """Let every rule that is due for `agent` fire; return what fired. Safe at any time and from two at
    once: the person's turn is waited for, and a grade ends a run once. Six queries for each active
    rule."""
    at = at or timezone.now()
    rules = list(ModuleRule.objects.active().select_related("rubric", "module"))
    if not rules:
        return []
    fired = []
    with transaction.atomic():
        wait_for_ones_turn(agent)
        for rule in rules:
            found = _due(rule, agent, at=at)
            if found:
                fired.append(_fire(rule, agent, found, at=at))
    return fired


def apply_rules_to_all(*, at: dt.datetime | None = None) -> list[RuleFiring]:
    """For a command that runs at night: what a crash between a submission and its rules left out."""
    at = at or timezone.now()
    since = at - dt.timedelta(days=90)
    agents = User.objects.filter(
        pk__in=Scorecard.objects.submitted().filter(submitted_at__gte=since).values("agent")
    )
    return [firing for agent in agents.iterator() for firing in apply_rules(agent, at=at)]


def _due(rule: ModuleRule, agent: User, *, at: dt.datetime) -> Fired | None:
    criteria = criteria_of(rule.rubric, rule.criterion_key)
    grades = next(
        (
            theirs
            for _agent, theirs in grades_by_agent(
                criteria, agents=[agent.pk], since=rule.counts_from
            )
        ),
        [],
    )
    earlier = RuleFiring.objects.filter(rule=rule, agent=agent).prefetch_related("grades").first()
    last = (
        Fired(tuple(row.pk for row in earlier.grades.all()), earlier.fired_at) if earlier else None
    )
    return due(grades, rule.terms, at=at, last=last)


def _fire(rule: ModuleRule, agent: User, found: Fired, *, at: dt.datetime) -> RuleFiring:
    due_on = timezone.localdate(at) + dt.timedelta(days=rule.due_days)
    outcome, assignment = assign_module_by_rule(
        agent, rule.module, due_on=due_on, reason=_reason(rule), at=at
    )
    firing = RuleFiring.objects.create(
        rule=rule,
        agent=agent,
        fired_at=at,
        last_id=found.refs[-1],
        outcome=_OUTCOMES[outcome],
        assignment=assignment,
    )
    firing.grades.set(found.refs)
    record(
        "fire_module_rule",
        by=None,
        of=firing,
        after={"agent": agent.pk, "rule": rule.pk, "grades": list(found.refs), "outcome": outcome},
        at=at,
    )
    return firing


_OUTCOMES = {
    ModuleOutcome.ASSIGNED: RuleFiring.Outcome.ASSIGNED,
    ModuleOutcome.OPEN_ALREADY: RuleFiring.Outcome.OPEN_ALREADY,
    ModuleOutcome.DONE_ALREADY: RuleFiring.Outcome.DONE_ALREADY,
    ModuleOutcome.NOT_PUBLISHED: RuleFiring.Outcome.NOT_PUBLISHED,
}


def _reason(rule: ModuleRule) -> str:
    title = next(
        (row.title for row in criteria_of(rule.rubric, rule.criterion_key).values()),
        rule.criterion_key,
    )
    return ngettext(
        "By rule: “%(criterion)s” was missed in %(n)d conversation.",
        "By rule: “%(criterion)s” was missed in %(n)d conversations in a row.",
        rule.failures,
    ) % {"criterion": title, "n": rule.failures}


def _as_audited(rule: ModuleRule) -> dict[str, object]:
    return {
        "rubric": rule.rubric_id,
        "criterion": rule.criterion_key,
        "failures": rule.failures,
        "fails_below": rule.fails_below,
        "cooldown_days": rule.cooldown_days,
        "module": rule.module_id,
        "due_days": rule.due_days,
        "is_active": rule.is_active,
    }
