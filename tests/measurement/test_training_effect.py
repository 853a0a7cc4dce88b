"""Did training help? Published answers, what is too little, and simulations with the truth known."""

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from measurement.training_effect import (
    Choice,
    Doubt,
    Method,
    Need,
    Verdict,
    difference_in_differences,
    draw_lot,
    expected_gain,
    least_squares,
    rows_from_cells,
    smallest_detectable,
    training_effect,
)

MONTHS = np.arange(-3, 4)


def team(
    random, *, people=200, effect=0.0, select=None, growth=0.0, reviews=6, trained=0.25, cohorts=1
):
    """Monthly scores 1 to 5 of people with a level of their own; the lowest by `select` are trained.

    Without `select` that is the score of month 0.
    """
    level = random.normal(3.6, 0.35, (people, 1))
    grows = random.normal(0, growth, (people, 1)) if growth else np.zeros((people, 1))
    noise = random.normal(0, 0.6 / np.sqrt(reviews), (people, len(MONTHS)))
    scores = level + grows * MONTHS + noise
    chosen_by = scores[:, 3] if select is None else select(scores, grows[:, 0])
    is_trained = np.zeros(people, dtype=bool)
    is_trained[np.argsort(chosen_by)[: int(trained * people)]] = True
    scores[is_trained, 4:] += effect
    size = scores.size
    return rows_from_cells(
        np.repeat(np.arange(people), len(MONTHS)),
        np.repeat(np.arange(people) % cohorts, len(MONTHS)),
        np.repeat(is_trained, len(MONTHS)),
        np.tile(MONTHS, people),
        np.full(size, reviews),
        (scores * reviews).ravel(),
    )


# --- what to expect without training
def test_expected_gain_as_barnett_and_others_give_it():
    """Barnett, van der Pols & Dobson (2005), Int. J. Epidemiol. 34: mean 60, sd 15, cut 40."""
    found = expected_gain(60, 15, 40, [0.2, 0.5, 0.8])

    assert found == pytest.approx([21.57761843, 13.48601152, 5.394404608])


def test_expected_gain_mirrors_and_shrinks_with_more_months():
    below = expected_gain(60, 15, 40, 0.5)

    assert expected_gain(60, 15, 80, 0.5, is_below=False) == pytest.approx(below)
    # Of the mean of three months: 37.5/√150 · φ(z)/Φ(−z), z = 20/√150.
    z = 20 / 150**0.5
    by_hand = 37.5 / 150**0.5 * stats.norm.pdf(z) / stats.norm.sf(z)
    assert expected_gain(60, 15, 40, 0.5, months=3) == pytest.approx(by_hand)
    assert expected_gain(60, 15, 40, 1.0) == 0


def test_expected_gain_is_what_happens():
    random = np.random.default_rng(20261122)
    level = random.normal(60, 15 * 0.5**0.5, 400_000)
    first, second = level + random.normal(0, 15 * 0.5**0.5, (2, 400_000))
    low = first < 40

    assert (second - first)[low].mean() == pytest.approx(expected_gain(60, 15, 40, 0.5), abs=0.2)


def test_difference_in_differences_of_four_means():
    """Card & Krueger (1994), table 3, from the means as printed."""
    assert difference_in_differences(20.44, 21.03, 23.33, 21.17) == pytest.approx(2.75)


# --- regression
def test_ancova_with_hc3_as_r_gives_it():
    """Anorexia trial (Hand et al. 1993; R MASS), lm and sandwich vcovHC(type = "HC3")."""
    groups = {
        "CBT": (
            "80.5 84.9 81.5 82.6 79.9 88.7 94.9 76.3 81 80.5 85 89.2 81.3 76.5 70 80.4 83.3 83 87.7 "
            "84.2 86.4 76.5 80.2 87.8 83.3 79.7 84.5 80.8 87.4",
            "82.2 85.6 81.4 81.9 76.4 103.6 98.4 93.4 73.4 82.1 96.7 95.3 82.4 72.5 90.9 71.3 85.4 "
            "81.6 89.1 83.9 82.7 75.7 82.6 100.4 85.2 83.6 84.6 96.2 86.7",
        ),
        "Cont": (
            "80.7 89.4 91.8 74 78.1 88.3 87.3 75.1 80.6 78.4 77.6 88.7 81.3 78.1 70.5 77.3 85.2 86 "
            "84.1 79.7 85.5 84.4 79.6 77.5 72.3 89",
            "80.2 80.1 86.4 86.3 76.1 78.1 75.1 86.7 73.5 84.6 77.4 79.5 89.6 81.4 81.8 77.3 84.2 "
            "75.4 79.5 73 88.3 84.7 81.4 81.2 88.2 78.8",
        ),
        "FT": (
            "83.8 83.3 86 82.5 86.7 79.6 76.9 94.2 73.4 80.5 81.6 82.1 77.6 83.5 89.9 86 87.3",
            "95.2 94.3 91.5 91.9 100.3 76.7 76.8 101.6 94.9 75.2 77.8 95.5 90.7 92.5 93.8 91.7 98",
        ),
    }
    before, after = (
        np.array([float(each) for both in groups.values() for each in both[which].split()])
        for which in (0, 1)
    )
    names = np.repeat(list(groups), [29, 26, 17])

    fit = least_squares(
        after, np.column_stack([np.ones(72), before, names == "Cont", names == "FT"])
    )

    assert fit.coefficients == pytest.approx(
        [49.771109015, 0.4344611504, -4.0970655281, 4.5630626529]
    )
    assert fit.classic_se[1:] == pytest.approx([0.1611823619, 1.893492607, 2.1333359226])
    assert fit.robust_se[1:] == pytest.approx([0.1930150354, 1.8698545196, 2.4160174989])
    assert fit.degrees_of_freedom == 68


def test_influence_is_what_leaving_a_cluster_out_does():
    random = np.random.default_rng(3)
    x = np.column_stack([random.normal(size=(12, 2)), np.ones(12)])
    y, cluster = random.normal(size=12), np.array([0, 0, 1, 1, 1, 2, 3, 4, 4, 5, 6, 7])

    fit = least_squares(y, x, cluster=cluster)

    for each in range(8):
        rest = cluster != each
        without = np.linalg.lstsq(x[rest], y[rest], rcond=None)[0]
        assert fit.coefficients - without == pytest.approx(fit.influence[each])
    assert fit.degrees_of_freedom == 5


# --- from cells to people
def test_windows_lie_at_the_same_distance_from_the_month_of_selection():
    month = np.arange(-6, 7)
    cells = ([7] * 13, [0] * 13, [True] * 13, month, [2] * 13, 2 * (month + 10))

    rows = rows_from_cells(*cells, months=3)
    apart = rows_from_cells(*cells, months=4, gap=1)

    assert (rows.selection, rows.before, rows.after, rows.earlier) == (10, 8, 12, 8)
    assert (rows.first, rows.second) == (7, 9)
    assert (rows.reviews_before, rows.reviews_after) == (6, 6)
    # Months −5 to −2 and 2 to 5; the earlier ones reach up to the selection.
    assert (apart.before, apart.after, apart.earlier) == (6.5, 13.5, 7)
    assert (apart.first, apart.second) == (5.5, 7.5)


def test_a_mean_counts_reviews_and_a_gap_is_no_number():
    rows = rows_from_cells([1, 1, 1], [0] * 3, [False] * 3, [-3, -1, 1], [1, 3, 2], [2, 12, 8])

    assert rows.before == 14 / 4
    assert np.isnan(rows.selection)
    assert rows.reviews_after == 2


# --- the verdict
def test_no_effect_is_found_where_there_is_none_though_people_were_picked_for_low_scores():
    random = np.random.default_rng(20261122)
    found = [training_effect(team(random), choice=Choice.BY_SCORE) for _trial in range(200)]
    verdicts = Counter(each.verdict for each in found)

    # Before and after alone would call every one of them a success.
    assert min(each.raw_gain for each in found) > 0
    assert np.mean([each.raw_gain for each in found]) > 0.15
    assert np.mean([each.expected_gain - each.raw_gain for each in found]) == pytest.approx(
        0, abs=0.02
    )
    for method in ("headline", "beside"):
        effects = [getattr(each, method) for each in found]
        assert np.mean([e.value for e in effects]) == pytest.approx(0, abs=0.015)
        # Four standard errors of .95 in 200 trials are .06.
        assert np.mean([e.low <= 0 <= e.high for e in effects]) >= 0.89
    assert verdicts[Verdict.GAIN] <= 10
    assert verdicts[Verdict.NO_EVIDENCE] > 150


def test_a_real_effect_is_found_and_covered():
    random = np.random.default_rng(20261122)
    found = [
        training_effect(team(random, effect=0.3), choice=Choice.BY_SCORE) for _trial in range(100)
    ]

    assert np.mean([e.headline.value for e in found]) == pytest.approx(0.3, abs=0.02)
    assert np.mean([e.headline.low <= 0.3 <= e.headline.high for e in found]) >= 0.87
    # The rest "cannot be told": each of two checks is wrong in one of twenty.
    assert np.mean([e.verdict == Verdict.GAIN for e in found]) > 0.8
    assert {e.verdict for e in found} <= {Verdict.GAIN, Verdict.CANNOT_TELL}


def test_volunteers_who_were_growing_anyway_cannot_be_told_from_an_effect():
    random = np.random.default_rng(20261122)
    found = [
        training_effect(
            team(random, growth=0.08, select=lambda _scores, growth: -growth),
            choice=Choice.OTHERWISE,
        )
        for _trial in range(50)
    ]

    assert np.mean([each.headline.value for each in found]) > 0.3
    assert np.mean([each.verdict == Verdict.CANNOT_TELL for each in found]) > 0.9
    assert Doubt.DIFFERENT_BEFORE in {doubt for each in found for doubt in each.doubts}


def test_a_lot_gives_the_truth_without_any_assumption():
    random = np.random.default_rng(20261122)

    def drawn(scores, _growth):
        winners = draw_lot(range(len(scores)), 50, seed=str(random.integers(10**9)))
        return ~np.isin(np.arange(len(scores)), winners)

    found = [
        training_effect(team(random, effect=0.2, select=drawn), choice=Choice.BY_LOT)
        for _trial in range(150)
    ]

    assert np.mean([each.headline.value for each in found]) == pytest.approx(0.2, abs=0.02)
    assert np.mean([e.headline.low <= 0.2 <= e.headline.high for e in found]) >= 0.88
    assert {each.headline.method for each in found} == {Method.DIFFERENCE_IN_MEANS}
    assert {(each.beside, each.doubts) for each in found} == {(None, ())}


def test_how_people_were_chosen_decides_the_headline():
    rows = team(np.random.default_rng(1))

    by_score = training_effect(rows, choice=Choice.BY_SCORE)
    otherwise = training_effect(rows, choice=Choice.OTHERWISE)

    assert by_score.headline.method == Method.ANCOVA
    assert otherwise.headline.method == Method.DIFFERENCE_IN_DIFFERENCES
    assert (by_score.headline, by_score.beside) == (otherwise.beside, otherwise.headline)


def test_a_loss_is_said_as_well():
    rows = team(np.random.default_rng(2), effect=-0.4)

    assert training_effect(rows, choice=Choice.BY_SCORE).verdict == Verdict.LOSS


def test_cohorts_with_levels_of_their_own_are_compared_inside_themselves():
    """In the second month everybody scores a whole point more, and more people are trained."""
    random = np.random.default_rng(5)
    rows = team(random, people=400, cohorts=2, select=lambda scores, _g: random.random(len(scores)))
    later = rows.cohort == 1
    keep = later | ~rows.is_trained | (random.random(400) < 0.3)
    shifted = {
        name: getattr(rows, name)[keep] + later[keep]
        for name in ("selection", "earlier", "before", "first", "second", "after")
    }
    rest = {
        name: getattr(rows, name)[keep]
        for name in ("person", "cohort", "is_trained", "reviews_before", "reviews_after")
    }

    found = training_effect(type(rows)(**rest, **shifted), choice=Choice.BY_LOT)

    assert found.headline.low < 0 < found.headline.high
    assert found.headline.value == pytest.approx(0, abs=0.15)


def test_somebody_who_is_a_peer_twice_counts_once():
    rows = team(np.random.default_rng(1), people=60)
    peers = ~rows.is_trained
    twice = type(rows)(
        **{
            name: np.concatenate([getattr(rows, name), getattr(rows, name)[peers]])
            for name in rows.__slots__
        }
    )

    once, both = (training_effect(each, choice=Choice.BY_SCORE) for each in (rows, twice))

    assert (both.peers, both.trained) == (once.peers, once.trained) == (45, 15)
    # Doubling the peers adds no knowledge.
    assert both.headline.standard_error > 0.9 * once.headline.standard_error


# --- too little
def test_too_few_people_say_who_is_missing_and_give_no_effect():
    found = training_effect(
        team(np.random.default_rng(1), people=24, trained=0.4), choice=Choice.BY_SCORE
    )

    assert found.verdict == Verdict.TOO_FEW
    assert [(m.need, m.have, m.needed) for m in found.missing] == [
        (Need.TRAINED, 9, 10),
        (Need.PEERS, 15, 20),
    ]
    assert (found.headline, found.detectable) == (None, None)


def test_people_with_fewer_than_four_reviews_before_or_after_do_not_count():
    found = training_effect(team(np.random.default_rng(1), reviews=1), choice=Choice.BY_SCORE)

    assert [(m.have, m.people) for m in found.missing] == [(0, 50), (0, 150)]
    assert found.raw_gain is None


def test_nobody_at_all():
    nobody = rows_from_cells(*[[]] * 6)

    found = training_effect(nobody, choice=Choice.BY_SCORE)

    assert (found.verdict, found.trained, found.expected_gain) == (Verdict.TOO_FEW, 0, None)


def test_without_two_times_before_it_cannot_be_told():
    rows = team(np.random.default_rng(4), effect=0.5)
    blind = type(rows)(
        **{
            name: np.full(200, np.nan) if name == "first" else getattr(rows, name)
            for name in rows.__slots__
        }
    )

    found = training_effect(blind, choice=Choice.BY_SCORE)

    assert (found.verdict, found.placebo) == (Verdict.CANNOT_TELL, None)
    assert found.doubts == (Doubt.BEFORE_UNKNOWN,)


def test_equal_scores_are_no_evidence_and_no_error():
    count = 40 * len(MONTHS)
    rows = rows_from_cells(
        np.repeat(np.arange(40), len(MONTHS)),
        np.zeros(count),
        np.repeat(np.arange(40) < 15, len(MONTHS)),
        np.tile(MONTHS, 40),
        np.full(count, 6),
        np.full(count, 24.0),
    )

    found = training_effect(rows, choice=Choice.BY_SCORE)

    assert found.verdict == Verdict.NO_EVIDENCE
    assert found.headline.value == pytest.approx(0, abs=1e-9)


def test_smallest_detectable_effect_is_found_four_times_out_of_five():
    # (t(.975; 38) + t(.8; 38)) = 2.024394 + .850998
    assert smallest_detectable(0.15, 38) == pytest.approx(0.43131, abs=1e-4)


# --- the lot
def test_the_lot_can_be_drawn_again_and_is_another_with_another_seed():
    drawn = draw_lot([5, 3, 9, 1, 7], 2, seed="phones 2026-11")

    assert drawn == draw_lot([1, 3, 5, 7, 9, 9], 2, seed="phones 2026-11")
    assert len(set(drawn)) == 2
    assert drawn != draw_lot([5, 3, 9, 1, 7], 2, seed="phones 2026-12")
    assert draw_lot([5, 3, 9, 1, 7], 4, seed="phones 2026-11")[:2] == drawn


def test_more_places_than_people_gives_everybody_one_and_fewer_than_none_is_refused():
    assert sorted(draw_lot([2, 1], 5, seed="a")) == [1, 2]
    assert draw_lot([1, 2], 0, seed="a") == []
    with pytest.raises(ValueError, match="negative"):
        draw_lot([1], -1, seed="a")


def test_everybody_has_the_same_chance():
    wins = Counter(who for seed in range(3000) for who in draw_lot(range(6), 2, seed=str(seed)))

    # A third each; four standard errors of 1,000 are 103.
    assert all(abs(wins[who] - 1000) < 103 for who in range(6))
