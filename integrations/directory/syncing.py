"""What a directory says, held against what is here: the changes, first as a plan and then in deed.

`plan` reads and never writes; `apply` does one planned change in a transaction, with its line in the
audit log. Nobody is ever deleted, and nobody is deactivated unless that was asked for.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.directory.records import PersonRecord
from people.audit import record as write_audit
from people.models import ExternalIdentity, Membership, Team, User
from people.roles import Role
from people.signin.inviting import invite_added

PORTION = 500
CREATE, UPDATE, UNCHANGED, DEACTIVATE, REFUSED = (
    "create",
    "update",
    "unchanged",
    "deactivate",
    "refused",
)


@dataclass(slots=True)
class Change:
    """What is to be done with one person. `differences` are (before, after) by field."""

    number: int
    email: str
    kind: str
    record: PersonRecord | None = None
    user: User | None = None
    differences: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.number,
            "email": self.email,
            "status": self.kind,
            "changes": {name: list(pair) for name, pair in self.differences.items()},
            **({"reason": self.reason} if self.reason else {}),
        }


class _Known:
    """What is here about the people of some records. Four queries, whatever the number."""

    def __init__(self, records: Collection[PersonRecord], *, on: dt.date) -> None:
        emails = {each.email for each in records}
        people = User.objects.annotate(address=Lower("email")).filter(address__in=emails)
        self.people = {user.email.lower(): user for user in people.prefetch_related("groups")}
        keys = {identity for each in records for identity in each.identities}
        self.identities = {
            (row.source, row.external_id): row.user_id
            for row in ExternalIdentity.objects.filter(
                source__in={source for source, _key in keys},
                external_id__in={key for _source, key in keys},
            )
        }
        self.teams: dict[int, set[tuple[str, str]]] = defaultdict(set)
        current = Membership.objects.current(on=on).filter(user__in=self.people.values())
        for user, team, kind in current.values_list("user", "team__name", "kind"):
            self.teams[user].add((team, kind))


def plan(records: Iterable[PersonRecord], *, by: User, on: dt.date) -> list[Change]:
    """A change for each record, in order, in portions of four queries."""
    found: list[Change] = []
    seen: set[str] = set()
    pending: list[PersonRecord] = []
    for each in records:
        pending.append(each)
        if len(pending) >= PORTION:
            found += _plan(pending, seen, by=by, on=on)
            pending = []
    return found + (_plan(pending, seen, by=by, on=on) if pending else [])


def plan_missing(emails: Collection[str], *, by: User) -> list[Change]:
    """Those who are active here and in none of `emails`; never who asks, nor superusers."""
    wanted = {email.lower() for email in emails}
    people = User.objects.filter(is_active=True, is_superuser=False).exclude(pk=by.pk)
    return [
        Change(0, user.email, DEACTIVATE, user=user, differences={"is_active": (True, False)})
        for user in people.order_by("email").iterator()
        if user.email.lower() not in wanted
    ]


def apply(change: Change, *, by: User, at: dt.datetime | None = None) -> None:
    """Do what was planned; nothing for what is unchanged or refused."""
    now = at or timezone.now()
    if change.kind in (UNCHANGED, REFUSED):
        return
    with transaction.atomic():
        if change.kind == DEACTIVATE and change.user is not None:
            deactivate([change.user], by=by, at=now)
        elif change.record is not None:
            _write(change, change.record, by=by, at=now)


def deactivate(people: Sequence[User], *, by: User, at: dt.datetime) -> None:
    """They can no longer sign in, and are signed out wherever they are."""
    with transaction.atomic():
        for user in people:
            before = facts_of(user)
            user.is_active = False
            user.save(update_fields=["is_active"])
            write_audit("change_person", by=by, of=user, before=before, after=facts_of(user), at=at)


def set_teams(
    user: User, wanted: Collection[tuple[str, str]], *, by: User, at: dt.datetime
) -> None:
    """Make the teams of today these: who joins begins today, and who leaves served until yesterday.
    Teams that do not exist are made."""
    on = timezone.localdate(at)
    current = list(
        Membership.objects.current(on=on).filter(user=user).select_related("team").order_by("pk")
    )
    have = {(row.team.name, row.kind) for row in current}
    for row in current:
        if (row.team.name, row.kind) not in wanted:
            leave(row, on=on)
    for name, kind in sorted(set(wanted) - have):
        join(user, team_named(name, by=by, at=at), kind=kind, on=on)


def leave(membership: Membership, *, on: dt.date) -> None:
    """They served until the day before. Who came on that very day has not served at all."""
    if membership.starts_on >= on:
        membership.delete()
        return
    membership.ends_on = on - dt.timedelta(days=1)
    membership.save(update_fields=["ends_on"])


def join(user: User, team: Team, *, kind: str, on: dt.date) -> bool:
    """Begin on that day, unless they serve there already or left only that same day."""
    running = Membership.objects.filter(user=user, team=team, kind=kind).current(on=on).first()
    if running is None:
        Membership.objects.create(user=user, team=team, kind=kind, starts_on=on)
        return True
    if running.ends_on is not None:
        running.ends_on = None
        running.save(update_fields=["ends_on"])
        return True
    return False


def team_named(name: str, *, by: User, at: dt.datetime) -> Team:
    team, created = Team.objects.get_or_create(name=name)
    if created:
        write_audit("add_team", by=by, of=team, after={"name": name}, at=at)
    return team


def _plan(
    records: Sequence[PersonRecord], seen: set[str], *, by: User, on: dt.date
) -> list[Change]:
    known = _Known(records, on=on)
    found = []
    for each in records:
        if each.email and each.email in seen:
            each.faults.append(_("%(email)s is in an earlier row already") % {"email": each.email})
        seen.add(each.email)
        found.append(_planned(each, known, by=by))
    return found


def _planned(record: PersonRecord, known: _Known, *, by: User) -> Change:
    user = known.people.get(record.email)
    change = Change(record.number, record.email, UNCHANGED, record, user)
    faults = [*record.faults, *_conflicts(record, user, known, by=by)]
    if faults:
        change.kind, change.reason = REFUSED, ". ".join(faults)
        return change
    change.differences = _differences(record, user, known)
    if user is None:
        change.kind = CREATE
    elif change.differences:
        change.kind = UPDATE
    return change


def _conflicts(record: PersonRecord, user: User | None, known: _Known, *, by: User) -> list[str]:
    faults = []
    for source, key in record.identities:
        holder = known.identities.get((source, key))
        if holder is not None and (user is None or holder != user.pk):
            faults.append(
                _("%(identity)s belongs to somebody else already") % {"identity": f"{source}={key}"}
            )
    if user is None:
        return faults
    if user.is_superuser and not by.is_superuser:
        faults.append(_("Superusers are changed on the command line only"))
    if user.pk == by.pk:
        if record.is_active is False:
            faults.append(_("Nobody deactivates themself"))
        if record.roles is not None and Role.ADMINISTRATOR.value not in record.roles:
            faults.append(_("Nobody takes the role of administrator from themself"))
    return faults


def _differences(
    record: PersonRecord, user: User | None, known: _Known
) -> dict[str, tuple[Any, Any]]:
    found: dict[str, tuple[Any, Any]] = {}
    for name, value in record.values.items():
        before = getattr(user, name) if user else ""
        if before != value:
            found[name] = (_plain(before), _plain(value))
    if record.is_active is not None and record.is_active != (user.is_active if user else True):
        found["is_active"] = (user.is_active if user else True, record.is_active)
    if record.roles is not None:
        had = {group.name for group in user.groups.all()} & set(Role.values) if user else set()
        if had != record.roles:
            found["roles"] = (sorted(had), sorted(record.roles))
    if record.teams is not None:
        teams = known.teams.get(user.pk, set()) if user else set()
        if teams != record.teams:
            found["teams"] = (_named(teams), _named(record.teams))
    new = [f"{s}={k}" for s, k in record.identities if (s, k) not in known.identities]
    if new:
        found["identities"] = ([], new)
    return found


def _write(change: Change, record: PersonRecord, *, by: User, at: dt.datetime) -> None:
    user = change.user
    before = None
    if user is None:
        user = User(email=record.email, **record.values)
        user.is_active = record.is_active is not False
        user.set_unusable_password()
        user.save(force_insert=True)
        invite_added(user, by=by, at=at)
    else:
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        before = facts_of(user)
        for name, value in record.values.items():
            setattr(user, name, value)
        if record.is_active is not None:
            user.is_active = record.is_active
        user.save(update_fields=[*record.values, "is_active"])
    if record.roles is not None:
        others = user.groups.exclude(name__in=Role.values)
        user.groups.set([*others, *Group.objects.filter(name__in=record.roles)])
    if record.teams is not None:
        set_teams(user, record.teams, by=by, at=at)
    ExternalIdentity.objects.bulk_create(
        [
            ExternalIdentity(user=user, source=source, external_id=key)
            for source, key in record.identities
        ],
        ignore_conflicts=True,
    )
    change.user = user
    write_audit(
        "change_person" if before else "add_person",
        by=by,
        of=user,
        before=before,
        after={**facts_of(user), **{name: pair[1] for name, pair in change.differences.items()}},
        at=at,
    )


def facts_of(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "name": str(user),
        "is_active": user.is_active,
        "roles": sorted(user.groups.values_list("name", flat=True)),
    }


def _named(teams: Collection[tuple[str, str]]) -> list[str]:
    return sorted(name if kind == "member" else f"{name}:{kind}" for name, kind in teams)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
