"""When the demo's teams are there, and how their contacts stand to the service standards."""

import datetime as dt

from config.demo.people import Staff
from measurement.business_hours import Opening
from people.hours import add_holiday, set_hours
from people.models import Team
from scorecards.actions.standards import measure_service_results

ZONES = {"Quayside": "Europe/London", "Lighthouse": "Europe/London", "Boatyard": "Europe/Lisbon"}
HOURS = {
    "Quayside": [(range(5), 8, 20), (range(5, 6), 9, 17)],
    "Lighthouse": [(range(5), 8, 20), (range(5, 6), 9, 17)],
    "Boatyard": [(range(5), 9, 18)],
}
# Month, day, name, from and to where they are there for some hours.
HOLIDAYS = [
    (12, 24, "Christmas Eve", 8, 13),
    (12, 25, "Christmas Day", None, None),
    (12, 26, "Boxing Day", None, None),
    (1, 1, "New Year’s Day", None, None),
]


def build(staff: Staff, *, today: dt.date) -> None:
    teams = list(Team.objects.filter(name__in=HOURS).order_by("pk"))
    for team in teams:
        openings = [
            Opening(day, dt.time(opens), dt.time(closes))
            for days, opens, closes in HOURS[team.name]
            for day in days
        ]
        set_hours(team, time_zone=ZONES[team.name], openings=openings, by=staff.administrator)
    for month, day, name, opens, closes in HOLIDAYS:
        year = today.year if (month, day) >= (today.month, today.day) else today.year + 1
        add_holiday(
            teams,
            day=dt.date(year, month, day),
            name=name,
            opens=None if opens is None else dt.time(opens),
            closes=None if closes is None else dt.time(closes),
            by=staff.administrator,
        )
    measure_service_results()
