"""What may be said about the order of people, and about reviewers who scatter."""

import numpy as np
import pytest

from measurement.erratic import spreads
from measurement.ranking import (
    Group,
    Verdict,
    chance_of_missing,
    compare,
    comparison_bars,
    comparison_factor,
    rank,
)
from measurement.severity import fit
from tests.measurement.test_severity import of_reviews, simulated


def test_bars_of_equal_people_miss_one_another_in_five_percent():
    """IN11, and the same for other widths."""
    assert chance_of_missing(1.386) == pytest.approx(0.04998410355, abs=1e-6)
    assert chance_of_missing(1.959964) == pytest.approx(0.0055746, abs=1e-6)
    assert comparison_factor() == pytest.approx(1.385904, abs=1e-6)
    assert chance_of_missing(comparison_factor(0.1)) == pytest.approx(0.1)
    # Of a wide and a narrow bar more often than the factor says.
    assert chance_of_missing(1.386, 1, 3) == pytest.approx(0.0796, abs=1e-4)
    low, high = comparison_bars([50.0], [2.0])
    assert (low[0], high[0]) == pytest.approx((50 - 2.771808, 50 + 2.771808))


def test_rank_intervals_cover_and_groups_are_right():
    """Teams differ and share few reviewers. Groups and pairs that are called have the right sign."""
    rng = np.random.default_rng(21)
    covered, called, wrong, told, mistaken = [], 0, 0, 0, 0
    for _sample in range(4):
        agent, reviewer, y, truth = simulated(rng, agents=100, each=10)
        model = fit(of_reviews(agent, reviewer, y))
        ranking = rank(model, draws=500)
        places = np.argsort(np.argsort(-truth)) + 1
        covered.append(np.mean((ranking.rank_low <= places) & (places <= ranking.rank_high)))
        for group, distance in zip(ranking.groups, truth - truth.mean(), strict=True):
            if group != Group.NOT_DISTINGUISHABLE:
                called += 1
                wrong += (distance > 0) != (group == Group.ABOVE)
        for one, other in rng.integers(0, 100, (150, 2)):
            verdict = compare(model, one, other, ranking.between).verdict
            if verdict in (Verdict.BETTER, Verdict.WORSE):
                told += 1
                mistaken += (truth[one] > truth[other]) != (verdict == Verdict.BETTER)

    assert 0.91 < np.mean(covered) < 0.99
    assert called > 60
    assert wrong / called < 0.05
    assert told > 150
    assert mistaken / told < 0.05


def test_rank_is_the_same_on_every_day_and_wide():
    agent, reviewer, y, _truth = simulated(np.random.default_rng(22), agents=60)
    model = fit(of_reviews(agent, reviewer, y))

    first, again = rank(model), rank(model)

    assert (first.rank_low == again.rank_low).all()
    assert (first.rank_low <= first.rank_high).all()
    assert np.mean(first.rank_high - first.rank_low) > 15
    assert sorted(first.rank) == list(range(1, 61))
    assert first.group_of(999) is None
    assert first.group_of(int(first.agents[0])) == first.groups[0]


def test_people_who_are_alike_have_no_order():
    """Two reviews in turn of 70 and 80, everybody the same."""
    agent = np.repeat(np.arange(10), 8)
    y = np.tile([70.0, 70, 80, 80], 20)
    model = fit(of_reviews(agent, np.tile([0, 1], 40), y))

    found = rank(model)

    assert found.are_all_alike
    assert set(found.rank_low) == {1}
    assert set(found.rank_high) == {10}
    assert compare(model, 0, 1, found.between).verdict == Verdict.NOT_TOLD_APART


def test_who_has_no_place():
    rng = np.random.default_rng(23)
    # Ten people with two reviewers, one of them with three reviews; two with a reviewer of their own.
    agent = np.concatenate([np.repeat(np.arange(9), 8), [9] * 3, np.repeat([20, 21], 8)])
    reviewer = np.concatenate([np.tile([0, 1], 36), [0, 1, 1], [5] * 16])
    model = fit(of_reviews(agent, reviewer, rng.normal(70, 10, len(agent)) + 3 * agent))
    found = rank(model)

    assert list(found.agents) == list(range(9))
    assert rank(model, island=1) is None
    assert compare(model, 0, 20, found.between).verdict == Verdict.NOT_COMPARABLE
    assert compare(model, 20, 21, found.between).verdict == Verdict.NOT_COMPARABLE
    assert compare(model, 0, 9, found.between).verdict == Verdict.TOO_FEW
    assert compare(model, 0, 999, found.between).verdict == Verdict.TOO_FEW
    assert compare(model, 3, 3, found.between).verdict == Verdict.NOT_TOLD_APART
    apart = compare(model, 8, 0, found.between)
    assert apart.verdict == Verdict.BETTER
    assert compare(model, 0, 8, found.between).verdict == Verdict.WORSE
    assert compare(model, 8, 0, found.between, margin=20).probability < apart.probability


def test_erratic_reviewers_are_found_and_steady_ones_left_alone():
    rng = np.random.default_rng(24)
    found, others, nobody = 0, 0, 0
    for erratic in [True] * 12 + [False] * 12:
        agent, reviewer, y, _truth = simulated(rng, agents=200, each=8, cross=1, sds=(9, 6, 4, 0))
        noise = np.where((reviewer == 3) & erratic, 24, 15)
        model = fit(of_reviews(agent, reviewer, y + noise * rng.normal(size=len(y))))
        flagged = {each.reviewer for each in spreads(model) if each.is_worth_a_look}
        if erratic:
            found += 3 in flagged
            others += bool(flagged - {3})
        else:
            nobody += bool(flagged)

    assert found >= 8
    assert others <= 3
    assert nobody <= 3


def test_spread_says_how_much_more():
    rng = np.random.default_rng(25)
    agent, reviewer, y, _truth = simulated(rng, agents=300, each=10, cross=1, sds=(9, 6, 0, 0))
    y += np.where(reviewer == 3, 30, 15) * rng.normal(size=len(y))

    found = {each.reviewer: each for each in spreads(fit(of_reviews(agent, reviewer, y)))}

    assert found[3].ratio == pytest.approx(1.9, abs=0.3)
    assert found[3].usual == pytest.approx(15, abs=1.5)
    assert found[3].is_worth_a_look
    assert len(found) == 20


def test_spread_needs_a_pool():
    agent, reviewer, y, _truth = simulated(np.random.default_rng(26), agents=20, each=4)

    assert spreads(fit(of_reviews(agent, reviewer, y))) == ()
    assert spreads(fit(of_reviews(agent, np.zeros(80, int), y))) == ()
