"""Did training help, or would these people have come back to their usual level anyway?

Whoever is sent because of a low month improves without training, because a low month is partly bad
luck. So nothing here compares somebody's worst month with what came later: the month that people were
selected by is left out of the comparison (difference in differences), or is what people are compared at
equal values of (analysis of covariance). What both cannot exclude, the verdict says.

Scores are per review, in one unit throughout; give fair scores, so that another reviewer is not taken
for learning. Sources, simulations and the reasons for each least number are in docs/measurement.md.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, stdtr, stdtrit

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

TRAINED_FROM: Final = 10
PEERS_FROM: Final = 20
REVIEWS_FROM: Final = 4
MONTHS: Final = 3
# A test that is to make the verdict doubtful: its error rate, and the power printed as detectable.
DOUBT: Final = 0.05
POWER: Final = 0.8

# Differences below this share of a score are rounding.
_ROUNDING: Final = 1e-10


class Choice(StrEnum):
    """How it was decided who is trained."""

    BY_SCORE = "by_score"
    BY_LOT = "by_lot"
    OTHERWISE = "otherwise"


class Method(StrEnum):
    ANCOVA = "ancova"
    DIFFERENCE_IN_DIFFERENCES = "difference_in_differences"
    DIFFERENCE_IN_MEANS = "difference_in_means"


class Verdict(StrEnum):
    """The one sentence that is allowed."""

    GAIN = "gain"
    LOSS = "loss"
    NO_EVIDENCE = "no_evidence"
    CANNOT_TELL = "cannot_tell"
    TOO_FEW = "too_few"


class Doubt(StrEnum):
    """Why it cannot be told."""

    METHODS_DISAGREE = "methods_disagree"
    DIFFERENT_BEFORE = "different_before"
    BEFORE_UNKNOWN = "before_unknown"


class Need(StrEnum):
    """What there is too little of."""

    TRAINED = "trained"
    PEERS = "peers"


@dataclass(frozen=True, slots=True)
class Missing:
    """`have` of `needed` people with enough reviews; `people` all there are. The others have fewer than
    `REVIEWS_FROM` reviews before or after, or none in the month of selection."""

    need: Need
    have: int
    needed: int
    people: int


@dataclass(frozen=True, slots=True)
class Effect:
    """Trained against peers, in points of the score; `p` two-sided, of no difference at all."""

    method: Method
    value: float
    standard_error: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class TrainingEffect:
    """The verdict with everything it rests on. Figures are None where the data do not give them.

    `expected_gain`: by how much the trained would have risen from their month of selection without any
    training. `raw_gain` is by how much they rose, which is what a naive before-and-after would claim;
    `peers_raw_gain` the same for the peers. `beside` is the other method. `placebo` is the same
    comparison between two times before the selection, when there was nothing to find. `detectable` is
    the smallest effect that would be found four times out of five.
    """

    verdict: Verdict
    trained: int
    peers: int
    headline: Effect | None = None
    beside: Effect | None = None
    placebo: Effect | None = None
    doubts: tuple[Doubt, ...] = ()
    missing: tuple[Missing, ...] = ()
    expected_gain: float | None = None
    raw_gain: float | None = None
    peers_raw_gain: float | None = None
    detectable: float | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """One row per person and selection, arrays of one length: mean scores, NaN where there is no review.

    `selection` is the month people were chosen by, `earlier` all months of the window before it,
    `before` and `after` the two windows at the same distance from it, `first` and `second` the halves
    of `before`. `reviews_before` and `reviews_after` count reviews in the two windows.
    """

    person: IntArray
    cohort: IntArray
    is_trained: BoolArray
    selection: FloatArray
    earlier: FloatArray
    before: FloatArray
    first: FloatArray
    second: FloatArray
    after: FloatArray
    reviews_before: FloatArray
    reviews_after: FloatArray


@dataclass(frozen=True, slots=True)
class Fit:
    """Least squares: one entry per column. `influence[cluster, column]`: how much the coefficient falls
    when the cluster is left out."""

    coefficients: FloatArray
    classic_se: FloatArray
    robust_se: FloatArray
    degrees_of_freedom: int
    influence: FloatArray


# --- what to expect without any training ---------------------------------------------------------
def expected_gain(
    mean: ArrayLike,
    sd: ArrayLike,
    cut: ArrayLike,
    reliability: ArrayLike,
    *,
    is_below: bool = True,
    months: int = 1,
) -> FloatArray:
    """How far people selected below (or above) a cut move back towards the mean by themselves.

    Barnett, van der Pols & Dobson (2005): (1−ρ)σ φ(z)/Φ(−z) with z = (mean − cut)/σ, where σ² is the
    variance of single months between and within people and ρ the part of it between. Selected by the
    mean of `months` months: σ²_w/m / √(σ²_b + σ²_w/m) in place of (1−ρ)σ, and that root in z. Positive
    in the direction of the mean. Arrays broadcast. Raises `ValueError` for a reliability outside of 0
    to 1, an sd of 0 or less, and what is not finite.
    """
    middle, spread, limit, rho = (
        np.asarray(each, dtype=np.float64) for each in (mean, sd, cut, reliability)
    )
    fits = (rho >= 0) & (rho <= 1) & (spread > 0) & np.isfinite(middle + spread + limit)
    if not fits.all() or months < 1:
        raise ValueError("A reliability is 0 to 1 and a spread more than 0.")
    within = (1 - rho) * spread**2 / months
    total = np.sqrt(rho * spread**2 + within)
    z = (middle - limit) / total if is_below else (limit - middle) / total
    # As logarithms: far below the mean both are 0 in floating point.
    ratio = np.exp(-(z**2) / 2 - np.log(2 * np.pi) / 2 - log_ndtr(-z))
    return np.asarray(within / total * ratio)


def difference_in_differences(
    trained_before: float, trained_after: float, peers_before: float, peers_after: float
) -> float:
    """By how much more the trained rose than their peers did."""
    return (trained_after - trained_before) - (peers_after - peers_before)


# --- the lot -------------------------------------------------------------------------------------
def draw_lot(candidates: Iterable[int], places: int, *, seed: str) -> list[int]:
    """Who gets the places when there are fewer than eligible people, each with the same chance.

    Everybody is given the SHA-256 of "seed:number" and the lowest win: whoever knows seed and list can
    draw again, in any language, and get the same. In the order drawn; the rest may follow as a
    waiting list. Raises `ValueError` for a number of places that is negative.
    """
    if places < 0:
        raise ValueError("The number of places is not negative.")

    def key(candidate: int) -> bytes:
        return hashlib.sha256(f"{seed}:{candidate}".encode()).digest()

    return sorted(set(candidates), key=key)[:places]


# --- from cells to people ------------------------------------------------------------------------
def rows_from_cells(
    person: ArrayLike,
    cohort: ArrayLike,
    is_trained: ArrayLike,
    month: ArrayLike,
    n: ArrayLike,
    sum_y: ArrayLike,
    *,
    months: int = MONTHS,
    gap: int = 0,
) -> Rows:
    """One entry per cell: who, in which selection (code), trained through it or a peer in it, the month
    counted from that of the selection (0; before it negative), how many reviews and their sum.

    `after` is months gap+1 to gap+`months`, `before` −gap−`months` to −gap−1: a `gap` for the months in
    which the training was still going on is left out on both sides, because luck fades with the distance
    from month 0 alike in both directions. Somebody may be a peer in several cohorts (code of person
    the same), and should not be one in months in which they were trained. Other months are ignored.
    """
    who, of = np.asarray(person, dtype=np.int64), np.asarray(cohort, dtype=np.int64)
    treated, at = np.asarray(is_trained, dtype=bool), np.asarray(month)
    count, total = np.asarray(n, dtype=np.float64), np.asarray(sum_y, dtype=np.float64)
    keys, place = np.unique(np.column_stack([of, who, treated]), axis=0, return_inverse=True)
    place = place.reshape(-1)

    def window(first: int, last: int) -> tuple[FloatArray, FloatArray]:
        here = (at >= first) & (at <= last)
        reviews = np.bincount(place[here], weights=count[here], minlength=len(keys)).astype(float)
        sums = np.bincount(place[here], weights=total[here], minlength=len(keys))
        with np.errstate(divide="ignore", invalid="ignore"):
            return reviews, np.where(reviews > 0, sums / reviews, np.nan)

    half = months // 2
    reviews_before, before = window(-gap - months, -gap - 1)
    reviews_after, after = window(gap + 1, gap + months)
    return Rows(
        person=keys[:, 1],
        cohort=keys[:, 0],
        is_trained=keys[:, 2].astype(bool),
        selection=window(0, 0)[1],
        earlier=window(-gap - months, -1)[1],
        before=before,
        first=window(-gap - months, -gap - months + half - 1)[1],
        second=window(-gap - half, -gap - 1)[1],
        after=after,
        reviews_before=reviews_before,
        reviews_after=reviews_after,
    )


# --- the effect ----------------------------------------------------------------------------------
def training_effect(rows: Rows, *, choice: Choice, confidence: float = 0.95) -> TrainingEffect:
    """The verdict about one module and one skill.

    By score: the headline is the analysis of covariance of `after` on trained, the month of selection
    and the earlier months, with the difference in differences beside it; chosen otherwise (by what a
    manager knows, or volunteers) the other way round; by lot the difference in means, and nothing has to
    be allowed for. Cohorts have levels of their own. Robust standard errors: HC3, which becomes CR3
    where somebody is in several cohorts; Student's t.

    It cannot be told when the two methods differ by more than chance (jackknife), or when the placebo
    finds an "effect" before there was any training or cannot be worked out. None of this catches who
    would have grown in exactly those months anyway; a lot does.
    """
    by_lot = choice == Choice.BY_LOT
    enough = rows.reviews_after >= REVIEWS_FROM
    if not by_lot:
        enough &= (rows.reviews_before >= REVIEWS_FROM) & ~np.isnan(rows.selection)
    trained = len(np.unique(rows.person[enough & rows.is_trained]))
    peers = len(np.unique(rows.person[enough & ~rows.is_trained]))
    missing = tuple(
        Missing(need, have, needed, len(np.unique(rows.person[among])))
        for need, have, needed, among in (
            (Need.TRAINED, trained, TRAINED_FROM, rows.is_trained),
            (Need.PEERS, peers, PEERS_FROM, ~rows.is_trained),
        )
        if have < needed
    )
    regression = _expected(rows, enough)
    raw, peers_raw = (
        _mean_or_none((rows.after - rows.selection)[enough & among])
        for among in (rows.is_trained, ~rows.is_trained)
    )
    if missing:
        return TrainingEffect(
            Verdict.TOO_FEW,
            trained,
            peers,
            missing=missing,
            expected_gain=regression,
            raw_gain=raw,
            peers_raw_gain=peers_raw,
        )

    placebo = _placebo(rows, enough, confidence)
    doubts: list[Doubt] = []
    if by_lot:
        headline, fit = _effect(
            Method.DIFFERENCE_IN_MEANS, rows, enough, rows.after, (), confidence
        )
        beside = None
    else:
        covariates = (rows.selection, rows.earlier)
        ancova, one = _effect(Method.ANCOVA, rows, enough, rows.after, covariates, confidence)
        did, other = _effect(
            Method.DIFFERENCE_IN_DIFFERENCES, rows, enough, rows.after - rows.before, (), confidence
        )
        headline, beside = (ancova, did) if choice == Choice.BY_SCORE else (did, ancova)
        fit = one if choice == Choice.BY_SCORE else other
        if _disagree(one, other, float(np.abs(rows.after[enough]).max())):
            doubts.append(Doubt.METHODS_DISAGREE)
        if placebo is None:
            doubts.append(Doubt.BEFORE_UNKNOWN)
        elif placebo.p < DOUBT:
            doubts.append(Doubt.DIFFERENT_BEFORE)
    return TrainingEffect(
        verdict=_verdict(headline, doubts),
        trained=trained,
        peers=peers,
        headline=headline,
        beside=beside,
        placebo=placebo,
        doubts=tuple(doubts),
        expected_gain=regression,
        raw_gain=raw,
        peers_raw_gain=peers_raw,
        detectable=smallest_detectable(headline.standard_error, fit.degrees_of_freedom),
    )


def smallest_detectable(standard_error: float, degrees_of_freedom: int) -> float:
    """(t(.975) + t(.8)) · s.e.: an effect of this size is found four times out of five."""
    wide, narrow = stdtrit(degrees_of_freedom, [1 - DOUBT / 2, POWER])
    return float((wide + narrow) * standard_error)


def least_squares(y: ArrayLike, columns: ArrayLike, *, cluster: ArrayLike | None = None) -> Fit:
    """Ordinary least squares with standard errors that hold for unequal variances.

    `columns[row, column]` holds the constant too. HC3: (X'X)⁻¹ Σ x x' e²/(1−h)² (X'X)⁻¹. With clusters,
    CR3: the residuals of a cluster become (I − H_gg)⁻¹ e_g, which is the same where each is one row.
    Degrees of freedom: clusters less columns. Columns that the others give are dropped to zero.
    """
    x, values = np.asarray(columns, dtype=np.float64), np.asarray(y, dtype=np.float64)
    inverse = np.linalg.pinv(x.T @ x)
    coefficients = inverse @ (x.T @ values)
    residuals = values - x @ coefficients
    rank = int(np.linalg.matrix_rank(x))
    free = len(values) - rank
    classic = np.sqrt(np.diag(inverse) * (residuals @ residuals) / free) if free > 0 else None
    hat = np.einsum("ij,jk,ik->i", x, inverse, x)
    codes = (
        np.arange(len(values)) if cluster is None else np.unique(cluster, return_inverse=True)[1]
    )
    sizes = np.bincount(codes)
    # A row that alone decides a column fits it exactly; its residual is then rounding.
    scaled = residuals / np.maximum(1 - hat, 1e-9)
    # Clusters of one size together: each is a small matrix, and there are as many as people.
    by_cluster = np.argsort(codes, kind="stable")
    starts = np.cumsum(sizes) - sizes
    for size in np.unique(sizes[sizes > 1]):
        here = by_cluster[starts[sizes == size][:, None] + np.arange(size)]
        parts = np.eye(size) - x[here] @ inverse @ np.swapaxes(x[here], 1, 2)
        scaled[here] = (np.linalg.pinv(parts) @ residuals[here][:, :, None])[:, :, 0]
    scores = x * scaled[:, None]
    influence = np.zeros((len(sizes), x.shape[1]))
    np.add.at(influence, codes, scores)
    influence = influence @ inverse
    robust = np.sqrt((influence**2).sum(axis=0))
    nothing = np.full(x.shape[1], np.nan)
    return Fit(
        coefficients, nothing if classic is None else classic, robust, len(sizes) - rank, influence
    )


def _effect(
    method: Method,
    rows: Rows,
    used: BoolArray,
    outcome: FloatArray,
    covariates: tuple[FloatArray, ...],
    confidence: float,
) -> tuple[Effect, Fit]:
    """The coefficient of being trained, the first column."""
    cohorts = rows.cohort[used]
    levels = (cohorts[:, None] == np.unique(cohorts)[None, :]).astype(np.float64)
    columns = [rows.is_trained[used].astype(np.float64)]
    # Around their mean, which changes no coefficient but the levels and keeps squares small.
    columns += [each[used] - each[used].mean() for each in covariates]
    fit = least_squares(
        outcome[used], np.column_stack([*columns, levels]), cluster=rows.person[used]
    )
    value, error, df = float(fit.coefficients[0]), float(fit.robust_se[0]), fit.degrees_of_freedom
    # Equal scores leave rounding, which must not look like a difference that is certain.
    trace = _ROUNDING * float(np.abs(rows.after[used]).max())
    value, error = (0.0 if abs(each) <= trace else each for each in (value, error))
    half = float(stdtrit(df, 0.5 + confidence / 2)) * error
    p = float(2 * stdtr(df, -abs(value) / error)) if error > 0 else float(value == 0)
    return Effect(method, value, error, value - half, value + half, p), fit


def _placebo(rows: Rows, enough: BoolArray, confidence: float) -> Effect | None:
    change = rows.second - rows.first
    used = enough & ~np.isnan(change)
    is_trained = rows.is_trained[used]
    if is_trained.sum() < TRAINED_FROM or (~is_trained).sum() < PEERS_FROM:
        return None
    return _effect(Method.DIFFERENCE_IN_DIFFERENCES, rows, used, change, (), confidence)[0]


def _disagree(one: Fit, other: Fit, scale: float) -> bool:
    difference = float(one.coefficients[0] - other.coefficients[0])
    error = float(np.sqrt(((one.influence[:, 0] - other.influence[:, 0]) ** 2).sum()))
    quantile = float(stdtrit(min(one.degrees_of_freedom, other.degrees_of_freedom), 1 - DOUBT / 2))
    return abs(difference) > quantile * error + _ROUNDING * scale


def _verdict(headline: Effect, doubts: list[Doubt]) -> Verdict:
    if doubts:
        return Verdict.CANNOT_TELL
    if headline.low > 0:
        return Verdict.GAIN
    return Verdict.LOSS if headline.high < 0 else Verdict.NO_EVIDENCE


def _expected(rows: Rows, enough: BoolArray) -> float | None:
    """How far the trained are below their cohort in the month of selection, times the part of such a
    distance that is gone in other months: 1 less the slope of the earlier months on that month."""
    used = enough & ~np.isnan(rows.selection) & ~np.isnan(rows.before)
    if used.sum() < TRAINED_FROM + PEERS_FROM or not rows.is_trained[used].any():
        return None
    _cohorts, place = np.unique(rows.cohort[used], return_inverse=True)
    sizes = np.bincount(place)

    def centred(values: FloatArray) -> FloatArray:
        return values[used] - (np.bincount(place, weights=values[used]) / sizes)[place]

    selection, before = centred(rows.selection), centred(rows.before)
    spread = selection @ selection
    if spread <= 0:
        return None
    lasting = float(np.clip(selection @ before / spread, 0, 1))
    return float(-(1 - lasting) * selection[rows.is_trained[used]].mean())


def _mean_or_none(values: FloatArray) -> float | None:
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else None
