"""When a team is there, as somebody enters it."""

import datetime as dt
import zoneinfo
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from measurement.business_hours import Opening
from people.hours import own_zone, span
from people.models import Holiday, OpeningHours, Team, User

ALWAYS, HOURS = "always", "hours"
# Two a day leave room for a break.
SPANS = (1, 2)
_DAY = dt.timedelta(days=1)
# A calendar from here on; what lies farther off is a slip of the hand.
YEARS_BACK, YEARS_AHEAD = 20, 10


def _time_input() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class HoursForm(forms.Form):
    """Fields `opens_<day>_<span>` and `closes_<day>_<span>`; a day with none of them is closed."""

    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy("Hours and holidays are meant by the clock there."),
    )
    open = forms.ChoiceField(
        label=gettext_lazy("The team is there"),
        choices=[
            (ALWAYS, gettext_lazy("Day and night, but on holidays")),
            (HOURS, gettext_lazy("In these hours")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None, *, team: Team) -> None:
        hours = list(team.opening_hours.all())
        initial: dict[str, Any] = {"time_zone": team.time_zone, "open": HOURS if hours else ALWAYS}
        for day in OpeningHours.Weekday.values:
            of_day = [each for each in hours if each.weekday == day]
            for number, each in zip(SPANS, of_day, strict=False):
                initial[f"opens_{day}_{number}"] = each.opens
                initial[f"closes_{day}_{number}"] = each.closes
        super().__init__(data, initial=initial)
        zones = sorted(zoneinfo.available_timezones() | ({team.time_zone} - {""}))
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            ("", _("The organisation’s own (%s)") % own_zone().key),
            *((zone, zone.replace("_", " ")) for zone in zones),
        ]
        for weekday in OpeningHours.Weekday:
            for number in SPANS:
                for name, label in (("opens", _("opens")), ("closes", _("closes"))):
                    again = _("again") if number > 1 else ""
                    self.fields[f"{name}_{weekday.value}_{number}"] = forms.TimeField(
                        label=" ".join(filter(None, [str(weekday.label), label, again])),
                        required=False,
                        widget=_time_input(),
                        error_messages={"invalid": _("Give a time such as 09:00.")},
                    )

    @property
    def days(self) -> list[tuple[str, list[BoundField], list[str]]]:
        """(day, its four fields, what is wrong with them)"""
        found = []
        for weekday in OpeningHours.Weekday:
            fields = [
                self[f"{name}_{weekday.value}_{number}"]
                for number in SPANS
                for name in ("opens", "closes")
            ]
            errors = list(dict.fromkeys(str(error) for field in fields for error in field.errors))
            found.append((str(weekday.label), fields, errors))
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("open") != HOURS:
            return {**data, "openings": []}
        openings = []
        for weekday in OpeningHours.Weekday:
            for number in SPANS:
                first, second = (
                    f"opens_{weekday.value}_{number}",
                    f"closes_{weekday.value}_{number}",
                )
                if first in self.errors or second in self.errors:
                    continue
                opens, closes = data.get(first), data.get(second)
                if opens is None and closes is None:
                    continue
                if opens is None or closes is None:
                    missing = first if opens is None else second
                    self.add_error(missing, _("Give both times, or leave both empty."))
                    continue
                openings.append(Opening(weekday.value, opens, closes))
        if not self.errors:
            self._check(openings)
        return {**data, "openings": openings}

    def _check(self, openings: list[Opening]) -> None:
        if not openings:
            self.add_error(
                "open",
                _(
                    "Give the hours of one day at least, or say that the team is there day and night."
                ),
            )
        moments = sorted((*_moments(each), each) for each in openings)
        for (_start, end, one), (start, _end, other) in pairwise(moments):
            if start < end:
                self._overlap(one, other)
        # Sunday's night is before Monday's morning.
        if len(moments) > 1 and moments[-1][1] - 7 * _DAY > moments[0][0]:
            self._overlap(moments[-1][2], moments[0][2])

    def _overlap(self, one: Opening, other: Opening) -> None:
        day = OpeningHours.Weekday(one.weekday).label
        self.add_error(
            f"opens_{other.weekday}_1",
            _("These hours run into %(hours)s on %(day)s: give times that do not overlap.")
            % {"hours": span(one.opens, one.closes), "day": day},
        )


def _moments(opening: Opening) -> tuple[dt.datetime, dt.datetime]:
    """In a week that begins on Monday 1 January 2001."""
    day = dt.date(2001, 1, 1 + opening.weekday)
    start = dt.datetime.combine(day, opening.opens)
    end = dt.datetime.combine(day, opening.closes)
    return start, end if end > start else end + _DAY


class HolidayForm(forms.Form):
    day = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    opens = forms.TimeField(
        label=gettext_lazy("Open from"),
        required=False,
        widget=_time_input(),
        help_text=gettext_lazy("Leave both times empty when the team is not there all day."),
    )
    closes = forms.TimeField(label=gettext_lazy("To"), required=False, widget=_time_input())
    teams = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Also for"),
        queryset=Team.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, team: Team, user: User, today: dt.date) -> None:
        super().__init__(data)
        self.team, self.today = team, today
        others = Team.objects.with_hours_set_by(user).exclude(pk=team.pk)
        self.fields["teams"].queryset = others  # type: ignore[attr-defined]
        if not others.exists():
            del self.fields["teams"]

    def clean_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["day"]
        if not self.today.year - YEARS_BACK <= day.year <= self.today.year + YEARS_AHEAD:
            raise ValidationError(
                _("Give a day between %(first)s and %(last)s.")
                % {"first": self.today.year - YEARS_BACK, "last": self.today.year + YEARS_AHEAD}
            )
        taken = Holiday.objects.filter(team=self.team, day=day).first()
        if taken:
            raise ValidationError(
                _("That day is in the list already, as “%(name)s”. Remove that first.")
                % {"name": taken.name}
            )
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"opens", "closes"} & set(self.errors):
            return data
        opens, closes = data.get("opens"), data.get("closes")
        if (opens is None) != (closes is None):
            self.add_error(
                "opens" if opens is None else "closes",
                _("Give both times, or leave both empty for a whole day."),
            )
        elif opens is not None and closes is not None and closes <= opens:
            self.add_error("closes", _("Give a time after the one it opens at."))
        return data

    @property
    def wanted_teams(self) -> list[Team]:
        return [self.team, *self.cleaned_data.get("teams", ())]
