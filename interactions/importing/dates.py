"""Dates as people and programs write them. Nothing is guessed: 03/04/2026 is read only where somebody
said which comes first. Pure."""

import datetime as dt
import re
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

from interactions.importing.fields import FIRST_YEAR, LAST_YEAR

ORDERS = ("dmy", "mdy", "ymd")
_NUMERIC = re.compile(
    r"^(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})\.?"
    r"(?:,?[ T]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([AaPp])?\.?(?:[Mm]\.?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$"
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january", "januar", "janvier"),
            ("feb", "february", "februar", "février"),
            ("mar", "march", "märz", "mars"),
            ("apr", "april", "avril"),
            ("may", "mai"),
            ("jun", "june", "juni", "juin"),
            ("jul", "july", "juli", "juillet"),
            ("aug", "august", "août"),
            ("sep", "sept", "september", "septembre"),
            ("oct", "october", "okt", "oktober", "octobre"),
            ("nov", "november", "novembre"),
            ("dec", "december", "dez", "dezember", "décembre"),
        ),
        start=1,
    )
    for name in names
}
_NAMED = re.compile(
    r"^(?:[^\W\d_]{2,10},?\s+)?(?:(\d{1,2})(?:st|nd|rd|th|\.)?[ -]+([^\W\d_]{3,9})\.?"
    r"|([^\W\d_]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?),?[ -]+(\d{4})"
    r"(?:,?(?:\s+at)?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp])?\.?(?:[Mm]\.?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$"
)


class UnknownOrder(ValueError):
    """A date of numbers only, and nobody said in which order they stand."""


def read_moment(value: Any, *, order: str = "", zone: str = "") -> dt.datetime:
    """The moment that `value` names, in UTC.

    `order` is one of `ORDERS` or "", `zone` holds for times that name none (UTC without one). Raises
    `UnknownOrder`, or `ValueError` for what is no date.
    """
    if isinstance(value, dt.datetime):
        return _checked(value, zone)
    if isinstance(value, dt.date):
        return _checked(dt.datetime.combine(value, dt.time()), zone)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value)
    text = " ".join(str(value).split())
    if re.fullmatch(r"\d{9,10}|\d{12,13}", text):
        return _from_epoch(int(text))
    if re.match(r"^\d{4}-\d{2}-\d{2}", text):
        plain = re.sub(r"\s*(?:UTC|GMT)$", "+00:00", text)
        plain = re.sub(r"\s+([+-]\d{2}:?\d{2})$", r"\1", plain)
        try:
            return _checked(dt.datetime.fromisoformat(plain), zone)
        except ValueError:
            pass
    if named := _NAMED.match(text):
        day, month, month2, day2, year, *rest = named.groups()
        number = _MONTHS.get((month or month2).lower())
        if number is None:
            raise ValueError(text)
        return _checked(_moment(int(year), number, int(day or day2), *rest), zone)
    if numeric := _NUMERIC.match(text):
        first, second, third, *rest = numeric.groups()
        if len(first) == 4:
            year, month, day = int(first), int(second), int(third)
        else:
            if order not in ORDERS:
                raise UnknownOrder(text)
            if order == "ymd":
                year, month, day = int(first), int(second), int(third)
            else:
                year = int(third)
                day, month = (
                    (int(first), int(second)) if order == "dmy" else (int(second), int(first))
                )
        if year < 100:
            year += 2000 if year < 70 else 1900
        return _checked(_moment(year, month, day, *rest), zone)
    if re.match(r"^[A-Za-z]{3},\s", text):
        try:
            return _checked(parsedate_to_datetime(text), zone)
        except (TypeError, ValueError, IndexError) as error:
            raise ValueError(text) from error
    raise ValueError(text)


def possible_orders(values: Iterable[Any]) -> set[str]:
    """Which orders fit every value of numbers only; empty where there are no such values. Two or three of
    them mean that somebody has to be asked."""
    fitting = set(ORDERS)
    seen = False
    for value in values:
        if not isinstance(value, str):
            continue
        text = " ".join(value.split())
        match = _NUMERIC.match(text)
        if not match or len(match[1]) == 4:
            continue
        seen = True
        for order in tuple(fitting):
            if order == "ymd" and len(match[3]) == 4:
                fitting.discard(order)
                continue
            try:
                read_moment(text, order=order)
            except ValueError:
                fitting.discard(order)
    return fitting if seen else set()


def lacks_zone(value: Any) -> bool:
    """Whether a date leaves open where its clock hung."""
    if isinstance(value, dt.datetime):
        return value.tzinfo is None
    if not isinstance(value, str) or not value.strip():
        return False
    text = " ".join(value.split())
    if re.fullmatch(r"\d{9,13}", text):
        return False
    return not re.search(r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$", text) or bool(
        re.fullmatch(r"\d{1,4}-\d{1,2}-\d{1,4}", text)
    )


def _moment(
    year: int,
    month: int,
    day: int,
    hour: str | None,
    minute: str | None,
    second: str | None,
    half: str | None,
    zone: str | None,
) -> dt.datetime:
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError(hour)
        hours = hours % 12 + (12 if half in "Pp" else 0)
    clock = dt.time(hours, int(minute or 0), int(second or 0))
    moment = dt.datetime.combine(dt.date(year, month, day), clock)
    if zone:
        if zone in {"Z", "UTC", "GMT"}:
            return moment.replace(tzinfo=dt.UTC)
        sign = -1 if zone[0] == "-" else 1
        digits = zone[1:].replace(":", "")
        shift = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return moment.replace(tzinfo=dt.timezone(sign * shift))
    return moment


def _from_epoch(value: float) -> dt.datetime:
    if abs(value) > 1e11:
        value = value / 1000
    try:
        return _checked(dt.datetime.fromtimestamp(value, dt.UTC), "")
    except (OverflowError, OSError) as error:
        raise ValueError(str(value)) from error


def _checked(moment: dt.datetime, zone: str) -> dt.datetime:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone) if zone else dt.UTC)
    try:
        moment = moment.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError(str(moment)) from error
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(str(moment))
    return moment
