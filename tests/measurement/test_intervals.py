"""Means and intervals from sums: by hand, against raw data, and coverage.

R's answers for weighted means are in test_sampling.py.
"""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from measurement.intervals import hajek_interval, kish_effective_n, mean_interval


def moments(y, w):
    """The sums that a rollup row keeps, in the order `hajek_interval` takes them."""
    y, w = np.asarray(y, float), np.asarray(w, float)
    return len(y), w.sum(), (w * y).sum(), (w**2).sum(), (w**2 * y).sum(), (w**2 * y**2).sum()


def plain_moments(y):
    y = np.asarray(y, float)
    return len(y), y.sum(), (y**2).sum()


percents = st.integers(0, 10_000).map(lambda hundredths: hundredths / 100)
weights = st.floats(0.02, 1).map(lambda probability: 1 / probability)
samples = st.lists(percents, min_size=2, max_size=40)
weighted_samples = st.lists(st.tuples(percents, weights), min_size=2, max_size=40)


@pytest.mark.parametrize(
    ("values", "mean", "half_width"),
    [
        ([70, 70, 90, 90], 80, 18.373866),  # s/√n = 5.773503, t(.975; 3) = 3.182446
        ([85, 95], 90, 63.531024),  # s/√n = 5, t(.975; 1) = 12.706205
        ([60, 60, 60], 60, 0),
        ([99.99, 99.99, 99.99, 99.99, 99.99, 99.99, 99.99], 99.99, 0),
    ],
)
def test_mean_interval_gives_known_answers(values, mean, half_width):
    interval = mean_interval(*plain_moments(values))

    assert interval.mean == pytest.approx(mean)
    assert interval.low == pytest.approx(mean - half_width)
    assert interval.high == pytest.approx(mean + half_width)


def test_mean_interval_takes_the_confidence_asked_for():
    interval = mean_interval(*plain_moments([70, 70, 90, 90]), confidence=0.90)

    assert interval.high - interval.mean == pytest.approx(2.353363 * 5.773503, rel=1e-6)


def test_a_single_value_has_a_mean_and_no_interval_and_an_empty_cell_has_neither():
    interval = mean_interval([0, 1, 2], [0, 80, 160], [0, 6400, 12808])

    np.testing.assert_equal(np.isnan(interval.mean), [True, False, False])
    np.testing.assert_equal(np.isnan(interval.low), [True, True, False])
    np.testing.assert_equal(np.isnan(interval.high), [True, True, False])


def test_one_call_serves_a_whole_table():
    people_by_skills = np.array([[2, 3], [4, 5], [6, 7]])

    interval = mean_interval(people_by_skills, people_by_skills * 80, people_by_skills * 6500)

    assert interval.mean.shape == (3, 2)
    np.testing.assert_allclose(interval.mean, 80)


@given(samples)
def test_mean_interval_equals_the_t_interval_of_the_raw_data(y):
    assume(np.std(y) > 0.001)

    interval = mean_interval(*plain_moments(y))

    low, high = stats.t.interval(0.95, len(y) - 1, loc=np.mean(y), scale=stats.sem(y))
    assert (interval.low, interval.high) == pytest.approx((low, high), rel=1e-5, abs=1e-4)


@given(weighted_samples)
def test_hajek_interval_equals_direct_computation_on_the_raw_data(pairs):
    y, w = np.array(pairs).T
    n, mean, effective = len(y), np.average(y, weights=w), w.sum() ** 2 / (w**2).sum()
    variance = (w**2 * (y - mean) ** 2).sum() / w.sum() ** 2 * n / (n - 1)
    assume(np.std(y) > 1)
    assume(effective > 1.2)

    interval = hajek_interval(*moments(y, w))

    half = stats.t.ppf(0.975, effective - 1) * variance**0.5
    assert interval.mean == pytest.approx(mean, abs=1e-9)
    assert interval.effective_n == pytest.approx(effective)
    assert interval.high - interval.mean == pytest.approx(half, rel=1e-4, abs=1e-3)
    assert interval.mean - interval.low == pytest.approx(half, rel=1e-4, abs=1e-3)


@given(samples, weights)
def test_equal_weights_change_nothing(y, w):
    """Also the census: every contact graded, all π = 1, is still a sample of how somebody serves."""
    plain = mean_interval(*plain_moments(y))
    equal = hajek_interval(*moments(y, np.full(len(y), w)))

    np.testing.assert_allclose(equal.effective_n, len(y))
    np.testing.assert_allclose(equal.mean, plain.mean, atol=1e-9)
    np.testing.assert_allclose(equal.low, plain.low, rtol=1e-5, atol=0.01)
    np.testing.assert_allclose(equal.high, plain.high, rtol=1e-5, atol=0.01)


@given(weighted_samples, weighted_samples)
def test_sums_of_two_cells_are_the_cell_of_both(first, second):
    together = hajek_interval(*moments(*zip(*first, *second, strict=True)))
    added = hajek_interval(
        *np.add(moments(*zip(*first, strict=True)), moments(*zip(*second, strict=True)))
    )

    assert added.mean == pytest.approx(together.mean)
    assert added.effective_n == pytest.approx(together.effective_n)


def test_one_overwhelming_weight_excludes_nothing():
    interval = hajek_interval(*moments([90, 10, 20, 15, 30], [1000, 1, 1, 1, 1]))

    assert interval.low < 0
    assert interval.high > 100


def test_kish_effective_n_is_n_for_equal_weights_and_less_otherwise():
    np.testing.assert_allclose(kish_effective_n([12, 4], [36, 10]), [4, 1.6])
    assert np.isnan(kish_effective_n(0, 0))


@pytest.mark.parametrize(
    ("probabilities", "size"),
    [([0.25], 5), ([0.25], 14), ([0.1, 0.3], 14), ([0.05, 0.2, 1.0], 40)],
)
def test_interval_contains_the_truth_about_as_often_as_it_says(probabilities, size):
    """Weights independent of the values; skewed percents, as scorecards are. 95% said."""
    random = np.random.default_rng(20261122)
    trials = 4000
    y = 100 * random.beta(6, 2, (trials, size))
    w = 1 / random.choice(probabilities, (trials, size))
    interval = hajek_interval(
        np.full(trials, size),
        w.sum(1),
        (w * y).sum(1),
        (w**2).sum(1),
        (w**2 * y).sum(1),
        (w**2 * y**2).sum(1),
    )

    covered = np.mean((interval.low <= 75) & (interval.high >= 75))

    assert 0.92 <= covered <= 0.96
