"""The one way into the audit log."""

import datetime as dt
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
    return AuditEvent.objects.create(
        at=at or timezone.now(),
        actor=by,
        action=action,
        object_type=of._meta.label_lower,
        object_id=str(of.pk),
        before=before,
        after=after,
    )
