"""Who can be compared with whom: the islands of the graph of agents and reviewers.

A severity is known only relative to other reviewers of the same agents (or of the same calibration
interactions). Two people can be compared when a chain agent – reviewer – agent – … leads from one to
the other; the sets so joined are the islands. Inside of one everything is comparable, across two of them
nothing is.

Source: Searle, *Linear Models* (1971), connectedness; Weeks & Williams, *Technometrics* 6 (1964).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

# One interaction graded by both sides joins them; with two, one odd conversation does not decide.
LINKS_NEEDED: Final = 2
# The share of reviews across teams to aim at, in percent.
CROSS_TEAM_TARGET: Final = (10.0, 20.0)


@dataclass(frozen=True, slots=True)
class Islands:
    """`of_agent[agent]` and `of_reviewer[reviewer]` number the islands from 0, the one with most agents
    first; −1 for a code that has no review. `reviews`, `agents` and `reviewers` count per island."""

    of_agent: IntArray
    of_reviewer: IntArray
    reviews: IntArray
    agents: IntArray
    reviewers: IntArray

    @property
    def count(self) -> int:
        return len(self.reviews)

    @property
    def is_connected(self) -> bool:
        return self.count <= 1

    def are_comparable(self, agent: int, other: int) -> bool:
        """Whether a chain of reviewers leads from one agent to the other. Codes, not keys."""
        island = self.of_agent[agent]
        return bool(island >= 0 and island == self.of_agent[other])

    def members(self, island: int) -> tuple[IntArray, IntArray]:
        """Codes of the agents and of the reviewers in it."""
        return np.flatnonzero(self.of_agent == island), np.flatnonzero(self.of_reviewer == island)


@dataclass(frozen=True, slots=True)
class Link:
    """What would make two islands comparable: `interactions` graded by a reviewer of each side.

    `reviewer` is of `island`, `other_reviewer` of `other_island`; both have graded most there, so that
    what they grade together tells most. Codes, not keys.
    """

    island: int
    other_island: int
    reviewer: int
    other_reviewer: int
    interactions: int = LINKS_NEEDED


def find_islands(
    agent: ArrayLike,
    reviewer: ArrayLike,
    n: ArrayLike | None = None,
    *,
    agents: int,
    reviewers: int,
) -> Islands:
    """From pairs that share a review: codes 0 … agents−1 and 0 … reviewers−1, of equal length.

    `n` reviews each (1 if not given); pairs with none are passed over. Cost follows the pairs.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    left, right = np.asarray(agent, np.int64), np.asarray(reviewer, np.int64)
    count = np.ones(len(left)) if n is None else np.asarray(n, np.float64)
    left, right, count = left[count > 0], right[count > 0], count[count > 0]
    size = agents + reviewers
    graph = coo_array((np.ones(len(left), np.int8), (left, agents + right)), shape=(size, size))
    _found, label = connected_components(graph, directed=False)
    has_review = np.zeros(size, bool)
    has_review[left] = has_review[agents + right] = True
    people = np.bincount(label[:agents][has_review[:agents]], minlength=size)
    used = np.unique(label[has_review])
    ordered = used[np.argsort(-people[used], kind="stable")]
    number = np.full(size, -1)
    number[ordered] = np.arange(len(ordered))
    of_node = np.where(has_review, number[label], -1).astype(np.int64)
    of_agent, of_reviewer = of_node[:agents], of_node[agents:]
    total = len(ordered)
    return Islands(
        of_agent,
        of_reviewer,
        np.bincount(of_agent[left], weights=count, minlength=total).astype(np.int64),
        _sizes(of_agent, total),
        _sizes(of_reviewer, total),
    )


def suggest_links(
    islands: Islands, reviewer: ArrayLike, n: ArrayLike | None = None
) -> tuple[Link, ...]:
    """The fewest links that make all comparable: every island to the largest one.

    `reviewer` and `n` as given to `find_islands`. Empty when all are comparable already.
    """
    codes = np.asarray(reviewer, np.int64)
    count = np.ones(len(codes)) if n is None else np.asarray(n, np.float64)
    load = np.bincount(codes, weights=count, minlength=len(islands.of_reviewer))

    def busiest(island: int) -> int:
        members = np.flatnonzero(islands.of_reviewer == island)
        return int(members[np.argmax(load[members])])

    return tuple(Link(island, 0, busiest(island), busiest(0)) for island in range(1, islands.count))


@dataclass(frozen=True, slots=True)
class Crossing:
    """`share` of the reviews, in percent, was given outside of the reviewer's main team; None without
    reviews. `reviewers` are those who have any such review, of `of_reviewers`."""

    share: float | None
    reviews: int
    of_reviews: int
    reviewers: int
    of_reviewers: int

    @property
    def is_below_target(self) -> bool:
        return self.share is not None and self.share < CROSS_TEAM_TARGET[0]


def team_crossing(
    agent: ArrayLike, reviewer: ArrayLike, n: ArrayLike, team_of_agent: ArrayLike
) -> Crossing:
    """How much reviewers grade outside of the team where they grade most.

    `team_of_agent[agent]` is a team's code from 0, −1 for nobody's; those count for no team.
    """
    people, graders = np.asarray(agent, np.int64), np.asarray(reviewer, np.int64)
    count, team = np.asarray(n, np.float64), np.asarray(team_of_agent, np.int64)[people]
    kept = (team >= 0) & (count > 0)
    graders, count, team = graders[kept], count[kept], team[kept]
    if not len(graders):
        return Crossing(None, 0, 0, 0, 0)
    places, graders = np.unique(graders, return_inverse=True)
    teams = int(team.max()) + 1
    table = np.bincount(graders * teams + team, weights=count, minlength=len(places) * teams)
    table = table.reshape(len(places), teams)
    outside = table.sum(axis=1) - table.max(axis=1)
    everything = count.sum()
    return Crossing(
        float(100 * outside.sum() / everything),
        int(outside.sum()),
        int(everything),
        int((outside > 0).sum()),
        len(places),
    )


def _sizes(of_node: IntArray, total: int) -> IntArray:
    return np.bincount(of_node[of_node >= 0], minlength=total).astype(np.int64)
