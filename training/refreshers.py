"""When a refresher comes again: the fsrs library, reckoned in whole days of the reader.

Pure: what a person knows of a card goes in as a dictionary and comes out as one. The library is given
noon of the day on which somebody answers, so that an answer at nine and one at five are both "that day"
and intervals are the same for everybody, wherever they are.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, cast

import fsrs

Memory = Mapping[str, Any]


def scheduler(
    *,
    retention: float = 0.9,
    learning_minutes: Sequence[int] = (),
    longest_days: int = 36_500,
    fuzz: bool = False,
) -> fsrs.Scheduler:
    """FSRS-6 with its default parameters. Who forgets learns again in the last learning step, if any; no
    card stays away for more than `longest_days`."""
    steps = tuple(dt.timedelta(minutes=minutes) for minutes in learning_minutes)
    return fsrs.Scheduler(
        desired_retention=retention,
        learning_steps=steps,
        relearning_steps=steps[-1:],
        maximum_interval=longest_days,
        enable_fuzzing=fuzz,
    )


def answered(
    by: fsrs.Scheduler, memory: Memory | None, rating: int, *, at: dt.datetime
) -> tuple[dict[str, Any], dt.datetime]:
    """What is known of the card after `rating` (1 to 4), and when it is due. `memory` is None for a new
    card; `at` is in UTC."""
    card = fsrs.Card.from_dict(cast(Any, memory)) if memory else fsrs.Card(card_id=1, due=at)
    after, _log = by.review_card(card, fsrs.Rating(rating), review_datetime=at)
    return dict(after.to_dict()), after.due


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)


def days_until(due: dt.datetime, *, day: dt.date) -> int:
    return max(0, (due.date() - day).days)


def intervals(by: fsrs.Scheduler, memory: Memory | None, *, day: dt.date) -> dict[int, int]:
    """The days until the card comes again, for each rating."""
    return {
        rating.value: days_until(answered(by, memory, rating.value, at=noon(day))[1], day=day)
        for rating in fsrs.Rating
    }
