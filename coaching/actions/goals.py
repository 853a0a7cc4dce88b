"""Goals are set, with the baseline of that day, and closed."""

import datetime as dt
from decimal import Decimal
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coaching.actions.refusals import NotAllowed
from coaching.figures import BASELINE_MONTHS, comparable_with, figure_of, standard_for
from coaching.models import Goal
from coaching.permissions import develops
from content.models import Skill
from people.audit import record
from people.dates import add_months
from people.models import User
from training.mail import address, tell


def set_goal(
    agent: User,
    skill: Skill,
    *,
    target: Decimal,
    due_on: dt.date,
    by: User,
    reason: str = "",
    at: dt.datetime | None = None,
) -> Goal:
    """Agree a target for a skill, keep where the person stands today, and tell them."""
    at = at or timezone.now()
    on = timezone.localdate(at)
    if not develops(by, agent):
        raise NotAllowed(_("Goals are set by those who develop this person today."))
    if due_on < add_months(on.replace(day=1), 1):
        raise NotAllowed(
            _("Choose a day after the end of this month: later scores are counted by whole months.")
        )
    first = add_months(on.replace(day=1), 1 - BASELINE_MONTHS)
    version = standard_for(agent, skill, first=first, last=on)
    versions = comparable_with(version) if version else []
    baseline = figure_of(agent, skill, first=first, last=on, versions=versions)
    try:
        with transaction.atomic():
            goal = Goal.objects.create(
                agent=agent,
                skill=skill,
                target=target,
                due_on=due_on,
                reason=reason.strip(),
                set_by=by,
                set_at=at,
                version=version,
                baseline_first=first,
                baseline_last=on,
                baseline_n=baseline.n,
                baseline_mean=baseline.mean,
                baseline_low=baseline.low,
                baseline_high=baseline.high,
            )
            record(
                "set_goal",
                by=by,
                of=goal,
                after={"agent": agent.pk, "skill": skill.key, "target": target, "due_on": due_on},
                at=at,
            )
            transaction.on_commit(lambda: tell(agent, partial(_words, goal)))
    except IntegrityError:
        raise NotAllowed(
            _("There is a goal for “%(skill)s” already. Close that one first.") % {"skill": skill}
        ) from None
    return goal


def close_goal(goal: Goal, *, by: User, reason: str, at: dt.datetime | None = None) -> Goal:
    """Put a goal away, with a word on why; it stays to be read."""
    at, reason = at or timezone.now(), reason.strip()
    if not reason:
        raise NotAllowed(_("Say why the goal is closed."))
    with transaction.atomic():
        locked = (
            Goal.objects.select_for_update(of=("self",)).select_related("agent").get(pk=goal.pk)
        )
        if not can_close(by, locked):
            raise NotAllowed(_("Goals are closed by those who develop this person."))
        if locked.closed_at is not None:
            raise NotAllowed(_("This goal is closed already."))
        locked.closed_at, locked.closed_by, locked.closed_because = at, by, reason
        locked.save(update_fields=["closed_at", "closed_by", "closed_because"])
        record("close_goal", by=by, of=locked, after={"reason": reason}, at=at)
    return locked


def can_close(user: User, goal: Goal) -> bool:
    """Whoever develops the agent today. Needs `agent`; one query."""
    return develops(user, goal.agent)


def _words(goal: Goal) -> tuple[str, str]:
    words = {"by": goal.set_by, "skill": goal.skill, "day": date_format(goal.due_on)}
    return (
        _("A goal for you: %(skill)s") % words,
        _("%(by)s wrote down what you agreed for “%(skill)s”, by %(day)s:\n%(url)s\n")
        % {**words, "url": address(goal.get_absolute_url())},
    )
