"""When failures in a row ask for a module. No database."""

import datetime as dt

import pytest

from coaching.rules import Fired, Graded, RuleTerms, due, replay

START = dt.datetime(2026, 9, 1, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
THREE = RuleTerms(failures=3, cooldown_days=30)


def grades(*percents, critical=()) -> list[Graded]:
    """One a day; None is not applicable."""
    return [
        Graded(place, START + place * DAY, percent, 75, place in critical)
        for place, percent in enumerate(percents)
    ]


def fires(given, terms=THREE, **kwargs) -> tuple[int, ...] | None:
    found = due(given, terms, at=START + 100 * DAY, **kwargs)
    return found.refs if found else None


@pytest.mark.parametrize(
    ("given", "refs"),
    [
        (grades(50, 50), None),
        (grades(50, 50, 50), (0, 1, 2)),
        (grades(50, 50, 50, 90), None),
        (grades(50, 90, 50, 50), None),
        (grades(50, 90, 50, 50, 50), (2, 3, 4)),
        (grades(50, None, 50, 50), (0, 2, 3)),
        (grades(50, 50, 50, None), (0, 1, 2)),
        (grades(50, 75, 50, 50), None),
        (grades(50, 90, 50, 50, critical={1}), (1, 2, 3)),
        ([], None),
    ],
)
def test_a_run_of_failures_at_the_end_fires(given, refs):
    assert fires(given) == refs


def test_a_threshold_of_its_own_is_below_and_not_at():
    terms = RuleTerms(2, 0, fails_below=40)
    assert fires(grades(50, 50), terms) is None
    assert fires(grades(40, 40), terms) is None
    assert fires(grades(39, 39), terms) == (0, 1)


def test_what_led_to_one_firing_leads_to_no_other():
    last = Fired((0, 1, 2), START + 2 * DAY)
    assert fires(grades(50, 50, 50), last=last) is None
    assert fires(grades(50, 50, 50, 50, 50), last=last) is None
    assert fires(grades(50, 50, 50, 50, 50, 50), last=last) == (3, 4, 5)


def test_nothing_fires_within_the_cooldown():
    last = Fired((0, 1, 2), START + 2 * DAY)
    given = grades(*[50] * 6)
    assert due(given, THREE, at=START + 31 * DAY, last=last) is None
    assert due(given, THREE, at=START + 32 * DAY, last=last)


def test_the_preview_fires_as_the_rule_itself_would():
    given = grades(*[50] * 40)
    assert [each.refs for each in replay(given, THREE)] == [(0, 1, 2), (30, 31, 32)]
    one_by_one, last = [], None
    for count, graded in enumerate(given, start=1):
        if found := due(given[:count], THREE, at=graded.at, last=last):
            one_by_one.append(found)
            last = found
    assert replay(given, THREE) == one_by_one
