"""Line charts and sparklines: scales and geometry by tables of known answers, and what the drawing
says."""

import datetime as dt
import itertools
import math
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ui.charts import (
    Break,
    Event,
    LineChart,
    Point,
    Scale,
    Series,
    Target,
    draw_line,
    draw_spark,
    months_between,
    nice_scale,
)
from ui.charts.line import PLOT

FULL = Scale(0, 100, (0, 50, 100))
JULY = dt.date(2026, 7, 1)


def month(number: int, year: int = 2026) -> dt.date:
    return dt.date(year, number, 1)


def known(number: int, y: float = 50, **values) -> Point:
    return Point(month(number), n=8, y=y, low=y - 10, high=y + 10, **values)


def line_chart(*series: Series, first=JULY, last=None, scale=FULL, **values) -> LineChart:
    return LineChart(
        key="chart-respect",
        title="Respect by month",
        description="July to December 2026.",
        first=first,
        last=last or month(12),
        series=series,
        scale=scale,
        value_name="Mean (%)",
        count_name="Scorecards",
        **values,
    )


def rendered(chart: LineChart) -> str:
    return render_to_string("ui/charts/line.html", {"drawing": draw_line(chart)})


def svg_of(html: str) -> ElementTree.Element:
    """The drawing as XML, which also proves that it is well formed."""
    drawing = ElementTree.fromstring(f"<div>{html}</div>").find(".//svg")  # noqa: S314 (our own)
    assert drawing is not None
    return drawing


# Scales -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "least_span", "ticks"),
    [
        ([], 0, (0, 20, 40, 60, 80, 100)),
        ([62, 93], 0, (60, 70, 80, 90, 100)),
        ([62, 93], 50, (50, 60, 70, 80, 90, 100)),
        ([71, 74.5], 0, (71, 72, 73, 74, 75)),
        ([80], 50, (50, 60, 70, 80, 90, 100)),
        ([100, 100], 50, (50, 60, 70, 80, 90, 100)),
        ([3], 50, (0, 10, 20, 30, 40, 50)),
        ([0, 100], 50, (0, 20, 40, 60, 80, 100)),
        ([-30, 160], 50, (0, 20, 40, 60, 80, 100)),
        ([math.nan, 40, 60], 0, (40, 45, 50, 55, 60)),
    ],
)
def test_nice_scale_chooses_round_ticks(values, least_span, ticks):
    scale = nice_scale(values, within=(0, 100), least_span=least_span)

    assert scale.ticks == ticks
    assert (scale.low, scale.high) == (ticks[0], ticks[-1])


@given(st.lists(st.floats(-20, 120), max_size=8), st.floats(0, 100))
def test_nice_scale_holds_all_values_and_stays_within_its_limits(values, least_span):
    scale = nice_scale(values, within=(0, 100), least_span=least_span)

    inside = [value for value in values if 0 <= value <= 100]
    assert 0 <= scale.low < scale.high <= 100
    assert all(scale.low - 1e-9 <= value <= scale.high + 1e-9 for value in inside)
    assert scale.high - scale.low >= least_span - 1e-9
    assert 2 <= len(scale.ticks) <= 8


@pytest.mark.parametrize(
    ("ticks", "places"), [((0, 50, 100), 0), ((0, 0.5, 1), 1), ((1, 1.05, 1.1), 2), ((5,), 0)]
)
def test_a_scale_writes_no_more_decimal_places_than_it_needs(ticks, places):
    assert Scale(0, 100, ticks).decimal_places == places


# Months -----------------------------------------------------------------------------------------


def test_months_between_crosses_the_year_and_includes_both_ends():
    assert months_between(month(11), month(2, 2027)) == [
        month(11),
        month(12),
        month(1, 2027),
        month(2, 2027),
    ]


@pytest.mark.parametrize(
    ("first", "last", "labels", "years"),
    [
        (month(9), month(12), ["Sep", "Oct", "Nov", "Dec"], ["2026", "", "", ""]),
        (
            month(10),
            month(2, 2027),
            ["Oct", "Nov", "Dec", "Jan", "Feb"],
            ["2026", "", "", "2027", ""],
        ),
        # Neighbouring years would run into each other.
        (month(12), month(2, 2027), ["Dec", "Jan", "Feb"], ["", "2027", ""]),
        (
            month(3),
            month(3, 2027),
            ["Apr", "Jul", "Oct", "Jan"],
            ["2026", "", "", "2027"],
        ),
    ],
)
def test_months_are_named_with_the_year_where_it_starts(first, last, labels, years):
    ticks = draw_line(line_chart(first=first, last=last)).x_ticks

    assert [tick.label for tick in ticks] == labels
    assert [tick.below for tick in ticks] == years


# Geometry ---------------------------------------------------------------------------------------


def test_values_stand_where_the_scale_says():
    drawing = draw_line(
        line_chart(
            Series("v1", [known(7, 0), known(8, 50), known(9, 100)]), scale=FULL, last=month(9)
        )
    )

    assert [mark.x for mark in drawing.marks] == ["16.67%", "50.00%", "83.33%"]
    base, top = float(drawing.base), float(drawing.top)
    assert base - top == PLOT
    (series, points) = drawing.lines[0]
    assert series == 0
    assert points == f"166.7,{base:.1f} 500.0,{base - PLOT / 2:.1f} 833.3,{top:.1f}"
    # Whiskers end at the edge of the picture, wherever the interval ends.
    assert f"V{base:.1f}" in drawing.marks[0].whisker
    assert drawing.marks[2].whisker.startswith(f"M-5 {top:.1f}")


@pytest.mark.parametrize(
    ("points", "lines"),
    [
        ([], []),
        ([known(8)], []),
        ([known(7), known(8), known(9)], [3]),
        ([known(9), known(7), known(8)], [3]),
        ([known(7), known(8), known(10), known(11), known(12)], [2, 3]),
        ([known(7), Point(month(8), n=3), known(9)], []),
        ([known(7), known(9), known(11)], []),
    ],
)
def test_a_line_joins_neighbouring_months_that_have_a_value(points, lines):
    drawing = draw_line(line_chart(Series("v1", points)))

    assert [len(path.split()) for _series, path in drawing.lines] == lines
    assert len(drawing.marks) == len(points)


def test_a_line_crosses_the_turn_of_the_year():
    points = [Point(month(12), 8, 50), Point(month(1, 2027), 8, 60)]

    drawing = draw_line(line_chart(Series("v1", points), last=month(2, 2027)))

    assert [len(path.split()) for _series, path in drawing.lines] == [2]


def test_no_line_joins_two_series():
    first, second = Series("v1", [known(7), known(8)]), Series("v2", [known(9), known(10)])

    drawing = draw_line(line_chart(first, second))

    assert [series for series, _points in drawing.lines] == [0, 1]
    assert [len(points.split()) for _series, points in drawing.lines] == [2, 2]
    assert drawing.marks[0].shape != drawing.marks[2].shape


def test_points_of_one_month_stand_side_by_side():
    drawing = draw_line(line_chart(Series("v1", [known(8)]), Series("v2", [known(8)])))

    first, second = (float(mark.x.rstrip("%")) for mark in drawing.marks)
    assert second - first == pytest.approx(100 / 6 / 3, abs=0.02)


def test_too_little_data_stands_on_the_base_line_without_a_value():
    drawing = draw_line(line_chart(Series("v1", [Point(month(8), n=3, note="3 of 5")])))

    (mark,) = drawing.marks
    assert mark.whisker == ""
    assert mark.y == drawing.base


def test_points_outside_the_months_are_left_out():
    drawing = draw_line(line_chart(Series("v1", [known(6), known(7)])))

    assert [mark.point.month for mark in drawing.marks] == [JULY]


def test_a_break_stands_before_its_month():
    drawing = draw_line(
        line_chart(breaks=[Break(month(9), "version 2"), Break(month(1), "elsewhere")])
    )

    assert [(change.x, change.text) for change in drawing.breaks] == [("33.33%", "version 2")]


def test_no_line_crosses_a_break():
    points = [known(7), known(8), known(9), known(10)]

    drawing = draw_line(line_chart(Series("raw", points), breaks=[Break(month(9), "version 2")]))

    assert [len(path.split()) for _series, path in drawing.lines] == [2, 2]


def test_tips_are_written_away_from_the_sides():
    drawing = draw_line(line_chart(Series("v1", [known(7), known(10), known(12)])))

    assert [mark.tip.anchor for mark in drawing.marks] == ["start", "middle", "end"]


def test_counts_are_left_to_the_table_where_months_are_many():
    one = Series("v1", [known(8)])

    assert [tick.label for tick in draw_line(line_chart(one, last=month(6, 2027))).counts] == ["8"]
    assert draw_line(line_chart(one, last=month(7, 2027))).counts == []


def test_a_count_stands_once_for_marks_that_rest_on_the_same():
    raw = Series("raw", [known(7), Point(month(8), n=9, y=50)])
    adjusted = Series("adjusted", [known(7), Point(month(8), n=7, y=50)])

    assert [tick.label for tick in draw_line(line_chart(raw, adjusted)).counts] == ["8", "9", "7"]


def test_a_band_replaces_the_bars_of_joined_points_only():
    points = [known(7), known(8), known(10), Point(month(11), n=8, y=50), known(12)]

    drawing = draw_line(line_chart(Series("v1", points), interval="band"))

    assert [len(outline.split()) for _series, outline in drawing.bands] == [4]
    assert [bool(mark.whisker) for mark in drawing.marks] == [False, False, False, False, False]
    assert draw_line(line_chart(Series("v1", points[:1]), interval="band")).marks[0].whisker


def test_events_are_numbered_by_kind_and_kept_apart():
    drawing = draw_line(
        line_chart(
            events=[
                Event(dt.date(2026, 12, 31), "procedure", "Refunds"),
                Event(dt.date(2026, 8, 12), "training", "Tone"),
                Event(dt.date(2026, 8, 14), "coaching", "with Marthe"),
                Event(dt.date(2026, 11, 1), "training", "De-escalation"),
                Event(dt.date(2026, 6, 30), "training", "before"),
                Event(dt.date(2027, 1, 1), "training", "after"),
            ]
        )
    )

    assert [mark.sign for mark in drawing.events] == ["T1", "C", "T2", "P"]
    assert drawing.events[0].y != drawing.events[1].y
    assert drawing.events[0].y == drawing.events[2].y
    assert 99 < float(drawing.events[3].x.rstrip("%")) < 100


def test_events_are_listed_with_their_dates_below():
    html = rendered(
        line_chart(events=[Event(dt.date(2026, 8, 12), "training", "Tone <1>", url="/learn/")])
    )

    assert '<time datetime="2026-08-12">12 Aug 2026</time> · Training: <a href="/learn/">' in html
    assert "Tone &lt;1&gt;" in html


@pytest.mark.parametrize(
    ("first", "last", "ends"),
    [
        (None, None, [("0.00%", "100.00%")]),
        (month(9), None, [("33.33%", "100.00%")]),
        (month(1), month(8), [("0.00%", "33.33%")]),
        (month(1), month(2), []),
    ],
)
def test_a_target_holds_for_its_months(first, last, ends):
    drawing = draw_line(line_chart(targets=[Target(50, "goal 50", first, last)]))

    assert [(span.left, span.right) for span in drawing.targets] == ends


@given(
    st.lists(st.tuples(st.integers(1, 12), st.floats(0, 100)), unique_by=lambda pair: pair[0]),
    st.integers(1, 12),
)
def test_everything_is_drawn_inside_of_the_picture(values, last):
    points = [known(number, y) for number, y in values]

    drawing = draw_line(line_chart(Series("v1", points), first=month(1), last=month(last)))

    for mark in drawing.marks:
        assert 0 <= float(mark.x.rstrip("%")) <= 100
        assert 0 < float(mark.tip.y) < float(drawing.base)
    for _series, path in drawing.lines:
        for spot in path.split():
            assert float(drawing.top) <= float(spot.split(",")[1]) <= float(drawing.base)


# What is written --------------------------------------------------------------------------------


def test_a_chart_with_links_is_a_named_group_whose_points_can_be_followed():
    point = known(8, url="/scorecards/?agent=1&month=2026-08", label="August 2026: 50 %", tip="50")

    svg = svg_of(rendered(line_chart(Series("v1", [point]))))

    assert svg.get("role") == "group"
    assert svg.find("title").text == "Respect by month"
    assert svg.get("aria-labelledby") == svg.find("title").get("id")
    assert svg.get("aria-describedby") == svg.find("desc").get("id")
    (link,) = svg.findall("a")
    assert link.get("href") == "/scorecards/?agent=1&month=2026-08"
    assert link.get("aria-label") == link.find("title").text == "August 2026: 50 %"


def test_a_chart_without_links_is_an_image():
    svg = svg_of(rendered(line_chart(Series("v1", [known(8, label="August: 50 %")]))))

    assert svg.get("role") == "img"
    assert svg.findall("a") == []


def test_the_table_says_every_month_in_words():
    html = rendered(
        line_chart(
            Series(
                "v1", [known(7, 81.4), Point(month(8), n=3, note="3 of 5 needed"), known(10, 62)]
            ),
            last=month(10),
        )
    )

    assert table_of(html) == [
        ["July 2026", "81", "71", "91", "8"],
        ["August 2026", "3 of 5 needed", "3"],
        ["September 2026", "nothing graded", "0"],
        ["October 2026", "62", "52", "72", "8"],
    ]


def test_a_value_without_an_interval_says_so_in_the_table():
    html = rendered(line_chart(Series("v1", [Point(JULY, n=6, y=100)]), last=JULY))

    assert table_of(html) == [["July 2026", "100", "–", "–", "6"]]


def test_several_series_get_a_legend_and_a_column():
    html = rendered(line_chart(Series("v1", [known(7)]), Series("v2", [known(8)]), last=month(8)))

    assert 'class="chart__legend"' in html
    assert [row[1] for row in table_of(html)] == ["v1", "v2"]
    assert 'class="chart__legend"' not in rendered(line_chart(Series("v1", [known(7)])))


def test_an_empty_chart_says_that_there_is_nothing():
    html = rendered(line_chart())

    assert "Nothing in these months" in html
    assert "polyline" not in html


def test_the_drawing_needs_no_script_and_no_style_and_escapes_what_it_is_given():
    html = rendered(
        line_chart(Series("<b>", [known(7, label='"><script>alert(1)</script>', url="/x")]))
    )

    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", html)
    assert "&lt;script&gt;" in html


def test_coordinates_stay_numbers_in_a_locale_with_decimal_commas():
    with translation.override("de"):
        svg = svg_of(rendered(line_chart(Series("v1", [known(7), known(8)]))))

    assert re.fullmatch(r"[\d. ,]+", svg.find(".//polyline").get("points"))
    assert all(re.fullmatch(r"\d+\.\d\d%", mark.get("x")) for mark in svg.iterfind(".//g/rect"))


# Sparklines -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "lines", "dots"),
    [
        ([0, 50, 100], ["3.0,19.0 36.0,11.0 69.0,3.0"], 0),
        ([0, None, 100, 100], ["47.0,3.0 69.0,3.0"], 1),
        ([None, 50, None, 50], [], 2),
    ],
)
def test_draw_spark_leaves_gaps(values, lines, dots):
    spark = draw_spark(values, FULL)

    assert spark.lines == lines
    assert len(spark.dots) == dots


@pytest.mark.parametrize("values", [[], [None, None], [80], [None, 80, None]])
def test_draw_spark_draws_nothing_below_two_values(values):
    assert draw_spark(values, FULL) is None


def test_a_sparkline_is_hidden_from_screen_readers():
    html = render_to_string("ui/charts/sparkline.html", {"spark": draw_spark([1, 2], FULL)})

    assert svg_of(html).get("aria-hidden") == "true"


class _Table(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False

    def handle_starttag(self, tag, attrs):
        if tag == "tbody":
            self.inside = True
        elif self.inside and tag == "tr":
            self.rows.append([])
        elif self.inside and tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.inside and self.rows and self.rows[-1]:
            self.rows[-1][-1] = (self.rows[-1][-1] + data).strip()


def table_of(html: str) -> list[list[str]]:
    """The cells of the chart's table, as text."""
    table = _Table()
    table.feed(html)
    return table.rows


def test_no_point_lies_under_the_target_of_another():
    raw, adjusted = Series("raw", [known(7), known(8)]), Series("adjusted", [known(7), known(8)])
    marks = draw_line(line_chart(raw, adjusted)).marks

    def span(mark):
        left, width = float(mark.target_left[:-1]), float(mark.target_width[:-1])
        return left, left + width

    assert len(marks) == 4
    for mark in marks:
        covering = [each for each in marks if span(each)[0] < float(mark.x[:-1]) < span(each)[1]]
        assert covering == [mark]
    edges = sorted(span(mark) for mark in marks)
    assert all(right <= left + 0.01 for (_, right), (left, _) in itertools.pairwise(edges))
