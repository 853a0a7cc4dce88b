"""Before and after of a few groups, with intervals: trained people beside their peers.

chart = SlopeChart(
    key="effect-respect", title=_("Respect before and after “Tone”"), description=_("…"),
    before_name=_("March to May"), after_name=_("July to September"),
    groups=[
        SlopeGroup(_("trained"), SlopeEnd(61, 57, 65), SlopeEnd(72, 68, 76), n=24),
        SlopeGroup(_("peers"), SlopeEnd(66, 63, 69), SlopeEnd(70, 67, 73), n=51),
    ],
    scale=nice_scale(…), value_name=_("Mean (%)"), group_name=_("Group"), count_name=_("People"),
)
draw_slope(chart)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ui.charts.frame import Chart
from ui.charts.numbers import number
from ui.charts.places import (
    Height,
    Tick,
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

PLOT, TOP, NAME_ROW, BOTTOM = 180, 28, 20, 30
BEFORE, AFTER = 0.27, 0.73
# Groups stand this share of the width apart, so that their intervals do not cover each other.
APART = 0.06
# Labels nearer than this would run into each other.
LABEL_HEIGHT = 15


@dataclass(frozen=True, slots=True)
class SlopeEnd:
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class SlopeGroup:
    """A group without one of its ends is listed with its `note` and not drawn."""

    name: str
    before: SlopeEnd
    after: SlopeEnd
    n: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlopeChart(Chart):
    groups: Sequence[SlopeGroup]
    scale: Scale
    before_name: str
    after_name: str
    value_name: str
    group_name: str
    count_name: str
    places: int = 0


@dataclass(frozen=True, slots=True)
class SlopeMark:
    """`label_x` and `label_y` place the figure, written away from the middle."""

    group: SlopeGroup
    series: int
    x: str
    y: str
    shape: str
    whisker: str
    label_x: str
    label_y: str
    anchor: str
    dx: int
    text: str


@dataclass(frozen=True, slots=True)
class SlopeDrawing:
    chart: SlopeChart
    height: str
    top: str
    base: str
    name_row: str
    before: str
    after: str
    y_ticks: list[Tick]
    lines: list[tuple[int, str]]
    marks: list[SlopeMark]
    table: Table
    template: str = "ui/charts/_slope.html"
    is_table: bool = False
    has_links: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.marks

    @property
    def undrawn(self) -> list[SlopeGroup]:
        drawn = {mark.series for mark in self.marks}
        return [group for i, group in enumerate(self.chart.groups) if i not in drawn]

    @property
    def legend(self) -> list[tuple[int, str, str, int]]:
        """Number, shape, name and n of each group that is drawn."""
        shown = sorted({mark.series for mark in self.marks})
        return [(i, outline(i), self.chart.groups[i].name, self.chart.groups[i].n) for i in shown]


def draw_slope(chart: SlopeChart) -> SlopeDrawing:
    """Lay out a line from before to after for each group that has both."""
    base = TOP + PLOT
    height = heights(chart.scale, TOP, base)
    drawn = [
        (index, group)
        for index, group in enumerate(chart.groups)
        if group.before.value is not None and group.after.value is not None
    ]
    places = {index: (at - (len(drawn) - 1) / 2) * APART for at, (index, _g) in enumerate(drawn)}
    lines = [
        (
            index,
            line(
                [
                    (BEFORE + places[index], height(group.before.value or 0)),
                    (AFTER + places[index], height(group.after.value or 0)),
                ]
            ),
        )
        for index, group in drawn
    ]
    ends = [(index, group, group.before, BEFORE) for index, group in drawn]
    marks = _marks(chart, ends, places, height)
    ends = [(index, group, group.after, AFTER) for index, group in drawn]
    marks += _marks(chart, ends, places, height)
    return SlopeDrawing(
        chart=chart,
        height=px(base + BOTTOM),
        top=px(TOP),
        base=px(base),
        name_row=px(base + NAME_ROW),
        before=percent(BEFORE),
        after=percent(AFTER),
        y_ticks=value_ticks(chart.scale, height),
        lines=lines,
        marks=marks,
        table=_table(chart),
    )


def _marks(
    chart: SlopeChart,
    ends: Sequence[tuple[int, SlopeGroup, SlopeEnd, float]],
    places: dict[int, float],
    height: Height,
) -> list[SlopeMark]:
    """The marks of one side. Their labels stand in one column and give way to each other."""
    marks = []
    lowest = float("-inf")
    edge = max(places.values(), default=0)
    for index, group, end, side in sorted(ends, key=lambda each: -(each[2].value or 0)):
        y = height(end.value or 0)
        lowest = max(y, lowest + LABEL_HEIGHT)
        drawn = ""
        if end.low is not None and end.high is not None:
            drawn = whisker(height(end.high), height(end.low))
        is_before = side == BEFORE
        marks.append(
            SlopeMark(
                group=group,
                series=index,
                x=percent(side + places[index]),
                y=px(y),
                shape=outline(index),
                whisker=drawn,
                label_x=percent(side - edge if is_before else side + edge),
                label_y=px(lowest),
                anchor="end" if is_before else "start",
                dx=-12 if is_before else 12,
                text=number(end.value or 0, chart.places),
            )
        )
    return marks


def _table(chart: SlopeChart) -> Table:
    columns = [Column(chart.group_name)]
    for name in (chart.before_name, chart.after_name):
        columns += [
            Column(f"{name}, {chart.value_name}", chart.places),
            Column(_("95% from"), chart.places),
            Column(_("to"), chart.places),
        ]
    columns += [Column(chart.count_name, 0), Column(_("Remark"))]
    rows = [
        TableRow(
            [
                Cell(group.name),
                *(
                    Cell(value)
                    for end in (group.before, group.after)
                    for value in (end.value, end.low, end.high)
                ),
                Cell(group.n),
                Cell(group.note),
            ]
        )
        for group in chart.groups
    ]
    return Table(columns, rows)
