"""Probabilities, draws and shares: pure, from a seed."""

import json
import math
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecards.sampling import (
    Design,
    Frame,
    Method,
    Quantity,
    Sign,
    StratifyBy,
    by_risk,
    comb,
    draw,
    probabilities,
    share_out,
    shuffled,
)

RISKS = st.lists(st.integers(0, 13), min_size=1, max_size=80)


def frame_of(agents, weeks=None, channels=None, **signs):
    n = len(agents)
    return Frame(
        ids=np.arange(1, n + 1),
        agents=np.array(agents),
        weeks=np.array(weeks or [0] * n),
        channels=np.array(channels or [0] * n),
        signs={Sign(name): np.array(present, dtype=bool) for name, present in signs.items()},
    )


def simple(share, **others):
    return Design(quantity=Quantity.SHARE, method=Method.SIMPLE, share=share, **others)


def picked(frame, design, seed):
    pi = probabilities(frame, design)
    return draw(frame, pi, design, random.Random(seed)).tolist()


# Probabilities ----------------------------------------------------------------------------------


@given(risk=RISKS, share=st.floats(0.01, 1), floor=st.floats(0, 1))
@settings(max_examples=300, deadline=None)
def test_by_risk_keeps_the_floor_and_the_size(risk, share, floor):
    size = share * len(risk)

    pi = by_risk(risk, size=size, floor=floor)

    assert pi.sum() == pytest.approx(size)
    assert (pi > 0).all()
    assert (pi <= 1).all()
    assert (pi >= max(floor, 0.05) * share * (1 - 1e-9)).all()


@given(risk=RISKS, share=st.floats(0.01, 1), floor=st.floats(0.05, 1))
@settings(max_examples=200, deadline=None)
def test_by_risk_gives_more_risk_no_smaller_chance(risk, share, floor):
    pi = by_risk(risk, size=share * len(risk), floor=floor)

    ordered = pi[np.argsort(risk, kind="stable")]
    assert (np.diff(ordered) >= -1e-9).all()
    for value in set(risk):
        assert np.ptp(pi[np.array(risk) == value]) == pytest.approx(0)


@pytest.mark.parametrize(
    ("risk", "size", "floor", "expected"),
    [
        ([0, 0, 0, 0], 2, 0.5, [0.5, 0.5, 0.5, 0.5]),
        # Half of .5 each evenly; the other half, 1 in all, by 0 : 1 : 1 : 2.
        ([0, 1, 1, 2], 2, 0.5, [0.25, 0.5, 0.5, 0.75]),
        # The fourth is certain; what it cannot take goes to the others with risk.
        ([0, 1, 1, 8], 2, 0.5, [0.25, 0.375, 0.375, 1]),
        # All with risk are certain; the rest is even.
        ([0, 0, 1, 1], 3, 0.5, [0.5, 0.5, 1, 1]),
        ([0, 3], 2, 0.5, [1, 1]),
        ([5], 0.3, 0.5, [0.3]),
        # A floor of nothing is a floor of .05.
        ([0, 1], 1, 0, [0.025, 0.975]),
    ],
)
def test_by_risk_known_answers(risk, size, floor, expected):
    assert by_risk(risk, size=size, floor=floor) == pytest.approx(expected)


@pytest.mark.parametrize("size", [0, 5])
def test_by_risk_refuses_an_impossible_size(size):
    with pytest.raises(ValueError, match="at most all"):
        by_risk([1, 2, 3, 4], size=size, floor=0.5)


def test_probabilities_of_a_share_are_the_share():
    assert probabilities(frame_of([1, 1, 2]), simple(0.4)) == pytest.approx([0.4, 0.4, 0.4])


def test_probabilities_per_agent_and_week_depend_on_how_much_there_is():
    design = Design(quantity=Quantity.PER_AGENT_WEEK, method=Method.SIMPLE, per_agent_week=2)
    frame = frame_of([7, 7, 7, 7, 9, 7], weeks=[1, 1, 1, 1, 1, 2])

    assert probabilities(frame, design) == pytest.approx([0.5, 0.5, 0.5, 0.5, 1, 1])


def test_probabilities_by_risk_add_the_weights_of_the_signs():
    design = Design(
        quantity=Quantity.SHARE,
        method=Method.RISK,
        share=0.5,
        floor=0.5,
        weights={Sign.LONG_HANDLING: 1, Sign.COMPLAINT_WORDS: 2},
    )
    frame = frame_of([1, 1, 1, 1], long_handling=[0, 1, 1, 0], complaint_words=[0, 0, 1, 0])

    assert probabilities(frame, design) == pytest.approx([0.25, 0.5, 1, 0.25])


def test_probabilities_by_risk_stay_inside_of_agent_and_week():
    design = Design(
        quantity=Quantity.PER_AGENT_WEEK,
        method=Method.RISK,
        per_agent_week=1,
        weights={Sign.LONG_HANDLING: 1},
    )
    frame = frame_of([1, 1, 2, 2], long_handling=[1, 0, 0, 0])

    assert probabilities(frame, design) == pytest.approx([0.75, 0.25, 0.5, 0.5])


def test_probabilities_of_nothing_are_nothing():
    assert len(probabilities(frame_of([]), simple(0.5))) == 0
    assert picked(frame_of([]), simple(0.5), 1) == []


# Draws ------------------------------------------------------------------------------------------

DESIGNS = {
    "simple share": simple(0.23),
    "by agent": Design(Quantity.SHARE, Method.STRATIFIED, share=0.23),
    "by channel": Design(
        Quantity.SHARE, Method.STRATIFIED, share=0.3, stratify_by=StratifyBy.CHANNEL
    ),
    "per agent": Design(Quantity.PER_AGENT_WEEK, Method.SIMPLE, per_agent_week=2),
    "risk": Design(
        Quantity.SHARE,
        Method.RISK,
        share=0.2,
        weights={Sign.LONG_HANDLING: 1, Sign.COMPLAINT_WORDS: 3},
    ),
    "risk per agent": Design(
        Quantity.PER_AGENT_WEEK, Method.RISK, per_agent_week=2, weights={Sign.LONG_HANDLING: 1}
    ),
}


def mixed_frame():
    chance = random.Random(11)
    n = 60
    return frame_of(
        [chance.randrange(5) for _item in range(n)],
        weeks=[chance.randrange(2) for _item in range(n)],
        channels=[chance.randrange(3) for _item in range(n)],
        long_handling=[chance.random() < 0.2 for _item in range(n)],
        complaint_words=[chance.random() < 0.1 for _item in range(n)],
    )


@pytest.mark.parametrize("name", DESIGNS)
def test_draw_picks_each_as_often_as_its_probability_says(name):
    """Over 4,000 seeds no item strays further than chance lets the furthest of 60 stray."""
    frame, design = mixed_frame(), DESIGNS[name]
    pi = probabilities(frame, design)
    seeds = 4000
    counts = Counter(place for seed in range(seeds) for place in picked(frame, design, seed))

    for place, chance in enumerate(pi):
        error = math.sqrt(seeds * chance * (1 - chance))
        assert abs(counts[place] - seeds * chance) <= 4.5 * error + 1e-9, place


@pytest.mark.parametrize("name", DESIGNS)
def test_draw_picks_the_expected_number_rounded_up_or_down(name):
    frame, design = mixed_frame(), DESIGNS[name]
    expected = probabilities(frame, design).sum()

    sizes = {len(picked(frame, design, seed)) for seed in range(200)}

    assert sizes <= {math.floor(expected + 1e-9), math.ceil(expected - 1e-9)}


def test_draw_per_agent_and_week_gives_everybody_exactly_theirs():
    frame, design = mixed_frame(), DESIGNS["per agent"]
    there = Counter(zip(frame.agents, frame.weeks, strict=True))

    for seed in range(50):
        places = picked(frame, design, seed)
        found = Counter(zip(frame.agents[places], frame.weeks[places], strict=True))
        assert found == {block: min(2, count) for block, count in there.items()}


def test_draw_stratified_spreads_over_the_groups():
    frame = frame_of([1] * 40 + [2] * 40 + [3] * 40)
    design = Design(Quantity.SHARE, Method.STRATIFIED, share=0.25)

    for seed in range(50):
        assert Counter(frame.agents[picked(frame, design, seed)]) == {1: 10, 2: 10, 3: 10}


def test_draw_leaves_no_pair_without_a_chance():
    """Plain systematic sampling of a fixed order would never pick neighbours together."""
    frame = frame_of([1] * 6)
    pairs = {tuple(picked(frame, simple(1 / 3), seed)) for seed in range(400)}

    assert len(pairs) == 15


@given(seed=st.integers(0, 2**31 - 1))
@settings(max_examples=25, deadline=None)
def test_draw_is_the_same_for_the_same_seed(seed):
    frame = mixed_frame()
    for design in DESIGNS.values():
        assert picked(frame, design, seed) == picked(frame, design, seed)


def test_draw_stays_the_same_for_ever():
    """A known answer: were it to change, no stored seed could be followed any more."""
    assert picked(frame_of([1] * 20), simple(0.25), 2026) == [3, 6, 7, 17, 19]


@given(
    pi=st.lists(st.floats(0.001, 1), min_size=1, max_size=60),
    start=st.floats(0, 1, exclude_max=True),
)
@settings(max_examples=300, deadline=None)
def test_comb_picks_the_sum_rounded_up_or_down(pi, start):
    count = len(comb(np.array(pi), start))

    assert math.floor(sum(pi) - 1e-9) <= count <= math.ceil(sum(pi) + 1e-9)


def test_design_survives_the_way_through_the_database():
    for design in DESIGNS.values():
        assert Design.from_json(json.loads(json.dumps(design.to_json()))) == design


# Sharing out ------------------------------------------------------------------------------------


@given(
    items=st.lists(st.integers(1, 3), max_size=40),
    people=st.integers(1, 6),
    seed=st.integers(0, 1000),
)
@settings(max_examples=200, deadline=None)
def test_share_out_is_even_and_gives_nobody_the_same_twice(items, people, seed):
    shares = share_out([(needed, ()) for needed in items], range(people), random.Random(seed))

    load = Counter(person for takers in shares for person in takers)
    assert max(load.values(), default=0) - min(load[person] for person in range(people)) <= 1
    for needed, takers in zip(items, shares, strict=True):
        assert len(takers) == len(set(takers)) == min(needed, people)


@given(
    items=st.lists(st.tuples(st.integers(1, 4), st.sets(st.integers(0, 3))), max_size=30),
    seed=st.integers(0, 1000),
)
@settings(max_examples=200, deadline=None)
def test_share_out_gives_nobody_what_is_barred(items, seed):
    for (needed, barred), takers in zip(
        items, share_out(items, range(4), random.Random(seed)), strict=True
    ):
        assert not barred & set(takers)
        assert len(takers) == min(needed, 4 - len(barred))


def test_share_out_leaves_the_remainder_to_chance():
    firsts = Counter(
        share_out([(1, ())], ["a", "b", "c"], random.Random(seed))[0][0] for seed in range(600)
    )

    assert set(firsts) == {"a", "b", "c"}
    assert min(firsts.values()) > 150


def test_share_out_counts_what_people_have_already():
    shares = share_out([(1, ())] * 3, ["a", "b"], random.Random(1), load={"a": 3})

    assert shares == [["b"], ["b"], ["b"]]


def test_shuffled_keeps_everything():
    assert sorted(shuffled(range(50), random.Random(3))) == list(range(50))
    assert shuffled(range(50), random.Random(3)) == shuffled(range(50), random.Random(3))
