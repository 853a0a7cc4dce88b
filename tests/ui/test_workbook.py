"""Spreadsheets written as they are sent."""

import datetime as dt
import io
import itertools
import tracemalloc
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from ui import workbook as module
from ui.workbook import workbook


def read(title, header, rows):
    return load_workbook(io.BytesIO(b"".join(workbook(title, header, rows))))


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, None),
        (3, 3),
        (-4.25, -4.25),
        (Decimal("12.50"), 12.5),
        (float("nan"), None),
        (True, True),
        ('a<b>&"c"\nd', 'a<b>&"c"\nd'),
        ("  x ", "  x "),
        ("a\x00\x0bb\ud800", "ab"),
        (dt.date(2026, 7, 1), dt.datetime(2026, 7, 1)),  # noqa: DTZ001
        (dt.datetime(2026, 7, 1, 9, 30, 5), dt.datetime(2026, 7, 1, 9, 30, 5)),  # noqa: DTZ001
        (dt.date(1850, 1, 1), "1850-01-01"),
        ("x" * 40_000, "x" * 32_767),
    ],
)
def test_a_cell_is_read_as_it_was_meant(value, cell):
    assert read("t", ["h"], [[value]]).active["A2"].value == cell


def test_no_rows_are_a_sheet_with_a_header():
    assert list(read("t", ["a", "b"], []).active.values) == [("a", "b")]


def test_a_full_sheet_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(module, "ROWS_OF_A_SHEET", 3)
    book = read("a/b: [x]", ["n"], [[n] for n in range(5)])
    assert book.sheetnames == ["a b x", "a b x 2", "a b x 3"]
    assert [list(sheet.values) for sheet in book] == [
        [("n",), (0,), (1,)],
        [("n",), (2,), (3,)],
        [("n",), (4,)],
    ]


def test_the_first_bytes_leave_long_before_the_last_row():
    asked = itertools.count()
    rows = ([next(asked), f"words {n * 7919} of row {n}"] for n in range(100_000))
    pieces = workbook("t", ["n", "w"], rows)
    next(pieces)
    assert next(asked) < 20_000


def test_memory_does_not_grow_with_the_rows():
    def peak(count):
        tracemalloc.start()
        for _piece in workbook("t", ["n", "w"], ([n, "word " * 5] for n in range(count))):
            pass
        _now, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(100)
    assert peak(20_000) < peak(2_000) + 300_000
