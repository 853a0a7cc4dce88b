"""What was agreed: written down, done, reopened, dropped."""

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coaching.actions.refusals import NotAllowed
from coaching.models import ActionItem, CoachingSession
from coaching.permissions import develops
from content.models import ModulePage, Skill
from people.audit import record
from people.models import User
from scorecards.models import Criterion
from training.actions.turns import wait_for_ones_turn
from training.mail import address, tell


@dataclass(frozen=True, slots=True)
class ItemTerms:
    """What, by whom, by when, and what it has to do with."""

    text: str
    owner: User
    due_on: dt.date
    criterion: Criterion | None = None
    skill: Skill | None = None
    module: ModulePage | None = None

    def as_fields(self) -> dict[str, Any]:
        return {
            "text": self.text.strip(),
            "owner": self.owner,
            "due_on": self.due_on,
            "criterion": self.criterion,
            "skill": self.skill,
            "module": self.module,
        }

    def for_audit(self) -> dict[str, Any]:
        return {name: getattr(value, "pk", value) for name, value in self.as_fields().items()}


def can_write_items(user: User, agent: User, session: CoachingSession | None = None) -> bool:
    """Whoever develops the agent today, the agent, and the coach of the session it comes from."""
    if user.pk == agent.pk or (session is not None and session.coach_id == user.pk):
        return True
    return develops(user, agent)


def add_item(
    agent: User,
    terms: ItemTerms,
    *,
    by: User,
    session: CoachingSession | None = None,
    at: dt.datetime | None = None,
) -> ActionItem:
    """Write down what the agent or `by` will do; whoever is to do it is told by the other one. What
    stands there already, word for word and open, does not stand there twice."""
    at = at or timezone.now()
    with transaction.atomic():
        if not can_write_items(by, agent, session):
            raise NotAllowed(_("Action items are agreed by the agent and their coach."))
        if session is not None and session.agent_id != agent.pk:
            raise NotAllowed(_("This session is about somebody else."))
        if session is not None and session.is_cancelled:
            raise NotAllowed(_("This session was called off."))
        coach = session.coach if session is not None else by
        if terms.owner.pk not in (agent.pk, by.pk, coach.pk):
            raise NotAllowed(_("Either the agent or the coach does it."))
        if terms.due_on < timezone.localdate(at):
            raise NotAllowed(_("The due date lies in the past."))
        wait_for_ones_turn(agent)
        same = ActionItem.objects.open().filter(
            agent=agent,
            session=session,
            owner=terms.owner,
            text=terms.text.strip(),
            due_on=terms.due_on,
        )
        if there := same.first():
            return there
        item = ActionItem.objects.create(
            agent=agent, session=session, created_by=by, created_at=at, **terms.as_fields()
        )
        record("add_action_item", by=by, of=item, after=terms.for_audit(), at=at)
        if terms.owner.pk != by.pk:
            _tell_owner(item, by)
    return item


def change_item(
    item: ActionItem, terms: ItemTerms, *, by: User, at: dt.datetime | None = None
) -> ActionItem:
    at = at or timezone.now()
    with transaction.atomic():
        locked = _lock(item)
        _check_writes(locked, by)
        if not locked.is_open:
            raise NotAllowed(_("This is closed. Reopen it before you change it."))
        before = terms_of(locked)
        allowed = {locked.agent_id, locked.owner_id, locked.created_by_id, by.pk}
        if terms.owner.pk not in allowed:
            raise NotAllowed(_("Either the agent or the coach does it."))
        if terms.due_on != before.due_on and terms.due_on < timezone.localdate(at):
            raise NotAllowed(_("The due date lies in the past."))
        for name, value in terms.as_fields().items():
            setattr(locked, name, value)
        locked.save()
        record(
            "change_action_item",
            by=by,
            of=locked,
            before=before.for_audit(),
            after=terms.for_audit(),
            at=at,
        )
        if terms.owner.pk not in (by.pk, before.owner.pk):
            _tell_owner(locked, by)
    return locked


def finish_item(item: ActionItem, *, by: User, at: dt.datetime | None = None) -> ActionItem:
    """Its owner, or who may write it, says it is done. Done already stays as it was."""
    at = at or timezone.now()
    with transaction.atomic():
        locked = _lock(item)
        _check_writes(locked, by)
        if locked.is_dropped:
            raise NotAllowed(_("This was dropped. Reopen it first."))
        if locked.is_done:
            return locked
        locked.done_at, locked.done_by = at, by
        locked.save(update_fields=["done_at", "done_by"])
        record("finish_action_item", by=by, of=locked, after={"done": True}, at=at)
    return locked


def drop_item(
    item: ActionItem, *, by: User, reason: str, at: dt.datetime | None = None
) -> ActionItem:
    """It is not to be done any more; the reason stays with it."""
    at, reason = at or timezone.now(), reason.strip()
    if not reason:
        raise NotAllowed(_("Say why it is not needed any more."))
    with transaction.atomic():
        locked = _lock(item)
        _check_writes(locked, by)
        if not locked.is_open:
            raise NotAllowed(_("This is closed already."))
        locked.dropped_at, locked.dropped_because = at, reason
        locked.save(update_fields=["dropped_at", "dropped_because"])
        record("drop_action_item", by=by, of=locked, after={"reason": reason}, at=at)
    return locked


def reopen_item(item: ActionItem, *, by: User, at: dt.datetime | None = None) -> ActionItem:
    at = at or timezone.now()
    with transaction.atomic():
        locked = _lock(item)
        _check_writes(locked, by)
        if locked.is_open:
            return locked
        before = {"done": locked.is_done, "dropped": locked.is_dropped}
        locked.done_at = locked.done_by = locked.dropped_at = None
        locked.dropped_because = ""
        locked.save(update_fields=["done_at", "done_by", "dropped_at", "dropped_because"])
        record("reopen_action_item", by=by, of=locked, before=before, after={"open": True}, at=at)
    return locked


def can_change(user: User, item: ActionItem) -> bool:
    """Its agent, its owner, who wrote it, and whoever develops the agent today; a query for the last.
    Needs `agent`."""
    return user.pk in (item.agent_id, item.owner_id, item.created_by_id) or develops(
        user, item.agent
    )


def terms_of(item: ActionItem) -> ItemTerms:
    return ItemTerms(
        text=item.text,
        owner=item.owner,
        due_on=item.due_on,
        criterion=item.criterion,
        skill=item.skill,
        module=item.module,
    )


def _lock(item: ActionItem) -> ActionItem:
    rows = ActionItem.objects.select_for_update(of=("self",)).with_people()
    return rows.get(pk=item.pk)


def _check_writes(item: ActionItem, by: User) -> None:
    if not can_change(by, item):
        raise NotAllowed(_("Action items are changed by the agent and their coach."))


def _tell_owner(item: ActionItem, by: User) -> None:
    transaction.on_commit(lambda: tell(item.owner, partial(_words, item, by)))


def _words(item: ActionItem, by: User) -> tuple[str, str]:
    words = {"by": by, "text": item.text, "day": date_format(item.due_on)}
    return (
        _("To do by %(day)s: %(text)s") % words,
        _("%(by)s wrote down that you do this by %(day)s:\n%(text)s\n\n%(url)s\n")
        % {**words, "url": address(reverse("coaching:item_list"))},
    )
