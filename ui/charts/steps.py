"""Step curves (Kaplan–Meier): what share has got there, with people who are still on the way.

chart = StepCurve(
    key="proficiency", title=_("Weeks to proficiency"), description=_("…"),
    series=[StepSeries(_("all new hires"), start=0.0, until=20, people=18,
        steps=[Step(4, 11.1, 2.9, 37, at_risk=18, events=2), Step(6, 23.0, …)],
        censored=[5, 9, 9, 14])],
    last=20, time_name=_("Weeks since the start"), value_name=_("Proficient (%)"),
    median=9.0, median_name=_("half are there after 9 weeks"),
)
draw_steps(chart)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ui.charts.frame import Chart
from ui.charts.numbers import MISSING, number
from ui.charts.places import Height, Tick, area, heights, line, percent, px, value_ticks
from ui.charts.scales import Scale, nice_scale
from ui.charts.tables import Cell, Column, Table, TableRow

PLOT, TOP, TIME_ROW, NAME_ROW, BOTTOM = 190, 28, 18, 38, 46
TICK = 5
SHARES = Scale(0, 100, (0, 25, 50, 75, 100))


@dataclass(frozen=True, slots=True)
class Step:
    """From `time` on the share is `share` percent, until the next step. `at_risk` were being waited
    for just before, `events` arrived."""

    time: float
    share: float
    low: float | None = None
    high: float | None = None
    at_risk: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class StepSeries:
    """`start` is the share at time 0 (0 for arrivals, 100 for those still waiting), `until` how long
    anybody was followed: the curve ends there. `censored` are the times up to which people were
    followed who have not arrived; each gets a tick."""

    name: str
    steps: Sequence[Step]
    until: float
    censored: Sequence[float] = ()
    start: float = 0.0
    people: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCurve(Chart):
    """`last` is where the time axis ends at least; `median` draws a line to the
    curve at half and down from there."""

    series: Sequence[StepSeries]
    last: float
    time_name: str
    value_name: str
    median: float | None = None
    median_name: str = ""


@dataclass(frozen=True, slots=True)
class CensorTick:
    series: int
    x: str
    y1: str
    y2: str


@dataclass(frozen=True, slots=True)
class MedianMark:
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class StepDrawing:
    chart: StepCurve
    height: str
    top: str
    base: str
    time_row: str
    name_row: str
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    bands: list[tuple[int, str]]
    lines: list[tuple[int, str]]
    censored: list[CensorTick]
    median: MedianMark | None
    table: Table
    template: str = "ui/charts/_steps.html"
    is_table: bool = False
    has_links: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.lines

    @property
    def legend(self) -> list[tuple[int, str]]:
        if len(self.chart.series) < 2:
            return []
        return [(index, one.name) for index, one in enumerate(self.chart.series)]


def draw_steps(chart: StepCurve) -> StepDrawing:
    """Lay the stairs out from time 0 to `last`, or as long as anybody was followed."""
    last = max([chart.last, *(one.until for one in chart.series)])
    scale = nice_scale([0, last], within=(0, max(last, 1)), most_ticks=8)
    base = TOP + PLOT
    height = heights(SHARES, TOP, base)
    followed = [(index, one) for index, one in enumerate(chart.series) if one.people or one.steps]
    median = None
    if chart.median is not None:
        median = MedianMark(percent(scale.share(chart.median)), px(height(50)))
    return StepDrawing(
        chart=chart,
        height=px(base + BOTTOM),
        top=px(TOP),
        base=px(base),
        time_row=px(base + TIME_ROW),
        name_row=px(base + NAME_ROW),
        y_ticks=value_ticks(SHARES, height),
        x_ticks=[
            Tick(percent(scale.share(tick)), number(tick, scale.decimal_places))
            for tick in scale.ticks
        ],
        bands=[(i, area(part)) for i, one in followed for part in _bands(one, scale, height)],
        lines=[(i, line(_stairs(one, scale, height))) for i, one in followed],
        censored=[
            CensorTick(i, percent(scale.share(time)), px(y - TICK), px(y + TICK))
            for i, one in followed
            for time in sorted(one.censored)
            for y in [height(_share_at(one, time))]
        ],
        median=median,
        table=_table(chart),
    )


def _share_at(series: StepSeries, time: float) -> float:
    """The share just after `time`."""
    share = series.start
    for step in series.steps:
        if step.time > time:
            break
        share = step.share
    return share


def _stairs(series: StepSeries, scale: Scale, height: Height) -> list[tuple[float, float]]:
    y = height(series.start)
    corners = [(scale.share(0), y)]
    for step in series.steps:
        x = scale.share(step.time)
        corners.append((x, y))
        y = height(step.share)
        corners.append((x, y))
    return [*corners, (scale.share(max(series.until, *_times(series))), y)]


def _times(series: StepSeries) -> list[float]:
    return [0.0, *(step.time for step in series.steps)]


def _bands(
    series: StepSeries, scale: Scale, height: Height
) -> list[list[tuple[float, float, float]]]:
    """The interval from each step to the next, as stairs too."""
    ends = [*(step.time for step in series.steps[1:]), max(series.until, *_times(series))]
    parts: list[list[tuple[float, float, float]]] = [[]]
    for step, end in zip(series.steps, ends, strict=False):
        if step.low is None or step.high is None:
            parts.append([])
            continue
        top, bottom = height(step.high), height(step.low)
        parts[-1] += [(scale.share(at), top, bottom) for at in (step.time, end)]
    return [part for part in parts if part]


def _table(chart: StepCurve) -> Table:
    several = len(chart.series) > 1
    columns = [
        Column(chart.time_name, 1),
        *([Column(_("Group"))] if several else []),
        Column(chart.value_name, 0),
        Column(_("95% from"), 0),
        Column(_("to"), 0),
        Column(_("Arrived"), 0),
        Column(_("Waited for"), 0),
        Column(_("Followed until then"), 0),
    ]
    rows = []
    for one in chart.series:
        steps = {step.time: step for step in one.steps}
        for time in sorted({*steps, *one.censored}):
            step = steps.get(time)
            name = [Cell(one.name, one.name or MISSING)] if several else []
            known = [Cell(_share_at(one, time)), Cell(None), Cell(None), Cell(0), Cell(None)]
            if step:
                known = [
                    Cell(step.share),
                    Cell(step.low),
                    Cell(step.high),
                    Cell(step.events),
                    Cell(step.at_risk),
                ]
            whole = float(time).is_integer()
            shown = Cell(time, number(time, 0 if whole else 1))
            rows.append(TableRow([shown, *name, *known, Cell(list(one.censored).count(time))]))
    return Table(columns, rows)
