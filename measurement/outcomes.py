"""What customers say and do, and whether it goes together with our scores.

None of it says that the one causes the other. Whoever answers a survey is not everybody: print
`response_rate` beside every figure from answers. Sources and the reasons for each least number are in
docs/measurement.md.
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Not scipy.stats: importing it costs every process most of a second and 40 MB for a few functions.
from scipy.special import bdtr, ndtri

from measurement.correlation import fisher_interval, kendall, pearson, pearson_p, spearman
from measurement.figures import Figure, State
from measurement.intervals import mean_interval, t_half_width
from measurement.proportions import wilson

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

ANSWERS_FROM: Final = 10
CONTACTS_FROM: Final = 10
DURATIONS_FROM: Final = 10
PAIRS_FROM: Final = 10
LINK_AGENTS_FROM: Final = 20
LINK_PAIRS_FROM: Final = 100
RETURN_DAYS: Final = 7

# Bootstrap draws, and how many numbers are held at once.
_DRAWS = 2000
_AT_ONCE = 2_000_000


# --- answers to surveys --------------------------------------------------------------------------
def share(k: int, n: int, *, needed: int = ANSWERS_FROM, confidence: float = 0.95) -> Figure:
    """`k` of `n`, 0 to 1, with Wilson's interval."""
    if n < needed:
        return Figure(State.TOO_FEW, n, needed)
    return Figure(State.SHOWN, n, needed, k / n, *wilson(k, n, confidence=confidence))


def csat(satisfied: int, answers: int, *, confidence: float = 0.95) -> Figure:
    """The share of answers that are satisfied (4 or 5 of 5), 0 to 1."""
    return share(satisfied, answers, confidence=confidence)


def response_rate(answers: int, asked: int, *, confidence: float = 0.95) -> Figure:
    """The share of the people asked who answered, 0 to 1."""
    return share(answers, asked, confidence=confidence)


class NpsInterval(NamedTuple):
    """Limits of a net promoter score, -1 to 1, and the `centre` between them before they were cut."""

    centre: float
    low: float
    high: float


def nps_interval(
    promoters: int, passives: int, detractors: int, *, confidence: float = 0.95
) -> NpsInterval:
    """Adjusted Wald: as if three more had answered, ¾ a promoter, ¾ a detractor and the rest neither.

    m = (P − D)/N, m ± z √((P + D)/N − m²)/√N with the adjusted P, D and N. The plain one covers .80 to
    .90 with ten answers.
    """
    n = promoters + passives + detractors + 3
    up, down = (promoters + 0.75) / n, (detractors + 0.75) / n
    centre = up - down
    half = float(ndtri(0.5 + confidence / 2)) * np.sqrt((up + down - centre**2) / n)
    return NpsInterval(centre, max(float(centre - half), -1.0), min(float(centre + half), 1.0))


def nps(promoters: int, passives: int, detractors: int, *, confidence: float = 0.95) -> Figure:
    """Promoters (9, 10) less detractors (0 to 6) as a share of all answers, -1 to 1."""
    if not all(0 <= each < float("inf") for each in (promoters, passives, detractors)):
        raise ValueError("Numbers of answers are not negative.")
    n = promoters + passives + detractors
    if n < ANSWERS_FROM:
        return Figure(State.TOO_FEW, n, ANSWERS_FROM)
    interval = nps_interval(promoters, passives, detractors, confidence=confidence)
    value = (promoters - detractors) / n
    return Figure(State.SHOWN, n, ANSWERS_FROM, value, interval.low, interval.high)


def customer_effort(
    n: int,
    sum_y: float,
    sum_yy: float,
    *,
    lowest: float = 1,
    highest: float = 7,
    confidence: float = 0.95,
) -> Figure:
    """The mean answer about effort with Student's t interval, cut at the ends of its scale."""
    if n < ANSWERS_FROM:
        return Figure(State.TOO_FEW, n, ANSWERS_FROM)
    interval = mean_interval(n, sum_y, sum_yy, confidence=confidence)
    mean = float(interval.mean)
    if not interval.standard_error > 0:
        return Figure(State.SHOWN, n, ANSWERS_FROM, mean)
    low, high = max(float(interval.low), lowest), min(float(interval.high), highest)
    return Figure(State.SHOWN, n, ANSWERS_FROM, mean, low, high)


# --- first contact resolution --------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class FirstContact:
    """Of which contacts it is known whether the customer came back. Masks over the contacts given.

    `figure` is the share of the ripe ones that were resolved, 0 to 1; `figure.n` counts ripe ones.
    """

    is_ripe: BoolArray
    is_resolved: BoolArray
    figure: Figure

    @property
    def ripe(self) -> int:
        return int(self.is_ripe.sum())

    @property
    def resolved(self) -> int:
        return int((self.is_ripe & self.is_resolved).sum())

    @property
    def not_ripe(self) -> int:
        return len(self.is_ripe) - self.ripe

    def of(self, chosen: ArrayLike) -> Figure:
        """The same share for some of the contacts (a mask): of an agent, of a month."""
        here = self.is_ripe & np.asarray(chosen, dtype=bool)
        return share(int((here & self.is_resolved).sum()), int(here.sum()), needed=CONTACTS_FROM)


def first_contact_resolution(
    customer: ArrayLike,
    topic: ArrayLike,
    day: ArrayLike,
    *,
    today: int,
    window: int = RETURN_DAYS,
) -> FirstContact:
    """A contact is resolved when the same customer does not return with the same topic within `window`
    days, the last one included. It is ripe once that many full days have passed; before, even those who
    came back already say nothing, because those who have not come back yet cannot be counted.

    One entry per contact: customer and topic (codes), day (a whole number, as `date.toordinal()`
    gives); of two contacts on one day the later in the arrays is the return. Give every contact, also
    those of others and of the days before: a filter by agent goes into `FirstContact.of`.
    """
    who, what = np.asarray(customer).reshape(-1), np.asarray(topic).reshape(-1)
    days = np.asarray(day, dtype=np.int64).reshape(-1)
    order = np.lexsort((days, what, who))
    is_same = (who[order][1:] == who[order][:-1]) & (what[order][1:] == what[order][:-1])
    returns = is_same & (np.diff(days[order]) <= window)
    is_resolved = np.ones(len(days), dtype=bool)
    is_resolved[order[:-1][returns]] = False
    is_ripe = today - days >= window
    n, k = int(is_ripe.sum()), int((is_ripe & is_resolved).sum())
    return FirstContact(is_ripe, is_resolved, share(k, n, needed=CONTACTS_FROM))


# --- handle time ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class HandleTime:
    """Middles of durations, in the unit given. The plain mean is no figure: one forgotten call moves
    it, and its error is about three times larger. `left_out` durations were not above zero."""

    median: Figure
    geometric: Figure
    trimmed: Figure
    mean: float | None
    left_out: int = 0


def handle_time(durations: ArrayLike, *, trim: float = 0.1, confidence: float = 0.95) -> HandleTime:
    """Median with the exact interval of order statistics (at least as sure as it says), geometric mean
    with Student's t on logarithms, and the mean without the `trim` share at each end with Tukey and
    McLaughlin's interval. Gaps (NaN) and durations of zero or less are left out and counted."""
    given = np.asarray(durations, dtype=np.float64).reshape(-1)
    values = np.sort(given[(given > 0) & np.isfinite(given)])
    n, left_out = len(values), len(given) - len(values)
    if n < DURATIONS_FROM:
        thin = Figure(State.TOO_FEW, n, DURATIONS_FROM)
        return HandleTime(thin, thin, thin, float(values.mean()) if n else None, left_out)
    logs = np.log(values)
    middle = mean_interval(n, logs.sum(), (logs**2).sum(), confidence=confidence)
    return HandleTime(
        _figure(n, float(np.median(values)), _median_limits(values, confidence)),
        _figure(
            n,
            float(np.exp(middle.mean)),
            (float(np.exp(middle.low)), float(np.exp(middle.high)))
            if middle.standard_error > 0
            else None,
        ),
        _figure(n, trimmed_mean(values, trim), _trimmed_limits(values, trim, confidence)),
        float(values.mean()),
        left_out,
    )


@dataclass(frozen=True, slots=True)
class Middles:
    """Middles of times that may be zero, such as waits, in the unit given. The mean is no figure."""

    median: Figure
    trimmed: Figure
    mean: float | None


def middles(values: ArrayLike, *, trim: float = 0.05, confidence: float = 0.95) -> Middles:
    """As `handle_time`, where zero is a time like any other: without the geometric mean. Gaps (NaN) are
    left out."""
    given = np.asarray(values, dtype=np.float64).reshape(-1)
    ordered = np.sort(given[~np.isnan(given)])
    n = len(ordered)
    if n < DURATIONS_FROM:
        thin = Figure(State.TOO_FEW, n, DURATIONS_FROM)
        return Middles(thin, thin, float(ordered.mean()) if n else None)
    return Middles(
        _figure(n, float(np.median(ordered)), _median_limits(ordered, confidence)),
        _figure(n, trimmed_mean(ordered, trim), _trimmed_limits(ordered, trim, confidence)),
        float(ordered.mean()),
    )


def trimmed_mean(values: ArrayLike, trim: float) -> float:
    """The mean without the lowest and highest `trim` share, each rounded down to whole values."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    cut = int(trim * len(ordered))
    return float(ordered[cut : len(ordered) - cut].mean())


def _figure(n: int, value: float, limits: tuple[float, float] | None) -> Figure:
    low, high = limits or (None, None)
    return Figure(State.SHOWN, n, DURATIONS_FROM, value, low, high)


def _median_limits(ordered: FloatArray, confidence: float) -> tuple[float, float] | None:
    n = len(ordered)
    # The largest place for which fewer values than it lie below the median only rarely.
    # Looked for by halves: of a hundred thousand places hardly any has to be worked out.
    place = bisect_right(range(n), (1 - confidence) / 2, key=lambda at: float(bdtr(at, n, 0.5)))
    if place < 1 or ordered[place - 1] == ordered[n - place]:
        return None
    return float(ordered[place - 1]), float(ordered[n - place])


def _trimmed_limits(
    ordered: FloatArray, trim: float, confidence: float
) -> tuple[float, float] | None:
    n = len(ordered)
    cut = int(trim * n)
    winsorised = np.clip(ordered, ordered[cut], ordered[n - 1 - cut])
    error = winsorised.std(ddof=1) / ((1 - 2 * cut / n) * np.sqrt(n))
    if error <= 0:
        return None
    half = float(t_half_width(error, n - 2 * cut - 1, confidence=confidence))
    mean = trimmed_mean(ordered, trim)
    return mean - half, mean + half


# --- do scores and outcomes go together? ---------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Correlations:
    """Of single pairs. `pearson` has Fisher's interval and `p`; the two of ranks are beside it because
    answers of a survey are steps. All three take pairs for independent; for scores of the same agents
    use `link`."""

    pearson: Figure
    p: float | None
    spearman: float | None
    kendall: float | None


@dataclass(frozen=True, slots=True)
class Link:
    """`within`: do better interactions of the same agent get better answers? `total` mixes that with
    differences between agents, which may be of their queues. Both count pairs; `agents` are those with
    two pairs or more, of `agents_needed`."""

    within: Figure
    total: Figure
    agents: int
    agents_needed: int = LINK_AGENTS_FROM


def correlations(
    quality: ArrayLike, outcome: ArrayLike, *, confidence: float = 0.95
) -> Correlations:
    """Pairs of two measurements; pairs with a gap (NaN) are left out."""
    x, y = _complete(quality, outcome)
    n = len(x)
    if n < PAIRS_FROM:
        return Correlations(Figure(State.TOO_FEW, n, PAIRS_FROM), None, None, None)
    value = pearson(x, y)
    if value is None:
        return Correlations(Figure(State.NO_VARIATION, n, PAIRS_FROM), None, None, None)
    low, high = fisher_interval(value, n, confidence=confidence) or (None, None)
    figure = Figure(State.SHOWN, n, PAIRS_FROM, value, low, high)
    return Correlations(figure, pearson_p(value, n), spearman(x, y), kendall(x, y))


def link(
    agent: ArrayLike,
    quality: ArrayLike,
    outcome: ArrayLike,
    *,
    seed: int = 0,
    draws: int = _DRAWS,
    confidence: float = 0.95,
) -> Link:
    """Pearson's correlation inside agents (deviations from each agent's own means) and over all pairs.

    One entry per pair; agent is a code. Intervals are percentiles of a bootstrap that draws whole
    agents, because the pairs of one are not independent; the same `seed` gives the same limits. From
    20 agents with two pairs or more and 100 pairs. Cost: the draws times the number of agents.
    """
    codes = np.asarray(agent).reshape(-1)
    given = ~(np.isnan(np.asarray(quality, float)) | np.isnan(np.asarray(outcome, float)))
    x, y = np.asarray(quality, float)[given], np.asarray(outcome, float)[given]
    if not len(x):
        nothing = Figure(State.TOO_FEW, 0, LINK_PAIRS_FROM)
        return Link(nothing, nothing, 0)
    _agents, place = np.unique(codes[given], return_inverse=True)
    # Centred first, so that squares of large numbers do not swallow what differs.
    x, y = x - x.mean(), y - y.mean()
    n, sx, sy, sxx, syy, sxy = (
        np.bincount(place, weights=each) for each in (np.ones(len(x)), x, y, x * x, y * y, x * y)
    )
    inside = np.column_stack([sxx - sx**2 / n, syy - sy**2 / n, sxy - sx * sy / n])
    cells = np.column_stack([n, sx, sy, sxx, syy, sxy, inside])
    agents = int((n >= 2).sum())
    if agents < LINK_AGENTS_FROM or len(x) < LINK_PAIRS_FROM:
        thin = Figure(State.TOO_FEW, len(x), LINK_PAIRS_FROM)
        return Link(thin, thin, agents)

    random = np.random.default_rng(seed)
    found = []
    size = max(1, _AT_ONCE // len(cells))
    for start in range(0, draws, size):
        drawn = random.multinomial(
            len(cells), np.full(len(cells), 1 / len(cells)), size=min(size, draws - start)
        )
        found.append(_within_and_total(drawn.astype(np.float64) @ cells))
    resampled = np.vstack(found)
    figures = []
    for value, others in zip(
        _within_and_total(cells.sum(axis=0)[None])[0], resampled.T, strict=True
    ):
        if np.isnan(value):
            figures.append(Figure(State.NO_VARIATION, len(x), LINK_PAIRS_FROM))
            continue
        tail = (1 - confidence) / 2
        low, high = np.quantile(others[~np.isnan(others)], [tail, 1 - tail])
        figures.append(
            Figure(State.SHOWN, len(x), LINK_PAIRS_FROM, float(value), float(low), float(high))
        )
    return Link(figures[0], figures[1], agents)


def _within_and_total(sums: FloatArray) -> FloatArray:
    """Both correlations for each row of sums n, Σx, Σy, Σx², Σy², Σxy and the three inside agents."""
    n, sx, sy, sxx, syy, sxy, wxx, wyy, wxy = sums.T
    with np.errstate(divide="ignore", invalid="ignore"):
        txx, tyy, txy = sxx - sx**2 / n, syy - sy**2 / n, sxy - sx * sy / n
        # Sums of equal numbers leave rounding where nothing varies.
        inside = np.where(
            (wxx > 1e-12 * sxx) & (wyy > 1e-12 * syy), wxy / np.sqrt(wxx * wyy), np.nan
        )
        total = np.where((txx > 0) & (tyy > 0), txy / np.sqrt(txx * tyy), np.nan)
    return np.clip(np.column_stack([inside, total]), -1, 1)


def _complete(one: ArrayLike, other: ArrayLike) -> tuple[FloatArray, FloatArray]:
    x, y = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    given = ~(np.isnan(x) | np.isnan(y))
    return x[given], y[given]
