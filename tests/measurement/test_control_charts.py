"""Control charts: R's qcc, spc and strucchange, rules one by one, gaps, thin data, false alarms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from measurement.control_charts import (
    WESTERN_ELECTRIC,
    Rule,
    Signal,
    binomial_limits,
    broken_rules,
    change_point,
    ewma_chart,
    ewma_from_baseline,
    ewma_run_length,
    ols_cusum,
    p_chart,
    xmr_chart,
)
from measurement.figures import State

WEEKS = [3.9, 4.1, 3.8, 4.2, 4.0, 3.7, 4.3, 4.0, 3.6, 4.4, 4.1, 3.9]

# Flow of the Nile at Aswan, 1871-1970; it fell after 1898.
NILE = [
    *(1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020),
    *(960, 1180, 799, 958, 1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840),
    *(874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969, 831, 726, 456, 824, 702, 1120, 1100),
    *(832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759, 781, 865, 845, 944),
    *(984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890, 744),
    *(749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718),
    *(714, 740),
]

# Montgomery's cans of orange juice, 50 a sample.
CANS = [
    *(12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22),
    *(8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6),
]


def test_xmr_limits_as_qcc_gives_them():
    chart = xmr_chart(WEEKS)

    assert chart.singles.centre == pytest.approx(4.0)
    assert chart.singles.lower == pytest.approx([3.03288201] * 12)
    assert chart.singles.upper == pytest.approx([4.96711799] * 12)
    assert chart.ranges.centre == pytest.approx(0.363636364)
    assert chart.ranges.upper == pytest.approx([1.188] * 12)
    assert chart.singles.signals == chart.ranges.signals == ()


def test_xmr_signals_name_their_rule():
    chart = xmr_chart([*WEEKS, 5.6], baseline=12)

    assert chart.singles.signals == (Signal(12, Rule.BEYOND_LIMITS, 1),)
    assert chart.ranges.signals == (Signal(12, Rule.RANGE, 1),)
    assert chart.singles.centre == pytest.approx(4.0)


def test_xmr_passes_over_gaps():
    with_gap = [*WEEKS[:6], np.nan, *WEEKS[6:]]
    chart = xmr_chart(with_gap)

    assert chart.singles.n == 12
    assert np.isnan(chart.ranges.values[[0, 6, 7]]).all()
    assert chart.ranges.centre == pytest.approx((0.363636364 * 11 - 0.6) / 10)


@pytest.mark.parametrize("values", [[], [4.0], WEEKS[:11]])
def test_xmr_with_too_few_points_has_no_limits(values):
    chart = xmr_chart(values)

    assert (chart.singles.state, chart.singles.n) == (State.TOO_FEW, len(values))
    assert (chart.singles.centre, chart.singles.signals) == (None, ())
    assert chart.ranges.state == State.TOO_FEW


def test_xmr_without_variation_has_no_limits():
    assert xmr_chart([80.0] * 20).singles.state == State.NO_VARIATION


@pytest.mark.parametrize(
    ("points", "rule", "index"),
    [
        ([0, 3.1], Rule.BEYOND_LIMITS, 1),
        ([2.1, 0, 2.1], Rule.TWO_OF_THREE, 2),
        ([1.1, 1.1, 0, 1.1, 1.1], Rule.FOUR_OF_FIVE, 4),
        ([0.1] * 8, Rule.EIGHT_IN_A_ROW, 7),
        ([0.1] * 9, Rule.NINE_IN_A_ROW, 8),
    ],
)
@pytest.mark.parametrize("side", [1, -1])
def test_each_rule(points, rule, index, side):
    assert broken_rules(side * np.array(points, float), {rule}) == (Signal(index, rule, side),)
    # One point fewer or back on the centre: nothing.
    assert broken_rules(side * np.array(points[:-1], float), {rule}) == ()
    assert broken_rules(side * np.array([*points[:-1], 0], float), {rule}) == ()


def test_opposite_sides_do_not_add_up():
    assert broken_rules([2.1, -2.1, 2.1, -2.1], {Rule.TWO_OF_THREE}) == (
        Signal(2, Rule.TWO_OF_THREE, 1),
        Signal(3, Rule.TWO_OF_THREE, -1),
    )
    assert broken_rules([2.1, 0, -2.1], {Rule.TWO_OF_THREE}) == ()


@pytest.mark.parametrize(
    ("rules", "expected"),
    # Champ & Woodall, Technometrics 29 (1987): 370.4, 152.7 with runs of eight, 91.75.
    [
        ({Rule.BEYOND_LIMITS}, 370.4),
        ({Rule.BEYOND_LIMITS, Rule.EIGHT_IN_A_ROW}, 152.7),
        (WESTERN_ELECTRIC, 91.75),
    ],
)
def test_rules_have_their_published_run_lengths(rules, expected):
    rng = np.random.default_rng(5)
    lengths = []
    for _series in range(300):
        left = []
        while not left:
            # A signal on average every 370 points: almost always in the first stretch.
            left = broken_rules(rng.standard_normal(3000), rules)
        lengths.append(left[0].index + 1)

    assert np.mean(lengths) == pytest.approx(expected, rel=0.15)


def test_ewma_as_qcc_gives_it():
    chart = ewma_chart(WEEKS)

    assert chart.values == pytest.approx(
        [
            *(3.98, 4.004, 3.9632, 4.01056, 4.008448, 3.9467584, 4.01740672, 4.013925376),
            *(3.931140301, 4.024912241, 4.039929793, 4.011943834),
        ]
    )
    assert chart.upper - chart.centre == pytest.approx(
        [
            *(0.18439716, 0.23614359, 0.2639908, 0.2803652, 0.29036061, 0.29658095),
            *(0.30049439, 0.30297247, 0.30454785, 0.30555184, 0.30619266, 0.30660209),
        ],
        abs=1e-7,
    )
    assert chart.signals == ()


def test_ewma_with_known_parameters_needs_no_points():
    # λ = .5: 2 → 1, 2 → 1.5; half width 2.5 · √(1/3 · (1 − .25)) = 1.25, then 1.3975.
    chart = ewma_chart([2, 2], weight=0.5, width=2.5, centre=0, sd=1)

    assert chart.values == pytest.approx([1, 1.5])
    assert chart.upper == pytest.approx([1.25, 1.39754249])
    assert chart.signals == (Signal(1, Rule.BEYOND_LIMITS, 1),)


def test_an_ewma_of_weight_one_is_a_chart_of_single_values():
    chart = ewma_chart(WEEKS, weight=1, width=3)

    assert chart.values == pytest.approx(WEEKS)
    assert chart.upper == pytest.approx(xmr_chart(WEEKS).singles.upper)


def test_ewma_thin_and_flat():
    assert ewma_chart(WEEKS[:11]).state == State.TOO_FEW
    assert ewma_chart([4.0] * 12).state == State.NO_VARIATION
    with pytest.raises(ValueError, match="weight"):
        ewma_chart(WEEKS, weight=0)


def test_p_chart_as_qcc_gives_it():
    chart = p_chart(CANS, 50, exact=False)

    assert chart.centre == pytest.approx(0.2313333333)
    assert chart.lower == pytest.approx([0.0524275481] * 30)
    assert chart.upper == pytest.approx([0.410239119] * 30)
    assert [signal.index + 1 for signal in chart.signals] == [15, 23]


def test_p_chart_has_limits_for_each_size():
    sizes = np.array([20, 50, 20, 200] * 3)
    counts = np.array([2, 4, 1, 17] * 3)
    p = counts.sum() / sizes.sum()
    chart = p_chart(counts, sizes, exact=False)

    half = 3 * np.sqrt(p * (1 - p) / sizes)
    assert chart.centre == pytest.approx(p)
    assert chart.upper == pytest.approx(p + half)
    assert chart.lower == pytest.approx(np.maximum(p - half, 0))


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(8, 40)), min_size=12, max_size=20),
)
def test_exact_p_chart_signals_are_those_of_the_limits(rows):
    counts, sizes = (np.array(each) for each in zip(*rows, strict=True))
    chart = p_chart(counts, sizes, centre=0.08)
    limits = [binomial_limits(int(n), 0.08) for n in sizes]

    assert {signal.index for signal in chart.signals} == {
        i
        for i, (k, at) in enumerate(zip(counts, limits, strict=True))
        if (at.at_least is not None and k >= at.at_least)
        or (at.at_most is not None and k <= at.at_most)
    }


def test_p_chart_thin_flat_and_empty():
    assert p_chart([1] * 11, 10).state == State.TOO_FEW
    assert p_chart([0] * 12, 10).state == State.NO_VARIATION
    chart = p_chart([1] * 12 + [0], [10] * 12 + [0])
    assert (chart.n, np.isnan(chart.values[-1])) == (12, True)
    with pytest.raises(ValueError, match="between 0 and its n"):
        p_chart([11] * 12, 10)


@pytest.mark.parametrize(
    ("n", "p", "at_least", "alarm"),
    # R qbinom and pbinom.
    [
        (20, 0.05, 6, 0.0003292943),
        (50, 0.1, 13, 0.0010046199),
        (10, 0.05, 4, 0.0010284979),
    ],
)
def test_exact_binomial_limits_as_r_gives_them(n, p, at_least, alarm):
    limits = binomial_limits(n, p)

    assert (limits.at_most, limits.at_least) == (None, at_least)
    assert limits.false_alarm == pytest.approx(alarm, abs=1e-9)


def test_the_textbook_limits_alarm_fifty_times_as_often():
    limits = binomial_limits(20, 0.05, exact=False)

    assert limits.at_least == 4
    assert limits.false_alarm == pytest.approx(stats.binom.sf(3, 20, 0.05))
    assert limits.false_alarm == pytest.approx(0.016, abs=5e-4)


@given(st.integers(1, 300), st.floats(0.0, 1.0))
def test_binomial_limits_are_the_tightest_of_their_rate(n, p):
    limits = binomial_limits(n, p)
    x = stats.binom(n, p)
    if limits.at_least is not None:
        assert x.sf(limits.at_least - 1) <= 0.00135 * (1 + 1e-9)
        assert x.sf(limits.at_least - 2) > 0.00135 * (1 - 1e-9)
    if limits.at_most is not None:
        assert x.cdf(limits.at_most) <= 0.00135 * (1 + 1e-9)
        assert x.cdf(limits.at_most + 1) > 0.00135 * (1 - 1e-9)
    assert 0 <= limits.false_alarm <= 0.0027 * (1 + 1e-9)


def test_binomial_limits_on_both_sides():
    limits = binomial_limits(100, 0.5)

    assert (limits.at_most, limits.at_least) == (34, 66)


@pytest.mark.parametrize(
    ("weight", "width", "expected"),
    # R spc xewma.arl; the last three from Lucas & Saccucci (1990): 500 each.
    [
        (0.1, 2.703, 371.88775),
        (0.2, 2.86, 371.103304),
        (0.1, 2.814, 500),
        (0.25, 2.998, 500),
        (0.4, 3.054, 500),
    ],
)
def test_run_lengths_of_the_ewma(weight, width, expected):
    assert ewma_run_length(weight, width) == pytest.approx(expected, rel=0.01)


def test_run_lengths_at_the_ends():
    # Weight 1 is a chart of single values: 1/(2Φ(−3)) and after a shift of 1 sd.
    assert ewma_run_length(1, 3) == pytest.approx(1 / (2 * stats.norm.sf(3)), rel=1e-6)
    shifted = 1 / (stats.norm.sf(2) + stats.norm.cdf(-4))
    assert ewma_run_length(1, 3, shift=1) == pytest.approx(shifted, rel=1e-6)
    assert ewma_run_length(0.1, 2.814, shift=1) == pytest.approx(10.3, abs=0.1)


def test_the_change_of_the_nile():
    found = change_point(NILE)

    assert found.last_before == 27
    assert found.is_significant
    assert found.before == pytest.approx(1097.75)
    assert found.after == pytest.approx(849.97222222)
    assert ols_cusum(NILE) == pytest.approx((2.951766, 5.409e-8), rel=1e-3)


def test_change_point_passes_over_gaps():
    values = np.array(NILE, float)
    values[3] = np.nan

    assert change_point(values).last_before == 27


def test_change_point_thin_and_flat():
    assert change_point(WEEKS[:11]).state == State.TOO_FEW
    assert change_point([5.0] * 12).state == State.NO_VARIATION
    assert ols_cusum([5.0] * 12) is None


@pytest.mark.parametrize(("points", "power"), [(12, 0.46), (26, 0.86), (52, 0.99)])
def test_change_point_keeps_its_rate_and_finds_a_change(points, power):
    rng = np.random.default_rng(7)
    # Coarse and clipped like scores from 1 to 5.
    series = np.clip(np.round(rng.normal(3.8, 0.8, (1500, points))), 1, 5)
    false = np.mean([change_point(row).is_significant for row in series])
    shifted = rng.standard_normal((400, points)) + 1.5 * (np.arange(points) >= points // 2)
    found = np.mean([change_point(row).is_significant for row in shifted])

    assert false <= 0.065
    assert found >= power - 0.06


def test_baseline_chart_by_hand():
    # b = 2, v = 1/4; departures 2, 2 → E = .6, 1.02; a = .3, .51.
    chart = ewma_from_baseline([1, 3, 1, 3, 4, 4], [1] * 6)

    assert (chart.baseline, chart.baseline_error) == (2, 0.5)
    assert chart.departures == pytest.approx([-1, 1, -1, 1, 2, 2])
    assert chart.ewma[4:] == pytest.approx([0.6, 1.02])
    spread = 0.3 / 1.7 * (1 - 0.7 ** (2 * np.array([1, 2]))) + np.array([0.3, 0.51]) ** 2 / 4
    assert chart.limit[4:] == pytest.approx(2.9 * np.sqrt(spread))
    assert np.isnan(chart.ewma[:4]).all()
    assert not chart.is_outside
    assert chart.change is None


def test_baseline_chart_says_since_when_and_by_how_much():
    values = [0, 0, 0, 0, 0.1, -0.1, 1, 1, np.nan, 1, 1, 1]
    chart = ewma_from_baseline(values, [0.2] * 12)

    assert chart.is_outside
    assert chart.signals[0].side == 1
    assert len(chart.signals) == 1
    assert chart.since == 6
    assert chart.change == pytest.approx(1.0)
    assert chart.change_high - chart.change == pytest.approx(
        1.959964 * np.sqrt(0.04 / 5 + 0.04 / 4)
    )
    assert np.isnan(chart.ewma[8])


def test_baseline_chart_needs_one_more_than_the_baseline():
    chart = ewma_from_baseline([1, 2, 1, np.nan, 2], [1] * 5)

    assert (chart.state, chart.n, chart.needed) == (State.TOO_FEW, 4, 5)
    with pytest.raises(ValueError, match="greater than zero"):
        ewma_from_baseline([1] * 6, [0] * 6)


def test_baseline_chart_keeps_its_rate_whatever_the_errors():
    rng = np.random.default_rng(3)
    errors = rng.uniform(0.5, 2, (3000, 12))
    values = rng.standard_normal(errors.shape) * errors + 70
    charts = [ewma_from_baseline(y, s) for y, s in zip(values, errors, strict=True)]

    assert np.mean([bool(chart.signals) for chart in charts]) <= 0.035
