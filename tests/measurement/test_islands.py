"""Islands of the graph of agents and reviewers, and what would join them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.islands import find_islands, suggest_links, team_crossing


def counted_by_hand():
    """SV09: a1-r1, a2-r1, a2-r2, a3-r2, a4-r3, a5-r3, a5-r4."""
    return [0, 1, 1, 2, 3, 4, 4], [0, 0, 1, 1, 2, 2, 3]


def test_islands_are_those_counted_by_hand():
    found = find_islands(*counted_by_hand(), agents=5, reviewers=4)

    assert found.count == 2
    assert found.are_comparable(0, 2)
    assert found.are_comparable(3, 4)
    assert not found.are_comparable(0, 3)
    assert not found.are_comparable(2, 4)
    assert [list(each) for each in found.members(0)] == [[0, 1, 2], [0, 1]]
    assert (list(found.agents), list(found.reviewers), list(found.reviews)) == (
        [3, 2],
        [2, 2],
        [4, 3],
    )


def test_one_link_joins_two_islands():
    agent, reviewer = counted_by_hand()
    found = find_islands(agent, reviewer, agents=5, reviewers=4)
    (link,) = suggest_links(found, reviewer, [1, 1, 1, 9, 1, 1, 5])

    # An interaction of their own that both grade.
    joined = find_islands(
        [*agent, 5, 5],
        [*reviewer, link.reviewer, link.other_reviewer],
        agents=6,
        reviewers=4,
    )

    assert (link.reviewer, link.other_reviewer, link.interactions) == (3, 1, 2)
    assert joined.is_connected
    assert suggest_links(joined, reviewer) == ()


def test_codes_without_reviews_are_in_no_island():
    found = find_islands([0, 1], [0, 0], [3, 0], agents=3, reviewers=2)

    assert list(found.of_agent) == [0, -1, -1]
    assert list(found.of_reviewer) == [0, -1]
    assert not found.are_comparable(1, 2)
    assert find_islands([], [], agents=0, reviewers=0).is_connected


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 4)), min_size=1, max_size=25))
def test_comparable_is_what_a_walk_reaches(pairs):
    agent, reviewer = zip(*pairs, strict=True)
    found = find_islands(agent, reviewer, agents=8, reviewers=5)
    reached = {agent[0]}
    for _step in range(len(pairs)):
        graders = {r for a, r in pairs if a in reached}
        reached |= {a for a, r in pairs if r in graders}

    for other in range(8):
        assert found.are_comparable(agent[0], other) == (other in reached)
    assert len(suggest_links(found, reviewer)) == found.count - 1


def test_crossing_is_what_is_graded_outside_of_the_main_team():
    # Reviewer 0: 18 in team 0, 2 in team 1. Reviewer 1: 20 in team 1. Agent 3 is in no team.
    found = team_crossing([0, 1, 2, 3], [0, 0, 1, 1], [18, 2, 20, 50], [0, 1, 1, -1])

    assert found.share == pytest.approx(5)
    assert (found.reviews, found.of_reviews, found.reviewers, found.of_reviewers) == (2, 40, 1, 2)
    assert found.is_below_target
    assert team_crossing([], [], [], []).share is None
