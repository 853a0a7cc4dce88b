"""When refreshers come again. No database; the days are those of the fsrs package's own tests."""

import datetime as dt

import pytest

from training.refreshers import answered, days_until, intervals, noon, scheduler

DAY = dt.date(2026, 3, 2)
AGAIN, HARD, GOOD, EASY = 1, 2, 3, 4


def test_a_card_comes_after_the_published_days_when_it_is_learned_in_two_steps():
    """T07: FSRS-6 with its default steps of one and ten minutes."""
    by = scheduler(learning_minutes=(1, 10))
    at, memory, days = dt.datetime(2022, 11, 29, 12, 30, tzinfo=dt.UTC), None, []
    for rating in [GOOD] * 6 + [AGAIN] * 2 + [GOOD] * 5:
        memory, due = answered(by, memory, rating, at=at)
        days.append((due - at).days)
        at = due
    assert days == [0, 2, 11, 46, 163, 498, 0, 0, 2, 4, 7, 12, 21]


def test_a_new_card_without_steps_comes_after_these_days():
    """T08: Again, Hard, Good, Easy."""
    assert list(intervals(scheduler(), None, day=DAY).values()) == [1, 1, 2, 8]


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        ([GOOD] * 5, [2, 11, 46, 163, 180]),
        ([GOOD, GOOD, GOOD, AGAIN, GOOD, GOOD], [2, 11, 46, 3, 8, 19]),
    ],
)
def test_no_card_stays_away_for_more_than_half_a_year(ratings, expected):
    by, memory, day, days = scheduler(longest_days=180), None, DAY, []
    for rating in ratings:
        memory, due = answered(by, memory, rating, at=noon(day))
        days.append(days_until(due, day=day))
        day = due.date()
    assert days == expected


def test_a_day_is_a_day_whatever_the_hour():
    by = scheduler()
    memory, due = answered(by, None, GOOD, at=noon(DAY))
    assert due.date() == DAY + dt.timedelta(days=2)
    assert days_until(due, day=DAY) == 2
    later = intervals(by, memory, day=due.date())
    assert later[AGAIN] < later[HARD] < later[GOOD] < later[EASY]


def test_what_is_remembered_survives_being_stored_as_json():
    import json

    by = scheduler()
    memory, due = answered(by, None, GOOD, at=noon(DAY))
    stored = json.loads(json.dumps(memory))
    assert answered(by, stored, GOOD, at=due) == answered(by, memory, GOOD, at=due)


def test_the_same_answers_give_the_same_days_without_fuzz():
    by, memory, at = scheduler(), None, noon(DAY)
    for _ in range(3):
        memory, at = answered(by, memory, GOOD, at=at)
    assert len({answered(by, memory, GOOD, at=at)[1] for _ in range(20)}) == 1


def test_fuzz_spreads_the_days():
    by, memory, at = scheduler(fuzz=True), None, noon(DAY)
    for _ in range(4):
        memory, at = answered(scheduler(), memory, GOOD, at=at)
    assert len({answered(by, memory, GOOD, at=at)[1] for _ in range(60)}) > 1


@pytest.mark.parametrize(("retention", "longer"), [(0.8, True), (0.97, False)])
def test_who_may_forget_more_is_asked_less_often(retention, longer):
    usual, other = scheduler(), scheduler(retention=retention)
    memory, due = answered(usual, None, EASY, at=noon(DAY))
    days = [answered(by, memory, GOOD, at=due)[1] for by in (usual, other)]
    assert (days[1] > days[0]) is longer
