"""Pages of a list."""

from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Count, Model, QuerySet, Window
from django.http import HttpRequest

T = TypeVar("T", bound=Model)

# Further than this nobody pages; they look for something.
COUNTED_AT_MOST = 10_000
# Among so many of the newest a page of the newest that one may see is looked for, then among so many.
LOOKED_AMONG = (2_000, 20_000)
# Fewer than these are sorted as fast as looked for.
SORTED_AT_ONCE = 500


def paginate(
    request: HttpRequest,
    rows: Any,
    *,
    per_page: int = 25,
    count: int | None = None,
    name: str = "page",
) -> Page[Any]:
    """Return the page of `rows` that the address asks for with `?page=`, or by another `name` for a
    second list of the same screen.

    A page beyond the end is the last one, nonsense is the first. Two queries: count and rows; `count` is
    for who knows already how many there are.
    """
    paginator = Paginator(rows, per_page)
    if count is not None:
        # Where it keeps what it has counted.
        paginator.count = count
    return paginator.get_page(request.GET.get(name))


def first_of(rows: QuerySet[T], most: int) -> tuple[list[T], int]:
    """The first `most` of `rows`, and how many there are in all. One query, which carries all of them
    through its sort: for what is few."""
    first = list(rows.annotate(in_all=Window(Count("pk")))[:most])
    return first, first[0].in_all if first else 0  # type: ignore[attr-defined]


class LongList:
    """`rows` for `paginate` where there may be a million of them: they are counted no further than
    `COUNTED_AT_MOST`, and `is_capped` says that there are more.

    `newest_by` names the indexed date by which they come, newest first. Whoever may see thousands of them
    would have all of these sorted for one page of 25; a page that is full of rows among the newest of all
    is the same page. One query more in a long list, and two more for each time that it was not full.
    """

    ordered = True

    def __init__(self, rows: QuerySet[Any], *, newest_by: str = "") -> None:
        self.rows = rows
        order = rows.query.order_by or rows.model._meta.ordering
        self.newest_by = newest_by if tuple(order)[:1] == (f"-{newest_by}",) else ""
        self.count_up_to(rows.order_by().values("pk"))

    def count_up_to(self, rows: QuerySet[Any, Any]) -> None:
        counted = rows[: COUNTED_AT_MOST + 1].count()
        self.is_capped = counted > COUNTED_AT_MOST
        self.total = min(counted, COUNTED_AT_MOST)

    def __len__(self) -> int:
        return self.total

    def count(self) -> int:
        return self.total

    def __getitem__(self, place: slice) -> list[Any]:
        if self.newest_by and self.total > SORTED_AT_ONCE:
            dated = self.rows.model._default_manager.filter(**{f"{self.newest_by}__isnull": False})
            dates = dated.order_by(f"-{self.newest_by}").values_list(self.newest_by, flat=True)
            for number in LOOKED_AMONG:
                since = dates[number : number + 1].first() if place.stop <= number else None
                if since is None:
                    continue
                near = list(self.rows.filter(**{f"{self.newest_by}__gte": since})[place])
                if len(near) == place.stop - (place.start or 0):
                    return near
        return list(self.rows[place])
