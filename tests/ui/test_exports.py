"""Tables as files: CSV and XLSX that no spreadsheet misreads."""

import csv
import datetime as dt
import io

import pytest
from openpyxl import load_workbook

from ui.exports import csv_response, xlsx_response


def text_of(response) -> str:
    return b"".join(response.streaming_content).decode()


def rows_of(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text_of(response).lstrip("\ufeff"))))


def test_csv_begins_with_the_mark_that_says_utf_8():
    response = csv_response("people", ["Name"], [["Çağla"]])

    assert text_of(response) == "\ufeffName\r\nÇağla\r\n"
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="people.csv"'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠"])
def test_text_is_never_a_formula(start):
    response = csv_response("x", [f"{start}h"], [[f"{start}1+1"]])

    assert [row[0][:2] for row in rows_of(response)] == [f"'{start}"] * 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-4.25, "-4.25"),
        (None, ""),
        (float("nan"), ""),
        (float("inf"), ""),
        (dt.date(2026, 7, 1), "2026-07-01"),
        (dt.datetime(2026, 7, 1, 9, 30, tzinfo=dt.UTC), "2026-07-01 09:30:00+00:00"),
        ('a "b", c', 'a "b", c'),
    ],
)
def test_values_are_the_same_in_every_language(value, text):
    assert rows_of(csv_response("x", ["h"], [[value, "."]]))[1] == [text, "."]


def test_csv_asks_for_rows_only_as_they_are_sent():
    asked = []

    def rows():
        for number in range(3):
            asked.append(number)
            yield [number]

    response = csv_response("x", ["h"], rows())

    assert asked == []
    assert len(rows_of(response)) == 4
    assert asked == [0, 1, 2]


def test_a_file_name_holds_nothing_that_a_header_would_misread():
    response = csv_response('a"\r\nb/ü', ["h"], [])

    assert response["Content-Disposition"] == 'attachment; filename="a-b-.csv"'


@pytest.mark.django_db  # closing a response looks after connections
def test_xlsx_keeps_numbers_and_dates_and_no_formulas():
    rows = [[1.5, dt.date(2026, 7, 1), "=1+1", "a\x00b"]]
    response = xlsx_response("people", ["n", "day", "text", "odd"], rows)

    content = b"".join(response.streaming_content)
    response.close()
    sheet = load_workbook(io.BytesIO(content)).active

    assert [cell.value for cell in sheet[1]] == ["n", "day", "text", "odd"]
    assert [cell.value for cell in sheet[2]] == [1.5, dt.datetime(2026, 7, 1), "'=1+1", "ab"]  # noqa: DTZ001
