"""What customers said and did in the same time, beside our own figure. Nothing here says that the one
comes from the other: who answers is not everybody, and an answer is about more than one person.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from insights import wording
from insights.skills import Window
from interactions.models import Interaction, InteractionQuerySet, SurveyAnswer
from interactions.returns import MATCHED, ripe, stayed_away
from measurement.figures import Figure
from measurement.outcomes import (
    CONTACTS_FROM,
    RETURN_DAYS,
    csat,
    customer_effort,
    nps,
    response_rate,
    share,
)
from people.dates import add_months
from people.models import User
from ui.charts import Cell, Column, Table, TableRow

Kind = SurveyAnswer.Kind
SATISFIED_FROM = 4
PROMOTER_FROM, DETRACTOR_TO = 9, 6


@dataclass(frozen=True, slots=True)
class Verdict:
    """One figure with its name and what it is made of. `factor` turns it into the unit shown; `rate` is
    the share of all contacts that it rests on, None where no answer was asked for."""

    name: str
    about: str
    figure: Figure
    unit: str
    factor: float
    rate: Figure | None
    places: int = 0

    @property
    def value(self) -> str:
        return self._shown(self.figure.value)

    @property
    def span(self) -> str:
        if self.figure.low is None or self.figure.high is None:
            return ""
        words = {"low": self._shown(self.figure.low), "high": self._shown(self.figure.high)}
        return _("%(low)s to %(high)s") % words

    @property
    def lacking(self) -> str:
        n, more = self.figure.n, self.figure.lacking
        return ngettext(
            "Too few to say: %(n)d so far, %(more)d more is needed.",
            "Too few to say: %(n)d so far, %(more)d more are needed.",
            more,
        ) % {"n": n, "more": more}

    @property
    def response(self) -> str:
        """The share of contacts that were answered; empty where they are too few, or nothing is asked."""
        if self.rate is None or self.rate.value is None:
            return ""
        return _("%(share)s %% of %(n)d contacts") % {
            "share": wording.whole(100 * self.rate.value),
            "n": self.rate.n,
        }

    def _shown(self, value: float | None) -> str:
        if value is None:
            return ""
        scaled = self.factor * value
        return f"{scaled:.1f}" if self.places else wording.whole(scaled)


@dataclass(frozen=True, slots=True)
class Customers:
    """`contacts` of the person in the period; the figures are empty where there are none. `unmatched` of
    them name no customer or no topic, so that nobody can tell whether the same came back."""

    contacts: int
    verdicts: Sequence[Verdict] = ()
    unmatched: int = 0


def customers_of(
    person: User, window: Window, *, reader: User, today: dt.date, channel: str = ""
) -> Customers:
    """Three queries. Answers about conversations that `reader` is still to grade stay out."""
    contacts = _contacts(person, window, channel)
    count = contacts.count()
    if not count:
        return Customers(0)
    answers = _answers(contacts, reader)
    known = {kind: sum(answers[kind].values()) for kind in (*Kind,)}
    resolved = answers[Kind.RESOLVED]
    promoters = _between(answers[Kind.NPS], PROMOTER_FROM, 10)
    detractors = _between(answers[Kind.NPS], 0, DETRACTOR_TO)
    effort = answers[Kind.CES]
    stayed, unmatched = _first_contact(contacts, count, today)
    return Customers(
        contacts=count,
        verdicts=[
            Verdict(
                _("Satisfied"),
                _("answered 4 or 5 of 5"),
                csat(_between(answers[Kind.CSAT], SATISFIED_FROM, 5), known[Kind.CSAT]),
                "%",
                100,
                response_rate(known[Kind.CSAT], count),
            ),
            Verdict(
                _("Would recommend us"),
                _("net promoter score, from −100 to 100"),
                nps(promoters, known[Kind.NPS] - promoters - detractors, detractors),
                "",
                100,
                response_rate(known[Kind.NPS], count),
            ),
            Verdict(
                _("Ease"),
                _("mean answer from 1 to 7, the highest is the easiest"),
                customer_effort(
                    known[Kind.CES],
                    sum(value * n for value, n in effort.items()),
                    sum(value * value * n for value, n in effort.items()),
                ),
                "",
                1,
                response_rate(known[Kind.CES], count),
                places=1,
            ),
            Verdict(
                _("Resolved, said the customer"),
                _("answered yes"),
                share(resolved[1], known[Kind.RESOLVED]),
                "%",
                100,
                response_rate(known[Kind.RESOLVED], count),
            ),
            Verdict(
                _("Resolved at the first contact"),
                _("did not come back about the same within %(days)d days") % {"days": RETURN_DAYS},
                stayed,
                "%",
                100,
                None,
            ),
        ],
        unmatched=unmatched,
    )


def table_of(customers: Customers) -> Table:
    columns = [
        Column(_("Figure")),
        Column(_("What counts")),
        Column(_("Value"), 1),
        Column(_("95% from"), 1),
        Column(_("to"), 1),
        Column(_("Answers or contacts"), 0),
        Column(_("Still needed"), 0),
        Column(_("Share of contacts answered (%)"), 1),
    ]
    rows = []
    for each in customers.verdicts:
        found = each.figure
        values = [
            None if value is None else each.factor * value
            for value in (found.value, found.low, found.high)
        ]
        rate = each.rate.value if each.rate and each.rate.value is not None else None
        rows.append(
            TableRow(
                [
                    Cell(each.name),
                    Cell(each.about),
                    *(Cell(value) for value in values),
                    Cell(found.n),
                    Cell(found.lacking),
                    Cell(None if rate is None else 100 * rate),
                ]
            )
        )
    return Table(columns, rows)


def _contacts(person: User, window: Window, channel: str) -> InteractionQuerySet:
    first, after = (
        timezone.make_aware(dt.datetime.combine(day, dt.time()))
        for day in (window.first, add_months(window.last, 1))
    )
    rows = Interaction.objects.filter(
        agent=person, occurred_at__gte=first, occurred_at__lt=after
    ).order_by()
    return rows.filter(channel=channel) if channel else rows


def _answers(contacts: InteractionQuerySet, reader: User) -> dict[Kind, Counter[int]]:
    """How often each value was given, by kind of question. One query."""
    rows = (
        SurveyAnswer.objects.open_to(reader)
        .on_a_scale()
        .filter(interaction__in=contacts.values("pk"))
    )
    found: dict[Kind, Counter[int]] = {kind: Counter() for kind in Kind}
    for kind, value, n in rows.order_by().values_list("kind", "value").annotate(Count("pk")):
        found[Kind(kind)][value] += n
    return found


def _between(values: Counter[int], lowest: int, highest: int) -> int:
    return sum(n for value, n in values.items() if lowest <= value <= highest)


def _first_contact(contacts: InteractionQuerySet, count: int, today: dt.date) -> tuple[Figure, int]:
    """The share of the contacts that were resolved, and how many cannot be judged. One query."""
    is_ripe = MATCHED & ripe(RETURN_DAYS, today=today)
    found = contacts.aggregate(
        named=Count("pk", filter=MATCHED),
        ripe=Count("pk", filter=is_ripe),
        resolved=Count("pk", filter=is_ripe & stayed_away(RETURN_DAYS)),
    )
    figure = share(found["resolved"], found["ripe"], needed=CONTACTS_FROM)
    return figure, count - found["named"]
