"""Severities from contrasts: against least squares with a column for everybody, islands, rounding."""

import numpy as np
import pytest

from measurement.contrasts import fit_contrasts


def reviews(seed=1, units=20, nodes=5, size=400, pair=0.0):
    rng = np.random.default_rng(seed)
    unit, node = rng.integers(0, units, size), rng.integers(0, nodes, size)
    own = rng.normal(0, pair, (units, nodes))
    y = 70 + unit * 0.5 - node * 2.0 + own[unit, node] + rng.normal(0, 6, size)
    return unit, node, y


def as_cells(unit, node, y):
    keys, cell = np.unique(unit * 1000 + node, return_inverse=True)
    n, sums = np.bincount(cell).astype(float), np.bincount(cell, weights=y)
    return keys // 1000, keys % 1000, n, sums, np.bincount(cell, weights=y * y)


def with_columns(unit, node, y):
    """Effects, their covariance and the residual variance by a dense pseudo-inverse."""
    columns = np.column_stack(
        [unit == each for each in np.unique(unit)] + [node == each for each in np.unique(node)]
    ).astype(float)
    inverse = np.linalg.pinv(columns.T @ columns)
    left = y - columns @ (inverse @ columns.T @ y)
    freedom = len(y) - np.linalg.matrix_rank(columns)
    size = len(np.unique(node))
    effects = (inverse @ columns.T @ y)[-size:]
    return effects - effects.mean(), inverse[-size:, -size:], left @ left / freedom, freedom


def test_effects_are_those_of_least_squares():
    # Sparse enough that spread inside cells is not told from that of pairs.
    unit, node, y = reviews(units=12, nodes=6, size=60, seed=4)
    fit = fit_contrasts(unit, node, np.ones(60), y, y * y)
    effects, covariance, variance, freedom = with_columns(unit, node, y)

    assert fit.effects == pytest.approx(effects)
    assert fit.variance == pytest.approx(variance)
    assert (fit.degrees_of_freedom, fit.pair_variance) == (freedom, 0)
    contrast = np.array([1, -1, 0, 0, 0, 0])
    own = fit.covariance(np.arange(6))
    assert contrast @ own @ contrast == pytest.approx(contrast @ covariance @ contrast * variance)


def test_cells_tell_all_that_reviews_tell():
    unit, node, y = reviews()
    one = fit_contrasts(unit, node, np.ones(len(y)), y, y * y)
    other = fit_contrasts(*as_cells(unit, node, y))

    assert other.effects == pytest.approx(one.effects)
    assert other.variance == pytest.approx(one.variance)
    assert other.pair_variance == pytest.approx(one.pair_variance)
    assert other.reviews.tolist() == np.bincount(node).tolist()


def test_a_difference_between_units_is_no_severity():
    unit, node, y = reviews()
    moved = y + 50 * (unit % 3)

    one = fit_contrasts(unit, node, np.ones(len(y)), y, y * y)
    other = fit_contrasts(unit, node, np.ones(len(y)), moved, moved * moved)
    assert other.effects == pytest.approx(one.effects)
    assert other.variance == pytest.approx(one.variance)


def test_the_spread_of_pairs_is_found():
    found = []
    for seed in range(20):
        unit, node, y = reviews(seed, units=60, nodes=8, size=3000, pair=3.0)
        found.append(fit_contrasts(*as_cells(unit, node, y)).pair_variance)

    assert np.mean(found) == pytest.approx(9.0, rel=0.1)


def test_islands_are_apart():
    unit, node, y = reviews(units=10, nodes=4)
    unit, node = np.r_[unit, unit + 10], np.r_[node, node + 4]
    y = np.r_[y, y + 30]
    fit = fit_contrasts(unit, node, np.ones(len(y)), y, y * y, nodes=10)

    assert len(set(fit.components[:4])) == len(set(fit.components[4:8])) == 1
    assert len(set(fit.components[[0, 4, 8, 9]])) == 4
    assert fit.effects[:4] == pytest.approx(fit.effects[4:8])
    assert fit.effects[:4].sum() == pytest.approx(0)
    assert fit.effects[8:].tolist() == [0, 0]


def test_hardly_linked_reviewers_have_large_errors():
    rng = np.random.default_rng(2)
    unit = np.r_[np.repeat(np.arange(10), 20), np.repeat(np.arange(10, 20), 20), 0]
    node = np.r_[rng.integers(0, 2, 200), rng.integers(2, 4, 200), 2]
    y = rng.normal(70, 6, 401)
    covariance = fit_contrasts(unit, node, np.ones(401), y, y * y).covariance(np.arange(4))

    def variance(one, other):
        return covariance[one, one] + covariance[other, other] - 2 * covariance[one, other]

    assert variance(0, 2) > 5 * variance(0, 1)


@pytest.mark.parametrize("level", [0.0, 100.0, 66.66666666666667])
def test_equal_scores_have_no_spread(level):
    unit, node, _y = reviews()
    n = np.ones(len(unit))

    assert fit_contrasts(unit, node, n, n * level, n * level**2).variance == 0


def test_nothing_to_compare():
    assert fit_contrasts([], [], [], [], []).variance is None
    lone = fit_contrasts([0, 1], [0, 1], [1, 1], [70, 80], [4900, 6400])
    assert lone.variance is None
    assert lone.effects.tolist() == [0, 0]


def test_cells_must_match():
    with pytest.raises(ValueError, match="one length"):
        fit_contrasts([0, 1], [0], [1], [1], [1])
    with pytest.raises(ValueError, match="from 0"):
        fit_contrasts([0], [-1], [1], [1], [1])
