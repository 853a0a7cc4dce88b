"""How far reviewers agree about the same interactions.

Everything works on one table: `counts[unit, category]`, how many reviewers put the unit (an
interaction) into the category (a level of the rubric, lowest first). It needs no names, takes any
number of reviewers and any gaps, and every coefficient is a sum over its rows, which is what makes
the jackknife cheap. A `Figure` here counts units with two values or more. K, the number of columns,
comes from the rubric and not from the data: it decides the chance term of AC2. What is not defined is
NaN or None, never zero.

Sources, and the reasons for each choice, are in docs/measurement.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, fdtri, ndtri, stdtrit

from measurement.figures import Figure, State

FloatArray = NDArray[np.float64]
Limits = tuple[float, float]

AGREEMENT_FROM: Final = 10
ALPHA_FROM: Final = 20
ALPHA_FROM_IF_LOPSIDED: Final = 50
LOPSIDED_ABOVE: Final = 0.75


class Scale(StrEnum):
    """What a difference between two categories means."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


class Weights(StrEnum):
    """How much two categories agree, 1 for the same: only that, by distance, or by its square."""

    IDENTITY = "identity"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


@dataclass(frozen=True, slots=True)
class Agreement:
    """All figures about one criterion. `is_lopsided`: over 75% of the values share a category, so
    that alpha and AC2 contradict one another and neither may be shown alone.

    `within_one` is None for two categories, where it is always full.
    """

    exact: Figure
    within_one: Figure | None
    alpha: Figure
    ac2: Figure
    is_lopsided: bool


@dataclass(frozen=True, slots=True)
class Icc:
    """Shrout and Fleiss' intraclass correlations: of one reviewer, and of the mean of k.

    1: each unit has reviewers of its own; 2: the reviewers are a sample of reviewers, and severity
    counts as disagreement; 3: these reviewers only, severity aside.
    """

    icc1: float
    icc2: float
    icc3: float
    icc1k: float
    icc2k: float
    icc3k: float
    units: int
    reviewers: int


# --- the table -----------------------------------------------------------------------------------
def count_table(ratings: ArrayLike, categories: int) -> FloatArray:
    """From `ratings[reviewer, unit]`, category indexes from 0 with NaN for a gap, to counts.

    Raises `ValueError` for a value that is no category.
    """
    table = np.atleast_2d(np.asarray(ratings, dtype=np.float64))
    given = ~np.isnan(table)
    values = table[given]
    if ((values < 0) | (values >= categories) | (values != np.floor(values))).any():
        raise ValueError(f"Ratings are whole numbers from 0 to {categories - 1}.")
    counts = np.zeros((table.shape[1], categories))
    _reviewers, units = np.nonzero(given)
    np.add.at(counts, (units, values.astype(int)), 1.0)
    return counts


def agreement_weights(categories: int, weights: Weights) -> FloatArray:
    """w[c, k] = 1 − |c−k|/(K−1), or 1 − ((c−k)/(K−1))², or 1 on the diagonal only."""
    if weights == Weights.IDENTITY or categories < 2:
        return np.eye(categories)
    distance = _distance(categories) / (categories - 1)
    return 1 - (distance if weights == Weights.LINEAR else distance**2)


# --- agreement in percent ------------------------------------------------------------------------
def agreement(counts: ArrayLike, weights: ArrayLike) -> float:
    """The mean over units of the share of pairs of reviewers that agree; a pair counts by its weight.

    Units with fewer than two values say nothing. NaN without any other.
    """
    shares = _unit_agreement(*_pairable(counts), np.asarray(weights, dtype=np.float64))
    return float(shares.mean()) if len(shares) else np.nan


def exact_agreement(counts: ArrayLike) -> float:
    table = np.asarray(counts)
    return agreement(table, np.eye(table.shape[1]))


def within_one(counts: ArrayLike) -> float:
    """Like `exact_agreement`, and neighbouring categories count as agreement too."""
    table = np.asarray(counts)
    return agreement(table, _near(table.shape[1]))


def unanimity(counts: ArrayLike, *, tolerance: int = 0) -> float:
    """The share of units on which all reviewers agree, to within `tolerance` categories."""
    table, _sizes = _pairable(counts)
    if not len(table):
        return np.nan
    used = table > 0
    lowest = used.argmax(axis=1)
    highest = table.shape[1] - 1 - used[:, ::-1].argmax(axis=1)
    return float((highest - lowest <= tolerance).mean())


# --- coefficients corrected for chance -----------------------------------------------------------
def krippendorff_alpha(counts: ArrayLike, scale: Scale = Scale.ORDINAL) -> float:
    """α = 1 − (n−1) Σ o_ck δ²_ck / Σ n_c n_k δ²_ck, Krippendorff's own ordinal metric included.

    NaN without a pair of values, and when all values are equal: chance would agree fully as well.
    """
    table, sizes = _pairable(counts)
    if not len(table):
        return np.nan
    coincidences = _coincidences(table, sizes).sum(axis=0)
    return float(_alpha(coincidences[None], scale)[0])


def gwet_ac(counts: ArrayLike, weights: Weights = Weights.LINEAR) -> float:
    """Gwet's AC2; with identity weights AC1. NaN without a pair of values."""
    table = np.asarray(counts, dtype=np.float64)
    value, _left_out = _ac(table, agreement_weights(table.shape[1], weights))
    return value


def fleiss_kappa(counts: ArrayLike) -> float:
    """For units with equally many values. NaN when all values are equal."""
    table, sizes = _pairable(counts)
    if not len(table) or (sizes != sizes[0]).any():
        return np.nan
    chance = ((table.sum(axis=0) / table.sum()) ** 2).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        return float((exact_agreement(table) - chance) / (1 - chance))


def cohen_kappa(table: ArrayLike, weights: Weights = Weights.IDENTITY) -> tuple[float, float]:
    """Cohen's kappa of two reviewers and its large-sample standard error (Fleiss, Cohen & Everitt),
    from `table[category by one, category by the other]`. NaN when both used one category only."""
    observed = np.asarray(table, dtype=np.float64)
    total = observed.sum()
    if not total:
        return np.nan, np.nan
    share = observed / total
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    w = agreement_weights(len(observed), weights)
    actual = (w * share).sum()
    chance = rows @ w @ columns
    if np.isclose(chance, 1):
        return np.nan, np.nan
    kappa = (actual - chance) / (1 - chance)
    pull = (w @ columns)[:, None] + (w.T @ rows)[None, :]
    spread = (share * (w - pull * (1 - kappa)) ** 2).sum() - (kappa - chance * (1 - kappa)) ** 2
    return float(kappa), float(np.sqrt(max(spread, 0) / total) / (1 - chance))


def icc(ratings: ArrayLike) -> Icc | None:
    """All six forms from `ratings[unit, reviewer]` without gaps; None below two of either, or when
    nothing varies."""
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2 or not np.isfinite(table).all():
        return None
    n, k = table.shape
    squares = _mean_squares(table)
    if squares is None:
        return None
    units, within, reviewers, error = squares
    with np.errstate(divide="ignore", invalid="ignore"):
        forms = np.array(
            [
                (units - within) / (units + (k - 1) * within),
                (units - error) / (units + (k - 1) * error + k * (reviewers - error) / n),
                (units - error) / (units + (k - 1) * error),
                (units - within) / units,
                (units - error) / (units + (reviewers - error) / n),
                (units - error) / units,
            ]
        )
    one, two, three, one_k, two_k, three_k = (float(value) for value in forms)
    return Icc(one, two, three, one_k, two_k, three_k, units=n, reviewers=k)


def icc_limits(ratings: ArrayLike, *, confidence: float = 0.95) -> Mapping[str, Limits] | None:
    """Shrout and Fleiss' intervals by the names of the forms in `Icc`, from the F distribution, which
    supposes normal scores; None where `icc` is, and when no two reviewers differ anywhere.

    The figures people see have the jackknife's (`icc_figures`), which does not suppose it.
    """
    forms = icc(ratings)
    squares = None if forms is None else _mean_squares(np.asarray(ratings, dtype=np.float64))
    if forms is None or squares is None:
        return None
    n, k = forms.units, forms.reviewers
    units, within, reviewers, error = squares
    if min(within, error) <= 1e-12 * units:
        return None
    sure = 0.5 + confidence / 2

    def limits(ratio: float, free: float, *, is_mean: bool) -> Limits:
        low, high = ratio / fdtri(n - 1, free, sure), ratio * fdtri(free, n - 1, sure)
        if is_mean:
            return float(1 - 1 / low), float(1 - 1 / high)
        return float((low - 1) / (low + k - 1)), float((high - 1) / (high + k - 1))

    rho, ratio = forms.icc2, reviewers / error
    rest = n * (1 + (k - 1) * rho) - k * rho
    # Satterthwaite's degrees of freedom for the mixture of two mean squares.
    free = (k - 1) * (n - 1) * (k * rho * ratio + rest) ** 2
    free /= (n - 1) * (k * rho * ratio) ** 2 + rest**2
    upper, lower = fdtri(n - 1, free, sure), fdtri(free, n - 1, sure)
    both = k * reviewers + (k * n - k - n) * error
    two = (
        float(n * (units - upper * error) / (upper * both + n * units)),
        float(n * (lower * units - error) / (both + n * lower * units)),
    )
    of_error = (n - 1) * (k - 1)
    return {
        "icc1": limits(units / within, n * (k - 1), is_mean=False),
        "icc2": two,
        "icc3": limits(units / error, of_error, is_mean=False),
        "icc1k": limits(units / within, n * (k - 1), is_mean=True),
        "icc2k": (k * two[0] / (1 + (k - 1) * two[0]), k * two[1] / (1 + (k - 1) * two[1])),
        "icc3k": limits(units / error, of_error, is_mean=True),
    }


def _mean_squares(table: FloatArray) -> tuple[float, float, float, float] | None:
    """Of units, within units, of reviewers, and of what is left; None when nothing varies."""
    n, k = table.shape
    whole = table.mean()
    of_units = k * ((table.mean(axis=1) - whole) ** 2).sum()
    of_reviewers = n * ((table.mean(axis=0) - whole) ** 2).sum()
    total = ((table - whole) ** 2).sum()
    if total <= 1e-12 * max(1.0, (table**2).sum()):
        return None
    return (
        of_units / (n - 1),
        (total - of_units) / (n * (k - 1)),
        of_reviewers / (k - 1),
        max(total - of_units - of_reviewers, 0.0) / ((n - 1) * (k - 1)),
    )


# --- intervals -----------------------------------------------------------------------------------
def jackknife_t(
    estimate: float, left_out: ArrayLike, *, confidence: float = 0.95
) -> tuple[float, float] | None:
    """Limits from the estimates that leave one unit out each: estimate ± t(n−1) · s.e.

    None when there are fewer than two, when one is not defined (a single unit held all the variation
    there was) and when they do not differ at all.
    """
    values = np.asarray(left_out, dtype=np.float64)
    n = len(values)
    if n < 2 or np.isnan(values).any():
        return None
    variance = (n - 1) / n * ((values - values.mean()) ** 2).sum()
    if variance <= 1e-24:
        return None
    half = float(stdtrit(n - 1, 0.5 + confidence / 2) * np.sqrt(variance))
    return estimate - half, estimate + half


def assess(counts: ArrayLike, *, confidence: float = 0.95) -> Agreement:
    """Every figure of a criterion that the data are enough for. O(units · K²)."""
    everything = np.asarray(counts, dtype=np.float64)
    categories = everything.shape[1]
    table, sizes = _pairable(everything)
    n = len(table)
    totals = table.sum(axis=0)
    is_constant = n > 0 and np.count_nonzero(totals) == 1
    is_lopsided = n > 0 and totals.max() > LOPSIDED_ABOVE * totals.sum()
    alpha_from = ALPHA_FROM_IF_LOPSIDED if is_lopsided else ALPHA_FROM

    def agreed(weights: FloatArray) -> Figure:
        if n < AGREEMENT_FROM:
            return Figure(State.TOO_FEW, n, AGREEMENT_FROM)
        return _mean_figure(_unit_agreement(table, sizes, weights), confidence)

    if is_constant:
        alpha = ac2 = Figure(State.NO_VARIATION, n, alpha_from)
    elif n < alpha_from:
        alpha = ac2 = Figure(State.TOO_FEW, n, alpha_from)
    else:
        alpha = _alpha_figure(table, sizes, alpha_from, confidence)
        ac2 = _ac_figure(everything, Weights.LINEAR, n, alpha_from, confidence)
    return Agreement(
        exact=agreed(np.eye(categories)),
        within_one=agreed(_near(categories)) if categories > 2 else None,
        alpha=alpha,
        ac2=ac2,
        is_lopsided=is_lopsided,
    )


def gwet_figure(
    counts: ArrayLike, weights: Weights = Weights.LINEAR, *, confidence: float = 0.95
) -> Figure:
    """AC2 by the rules of `assess`, under any weights; with identity weights AC1."""
    everything = np.asarray(counts, dtype=np.float64)
    table, _sizes = _pairable(everything)
    n, totals = len(table), table.sum(axis=0)
    is_lopsided = n > 0 and totals.max() > LOPSIDED_ABOVE * totals.sum()
    needed = ALPHA_FROM_IF_LOPSIDED if is_lopsided else ALPHA_FROM
    if n > 0 and np.count_nonzero(totals) == 1:
        return Figure(State.NO_VARIATION, n, needed)
    if n < needed:
        return Figure(State.TOO_FEW, n, needed)
    return _ac_figure(everything, weights, n, needed, confidence)


def kappa_figure(
    table: ArrayLike, weights: Weights = Weights.IDENTITY, *, confidence: float = 0.95
) -> Figure:
    """Cohen's kappa of two reviewers with a normal interval from its large-sample s.e., cut at -1 and
    1, from as many units as alpha."""
    n = int(np.asarray(table).sum())
    if n < ALPHA_FROM:
        return Figure(State.TOO_FEW, n, ALPHA_FROM)
    value, error = cohen_kappa(table, weights)
    if np.isnan(value):
        return Figure(State.NO_VARIATION, n, ALPHA_FROM)
    if error <= 1e-12:
        return Figure(State.SHOWN, n, ALPHA_FROM, value)
    half = float(ndtri(0.5 + confidence / 2)) * error
    return Figure(
        State.SHOWN, n, ALPHA_FROM, value, max(value - half, -1.0), min(value + half, 1.0)
    )


def signed_difference(differences: ArrayLike, *, confidence: float = 0.95) -> Figure:
    """The mean of `differences[reviewer, unit]` from the reference (NaN for a gap), in categories:
    above zero is milder. The interval is Student's t over the units' means, because values of one
    unit hang together. Needs as many units as percent agreement."""
    table = np.atleast_2d(np.asarray(differences, dtype=np.float64))
    given = np.isfinite(table)
    sizes = given.sum(axis=0)
    means = np.where(given, table, 0).sum(axis=0)[sizes > 0] / sizes[sizes > 0]
    n = len(means)
    if n < AGREEMENT_FROM:
        return Figure(State.TOO_FEW, n, AGREEMENT_FROM)
    mean = float(means.mean())
    error = float(means.std(ddof=1) / np.sqrt(n))
    if error <= 1e-12:
        return Figure(State.SHOWN, n, AGREEMENT_FROM, mean)
    half = float(stdtrit(n - 1, 0.5 + confidence / 2)) * error
    return Figure(State.SHOWN, n, AGREEMENT_FROM, mean, mean - half, mean + half)


def icc_figures(ratings: ArrayLike, *, confidence: float = 0.95) -> tuple[Figure, Figure]:
    """ICC(2,1) and ICC(2,k) from `ratings[unit, reviewer]` without gaps, by the rules for alpha."""
    table = np.asarray(ratings, dtype=np.float64)
    n = len(table)
    whole = icc(table)
    if n < ALPHA_FROM or whole is None:
        state = State.TOO_FEW if n < ALPHA_FROM else State.NO_VARIATION
        return Figure(state, n, ALPHA_FROM), Figure(state, n, ALPHA_FROM)
    left_out = [icc(np.delete(table, unit, axis=0)) for unit in range(n)]

    def figure(name: str) -> Figure:
        value = getattr(whole, name)
        values = [getattr(row, name) if row else np.nan for row in left_out]
        limits = jackknife_t(value, values, confidence=confidence)
        if limits is None:
            return Figure(State.SHOWN, n, ALPHA_FROM, value)
        return Figure(State.SHOWN, n, ALPHA_FROM, value, limits[0], min(limits[1], 1.0))

    return figure("icc2"), figure("icc2k")


def _mean_figure(shares: FloatArray, confidence: float) -> Figure:
    """The mean of shares, 0 to 1, cut there. The jackknife of a mean is Student's t interval; where
    all units are 0 or all are 1 it has no width, and Clopper and Pearson's limit takes its place."""
    n, mean = len(shares), float(shares.mean())
    leave_one_out = (shares.sum() - shares) / (n - 1)
    limits = jackknife_t(mean, leave_one_out, confidence=confidence)
    if limits is None and mean in (0.0, 1.0):
        far = float(betaincinv(n, 1, (1 - confidence) / 2))
        limits = (far, 1.0) if mean == 1.0 else (0.0, 1 - far)
    if limits is None:
        return Figure(State.SHOWN, n, AGREEMENT_FROM, mean)
    low, high = limits
    return Figure(State.SHOWN, n, AGREEMENT_FROM, mean, max(low, 0.0), min(high, 1.0))


def _alpha_figure(table: FloatArray, sizes: FloatArray, needed: int, confidence: float) -> Figure:
    parts = _coincidences(table, sizes)
    whole = parts.sum(axis=0)
    value = float(_alpha(whole[None], Scale.ORDINAL)[0])
    limits = jackknife_t(value, _alpha(whole - parts, Scale.ORDINAL), confidence=confidence)
    if limits is None:
        return Figure(State.SHOWN, len(table), needed, value)
    return Figure(State.SHOWN, len(table), needed, value, limits[0], min(limits[1], 1.0))


def _ac_figure(
    table: FloatArray, weights: Weights, n: int, needed: int, confidence: float
) -> Figure:
    rated = table[table.sum(axis=1) > 0]
    value, left_out = _ac(rated, agreement_weights(rated.shape[1], weights))
    limits = jackknife_t(value, left_out, confidence=confidence)
    if limits is None:
        return Figure(State.SHOWN, n, needed, value)
    return Figure(State.SHOWN, n, needed, value, limits[0], min(limits[1], 1.0))


# --- the sums ------------------------------------------------------------------------------------
def _pairable(counts: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """The units with two values or more, and how many each has."""
    table = np.asarray(counts, dtype=np.float64)
    if not ((table >= 0) & np.isfinite(table)).all():
        raise ValueError("Counts are finite and not negative.")
    sizes = table.sum(axis=1)
    keep = sizes >= 2
    return table[keep], sizes[keep]


def _unit_agreement(table: FloatArray, sizes: FloatArray, weights: FloatArray) -> FloatArray:
    """Per unit: the weighted share of pairs that agree."""
    pairs = (table * (table @ weights)).sum(axis=1) - table @ np.diag(weights)
    return pairs / (sizes * (sizes - 1))


def _coincidences(table: FloatArray, sizes: FloatArray) -> FloatArray:
    """Per unit, K×K: its pairs of values, each value counting once in all."""
    pairs = table[:, :, None] * table[:, None, :]
    index = np.arange(table.shape[1])
    pairs[:, index, index] -= table
    return pairs / (sizes - 1)[:, None, None]


def _alpha(coincidences: FloatArray, scale: Scale) -> FloatArray:
    """α of each K×K matrix of coincidences in a stack."""
    margins = coincidences.sum(axis=2)
    total = margins.sum(axis=1)
    squares = _squared_differences(margins, scale)
    observed = (coincidences * squares).sum(axis=(1, 2))
    expected = (margins[:, :, None] * margins[:, None, :] * squares).sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        # Taking one unit away leaves rounding where there were values.
        return np.where(
            expected > 1e-9, 1 - (total - 1) * observed / np.maximum(expected, 1e-300), np.nan
        )


def _squared_differences(margins: FloatArray, scale: Scale) -> FloatArray:
    """δ² for each stack of margins; only the ordinal metric depends on them."""
    categories = margins.shape[1]
    if scale == Scale.NOMINAL:
        return np.broadcast_to(1 - np.eye(categories), (len(margins), categories, categories))
    if scale == Scale.INTERVAL:
        return np.broadcast_to(_distance(categories) ** 2, (len(margins), categories, categories))
    # Σ from c to k of n_g, less half of both ends, is the distance between the middles of c and k.
    middles = np.cumsum(margins, axis=1) - margins / 2
    return (middles[:, :, None] - middles[:, None, :]) ** 2


def _ac(table: FloatArray, weights: FloatArray) -> tuple[float, FloatArray]:
    """AC2 of all units, and without each of them."""
    categories = table.shape[1]
    sizes = table.sum(axis=1)
    rated, paired = (sizes >= 1).astype(float), (sizes >= 2).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.nan_to_num(_unit_agreement(table, sizes, weights)) * paired
        prevalence = np.nan_to_num(table / sizes[:, None])

        def coefficient(
            agreed: FloatArray, pairs: FloatArray, used: FloatArray, units: FloatArray
        ) -> FloatArray:
            mean = used / units[..., None]
            spread = (mean * (1 - mean)).sum(axis=-1)
            chance = weights.sum() / (categories * (categories - 1)) * spread
            return (agreed / pairs - chance) / (1 - chance)

        sums = shares.sum(), paired.sum(), prevalence.sum(axis=0), rated.sum()
        left_out = coefficient(
            sums[0] - shares, sums[1] - paired, sums[2] - prevalence, sums[3] - rated
        )
        return float(coefficient(*sums)), left_out


def _distance(categories: int) -> FloatArray:
    index = np.arange(categories, dtype=np.float64)
    return np.abs(index[:, None] - index[None, :])


def _near(categories: int) -> FloatArray:
    return (_distance(categories) <= 1).astype(np.float64)
