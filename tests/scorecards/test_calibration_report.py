"""What the report works out, and how it says it."""

import numpy as np
import pytest

from measurement.agreement import Figure, State, assess, count_table, signed_difference
from scorecards.actions import record_grades, submit_scorecard
from scorecards.actions.calibration import (
    begin_calibration_grade,
    close_calibration,
    open_calibration,
    prepare_calibration,
    write_expert_key,
)
from scorecards.calibration import report_of
from scorecards.calibration_wording import (
    difference_words,
    few_words,
    share_in_brief,
    total_words,
    words_of,
)
from tests.factories.interactions import InteractionFactory


@pytest.fixture
def graded_session(version, reviewer, second_reviewer, administrator, best):
    """`graded_session([(2, 1), ...])` is a closed session: the tone's levels by Rita and by Rolf, one
    pair per interaction; None is not graded."""

    def make(pairs, keys=()):
        interactions = [InteractionFactory() for _pair in pairs]
        for interaction, level in zip(interactions, keys, strict=False):
            write_expert_key(interaction, version, best(tone=level), by=administrator)
        session = prepare_calibration(
            title="Tone",
            version=version,
            interactions=interactions,
            participants=[reviewer, second_reviewer],
            by=administrator,
        )
        session = open_calibration(session, by=administrator)
        items = session.items.select_related("interaction", "session__version")
        for item, levels in zip(items, pairs, strict=True):
            for person, level in zip((reviewer, second_reviewer), levels, strict=True):
                if level is not None:
                    card = begin_calibration_grade(item, by=person)
                    record_grades(card, best(tone=level), by=person)
                    submit_scorecard(card, by=person)
        return close_calibration(session, by=administrator)

    return make


def tone_of(session):
    return next(row for row in report_of(session).criteria if row.criterion.key == "tone")


def test_the_report_counts_what_was_graded(graded_session):
    pairs = [(2, 2)] * 5 + [(0, 0)] * 2 + [(1, 2), (0, 1), (0, 2)]

    row = tone_of(graded_session(pairs))

    assert row.figures.exact.value == pytest.approx(0.7)
    assert row.figures.within_one.value == pytest.approx(0.9)
    assert row.figures.alpha.state == State.TOO_FEW
    assert (row.compared_count, len(row.disagreements), row.agreed_count) == (10, 3, 7)
    votes = row.disagreements[-1].votes
    assert [vote.score.level.position for vote in votes] == [0, 2]


def test_what_only_one_graded_is_no_comparison(graded_session):
    row = tone_of(graded_session([(2, None), (None, 1), (0, 1)]))

    assert (row.compared_count, row.figures.exact.n) == (1, 1)


def test_alone_against_a_key_is_a_comparison(graded_session):
    row = tone_of(graded_session([(2, None)], keys=[1]))

    assert row.compared_count == 1
    assert row.disagreements[0].expert.level.position == 1
    assert row.disagreements[0].votes[0].difference == 1
    assert (row.from_key.state, row.from_key.n) == (State.TOO_FEW, 1)


def test_without_a_key_there_is_no_difference_from_it(graded_session):
    assert tone_of(graded_session([(2, 1)])).from_key is None


def test_sessions_by_the_same_version_are_pooled_once_revealed(
    graded_session, version, reviewer, second_reviewer, administrator, best
):
    graded_session([(2, 1), (0, 0)])
    hidden = prepare_calibration(
        title="Running",
        version=version,
        interactions=[InteractionFactory()],
        participants=[reviewer, second_reviewer],
        by=administrator,
    )
    hidden = open_calibration(hidden, by=administrator)
    item = hidden.items.select_related("interaction", "session__version").get()
    card = begin_calibration_grade(item, by=reviewer)
    record_grades(card, best(), by=reviewer)
    submit_scorecard(card, by=reviewer)
    last = graded_session([(1, 1)])

    report = report_of(last)

    row = next(row for row in report.criteria if row.criterion.key == "tone")
    assert report.pooled_session_count == 2
    assert (row.figures.exact.n, row.pooled.exact.n) == (1, 3)


def test_totals_need_every_percent(graded_session):
    assert report_of(graded_session([(2, 1), (1, None)])).totals is None
    one, mean = report_of(graded_session([(2, 1), (1, 0)])).totals
    assert (one.state, one.n, mean.n) == (State.TOO_FEW, 2, 2)


# --- in words -------------------------------------------------------------------------------------
def table(first, second, levels=3):
    return assess(count_table([first, second], levels))


def test_few_grades_are_sentences_without_figures():
    words = words_of(table([0, 1, 2], [0, 1, 1]))

    assert not words.are_any
    assert words.verdict == ""
    # Once for all criteria alike.
    assert list(few_words([("Tone", words), ("Facts", words)])) == [
        "Shown from 10 interactions with two answers to compare: Exactly the same level; At most one "
        "level apart. Here there are at most 3.",
        "Shown from 20 interactions with two answers to compare: α; AC2. Here there are at most 3.",
    ]


def test_few_grades_of_some_criteria_name_them():
    few = words_of(table([0, 1, 2], [0, 1, 1]))
    many = words_of(table([0, 1, 2] * 10, [0, 1, 2] * 8 + [0, 1, 1] * 2))

    sentences = list(few_words([("Tone", few), ("Facts", many)]))

    assert len(sentences) == 2
    assert all(row.endswith("Too few yet for: Tone.") for row in sentences)
    assert list(few_words([("Facts", many)])) == []
    several = few_words([("Facts", many), *((f"Tone {number}", few) for number in range(4))])
    assert all(row.endswith("Too few yet for 4 of 5 criteria.") for row in several)


def test_a_share_in_brief_has_its_interval():
    figures = table([0, 1, 2] * 10, [0, 1, 2] * 8 + [0, 1, 1] * 2)

    assert share_in_brief(figures.exact) == "93 % (84–100)"
    assert share_in_brief(table([0], [0]).exact) == ""
    assert share_in_brief(None) == ""


def test_figures_come_with_interval_and_n():
    words = words_of(table([0, 1, 2] * 10, [0, 1, 2] * 8 + [0, 1, 1] * 2))

    assert words.exact == (
        "Exactly the same level: 93 % of pairs of grades (30 interactions; with 95% confidence 84 "
        "to 100 %)."
    )
    assert words.alpha.startswith("α = 0.9")
    assert "(30 interactions; with 95% confidence" in words.alpha
    assert words.verdict == "People read this criterion alike."


def test_the_verdict_follows_the_interval():
    rng = np.random.default_rng(4)
    apart = table(rng.integers(0, 3, 40), rng.integers(0, 3, 40))

    assert words_of(apart).verdict == "People read this criterion differently."


def test_a_lopsided_sample_shows_both_coefficients_and_says_why():
    first = [2] * 60
    second = [2] * 57 + [1, 0, 1]
    words = words_of(table(first, second))

    assert words.verdict == ""
    assert words.alpha.startswith("α = ")
    assert words.ac2.startswith("AC2 = ")
    assert words.paradox == (
        "Nearly all interactions got the same score, so this sample says little about "
        "disagreement; add difficult ones."
    )
    few = words_of(table(first[:30], [*second[:29], 1]))
    (sentence,) = few_words([("Tone", few)])
    assert sentence.startswith("Shown from 50 interactions")
    assert sentence.endswith("So many because nearly all got the same level.")


def test_equal_grades_say_no_variation():
    words = words_of(table([2] * 12, [2] * 12))

    assert words.alpha == "α: no variation. Everybody gave the same every time."
    assert "100 % of pairs" in words.exact


def test_within_one_is_left_out_for_two_levels():
    assert words_of(table([0, 1] * 10, [0, 1] * 10, levels=2)).within_one == ""


@pytest.mark.parametrize(
    ("differences", "start"),
    [
        ([0.5, 1, 0.5, 1, 1, 0.5, 1, 0.5, 1, 1], "0.80 levels milder than the key on average (10"),
        ([-1, 0, 0, 0, 0, 1, 0, 0, -1, 0], "0.10 levels stricter than the key on average (10"),
        ([1] * 10, "1.00 levels milder than the key on average, in each of 10 interactions alike."),
        ([0] * 10, "Neither milder nor stricter than the key on average, in each of 10"),
    ],
)
def test_the_difference_from_the_key_in_words(differences, start):
    assert difference_words(signed_difference([differences])).startswith(start)


def test_a_difference_that_may_be_none_says_so():
    words = difference_words(signed_difference([[-1, 0, 0, 0, 0, 1, 0, 0, -1, 0]]))

    assert words.endswith("; that cannot be told apart from the key.")
    assert difference_words(None) == ""
    assert difference_words(signed_difference([[1, 1, 1]])) == ""


def test_totals_in_words():
    assert "everybody's percent" in next(total_words(None))
    figure = Figure(State.SHOWN, 24, 20, 0.61, 0.4, 0.8)
    first, second = total_words((figure, figure))
    assert first == "ICC(2,1) = 0.61 (24 interactions; with 95% confidence 0.40 to 0.80)."
    assert second.startswith("ICC(2,k)")
