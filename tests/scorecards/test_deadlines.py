"""When the days to dispute a grade are over: where the agent is, whatever their clocks do."""

import datetime as dt
import zoneinfo

import pytest

from scorecards.deadlines import end_of_window, last_day, zone_of
from tests.factories.people import UserFactory


@pytest.mark.parametrize(
    ("zone", "graded", "days", "ends"),
    [
        # Graded on 1 February, 14 days: to the end of 15 February, in each zone at another moment.
        ("UTC", "2026-02-01T00:00Z", 14, "2026-02-16T00:00Z"),
        ("UTC", "2026-02-01T23:59Z", 14, "2026-02-16T00:00Z"),
        ("Europe/Berlin", "2026-02-01T12:00Z", 14, "2026-02-15T23:00Z"),
        ("America/New_York", "2026-02-01T12:00Z", 14, "2026-02-16T05:00Z"),
        ("Asia/Kolkata", "2026-02-01T12:00Z", 14, "2026-02-15T18:30Z"),
        ("Asia/Kathmandu", "2026-02-01T12:00Z", 14, "2026-02-15T18:15Z"),
        # The same moment is another day elsewhere.
        ("Pacific/Auckland", "2026-02-01T12:00Z", 14, "2026-02-16T11:00Z"),
        ("Pacific/Kiritimati", "2026-02-01T12:00Z", 14, "2026-02-16T10:00Z"),
        ("Pacific/Pago_Pago", "2026-02-01T06:00Z", 14, "2026-02-15T11:00Z"),
        # Clocks go forward or back inside of the window: still whole days there.
        ("Europe/Berlin", "2026-03-20T12:00Z", 14, "2026-04-03T22:00Z"),
        ("Europe/Berlin", "2026-10-20T12:00Z", 14, "2026-11-03T23:00Z"),
        # ... on its last day, which then has 23 or 25 hours.
        ("Europe/Berlin", "2026-03-15T12:00Z", 14, "2026-03-29T22:00Z"),
        ("Europe/Berlin", "2026-10-11T12:00Z", 14, "2026-10-25T23:00Z"),
        ("America/New_York", "2026-02-22T12:00Z", 14, "2026-03-09T04:00Z"),
        # ... at the very midnight: skipped in Cairo, struck twice in Havana.
        ("Africa/Cairo", "2026-04-09T12:00Z", 14, "2026-04-23T22:00Z"),
        ("America/Havana", "2026-10-17T12:00Z", 14, "2026-11-01T04:00Z"),
        # A leap day, a year's end, and no days at all: to the end of the same day.
        ("UTC", "2028-02-20T12:00Z", 14, "2028-03-06T00:00Z"),
        ("UTC", "2026-12-25T12:00Z", 14, "2027-01-09T00:00Z"),
        ("Europe/Berlin", "2026-02-01T12:00Z", 0, "2026-02-01T23:00Z"),
        # Graded in the first or last minute of a day there.
        ("Europe/Berlin", "2026-01-31T23:00Z", 14, "2026-02-15T23:00Z"),
        ("Europe/Berlin", "2026-01-31T22:59Z", 14, "2026-02-14T23:00Z"),
    ],
)
def test_end_of_window(zone, graded, days, ends):
    info = zoneinfo.ZoneInfo(zone)
    found = end_of_window(dt.datetime.fromisoformat(graded), days=days, zone=info)

    assert found == dt.datetime.fromisoformat(ends)
    first = dt.datetime.fromisoformat(graded).astimezone(info).date()
    assert last_day(found, zone=info) == first + dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("name", "zone"),
    [("Asia/Tokyo", "Asia/Tokyo"), ("", None), ("Nowhere/At_all", None), ("Europe", None)],
)
def test_zone_of_falls_back_to_the_organisations(name, zone, settings):
    person = UserFactory.build(time_zone=name)

    assert str(zone_of(person)) == (zone or settings.TIME_ZONE)
