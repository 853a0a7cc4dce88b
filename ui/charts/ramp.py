"""Ramp curves: how new people come up, week by week after their start.

chart = RampCurve(
    key="ramp-respect", title=_("Respect in the first weeks"), description=_("…"),
    series=[RampSeries(_("started in September"), [
        RampPoint(1, 52.0, 44, 60, n=31), RampPoint(2, None, n=2, note=_("2 of 5 people needed")),
    ])],
    established=RampRange(72, 88, middle=80, n=34), established_name=_("8 of 10 established agents"),
    last_week=12, scale=nice_scale(…), value_name=_("Mean (%)"), count_name=_("People"),
)
draw_ramp(chart)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ui.charts.frame import Chart
from ui.charts.numbers import MISSING, number, span
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
)
from ui.charts.scales import Scale
from ui.charts.tables import Cell, Column, Table, TableRow

PLOT, TOP, WEEK_ROW, NAME_ROW, BOTTOM = 190, 28, 18, 38, 46
MOST_NAMES = 13


@dataclass(frozen=True, slots=True)
class RampPoint:
    """`week` counts from 1, the week of the start. Without a value `note` says what is missing."""

    week: int
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class RampSeries:
    """A cohort. Up to four are told apart by dash, mark and name."""

    name: str
    points: Sequence[RampPoint]


@dataclass(frozen=True, slots=True)
class RampRange:
    low: float
    high: float
    middle: float | None = None
    n: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RampCurve(Chart):
    series: Sequence[RampSeries]
    scale: Scale
    last_week: int
    value_name: str
    count_name: str
    established: RampRange | None = None
    established_name: str = ""
    places: int = 0


@dataclass(frozen=True, slots=True)
class RampMark:
    point: RampPoint
    series: int
    x: str
    y: str
    shape: str
    label: str
    tip: Text
    target_left: str
    target_top: str


@dataclass(frozen=True, slots=True)
class RampZone:
    """The range of the established, from `y` down to `bottom`; `middle` is its line."""

    y: str
    bottom: str
    height: str
    middle: str


@dataclass(frozen=True, slots=True)
class RampDrawing:
    chart: RampCurve
    height: str
    top: str
    base: str
    plot_height: str
    slot_width: str
    week_row: str
    name_row: str
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    zone: RampZone | None
    bands: list[tuple[int, str]]
    lines: list[tuple[int, str]]
    marks: list[RampMark]
    table: Table
    template: str = "ui/charts/_ramp.html"
    is_table: bool = False

    @property
    def is_empty(self) -> bool:
        return not any(mark.point.value is not None for mark in self.marks)

    @property
    def has_links(self) -> bool:
        return any(mark.point.url for mark in self.marks)

    @property
    def legend(self) -> list[tuple[int, str, str]]:
        shown = [(index, one) for index, one in enumerate(self.chart.series) if one.points]
        return [(index, outline(index), one.name) for index, one in shown if one.name]


def draw_ramp(chart: RampCurve) -> RampDrawing:
    """Lay the curves out over the weeks 1 to `last_week`. Neighbouring weeks with a value are joined; a
    week with too little has an empty mark on the base line."""
    slot = 1 / max(1, chart.last_week)
    base = TOP + PLOT
    height = heights(chart.scale, TOP, base)
    shown = [
        (index, sorted((p for p in one.points if 1 <= p.week <= chart.last_week), key=_week))
        for index, one in enumerate(chart.series)
    ]
    runs = [(index, run) for index, points in shown for run in _runs(points)]
    every = -(-chart.last_week // MOST_NAMES)
    return RampDrawing(
        chart=chart,
        height=px(base + BOTTOM),
        top=px(TOP),
        base=px(base),
        plot_height=px(PLOT),
        slot_width=percent(slot),
        week_row=px(base + WEEK_ROW),
        name_row=px(base + NAME_ROW),
        y_ticks=value_ticks(chart.scale, height),
        x_ticks=[
            Tick(percent((week - 0.5) * slot), str(week))
            for week in range(1, chart.last_week + 1)
            if (week - 1) % every == 0
        ],
        zone=_zone(chart.established, height, base) if chart.established else None,
        bands=[(index, area(part)) for index, run in runs for part in _band(run, slot, height)],
        lines=[
            (index, line(((p.week - 0.5) * slot, height(p.value or 0)) for p in run))
            for index, run in runs
        ],
        marks=[
            _mark(chart, index, point, slot, height, base)
            for index, points in shown
            for point in points
            if point.value is not None or point.note
        ],
        table=_table(chart, shown),
    )


def _week(point: RampPoint) -> int:
    return point.week


def _runs(points: Sequence[RampPoint]) -> list[list[RampPoint]]:
    runs: list[list[RampPoint]] = []
    for point in points:
        if point.value is None:
            continue
        if runs and point.week - runs[-1][-1].week == 1:
            runs[-1].append(point)
        else:
            runs.append([point])
    return [run for run in runs if len(run) > 1]


def _band(
    run: Sequence[RampPoint], slot: float, height: Height
) -> list[list[tuple[float, float, float]]]:
    parts: list[list[tuple[float, float, float]]] = [[]]
    for point in run:
        if point.low is None or point.high is None:
            parts.append([])
        else:
            x = (point.week - 0.5) * slot
            parts[-1].append((x, height(point.high), height(point.low)))
    return [part for part in parts if len(part) > 1]


def _zone(established: RampRange, height: Height, base: float) -> RampZone:
    top, bottom = height(established.high), height(established.low)
    middle = "" if established.middle is None else px(height(established.middle))
    return RampZone(px(top), px(bottom), px(bottom - top), middle)


def _mark(
    chart: RampCurve, index: int, point: RampPoint, slot: float, height: Height, base: float
) -> RampMark:
    x = (point.week - 0.5) * slot
    y = base if point.value is None else height(point.value)
    tip = point.note
    if point.value is not None:
        interval = span(point.low, point.high, chart.places)
        value = number(point.value, chart.places)
        tip = value if interval == MISSING else f"{value} ({interval}) · {point.n}"
    name = chart.series[index].name
    week = _("week %(week)d") % {"week": point.week}
    return RampMark(
        point=point,
        series=index,
        x=percent(x),
        y=px(y),
        shape=outline(index, 4),
        label=f"{name}, {week}: {tip}" if name else f"{week}: {tip}",
        tip=Text(percent(x), px(max(y - 10, TOP - 4)), anchor(x), tip),
        target_left=percent(x - slot / 2),
        # Several curves meet in one week: only the place around a mark is its own.
        target_top=px(y - 12),
    )


def _table(chart: RampCurve, shown: Sequence[tuple[int, list[RampPoint]]]) -> Table:
    named = any(one.name for one in chart.series)
    columns = [
        Column(_("Week")),
        *([Column(_("Cohort"))] if named else []),
        Column(chart.value_name, chart.places),
        Column(_("Range from"), chart.places),
        Column(_("to"), chart.places),
        Column(chart.count_name, 0),
    ]
    rows = []
    for index, points in shown:
        for point in points:
            values = [Cell(None, point.note or MISSING, span=3)]
            if point.value is not None:
                values = [Cell(point.value), Cell(point.low), Cell(point.high)]
            name = [Cell(chart.series[index].name)] if named else []
            week = Cell(point.week, url=point.url)
            rows.append(TableRow([week, *name, *values, Cell(point.n)]))
    established = chart.established
    if established:
        head = Cell(chart.established_name or _("established"), span=1 + named)
        limits = [Cell(established.low), Cell(established.high)]
        rows.append(TableRow([head, Cell(established.middle), *limits, Cell(established.n)]))
    return Table(columns, rows)
