"""Rules are written, switched, and fire."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coaching.actions.refusals import NotAllowed
from coaching.models import ModuleRule, RuleFiring
from coaching.permissions import can_write_rules
from coaching.rule_grades import Given, criteria_of, grades_of, one_each
from coaching.rules import Fired, due
from content.models import ModulePage
from people.audit import record
from people.models import User
from scorecards.models import Rubric, Scorecard
from training.actions import ModuleOutcome, assign_module_by_rule, take_back_assignment
from training.actions.turns import wait_for_ones_turn
from training.models import ModuleAssignment

# What fits into the reason of an assignment: more days are left out, a longer title is cut.
MOST_DAYS = 6
MOST_OF_TITLE = 120


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


def apply_rules(
    agent: User, *, rubric: Rubric | None = None, at: dt.datetime | None = None
) -> list[RuleFiring]:
    """Let every rule that is due for `agent` fire, or those of `rubric`; return what fired. Safe at any
    time and from two at once: the person's turn is waited for, and a conversation counts for one firing
    of a rule. Nothing fires for who has no account any more. Eight queries for each rubric that has
    rules, whatever their number, and those of what fires."""
    at = at or timezone.now()
    active = ModuleRule.objects.active().select_related("rubric", "module").order_by("rubric", "pk")
    rules = list(active if rubric is None else active.filter(rubric=rubric))
    if not rules or not agent.is_active:
        return []
    fired = []
    with transaction.atomic():
        wait_for_ones_turn(agent)
        for _rubric, theirs in groupby(rules, key=lambda rule: rule.rubric_id):
            fired += _apply(list(theirs), agent, at=at)
    return fired


def take_back_firings(scorecard: Scorecard, *, at: dt.datetime | None = None) -> int:
    """What fired because of a grade that its reviewer took back is undone: the conversations may lead to
    a firing again, and a module that only this firing asked for need not be taken any more. Returns how
    many firings there were. One query where the rubric has no rules."""
    at = at or timezone.now()
    rules = ModuleRule.objects.filter(rubric__versions=scorecard.version_id)
    if scorecard.agent is None or not rules.exists():
        return 0
    firings = RuleFiring.objects.filter(grades=scorecard.assignment_id).select_related(
        "assignment", "rule"
    )
    with transaction.atomic():
        # Also where nothing has fired yet: it may be about to.
        wait_for_ones_turn(scorecard.agent)
        rows = list(firings)
        for firing in rows:
            before = {
                "agent": firing.agent_id,
                "rule": firing.rule_id,
                "grades": sorted(firing.grades.values_list("pk", flat=True)),
                "outcome": firing.outcome,
            }
            record("take_back_module_rule", by=None, of=firing, before=before, at=at)
            asked = firing.assignment if firing.outcome == RuleFiring.Outcome.ASSIGNED else None
            due_on = timezone.localdate(firing.fired_at) + dt.timedelta(days=firing.rule.due_days)
            firing.delete()
            if asked is not None and not _is_wanted_otherwise(asked, due_on=due_on):
                take_back_assignment(asked, at=at)
    return len(rows)


def _is_wanted_otherwise(assignment: ModuleAssignment, *, due_on: dt.date) -> bool:
    """By somebody for a grade, by another rule, or by who moved its due date."""
    return (
        assignment.due_on != due_on
        or assignment.assigned_for.exists()
        or RuleFiring.objects.filter(assignment=assignment).exists()
    )


def apply_rules_to_all(*, at: dt.datetime | None = None) -> list[RuleFiring]:
    """For a command that runs at night: what a crash between a submission and its rules left out."""
    at = at or timezone.now()
    since = at - dt.timedelta(days=90)
    agents = User.objects.filter(
        pk__in=Scorecard.objects.submitted().filter(submitted_at__gte=since).values("agent")
    )
    return [firing for agent in agents.iterator() for firing in apply_rules(agent, at=at)]


def _apply(rules: list[ModuleRule], agent: User, *, at: dt.datetime) -> list[RuleFiring]:
    """The rules of one rubric."""
    criteria = criteria_of(rules[0].rubric, {rule.criterion_key for rule in rules})
    since = min(rule.counts_from for rule in rules)
    given = grades_of(agent, criteria, since=since)
    earlier = _fired_so_far(rules, agent)
    titles = {row.key: row.title for row in reversed(criteria.values())}
    fired = []
    for rule in rules:
        theirs = [
            each
            for each in given
            if each.key == rule.criterion_key and each.graded.at >= rule.counts_from
        ]
        found = due(one_each(theirs), rule.terms, at=at, last=earlier.get(rule.pk))
        if found:
            missed = [each for each in theirs if each.graded.ref in found.refs]
            title = titles[rule.criterion_key]
            fired.append(_fire(rule, agent, missed, title=title, at=at))
    return fired


def _fired_so_far(rules: list[ModuleRule], agent: User) -> dict[int, Fired]:
    """Of each rule that ever fired for `agent`, when it last did, and the conversations that led to any
    of its firings. One query."""
    rows = RuleFiring.objects.filter(rule__in=rules, agent=agent).order_by("fired_at", "pk")
    found: dict[int, Fired] = {}
    for rule, at, ref in rows.values_list("rule", "fired_at", "grades__interaction"):
        refs = found[rule].refs if rule in found else ()
        found[rule] = Fired((*refs, ref), at)
    return found


def _fire(
    rule: ModuleRule, agent: User, missed: list[Given], *, title: str, at: dt.datetime
) -> RuleFiring:
    due_on = timezone.localdate(at) + dt.timedelta(days=rule.due_days)
    reason = _reason(title, {each.graded.ref: each.graded.at for each in missed})
    outcome, assignment = assign_module_by_rule(
        agent, rule.module, due_on=due_on, reason=reason, at=at
    )
    firing = RuleFiring.objects.create(
        rule=rule,
        agent=agent,
        fired_at=at,
        last_id=missed[-1].assignment,
        outcome=_OUTCOMES[outcome],
        assignment=assignment,
    )
    grades = [each.assignment for each in missed]
    firing.grades.set(grades)
    record(
        "fire_module_rule",
        by=None,
        of=firing,
        after={"agent": agent.pk, "rule": rule.pk, "grades": grades, "outcome": outcome},
        at=at,
    )
    return firing


_OUTCOMES = {
    ModuleOutcome.ASSIGNED: RuleFiring.Outcome.ASSIGNED,
    ModuleOutcome.OPEN_ALREADY: RuleFiring.Outcome.OPEN_ALREADY,
    ModuleOutcome.DONE_ALREADY: RuleFiring.Outcome.DONE_ALREADY,
    ModuleOutcome.NOT_PUBLISHED: RuleFiring.Outcome.NOT_PUBLISHED,
}


def _reason(title: str, times: dict[int, dt.datetime]) -> str:
    """Names the conversations by their days; the firing knows the grades themselves."""
    days = list(dict.fromkeys(_day(at) for at in times.values()))
    if len(days) > MOST_DAYS:
        days = [days[0], "…", days[-1]]
    words = ngettext(
        "By rule: “%(criterion)s” was missed in %(n)d conversation (%(days)s).",
        "By rule: “%(criterion)s” was missed in %(n)d conversations in a row (%(days)s).",
        len(times),
    )
    return words % {
        "criterion": Truncator(title).chars(MOST_OF_TITLE),
        "n": len(times),
        "days": ", ".join(days),
    }


def _day(at: dt.datetime) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATE_FORMAT")


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
