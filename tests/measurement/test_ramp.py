"""The ramp of new hires: by hand, clusters, what is too few, cover."""

import numpy as np
import pytest

from measurement.figures import State
from measurement.ramp import established_range, ramp_curve


def by_person(values_by_person, needed=2):
    """One week, one list of scores per person."""
    n = [len(values) for values in values_by_person]
    return ramp_curve(
        range(len(n)), [3] * len(n), n, n, [sum(v) for v in values_by_person], needed=needed
    )


def test_a_week_by_hand():
    (point,) = by_person([[60, 80], [90, 90], [70]])

    # m = 390/5 = 78; residuals Σy − m·n are −16, 24, −8; s.e. √(3/2 · 896)/5 = 7.3321.
    assert (point.week, point.reviews, point.figure.n) == (3, 5, 3)
    assert point.figure.value == pytest.approx(78)
    # t(.975; 2) = 4.302653
    assert point.figure.high - 78 == pytest.approx(4.302653 * 7.332121, rel=1e-6)


def test_with_one_review_each_it_is_the_t_interval():
    (point,) = by_person([[70], [70], [90], [90]])

    assert point.figure.low == pytest.approx(80 - 18.373866)


def test_cells_of_one_person_add_up_first():
    together = ramp_curve([1, 2, 3], [0] * 3, [2, 2, 1], [2, 2, 1], [140, 180, 70], needed=2)
    apart = ramp_curve(
        [1, 1, 2, 3], [0] * 4, [1, 1, 2, 1], [1, 1, 2, 1], [60, 80, 180, 70], needed=2
    )

    assert apart == together


def test_weeks_come_in_order_and_thin_ones_say_how_many_are_missing():
    points = ramp_curve(
        [1, 2, 3, 4, 5, 1], [0, 0, 0, 0, 0, -1], [1] * 6, [1] * 6, [70, 75, 80, 85, 90, 60]
    )

    assert [point.week for point in points] == [-1, 0]
    assert points[0].figure.state == State.TOO_FEW
    assert (points[0].figure.value, points[0].figure.lacking) == (None, 4)
    assert points[1].figure.is_shown


def test_equal_means_have_no_interval_and_empty_cells_are_ignored():
    (point,) = by_person([[80], [80, 80]])

    assert (point.figure.value, point.figure.low) == (80, None)
    assert ramp_curve([1], [0], [0], [0], [0]) == ()
    assert ramp_curve([], [], [], [], []) == ()


def test_intervals_hold_although_the_reviews_of_a_person_hang_together():
    random = np.random.default_rng(20261122)
    trials, people, inside = 600, 15, 0
    for _trial in range(trials):
        n = random.integers(1, 9, people)
        level = 70 + random.normal(0, 8, people)
        sums = n * level + random.normal(0, 10, people) * np.sqrt(n)
        (point,) = ramp_curve(range(people), [0] * people, n, n, sums)
        inside += point.figure.low <= 70 <= point.figure.high

    # Linearisation costs a point with 15 people; reviews taken as independent would cover .65.
    assert 0.90 <= inside / trials <= 0.97


def test_established_range_is_the_middle_eighty_percent():
    found = established_range([*range(101), np.nan])

    assert (found.low, found.middle, found.high) == pytest.approx((10, 50, 90))
    assert found.n == 101
    assert established_range(range(9)) is None
