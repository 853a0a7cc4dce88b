"""Charts as geometry for the SVG templates in `templates/ui/charts/`.

A view describes a chart in numbers and words and hands what `draw_line` or `draw_spark` returns to
`{% include "ui/charts/line.html" with drawing=… %}` or `sparkline.html`. Everything is computed here;
the templates only write it down, and need neither script nor inline style. Coordinates are strings,
so that no locale can turn a decimal point into a comma.
"""

from ui.charts.line import Break, LineChart, LineDrawing, Point, Series, draw_line, months_between
from ui.charts.scales import Scale, nice_scale
from ui.charts.spark import Sparkline, draw_spark

__all__ = [
    "Break",
    "LineChart",
    "LineDrawing",
    "Point",
    "Scale",
    "Series",
    "Sparkline",
    "draw_line",
    "draw_spark",
    "months_between",
    "nice_scale",
]
