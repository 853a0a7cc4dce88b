"""What the lists and charts may be narrowed to. A value that makes no sense narrows nothing."""

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _


class TeamOrder(models.TextChoices):
    """Beside these, people are sorted by an adjusted score, never by a raw one (docs/measurement.md)."""

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
        # An empty value is none: a list without an empty choice would show its first and mean another.
        self.data = {
            name: self.data.get(name) or field.initial for name, field in self.fields.items()
        }
        for name in list(self.errors):
            self.data[name] = self.fields[name].initial
        self.full_clean()
