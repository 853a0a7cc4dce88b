"""When pages were published, as Wagtail's log has it."""

import datetime as dt
from collections.abc import Collection

from django.db.models import Exists, F, OuterRef, Q
from wagtail.models import PageLogEntry

# By hand and by schedule. Wagtail writes one of these whenever a page goes live, and only then; it keeps
# them when old revisions are purged, and a revision itself does not say whether it was ever published.
PUBLISHED = ("wagtail.publish", "wagtail.publish.scheduled")
# A page keeps when it first went live, and the log says so a moment later.
MOMENT = dt.timedelta(minutes=1)


def published_anew(
    pages: Collection[int], *, since: dt.datetime, until: dt.datetime
) -> list[tuple[int, dt.datetime]]:
    """Each time one of `pages` (by id) was published again, `since` included and `until` not, oldest
    first. One query.

    The first publication is none of these. It is the first in the log, unless the page says that it
    was public before the log begins. Publishing the same words again counts: whether an edition differs
    from the last one published, the log does not know.
    """
    published = PageLogEntry.objects.filter(action__in=PUBLISHED)
    earlier = published.filter(page=OuterRef("page")).filter(
        Q(timestamp__lt=OuterRef("timestamp"))
        | Q(timestamp=OuterRef("timestamp"), pk__lt=OuterRef("pk"))
    )
    return list(
        published.filter(page__in=pages, timestamp__gte=since, timestamp__lt=until)
        .filter(Exists(earlier) | Q(page__first_published_at__lt=F("timestamp") - MOMENT))
        .order_by("timestamp", "pk")
        .values_list("page_id", "timestamp")
    )
