"""Shares of people: known answers, and what must hold for any numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc, betaln

from measurement.proportions import (
    at_least,
    beta_binomial,
    discoveries,
    more_often,
    shrunken_shares,
    wilson,
    wilson_intervals,
)


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


def test_wilson_of_many_at_once():
    # Newcombe (1998); R: prop.test(x, n, correct = FALSE)$conf.int
    low, high = wilson_intervals([81, 15, 0], [263, 148, 0])

    np.testing.assert_allclose(low, [0.2552885199, 0.06238639953, 0], atol=1e-10)
    np.testing.assert_allclose(high, [0.366209577, 0.1604872417, 1], atol=1e-10)


# Invented; R VGAM 1.1.7 betabinomial, and optim on the likelihood.
PASSES = [9, 10, 8, 7, 10, 6, 9, 10, 10, 5, 8, 9, 19, 18, 12, 20, 3, 4, 4, 2]
OF = [10, 10, 10, 10, 10, 10, 10, 10, 10, 8, 10, 12, 20, 20, 20, 20, 4, 4, 5, 4]


def test_beta_binomial_as_r_gives_it():
    fitted = beta_binomial(PASSES, OF)

    assert fitted.mean == pytest.approx(0.8382748, abs=1e-6)
    assert fitted.rho == pytest.approx(0.1000433, abs=1e-6)
    assert fitted.log_likelihood == pytest.approx(-34.06143413, abs=1e-7)


@pytest.mark.parametrize(
    ("k", "n"), [([], []), ([3], [4]), ([0, 0], [5, 5]), ([5, 5], [5, 5]), ([1, 0], [1, 1])]
)
def test_nothing_can_be_told_about_the_spread_of(k, n):
    assert beta_binomial(k, n) is None
    assert shrunken_shares(k, n) is None


def test_people_who_do_not_differ_have_next_to_no_spread():
    assert beta_binomial([5] * 30, [10] * 30).rho < 0.001


def test_more_passes_than_reviews_are_refused():
    with pytest.raises(ValueError, match="0 <= k <= n"):
        beta_binomial([5, 1], [4, 4])


def test_shrunken_shares_are_the_integral_over_a_fine_grid():
    """The same mixture on 150 × 150 points over the whole range of mean and rho."""
    points = (np.arange(150) + 0.5) / 150
    mean, rho = (each.ravel() for each in np.meshgrid(points, points))
    a, b = mean * (1 - rho) / rho, (1 - mean) * (1 - rho) / rho
    log = sum(betaln(a + k, b + n - k) - betaln(a, b) for k, n in zip(PASSES, OF, strict=True))
    weights = np.exp(log - log.max())
    weights /= weights.sum()

    found = shrunken_shares(PASSES, OF)

    for place in (0, 9, 15, 19):
        k, n = PASSES[place], OF[place]
        assert found.mean[place] == pytest.approx(weights @ ((a + k) / (a + b + n)), abs=0.002)
        for limit, below in ((found.low[place], 0.025), (found.high[place], 0.975)):
            assert weights @ betainc(a + k, b + n - k, limit) == pytest.approx(below, abs=0.003)


def test_shares_are_drawn_to_the_middle_and_those_of_few_reviews_more():
    found = shrunken_shares([0, 0, *PASSES], [3, 0, *OF])
    middle = beta_binomial(PASSES, OF).mean

    assert 0 < found.mean[0] < middle
    # Of somebody without any review nothing is known but what the others are like.
    assert found.mean[1] == pytest.approx(middle, abs=0.06)
    assert found.high[1] - found.low[1] > found.high[2] - found.low[2]
    assert (found.low < found.mean).all()
    assert (found.mean < found.high).all()


def test_shrunken_shares_cover_with_three_reviews_each():
    random = np.random.default_rng(20261122)
    inside = []
    for _trial in range(3):
        true = random.beta(12, 3, 400)
        n = random.integers(1, 6, 400)
        found = shrunken_shares(random.binomial(n, true), n)
        inside.append((found.low <= true) & (true <= found.high))

    # Four standard errors of .95 in 1,200 people are .03.
    assert 0.92 <= np.mean(inside) <= 0.99
