"""What may be said about the order of people: better, above, below, or nothing.

With ten reviews each the 95% interval of a rank is about half of all places wide, so there is no league
table: there are three groups, and pairs of which one is better. Everything is worked out inside of an
island, from shrunken scores (`measurement.shrinkage`) and with the covariance of the scores, since people
share reviewers. People with too few reviews, or in islands that are not adjusted, have no place.

Sources: Goldstein & Spiegelhalter, *JRSS A* 159 (1996), ranks; Goldstein & Healy, *JRSS A* 158 (1995),
bars; Doucet, *A note on efficient conditional simulation* (2010), draws.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from measurement.severity import SeverityModel
from measurement.shrinkage import Between, paule_mandel, shrink

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# "A is better than B" is said from this probability.
BETTER_FROM: Final = 0.95
DRAWS: Final = 2_000
# With so few people there is no average to be above of.
PEOPLE_FROM: Final = 5
# Numbers drawn at a time, for memory.
_BLOCK: Final = 1_000_000


class Group(StrEnum):
    """Against the average of the island; by the 95% interval of the shrunken score's distance from it."""

    ABOVE = "above"
    NOT_DISTINGUISHABLE = "not_distinguishable"
    BELOW = "below"


class Verdict(StrEnum):
    """What may be said of two people."""

    BETTER = "better"
    WORSE = "worse"
    NOT_TOLD_APART = "not_told_apart"
    NOT_COMPARABLE = "not_comparable"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first of two people against the other. `difference` of the shrunken scores, `probability` that
    the first is better by the margin; None unless they can be compared."""

    verdict: Verdict
    difference: float | None = None
    standard_error: float | None = None
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The people of one island who have a place; arrays in the order of `agents` (their keys).

    `shrunken` with its s.e.; ranks (1 is the highest) with their 95% intervals; `low` and `high` the bars
    of ±1.39 s.e. around the fair score, of which those of two equal people miss one another in 5%.
    """

    agents: IntArray
    fair: FloatArray
    standard_error: FloatArray
    low: FloatArray
    high: FloatArray
    shrunken: FloatArray
    shrunken_error: FloatArray
    rank: IntArray
    rank_low: IntArray
    rank_high: IntArray
    probability_above: FloatArray
    groups: tuple[Group, ...]
    between: Between
    island: int

    @property
    def are_all_alike(self) -> bool:
        """Nobody is told from the average: no order of any kind should be shown."""
        return all(group == Group.NOT_DISTINGUISHABLE for group in self.groups)

    def group_of(self, agent: int) -> Group | None:
        place = int(np.searchsorted(self.agents, agent))
        if place == len(self.agents) or self.agents[place] != agent:
            return None
        return self.groups[place]


def rank(
    model: SeverityModel, *, island: int = 0, draws: int = DRAWS, seed: int = 1
) -> Ranking | None:
    """Places of the people of an island. None with fewer than 5 people who have a score.

    Posterior draws by conditioning (Matheron's rule): cost follows people × reviewers × draws. The same
    seed and sums give the same intervals on every day.
    """
    scores = model.shown
    ranked = scores.is_adjusted & scores.is_shown & (scores.island == island)
    places = np.flatnonzero(ranked)
    if len(places) < PEOPLE_FROM:
        return None
    fair, error = scores.fair[places], scores.standard_error[places]
    between = paule_mandel(fair, error**2)
    if between is None:
        return None
    smaller = shrink(fair, error, between)
    kinds = np.int32
    ranks = np.empty((draws, len(places)), kinds)
    upper = np.zeros(len(places))
    start = 0
    for drawn in _draws(model, places, fair, between, draws, np.random.default_rng(seed)):
        part = ranks[start : start + len(drawn)]
        order = np.argsort(-drawn, axis=1)
        np.put_along_axis(part, order, np.arange(1, len(places) + 1, dtype=kinds)[None, :], axis=1)
        upper += (drawn > drawn.mean(axis=1, keepdims=True)).sum(axis=0)
        start += len(drawn)
    low, high = np.quantile(ranks, (0.025, 0.975), axis=0, method="inverted_cdf")
    if between.tau2 == 0:
        # Nobody differs, as far as can be seen: any place may be anybody's.
        low, high, upper = (
            np.ones(len(places)),
            np.full(len(places), len(places)),
            upper + draws / 2,
        )
    above = upper / draws
    bars = comparison_bars(fair, error)
    return Ranking(
        model.cells.agents[places],
        fair,
        error,
        bars[0],
        bars[1],
        smaller.score,
        smaller.standard_error,
        np.argsort(np.argsort(-smaller.score, kind="stable"), kind="stable") + 1,
        low.astype(np.int64),
        high.astype(np.int64),
        above,
        tuple(_group(float(each), between.tau2) for each in above),
        between,
        island,
    )


def compare(
    model: SeverityModel, agent: int, other: int, between: Between, *, margin: float = 0.0
) -> Comparison:
    """Whether one person is better than another by more than `margin` points (by keys).

    Two true scores are N(μ, τ²), the fair ones have the covariance of the model: the posterior of both
    together is that of their difference. `between` is the island's, from `rank(…).between`. In
    simulation the sign was wrong in .7 to 1.3% of what was called.
    """
    first, second = model.cells.place(agent), model.cells.place(other)
    if first is None or second is None:
        return Comparison(Verdict.TOO_FEW)
    both = np.array([first, second])
    scores = model.shown
    if not model.islands.are_comparable(first, second):
        return Comparison(Verdict.NOT_COMPARABLE)
    if not scores.is_adjusted[both].all():
        return Comparison(Verdict.NOT_COMPARABLE)
    if not scores.is_shown[both].all():
        return Comparison(Verdict.TOO_FEW)
    covariance = model.agent_covariance(both)
    gain = between.tau2 * np.linalg.inv(covariance + between.tau2 * np.eye(2))
    posterior = between.mean + gain @ (scores.fair[both] - between.mean)
    left = gain @ covariance
    difference = float(posterior[0] - posterior[1])
    variance = float(left[0, 0] + left[1, 1] - left[0, 1] - left[1, 0])
    if agent == other or variance <= 0:
        return Comparison(Verdict.NOT_TOLD_APART, 0.0, 0.0, None)
    error = float(np.sqrt(variance))
    better = float(ndtr((difference - margin) / error))
    worse = float(ndtr((-difference - margin) / error))
    verdict = Verdict.NOT_TOLD_APART
    if better > BETTER_FROM:
        verdict = Verdict.BETTER
    elif worse > BETTER_FROM:
        verdict = Verdict.WORSE
    return Comparison(verdict, difference, error, better)


def comparison_factor(error: float = 0.05) -> float:
    """How many s.e. each way a bar goes so that those of two equal, equally uncertain people miss one
    another with that probability: z(1 − error/2)/√2, 1.386 for 5%."""
    return float(ndtri(1 - error / 2) / np.sqrt(2))


def chance_of_missing(
    half_width_in_se: float, standard_error: float = 1.0, other: float = 1.0
) -> float:
    """The probability that the bars of two equal people miss one another: ±1.386 .05, ±1.96 .006."""
    distance = half_width_in_se * (standard_error + other)
    return float(2 * ndtr(-distance / np.hypot(standard_error, other)))


def comparison_bars(
    score: ArrayLike, standard_error: ArrayLike, *, error: float = 0.05
) -> tuple[FloatArray, FloatArray]:
    """Limits for eyeballing pairs, not intervals: where two bars do not overlap, the people differ.

    Made for bars of about one length: where one s.e. is three times the other, those of equal people miss
    one another in 8%, at the very worst in 17%. What is said in words comes from `compare`.
    """
    middle = np.asarray(score, np.float64)
    half = comparison_factor(error) * np.asarray(standard_error, np.float64)
    return middle - half, middle + half


def _draws(
    model: SeverityModel,
    places: IntArray,
    fair: FloatArray,
    between: Between,
    draws: int,
    generator: np.random.Generator,
) -> Iterator[FloatArray]:
    """draw × person, in blocks: true scores given the fair ones. A draw of truth and scores is moved by
    what its scores miss of those observed; Woodbury's formula inverts the covariance."""
    own, shares, shared = model.low_rank(places)
    tau2, people = between.tau2, len(places)
    # K is singular (its rows add up to 0), so its root comes from its eigenvalues.
    value, vector = np.linalg.eigh(shared)
    used = value > 1e-12 * value.max()
    root = (shares @ (vector[:, used] * np.sqrt(value[used]))).T
    diagonal = own + tau2
    if tau2 > 0:
        weighted = root / diagonal
        solver = np.linalg.solve(np.eye(len(root)) + weighted @ root.T, weighted)
    block = max(1, _BLOCK // people)
    for start in range(0, draws, block):
        size = min(block, draws - start)
        if tau2 == 0:
            yield np.full((size, people), between.mean)
            continue
        truth = between.mean + np.sqrt(tau2) * generator.standard_normal((size, people))
        missed = fair - truth - np.sqrt(own) * generator.standard_normal((size, people))
        missed -= generator.standard_normal((size, len(root))) @ root
        truth += tau2 * (missed / diagonal - (missed @ weighted.T) @ solver)
        yield truth


def _group(above: float, tau2: float) -> Group:
    if tau2 > 0 and above >= 0.975:
        return Group.ABOVE
    if tau2 > 0 and above <= 0.025:
        return Group.BELOW
    return Group.NOT_DISTINGUISHABLE
