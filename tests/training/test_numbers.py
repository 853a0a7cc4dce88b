"""Numbers as people type them. No database."""

from decimal import Decimal

import pytest

from training.numbers import read_number


@pytest.mark.parametrize(
    ("typed", "grouping", "number"),
    [
        ("3", ",", "3"),
        (" 3.5 ", ",", "3.5"),
        ("3,5", ",", "3.5"),
        ("3,5", ".", "3.5"),
        ("3.5", ".", "3.5"),
        ("1,000", ",", "1000"),
        ("1,000", ".", "1.000"),
        ("1.000", ",", "1.000"),
        ("1.000", ".", "1000"),
        ("1.234,5", ".", "1234.5"),
        ("1,234.5", ",", "1234.5"),
        ("1,234,567", ",", "1234567"),
        ("1 234,5", ",", "1234.5"),
        ("1\u202f234\u00a0567", ",", "1234567"),
        ("1'234.5", ",", "1234.5"),
        ("-2", ",", "-2"),
        ("−2,5", ",", "-2.5"),
        ("+2", ",", "2"),
        (".5", ",", "0.5"),
        ("5.", ",", "5"),
        ("1e3", ",", "1000"),
        ("0,125", ".", "0.125"),
        ("0,125", ",", "0.125"),
        ("", ",", None),
        ("about 3", ",", None),
        ("3 kg", ",", None),
        ("1,2,3", ",", None),
        ("1,234,5", ",", None),
        ("12,34.5", ",", None),
        ("--2", ",", None),
        ("nan", ",", None),
        ("Infinity", ",", None),
        ("1e9999", ",", None),
        ("٣", ",", None),
        ("1/2", ",", None),
    ],
)
def test_read_number(typed, grouping, number):
    expected = None if number is None else Decimal(number)

    assert read_number(typed, grouping=grouping) == expected
