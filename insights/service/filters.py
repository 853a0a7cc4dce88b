"""The list of interactions can be narrowed to those behind a service figure."""

import datetime as dt
from typing import Any

import django_filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from insights.permissions import can_see_team
from insights.service.metrics import Scope, lists, narrowed
from interactions.models import InteractionQuerySet
from interactions.returns import FARTHEST
from measurement.outcomes import RETURN_DAYS
from people.models import User


class BehindFigure(django_filters.ChoiceFilter):
    """Reads days and period from the other filters of the list."""

    def filter(self, rows: InteractionQuerySet, value: str) -> Any:
        if not value:
            return rows
        chosen = self.parent.form.cleaned_data
        scope = Scope(
            days=int(chosen.get("days") or RETURN_DAYS),
            today=timezone.localdate(timezone=timezone.get_default_timezone()),
            first=chosen.get("since") or dt.date.min,
            last=chosen.get("until") or timezone.localdate(),
            now=timezone.now(),
        )
        return narrowed(rows, value, scope)


def filters_for(user: User) -> dict[str, django_filters.Filter]:
    """For who sees the figures. No query of its own, but for who asks for the resolution rate."""
    if not can_see_team(user):
        return {}
    return {
        "service": BehindFigure(label=_("Service metric"), choices=lists, empty_label=_("Any")),
        "days": django_filters.NumberFilter(
            label=_("Days in which a return counts"),
            method=lambda rows, name, value: rows,
            min_value=1,
            max_value=FARTHEST,
            field_name="pk",
        ),
    }
