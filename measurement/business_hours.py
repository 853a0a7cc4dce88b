"""How much of a time lies within opening hours. Pure; the clock's changes are those of the zone.

    calendar = Calendar(ZoneInfo("Europe/Berlin"), [Opening(0, dt.time(9), dt.time(17))], {holiday: None})
    business_seconds(start, end, calendar)          # two moments
    Openings(calendar, first, last).seconds(starts, ends)      # arrays of seconds since 1970

An opening that closes at or before the time it opens goes on into the next day: 22:00 to 6:00 is a night,
0:00 to 0:00 a whole day. On a holiday nothing opens but what the holiday itself says; a night that began
the day before runs to its end. Without any opening the calendar is open day and night, but on holidays.
A time that the clock leaves out (2:30 on the day it goes forward) is the moment it would have been.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
_DAY = dt.timedelta(days=1)
# Who waits longer than so many days for a moment of opening waits for ever.
_FARTHEST: Final = 2 * 366


class Opening(NamedTuple):
    """`weekday` is 0 for Monday."""

    weekday: int
    opens: dt.time
    closes: dt.time


DAY_AND_NIGHT = tuple(Opening(weekday, dt.time.min, dt.time.min) for weekday in range(7))


@dataclass(frozen=True, slots=True)
class Calendar:
    """`holidays`: each day with the hours it is open for after all, or None."""

    zone: ZoneInfo
    openings: Collection[Opening] = ()
    holidays: Mapping[dt.date, tuple[dt.time, dt.time] | None] = field(default_factory=dict)

    def moment(self, day: dt.date, time: dt.time) -> float:
        return dt.datetime.combine(day, time, self.zone).timestamp()

    def hours_on(self, day: dt.date) -> list[tuple[dt.time, dt.time]]:
        """From when to when something opens that begins on `day`."""
        if day in self.holidays:
            hours = self.holidays[day]
            return [] if hours is None else [hours]
        openings = self.openings or DAY_AND_NIGHT
        return [(each.opens, each.closes) for each in openings if each.weekday == day.weekday()]


class Openings:
    """The openings from the day `first` to `last`, in their zone, laid out for many questions."""

    def __init__(self, calendar: Calendar, first: dt.date, last: dt.date) -> None:
        found = []
        day = first - _DAY  # a night may begin before
        while day <= last:
            for opens, closes in calendar.hours_on(day):
                ends_on = day + _DAY if closes <= opens else day
                found.append((calendar.moment(day, opens), calendar.moment(ends_on, closes)))
            day += _DAY
        merged: list[list[float]] = []
        for start, end in sorted(found):
            if merged and start <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        spans = np.array(merged, dtype=np.float64).reshape(-1, 2)
        self.starts, self.ends = spans[:, 0], spans[:, 1]
        self.before = np.concatenate([[0.0], np.cumsum(self.ends - self.starts)])

    def seconds(self, start: ArrayLike, end: ArrayLike) -> FloatArray:
        """Open seconds between moments (seconds since 1970); zero where the end comes first."""
        begin, finish = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
        return np.maximum(self._until(finish) - self._until(begin), 0.0)

    def after(self, start: ArrayLike, seconds: ArrayLike) -> FloatArray:
        """The moments at which so many open seconds have passed since `start`; NaN where they lie
        beyond the last opening."""
        begin = np.asarray(start, dtype=np.float64)
        wanted = self._until(begin) + np.asarray(seconds, dtype=np.float64)
        if not len(self.starts):
            return np.full_like(wanted, np.nan)
        place = np.searchsorted(self.before[1:], wanted, side="left")
        at = np.minimum(place, len(self.starts) - 1)
        found = np.maximum(self.starts[at] + wanted - self.before[at], begin)
        return np.where(place < len(self.starts), found, np.nan)

    def _until(self, moment: FloatArray) -> FloatArray:
        if not len(self.starts):
            return np.zeros_like(moment)
        place = np.searchsorted(self.starts, moment, side="right")
        at = np.maximum(place - 1, 0)
        within = np.clip(moment - self.starts[at], 0.0, self.ends[at] - self.starts[at])
        return np.where(place > 0, self.before[at] + within, 0.0)


def business_seconds(start: dt.datetime, end: dt.datetime, calendar: Calendar) -> float:
    """Open seconds from `start` to `end`, both aware; zero where the end comes first."""
    if end <= start:
        return 0.0
    first, last = (moment.astimezone(calendar.zone).date() for moment in (start, end))
    found = Openings(calendar, first, last).seconds([start.timestamp()], [end.timestamp()])
    return float(found[0])


def due_at(start: dt.datetime, seconds: float, calendar: Calendar) -> dt.datetime | None:
    """When so many open seconds have passed since `start`; None where the calendar opens too rarely for
    that to come."""
    first = start.astimezone(calendar.zone).date()
    days = 8 + int(seconds // 86_400)
    while True:
        last = first + dt.timedelta(days=days)
        found = float(Openings(calendar, first, last).after([start.timestamp()], [seconds])[0])
        if not np.isnan(found):
            return dt.datetime.fromtimestamp(found, dt.UTC)
        if days > _FARTHEST:
            return None
        days *= 4
