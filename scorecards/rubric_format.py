"""A rubric version as plain data: what is exported, imported, drafted from and compared.

The format is described in docs/rubrics.md. `read_structure` accepts what JSON or TOML gives, with
everything optional left out; what it returns has every field, numbers as `Decimal`.
"""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _

from people.channels import Channel
from scorecards.models import Criterion, RubricVersion

FORMAT: Final = "evenhand-rubric-1"
MAX_ERRORS: Final = 20

Structure = dict[str, Any]
_Check = Callable[[Any, str, "_Errors"], Any]
_REQUIRED: Final = object()


class FormatError(Exception):
    """`errors` are pairs of a path into the data and what was expected there."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{path}: {text}" for path, text in errors))


def structure_of(version: RubricVersion) -> Structure:
    """The whole of a version loaded `with_structure`. No query."""
    sections: list[Structure] = [
        {
            "key": section.key,
            "title": section.title,
            "weight": section.weight,
            "criteria": [_criterion(row) for row in section.criteria.all()],
        }
        for section in version.sections.all()
    ]
    keys = {row.pk: row.key for part in version.sections.all() for row in part.criteria.all()}
    for part in sections:
        for row in part["criteria"]:
            if row["depends_on"]:
                row["depends_on"]["criterion"] = keys.get(row["depends_on"]["criterion"], "")
    return {
        "format": FORMAT,
        "key": version.rubric.key,
        "name": version.rubric.name,
        "description": version.rubric.description,
        "change_note": version.change_note,
        **{name: getattr(version, name) for name in _VERSION_FIELDS},
        "sections": sections,
    }


def _criterion(row: Criterion) -> Structure:
    return {
        **{name: getattr(row, name) for name in _CRITERION_FIELDS},
        "not_applicable": row.allows_not_applicable,
        "critical": row.is_critical,
        "bonus": row.is_bonus,
        "skill": row.skill.key,
        "procedure": row.procedure.slug if row.procedure else "",
        "depends_on": (
            {"criterion": row.depends_on_id, "levels": row.depends_on_positions}
            if row.depends_on_id
            else None
        ),
        "levels": [
            {
                "label": level.label,
                "descriptor": level.descriptor,
                "points": level.points,
                "requires_comment": level.requires_comment,
                "critical_failure": level.is_critical_failure,
                "count_from": level.count_from,
            }
            for level in row.levels.all()
        ],
    }


def to_json(structure: Structure) -> str:
    def number(value: Any) -> Any:
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        raise TypeError(value)

    return json.dumps(structure, default=number, ensure_ascii=False, indent=2) + "\n"


def from_json(text: str | bytes) -> Structure:
    """Raises `FormatError` for what is no JSON as well as for what is no rubric."""
    try:
        data = json.loads(text, parse_float=Decimal)
        # Escapes can write half a character, which no database and no page can hold.
        json.dumps(data, default=str, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        before = str(error.object)[max(0, error.start - 30) : error.start]
        words = _("expected whole characters, got half of one behind %s") % before
        raise FormatError([("file", words)]) from error
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "file"
        raise FormatError([(where, _("expected JSON in UTF-8"))]) from error
    except (ValueError, InvalidOperation) as error:
        raise FormatError([("file", _("expected numbers of a few digits"))]) from error
    if isinstance(data, dict) and data.get("format") != FORMAT:
        raise FormatError([("format", _("expected “%s”") % FORMAT)])
    return read_structure(data)


def read_structure(data: Any) -> Structure:
    """Raises `FormatError` with up to 20 errors."""
    errors = _Errors()
    result = _object(_VERSION)(data, "", errors)
    if not errors:
        _check_keys(result, errors)
    if errors:
        raise FormatError(errors[:MAX_ERRORS])
    return result


class _Errors(list[tuple[str, str]]):
    def expected(self, path: str, what: str, got: Any = None) -> None:
        text = _("expected %s") % what
        if got is not None:
            text += _(", got %s") % json.dumps(got, ensure_ascii=False, default=str)[:60]
        self.append((path or _("file"), text))


def _check_keys(data: Structure, errors: _Errors) -> None:
    """Keys are unique; a condition names a criterion of this rubric."""
    seen: dict[str, set[str]] = {"section": set(), "criterion": set()}

    def once(kind: str, key: str, path: str) -> None:
        if key in seen[kind]:
            errors.expected(path, _("a key used only once"), key)
        seen[kind].add(key)

    for s, section in enumerate(data["sections"]):
        once("section", section["key"], f"sections[{s}].key")
        for c, row in enumerate(section["criteria"]):
            once("criterion", row["key"], f"sections[{s}].criteria[{c}].key")
    for s, section in enumerate(data["sections"]):
        for c, row in enumerate(section["criteria"]):
            earlier = row["depends_on"] and row["depends_on"]["criterion"]
            if earlier and earlier not in seen["criterion"]:
                path = f"sections[{s}].criteria[{c}].depends_on.criterion"
                errors.expected(path, _("the key of a criterion of this rubric"), earlier)


# --- what is read ----------------------------------------------------------------------------------
def _object(fields: Mapping[str, tuple[_Check, Any]]) -> _Check:
    def check(value: Any, path: str, errors: _Errors) -> Any:
        if not isinstance(value, Mapping):
            errors.expected(path, _("an object"), value)
            return None
        for name in value:
            if name not in fields:
                errors.expected(_join(path, name), _("one of: %s") % ", ".join(fields))
        result = {}
        for name, (read, default) in fields.items():
            if name in value:
                result[name] = read(value[name], _join(path, name), errors)
            elif default is _REQUIRED:
                errors.expected(_join(path, name), _("a value; it is missing"))
            else:
                result[name] = list(default) if isinstance(default, list) else default
        return result

    return check


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _list(read: _Check) -> _Check:
    def check(value: Any, path: str, errors: _Errors) -> Any:
        if not isinstance(value, list):
            errors.expected(path, _("a list"), value)
            return []
        return [read(item, f"{path}[{n}]", errors) for n, item in enumerate(value)]

    return check


def _text(longest: int | None = None, *, filled: bool = False) -> _Check:
    def check(value: Any, path: str, errors: _Errors) -> Any:
        if not isinstance(value, str) or "\x00" in value:
            errors.expected(path, _("text"), value)
        elif filled and not value.strip():
            errors.expected(path, _("some text"), value)
        elif longest and len(value) > longest:
            errors.expected(path, _("at most %d characters") % longest)
        return value

    return check


def _key(longest: int) -> _Check:
    def check(value: Any, path: str, errors: _Errors) -> Any:
        if not isinstance(value, str) or not re.fullmatch(rf"[-\w]{{1,{longest}}}", value, re.A):
            errors.expected(
                path,
                _("a key of at most %d letters, digits, hyphens and underscores") % longest,
                value,
            )
        return value

    return check


def _number(
    lowest: Decimal | int | None, highest: Decimal | int, *, places: int = 2, none: bool = False
) -> _Check:
    def check(value: Any, path: str, errors: _Errors) -> Any:
        if value is None and none:
            return None
        try:
            if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
                raise InvalidOperation
            number = Decimal(str(value))
            fits = number.is_finite() and (lowest is None or number >= lowest)
            if not fits or abs(number) > highest or number != round(number, places):
                raise InvalidOperation
        except InvalidOperation:
            errors.expected(path, _number_words(lowest, highest, places), value)
            return value
        return number if places else int(number)

    return check


def _number_words(lowest: Decimal | int | None, highest: Decimal | int, places: int) -> str:
    words = {"lowest": -highest if lowest is None else lowest, "highest": highest, "places": places}
    if places:
        return (
            _("a number of %(lowest)s to %(highest)s with at most %(places)s decimal places")
            % words
        )
    return _("a whole number of %(lowest)s to %(highest)s") % words


def _boolean(value: Any, path: str, errors: _Errors) -> Any:
    if not isinstance(value, bool):
        errors.expected(path, _("true or false"), value)
    return value


def _one_of(choices: list[str]) -> _Check:
    def check(value: Any, path: str, errors: _Errors) -> Any:
        if value not in choices:
            errors.expected(path, _("one of: %s") % ", ".join(choices), value)
        return value

    return check


def _or_null(read: _Check) -> _Check:
    return lambda value, path, errors: None if value is None else read(value, path, errors)


_MOST = Decimal("99999.99")
_WEIGHT = _number(0, _MOST)
_PERCENT = _number(0, 100)
_WHOLE = _number(0, 2_000_000_000, places=0)

_LEVEL: Mapping[str, tuple[_Check, Any]] = {
    "label": (_text(60, filled=True), _REQUIRED),
    "descriptor": (_text(), _REQUIRED),
    "points": (_number(None, _MOST), _REQUIRED),
    "requires_comment": (_boolean, False),
    "critical_failure": (_boolean, False),
    "count_from": (_or_null(_WHOLE), None),
}
_CONDITION: Mapping[str, tuple[_Check, Any]] = {
    "criterion": (_text(60), _REQUIRED),
    "levels": (_list(_number(0, 10, places=0)), _REQUIRED),
}
_CRITERION: Mapping[str, tuple[_Check, Any]] = {
    "key": (_key(60), _REQUIRED),
    "title": (_text(160, filled=True), _REQUIRED),
    "guidance": (_text(), ""),
    "good_example": (_text(), ""),
    "bad_example": (_text(), ""),
    "scale": (_one_of(list(Criterion.Scale.values)), Criterion.Scale.LEVELS.value),
    "weight": (_WEIGHT, Decimal(1)),
    "channels": (_list(_one_of(list(Channel.values))), []),
    "flows": (_list(_text(200, filled=True)), []),
    "critical_below": (_or_null(_PERCENT), None),
    "procedure_anchor": (_text(80), ""),
    "not_applicable": (_boolean, False),
    "critical": (_boolean, False),
    "bonus": (_boolean, False),
    "skill": (_text(60, filled=True), _REQUIRED),
    "procedure": (_text(255), ""),
    "depends_on": (_or_null(_object(_CONDITION)), None),
    "levels": (_list(_object(_LEVEL)), _REQUIRED),
}
_SECTION: Mapping[str, tuple[_Check, Any]] = {
    "key": (_key(60), _REQUIRED),
    "title": (_text(120, filled=True), _REQUIRED),
    "weight": (_WEIGHT, Decimal(1)),
    "criteria": (_list(_object(_CRITERION)), _REQUIRED),
}
_VERSION: Mapping[str, tuple[_Check, Any]] = {
    "format": (_one_of([FORMAT]), FORMAT),
    "key": (lambda value, path, errors: value and _key(80)(value, path, errors), ""),
    "name": (_text(160), ""),
    "description": (_text(), ""),
    "change_note": (_text(), ""),
    "pass_mark": (_PERCENT, Decimal(75)),
    "places": (_number(0, 4, places=0), 0),
    "not_applicable_policy": (
        _one_of(list(RubricVersion.NotApplicablePolicy.values)),
        RubricVersion.NotApplicablePolicy.EXCLUDE.value,
    ),
    "critical_failure_policy": (
        _one_of(list(RubricVersion.CriticalFailurePolicy.values)),
        RubricVersion.CriticalFailurePolicy.KEEP.value,
    ),
    "aggregation": (
        _one_of(list(RubricVersion.Aggregation.values)),
        RubricVersion.Aggregation.WEIGHTED_SECTIONS.value,
    ),
    "completeness": (_PERCENT, Decimal(100)),
    "hides_agent": (_boolean, True),
    "hides_scores": (_boolean, True),
    "hides_customer_rating": (_boolean, True),
    "holds_feedback": (_boolean, False),
    "undo_minutes": (_number(0, 10080, places=0), 10),
    "dispute_days": (_number(0, 365, places=0), 14),
    "sections": (_list(_object(_SECTION)), _REQUIRED),
}
_CRITERION_FIELDS = (
    "key",
    "title",
    "guidance",
    "good_example",
    "bad_example",
    "scale",
    "weight",
    "channels",
    "flows",
    "critical_below",
    "procedure_anchor",
)
_VERSION_FIELDS = [
    name
    for name in _VERSION
    if name not in {"format", "key", "name", "description", "change_note", "sections"}
]
