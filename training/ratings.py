"""What trainees said of a module, edition by edition, without their names."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from django.db.models import F, Max, Q, Subquery
from wagtail.models import Page
from wagtail.query import PageQuerySet

from content.models import ModulePage
from people.models import User
from training.models import ModuleRating
from training.progress import completions_in

# Fewer answers of one edition could be guessed by who knows whom they come from.
FEWEST_FOR_TEXTS = 3
# Fewer say little of how the next reader will find it.
FEWEST_TO_RELY_ON = 10


@dataclass(frozen=True, slots=True)
class Scale:
    """The answers to one question; `counts` has the five values in order."""

    values: Sequence[int]

    @property
    def mean(self) -> float:
        return fmean(self.values)

    @property
    def counts(self) -> list[tuple[int, int]]:
        counted = Counter(self.values)
        return [(value, counted[value]) for value in range(5, 0, -1)]


@dataclass(frozen=True, slots=True)
class EditionRatings:
    """`texts` are in the order of the alphabet, which tells nobody who wrote first; None while there
    are too few answers to show them."""

    edition_at: dt.datetime
    is_current: bool
    clarity: Scale
    usefulness: Scale
    texts: Sequence[str] | None
    text_count: int

    @property
    def count(self) -> int:
        return len(self.clarity.values)

    @property
    def is_few(self) -> bool:
        return self.count < FEWEST_TO_RELY_ON


def edition_of(module: ModulePage) -> dt.datetime | None:
    """When the module as it stands began: the last publication of it or of one of its steps."""
    latest: dt.datetime | None = _pages_of(module).aggregate(at=Max("last_published_at"))["at"]
    return latest


def _pages_of(module: ModulePage) -> PageQuerySet:
    """The module and its steps, as far as they are published."""
    below = Q(path__startswith=module.path, depth=module.depth + 1)
    return Page.objects.live().filter(Q(pk=module.pk) | below)


def may_rate(user: User, module: ModulePage) -> bool:
    """Who finished the module or a step of it; who gave up in the middle has something to say too. One
    query, which a page of the module makes anyway."""
    return bool(completions_in(user, module.path))


def rating_of(user: User, module: ModulePage) -> ModuleRating | None:
    """The word of `user` on the module as it stands now. One query."""
    latest = _pages_of(module).order_by(F("last_published_at").desc(nulls_last=True))
    edition_at = Subquery(latest.values("last_published_at")[:1])
    return ModuleRating.objects.filter(user=user, module=module, edition_at=edition_at).first()


def by_edition(module: ModulePage) -> list[EditionRatings]:
    """Every edition that somebody rated, the newest first. Two queries."""
    rows: dict[dt.datetime, list[ModuleRating]] = defaultdict(list)
    for row in ModuleRating.objects.filter(module=module).only(
        "edition_at", "clarity", "usefulness", "text"
    ):
        rows[row.edition_at].append(row)
    current = edition_of(module)
    return [
        EditionRatings(
            edition_at=at,
            is_current=at == current,
            clarity=Scale([row.clarity for row in found]),
            usefulness=Scale([row.usefulness for row in found]),
            texts=sorted((row.text for row in found if row.text), key=str.casefold)
            if len(found) >= FEWEST_FOR_TEXTS
            else None,
            text_count=sum(bool(row.text) for row in found),
        )
        for at, found in sorted(rows.items(), reverse=True)
    ]
