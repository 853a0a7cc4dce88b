"""What calibration shows on a page of another room."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django import template
from django.utils import timezone

from people.models import User
from scorecards.models import CalibrationSession, Scorecard
from scorecards.models.calibration import seeded_results_of

register = template.Library()

NEWS_DAYS = 7


@dataclass(frozen=True, slots=True)
class Waiting:
    sessions: Sequence[CalibrationSession]
    results: Sequence[Scorecard]


@register.simple_tag
def calibration_waiting(user: User) -> Waiting:
    """Sessions in which `user` still has to grade, and their grades of the last days that had a key
    behind them. Two queries."""
    since = timezone.now() - dt.timedelta(days=NEWS_DAYS)
    return Waiting(
        sessions=list(CalibrationSession.objects.waiting_for(user)),
        results=list(seeded_results_of(user).filter(submitted_at__gte=since)[:3]),
    )
