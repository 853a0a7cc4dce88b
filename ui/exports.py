"""Tables as files, CSV and XLSX, made row by row while they are sent.

A page whose figures can be taken along answers with few lines:

    if answer := chart_csv(request, figures):
        return answer
"""

import csv
import datetime as dt
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _

from ui.charts import Figure
from ui.workbook import workbook

# A spreadsheet takes a text that begins so for a formula and would compute what somebody typed. The
# wide forms count as the narrow ones in some languages.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class _Echo:
    """A file for `csv.writer` that hands each line straight back."""

    def write(self, value: str) -> str:
        return value


def csv_response(
    name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """`rows` as `name`.csv, streamed. Numbers keep their decimal point and dates are ISO 8601 whatever
    the reader's language; what is not known is empty; text cannot be taken for a formula."""
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        # Without the mark some spreadsheets read the file in an old code page.
        yield "\ufeff" + writer.writerow([_harmless(value) for value in header])
        for row in rows:
            yield writer.writerow([_harmless(value) for value in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{_file_name(name)}.csv"'
    return response


def xlsx_response(
    name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """`rows` as `name`.xlsx, streamed, with numbers and dates as such."""
    records = ([_cell(value) for value in row] for row in rows)
    response = StreamingHttpResponse(
        workbook(name, [_harmless(value) for value in header], records), content_type=XLSX
    )
    response["Content-Disposition"] = f'attachment; filename="{_file_name(name)}.xlsx"'
    return response


RESPONSES = {"csv": csv_response, "xlsx": xlsx_response}


def chart_csv(request: HttpRequest, figures: Iterable[Figure]) -> StreamingHttpResponse | None:
    """The file of the figure that `?format=csv&chart=<key>` (or xlsx) asks for; None if it asks for none.

    Each record carries the figure's title, period, n and the address of its definition, for a file
    travels without its page. A key that no figure has is a 404.
    """
    key = request.GET.get("chart", "")
    respond = RESPONSES.get(request.GET.get("format", ""))
    if respond is None or not key:
        return None
    figure = next((figure for figure in figures if figure.key == key), None)
    if figure is None:
        raise Http404
    table = figure.drawing.table
    definition = request.build_absolute_uri(figure.definition) if figure.definition else ""
    about = [figure.chart.title, figure.period, figure.n, definition]
    header = [*table.header, _("Figure"), _("Period"), _("Out of"), _("How it is worked out")]
    return respond(key, header, ([*record, *about] for record in table.records()))


def _harmless(value: Any) -> Any:
    """`value` as a file may hold it."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return value


def _cell(value: Any) -> Any:
    return _harmless(value) if isinstance(value, str) else value


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII) or "table"
