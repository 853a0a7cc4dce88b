"""Values by month with their intervals: dots with whiskers, joined by a line."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.formats import date_format, number_format

from ui.charts.scales import Scale

# Units of the viewBox. The drawing is as wide as its place; components/charts.css enlarges the
# letters where that is narrow, and the margins here leave room for them.
WIDTH, HEIGHT = 480, 252
LEFT, RIGHT, TOP, BOTTOM = 38, 8, 20, 62
MONTH_ROW, YEAR_ROW, COUNT_ROW = 18, 35, 55
# With more months than this, only every third is named and the counts are left to the table.
MOST_MONTHS_WITH_COUNTS = 12
MARK_SIZE = 5
WIDEST_TARGET = 44
# A tip nearer to the side than this is written away from it.
TIP_MARGIN = 80


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
    """From this month on another measure holds; `label` says which."""

    month: dt.date
    label: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """One chart over the months `first` to `last`, both included. `key` is unique on its page."""

    key: str
    title: str
    description: str
    first: dt.date
    last: dt.date
    series: Sequence[Series]
    scale: Scale
    value_name: str
    count_name: str
    breaks: Sequence[Break] = ()


@dataclass(frozen=True, slots=True)
class Tick:
    at: str
    label: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class Whisker:
    """The interval of a mark: a bar from `top` to `bottom`, capped from `left` to `right`."""

    top: str
    bottom: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A point as drawn. Without a value it stands on the base line and has no whisker."""

    point: Point
    series: int
    x: str
    shape: str
    whisker: Whisker | None
    tip_x: str
    tip_y: str
    tip_anchor: str
    target_left: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the chart's table. Without a point nothing happened in that month."""

    month: dt.date
    series: str
    point: Point | None


@dataclass(frozen=True, slots=True)
class LineDrawing:
    chart: LineChart
    view_box: str
    left: str
    right: str
    top: str
    base: str
    plot_height: str
    target_width: str
    month_row: str
    year_row: str
    count_row: str
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    breaks: list[Tick]
    lines: list[tuple[int, str]]
    marks: list[Mark]
    rows: list[Row]
    has_counts: bool

    @property
    def is_empty(self) -> bool:
        return not self.marks

    @property
    def has_links(self) -> bool:
        return any(mark.point.url for mark in self.marks)

    @property
    def legend(self) -> list[tuple[int, str, str]]:
        """Number, shape and name of each series that shows something, where there are several."""
        shown = sorted({mark.series for mark in self.marks})
        if len(shown) < 2:
            return []
        return [(number, _shape(number, 8, 8), self.chart.series[number].name) for number in shown]


def draw_line(chart: LineChart) -> LineDrawing:
    """Lay the chart out. A line joins the values of neighbouring months of one series: a month
    without a value is a gap, and so is the step to another series."""
    months = months_between(chart.first, chart.last)
    slot = (WIDTH - LEFT - RIGHT) / len(months)
    centres = {month: LEFT + (index + 0.5) * slot for index, month in enumerate(months)}
    base = HEIGHT - BOTTOM
    spots = _spots(chart.series, centres, slot)

    def height(value: float) -> float:
        return base - chart.scale.share(value) * (base - TOP)

    return LineDrawing(
        chart=chart,
        view_box=f"0 0 {WIDTH} {HEIGHT}",
        left=_unit(LEFT),
        right=_unit(WIDTH - RIGHT),
        top=_unit(TOP),
        base=_unit(base),
        plot_height=_unit(base - TOP),
        target_width=_unit(min(slot, WIDEST_TARGET)),
        month_row=_unit(base + MONTH_ROW),
        year_row=_unit(base + YEAR_ROW),
        count_row=_unit(base + COUNT_ROW),
        y_ticks=[
            Tick(_unit(height(tick)), number_format(tick, decimal_pos=chart.scale.decimal_places))
            for tick in chart.scale.ticks
        ],
        x_ticks=_month_ticks(centres),
        breaks=[
            Tick(_unit(centres[change.month] - slot / 2), change.label)
            for change in chart.breaks
            if change.month in centres
        ],
        lines=[
            (number, " ".join(f"{_unit(x)},{_unit(height(p.y or 0))}" for x, p in run))
            for number, run in _runs(spots)
        ],
        marks=[_mark(spot, height, min(slot, WIDEST_TARGET)) for spot in spots],
        rows=_rows(chart.series, months),
        has_counts=len(months) <= MOST_MONTHS_WITH_COUNTS,
    )


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """The first days of the months from `first` to `last`, both included."""
    numbers = range(_month_number(first), _month_number(last) + 1)
    return [dt.date(number // 12, number % 12 + 1, 1) for number in numbers]


@dataclass(frozen=True, slots=True)
class _Spot:
    series: int
    x: float
    point: Point


def _spots(series: Sequence[Series], centres: dict[dt.date, float], slot: float) -> list[_Spot]:
    """Each series' points from left to right; those of one month stand side by side."""
    crowd = Counter(point.month for one in series for point in one.points)
    seen = Counter[dt.date]()
    spots = []
    for number, one in enumerate(series):
        for point in sorted(one.points, key=lambda point: point.month):
            if point.month in centres:
                seen[point.month] += 1
                aside = (seen[point.month] / (crowd[point.month] + 1) - 0.5) * slot
                spots.append(_Spot(number, centres[point.month] + aside, point))
    return spots


def _runs(spots: Iterable[_Spot]) -> list[tuple[int, list[tuple[float, Point]]]]:
    """The stretches of neighbouring months with values, by series, that are worth a line."""
    runs: list[tuple[int, list[tuple[float, Point]]]] = []
    for spot in spots:
        if spot.point.y is None:
            continue
        if runs and runs[-1][0] == spot.series:
            before = runs[-1][1][-1][1].month
            if _month_number(spot.point.month) - _month_number(before) == 1:
                runs[-1][1].append((spot.x, spot.point))
                continue
        runs.append((spot.series, [(spot.x, spot.point)]))
    return [run for run in runs if len(run[1]) > 1]


def _mark(spot: _Spot, height: Callable[[float], float], target_width: float) -> Mark:
    point, x = spot.point, spot.x
    y = height(point.y) if point.y is not None else height(float("-inf"))
    whisker = None
    highest = y
    if point.y is not None and point.low is not None and point.high is not None:
        highest = height(point.high)
        whisker = Whisker(
            _unit(highest), _unit(height(point.low)), _unit(x - MARK_SIZE), _unit(x + MARK_SIZE)
        )
    anchor = "middle"
    if x < LEFT + TIP_MARGIN:
        anchor = "start"
    elif x > WIDTH - RIGHT - TIP_MARGIN:
        anchor = "end"
    edge = {"start": x - MARK_SIZE, "middle": x, "end": x + MARK_SIZE}[anchor]
    return Mark(
        point=point,
        series=spot.series,
        x=_unit(x),
        shape=_shape(spot.series, x, y),
        whisker=whisker,
        tip_x=_unit(edge),
        tip_y=_unit(max(highest - 7, TOP - 6)),
        tip_anchor=anchor,
        target_left=_unit(x - target_width / 2),
    )


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
            _unit(centres[month]),
            date_format(month, "M"),
            str(month.year) if month in starts else "",
        )
        for month in named
    ]


def _rows(series: Sequence[Series], months: Iterable[dt.date]) -> list[Row]:
    by_month: dict[dt.date, list[Row]] = {}
    for one in series:
        for point in one.points:
            by_month.setdefault(point.month, []).append(Row(point.month, one.name, point))
    return [row for month in months for row in by_month.get(month, [Row(month, "", None)])]


def _shape(series: int, x: float, y: float) -> str:
    """The outline of a mark. Series differ by shape, so that none needs its colour to be told."""
    r = MARK_SIZE
    outlines = (
        f"M{_unit(x - r)} {_unit(y)}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0Z",
        f"M{_unit(x - r)} {_unit(y - r)}h{2 * r}v{2 * r}h{-2 * r}Z",
        f"M{_unit(x)} {_unit(y - r - 1)}l{r + 1} {r + 1}l{-r - 1} {r + 1}l{-r - 1} {-r - 1}Z",
        f"M{_unit(x)} {_unit(y - r - 1)}l{r + 1} {2 * r}h{-2 * r - 2}Z",
    )
    return outlines[series % len(outlines)]


def _month_number(day: dt.date) -> int:
    return day.year * 12 + day.month - 1


def _unit(value: float) -> str:
    return f"{value:.1f}"
