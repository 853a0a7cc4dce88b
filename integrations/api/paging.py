"""Pages by cursor: each begins behind the last row of the one before, so that rows which come in
meanwhile are neither skipped nor shown twice."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from integrations.problems import Problem

DEFAULT, MOST = 50, 200


def page_of(
    rows: QuerySet[Any],
    *,
    by: Sequence[str],
    cursor: str,
    limit: int,
    shown: Callable[[Any], dict[str, Any]],
) -> dict[str, Any]:
    """`limit` rows behind `cursor` in the order of `by`, whose last field is unique and of which none is
    ever null. One query, and those that `rows` prefetches."""
    if cursor:
        rows = rows.filter(_behind(by, _decoded(cursor, by, rows)))
    found = list(rows.order_by(*by)[: limit + 1])
    has_more = len(found) > limit
    found = found[:limit]
    return {
        "data": [shown(row) for row in found],
        "next_cursor": _encoded(found[-1], by) if has_more else None,
    }


def _behind(by: Sequence[str], values: Sequence[Any]) -> Q:
    condition = Q(**{f"{by[-1]}__gt": values[-1]})
    for name, value in zip(reversed(by[:-1]), reversed(values[:-1]), strict=True):
        condition = Q(**{f"{name}__gt": value}) | (Q(**{name: value}) & condition)
    return condition


def _encoded(row: Model, by: Sequence[str]) -> str:
    values = [getattr(row, name) for name in by]
    said = [value.isoformat() if isinstance(value, dt.datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def _decoded(cursor: str, by: Sequence[str], rows: QuerySet[Any]) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(values, list) or len(values) != len(by):
            raise ValueError
        read: list[Any] = []
        for name, value in zip(by, values, strict=True):
            if name in ("pk", "id"):
                if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
                    raise ValueError
                read.append(value)
            else:
                moment = dt.datetime.fromisoformat(value)
                if moment.tzinfo is None:
                    raise ValueError
                read.append(moment.astimezone(dt.UTC))
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        raise Problem(
            422,
            _("cursor is none of ours; begin without one."),
            errors=[{"field": "cursor", "message": _("expected next_cursor of the page before")}],
        ) from None
    return read
