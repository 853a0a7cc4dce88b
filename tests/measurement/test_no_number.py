"""What is not a number never becomes one: a gap is passed over where gaps are allowed, anything else is
refused, and nothing comes out as a finding."""

import numpy as np
import pytest

from measurement.agreement import assess, icc, signed_difference
from measurement.attribution import loss_tail
from measurement.control_charts import (
    change_point,
    ewma_chart,
    ewma_from_baseline,
    ewma_run_length,
    p_chart,
    xmr_chart,
)
from measurement.correlation import fisher_interval, pearson, pearson_p, spearman
from measurement.drift import reviewer_drift
from measurement.equal_treatment import (
    attribute_effects,
    cluster_regression,
    criterion_effects,
    mantel_haenszel,
    reviewer_effects,
)
from measurement.figures import State
from measurement.intervals import mean_interval
from measurement.items import analyse, consistency
from measurement.outcomes import correlations, handle_time, nps
from measurement.planner import Components, d_study_crossed, spearman_brown
from measurement.proportions import beta_binomial, wilson
from measurement.ramp import ramp_curve
from measurement.sampling import stratified_mean, weighted_sums
from measurement.severity import gather
from measurement.shrinkage import paule_mandel
from measurement.survival import kaplan_meier
from measurement.training_effect import expected_gain

NOT_NUMBERS = (np.nan, np.inf, -np.inf)
AGENT = np.repeat(np.arange(30), 4)
REVIEWER, GROUP = np.arange(120) % 3, np.arange(120) % 2
ONES = np.ones(120)


def scores(bad):
    values = np.random.default_rng(0).normal(75, 10, 120)
    values[5] = bad
    return values


@pytest.mark.parametrize("bad", NOT_NUMBERS)
@pytest.mark.parametrize(
    "asked",
    [
        lambda bad: gather(AGENT, REVIEWER, ONES, scores(bad), ONES),
        lambda bad: gather(AGENT, REVIEWER, ONES, ONES, scores(bad)),
        lambda bad: attribute_effects(AGENT, REVIEWER, GROUP, ONES, scores(bad)),
        lambda bad: reviewer_effects(AGENT, REVIEWER, GROUP, ONES, scores(bad), ONES),
        lambda bad: criterion_effects(
            AGENT, REVIEWER, GROUP, np.ones((120, 3)), np.tile(scores(bad)[:, None], 3)
        ),
        lambda bad: reviewer_drift(AGENT, REVIEWER, GROUP, ONES, scores(bad), ONES),
        lambda bad: cluster_regression([1, 2, bad, 3], [0, 1, 0, 1], [1, 1, 2, 2]),
        lambda bad: mantel_haenszel([[[1, 2], [3, bad]]]),
        lambda bad: pearson([1, 2, bad], [1, 2, 3]),
        lambda bad: spearman([1, 2, 3], [1, bad, 3]),
        lambda bad: p_chart([1.0] * 13 + [bad], 10),
        lambda bad: p_chart([1.0] * 14, [10.0] * 13 + [bad]),
        lambda bad: ewma_chart([1, 2, 1], centre=1, sd=bad),
        lambda bad: ewma_run_length(0.2, bad),
        lambda bad: wilson(bad, 10),
        lambda bad: wilson(1, bad),
        lambda bad: beta_binomial([1, 2, 2], [5, 5, bad]),
        lambda bad: ramp_curve(range(6), [0] * 6, [1] * 6, [1] * 6, [1, 2, 3, 4, 5, bad]),
        lambda bad: Components(bad, 1, 1, 1),
        lambda bad: d_study_crossed(person=bad, reviewer=1, residual=1, reviewers=2),
        lambda bad: spearman_brown(0.5, bad),
        lambda bad: expected_gain(60, 15, bad, 0.5),
        lambda bad: expected_gain(60, 15, 40, bad),
        lambda bad: expected_gain(60, bad, 40, 0.5),
        lambda bad: weighted_sums([1, bad], [0.5, 0.5]),
        lambda bad: weighted_sums([1, 2], [0.5, bad]),
        lambda bad: stratified_mean([10, 10], [5, 5], [1, bad], [1, 1]),
        lambda bad: kaplan_meier([1, 2, bad], [1, 1, 0]),
        lambda bad: assess([[1, 1, bad]] * 30),
        lambda bad: loss_tail(1, 5, bad),
        lambda bad: nps(bad, 10, 10),
    ],
)
def test_sums_and_shares_are_refused(asked, bad):
    with pytest.raises(ValueError, match=r"."):
        asked(bad)


@pytest.mark.parametrize("bad", NOT_NUMBERS)
def test_charts_take_them_for_gaps(bad):
    with_gap = [*np.random.default_rng(1).normal(size=14), bad]
    without = with_gap[:-1]

    assert xmr_chart(with_gap).singles.centre == xmr_chart(without).singles.centre
    assert ewma_chart(with_gap).values[:-1] == pytest.approx(ewma_chart(without).values)
    assert change_point(with_gap) == change_point(without)
    chart = ewma_from_baseline([1, 2, 1, 2, 1, bad, 2], [1] * 7)
    assert (chart.n, chart.signals, chart.is_outside) == (6, (), False)
    assert ewma_from_baseline([1, 2, 1, 2, 1, 9, 2], [1, 1, 1, 1, 1, bad, 1]).n == 6


@pytest.mark.parametrize("bad", NOT_NUMBERS)
def test_a_figure_is_not_shown_from_them(bad):
    assert np.isnan(mean_interval(10, bad, 100).mean)
    assert fisher_interval(bad, 30) is None
    assert handle_time([*range(1, 13), bad]).median == handle_time(range(1, 13)).median
    assert paule_mandel([1, 2, bad], [1, 1, 1]).n == 2
    assert icc([[1, 2], [2, bad], [3, 3]]) is None
    assert signed_difference([[*range(12), bad]]).n == 12
    assert pearson_p(np.nan, 30) is None


def test_a_gap_in_a_pair_or_a_mark_is_left_out_and_an_infinite_one_refused():
    assert correlations([*range(11), np.nan], range(12)).pearson.n == 11
    assert analyse([[1, 0], [0, np.nan], [1, 1]])[1].n == 2
    for bad in (np.inf, -np.inf):
        with pytest.raises(ValueError, match="finite"):
            correlations([*range(11), bad], range(12))
        with pytest.raises(ValueError, match="finite"):
            consistency([[1, 0], [0, bad], [1, 1]])


@pytest.mark.parametrize(
    ("reliability", "sd", "months"),
    [(1.5, 15, 1), (-0.1, 15, 1), (0.5, 0, 1), (0.5, -1, 1), (0.5, 15, 0)],
)
def test_a_gain_is_not_expected_from_impossible_numbers(reliability, sd, months):
    with pytest.raises(ValueError, match="reliability"):
        expected_gain(60, sd, 40, reliability, months=months)


def test_the_expected_gain_of_the_very_lowest_is_how_far_below_they_are():
    """φ(z)/Φ(−z) → z: where both are 0 in floating point their ratio still is not."""
    assert expected_gain(60, 1, [0, -940], 0.5) == pytest.approx([30, 500], rel=0.001)


def test_answers_cannot_be_fewer_than_none():
    with pytest.raises(ValueError, match="not negative"):
        nps(-1, 20, 0)
    assert nps(3, 3, 3).state == State.TOO_FEW
