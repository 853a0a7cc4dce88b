"""A heat map as a table: people by skills, reviewers by criteria.

chart = HeatMap(
    key="skills", title=_("People by skills"), description=_("…"),
    row_name=_("Person"), steps=heat_steps(scale, 5),       # or HeatSteps((60, 70, 80, 90))
    columns=[HeatColumn(_("Respect"), sort_url="?sort=respect", order="descending")],
    rows=[
        HeatRow("Ines Calder", url="/team/4/", detail=_("Voice team"), cells=[
            HeatCell(81.2, half_width=6, n=14, url="/scorecards/?…", spark=draw_spark(…),
                     signal=_("something changed here"), signal_url="…"),
        ]),
        HeatRow("Nia Brook", cells=[HeatCell(None, n=3, needed=5)]),
    ],
)
draw_heat(chart)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ui.charts.control import ControlSpark
from ui.charts.frame import Chart
from ui.charts.numbers import number, plus_minus
from ui.charts.scales import Scale
from ui.charts.spark import Sparkline
from ui.charts.tables import Cell, Column, Table, TableRow


@dataclass(frozen=True, slots=True)
class HeatSteps:
    """Ascending limits between the tints; four limits make five. `kind` is "amount" (light to dark)
    or "difference" (two hues around a middle, with an odd number of steps)."""

    limits: tuple[float, ...]
    kind: Literal["amount", "difference"] = "amount"


@dataclass(frozen=True, slots=True)
class HeatCell:
    """`value` ± `half_width` over `n`. Without a value, `needed` is the least n that gives one and the
    cell says how many are missing; `note` says another reason. `signal` says in words that something
    changed. `label` is the whole statement for screen readers and the tooltip of the link."""

    value: float | None = None
    half_width: float | None = None
    n: int = 0
    needed: int = 0
    url: str = ""
    label: str = ""
    signal: str = ""
    signal_url: str = ""
    spark: Sparkline | ControlSpark | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class HeatColumn:
    """With `sort_url` the heading is a link; `order` is how the rows stand by this column now."""

    name: str
    sort_url: str = ""
    order: Literal["", "ascending", "descending"] = ""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """`detail` stands small below the name; as many `cells` as the map has columns."""

    name: str
    cells: Sequence[HeatCell]
    url: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap(Chart):
    row_name: str
    columns: Sequence[HeatColumn]
    rows: Sequence[HeatRow]
    steps: HeatSteps
    value_name: str = ""
    count_name: str = ""
    places: int = 0
    signed: bool = False
    # What the cells hold, where that is not an estimate; counts have neither interval nor n.
    reading: str = ""
    is_count: bool = False


@dataclass(frozen=True, slots=True)
class HeatSpot:
    """A cell as drawn. `step` counts from 1; `tint` names the class of its colour and its bar, and is
    empty without a value. `missing` says what is missing."""

    cell: HeatCell
    column: HeatColumn
    tint: str
    bar: tuple[str, str] | None
    value: str
    interval: str
    missing: str


@dataclass(frozen=True, slots=True)
class HeatLine:
    row: HeatRow
    spots: list[HeatSpot]


@dataclass(frozen=True, slots=True)
class HeatLegend:
    tint: str
    bar: tuple[str, str]
    name: str


@dataclass(frozen=True, slots=True)
class HeatDrawing:
    chart: HeatMap
    lines: list[HeatLine]
    legend: list[HeatLegend]
    table: Table
    template: str = "ui/charts/_heat.html"
    is_table: bool = True

    @property
    def is_empty(self) -> bool:
        return not self.lines

    @property
    def has_signals(self) -> bool:
        return any(spot.cell.signal for line in self.lines for spot in line.spots)


def heat_steps(scale: Scale, steps: int = 5) -> HeatSteps:
    """Equal steps over a scale."""
    width = (scale.high - scale.low) / steps
    return HeatSteps(tuple(scale.low + width * index for index in range(1, steps)))


def draw_heat(chart: HeatMap) -> HeatDrawing:
    """Each cell with its tint, and a bar as long as its step is high: the same without colour."""
    lines = [
        HeatLine(
            row,
            [
                _spot(chart, column, cell)
                for column, cell in zip(chart.columns, row.cells, strict=True)
            ],
        )
        for row in chart.rows
    ]
    return HeatDrawing(chart, lines, _legend(chart), _table(chart))


def _spot(chart: HeatMap, column: HeatColumn, cell: HeatCell) -> HeatSpot:
    if cell.value is None:
        return HeatSpot(cell, column, "", None, "", "", cell.note or _missing(cell))
    step = sum(cell.value >= limit for limit in chart.steps.limits)
    return HeatSpot(
        cell=cell,
        column=column,
        tint=_tint(chart.steps, step),
        bar=_bar(chart.steps, step),
        value=number(cell.value, chart.places, signed=chart.signed),
        interval="" if cell.half_width is None else plus_minus(cell.half_width, chart.places),
        missing="",
    )


def _missing(cell: HeatCell) -> str:
    lacking = cell.needed - cell.n
    if lacking <= 0:
        return _("nothing graded") if not cell.n else _("too little to say")
    if not cell.n:
        return ngettext("none yet, %(k)d needed", "none yet, %(k)d needed", lacking) % {
            "k": lacking
        }
    return ngettext("%(k)d more needed", "%(k)d more needed", lacking) % {"k": lacking}


def _tint(steps: HeatSteps, step: int) -> str:
    """“amount-1” to “amount-5” and “difference-1” to “difference-5”, spread over what there is."""
    last = len(steps.limits)
    return f"{steps.kind}-{1 + round(4 * step / last) if last else 3}"


def _bar(steps: HeatSteps, step: int) -> tuple[str, str]:
    """Start and width of the bar in percent: from the left for an amount, from the middle for a
    difference."""
    last = len(steps.limits)
    if steps.kind == "amount":
        return "0%", f"{100 * (step + 1) / (last + 1):.0f}%"
    away = 50 * (step - last / 2) / (last / 2) if last else 0.0
    return f"{min(50, 50 + away):.0f}%", f"{max(abs(away), 2):.0f}%"


def _legend(chart: HeatMap) -> list[HeatLegend]:
    limits = [number(limit, chart.places, signed=chart.signed) for limit in chart.steps.limits]
    if not limits:
        return []
    names = [
        _("below %(limit)s") % {"limit": limits[0]},
        *(
            _("%(low)s to below %(high)s") % {"low": low, "high": high}
            for low, high in pairwise(limits)
        ),
        _("%(limit)s and more") % {"limit": limits[-1]},
    ]
    return [
        HeatLegend(_tint(chart.steps, step), _bar(chart.steps, step), name)
        for step, name in enumerate(names)
    ]


def _table(chart: HeatMap) -> Table:
    """One record for each cell, as a file is best read."""
    if chart.is_count:
        return _count_table(chart)
    columns = [
        Column(chart.row_name),
        Column(_("Measured")),
        Column(chart.value_name or _("Mean (%)"), chart.places),
        Column(_("±"), chart.places),
        Column(chart.count_name or _("Scorecards"), 0),
        Column(_("Signal")),
        Column(_("Remark")),
    ]
    rows = []
    for row in chart.rows:
        for column, cell in zip(chart.columns, row.cells, strict=True):
            remark = cell.note or (_missing(cell) if cell.value is None else "")
            rows.append(
                TableRow(
                    [
                        Cell(row.name),
                        Cell(column.name),
                        Cell(cell.value),
                        Cell(cell.half_width),
                        Cell(cell.n),
                        Cell(cell.signal),
                        Cell(remark),
                    ]
                )
            )
    return Table(columns, rows)


def _count_table(chart: HeatMap) -> Table:
    columns = [Column(chart.row_name), Column(_("Counted")), Column(chart.value_name, 0)]
    rows = [
        TableRow([Cell(row.name), Cell(column.name), Cell(cell.value or 0)])
        for row in chart.rows
        for column, cell in zip(chart.columns, row.cells, strict=True)
    ]
    return Table(columns, rows)
