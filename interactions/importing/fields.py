"""Single values of an import row: each read as what it must be, with the fault named where it is not."""

import datetime as dt
import json
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _

MAX_OFFSET = 10 * 365 * 86_400  # ten years, in seconds: longer is a broken clock
MAX_COUNT = 1000
FIRST_YEAR, LAST_YEAR = 1970, 2199
_NUMBERS = (int, float)  # not bool, which is an int by inheritance


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
        # NaN and infinity fail the comparison.
        if type(value) in _NUMBERS and 0 <= value <= MAX_OFFSET:
            return value
        self.fault(
            _("%(field)s is %(value)s; expected seconds, 0 or more, or null"),
            shown(value),
            field=field,
        )
        return None

    def count(self, field: str, value: Any) -> int | None:
        """How often; true is once."""
        if value is None:
            return None
        if isinstance(value, int) and 0 <= value <= MAX_COUNT:
            return int(value)
        self.fault(
            _("%(field)s is %(value)s; expected a whole number from 0 to %(limit)s, or null"),
            shown(value),
            field=field,
            limit=MAX_COUNT,
        )
        return None

    def day(self, field: str, value: Any) -> dt.date | None:
        """A date; of a time the date that it names."""
        if value is None:
            return None
        try:
            day = dt.datetime.fromisoformat(value).date()
            if not FIRST_YEAR <= day.year <= LAST_YEAR:
                raise ValueError
            return day
        except (TypeError, ValueError):
            self.fault(
                _("%(field)s is %(value)s; expected a date like 2026-03-31 or null"),
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
    text = json.dumps(value, ensure_ascii=False, default=str)
    # Half a character is shown as its escape: neither a page nor a database can hold it.
    return Truncator(text.encode(errors="backslashreplace").decode()).chars(60)
