"""Shrinkage: R metafor and lme4, definitions, thin data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.shrinkage import one_way, paule_mandel, shrink

# Log risk ratios of the BCG trials (Colditz 1994) and their variances.
BCG = [-0.88931133392, -1.5853886572, -1.3480731483, -1.44155119002, -0.21754732221]
BCG += [-0.78611558582, -1.6208982236, 0.01195233352, -0.46941764874, -1.37134480347]
BCG += [-0.33935882834, 0.44591340057, -0.01731394822]
BCG_VARIANCE = [0.325584765004, 0.194581121398, 0.415367965368, 0.020010031902, 0.05121017217]
BCG_VARIANCE += [0.006905618456, 0.223017247572, 0.003961579298, 0.056434210463, 0.073024793613]
BCG_VARIANCE += [0.012412213972, 0.5325058452, 0.071404659684]

DYESTUFF = np.array(
    """1545 1440 1440 1520 1580  1540 1555 1490 1560 1495  1595 1550 1605 1510 1560
    1445 1440 1595 1465 1545  1595 1630 1515 1635 1625  1520 1455 1450 1480 1445""".split(),
    float,
).reshape(6, 5)


def test_between_variance_agrees_with_metafor():
    """IN06, and R's uniroot on the same equation."""
    found = paule_mandel(BCG, BCG_VARIANCE)

    assert found.tau2 == pytest.approx(0.3180684522, abs=1e-9)
    assert found.mean == pytest.approx(-0.7149681535, abs=1e-9)
    assert found.standard_error == pytest.approx(0.1808921915, abs=1e-9)
    assert found.n == 13


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(0.1, 30)), min_size=3, max_size=20))
def test_between_variance_solves_its_equation(rows):
    y, v = np.array(rows).T
    found = paule_mandel(y, v)
    weighted = float((((y - found.mean) ** 2) / (v + found.tau2)).sum())

    if found.tau2 > 0:
        assert weighted == pytest.approx(len(y) - 1, rel=1e-9)
    else:
        assert weighted <= len(y) - 1 + 1e-9


def test_groups_are_compared_inside_only():
    y, v, group = np.array([0.0, 4, 100, 104]), np.ones(4), [0, 0, 1, 1]

    found = paule_mandel(y, v, group)

    # Each pair: 8/(τ² + 1) of a sum of 2 together.
    assert found.tau2 == pytest.approx(7)
    assert list(found.means) == pytest.approx([2, 102])
    assert list(shrink(y, np.sqrt(v), found, group).score) == pytest.approx(
        [0.25, 3.75, 100.25, 103.75]
    )


def test_thin_or_impossible_estimates():
    assert paule_mandel([1.0], [1.0]) is None
    assert paule_mandel([1.0, np.nan], [1.0, 1.0]) is None
    assert paule_mandel([1.0, 2.0], [1.0, 1.0], [0, 1]) is None
    with pytest.raises(ValueError, match="more than 0"):
        paule_mandel([1.0, 2.0], [1.0, 0.0])


def test_shrinking_pulls_the_uncertain_more():
    between = paule_mandel([50.0, 60, 70, 80, 90], [25.0] * 5)

    found = shrink([90.0, 90, np.nan], [1.0, 10, 1], between)

    assert between.mean == pytest.approx(70)
    assert between.tau2 == pytest.approx(225)
    assert found.weight[:2] == pytest.approx([225 / 226, 225 / 325])
    assert found.score[:2] == pytest.approx([70 + 20 * 225 / 226, 70 + 20 * 225 / 325])
    assert found.standard_error[1] == pytest.approx(np.sqrt(225 * 100 / 325))
    assert np.isnan(found.score[2])


def test_people_who_do_not_differ_become_the_mean():
    between = paule_mandel([69.0, 70, 71], [100.0] * 3)

    assert between.tau2 == 0
    assert shrink([69.0, 71], [10.0, 10], between).score == pytest.approx([70, 70])


def test_one_way_agrees_with_lme4():
    """SV11."""
    found = one_way([5] * 6, DYESTUFF.sum(axis=1), (DYESTUFF**2).sum(axis=1))

    assert found.between == pytest.approx(1764.050006, rel=1e-5)
    assert found.within == pytest.approx(2451.249999, rel=1e-5)
    deviations = [-17.60685137, 0.3912633637, 28.56222555, -23.08453846, 56.73318774, -44.99528683]
    assert found.deviation == pytest.approx(deviations, rel=1e-4)
    assert found.conditional_sd == pytest.approx([19.58657009] * 6, rel=1e-5)
    # lme4's documentation.
    assert found.reml_criterion == pytest.approx(319.6543, abs=1e-4)


def test_one_way_takes_groups_of_different_sizes():
    """Left out: values and a whole group."""
    groups = [DYESTUFF[0], DYESTUFF[1, :2], DYESTUFF[4, :1], DYESTUFF[5, :4], np.array([])]
    sums = [[f(each) for each in groups] for f in (len, np.sum, lambda v: (v**2).sum())]

    found = one_way(*sums)

    n = np.array(sums[0])[:4]
    weight = found.between / (found.between + found.within / n)
    means = np.array([each.mean() for each in groups[:4]])
    assert found.mean == pytest.approx((weight * means).sum() / weight.sum())
    assert found.deviation[:4] == pytest.approx(weight * (means - found.mean))
    assert np.isnan(found.deviation[4])
    assert one_way([5], [7], [20]) is None
    assert one_way([1, 1], [7, 8], [49, 64]) is None
