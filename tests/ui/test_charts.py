"""Charts: scales and geometry by tables of known answers, and what the drawing says."""

import datetime as dt
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
    LineChart,
    Point,
    Scale,
    Series,
    draw_line,
    draw_spark,
    months_between,
    nice_scale,
)
from ui.charts.line import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH

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
    return ElementTree.fromstring(re.search(r"<svg.*?</svg>", html, re.DOTALL)[0])  # noqa: S314 (our own)


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

    slot = (WIDTH - LEFT - RIGHT) / 3
    assert [mark.x for mark in drawing.marks] == [
        f"{LEFT + slot * share:.1f}" for share in (0.5, 1.5, 2.5)
    ]
    base, middle = HEIGHT - BOTTOM, (HEIGHT - BOTTOM + TOP) / 2
    (series, points) = drawing.lines[0]
    assert series == 0
    assert [point.split(",")[1] for point in points.split()] == [
        f"{base:.1f}",
        f"{middle:.1f}",
        f"{TOP:.1f}",
    ]
    # Whiskers end at the edge of the picture, wherever the interval ends.
    assert drawing.marks[0].whisker.bottom == f"{base:.1f}"
    assert drawing.marks[2].whisker.top == f"{TOP:.1f}"


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

    first, second = (float(mark.x) for mark in drawing.marks)
    slot = (WIDTH - LEFT - RIGHT) / 6
    assert second - first == pytest.approx(slot / 3, abs=0.2)


def test_too_little_data_stands_on_the_base_line_without_a_value():
    (mark,) = draw_line(line_chart(Series("v1", [Point(month(8), n=3, note="3 of 5")]))).marks

    assert mark.whisker is None
    assert f" {HEIGHT - BOTTOM:.1f}a" in mark.shape


def test_points_outside_the_months_are_left_out():
    drawing = draw_line(line_chart(Series("v1", [known(6), known(7)])))

    assert [mark.point.month for mark in drawing.marks] == [JULY]


def test_a_break_stands_before_its_month():
    drawing = draw_line(
        line_chart(breaks=[Break(month(9), "version 2"), Break(month(1), "elsewhere")])
    )

    slot = (WIDTH - LEFT - RIGHT) / 6
    assert [(tick.at, tick.label) for tick in drawing.breaks] == [
        (f"{LEFT + 2 * slot:.1f}", "version 2")
    ]


def test_tips_are_written_away_from_the_sides():
    drawing = draw_line(line_chart(Series("v1", [known(7), known(10), known(12)])))

    assert [mark.tip_anchor for mark in drawing.marks] == ["start", "middle", "end"]


def test_counts_are_left_to_the_table_where_months_are_many():
    assert draw_line(line_chart(last=month(6, 2027))).has_counts
    assert not draw_line(line_chart(last=month(7, 2027))).has_counts


@given(
    st.lists(st.tuples(st.integers(1, 12), st.floats(0, 100)), unique_by=lambda pair: pair[0]),
    st.integers(1, 12),
)
def test_everything_is_drawn_inside_of_the_picture(values, last):
    points = [known(number, y) for number, y in values]

    drawing = draw_line(line_chart(Series("v1", points), first=month(1), last=month(last)))

    for mark in drawing.marks:
        assert LEFT <= float(mark.x) <= WIDTH - RIGHT
        assert 0 < float(mark.tip_y) < HEIGHT - BOTTOM
    for _series, path in drawing.lines:
        for spot in path.split():
            assert TOP <= float(spot.split(",")[1]) <= HEIGHT - BOTTOM


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
        ["July 2026", "81", "71 to 91", "8"],
        ["August 2026", "3 of 5 needed", "3"],
        ["September 2026", "nothing graded", "0"],
        ["October 2026", "62", "52 to 72", "8"],
    ]


def test_a_value_without_an_interval_says_so_in_the_table():
    html = rendered(line_chart(Series("v1", [Point(JULY, n=6, y=100)]), last=JULY))

    assert table_of(html) == [["July 2026", "100", "–", "6"]]


def test_several_series_get_a_legend_and_a_column():
    html = rendered(line_chart(Series("v1", [known(7)]), Series("v2", [known(8)]), last=month(8)))

    assert 'class="chart__legend"' in html
    assert [row[-1] for row in table_of(html)] == ["v1", "v2"]
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
    assert all(re.fullmatch(r"\d+\.\d", text.get("x")) for text in svg.iterfind(".//a/text"))


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
