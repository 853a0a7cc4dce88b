"""The figures of the page: read month by month from the contacts that its reader may see.

There are no sums beside the contacts: what a figure says is what the list behind it shows. The cost
follows the contacts in the period and not those in the house, and what was found is kept until something
is written (`keeping.py`).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.db.models import Case, Count, Exists, Q, Value, When
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from insights.service.keeping import Made, found_by, kept_of
from insights.service.metrics import MIDDLES, SHARES, Scope
from insights.skills import Window
from interactions.filters import InteractionFilter
from interactions.models import Customer, Interaction, InteractionQuerySet
from measurement.figures import Figure
from measurement.outcomes import CONTACTS_FROM, Middles, middles, share
from people.dates import add_months
from people.models import User
from scorecards.models.standards import TARGETS, turns_missed_at


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
    """One query where nothing was written since somebody who may see the same asked the same; none for
    five minutes where there are many contacts. Else as `_found` says."""
    scope = question.scope(question.window.first, question.last)
    rows = question.rows().filter(**_between(scope.first, scope.last))
    about = (question.window, question.days, scope.today)
    return kept_of("service", found_by(rows), about, lambda: _found(question, rows, scope))


def _found(question: Question, rows: InteractionQuerySet, scope: Scope) -> Made[Service]:
    """One statement for the contacts of all months and one for their customers, and those that work out
    what does not depend on the contacts. Cost: the contacts in the period, each read once."""
    months = question.window.months
    spans = [(first, add_months(first, 1) - dt.timedelta(days=1)) for first in months]
    contacts = _read(rows, spans, scope)
    customers = _customers(rows, [*(question.scope(*span) for span in spans), scope])
    stretches = [
        _stretch(first, last, contacts.only(contacts.month == number), customers[number])
        for number, (first, last) in enumerate(spans)
    ]
    whole = _stretch(scope.first, scope.last, contacts, customers[-1])
    return Made(Service(whole, stretches, _kept(contacts)), whole.n, contacts.until)


def _between(first: dt.date, last: dt.date) -> dict[str, dt.datetime]:
    start, end = (
        timezone.make_aware(dt.datetime.combine(day, dt.time.min))
        for day in (first, last + dt.timedelta(days=1))
    )
    return {"occurred_at__gte": start, "occurred_at__lt": end}


@dataclass(frozen=True, slots=True)
class _Contacts:
    """One entry of each array for each contact. `month`: its place in the window; `values`: a row of the
    numbers of `MIDDLES`, NaN where one is not known; `told`: two bits for each of `_TOLD`, whether it is
    among those it is told of, and whether it is among them one of "those"; `minutes`: of each target its
    standard, NaN where none holds. `until`: when the next of all will have missed its standard."""

    month: Any
    channel: Any
    values: Any
    told: Any
    minutes: Any
    until: dt.datetime | None = None

    def only(self, chosen: Any) -> "_Contacts":
        return _Contacts(
            self.month[chosen],
            self.channel[chosen],
            self.values[chosen],
            self.told[chosen],
            self.minutes[chosen],
        )

    def tell(self, key: str) -> tuple[Any, Any]:
        """(of which it is told, which of them are those): two masks."""
        place = 2 * _TOLD.index(key)
        return (self.told >> place & 1).astype(bool), (self.told >> place & 2).astype(bool)


_TOLD = [each.key for each in SHARES if not each.counts_customers]


def _read(
    rows: InteractionQuerySet, spans: Sequence[tuple[dt.date, dt.date]], scope: Scope
) -> _Contacts:
    """One query. A number says of a contact which of all shares it is in: to count each share in the
    database would look at every contact once more."""
    told: Any = Value(0)
    plain = [each for each in SHARES if not each.counts_customers]
    for number, each in enumerate(plain):
        of, those = each.of(scope), each.those(scope)
        told = told + Case(
            When(of & those, then=Value(3 << 2 * number)),
            When(of, then=Value(1 << 2 * number)),
            default=Value(0),
        )
    month = Case(
        *(
            When(occurred_at__lt=_between(*span)["occurred_at__lt"], then=Value(number))
            for number, span in enumerate(spans)
        )
    )
    named: dict[str, Any] = {each.column: each.value for each in MIDDLES}
    turning = {f"{target}_turns": turns_missed_at(target, now=scope.now) for target in TARGETS}
    columns = [
        "channel",
        "service_month",
        "service_told",
        *(each.column for each in MIDDLES),
        *(f"service_result__{target}_minutes" for target in TARGETS),
        *turning,
    ]
    named |= {"service_month": month, "service_told": told, **turning}
    listed = list(rows.annotate(**named).values_list(*columns))
    late = -len(turning)
    until = min((at for row in listed for at in row[late:] if at is not None), default=None)
    channel = np.array([row[0] for row in listed], dtype=object)
    whole = np.array([row[1:3] for row in listed], dtype=np.int64).reshape(-1, 2)
    numbers = np.array([row[3:late] for row in listed], dtype=np.float64)
    numbers = numbers.reshape(-1, len(MIDDLES) + len(TARGETS))
    n = len(MIDDLES)
    return _Contacts(whole[:, 0], channel, numbers[:, :n], whole[:, 1], numbers[:, n:], until)


def _kept(contacts: _Contacts) -> list[Kept]:
    """One for each target, channel and standard."""
    found = []
    for number, target in enumerate(TARGETS):
        is_told, is_met = contacts.tell(f"{target}_standard")
        place = next(at for at, each in enumerate(MIDDLES) if each.key == f"{target}_open")
        minutes = contacts.minutes[:, number]
        for channel in sorted(set(contacts.channel[is_told])):
            here = is_told & (contacts.channel == channel)
            for standard in np.unique(minutes[here]):
                some = here & (minutes == standard)
                k, n = int((is_met & some).sum()), int(some.sum())
                median = middles(contacts.values[some, place]).median
                met = share(k, n, needed=CONTACTS_FROM)
                found.append(Kept(target, channel, int(standard), k, n, met, median))
    return found


def _customers(
    rows: InteractionQuerySet, scopes: Sequence[Scope]
) -> list[dict[str, tuple[int, int]]]:
    """Of each scope, each customer once, whatever they came for. One query."""
    shares = [each for each in SHARES if each.counts_customers]
    wanted: dict[str, Any] = {}
    for number, scope in enumerate(scopes):
        within = Q(**_between(scope.first, scope.last))
        for each in shares:
            of = within & each.of(scope)
            for which, those in (("of", of), ("those", of & each.those(scope))):
                wanted[f"{each.key}_{number}_{which}"] = Count("customer", those, distinct=True)
    # Nothing is read where no source says since when somebody is a customer.
    known = Customer.objects.filter(since__isnull=False)
    found = rows.filter(Exists(known), customer__since__isnull=False).aggregate(**wanted)
    return [
        {
            each.key: (found[f"{each.key}_{number}_those"], found[f"{each.key}_{number}_of"])
            for each in shares
        }
        for number, _scope in enumerate(scopes)
    ]


def _stretch(
    first: dt.date, last: dt.date, contacts: _Contacts, customers: Mapping[str, tuple[int, int]]
) -> Stretch:
    counts = dict.fromkeys((each.key for each in SHARES), (0, 0)) | dict(customers)
    for key in _TOLD:
        of, those = contacts.tell(key)
        counts[key] = int(those.sum()), int(of.sum())
    return Stretch(
        first,
        last,
        len(contacts.month),
        {each.key: middles(contacts.values[:, at]) for at, each in enumerate(MIDDLES)},
        {key: share(*each, needed=CONTACTS_FROM) for key, each in counts.items()},
        counts,
    )
