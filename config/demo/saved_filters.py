"""Filters of the list of interactions that the demo's people keep."""

import datetime as dt

from config.demo.people import Staff
from interactions.models import SavedFilter
from people.models import Team

OF_MANAGER = {
    "Low ratings this month": "rating=low&period=month",
    "Refunds on chat": "words=refund&channel=chat",
}


def build(staff: Staff, *, today: dt.date) -> None:
    manager = staff.managers[0]
    team = Team.objects.managed_by(manager, on=today).first()
    SavedFilter.objects.bulk_create(
        SavedFilter(owner=manager, name=name, query=query, team=team)
        for name, query in OF_MANAGER.items()
    )
