"""The table behind a chart: what the eye reads, and what a file of it holds, from one list of cells."""

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.formats import date_format

from ui.charts.numbers import MISSING, number

Value = str | int | float | dt.date | None


@dataclass(frozen=True, slots=True)
class Column:
    """`places` are the decimals shown; None for a column of words."""

    name: str
    places: int | None = None

    @property
    def is_number(self) -> bool:
        return self.places is not None


@dataclass(frozen=True, slots=True)
class Cell:
    """`value` is what a file gets, `text` what is read, if that is more than `value` written out.
    A cell may stand over the columns after it: those are empty in the file."""

    value: Value = None
    text: str = ""
    url: str = ""
    span: int = 1


@dataclass(frozen=True, slots=True)
class TableRow:
    """The first cell is the row's heading."""

    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class ShownCell:
    text: str
    url: str
    span: int
    is_number: bool


@dataclass(frozen=True, slots=True)
class Table:
    columns: Sequence[Column]
    rows: Sequence[TableRow]

    @property
    def header(self) -> list[str]:
        return [column.name for column in self.columns]

    def shown(self) -> Iterator[list[ShownCell]]:
        for row in self.rows:
            at, cells = 0, []
            for cell in row.cells:
                column = self.columns[at]
                text = cell.text or _text(cell.value, column.places or 0)
                cells.append(ShownCell(text, cell.url, cell.span, column.is_number))
                at += cell.span
            yield cells

    def records(self) -> Iterator[list[Value]]:
        """Raw values for a file: numbers as numbers to five decimals, None for what is not known."""
        for row in self.rows:
            record: list[Value] = []
            for cell in row.cells:
                record.append(_raw(cell.value))
                record.extend([None] * (cell.span - 1))
            yield record


def _text(value: Value, places: int) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dt.date):
        return date_format(value, "DATE_FORMAT")
    return MISSING if value is None else number(value, places)


def _raw(value: Value) -> Value:
    if isinstance(value, float):
        return round(value, 5) if math.isfinite(value) else None
    return value
