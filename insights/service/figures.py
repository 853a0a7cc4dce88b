"""The figures of the page: read month by month from the contacts that its reader may see.

Nothing is kept beside the contacts: what a figure says is what the list behind it shows. The cost follows
the contacts in the period and not those in the house.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.db.models import Case, Count, Q, Value, When
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from insights.service.metrics import MIDDLES, SHARES, Scope
from insights.skills import Window
from interactions.filters import InteractionFilter
from interactions.models import Customer, Interaction, InteractionQuerySet
from measurement.figures import Figure
from measurement.outcomes import CONTACTS_FROM, Middles, middles, share
from people.dates import add_months
from people.models import User
from scorecards.models.standards import TARGETS, met, missed


@dataclass(frozen=True, slots=True)
class Stretch:
    """The figures of some months: `middles` and `shares` by key of the metric, and of each share how many
    of how many."""

    first: dt.date
    last: dt.date
    n: int
    middles: Mapping[str, Middles]
    shares: Mapping[str, Figure]
    counts: Mapping[str, tuple[int, int]]

    def figure(self, key: str) -> Figure:
        return self.middles[key].median if key in self.middles else self.shares[key]


@dataclass(frozen=True, slots=True)
class Kept:
    """How one standard was kept: `target` and `channel` by their values, the standard in minutes."""

    target: str
    channel: str
    minutes: int
    met: int
    n: int
    share: Figure
    median: Figure


@dataclass(frozen=True, slots=True)
class Service:
    whole: Stretch
    months: Sequence[Stretch]
    kept: Sequence[Kept]


@dataclass(frozen=True, slots=True)
class Question:
    """Whose contacts, and in which time. `narrowing` is as the list of interactions understands it."""

    reader: User
    window: Window
    days: int
    narrowing: Mapping[str, str]
    now: dt.datetime = field(default_factory=timezone.now)

    @property
    def last(self) -> dt.date:
        return add_months(self.window.last, 1) - dt.timedelta(days=1)

    def scope(self, first: dt.date, last: dt.date) -> Scope:
        today = timezone.localdate(timezone=timezone.get_default_timezone())
        return Scope(self.days, today, first, last, self.now)

    def address(self, behind: str = "", *, first: dt.date, last: dt.date, **narrower: str) -> str:
        """The list of interactions behind a figure; `behind` as in `metrics.lists`."""
        asked = {**self.narrowing, "since": f"{first}", "until": f"{last}", **narrower}
        if behind:
            asked["service"] = behind
            asked["days"] = str(self.days)
        return f"{reverse('interactions:interaction_list')}?{urlencode(asked)}"

    def rows(self) -> InteractionQuerySet:
        """The contacts, in any time, through the filter of the list itself. One query for a team."""
        data = QueryDict(urlencode(self.narrowing))
        chosen = InteractionFilter(
            data, queryset=Interaction.objects.visible_to(self.reader), user=self.reader
        )
        return chosen.qs.order_by()


def load_service(question: Question) -> Service:
    """Three statements for each month, and one for the customers of the whole time."""
    rows = question.rows()
    scope = question.scope(question.window.first, question.last)
    # What does not depend on the month is worked out once: the sources that say what is resolved.
    parts = {each.key: (each.of(scope), each.those(scope)) for each in SHARES}
    knows_customers = Customer.objects.filter(since__isnull=False).exists()
    months, every, total, counted = [], [], 0, dict.fromkeys(parts, (0, 0))
    standards: list[Any] = []
    for first in question.window.months:
        last = add_months(first, 1) - dt.timedelta(days=1)
        within = rows.filter(**_between(first, last))
        values, held = _values(within, question.now)
        standards += held
        n, counts = _counts(within, parts)
        counts |= _of_standards(held)
        if knows_customers:
            counts |= _customers(within, question.scope(first, last))
        months.append(_stretch(first, last, n, values, counts))
        every.append(values)
        total += n
        for key, (k, of) in counts.items():
            counted[key] = (counted[key][0] + k, counted[key][1] + of)
    if knows_customers:
        within = rows.filter(**_between(scope.first, scope.last))
        counted |= _customers(within, scope)
    whole = _stretch(scope.first, scope.last, total, np.vstack(every), counted)
    return Service(whole, months, _kept(standards))


def _between(first: dt.date, last: dt.date) -> dict[str, dt.datetime]:
    start, end = (
        timezone.make_aware(dt.datetime.combine(day, dt.time.min))
        for day in (first, last + dt.timedelta(days=1))
    )
    return {"occurred_at__gte": start, "occurred_at__lt": end}


def _values(rows: InteractionQuerySet, now: dt.datetime) -> tuple[Any, list[Any]]:
    """(A row of times for each contact, NaN where one is not known; for each standard that can be told of
    a contact: target, channel, minutes, whether it was met, and the seconds). One query."""
    named: dict[str, Any] = {each.column: each.value for each in MIDDLES}
    told: list[str] = []
    for target in TARGETS:
        named[f"{target}_told"] = Case(
            When(met(target), then=Value(1)), When(missed(target, now=now), then=Value(0))
        )
        told += [f"{target}_told", f"service_result__{target}_minutes"]
    columns = [*(each.column for each in MIDDLES), "channel", *told]
    found = list(rows.annotate(**named).values_list(*columns))
    n = len(MIDDLES)
    values = np.array([row[:n] for row in found], dtype=np.float64).reshape(-1, n)
    places = [
        next(at for at, each in enumerate(MIDDLES) if each.key == f"{target}_open")
        for target in TARGETS
    ]
    held = [
        (target, row[n], row[n + 2 * number + 2], row[n + 2 * number + 1], row[place])
        for number, (target, place) in enumerate(zip(TARGETS, places, strict=True))
        for row in found
        if row[n + 2 * number + 1] is not None
    ]
    return values, held


def _of_standards(held: Iterable[Any]) -> dict[str, tuple[int, int]]:
    """The same shares as by `SHARES`, from what was read already: another look at the results would cost
    as much again."""
    found = {}
    for target in TARGETS:
        told = [is_met for which, _channel, _minutes, is_met, _seconds in held if which == target]
        found[f"{target}_standard"] = (sum(told), len(told))
    return found


def _kept(standards: Iterable[Any]) -> list[Kept]:
    """One for each target, channel and standard."""
    groups: dict[tuple[str, str, int], list[tuple[int, float | None]]] = defaultdict(list)
    for target, channel, minutes, is_met, seconds in standards:
        groups[target, channel, minutes].append((is_met, seconds))
    order = list(TARGETS)
    found = []
    for target, channel, minutes in sorted(
        groups, key=lambda each: (order.index(each[0]), each[1], each[2])
    ):
        some = groups[target, channel, minutes]
        k, n = sum(is_met for is_met, _seconds in some), len(some)
        times = middles(np.array([seconds for _met, seconds in some], dtype=np.float64))
        found.append(
            Kept(target, channel, minutes, k, n, share(k, n, needed=CONTACTS_FROM), times.median)
        )
    return found


def _counts(
    rows: InteractionQuerySet, parts: Mapping[str, tuple[Q, Q]]
) -> tuple[int, dict[str, tuple[int, int]]]:
    """How many contacts, and of each share how many of how many."""
    wanted: dict[str, Any] = {"n": Count("pk")}
    told = {f"{target}_standard" for target in TARGETS}
    plain = [each for each in SHARES if not each.counts_customers and each.key not in told]
    for each in plain:
        of, those = parts[each.key]
        wanted[f"{each.key}_of"] = Count("pk", filter=of)
        wanted[f"{each.key}_those"] = Count("pk", filter=of & those)
    found = rows.aggregate(**wanted)
    return found["n"], {
        each.key: (found[f"{each.key}_those"], found[f"{each.key}_of"]) for each in plain
    }


def _customers(rows: InteractionQuerySet, scope: Scope) -> dict[str, tuple[int, int]]:
    """Each customer once, whatever they came for."""
    # From the contacts to the customers: those of one agent are few, and customers are many.
    here = Customer.objects.filter(
        Q(left_on__isnull=True) | Q(left_on__gte=scope.first),
        since__lte=scope.first,
        pk__in=rows.filter(customer__isnull=False).values("customer"),
    )
    found = here.aggregate(n=Count("pk"), left=Count("pk", filter=Q(left_on__lte=scope.last)))
    n, left = found["n"], found["left"]
    return {"retention": (n - left, n), "churn": (left, n)}


def _stretch(
    first: dt.date,
    last: dt.date,
    n: int,
    values: Any,
    counts: Mapping[str, tuple[int, int]],
) -> Stretch:
    return Stretch(
        first,
        last,
        n,
        {each.key: middles(values[:, at]) for at, each in enumerate(MIDDLES)},
        {each.key: share(*counts.get(each.key, (0, 0)), needed=CONTACTS_FROM) for each in SHARES},
        {each.key: counts.get(each.key, (0, 0)) for each in SHARES},
    )
