"""Known answers for the item analysis."""

import numpy as np
import pytest

from measurement.items import analyse, consistency

T06 = np.array([[int(mark) for mark in row] for row in ("111", "110", "101", "100", "000")])


def test_case_t06():
    items = analyse(T06)

    assert [item.facility for item in items] == pytest.approx([0.8, 0.4, 0.4])
    found = [100 * item.discrimination for item in items]
    assert found == pytest.approx([53.45, 32.73, 32.73], abs=0.005)
    assert 100 * consistency(T06).value == pytest.approx(57.69, abs=0.005)


def test_no_variance_gives_no_discrimination():
    items = analyse([[1, 1, 0], [1, 0, 1], [1, 1, 1]])

    assert items[0].discrimination is None
    assert items[0].facility == 1
    assert items[1].discrimination is not None


@pytest.mark.parametrize("marks", [[[1, 0, 1]], [[0.3, 0.3], [0.3, 0.3]], [[1], [0]]])
def test_one_person_no_spread_or_one_item_gives_no_consistency(marks):
    assert consistency(marks).value is None


def test_one_attempt_gives_a_facility_and_nothing_else():
    (item, _other) = analyse([[1, 0]])

    assert (item.n, item.facility, item.discrimination, item.high) == (1, 1.0, None, None)


def test_items_that_were_not_asked_do_not_count():
    marks = [[1, np.nan, 1], [0, 1, np.nan], [1, 1, 0], [np.nan, 0, 1]]
    first, second, _third = analyse(marks)

    assert (first.n, first.facility) == (3, pytest.approx(2 / 3))
    assert (second.n, second.facility) == (3, pytest.approx(2 / 3))
    assert consistency(marks).value is None


def test_a_wrong_key_is_weak_with_enough_people_and_never_with_few():
    ability = np.linspace(0, 1, 60)
    good = np.column_stack([ability > cut for cut in (0.2, 0.4, 0.6, 0.8)]).astype(float)
    marks = np.column_stack([good, ability < 0.5])

    assert [item.is_weak for item in analyse(marks)] == [False] * 4 + [True]
    assert not any(item.is_weak for item in analyse(marks[::2]))


def test_the_interval_of_consistency_covers():
    draw = np.random.default_rng(4)
    n, k, runs = 40, 5, 600
    # Ability and error of the same variance: items correlate .5, and alpha is 5·.5 / (1 + 4·.5).
    true = k * 0.5 / (1 + (k - 1) * 0.5)
    found = [
        consistency(draw.normal(size=(n, 1)) + draw.normal(size=(n, k))) for _run in range(runs)
    ]

    covered = np.mean([each.low <= true <= each.high for each in found])
    # Four standard errors of a proportion of .95 in 600 runs.
    assert covered == pytest.approx(0.95, abs=0.036)
    assert all(each.is_shown for each in found)


def test_figures_wait_for_enough_answers():
    marks = np.tile([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], (3, 1))

    assert not analyse(marks)[0].shows_facility
    assert analyse(np.vstack([marks, [[0, 0]]]))[0].shows_facility
    assert not consistency(marks).is_shown
