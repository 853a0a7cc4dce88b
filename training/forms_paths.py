"""Reading what is sent about sessions, observers, certificates and reminders."""

import datetime as dt
import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.fields import ChosenRowField
from people.models import User
from training.actions import SessionTerms
from training.days import is_too_far, zone_of
from training.models import ReminderChoice, WorkshopSession


class SessionForm(forms.Form):
    """A session, in the time of the place where it is held."""

    day = forms.DateField(
        label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    starts = forms.TimeField(
        label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends = forms.TimeField(
        label=_("Until"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), help_text=_("That of the place."))
    place = forms.CharField(label=_("Place"), max_length=200, required=False)
    link = forms.URLField(label=_("Link"), max_length=500, required=False, assume_scheme="https")
    seats = forms.IntegerField(label=_("Seats"), min_value=1, max_value=1000, initial=8)
    trainer = ChosenRowField(
        User.objects.none(), label=_("Trainer"), help_text=_("Keeps the attendance.")
    )

    def __init__(
        self, *args: Any, by: User, session: WorkshopSession | None = None, **kwargs: Any
    ) -> None:
        if session is not None:
            kwargs["initial"] = {
                "day": session.local_start.date(),
                "starts": session.local_start.time(),
                "ends": session.local_end.time(),
                "time_zone": session.time_zone,
                "place": session.place,
                "link": session.link,
                "seats": session.seats,
                "trainer": session.trainer_id,
            }
        else:
            zone = getattr(zone_of(by), "key", settings.TIME_ZONE)
            kwargs.setdefault("initial", {"time_zone": zone, "seats": 8, "trainer": by.pk})
        super().__init__(*args, **kwargs)
        zones = sorted(zoneinfo.available_timezones())
        self.fields["time_zone"].choices = [(name, name) for name in zones]  # type: ignore[attr-defined]
        self.fields["trainer"].queryset = User.objects.filter(is_active=True)  # type: ignore[attr-defined]

    def clean_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["day"]
        if is_too_far(day, on=timezone.localdate()):
            raise forms.ValidationError(_("This is more than ten years ahead."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", _("The session ends before it starts."))
        if not cleaned.get("place") and not cleaned.get("link") and "link" not in self.errors:
            self.add_error("place", _("Say where it takes place, or give a link."))
        if not self.errors and self._at("starts") <= timezone.now():
            self.add_error("day", _("This lies in the past."))
        for name in ("starts", "ends") if not self.errors else ():
            if not self._is_on_the_clock(name):
                self.add_error(name, _("On that day the clocks there are put forward past this."))
        return cleaned

    def _is_on_the_clock(self, name: str) -> bool:
        at = self._at(name)
        return at.astimezone(dt.UTC).astimezone(at.tzinfo).replace(tzinfo=None) == at.replace(
            tzinfo=None
        )

    def _at(self, name: str) -> dt.datetime:
        zone = zoneinfo.ZoneInfo(self.cleaned_data["time_zone"])
        return dt.datetime.combine(self.cleaned_data["day"], self.cleaned_data[name], zone)

    def terms(self) -> SessionTerms:
        return SessionTerms(
            starts_at=self._at("starts"),
            ends_at=self._at("ends"),
            time_zone=self.cleaned_data["time_zone"],
            trainer=self.cleaned_data["trainer"],
            seats=self.cleaned_data["seats"],
            place=self.cleaned_data["place"],
            link=self.cleaned_data["link"],
        )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why.")},
    )


class ObserverForm(forms.Form):
    trainee = ChosenRowField(User.objects.none(), label=_("Who is watched"))
    observer = ChosenRowField(User.objects.none(), label=_("Observer"))

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trainee"].queryset = people  # type: ignore[attr-defined]
        self.fields["observer"].queryset = User.objects.filter(is_active=True)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("trainee") and cleaned.get("trainee") == cleaned.get("observer"):
            self.add_error("observer", _("Nobody observes themself. Choose somebody else."))
        return cleaned


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class PersonForm(forms.Form):
    person = ChosenRowField(User.objects.none(), label=_("Person"))

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class ReminderForm(forms.ModelForm):
    class Meta:
        model = ReminderChoice
        fields = ("wants_all",)
        help_texts = {
            "wants_all": _(
                "One mail a day at most: what is due soon, sessions tomorrow, certificates that "
                "expire. What is overdue you are told in any case."
            )
        }
