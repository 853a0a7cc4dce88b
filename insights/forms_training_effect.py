"""What the page Training effect may be narrowed to. A value that makes no sense narrows nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from insights.forms import SettledForm
from insights.skills import Measure
from people.channels import Channel


class TrainingEffectForm(SettledForm):
    months = forms.TypedChoiceField(
        label=_("Finished in the last"),
        choices=[(6, _("6 months")), (12, _("12 months")), (24, _("24 months"))],
        coerce=int,
        required=False,
        initial=12,
    )
    channel = forms.ChoiceField(
        label=_("Channel"), choices=[("", _("All channels")), *Channel.choices], required=False
    )
    skill = forms.ChoiceField(label=_("Skill"), required=False)

    def __init__(self, data: Mapping[str, Any], *, measured: Sequence[Measure] = ()) -> None:
        super().__init__(data)
        self.fields["skill"].choices = [  # type: ignore[attr-defined]
            ("", _("All skills")),
            *((measure.key, measure.name) for measure in measured if not measure.is_whole),
        ]
        self.settle()
