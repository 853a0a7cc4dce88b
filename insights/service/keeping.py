"""Figures of service are kept until something that they rest on is written.

Whoever writes that (contacts, what is derived of them, teams, hours, procedures) has the service results
brought up to date (`scorecards/bells.py`), and so the one row that says when these were worked out tells
whether anything was written since. No sums give the median of any choice of people, so what was found is
kept itself.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.utils import timezone

from insights.kept import kept, never_the_same
from interactions.models import InteractionQuerySet
from people.models import User
from scorecards.models import ServiceMeasurement

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Made(Generic[T]):
    """`value`, worked out of `n` contacts. After `until` it is another although nothing was written, and
    without it is not."""

    value: T
    n: int
    until: dt.datetime | None


def kept_of(name: str, whose: object, about: tuple[Any, ...], make: Callable[[], Made[T]]) -> T:
    """What `make` made, of the contacts that `whose` says: `found_by` or `seen_by`. `about` is all else
    that it depends on, but for the moment. One query; none for five minutes where there are many contacts
    (`insights.kept`)."""
    # Days and months begin where the reader is.
    whose_day = timezone.localdate(), timezone.get_current_timezone_name()
    return kept(
        name,
        (whose, whose_day, about),
        facts_stamp,
        make,
        n=lambda made: made.n,
        until=lambda made: made.until,
    ).value


def found_by(rows: InteractionQuerySet) -> object:
    """The same for whoever is shown the same contacts."""
    try:
        return rows.query.sql_with_params()
    except EmptyResultSet:
        return "none"


def seen_by(reader: User) -> object:
    """The same as long as `reader` may do the same; whom they look after, `facts_stamp` knows of. No
    query once their rights were asked for, and less to work out than `found_by`."""
    return reader.pk, sorted(reader.get_all_permissions())


def facts_stamp() -> tuple[Any, ...]:
    """Another one whenever what service figures rest on may be another: while results are asked for or
    worked out, each time. One query."""
    columns = ("asked_at", "measured_at", "basis")
    found: tuple[Any, ...] | None = ServiceMeasurement.objects.values_list(*columns).first()
    if found is None or found[0] is not None or found[1] is None:
        return never_the_same()
    return found
