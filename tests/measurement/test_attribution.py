"""Losses of a group beside those of others on the same ground."""

import numpy as np
import pytest
from scipy.stats import binom

from measurement.attribution import loss_tail, matched_losses
from measurement.discoveries import benjamini_hochberg


def test_the_tail_is_the_binomial_one_at_whole_numbers():
    lost, of, share = (
        np.array([1, 3, 6, 10]),
        np.array([4, 10, 6, 10]),
        np.array([0.1, 0.25, 0.25, 0.5]),
    )
    assert loss_tail(lost, of, share) == pytest.approx(binom.sf(lost - 1, of, share))
    # 6 of 6 at a quarter each, by hand.
    assert float(loss_tail(6, 6, 0.25)) == pytest.approx(0.25**6)


def test_the_tail_lies_between_its_neighbours_and_is_sure_without_loss():
    below, between, above = (float(loss_tail(lost, 8, 0.2)) for lost in (3, 3.5, 4))
    assert above < between < below
    assert float(loss_tail(0, 8, 0.2)) == 1
    assert float(loss_tail(5, 8, 0)) == 0
    assert float(loss_tail(5, 8, 1)) == pytest.approx(1)


@pytest.mark.parametrize(("lost", "of", "share"), [(5, 4, 0.2), (-1, 4, 0.2), (1, 4, 1.2)])
def test_impossible_sums_are_refused(lost, of, share):
    with pytest.raises(ValueError, match="A loss lies between"):
        loss_tail(lost, of, share)


def test_a_group_is_held_against_the_others_of_its_strata():
    """Group 1: 4 grades losing 3 in stratum 7, where group 2 loses 1 of 6, and 2 alone in stratum 9."""
    found = matched_losses([1, 2, 1, 1], [7, 7, 7, 9], [3, 6, 1, 2], [2, 1, 1, 2])
    assert found.groups.tolist() == [1, 2]
    assert found.n.tolist() == [4, 6]
    assert found.loss.tolist() == [3, 1]
    assert found.strata.tolist() == [1, 1]
    assert found.others == pytest.approx([1 / 6, 3 / 4])
    # Dealt out by lot, each grade of the stratum loses 4/10.
    assert found.p[0] == pytest.approx(binom.sf(2, 4, 0.4))


def test_who_is_alone_everywhere_is_compared_with_nobody():
    found = matched_losses([1, 2], [7, 8], [5, 5], [5, 0])
    assert found.n.tolist() == [0, 0]
    assert np.isnan(found.others).all()
    assert found.p.tolist() == [1, 1]


def test_no_cells_and_cells_of_other_lengths():
    assert len(matched_losses([], [], [], []).groups) == 0
    with pytest.raises(ValueError, match="one length"):
        matched_losses([1], [1, 2], [1], [1])
    with pytest.raises(ValueError, match="one length"):
        matched_losses([1], [1], [1], [1, 2])


@pytest.mark.parametrize("levels", [(0.0, 1.0), (0.0, 0.5, 1.0), (0.0, 0.25, 0.5, 0.75, 1.0)])
@pytest.mark.parametrize("share", [0.03, 0.15, 0.4])
def test_where_nobody_differs_p_is_no_smaller_than_it_says(levels, share):
    """Rare failures, small groups, strata of their own level: 3,000 groups."""
    chance = np.random.default_rng(11)
    people, reviewers = 3000, 12
    person = np.repeat(np.arange(people), 8)
    reviewer = chance.integers(0, reviewers, len(person))
    strict = np.clip(share * chance.uniform(0.5, 1.5, reviewers), 0, 1)[reviewer]
    fails = chance.random(len(person)) < strict
    loss = np.where(fails, chance.choice(levels[1:], len(person)), 0.0)
    p = matched_losses(person, reviewer, np.ones(len(person)), loss).p
    for level in (0.1, 0.05, 0.01):
        assert (p <= level).mean() <= level + 3 * np.sqrt(level / people)
    assert (benjamini_hochberg(p) <= 0.05).sum() <= 1


def test_who_fails_more_than_others_with_the_same_reviewers_is_found():
    chance = np.random.default_rng(5)
    person = np.repeat(np.arange(40), 20)
    reviewer = chance.integers(0, 6, len(person))
    share = np.where(person == 3, 0.7, 0.1) + np.where(reviewer == 2, 0.2, 0.0)
    loss = (chance.random(len(person)) < share).astype(float)
    by_person = benjamini_hochberg(matched_losses(person, reviewer, np.ones(800), loss).p)
    assert np.flatnonzero(by_person <= 0.05).tolist() == [3]
    by_reviewer = benjamini_hochberg(matched_losses(reviewer, person, np.ones(800), loss).p)
    assert np.flatnonzero(by_reviewer <= 0.05).tolist() == [2]
