"""Equal treatment: R's answers, exactness from cells, a known truth, what is hidden or too little."""

import numpy as np
import pytest
from scipy import stats

from measurement.equal_treatment import (
    Finding,
    attribute_effects,
    cluster_regression,
    criterion_effects,
    mantel_haenszel,
    remove_means,
    reviewer_effects,
)

# Berkeley admissions 1973 by department (Bickel et al. 1975): admitted and not, men and women.
BERKELEY = [
    [[512, 89], [313, 19]],
    [[353, 17], [207, 8]],
    [[120, 202], [205, 391]],
    [[138, 131], [279, 244]],
    [[53, 94], [138, 299]],
    [[22, 24], [351, 317]],
]


def design(rng, *, agents=60, reviewers=12, each=16, cross=0.3, noise=15.0, pair=4.0):
    """Who reviewed whom, and scores in percent without any bias; three reviewers a team."""
    level, severity = rng.normal(0, 9, agents), rng.normal(0, 6, reviewers)
    agent = np.repeat(np.arange(agents), each)
    home = agent * (reviewers // 3) // agents
    reviewer = np.where(
        rng.random(len(agent)) < cross,
        rng.integers(0, reviewers, len(agent)),
        home * 3 + rng.integers(0, 3, len(agent)),
    )
    own = rng.normal(0, pair, (agents, reviewers))[agent, reviewer]
    y = 70 + level[agent] + severity[reviewer] + own + rng.normal(0, noise, len(agent))
    return agent, reviewer, y, level


def as_cells(agent, reviewer, group, y):
    keys, cell = np.unique(np.column_stack([agent, reviewer, group]), axis=0, return_inverse=True)
    cell = cell.reshape(-1)
    return (*keys.T, *(np.bincount(cell, weights=each) for each in (np.ones(len(y)), y, y * y)))


def dense(values, agent, reviewer, weight):
    columns = np.column_stack(
        [agent == each for each in np.unique(agent)]
        + [reviewer == each for each in np.unique(reviewer)]
    ).astype(float)
    root = np.sqrt(weight)[:, None]
    fitted, *_ = np.linalg.lstsq(columns * root, values * root, rcond=None)
    return values - columns @ fitted


# --- Mantel and Haenszel ---


def test_berkeley_as_r_gives_it():
    found = mantel_haenszel(BERKELEY)

    assert found.odds_ratio == pytest.approx(0.9046968283)
    # The interval as R prints it for these tables.
    assert (found.low, found.high) == pytest.approx((0.7719074, 1.0603298), abs=1e-6)
    assert (found.chi2, found.p) == pytest.approx((1.4269462, 0.2322635), abs=1e-6)
    assert found.chi2_uncorrected == pytest.approx(1.52460666)
    assert found.p_uncorrected == pytest.approx(stats.chi2.sf(1.52460666, 1))


def test_one_stratum_is_a_plain_table():
    found = mantel_haenszel([[[10, 5], [3, 9]]])

    assert found.odds_ratio == pytest.approx(10 * 9 / (5 * 3))
    # (|10 − 15·13/27| − ½)² / (15·12·13·14 / (27²·26))
    variance = 15 * 12 * 13 * 14 / (27**2 * 26)
    assert found.chi2 == pytest.approx((10 - 15 * 13 / 27 - 0.5) ** 2 / variance)


def test_no_correction_below_a_half():
    found = mantel_haenszel([[[2, 2], [3, 2]]])

    assert found.chi2 == found.chi2_uncorrected


def test_strata_that_tell_nothing_change_nothing():
    idle = [[[5, 7], [0, 0]], [[0, 3], [0, 4]], [[0, 0], [0, 0]], [[1, 0], [0, 0]]]
    plain, more = mantel_haenszel(BERKELEY), mantel_haenszel([*BERKELEY, *idle])

    assert (more.odds_ratio, more.low) == pytest.approx((plain.odds_ratio, plain.low))
    assert more.chi2 == pytest.approx(plain.chi2)


def test_tables_at_the_ends():
    assert mantel_haenszel([[[5, 7], [0, 0]]]).chi2 is None
    assert mantel_haenszel([[[5, 7], [0, 0]]]).odds_ratio is None
    assert mantel_haenszel(np.zeros((0, 2, 2))).odds_ratio is None
    infinite = mantel_haenszel([[[5, 0], [0, 5]]])
    assert (infinite.odds_ratio, infinite.low) == (float("inf"), None)
    assert mantel_haenszel([[[0, 5], [5, 0]]]).odds_ratio == 0
    with pytest.raises(ValueError, match="two outcomes by two groups"):
        mantel_haenszel([[1, 2], [3, 4]])


# --- inside clusters ---

Y = [4, 3, 4, 5, 3, 2, 3, 4, 4, 5, 5, 4, 2, 3, 3, 4]
X = [0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0]
CLUSTER = np.repeat([1, 2, 3, 4], 4)


def test_cluster_errors_as_sandwich_gives_them():
    found = cluster_regression(Y, X, CLUSTER)

    assert found.estimate == pytest.approx(-0.7692307692)
    assert found.classic_error == pytest.approx(0.3768445758)
    assert found.standard_error == pytest.approx(0.4453227863)
    assert found.p == pytest.approx(2 * stats.t.sf(0.7692307692 / 0.4453227863, 3))


def test_a_weight_stands_for_equal_rows():
    y, x, cluster = [3.0, 5.0, 4.0, 2.0, 1.0], [0, 1, 1, 0, 1], [1, 1, 2, 2, 2]
    times = [2, 1, 3, 1, 2]
    long = cluster_regression(*(np.repeat(each, times) for each in (y, x, cluster)))
    short = cluster_regression(y, x, cluster, times)

    assert short.estimate == pytest.approx(long.estimate)
    assert short.standard_error == pytest.approx(long.standard_error)


def test_x_must_vary_inside_clusters():
    assert cluster_regression(Y, CLUSTER, CLUSTER) is None
    assert cluster_regression(Y[:4], X[:4], CLUSTER[:4]) is None


@pytest.mark.parametrize("cross", [0.3, 0.02, 0.0])
def test_means_are_removed_as_by_least_squares(cross):
    """Also where teams are barely linked or not at all."""
    rng = np.random.default_rng(4)
    agent, reviewer, y, _level = design(rng, agents=24, each=8, cross=cross)
    weight = rng.integers(1, 6, len(y)).astype(float)
    table = np.column_stack([y, rng.random(len(y)) < 0.3])

    clean = remove_means(table, agent, reviewer, weight)
    assert clean == pytest.approx(dense(table, agent, reviewer, weight), abs=1e-8)
    assert remove_means(y, agent, reviewer, weight) == pytest.approx(clean[:, 0])


# --- (a) attribute of the interaction ---


def test_attribute_effect_is_that_of_a_regression_with_everybody():
    rng = np.random.default_rng(5)
    agent, reviewer, y, _level = design(rng, agents=30, each=10)
    group = rng.integers(0, 2, len(y))
    effect = attribute_effects(agent, reviewer, group, np.ones(len(y)), y)[1].effect

    x = dense(group[:, None].astype(float), agent, reviewer, np.ones(len(y)))[:, 0]
    clean = dense(y[:, None], agent, reviewer, np.ones(len(y)))[:, 0]
    value = x @ clean / (x @ x)
    scores = np.bincount(agent, weights=x * (clean - value * x))
    error = np.sqrt(30 / 29 * (scores @ scores)) / (x @ x)
    assert effect.value == pytest.approx(value)
    assert effect.standard_error == pytest.approx(error)
    assert effect.p == pytest.approx(2 * stats.t.sf(abs(value) / error, 29))
    assert effect.high - effect.value == pytest.approx(stats.t.ppf(0.975, 29) * error)
    assert effect.detectable == pytest.approx(
        (stats.t.ppf(0.975, 29) + stats.t.ppf(0.8, 29)) * error
    )


def test_cells_tell_all_that_reviews_tell_about_attributes_and_reviewers():
    rng = np.random.default_rng(6)
    agent, reviewer, y, _level = design(rng)
    group, one = rng.integers(0, 3, len(y)), np.ones(len(y))
    cells = as_cells(agent, reviewer, group, y)

    for a, b in zip(
        attribute_effects(agent, reviewer, group, one, y),
        attribute_effects(*cells[:5]),
        strict=True,
    ):
        assert (a.effect.value, a.effect.standard_error, a.effect.adjusted) == pytest.approx(
            (b.effect.value, b.effect.standard_error, b.effect.adjusted)
        )
    for a, b in zip(
        reviewer_effects(agent, reviewer, group, one, y, y * y),
        reviewer_effects(*cells),
        strict=True,
    ):
        assert (a.effect.value, a.effect.standard_error, a.effect.p) == pytest.approx(
            (b.effect.value, b.effect.standard_error, b.effect.p)
        )


@pytest.mark.parametrize("differing", [0.0, 8.0])
def test_weak_agents_with_more_of_a_group_are_no_bias(differing):
    """A plain comparison of means cries wolf every time. With agents who differ in the effect, too."""
    rng = np.random.default_rng(7)
    found, plain = [], []
    for _trial in range(150):
        agent, reviewer, y, level = design(rng)
        group = rng.random(len(y)) < 1 / (1 + np.exp(level[agent] / 6))
        y += group * rng.normal(0, differing, 60)[agent]
        effect = attribute_effects(agent, reviewer, group, np.ones(len(y)), y)[1].effect
        found.append(effect.finding == Finding.DIFFERENCE)
        plain.append(stats.ttest_ind(y[group], y[~group]).pvalue < 0.05)

    assert np.mean(found) <= 0.085
    assert np.mean(plain) == 1


def test_a_biased_attribute_is_found_four_times_in_five_at_its_detectable_size():
    rng = np.random.default_rng(8)
    found, values, inside, said = [], [], [], []
    for _trial in range(120):
        agent, reviewer, y, _level = design(rng)
        group = rng.random(len(y)) < 0.4
        y -= 3.2 * group
        effect = attribute_effects(agent, reviewer, group, np.ones(len(y)), y)[1].effect
        found.append(effect.finding == Finding.DIFFERENCE)
        values.append(effect.value)
        inside.append(effect.low <= -3.2 <= effect.high)
        said.append(effect.detectable)

    assert np.mean(values) == pytest.approx(-3.2, abs=0.3)
    assert np.mean(said) == pytest.approx(3.2, abs=0.4)
    assert np.mean(found) == pytest.approx(0.8, abs=0.1)
    assert np.mean(inside) >= 0.9


def test_two_groups_are_one_test_and_several_are_many():
    rng = np.random.default_rng(9)
    agent, reviewer, y, _level = design(rng)
    one = np.ones(len(y))
    two = attribute_effects(agent, reviewer, rng.integers(0, 2, len(y)), one, y)
    names = np.array(["chat", "email", "phone"])[rng.integers(0, 3, len(y))]
    three = attribute_effects(agent, reviewer, names, one, y)

    assert two[0].effect.value == pytest.approx(-two[1].effect.value)
    assert two[0].effect.adjusted == pytest.approx(two[0].effect.p)
    assert [each.group for each in three] == ["chat", "email", "phone"]
    assert all(each.effect.adjusted >= each.effect.p for each in three)


def test_attributes_with_too_little_say_what_is_missing():
    rng = np.random.default_rng(10)
    agent, reviewer, y, _level = design(rng)
    one = np.ones(len(y))
    few = attribute_effects(agent, reviewer, (agent < 19) & (np.arange(len(y)) % 2), one, y)
    hidden = attribute_effects(agent, reviewer, (agent < 4) & (np.arange(len(y)) % 2), one, y)
    apart = attribute_effects(agent, reviewer, agent < 30, one, y)

    assert (few[1].effect.finding, few[1].effect.have, few[1].effect.needed) == (
        Finding.TOO_FEW,
        19,
        20,
    )
    assert (few[1].effect.value, few[1].effect.detectable) == (None, None)
    assert hidden[1].effect.finding == Finding.HIDDEN
    assert apart[1].effect.finding == Finding.TOO_FEW
    assert attribute_effects([], [], [], [], []) == ()
    assert attribute_effects(agent, reviewer, one, one, y)[0].effect.finding == Finding.HIDDEN


def test_a_group_that_is_a_reviewer_cannot_be_told_from_them():
    rng = np.random.default_rng(11)
    agent, reviewer = np.repeat(np.arange(30), 10), np.tile([0, 1], 150)
    y = rng.normal(70, 15, 300)
    found = attribute_effects(agent, reviewer, reviewer, np.ones(300), y)

    assert found[1].effect.finding == Finding.NOT_LINKED


@pytest.mark.parametrize("level", [0.0, 100.0, 200 / 3])
def test_equal_scores_are_no_difference(level):
    rng = np.random.default_rng(12)
    agent, reviewer, y, _level = design(rng)
    group, one, flat = rng.integers(0, 2, len(y)), np.ones(len(y)), np.full(len(y), level)
    table = np.ones((len(y), 3))
    found = [
        *attribute_effects(agent, reviewer, group, one, flat),
        *reviewer_effects(agent, reviewer, group, one, flat, flat**2),
        *criterion_effects(agent, reviewer, group, table, table * level),
    ]

    assert {each.effect.finding for each in found} <= {Finding.NO_VARIATION, Finding.TOO_FEW}


# --- (b) reviewer × group ---


@pytest.mark.parametrize("of_agents", [True, False])
def test_reviewers_without_a_bias_are_left_alone(of_agents):
    """Also when one group of agents is weaker, or one group of customers is served worse by some."""
    rng = np.random.default_rng(13)
    anybody, everybody = [], []
    for _trial in range(50):
        agent, reviewer, y, _level = design(rng, agents=120, each=20, reviewers=15)
        group = agent % 2 if of_agents else (rng.random(len(y)) < 0.4).astype(int)
        y += group * rng.normal(-5, 5, 120)[agent]
        found = reviewer_effects(agent, reviewer, group, np.ones(len(y)), y, y * y)
        flagged = [each.effect.finding == Finding.DIFFERENCE for each in found]
        anybody.append(any(flagged))
        everybody += flagged

    assert np.mean(anybody) <= 0.1
    assert np.mean(everybody) <= 0.012


def test_biased_reviewers_are_found_and_few_others():
    rng = np.random.default_rng(14)
    biased, found, false = {2, 7, 11}, [], []
    for _trial in range(30):
        agent, reviewer, y, _level = design(rng, agents=150, each=40, reviewers=15)
        group = agent % 2
        y -= 10 * (group & np.isin(reviewer, list(biased)))
        effects = reviewer_effects(agent, reviewer, group, np.ones(len(y)), y, y * y)
        hits = {each.reviewer for each in effects if each.effect.finding == Finding.DIFFERENCE}
        found.append(len(hits & biased) / 3)
        false.append(len(hits - biased) / max(len(hits), 1))
        assert {each.group for each in effects} == {1}

    assert np.mean(found) >= 0.9
    assert np.mean(false) <= 0.1


def test_reviewers_with_too_little_say_what_is_missing():
    rng = np.random.default_rng(15)
    agent, reviewer, y, _level = design(rng, reviewers=6)
    group = rng.integers(0, 2, len(y))
    keep = (reviewer != 0) | (group == 0)
    keep[np.flatnonzero(~keep)[:9]] = True
    rows = [each[keep] for each in (agent, reviewer, group, np.ones(len(y)), y, y * y)]
    first, *rest = reviewer_effects(*rows)

    assert (first.effect.finding, first.effect.have, first.effect.needed) == (
        Finding.TOO_FEW,
        9,
        10,
    )
    assert first.effect.n == 9
    assert all(each.effect.is_shown for each in rest)


def test_reviewers_whose_group_is_small_are_hidden():
    rng = np.random.default_rng(16)
    agent, reviewer, y, _level = design(rng)
    found = reviewer_effects(agent, reviewer, agent < 4, np.ones(len(y)), y, y * y)

    assert {each.effect.finding for each in found} == {Finding.HIDDEN}


def test_reviewers_of_different_work_cannot_be_compared():
    rng = np.random.default_rng(17)
    agent, reviewer, y, _level = design(rng, reviewers=6)
    alone = agent * 10 + reviewer
    group = rng.integers(0, 2, len(y))
    found = reviewer_effects(alone, reviewer, group, np.ones(len(y)), y, y * y)

    assert {each.effect.finding for each in found} == {Finding.NOT_LINKED}


# --- (c) criterion × group ---


def criteria(rng, *, differing=0.0, number=6, agents=50, each=16, gaps=0.1):
    agent, reviewer, level, _ = design(rng, agents=agents, each=each, reviewers=6, noise=8)
    group = rng.integers(0, 2, len(agent))
    y = level[:, None] + rng.normal(0, 6, (agents, number))[agent]
    y += rng.normal(0, 5, (6, number))[reviewer] + rng.normal(0, 15, (len(agent), number))
    y[:, 0] -= differing * group
    n = (rng.random(y.shape) >= gaps).astype(float)
    return agent, reviewer, group, n, np.where(n > 0, y, 0)


def test_a_criterion_that_differs_is_found_and_purified():
    rng = np.random.default_rng(18)
    found, others, anchors, values = [], [], [], []
    for _trial in range(25):
        first, *rest = criterion_effects(*criteria(rng, differing=10))
        found.append(first.effect.finding == Finding.DIFFERENCE)
        values.append(first.effect.value)
        anchors.append(first.is_anchor)
        others += [each.effect.finding == Finding.DIFFERENCE for each in rest]

    assert np.mean(found) >= 0.95
    assert not any(anchors)
    # 17% of the others without purification.
    assert np.mean(others) <= 0.04
    assert np.mean(values) == pytest.approx(-10, abs=1)


def test_criteria_alike_for_all_are_left_alone():
    rng = np.random.default_rng(19)
    anybody = []
    for _trial in range(40):
        rows = criterion_effects(*criteria(rng, gaps=0))
        anybody.append(any(each.effect.finding == Finding.DIFFERENCE for each in rows))
        assert all(each.is_anchor for each in rows) or anybody[-1]

    assert np.mean(anybody) <= 0.1


def test_cells_tell_all_that_complete_reviews_tell_about_criteria():
    agent, reviewer, group, n, y = criteria(np.random.default_rng(20), differing=10, gaps=0)
    keys, cell = np.unique(np.column_stack([agent, reviewer, group]), axis=0, return_inverse=True)
    cell = cell.reshape(-1)

    def sums(table):
        return np.column_stack([np.bincount(cell, weights=each) for each in table.T])

    one = criterion_effects(agent, reviewer, group, n, y)
    for a, b in zip(one, criterion_effects(*keys.T, sums(n), sums(y)), strict=True):
        assert a.is_anchor == b.is_anchor
        assert (a.effect.value, a.effect.standard_error) == pytest.approx(
            (b.effect.value, b.effect.standard_error)
        )


def test_a_criterion_nobody_is_asked_does_not_disturb_the_others():
    agent, reviewer, group, n, y = criteria(np.random.default_rng(21))
    n[:, 5], y[:, 5] = 0, 0
    rows = criterion_effects(agent, reviewer, group, n, y)

    assert rows[5].effect.finding == Finding.HIDDEN
    assert all(row.effect.is_shown for row in rows[:5])


def test_criteria_need_a_rest_and_tables_of_one_shape():
    agent, reviewer, group, n, y = criteria(np.random.default_rng(22))

    with pytest.raises(ValueError, match="three criteria"):
        criterion_effects(agent, reviewer, group, n[:, :2], y[:, :2])
    with pytest.raises(ValueError, match="tables"):
        criterion_effects(agent, reviewer, group, n[:, 0], y[:, 0])
    with pytest.raises(ValueError, match="one length"):
        criterion_effects(agent[1:], reviewer, group, n, y)
