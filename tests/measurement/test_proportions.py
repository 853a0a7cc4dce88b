"""Shares of people: known answers, and what must hold for any numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.proportions import at_least, discoveries, more_often, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        # R: prop.test(k, n, correct = FALSE)$conf.int
        (4, 5, 0.3755, 0.9638),
        (9, 11, 0.5230, 0.9486),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
    ],
)
def test_wilson_known_answers(k, n, low, high):
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_of_nobody_is_everything():
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_mirrors(pair):
    k, n = pair
    low, high = wilson(k, n)
    assert 0 <= low <= k / n + 1e-12
    assert k / n - 1e-12 <= high <= 1
    assert wilson(n - k, n) == pytest.approx((1 - high, 1 - low))


def test_at_least_sums_the_tail():
    # 1 - pbinom(3, 5, 0.5), and the whole.
    assert at_least(4, 5, 0.5) == pytest.approx(6 / 32)
    assert at_least(0, 5, 0.5) == 1.0


def test_more_often_is_the_exact_sign_test():
    assert more_often(8, 0) == pytest.approx(1 / 256)
    assert more_often(0, 0) == 1.0
    assert more_often(1, 8) > 0.99


def test_discoveries_known_answer():
    # The example of Benjamini and Hochberg (1995): the first four at q = .05.
    values = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
        0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
    ]  # fmt: skip
    assert discoveries(values) == [True] * 4 + [False] * 11
    assert discoveries([]) == []
