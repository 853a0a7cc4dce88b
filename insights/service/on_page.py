"""How the service standard of a procedure is kept, for the procedure's own page."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from content.models import ProcedurePage
from insights.permissions import can_see_page_health, can_see_team
from insights.service.metrics import METRICS
from insights.service.pictures import lacking_words, range_words, shown
from interactions.models import Interaction
from measurement.outcomes import share
from people.channels import Channel
from people.models import User
from scorecards.models.standards import TARGETS, met, missed

DAYS = 90


@dataclass(frozen=True, slots=True)
class KeptHere:
    """One standard of the page on one channel; `value` and `interval` are words, `lacking` why there are
    none."""

    channel: str
    target: str
    value: str
    interval: str
    lacking: str
    n: int


def kept_here(page: ProcedurePage, *, reader: User, at: dt.datetime) -> list[KeptHere]:
    """Of the contacts of the last 90 days that name this procedure: who writes the manual is given counts
    of all, who looks after people those of their people, everybody else nothing. One query.
    """
    if can_see_page_health(reader):
        rows = Interaction.objects.all()
    elif can_see_team(reader):
        rows = Interaction.objects.visible_to(reader)
    else:
        return []
    counts = {
        f"{target}_{what}": Count("pk", filter=condition)
        for target in TARGETS
        for what, condition in (("met", met(target)), ("missed", missed(target, now=at)))
    }
    found = (
        rows.filter(
            service_result__procedure__translation_key=page.translation_key,
            occurred_at__gte=at - dt.timedelta(days=DAYS),
        )
        .order_by()
        .values("channel")
        .annotate(**counts)
    )
    by_channel: dict[str, Any] = {row["channel"]: row for row in found}
    kept = []
    for channel in Channel:
        row: dict[str, Any] = by_channel.get(channel.value, {})
        for target, label in TARGETS.items():
            k = row.get(f"{target}_met", 0)
            n = k + row.get(f"{target}_missed", 0)
            if not n:
                continue
            metric, figure = METRICS[f"{target}_standard"], share(k, n)
            kept.append(
                KeptHere(
                    str(channel.label),
                    str(label),
                    shown(metric, figure.value) if figure.is_shown else "",
                    range_words(metric, figure) if figure.is_shown else "",
                    "" if figure.is_shown else lacking_words(figure),
                    n,
                )
            )
    return kept
