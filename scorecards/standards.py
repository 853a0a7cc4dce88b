"""Which service standard holds for an interaction, and whether it was kept.

The standards are those of the procedures that are published now, by channel; they hold for earlier
interactions too, so that months can be compared. An interaction follows the procedure that its subflow,
or else its flow, names: by one of its topics, its title or its address, in any language it is translated
to; capitals, hyphens and underscores make no difference. What that procedure gives for the channel holds;
where it gives none, none does. An interaction that names no procedure follows what the procedures of its
channel agree on: where they give different times, nobody can tell which holds, and none does.

Time counts while the team is there in which the agent served on the day of the interaction (of several,
the one joined last); without a team, day and night.
"""

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from content.languages import source_language
from content.models import ProcedureChannel, ProcedurePage
from interactions.resolving import resolving_sources
from measurement.business_hours import Calendar, Openings, due_at
from people.hours import calendars, own_zone
from people.models import Membership

# What the columns hold; nobody waits 60 years.
_LONGEST: Final = 2**31 - 1
# The columns of an interaction that a result depends on, and which make it out of date.
COLUMNS: Final = (
    *("pk", "imported_at", "agent_id", "source", "channel", "flow", "subflow"),
    *("occurred_at", "started_at", "ended_at", "first_asked_seconds", "first_response_seconds"),
    "resolved_at",
)


class Contact(NamedTuple):
    pk: int
    imported_at: dt.datetime
    agent: int | None
    source: str
    channel: str
    flow: str
    subflow: str
    occurred_at: dt.datetime
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    asked: int | None
    answered: int | None
    resolved_at: dt.datetime | None


class Standard(NamedTuple):
    """Minutes; None where there is no standard. `procedure` is the one the contact names."""

    procedure: int | None = None
    first_response: int | None = None
    resolution: int | None = None


class Result(NamedTuple):
    """As the columns of `ServiceResult`."""

    minutes: int | None = None
    seconds: int | None = None
    met: bool | None = None
    due_at: dt.datetime | None = None


# Another number when the definition above is another.
_DEFINITION: Final = 1


@dataclass(frozen=True, slots=True)
class Book:
    """The published standards."""

    by_name: Mapping[str, int]
    of_procedure: Mapping[tuple[int, str], tuple[int | None, int | None]]
    of_channel: Mapping[str, tuple[int | None, int | None]]

    def standard(self, channel: str, flow: str, subflow: str) -> Standard:
        for name in (subflow, flow):
            procedure = self.by_name.get(plain(name)) if name else None
            if procedure is not None:
                return Standard(procedure, *self.of_procedure.get((procedure, channel), ()))
        return Standard(None, *self.of_channel.get(channel, ()))


def plain(name: str) -> str:
    return " ".join(name.replace("_", " ").replace("-", " ").casefold().split())


def published() -> Book:
    """Two queries. A translation counts by the original, unless that is not published."""
    pages = ProcedurePage.objects.live().values_list(
        "pk", "translation_key", "locale__language_code", "slug", "title", "topics"
    )
    groups: dict[Any, dict[str, tuple[int, list[str]]]] = defaultdict(dict)
    for pk, key, language, slug, title, topics in pages:
        groups[key][language] = (pk, [slug, title, *filter(None, topics.splitlines())])
    chosen: list[int] = []
    names: dict[str, set[int]] = defaultdict(set)
    for versions in groups.values():
        first = versions.get(source_language()) or min(versions.values())
        chosen.append(first[0])
        for _pk, called in versions.values():
            for name in called:
                names[plain(name)].add(first[0])
    given = ProcedureChannel.objects.filter(page__in=chosen).values_list(
        "page", "channel", "first_response_minutes", "resolution_minutes"
    )
    of_procedure = {(page, channel): (first, last) for page, channel, first, last in given}
    asked: dict[str, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    for (_page, channel), times in of_procedure.items():
        for one, found in zip(times, asked[channel], strict=True):
            if one is not None:
                found.add(one)
    return Book(
        # A name that two procedures have names neither.
        {name: next(iter(pks)) for name, pks in names.items() if len(pks) == 1},
        of_procedure,
        {channel: (_only(first), _only(last)) for channel, (first, last) in asked.items()},
    )


def _only(values: set[int]) -> int | None:
    return next(iter(values)) if len(values) == 1 else None


@dataclass(frozen=True, slots=True)
class Rules:
    """All that results rest on beside the interactions themselves."""

    book: Book
    calendars: Mapping[int, Calendar]
    # By agent: (first day, last day or None, membership, team), the latest first.
    teams: Mapping[int, Sequence[tuple[dt.date, dt.date | None, int, int]]]
    resolving: frozenset[str]
    zone: ZoneInfo

    def team(self, agent: int | None, day: dt.date) -> int | None:
        for starts_on, ends_on, _pk, team in self.teams.get(agent or 0, ()):
            if starts_on <= day and (ends_on is None or day <= ends_on):
                return team
        return None

    def calendar(self, team: int | None) -> Calendar:
        found = self.calendars.get(team or 0)
        return found if found is not None else Calendar(self.zone)

    def digest(self) -> str:
        """Changes when any result may."""
        said = json.dumps(
            [
                _DEFINITION,
                sorted(self.book.by_name.items()),
                sorted(self.book.of_procedure.items()),
                [
                    [team, each.zone.key, sorted(each.openings), sorted(each.holidays.items())]
                    for team, each in sorted(self.calendars.items())
                ],
                sorted(self.teams.items()),
                sorted(self.resolving),
                self.zone.key,
            ],
            default=str,
        )
        return hashlib.sha256(said.encode()).hexdigest()


def load_rules() -> Rules:
    """Eight queries."""
    teams: dict[int, list[tuple[dt.date, dt.date | None, int, int]]] = defaultdict(list)
    members = Membership.objects.filter(kind=Membership.Kind.MEMBER)
    for agent, *served in members.order_by("-starts_on", "-pk").values_list(
        "user", "starts_on", "ends_on", "pk", "team"
    ):
        teams[agent].append((served[0], served[1], served[2], served[3]))
    return Rules(published(), calendars(), teams, frozenset(resolving_sources()), own_zone())


def results(
    contacts: Iterable[Contact], rules: Rules
) -> dict[int, tuple[Standard, Result, Result]]:
    """What becomes of each contact, by its id: the standard, first response and resolution. No query."""
    standards: dict[tuple[str, str, str], Standard] = {}
    by_team: dict[int | None, list[tuple[Contact, Standard]]] = defaultdict(list)
    found: dict[int, tuple[Standard, Result, Result]] = {}
    for contact in contacts:
        topic = contact.channel, contact.flow, contact.subflow
        standard = standards.get(topic)
        if standard is None:
            standard = standards[topic] = rules.book.standard(*topic)
        if standard.first_response is None and standard.resolution is None:
            found[contact.pk] = (standard, Result(), Result())
            continue
        day = contact.occurred_at.astimezone(rules.zone).date()
        by_team[rules.team(contact.agent, day)].append((contact, standard))
    for team, some in by_team.items():
        calendar = rules.calendar(team)
        first = _judged(
            [(standard.first_response, *_first_response(contact)) for contact, standard in some],
            calendar,
        )
        resolution = _judged(
            [
                (standard.resolution, *_resolution(contact, rules.resolving))
                for contact, standard in some
            ],
            calendar,
        )
        for (contact, standard), one, other in zip(some, first, resolution, strict=True):
            found[contact.pk] = (standard, one, other)
    return found


# From when, until when (None: it has not happened), and when nothing can happen any more.
Wait = tuple[dt.datetime | None, dt.datetime | None, dt.datetime | None]


def _first_response(contact: Contact) -> Wait:
    if contact.started_at is None or contact.asked is None:
        return None, None, None
    asked = contact.started_at + dt.timedelta(seconds=contact.asked)
    if contact.answered is None:
        return asked, None, contact.ended_at
    return asked, asked + dt.timedelta(seconds=contact.answered), None


def _resolution(contact: Contact, resolving: frozenset[str]) -> Wait:
    if contact.started_at is None or contact.source not in resolving:
        return None, None, None
    if contact.resolved_at is not None and contact.resolved_at < contact.started_at:
        return None, None, None
    return contact.started_at, contact.resolved_at, None


def _judged(
    waits: Sequence[tuple[int | None, dt.datetime | None, dt.datetime | None, dt.datetime | None]],
    calendar: Calendar,
) -> list[Result]:
    done = [
        (place, start.timestamp(), end.timestamp())
        for place, (minutes, start, end, _over) in enumerate(waits)
        if minutes is not None and start is not None and end is not None
    ]
    took: dict[int, int] = {}
    if done:
        places, starts, ends = zip(*done, strict=True)
        first, last = (
            dt.datetime.fromtimestamp(moment, calendar.zone).date()
            for moment in (min(starts), max(ends))
        )
        seconds = Openings(calendar, first, last).seconds(starts, ends)
        took = dict(zip(places, (min(round(each), _LONGEST) for each in seconds), strict=True))
    judged = []
    for place, (minutes, start, _end, over) in enumerate(waits):
        if minutes is None or start is None:
            judged.append(Result(minutes))
        elif (spent := took.get(place)) is not None:
            judged.append(Result(minutes, spent, spent <= 60 * minutes))
        else:
            judged.append(_open(minutes, start, over, calendar))
    return judged


def _open(minutes: int, start: dt.datetime, over: dt.datetime | None, calendar: Calendar) -> Result:
    """It has not happened. A contact that ended before the time was up was no miss."""
    due = due_at(start, 60 * minutes, calendar)
    if over is None:
        return Result(minutes, due_at=due)
    is_missed = due is not None and due < over
    return Result(minutes, met=False if is_missed else None)
