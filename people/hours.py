"""When teams are there: opening hours, holidays and the zone they are meant in."""

import datetime as dt
import zoneinfo
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from measurement.business_hours import Calendar, Opening
from people.audit import record
from people.models import Holiday, OpeningHours, Team, User
from people.signals import opening_hours_changed


def zone_of(team: Team) -> zoneinfo.ZoneInfo:
    """The team's; where it names none, or one that the system does not know any more, the
    organisation's."""
    try:
        return zoneinfo.ZoneInfo(team.time_zone)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return own_zone()


def own_zone() -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(timezone.get_default_timezone_name())


def calendars() -> dict[int, Calendar]:
    """The calendar of each team, by its id. Three queries."""
    teams = Team.objects.order_by("pk").prefetch_related("opening_hours", "holidays")
    return {team.pk: calendar_of(team) for team in teams}


def calendar_of(team: Team) -> Calendar:
    """Two queries, unless both are prefetched."""
    return Calendar(
        zone_of(team),
        [Opening(each.weekday, each.opens, each.closes) for each in team.opening_hours.all()],
        {
            each.day: (each.opens, each.closes) if each.opens and each.closes else None
            for each in team.holidays.all()
        },
    )


def facts_of(team: Team) -> dict[str, Any]:
    """As the audit log keeps it. One query."""
    return {
        "time_zone": team.time_zone,
        "hours": [
            [each.weekday, f"{each.opens:%H:%M}", f"{each.closes:%H:%M}"]
            for each in OpeningHours.objects.filter(team=team)
        ],
    }


@transaction.atomic
def set_hours(
    team: Team,
    *,
    time_zone: str,
    openings: Sequence[Opening],
    by: User,
    at: dt.datetime | None = None,
) -> bool:
    """Return whether anything is different now."""
    team = Team.objects.select_for_update().get(pk=team.pk)
    before = facts_of(team)
    team.time_zone = time_zone
    team.save(update_fields=["time_zone"])
    OpeningHours.objects.filter(team=team).delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(team=team, weekday=each.weekday, opens=each.opens, closes=each.closes)
        for each in openings
    )
    after = facts_of(team)
    if after == before:
        return False
    record("change_opening_hours", by=by, of=team, before=before, after=after, at=at)
    opening_hours_changed.send(sender=Team, teams=[team.pk])
    return True


@transaction.atomic
def add_holiday(
    teams: Collection[Team],
    *,
    day: dt.date,
    name: str,
    opens: dt.time | None = None,
    closes: dt.time | None = None,
    by: User,
    at: dt.datetime | None = None,
) -> list[Team]:
    """Add it to those of `teams` that have none on that day yet; return them."""
    locked = Team.objects.select_for_update().filter(pk__in=[team.pk for team in teams])
    wanted = list(locked.order_by("pk"))
    taken = set(Holiday.objects.filter(team__in=wanted, day=day).values_list("team", flat=True))
    added = [team for team in wanted if team.pk not in taken]
    for team in added:
        holiday = Holiday.objects.create(team=team, day=day, name=name, opens=opens, closes=closes)
        record("add_holiday", by=by, of=team, after=_holiday_facts(holiday), at=at)
    if added:
        opening_hours_changed.send(sender=Team, teams=[team.pk for team in added])
    return added


@transaction.atomic
def remove_holiday(holiday: Holiday, *, by: User, at: dt.datetime | None = None) -> None:
    team = holiday.team
    record("remove_holiday", by=by, of=team, before=_holiday_facts(holiday), at=at)
    holiday.delete()
    opening_hours_changed.send(sender=Team, teams=[team.pk])


def _holiday_facts(holiday: Holiday) -> dict[str, Any]:
    return {
        "day": holiday.day,
        "name": holiday.name,
        "opens": holiday.opens and f"{holiday.opens:%H:%M}",
        "closes": holiday.closes and f"{holiday.closes:%H:%M}",
    }


def hours_in_words(hours: Iterable[OpeningHours]) -> list[tuple[str, str]]:
    """(days, hours) with neighbouring days of the same hours together; empty for day and night."""
    by_day: dict[int, list[str]] = {day: [] for day in OpeningHours.Weekday.values}
    for each in hours:
        by_day[each.weekday].append(span(each.opens, each.closes))
    if not any(by_day.values()):
        return []
    found: list[tuple[list[int], str]] = []
    for day, spans in by_day.items():
        said = ", ".join(spans) or _("closed")
        if found and found[-1][1] == said:
            found[-1][0].append(day)
        else:
            found.append(([day], said))
    return [(_days(days), said) for days, said in found]


def span(opens: dt.time, closes: dt.time) -> str:
    if opens == closes == dt.time.min:
        return _("all day")
    return f"{time_format(opens, 'H:i')}–{time_format(closes, 'H:i')}"


def holiday_hours(holiday: Holiday) -> str:
    if holiday.opens and holiday.closes:
        return _("open %(hours)s") % {"hours": span(holiday.opens, holiday.closes)}
    return _("closed")


def _days(days: Sequence[int]) -> str:
    first, last = (str(OpeningHours.Weekday(day).label) for day in (days[0], days[-1]))
    if len(days) == 1:
        return first
    return _("%(first)s to %(last)s") % {"first": first, "last": last}


def day_in_words(day: dt.date) -> str:
    return f"{date_format(day, 'l')}, {date_format(day, 'DATE_FORMAT')}"
