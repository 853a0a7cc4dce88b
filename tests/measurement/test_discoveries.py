"""Benjamini and Hochberg: their own example, gaps, ties, order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.discoveries import FALSE_DISCOVERIES, benjamini_hochberg

# Benjamini & Hochberg (1995), section 3; adjusted by R's p.adjust.
P = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1.0),
]
ADJUSTED = [
    *(0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.06385714286, 0.06385714286, 0.0645),
    *(0.0765, 0.486, 0.58118181818, 0.714875, 0.75323076923, 0.81321428571, 1.0),
]


def test_the_authors_example():
    adjusted = benjamini_hochberg(P)

    assert adjusted == pytest.approx(ADJUSTED, abs=1e-9)
    assert (adjusted <= FALSE_DISCOVERIES).sum() == 4


def test_the_order_is_kept():
    order = np.random.default_rng(1).permutation(len(P))

    assert benjamini_hochberg(np.array(P)[order]) == pytest.approx(np.array(ADJUSTED)[order])


def test_what_was_not_tested_is_not_counted():
    adjusted = benjamini_hochberg([0.01, np.nan, 0.04, np.nan])

    assert adjusted[[0, 2]] == pytest.approx([0.02, 0.04])
    assert np.isnan(adjusted[[1, 3]]).all()


def test_nothing_tested():
    assert len(benjamini_hochberg([])) == 0
    assert np.isnan(benjamini_hochberg([np.nan])).all()


@pytest.mark.parametrize("p", [-0.1, 1.1])
def test_no_probability(p):
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([p, 0.5])


@given(st.lists(st.sampled_from([0.0, 0.001, 0.01, 0.02, 0.05, 0.3, 1.0]), max_size=30))
def test_discoveries_are_those_of_the_step_up_rule(p):
    ordered = np.sort(p)
    passing = np.flatnonzero(ordered <= 0.05 * np.arange(1, len(p) + 1) / max(len(p), 1) + 1e-15)
    bound = ordered[passing[-1]] if len(passing) else -1

    assert (benjamini_hochberg(p) <= 0.05 + 1e-15).tolist() == [each <= bound for each in p]
