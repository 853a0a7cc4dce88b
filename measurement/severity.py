"""Severity of reviewers, and scores that are fair to who was graded by whom.

    y = agent_a + severity_r + pair_ar + e        e ~ N(0, σ²_E)

Agents are fixed, reviewers N(0, σ²_R), pairs N(0, σ²_P): a reviewer's own view of an agent. A positive
severity gives more than the average reviewer does. Fair score: the agent's mean minus the severities of
whoever graded, which is what the average of the reviewers (each counted once) would have given.
Calibration interactions are agents of their own: they tie reviewers together and count for nobody.

Agents are fixed because teams differ: the model with random agents presumes they are alike, and its
intervals fail down to .85 where they are not. One criterion (or the total) is one model.

Everything is worked out from sums per agent × reviewer; `measurement.reml` has the likelihood. Severities
are Uzγ/(1 + γλ). κ = σ²_P/σ²_E is found by an outer scalar search, above 500 reviewers by Henderson's
method III. Estimates and s.e. are integrated over γ = σ²_R/σ²_E on a grid of 61 points, with a flat prior
on σ_R/σ_E: with the best γ put in instead, intervals of two reviewers' severities cover .52 to .84,
so .94 to .96.

Scores are in percent (0-100), severities and s.e. in percent points, variances in their squares. Where
something is not defined arrays have NaN; `SeverityModel.score` and `.severity_of` say why instead.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from measurement.figures import Figure, State
from measurement.intervals import FloatArray, hajek_interval, kish_effective_n, mean_interval
from measurement.islands import Islands, Link, find_islands, suggest_links
from measurement.planner import Components, times_needed
from measurement.reml import (
    Cells,
    Reduced,
    agent_by_reviewer,
    best_gamma,
    effective,
    gamma_grid,
    gather,
    least_of,
    pair_by_moments,
    place_of,
    reduce,
    sums_by,
    tells_pairs,
)
from measurement.shrinkage import paule_mandel

__all__ = [
    "ADJUSTED_FROM",
    "Cells",
    "Contrast",
    "KNOWN_FROM",
    "ReviewerShare",
    "SHOWN_FROM",
    "Score",
    "Scores",
    "Severities",
    "SeverityModel",
    "fit",
    "gather",
]

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# A fair score is shown from so many reviews of the person.
SHOWN_FROM: Final = 5
# Islands with fewer reviews, or with one reviewer, are not adjusted: there is nothing to gain.
ADJUSTED_FROM: Final = 30
# A severity is known when its uncertainty is down to half of what reviewers differ by.
KNOWN_FROM: Final = 0.5
GRID_POINTS: Final = 61
# Above, the search for the pair variance costs seconds and moments answer.
SEARCH_UP_TO: Final = 500
# χ²(.95; 1): how far the profile of −2ℓ may rise inside of an interval.
_RISE: Final = 3.841458820694124
# How many reviews an average spread counts for in the spread of one person's weighted scores.
_PRIOR_REVIEWS: Final = 8.0


@dataclass(frozen=True, slots=True)
class Scores:
    """Per person, in the order of `Cells.agents`.

    `raw` is the plain (or Hájek) mean, `fair` without the reviewers' severities; both are the same where
    `is_adjusted` is false. Limits and s.e. are NaN where there are none. `reviewers` graded the person.
    """

    n: IntArray
    reviewers: IntArray
    raw: FloatArray
    fair: FloatArray
    standard_error: FloatArray
    low: FloatArray
    high: FloatArray
    is_adjusted: BoolArray
    island: IntArray

    @property
    def is_shown(self) -> BoolArray:
        return (self.n >= SHOWN_FROM) & ~np.isnan(self.low)


@dataclass(frozen=True, slots=True)
class Score:
    """One person's. `figure` is the fair score with its interval, or why there is none; `raw` and
    `standard_error` are None with it."""

    figure: Figure
    raw: float | None
    standard_error: float | None
    is_adjusted: bool
    reviewers: int


@dataclass(frozen=True, slots=True)
class Severities:
    """Per reviewer, in the order of `Cells.reviewers`: deviation from the average reviewer of the island.

    `reliability` is 1 − se²/σ²_R, 0-1, with the best σ²_R and, since it is about deviations, σ²_R(1−1/R).
    Where σ²_R is 0 none is known: nothing says that anybody deviates. NaN in islands not adjusted.
    """

    n: IntArray
    value: FloatArray
    standard_error: FloatArray
    low: FloatArray
    high: FloatArray
    reliability: FloatArray
    island: IntArray

    @property
    def is_known(self) -> BoolArray:
        return np.nan_to_num(self.reliability) >= KNOWN_FROM


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two people: first minus second, from fair scores. `low` and `high` None: no interval."""

    difference: float
    standard_error: float | None
    low: float | None
    high: float | None
    is_adjusted: bool


@dataclass(frozen=True, slots=True)
class ReviewerShare:
    """How much of the differences between single scores comes from who reviewed, in percent, with the
    profile-likelihood interval. A `value` of 0 with a `high` above it is never "reviewers do not
    differ": say up to how much it may be."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class SeverityModel:
    """What came out of `fit`.

    `components` is None where no island can be adjusted or nothing varies (`state` says which); then
    scores are raw means with t intervals. `scores` take each review for one; `weighted` take each for
    as many as it stands for (w = 1/π), and are what may be shown when selection had a purpose; None
    without weights. `pair_is_told`: someone graded a person twice, so that pairs and reviews differ.
    `reml_criterion` is at the best γ. `covariance` is that of the severities (reviewer × reviewer).
    """

    cells: Cells
    islands: Islands
    state: State
    components: Components | None
    share: ReviewerShare | None
    scores: Scores
    weighted: Scores | None
    severities: Severities
    covariance: FloatArray
    pair_is_told: bool
    reml_criterion: float | None
    freedom: int
    confidence: float

    @property
    def shown(self) -> Scores:
        """The weighted scores where there are any."""
        return self.weighted or self.scores

    @property
    def n(self) -> int:
        return int(self.cells.n.sum())

    def score(self, agent: int) -> Score:
        """By the person's key. A person without reviews has too few."""
        place, scores = self.cells.place(agent), self.shown
        if place is None:
            return Score(Figure(State.TOO_FEW, 0, SHOWN_FROM), None, None, False, 0)
        n, adjusted = int(scores.n[place]), bool(scores.is_adjusted[place])
        reviewers = int(scores.reviewers[place])
        if n < SHOWN_FROM:
            return Score(Figure(State.TOO_FEW, n, SHOWN_FROM), None, None, adjusted, reviewers)
        low, high = float(scores.low[place]), float(scores.high[place])
        has_interval = low < high
        return Score(
            Figure(
                State.SHOWN,
                n,
                SHOWN_FROM,
                float(scores.fair[place]),
                low if has_interval else None,
                high if has_interval else None,
            ),
            float(scores.raw[place]),
            float(scores.standard_error[place]) if has_interval else None,
            adjusted,
            reviewers,
        )

    def severity_of(self, reviewer: int) -> Figure:
        """By the reviewer's key: their deviation from the average reviewer, or that it is not yet known
        (`State.TOO_FEW`); `needed` is then a guess, by Spearman and Brown from what is known so far."""
        place = place_of(self.cells.reviewers, reviewer)
        if place is None:
            return Figure(State.TOO_FEW, 0, ADJUSTED_FROM)
        found = self.severities
        n = int(found.n[place])
        reliability = float(found.reliability[place])
        if not found.is_known[place]:
            # Below, the guess would be anything.
            times = times_needed(reliability, KNOWN_FROM) if reliability > 0.05 else 0.0
            return Figure(State.TOO_FEW, n, max(ceil(times * n), ADJUSTED_FROM, n + 1))
        return Figure(
            State.SHOWN,
            n,
            ADJUSTED_FROM,
            float(found.value[place]),
            float(found.low[place]),
            float(found.high[place]),
        )

    def contrast(self, agent: int, other: int) -> Contrast | None:
        """The difference of two people's fair scores with the s.e. of that difference, which is not that
        of independent scores: they share reviewers. None across islands and for whom nobody graded; who
        has enough reviews to be shown at all is for `score` to say."""
        first, second = self.cells.place(agent), self.cells.place(other)
        if first is None or second is None:
            return None
        if not self.islands.are_comparable(first, second):
            return None
        scores = self.shown
        difference = float(scores.fair[first] - scores.fair[second])
        adjusted = bool(scores.is_adjusted[first] and scores.is_adjusted[second])
        if first == second:
            return Contrast(0.0, 0.0, 0.0, 0.0, adjusted)
        variance = self.agent_covariance(np.array([first, second]))
        error = float(np.sqrt(variance[0, 0] + variance[1, 1] - 2 * variance[0, 1]))
        if not np.isfinite(error) or error == 0:
            return Contrast(difference, None, None, None, adjusted)
        half = float(stdtrit(max(self.freedom, 1), 0.5 + self.confidence / 2)) * error
        if not adjusted:
            # Welch and Satterthwaite would say a little more; the smaller sample's is safe.
            smaller = max(float(min(scores.n[first], scores.n[second])) - 1, 1)
            half = float(stdtrit(smaller, 0.5 + self.confidence / 2)) * error
        return Contrast(difference, error, difference - half, difference + half, adjusted)

    def people_of(self, island: int) -> IntArray:
        """The keys of the people of an island, without calibration interactions."""
        return self.cells.agents[self.islands.of_agent[: len(self.cells.agents)] == island]

    def links(self) -> tuple[Link, ...]:
        """What would make everybody comparable, with reviewers by their keys; empty when all are."""
        keys, cells = self.cells.reviewers, self.cells
        return tuple(
            replace(
                link,
                reviewer=int(keys[link.reviewer]),
                other_reviewer=int(keys[link.other_reviewer]),
            )
            for link in suggest_links(self.islands, cells.reviewer, cells.n)
        )

    def agent_covariance(self, places: IntArray) -> FloatArray:
        """Of the fair scores of people at these positions: s.e.² on the diagonal; shared reviewers beside
        it. Zero beside it for those who are not adjusted; across islands it means nothing."""
        scores, shared = self.shown, self._shared(places)
        own = scores.standard_error[places] ** 2 - np.diag(shared)
        return shared + np.diag(own)

    def low_rank(self, places: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """`own`, `shares`, `covariance` with Cov = diag(own) + shares · covariance · shares'; for draws
        of many people, where the full matrix would be too large."""
        shares = self._shares[places].toarray()
        shared = np.einsum("ij,jk,ik->i", shares, self.covariance, shares, optimize=True)
        own = np.maximum(self.shown.standard_error[places] ** 2 - shared, 0)
        return own, shares, self.covariance

    def _shared(self, places: IntArray) -> FloatArray:
        shares = self._shares[places].toarray()
        return np.asarray(shares @ self.covariance @ shares.T)

    @cached_property
    def _shares(self) -> Any:
        """person × reviewer: how much of the person's mean each reviewer gave; 0 if not adjusted."""
        cells, scores = self.cells, self.shown
        own = cells.weights.w if cells.weights is not None and self.weighted else None
        parts = np.asarray(own, float) if own is not None else effective(cells.n, self._kappa)
        adjusted = np.zeros(cells.size, bool)
        adjusted[: len(cells.agents)] = scores.is_adjusted
        return _share_matrix(cells, np.where(adjusted[cells.agent], parts, 0.0))

    @property
    def _kappa(self) -> float:
        found = self.components
        return found.pair / found.review if found and found.review > 0 else 0.0


def fit(
    cells: Cells, *, pairs: bool = True, integrate: bool = True, confidence: float = 0.95
) -> SeverityModel:
    """The model of one criterion (or of the total).

    `pairs=False` leaves σ²_P out, `integrate=False` puts the best γ in; both are for comparison with
    other programs. Never raises for thin data: see `SeverityModel`.
    """
    islands = find_islands(
        cells.agent, cells.reviewer, cells.n, agents=cells.size, reviewers=len(cells.reviewers)
    )
    is_adjusted = (islands.reviewers > 1) & (islands.reviews >= ADJUSTED_FROM)
    solved = None
    state = State.TOO_FEW
    if is_adjusted.any():
        solved = _solve(cells, islands, pairs=pairs, integrate=integrate)
        state = State.SHOWN if solved else State.NO_VARIATION
    if solved is None:
        is_adjusted = np.zeros(islands.count, bool)
    count = len(cells.reviewers)
    covariance = solved.covariance if solved else np.zeros((count, count))
    scores = _scores(cells, islands, is_adjusted, solved, confidence)
    weighted = None
    if cells.weights is not None:
        weighted = _weighted(cells, islands, is_adjusted, solved, confidence)
    components = share = None
    if solved:
        components = _components(solved, scores)
        share = _reviewer_share(solved, components)
    return SeverityModel(
        cells=cells,
        islands=islands,
        state=state,
        components=components,
        share=share,
        scores=scores,
        weighted=weighted,
        severities=_severities(cells, islands, is_adjusted, solved, confidence),
        covariance=covariance,
        pair_is_told=bool(solved and solved.pair_is_told),
        reml_criterion=solved.reml_criterion if solved else None,
        freedom=solved.freedom if solved else 0,
        confidence=confidence,
    )


# --- The fit ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Solved:
    """`profile` is −2ℓ over `profile_gamma` with the pair variance free as far as it was searched."""

    kappa: float
    pair_is_told: bool
    gamma: float
    review: float
    severity: FloatArray
    covariance: FloatArray
    reliability: FloatArray
    profile_gamma: FloatArray
    profile: FloatArray
    reml_criterion: float
    freedom: int


def _solve(cells: Cells, islands: Islands, *, pairs: bool, integrate: bool) -> _Solved | None:
    """None where nothing varies inside of agents."""
    from scipy.optimize import minimize_scalar

    if cells.n.sum() - cells.size < 2 or reduce(cells, 0.0).is_flat:
        return None
    told = pairs and tells_pairs(cells)
    searched: list[Reduced] = []
    kappa = 0.0
    if told and len(cells.reviewers) <= SEARCH_UP_TO:

        def criterion(root: float) -> float:
            reduced = reduce(cells, float(root) ** 2)
            least = best_gamma(reduced)[1]
            searched.append(replace(reduced, vector=np.empty((0, 0))))
            return least

        kappa = least_of(criterion, [0.0, 0.15, 0.4, 1.0], minimize_scalar) ** 2
    elif told:
        kappa = pair_by_moments(cells)
    reduced = reduce(cells, kappa)
    gamma, least = best_gamma(reduced)
    searched.append(reduced)
    grid, weight = (np.array([gamma]), np.ones(1))
    if integrate:
        grid, weight = _posterior(reduced, gamma)
    review = reduced.q_of(grid) / reduced.freedom
    positive = reduced.eigenvalue > 0
    value, vector = reduced.eigenvalue[positive], reduced.vector[:, positive]
    shrunk = grid / (1 + grid * value[:, None])
    effects = reduced.z[positive][:, None] * shrunk
    effect = effects @ weight
    away = effects - effect[:, None]
    inner = np.diag((shrunk * review) @ weight) + (away * weight) @ away.T
    covariance = vector @ inner @ vector.T
    # A deviation from the mean of R reviewers varies by σ²_R(1 − 1/R).
    prior = 1 - 1 / np.maximum(islands.reviewers[islands.of_reviewer], 2)
    prior *= reduced.q_of(np.array([gamma]))[0] / reduced.freedom * gamma
    unsure = np.diag(covariance)
    reliability = 1 - np.divide(unsure, prior, out=np.ones_like(prior), where=prior > 0)
    axis = gamma_grid(value) if len(value) else np.zeros(1)
    profile = np.min([each.criterion(axis) for each in searched], axis=0)
    return _Solved(
        kappa=kappa,
        pair_is_told=told,
        gamma=gamma,
        review=float(review @ weight),
        severity=vector @ effect,
        covariance=covariance,
        reliability=np.clip(reliability, 0, 1),
        profile_gamma=axis,
        profile=profile,
        reml_criterion=least + reduced.constant,
        freedom=reduced.freedom,
    )


def _posterior(reduced: Reduced, gamma: float) -> tuple[FloatArray, FloatArray]:
    """61 points of γ and their weights, for a flat prior on σ_R/σ_E.

    With two reviewers that prior leaves a tail that never ends: the grid does, at 30 times the distance
    at which −2ℓ has risen by 1. Otherwise it ends where the likelihood is next to nothing.
    """
    positive = reduced.eigenvalue[reduced.eigenvalue > 0]
    if not len(positive):
        return np.zeros(1), np.ones(1)
    axis = np.unique(np.append(gamma_grid(positive), gamma))
    rise = reduced.criterion(axis)
    rise = rise - rise.min()
    root, best = np.sqrt(axis), float(np.sqrt(gamma))

    def reaches(height: float) -> float:
        right = root > best
        above = np.flatnonzero(right & (rise >= height))
        return float(root[above[0]]) if len(above) else float(root[-1])

    near = max(reaches(1.0) - best, 1e-12)
    high = min(reaches(25.0), best + 30 * near)
    left = np.flatnonzero((root < best) & (rise >= 25))
    low = float(root[left[-1]]) if len(left) else 0.0
    # Dense at the low end when the tail is long, even when it is not.
    bend = max(float(np.arcsinh((high - low) / near / 4)), 1e-3)
    step = np.linspace(0, 1, GRID_POINTS)
    points = low + (high - low) * np.sinh(bend * step) / np.sinh(bend)
    width = np.gradient(points)
    width[[0, -1]] = (points[1] - points[0]) / 2, (points[-1] - points[-2]) / 2
    value = reduced.criterion(points**2)
    weight = width * np.exp(-(value - value.min()) / 2)
    return points**2, weight / weight.sum()


def _components(solved: _Solved, scores: Scores) -> Components:
    """The agents' variance is that of their fair scores inside of islands, without their s.e."""
    fair = np.where(scores.is_adjusted, scores.fair, np.nan)
    between = paule_mandel(fair, scores.standard_error**2, scores.island)
    review = solved.review
    return Components(
        between.tau2 if between else 0.0,
        float(solved.gamma * review),
        float(solved.kappa * review),
        float(review),
    )


def _reviewer_share(solved: _Solved, components: Components) -> ReviewerShare:
    """The interval of γ, as a share of the variance of one score."""
    others = (components.agent + components.pair + components.review) / components.review
    inside = solved.profile - solved.profile.min() <= _RISE
    axis, rise = solved.profile_gamma, solved.profile - solved.profile.min()
    first, last = int(np.argmax(inside)), int(len(inside) - 1 - np.argmax(inside[::-1]))
    low, high = 0.0, np.inf
    if first > 0:
        low = _crossing(axis, rise, first - 1, first)
    if last < len(axis) - 1:
        high = _crossing(axis, rise, last, last + 1)

    def percent(gamma: float) -> float:
        return 100.0 if np.isinf(gamma) else float(100 * gamma / (gamma + others))

    return ReviewerShare(percent(solved.gamma), percent(low), percent(high))


def _crossing(axis: FloatArray, rise: FloatArray, left: int, right: int) -> float:
    """γ between two neighbours of the grid at which −2ℓ has risen by 3.84, by a straight line."""
    part = (_RISE - rise[left]) / (rise[right] - rise[left])
    return float(axis[left] + part * (axis[right] - axis[left]))


# --- What is read from it ------------------------------------------------------------------------------


def _severities(
    cells: Cells,
    islands: Islands,
    is_adjusted: BoolArray,
    solved: _Solved | None,
    confidence: float,
) -> Severities:
    count = len(cells.reviewers)
    n = np.bincount(cells.reviewer, weights=cells.n, minlength=count).astype(np.int64)
    island = islands.of_reviewer
    if solved is None:
        none = np.full(count, np.nan)
        return Severities(n, none, none, none, none, none, island)
    known = is_adjusted[island]
    value = np.where(known, solved.severity, np.nan)
    error = np.where(known, np.sqrt(np.maximum(np.diag(solved.covariance), 0)), np.nan)
    half = stdtrit(solved.freedom, 0.5 + confidence / 2) * error
    reliability = np.where(known, solved.reliability, np.nan)
    return Severities(n, value, error, value - half, value + half, reliability, island)


def _scores(
    cells: Cells,
    islands: Islands,
    is_adjusted: BoolArray,
    solved: _Solved | None,
    confidence: float,
) -> Scores:
    """Var = σ²_E/M + p'Kp: M = Σm (reviews and pairs), p the shares of the reviewers in the agent's
    mean, K the covariance of the severities."""
    people = len(cells.agents)
    n, y, yy = (_per_person(cells, each) for each in (cells.n, cells.y, cells.yy))
    raw = mean_interval(n, y, yy, confidence=confidence)
    adjusted, island = _is_adjusted(islands, is_adjusted, people)
    fair, error, low, high = raw.mean, raw.standard_error, raw.low, raw.high
    if solved is not None:
        m = effective(cells.n, solved.kappa)
        total = _per_person(cells, m)
        shares = _share_matrix(cells, m)
        middle = _per_person(cells, m * cells.y / cells.n) / total
        model = middle - shares @ solved.severity
        spread = np.sqrt(solved.review / total + _quadratic(shares, solved.covariance))
        half = stdtrit(solved.freedom, 0.5 + confidence / 2) * spread
        fair, error = np.where(adjusted, model, fair), np.where(adjusted, spread, error)
        low = np.where(adjusted, model - half, low)
        high = np.where(adjusted, model + half, high)
    return Scores(
        n.astype(np.int64),
        np.bincount(cells.agent, minlength=cells.size)[:people].astype(np.int64),
        raw.mean,
        fair,
        error,
        low,
        high,
        adjusted,
        island,
    )


def _weighted(
    cells: Cells,
    islands: Islands,
    is_adjusted: BoolArray,
    solved: _Solved | None,
    confidence: float,
) -> Scores:
    """Hájek means of y minus the severity of whoever graded, w = 1/π.

    The severities come from the unweighted fit: selection by risk moves the scores of an agent whoever
    grades them, so contrasts between reviewers inside of agents stay right. Variance of a score:

    1. the reviews: u·Σw²/(Σw)², where u is Σw²(y−s−m)²/Σw² · n/(n−1), the weighted spread around the
       person's own mean m with severities s removed. With five reviews u is a guess, so it is averaged
       with that of everybody, which counts for 8 reviews (Smyth, *SAGMB* 3, 2004);
    2. the severities: p'Kp with p the reviewers' shares of Σw;
    3. the pairs: σ²_P(Σp² − what of it is in 1 already).

    Student's t with the degrees of freedom of u, Kish's effective n − 1 + 8.
    """
    people = len(cells.agents)
    assert cells.weights is not None  # noqa: S101
    # The casts keep a caller's lists from being multiplied as lists.
    _n, w, wy, _wyy, ww, wwy, wwyy = (np.asarray(each, np.float64) for each in cells.weights)

    def total(values: FloatArray) -> FloatArray:
        return _per_person(cells, values)

    n, sum_w, sum_ww = total(cells.n), total(w), total(ww)
    raw = hajek_interval(
        n, sum_w, total(wy), sum_ww, total(wwy), total(wwyy), confidence=confidence
    )
    adjusted, island = _is_adjusted(islands, is_adjusted, people)
    fair, error, low, high = raw.mean, raw.standard_error, raw.low, raw.high
    if solved is not None:
        severity = solved.severity[cells.reviewer]
        model = total(wy - severity * w) / sum_w
        of = np.minimum(cells.agent, people - 1)
        level = severity + model[of]
        squares = total(np.maximum(wwyy - 2 * level * wwy + level**2 * ww, 0))
        own = sum_ww / sum_w**2
        with np.errstate(divide="ignore", invalid="ignore"):
            correction = np.where(n > 1, n / (n - 1), np.nan)
            spread = squares / sum_ww * correction
        repeated = adjusted & (n > 1)
        freedom = np.maximum(kish_effective_n(sum_w, sum_ww) - 1, 0)
        weight = np.where(repeated, freedom, 0)
        usual = (
            float((weight * np.nan_to_num(spread)).sum() / weight.sum())
            if weight.sum() > 0
            else solved.review
        )
        moderated = (weight * np.nan_to_num(spread) + _PRIOR_REVIEWS * usual) / (
            weight + _PRIOR_REVIEWS
        )
        shares = _share_matrix(cells, w)
        part = w / sum_w[of]
        part_squares = total(part**2)
        with np.errstate(invalid="ignore"):
            inside = total(ww * (1 - 2 * part + part_squares[of])) / sum_w**2 * correction
        pair = solved.kappa * solved.review * np.maximum(part_squares - np.nan_to_num(inside), 0)
        variance = moderated * own + _quadratic(shares, solved.covariance) + pair
        spread = np.sqrt(variance)
        half = stdtrit(freedom + _PRIOR_REVIEWS, 0.5 + confidence / 2) * spread
        fair, error = np.where(adjusted, model, fair), np.where(adjusted, spread, error)
        low = np.where(adjusted, model - half, low)
        high = np.where(adjusted, model + half, high)
    return Scores(
        n.astype(np.int64),
        np.bincount(cells.agent, minlength=cells.size)[:people].astype(np.int64),
        raw.mean,
        fair,
        error,
        low,
        high,
        adjusted,
        island,
    )


def _is_adjusted(
    islands: Islands, is_adjusted: BoolArray, people: int
) -> tuple[BoolArray, IntArray]:
    island = islands.of_agent[:people]
    return is_adjusted[island] if islands.count else np.zeros(people, bool), island


def _per_person(cells: Cells, values: FloatArray) -> FloatArray:
    return sums_by(cells.agent, values, cells.size)[: len(cells.agents)]


def _share_matrix(cells: Cells, values: FloatArray) -> Any:
    """person × reviewer, sparse: rows add up to 1, or to 0."""
    total = np.bincount(cells.agent, weights=values, minlength=cells.size)[cells.agent]
    shares = np.divide(values, total, out=np.zeros(len(values)), where=total > 0)
    return agent_by_reviewer(cells, shares)[: len(cells.agents)]


def _quadratic(shares: Any, covariance: FloatArray) -> FloatArray:
    """p'Kp of each row, in blocks of rows, so that memory does not follow agents × reviewers."""
    found = np.empty(shares.shape[0])
    step = max(1, 2_000_000 // max(shares.shape[1], 1))
    for start in range(0, shares.shape[0], step):
        part = shares[start : start + step]
        found[start : start + step] = part.multiply(part @ covariance).sum(axis=1)
    return np.maximum(found, 0)
