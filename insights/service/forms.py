"""What the page may be narrowed to. A value that makes no sense narrows nothing."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from insights.forms import SettledForm
from insights.service.metrics import METRICS
from interactions.models import Interaction
from interactions.returns import FARTHEST
from measurement.outcomes import RETURN_DAYS
from people.channels import Channel
from people.fields import PersonField
from people.models import Team, User


class ServiceForm(SettledForm):
    months = forms.TypedChoiceField(
        label=_("Period"),
        choices=[
            (1, _("This month")),
            (3, _("3 months")),
            (6, _("6 months")),
            (12, _("12 months")),
        ],
        coerce=int,
        required=False,
        initial=3,
    )
    channel = forms.ChoiceField(
        label=_("Channel"), choices=[("", _("All channels")), *Channel.choices], required=False
    )
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.none(), required=False, empty_label=_("All teams")
    )
    agent = PersonField(
        label=_("Agent"), queryset=User.objects.none(), required=False, empty_label=_("All agents")
    )
    days = forms.IntegerField(
        label=_("A return counts within (days)"),
        min_value=1,
        max_value=FARTHEST,
        required=False,
        initial=RETURN_DAYS,
    )
    metric = forms.ChoiceField(
        label=_("Month by month"), required=False, initial=next(iter(METRICS))
    )

    def __init__(self, data: Mapping[str, Any], *, user: User) -> None:
        super().__init__(data)
        served = Exists(Interaction.objects.filter(agent=OuterRef("pk")))
        fields: dict[str, Any] = self.fields
        fields["team"].queryset = Team.objects.visible_to(user)
        fields["agent"].queryset = (
            User.objects.visible_to(user).filter(served).order_by("first_name", "last_name", "pk")
        )
        fields["metric"].choices = [(key, each.name) for key, each in METRICS.items()]
        self.settle()

    @property
    def narrowing(self) -> dict[str, str]:
        """Channel, team and agent as the list of interactions understands them."""
        found = {}
        for name in ("channel", "team", "agent"):
            if value := self.chosen(name):
                found[name] = str(getattr(value, "pk", value))
        return found
