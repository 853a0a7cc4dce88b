"""Known answers for the item analysis."""

import numpy as np
import pytest
from scipy import stats

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


# LSAT section 6 (Bock & Lieberman 1970): how many of 1,000 people gave each pattern of answers.
LSAT = {
    "00000": 3, "00001": 6, "00010": 2, "00011": 11, "00100": 1, "00101": 1, "00110": 3, "00111": 4,
    "01000": 1, "01001": 8, "01011": 16, "01101": 3, "01110": 2, "01111": 15, "10000": 10,
    "10001": 29, "10010": 14, "10011": 81, "10100": 3, "10101": 28, "10110": 15, "10111": 80,
    "11000": 16, "11001": 56, "11010": 21, "11011": 173, "11100": 11, "11101": 61, "11110": 28,
    "11111": 298,
}  # fmt: skip


def test_the_law_school_test_as_r_gives_it():
    """R ltm 1.2, CTT 2.3.3 and psych 2.2.9."""
    items = analyse(
        np.vstack([np.tile([int(mark) for mark in row], (n, 1)) for row, n in LSAT.items()])
    )

    assert [item.facility for item in items] == pytest.approx([0.924, 0.709, 0.553, 0.763, 0.87])
    assert [item.discrimination for item in items] == pytest.approx(
        [0.1128326889, 0.1531781201, 0.1727789433, 0.1444280952, 0.1215964025]
    )
    assert [item.with_total for item in items] == pytest.approx(
        [0.3620104372, 0.5667720954, 0.6184397536, 0.5344183262, 0.4353664279]
    )


def test_kr20_as_r_gives_it():
    """R psychometric 2.3 alpha. Feldt's limits: 1 − (1−α) F, qf(c(.975, .025), 11, 44)."""
    rows = "11111 11110 11100 11000 10000 00000 11101 10100 11010 01000 11111 10001"
    found = consistency([[int(mark) for mark in row] for row in rows.split()])

    assert found.value == pytest.approx(0.6976744186)
    limits = [1 - (1 - found.value) * stats.f.ppf(q, 11, 44) for q in (0.975, 0.025)]
    assert (found.low, found.high) == pytest.approx(limits)


def test_good_questions_are_next_to_never_flagged_and_wrong_keys_mostly_are():
    random = np.random.default_rng(20261122)
    wrong_key, good, tests = 0, 0, 60
    for _test in range(tests):
        distance = random.normal(size=(100, 1)) - np.linspace(-1.5, 1.5, 10)
        marks = (random.random((100, 10)) < 1 / (1 + np.exp(-distance))).astype(float)
        marks[:, 4] = 1 - marks[:, 4]
        weak = [item.is_weak for item in analyse(marks)]
        wrong_key += weak.pop(4)
        good += sum(weak)

    assert wrong_key / tests > 0.8
    assert good / (9 * tests) < 0.02
