"""What the page New hires may be narrowed to. A value that makes no sense narrows nothing."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from insights.forms import SettledForm
from insights.skills import Measure
from people.channels import Channel
from people.models import Team, User


class NewHiresForm(SettledForm):
    """`cohort` is the Monday on which the first of a cohort could start."""

    skill = forms.ChoiceField(label=_("Skill"), required=False)
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.none(), required=False, empty_label=_("All teams")
    )
    channel = forms.ChoiceField(
        label=_("Channel"), choices=[("", _("All channels")), *Channel.choices], required=False
    )
    weeks = forms.TypedChoiceField(
        label=_("Started in the last"),
        choices=[(13, _("3 months")), (26, _("6 months")), (52, _("12 months"))],
        coerce=int,
        required=False,
        initial=26,
    )
    width = forms.TypedChoiceField(
        label=_("Cohorts"),
        choices=[(4, _("of four weeks")), (1, _("by start week"))],
        coerce=int,
        required=False,
        initial=4,
    )
    cohort = forms.DateField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any], *, user: User, measured: Sequence[Measure]) -> None:
        super().__init__(data)
        self.fields["team"].queryset = Team.objects.visible_to(user)  # type: ignore[attr-defined]
        self.fields["skill"].choices = [  # type: ignore[attr-defined]
            (measure.key, measure.name) for measure in measured
        ]
        self.settle()

    def measure(self, measured: Sequence[Measure]) -> Measure:
        key = self.chosen("skill") or ""
        return next(measure for measure in measured if measure.key == key)

    def cohort_in(self, starts: Sequence[dt.date]) -> dt.date | None:
        """The chosen cohort, if there is such a one."""
        chosen: dt.date | None = self.chosen("cohort")
        return chosen if chosen in starts else None
