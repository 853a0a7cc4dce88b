"""Severity and fair scores: R lme4, definitions written out, simulation with a known truth, thin data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurement.figures import State
from measurement.intervals import mean_interval
from measurement.reml import pair_by_moments, reduce, variance_components
from measurement.sampling import WeightedSums
from measurement.severity import ADJUSTED_FROM, SEARCH_UP_TO, fit, gather

# --- independent programs ------------------------------------------------------------------------

# Davies & Goldsmith (1972), as in lme4: 24 plates by 6 samples.
PENICILLIN = np.array(
    """27 23 26 23 23 21  27 23 26 23 23 21  25 21 25 24 24 20  26 23 25 23 23 20  25 22 26 22 23 20
    24 22 25 23 22 19  24 20 23 21 22 19  26 22 26 24 24 21  24 21 24 22 22 20  24 21 24 23 22 19
    26 23 26 24 24 21  25 22 26 24 24 20  26 24 26 24 25 22  26 23 26 23 23 20  26 23 25 24 24 22
    25 22 25 23 23 20  25 21 24 23 23 20  25 22 24 23 23 19  24 21 23 21 21 19  26 23 26 24 24 21
    25 21 24 22 22 18  25 22 25 22 22 20  24 21 24 22 24 19  24 21 24 22 21 18""".split(),
    float,
).reshape(24, 6)

# Agent, reviewer, score (vector SV03).
SPARSE = np.array(
    """0 3 4  0 0 2  0 0 3  0 2 4  0 0 3  1 1 3  1 1 3  1 1 3  1 1 4  2 0 5  2 3 5  2 2 5  2 1 5  3 3 2
    3 3 3  3 3 3  3 3 4  3 2 3  4 1 5  4 0 3  4 2 4  5 3 4  5 1 4  5 1 3  6 3 4  6 0 3  6 2 3  6 2 4
    6 2 4  6 2 3  7 2 4  7 3 5  7 3 5  7 0 3  7 3 5  8 0 1  8 3 4  8 0 2  8 0 2  8 0 4  8 0 2  9 1 2
    9 1 2  9 2 4  9 1 2  9 0 3  9 1 3""".split(),
    float,
).reshape(-1, 3)


def of_reviews(agent, reviewer, y, **more):
    """Cells from single reviews."""
    y = np.asarray(y, float)
    return gather(agent, reviewer, np.ones(len(y)), y, y**2, **more)


def of_table(table):
    unit, reviewer = np.indices(table.shape)
    return of_reviews(unit.ravel(), reviewer.ravel(), table.ravel())


def sparse():
    return of_reviews(SPARSE[:, 0].astype(int), SPARSE[:, 1].astype(int), SPARSE[:, 2])


def test_components_agree_with_lme4():
    """SV01."""
    found = variance_components(of_table(PENICILLIN), pairs=False)

    assert found.components.agent == pytest.approx(0.7169051409, abs=0.002)
    assert found.components.reviewer == pytest.approx(3.7311318427, abs=0.002)
    assert found.components.review == pytest.approx(0.3024149563, abs=0.002)
    assert found.reml_criterion == pytest.approx(330.860589, abs=1e-5)
    assert found.mean == pytest.approx(PENICILLIN.mean())


def test_components_of_complete_data_are_those_of_the_analysis_of_variance():
    table, (units, reviewers) = PENICILLIN, PENICILLIN.shape
    of_unit, of_reviewer = table.mean(axis=1), table.mean(axis=0)
    rest = table - of_unit[:, None] - of_reviewer + table.mean()
    residual = (rest**2).sum() / (units - 1) / (reviewers - 1)

    found = variance_components(of_table(table)).components

    assert found.review == pytest.approx(residual, rel=1e-5)
    unit = of_unit.var(ddof=1) - residual / reviewers
    assert found.agent == pytest.approx(unit, rel=1e-5)
    reviewer = of_reviewer.var(ddof=1) - residual / units
    assert found.reviewer == pytest.approx(reviewer, rel=1e-5)


def test_fair_scores_agree_with_lme4():
    """SV03: agents fixed, reviewers random, the variance put in."""
    model = fit(sparse(), pairs=False, integrate=False)

    assert model.components.reviewer == pytest.approx(0.2693690668, rel=1e-5)
    assert model.components.review == pytest.approx(0.4751456717, rel=1e-6)
    severity = [-0.5425366653, -0.1823389319, 0.2072363031, 0.5176392942]
    assert model.severities.value == pytest.approx(severity, abs=1e-6)
    error = [0.1937767852, 0.2376485156, 0.1929986404, 0.1958101649]
    assert model.severities.standard_error == pytest.approx(error, abs=1e-6)
    raw = [3.2, 3.25, 5, 3, 4, 3.666666667, 3.5, 4.4, 2.5, 2.666666667]
    assert model.scores.raw == pytest.approx(raw, abs=1e-8)
    fair = [3.38054688, 3.432338932, 5.0, 2.544441304, 4.172546431]
    fair += [3.615679523, 3.365992026, 4.156476496, 2.865840672, 2.844109348]
    assert model.scores.fair == pytest.approx(fair, abs=1e-6)
    error = [0.3258468696, 0.4186445209, 0.3446540554, 0.3438711496, 0.4032890659]
    error += [0.4226697795, 0.3050814222, 0.3266441415, 0.3221867247, 0.3127061247]
    assert model.scores.standard_error == pytest.approx(error, abs=1e-6)


def test_difference_of_two_agents_agrees_with_lme4():
    """SV04."""
    found = fit(sparse(), pairs=False, integrate=False).contrast(0, 1)

    assert found.difference == pytest.approx(-0.05179205218, abs=1e-6)
    assert found.standard_error == pytest.approx(0.5642964357, abs=1e-6)
    assert found.low < found.difference < found.high


def test_complete_data_leave_the_raw_mean():
    """SV08."""
    model = fit(of_table(PENICILLIN[:8]))

    assert model.scores.is_adjusted.all()
    assert model.scores.fair == pytest.approx(PENICILLIN[:8].mean(axis=1), abs=1e-9)


# --- definitions written out -----------------------------------------------------------------------


def written_out(agent, reviewer, y, gamma, kappa, omega=None):
    """−2 log restricted likelihood with σ²_E profiled, from the full covariance matrix, and the GLS
    estimates of the fixed effects."""
    of_agent = (agent[:, None] == np.unique(agent)).astype(float)
    of_reviewer = (reviewer[:, None] == np.unique(reviewer)).astype(float)
    same = (agent[:, None] == agent) & (reviewer[:, None] == reviewer)
    covariance = np.eye(len(y)) + gamma * of_reviewer @ of_reviewer.T + kappa * same
    fixed = of_agent
    if omega is not None:
        covariance += omega * of_agent @ of_agent.T
        fixed = np.ones((len(y), 1))
    inverse = np.linalg.inv(covariance)
    information = fixed.T @ inverse @ fixed
    effects = np.linalg.solve(information, fixed.T @ inverse @ y)
    rest = y - fixed @ effects
    d = len(y) - fixed.shape[1]
    q = rest @ inverse @ rest
    logs = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1]
    value = d * (1 + np.log(2 * np.pi * q / d)) + logs
    severity = gamma * of_reviewer.T @ inverse @ rest
    return value, effects, severity


@pytest.mark.parametrize("omega", [None, 0.7])
def test_likelihood_is_that_of_the_full_covariance_matrix(omega):
    agent, reviewer, y = SPARSE[:, 0].astype(int), SPARSE[:, 1].astype(int), SPARSE[:, 2]
    for gamma, kappa in ((0.5, 0.0), (0.2, 0.3), (0.0, 0.1)):
        reduced = reduce(sparse(), kappa, omega)
        expected, effects, _severity = written_out(agent, reviewer, y, gamma, kappa, omega)

        value = reduced.criterion(np.array([gamma]))[0] + reduced.constant

        assert value == pytest.approx(expected, abs=1e-8)
        if omega is not None:
            assert reduced.mean_of(gamma) == pytest.approx(effects[0], abs=1e-9)


def test_pairs_are_estimated_at_the_least_of_the_full_likelihood():
    agent, reviewer, y = SPARSE[:, 0].astype(int), SPARSE[:, 1].astype(int), SPARSE[:, 2]
    model = fit(sparse(), integrate=False)
    found = model.components
    gamma, kappa = found.reviewer / found.review, found.pair / found.review

    least, effects, severity = written_out(agent, reviewer, y, gamma, kappa)

    assert model.pair_is_told
    assert model.reml_criterion == pytest.approx(least, abs=1e-8)
    for step in (0.99, 1.01):
        assert written_out(agent, reviewer, y, gamma * step, kappa)[0] > least
        assert written_out(agent, reviewer, y, gamma, kappa * step)[0] > least
    assert model.severities.value == pytest.approx(severity - severity.mean(), abs=1e-7)
    # The fair score is what the average reviewer would give.
    assert model.scores.fair == pytest.approx(effects + severity.mean(), abs=1e-7)


def test_random_components_with_pairs_are_at_the_least_of_the_full_likelihood():
    rng = np.random.default_rng(4)
    agent, reviewer = rng.integers(0, 15, 120), rng.integers(0, 6, 120)
    y = rng.normal(size=15)[agent] + rng.normal(size=6)[reviewer]
    y += rng.normal(0, 0.7, (15, 6))[agent, reviewer] + rng.normal(size=120)
    found = variance_components(of_reviews(agent, reviewer, y))
    part = found.components
    gamma, kappa, omega = (v / part.review for v in (part.reviewer, part.pair, part.agent))

    least = written_out(agent, reviewer, y, gamma, kappa, omega)[0]

    assert min(gamma, kappa, omega) > 0
    assert found.reml_criterion == pytest.approx(least, abs=1e-7)
    for step in (0.98, 1.02):
        assert written_out(agent, reviewer, y, gamma * step, kappa, omega)[0] > least
        assert written_out(agent, reviewer, y, gamma, kappa * step, omega)[0] > least
        assert written_out(agent, reviewer, y, gamma, kappa, omega * step)[0] > least


def test_moments_of_pairs_are_hendersons():
    """Sums of squares by projections: y'(P_pairs − P_main)y, with its expectation."""
    rng = np.random.default_rng(4)
    agent, reviewer = rng.integers(0, 15, 120), rng.integers(0, 6, 120)
    y = rng.normal(0, 2, (15, 6))[agent, reviewer] + agent + reviewer**2 + rng.normal(size=120)
    pair = ((agent * 10 + reviewer)[:, None] == np.unique(agent * 10 + reviewer)).astype(float)
    main = np.hstack([agent[:, None] == np.unique(agent), reviewer[:, None] == np.unique(reviewer)])
    of_pair, of_main = (x @ np.linalg.pinv(x) for x in (pair, main.astype(float)))
    review = y @ (np.eye(len(y)) - of_pair) @ y / (len(y) - pair.shape[1])
    squares = y @ (of_pair - of_main) @ y
    freedom = np.trace(of_pair - of_main)
    expected = (squares - freedom * review) / np.trace(pair.T @ (np.eye(len(y)) - of_main) @ pair)

    assert expected > 1
    assert pair_by_moments(of_reviews(agent, reviewer, y)) == pytest.approx(expected / review)


def test_many_reviewers_are_answered_by_moments():
    rng = np.random.default_rng(2)
    agent = np.repeat(np.arange(700), 12)
    reviewer = (agent * 3 + rng.integers(0, 6, len(agent))) % (SEARCH_UP_TO + 20)
    y = rng.normal(70, 9, 700)[agent] + rng.normal(0, 6, SEARCH_UP_TO + 20)[reviewer]
    y += rng.normal(0, 8, (700, SEARCH_UP_TO + 20))[agent, reviewer]
    model = fit(of_reviews(agent, reviewer, y + rng.normal(0, 15, len(y))))

    assert model.pair_is_told
    assert model.components.pair == pytest.approx(64, abs=20)
    assert model.components.reviewer == pytest.approx(36, abs=12)
    assert model.components.review == pytest.approx(225, abs=15)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_rows_add_up_and_their_order_is_nothing(seed):
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(SPARSE))
    agent, reviewer, y = SPARSE[rows, 0].astype(int), SPARSE[rows, 1].astype(int), SPARSE[rows, 2]
    whole, shuffled = fit(sparse()), fit(of_reviews(agent * 7 + 3, reviewer * 5 - 2, y))

    assert shuffled.scores.fair == pytest.approx(whole.scores.fair, abs=1e-6)
    assert shuffled.scores.low == pytest.approx(whole.scores.low, abs=1e-5)
    assert list(shuffled.cells.agents) == [3 + 7 * each for each in range(10)]


def test_covariance_is_that_of_the_scores_and_the_contrast():
    model = fit(sparse())
    places = np.arange(10)

    covariance = model.agent_covariance(places)
    own, shares, shared = model.low_rank(places)

    assert np.sqrt(np.diag(covariance)) == pytest.approx(model.scores.standard_error)
    assert np.diag(own) + shares @ shared @ shares.T == pytest.approx(covariance)
    variance = covariance[3, 3] + covariance[8, 8] - 2 * covariance[3, 8]
    assert model.contrast(3, 8).standard_error == pytest.approx(np.sqrt(variance))


# --- a known truth ---------------------------------------------------------------------------------


def simulated(rng, *, agents=200, reviewers=20, each=8, cross=0.2, teams=5, sds=(9, 6, 4, 15)):
    """Teams that differ, graded mostly by reviewers of their own; true scores are what the average
    reviewer would give."""
    of_agent, of_reviewer, of_pair, of_review = sds
    team = np.arange(agents) % teams
    truth = 70 + rng.normal(0, of_agent, agents) + rng.normal(0, 6, teams)[team]
    severity = rng.normal(0, of_reviewer, reviewers)
    agent = np.repeat(np.arange(agents), each)
    own = rng.integers(0, reviewers // teams, len(agent)) * teams + team[agent]
    reviewer = np.where(rng.random(len(agent)) < cross, rng.integers(0, reviewers, len(agent)), own)
    pair = rng.normal(0, of_pair, (agents, reviewers))
    y = truth[agent] + severity[reviewer] + pair[agent, reviewer]
    return agent, reviewer, y + rng.normal(0, of_review, len(agent)), truth + severity.mean()


def test_fair_scores_are_nearer_the_truth_and_their_intervals_cover():
    """Twelve samples of 200 people, reviewers differ as much as people: raw intervals fail, these not."""
    rng = np.random.default_rng(11)
    raw_error, fair_error, raw_cover, fair_cover = [], [], [], []
    for _sample in range(12):
        agent, reviewer, y, truth = simulated(rng, each=12, sds=(9, 9, 4, 15), reviewers=10)
        scores = fit(of_reviews(agent, reviewer, y)).scores
        ones, size = np.ones(len(y)), len(truth)
        sums = [np.bincount(agent, weights=each, minlength=size) for each in (ones, y, y**2)]
        raw = mean_interval(*sums)
        raw_error.append(np.mean((raw.mean - truth) ** 2))
        fair_error.append(np.mean((scores.fair - truth) ** 2))
        raw_cover.append(np.mean((raw.low < truth) & (truth < raw.high)))
        fair_cover.append(np.mean((scores.low < truth) & (truth < scores.high)))

    assert np.sqrt(np.mean(fair_error)) < 0.85 * np.sqrt(np.mean(raw_error))
    assert np.mean(raw_cover) < 0.9
    assert 0.93 < np.mean(fair_cover) < 0.975


@pytest.mark.parametrize("reviewers", [2, 3])
def test_severities_of_few_reviewers_cover(reviewers):
    """With the best γ put in instead of integrated, those of two cover about .73."""
    rng = np.random.default_rng(12)
    hits = []
    for _sample in range(60):
        severity = rng.normal(0, 6, reviewers)
        agent, reviewer = np.repeat(np.arange(20), 8), rng.integers(0, reviewers, 160)
        y = rng.normal(70, 9, 20)[agent] + severity[reviewer] + rng.normal(0, 15, 160)
        found = fit(of_reviews(agent, reviewer, y)).severities
        truth = severity - severity.mean()
        hits += list((found.low < truth) & (truth < found.high))

    assert 0.9 < np.mean(hits) < 1


def risky(rng, *, agents=100, reviewers=20, contacts=100, each=9):
    """Interactions that are likely to be bad are selected more often, half of the effort evenly."""
    truth, severity = rng.normal(70, 9, agents), rng.normal(0, 6, reviewers)
    agent = np.repeat(np.arange(agents), contacts)
    service = truth[agent] + rng.normal(0, 15, len(agent))
    risk = np.exp(-service / 12 + rng.normal(0, 0.5, len(agent)))
    pi = np.minimum(each / contacts * (0.5 + 0.5 * risk / risk.mean()), 1)
    picked = rng.random(len(agent)) < pi
    agent, w = agent[picked], 1 / pi[picked]
    reviewer = rng.integers(0, reviewers, len(agent))
    y = service[picked] + severity[reviewer]
    weights = WeightedSums(np.ones(len(y)), w, w * y, w * y**2, w**2, w**2 * y, w**2 * y**2)
    return of_reviews(agent, reviewer, y, weights=weights), truth + severity.mean()


def test_weighted_fair_scores_are_not_moved_by_what_was_selected():
    rng = np.random.default_rng(13)
    plain, weighted, covered = [], [], []
    for _sample in range(15):
        cells, truth = risky(rng)
        model = fit(cells)
        truth = truth[cells.agents]
        shown = model.weighted.is_shown
        plain.append(np.mean((model.scores.fair - truth)[shown]))
        weighted.append(np.mean((model.weighted.fair - truth)[shown]))
        inside = (model.weighted.low < truth) & (truth < model.weighted.high)
        covered.append(np.mean(inside[shown]))

    assert np.mean(plain) < -4
    assert abs(np.mean(weighted)) < 1
    assert 0.925 < np.mean(covered) < 0.975


def test_equal_weights_leave_the_score_where_it_is():
    agent, reviewer, y = SPARSE[:, 0].astype(int), SPARSE[:, 1].astype(int), SPARSE[:, 2]
    w = np.full(len(y), 4.0)
    sums = WeightedSums(np.ones(len(y)), w, w * y, w * y**2, w**2, w**2 * y, w**2 * y**2)

    model = fit(of_reviews(agent, reviewer, y, weights=sums), pairs=False)

    assert model.shown is model.weighted
    assert model.weighted.fair == pytest.approx(model.scores.fair, abs=1e-9)
    assert model.weighted.raw == pytest.approx(model.scores.raw)


def test_reviewers_share_has_the_truth_inside():
    agent, reviewer, y, _truth = simulated(np.random.default_rng(3), agents=300)

    model = fit(of_reviews(agent, reviewer, y))

    # σ²: agents 81 + teams 36, reviewers 36, pairs 16, reviews 225.
    assert model.share.low < 100 * 36 / (81 + 36 + 36 + 16 + 225) < model.share.high
    assert model.share.low <= model.share.value <= model.share.high


def test_reviewers_who_do_not_differ_may_still_do():
    """A best guess of nothing comes with how much it may be."""
    rng = np.random.default_rng(1)
    agent, reviewer = np.repeat(np.arange(30), 6), np.tile(np.arange(6), 30)
    y = rng.normal(70, 9, 30)[agent] + rng.normal(0, 15, 180)
    # Each reviewer's mean the same: the variance between them is estimated to be 0.
    y -= np.bincount(reviewer, weights=y)[reviewer] / 30

    model = fit(of_reviews(agent, reviewer, y))

    assert model.components.reviewer == 0
    assert (model.share.value, model.share.low) == (0, 0)
    assert model.share.high > 1
    assert not model.severities.is_known.any()
    assert (model.severities.standard_error > 0).all()


# --- calibration interactions -----------------------------------------------------------------------


def test_calibration_ties_reviewers_and_counts_for_nobody():
    rng = np.random.default_rng(5)
    agent = np.repeat([1, 2, 3, 4], 10)
    reviewer = np.repeat([7, 7, 8, 8], 10)
    y = rng.normal(70, 10, 40) + np.where(reviewer == 8, 20, 0)
    apart = fit(of_reviews(agent, reviewer, y))
    # The same key as a person's; both reviewers graded 12 interactions together.
    together = np.repeat(np.arange(1, 13), 2)
    both = np.tile([7, 8], 12)
    shared = rng.normal(70, 10, 12).repeat(2) + rng.normal(0, 4, 24) + np.where(both == 8, 20, 0)

    tied = fit(
        of_reviews(
            np.concatenate([agent, together]),
            np.concatenate([reviewer, both]),
            np.concatenate([y, shared]),
            is_calibration=np.repeat([False, True], [40, 24]),
        )
    )

    assert apart.contrast(1, 3) is None
    assert apart.islands.count == 2
    assert [list(apart.people_of(island)) for island in (0, 1)] == [[1, 2], [3, 4]]
    (link,) = apart.links()
    assert (link.reviewer, link.other_reviewer, link.interactions) == (8, 7, 2)
    assert list(tied.cells.agents) == [1, 2, 3, 4]
    assert list(tied.scores.n) == [10, 10, 10, 10]
    assert tied.islands.is_connected
    assert tied.links() == ()
    assert list(tied.people_of(0)) == [1, 2, 3, 4]
    assert tied.severity_of(8).value - tied.severity_of(7).value > 10
    raw = tied.scores.raw
    assert tied.scores.fair[2:] - raw[2:] == pytest.approx(raw[:2] - tied.scores.fair[:2])


# --- thin data ----------------------------------------------------------------------------------------


def test_one_reviewer_gives_raw_means_that_say_so():
    y = np.arange(40, dtype=float)
    model = fit(of_reviews(np.repeat([1, 2, 3, 4], 10), np.full(40, 9), y))

    score = model.score(2)

    assert (model.state, model.components, model.share) == (State.TOO_FEW, None, None)
    assert not score.is_adjusted
    assert score.figure.value == score.raw == pytest.approx(14.5)
    t_interval = mean_interval(10, y[10:20].sum(), (y[10:20] ** 2).sum())
    assert score.figure.low == pytest.approx(float(t_interval.low))
    assert model.severity_of(9).state == State.TOO_FEW
    contrast = model.contrast(1, 2)
    assert contrast.difference == pytest.approx(-10)
    assert not contrast.is_adjusted
    assert contrast.low < -10 < contrast.high


def test_islands_with_few_reviews_are_not_adjusted_beside_one_that_is():
    rng = np.random.default_rng(6)
    agent = np.concatenate([np.repeat(np.arange(6), 8), [20, 20, 21, 21]])
    reviewer = np.concatenate([np.tile([1, 2], 24), [5, 6, 5, 6]])
    model = fit(of_reviews(agent, reviewer, rng.normal(70, 10, len(agent))))

    assert model.islands.count == 2
    assert list(model.scores.is_adjusted) == [True] * 6 + [False] * 2
    assert model.contrast(0, 20) is None
    assert np.isnan(model.severities.value[2:]).all()
    assert model.severity_of(5).state == State.TOO_FEW


def test_score_is_shown_from_five_reviews():
    rng = np.random.default_rng(7)
    agent = np.concatenate([np.repeat(np.arange(8), 6), [9] * 4])
    model = fit(of_reviews(agent, rng.integers(0, 3, len(agent)), rng.normal(70, 10, len(agent))))

    thin, nobody = model.score(9), model.score(1234)

    assert (thin.figure.state, thin.figure.lacking) == (State.TOO_FEW, 1)
    assert thin.figure.value is None
    assert thin.raw is None
    assert nobody.figure.lacking == 5
    assert model.score(0).figure.is_shown
    assert model.contrast(0, 1234) is None


def test_scores_without_variation_have_no_interval():
    agent = np.repeat(np.arange(5), 8)
    model = fit(of_reviews(agent, np.tile([1, 2], 20), np.full(40, 80.0)))

    assert model.state == State.NO_VARIATION
    figure = model.score(3).figure
    assert (figure.value, figure.low, figure.high) == (80, None, None)
    contrast = model.contrast(1, 2)
    assert (contrast.difference, contrast.low, contrast.is_adjusted) == (0, None, False)


def test_reviewers_who_differ_exactly_are_no_error():
    """No residual at all."""
    agent, reviewer = np.repeat(np.arange(20), 2), np.tile([0, 1], 20)
    model = fit(of_reviews(agent, reviewer, 60.0 + agent + 10 * reviewer))

    assert np.isfinite(model.scores.fair).all()
    assert model.scores.fair == pytest.approx(65 + np.arange(20))


def test_severity_that_is_not_known_says_how_many_reviews_it_may_take():
    rng = np.random.default_rng(9)
    agent, reviewer = np.repeat(np.arange(40), 6), rng.integers(0, 4, 240)
    agent, reviewer = np.append(agent, [0, 1]), np.append(reviewer, [4, 4])
    y = rng.normal(70, 9, 40)[agent] + np.array([-9, -3, 3, 9, 0])[reviewer]
    model = fit(of_reviews(agent, reviewer, y + rng.normal(0, 15, len(y))))

    new, known = model.severity_of(4), model.severity_of(0)

    assert (new.state, new.n) == (State.TOO_FEW, 2)
    assert new.lacking >= 28
    assert known.low < known.value < 0
    assert model.severity_of(99).n == 0


def test_nothing_is_no_error():
    empty = fit(gather([], [], [], [], []))

    assert (empty.n, empty.state, empty.islands.count) == (0, State.TOO_FEW, 0)
    assert empty.score(1).figure.state == State.TOO_FEW


def test_rows_that_are_none_are_refused():
    with pytest.raises(ValueError, match="entry per row"):
        gather([1, 2], [1], [1], [1], [1])
    with pytest.raises(ValueError, match="negative"):
        gather([1], [1], [-1], [1], [1])
    assert fit(gather([1, 2], [1, 1], [0, ADJUSTED_FROM], [0, 30], [0, 31])).cells.agents == [2]


def test_components_need_something_that_varies():
    assert variance_components(of_reviews([1, 2], [1, 1], [3, 4])) is None
    assert variance_components(of_reviews([1, 1, 2, 2], [1, 2, 1, 2], [3, 3, 3, 3])) is None
