"""Shares, and whether one is larger than it would be by chance.

A share is `k` of `n`. Sources and the reasons for each choice are in docs/measurement.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Not scipy.stats: importing it costs every process most of a second and 40 MB for a few functions.
from scipy.special import bdtrc, betainc, betaln, expit, gammaln, logit, ndtri

from measurement.discoveries import benjamini_hochberg

FloatArray = NDArray[np.float64]

# Points of the grid over which the shares' mean and spread are integrated.
_MEANS, _SPREADS = 33, 24
# What the grid leaves out is less than exp(-this) times as likely as the best point.
_NEGLIGIBLE = 9.0


@dataclass(frozen=True, slots=True)
class BetaBinomial:
    """How the shares of people are spread: Beta with this mean, in which two answers of one person
    correlate by `rho` (0: all people are alike; a + b = 1/rho − 1)."""

    mean: float
    rho: float
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class Shares:
    """One estimate per person, drawn towards the others', 0 to 1; arrays of one length. For putting
    people in order, not for judging one of them: weak and strong ones are pulled to the middle."""

    mean: FloatArray
    low: FloatArray
    high: FloatArray


def wilson(k: int, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval for a share; the whole range where there is nobody."""
    low, high = wilson_intervals(k, n, confidence=confidence)
    return float(low), float(high)


def wilson_intervals(
    k: ArrayLike, n: ArrayLike, *, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """`wilson` for arrays of one shape: limits from 0 to 1."""
    hits, of = _counts(k, n)
    z = float(ndtri(0.5 + confidence / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        share, spread = hits / of, z * z / of
        centre = (share + spread / 2) / (1 + spread)
        half = z * np.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    low = np.where(of > 0, np.maximum(centre - half, 0.0), 0.0)
    high = np.where(of > 0, np.minimum(centre + half, 1.0), 1.0)
    return low, high


def beta_binomial(k: ArrayLike, n: ArrayLike) -> BetaBinomial | None:
    """The most likely mean and spread of people's shares; one entry per person.

    None when nothing can be told about them: fewer than two people, or nobody (or everybody) passed.
    Cost follows the number of distinct pairs (k, n).
    """
    from scipy.optimize import minimize

    hits, of = _people(k, n)
    if len(of) < 2 or not 0 < hits.sum() < of.sum() or of.max() < 2:
        return None
    table = _Table(hits, of)
    start = np.array([logit(hits.sum() / of.sum()), logit(0.1)])
    # Beyond rho = .0003 or .98 the likelihood is flat, and the search would wander off.
    found = minimize(
        lambda at: -table.log_likelihood(at[:1], at[1:])[0, 0],
        start,
        method="L-BFGS-B",
        bounds=[(-12, 12), (-8, 4)],
        options={"ftol": 1e-13, "gtol": 1e-8},
    )
    mean, rho = (float(value) for value in expit(found.x))
    return BetaBinomial(mean, rho, -float(found.fun))


def shrunken_shares(k: ArrayLike, n: ArrayLike, *, confidence: float = 0.95) -> Shares | None:
    """Each person's share given everybody's, integrated over what mean and spread may be.

    Flat priors on the mean and on rho, on a grid of 33 × 24 points around the most likely ones; the
    limits are quantiles of the mixture of Beta distributions that results. Putting in the most likely
    values alone would cover .75 to .87 with three reviews each. None as for `beta_binomial`.
    """
    hits, of = _counts(k, n)
    fitted = beta_binomial(hits, of)
    if fitted is None:
        return None
    rated = of > 0
    table = _Table(hits[rated], of[rated])
    means, spreads, weights = _grid(table, fitted)
    rho = expit(spreads)
    a, b = expit(means) * (1 - rho) / rho, (1 - expit(means)) * (1 - rho) / rho
    distinct, place = np.unique(np.column_stack([hits, of]), axis=0, return_inverse=True)
    x, m = distinct[:, :1], distinct[:, 1:]
    after_a, after_b = a + x, b + m - x
    middle = (after_a / (after_a + after_b)) @ weights

    def quantile(probability: float) -> FloatArray:
        low, high = np.zeros(len(x)), np.ones(len(x))
        under, over = np.zeros(len(x)), np.ones(len(x))
        # Halved to 1/8192, on which a straight line is right to the fifth digit.
        for _halving in range(13):
            at = (low + high) / 2
            mass = betainc(after_a, after_b, at[:, None]) @ weights
            is_below = mass < probability
            low, under = np.where(is_below, at, low), np.where(is_below, mass, under)
            high, over = np.where(is_below, high, at), np.where(is_below, over, mass)
        return low + (high - low) * (probability - under) / np.maximum(over - under, 1e-300)

    tail = (1 - confidence) / 2
    place = place.reshape(-1)
    return Shares(middle[place], quantile(tail)[place], quantile(1 - tail)[place])


class _Table:
    """People grouped by distinct (k, n), because those are few."""

    def __init__(self, k: FloatArray, n: FloatArray) -> None:
        pairs, self.people = np.unique(np.column_stack([k, n]), axis=0, return_counts=True)
        self.k, self.n = pairs[:, 0], pairs[:, 1]
        ways = gammaln(self.n + 1) - gammaln(self.k + 1) - gammaln(self.n - self.k + 1)
        self.ways = float(self.people @ ways)

    def log_likelihood(self, means: FloatArray, spreads: FloatArray) -> FloatArray:
        """For each logit of the mean by each logit of rho."""
        mean, rho = expit(means)[:, None, None], expit(spreads)[None, :, None]
        a, b = mean * (1 - rho) / rho, (1 - mean) * (1 - rho) / rho
        each = betaln(a + self.k, b + self.n - self.k) - betaln(a, b)
        return self.ways + each @ self.people


def _grid(table: _Table, fitted: BetaBinomial) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The points that matter, as logits of mean and rho, and their weights (sum 1)."""
    best = np.array([logit(fitted.mean)]), np.array([logit(fitted.rho)])
    coarse = np.linspace(-12, 12, 481)
    means, spreads = best[0], best[1]
    # A wider spread makes a wider range of means likely, so the ranges are found in turn.
    for _round in range(3):
        near = table.log_likelihood(means, coarse[80:321]).max(axis=0)
        spreads = _likely(coarse[80:321], near, _SPREADS)
        near = table.log_likelihood(coarse, spreads).max(axis=1)
        means = _likely(coarse, near, _MEANS)
    log = table.log_likelihood(means, spreads)
    # Flat on the mean and on rho, not on their logits: p(1−p) is the derivative.
    for values, shape in ((means, (-1, 1)), (spreads, (1, -1))):
        p = expit(values)
        log = log + np.log(p * (1 - p)).reshape(shape)
    weights = np.exp(log - log.max())
    keep = weights > 1e-5
    rows, columns = np.nonzero(keep)
    weights = weights[keep]
    return means[rows], spreads[columns], weights / weights.sum()


def _likely(values: FloatArray, log_likelihood: FloatArray, points: int) -> FloatArray:
    places = np.nonzero(log_likelihood > log_likelihood.max() - _NEGLIGIBLE)[0]
    first, last = max(places[0] - 1, 0), min(places[-1] + 1, len(values) - 1)
    return np.linspace(values[first], values[last], points)


def at_least(k: int, n: int, p: float) -> float:
    """The probability of `k` or more of `n`, each with probability `p`."""
    return 1.0 if k <= 0 else float(bdtrc(k - 1, n, p))


def more_often(only_here: int, only_there: int) -> float:
    """The exact one-sided McNemar test: of people seen in two places, so many failed only in the one and
    so many only in the other. Who did both or neither says nothing."""
    return at_least(only_here, only_here + only_there, 0.5)


def discoveries(p_values: Sequence[float], *, q: float = 0.05) -> list[bool]:
    """Benjamini and Hochberg: which of many tests to believe, when a share `q` of those may be wrong."""
    return [bool(value <= q) for value in benjamini_hochberg(p_values)]


def _counts(k: ArrayLike, n: ArrayLike) -> tuple[FloatArray, FloatArray]:
    hits, of = np.broadcast_arrays(np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64))
    if not ((hits >= 0) & (hits <= of) & np.isfinite(of)).all():
        raise ValueError("A share is k of n with 0 <= k <= n.")
    return hits, of


def _people(k: ArrayLike, n: ArrayLike) -> tuple[FloatArray, FloatArray]:
    hits, of = _counts(k, n)
    return hits[of > 0], of[of > 0]
