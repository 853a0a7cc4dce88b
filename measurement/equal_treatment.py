"""Is everybody measured alike? Three tests of equal treatment, and one for shares.

All compare inside: an agent with themself, a reviewer with colleagues on the same work, a criterion with
the rest of the same review. So weak agents who serve more of one group are not taken for a bias. What
they cannot show must be said beside them: a difference between groups of agents is no proof of a bias,
and a prejudice that all reviewers share leaves no trace in ratings; only a blind second review shows
it.

Input is cells: one entry per combination of codes with n, Σy and Σy² (or per review: n = 1, y, y²).
All three are exact from cells. Groups are any whole numbers or strings. Every set of tests goes through
Benjamini and Hochberg. Error rates measured by simulation are in docs/measurement.md.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from measurement.contrasts import fit_contrasts
from measurement.discoveries import FALSE_DISCOVERIES, benjamini_hochberg

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

AGENTS_FROM: Final = 20
"""With reviews both in the group and outside of it."""
REVIEWS_FROM: Final = 10
"""Of one reviewer, in the group and outside of it."""
PEOPLE_FROM: Final = 5
"""Agents in a group; below, the group is not shown at all."""
POOL_FROM: Final = 3
"""Reviewers who can be compared in a group."""
CRITERIA_FROM: Final = 3
POWER: Final = 0.8

_MOST_SWEEPS = 5000
_ROUNDING = 1e-12


class Finding(StrEnum):
    HIDDEN = "hidden"
    """Fewer than five people in the group or outside of it: show neither its name nor its size."""
    TOO_FEW = "too_few"
    """`have` of `needed`."""
    NOT_LINKED = "not_linked"
    """Nothing left to compare inside agents or between reviewers of the same work."""
    NO_VARIATION = "no_variation"
    """All scores are alike."""
    NOTHING_FOUND = "nothing_found"
    """Say with it: a difference below `detectable` would not have been found."""
    DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True)
class Effect:
    """A difference in the unit of y, group against all others.

    `n` reviews in the group. `have` of `needed` count what the test's minimum is about (agents with both,
    or reviews). `p` is of this test alone, `adjusted` after Benjamini and Hochberg over the set;
    `detectable` is the smallest true difference found four times in five at the error rate of the
    set. All None unless `finding` is NOTHING_FOUND or DIFFERENCE.
    """

    finding: Finding
    n: int
    have: int
    needed: int
    value: float | None = None
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    adjusted: float | None = None
    detectable: float | None = None

    @property
    def is_shown(self) -> bool:
        return self.value is not None


@dataclass(frozen=True, slots=True)
class AttributeEffect:
    """(a) How interactions of `group` are scored, with the same agents and reviewers, against others."""

    group: Any
    effect: Effect


@dataclass(frozen=True, slots=True)
class ReviewerEffect:
    """(b) How `reviewer` scores `group` against others, compared with how colleagues do.

    Positive: milder with the group than colleagues are."""

    reviewer: Any
    group: Any
    effect: Effect


@dataclass(frozen=True, slots=True)
class CriterionEffect:
    """(c) How `criterion` (column) comes out for `group`, measured against the rest of the same reviews.

    `is_anchor`: part of the rest against which others are measured (it did not differ itself)."""

    criterion: int
    group: Any
    is_anchor: bool
    effect: Effect


@dataclass(frozen=True, slots=True)
class ClusterRegression:
    """y on x inside clusters. `classic_error` supposes independent reviews; `standard_error` does not."""

    estimate: float
    standard_error: float
    classic_error: float | None
    clusters: int
    p: float


@dataclass(frozen=True, slots=True)
class MantelHaenszel:
    """Common odds ratio over strata with Robins, Breslow and Greenland's interval; chi² with and without
    the correction for continuity. The ratio is None where it is 0/0, its interval also where it is 0 or
    infinite; chi² is None where no stratum has both groups and both outcomes."""

    strata: int
    odds_ratio: float | None
    low: float | None
    high: float | None
    chi2: float | None
    p: float | None
    chi2_uncorrected: float | None
    p_uncorrected: float | None


def attribute_effects(
    agent: ArrayLike,
    reviewer: ArrayLike,
    group: ArrayLike,
    n: ArrayLike,
    sum_y: ArrayLike,
    *,
    agents_from: int = AGENTS_FROM,
    q: float = FALSE_DISCOVERIES,
) -> tuple[AttributeEffect, ...]:
    """(a) For each group of interactions (a channel, a tier, a language), it against all the others.

    Means of agents and of reviewers are removed from y and from x = 1[in the group] (`remove_means`); the
    effect is x̃′Wy / x̃′Wx̃, W = n. Standard error clustered by agent (CR1): √(G/(G−1) · Σ_g (Σ x̃we)²) /
    x̃′Wx̃; Student's t with G − 1 degrees of freedom, G the agents with both, so that agents who differ in
    the effect, and reviews of one agent by one reviewer that hang together, do not make it too sure. Two
    groups are one test seen from both sides.

    Reads n and Σy only. Minimum 20 agents with both, 5 people in and outside of a group. Liang & Zeger,
    Biometrika 73 (1986); Cameron & Miller, J. Human Resources 50 (2015).
    """
    agents, reviewers, groups = _code(agent), _code(reviewer), np.asarray(group)
    count, total = _floats(n, sum_y)
    _check(agents, reviewers, groups, count, total)
    used = count > 0
    agents, reviewers, groups = agents[used], reviewers[used], groups[used]
    count, means = count[used], total[used] / count[used]
    names = np.unique(groups)
    inside = np.column_stack([groups == name for name in names]) if len(names) else None
    if inside is None:
        return ()
    clean = remove_means(np.column_stack([means, inside]), agents, reviewers, count)
    scale = _ROUNDING * float(count @ means**2)
    found = [
        _clustered(clean[:, 0], clean[:, i + 1], inside[:, i], agents, count, agents_from, scale)
        for i in range(len(names))
    ]
    found = _judge(found, q, tests=1 if len(names) == 2 else None)
    return tuple(
        AttributeEffect(_plain(name), effect)
        for name, (effect, _df) in zip(names, found, strict=True)
    )


def reviewer_effects(
    agent: ArrayLike,
    reviewer: ArrayLike,
    group: ArrayLike,
    n: ArrayLike,
    sum_y: ArrayLike,
    sum_yy: ArrayLike,
    *,
    reviews_from: int = REVIEWS_FROM,
    q: float = FALSE_DISCOVERIES,
) -> tuple[ReviewerEffect, ...]:
    """(b) For each reviewer and group (of agents or of interactions), it against all the others.

    y = (agent × group) + reviewer + reviewer × group + e, agents × groups eliminated, pseudo-inverse of
    the system of 2R columns (`fit_contrasts`): an agent is free to do better with one group. The
    difference δ of a reviewer's severities with the group and with others is known up to one constant,
    so it is centred on the median of the pool. Weighted for pairs (a reviewer's own view of an agent),
    whose variance is estimated. p normal or Student's t with the residual degrees of freedom.

    Minimum 10 reviews of the reviewer in and outside of the group, three such reviewers who are linked, 5
    people in and outside of a group. With two groups only the second against the first is tested: the
    other is the same with the sign turned round.
    """
    agents, reviewers, groups = _code(agent), np.asarray(reviewer), np.asarray(group)
    count, total, squares = _floats(n, sum_y, sum_yy)
    _check(agents, reviewers, groups, count, total, squares)
    used = count > 0
    agents, groups = agents[used], groups[used]
    people, codes = np.unique(reviewers[used], return_inverse=True)
    count, total, squares = count[used], total[used], squares[used]
    names = np.unique(groups)
    rows: list[tuple[Any, Any]] = []
    found: list[tuple[Effect, float]] = []
    for name in names[1:] if len(names) == 2 else names:
        inside = groups == name
        rows += [(_plain(person), _plain(name)) for person in people]
        found += _reviewers_of(
            agents, codes, inside, count, total, squares, len(people), reviews_from
        )
    return tuple(
        ReviewerEffect(person, name, effect)
        for (person, name), (effect, _df) in zip(rows, _judge(found, q), strict=True)
    )


def criterion_effects(
    agent: ArrayLike,
    reviewer: ArrayLike,
    group: ArrayLike,
    n: ArrayLike,
    sum_y: ArrayLike,
    *,
    agents_from: int = AGENTS_FROM,
    q: float = FALSE_DISCOVERIES,
) -> tuple[CriterionEffect, ...]:
    """(c) For each criterion and group: differential functioning, the criterion minus the rest.

    `n` and `sum_y` are tables [cell, criterion]; with one entry per review `n` is 1 where the criterion
    applied, else 0. d = y_c − mean over the other anchors of (y_o − their mean); exact where every review
    of a cell has every criterion (and with one entry per review), else nearly. Then as in (a): agents and
    reviewers removed, standard error clustered by agent.

    Purification: one criterion that differs makes every other look as if it differed the other way. So
    the one that differs most is taken out of the rest, and all is worked out again, until nothing new
    differs; two anchors always remain. Two groups are one test seen from both sides. From three criteria.
    Lord (1980); Candell & Drasgow, Applied Psychological Measurement 12 (1988).
    """
    agents, reviewers, groups = _code(agent), _code(reviewer), np.asarray(group)
    count, total = _floats(n, sum_y)
    _check(agents, reviewers, groups)
    if count.shape != total.shape or count.ndim != 2 or len(count) != len(agents):
        raise ValueError("Counts and sums are tables of cells by criteria.")
    _check_finite(count, total)
    criteria = count.shape[1]
    if criteria < CRITERIA_FROM:
        raise ValueError("A rest to measure a criterion against takes three criteria.")
    rows: list[CriterionEffect] = []
    scores, asked = _scores(agents, reviewers, count, total), count.any(axis=1)
    names = np.unique(groups[asked])
    for name in names[1:] if len(names) == 2 else names:
        rows += _purified(name, scores, (groups == name)[asked], agents_from, q)
    if not rows:
        return ()
    # The sets of all groups were one family each; what is shown is judged together.
    judged = _judge([(row.effect, _df(row.effect)) for row in rows], q)
    return tuple(replace(row, effect=effect) for row, (effect, _) in zip(rows, judged, strict=True))


def remove_means(
    values: ArrayLike, agent: ArrayLike, reviewer: ArrayLike, weight: ArrayLike
) -> FloatArray:
    """Columns of `values` without the means of agents and of reviewers: the residuals of a weighted
    regression on both.

    Alternating projections: a sweep removes the agents' means, then the reviewers', at the cost of the
    number of cells; conjugate gradients make few sweeps enough where agents and reviewers are barely
    linked. Codes count from 0. Raises ArithmeticError if it does not converge (it always should: exact
    after as many sweeps as there are reviewers). Gearhart & Koshy (1989); Gaure, Computational
    Statistics & Data Analysis 66 (2013).
    """
    table = np.asarray(values, dtype=np.float64)
    if not len(table):
        return table
    one = table.ndim == 1
    table = table.reshape(len(table), -1)
    a, r = np.asarray(agent, dtype=np.intp), np.asarray(reviewer, dtype=np.intp)
    w = np.asarray(weight, dtype=np.float64)
    agent_weight, reviewer_weight = np.bincount(a, weights=w), np.bincount(r, weights=w)
    people, reviewers = len(agent_weight), len(reviewer_weight)
    agent_weight = np.where(agent_weight > 0, agent_weight, 1.0)
    scale = np.where(reviewer_weight > 0, reviewer_weight, 1.0)

    def without_agents(column: FloatArray) -> FloatArray:
        return column - (np.bincount(a, weights=w * column, minlength=people) / agent_weight)[a]

    def sweep(effects: FloatArray) -> FloatArray:
        left = without_agents(effects[r])
        return np.bincount(r, weights=w * left, minlength=reviewers) / scale

    out = np.empty_like(table)
    for i in range(table.shape[1]):
        column = without_agents(table[:, i])
        right = np.bincount(r, weights=w * column, minlength=reviewers) / scale
        out[:, i] = without_agents(column - _conjugate(sweep, right, scale)[r])
    return out[:, 0] if one else out


def cluster_regression(
    y: ArrayLike, x: ArrayLike, cluster: ArrayLike, weight: ArrayLike | None = None
) -> ClusterRegression | None:
    """The effect of x on y inside clusters (each has a mean of its own), with both standard errors.

    `standard_error` is √(G/(G−1) · Σ_g (Σ x̃we)²) / x̃′Wx̃, as R's sandwich `vcovCL` (HC0,
    cadjust) on lm(y ~ x + cluster); p by Student's t with G − 1. None where x varies in no cluster, or in
    a single one.
    """
    codes = _code(cluster)
    given, other = _floats(y, x)
    w = np.ones(len(given)) if weight is None else np.asarray(weight, dtype=np.float64)
    _check(codes, given, other, w)
    weights = np.bincount(codes, weights=w)
    clean = [
        each - (np.bincount(codes, weights=w * each) / weights)[codes] for each in (given, other)
    ]
    groups = len(weights)
    square = float(w @ clean[1] ** 2)
    varies = np.bincount(codes, weights=w * clean[1] ** 2) > 1e-12 * max(square, 1e-300)
    if varies.sum() < 2 or square <= 1e-12 * max(float(w @ other**2), 1e-300):
        return None
    estimate = float(w @ (clean[0] * clean[1])) / square
    left = clean[0] - estimate * clean[1]
    scores = np.bincount(codes, weights=w * clean[1] * left)
    error = float(np.sqrt(groups / (groups - 1) * (scores @ scores))) / square
    freedom = len(given) - groups - 1
    classic = float(np.sqrt(w @ left**2 / freedom / square)) if freedom > 0 else None
    p = float(2 * stdtr(groups - 1, -abs(estimate) / error)) if error > 0 else float(estimate == 0)
    return ClusterRegression(estimate, error, classic, groups, p)


def mantel_haenszel(tables: ArrayLike, *, confidence: float = 0.95) -> MantelHaenszel:
    """Do two groups pass alike, stratum by stratum? `tables[stratum, outcome, group]`, counts.

    For shares near 0 or 1, with agents (or agents × reviewers) as strata, where a difference of means is
    a poor picture. Ratio = Σ ad/n / Σ bc/n; chi² = (|Σ(a − E a)| − ½)² / Σ Var a, without the ½ where the
    difference is smaller. Strata without anybody in a group or an outcome tell nothing and are passed
    over. Mantel & Haenszel (1959); Robins, Breslow & Greenland, Biometrics 42 (1986); as R's
    `mantelhaen.test`.
    """
    counts = np.asarray(tables, dtype=np.float64)
    _check_finite(counts)
    if counts.ndim != 3 or counts.shape[1:] != (2, 2) or (counts < 0).any():
        raise ValueError("Each stratum is a table of two outcomes by two groups.")
    counts = counts[counts.sum(axis=(1, 2)) >= 2]
    size = counts.sum(axis=(1, 2))
    a, b, c, d = counts[:, 0, 0], counts[:, 0, 1], counts[:, 1, 0], counts[:, 1, 1]
    up, down = a * d / size, b * c / size
    ratio = low = high = None
    if up.sum() > 0 and down.sum() > 0:
        ratio = float(up.sum() / down.sum())
        agree, differ = (a + d) / size, (b + c) / size
        spread = (
            (agree * up).sum() / (2 * up.sum() ** 2)
            + (agree * down + differ * up).sum() / (2 * up.sum() * down.sum())
            + (differ * down).sum() / (2 * down.sum() ** 2)
        )
        half = float(ndtri(0.5 + confidence / 2)) * float(np.sqrt(spread))
        low, high = ratio * float(np.exp(-half)), ratio * float(np.exp(half))
    elif up.sum() > 0:
        ratio = float("inf")
    elif down.sum() > 0:
        ratio = 0.0
    row, column = counts.sum(axis=2), counts.sum(axis=1)
    variance = float((row.prod(axis=1) * column.prod(axis=1) / (size**2 * (size - 1))).sum())
    if variance <= 0:
        return MantelHaenszel(len(counts), ratio, low, high, None, None, None, None)
    gap = abs(float((a - row[:, 0] * column[:, 0] / size).sum()))
    plain = gap**2 / variance
    corrected = (gap - (0.5 if gap >= 0.5 else 0.0)) ** 2 / variance
    return MantelHaenszel(
        len(counts), ratio, low, high, corrected, _chi2_p(corrected), plain, _chi2_p(plain)
    )


def _clustered(
    y: FloatArray,
    x: FloatArray,
    inside: BoolArray,
    agents: IntArray,
    weight: FloatArray,
    agents_from: int,
    scale: float,
) -> tuple[Effect, float]:
    """The effect of x on y (both without means) and its degrees of freedom. `scale`: below, rounding."""
    there = weight > 0
    size = int(agents.max()) + 1 if len(agents) else 0
    has = np.bincount(agents[there & inside], minlength=size) > 0
    has_not = np.bincount(agents[there & ~inside], minlength=size) > 0
    n, both = round(float(weight[inside].sum())), int((has & has_not).sum())
    if has.sum() < PEOPLE_FROM or has_not.sum() < PEOPLE_FROM:
        return Effect(Finding.HIDDEN, n, both, agents_from), 0
    if both < max(agents_from, 2):
        return Effect(Finding.TOO_FEW, n, both, max(agents_from, 2)), 0
    square = float(weight @ x**2)
    if square <= 1e-9 * float(weight.sum()):
        return Effect(Finding.NOT_LINKED, n, both, agents_from), 0
    if weight @ y**2 <= scale:
        return Effect(Finding.NO_VARIATION, n, both, agents_from), 0
    value = float(weight @ (x * y)) / square
    scores = np.bincount(agents, weights=weight * x * (y - value * x))
    error = float(np.sqrt(both / (both - 1) * (scores @ scores))) / square
    return _with_interval(
        Effect(Finding.NOTHING_FOUND, n, both, agents_from), value, error, both - 1
    )


def _reviewers_of(
    agents: IntArray,
    reviewers: IntArray,
    inside: BoolArray,
    count: FloatArray,
    total: FloatArray,
    squares: FloatArray,
    size: int,
    reviews_from: int,
) -> list[tuple[Effect, float]]:
    people = min(len(np.unique(agents[inside])), len(np.unique(agents[~inside])))
    node = reviewers + size * inside
    fit = fit_contrasts(agents * 2 + inside, node, count, total, squares, nodes=2 * size)
    without, within = fit.reviews[:size], fit.reviews[size:]
    unknown = Finding.NO_VARIATION if fit.variance == 0 else Finding.NOT_LINKED
    found = []
    for i in range(size):
        have, n = int(min(without[i], within[i])), int(within[i])
        finding = unknown if have >= reviews_from else Finding.TOO_FEW
        if people < PEOPLE_FROM:
            finding = Finding.HIDDEN
        found.append((Effect(finding, n, have, reviews_from), 0.0))
    if people < PEOPLE_FROM or not fit.variance:
        return found
    enough = np.minimum(without, within) >= reviews_from
    islands = np.column_stack([fit.components[:size], fit.components[size:]])
    for pair in np.unique(islands[enough], axis=0):
        pool = np.flatnonzero(enough & (islands == pair).all(axis=1))
        if len(pool) < POOL_FROM:
            continue
        differences = fit.effects[pool + size] - fit.effects[pool]
        values = differences - np.median(differences)
        covariance = fit.covariance(pool) + fit.covariance(pool + size)
        rows = covariance.mean(axis=1)
        centred = np.maximum(np.diag(covariance) - 2 * rows + rows.mean(), 0)
        errors = np.sqrt(centred + (np.pi / 2 - 1) * centred.mean() / len(pool))
        for place, value, error in zip(pool, values, errors, strict=True):
            effect = replace(found[place][0], finding=Finding.NOTHING_FOUND)
            found[place] = _with_interval(
                effect, float(value), float(error), float(fit.degrees_of_freedom)
            )
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Scores:
    """A table of scores [cell, criterion], and what is worked out of it once for all groups."""

    agents: IntArray
    reviewers: IntArray
    count: FloatArray
    means: FloatArray
    """As deviations from the mean of the criterion."""
    rounding: float
    is_complete: bool
    """Every review has every criterion."""
    kept: dict[Hashable, FloatArray]

    def against_rest(self, criterion: int, anchors: BoolArray) -> tuple[BoolArray, FloatArray]:
        """Which cells have the criterion and a rest, and their differences without means of people."""
        others = anchors.copy()
        others[criterion] = False
        rest = self.means[:, others]
        there = ~np.isnan(rest)
        used = (self.count[:, criterion] > 0) & there.any(axis=1)
        key = (criterion, others.tobytes())
        if key not in self.kept:
            sums = np.where(there, rest, 0.0).sum(axis=1)[used]
            y = self.means[used, criterion] - sums / there.sum(axis=1)[used]
            self.kept[key] = self._without_means(y, used, criterion)
        return used, self.kept[key]

    def of_group(self, inside: BoolArray, criterion: int, used: BoolArray) -> FloatArray:
        """x without means of people; the same for all criteria where all are complete."""
        key = (inside.tobytes(), None if self.is_complete else (criterion, used.tobytes()))
        if key not in self.kept:
            self.kept[key] = self._without_means(inside[used].astype(float), used, criterion)
        return self.kept[key]

    def _without_means(self, values: FloatArray, used: BoolArray, criterion: int) -> FloatArray:
        return remove_means(
            values, self.agents[used], self.reviewers[used], self.count[used, criterion]
        )


def _scores(agents: IntArray, reviewers: IntArray, count: FloatArray, total: FloatArray) -> _Scores:
    asked = count.any(axis=1)
    count, total = count[asked], total[asked]
    sums = count.sum(axis=0)
    middle = np.divide(total.sum(axis=0), sums, out=np.zeros(len(sums)), where=sums > 0)
    raw = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    # Of the scores themselves: their differences may be nothing but rounding.
    rounding = _ROUNDING * float(np.nanmean(raw**2)) if len(raw) else 0.0
    complete = bool((count == count[:, :1]).all())
    return _Scores(agents[asked], reviewers[asked], count, raw - middle, rounding, complete, {})


def _purified(
    name: Any, scores: _Scores, inside: BoolArray, agents_from: int, q: float
) -> list[CriterionEffect]:
    criteria = scores.count.shape[1]
    anchors = np.ones(criteria, dtype=bool)
    while True:
        found = [_criterion(c, scores, inside, anchors, agents_from) for c in range(criteria)]
        judged = _judge(found, q)
        differs = np.array([effect.finding == Finding.DIFFERENCE for effect, _df in judged])
        new = np.flatnonzero(differs & anchors)
        if not len(new) or anchors.sum() <= 2:
            break
        most = min(new, key=lambda c: (judged[c][0].p, -abs(judged[c][0].value or 0)))
        anchors[most] = False
    return [
        CriterionEffect(c, _plain(name), bool(anchors[c]), effect)
        for c, (effect, _df) in enumerate(found)
    ]


def _criterion(
    criterion: int, scores: _Scores, inside: BoolArray, anchors: BoolArray, agents_from: int
) -> tuple[Effect, float]:
    used, y = scores.against_rest(criterion, anchors)
    if not used.any():
        return Effect(Finding.HIDDEN, 0, 0, agents_from), 0
    weight = scores.count[used, criterion]
    return _clustered(
        y,
        scores.of_group(inside, criterion, used),
        inside[used],
        scores.agents[used],
        weight,
        agents_from,
        scores.rounding * float(weight.sum()),
    )


def _with_interval(
    effect: Effect, value: float, error: float, freedom: float
) -> tuple[Effect, float]:
    p = float(2 * stdtr(freedom, -abs(value) / error)) if error > 0 else float(value == 0)
    half = float(stdtrit(freedom, 0.975)) * error
    return (
        replace(
            effect,
            value=value,
            standard_error=error,
            low=value - half,
            high=value + half,
            p=p,
        ),
        freedom,
    )


def _judge(
    found: Sequence[tuple[Effect, float]], q: float, *, tests: int | None = None
) -> list[tuple[Effect, float]]:
    """Adjusts for all tests of the set and says what each could have found."""
    p = np.array([np.nan if effect.p is None else effect.p for effect, _df in found])
    adjusted = benjamini_hochberg(p)
    tests = tests or max(int((~np.isnan(p)).sum()), 1)
    out = []
    for (effect, freedom), sure in zip(found, adjusted, strict=True):
        if effect.p is None or effect.standard_error is None:
            out.append((effect, freedom))
            continue
        reach = float(stdtrit(freedom, 1 - q / (2 * tests)) + stdtrit(freedom, POWER))
        out.append(
            (
                replace(
                    effect,
                    finding=Finding.DIFFERENCE if sure <= q else Finding.NOTHING_FOUND,
                    adjusted=float(sure),
                    detectable=reach * effect.standard_error,
                ),
                freedom,
            )
        )
    return out


def _df(effect: Effect) -> float:
    return max(effect.have - 1, 1)


def _conjugate(
    sweep: Callable[[FloatArray], FloatArray], right: FloatArray, scale: FloatArray
) -> FloatArray:
    """Solves sweep(effects) = right; `sweep` is symmetric and not negative under the inner product with
    `scale`, and singular (constants of islands), which conjugate gradients allow for."""
    effects = np.zeros(len(right))
    left, direction = right.copy(), right.copy()
    size = float(scale @ left**2)
    goal = max(1e-24 * size, 1e-300)
    for _sweep in range(_MOST_SWEEPS):
        if size <= goal:
            return effects
        swept = sweep(direction)
        curve = float(scale @ (direction * swept))
        if curve <= 0:
            return effects
        step = size / curve
        effects += step * direction
        left -= step * swept
        before, size = size, float(scale @ left**2)
        direction = left + size / before * direction
    raise ArithmeticError("Means of agents and reviewers could not be separated.")


def _chi2_p(chi2: float) -> float:
    return float(2 * ndtr(-np.sqrt(chi2)))


def _code(values: ArrayLike) -> IntArray:
    return np.unique(np.asarray(values), return_inverse=True)[1].astype(np.intp)


def _floats(*values: ArrayLike) -> list[FloatArray]:
    return [np.asarray(each, dtype=np.float64) for each in values]


def _check(*columns: NDArray[Any]) -> None:
    if any(each.ndim != 1 or len(each) != len(columns[0]) for each in columns):
        raise ValueError("Cells are lists of one length.")
    _check_finite(*(each for each in columns if each.dtype.kind == "f"))


def _check_finite(*columns: NDArray[Any]) -> None:
    if not all(np.isfinite(each).all() for each in columns):
        raise ValueError("Counts and sums are finite numbers.")


def _plain(name: Any) -> Hashable:
    return name.item() if isinstance(name, np.generic) else name
