"""How the service standard of a procedure is kept, for the procedure's own page."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min

from content.models import ProcedurePage
from insights.permissions import can_see_page_health, can_see_team
from insights.service.keeping import Made, kept_of, seen_by
from insights.service.metrics import METRICS
from insights.service.pictures import lacking_words, range_words, shown
from interactions.models import Interaction, InteractionQuerySet
from measurement.outcomes import share
from people.channels import Channel
from people.models import User
from scorecards.models.standards import TARGETS, met, missed, turns_missed_at

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
    of all, who looks after people those of their people, everybody else nothing. One query where nothing
    was written since anybody who may see the same opened any procedure; none for five minutes where there
    are many contacts. Else two more, which count for all procedures at once.
    """
    if can_see_page_health(reader):
        counted = kept_of("kept-here", "all", (), lambda: _counted(Interaction.objects.all(), at))
    elif can_see_team(reader):
        counted = kept_of(
            "kept-here",
            seen_by(reader),
            (),
            lambda: _counted(Interaction.objects.visible_to(reader), at),
        )
    else:
        return []
    by_channel = counted.get(str(page.translation_key), {})
    kept = []
    for channel in Channel:
        row = by_channel.get(channel.value, {})
        for target, label in TARGETS.items():
            k, n = row.get(target, (0, 0))
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


# By the key that a procedure shares with its translations, by channel and by target: (met, can be told).
Counted = Mapping[str, Mapping[str, Mapping[str, tuple[int, int]]]]


def _counted(rows: InteractionQuerySet, at: dt.datetime) -> Made[Counted]:
    """Two queries. It is another once the oldest contact is too old, or the next one late."""
    days = dt.timedelta(days=DAYS)
    wanted: dict[str, Any] = {"n": Count("pk"), "oldest": Min("occurred_at")}
    for target in TARGETS:
        wanted[f"{target}_met"] = Count("pk", filter=met(target))
        wanted[f"{target}_missed"] = Count("pk", filter=missed(target, now=at))
        wanted[f"{target}_turns"] = Min(turns_missed_at(target, now=at))
    found: Any = list(
        rows.filter(service_result__procedure__isnull=False, occurred_at__gte=at - days)
        .order_by()
        .values("service_result__procedure", "channel")
        .annotate(**wanted)
    )
    named = {row["service_result__procedure"] for row in found}
    keys = dict(ProcedurePage.objects.filter(pk__in=named).values_list("pk", "translation_key"))
    counted: Any = defaultdict(lambda: defaultdict(lambda: dict.fromkeys(TARGETS, (0, 0))))
    turns = [row["oldest"] + days for row in found]
    for row in found:
        here = counted[str(keys[row["service_result__procedure"]])][row["channel"]]
        for target in TARGETS:
            k, n = here[target]
            k_more, late = row[f"{target}_met"], row[f"{target}_missed"]
            here[target] = k + k_more, n + k_more + late
            turns.append(row[f"{target}_turns"])
    plain = {
        key: {channel: dict(each) for channel, each in by.items()} for key, by in counted.items()
    }
    until = min((moment for moment in turns if moment is not None), default=None)
    return Made(plain, sum(row["n"] for row in found), until)
