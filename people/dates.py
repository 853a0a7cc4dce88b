"""Calendar arithmetic that more than one room needs."""

import calendar
import datetime as dt


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day `months` later; where that month is too short for it, its last day.

    31 August and six months is 28 (29) February; a date does not run over into the next month.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    return dt.date(year, month, min(day.day, last_day_of(year, month)))


def last_day_of(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]
