"""Dot and interval, a row for each of many: as a table, so that long lists, long names, phones and
screen readers need nothing special.

    chart = ForestChart(
        key="severity", title=_("Severity by reviewer"), description=_("…"),
        groups=[
            ForestGroup(_("Clearly stricter than the others"), [
                ForestRow("Oskar Fenn", -4.1, low=-6.0, high=-2.2, n=88, url="…"),
            ]),
            ForestGroup(_("Cannot be told apart"), [
                ForestRow("Lena Ruiz", 0.4, low=-2.0, high=2.8, n=41, bar_low=-1.3, bar_high=2.1),
                ForestRow("Tom Ash", None, n=3, note=_("7 more scorecards are needed")),
            ]),
        ],
        scale=nice_scale(…), row_name=_("Reviewer"), value_name=_("Points"), count_name=_("Scorecards"),
        reference=0, reference_name=_("average reviewer"), zone=(-2, 2), zone_name=_("matters little"),
        places=1, signed=True,
    )
    draw_forest(chart)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ui.charts.frame import Chart
from ui.charts.numbers import number, span
from ui.charts.places import Tick, along_ticks, percent
from ui.charts.scales import Scale
from ui.charts.tables import Cell, Column, Table, TableRow


@dataclass(frozen=True, slots=True)
class ForestRow:
    """`low` and `high` are the interval; `bar_low` and `bar_high` the shorter comparison bar: two
    rows whose bars do not overlap differ. `value` is None where there is too little, and then `note`
    says what is missing; otherwise `note` is a remark. `detail` stands small below the name."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    bar_low: float | None = None
    bar_high: float | None = None
    url: str = ""
    detail: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ForestGroup:
    """Rows under one heading; with an empty name there is none. The order is the caller's."""

    name: str
    rows: Sequence[ForestRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestChart(Chart):
    groups: Sequence[ForestGroup]
    scale: Scale
    row_name: str
    value_name: str
    count_name: str
    reference: float | None = None
    reference_name: str = ""
    zone: tuple[float, float] | None = None
    zone_name: str = ""
    places: int = 0
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a row's width, and at which sides it goes on beyond the scale."""

    left: str
    right: str
    width: str
    goes_on_left: bool = False
    goes_on_right: bool = False


@dataclass(frozen=True, slots=True)
class ForestLine:
    """A row as drawn; `value` and `interval` are its words."""

    row: ForestRow
    x: str
    whisker: Stretch | None
    bar: Stretch | None
    value: str
    interval: str


@dataclass(frozen=True, slots=True)
class ForestPart:
    name: str
    lines: list[ForestLine]


@dataclass(frozen=True, slots=True)
class ForestDrawing:
    chart: ForestChart
    parts: list[ForestPart]
    ticks: list[Tick]
    reference: str
    zone: Stretch | None
    has_counts: bool
    table: Table
    template: str = "ui/charts/_forest.html"
    is_table: bool = True

    @property
    def is_empty(self) -> bool:
        return not any(part.lines for part in self.parts)

    @property
    def has_bars(self) -> bool:
        return any(line.bar for part in self.parts for line in part.lines)


def draw_forest(chart: ForestChart) -> ForestDrawing:
    """Lay the rows out on one scale, in the order they come in. Empty groups are left out."""
    parts = [
        ForestPart(group.name, [_line(chart, row) for row in group.rows])
        for group in chart.groups
        if group.rows
    ]
    reference = chart.reference
    return ForestDrawing(
        chart=chart,
        parts=parts,
        ticks=along_ticks(chart.scale, signed=chart.signed),
        reference="" if reference is None else percent(chart.scale.share(reference)),
        zone=_stretch(chart.scale, *chart.zone) if chart.zone else None,
        has_counts=any(row.n for group in chart.groups for row in group.rows),
        table=_table(chart),
    )


def _line(chart: ForestChart, row: ForestRow) -> ForestLine:
    if row.value is None:
        return ForestLine(row, "", None, None, "", "")
    interval = row.low is not None and row.high is not None
    return ForestLine(
        row=row,
        x=percent(chart.scale.share(row.value)),
        whisker=_stretch(chart.scale, row.low, row.high),
        bar=_stretch(chart.scale, row.bar_low, row.bar_high),
        value=number(row.value, chart.places, signed=chart.signed),
        interval=span(row.low, row.high, chart.places, signed=chart.signed) if interval else "",
    )


def _stretch(scale: Scale, low: float | None, high: float | None) -> Stretch | None:
    if low is None or high is None:
        return None
    left, right = scale.share(low), scale.share(high)
    return Stretch(
        percent(left), percent(right), percent(right - left), low < scale.low, high > scale.high
    )


def _table(chart: ForestChart) -> Table:
    named = any(group.name for group in chart.groups)
    columns = [
        Column(chart.row_name),
        *([Column(_("Group"))] if named else []),
        Column(chart.value_name, chart.places),
        Column(_("95% from"), chart.places),
        Column(_("to"), chart.places),
        Column(chart.count_name, 0),
        Column(_("Remark")),
    ]
    rows = [
        TableRow(
            [
                Cell(row.name, url=row.url),
                *([Cell(group.name)] if named else []),
                Cell(row.value),
                Cell(row.low),
                Cell(row.high),
                Cell(row.n),
                Cell(row.note),
            ]
        )
        for group in chart.groups
        for row in group.rows
    ]
    return Table(columns, rows)
