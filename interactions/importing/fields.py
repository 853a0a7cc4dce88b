"""Single values of an import row: each read as what it must be, with the fault named where it is not."""

import datetime as dt
import json
import math
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _

MAX_OFFSET = 10 * 365 * 86_400  # ten years, in seconds: longer is a broken clock
FIRST_YEAR, LAST_YEAR = 1970, 2199


class FieldReader:
    """Reads values of one record and collects what is wrong in `faults` instead of stopping there.

    `field` is how a message names the value. What is faulty comes back empty.
    """

    def __init__(self, record: dict[str, Any]) -> None:
        self.record = record
        self.faults: list[str] = []

    def fault(self, message: str, value: Any = None, **words: Any) -> None:
        self.faults.append(message % {"value": value, **words})

    def text(self, field: str, value: Any, *, limit: int | None) -> str:
        """A string, "" for null. A longer one than `limit` is a fault."""
        if value is None:
            return ""
        if not isinstance(value, str):
            self.fault(
                _("%(field)s is %(value)s; expected text or null"), shown(value), field=field
            )
            return ""
        if "\x00" in value:
            self.fault(_("%(field)s contains a NUL character"), field=field)
            return ""
        if limit is not None and len(value) > limit:
            self.fault(
                _("%(field)s is %(value)s; expected at most %(limit)s characters"),
                shown(value),
                field=field,
                limit=limit,
            )
            return ""
        return value

    def identifier(self, field: str, value: Any, *, limit: int, required: bool = False) -> str:
        """A short string; a whole number counts as one, since many systems count their ids."""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value) if abs(value) < 10**30 else "9" * (limit + 1)
        faults_before = len(self.faults)
        identifier = self.text(field, value, limit=limit).strip()
        if required and not identifier and len(self.faults) == faults_before:
            if field in self.record:
                self.fault(_("%(field)s is %(value)s; expected text"), shown(value), field=field)
            else:
                self.fault(_("%(field)s is missing"), field=field)
        return identifier

    def choice(self, field: str, value: Any, choices: list[str] | tuple[str, ...]) -> str:
        if isinstance(value, str) and value in choices:
            return value
        self.fault(
            _("%(field)s is %(value)s; expected %(choices)s"),
            shown(value),
            field=field,
            choices=_("%(first)s or %(last)s")
            % {"first": ", ".join(choices[:-1]), "last": choices[-1]},
        )
        return ""

    def moment(self, field: str, value: Any) -> dt.datetime | None:
        if value is None:
            return None
        try:
            moment = dt.datetime.fromisoformat(value)
            moment = (
                moment.replace(tzinfo=dt.UTC)
                if moment.tzinfo is None
                else moment.astimezone(dt.UTC)
            )
            # Beyond these a time is a broken clock, and not every zone could show it.
            if not FIRST_YEAR <= moment.year <= LAST_YEAR:
                raise ValueError
            return moment
        except (TypeError, ValueError, OverflowError):
            self.fault(
                _("%(field)s is %(value)s; expected a time like 2026-03-31T09:30:00Z or null"),
                shown(value),
                field=field,
            )
            return None

    def seconds(self, field: str, value: Any) -> float | None:
        if value is None:
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and math.isfinite(value) and 0 <= value <= MAX_OFFSET:
            return value
        self.fault(
            _("%(field)s is %(value)s; expected seconds, 0 or more, or null"),
            shown(value),
            field=field,
        )
        return None

    def names(self, field: str, value: Any) -> list[str]:
        """A string, a list of strings or null, as a list without repetition; null entries fall."""
        entries = value if isinstance(value, list) else [value]
        if all(entry is None or isinstance(entry, str) for entry in entries):
            texts = (self.text(field, entry, limit=None).strip() for entry in entries)
            return list(dict.fromkeys(text for text in texts if text))
        self.fault(
            _("%(field)s is %(value)s; expected text, a list of texts or null"),
            shown(value),
            field=field,
        )
        return []

    def mapping(self, field: str, value: Any) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fault(
                _("%(field)s is %(value)s; expected an object or null"), shown(value), field=field
            )
            return {}
        return value


def shown(value: Any) -> str:
    """The value as it stands in the file, short enough for a sentence."""
    if isinstance(value, dict | list) and len(value) > 3:
        return _("a list") if isinstance(value, list) else _("an object")
    return Truncator(json.dumps(value, ensure_ascii=False, default=str)).chars(60)
