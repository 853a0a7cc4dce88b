"""Alarms of reviewers and agents: a known truth, one cause at a time; thin data; no blame for others."""

import numpy as np
import pytest

from measurement.drift import (
    DriftState,
    Period,
    agent_changes,
    pooled_standard_errors,
    reviewer_drift,
)

TEAMS, REVIEWERS, AGENTS = 8, 16, 120
START = 2025 * 12


def reviews(
    rng, *, months=9, a_month=40, cross=0.3, from_month=4, stricter=0.0, moves=False, trained=0.0
):
    """Scores of 1 to 5; from a month on reviewer 0 is stricter or moves, or team 0 is trained."""
    level = rng.normal(0, 0.35, AGENTS) + np.repeat(rng.normal(0, 0.25, TEAMS), AGENTS // TEAMS)
    severity, pair = rng.normal(0, 0.25, REVIEWERS), rng.normal(0, 0.15, (AGENTS, REVIEWERS))
    month = np.repeat(np.arange(months), REVIEWERS * a_month)
    reviewer = np.tile(np.repeat(np.arange(REVIEWERS), a_month), months)
    later = month >= from_month
    team = reviewer // 2
    if moves:
        team = np.where(later & (reviewer == 0), 1, team)
    own = team * (AGENTS // TEAMS) + rng.integers(0, AGENTS // TEAMS, len(month))
    agent = np.where(rng.random(len(month)) < cross, rng.integers(0, AGENTS, len(month)), own)
    y = 3.8 + level[agent] + severity[reviewer] + pair[agent, reviewer]
    y += rng.normal(0, 0.6, len(month))
    y -= stricter * (later & (reviewer == 0))
    y += trained * (later & (agent < AGENTS // TEAMS))
    return agent, reviewer, month + START, y


def drift_of(agent, reviewer, month, y, **options):
    return reviewer_drift(agent, reviewer, month, np.ones(len(y)), y, y * y, **options)


@pytest.mark.parametrize("what", [{}, {"moves": True}, {"trained": 0.4}])
def test_unchanged_reviewers_are_left_alone(what):
    rng = np.random.default_rng(11)
    flagged = []
    for _trial in range(12):
        flagged += [bool(each.chart.signals) for each in drift_of(*reviews(rng, **what))]

    # Stated 3% in nine months; 192 reviewers.
    assert np.mean(flagged) <= 0.04


def test_a_moved_reviewer_and_those_of_a_trained_team_are_left_alone():
    rng = np.random.default_rng(12)
    flagged = []
    for _trial in range(8):
        flagged += [bool(drift_of(*reviews(rng, moves=True))[0].chart.signals)]
        found = drift_of(*reviews(rng, trained=0.4))
        flagged += [bool(each.chart.signals) for each in found[:2]]

    assert sum(flagged) <= 2


def test_a_stricter_reviewer_is_found_and_nobody_else():
    rng = np.random.default_rng(13)
    found, others, sizes, since = [], [], [], []
    for _trial in range(12):
        first, *rest = drift_of(*reviews(rng, stricter=0.5))
        found.append(first.is_drifting)
        others += [bool(each.chart.signals) for each in rest]
        if first.is_drifting:
            sizes.append(first.chart.change)
            since.append(first.periods[first.chart.since] - START)

    assert np.mean(found) >= 0.8
    assert np.mean(others) <= 0.04
    assert np.mean(sizes) == pytest.approx(-0.5, abs=0.1)
    assert np.median(since) == 4


def test_errors_are_those_of_the_severities():
    rng = np.random.default_rng(14)
    spread = []
    for _trial in range(6):
        for each in drift_of(*reviews(rng)):
            later = each.severities[4:]
            spread += list((later - later.mean()) / each.standard_errors[4:] / np.sqrt(0.8))

    assert np.std(spread) == pytest.approx(1.0, abs=0.1)


def test_cells_tell_all_that_reviews_tell():
    agent, reviewer, month, y = reviews(np.random.default_rng(1))
    keys, cell = np.unique(np.column_stack([agent, reviewer, month]), axis=0, return_inverse=True)
    cell = cell.reshape(-1)
    sums = [np.bincount(cell, weights=each) for each in (np.ones(len(y)), y, y * y)]

    for one, other in zip(
        drift_of(agent, reviewer, month, y), reviewer_drift(*keys.T, *sums), strict=True
    ):
        assert one.severities == pytest.approx(other.severities)
        assert one.chart.limit == pytest.approx(other.chart.limit, nan_ok=True)


def test_the_unit_does_not_matter():
    agent, reviewer, month, y = reviews(np.random.default_rng(2), stricter=0.5)
    percent = (y - 1) * 25

    for one, other in zip(
        drift_of(agent, reviewer, month, y),
        drift_of(agent, reviewer, month, percent),
        strict=True,
    ):
        assert one.chart.ewma == pytest.approx(other.chart.ewma, nan_ok=True)
        assert one.severities * 25 == pytest.approx(other.severities)


def test_who_joins_or_leaves_moves_nobody():
    """A plain median of three would jump when the strictest leaves and a mild one comes."""
    rng = np.random.default_rng(3)
    severity = np.array([-2.0, 0.0, 0.1, 1.5, 2.0])
    here = [[0, 1, 2]] * 5 + [[1, 2, 3, 4]] * 7
    rows = []
    for month, people in enumerate(here):
        for person in people:
            rows += [(a, person, month) for a in rng.integers(0, 10, 60)]
    agent, reviewer, month = np.array(rows).T
    y = severity[reviewer] + rng.normal(0, 0.6, len(rows))

    assert not any(each.chart.signals for each in drift_of(agent, reviewer, month, y))


def test_few_reviews_are_followed_by_quarters():
    agent, reviewer, month, y = reviews(
        np.random.default_rng(4), months=15, a_month=15, from_month=6, stricter=0.9
    )
    found = drift_of(agent, reviewer, month, y)

    assert {each.period for each in found} == {Period.QUARTER}
    assert found[0].periods.tolist() == [START, START + 3, START + 6, START + 9, START + 12]
    assert found[0].needed == 3
    assert found[0].is_drifting
    assert found[0].reviews.tolist() == [45.0] * 5


def test_a_month_with_few_reviews_is_a_gap():
    agent, reviewer, month, y = reviews(np.random.default_rng(5))
    keep = ~((reviewer == 0) & (month == START + 6))
    keep[np.flatnonzero(~keep)[:29]] = True
    first = drift_of(agent[keep], reviewer[keep], month[keep], y[keep])[0]

    assert first.period == Period.MONTH
    assert first.reviews[6] == 29
    assert np.isnan(first.severities[6])
    assert first.usable == 8


def test_too_few_months_say_so():
    found = drift_of(*reviews(np.random.default_rng(6), months=4))

    assert {each.state for each in found} == {DriftState.TOO_FEW_PERIODS}
    assert {(each.usable, each.needed) for each in found} == {(4, 5)}
    assert not any(each.is_drifting for each in found)


def test_nobody_else_to_compare_with():
    agent, reviewer, month, y = reviews(np.random.default_rng(7))
    alone = drift_of(agent * 100 + reviewer, reviewer, month, y)
    two = reviewer < 2
    pair = drift_of(agent[two], reviewer[two], month[two], y[two])

    assert {each.state for each in (*alone, *pair)} == {DriftState.NOT_LINKED}


def test_all_scores_alike():
    agent, reviewer, month, y = reviews(np.random.default_rng(8))

    found = drift_of(agent, reviewer, month, np.full(len(y), 100.0))
    assert {each.state for each in found} == {DriftState.NO_VARIATION}


def test_no_reviews_no_reviewers():
    assert reviewer_drift([], [], [], [], [], []) == ()
    assert agent_changes([], [], [], [], []) == ()


def test_codes_may_be_any_numbers():
    agent, reviewer, month, y = reviews(np.random.default_rng(9))
    found = drift_of(agent + 90_000, reviewer * 7 + 500, month, y)

    assert [each.reviewer for each in found] == list(range(500, 500 + 7 * REVIEWERS, 7))


def test_calibration_ties_reviewers_of_different_teams():
    """Twelve teams with one reviewer each share no agent, only calibration interactions."""
    rng = np.random.default_rng(10)
    rows = []
    for month in range(8):
        for person in range(12):
            rows += [(person * 10 + a % 10, person, month) for a in range(40)]
            rows += [(10_000 + month * 100 + i, person, month) for i in range(25)]
    agent, reviewer, month = np.array(rows).T
    y = rng.normal(0, 0.6, len(rows)) - 0.9 * ((reviewer == 3) & (month >= 4))
    found = drift_of(agent, reviewer, month, y)

    assert [each.reviewer for each in found if each.is_drifting] == [3]


# --- agents ---


def monthly(rng, agents, months=12, a_month=6, change=0.0, from_month=6):
    """Agent, month, n and sums of scores in percent."""
    agent, month = np.repeat(np.arange(agents), months), np.tile(np.arange(months), agents)
    y = rng.normal(75, 15, (agents * months, a_month)) + change * (month >= from_month)[:, None]
    return agent, month, np.full(len(agent), a_month), y.sum(axis=1), (y**2).sum(axis=1)


@pytest.mark.parametrize("a_month", [4, 8])
def test_unchanged_agents_are_left_alone(a_month):
    agent, month, n, y, yy = monthly(np.random.default_rng(1), 600, a_month=a_month)
    found = agent_changes(agent, month, n, y / n, pooled_standard_errors(n, y, yy))

    assert np.mean([bool(each.chart.signals) for each in found]) <= 0.035


def test_a_changed_agent_is_found():
    agent, month, n, y, yy = monthly(np.random.default_rng(2), 200, a_month=8, change=15)
    found = agent_changes(agent, month, n, y / n, pooled_standard_errors(n, y, yy))

    assert np.mean([each.has_changed for each in found]) >= 0.75
    assert np.mean([each.chart.change for each in found if each.has_changed]) == pytest.approx(
        15, abs=3
    )


def test_months_with_fewer_than_four_reviews_do_not_count():
    found = agent_changes([7] * 6, range(6), [4, 4, 3, 4, 4, 2], [80] * 6, [5] * 6)

    assert (found[0].agent, found[0].usable, found[0].needed) == (7, 4, 5)
    assert found[0].state == DriftState.TOO_FEW_PERIODS
    assert found[0].months.tolist() == list(range(6))


def test_an_agent_has_one_score_a_month():
    with pytest.raises(ValueError, match="one score a month"):
        agent_changes([1, 1], [5, 5], [4, 4], [80, 90], [5, 5])


def test_pooled_errors():
    # {1, 3}, {2, 2, 5}: inside 2 and 6, three degrees of freedom.
    errors = pooled_standard_errors([2, 3, 0], [4, 9, 0], [10, 33, 0])

    assert errors[:2] == pytest.approx(np.sqrt([8 / 3 / 2, 8 / 3 / 3]))
    assert np.isnan(errors[2])
    assert pooled_standard_errors([1, 1], [4, 9], [16, 81]) is None
    assert pooled_standard_errors([2, 2], [160, 160], [12800, 12800]) is None
