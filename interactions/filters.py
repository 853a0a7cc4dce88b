"""What a list of interactions can be narrowed down by."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property, lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from interactions.models import Customer, ImportRun, Interaction, InteractionQuerySet, SurveyAnswer
from interactions.periods import Period, days_of
from interactions.permissions import can_import, can_see_source_data
from interactions.search import BestFirst, Query, distinct, languages, parse, saying
from people.channels import Channel
from people.fields import PersonFilter
from people.models import Membership, Team, User
from ui.pagination import LongList

NOBODY = "none"
LOW, GIVEN, MISSING = "low", "given", "missing"
BEST = "best"
ORDERS = {
    "newest": ("-occurred_at", "-pk"),
    "oldest": ("occurred_at", "pk"),
    "longest": ("-duration_seconds", "-pk"),
    "slowest": ("-first_response_seconds", "-pk"),
}
# What a sort by them has nothing to say about comes last, on both databases.
_KNOWN = {"longest": "duration_seconds", "slowest": "first_response_seconds"}
# Seen without opening "More".
FIRST_FIELDS = ("words", "channel", "agent", "team", "period", "rating")
NOT_A_FILTER = {"sort", "page", "saved"}


@dataclass(frozen=True, slots=True)
class Chip:
    """One active filter as it is shown, and the address without it."""

    label: str
    value: str
    without: str


class InteractionFilter(django_filters.FilterSet):
    """Words, channel, agent, team, period, rating and more for everybody; source and import for who sees
    all of them. Rooms above add what they know of interactions under the hook "interaction_filters":
    `fn(user) -> {name: filter}`, each with a callable as its `method`.
    """

    words = django_filters.CharFilter(
        label=_("Words in the conversation"),
        method="with_words",
        widget=forms.TextInput(attrs={"type": "search"}),
        max_length=200,
    )
    channel = django_filters.ChoiceFilter(
        label=_("Channel"), choices=Channel.choices, empty_label=_("All channels")
    )
    agent = PersonFilter(
        label=_("Agent"),
        queryset=User.objects.none(),
        empty_label=_("All agents"),
        null_label=_("Nobody known here"),
        null_value=NOBODY,
    )
    team = django_filters.ModelChoiceFilter(
        label=_("Team"),
        queryset=Team.objects.none(),
        empty_label=_("All teams"),
        method="of_team",
    )
    period = django_filters.ChoiceFilter(
        label=_("Period"), choices=Period.choices, empty_label=_("Any time"), method="in_period"
    )
    rating = django_filters.ChoiceFilter(
        label=_("Customer’s rating"),
        choices=[(LOW, _("Low")), (GIVEN, _("Given")), (MISSING, _("None"))],
        empty_label=_("Any or none"),
        method="with_rating",
    )
    since = django_filters.DateFilter(
        label=_("From"),
        method="from_day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = django_filters.DateFilter(
        label=_("To, this day included"),
        method="to_day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    q = django_filters.CharFilter(
        label=_("Subject or id"),
        method="with_subject",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    language = django_filters.ChoiceFilter(label=_("Language"), empty_label=_("All languages"))
    tier = django_filters.ChoiceFilter(
        label=_("Customer’s tier"), field_name="customer__tier", empty_label=_("All tiers")
    )
    source = django_filters.ChoiceFilter(label=_("Source"), empty_label=_("All sources"))
    run = django_filters.ModelChoiceFilter(
        label=_("Import"),
        field_name="import_run",
        queryset=ImportRun.objects.none(),
        empty_label=_("All imports"),
    )
    sort = django_filters.ChoiceFilter(
        label=_("Order"),
        choices=[
            ("newest", _("Newest first")),
            ("oldest", _("Oldest first")),
            ("longest", _("Longest first")),
            ("slowest", _("Slowest first response first")),
        ],
        method="in_order",
    )

    class Meta:
        model = Interaction
        fields: list[str] = []

    def __init__(self, data: QueryDict | None, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        self.user = user
        served = Exists(Interaction.objects.filter(agent=OuterRef("pk")))
        self.filters["agent"].queryset = User.objects.visible_to(user).filter(served)
        self.filters["team"].queryset = Team.objects.visible_to(user)
        self._offer("language", languages)
        self._offer_orders()
        if can_see_source_data(user):
            self._offer("source", sources)
        else:
            del self.filters["source"]
        if can_import(user):
            self.filters["run"].queryset = ImportRun.objects.visible_to(user)
        else:
            del self.filters["run"]
        if user.has_perm("people.view_everybody") or user.has_perm("people.develop_team"):
            self._offer("tier", tiers)
        else:
            del self.filters["team"]
            del self.filters["tier"]
        for more in hooks.get_hooks("interaction_filters"):
            for name, added in more(user).items():
                added.parent, added.model = self, Interaction
                added.field_name = added.field_name or name
                self.filters[name] = added

    def _offer(self, name: str, values: Callable[[], list[str]]) -> None:
        self.filters[name].extra["choices"] = lazy(
            lambda: [(value, value) for value in values() if value], list
        )()

    def with_words(self, rows: InteractionQuerySet, name: str, value: str) -> InteractionQuerySet:
        return saying(rows, parse(value))

    def with_subject(self, rows: InteractionQuerySet, name: str, value: str) -> InteractionQuerySet:
        words = value.replace("\x00", "").strip()
        return rows.filter(Q(subject__icontains=words) | Q(external_id__istartswith=words))

    def of_team(self, rows: InteractionQuerySet, name: str, value: Team) -> InteractionQuerySet:
        """Those of the people who served in it that day. One query for who they were."""
        then = Q(pk__in=[])
        members = Membership.objects.filter(team=value, kind=Membership.Kind.MEMBER)
        for agent, starts_on, ends_on in members.values_list("user", "starts_on", "ends_on"):
            served = Q(agent=agent, occurred_at__gte=_midnight(starts_on))
            if ends_on is not None:
                served &= Q(occurred_at__lt=_midnight(ends_on + dt.timedelta(days=1)))
            then |= served
        return rows.filter(then)

    def with_rating(self, rows: InteractionQuerySet, name: str, value: str) -> InteractionQuerySet:
        """What is withheld from the user counts as not given."""
        answers = SurveyAnswer.objects.open_to(self.user).filter(interaction=OuterRef("pk"))
        if value == MISSING:
            return rows.exclude(Exists(answers.on_a_scale()))
        return rows.filter(Exists(answers.low() if value == LOW else answers.on_a_scale()))

    def in_period(self, rows: InteractionQuerySet, name: str, value: str) -> InteractionQuerySet:
        first, last = days_of(Period(value), today=timezone.localdate())
        return self.to_day(self.from_day(rows, name, first), name, last)

    def from_day(self, rows: InteractionQuerySet, name: str, value: dt.date) -> InteractionQuerySet:
        return rows.filter(occurred_at__gte=_midnight(value))

    def to_day(self, rows: InteractionQuerySet, name: str, value: dt.date) -> InteractionQuerySet:
        # The last day a calendar has is followed by none.
        if value >= dt.date.max:
            return rows
        return rows.filter(occurred_at__lt=_midnight(value + dt.timedelta(days=1)))

    def in_order(self, rows: InteractionQuerySet, name: str, value: str) -> InteractionQuerySet:
        if known := _KNOWN.get(value):
            rows = rows.filter(**{f"{known}__isnull": False})
        return rows.order_by(*ORDERS[value]) if value in ORDERS else rows

    def _offer_orders(self) -> None:
        """What comes first when nobody chose stands there without a value: the form of a list without
        words would otherwise carry "newest first" into the search for some."""
        extra = self.filters["sort"].extra
        asked = self.data.get("sort") if self.data else ""
        is_search = bool(parse(self.data.get("words") or "" if self.data else "").wanted)
        extra["empty_label"] = _("Best match first") if is_search else _("Newest first")
        orders = [*extra["choices"], (BEST, _("Best match first"))]
        spared = {BEST} if is_search else {BEST, "newest"}
        extra["choices"] = [each for each in orders if each[0] not in spared or each[0] == asked]

    @cached_property
    def query(self) -> Query:
        """What is looked for in the conversations."""
        return parse(self._chosen.get("words") or "")

    @cached_property
    def results(self) -> Any:
        """What `paginate` takes: the best match first where words are looked for and no other order was
        chosen, else the rows in their order. Both are counted up to a limit."""
        if not self.query.wanted or (self._chosen.get("sort") or BEST) != BEST:
            return LongList(self.qs, newest_by="occurred_at")
        rows = self.queryset.all()
        for name, value in self._chosen.items():
            if name != "words":
                rows = self.filters[name].filter(rows, value)
        return BestFirst(rows, self.query)

    @cached_property
    def _chosen(self) -> dict[str, Any]:
        if not self.is_bound:
            return {}
        self.form.is_valid()
        return self.form.cleaned_data

    @property
    def is_narrowed(self) -> bool:
        return bool(self.chips) or bool(self.ignored)

    @cached_property
    def chips(self) -> list[Chip]:
        """The filters in force. One query at most for each that names a row."""
        found = []
        for name, value in self._chosen.items():
            if value in (None, "") or name in NOT_A_FILTER:
                continue
            label = str(self.filters[name].label)
            found.append(
                Chip(label, self._shown(name, value), _without(self.data, name).urlencode())
            )
        return found

    @cached_property
    def ignored(self) -> list[str]:
        """The labels of what the address asks for and cannot be had: values that are gone, and filters
        that are not for this person."""
        if not self.is_bound:
            return []
        self.form.is_valid()
        known = {**self.base_filters, **self.filters}
        return [
            str(known[name].label)
            for name in dict.fromkeys(self.data)
            if name in known
            and self.data.get(name)
            and (name not in self.filters or name in self.form.errors)
        ]

    @cached_property
    def more_is_open(self) -> bool:
        return any(
            self.data.get(name) for name in self.filters if name not in (*FIRST_FIELDS, "sort")
        )

    @property
    def first_fields(self) -> list[Any]:
        return [self.form[name] for name in FIRST_FIELDS if name in self.form.fields]

    @property
    def more_fields(self) -> list[Any]:
        return [field for field in self.form if field.name not in (*FIRST_FIELDS, "sort")]

    @property
    def sort_field(self) -> Any:
        return self.form["sort"]

    @cached_property
    def address(self) -> str:
        """The query string of what is in force, without page, for exports and for saving."""
        kept = QueryDict(mutable=True)
        for name in self.data:
            if name in self.filters and self.data.get(name) and name not in self.form.errors:
                kept[name] = self.data[name]
        return kept.urlencode()

    def _shown(self, name: str, value: Any) -> str:
        if isinstance(value, dt.date):
            return date_format(value, "DATE_FORMAT")
        if value == NOBODY and name == "agent":
            return _now("Nobody known here")
        choices = getattr(self.form.fields[name], "choices", None)
        if isinstance(value, str) and choices is not None:
            return str(dict(choices).get(value, value))
        return str(value)


def _without(data: Any, name: str) -> QueryDict:
    left = QueryDict(mutable=True)
    for each in data:
        if each not in (name, "page", "saved") and data.get(each):
            left.setlist(each, data.getlist(each))
    return left


def sources() -> list[str]:
    """The sources there are, in order. One query."""
    return distinct(Interaction._meta.db_table, "source")


def tiers() -> list[str]:
    """The tiers of customers there are, in order. One query."""
    return distinct(Customer._meta.db_table, "tier")


def _midnight(day: dt.date) -> dt.datetime:
    """The beginning of a day for who is looking; at either end of the calendar, that of the day in UTC,
    which has no other there."""
    try:
        return timezone.make_aware(dt.datetime.combine(day, dt.time.min)).astimezone(dt.UTC)
    except OverflowError:
        return dt.datetime.combine(day, dt.time.min, dt.UTC)
