"""The protocol without the database: errors, filters, changes of PATCH, what we say we can. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

CORE = "urn:ietf:params:scim:schemas:core:2.0"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0"
USER, GROUP = f"{CORE}:User", f"{CORE}:Group"
MOST = 200
MOST_OPERATIONS = 1000
_FILTER = re.compile(r'\s*([A-Za-z.:0-9]+)\s+eq\s+(?:"((?:[^"\\]|\\.)*)"|(true|false))\s*', re.I)
_MEMBER = re.compile(r'members\[\s*value\s+eq\s+"([^"]*)"\s*\]', re.I)
_MAIL = re.compile(r"emails(\[.*\])?(\.value)?", re.I)


class ScimError(Exception):
    def __init__(self, status: int, detail: str, kind: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind

    def as_json(self) -> dict[str, Any]:
        said = {"schemas": [f"{MESSAGES}:Error"], "status": str(self.status), "detail": self.detail}
        return {**said, "scimType": self.kind} if self.kind else said


@dataclass(frozen=True, slots=True)
class Condition:
    """`attribute eq value`, with the attribute in small letters."""

    attribute: str
    value: str


@dataclass(frozen=True, slots=True)
class Members:
    """What becomes of a group's members: "add", "remove" or "replace" these. Replace by none empties."""

    how: str
    ids: tuple[str, ...] = ()


def read_filter(text: str) -> Condition | None:
    if not text:
        return None
    found = _FILTER.fullmatch(text)
    if found is None:
        raise ScimError(
            400, _("Only filters such as userName eq “x” are understood."), "invalidFilter"
        )
    value = found[2] if found[2] is not None else found[3].lower()
    return Condition(found[1].lower().rsplit(":", 1)[-1], re.sub(r"\\(.)", r"\1", value))


def read_place(raw: Mapping[str, str]) -> tuple[int, int]:
    """(startIndex from 1, count) of a list; nonsense is an error, too much is cut off."""
    try:
        start, count = int(raw.get("startIndex", "1")), int(raw.get("count", "100"))
    except ValueError:
        raise ScimError(400, _("startIndex and count are numbers."), "invalidValue") from None
    return min(max(start, 1), 2**31), min(max(count, 0), MOST)


def user_values(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a User of the protocol says, by our names; what it does not say is missing."""
    said = {str(key).lower(): value for key, value in said.items()}
    found: dict[str, Any] = {}
    if "username" in said:
        found["email"] = said["username"]
    name = said.get("name")
    if isinstance(name, Mapping):
        found |= _name({str(key).lower(): value for key, value in name.items()})
    for key, ours in (("timezone", "time_zone"), ("externalid", "external_id")):
        if key in said:
            found[ours] = said[key] or ""
    if "active" in said:
        found["is_active"] = flag(said["active"])
    for key in said:
        if key.startswith("name."):
            found |= _name({key.removeprefix("name."): said[key]})
    return found


def _name(said: Mapping[str, Any]) -> dict[str, Any]:
    pairs = (("givenname", "first_name"), ("familyname", "last_name"))
    return {ours: said[key] or "" for key, ours in pairs if key in said}


def flag(value: Any) -> bool:
    """Some directories write booleans as text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ScimError(400, _("active is true or false."), "invalidValue")


def operations(body: Any) -> list[tuple[str, str, Any]]:
    """(add, replace or remove; path, perhaps empty; value) of a PATCH."""
    said = body.get("Operations") if isinstance(body, Mapping) else None
    if not isinstance(said, list) or not 0 < len(said) <= MOST_OPERATIONS:
        raise ScimError(400, _("A PATCH has a list of Operations."), "invalidSyntax")
    found = []
    for each in said:
        how = str(each.get("op", "")).lower() if isinstance(each, Mapping) else ""
        path = each.get("path") or "" if isinstance(each, Mapping) else ""
        if how not in ("add", "replace", "remove") or not isinstance(path, str):
            raise ScimError(400, _("op is add, replace or remove."), "invalidSyntax")
        if how == "remove" and not path:
            raise ScimError(400, _("A remove needs a path."), "noTarget")
        found.append((how, path, each.get("value")))
    return found


def patched_user(body: Any) -> dict[str, Any]:
    """What the operations set on a User, by our names. What we do not keep is passed over, for
    directories send all they have; so is an e-mail address beside userName, which is the one we use."""
    found: dict[str, Any] = {}
    for how, path, value in operations(body):
        plain = path.removeprefix(f"{USER}:")
        if not plain:
            if not isinstance(value, Mapping):
                raise ScimError(400, _("Without a path the value is an object."), "invalidValue")
            found |= user_values(value)
        elif _MAIL.fullmatch(plain):
            continue
        elif how == "remove":
            if plain.lower() in ("username", "active"):
                raise ScimError(
                    400, _("%(path)s cannot be removed.") % {"path": plain}, "mutability"
                )
            found |= user_values(
                {plain: ""}
                if plain.lower() != "name"
                else {"name": {"givenName": "", "familyName": ""}}
            )
        else:
            found |= user_values({plain: value})
    return found


def patched_group(body: Any) -> tuple[str | None, list[Members]]:
    """(a new displayName or None, what becomes of the members in order)."""
    name: str | None = None
    members: list[Members] = []
    for how, path, value in operations(body):
        plain = path.removeprefix(f"{GROUP}:")
        one = _MEMBER.fullmatch(plain)
        if one and how == "remove":
            members.append(Members("remove", (one[1],)))
        elif plain.lower() == "members":
            if how == "remove" and value is None:
                members.append(Members("replace"))
            else:
                members.append(Members(how, member_ids(value)))
        elif plain.lower() == "displayname" and how != "remove":
            name = _text(value)
        elif not plain and isinstance(value, Mapping):
            if "displayName" in value:
                name = _text(value["displayName"])
            if "members" in value:
                members.append(Members(how, member_ids(value["members"])))
        elif plain.lower() not in ("externalid", "id"):
            raise ScimError(400, _("Unknown path: %(path)s.") % {"path": path[:100]}, "invalidPath")
    return name, members


def member_ids(value: Any) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    if not all(
        isinstance(each, Mapping) and isinstance(each.get("value"), str) for each in entries
    ):
        raise ScimError(400, _("members are objects with a value."), "invalidValue")
    return tuple(each["value"] for each in entries)


def group_name(body: Any) -> str:
    return _text(body.get("displayName") if isinstance(body, Mapping) else None)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= 120 or "\x00" in value:
        raise ScimError(400, _("displayName is a text of at most 120 characters."), "invalidValue")
    return value.strip()


def listed(resources: list[dict[str, Any]], *, total: int, start: int) -> dict[str, Any]:
    return {
        "schemas": [f"{MESSAGES}:ListResponse"],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }


def service_provider() -> dict[str, Any]:
    return {
        "schemas": [f"{CORE}:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": False},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "An API token with the scope scim.",
                "primary": True,
            }
        ],
    }


def resource_types() -> list[dict[str, Any]]:
    return [
        {
            "schemas": [f"{CORE}:ResourceType"],
            "id": name,
            "name": name,
            "endpoint": f"/{name}s",
            "schema": schema,
        }
        for name, schema in (("User", USER), ("Group", GROUP))
    ]


def schemas() -> list[dict[str, Any]]:
    name = [_attribute("givenName"), _attribute("familyName")]
    user = [
        _attribute("userName", required=True, unique=True),
        _attribute("name", "complex", sub=name),
        _attribute("active", "boolean"),
        _attribute("timezone"),
        _attribute(
            "emails", "complex", many=True, mutability="readOnly", sub=[_attribute("value")]
        ),
        _attribute(
            "groups",
            "complex",
            many=True,
            mutability="readOnly",
            sub=[_attribute("value"), _attribute("display")],
        ),
    ]
    group = [
        _attribute("displayName", required=True, unique=True),
        _attribute(
            "members", "complex", many=True, sub=[_attribute("value"), _attribute("display")]
        ),
    ]
    return [
        {"schemas": [f"{CORE}:Schema"], "id": key, "name": label, "attributes": attributes}
        for key, label, attributes in ((USER, "User", user), (GROUP, "Group", group))
    ]


def _attribute(
    name: str,
    kind: str = "string",
    *,
    required: bool = False,
    unique: bool = False,
    many: bool = False,
    mutability: str = "readWrite",
    sub: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "multiValued": many,
        "required": required,
        "caseExact": False,
        "mutability": mutability,
        "returned": "default",
        "uniqueness": "server" if unique else "none",
        **({"subAttributes": sub} if sub else {}),
    }
