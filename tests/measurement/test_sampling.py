"""Estimates under unequal sampling: independent programs, definitions, cover."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.intervals import hajek_interval
from measurement.sampling import hajek_mean, horvitz_thompson, stratified_mean, weighted_sums

# R sampling 2.9 HTestimator and survey 4.1.1 svymean on these.
Y = np.array([5, 4, 4, 3, 2, 5, 1, 4.0])
PI = np.array([0.1, 0.1, 0.2, 0.2, 0.8, 0.1, 0.8, 0.4])

samples = st.lists(st.tuples(st.integers(0, 100), st.floats(0.02, 1)), min_size=2, max_size=30)


def test_total_mean_and_effective_number_as_r_gives_them():
    sums = weighted_sums(Y, PI)

    assert horvitz_thompson(sums).total == pytest.approx(188.75)
    mean = hajek_mean(sums)
    assert mean.mean == pytest.approx(4.194444444)
    assert mean.effective_n == pytest.approx(5.634782609)


@given(samples)
def test_variances_are_those_of_the_definition(pairs):
    y, pi = np.array(pairs).T
    w, n = 1 / pi, len(y)
    m = (w * y).sum() / w.sum()
    finite = ((1 - pi) * w**2 * (y - m) ** 2).sum() / w.sum() ** 2 * n / (n - 1)
    sums = weighted_sums(y, pi)

    found = hajek_mean(sums)
    assert found.mean == pytest.approx(m)
    assert found.standard_error == pytest.approx(np.sqrt(finite), rel=1e-4, abs=1e-4)
    total = ((1 - pi) * w**2 * y**2).sum()
    assert horvitz_thompson(sums).standard_error == pytest.approx(
        np.sqrt(total), rel=1e-6, abs=1e-3
    )


def test_the_other_variance_is_that_of_the_superpopulation():
    sums = weighted_sums(Y, PI)

    wide, narrow = hajek_mean(sums, is_finite=False), hajek_mean(sums)

    same = hajek_interval(sums.n, sums.w, sums.wy, sums.ww, sums.wwy, sums.wwyy)
    assert (wide.low, wide.high) == (same.low, same.high)
    # √(n/(n−1) Σw²(y−m)²)/Σw, worked out on the raw values: svymean's s.e. with `probs`.
    w = 1 / PI
    by_hand = np.sqrt(8 / 7 * (w**2 * (Y - 4.194444444) ** 2).sum()) / w.sum()
    assert wide.standard_error == pytest.approx(by_hand)
    assert narrow.standard_error < wide.standard_error


def test_a_census_leaves_nothing_uncertain_about_the_period_itself():
    sums = weighted_sums([60, 70, 95], [1, 1, 1])

    assert horvitz_thompson(sums).standard_error == 0
    assert hajek_mean(sums).low == hajek_mean(sums).high == 75
    assert hajek_mean(sums, is_finite=False).low < 60


def test_cells_add_up_and_one_call_serves_a_table():
    one, other = weighted_sums(Y[:3], PI[:3]), weighted_sums(Y[3:], PI[3:])
    whole = weighted_sums(Y, PI)
    added = type(one)(*np.add(one, other))
    both = type(one)(*np.array([one, other]).T)

    assert hajek_mean(added).standard_error == pytest.approx(hajek_mean(whole).standard_error)
    assert hajek_mean(both).mean.shape == (2,)
    assert hajek_mean(both).mean[0] == pytest.approx(hajek_mean(one).mean)


def test_an_empty_cell_has_nothing_and_a_single_value_no_error():
    empty, single = weighted_sums([], []), weighted_sums([80], [0.5])

    assert np.isnan(horvitz_thompson(empty).total)
    assert np.isnan(hajek_mean(empty).mean)
    assert hajek_mean(single).mean == 80
    assert np.isnan(hajek_mean(single).low)


@pytest.mark.parametrize("probability", [0, -0.1, 1.01, np.nan])
def test_an_impossible_probability_is_refused(probability):
    with pytest.raises(ValueError, match="probability"):
        weighted_sums([80], [probability])


def test_stratified_mean_of_the_california_schools():
    """Data apistrat of R survey 4.1.1: svymean(~api00) 662.29, s.e. 9.4089, as in its documentation."""
    found = stratified_mean(
        [4421, 755, 1018],
        [100, 50, 50],
        [674.43, 625.82, 636.6],
        [15687.41929, 11947.08939, 13824.85714],
    )

    assert found.mean == pytest.approx(662.28736, abs=1e-4)
    assert found.standard_error == pytest.approx(9.40894, abs=1e-4)
    # qt(.975, 197) = 1.972079
    assert found.high - found.mean == pytest.approx(1.972079 * 9.40894, abs=1e-3)
    assert (found.n, found.population) == (200, 6194)


def test_a_stratum_graded_whole_adds_no_error_and_a_single_value_leaves_it_unknown():
    whole = stratified_mean([10, 40], [10, 40], [50, 75], [100, 100])
    assert (whole.mean, whole.standard_error) == (70, 0)
    # One of one is everything there is.
    assert stratified_mean([1, 40], [1, 40], [50, 75], [np.nan, 100]).standard_error == 0
    single = stratified_mean([10, 40], [1, 4], [50, 75], [0, 100])
    assert (single.mean, single.standard_error, single.low) == (70, None, None)


@pytest.mark.parametrize("graded", [0, 11])
def test_a_stratum_with_nothing_graded_or_more_than_there_is_is_refused(graded):
    with pytest.raises(ValueError, match="stratum"):
        stratified_mean([10], [graded], [50], [100])


def test_weighting_undoes_a_selection_by_risk():
    """A month of 2,000 interactions; poor ones are looked at more often. The plain mean is far off."""
    random = np.random.default_rng(20261122)
    y = 100 * random.beta(6, 2, 2000)
    risk = np.exp(-(y + random.normal(0, 12, 2000)) / 20)
    pi = np.minimum(0.05 + 0.05 * risk / risk.mean(), 1)
    bad = y < 50
    plain, means, inside, numbers, totals = [], [], 0, 0, []
    trials = 500
    for _trial in range(trials):
        drawn = random.random(2000) < pi
        sums = weighted_sums(y[drawn], pi[drawn])
        mean, count = hajek_mean(sums), horvitz_thompson(weighted_sums(bad[drawn], pi[drawn]))
        plain.append(y[drawn].mean())
        means.append(mean.mean)
        totals.append(count.total)
        inside += mean.low <= y.mean() <= mean.high
        numbers += count.low <= bad.sum() <= count.high

    assert np.mean(plain) < y.mean() - 4
    assert np.mean(means) == pytest.approx(y.mean(), abs=0.3)
    assert np.mean(totals) == pytest.approx(bad.sum(), rel=0.03)
    assert inside / trials == pytest.approx(0.95, abs=0.03)
    assert numbers / trials == pytest.approx(0.95, abs=0.04)
