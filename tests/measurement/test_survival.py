"""Kaplan and Meier: published answers, the rules for who is not there yet, cover."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.survival import PEOPLE_FROM, kaplan_meier

# Freireich et al. (1963), Blood 21: weeks of remission under 6-mercaptopurine, and under placebo.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
CAME_BACK = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_remission_in_leukaemia_as_published():
    """Time, at risk, share, s.e. and log-log limits as Kleinbaum & Klein, Survival Analysis (2012),
    print them (sts list of Stata; R survfit with conf.type "log-log" agrees)."""
    steps = kaplan_meier(WEEKS, CAME_BACK).steps

    found = [
        (s.time, s.at_risk, s.events, s.waiting, s.standard_error, s.low, s.high) for s in steps
    ]
    published = [
        (6, 21, 3, 0.8571, 0.0764, 0.6197, 0.9516),
        (7, 17, 1, 0.8067, 0.0869, 0.5631, 0.9228),
        (10, 15, 1, 0.7529, 0.0963, 0.5032, 0.8894),
        (13, 12, 1, 0.6902, 0.1068, 0.4316, 0.8491),
        (16, 11, 1, 0.6275, 0.1141, 0.3675, 0.8049),
        (22, 7, 1, 0.5378, 0.1282, 0.2678, 0.7468),
        (23, 6, 1, 0.4482, 0.1346, 0.1881, 0.6801),
    ]
    np.testing.assert_allclose(found, published, atol=5.1e-5)


def test_median_and_its_limits_as_published():
    treated = kaplan_meier(WEEKS, CAME_BACK)
    placebo = kaplan_meier(PLACEBO, [True] * 21)

    # The upper limit of the treated is never reached: fewer than half came back for sure.
    assert (treated.median, treated.median_low, treated.median_high) == (23, 13, None)
    assert (placebo.median, placebo.median_low, placebo.median_high) == (8, 4, 11)
    assert (treated.people, treated.events, treated.followed) == (21, 9, 35)


def test_worked_out_by_hand():
    # At 2 one of four arrives, one leaves at 3, at 5 one of the two left.
    steps = kaplan_meier([2, 3, 5, 8], [True, False, True, False]).steps

    assert [s.waiting for s in steps] == pytest.approx([3 / 4, 3 / 8])
    assert [s.reached for s in steps] == pytest.approx([1 / 4, 5 / 8])
    # Greenwood: S √(1/(4·3)), then S √(1/12 + 1/(2·1)).
    assert [s.standard_error for s in steps] == pytest.approx([0.216506, 0.286411], abs=1e-6)
    assert steps[0].reached_low == pytest.approx(1 - steps[0].high)
    assert steps[0].reached_high == pytest.approx(1 - steps[0].low)


def test_whoever_is_censored_when_another_arrives_was_still_waiting():
    assert kaplan_meier([4, 4], [True, False]).steps[0].at_risk == 2


def test_the_median_is_the_middle_of_the_stretch_on_which_exactly_half_wait():
    assert kaplan_meier([1, 2, 6, 9], [True] * 4).median == 4


def test_leaving_out_those_not_there_yet_would_make_everybody_look_quick():
    arrived = np.array(CAME_BACK, dtype=bool)

    naive = kaplan_meier(np.array(WEEKS)[arrived], arrived[arrived])

    assert naive.median < kaplan_meier(WEEKS, CAME_BACK).median


def test_nobody_there_yet_and_nobody_at_all():
    waiting = kaplan_meier([4, 9, 12], [False] * 3)
    nobody = kaplan_meier([], [])

    assert (waiting.steps, waiting.median, waiting.followed) == ((), None, 12)
    assert (nobody.people, nobody.steps, nobody.median, nobody.lacking) == (
        0,
        (),
        None,
        PEOPLE_FROM,
    )


def test_when_all_that_were_left_have_arrived_there_are_no_limits():
    last = kaplan_meier([1, 2], [True, True]).steps[-1]

    assert (last.waiting, last.low, last.high, last.reached_low) == (0, None, None, None)


def test_at_is_the_step_in_force():
    curve = kaplan_meier(WEEKS, CAME_BACK)

    assert curve.at(5.9) is None
    assert curve.at(6).time == 6
    assert curve.at(12).time == 10
    assert curve.at(99).time == 23


def test_is_shown_from_ten_people():
    assert not kaplan_meier(WEEKS[:9], CAME_BACK[:9]).is_shown
    assert kaplan_meier(WEEKS[:10], CAME_BACK[:10]).is_shown


@pytest.mark.parametrize(
    ("times", "arrived"), [([-1], [True]), ([np.nan], [True]), ([1, 2], [True])]
)
def test_impossible_times_are_refused(times, arrived):
    with pytest.raises(ValueError, match="not negative"):
        kaplan_meier(times, arrived)


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=40))
def test_the_curve_only_falls_and_stays_between_its_limits(pairs):
    times, arrived = zip(*pairs, strict=True)
    curve = kaplan_meier(times, arrived)

    shares = [1.0, *(s.waiting for s in curve.steps)]
    assert shares == sorted(shares, reverse=True)
    for step in curve.steps:
        if step.low is not None:
            assert 0 <= step.low <= step.waiting <= step.high <= 1
    if False not in arrived:
        assert shares[-1] == pytest.approx(0, abs=1e-12)


def test_limits_contain_the_truth_about_as_often_as_they_say():
    random = np.random.default_rng(20261122)
    trials, size, inside, medians = 600, 30, 0, 0
    for _trial in range(trials):
        arrives, leaves = random.exponential(10, size), random.exponential(20, size)
        curve = kaplan_meier(np.minimum(arrives, leaves), arrives <= leaves)
        step = curve.at(7)
        inside += step.low <= np.exp(-0.7) <= step.high
        high = np.inf if curve.median_high is None else curve.median_high
        medians += curve.median_low <= 10 * np.log(2) <= high

    # Four standard errors of .95 in 600 trials are .036.
    assert inside / trials == pytest.approx(0.95, abs=0.036)
    assert medians / trials == pytest.approx(0.95, abs=0.036)
