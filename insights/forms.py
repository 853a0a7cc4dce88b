"""What the lists and charts may be narrowed to. A value that makes no sense narrows nothing."""

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from people.channels import Channel
from people.models import Team, User


class TeamOrder(models.TextChoices):
    """There is no order by score: people are not ranked on means that have not been adjusted for
    who graded (docs/measurement.md)."""

    NAME = "name", _("Name")
    TEAM = "team", _("Team")
    FEWEST = "fewest", _("Fewest scorecards")
    LONGEST = "longest", _("Longest without a scorecard")


class _NarrowingForm(forms.Form):
    """Read with `chosen(name)`: the valid value, or the field's `initial`."""

    def chosen(self, name: str) -> Any:
        self.is_valid()
        return self.cleaned_data.get(name) or self.fields[name].initial or None


class SettledForm(_NarrowingForm):
    """Shows what holds: where nothing or nonsense was given, a field shows its `initial` value. Call
    `settle` once all choices are there."""

    def settle(self) -> None:
        self.data = {
            name: self.data.get(name, field.initial) for name, field in self.fields.items()
        }
        for name in list(self.errors):
            self.data[name] = self.fields[name].initial
        self.full_clean()


class TeamFilterForm(_NarrowingForm):
    q = forms.CharField(
        label=pgettext_lazy("a person's", "Name"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.none(), required=False, empty_label=_("All teams")
    )
    channel = forms.ChoiceField(
        label=_("Channel"), choices=[("", _("All channels")), *Channel.choices], required=False
    )
    sort = forms.ChoiceField(
        label=_("Sort by"), choices=TeamOrder.choices, required=False, initial=TeamOrder.NAME
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.visible_to(user)  # type: ignore[attr-defined]


class PeriodForm(_NarrowingForm):
    months = forms.TypedChoiceField(
        label=_("Period"),
        choices=[(6, _("6 months")), (12, _("12 months")), (24, _("24 months"))],
        coerce=int,
        required=False,
        initial=6,
    )
    channel = forms.ChoiceField(
        label=_("Channel"), choices=[("", _("All channels")), *Channel.choices], required=False
    )
