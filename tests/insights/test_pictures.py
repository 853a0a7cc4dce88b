"""From cells to the charts of one person."""

import datetime as dt

import pytest

from insights.pictures import pictures_of, scale_for, scorecards_url, snapshot_of
from insights.skills import NOTHING, Estimate, Measure, Window, profile_of
from people.channels import Channel
from people.models import User
from scorecards.models import Rollup
from tests.factories.insights import graded
from tests.insights.test_skills import (
    NOVEMBER,
    OCTOBER,
    OTHER_RUBRIC,
    RESPECT,
    SECOND,
    SEPTEMBER,
    WHOLE,
    cell,
)

WINDOW = Window(dt.date(2026, 6, 1), NOVEMBER)
ADA = User(pk=7, first_name="Ada")


def pictures(cells, measured=(WHOLE,), channel=""):
    profile = profile_of(cells, now=Window(SEPTEMBER, NOVEMBER))
    return pictures_of(ADA, cells, measured, profile, WINDOW, channel=channel)


def test_each_measure_gets_a_picture_even_without_scorecards():
    whole, respect = pictures([cell([80] * 5)], [WHOLE, RESPECT])

    assert [len(whole.drawing.marks), len(respect.drawing.marks)] == [1, 0]
    assert respect.estimate == NOTHING
    assert respect.sentence == "No scorecard measured this, so there is nothing to say."
    assert respect.drawing.chart.key == "chart-respect"


def test_each_dot_has_interval_number_and_way_to_its_scorecards():
    (picture,) = pictures([cell([70, 80, 80, 80, 90], month=OCTOBER)])
    (mark,) = picture.drawing.marks

    assert (mark.point.n, mark.point.y) == (5, 80)
    assert mark.point.low == pytest.approx(80 - mark.point.high + 80)
    assert mark.point.url == "/scorecards/?agent=7&month=2026-10"
    assert mark.point.tip == "80 ±9 · 5"
    assert mark.point.label.startswith("October 2026: 80 % on average over 5 scorecards")


def test_a_month_with_too_few_has_a_mark_and_no_value():
    (picture,) = pictures([cell([70, 80], month=OCTOBER)])
    (mark,) = picture.drawing.marks

    assert (mark.point.y, mark.point.low, mark.point.high) == (None, None, None)
    assert mark.point.note == "2 of 5 needed"


def test_a_month_of_equal_scorecards_has_no_whisker():
    (picture,) = pictures([cell([100] * 6)])

    assert picture.drawing.marks[0].whisker == ""
    assert picture.drawing.marks[0].point.y == 100


def test_the_line_breaks_where_a_version_is_not_comparable():
    cells = [
        cell([70] * 5, month=SEPTEMBER),
        cell([71] * 5, month=OCTOBER),
        cell([80] * 5, month=NOVEMBER, standard=SECOND),
    ]

    (picture,) = pictures(cells)

    assert len(picture.drawing.lines) == 1
    assert [change.text for change in picture.drawing.breaks] == ["version 2"]
    assert [name for _number, _shape, name in picture.drawing.legend] == ["version 1", "version 2"]


def test_rubrics_used_side_by_side_are_no_break():
    cells = [cell([70] * 5), cell([80] * 5, standard=OTHER_RUBRIC)]

    (picture,) = pictures(cells)

    assert picture.drawing.breaks == []
    assert [mark.series for mark in picture.drawing.marks] == [0, 1]


def test_all_pictures_share_one_scale():
    cells = [cell([20, 30, 20, 30, 25]), cell([90] * 4 + [95], measure=RESPECT)]

    whole, respect = pictures(cells, [WHOLE, RESPECT])

    assert whole.drawing.chart.scale == respect.drawing.chart.scale
    assert whole.drawing.chart.scale.low <= 20


def test_scale_ignores_what_is_not_shown_and_is_never_narrow():
    scale = scale_for([Estimate(n=3, mean=5, low=0, high=60), Estimate(5, 80, 78, 82, 2)])

    assert (scale.low, scale.high) == (50, 100)


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ({}, "agent=7"),
        ({"measure": WHOLE, "month": OCTOBER}, "agent=7&month=2026-10"),
        (
            {"measure": RESPECT, "month": OCTOBER, "channel": Channel.EMAIL},
            "agent=7&month=2026-10&skill=respect&channel=email",
        ),
    ],
)
def test_scorecards_url(arguments, query):
    assert scorecards_url(ADA, **arguments) == f"/scorecards/?{query}"


def test_snapshot_pools_people_and_draws_their_months(
    agent, teammate, version, respect, months, today, django_assert_num_queries
):
    for month in months[-2:]:
        graded(agent, month, [80, 90, 70], version=version)
        graded(teammate, month, [60, 60, 60], version=version)
    graded(agent, months[-1], [75] * 4, version=version, skill=respect.pk)

    with django_assert_num_queries(3):
        whole, respect_cell, *others = snapshot_of(Rollup.objects.all(), on=today)

    assert whole.measure == Measure("", "Whole scorecard")
    assert (whole.estimate.n, whole.estimate.mean) == (12, 70)
    assert whole.spark is not None
    assert respect_cell.brief == "4 of 5 needed"
    assert {cell.brief for cell in others} == {"no scorecards"}
