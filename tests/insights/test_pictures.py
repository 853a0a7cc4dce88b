"""From cells to figures with sparklines, and the ways to the scorecards behind them."""

import pytest
from django.core.cache import cache

from insights import kept
from insights.pictures import scale_for, scorecards_url, snapshot_of
from insights.skills import Estimate, Measure
from people.channels import Channel
from people.models import User
from scorecards.models import Rollup
from tests.factories.insights import graded
from tests.insights.test_skills import OCTOBER, RESPECT, WHOLE

ADA = User(pk=7, first_name="Ada")


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


def test_the_sums_of_many_scorecards_are_kept_for_whose_they_are(
    agent, version, months, today, monkeypatch, django_assert_num_queries
):
    cache.clear()
    monkeypatch.setattr(kept, "MANY", 3)
    graded(agent, months[-1], [80, 90], version=version)

    def count(whose):
        return snapshot_of(Rollup.objects.all(), on=today, whose=whose)[0].estimate.n

    assert count((1,)) == 2
    graded(agent, months[-1], [70], version=version)
    # Of so few nothing was kept.
    assert count((1,)) == 3
    graded(agent, months[-1], [60], version=version)
    with django_assert_num_queries(2):
        assert count((1,)) == 3
    assert count((2,)) == 4
    cache.clear()
