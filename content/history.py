"""When pages were published, as Wagtail's log has it."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from wagtail.models import Page, PageLogEntry, Revision

# By hand and by schedule. Wagtail writes one of these whenever a page goes live, and only then; it keeps
# them when old revisions are purged, and a revision itself does not say whether it was ever published.
PUBLISHED = ("wagtail.publish", "wagtail.publish.scheduled")
# A page keeps when it first went live, and the log says so a moment later.
MOMENT = dt.timedelta(minutes=1)


# Where a page is, who holds it and in which state it is: no words of it.
_BOOKKEEPING = frozenset(field.name for field in Page._meta.fields) - {"title"} | {
    "pk",
    "wagtail_admin_comments",
}


def published_anew(
    pages: Collection[int], *, since: dt.datetime, until: dt.datetime
) -> list[tuple[int, dt.datetime]]:
    """Each time one of `pages` (by id) was published again with other content, `since` included and
    `until` not, oldest first. Three queries at most.

    The first publication is none of these. It is the first in the log, unless the page says that it
    was public before the log begins. Where the revision of one of two editions is gone, they count as
    different.
    """
    published = PageLogEntry.objects.filter(
        action__in=PUBLISHED, page__in=pages, timestamp__lt=until
    ).order_by("timestamp", "pk")
    last: dict[int, int | None] = {}
    found: list[tuple[int, dt.datetime, int | None, int | None]] = []
    first: list[tuple[int, dt.datetime]] = []
    for page, at, revision in published.values_list("page_id", "timestamp", "revision_id"):
        if page not in last and at >= since:
            first.append((page, at))
        elif at >= since:
            found.append((page, at, last[page], revision))
        last[page] = revision
    edition = _editions({pk for row in found for pk in row[2:] if pk is not None})
    anew = [
        (page, at)
        for page, at, before, after in found
        if before not in edition or after not in edition or edition[before] != edition[after]
    ]
    if first:
        began = dict(
            Page.objects.filter(pk__in=[page for page, _at in first]).values_list(
                "pk", "first_published_at"
            )
        )
        anew += [(page, at) for page, at in first if began.get(page) and began[page] < at - MOMENT]
    return sorted(anew, key=lambda row: row[1])


def _editions(revisions: Collection[int]) -> dict[int | None, dict[str, Any]]:
    """What the pages said in these revisions. One query, or none without any."""
    if not revisions:
        return {}
    rows = Revision.objects.filter(pk__in=revisions).values_list("pk", "content")
    return {pk: _words(content) for pk, content in rows}


def _words(content: dict[str, Any]) -> dict[str, Any]:
    """A page's content without its bookkeeping. Rows that belong to it are compared by what they say:
    their ids are only given when they are saved."""
    said = {name: value for name, value in content.items() if name not in _BOOKKEEPING}
    for name, value in said.items():
        if isinstance(value, list):
            said[name] = [
                {key: part for key, part in row.items() if key not in ("pk", "page")}
                if isinstance(row, dict)
                else row
                for row in value
            ]
    return said
