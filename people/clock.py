"""Moments that a clock which was ahead left behind: further off than anything of ours waits for."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet

# So far apart the clocks of several machines may be.
APART = dt.timedelta(hours=1)


def pull_back(
    rows: "QuerySet[Any]", field: str, *, at: dt.datetime, longest: dt.timedelta = dt.timedelta(0)
) -> int:
    """Have `field` be `at` where it is later than anybody can have meant, and say in how many rows: by
    a clock that is right it is never more than `longest` ahead. One query where there is none.

    To a clock that is behind, what is right looks so too: only for moments that may come too early.
    """
    late = rows.filter(**{f"{field}__gt": at + longest + APART}).order_by()
    return late.update(**{field: at}) if late.exists() else 0
