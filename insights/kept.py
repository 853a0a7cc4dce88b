"""What is dear to work out, kept by what it was made of and not by time alone."""

import datetime as dt
import hashlib
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
    value: Any


def kept(
    name: str,
    about: tuple[Any, ...],
    stamp: Callable[[], tuple[Any, ...]],
    make: Callable[[], T],
    *,
    n: int | Callable[[], int],
) -> T:
    """`make()`, or what it gave when `stamp()` was the same; `about` tells one thing kept under `name`
    from another. Of `n` above 20,000 scorecards it may be five minutes old, and is not asked for its
    stamp so long; an `n` that has to be counted is, when something is made."""
    key = f"insights.{name}." + hashlib.sha256(repr(about).encode()).hexdigest()
    found: _Kept | None = cache.get(key)
    now = timezone.now()
    if found is not None:
        # By a clock that was ahead it may be of a day to come.
        is_young = found.n >= MANY and abs(now - found.made_at) < PATIENCE
        if is_young or found.stamp == stamp():
            value: T = found.value
            return value
    made_of = stamp()
    value = make()
    cache.set(key, _Kept(made_of, now, n if isinstance(n, int) else n(), value), KEPT_SECONDS)
    return value
