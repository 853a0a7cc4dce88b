"""What the pages of Objectivity may be narrowed to. A value that makes no sense narrows nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from insights.forms import SettledForm
from insights.objectivity.treatment import Attribute
from insights.skills import Standard
from people.channels import Channel


class ObjectivityForm(SettledForm):
    """Call `offer` with the standards something was graded by; `rubric` begins with the first."""

    months = forms.TypedChoiceField(
        label=_("Period"),
        choices=[(3, _("3 months")), (6, _("6 months")), (12, _("12 months"))],
        coerce=int,
        required=False,
        initial=6,
    )
    rubric = forms.ChoiceField(label=_("Rubric"), required=False)
    channel = forms.ChoiceField(
        label=_("Channel"), choices=[("", _("All channels")), *Channel.choices], required=False
    )

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.given = data

    def offer(self, standards: Sequence[Standard]) -> Standard | None:
        """The standard that is chosen, the first if none is; None where there is none."""
        by_key = {each.key: each for each in standards}
        self.fields["rubric"].choices = [  # type: ignore[attr-defined]
            (key, each.name) for key, each in by_key.items()
        ]
        self.fields["rubric"].initial = next(iter(by_key), "")
        self.data = self.given
        self.full_clean()
        self.settle()
        return by_key.get(self.chosen("rubric") or "")


class TreatmentForm(ObjectivityForm):
    by = forms.ChoiceField(
        label=_("Compare by"),
        choices=Attribute.choices,
        required=False,
        initial=Attribute.CHANNEL,
    )

    field_order = ("by", "months", "rubric", "channel")
