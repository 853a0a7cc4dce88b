"""Charts as server-side SVG and HTML tables: the views describe them in numbers and words.

A view builds a chart (a dataclass), lays it out with its `draw_…` function, and puts the drawing into a
`Figure` with the period, the n and the definition that must never be apart from it:

    figure = Figure(
        draw_line(LineChart(key="respect", …)),
        period=wording.period(window), n=_("214 scorecards"), definition=reverse("insights:method"),
        statement=_("Respect has risen."),
    )
    if answer := chart_csv(request, [figure]):      # from ui.exports: ?format=csv&chart=respect
        return answer
    return render(request, "…", {"figure": figure})

    {% include "ui/charts/figure.html" with figure=figure %}       (without `only`: it needs the request)

Which chart for what, each with an example at the top of its module:

    line        values by month, raw beside adjusted, breaks, events, goals
    heat        people by skills
    control     did a level change (and control_spark, the size of a word)
    forest      estimate and interval for each of many
    ramp        new people week by week, against the established
    steps       time until something, with people still on the way
    slope       before and after of a few groups
    histogram   how often what occurs (and strip, the size of a word)
    spark       a line the size of a word

Everything is computed here; the templates only write it down, and need neither script nor inline
style. How drawings get wide without their letters getting small: ui/charts/places.py.
"""

from ui.charts.control import (
    ControlChart,
    ControlDrawing,
    ControlPoint,
    ControlSpark,
    draw_control,
    draw_control_spark,
)
from ui.charts.forest import ForestChart, ForestDrawing, ForestGroup, ForestRow, draw_forest
from ui.charts.frame import Chart, Drawing, Figure
from ui.charts.heat import (
    HeatCell,
    HeatColumn,
    HeatDrawing,
    HeatMap,
    HeatRow,
    HeatSteps,
    draw_heat,
    heat_steps,
)
from ui.charts.histogram import (
    Bin,
    Histogram,
    HistogramDrawing,
    Marker,
    Strip,
    bins_of,
    draw_histogram,
    draw_strip,
)
from ui.charts.line import (
    Break,
    Event,
    EventKind,
    LineChart,
    LineDrawing,
    Point,
    Series,
    Target,
    draw_line,
    months_between,
)
from ui.charts.ramp import RampCurve, RampDrawing, RampPoint, RampRange, RampSeries, draw_ramp
from ui.charts.scales import Scale, nice_scale
from ui.charts.slope import SlopeChart, SlopeDrawing, SlopeEnd, SlopeGroup, draw_slope
from ui.charts.spark import Sparkline, draw_spark
from ui.charts.steps import Step, StepCurve, StepDrawing, StepSeries, draw_steps
from ui.charts.tables import Cell, Column, Table, TableRow

__all__ = [
    "Bin",
    "Break",
    "Cell",
    "Chart",
    "Column",
    "ControlChart",
    "ControlDrawing",
    "ControlPoint",
    "ControlSpark",
    "Drawing",
    "Event",
    "EventKind",
    "Figure",
    "ForestChart",
    "ForestDrawing",
    "ForestGroup",
    "ForestRow",
    "HeatCell",
    "HeatColumn",
    "HeatDrawing",
    "HeatMap",
    "HeatRow",
    "HeatSteps",
    "Histogram",
    "HistogramDrawing",
    "LineChart",
    "LineDrawing",
    "Marker",
    "Point",
    "RampCurve",
    "RampDrawing",
    "RampPoint",
    "RampRange",
    "RampSeries",
    "Scale",
    "Series",
    "SlopeChart",
    "SlopeDrawing",
    "SlopeEnd",
    "SlopeGroup",
    "Sparkline",
    "Step",
    "StepCurve",
    "StepDrawing",
    "StepSeries",
    "Strip",
    "Table",
    "TableRow",
    "Target",
    "bins_of",
    "draw_control",
    "draw_control_spark",
    "draw_forest",
    "draw_heat",
    "draw_histogram",
    "draw_line",
    "draw_ramp",
    "draw_slope",
    "draw_spark",
    "draw_steps",
    "draw_strip",
    "heat_steps",
    "months_between",
    "nice_scale",
]
