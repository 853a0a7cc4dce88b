"""What a package may say while it runs: the data models of SCORM 1.2 and 2004, and what it comes to.

Pure, without Django. The tables here are the only statement of the rules: the browser's run-time
(static/js/scorm.js) gets them with the page and answers its package by them at once; the server checks
what arrives by the same ones. In an element's name "n" stands for an index.

Where the standards bound a text, the bound here is the one of SCORM 2004 4th edition also for 1.2 (64,000
signs of suspend data instead of 4,096): authoring tools rely on it, and cutting loses somebody's place.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

EDITION_12: Final = "1.2"
EDITION_2004: Final = "2004"
MAX_ENTRIES, MAX_INDEX = 5_000, 1_000

NO_ERROR, GENERAL = 0, 101
# Of 1.2 and of 2004, by what went wrong.
ERRORS: Final[dict[str, dict[str, int]]] = {
    EDITION_12: {
        "argument": 201,
        "children": 202,
        "count": 203,
        "not_running_get": 301,
        "not_running_set": 301,
        "not_running_commit": 301,
        "not_running_end": 301,
        "ended_get": 301,
        "ended_set": 301,
        "ended_commit": 301,
        "ended_end": 301,
        "running": 101,
        "ended": 101,
        "undefined": 401,
        "index": 201,
        "order": 201,
        "unset": 0,
        "keyword": 402,
        "read_only": 403,
        "write_only": 404,
        "type": 405,
        "range": 405,
        "dependency": 201,
        "commit": 101,
    },
    EDITION_2004: {
        "argument": 201,
        "children": 301,
        "count": 301,
        "not_running_get": 122,
        "not_running_set": 132,
        "not_running_commit": 142,
        "not_running_end": 112,
        "ended_get": 123,
        "ended_set": 133,
        "ended_commit": 143,
        "ended_end": 113,
        "running": 103,
        "ended": 104,
        "undefined": 401,
        "index": 301,
        "order": 351,
        "unset": 403,
        "keyword": 404,
        "read_only": 404,
        "write_only": 405,
        "type": 406,
        "range": 407,
        "dependency": 408,
        "commit": 391,
    },
}

_SHORT = {"max": 4000}
_ID = {"pattern": r"^\S{1,4000}$"}
_TYPES: Final[dict[str, dict[str, Any]]] = {
    "text": {"max": 64_000},
    "short": _SHORT,
    "location": {"max": 1000},
    "id": _ID,
    "id_12": {"pattern": r"^\S{1,255}$"},
    "decimal": {
        "pattern": r"^-?([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20})([eE][+-]?[0-9]{1,3})?$"
    },
    "score_12": {
        "pattern": r"^$|^-?([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20})$",
        "low": 0,
        "high": 100,
    },
    "scaled": {
        "pattern": r"^-?([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20})$",
        "low": -1,
        "high": 1,
    },
    "progress": {
        "pattern": r"^-?([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20})$",
        "low": 0,
        "high": 1,
    },
    "not_negative": {"pattern": r"^([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20})$"},
    "status_12": {"words": ["passed", "completed", "failed", "incomplete", "browsed"]},
    "objective_status_12": {
        "words": ["passed", "completed", "failed", "incomplete", "browsed", "not attempted"]
    },
    "exit_12": {"words": ["time-out", "suspend", "logout", ""]},
    "timespan_12": {"pattern": r"^[0-9]{2,4}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,2})?$"},
    "time_12": {"pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,2})?$"},
    "interaction_12": {
        "words": [
            "true-false",
            "choice",
            "fill-in",
            "matching",
            "performance",
            "sequencing",
            "likert",
            "numeric",
        ]
    },
    "result_12": {
        "pattern": r"^(correct|wrong|unanticipated|neutral|-?[0-9]{1,20}(\.[0-9]{0,20})?)$"
    },
    "audio_12": {"pattern": r"^-?[0-9]{1,3}$", "low": -1, "high": 100},
    "speed_12": {"pattern": r"^-?[0-9]{1,3}$", "low": -100, "high": 100},
    "text_12": {"pattern": r"^(-1|0|1)$"},
    "completion": {"words": ["completed", "incomplete", "not attempted", "unknown"]},
    "success": {"words": ["passed", "failed", "unknown"]},
    "exit": {"words": ["time-out", "suspend", "logout", "normal", ""]},
    "timespan": {
        "pattern": (
            r"^P(?=[0-9T])([0-9]{1,10}Y)?([0-9]{1,10}M)?([0-9]{1,10}D)?"
            r"(T(?=[0-9])([0-9]{1,10}H)?([0-9]{1,10}M)?([0-9]{1,10}(\.[0-9]{1,2})?S)?)?$"
        )
    },
    "moment": {
        "pattern": (
            r"^(19[7-9][0-9]|20[0-9]{2})(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])"
            r"(T([01][0-9]|2[0-3])(:[0-5][0-9](:[0-5][0-9](\.[0-9]{1,2}(Z|[+-][0-9]{2}(:[0-9]{2})?)?)?)?)?)?)?)?$"
        )
    },
    "interaction": {
        "words": [
            "true-false",
            "choice",
            "fill-in",
            "long-fill-in",
            "likert",
            "matching",
            "performance",
            "sequencing",
            "numeric",
            "other",
        ]
    },
    "result": {
        "pattern": (
            r"^(correct|incorrect|unanticipated|neutral|"
            r"-?([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20}))$"
        )
    },
    "captioning": {"words": ["-1", "0", "1"]},
    "language": {"pattern": r"^[A-Za-z0-9-]{0,250}$"},
    "navigation": {
        "pattern": (
            r"^(continue|previous|exit|exitAll|abandon|abandonAll|suspendAll|_none_"
            r"|\{target=.{1,4000}\}(choice|jump))$"
        )
    },
}


def _element(type_: str, access: str = "rw", default: str | None = None) -> dict[str, Any]:
    return {"type": type_, "access": access, "default": default}


def _list(children: str) -> dict[str, Any]:
    return {"type": "short", "access": "r", "default": children, "keyword": True}


def _count() -> dict[str, Any]:
    return {"type": "short", "access": "r", "default": "0", "keyword": True}


_12: Final[dict[str, dict[str, Any]]] = {
    "cmi.core._children": _list(
        "student_id,student_name,lesson_location,credit,lesson_status,entry,score,total_time,"
        "lesson_mode,exit,session_time"
    ),
    "cmi.core.student_id": _element("short", "r", ""),
    "cmi.core.student_name": _element("short", "r", ""),
    "cmi.core.lesson_location": _element("location", default=""),
    "cmi.core.credit": _element("short", "r", "credit"),
    "cmi.core.lesson_status": _element("status_12", default="not attempted"),
    "cmi.core.entry": _element("short", "r", "ab-initio"),
    "cmi.core.score._children": _list("raw,min,max"),
    "cmi.core.score.raw": _element("score_12", default=""),
    "cmi.core.score.min": _element("score_12", default=""),
    "cmi.core.score.max": _element("score_12", default=""),
    "cmi.core.total_time": _element("short", "r", "0000:00:00.00"),
    "cmi.core.lesson_mode": _element("short", "r", "normal"),
    "cmi.core.exit": _element("exit_12", "w"),
    "cmi.core.session_time": _element("timespan_12", "w"),
    "cmi.suspend_data": _element("text", default=""),
    "cmi.launch_data": _element("short", "r", ""),
    "cmi.comments": _element("short", default=""),
    "cmi.comments_from_lms": _element("short", "r", ""),
    "cmi.objectives._children": _list("id,score,status"),
    "cmi.objectives._count": _count(),
    "cmi.objectives.n.id": _element("id_12", default=""),
    "cmi.objectives.n.score._children": _list("raw,min,max"),
    "cmi.objectives.n.score.raw": _element("score_12", default=""),
    "cmi.objectives.n.score.min": _element("score_12", default=""),
    "cmi.objectives.n.score.max": _element("score_12", default=""),
    "cmi.objectives.n.status": _element("objective_status_12", default="not attempted"),
    "cmi.student_data._children": _list("mastery_score,max_time_allowed,time_limit_action"),
    "cmi.student_data.mastery_score": _element("short", "r", ""),
    "cmi.student_data.max_time_allowed": _element("short", "r", ""),
    "cmi.student_data.time_limit_action": _element("short", "r", ""),
    "cmi.student_preference._children": _list("audio,language,speed,text"),
    "cmi.student_preference.audio": _element("audio_12", default="0"),
    "cmi.student_preference.language": _element("language", default=""),
    "cmi.student_preference.speed": _element("speed_12", default="0"),
    "cmi.student_preference.text": _element("text_12", default="0"),
    "cmi.interactions._children": _list(
        "id,objectives,time,type,correct_responses,weighting,student_response,result,latency"
    ),
    "cmi.interactions._count": _count(),
    "cmi.interactions.n.id": _element("id_12", "w"),
    "cmi.interactions.n.objectives._count": _count(),
    "cmi.interactions.n.objectives.n.id": _element("id_12", "w"),
    "cmi.interactions.n.time": _element("time_12", "w"),
    "cmi.interactions.n.type": _element("interaction_12", "w"),
    "cmi.interactions.n.correct_responses._count": _count(),
    "cmi.interactions.n.correct_responses.n.pattern": _element("short", "w"),
    "cmi.interactions.n.weighting": _element("decimal", "w"),
    "cmi.interactions.n.student_response": _element("short", "w"),
    "cmi.interactions.n.result": _element("result_12", "w"),
    "cmi.interactions.n.latency": _element("timespan_12", "w"),
}

_SCORE_CHILDREN = "scaled,raw,min,max"
_2004: Final[dict[str, dict[str, Any]]] = {
    "cmi._version": {"type": "short", "access": "r", "default": "1.0", "keyword": True},
    "cmi.comments_from_learner._children": _list("comment,location,timestamp"),
    "cmi.comments_from_learner._count": _count(),
    "cmi.comments_from_learner.n.comment": _element("short"),
    "cmi.comments_from_learner.n.location": _element("location"),
    "cmi.comments_from_learner.n.timestamp": _element("moment"),
    "cmi.comments_from_lms._children": _list("comment,location,timestamp"),
    "cmi.comments_from_lms._count": _count(),
    "cmi.completion_status": _element("completion", default="unknown"),
    "cmi.completion_threshold": _element("short", "r"),
    "cmi.credit": _element("short", "r", "credit"),
    "cmi.entry": _element("short", "r", "ab-initio"),
    "cmi.exit": _element("exit", "w"),
    "cmi.interactions._children": _list(
        "id,type,objectives,timestamp,correct_responses,weighting,learner_response,result,latency,"
        "description"
    ),
    "cmi.interactions._count": _count(),
    "cmi.interactions.n.id": _element("id"),
    "cmi.interactions.n.type": _element("interaction"),
    "cmi.interactions.n.objectives._count": _count(),
    "cmi.interactions.n.objectives.n.id": _element("id"),
    "cmi.interactions.n.timestamp": _element("moment"),
    "cmi.interactions.n.correct_responses._count": _count(),
    "cmi.interactions.n.correct_responses.n.pattern": _element("short"),
    "cmi.interactions.n.weighting": _element("decimal"),
    "cmi.interactions.n.learner_response": _element("short"),
    "cmi.interactions.n.result": _element("result"),
    "cmi.interactions.n.latency": _element("timespan"),
    "cmi.interactions.n.description": _element("short"),
    "cmi.launch_data": _element("short", "r"),
    "cmi.learner_id": _element("short", "r", ""),
    "cmi.learner_name": _element("short", "r", ""),
    "cmi.learner_preference._children": _list(
        "audio_level,language,delivery_speed,audio_captioning"
    ),
    "cmi.learner_preference.audio_level": _element("not_negative", default="1"),
    "cmi.learner_preference.language": _element("language", default=""),
    "cmi.learner_preference.delivery_speed": _element("not_negative", default="1"),
    "cmi.learner_preference.audio_captioning": _element("captioning", default="0"),
    "cmi.location": _element("location"),
    "cmi.max_time_allowed": _element("short", "r"),
    "cmi.mode": _element("short", "r", "normal"),
    "cmi.objectives._children": _list(
        "id,score,success_status,completion_status,progress_measure,description"
    ),
    "cmi.objectives._count": _count(),
    "cmi.objectives.n.id": _element("id"),
    "cmi.objectives.n.score._children": _list(_SCORE_CHILDREN),
    "cmi.objectives.n.score.scaled": _element("scaled"),
    "cmi.objectives.n.score.raw": _element("decimal"),
    "cmi.objectives.n.score.min": _element("decimal"),
    "cmi.objectives.n.score.max": _element("decimal"),
    "cmi.objectives.n.success_status": _element("success", default="unknown"),
    "cmi.objectives.n.completion_status": _element("completion", default="unknown"),
    "cmi.objectives.n.progress_measure": _element("progress"),
    "cmi.objectives.n.description": _element("short"),
    "cmi.progress_measure": _element("progress"),
    "cmi.scaled_passing_score": _element("short", "r"),
    "cmi.score._children": _list(_SCORE_CHILDREN),
    "cmi.score.scaled": _element("scaled"),
    "cmi.score.raw": _element("decimal"),
    "cmi.score.min": _element("decimal"),
    "cmi.score.max": _element("decimal"),
    "cmi.session_time": _element("timespan", "w"),
    "cmi.success_status": _element("success", default="unknown"),
    "cmi.suspend_data": _element("text"),
    "cmi.time_limit_action": _element("short", "r", "continue,no message"),
    "cmi.total_time": _element("short", "r", "PT0S"),
    "adl.nav.request": _element("navigation", default="_none_"),
    "adl.nav.request_valid.continue": _element("short", "r", "unknown"),
    "adl.nav.request_valid.previous": _element("short", "r", "unknown"),
}

ELEMENTS: Final = {EDITION_12: _12, EDITION_2004: _2004}
# Where an entry of a list has an id, that comes first in 2004: the rest hangs on it.
NEEDS_ID: Final = ["cmi.interactions.n.", "cmi.objectives.n."]
# What not every database can hold: null characters, and halves of a pair.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_INDEX = re.compile(r"(?<=\.)[0-9]{1,9}(?=\.|$)")


def rules(edition: str) -> dict[str, Any]:
    """All that the browser needs to answer by the same rules."""
    return {
        "edition": edition,
        "elements": ELEMENTS[edition],
        "types": _TYPES,
        "errors": ERRORS[edition],
        "needsId": NEEDS_ID if edition == EDITION_2004 else [],
        "maxIndex": MAX_INDEX,
    }


def error_of(edition: str, element: str, value: str) -> int:
    """The standard's number for setting `element` to `value`, 0 when it may be set.

    The order of indices and what depends on others is the matter of a whole session, see `problem_in`.
    """
    errors = ERRORS[edition]
    known = ELEMENTS[edition].get(_INDEX.sub("n", element))
    if known is None:
        return errors["undefined"]
    if "w" not in known["access"]:
        return errors["keyword"] if known.get("keyword") else errors["read_only"]
    rule = _TYPES[known["type"]]
    if "words" in rule and value not in rule["words"]:
        return errors["type"]
    if "max" in rule and len(value) > rule["max"]:
        return errors["type"]
    if "pattern" in rule and not re.search(rule["pattern"].replace("$", r"\Z"), value):
        return errors["type"]
    if "low" in rule and value and not rule["low"] <= float(value) <= rule["high"]:
        return errors["range"]
    return NO_ERROR


def problem_in(edition: str, data: Mapping[str, Any]) -> str:
    """Why `data` (elements and values that a package has set) cannot be kept, or nothing."""
    if len(data) > MAX_ENTRIES:
        return f"more than {MAX_ENTRIES} values"
    highest: dict[str, set[int]] = {}
    for element, value in data.items():
        if not isinstance(value, str) or _NO_TEXT.search(value):
            return f"{element[:100]}: is no text"
        if code := error_of(edition, element, value):
            return f"{element[:100]}: error {code}"
        for match in _INDEX.finditer(element):
            highest.setdefault(element[: match.start()], set()).add(int(match.group()))
    for prefix, numbers in highest.items():
        if max(numbers) >= len(numbers) or len(numbers) > MAX_INDEX:
            return f"{prefix[:100]}: an index is left out"
    return ""


# Time ---------------------------------------------------------------------------------------------

_SPAN = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
LONGEST: Final = 10_000 * 3600


def seconds_of(edition: str, text: str) -> float:
    """A time span of the package in seconds; 0 for none."""
    if not text:
        return 0.0
    if edition == EDITION_12:
        hours, minutes, seconds = text.split(":")
        total = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    else:
        match = _SPAN.fullmatch(text)
        if match is None:
            return 0.0
        years, months, days, hours_, minutes_, seconds_ = (
            float(part or 0) for part in match.groups()
        )
        # The standard's own averages: a year of 365.25 days, a month of a twelfth of that.
        total = (years * 365.25 + months * 30.4375 + days) * 86_400
        total += hours_ * 3600 + minutes_ * 60 + seconds_
    return min(total, float(LONGEST))


def as_time(edition: str, seconds: float) -> str:
    hundredths = round(max(0.0, min(seconds, LONGEST - 1)) * 100)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    if edition == EDITION_12:
        return f"{hours:04d}:{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}"
    return f"PT{hours}H{minutes}M{rest // 100}.{rest % 100:02d}S"


# What it comes to ---------------------------------------------------------------------------------


class Rule(StrEnum):
    """When a page with a package is done; the values are those of `ScormPage.Rule`."""

    PACKAGE = "package"
    SCORE = "score"
    COMPLETED = "completed"


@dataclass(frozen=True)
class Terms:
    """What the manifest asks of one part: `mastery_score` 0-100 (1.2), `passing` -1..1 and `threshold`
    0..1 (2004), each empty when it asks nothing. `sets_completion`: the part always says itself."""

    edition: str
    mastery_score: str = ""
    passing: str = ""
    threshold: str = ""
    sets_completion: bool = False


@dataclass(frozen=True)
class Outcome:
    """Completion and success are two things: a score does not complete, completing does not pass.

    `success` is None while nobody said so. `scaled` -1..1.
    """

    completed: bool = False
    success: bool | None = None
    scaled: Decimal | None = None
    raw: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None

    def is_done(self, rule: Rule, mastery_score: int | None) -> bool:
        """Whether this is enough for the page; the score is compared as percent."""
        if not self.completed:
            return False
        if rule == Rule.COMPLETED:
            return True
        if rule == Rule.SCORE:
            return self.scaled is not None and self.scaled * 100 >= (mastery_score or 0)
        return self.success is not False


def outcome_of(terms: Terms, data: Mapping[str, str], *, has_ended: bool) -> Outcome:
    """What the values say. `has_ended`: the package finished its session, rather than was left."""
    if terms.edition == EDITION_12:
        return _outcome_12(terms, data, has_ended=has_ended)
    return _outcome_2004(terms, data, has_ended=has_ended)


def outcome_of_all(outcomes: Iterable[Outcome]) -> Outcome:
    """Of a package with several parts: complete with the last; failed with one, passed with all of those
    that judge; the score is the mean of those that have one."""
    every = list(outcomes)
    if len(every) == 1:
        return every[0]
    judged = [each.success for each in every if each.success is not None]
    scores = [each.scaled for each in every if each.scaled is not None]
    success: bool | None = None
    if False in judged:
        success = False
    elif judged and all(each.completed for each in every):
        success = True
    return Outcome(
        completed=bool(every) and all(each.completed for each in every),
        success=success,
        scaled=sum(scores, Decimal(0)) / len(scores) if scores else None,
    )


def _outcome_12(terms: Terms, data: Mapping[str, str], *, has_ended: bool) -> Outcome:
    status = data.get("cmi.core.lesson_status", "not attempted")
    raw = _decimal(data.get("cmi.core.score.raw"))
    low = _decimal(data.get("cmi.core.score.min"))
    high = _decimal(data.get("cmi.core.score.max"))
    mastery = _decimal(terms.mastery_score)
    is_suspended = data.get("cmi.core.exit") == "suspend"
    if has_ended and status == "not attempted" and not is_suspended:
        # The standard: a part that ends and never said a status is completed.
        status = "completed"
    if has_ended and mastery is not None and raw is not None and status != "incomplete":
        status = "passed" if raw >= mastery else "failed"
    return Outcome(
        completed=status in ("passed", "completed", "failed"),
        success={"passed": True, "failed": False}.get(status),
        scaled=_scaled(raw, low, high),
        raw=raw,
        low=low if low is not None else Decimal(0),
        high=high if high is not None else Decimal(100),
    )


def _outcome_2004(terms: Terms, data: Mapping[str, str], *, has_ended: bool) -> Outcome:
    raw, low, high = (_decimal(data.get(f"cmi.score.{name}")) for name in ("raw", "min", "max"))
    scaled = _decimal(data.get("cmi.score.scaled"))
    completion = data.get("cmi.completion_status", "unknown")
    success = data.get("cmi.success_status", "unknown")
    threshold, progress = _decimal(terms.threshold), _decimal(data.get("cmi.progress_measure"))
    if threshold is not None and progress is not None:
        completion = "completed" if progress >= threshold else "incomplete"
    passing = _decimal(terms.passing)
    if passing is not None:
        reached = scaled is not None and scaled >= passing
        success = "unknown" if scaled is None else "passed" if reached else "failed"
    is_suspended = data.get("cmi.exit") == "suspend"
    if completion == "unknown" and has_ended and not is_suspended and not terms.sets_completion:
        completion = "completed"
    return Outcome(
        completed=completion == "completed",
        success={"passed": True, "failed": False}.get(success),
        scaled=scaled if scaled is not None else _scaled(raw, low, high, needs_bounds=True),
        raw=raw,
        low=low,
        high=high,
    )


def _scaled(
    raw: Decimal | None, low: Decimal | None, high: Decimal | None, *, needs_bounds: bool = False
) -> Decimal | None:
    """A raw score as a fraction of the way from its lowest to its highest; of 0-100 unless said."""
    if raw is None or (needs_bounds and high is None):
        return None
    low = low if low is not None else Decimal(0)
    high = high if high is not None else Decimal(100)
    if high <= low:
        return None
    return min(max((raw - low) / (high - low), Decimal(0)), Decimal(1))


def _decimal(text: str | None) -> Decimal | None:
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**12 else None
