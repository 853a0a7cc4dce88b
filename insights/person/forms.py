"""What a person's page may be narrowed to. A value that makes no sense narrows nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from insights.forms import SettledForm
from people.channels import Channel


class PersonForm(SettledForm):
    """Which rubrics there are to choose from depends on time and channel: call `offer` with them before
    `rubric` is read."""

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
    rubric = forms.TypedChoiceField(label=_("Rubric"), coerce=int, required=False)

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)

    def offer(self, rubrics: Sequence[tuple[int, str]], usual: int | None) -> None:
        self.fields["rubric"].choices = rubrics  # type: ignore[attr-defined]
        self.fields["rubric"].initial = usual
        self.full_clean()
        self.settle()
