"""Wagtail's privacy settings, looked up once for a page.

They are few, and most organisations have none, while every list of pages has to heed them. Asked for as
part of each query, they cost more than the rest of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from wagtail.models import PageViewRestriction

from people.models import User
from people.once import once, tell

Reader = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class Closed:
    """A page and all below it: by a shared password, to who is not signed in, or to other groups."""

    kind: str
    path: str
    groups: frozenset[int]


@once
def closed_pages() -> tuple[Closed, ...]:
    """Every privacy setting. One query."""
    groups: dict[tuple[int, str, str], set[int]] = {}
    rows = PageViewRestriction.objects.values_list("pk", "restriction_type", "page__path", "groups")
    for pk, kind, path, group in rows:
        groups.setdefault((pk, kind, path), set()).update([] if group is None else [group])
    return tuple(Closed(kind, path, frozenset(of)) for (_, kind, path), of in groups.items())


def nothing_is_closed() -> None:
    """Who has learned along with something else that there are no settings says so, for the rest of a
    page that is being read."""
    tell(closed_pages, ())


def closed_to(user: Reader) -> list[Closed]:
    """The settings that do not admit `user`. A shared password is proved per session, which a query
    cannot see, so it admits nobody here. A query for their groups where a setting names some."""
    return [closed for closed in closed_pages() if not _admits(closed, user)]


def _admits(closed: Closed, user: Reader) -> bool:
    if not user.is_authenticated:
        return False
    if closed.kind == PageViewRestriction.GROUPS:
        return user.is_superuser or not closed.groups.isdisjoint(_groups_of(user))
    return closed.kind == PageViewRestriction.LOGIN


@once
def _groups_of(user: User) -> frozenset[int]:
    return frozenset(user.groups.values_list("pk", flat=True))


def is_below(closed: Iterable[Closed]) -> Q:
    """Pages at or below one of these."""
    found = Q()
    for path in sorted({each.path for each in closed}):
        found |= Q(path__startswith=path)
    return found
