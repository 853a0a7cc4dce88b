"""Correlations: R's answers, ties, what is not defined."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from measurement.correlation import (
    fisher_interval,
    kendall,
    pearson,
    pearson_p,
    ranks,
    spearman,
)

# R cor.test and cor on these.
QUALITY = [3.2, 4.1, 3.8, 2.9, 4.6, 3.5, 4.0, 3.3, 4.4, 3.7]
ANSWERS = [3, 4, 5, 3, 5, 4, 4, 2, 5, 3]

steps = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 10)), min_size=3, max_size=30)


def test_as_r_gives_them():
    value = pearson(QUALITY, ANSWERS)

    assert value == pytest.approx(0.7768985961)
    assert fisher_interval(value, 10) == pytest.approx((0.2882919929, 0.9445115864))
    assert pearson_p(value, 10) == pytest.approx(0.008198282)
    assert spearman(QUALITY, ANSWERS) == pytest.approx(0.7993114486)
    assert kendall(QUALITY, ANSWERS) == pytest.approx(0.6459751935)


@given(steps)
def test_as_scipy_gives_them_with_ties(pairs):
    x, y = np.array(pairs, dtype=float).T
    np.testing.assert_allclose(ranks(x), stats.rankdata(x))
    if np.ptp(x) and np.ptp(y):
        assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-12)
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


def test_what_is_not_defined_is_none():
    for measure in (pearson, spearman, kendall):
        assert measure([1], [2]) is None
        assert measure([1, 2, 3], [4, 4, 4]) is None
    assert pearson([80.1] * 7, range(7)) is None
    assert pearson([0, 0], [0, 0]) is None
    assert fisher_interval(None, 10) is None
    assert fisher_interval(0.5, 3) is None
    assert pearson_p(0.5, 2) is None


def test_a_full_correlation_has_no_interval_and_certainty():
    assert pearson([1, 2, 3], [10, 20, 30]) == 1
    assert fisher_interval(1.0, 10) is None
    assert pearson_p(-1.0, 3) == 0


def test_small_differences_in_large_numbers_count():
    assert pearson([1e6, 1e6 + 0.01, 1e6 + 0.02], [1, 2, 3]) == pytest.approx(1, abs=1e-6)


def test_lists_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="same length"):
        pearson([1, 2], [1, 2, 3])
