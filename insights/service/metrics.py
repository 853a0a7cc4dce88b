"""What each service metric is, in one place: the figures, the definitions on the screen and the lists
of conversations behind the figures all read it.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from interactions.models import Interaction
from interactions.resolving import resolving_sources
from interactions.returns import MATCHED, is_repeat, ripe, stayed_away
from people.channels import Channel
from scorecards.models.standards import FIRST, RESOLUTION, is_judged, met

# While these last they have somebody's whole attention: their length is the time they took.
LIVE_CHANNELS: Final = (Channel.PHONE, Channel.CHAT)


class Unit(StrEnum):
    SECONDS = "seconds"
    COUNT = "count"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a condition may need to know: how many days a return counts, the day it is, and the first and
    last day of the period."""

    days: int
    today: dt.date
    first: dt.date
    last: dt.date
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class Middle:
    """A time or a count of each contact, of which the middle is shown. `value` is an expression."""

    key: str
    name: Any
    about: Any
    value: Any
    behind: Any
    unit: Unit = Unit.SECONDS

    @property
    def column(self) -> str:
        """The name under which `value` is annotated."""
        return f"service_{self.key}"


@dataclass(frozen=True, slots=True)
class Share:
    """`those` of `of`, two conditions on contacts. `counts_customers`: each customer counts once."""

    key: str
    name: Any
    about: Any
    of: Callable[[Scope], Q]
    those: Callable[[Scope], Q]
    behind: Any
    behind_those: Any
    behind_others: Any
    counts_customers: bool = False
    unit: Unit = Unit.SHARE


Metric = Middle | Share

MIDDLES: Final[Sequence[Middle]] = (
    Middle(
        "first_response",
        _("First response"),
        _("From the customer’s first message to the agent’s next."),
        F("first_response_seconds"),
        _("First response known"),
    ),
    Middle(
        "first_response_open",
        _("First response within opening hours"),
        _("The same where a standard holds, counted while the team is there."),
        F("service_result__first_response_seconds"),
        _("First response within opening hours known"),
    ),
    Middle(
        "waits",
        _("Response gaps in a contact"),
        _(
            "How often the customer waited for an answer: from the first thing they say that is not "
            "answered yet to what the agent says next. What was never answered is not among them."
        ),
        F("gap_count"),
        _("Waits known"),
        unit=Unit.COUNT,
    ),
    Middle(
        "usual_wait",
        _("Usual response gap"),
        _("The median of the waits in one contact; what is spoken counts from its end."),
        F("median_gap_seconds"),
        _("Usual wait known"),
    ),
    Middle(
        "longest_wait",
        _("Longest response gap"),
        _("The longest of the waits in one contact."),
        F("longest_gap_seconds"),
        _("Longest wait known"),
    ),
    Middle(
        "resolution",
        _("Resolution time"),
        _(
            "From the start of a contact to the time at which the source says it was resolved, day and "
            "night. Contacts that are not resolved yet are not among them."
        ),
        F("resolution_seconds"),
        _("Resolution time known"),
    ),
    Middle(
        "resolution_open",
        _("Resolution time within opening hours"),
        _("The same where a standard holds, counted while the team is there."),
        F("service_result__resolution_seconds"),
        _("Resolution time within opening hours known"),
    ),
    Middle(
        "handling",
        _("Handling time"),
        _(
            "The time that agents worked on a contact, as the source says; where it does not, for calls "
            "and chats how long they lasted."
        ),
        Coalesce(
            "handling_seconds",
            Case(When(channel__in=LIVE_CHANNELS, then=F("duration_seconds"))),
        ),
        _("Handling time known"),
    ),
)


def _of_sources_that_say(scope: Scope) -> Q:
    return Q(source__in=resolving_sources())


def _here_at_first(scope: Scope) -> Q:
    is_here = Q(customer__left_on__isnull=True) | Q(customer__left_on__gte=scope.first)
    return Q(customer__since__lte=scope.first) & is_here


def _left(scope: Scope) -> Q:
    return Q(customer__left_on__isnull=False, customer__left_on__lte=scope.last)


def _stayed(scope: Scope) -> Q:
    return Q(customer__left_on__isnull=True) | Q(customer__left_on__gt=scope.last)


SHARES: Final[Sequence[Share]] = (
    Share(
        "first_response_standard",
        _("First response within the standard"),
        _(
            "Of the contacts for which a procedure gives a standard and whose times are known: those "
            "answered within it, counted while the team is there. What nobody answered counts as late "
            "once the time is up."
        ),
        of=lambda scope: is_judged(FIRST, now=scope.now),
        those=lambda scope: met(FIRST),
        behind=_("First response standard: can be told"),
        behind_those=_("First response standard: met"),
        behind_others=_("First response standard: missed"),
    ),
    Share(
        "resolution_standard",
        _("Resolution within the standard"),
        _(
            "Of the contacts for which a procedure gives a standard and whose source says when something "
            "is resolved: those resolved within it, counted while the team is there. What is still open "
            "counts as late once the time is up."
        ),
        of=lambda scope: is_judged(RESOLUTION, now=scope.now),
        those=lambda scope: met(RESOLUTION),
        behind=_("Resolution standard: can be told"),
        behind_those=_("Resolution standard: met"),
        behind_others=_("Resolution standard: missed"),
    ),
    Share(
        "first_contact",
        _("Resolved at the first contact"),
        _(
            "Of the contacts that are at least %(days)s full days old and name customer, topic and time: "
            "those after which the same customer did not come back about the same within %(days)s days, "
            "to anybody and by any channel."
        ),
        of=lambda scope: MATCHED & ripe(scope.days, today=scope.today),
        those=lambda scope: stayed_away(scope.days),
        behind=_("First contact: can be told"),
        behind_those=_("First contact: did not come back"),
        behind_others=_("First contact: came back"),
    ),
    Share(
        "repeat",
        _("Repeat contacts"),
        _(
            "Of the contacts that name customer, topic and time: those whose customer had been here "
            "about the same within the %(days)s days before."
        ),
        of=lambda scope: MATCHED,
        those=lambda scope: is_repeat(scope.days),
        behind=_("Repeats: can be told"),
        behind_those=_("Repeats: here before"),
        behind_others=_("Repeats: not here before"),
    ),
    Share(
        "resolved",
        _("Resolution rate"),
        _(
            "Of the contacts from sources that say when something is resolved: those that are resolved "
            "by now. What is still open counts as not resolved."
        ),
        of=_of_sources_that_say,
        those=lambda scope: Q(resolved_at__isnull=False),
        behind=_("Resolution: can be told"),
        behind_those=_("Resolution: resolved"),
        behind_others=_("Resolution: open"),
    ),
    Share(
        "transferred",
        _("Transfers"),
        _("Of the contacts of which the source says it: those handed on at least once."),
        of=lambda scope: Q(transfers__isnull=False),
        those=lambda scope: Q(transfers__gt=0),
        behind=_("Transfers: known"),
        behind_those=_("Transfers: handed on"),
        behind_others=_("Transfers: not handed on"),
    ),
    Share(
        "reopened",
        _("Reopened"),
        _(
            "Of the contacts of which the source says it: those opened again after they were resolved."
        ),
        of=lambda scope: Q(reopened__isnull=False),
        those=lambda scope: Q(reopened__gt=0),
        behind=_("Reopened: known"),
        behind_those=_("Reopened: opened again"),
        behind_others=_("Reopened: never"),
    ),
    Share(
        "retention",
        _("Retention"),
        _(
            "Of the customers in contact in this time who were customers on its first day: those who are "
            "after its last day. Only customers whose first day is known."
        ),
        of=_here_at_first,
        those=_stayed,
        behind=_("Retention: customers at the start"),
        behind_those=_("Retention: stayed"),
        behind_others=_("Retention: left"),
        counts_customers=True,
    ),
    Share(
        "churn",
        _("Churn"),
        _("Of the same customers: those who left in this time. It is the rest of retention."),
        of=_here_at_first,
        those=_left,
        behind=_("Churn: customers at the start"),
        behind_those=_("Churn: left"),
        behind_others=_("Churn: stayed"),
        counts_customers=True,
    ),
)

METRICS: Final[dict[str, Metric]] = {
    **{each.key: each for each in MIDDLES},
    **{each.key: each for each in SHARES},
}

OF, THOSE, OTHERS = "of", "yes", "no"


def lists() -> list[tuple[str, Any]]:
    """Each list of conversations behind a figure: its key and its name."""
    found = [(each.key, each.behind) for each in MIDDLES]
    for each in SHARES:
        found += [
            (f"{each.key}-{OF}", each.behind),
            (f"{each.key}-{THOSE}", each.behind_those),
            (f"{each.key}-{OTHERS}", each.behind_others),
        ]
    return found


def narrowed(rows: Any, key: str, scope: Scope) -> Any:
    """Those of `rows` that are behind the figure; `key` is one of `lists`."""
    name, _dash, which = key.partition("-")
    metric = METRICS[name]
    if isinstance(metric, Middle):
        return rows.alias(**{metric.column: metric.value}).filter(
            **{f"{metric.column}__isnull": False}
        )
    rows = rows.filter(metric.of(scope))
    if which == OF:
        return rows
    if which == THOSE:
        return rows.filter(metric.those(scope))
    return rows.filter(~_matches(metric.those(scope)))


def _matches(condition: Q) -> Exists:
    """As a yes or no of its own, so that NULL in a column is a no and its opposite a yes."""
    return Exists(Interaction.objects.filter(condition, pk=OuterRef("pk")))
