"""Values by month with their intervals: marks joined by a line, one or more series on one scale.

chart = LineChart(
    key="respect", title=_("Respect by month"), description=_("…"),
    first=dt.date(2026, 1, 1), last=dt.date(2026, 11, 1),
    series=[Series(_("as graded"), [Point(month, n=14, y=81, low=75, high=87, url="…"), …]),
            Series(_("adjusted for the reviewer"), [Point(month, n=14, y=78, low=71, high=85)])],
    scale=nice_scale(…), value_name=_("Mean (%)"), count_name=_("Scorecards"),
    breaks=[Break(dt.date(2026, 6, 1), _("version 2"))],
    targets=[Target(85, _("goal"))],
    events=[Event(dt.date(2026, 5, 12), "training", _("finished “Tone on the phone”"), url="…")],
)
draw_line(chart)
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ui.charts.frame import Chart
from ui.charts.numbers import MISSING
from ui.charts.places import (
    Height,
    Text,
    Tick,
    anchor,
    area,
    heights,
    line,
    outline,
    percent,
    px,
    value_ticks,
    whisker,
)
from ui.charts.scales import Scale
from ui.charts.tables import Cell, Column, Table, TableRow

PLOT = 170  # pixels from the base to the top of the scale
MONTH_ROW, YEAR_ROW, COUNT_ROW = 18, 34, 54
NAME_ROW, BREAK_ROW, EVENT_ROW = 18, 18, 24
# With more months than this, only every third is named and the counts are left to the table.
MOST_MONTHS_WITH_COUNTS = 12
# Marks of events nearer than this share of the width would cover each other on a phone.
EVENT_WIDTH = 0.1
WIDEST_SLOT = 0.12

EventKind = Literal["training", "coaching", "procedure", "other"]


@dataclass(frozen=True, slots=True)
class Point:
    """What is known about one month.

    `y` is None when there is something but too little to give a value; then `note` says what is
    missing. `low` and `high` are the limits of the interval around `y`, or None. `label` is the whole
    statement in words (for the tooltip and screen readers), `tip` its short form.
    """

    month: dt.date
    n: int
    y: float | None = None
    low: float | None = None
    high: float | None = None
    url: str = ""
    label: str = ""
    tip: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Points that may be compared with each other, one a month at most."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Break:
    """From this month on another measure holds; `label` says which. No line crosses it."""

    month: dt.date
    label: str


@dataclass(frozen=True, slots=True)
class Target:
    """A value to reach, from the month `first` to `last`; without them all the time."""

    value: float
    label: str
    first: dt.date | None = None
    last: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What happened on a day and may have to do with what the lines show. It stands on the time axis
    with the letter of its kind, and with date and `label` in a list below the drawing."""

    day: dt.date
    kind: EventKind
    label: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChart(Chart):
    """One chart over the months `first` to `last`, both included. `interval` draws a bar at each mark
    or a band along the line. `places` are the decimals of the table."""

    first: dt.date
    last: dt.date
    series: Sequence[Series]
    scale: Scale
    value_name: str
    count_name: str
    breaks: Sequence[Break] = ()
    targets: Sequence[Target] = ()
    events: Sequence[Event] = ()
    interval: Literal["bars", "band"] = "bars"
    places: int = 0
    series_name: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A point as drawn. Without a value it stands on the base line and has no whisker."""

    point: Point
    series: int
    x: str
    y: str
    shape: str
    whisker: str
    tip: Text
    target_left: str
    target_width: str


@dataclass(frozen=True, slots=True)
class Span:
    """A target as drawn. Its name stands in the legend, where no line runs through it."""

    left: str
    right: str
    y: str
    label: str


@dataclass(frozen=True, slots=True)
class EventMark:
    """An event as drawn: `sign` is the letter of its kind, numbered where there are several."""

    event: Event
    sign: str
    kind: str
    x: str
    y: str
    stem: str


@dataclass(frozen=True, slots=True)
class LineDrawing:
    chart: LineChart
    height: str
    top: str
    base: str
    plot_height: str
    break_row: str
    month_row: str
    year_row: str
    count_row: str
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    breaks: list[Text]
    targets: list[Span]
    lines: list[tuple[int, str]]
    bands: list[tuple[int, str]]
    marks: list[Mark]
    counts: list[Tick]
    events: list[EventMark]
    table: Table
    template: str = "ui/charts/_line.html"
    is_table: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.marks

    @property
    def has_links(self) -> bool:
        return any(mark.point.url for mark in self.marks) or any(e.event.url for e in self.events)

    @property
    def legend(self) -> list[tuple[int, str, str]]:
        """Number, shape and name of each series that shows something, where there are several."""
        shown = sorted({mark.series for mark in self.marks})
        if len(shown) < 2:
            return []
        return [(number, outline(number), self.chart.series[number].name) for number in shown]


def draw_line(chart: LineChart) -> LineDrawing:
    """Lay the chart out. A line joins the values of neighbouring months of one series: a month
    without a value is a gap, and so is a break and the step to another series."""
    months = months_between(chart.first, chart.last)
    slot = 1 / len(months)
    centres = {month: (index + 0.5) * slot for index, month in enumerate(months)}
    breaks = [change for change in chart.breaks if change.month in centres]
    events, event_rows = _events(chart.events, months)
    break_row = NAME_ROW + event_rows * EVENT_ROW + (BREAK_ROW if breaks else 0)
    top = break_row + 6.0
    base = top + PLOT
    height = heights(chart.scale, top, base)
    spots = _spots(chart.series, centres, slot)
    runs = _runs(spots, [change.month for change in breaks])
    has_counts = len(months) <= MOST_MONTHS_WITH_COUNTS
    joined = [spot for _series, run in runs for spot in run]
    whiskers = chart.interval == "bars"
    return LineDrawing(
        chart=chart,
        height=px(base + (COUNT_ROW if has_counts else YEAR_ROW) + 8),
        top=px(top),
        base=px(base),
        plot_height=px(base - top),
        break_row=px(break_row),
        month_row=px(base + MONTH_ROW),
        year_row=px(base + YEAR_ROW),
        count_row=px(base + COUNT_ROW),
        y_ticks=value_ticks(chart.scale, height),
        x_ticks=_month_ticks(centres),
        breaks=[_break(change, centres[change.month] - slot / 2, break_row) for change in breaks],
        targets=[
            drawn
            for target in chart.targets
            if (drawn := _target(target, chart, months, height(target.value)))
        ],
        lines=[
            (number, line((spot.x, height(spot.point.y or 0)) for spot in run))
            for number, run in runs
        ],
        bands=[] if whiskers else [band for run in runs for band in _bands(run, height)],
        marks=[_mark(spot, height, top, whiskers or spot not in joined) for spot in spots],
        counts=_counts(spots, centres) if has_counts else [],
        events=events,
        table=_table(chart, months),
    )


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """The first days of the months from `first` to `last`, both included."""
    numbers = range(_month_number(first), _month_number(last) + 1)
    return [dt.date(number // 12, number % 12 + 1, 1) for number in numbers]


def event_letter(kind: EventKind) -> str:
    return {
        "training": pgettext("letter of a mark: training", "T"),
        "coaching": pgettext("letter of a mark: coaching", "C"),
        "procedure": pgettext("letter of a mark: procedure", "P"),
        "other": pgettext("letter of a mark: other", "N"),
    }[kind]


def event_kind(kind: EventKind) -> str:
    return {
        "training": _("Training"),
        "coaching": _("Coaching"),
        "procedure": _("Procedure changed"),
        "other": _("Noted"),
    }[kind]


@dataclass(frozen=True, slots=True)
class _Spot:
    """A point and its place; `width` is the room it has to itself, where nothing else is pointed at."""

    series: int
    x: float
    width: float
    point: Point


_Run = tuple[int, list[_Spot]]


def _spots(series: Sequence[Series], centres: dict[dt.date, float], slot: float) -> list[_Spot]:
    """Each series' points from left to right; those of one month stand side by side."""
    crowd = Counter(point.month for one in series for point in one.points)
    seen = Counter[dt.date]()
    spots = []
    for index, one in enumerate(series):
        for point in sorted(one.points, key=lambda point: point.month):
            if point.month in centres:
                seen[point.month] += 1
                many = crowd[point.month]
                aside = (seen[point.month] / (many + 1) - 0.5) * slot
                width = min(slot / (many + 1) if many > 1 else slot, WIDEST_SLOT)
                spots.append(_Spot(index, centres[point.month] + aside, width, point))
    return spots


def _runs(spots: Iterable[_Spot], breaks: Sequence[dt.date]) -> list[_Run]:
    """The stretches of neighbouring months with values, by series, that are worth a line."""
    runs: list[_Run] = []
    for spot in spots:
        if spot.point.y is None:
            continue
        if runs and runs[-1][0] == spot.series and spot.point.month not in breaks:
            before = runs[-1][1][-1].point.month
            if _month_number(spot.point.month) - _month_number(before) == 1:
                runs[-1][1].append(spot)
                continue
        runs.append((spot.series, [spot]))
    return [run for run in runs if len(run[1]) > 1]


def _bands(run: _Run, height: Height) -> list[tuple[int, str]]:
    """The intervals along a stretch, as areas; a point without an interval parts them."""
    index, spots = run
    parts: list[list[tuple[float, float, float]]] = [[]]
    for spot in spots:
        low, high = spot.point.low, spot.point.high
        if low is None or high is None:
            parts.append([])
        else:
            parts[-1].append((spot.x, height(high), height(low)))
    return [(index, area(part)) for part in parts if len(part) > 1]


def _mark(spot: _Spot, height: Height, top: float, has_whisker: bool) -> Mark:
    point = spot.point
    y = highest = height(point.y) if point.y is not None else height(float("-inf"))
    drawn = ""
    if has_whisker and point.y is not None and point.low is not None and point.high is not None:
        highest = height(point.high)
        drawn = whisker(highest, height(point.low))
    return Mark(
        point=point,
        series=spot.series,
        x=percent(spot.x),
        y=px(y),
        shape=outline(spot.series),
        whisker=drawn,
        tip=Text(percent(spot.x), px(max(highest - 8, top - 4)), anchor(spot.x), point.tip),
        target_left=percent(spot.x - spot.width / 2),
        target_width=percent(spot.width),
    )


def _break(change: Break, at: float, row: float) -> Text:
    """Its name stands beside the line, on the side with more room."""
    return Text(percent(at), px(row), "end" if at > 0.7 else "start", change.label)


def _target(target: Target, chart: LineChart, months: Sequence[dt.date], y: float) -> Span | None:
    first = max(_month_number(target.first or chart.first), _month_number(months[0]))
    last = min(_month_number(target.last or chart.last), _month_number(months[-1]))
    if last < first:
        return None
    start = _month_number(months[0])
    left, right = (first - start) / len(months), (last + 1 - start) / len(months)
    return Span(percent(left), percent(right), px(y), target.label)


def _events(events: Sequence[Event], months: Sequence[dt.date]) -> tuple[list[EventMark], int]:
    """The events of these months in the order of time, in as many rows as keep them apart."""
    start, after = months[0], _month_number(months[-1]) + 1
    shown = sorted(
        (e for e in events if e.day >= start and _month_number(e.day) < after), key=lambda e: e.day
    )
    kinds, seen = Counter(e.kind for e in shown), Counter[str]()
    ends: list[float] = []
    marks = []
    for event in shown:
        seen[event.kind] += 1
        nth = str(seen[event.kind]) if kinds[event.kind] > 1 else ""
        x = _place(event.day, months)
        row = next((row for row, end in enumerate(ends) if x >= end), len(ends))
        if row == len(ends):
            ends.append(0)
        ends[row] = x + EVENT_WIDTH
        y = NAME_ROW + (row + 0.5) * EVENT_ROW
        marks.append(
            EventMark(
                event,
                event_letter(event.kind) + nth,
                event_kind(event.kind),
                percent(x),
                px(y),
                px(y + EVENT_ROW / 2 - 3),
            )
        )
    return marks, len(ends)


def _place(day: dt.date, months: Sequence[dt.date]) -> float:
    """Where a day lies among whole months, as a share of the width."""
    month = day.replace(day=1)
    length = ((month + dt.timedelta(days=32)).replace(day=1) - month).days
    number = _month_number(day) - _month_number(months[0])
    return (number + (day.day - 0.5) / length) / len(months)


def _counts(spots: Iterable[_Spot], centres: dict[dt.date, float]) -> list[Tick]:
    """How many are behind each mark; once a month where the marks of a month rest on the same."""
    by_month: dict[dt.date, list[_Spot]] = {}
    for spot in spots:
        by_month.setdefault(spot.point.month, []).append(spot)
    counts = []
    for month, together in by_month.items():
        if len({spot.point.n for spot in together}) == 1:
            counts.append(Tick(percent(centres[month]), str(together[0].point.n)))
        else:
            counts += [Tick(percent(spot.x), str(spot.point.n)) for spot in together]
    return counts


def _month_ticks(centres: dict[dt.date, float]) -> list[Tick]:
    """A name for each month, or for every third where there are many; the year where it starts."""
    every = 1 if len(centres) <= MOST_MONTHS_WITH_COUNTS else 3
    named = [month for month in centres if (month.month - 1) % every == 0]
    starts = [
        month
        for before, month in zip([None, *named], named, strict=False)
        if before is None or before.year != month.year
    ]
    if len(starts) > 1 and named[1] == starts[1]:
        # Two years side by side would run into each other; the second says enough.
        del starts[0]
    return [
        Tick(
            percent(centres[month]),
            date_format(month, "M"),
            str(month.year) if month in starts else "",
        )
        for month in named
    ]


def _table(chart: LineChart, months: Iterable[dt.date]) -> Table:
    several = sum(1 for one in chart.series if one.points) > 1
    by_month: dict[dt.date, list[tuple[str, Point]]] = {}
    for one in chart.series:
        for point in one.points:
            by_month.setdefault(point.month, []).append((one.name, point))
    columns = [
        Column(_("Month")),
        *([Column(chart.series_name or _("Measured by"))] if several else []),
        Column(chart.value_name, chart.places),
        Column(_("95% from"), chart.places),
        Column(_("to"), chart.places),
        Column(chart.count_name, 0),
    ]
    rows = []
    for month in months:
        for name, known in by_month.get(month, [("", None)]):
            rows.append(TableRow([*_named(month, name, known, several), *_values(known)]))
    return Table(columns, rows)


def _named(month: dt.date, name: str, point: Point | None, several: bool) -> list[Cell]:
    head = Cell(
        f"{month:%Y-%m}", date_format(month, "YEAR_MONTH_FORMAT"), point.url if point else ""
    )
    return [head, Cell(name, name or MISSING)] if several else [head]


def _values(point: Point | None) -> list[Cell]:
    if point is None:
        return [Cell(None, _("nothing graded"), span=3), Cell(0)]
    if point.y is None:
        return [Cell(None, point.note or MISSING, span=3), Cell(point.n)]
    return [Cell(point.y), Cell(point.low), Cell(point.high), Cell(point.n)]


def _month_number(day: dt.date) -> int:
    return day.year * 12 + day.month - 1
