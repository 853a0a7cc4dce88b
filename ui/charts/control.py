"""Control charts: whether a level changed or only varies as it always did.

chart = ControlChart(
    key="drift", title=_("Severity week by week"), description=_("…"),
    points=[
        ControlPoint(_("week 32"), 0.12, n=14, lower=-0.4, upper=0.4),
        ControlPoint(_("week 33"), 0.55, n=9, lower=-0.5, upper=0.5, flag=_("above the limit")),
    ],
    centre=0.0, centre_name=_("usual level"), scale=nice_scale(…),
    point_name=_("Week"), value_name=_("Points"), count_name=_("Scorecards"), places=2, signed=True,
)
draw_control(chart)                    # for figure.html
draw_control_spark(chart)              # for ui/charts/control_spark.html, the size of a word
"""

from collections.abc import Callable, Iterator, Sequence
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

PLOT, TOP, POINT_ROW, NAME_ROW, BOTTOM = 170, 34, 18, 38, 46
MOST_NAMES = 8
WIDEST_SLOT = 0.12


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """One step in time. `lower` and `upper` are the limits of this very point and may vary, or None
    before there are any. `flag` says in words what is unusual about it; empty is nothing. `value` is
    None where there is too little, and then `note` says what is missing."""

    label: str
    value: float | None
    n: int = 0
    lower: float | None = None
    upper: float | None = None
    flag: str = ""
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlChart(Chart):
    """`baseline` is how many of the first points the limits were learned from; they are shaded.
    `places` and `signed` say how numbers are written."""

    points: Sequence[ControlPoint]
    centre: float | None
    scale: Scale
    point_name: str
    value_name: str
    count_name: str
    centre_name: str = ""
    baseline: int = 0
    places: int = 0
    signed: bool = False


SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 72, 22, 3


@dataclass(frozen=True, slots=True)
class ControlMark:
    """`label` is the whole statement in words. `sign` numbers what is unusual."""

    point: ControlPoint
    x: str
    y: str
    shape: str
    label: str
    tip: Text
    target_left: str
    sign: str


@dataclass(frozen=True, slots=True)
class ControlDrawing:
    chart: ControlChart
    height: str
    top: str
    base: str
    plot_height: str
    slot_width: str
    point_row: str
    name_row: str
    baseline_width: str
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    centre: str
    limits: list[str]
    bands: list[str]
    lines: list[str]
    marks: list[ControlMark]
    table: Table
    template: str = "ui/charts/_control.html"
    is_table: bool = False

    @property
    def is_empty(self) -> bool:
        return not any(mark.point.value is not None for mark in self.marks)

    @property
    def has_links(self) -> bool:
        return any(mark.point.url for mark in self.marks)

    @property
    def flagged(self) -> list[ControlMark]:
        """What is unusual, numbered as in the drawing."""
        return [mark for mark in self.marks if mark.sign]


@dataclass(frozen=True, slots=True)
class ControlSpark:
    """A control chart the size of a word. What it shows stands in words beside it, so it is hidden
    from screen readers."""

    line: str
    band: tuple[str, str] | None
    centre: str
    flags: list[tuple[str, str]]
    last: tuple[str, str]
    view_box: str = f"0 0 {SPARK_WIDTH} {SPARK_HEIGHT}"
    template: str = "ui/charts/control_spark.html"


def draw_control(chart: ControlChart) -> ControlDrawing:
    """Lay the chart out. A line joins neighbouring points that have a value."""
    slot = 1 / max(1, len(chart.points))
    base = TOP + PLOT
    height = heights(chart.scale, TOP, base)
    every = -(-len(chart.points) // MOST_NAMES)
    width = min(slot, WIDEST_SLOT)
    return ControlDrawing(
        chart=chart,
        height=px(base + BOTTOM),
        top=px(TOP),
        base=px(base),
        plot_height=px(PLOT),
        slot_width=percent(width),
        point_row=px(base + POINT_ROW),
        name_row=px(base + NAME_ROW),
        baseline_width=percent(slot * chart.baseline) if chart.baseline else "",
        y_ticks=value_ticks(chart.scale, height, signed=chart.signed),
        x_ticks=[
            Tick(percent((index + 0.5) * slot), point.label, is_extra=(index // every) % 2 == 1)
            for index, point in enumerate(chart.points)
            if index % every == 0
        ],
        centre="" if chart.centre is None else px(height(chart.centre)),
        limits=[
            line(corners)
            for side in (_lower, _upper)
            for corners in _limit(chart.points, side, slot, height)
        ],
        bands=_bands(chart.points, slot, height),
        lines=[
            line((place, height(value)) for place, value in run)
            for run in _runs(chart.points, slot)
        ],
        marks=list(_marks(chart, slot, width, height, base)),
        table=_table(chart),
    )


def draw_control_spark(chart: ControlChart) -> ControlSpark | None:
    """The same without words, flagged points as larger rings. Nothing below two values."""
    if sum(point.value is not None for point in chart.points) < 2:
        return None
    # The marks at the ends keep their margin within the width.
    slot = 1 / len(chart.points)
    height = heights(chart.scale, SPARK_MARGIN, SPARK_HEIGHT - SPARK_MARGIN)

    def place(share: float) -> float:
        return SPARK_MARGIN + share * (SPARK_WIDTH - 2 * SPARK_MARGIN)

    spots = [
        (place((index + 0.5) * slot), height(point.value), point)
        for index, point in enumerate(chart.points)
        if point.value is not None
    ]
    limits = [
        point for point in chart.points if point.lower is not None and point.upper is not None
    ]
    low = min((point.lower for point in limits if point.lower is not None), default=None)
    high = max((point.upper for point in limits if point.upper is not None), default=None)
    return ControlSpark(
        line=" ".join(f"{x:.1f},{y:.1f}" for x, y, _point in spots),
        band=None
        if low is None or high is None
        else (px(height(high)), px(height(low) - height(high))),
        centre="" if chart.centre is None else px(height(chart.centre)),
        flags=[(px(x), px(y)) for x, y, point in spots if point.flag],
        last=(px(spots[-1][0]), px(spots[-1][1])),
    )


def _lower(point: ControlPoint) -> float | None:
    return point.lower


def _upper(point: ControlPoint) -> float | None:
    return point.upper


def _limit(
    points: Sequence[ControlPoint],
    side: Callable[[ControlPoint], float | None],
    slot: float,
    height: Height,
) -> Iterator[list[tuple[float, float]]]:
    """A limit as stairs: it holds for the whole width of its point."""
    stairs: list[tuple[float, float]] = []
    for index, point in enumerate(points):
        value = side(point)
        if value is not None:
            stairs += [(index * slot, height(value)), ((index + 1) * slot, height(value))]
        elif stairs:
            yield stairs
            stairs = []
    if stairs:
        yield stairs


def _bands(points: Sequence[ControlPoint], slot: float, height: Height) -> list[str]:
    """Between the limits, as areas."""
    parts: list[list[tuple[float, float, float]]] = [[]]
    for index, point in enumerate(points):
        if point.lower is None or point.upper is None:
            parts.append([])
            continue
        low, high = height(point.lower), height(point.upper)
        parts[-1] += [(index * slot, high, low), ((index + 1) * slot, high, low)]
    return [area(part) for part in parts if part]


def _runs(points: Sequence[ControlPoint], slot: float) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for index, point in enumerate(points):
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append(((index + 0.5) * slot, point.value))
    return [run for run in runs if len(run) > 1]


def _marks(
    chart: ControlChart, slot: float, width: float, height: Height, base: float
) -> Iterator[ControlMark]:
    signs = 0
    for index, point in enumerate(chart.points):
        if point.value is None and not point.note:
            continue
        x = (index + 0.5) * slot
        y = base if point.value is None else height(point.value)
        signs += bool(point.flag)
        yield ControlMark(
            point=point,
            x=percent(x),
            y=px(y),
            shape=outline(2, 6) if point.flag else outline(0, 4),
            label=_statement(chart, point),
            tip=Text(percent(x), px(max(y - 10, TOP - 4)), anchor(x), _tip(chart, point)),
            target_left=percent(x - width / 2),
            sign=str(signs) if point.flag else "",
        )


def _tip(chart: ControlChart, point: ControlPoint) -> str:
    if point.value is None:
        return point.note
    value = number(point.value, chart.places, signed=chart.signed)
    return f"{value} · {point.n}" if point.n else value


def _statement(chart: ControlChart, point: ControlPoint) -> str:
    """“week 33: +0.55 (limits −0.50 to +0.50), 9 scorecards: above the limit”."""
    if point.value is None:
        return f"{point.label}: {point.note}"
    said = f"{point.label}: {number(point.value, chart.places, signed=chart.signed)}"
    if point.lower is not None and point.upper is not None:
        limits = span(point.lower, point.upper, chart.places, signed=chart.signed)
        said += _(" (limits %(limits)s)") % {"limits": limits}
    return f"{said}, {point.flag}" if point.flag else said


def _table(chart: ControlChart) -> Table:
    places = chart.places

    def cell(value: float | None) -> Cell:
        return Cell(value, "" if value is None else number(value, places, signed=chart.signed))

    columns = [
        Column(chart.point_name),
        Column(chart.value_name, places),
        Column(_("Lower limit"), places),
        Column(_("Upper limit"), places),
        Column(chart.count_name, 0),
        Column(_("Signal")),
    ]
    rows = []
    for point in chart.points:
        value = Cell(None, point.note) if point.value is None else cell(point.value)
        rows.append(
            TableRow(
                [
                    Cell(point.label, url=point.url),
                    value,
                    cell(point.lower),
                    cell(point.upper),
                    Cell(point.n),
                    Cell(point.flag, point.flag or MISSING),
                ]
            )
        )
    return Table(columns, rows)
