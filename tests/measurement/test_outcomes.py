"""What customers say and do: independent programs, definitions counted by hand, cover."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import bdtr

from measurement.figures import State
from measurement.outcomes import (
    correlations,
    csat,
    customer_effort,
    first_contact_resolution,
    handle_time,
    link,
    middles,
    nps,
    nps_interval,
    response_rate,
    trimmed_mean,
)

SECONDS = [210, 340, 290, 415, 380, 260, 305, 9800, 275, 330, 450, 360]


# --- answers to surveys
def test_csat_is_a_share_with_wilsons_interval():
    # Newcombe (1998): 81 of 263.
    figure = csat(81, 263)

    assert figure.value == pytest.approx(0.3079848)
    assert (figure.low, figure.high) == pytest.approx((0.2552885, 0.3662096), abs=1e-7)
    assert response_rate(81, 263) == figure


def test_nps_and_its_adjusted_wald_interval():
    """Three answers more, ¾ a promoter and ¾ a detractor: Rocks (2016), computed in R."""
    interval = nps_interval(45, 30, 25)
    figure = nps(45, 30, 25)

    assert interval.centre == pytest.approx(0.19417475728)
    assert (interval.low, interval.high) == pytest.approx((0.03770254412, 0.35064697044))
    assert (figure.value, figure.low, figure.high) == (0.2, interval.low, interval.high)


def test_nps_is_cut_at_the_ends_and_never_certain():
    figure = nps(10, 0, 0)

    assert (figure.value, figure.high) == (1, 1)
    assert 0.3 < figure.low < 0.9


def test_nps_covers_with_ten_answers_where_the_plain_interval_does_not():
    random = np.random.default_rng(20261122)
    adjusted = plain = 0
    trials = 3000
    for up, middle, down in random.multinomial(10, [0.6, 0.3, 0.1], trials):
        found = nps(up, middle, down)
        adjusted += found.low <= 0.5 <= found.high
        m = (up - down) / 10
        plain += abs(m - 0.5) <= 1.96 * np.sqrt(((up + down) / 10 - m**2) / 10)

    assert adjusted / trials >= 0.94
    assert plain / trials < 0.93


def test_customer_effort_is_a_mean_cut_at_the_ends_of_its_scale():
    answers = np.array([1, 2, 1, 1, 2, 1, 1, 1, 7, 2])
    figure = customer_effort(10, answers.sum(), (answers**2).sum())

    assert figure.value == pytest.approx(1.9)
    # s = 1.852926, t(.975; 9) = 2.262157
    assert figure.high == pytest.approx(1.9 + 2.262157 * 1.852926 / 10**0.5, rel=1e-5)
    assert figure.low == 1
    same = customer_effort(10, 30, 90)
    assert (same.value, same.low) == (3, None)


@pytest.mark.parametrize(
    "figure", [csat(9, 9), nps(5, 2, 2), customer_effort(9, 20, 60), response_rate(0, 0)]
)
def test_few_answers_are_no_figure(figure):
    assert (figure.state, figure.value, figure.low) == (State.TOO_FEW, None, None)
    assert figure.lacking == 10 - figure.n


# --- first contact resolution
def day(text):
    return dt.date.fromisoformat(text).toordinal()


def test_first_contact_resolution_counted_by_hand():
    contacts = [
        ("c1", "billing", "2024-03-01"),  # comes back on the 5th
        ("c1", "billing", "2024-03-05"),
        ("c1", "billing", "2024-03-20"),
        ("c2", "billing", "2024-03-10"),
        ("c2", "delivery", "2024-03-12"),  # another topic
        ("c3", "delivery", "2024-03-28"),  # not ripe
        ("c4", "billing", "2024-03-24"),  # seven full days
    ]
    customer, topic, days = zip(*contacts, strict=True)

    found = first_contact_resolution(
        customer, topic, [day(each) for each in days], today=day("2024-03-31")
    )

    assert (found.ripe, found.resolved, found.not_ripe) == (6, 5, 1)
    assert list(found.is_resolved) == [False] + [True] * 6
    assert found.figure.state == State.TOO_FEW


@pytest.mark.parametrize(("gap", "is_resolved"), [(0, False), (7, False), (8, True)])
def test_the_seventh_day_is_inside(gap, is_resolved):
    found = first_contact_resolution([1, 1], [1, 1], [100, 100 + gap], today=200)

    assert list(found.is_resolved) == [is_resolved, True]


def test_who_came_back_before_the_contact_is_ripe_does_not_count_yet():
    found = first_contact_resolution([1, 1], [1, 1], [100, 102], today=103)

    assert (found.ripe, found.resolved, found.not_ripe) == (0, 0, 2)


def test_the_return_may_be_to_somebody_else():
    """Ten customers of agent 1; two of them came back, to agent 2."""
    customer = [*range(10), 0, 1]
    agent = np.array([1] * 10 + [2, 2])
    found = first_contact_resolution(customer, [0] * 12, [100] * 10 + [103, 107], today=120)

    figure = found.of(agent == 1)
    assert (figure.n, figure.value) == (10, 0.8)
    assert figure.low < 0.8 < figure.high
    assert found.of(agent == 2).state == State.TOO_FEW


def test_no_contacts():
    found = first_contact_resolution([], [], [], today=100)

    assert (found.ripe, found.not_ripe, found.figure.n) == (0, 0, 0)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 40)), max_size=25))
def test_resolution_is_what_a_search_through_all_pairs_finds(contacts):
    found = first_contact_resolution(*(np.array(contacts).reshape(-1, 3).T), today=60)

    for place, (who, what, when) in enumerate(contacts):
        returns = any(
            (w, t) == (who, what) and (0 < d - when <= 7 or (d == when and other > place))
            for other, (w, t, d) in enumerate(contacts)
        )
        assert found.is_resolved[place] == (not returns)


# --- handle time
def test_handle_time_as_r_gives_it():
    """R: mean, median, mean(trim = .1), mean(trim = .2), exp(mean(log(x)))."""
    found = handle_time(SECONDS)

    assert found.mean == pytest.approx(1117.916667)
    assert found.median.value == 335
    assert found.geometric.value == pytest.approx(427.5455605)
    assert found.trimmed.value == pytest.approx(340.5)
    assert trimmed_mean(SECONDS, 0.2) == pytest.approx(336.875)


def test_intervals_of_handle_time_worked_out_by_hand():
    found = handle_time(SECONDS)

    # P(at most 2 of 12 below the median) = .0193: the third value from either end.
    assert (found.median.low, found.median.high) == (275, 415)
    # s of the logarithms .983843; t(.975; 11) = 2.200985
    half = 2.200985 * np.std(np.log(SECONDS), ddof=1) / 12**0.5
    assert np.log(found.geometric.high / found.geometric.value) == pytest.approx(half, rel=1e-6)
    # One value cut at each end: winsorised s over (1 − 2/12)√12, t(.975; 9) = 2.262157
    winsorised = [260, 340, 290, 415, 380, 260, 305, 450, 275, 330, 450, 360]
    half = 2.262157 * np.std(winsorised, ddof=1) / (10 / 12 * 12**0.5)
    assert found.trimmed.high - found.trimmed.value == pytest.approx(half, rel=1e-6)


def test_durations_that_cannot_be_are_left_out_and_counted():
    found = handle_time([*SECONDS, 0, -5, np.nan])

    assert found.left_out == 3
    assert (found.median.n, found.median.value) == (12, 335)


def test_few_durations_and_equal_ones():
    few = handle_time(SECONDS[:9])
    assert (few.median.state, few.median.lacking) == (State.TOO_FEW, 1)
    equal = handle_time([300] * 12)
    for figure in (equal.median, equal.geometric, equal.trimmed):
        assert (figure.value, figure.low) == (pytest.approx(300), None)
    assert handle_time([]).mean is None


@pytest.mark.parametrize("n", [10, 11, 40, 999, 20_000])
def test_the_limits_of_a_median_are_at_the_first_place_that_is_not_rare(n):
    place = int(np.nonzero(bdtr(np.arange(n), n, 0.5) > 0.025)[0][0])
    median = middles(np.arange(1, n + 1)).median
    assert (median.low, median.high) == (place, n + 1 - place)


def test_middles_of_handle_time_cover():
    random = np.random.default_rng(20261122)
    trials, median, geometric = 1000, 0, 0
    for _trial in range(trials):
        found = handle_time(300 * np.exp(random.normal(0, 0.8, 40)))
        median += found.median.low <= 300 <= found.median.high
        geometric += found.geometric.low <= 300 <= found.geometric.high

    assert 0.94 <= median / trials <= 0.985
    assert geometric / trials == pytest.approx(0.95, abs=0.028)


# --- do scores and outcomes go together?
def agents(random, *, between, within, size=30, pairs=8):
    """Scores and answers whose agents, and whose interactions inside of agents, correlate so much."""
    codes = np.repeat(np.arange(size), pairs)

    def both(rho, count):
        one, other = random.normal(size=(2, count))
        return one, rho * one + np.sqrt(1 - rho**2) * other

    level, mood = both(between, size)
    score, answer = both(within, len(codes))
    return codes, level[codes] + score, mood[codes] + answer


def test_inside_agents_and_over_all_by_hand():
    """Two agents twenty times over: inside each, better scores get worse answers; between, better."""
    code = np.repeat(np.arange(40), 3)
    quality = np.tile([1, 2, 3, 11, 12, 13], 20)
    answer = np.tile([3, 2, 1, 9, 8, 7], 20)

    found = link(code, quality, answer)

    assert found.within.value == pytest.approx(-1)
    assert found.total.value == pytest.approx(np.corrcoef(quality, answer)[0, 1])
    assert (found.within.n, found.agents) == (120, 40)


def test_a_link_between_agents_is_not_taken_for_one_inside():
    """30 agents, nothing inside of them: over all pairs it looks like a link nearly always."""
    random = np.random.default_rng(20261122)
    found = [link(*agents(random, between=0.8, within=0), draws=400) for _trial in range(150)]

    # Four standard errors of .95 in 150 trials are .07.
    assert np.mean([f.within.low <= 0 <= f.within.high for f in found]) >= 0.88
    assert np.mean([f.total.low > 0 for f in found]) > 0.9


def test_the_same_seed_gives_the_same_limits():
    pairs = agents(np.random.default_rng(1), between=0.3, within=0.4)

    assert link(*pairs, seed=7) == link(*pairs, seed=7)
    assert link(*pairs, seed=7) != link(*pairs, seed=8)


def test_a_link_needs_twenty_agents_with_two_pairs_and_a_hundred_pairs():
    random = np.random.default_rng(1)
    few_agents = link(*agents(random, between=0, within=0, size=19))
    few_pairs = link(*agents(random, between=0, within=0, size=33, pairs=3))

    assert (few_agents.within.state, few_agents.agents) == (State.TOO_FEW, 19)
    assert (few_pairs.total.state, few_pairs.total.lacking) == (State.TOO_FEW, 1)
    assert link([], [], []).within.state == State.TOO_FEW


def test_pairs_with_a_gap_are_left_out_and_no_variation_is_said():
    random = np.random.default_rng(1)
    code, quality, answer = agents(random, between=0.3, within=0.4)
    gaps = answer.copy()
    gaps[::10] = np.nan

    assert link(code, quality, gaps).within.n == 216
    level = link(code, code.astype(float), answer)
    assert level.within.state == State.NO_VARIATION
    assert level.total.is_shown


def test_correlations_of_pairs_as_r_gives_them():
    quality = [3.2, 4.1, 3.8, 2.9, 4.6, 3.5, 4.0, 3.3, 4.4, 3.7, np.nan]
    found = correlations(quality, [3, 4, 5, 3, 5, 4, 4, 2, 5, 3, 1])

    assert found.pearson.n == 10
    assert found.pearson.value == pytest.approx(0.7768985961)
    assert (found.pearson.low, found.pearson.high) == pytest.approx((0.2882919929, 0.9445115864))
    assert (found.p, found.spearman, found.kendall) == pytest.approx(
        (0.008198282, 0.7993114486, 0.6459751935)
    )
    assert correlations(quality[:9], quality[:9]).pearson.state == State.TOO_FEW
    assert correlations(range(12), [4] * 12).pearson.state == State.NO_VARIATION
