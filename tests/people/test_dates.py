import datetime as dt

import pytest

from people.dates import add_months


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        # T09 of the shared cases.
        ("2016-01-01", 6, "2016-07-01"),
        ("2016-08-31", 6, "2017-02-28"),
        ("2015-08-31", 6, "2016-02-29"),
        ("2016-02-29", 12, "2017-02-28"),
        ("2016-12-31", 1, "2017-01-31"),
        ("2016-11-30", 1, "2016-12-30"),
        ("2016-06-15", 18, "2017-12-15"),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month(day, months, later):
    assert add_months(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(later)
