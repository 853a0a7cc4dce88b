"""No figure without its interval and its n, and no figure from too little."""

import datetime as dt

import pytest

from insights import wording
from insights.skills import NOTHING, Estimate, Window

CLEAR = Estimate(n=14, mean=81.4, low=75.2, high=87.6, half_width=6.2)
NARROW = Estimate(n=400, mean=81.4, low=81.1, high=81.7, half_width=0.3)
ALIKE = Estimate(n=6, mean=100, low=100, high=100, half_width=0)
FEW = Estimate(n=3, mean=12.3, low=0, high=100, half_width=60)
ONE = Estimate(n=1, mean=12.3)


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (CLEAR, "81 ±6 · 14"),
        (NARROW, "81 ±1 · 400"),
        (ALIKE, "100, all 6 alike"),
        (FEW, "3 of 5 needed"),
        (NOTHING, "no scorecards"),
    ],
)
def test_brief(estimate, words):
    assert wording.brief(estimate) == words


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (
            CLEAR,
            "81 % on average over 14 scorecards; with 95% confidence between 75 and 88 %.",
        ),
        (
            ALIKE,
            "All 6 scorecards gave 100 %. Without any difference between them there is no "
            "interval to work out.",
        ),
        (FEW, "Not enough to say: there are 3 scorecards of the 5 that are needed."),
        (ONE, "Not enough to say: there is 1 scorecard of the 5 that are needed."),
        (NOTHING, "No scorecard measured this, so there is nothing to say."),
    ],
)
def test_sentence(estimate, words):
    assert wording.sentence(estimate) == words


@pytest.mark.parametrize("estimate", [FEW, ONE])
def test_too_little_never_shows_its_mean(estimate):
    assert "12" not in wording.brief(estimate) + wording.sentence(estimate)


def test_month_sentence_says_where_the_dot_leads():
    assert wording.month_sentence(dt.date(2026, 9, 1), CLEAR) == (
        "September 2026: 81 % on average over 14 scorecards; with 95% confidence between 75 and "
        "88 %. Show these scorecards."
    )


@pytest.mark.parametrize(
    ("months", "until", "words"),
    [
        (1, dt.date(2026, 11, 22), "November 2026"),
        (3, dt.date(2026, 11, 22), "September to November 2026"),
        (3, dt.date(2026, 1, 5), "November 2025 to January 2026"),
        (12, dt.date(2026, 11, 22), "December 2025 to November 2026"),
    ],
)
def test_period(months, until, words):
    assert wording.period(Window.of(months, until=until)) == words


def test_channel():
    assert wording.channel("email") == "E-mail"
    assert wording.channel("") == "all channels"


@pytest.mark.parametrize(
    ("value", "words"), [(87.6, "88"), (80.5, "81"), (80.49, "80"), (0.2, "0")]
)
def test_whole_rounds_half_up(value, words):
    assert wording.whole(value) == words
