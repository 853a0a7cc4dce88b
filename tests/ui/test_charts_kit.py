"""Every chart of the kit: what is drawn where, what its table and its file hold, and what all of them
owe to readers who see no colour, no drawing or no script."""

import csv
import datetime as dt
import io
import re
from html.parser import HTMLParser

import pytest
from django.http import Http404
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from ui.charts import (
    Bin,
    ControlChart,
    ControlPoint,
    Figure,
    ForestChart,
    ForestGroup,
    ForestRow,
    HeatCell,
    HeatColumn,
    HeatMap,
    HeatRow,
    HeatSteps,
    Histogram,
    LineChart,
    Marker,
    Point,
    RampCurve,
    RampPoint,
    RampRange,
    RampSeries,
    Scale,
    Series,
    SlopeChart,
    SlopeEnd,
    SlopeGroup,
    Step,
    StepCurve,
    StepSeries,
    bins_of,
    draw_control,
    draw_control_spark,
    draw_forest,
    draw_heat,
    draw_histogram,
    draw_line,
    draw_ramp,
    draw_slope,
    draw_spark,
    draw_steps,
    draw_strip,
    heat_steps,
)
from ui.charts.numbers import number, plus_minus, span
from ui.charts.tables import Cell, Column, Table, TableRow
from ui.exports import chart_csv

FULL = Scale(0, 100, (0, 50, 100))
FIVE = HeatSteps((60, 70, 80, 90))
AROUND = Scale(-10, 10, (-10, 0, 10))
SAID = {"title": "A title", "description": "What it comes to."}


def control(*points: ControlPoint, **values) -> ControlChart:
    named = {"point_name": "Week", "value_name": "Points", "count_name": "Scorecards"}
    return ControlChart(
        key="drift", centre=0, scale=AROUND, points=points, **SAID, **named, **values
    )


def forest(*rows: ForestRow, **values) -> ForestChart:
    named = {"row_name": "Reviewer", "value_name": "Points", "count_name": "Scorecards"}
    groups = values.pop("groups", [ForestGroup("", rows)])
    return ForestChart(key="severity", groups=groups, scale=AROUND, **SAID, **named, **values)


def heat(*cells: HeatCell, steps: HeatSteps = FIVE, **values) -> HeatMap:
    columns = [HeatColumn(f"Skill {index}") for index in range(len(cells))]
    rows = [HeatRow("Ada", cells, url="/team/1/")]
    return HeatMap(
        key="skills", row_name="Person", columns=columns, rows=rows, steps=steps, **SAID, **values
    )


def ramp(*series: RampSeries, **values) -> RampCurve:
    named = {"value_name": "Mean (%)", "count_name": "People"}
    return RampCurve(key="ramp", series=series, scale=FULL, last_week=8, **SAID, **named, **values)


def stairs(*series: StepSeries, **values) -> StepCurve:
    named = {"time_name": "Weeks", "value_name": "Proficient (%)"}
    return StepCurve(key="steps", series=series, last=10, **SAID, **named, **values)


def slope(*groups: SlopeGroup) -> SlopeChart:
    named = {"value_name": "%", "group_name": "Group", "count_name": "People"}
    return SlopeChart(
        key="effect",
        groups=groups,
        scale=FULL,
        before_name="before",
        after_name="after",
        **SAID,
        **named,
    )


def histogram(*bins: Bin, **values) -> Histogram:
    named = {"value_name": "Minutes", "count_name": "Gradings"}
    return Histogram(key="time", bins=bins, **SAID, **named, **values)


def line(**values) -> LineChart:
    july = dt.date(2026, 7, 1)
    named = {"value_name": "Mean (%)", "count_name": "Scorecards", "first": july, "last": july}
    points = [Point(july, 14, 81.25, 75, 87, label="July")]
    return LineChart(key="line", series=[Series("", points)], scale=FULL, **SAID, **named, **values)


DRAWINGS = {
    "control": lambda: draw_control(
        control(ControlPoint("w1", 1, 9, -4, 4), ControlPoint("w2", 5, 9, -4, 4, "above the limit"))
    ),
    "forest": lambda: draw_forest(forest(ForestRow("Oskar", -4, -6, -2, 88, -5, -3), zone=(-2, 2))),
    "heat": lambda: draw_heat(heat(HeatCell(81, 6, 14), HeatCell(n=3, needed=5))),
    "histogram": lambda: draw_histogram(histogram(Bin(0, 5, 4), Bin(5, 10, 9))),
    "line": lambda: draw_line(line()),
    "ramp": lambda: draw_ramp(
        ramp(RampSeries("", [RampPoint(1, 50, 44, 56, 9), RampPoint(2, 55, 50, 60, 9)]))
    ),
    "slope": lambda: draw_slope(
        slope(SlopeGroup("trained", SlopeEnd(60, 55, 65), SlopeEnd(70), 24))
    ),
    "steps": lambda: draw_steps(stairs(StepSeries("", [Step(4, 50, 20, 80, 9, 3)], 8, [5]))),
}
EMPTY = {
    "control": lambda: draw_control(control()),
    "forest": lambda: draw_forest(forest()),
    "heat": lambda: draw_heat(
        HeatMap(key="skills", row_name="Person", columns=[], rows=[], steps=HeatSteps(()), **SAID)
    ),
    "histogram": lambda: draw_histogram(histogram()),
    "line": lambda: draw_line(
        LineChart(
            key="line",
            series=[],
            scale=FULL,
            first=dt.date(2026, 7, 1),
            last=dt.date(2026, 7, 1),
            value_name="",
            count_name="",
            **SAID,
        )
    ),
    "ramp": lambda: draw_ramp(ramp()),
    "slope": lambda: draw_slope(slope()),
    "steps": lambda: draw_steps(stairs()),
}


def framed(drawing, path="/team/", **values) -> str:
    values = {"period": "July 2026", "n": "14 scorecards", "definition": "/team/method/", **values}
    figure = Figure(drawing, **values)
    return render_to_string("ui/charts/figure.html", {"figure": figure}, _get(path))


def _get(path: str):
    request = RequestFactory().get(path)
    request.user = _Nobody()
    return request


class _Nobody:
    is_authenticated = is_staff = False


# What all charts owe ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_is_well_formed_and_carries_period_n_and_definition(name):
    html = framed(DRAWINGS[name]())

    _Balance().feed(html)
    assert "<h3>A title</h3>" in html
    assert "July 2026" in html
    assert "14 scorecards" in html
    assert '<a href="/team/method/">How this is worked out</a>' in html


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_needs_no_script_and_no_style(name):
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", framed(DRAWINGS[name]()))


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_has_a_table_with_headings(name):
    html = framed(DRAWINGS[name]())

    assert html.count("<table") == 1
    assert 'scope="col"' in html
    assert 'scope="row"' in html
    assert "What it comes to." in html


@pytest.mark.parametrize("name", DRAWINGS)
def test_coordinates_are_numbers_in_a_locale_with_decimal_commas(name):
    with translation.override("de"):
        html = framed(DRAWINGS[name]())

    places = re.findall(r'\s(?:x|y|x1|x2|y1|y2|cx|cy|width|height)="([^"]*)"', html)
    assert [place for place in places if not re.fullmatch(r"-?\d+(\.\d+)?%?", place)] == []
    outlines = re.findall(r'\spoints="([^"]*)"', html)
    assert all(re.fullmatch(r"(-?[\d.]+,-?[\d.]+ ?)+", outline) for outline in outlines)


@pytest.mark.parametrize("name", EMPTY)
def test_a_figure_without_data_says_so(name):
    drawing = EMPTY[name]()

    html = framed(drawing)

    assert drawing.is_empty
    assert list(drawing.table.records()) == [] or name == "line"
    assert re.search(r"Nothing|Nobody", html)
    assert "polyline" not in html


def test_the_link_to_the_file_keeps_the_filters_of_the_page():
    html = framed(DRAWINGS["control"](), path="/team/?channel=chat&page=2")

    assert 'href="?channel=chat&amp;format=csv&amp;chart=drift"' in html
    assert "Data as CSV" not in framed(DRAWINGS["control"](), has_csv=False)
    assert 'href="/elsewhere/"' in framed(DRAWINGS["control"](), csv_url="/elsewhere/")


@pytest.mark.parametrize(("level", "heading"), [(2, "<h2>A title</h2>"), (0, "")])
def test_the_heading_has_the_level_that_is_asked_for(level, heading):
    html = framed(DRAWINGS["slope"](), level=level)

    assert heading in html
    assert "<h3>" not in html


# Numbers and tables -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "places", "signed", "text"),
    [
        (81.5, 0, False, "82"),
        (-4.25, 1, False, "−4.3"),
        (0.04, 1, True, "0.0"),
        (-0.04, 1, True, "0.0"),
        (0.4, 1, True, "+0.4"),
    ],
)
def test_numbers_are_rounded_half_up_and_signed_where_asked(value, places, signed, text):
    assert number(value, places, signed=signed) == text


def test_numbers_follow_the_locale():
    with translation.override("de"):
        assert number(-4.25, 2) == "−4,25"


def test_an_interval_is_never_rounded_down_to_nothing():
    assert plus_minus(0.2) == "±1"
    assert plus_minus(0.04, 1) == "±0.1"
    assert span(71.2, 90.8) == "71 to 91"
    assert span(None, 90) == "–"


def test_a_table_shows_words_and_hands_out_raw_values():
    table = Table(
        [Column("Month"), Column("Mean", 0), Column("from", 1), Column("n", 0)],
        [
            TableRow([Cell("2026-07", "July"), Cell(81.456789), Cell(None), Cell(14)]),
            TableRow([Cell("2026-08", "August"), Cell(None, "3 of 5", span=2), Cell(3)]),
            TableRow([Cell("2026-09"), Cell(float("nan"), "?"), Cell(2.0), Cell(0)]),
        ],
    )

    assert [[cell.text for cell in row] for row in table.shown()] == [
        ["July", "81", "–", "14"],
        ["August", "3 of 5", "3"],
        ["2026-09", "?", "2.0", "0"],
    ]
    assert list(table.records()) == [
        ["2026-07", 81.45679, None, 14],
        ["2026-08", None, None, 3],
        ["2026-09", None, 2.0, 0],
    ]


# Control charts ---------------------------------------------------------------------------------


def test_limits_may_vary_and_begin_late():
    drawing = draw_control(
        control(
            ControlPoint("w1", 0),
            ControlPoint("w2", 0, lower=-5, upper=5),
            ControlPoint("w3", 0, lower=-10, upper=10),
            ControlPoint("w4", 0),
        )
    )

    base, plot = float(drawing.base), float(drawing.plot_height)
    low, high = base - plot / 4, base - plot * 3 / 4
    assert drawing.limits == [
        f"250.0,{low:.1f} 500.0,{low:.1f} 500.0,{base:.1f} 750.0,{base:.1f}",
        f"250.0,{high:.1f} 500.0,{high:.1f} 500.0,{base - plot:.1f} 750.0,{base - plot:.1f}",
    ]
    assert len(drawing.bands) == 1


def test_flags_are_numbered_and_said_in_words():
    drawing = draw_control(
        control(
            ControlPoint("week 1", 6, 9, -4.1, 4.1, "above the limit", url="/c/1/"),
            ControlPoint("week 2", 1, 9, -4, 4),
            ControlPoint("week 3", -6, 9, flag="below the limit"),
            signed=True,
            places=1,
        )
    )

    assert [mark.sign for mark in drawing.marks] == ["1", "", "2"]
    assert [mark.label for mark in drawing.flagged] == [
        "week 1: +6.0 (limits −4.1 to +4.1), above the limit",
        "week 3: −6.0, below the limit",
    ]
    assert drawing.marks[0].shape != drawing.marks[1].shape
    assert drawing.has_links


def test_a_point_without_a_value_is_a_gap_that_says_what_is_missing():
    drawing = draw_control(
        control(
            ControlPoint("w1", 1),
            ControlPoint("w2", 1),
            ControlPoint("w3", None, 2, note="2 of 4 needed"),
            ControlPoint("w4", None),
            ControlPoint("w5", 1),
        )
    )

    assert [len(points.split()) for points in drawing.lines] == [2]
    assert [mark.label for mark in drawing.marks][2] == "w3: 2 of 4 needed"
    assert len(drawing.marks) == 4
    assert drawing.marks[2].y == drawing.base


def test_few_steps_are_named_where_there_are_many():
    drawing = draw_control(control(*(ControlPoint(f"w{n}", 0) for n in range(52))))

    assert [tick.label for tick in drawing.x_ticks] == [f"w{n}" for n in range(0, 52, 7)]


def test_a_control_spark_rings_what_is_flagged():
    spark = draw_control_spark(
        control(ControlPoint("w1", 0, lower=-5, upper=5), ControlPoint("w2", 9, flag="above"))
    )

    assert spark.band == ("7.0", "8.0")
    assert len(spark.flags) == 1
    assert spark.flags[0] == spark.last
    assert draw_control_spark(control(ControlPoint("w1", 0), ControlPoint("w2", None))) is None


# Forest charts ----------------------------------------------------------------------------------


def test_rows_stand_on_one_scale_and_say_where_they_go_beyond_it():
    drawing = draw_forest(
        forest(ForestRow("Oskar", -5, -12, 2, 88), ForestRow("Lena", 5, 3, 7, 41), reference=0)
    )

    oskar, lena = drawing.parts[0].lines
    assert (oskar.x, lena.x, drawing.reference) == ("25.00%", "75.00%", "50.00%")
    assert (oskar.whisker.left, oskar.whisker.goes_on_left) == ("0.00%", True)
    assert (lena.whisker.right, lena.whisker.goes_on_right) == ("85.00%", False)
    assert oskar.interval == "−12 to 2"


def test_a_row_with_too_little_says_so_and_is_not_drawn():
    html = framed(draw_forest(forest(ForestRow("Tom", None, n=3, note="7 more are needed"))))

    assert '<td class="forest__missing" colspan="2">7 more are needed</td>' in html
    assert "forest__dot" not in html.split("chart__legend")[0]


def test_groups_have_headings_and_empty_ones_are_left_out():
    drawing = draw_forest(
        forest(
            groups=[ForestGroup("above", [ForestRow("Sam", 4, 3, 5, 9)]), ForestGroup("below", [])]
        )
    )

    assert [part.name for part in drawing.parts] == ["above"]
    assert list(drawing.table.records()) == [["Sam", "above", 4, 3, 5, 9, ""]]


# Heat maps --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "tint", "bar"),
    [
        (10, "amount-1", ("0%", "20%")),
        (60, "amount-2", ("0%", "40%")),
        (79.9, "amount-3", ("0%", "60%")),
        (100, "amount-5", ("0%", "100%")),
    ],
)
def test_the_bar_of_a_cell_says_what_its_tint_says(value, tint, bar):
    (spot,) = draw_heat(heat(HeatCell(value, n=9))).lines[0].spots

    assert (spot.tint, spot.bar) == (tint, bar)


@pytest.mark.parametrize(
    ("value", "tint", "bar"),
    [
        (-5, "difference-1", ("0%", "50%")),
        (0, "difference-3", ("50%", "2%")),
        (5, "difference-5", ("50%", "50%")),
    ],
)
def test_a_difference_grows_from_the_middle(value, tint, bar):
    steps = HeatSteps((-2, 2), kind="difference")

    (spot,) = draw_heat(heat(HeatCell(value, n=9), steps=steps)).lines[0].spots

    assert (spot.tint, spot.bar) == (tint, bar)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (HeatCell(n=3, needed=5), "2 more needed"),
        (HeatCell(n=0, needed=5), "none yet, 5 needed"),
        (HeatCell(), "nothing graded"),
        (HeatCell(n=9, needed=5), "too little to say"),
        (HeatCell(n=9, note="one reviewer only"), "one reviewer only"),
    ],
)
def test_a_cell_with_too_little_says_what_is_missing(cell, text):
    (spot,) = draw_heat(heat(cell)).lines[0].spots

    assert (spot.missing, spot.tint) == (text, "")


def test_a_cell_carries_interval_n_signal_spark_and_the_way_behind():
    cell = HeatCell(
        81.2,
        6.4,
        14,
        url="/scorecards/?agent=1",
        label="Respect: 81",
        signal="something changed here",
        spark=draw_spark([1, 2], FULL),
    )

    html = framed(draw_heat(heat(cell)))

    assert re.search(r'href="/scorecards/\?agent=1"[^>]*><strong>81</strong> ±6 · 14</a>', html)
    assert "something changed here" in html
    assert 'class="spark"' in html
    assert 'data-label="Skill 0"' in html


def test_a_row_must_have_a_cell_for_each_column():
    wrong = HeatMap(
        key="x",
        row_name="",
        columns=[],
        rows=[HeatRow("Ada", [HeatCell()])],
        steps=HeatSteps(()),
        **SAID,
    )

    with pytest.raises(ValueError, match="longer"):
        draw_heat(wrong)


def test_the_heading_of_a_sorted_column_says_so():
    columns = [HeatColumn("Respect", sort_url="?sort=respect", order="descending")]
    rows = [HeatRow("Ada", [HeatCell(81, 6, 14)])]
    chart = HeatMap(
        key="x", row_name="Person", columns=columns, rows=rows, steps=heat_steps(FULL), **SAID
    )

    html = framed(draw_heat(chart))

    assert '<th scope="col" aria-sort="descending">' in html
    assert 'href="?sort=respect"' in html


def test_heat_steps_divide_a_scale_equally():
    assert heat_steps(Scale(50, 100, (50, 100)), 5).limits == (60, 70, 80, 90)


# Ramp and step curves ---------------------------------------------------------------------------


def test_a_ramp_joins_neighbouring_weeks_and_shades_its_interval():
    weeks = [
        RampPoint(2, 50, 40, 60, 9),
        RampPoint(1, 40, 30, 50, 9),
        RampPoint(4, 60, 50, 70, 6),
        RampPoint(5, None, n=2, note="2 of 5 needed"),
        RampPoint(9, 99, 98, 100, 9),
    ]

    drawing = draw_ramp(ramp(RampSeries("September", weeks)))

    base, plot = float(drawing.base), float(drawing.plot_height)
    assert drawing.lines == [(0, f"62.5,{base - 0.4 * plot:.1f} 187.5,{base - 0.5 * plot:.1f}")]
    assert [len(outline.split()) for _series, outline in drawing.bands] == [4]
    assert [mark.label for mark in drawing.marks] == [
        "September, week 1: 40 (30 to 50) · 9",
        "September, week 2: 50 (40 to 60) · 9",
        "September, week 4: 60 (50 to 70) · 6",
        "September, week 5: 2 of 5 needed",
    ]


def test_the_range_of_the_established_is_drawn_and_listed():
    drawing = draw_ramp(
        ramp(
            RampSeries("", [RampPoint(1, 50, 40, 60, 9)]),
            established=RampRange(70, 90, 80, 34),
            established_name="established",
        )
    )

    base, plot = float(drawing.base), float(drawing.plot_height)
    assert float(drawing.zone.y) == pytest.approx(base - 0.9 * plot)
    assert float(drawing.zone.height) == pytest.approx(0.2 * plot)
    assert list(drawing.table.records())[-1] == ["established", 80, 70, 90, 34]
    assert "established" in framed(drawing)


def test_stairs_go_on_until_nobody_is_followed():
    one = StepSeries(
        "", [Step(2, 20, 5, 40, 10, 2), Step(5, 60, 30, 80, 7, 4)], 9, [3, 9], people=10
    )

    drawing = draw_steps(stairs(one))

    base, plot = float(drawing.base), 190
    low, high = base - 0.2 * plot, base - 0.6 * plot
    assert drawing.lines == [
        (
            0,
            f"0.0,{base:.1f} 200.0,{base:.1f} 200.0,{low:.1f} 500.0,{low:.1f} 500.0,{high:.1f} "
            f"900.0,{high:.1f}",
        )
    ]
    assert [(tick.x, float(tick.y1)) for tick in drawing.censored] == [
        ("30.00%", low - 5),
        ("90.00%", high - 5),
    ]
    assert list(drawing.table.records()) == [
        [2, 20, 5, 40, 2, 10, 0],
        [3, 20, None, None, 0, None, 1],
        [5, 60, 30, 80, 4, 7, 0],
        [9, 60, None, None, 0, None, 1],
    ]


def test_people_followed_without_an_arrival_are_a_flat_line():
    drawing = draw_steps(stairs(StepSeries("", [], 6, [4, 6], people=2)))

    assert len(drawing.lines[0][1].split()) == 2
    assert drawing.bands == []
    assert drawing.median is None


def test_a_median_is_drawn_where_half_have_arrived():
    drawing = draw_steps(stairs(StepSeries("", [Step(4, 60)], 8), median=4, median_name="half: 4"))

    assert drawing.median.x == "40.00%"
    assert "half: 4" in framed(drawing)


# Before and after -------------------------------------------------------------------------------


def test_labels_of_ends_that_are_near_give_way():
    drawing = draw_slope(
        slope(
            SlopeGroup("trained", SlopeEnd(60, 55, 65), SlopeEnd(70, 65, 75), 24),
            SlopeGroup("peers", SlopeEnd(61, 58, 64), SlopeEnd(71, 68, 74), 51),
        )
    )

    labels = [(mark.text, float(mark.label_y)) for mark in drawing.marks]
    assert [text for text, _y in labels] == ["61", "60", "71", "70"]
    assert labels[1][1] - labels[0][1] == 15
    assert labels[3][1] - labels[2][1] == 15
    assert len({mark.shape for mark in drawing.marks}) == 2


def test_a_group_without_an_end_is_named_and_not_drawn():
    drawing = draw_slope(
        slope(
            SlopeGroup("trained", SlopeEnd(60), SlopeEnd(70), 24),
            SlopeGroup("late", SlopeEnd(60), SlopeEnd(None), 3, "3 of 10 people"),
        )
    )

    assert [name for _i, _shape, name, _n in drawing.legend] == ["trained"]
    assert "late: 3 of 10 people" in framed(drawing)


# Histograms and strips --------------------------------------------------------------------------


def test_bins_hold_every_value_once():
    scale = Scale(0, 10, (0, 5, 10))

    bins = bins_of([-1, 0, 4.9, 5, 10, 12, float("nan")], scale)

    assert [(each.low, each.high, each.count) for each in bins] == [(0, 5, 3), (5, 10, 3)]


def test_bars_are_as_high_as_their_count():
    drawing = draw_histogram(histogram(Bin(0, 5, 4), Bin(5, 10, 2), markers=[Marker(5, "median")]))

    tall, low = drawing.bars
    assert (tall.left, tall.width, low.left) == ("0.00%", "50.00%", "50.00%")
    assert float(tall.height) == pytest.approx(2 * float(low.height))
    assert [tick.label for tick in drawing.y_ticks] == ["0", "1", "2", "3", "4"]
    assert drawing.markers[0].x == "50.00%"


@pytest.mark.parametrize("most", [1, 2, 3, 7, 140])
def test_counts_have_whole_ticks(most):
    ticks = [tick.label for tick in draw_histogram(histogram(Bin(0, 5, most))).y_ticks]

    assert all(label.isdigit() for label in ticks)
    assert len(ticks) == len(set(ticks)) <= 8


def test_a_strip_shows_each_value():
    strip = draw_strip([0, 50], FULL, middle=25)

    assert strip.strokes == ["0.00%", "50.00%"]
    assert strip.middle == "25.00%"
    html = render_to_string("ui/charts/strip.html", {"strip": strip})
    assert 'aria-hidden="true"' in html


# Files ------------------------------------------------------------------------------------------


def records_of(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_chart_csv_answers_for_the_chart_that_is_asked_for():
    figures = [
        Figure(draw(), "July 2026", "14 scorecards", "/team/method/") for draw in DRAWINGS.values()
    ]

    answer = chart_csv(_get("/team/?format=csv&chart=line"), figures)

    assert answer["Content-Disposition"] == 'attachment; filename="line.csv"'
    about = ["A title", "July 2026", "14 scorecards", "http://testserver/team/method/"]
    assert records_of(answer) == [
        "Month|Mean (%)|95% from|to|Scorecards|Figure|Period|Out of|How it is worked out".split(
            "|"
        ),
        ["2026-07", "81.25", "75", "87", "14", *about],
    ]


@pytest.mark.parametrize("path", ["/", "/?format=csv", "/?chart=line", "/?format=pdf&chart=line"])
def test_chart_csv_leaves_other_requests_alone(path):
    assert chart_csv(_get(path), []) is None


def test_chart_csv_knows_no_other_charts():
    with pytest.raises(Http404):
        chart_csv(_get("/?format=csv&chart=other"), [])


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_record_of_a_file_has_every_column(name):
    drawing = DRAWINGS[name]()

    assert {len(record) for record in drawing.table.records()} == {len(drawing.table.header)}


class _Balance(HTMLParser):
    """Fails where tags do not close in the order they opened."""

    VOID = {"br", "input", "img", "hr"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _value in attrs]
        assert len(names) == len(set(names))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def feed(self, data):
        super().feed(data)
        assert self.open == []
