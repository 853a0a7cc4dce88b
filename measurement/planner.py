"""How many gradings it takes until a score is reliable, and until two people can be told apart.

From the components of the variance of one score: agents σ²_A, reviewers σ²_R, pairs σ²_P (a reviewer's
own view of an agent) and reviews σ²_E. With n reviews by k reviewers, evenly shared,

    raw mean     σ²_A / (σ²_A + (σ²_R + σ²_P)/k + σ²_E/n)
    fair score   the same without σ²_R, which the severity model takes out

Sources: Shavelson & Webb, *Generalizability Theory*
(1991); Brennan, *Generalizability Theory* (2001). All scores in percent, 0-100.
"""

from dataclasses import dataclass
from math import ceil, inf, isfinite, sqrt
from typing import Final

from scipy.special import ndtri

# STATISTICS.md gives constants in points of a scale from 1 to 5; a range of 4 is a range of 100 here.
PERCENT_PER_POINT: Final = 25.0
# From so many reviews on an organisation's own components are better than the usual ones.
OWN_COMPONENTS_FROM: Final = 200
RELIABLE_FROM: Final = 0.7


@dataclass(frozen=True, slots=True)
class Components:
    """Variances of one score, in squared percents. `is_own`: estimated from the organisation's reviews
    and not the usual values. `pair` is 0 where nobody graded the same person twice: then it cannot be
    told from `review` and is part of it."""

    agent: float
    reviewer: float
    pair: float
    review: float
    is_own: bool = True

    def __post_init__(self) -> None:
        if not all(0 <= each < inf for each in (self.agent, self.reviewer, self.pair, self.review)):
            raise ValueError("A variance is not negative.")

    @property
    def total(self) -> float:
        return self.agent + self.reviewer + self.pair + self.review


# Standard deviations of .35, .25, .15 and .60 points.
USUAL_COMPONENTS: Final = Components(
    agent=(0.35 * PERCENT_PER_POINT) ** 2,
    reviewer=(0.25 * PERCENT_PER_POINT) ** 2,
    pair=(0.15 * PERCENT_PER_POINT) ** 2,
    review=(0.60 * PERCENT_PER_POINT) ** 2,
    is_own=False,
)


def components_for(own: Components | None, reviews: int) -> Components:
    """The organisation's own components, or the usual ones before there are 200 reviews or where the
    own ones say that nobody differs (agents' variance 0), with which nothing can be planned."""
    if own is None or reviews < OWN_COMPONENTS_FROM or own.agent <= 0 or own.review <= 0:
        return USUAL_COMPONENTS
    return own


@dataclass(frozen=True, slots=True)
class Plan:
    """What `reviews` of one person by `reviewers` different reviewers can tell.

    Reliabilities 0-1: the share of the differences between people's scores that is real.
    `half_width` of the interval of one fair score, and `raw_half_width` of a raw mean; `difference` is
    what two people's fair scores must differ by to be told apart. All in percent points.
    """

    reviews: int
    reviewers: int
    raw_reliability: float
    fair_reliability: float
    raw_half_width: float
    half_width: float
    difference: float

    @property
    def is_reliable(self) -> bool:
        return self.fair_reliability >= RELIABLE_FROM


def plan(
    reviews: int,
    reviewers: int,
    components: Components = USUAL_COMPONENTS,
    *,
    confidence: float = 0.95,
) -> Plan:
    """Raises `ValueError` unless 1 <= reviewers <= reviews."""
    _check(reviews, reviewers)
    raw = fair = _fair_error(reviews, reviewers, components)
    raw += components.reviewer / reviewers
    quantile = float(ndtri(0.5 + confidence / 2))
    return Plan(
        reviews,
        reviewers,
        _reliability(components.agent, raw),
        _reliability(components.agent, fair),
        quantile * sqrt(raw),
        quantile * sqrt(fair),
        quantile * sqrt(2 * fair),
    )


def reviews_needed(
    reliability: float,
    components: Components = USUAL_COMPONENTS,
    *,
    reviewers: int,
    have: int = 0,
    is_fair: bool = True,
) -> int | None:
    """How many reviews by that many reviewers reach the reliability; with `have`, how many more.

    None where no number does, because few reviewers' own views remain however much they grade: more
    reviewers are needed then (`reviewers_needed`). 0 < reliability < 1.
    """
    if not 0 < reliability < 1:
        raise ValueError("A reliability is more than 0 and less than 1.")
    if reviewers < 1:
        raise ValueError("At least one reviewer is needed.")
    allowed = components.agent * (1 - reliability) / reliability
    return _reviews_for_error(allowed, components, reviewers, have, is_fair)


def reviews_for_half_width(
    half_width: float,
    components: Components = USUAL_COMPONENTS,
    *,
    reviewers: int,
    have: int = 0,
    confidence: float = 0.95,
) -> int | None:
    """How many (more) reviews make the interval of a fair score ± that narrow; None if none do."""
    if not half_width > 0:
        raise ValueError("A half width is more than 0.")
    allowed = (half_width / float(ndtri(0.5 + confidence / 2))) ** 2
    return _reviews_for_error(allowed, components, reviewers, have, is_fair=True)


def reviews_to_tell_apart(
    difference: float,
    components: Components = USUAL_COMPONENTS,
    *,
    reviewers: int,
    confidence: float = 0.95,
) -> int | None:
    """How many reviews each of two people need for that difference between them to be told."""
    return reviews_for_half_width(
        difference / sqrt(2), components, reviewers=reviewers, confidence=confidence
    )


def reviewers_needed(
    reliability: float,
    components: Components = USUAL_COMPONENTS,
    *,
    reviews: int,
    is_fair: bool = True,
) -> int | None:
    """The fewest reviewers who reach it with that many reviews; None if even one each does not."""
    for reviewers in range(1, reviews + 1):
        reached = plan(reviews, reviewers, components)
        if (reached.fair_reliability if is_fair else reached.raw_reliability) >= reliability:
            return reviewers
    return None


def spearman_brown(reliability: float, times: float) -> float:
    """The reliability of a measurement made `times` as long: mρ/(1+(m−1)ρ). 0 <= ρ <= 1, times > 0."""
    if not 0 <= reliability <= 1 or not 0 < times < inf:
        raise ValueError("A reliability is 0 to 1, and a length more than 0.")
    return times * reliability / (1 + (times - 1) * reliability)


def times_needed(reliability: float, target: float) -> float:
    """How many times as long a measurement must be to reach the target: ρ*(1−ρ)/(ρ(1−ρ*)).

    Both strictly between 0 and 1; below 1 when it may be shorter.
    """
    if not 0 < reliability < 1 or not 0 < target < 1:
        raise ValueError("A reliability is more than 0 and less than 1.")
    return target * (1 - reliability) / (reliability * (1 - target))


@dataclass(frozen=True, slots=True)
class DStudy:
    """`generalizability` (Eρ²) is for comparing people, `dependability` (Φ) for a score as it stands;
    the errors are variances."""

    generalizability: float
    dependability: float
    error_relative: float
    error_absolute: float


def d_study(
    person: float,
    *,
    relative: dict[str, tuple[float, int]],
    absolute: dict[str, tuple[float, int]] | None = None,
) -> DStudy:
    """Any balanced design: each facet's variance and how many conditions it is averaged over.

    `relative` are the facets that change the order of people (interactions with the person, and the
    residual), `absolute` those that move everybody alike. p × (r:t) is `d_study_nested`.
    """
    if not 0 <= person < inf:
        raise ValueError("A variance is not negative, and is averaged over one condition or more.")
    shared = _averaged(absolute or {})
    within = _averaged(relative)
    everything = within + shared
    return DStudy(
        _reliability(person, within), _reliability(person, everything), within, everything
    )


def d_study_crossed(
    *,
    person: float,
    reviewer: float,
    residual: float,
    reviewers: int,
) -> DStudy:
    """p × r: everybody is graded by the same reviewers."""
    return d_study(
        person,
        relative={"pr,e": (residual, reviewers)},
        absolute={"r": (reviewer, reviewers)},
    )


def d_study_two_facets(
    *,
    person: float,
    task: float,
    rater: float,
    person_task: float,
    person_rater: float,
    task_rater: float,
    residual: float,
    tasks: int,
    raters: int,
) -> DStudy:
    """p × t × r: the same reviewers grade every task of everybody."""
    return d_study(
        person,
        relative={
            "pt": (person_task, tasks),
            "pr": (person_rater, raters),
            "ptr,e": (residual, tasks * raters),
        },
        absolute={
            "t": (task, tasks),
            "r": (rater, raters),
            "tr": (task_rater, tasks * raters),
        },
    )


def d_study_nested(
    *,
    person: float,
    task: float,
    rater_in_task: float,
    person_task: float,
    residual: float,
    tasks: int,
    raters_per_task: int,
) -> DStudy:
    """p × (r:t): every task has reviewers of its own."""
    both = tasks * raters_per_task
    return d_study(
        person,
        relative={"pt": (person_task, tasks), "pr:t,e": (residual, both)},
        absolute={"t": (task, tasks), "r:t": (rater_in_task, both)},
    )


def _averaged(facets: dict[str, tuple[float, int]]) -> float:
    if not all(0 <= variance < inf and conditions >= 1 for variance, conditions in facets.values()):
        raise ValueError("A variance is not negative, and is averaged over one condition or more.")
    return sum(variance / conditions for variance, conditions in facets.values())


def _reliability(signal: float, error: float) -> float:
    """0 where there is neither: people who do not differ cannot be told apart."""
    return signal / (signal + error) if signal > 0 else 0.0


def _fair_error(reviews: int, reviewers: int, components: Components) -> float:
    return components.pair / reviewers + components.review / reviews


def _reviews_for_error(
    allowed: float, components: Components, reviewers: int, have: int, is_fair: bool
) -> int | None:
    stays = (components.pair + (0 if is_fair else components.reviewer)) / reviewers
    needed = components.review / (allowed - stays) if allowed > stays else inf
    if not isfinite(needed):
        return None
    # Rounding must not ask for one more than a whole number.
    return max(max(ceil(needed - 1e-9), reviewers) - have, 0)


def _check(reviews: int, reviewers: int) -> None:
    if not 1 <= reviewers <= reviews:
        raise ValueError("At least one reviewer, and no more reviewers than reviews.")
