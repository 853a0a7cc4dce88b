"""Restricted maximum likelihood for reviewers who each grade some of the agents, from cell sums.

    y = agent_a + reviewer_r + pair_ar + e        e ~ N(0, σ²_E)

Given κ = σ²_P/σ²_E a cell's mean has the weight m = n/(1 + nκ). Eliminating the agents, fixed or random
(ω = σ²_A/σ²_E), leaves the weighted Laplacian S of the graph of reviewers; one eigh, S = UΛU', makes
exact REML one-dimensional in γ = σ²_R/σ²_E:

    −2ℓ(γ) = d·log Q(γ) + Σ log(1 + γλ) + …,   Q = SS − Σ z²γ/(1 + γλ),   z = U'q

Cost of each step O(cells) + O(reviewers³). Sources: Searle, Casella & McCulloch, *Variance Components*
(1992); Bates et al., *J. Stat. Softw.* 67 (2015); Henderson, *Biometrics* 9 (1953). Known answers of R
lme4 are in the tests. `measurement.severity` makes fair scores of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from measurement.planner import Components
from measurement.sampling import WeightedSums

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_ROUNDING: Final = 1e-12


@dataclass(frozen=True)
class Cells:
    """Sums per agent × reviewer, one entry each. `agents` and `reviewers` are the keys given; `agent` and
    `reviewer` their positions. Positions from len(agents) on are calibration interactions."""

    agents: IntArray
    reviewers: IntArray
    size: int
    agent: IntArray
    reviewer: IntArray
    n: FloatArray
    y: FloatArray
    yy: FloatArray
    weights: WeightedSums | None = None

    @cached_property
    def moments(self) -> tuple[float, FloatArray, float, float]:
        """The mean of everything, the cells' distance from it, and the sums of squares inside of cells
        and around the mean."""
        centre = float(self.y.sum() / self.n.sum())
        within = float(np.maximum(self.yy - self.y**2 / self.n, 0).sum())
        around = max(float(self.yy.sum() - self.n.sum() * centre**2), 0.0)
        return centre, self.y / self.n - centre, within, around

    def place(self, agent: int) -> int | None:
        """The position of a person's key; None when there is no review of them."""
        return place_of(self.agents, agent)


@dataclass(frozen=True, slots=True)
class VarianceComponents:
    """Everything random: REML estimates, the mean they are about, and −2ℓ as R lme4 prints it."""

    components: Components
    mean: float
    reml_criterion: float
    n: int


def gather(
    agent: ArrayLike,
    reviewer: ArrayLike,
    n: ArrayLike,
    sum_y: ArrayLike,
    sum_yy: ArrayLike,
    *,
    weights: WeightedSums | None = None,
    is_calibration: ArrayLike | None = None,
) -> Cells:
    """Rows of sums (any number per agent and reviewer: months, channels, versions) to cells.

    Keys are integers, such as primary keys. Where `is_calibration`, the key in `agent` is that of an
    interaction that several reviewers graded (keys of their own, which may equal those of people).
    Rows with n = 0 are passed over. Raises `ValueError` for lengths that differ, n below 0 and sums that
    are not finite.
    """
    columns = [np.asarray(each, np.float64) for each in (n, sum_y, sum_yy)]
    if weights is not None:
        columns += [np.asarray(each, np.float64) for each in weights[1:]]
    who, by = np.asarray(agent, np.int64), np.asarray(reviewer, np.int64)
    together = (
        np.zeros(len(who), bool) if is_calibration is None else np.asarray(is_calibration, bool)
    )
    if any(len(each) != len(who) for each in (by, together, *columns)):
        raise ValueError("Every column has one entry per row.")
    if len(who) and columns[0].min() < 0:
        raise ValueError("A number of reviews is not negative.")
    if not all(np.isfinite(each).all() for each in columns):
        raise ValueError("Sums are finite numbers.")
    kept = columns[0] > 0
    if not kept.all():
        who, by, together = who[kept], by[kept], together[kept]
        columns = [each[kept] for each in columns]
    reviewers, by = np.unique(by, return_inverse=True)
    agents, people = np.unique(who[~together], return_inverse=True)
    shared, sessions = np.unique(who[together], return_inverse=True)
    place = np.empty(len(who), np.int64)
    place[~together], place[together] = people, sessions + len(agents)
    size = len(agents) + len(shared)
    code, found = np.unique(place * max(len(reviewers), 1) + by, return_inverse=True)
    sums = [sums_by(found, each, len(code)) for each in columns]
    return Cells(
        agents,
        reviewers,
        size,
        code // max(len(reviewers), 1),
        code % max(len(reviewers), 1),
        sums[0],
        sums[1],
        sums[2],
        WeightedSums(sums[0], *sums[3:]) if weights is not None else None,
    )


def variance_components(cells: Cells, *, pairs: bool = True) -> VarianceComponents | None:
    """Agents, reviewers and pairs random, one mean: exact REML, for data that are complete or evenly
    spread, and to compare with other programs. The planner takes `SeverityModel.components`, which do
    not presume that teams are alike.

    None without two agents and something that varies inside of one. Without two reviewers their variance
    is 0, and this is the one-way model; without repeated cells so is that of pairs.
    """
    from scipy.optimize import minimize, minimize_scalar

    if cells.size < 2 or cells.n.sum() - cells.size < 1:
        return None
    kappa_is_told = pairs and tells_pairs(cells)

    def at(point: ArrayLike) -> Reduced:
        values = np.atleast_1d(np.asarray(point, float)) ** 2
        return reduce(cells, float(values[1]) if kappa_is_told else 0.0, float(values[0]))

    def criterion(point: ArrayLike) -> float:
        return best_gamma(at(point))[1]

    if reduce(cells, 0.0).is_flat:
        return None
    starts = [0.0, 0.1, 0.3, 0.6, 1.0, 2.0, 4.0, 8.0]
    if not kappa_is_told:
        best = least_of(criterion, starts, minimize_scalar)
        point = np.array([best])
    else:
        tries = [(a, k) for a in (0.3, 1.0, 3.0) for k in (0.0, 0.3, 1.0)]
        start = min(tries, key=criterion)
        found = minimize(
            lambda x: criterion(np.abs(x)),
            np.array(start) + 0.05,
            method="Nelder-Mead",
            options={"xatol": 1e-7, "fatol": 1e-9, "maxiter": 600},
        )
        point = min((np.abs(found.x), found.x * [0, 1], found.x * [1, 0]), key=criterion)
        point = np.abs(point)
    reduced = at(point)
    gamma, least = best_gamma(reduced)
    review = reduced.q_of(np.array([gamma]))[0] / reduced.freedom
    return VarianceComponents(
        Components(
            float(point[0] ** 2 * review),
            float(gamma * review),
            float(point[1] ** 2 * review) if kappa_is_told else 0.0,
            float(review),
        ),
        reduced.mean_of(gamma),
        least + reduced.constant,
        int(cells.n.sum()),
    )


@dataclass(frozen=True, slots=True)
class Reduced:
    """S = UΛU' with the agents (and, if they are random, the mean) eliminated; z = U'q.

    `const` are the terms of −2ℓ without γ and Q, `freedom` is d. `mean_parts` belong to the mean of the
    model with random agents.
    """

    eigenvalue: FloatArray
    vector: FloatArray
    z: FloatArray
    squares: float
    const: float
    freedom: int
    is_flat: bool
    mean_parts: tuple[float, FloatArray, float] | None = None

    def q_of(self, gamma: FloatArray) -> FloatArray:
        """Q(γ), for an array of γ. Additive data leave nothing: a floor keeps the logarithm."""
        taken = (self.z**2)[:, None] * gamma / (1 + gamma * self.eigenvalue[:, None])
        return np.maximum(self.squares - taken.sum(axis=0), _ROUNDING * self.squares)

    def criterion(self, gamma: FloatArray) -> FloatArray:
        """−2ℓ without `constant`, for an array of γ."""
        logs = np.log1p(gamma * self.eigenvalue[:, None]).sum(axis=0)
        return np.asarray(self.freedom * np.log(self.q_of(gamma)) + self.const + logs)

    @property
    def constant(self) -> float:
        return float(self.freedom * (1 + np.log(2 * np.pi / self.freedom)))

    def mean_of(self, gamma: float) -> float:
        assert self.mean_parts is not None  # noqa: S101
        mean, tie, centre = self.mean_parts
        effect = self.vector @ (self.z * gamma / (1 + gamma * self.eigenvalue))
        return float(centre + mean - tie @ effect)


def effective(n: FloatArray, kappa: float) -> FloatArray:
    return n / (1 + kappa * n)


def reduce(cells: Cells, kappa: float, omega: float | None = None) -> Reduced:
    """`omega` is σ²_A/σ²_E of random agents; None for fixed ones."""
    size, count = cells.size, len(cells.reviewers)
    agent, reviewer = cells.agent, cells.reviewer
    m = effective(cells.n, kappa)
    total = sums_by(agent, m, size)
    centre, mean, within, spread = cells.moments
    const = float(np.log1p(kappa * cells.n).sum()) if kappa else 0.0
    if omega is None:
        inverse = 1 / total
        own = sums_by(agent, m * mean, size) * inverse
        deviation = mean - own[agent]
        q = sums_by(reviewer, m * deviation, count)
        squares = within + float((m * deviation**2).sum())
        const += float(np.log(total).sum())
        freedom = int(cells.n.sum()) - size
        laplacian = _laplacian(cells, m, inverse)
        parts = None
    else:
        inverse = omega / (1 + omega * total)
        sums = sums_by(agent, m * mean, size)
        q = sums_by(reviewer, m * (mean - (inverse * sums)[agent]), count)
        squares = within + float((m * mean**2).sum() - (inverse * sums**2).sum())
        tie = sums_by(reviewer, m * (1 - (inverse * total)[agent]), count)
        precision = float((total / (1 + omega * total)).sum())
        level = float((sums / (1 + omega * total)).sum())
        laplacian = _laplacian(cells, m, inverse) - np.outer(tie, tie) / precision
        q = q - tie * (level / precision)
        squares -= level**2 / precision
        const += float(np.log1p(omega * total).sum() + np.log(precision))
        freedom = int(cells.n.sum()) - 1
        parts = (level / precision, tie / precision, centre)
    value, vector = np.linalg.eigh(laplacian)
    # One zero per island; rounding must neither make it negative nor a severity.
    value = np.where(value > 1e-10 * max(float(value.max(initial=0)), 1e-300), value, 0.0)
    z = np.where(value > 0, vector.T @ q, 0.0)
    is_flat = squares <= 1e-10 * max(spread, 1e-6)
    return Reduced(value, vector, z, float(squares), const, freedom, is_flat, parts)


def _laplacian(cells: Cells, m: FloatArray, inverse: FloatArray) -> FloatArray:
    """diag(Σ m) − Σ_a inverse_a m_a m_a'. Blocks of agents, so that memory follows reviewers only."""
    count = len(cells.reviewers)
    diagonal = np.bincount(cells.reviewer, weights=m, minlength=count)
    root = m * np.sqrt(inverse)[cells.agent]
    per_agent = np.bincount(cells.agent, minlength=cells.size)
    if 20.0 * float((per_agent.astype(float) ** 2).sum()) < float(cells.size) * count**2:
        shares = agent_by_reviewer(cells, root)
        product = (shares.T @ shares).toarray()
    else:
        product = np.zeros((count, count))
        # Cells are in order of agents.
        ends = np.concatenate([[0], np.cumsum(per_agent)])
        step = max(1, 1_000_000 // max(count, 1))
        for start in range(0, cells.size, step):
            stop = min(start + step, cells.size)
            part = slice(int(ends[start]), int(ends[stop]))
            block = np.zeros((stop - start, count))
            block[cells.agent[part] - start, cells.reviewer[part]] = root[part]
            product += block.T @ block
    return np.asarray(np.diag(diagonal) - product)


def best_gamma(reduced: Reduced) -> tuple[float, float]:
    """γ with the least −2ℓ, and that without the constant: a grid, then Brent's search in log γ."""
    from scipy.optimize import minimize_scalar

    positive = reduced.eigenvalue[reduced.eigenvalue > 0]
    if not len(positive):
        return 0.0, float(reduced.criterion(np.zeros(1))[0])
    grid = gamma_grid(positive)
    values = reduced.criterion(grid)
    best = int(np.argmin(values))
    if best == 0:
        return 0.0, float(values[0])
    logs = np.log(grid[max(best - 1, 1)]), np.log(grid[min(best + 1, len(grid) - 1)])
    found = minimize_scalar(
        lambda log: float(reduced.criterion(np.exp(np.array([log])))[0]),
        bounds=logs,
        method="bounded",
        options={"xatol": 1e-9},
    )
    if found.fun < values[best]:
        return float(np.exp(found.x)), float(found.fun)
    return float(grid[best]), float(values[best])


def gamma_grid(positive: FloatArray) -> FloatArray:
    """0, then evenly in log γ, from where γ does nothing to where it can do no more."""
    low, high = 1e-4 / positive.max(), max(1e5 / positive.min(), 1e4)
    return np.concatenate([[0.0], np.geomspace(low, min(high, low * 1e16), 160)])


def least_of(criterion: Callable[[Any], float], starts: list[float], minimize_scalar: Any) -> float:
    """The least of a function of one number from 0 on: the best of `starts`, widened until the least is
    inside, then Brent's search between its neighbours."""
    values = {start: criterion(start) for start in starts}
    while min(values, key=values.__getitem__) == max(values) and max(values) < 1e4:
        following = 2 * max(values)
        values[following] = criterion(following)
    points = sorted(values)
    best = min(points, key=values.__getitem__)
    place = points.index(best)
    bounds = points[max(place - 1, 0)], points[min(place + 1, len(points) - 1)]
    found = minimize_scalar(criterion, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return float(found.x) if found.fun < values[best] else best


def tells_pairs(cells: Cells) -> bool:
    """Somebody graded someone twice, and there are more pairs than agents and reviewers explain."""
    return bool((cells.n > 1).any()) and len(cells.n) > cells.size


def pair_by_moments(cells: Cells) -> float:
    """κ by Henderson's method III: the sum of squares of pairs after agents and reviewers."""
    reduced = reduce(cells, 0.0)
    n, agent, reviewer = cells.n, cells.agent, cells.reviewer
    count, positive = len(cells.reviewers), reduced.eigenvalue > 0
    within = np.maximum(cells.yy - cells.y**2 / n, 0).sum()
    repeated = n.sum() - len(n)
    left = len(n) - cells.size - int(positive.sum())
    if repeated < 1 or left < 1:
        return 0.0
    value, vector = reduced.eigenvalue[positive], reduced.vector[:, positive]
    squares = reduced.squares - (reduced.z[positive] ** 2 / value).sum() - within
    total = np.bincount(agent, weights=n, minlength=cells.size)
    share = n / total[agent]
    # Σ_c n² t t', t = the cell's reviewer minus how the agent's reviews are shared out.
    mixed = agent_by_reviewer(cells, n**2).T @ agent_by_reviewer(cells, share)
    scale = np.bincount(agent, weights=n**2, minlength=cells.size)
    spread = agent_by_reviewer(cells, share * np.sqrt(scale)[agent])
    gram = (spread.T @ spread - mixed - mixed.T).toarray()
    gram[np.arange(count), np.arange(count)] += np.bincount(reviewer, weights=n**2, minlength=count)
    explained = float((((vector.T @ gram) * vector.T).sum(axis=1) / value).sum())
    coefficient = float(n.sum() - (n**2 / total[agent]).sum() - explained)
    review = within / repeated
    if coefficient <= 0 or review <= 0:
        return 0.0
    return max(float((squares - left * review) / coefficient / review), 0.0)


def sums_by(places: IntArray, values: FloatArray, size: int) -> FloatArray:
    return np.asarray(np.bincount(places, weights=values, minlength=size), np.float64)


def agent_by_reviewer(cells: Cells, values: FloatArray) -> Any:
    """agent × reviewer, sparse."""
    from scipy.sparse import csr_array

    shape = (cells.size, len(cells.reviewers))
    return csr_array((values, (cells.agent, cells.reviewer)), shape=shape)


def place_of(keys: IntArray, key: int) -> int | None:
    place = int(np.searchsorted(keys, key))
    return place if place < len(keys) and keys[place] == key else None
