"""What is dear to work out, kept by what it was made of and not by time alone."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.cache import cache
from django.utils import timezone

T = TypeVar("T")

KEPT_SECONDS = 24 * 60 * 60
# Of so many scorecards those of five minutes change nothing that can be seen.
MANY = 20_000
PATIENCE = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: tuple[Any, ...]
    made_at: dt.datetime
    n: int
    until: dt.datetime | None
    value: Any


def never_the_same() -> tuple[Any, ...]:
    """A stamp while it cannot be told whether something was written."""
    return (uuid.uuid4(),)


def kept(
    name: str,
    about: tuple[Any, ...],
    stamp: Callable[[], tuple[Any, ...]] | None,
    make: Callable[[], T],
    *,
    n: int | Callable[[T], int],
    until: Callable[[T], dt.datetime | None] | None = None,
) -> T:
    """`make()`, or what it gave when `stamp()` was the same; `about` tells one thing kept under `name`
    from another. Of `n` above 20,000 scorecards or contacts it may be five minutes old, and is not asked
    for its stamp so long; an `n` that has to be counted is, when something is made. Without a `stamp`,
    for what is as soon made as looked after, only that of so many is kept, and for these five minutes
    alone. `until` says of what was made after which moment it is something else although nobody wrote
    anything."""
    key = f"insights.2.{name}." + hashlib.sha256(repr(about).encode()).hexdigest()
    found: _Kept | None = cache.get(key)
    now = timezone.now()
    made_of: tuple[Any, ...] | None = None
    if found is not None:
        # By a clock that was ahead it may be of a day to come.
        is_young = found.n >= MANY and abs(now - found.made_at) < PATIENCE
        is_over = found.until is not None and now > found.until
        if stamp is not None and not is_young and not is_over:
            made_of = stamp()
        if is_young or (made_of is not None and made_of == found.stamp):
            value: T = found.value
            return value
    if stamp is not None and made_of is None:
        made_of = stamp()
    value = make()
    many = n if isinstance(n, int) else n(value)
    over = until(value) if until else None
    if stamp is not None or many >= MANY:
        cache.set(key, _Kept(made_of or (), now, many, over, value), KEPT_SECONDS)
    return value
