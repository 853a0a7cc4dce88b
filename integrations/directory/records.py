"""One person as a directory tells of them: a row of a CSV file, or an object of the API. Pure.

Fields: `email` (needed), `first_name`, `last_name`, `started_on` (ISO 8601), `time_zone`, `language`,
`is_active`, `roles`, `teams` and `identities`. What is missing or, in a file, empty says nothing and
changes nothing. Lists may be lists, or texts parted by ";": roles by name, teams as `North` or
`North:manager`, identities as `source=id`.
"""

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from people.models import Membership
from people.roles import Role

TEXTS = {"first_name": 150, "last_name": 150, "time_zone": 64, "language": 12}
FIELDS = (
    "email",
    "first_name",
    "last_name",
    "started_on",
    "time_zone",
    "language",
    "is_active",
    "roles",
    "teams",
    "identities",
)
_YES, _NO = {"true", "yes", "1", "active"}, {"false", "no", "0", "inactive"}

Team = tuple[str, str]  # name and Membership.Kind
Identity = tuple[str, str]  # source and id there


@dataclass(slots=True)
class PersonRecord:
    """What was said of one person. None, and what is not in `values`, was not said."""

    number: int
    email: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    is_active: bool | None = None
    roles: frozenset[str] | None = None
    teams: frozenset[Team] | None = None
    identities: tuple[Identity, ...] = ()
    faults: list[str] = field(default_factory=list)


def read_person(raw: Any, *, number: int) -> PersonRecord:
    """Every fault is in `faults`, with the field, the value and what was expected."""
    record = PersonRecord(number)
    if not isinstance(raw, Mapping):
        record.faults.append(_("The row is %(value)s; expected an object") % {"value": _shown(raw)})
        return record
    for name in sorted(set(map(str, raw)) - set(FIELDS)):
        record.faults.append(
            _("%(field)s is no field; expected one of %(names)s")
            % {"field": _shown(name), "names": ", ".join(FIELDS)}
        )
    record.email = _email(record, raw.get("email"))
    for name, limit in TEXTS.items():
        value = _text(record, name, raw.get(name), limit=limit)
        if value:
            record.values[name] = value
    if zone := record.values.get("time_zone"):
        _check_zone(record, zone)
    if raw.get("started_on") not in (None, ""):
        _read_day(record, raw["started_on"])
    record.is_active = _flag(record, raw.get("is_active"))
    record.roles = _roles(record, raw.get("roles"))
    record.teams = _teams(record, raw.get("teams"))
    record.identities = _identities(record, raw.get("identities"))
    return record


def role_named(name: str) -> str | None:
    """The group of a role, by its own name, its label or its key, in whatever case."""
    wanted = name.strip().lower()
    for role in Role:
        if wanted in {role.value.lower(), role.name.lower(), str(role.label).lower()}:
            return role.value
    return None


def _email(record: PersonRecord, value: Any) -> str:
    email = _text(record, "email", value, limit=254).lower()
    try:
        validate_email(email)
    except ValidationError:
        record.faults.append(
            _("email is %(value)s; expected an e-mail address") % {"value": _shown(value)}
        )
    return email


def _text(record: PersonRecord, name: str, value: Any, *, limit: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or "\x00" in value or len(value) > limit:
        record.faults.append(
            _("%(field)s is %(value)s; expected text of at most %(limit)s characters")
            % {"field": name, "value": _shown(value), "limit": limit}
        )
        return ""
    return value.strip()


def _check_zone(record: PersonRecord, zone: str) -> None:
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        record.faults.append(
            _("time_zone is %(value)s; expected a name such as Europe/Berlin")
            % {"value": _shown(zone)}
        )


def _read_day(record: PersonRecord, value: Any) -> None:
    try:
        record.values["started_on"] = dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        record.faults.append(
            _("started_on is %(value)s; expected a day as 2026-03-31") % {"value": _shown(value)}
        )


def _flag(record: PersonRecord, value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    said = str(value).strip().lower()
    if not said:
        return None
    if said in _YES | _NO:
        return said in _YES
    record.faults.append(
        _("is_active is %(value)s; expected true or false") % {"value": _shown(value)}
    )
    return None


def _list(record: PersonRecord, name: str, value: Any) -> list[Any] | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return [part.strip() for part in value.split(";") if part.strip()]
    if isinstance(value, list):
        return value
    record.faults.append(
        _("%(field)s is %(value)s; expected a list") % {"field": name, "value": _shown(value)}
    )
    return None


def _roles(record: PersonRecord, value: Any) -> frozenset[str] | None:
    names = _list(record, "roles", value)
    if names is None:
        return None
    found = {
        name: role_named(name) if isinstance(name, str) else None for name in map(_hashable, names)
    }
    for name, role in found.items():
        if role is None:
            record.faults.append(
                _("roles has %(value)s; expected %(names)s")
                % {"value": _shown(name), "names": ", ".join(Role.values)}
            )
    return frozenset(role for role in found.values() if role)


def _teams(record: PersonRecord, value: Any) -> frozenset[Team] | None:
    entries = _list(record, "teams", value)
    if entries is None:
        return None
    found = set()
    for entry in entries:
        if isinstance(entry, Mapping):
            name, kind = entry.get("name"), entry.get("kind", Membership.Kind.MEMBER.value)
        else:
            name, _colon, kind = str(entry).rpartition(":")
            if not name or kind.strip().lower() not in Membership.Kind.values:
                name, kind = str(entry), Membership.Kind.MEMBER.value
            kind = kind.strip().lower()
        name = name.strip() if isinstance(name, str) else ""
        if not 0 < len(name) <= 120 or "\x00" in name or kind not in Membership.Kind.values:
            record.faults.append(
                _(
                    "teams has %(value)s; expected a name (at most 120 characters) and member or manager"
                )
                % {"value": _shown(entry)}
            )
        else:
            found.add((name, kind))
    return frozenset(found)


def _identities(record: PersonRecord, value: Any) -> tuple[Identity, ...]:
    found = []
    for entry in _list(record, "identities", value) or ():
        if isinstance(entry, Mapping):
            source, key = entry.get("source"), entry.get("external_id")
        else:
            source, _equals, key = str(entry).partition("=")
        if (
            isinstance(source, str)
            and isinstance(key, str)
            and 0 < len(source.strip()) <= 60
            and 0 < len(key.strip()) <= 200
            and "\x00" not in source + key
        ):
            found.append((source.strip(), key.strip()))
        else:
            record.faults.append(
                _("identities has %(value)s; expected source=id") % {"value": _shown(entry)}
            )
    return tuple(found)


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str) else repr(value)


def _shown(value: Any) -> str:
    text = repr(value) if not isinstance(value, str) else f"“{value}”"
    return text if len(text) <= 60 else f"{text[:59]}…"
