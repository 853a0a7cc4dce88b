"""When a person's present round with a page began."""

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone

from people.models import User
from training.days import zone_of
from training.models import Attempt, Completion


def began(completions: Iterable[Completion], *, user: User, on: dt.date) -> dt.datetime | None:
    """From these completions of one page, of all rounds: when the last one ended. None in the first."""
    ends = []
    for each in completions:
        if each.ended_at is not None:
            ends.append(each.ended_at)
        elif each.lapses_on is not None and each.lapses_on <= on:
            midnight = dt.datetime.combine(each.lapses_on, dt.time.min)
            ends.append(timezone.make_aware(midnight, zone_of(user)))
    return max(ends, default=None)


def round_began(user: User, page_pk: int, *, on: dt.date) -> dt.datetime | None:
    """When `user` had to begin anew with the page; None in the first round. One query."""
    return began(Completion.objects.filter(user=user, page_id=page_pk), user=user, on=on)


def of_this_round(attempts: Iterable[Attempt], since: dt.datetime | None) -> list[Attempt]:
    """Attempts of earlier rounds neither pass, nor count against what is allowed."""
    return [each for each in attempts if since is None or each.started_at >= since]
