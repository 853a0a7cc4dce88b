"""Agreement of reviewers: independent programs, definitions written out, rules for thin data, cover."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.agreement import (
    Scale,
    State,
    Weights,
    agreement_weights,
    assess,
    cohen_kappa,
    count_table,
    exact_agreement,
    fleiss_kappa,
    gwet_ac,
    gwet_figure,
    icc,
    icc_figures,
    icc_limits,
    jackknife_t,
    kappa_figure,
    krippendorff_alpha,
    signed_difference,
    unanimity,
    within_one,
)

# Each with the program or the publication it comes from.
ANSWERS = Path(__file__).with_name("agreement_answers.json")
ALIKE = "no variation"


@pytest.fixture
def vector():
    """`vector("AG01")` is a known answer of an independent program."""
    found = {row["id"]: row for row in json.loads(ANSWERS.read_text())}

    def get(key):
        row = found[key]
        return row["input"], row["expected"], max(row["tolerance"], 1e-9)

    return get


def from_reviewers(rows, categories=None):
    """Counts from ratings 1..K with None for gaps, one row per reviewer."""
    table = np.array([[np.nan if v is None else v for v in row] for row in rows], float) - 1
    return count_table(table, categories or int(np.nanmax(table)) + 1)


def from_square(table):
    """Counts from the cross table of two reviewers."""
    size = len(table)
    rows = []
    for first in range(size):
        for second in range(size):
            row = np.zeros(size)
            row[first] += 1
            row[second] += 1
            rows += [row] * table[first][second]
    return np.array(rows)


# --- independent programs ------------------------------------------------------------------------
@pytest.mark.parametrize("key", ["AG01", "AG02"])
def test_alpha_gives_known_answers(vector, key):
    given_, expected, tolerance = vector(key)
    counts = from_reviewers(given_["ratings_reviewer_by_unit"])

    alpha = krippendorff_alpha(counts, Scale(given_["level"]))

    assert alpha == pytest.approx(expected["alpha"], abs=tolerance)


def test_alpha_does_not_depend_on_levels_nobody_used(vector):
    given_, expected, tolerance = vector("AG02")
    counts = from_reviewers(given_["ratings_reviewer_by_unit"], categories=11)

    assert krippendorff_alpha(counts) == pytest.approx(expected["alpha"], abs=tolerance)


def test_fleiss_kappa_gives_the_known_answer(vector):
    given_, expected, tolerance = vector("AG05")

    kappa = fleiss_kappa(given_["counts_unit_by_category"])

    assert kappa == pytest.approx(expected["kappa"], abs=tolerance)


@pytest.mark.parametrize("key", ["AG08", "AG16"])
def test_kappa_and_ac1_give_known_answers(vector, key):
    given_, expected, tolerance = vector(key)

    assert cohen_kappa(given_["table"])[0] == pytest.approx(expected["kappa"], abs=tolerance)
    counts = from_square(given_["table"])
    assert gwet_ac(counts, Weights.IDENTITY) == pytest.approx(expected["gwet_ac1"], abs=tolerance)
    if "percent_agreement" in expected:
        assert exact_agreement(counts) == pytest.approx(expected["percent_agreement"])


def test_the_paradox_is_there(vector):
    given_, expected, tolerance = vector("AG10")
    for place, table in enumerate(given_["tables"]):
        counts = from_square(table)
        assert exact_agreement(counts) == pytest.approx(expected["percent_agreement"][place])
        assert cohen_kappa(table)[0] == pytest.approx(expected["kappa"][place], abs=tolerance)
        ac1 = gwet_ac(counts, Weights.IDENTITY)
        assert ac1 == pytest.approx(expected["gwet_ac1"][place], abs=tolerance)


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("unweighted", Weights.IDENTITY),
        ("linear", Weights.LINEAR),
        ("quadratic", Weights.QUADRATIC),
    ],
)
def test_weighted_kappa_and_its_error_give_known_answers(vector, name, weights):
    given_, expected, tolerance = vector("AG12")

    kappa, error = cohen_kappa(given_["table"], weights)

    assert kappa == pytest.approx(expected[name], abs=tolerance)
    assert error == pytest.approx(expected[f"se_{name}"], abs=tolerance)


def test_ac1_with_gaps_gives_the_known_answer(vector):
    given_, expected, tolerance = vector("AG14")
    counts = from_reviewers(given_["ratings_reviewer_by_unit"])

    assert exact_agreement(counts) == pytest.approx(expected["percent_agreement"], abs=tolerance)
    assert gwet_ac(counts, Weights.IDENTITY) == pytest.approx(expected["gwet_ac1"], abs=tolerance)


def test_icc_gives_known_answers(vector):
    given_, expected, tolerance = vector("AG18")

    result = icc(given_["ratings_unit_by_reviewer"])

    assert result is not None
    for name, value in expected.items():
        assert getattr(result, name) == pytest.approx(value, abs=tolerance)


def test_exact_and_within_one_give_known_answers(vector):
    given_, expected, tolerance = vector("AG21")
    two, three = from_reviewers(given_["reviewers"][:2], 6), from_reviewers(given_["reviewers"], 6)

    found = {
        "two_first_exact_percent": exact_agreement(two),
        "two_first_within_one_percent": within_one(two),
        "all_three_exact_percent": unanimity(three),
        "all_three_within_one_percent": unanimity(three, tolerance=1),
    }
    assert {k: 100 * v for k, v in found.items()} == pytest.approx(expected, abs=tolerance)


def test_equal_values_agree_fully_and_have_no_alpha(vector):
    given_, expected, _tolerance = vector("AG22")
    counts = from_reviewers(given_["ratings_reviewer_by_unit"], 5)

    assert exact_agreement(counts) == expected["percent_agreement"]
    assert expected["alpha"] is None
    assert np.isnan(krippendorff_alpha(counts))
    assert assess(counts).alpha == assess(counts).ac2
    assert assess(counts).alpha.state == State.NO_VARIATION
    assert assess(counts).alpha.value is None


# --- definitions written out ---------------------------------------------------------------------
ratings = st.integers(2, 5).flatmap(
    lambda reviewers: st.lists(
        st.lists(st.one_of(st.none(), st.integers(1, 4)), min_size=reviewers, max_size=reviewers),
        min_size=2,
        max_size=12,
    )
)


def pairs_by_unit(units):
    """The values of each unit that has two or more."""
    rows = [[v for v in unit if v is not None] for unit in units]
    return [row for row in rows if len(row) >= 2]


def alpha_by_definition(units, delta):
    """Krippendorff's α from single pairs of values, no table in between."""
    rows = pairs_by_unit(units)
    values = [v for row in rows for v in row]
    if len(set(values)) < 2:
        return None
    observed = sum(
        2 * delta(a, b, values) / (len(row) - 1) for row in rows for a, b in combinations(row, 2)
    ) / len(values)
    expected = sum(2 * delta(a, b, values) for a, b in combinations(values, 2)) / (
        len(values) * (len(values) - 1)
    )
    return 1 - observed / expected


def ordinal(a, b, values):
    low, high = sorted((a, b))
    between = sum(values.count(g) for g in range(low, high + 1))
    return (between - (values.count(a) + values.count(b)) / 2) ** 2


DELTAS = {
    Scale.NOMINAL: lambda a, b, values: float(a != b),
    Scale.INTERVAL: lambda a, b, values: (a - b) ** 2,
    Scale.ORDINAL: ordinal,
}


@pytest.mark.parametrize("scale", list(Scale))
@given(units=ratings)
def test_alpha_is_what_its_definition_says(scale, units):
    counts = from_reviewers(list(zip(*units, strict=True)), 4)

    expected = alpha_by_definition(units, DELTAS[scale])

    alpha = krippendorff_alpha(counts, scale)
    assert (None if np.isnan(alpha) else alpha) == pytest.approx(expected)


@given(units=ratings)
def test_agreement_is_the_mean_share_of_pairs(units):
    counts = from_reviewers(list(zip(*units, strict=True)), 4)
    rows = pairs_by_unit(units)

    def share(test):
        return np.mean([np.mean([test(a, b) for a, b in combinations(r, 2)]) for r in rows])

    if not rows:
        assert np.isnan(exact_agreement(counts))
        return
    assert exact_agreement(counts) == pytest.approx(share(lambda a, b: a == b))
    assert within_one(counts) == pytest.approx(share(lambda a, b: abs(a - b) <= 1))


@given(units=ratings, seed=st.integers(0, 10))
def test_no_figure_depends_on_the_order_of_reviewers_or_units(units, seed):
    rng = np.random.default_rng(seed)
    table = list(zip(*units, strict=True))
    counts = from_reviewers(table, 4)
    reviewers = [table[place] for place in rng.permutation(len(table))]
    moved = from_reviewers(reviewers, 4)[rng.permutation(len(units))]

    for function in (krippendorff_alpha, gwet_ac, exact_agreement, within_one):
        assert function(moved) == pytest.approx(function(counts), nan_ok=True)


@given(units=ratings)
def test_leaving_a_unit_out_is_what_the_jackknife_does(units):
    counts = from_reviewers(list(zip(*units, strict=True)), 4)
    level = np.eye(4)
    more = [level[0] + level[0], level[0] + level[1], level[2] + level[2], level[3] + level[1]]
    counts = np.vstack([counts, *(more * 6)])
    alphas, acs = [], []
    for unit in np.flatnonzero(counts.sum(axis=1) >= 2):
        alphas.append(krippendorff_alpha(np.delete(counts, unit, axis=0)))
    for unit in np.flatnonzero(counts.sum(axis=1) >= 1):
        acs.append(gwet_ac(np.delete(counts, unit, axis=0)))
    found = assess(counts)

    low, high = jackknife_t(krippendorff_alpha(counts), alphas)
    assert (found.alpha.low, found.alpha.high) == pytest.approx((low, min(high, 1)))
    low, high = jackknife_t(gwet_ac(counts), acs)
    assert (found.ac2.low, found.ac2.high) == pytest.approx((low, min(high, 1)))


def test_two_reviewers_who_never_agree_on_two_levels_are_below_chance():
    counts = np.array([[1.0, 1.0]] * 20)

    assert exact_agreement(counts) == 0
    assert krippendorff_alpha(counts) < 0


def test_ac2_takes_the_number_of_levels_from_the_rubric():
    three = from_reviewers([[1, 2, 3, 1], [1, 2, 2, 1]], 3)
    five = from_reviewers([[1, 2, 3, 1], [1, 2, 2, 1]], 5)

    assert gwet_ac(five) > gwet_ac(three)


def test_weights_fall_with_distance():
    assert agreement_weights(3, Weights.LINEAR).tolist() == [
        [1, 0.5, 0],
        [0.5, 1, 0.5],
        [0, 0.5, 1],
    ]
    assert agreement_weights(3, Weights.QUADRATIC)[0].tolist() == [1, 0.75, 0]


def test_count_table_refuses_what_is_no_level():
    with pytest.raises(ValueError, match="from 0 to 2"):
        count_table([[0, 3]], 3)
    with pytest.raises(ValueError, match="whole numbers"):
        count_table([[0, 0.5]], 3)


@pytest.mark.parametrize(
    "table", [[[1, 2, 3]], [[1], [2], [3]], [[1, np.nan], [2, 2]], [[3, 3], [3, 3]]]
)
def test_icc_needs_two_of_each_no_gaps_and_something_that_varies(table):
    assert icc(table) is None


def test_icc_is_shown_from_twenty_units_with_an_interval():
    rng = np.random.default_rng(1)
    table = rng.normal(70, 10, (20, 1)) + rng.normal(0, 6, (20, 3))
    one, mean = icc_figures(table)

    assert (one.value, mean.value) == pytest.approx((icc(table).icc2, icc(table).icc2k))
    assert one.low < one.value < one.high <= 1
    assert {row.state for row in icc_figures(table[:19])} == {State.TOO_FEW}
    assert {row.state for row in icc_figures(np.full((20, 3), 80))} == {State.NO_VARIATION}


# --- thin data -----------------------------------------------------------------------------------
def spread(n):
    """`n` interactions by two reviewers: levels vary and a third of the pairs differ by one."""
    first = [unit % 3 for unit in range(n)]
    second = [min(2, v + (unit % 4 == 0)) for unit, v in enumerate(first)]
    return count_table([first, second], 3)


def lopsided(n):
    """Nearly all in the top level."""
    first = [2] * n
    first[0] = 0
    second = [2] * n
    second[1] = 1
    return count_table([first, second], 3)


@pytest.mark.parametrize(
    ("counts", "exact", "alpha", "needed"),
    [
        (spread(9), State.TOO_FEW, State.TOO_FEW, 20),
        (spread(10), State.SHOWN, State.TOO_FEW, 20),
        (spread(19), State.SHOWN, State.TOO_FEW, 20),
        (spread(20), State.SHOWN, State.SHOWN, 20),
        (lopsided(20), State.SHOWN, State.TOO_FEW, 50),
        (lopsided(49), State.SHOWN, State.TOO_FEW, 50),
        (lopsided(50), State.SHOWN, State.SHOWN, 50),
        (count_table([[2] * 60, [2] * 60], 3), State.SHOWN, State.NO_VARIATION, 50),
        (np.zeros((0, 3)), State.TOO_FEW, State.TOO_FEW, 20),
    ],
)
def test_figures_wait_for_enough_data(counts, exact, alpha, needed):
    result = assess(counts)

    assert result.exact.state == exact
    assert result.alpha.state == result.ac2.state == alpha
    assert result.alpha.needed == needed
    for figure in (result.exact, result.within_one, result.alpha, result.ac2):
        assert (figure.value is None) == (figure.state != State.SHOWN)


def test_units_with_one_value_do_not_count_towards_the_minimum():
    counts = np.vstack([spread(9), np.eye(3)])

    assert (assess(counts).exact.n, assess(counts).exact.state) == (9, State.TOO_FEW)


def test_three_quarters_in_one_category_are_not_yet_lopsided():
    first = [2] * 30 + [0] * 10
    assert not assess(count_table([first, first], 3)).is_lopsided
    first = [2] * 31 + [0] * 9
    assert assess(count_table([first, first], 3)).is_lopsided


def test_within_one_says_nothing_about_two_levels():
    assert assess(count_table([[0, 1] * 10, [0, 1] * 10], 2)).within_one is None


def test_full_agreement_is_not_shown_as_certain():
    counts = count_table([[0, 1] * 10, [0, 1] * 10], 3)
    result = assess(counts)

    # Clopper-Pearson for 20 of 20.
    assert (result.exact.value, result.exact.high) == (1, 1)
    assert result.exact.low == pytest.approx(0.025 ** (1 / 20))
    assert (result.alpha.value, result.alpha.low, result.alpha.high) == (1, None, None)


def test_full_disagreement_has_an_upper_limit():
    result = assess(count_table([[0, 1] * 10, [1, 0] * 10], 2))

    assert (result.exact.value, result.exact.low) == (0, 0)
    assert result.exact.high == pytest.approx(1 - 0.025 ** (1 / 20))


# --- against a key -------------------------------------------------------------------------------
def test_signed_difference_is_the_mean_over_units_with_students_t():
    means = np.array([-1, 0, 0, 1, 0, -1, -1, 0, 0, 0.5])
    table = np.array([means + 0.5, means - 0.5])

    figure = signed_difference(table)

    error = means.std(ddof=1) / np.sqrt(10)
    assert figure.n == 10
    assert figure.value == pytest.approx(means.mean())
    assert figure.high - figure.value == pytest.approx(2.262157 * error, rel=1e-6)


def test_signed_difference_ignores_gaps_and_waits_for_ten_units():
    table = [[0, 1, np.nan] * 4, [np.nan] * 12]

    figure = signed_difference(table)

    assert (figure.state, figure.n, figure.value) == (State.TOO_FEW, 8, None)


def test_signed_difference_without_spread_has_no_interval():
    figure = signed_difference([[-1] * 10])

    assert (figure.value, figure.low, figure.high) == (-1, None, None)


# --- cover ---------------------------------------------------------------------------------------
def test_alphas_interval_covers_the_truth():
    """Four reviewers, latent reliability .6, five levels, 20 interactions: 95% are meant to."""
    rng = np.random.default_rng(20260914)

    def sample(n):
        truth = rng.normal(0, np.sqrt(0.6), (1, n))
        latent = truth + rng.normal(0, np.sqrt(0.4), (4, n))
        return count_table(np.digitize(latent, [-0.84, -0.25, 0.25, 0.84]).astype(float), 5)

    true = krippendorff_alpha(sample(200_000))
    figures = [assess(sample(20)).alpha for _trial in range(600)]
    figures = [figure for figure in figures if figure.state == State.SHOWN]
    covered = np.mean([figure.low <= true <= figure.high for figure in figures])

    assert len(figures) > 590
    assert 0.92 <= covered <= 0.975


SHROUT_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]


def test_icc_limits_are_those_of_the_f_distribution():
    """Shrout & Fleiss (1979), as R psych's ICC prints them."""
    found = icc_limits(SHROUT_FLEISS)

    expected = {
        "icc1": (-0.133, 0.723),
        "icc2": (0.019, 0.761),
        "icc3": (0.342, 0.946),
        "icc1k": (-0.884, 0.912),
        "icc2k": (0.071, 0.927),
        "icc3k": (0.676, 0.986),
    }
    assert found.keys() == expected.keys()
    for form, limits in expected.items():
        assert found[form] == pytest.approx(limits, abs=6e-4)


@pytest.mark.parametrize(
    "ratings", [[[3, 3], [3, 3]], [[1, 1], [2, 2], [4, 4]], [[1, 2]], [[1, np.nan], [2, 3]]]
)
def test_icc_has_no_limits_where_nothing_varies_or_all_agree(ratings):
    assert icc_limits(ratings) is None


def test_kappa_figure_has_its_normal_interval(vector):
    given_, expected, tolerance = vector("AG12")

    figure = kappa_figure(given_["table"], Weights.QUADRATIC)

    half = 1.959964 * expected["se_quadratic"]
    assert figure.n == 91
    assert figure.value == pytest.approx(expected["quadratic"], abs=tolerance)
    assert figure.high - figure.value == pytest.approx(half, abs=1e-5)


def test_kappa_figure_says_what_is_missing():
    assert kappa_figure([[10, 1], [2, 6]]).state == State.TOO_FEW
    assert kappa_figure([[30, 0], [0, 0]]).state == State.NO_VARIATION
    full = kappa_figure([[15, 0], [0, 15]])
    assert (full.value, full.low) == (1, None)


def test_gwet_figure_is_ac2_of_assess_and_with_identity_weights_ac1(vector):
    counts = np.array(vector("AG05")[0]["counts_unit_by_category"])

    assert gwet_figure(counts) == assess(counts).ac2
    first = gwet_figure(counts, Weights.IDENTITY)
    assert first.value == pytest.approx(gwet_ac(counts, Weights.IDENTITY))
    assert first.low < first.value < first.high
    assert gwet_figure(counts[:19]).state == State.TOO_FEW
    assert gwet_figure([[4, 0]] * 60).state == State.NO_VARIATION
