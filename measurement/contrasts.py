"""Severity of reviewers from nothing but differences inside units, unshrunken.

A unit is whatever is compared only with itself: an agent in one month, an agent with one group of
customers, one calibration interaction. Whoever reviewed in a unit is compared with the others who did,
so that no difference between units (better people, a trained team, a change of teams) can be taken for
severity. A node is what has a severity: a reviewer in one month, or with one group.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

# Below this many degrees of freedom inside cells the spread of a pair is not told from that of a review.
_PURE_FROM = 30


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """Severities (negative is stricter), known up to one constant in each component.

    `effects[node]` sum to zero in each component; `components[node]` are islands: across them nothing can
    be compared. A node without any contrast is a component of its own. `variance` is that of one
    review and `pair_variance` that of a reviewer's own view of a unit, in squares of the unit of y;
    None where nothing is left to estimate them from, 0 where
    it is nothing but rounding. `reviews[node]` counts.
    """

    effects: FloatArray
    components: IntArray
    reviews: FloatArray
    variance: float | None
    pair_variance: float
    degrees_of_freedom: int
    _places: IntArray
    _inverses: tuple[FloatArray, ...]

    def covariance(self, nodes: IntArray) -> FloatArray:
        """Of the effects of `nodes` of one component, before any centring."""
        inverse = self._inverses[self.components[nodes[0]]]
        here = self._places[nodes]
        return inverse[np.ix_(here, here)] * (self.variance or 0.0)

    def centred_variances(self, nodes: IntArray) -> FloatArray:
        """Of each effect as a difference from the median of `nodes` (of one component).

        Exact for the difference from their mean, plus (π/2 − 1)/R of the mean variance, which is what a
        median of R is less certain than a mean.
        """
        covariance = self.covariance(nodes)
        rows = covariance.mean(axis=1)
        centred = np.maximum(np.diag(covariance) - 2 * rows + rows.mean(), 0)
        return np.asarray(centred + (np.pi / 2 - 1) * centred.mean() / len(nodes))


def fit_contrasts(
    unit: ArrayLike,
    node: ArrayLike,
    n: ArrayLike,
    sum_y: ArrayLike,
    sum_yy: ArrayLike,
    *,
    nodes: int | None = None,
) -> Contrasts:
    """Weighted least squares of y = unit + node + pair + e, with units eliminated.

    One entry per cell (or per review, with n = 1): codes from 0 of unit and node, n, Σy, Σy². Entries of
    one unit and node add up. `nodes` is their number, if more than occur. Eliminating units leaves the
    Laplacian S = diag(Σw) − B′diag(1/wᵤ)B of the graph of nodes, w = n/(1 + n·σ²ₚ/σ²); effects are S⁺q,
    their covariance σ²S⁺. σ² comes from inside cells, σ²ₚ from what is left between them (Henderson's
    method III, by its exact expectation); with fewer than 30 degrees of freedom inside cells both from
    the pooled residual, σ²ₚ = 0. Cost: cells, plus nodes³ for each component.
    """
    units, codes, count, total, squares = _cells(unit, node, n, sum_y, sum_yy)
    size = max(nodes or 0, int(codes.max()) + 1 if len(codes) else 0)
    reviews = np.bincount(codes, weights=count, minlength=size).astype(float)
    rounding = 1e-12 * float(squares.sum() / max(count.sum(), 1))
    if len(codes):
        # Against rounding: large sums of squares around a far away mean.
        middle = float(total.sum() / count.sum())
        squares = squares - 2 * middle * total + middle**2 * count
        total = total - middle * count
    components = _components(units, codes, size)
    means = total / count
    within = float(np.maximum(squares - total * means, 0).sum())
    pure = round(float(count.sum())) - len(codes)
    system = _System(units, codes, size, components)
    effects, inverses, left = system.solve(count, means)
    between = system.freedom
    pair = 0.0
    if pure >= _PURE_FROM and between > 0:
        variance: float | None = within / pure
        expected = system.pair_trace(count, inverses)
        if expected > 0 and variance is not None:
            pair = max((left - between * variance) / expected, 0.0)
        if pair > 0 and variance:
            weights = count / (1 + count * pair / variance)
            effects, inverses, _left = system.solve(weights, means)
        elif pure + between:
            variance = (within + left) / (pure + between)
    else:
        variance = (within + left) / (pure + between) if pure + between > 0 else None
    if variance is not None and variance <= rounding:
        variance = 0.0
    return Contrasts(
        effects,
        components,
        reviews,
        variance,
        pair,
        pure + between,
        system.places,
        tuple(inverses),
    )


class _System:
    """Cells with their components; solved for several weightings."""

    def __init__(self, units: IntArray, codes: IntArray, size: int, components: IntArray) -> None:
        self.units, self.codes, self.size = units, codes, size
        self.count = int(components.max()) + 1 if size else 0
        order = np.argsort(components, kind="stable")
        self.members = np.split(order, np.cumsum(np.bincount(components, minlength=1))[:-1])
        self.places = np.empty(size, dtype=np.intp)
        for nodes in self.members:
            self.places[nodes] = np.arange(len(nodes))
        self.unit_count = int(units.max()) + 1 if len(units) else 0
        cells = np.argsort(components[codes], kind="stable")
        sizes = np.bincount(components[codes], minlength=max(self.count, 1))
        self.cells = np.split(cells, np.cumsum(sizes)[:-1])
        seen = len(np.unique(units)) + len(np.unique(codes)) - int((sizes > 0).sum())
        self.freedom = len(codes) - seen

    def solve(
        self, weights: FloatArray, means: FloatArray
    ) -> tuple[FloatArray, list[FloatArray], float]:
        """Effects, pseudo-inverses by component and the weighted residual sum of squares."""
        from scipy.sparse import csr_array

        effects, inverses = np.zeros(self.size), []
        unit_weight = np.bincount(self.units, weights=weights, minlength=self.unit_count)
        unit_total = np.bincount(self.units, weights=weights * means, minlength=self.unit_count)
        unit_mean = np.divide(
            unit_total, unit_weight, out=np.zeros(self.unit_count), where=unit_weight > 0
        )
        score = weights * (means - unit_mean[self.units])
        for nodes, cells in zip(self.members, self.cells, strict=True):
            size = len(nodes)
            if size < 2:
                inverses.append(np.zeros((size, size)))
                continue
            place, w = self.places[self.codes[cells]], weights[cells]
            unit_codes, unit = np.unique(self.units[cells], return_inverse=True)
            shares = csr_array(
                (w / np.sqrt(unit_weight[unit_codes][unit]), (unit, place)),
                shape=(len(unit_codes), size),
            )
            laplacian = np.diag(np.bincount(place, weights=w, minlength=size))
            laplacian = laplacian - (shares.T @ shares).toarray()
            # Adding the one direction that is not in it makes a Laplacian invertible.
            scale = float(np.trace(laplacian)) / size or 1.0
            ones = np.full((size, size), 1.0 / size)
            inverse = np.linalg.inv(laplacian + scale * ones) - ones / scale
            inverses.append(inverse)
            effects[nodes] = inverse @ np.bincount(place, weights=score[cells], minlength=size)
        effect = effects[self.codes]
        unit_effect = np.bincount(self.units, weights=weights * effect, minlength=self.unit_count)
        unit_effect = np.divide(
            unit_effect, unit_weight, out=np.zeros(self.unit_count), where=unit_weight > 0
        )
        residuals = means - unit_mean[self.units] - effect + unit_effect[self.units]
        return effects, inverses, float(weights @ residuals**2)

    def pair_trace(self, weights: FloatArray, inverses: list[FloatArray]) -> float:
        """What each σ²ₚ adds to the residual sum of squares: Σw(1 − h), h the leverages of cells."""
        leverage = np.zeros(len(weights))
        unit_weight = np.bincount(self.units, weights=weights, minlength=self.unit_count)
        from scipy.sparse import csr_array

        for nodes, cells, inverse in zip(self.members, self.cells, inverses, strict=True):
            if not len(cells):
                continue
            place, w = self.places[self.codes[cells]], weights[cells]
            unit_codes, unit = np.unique(self.units[cells], return_inverse=True)
            share = w / unit_weight[unit_codes][unit]
            shares = csr_array((share, (unit, place)), shape=(len(unit_codes), len(nodes)))
            cross = np.empty(len(cells))
            order = np.argsort(unit, kind="stable")
            bounds = np.searchsorted(unit[order], np.arange(0, len(unit_codes) + 2000, 2000))
            for i, (start, stop) in enumerate(pairwise(bounds)):
                some = order[start:stop]
                rows = np.asarray(shares[i * 2000 : (i + 1) * 2000] @ inverse)
                cross[some] = rows[unit[some] - i * 2000, place[some]]
            own = np.bincount(unit, weights=share * cross, minlength=len(unit_codes))
            spread = inverse[place, place] - 2 * cross + own[unit]
            leverage[cells] = w * (1 / unit_weight[unit_codes][unit] + spread)
        return float(weights @ np.clip(1 - leverage, 0, 1))


def _cells(
    unit: ArrayLike, node: ArrayLike, n: ArrayLike, sum_y: ArrayLike, sum_yy: ArrayLike
) -> tuple[IntArray, IntArray, FloatArray, FloatArray, FloatArray]:
    """One row for each unit and node that occur; units renumbered."""
    units, codes = np.asarray(unit, dtype=np.intp), np.asarray(node, dtype=np.intp)
    sums = [np.asarray(each, dtype=np.float64) for each in (n, sum_y, sum_yy)]
    if any(each.shape != units.shape or each.ndim != 1 for each in (codes, *sums)):
        raise ValueError("Cells are lists of one length.")
    if len(codes) and codes.min() < 0:
        raise ValueError("Codes count from 0.")
    if not all(np.isfinite(each).all() for each in sums):
        raise ValueError("Sums are finite numbers.")
    used = sums[0] > 0
    _names, units = np.unique(units[used], return_inverse=True)
    codes = codes[used]
    width = int(codes.max()) + 1 if len(codes) else 1
    keys, cell = np.unique(units * width + codes, return_inverse=True)
    count, total, squares = (
        np.bincount(cell, weights=each[used], minlength=len(keys)).astype(float) for each in sums
    )
    return keys // width, keys % width, count, total, squares


def _components(units: IntArray, codes: IntArray, size: int) -> IntArray:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    total = size + (int(units.max()) + 1 if len(units) else 0)
    graph = coo_array((np.ones(len(codes)), (codes, size + units)), shape=(total, total))
    _count, labels = connected_components(graph, directed=False)
    # The nodes' components alone, numbered from 0 (every unit has a node).
    return np.unique(labels[:size], return_inverse=True)[1].astype(np.intp)
