"""When a window in days closes for a person. No database, no clock."""

import datetime as dt
import zoneinfo
from typing import Protocol

from django.utils import timezone


class Located(Protocol):
    """Somebody with a time zone of their own; empty means the organisation's."""

    time_zone: str


def end_of_window(start: dt.datetime, *, days: int, zone: dt.tzinfo) -> dt.datetime:
    """The first moment after the window that `start` opens: midnight in `zone` after the last day.

    The day of `start` there does not count: from any time of 1 February, 14 days last to the end of
    15 February. Where the clocks skip that midnight, it is the moment at which they do.
    """
    last = start.astimezone(zone).date() + dt.timedelta(days=days)
    midnight = dt.datetime.combine(last + dt.timedelta(days=1), dt.time.min, tzinfo=zone)
    return midnight.astimezone(dt.UTC)


def last_day(end: dt.datetime, *, zone: dt.tzinfo) -> dt.date:
    """The last day of the window that ends at `end`: what one tells a person."""
    return (end - dt.timedelta(microseconds=1)).astimezone(zone).date()


def zone_of(person: Located) -> dt.tzinfo:
    """Their time zone; the organisation's without one, or with one that this machine does not know."""
    if person.time_zone:
        try:
            return zoneinfo.ZoneInfo(person.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            pass
    return timezone.get_default_timezone()
