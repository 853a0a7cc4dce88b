"""How the figures of other pages lead to exactly the scorecards they are made of: filters of the list
that have no field there, but are named above it and can be taken away."""

import datetime as dt
import re
from dataclasses import dataclass

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from content.models import Skill
from people.converters import DATABASE_ID
from people.models import User
from people.requests import SignedInRequest
from scorecards.models import RubricVersion, Scorecard
from scorecards.models.scorecards import ScorecardQuerySet

_STANDARD = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Narrowing:
    """One such filter: its parameter, in words, and the address without it."""

    name: str
    value: str
    words: str
    without: str


def narrow(
    rows: ScorecardQuerySet, request: SignedInRequest, *, skill: Skill | None
) -> tuple[ScorecardQuerySet, list[Narrowing]]:
    """`since` and `until` (YYYY-MM), `graded_since` (YYYY-MM-DD), `reviewer`, `standard` (rubric and
    number of its first version, “3-1”), `counted` (what averages are made of; with `skill` what says
    something about it) and `released` (without what is held back). A value that makes no sense narrows
    nothing. At most three queries more."""
    found: list[Narrowing] = []

    def note(name: str, words: str) -> None:
        kept = request.GET.copy()
        for each in (name, "page"):
            kept.pop(each, None)
        found.append(Narrowing(name, request.GET[name], words, f"?{kept.urlencode()}"))

    if since := chosen_month(request, "since"):
        rows = rows.filter(month__gte=since)
        note("since", _("contacts since %(month)s") % {"month": _month(since)})
    if until := chosen_month(request, "until"):
        rows = rows.filter(month__lte=until)
        note("until", _("contacts until %(month)s") % {"month": _month(until)})
    if day := _day(request.GET.get("graded_since", "")):
        start = timezone.make_aware(dt.datetime.combine(day, dt.time()))
        rows = rows.filter(submitted_at__gte=start)
        note("graded_since", _("graded since %(day)s") % {"day": date_format(day)})
    reviewer = request.GET.get("reviewer", "")
    if DATABASE_ID.fullmatch(reviewer):
        rows = rows.filter(reviewer=int(reviewer))
        name = User.objects.filter(pk=int(reviewer)).first() if rows.exists() else None
        note("reviewer", _("graded by %(person)s") % {"person": name or "–"})
    if standard := _STANDARD.fullmatch(request.GET.get("standard", "")):
        versions = RubricVersion.objects.of_standard(int(standard[1]), int(standard[2]))
        first = versions.select_related("rubric").order_by("number").first()
        if first is not None:
            rows = rows.filter(version__in=versions.values("pk"))
            note("standard", _("%(version)s and what compares with it") % {"version": first})
    if request.GET.get("counted"):
        rows = rows.filter(pk__in=Scorecard.objects.counted(skill).values("pk"))
        note("counted", _("what enters averages"))
    if request.GET.get("released"):
        rows = rows.filter(is_held=False)
        note("released", _("without what is held back"))
    return rows, found


def chosen_month(request: SignedInRequest, name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(f"{request.GET.get(name, '')}-01")
    except ValueError:
        return None


def _day(value: str) -> dt.date | None:
    """None also where no time zone has such a day."""
    try:
        day = parse_date(value)
    except ValueError:
        return None
    return day if day and dt.MINYEAR < day.year < dt.MAXYEAR else None


def _month(month: dt.date) -> str:
    return date_format(month, "YEAR_MONTH_FORMAT")
