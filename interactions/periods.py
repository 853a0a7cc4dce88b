"""Stretches of days that people mean by a word. Pure."""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from people.dates import add_months


class Period(models.TextChoices):
    TODAY = "today", _("Today")
    YESTERDAY = "yesterday", _("Yesterday")
    LAST_7 = "7", _("Last 7 days")
    LAST_30 = "30", _("Last 30 days")
    LAST_90 = "90", _("Last 90 days")
    THIS_MONTH = "month", _("This month")
    LAST_MONTH = "last-month", _("Last month")
    THIS_YEAR = "year", _("This year")


def days_of(period: Period, *, today: dt.date) -> tuple[dt.date, dt.date]:
    """The first and the last day, both included. The last seven days end today."""
    if period in (Period.LAST_7, Period.LAST_30, Period.LAST_90):
        return today - dt.timedelta(days=int(period.value) - 1), today
    day = dt.timedelta(days=1)
    month = today.replace(day=1)
    return {
        Period.TODAY: (today, today),
        Period.YESTERDAY: (today - day, today - day),
        Period.THIS_MONTH: (month, today),
        Period.LAST_MONTH: (add_months(month, -1), month - day),
        Period.THIS_YEAR: (today.replace(month=1, day=1), today),
    }[period]
