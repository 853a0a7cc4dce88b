"""xAPI 1.0.3 statements: made and checked here, without Django; sent by `training.sending`.

A statement's id is made from what it tells and of what (UUID version 5), so that telling it twice is
telling it once. A score is not progress: `completion` and `success` are two things, and each is only
said where it is known.
"""

import datetime as dt
import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

_NAMESPACE = uuid.UUID("3c0d4a5e-6f3b-5f0e-9a0b-0f6a6f1f9c2e")


class Verb(Enum):
    """What is told, with its name in ADL's vocabulary."""

    STARTED = ("http://adlnet.gov/expapi/verbs/initialized", "started")
    ANSWERED = ("http://adlnet.gov/expapi/verbs/answered", "answered")
    PASSED = ("http://adlnet.gov/expapi/verbs/passed", "passed")
    FAILED = ("http://adlnet.gov/expapi/verbs/failed", "failed")
    COMPLETED = ("http://adlnet.gov/expapi/verbs/completed", "completed")


class Kind(Enum):
    """What it is told of."""

    MODULE = "http://adlnet.gov/expapi/activities/module"
    LESSON = "http://adlnet.gov/expapi/activities/lesson"
    ASSESSMENT = "http://adlnet.gov/expapi/activities/assessment"
    QUESTION = "http://adlnet.gov/expapi/activities/question"
    PACKAGE = "http://adlnet.gov/expapi/activities/course"
    SIMULATION = "http://adlnet.gov/expapi/activities/simulation"


@dataclass(frozen=True)
class Activity:
    """`iri` is its address for good; `parent` what it is a part of."""

    iri: str
    kind: Kind
    name: str
    language: str = "en"
    description: str = ""
    parent: "Activity | None" = None


@dataclass(frozen=True)
class Score:
    """`scaled` -1..1. `raw` stands within `low` and `high`, where all three are known."""

    scaled: Decimal | None = None
    raw: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class Result:
    score: Score | None = None
    success: bool | None = None
    completion: bool | None = None
    response: str | None = None
    seconds: float | None = None


def account(home_page: str, name: str) -> dict[str, Any]:
    """An actor by our own number for a person, which tells a stranger nothing."""
    return {"objectType": "Agent", "account": {"homePage": home_page, "name": name}}


def hashed_mailbox(email: str) -> dict[str, Any]:
    """An actor by the hash of an address, which the record store may know from elsewhere."""
    digest = hashlib.sha1(f"mailto:{email}".encode(), usedforsecurity=False).hexdigest()
    return {"objectType": "Agent", "mbox_sha1sum": digest}


def identify(*parts: object) -> uuid.UUID:
    """The same parts give the same id, on every machine."""
    return uuid.uuid5(_NAMESPACE, "\n".join(str(part) for part in parts))


def build(
    verb: Verb,
    *,
    actor: Mapping[str, Any],
    activity: Activity,
    at: dt.datetime,
    registration: uuid.UUID,
    platform: str,
    result: Result | None = None,
    revision: str = "",
) -> dict[str, Any]:
    """The statement as JSON. Its id follows from verb, actor, activity and registration."""
    iri, display = verb.value
    context: dict[str, Any] = {
        "registration": str(registration),
        "platform": platform,
        "language": activity.language,
    }
    if revision:
        context["revision"] = revision
    if activity.parent:
        context["contextActivities"] = {"parent": [_object(activity.parent)]}
    who = actor.get("mbox_sha1sum") or actor.get("account", {}).get("name", "")
    statement = {
        "id": str(identify(iri, who, activity.iri, registration)),
        "actor": dict(actor),
        "verb": {"id": iri, "display": {"en": display}},
        "object": _object(activity),
        "context": context,
        "timestamp": at.astimezone(dt.UTC).isoformat(timespec="milliseconds"),
        "version": "1.0.3",
    }
    if result and (told := _result(result)):
        statement["result"] = told
    return statement


def duration(seconds: float) -> str:
    """ISO 8601, to a hundredth of a second as the standard compares them."""
    text = f"{max(0.0, seconds):.2f}".rstrip("0").rstrip(".")
    return f"PT{text}S"


def _object(activity: Activity) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "type": activity.kind.value,
        "name": {activity.language: activity.name},
    }
    if activity.description:
        definition["description"] = {activity.language: activity.description}
    return {"objectType": "Activity", "id": activity.iri, "definition": definition}


def _result(result: Result) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if result.score:
        names = (("scaled", "scaled"), ("raw", "raw"), ("min", "low"), ("max", "high"))
        values = {
            name: float(value)
            for name, key in names
            if (value := getattr(result.score, key)) is not None
        }
        if values:
            told["score"] = values
    for name in ("success", "completion", "response"):
        if (value := getattr(result, name)) is not None:
            told[name] = value
    if result.seconds is not None:
        told["duration"] = duration(result.seconds)
    return told


# Checking ----------------------------------------------------------------------------------------

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.I)
_DURATION = re.compile(
    r"P(?=.)(\d+W|(\d+(\.\d+)?Y)?(\d+(\.\d+)?M)?(\d+(\.\d+)?D)?"
    r"(T(?=.)(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?)"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_TOP = {
    "id",
    "actor",
    "verb",
    "object",
    "result",
    "context",
    "timestamp",
    "stored",
    "authority",
    "version",
    "attachments",
}


def problems(statement: Mapping[str, Any]) -> list[str]:
    """What a record store would refuse about `statement`, by the data part of the specification."""
    found = [
        f"{name}: is required" for name in ("actor", "verb", "object") if not statement.get(name)
    ]
    found += [f"{name}: is no property of a statement" for name in statement.keys() - _TOP]
    if "id" in statement and not _is_uuid(statement["id"]):
        found.append("id: is no UUID")
    found += _actor_problems(statement.get("actor"))
    found += _verb_problems(statement.get("verb"))
    found += _object_problems(statement.get("object"))
    found += _result_problems(statement.get("result"))
    found += _context_problems(statement.get("context"), statement.get("object"))
    if "timestamp" in statement and not _is_timestamp(statement["timestamp"]):
        found.append("timestamp: is no moment with a time zone")
    return found


def _actor_problems(actor: Any) -> list[str]:
    if not actor:
        return []
    ways = [
        name
        for name in ("mbox", "mbox_sha1sum", "openid", "account")
        if actor.get(name) is not None
    ]
    if len(ways) != 1:
        return ["actor: exactly one of mbox, mbox_sha1sum, openid and account is needed"]
    if ways == ["mbox_sha1sum"] and not re.fullmatch(r"[0-9a-f]{40}", actor["mbox_sha1sum"]):
        return ["actor.mbox_sha1sum: is no SHA-1 sum"]
    if ways == ["account"]:
        who = actor["account"]
        if not _is_iri(who.get("homePage")) or not who.get("name"):
            return ["actor.account: homePage (an address) and name are needed"]
    return []


def _verb_problems(verb: Any) -> list[str]:
    if not verb:
        return []
    found = [] if _is_iri(verb.get("id")) else ["verb.id: is no IRI"]
    if not _is_language_map(verb.get("display", {})):
        found.append("verb.display: is no map from languages to texts")
    return found


def _object_problems(activity: Any) -> list[str]:
    if not activity:
        return []
    found = [] if _is_iri(activity.get("id")) else ["object.id: is no IRI"]
    definition = activity.get("definition", {})
    found += [
        f"object.definition.{name}: is no map from languages to texts"
        for name in ("name", "description")
        if not _is_language_map(definition.get(name, {}))
    ]
    if "type" in definition and not _is_iri(definition["type"]):
        found.append("object.definition.type: is no IRI")
    return found


def _result_problems(result: Any) -> list[str]:
    if not result:
        return []
    found = [
        f"result.{name}: is neither true nor false"
        for name in ("success", "completion")
        if name in result and not isinstance(result[name], bool)
    ]
    if "duration" in result and not _DURATION.fullmatch(str(result["duration"])):
        found.append("result.duration: is no ISO 8601 duration")
    return found + _score_problems(result.get("score", {}))


def _score_problems(score: Mapping[str, Any]) -> list[str]:
    numbers = {
        name: value
        for name, value in score.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    found = [f"result.score.{name}: is no number" for name in score if name not in numbers]
    scaled, raw, low, high = (numbers.get(name) for name in ("scaled", "raw", "min", "max"))
    if scaled is not None and not -1 <= scaled <= 1:
        found.append("result.score.scaled: is not within -1 and 1")
    if low is not None and high is not None and low >= high:
        found.append("result.score: min is not below max")
    if raw is not None and low is not None and raw < low:
        found.append("result.score.raw: is below min")
    if raw is not None and high is not None and raw > high:
        found.append("result.score.raw: is above max")
    return found


def _context_problems(context: Any, activity: Any) -> list[str]:
    if not context:
        return []
    found = []
    if "registration" in context and not _is_uuid(context["registration"]):
        found.append("context.registration: is no UUID")
    is_activity = (activity or {}).get("objectType", "Activity") == "Activity"
    found += [
        f"context.{name}: is only for activities"
        for name in ("revision", "platform")
        if name in context and not is_activity
    ]
    if "language" in context and not _LANGUAGE.fullmatch(str(context["language"])):
        found.append("context.language: is no language")
    return found


def _is_uuid(value: Any) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def _is_iri(value: Any) -> bool:
    return isinstance(value, str) and bool(urlsplit(value).scheme) and " " not in value


def _is_language_map(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        _LANGUAGE.fullmatch(key) and isinstance(text, str) for key, text in value.items()
    )


def _is_timestamp(value: Any) -> bool:
    try:
        return dt.datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False
