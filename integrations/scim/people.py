"""Users and groups of the protocol as people, teams and roles here.

A user's `userName` is the e-mail address. A group is a team, and its members those who serve there
today; a group named in SCIM_ROLE_GROUPS is a role. Nothing is deleted: a deleted user is deactivated, a
deleted team has no members any more.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.directory.records import role_named
from integrations.directory.syncing import deactivate, facts_of, join, leave, team_named
from integrations.scim.protocol import GROUP, USER, Condition, Members, ScimError
from people.audit import record
from people.models import ExternalIdentity, Membership, Team, User
from people.roles import Role
from people.signin.inviting import invite_added

SOURCE = "scim"
_LIMITS = {"first_name": 150, "last_name": 150, "time_zone": 64, "external_id": 200}


def users(condition: Condition | None) -> QuerySet[User]:
    rows = User.objects.order_by("pk").prefetch_related(
        "groups",
        Prefetch(
            "memberships",
            Membership.objects.current(on=timezone.localdate())
            .filter(kind=Membership.Kind.MEMBER)
            .select_related("team")
            .order_by("pk"),
            to_attr="today",
        ),
        Prefetch(
            "identities", ExternalIdentity.objects.filter(source=SOURCE), to_attr="in_directory"
        ),
    )
    if condition is None:
        return rows
    value = condition.value.replace("\x00", "")
    match condition.attribute:
        case "username" | "emails.value" | "emails":
            return rows.filter(email__iexact=value)
        case "externalid":
            return rows.filter(identities__source=SOURCE, identities__external_id=value)
        case "id":
            return rows.filter(pk=_number(value))
        case "active":
            return rows.filter(is_active=value.lower() == "true")
    raise ScimError(400, _("There is no filter by this attribute."), "invalidFilter")


def user_of(key: str) -> User:
    found = users(None).filter(pk=_number(key)).first()
    if found is None:
        raise ScimError(404, _("There is no such user."))
    return found


def user_shown(user: User, *, base: str) -> dict[str, Any]:
    identities = user.in_directory  # type: ignore[attr-defined]
    roles = {group.name: group.pk for group in user.groups.all()}
    mapped = role_groups()
    groups = [
        *((f"team-{row.team_id}", row.team.name) for row in user.today),  # type: ignore[attr-defined]
        *((f"role-{roles[role]}", name) for name, role in mapped.items() if role in roles),
    ]
    return {
        "schemas": [USER],
        "id": str(user.pk),
        **({"externalId": identities[0].external_id} if identities else {}),
        "userName": user.email,
        "name": {
            "givenName": user.first_name,
            "familyName": user.last_name,
            "formatted": user.get_full_name(),
        },
        "displayName": str(user),
        "active": user.is_active,
        "emails": [{"value": user.email, "primary": True, "type": "work"}],
        **({"timezone": user.time_zone} if user.time_zone else {}),
        "groups": [{"value": key, "display": name} for key, name in groups],
        "meta": {"resourceType": "User", "location": f"{base}/Users/{user.pk}"},
    }


def save_user(user: User | None, values: dict[str, Any], *, by: User, at: dt.datetime) -> User:
    """Add one, or change what `values` name. Raises `ScimError`."""
    _check(values)
    is_new = user is None
    if user is None:
        if not values.get("email"):
            raise ScimError(400, _("A user needs a userName."), "invalidValue")
        user = User(email=values["email"])
        user.set_unusable_password()
    elif user.is_superuser and not by.is_superuser:
        raise ScimError(403, _("Superusers are changed on the command line only."))
    before = None if is_new else facts_of(user)
    was_active = user.is_active or is_new
    if values.get("is_active") is False and user.pk == by.pk:
        raise ScimError(403, _("The owner of this token cannot be deactivated by it."))
    for name in ("email", "first_name", "last_name", "time_zone"):
        if name in values:
            setattr(user, name, values[name].strip())
    if values.get("is_active") and not is_new:
        user.is_active = True
    try:
        with transaction.atomic():
            user.save()
            if (key := values.get("external_id")) is not None:
                _identify(user, key)
    except IntegrityError:
        raise ScimError(409, _("Somebody has this userName or externalId."), "uniqueness") from None
    after = facts_of(user)
    if before != after:
        record(
            "add_person" if is_new else "change_person",
            by=by,
            of=user,
            before=before,
            after=after,
            at=at,
        )
    if is_new and values.get("is_active") is not False:
        invite_added(user, by=by, at=at)
    if was_active and values.get("is_active") is False:
        deactivate([user], by=by, at=at)
    return user


def role_groups() -> dict[str, str]:
    """Group there -> role here, of those that are roles at all."""
    pairs = ((name.strip(), role_named(role)) for name, role in settings.SCIM_ROLE_GROUPS.items())
    return {name: role for name, role in pairs if role}


def groups(condition: Condition | None, *, with_members: bool) -> list[dict[str, Any]]:
    """All of them, teams first; five queries at most. A house has few."""
    teams, roles = Team.objects.order_by("pk"), Group.objects.order_by("pk")
    mapped = {role: name for name, role in role_groups().items()}
    roles = roles.filter(name__in=mapped)
    if condition is not None:
        value = condition.value.replace("\x00", "")
        if condition.attribute == "displayname":
            teams = teams.filter(name__iexact=value)
            wanted = [role for role, name in mapped.items() if name.lower() == value.lower()]
            roles = roles.filter(name__in=wanted)
        elif condition.attribute == "id":
            kind, _dash, number = value.partition("-")
            teams = teams.filter(pk=_number(number) if kind == "team" else -1)
            roles = roles.filter(pk=_number(number) if kind == "role" else -1)
        else:
            raise ScimError(400, _("There is no filter by this attribute."), "invalidFilter")
    found = [{"id": f"team-{team.pk}", "displayName": team.name, "of": team} for team in teams]
    found += [{"id": f"role-{r.pk}", "displayName": mapped[r.name], "of": r} for r in roles]
    if with_members:
        _add_members(found)
    return found


def group_shown(group: dict[str, Any], *, base: str) -> dict[str, Any]:
    said = {
        "schemas": [GROUP],
        "id": group["id"],
        "displayName": group["displayName"],
        "meta": {"resourceType": "Group", "location": f"{base}/Groups/{group['id']}"},
    }
    if "members" in group:
        said["members"] = [
            {"value": str(user.pk), "display": str(user), "$ref": f"{base}/Users/{user.pk}"}
            for user in group["members"]
        ]
    return said


def group_of(key: str) -> dict[str, Any]:
    found = groups(Condition("id", key), with_members=True)
    if not found:
        raise ScimError(404, _("There is no such group."))
    return found[0]


def add_group(name: str, ids: Sequence[str], *, by: User, at: dt.datetime) -> dict[str, Any]:
    """A team of this name, or the role that it stands for."""
    if groups(Condition("displayname", name), with_members=False):
        if name not in role_groups():
            raise ScimError(409, _("There is a team of this name."), "uniqueness")
        found = groups(Condition("displayname", name), with_members=True)[0]
    else:
        team = team_named(name, by=by, at=at)
        found = group_of(f"team-{team.pk}")
    return set_members(found, [Members("replace" if ids else "add", tuple(ids))], by=by, at=at)


def rename(group: dict[str, Any], name: str, *, by: User, at: dt.datetime) -> None:
    team = group["of"]
    if name == group["displayName"]:
        return
    if not isinstance(team, Team):
        raise ScimError(400, _("A role's name is a setting here."), "mutability")
    before = {"name": team.name}
    team.name = name
    try:
        with transaction.atomic():
            team.save(update_fields=["name"])
    except IntegrityError:
        raise ScimError(409, _("There is a team of this name."), "uniqueness") from None
    record("change_team", by=by, of=team, before=before, after={"name": name}, at=at)


def set_members(
    group: dict[str, Any], steps: Sequence[Members], *, by: User, at: dt.datetime
) -> dict[str, Any]:
    """Do the steps one after the other. Raises `ScimError` for who is not here."""
    have = {user.pk for user in group["members"]}
    wanted = set(have)
    for step in steps:
        ids = {_number(key) for key in step.ids}
        if step.how == "add":
            wanted |= ids
        elif step.how == "remove":
            wanted -= ids
        else:
            wanted = ids
    new = {user.pk: user for user in User.objects.filter(pk__in=wanted - have)}
    if missing := wanted - have - set(new):
        raise ScimError(400, _("There is no user %(id)s.") % {"id": min(missing)}, "invalidValue")
    gone = [user for user in group["members"] if user.pk not in wanted]
    target = group["of"]
    if isinstance(target, Team):
        _change_team(target, new.values(), gone, by=by, at=at)
    else:
        _change_role(target, new.values(), gone, by=by, at=at)
    return group_of(group["id"])


def _change_team(
    team: Team, new: Collection[User], gone: Collection[User], *, by: User, at: dt.datetime
) -> None:
    if not new and not gone:
        return
    on = timezone.localdate(at)
    for user in new:
        join(user, team, kind=Membership.Kind.MEMBER.value, on=on)
    rows = Membership.objects.current(on=on).filter(
        team=team, kind=Membership.Kind.MEMBER, user__in=[user.pk for user in gone]
    )
    for row in rows:
        leave(row, on=on)
    after = {"joined": [user.pk for user in new], "left": [user.pk for user in gone]}
    record("change_team", by=by, of=team, after=after, at=at)


def _change_role(
    role: Group, new: Collection[User], gone: Collection[User], *, by: User, at: dt.datetime
) -> None:
    for user in [*new, *gone]:
        if user.is_superuser and not by.is_superuser:
            raise ScimError(403, _("Superusers are changed on the command line only."))
        if user.pk == by.pk and user in gone and role.name == Role.ADMINISTRATOR.value:
            raise ScimError(403, _("Nobody takes the role of administrator from themself."))
        before = facts_of(user)
        if user in gone:
            user.groups.remove(role)
        else:
            user.groups.add(role)
        record("change_person", by=by, of=user, before=before, after=facts_of(user), at=at)


def _add_members(found: list[dict[str, Any]]) -> None:
    teams = {group["of"].pk: group for group in found if isinstance(group["of"], Team)}
    roles = {group["of"].pk: group for group in found if isinstance(group["of"], Group)}
    for group in found:
        group["members"] = []
    if teams:
        rows = Membership.objects.current(on=timezone.localdate()).filter(
            team__in=teams, kind=Membership.Kind.MEMBER
        )
        seen = set()
        for row in rows.select_related("user").order_by("pk"):
            # Somebody who left and came back on one day has two rows of today.
            if (row.team_id, row.user_id) not in seen:
                seen.add((row.team_id, row.user_id))
                teams[row.team_id]["members"].append(row.user)
    if roles:
        for role in Group.objects.filter(pk__in=roles).prefetch_related("user_set"):
            roles[role.pk]["members"] = sorted(role.user_set.all(), key=lambda user: user.pk)


def _identify(user: User, key: str) -> None:
    if key:
        ExternalIdentity.objects.filter(user=user, source=SOURCE).exclude(external_id=key).delete()
        if not ExternalIdentity.objects.filter(user=user, source=SOURCE, external_id=key).exists():
            ExternalIdentity.objects.create(user=user, source=SOURCE, external_id=key)


def _check(values: dict[str, Any]) -> None:
    for name, limit in _LIMITS.items():
        value = values.get(name, "")
        if not isinstance(value, str) or len(value) > limit or "\x00" in value:
            raise ScimError(
                400,
                _("%(field)s is a text of at most %(limit)s characters.")
                % {"field": name, "limit": limit},
                "invalidValue",
            )
    if "email" in values:
        try:
            validate_email(values["email"])
        except ValidationError:
            raise ScimError(
                400, _("userName has to be an e-mail address."), "invalidValue"
            ) from None
        values["email"] = values["email"].lower()


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 18 else -1
