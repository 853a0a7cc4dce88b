"""What happened to a session, in words, from the audit log."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coaching.models import CoachingSession
from people.models import AuditEvent, User


@dataclass(frozen=True, slots=True)
class Event:
    at: dt.datetime
    actor: User | None
    words: str


def history_of(session: CoachingSession) -> list[Event]:
    """The oldest first. One query."""
    rows = AuditEvent.objects.filter(
        object_type=CoachingSession._meta.label_lower,
        object_id=str(session.pk),
        action__in=_WORDS,
    )
    return [
        Event(row.at, row.actor, _WORDS[row.action](row.before or {}, row.after or {}))
        for row in rows.select_related("actor").order_by("at", "pk")
    ]


Values = dict[str, Any]


def _planned(before: Values, after: Values) -> str:
    return _("planned it for %(when)s") % {"when": _when(after)}


def _moved(before: Values, after: Values) -> str:
    if before.get("starts_at") == after.get("starts_at"):
        return _("changed its length or place")
    return _("moved it from %(before)s to %(after)s") % {
        "before": _when(before),
        "after": _when(after),
    }


def _noted(before: Values, after: Values) -> str:
    if after.get("wrote_shared_notes"):
        return _("wrote the notes for both")
    return _("changed the day of the follow-up")


def _held(before: Values, after: Values) -> str:
    return _("marked it as held")


def _reopened(before: Values, after: Values) -> str:
    return _("marked it as planned again")


def _called_off(before: Values, after: Values) -> str:
    return _("called it off")


_WORDS: dict[str, Callable[[Values, Values], str]] = {
    "plan_coaching": _planned,
    "move_coaching": _moved,
    "note_coaching": _noted,
    "hold_coaching": _held,
    "reopen_coaching": _reopened,
    "call_off_coaching": _called_off,
}


def _when(values: Values) -> str:
    moment = parse_datetime(str(values.get("starts_at", "")))
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT") if moment else "–"
