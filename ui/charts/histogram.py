"""How often what occurs: histograms, and strips the size of a word.

chart = Histogram(
    key="time", title=_("Minutes per grading"), description=_("…"),
    bins=bins_of(minutes, nice_scale(minutes, within=(0, 120))), value_name=_("Minutes"),
    count_name=_("Gradings"), markers=[Marker(6.5, _("median"))],
)
draw_histogram(chart)
draw_strip(minutes, scale, middle=6.5)      # for ui/charts/strip.html
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

from ui.charts.frame import Chart
from ui.charts.numbers import number
from ui.charts.places import Text, Tick, along_ticks, anchor, heights, percent, px, value_ticks
from ui.charts.scales import Scale, nice_scale
from ui.charts.tables import Cell, Column, Table, TableRow

PLOT, TOP, TICK_ROW, NAME_ROW, BOTTOM = 110, 40, 18, 38, 46
MARKER_ROW = 16


@dataclass(frozen=True, slots=True)
class Bin:
    """`count` values from `low` up to, not including, `high`."""

    low: float
    high: float
    count: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Marker:
    value: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram(Chart):
    """The bins follow each other without gaps."""

    bins: Sequence[Bin]
    value_name: str
    count_name: str
    markers: Sequence[Marker] = ()
    places: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    bin: Bin
    left: str
    width: str
    y: str
    height: str
    label: str


@dataclass(frozen=True, slots=True)
class HistogramDrawing:
    chart: Histogram
    height: str
    top: str
    base: str
    marker_top: str
    tick_row: str
    name_row: str
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    bars: list[Bar]
    markers: list[Text]
    table: Table
    template: str = "ui/charts/_histogram.html"
    is_table: bool = False

    @property
    def is_empty(self) -> bool:
        return not any(bar.bin.count for bar in self.bars)

    @property
    def has_links(self) -> bool:
        return any(bar.bin.url for bar in self.bars)


@dataclass(frozen=True, slots=True)
class Strip:
    """Each value as an upright stroke, the middle one longer. What it shows stands in words beside
    it, so it is hidden from screen readers."""

    strokes: list[str]
    middle: str


def bins_of(values: Iterable[float], scale: Scale) -> list[Bin]:
    """The values of the scale counted between its ticks; those beyond it count at its ends, and one
    on the last tick in the last bin."""
    ticks = scale.ticks
    counts = [0] * (len(ticks) - 1)
    for value in values:
        if math.isfinite(value):
            counts[min(max(bisect_right(ticks, value) - 1, 0), len(counts) - 1)] += 1
    return [
        Bin(low, high, count) for (low, high), count in zip(pairwise(ticks), counts, strict=True)
    ]


def draw_histogram(chart: Histogram) -> HistogramDrawing:
    """Lay the bars out; with bins of unequal width their height is still the count."""
    base = TOP + PLOT
    edges = [*(bin.low for bin in chart.bins), *(bin.high for bin in chart.bins[-1:])] or [0, 1]
    across = Scale(edges[0], edges[-1], tuple(edges))
    most = max((bin.count for bin in chart.bins), default=0)
    counts = _count_scale(most)
    height = heights(counts, TOP, base)
    return HistogramDrawing(
        chart=chart,
        height=px(base + BOTTOM),
        top=px(TOP),
        base=px(base),
        marker_top=px(MARKER_ROW + 6),
        tick_row=px(base + TICK_ROW),
        name_row=px(base + NAME_ROW),
        y_ticks=value_ticks(counts, height),
        x_ticks=along_ticks(across) if chart.bins else [],
        bars=[
            Bar(
                bin=bin,
                left=percent(across.share(bin.low)),
                width=percent(across.share(bin.high) - across.share(bin.low)),
                y=px(height(bin.count)),
                height=px(base - height(bin.count)),
                label=f"{_range(bin, chart.places)}: {bin.count}",
            )
            for bin in chart.bins
        ],
        markers=[
            Text(percent(share), px(MARKER_ROW), anchor(share), marker.label)
            for marker in chart.markers
            for share in [across.share(marker.value)]
        ],
        table=_table(chart),
    )


def draw_strip(values: Iterable[float], scale: Scale, middle: float | None = None) -> Strip:
    return Strip(
        [percent(scale.share(value)) for value in values],
        "" if middle is None else percent(scale.share(middle)),
    )


def _count_scale(most: int) -> Scale:
    """Whole numbers only."""
    ceiling = max(most, 1)
    scale = nice_scale([0, ceiling], within=(0, 10 * ceiling), most_ticks=5)
    ticks = tuple(tick for tick in scale.ticks if float(tick).is_integer())
    return Scale(scale.low, max(scale.high, ticks[-1]), ticks)


def _range(bin: Bin, places: int) -> str:
    return _("%(low)s to below %(high)s") % {
        "low": number(bin.low, places),
        "high": number(bin.high, places),
    }


def _table(chart: Histogram) -> Table:
    columns = [
        Column(chart.value_name),
        Column(_("from"), chart.places),
        Column(_("to below"), chart.places),
        Column(chart.count_name, 0),
    ]
    rows = [
        TableRow(
            [
                Cell(_range(bin, chart.places), url=bin.url),
                Cell(bin.low),
                Cell(bin.high),
                Cell(bin.count),
            ]
        )
        for bin in chart.bins
    ]
    return Table(columns, rows)
