"""Opening hours against answers worked out by hand, and against counting every minute."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.business_hours import Calendar, Opening, Openings, business_seconds, due_at

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600
NINE_TO_FIVE = [Opening(day, dt.time(9), dt.time(17)) for day in range(5)]
NIGHTS = [Opening(day, dt.time(22), dt.time(6)) for day in range(7)]
OFFICE = Calendar(BERLIN, NINE_TO_FIVE, {dt.date(2026, 5, 1): None})
NIGHT = Calendar(BERLIN, NIGHTS)
ALWAYS = Calendar(BERLIN)


def at(text: str, zone: ZoneInfo = BERLIN) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("calendar", "start", "end", "expected"),
    [
        # Monday 14 September 2026.
        (OFFICE, "2026-09-14T10:00", "2026-09-14T12:30", 2.5 * HOUR),
        (OFFICE, "2026-09-14T08:00", "2026-09-14T18:00", 8 * HOUR),
        (OFFICE, "2026-09-14T16:00", "2026-09-15T10:00", 2 * HOUR),
        (OFFICE, "2026-09-14T20:00", "2026-09-15T06:00", 0),
        # Over a weekend, and asked on one.
        (OFFICE, "2026-09-18T16:00", "2026-09-21T10:00", 2 * HOUR),
        (OFFICE, "2026-09-19T12:00", "2026-09-21T09:30", 0.5 * HOUR),
        # The first of May is a Friday and a holiday.
        (OFFICE, "2026-04-30T16:00", "2026-05-04T10:00", 2 * HOUR),
        (OFFICE, "2026-05-01T09:00", "2026-05-01T17:00", 0),
        # Nothing long, and nothing backwards.
        (OFFICE, "2026-09-14T10:00", "2026-09-14T10:00", 0),
        (OFFICE, "2026-09-14T12:00", "2026-09-14T10:00", 0),
        # Nights.
        (NIGHT, "2026-09-14T23:00", "2026-09-15T05:00", 6 * HOUR),
        (NIGHT, "2026-09-14T02:00", "2026-09-14T23:00", 5 * HOUR),
        # 29 March 2026: 2:00 becomes 3:00. 25 October 2026: 3:00 becomes 2:00.
        (NIGHT, "2026-03-28T22:00", "2026-03-29T06:00", 7 * HOUR),
        (NIGHT, "2026-10-24T22:00", "2026-10-25T06:00", 9 * HOUR),
        (ALWAYS, "2026-03-29T00:00", "2026-03-30T00:00", 23 * HOUR),
        (ALWAYS, "2026-10-25T00:00", "2026-10-26T00:00", 25 * HOUR),
        (ALWAYS, "2026-09-14T10:00", "2026-09-24T10:00", 240 * HOUR),
    ],
)
def test_seconds_within_opening_hours(calendar, start, end, expected):
    assert business_seconds(at(start), at(end), calendar) == expected


def test_day_and_night_is_closed_on_holidays():
    calendar = Calendar(BERLIN, (), {dt.date(2026, 5, 1): None})
    assert business_seconds(at("2026-04-30T12:00"), at("2026-05-02T12:00"), calendar) == 24 * HOUR


def test_a_night_before_a_holiday_runs_to_its_end_and_none_begins_on_it():
    calendar = Calendar(BERLIN, NIGHTS, {dt.date(2026, 5, 1): None})
    assert business_seconds(at("2026-04-30T20:00"), at("2026-05-02T20:00"), calendar) == 8 * HOUR


def test_openings_that_overlap_count_once():
    calendar = Calendar(
        BERLIN,
        [
            Opening(0, dt.time(8), dt.time(12)),
            Opening(0, dt.time(11), dt.time(14)),
            Opening(0, dt.time(14), dt.time(15)),
        ],
    )
    assert business_seconds(at("2026-09-14T00:00"), at("2026-09-15T00:00"), calendar) == 7 * HOUR


def test_moments_may_be_in_another_zone():
    start, end = at("2026-09-14T08:00", ZoneInfo("UTC")), at("2026-09-14T22:00", ZoneInfo("UTC"))
    assert business_seconds(start, end, OFFICE) == 7 * HOUR


def test_a_calendar_that_never_opens():
    calendar = Calendar(BERLIN, [Opening(6, dt.time(9), dt.time(10))])
    assert business_seconds(at("2026-09-14T00:00"), at("2026-09-16T00:00"), calendar) == 0


def test_a_holiday_may_open_for_some_hours():
    eve = {dt.date(2026, 12, 24): (dt.time(9), dt.time(12)), dt.date(2026, 12, 25): None}
    calendar = Calendar(BERLIN, NINE_TO_FIVE, eve)
    assert business_seconds(at("2026-12-24T08:00"), at("2026-12-28T10:00"), calendar) == 4 * HOUR
    assert business_seconds(at("2026-12-24T11:00"), at("2026-12-25T20:00"), calendar) == HOUR


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "expected"),
    [
        (OFFICE, "2026-09-14T10:00", 2, "2026-09-14T12:00"),
        # Eight hours of an office day end with it, and not at the next opening.
        (OFFICE, "2026-09-14T09:00", 8, "2026-09-14T17:00"),
        (OFFICE, "2026-09-18T16:00", 2, "2026-09-21T10:00"),
        (OFFICE, "2026-09-19T12:00", 1, "2026-09-21T10:00"),
        (OFFICE, "2026-09-19T12:00", 24, "2026-09-23T17:00"),
        (ALWAYS, "2026-09-14T10:00", 24, "2026-09-15T10:00"),
        (ALWAYS, "2026-09-14T10:00", 8784, "2027-09-15T10:00"),
        (Calendar(BERLIN, [Opening(6, dt.time(9), dt.time(10))]), "2026-09-14T10:00", 1000, None),
    ],
)
def test_what_is_due_is_due_after_so_much_open_time(calendar, start, hours, expected):
    assert due_at(at(start), hours * HOUR, calendar) == (expected and at(expected))


@given(
    start=st.integers(0, 60 * 24 * 60),
    minutes=st.integers(1, 60 * 60),
    calendar=st.sampled_from([OFFICE, NIGHT, ALWAYS]),
)
def test_due_is_the_first_moment_at_which_the_time_has_passed(start, minutes, calendar):
    begin = at("2026-03-15T00:00") + dt.timedelta(minutes=start)
    due = due_at(begin, 60 * minutes, calendar)
    assert business_seconds(begin, due, calendar) == 60 * minutes
    just_before = due - dt.timedelta(seconds=1)
    assert business_seconds(begin, just_before, calendar) == 60 * minutes - 1


@given(
    start=st.integers(0, 60 * 24 * 60),
    length=st.integers(-500, 60 * 24 * 10),
    calendar=st.sampled_from([OFFICE, NIGHT, ALWAYS]),
)
def test_many_at_once_are_each_the_minutes_that_are_open(start, length, calendar):
    """From 15 March 2026 on: the change of the clock is within."""
    epoch = at("2026-03-15T00:00").timestamp()
    begin, end = epoch + 60 * start, epoch + 60 * (start + length)
    open_minutes = 0
    openings = calendar.openings or [Opening(day, dt.time(0), dt.time(0)) for day in range(7)]
    for minute in range(start, start + length):
        local = dt.datetime.fromtimestamp(epoch + 60 * minute, BERLIN)
        open_minutes += any(_is_open(each, local) for each in openings)
    first, last = dt.date(2026, 3, 14), dt.date(2026, 6, 1)
    found = Openings(calendar, first, last).seconds(np.array([begin]), np.array([end]))
    assert found[0] == 60 * open_minutes


def _is_open(opening: Opening, local: dt.datetime) -> bool:
    time, weekday = local.time(), local.weekday()
    if local.date() == dt.date(2026, 5, 1) and opening.opens < opening.closes:
        return False
    if opening.opens < opening.closes:
        return weekday == opening.weekday and opening.opens <= time < opening.closes
    is_evening = weekday == opening.weekday and time >= opening.opens
    return is_evening or (weekday == (opening.weekday + 1) % 7 and time < opening.closes)
