"""Lists that people may take along as files, and the audit log's line about it.

A list offers its file with few lines in its view, before the page is cut out, and one in its template:

    @require_list
    def dispute_list(request): …
        if answer := list_export(request, rows, COLUMNS, "disputes"):
            return answer

    {% include "ui/_export.html" %}

The file holds the rows that the view found, so it never shows more than the list. It comes by a POST to
the list's own address, because it is written down who took what along, and a GET never writes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial, wraps
from itertools import islice
from typing import Any

from django.core.exceptions import BadRequest, ObjectDoesNotExist
from django.db import models
from django.http import HttpRequest, HttpResponseNotAllowed, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.audit import record
from people.requests import SignedInRequest
from ui.exports import RESPONSES

PORTION = 500
FILTER_LENGTH = 2000
# What of a filter somebody typed.
TYPED = {"q", "words"}

# Title, and the way to the value from a row: names of attributes, keys or methods without arguments,
# joined by dots, or a function.
Column = tuple[str | Promise, str | Callable[[Any], Any]]
ID: Column = (gettext_lazy("Id"), "pk")


def is_export(request: HttpRequest) -> bool:
    """Whether a file is asked for; other POSTs of the same address carry no `format`."""
    return request.method == "POST" and "format" in request.POST


def require_list(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For the view of a list: it is read, and a POST asks for its file and for nothing else."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD") and not is_export(request):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return view(request, *args, **kwargs)

    return answer


class Moment:
    """The way to a point in time; it is given in UTC, and its column's title says so."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __call__(self, row: Any) -> Any:
        return follow(row, self.path)


def _no_address(row: Any) -> Any:
    raise NotImplementedError


# A column of full addresses, for rows that have `get_absolute_url`.
ADDRESS: Column = (gettext_lazy("Address"), _no_address)


def list_export(
    request: SignedInRequest,
    rows: Iterable[Any],
    columns: Sequence[Column],
    name: str,
    *,
    prepare: Callable[[list[Any]], Iterable[Any]] = list,
) -> StreamingHttpResponse | None:
    """`rows` as `name`.csv or .xlsx where that is asked for, else None.

    Rows are read in portions of 500; `prepare` is given each and answers what the columns are read from,
    so that what a page looks up for its rows costs some queries a portion and not some a row.
    """
    if not is_export(request):
        return None
    header = [
        _("%s (UTC)") % title if isinstance(way, Moment) else str(title) for title, way in columns
    ]
    house = request.build_absolute_uri("/").removesuffix("/")
    ways = [
        partial(_address, house) if way is _no_address else _way(way) for _title, way in columns
    ]
    return send_table(request, name, header, _records(rows, ways, prepare))


def send_table(
    request: SignedInRequest, name: str, header: Sequence[str], records: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """The file that `format` in a POST asks for, and the entry of the audit log. One query of its own."""
    form = request.POST.get("format", "")
    if form not in RESPONSES:
        raise BadRequest(_("A list comes as CSV or XLSX."))
    record(
        "export_list",
        by=request.user,
        of=request.user,
        after={
            "list": name,
            "path": request.path,
            "filter": _told(request.GET),
            "format": form,
        },
    )
    return RESPONSES[form](name, header, records)


def _told(filters: QueryDict) -> str:
    """The filter for the audit log, which is never changed: that words were looked for, and not which.
    They may be somebody's name, who may one day ask to be forgotten."""
    told = filters.copy()
    for name in TYPED & told.keys():
        told[name] = "*"
    return told.urlencode(safe="*")[:FILTER_LENGTH]


def follow(row: Any, path: str) -> Any:
    """What `path` leads to from `row`; None where one of the steps is empty."""
    return _follow(row, path.split("."))


def _follow(row: Any, steps: Iterable[str]) -> Any:
    for step in steps:
        try:
            row = row.get(step) if isinstance(row, Mapping) else getattr(row, step)
        except ObjectDoesNotExist:  # There is no such one-to-one of this row.
            return None
        if row is None:
            return None
        if callable(row) and not isinstance(row, models.Manager):
            row = row()
    return row


def plain(value: Any) -> Any:
    """`value` as a cell holds it: numbers, dates and truth as such, the rest in words."""
    if isinstance(value, datetime):
        if timezone.is_aware(value):
            value = value.astimezone(UTC)
        return value.replace(tzinfo=None, microsecond=0)
    if isinstance(value, models.Model | Promise):
        return str(value)
    if isinstance(value, list | tuple | set):
        return "; ".join(str(each) for each in value)
    return value


def _way(way: str | Callable[[Any], Any]) -> Callable[[Any], Any]:
    if not isinstance(way, str):
        return way
    steps = way.split(".")
    return lambda row: _follow(row, steps)


def _address(house: str, row: Any) -> str:
    return f"{house}{row.get_absolute_url()}"


def _records(
    rows: Iterable[Any],
    ways: Sequence[Callable[[Any], Any]],
    prepare: Callable[[list[Any]], Iterable[Any]],
) -> Iterator[list[Any]]:
    """A list of cells for each row. Language and zone of who asks hold for each portion, because when
    the answer is on its way both are another's again."""
    language, zone = translation.get_language(), timezone.get_current_timezone()

    def records() -> Iterator[list[Any]]:
        reading = iter(
            rows.iterator(chunk_size=PORTION) if isinstance(rows, models.QuerySet) else rows
        )
        while True:
            with translation.override(language), timezone.override(zone):
                portion = list(islice(reading, PORTION))
                made = [[plain(way(row)) for way in ways] for row in prepare(portion)]
            if not portion:
                return
            yield from made

    return records()
