"""The one way into the audit log."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils import timezone

from people.models import AuditEvent, User


def record(
    action: str,
    *,
    by: User | None,
    of: models.Model,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> AuditEvent:
    """Write who did what to which object, with the values before and after. One query.

    Call it inside the transaction of the change, so that neither is kept without the other. `by` is
    None only for what the system does by itself.
    """
    event = _event(action, by, of, before, after, at or timezone.now())
    event.save(force_insert=True)
    return event


def record_each(
    action: str,
    *,
    by: User | None,
    of: Iterable[models.Model],
    after: dict[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> None:
    """The same thing done to many objects, a line for each. One query for five hundred."""
    now = at or timezone.now()
    rows = [_event(action, by, each, None, after, now) for each in of]
    AuditEvent.objects.bulk_create(rows, batch_size=500)


def _event(
    action: str,
    by: User | None,
    of: models.Model,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    at: dt.datetime,
) -> AuditEvent:
    return AuditEvent(
        at=at,
        actor=by,
        action=action,
        object_type=of._meta.label_lower,
        object_id=str(of.pk),
        before=before,
        after=after,
    )
