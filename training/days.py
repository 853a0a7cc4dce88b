"""Which day it is for a person."""

import datetime as dt
import zoneinfo

from django.utils import timezone

from people.models import User

# Nobody plans further ahead: a later year is a slip, and the calendar ends with 9999.
FURTHEST = dt.timedelta(days=3660)


def is_too_far(day: dt.date, *, on: dt.date) -> bool:
    return day > on + FURTHEST


def zone_of(user: User) -> dt.tzinfo:
    """Their own time zone, or the organisation's."""
    if user.time_zone:
        try:
            return zoneinfo.ZoneInfo(user.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            pass  # A name that this machine's zone data lacks.
    return timezone.get_default_timezone()


def day_of(user: User, at: dt.datetime) -> dt.date:
    return timezone.localdate(at, zone_of(user))
