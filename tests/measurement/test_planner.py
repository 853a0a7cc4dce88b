"""Planner: R psychometric and gtheory, the table of docs/measurement.md, and the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.planner import (
    PERCENT_PER_POINT,
    USUAL_COMPONENTS,
    Components,
    components_for,
    d_study,
    d_study_crossed,
    d_study_nested,
    d_study_two_facets,
    plan,
    reviewers_needed,
    reviews_for_half_width,
    reviews_needed,
    reviews_to_tell_apart,
    spearman_brown,
    times_needed,
)


def test_spearman_brown_agrees_with_r():
    """IN08."""
    assert spearman_brown(0.6, 2) == pytest.approx(0.75, abs=1e-9)
    assert times_needed(0.4, 0.8) == pytest.approx(6, abs=1e-9)
    assert spearman_brown(0.75, 0.5) == pytest.approx(0.6)
    assert spearman_brown(0, 5) == 0
    assert spearman_brown(1, 5) == 1


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_times_needed_reach_the_target(reliability, target):
    assert spearman_brown(reliability, times_needed(reliability, target)) == pytest.approx(target)


def test_d_study_agrees_with_brennan():
    """IN09: synthetic data 3.2, p × (r:t)."""
    found = d_study_nested(
        person=0.473022807,
        task=0.32532229,
        rater_in_task=0.647488984,
        person_task=0.559550098,
        residual=2.380286101,
        tasks=3,
        raters_per_task=4,
    )

    assert found.generalizability == pytest.approx(0.551375028, abs=1e-6)
    assert found.dependability == pytest.approx(0.463613829, abs=1e-6)
    assert found.error_relative == pytest.approx(0.384873874, abs=1e-6)
    assert found.error_absolute == pytest.approx(0.547272053, abs=1e-6)


def test_d_study_of_other_designs():
    crossed = d_study_crossed(person=1, reviewer=0.5, residual=2, reviewers=4)
    assert crossed.generalizability == pytest.approx(1 / 1.5)
    assert crossed.dependability == pytest.approx(1 / 1.625)
    both = d_study_two_facets(
        person=2,
        task=1,
        rater=0.5,
        person_task=0.6,
        person_rater=0.4,
        task_rater=0.3,
        residual=1.2,
        tasks=3,
        raters=2,
    )
    assert both.error_relative == pytest.approx(0.6 / 3 + 0.4 / 2 + 1.2 / 6)
    assert both.error_absolute == pytest.approx(both.error_relative + 1 / 3 + 0.5 / 2 + 0.3 / 6)
    assert d_study(0, relative={"e": (1, 1)}).generalizability == 0
    with pytest.raises(ValueError, match="not negative"):
        d_study(1, relative={"e": (-1, 1)})


@pytest.mark.parametrize(
    ("reviews", "reviewers", "raw", "fair", "half_width", "difference"),
    [
        (4, 2, 0.48, 0.55, 0.62, 0.88),
        (8, 2, 0.58, 0.69, 0.47, 0.66),
        (12, 4, 0.71, 0.78, 0.37, 0.52),
        (24, 4, 0.77, 0.86, 0.28, 0.40),
        (40, 1, 0.57, 0.80, 0.35, 0.49),
    ],
)
def test_plan_is_that_of_the_table(reviews, reviewers, raw, fair, half_width, difference):
    """The table is in points of a scale from 1 to 5, with two digits."""
    found = plan(reviews, reviewers)

    assert found.raw_reliability == pytest.approx(raw, abs=0.0051)
    assert found.fair_reliability == pytest.approx(fair, abs=0.0055)
    assert found.half_width / PERCENT_PER_POINT == pytest.approx(half_width, abs=0.0055)
    assert found.difference / PERCENT_PER_POINT == pytest.approx(difference, abs=0.0051)


@given(st.floats(0.1, 0.9), st.integers(1, 6))
def test_reviews_needed_are_the_fewest(reliability, reviewers):
    needed = reviews_needed(reliability, reviewers=reviewers)

    if needed is None:
        assert plan(100_000, reviewers).fair_reliability < reliability
        return
    assert plan(needed, reviewers).fair_reliability >= reliability - 1e-9
    if needed > reviewers:
        assert plan(needed - 1, reviewers).fair_reliability < reliability


def test_more_of_few_reviewers_may_never_be_enough():
    """Raw means by one reviewer: however many, the reviewer's severity stays in."""
    assert reviews_needed(0.7, reviewers=1, is_fair=False) is None
    assert reviews_needed(0.7, reviewers=4, is_fair=False) == 12
    assert reviews_needed(0.7, reviewers=4, have=5) == reviews_needed(0.7, reviewers=4) - 5
    assert reviews_needed(0.5, reviewers=2, have=50) == 0
    assert reviewers_needed(0.58, reviews=8, is_fair=False) == 2
    assert reviewers_needed(0.99, reviews=8) is None


def test_widths_and_differences_lead_back_to_reviews():
    found = plan(12, 4)

    assert reviews_for_half_width(found.half_width, reviewers=4) == 12
    assert reviews_to_tell_apart(found.difference, reviewers=4) == 12
    assert reviews_for_half_width(0.1, reviewers=1) is None


def test_own_components_count_from_200_reviews():
    own = Components(agent=80, reviewer=30, pair=0, review=200)

    assert components_for(own, 199) is USUAL_COMPONENTS
    assert components_for(own, 200) is own
    assert components_for(None, 5000) is USUAL_COMPONENTS
    assert components_for(Components(0, 1, 1, 1), 5000) is USUAL_COMPONENTS
    assert not USUAL_COMPONENTS.is_own


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: plan(2, 3),
        lambda: plan(2, 0),
        lambda: reviews_needed(1, reviewers=2),
        lambda: reviews_needed(0.5, reviewers=0),
        lambda: reviews_for_half_width(0, reviewers=2),
        lambda: spearman_brown(1.1, 2),
        lambda: times_needed(0, 0.5),
        lambda: Components(1, -1, 0, 1),
    ],
)
def test_the_impossible_is_refused(wrong):
    with pytest.raises(ValueError, match=r"\bis\b|At least"):
        wrong()
