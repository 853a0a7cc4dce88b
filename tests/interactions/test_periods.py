"""Stretches of days that people mean by a word."""

import datetime as dt

import pytest

from interactions.periods import Period, days_of

TODAY = dt.date(2026, 3, 1)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Period.TODAY, "2026-03-01", "2026-03-01"),
        (Period.YESTERDAY, "2026-02-28", "2026-02-28"),
        (Period.LAST_7, "2026-02-23", "2026-03-01"),
        (Period.LAST_30, "2026-01-31", "2026-03-01"),
        (Period.LAST_90, "2025-12-02", "2026-03-01"),
        (Period.THIS_MONTH, "2026-03-01", "2026-03-01"),
        (Period.LAST_MONTH, "2026-02-01", "2026-02-28"),
        (Period.THIS_YEAR, "2026-01-01", "2026-03-01"),
    ],
)
def test_a_word_means_these_days(period, first, last):
    days = tuple(day.isoformat() for day in days_of(period, today=TODAY))
    assert days == (first, last)


def test_every_period_has_its_days():
    assert all(days_of(period, today=TODAY)[0] <= TODAY for period in Period)
