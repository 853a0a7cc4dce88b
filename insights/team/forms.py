"""What the page Team may be narrowed to, and how it is sorted."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from insights.forms import SettledForm, TeamOrder
from insights.skills import CURRENT_MONTHS, Measure, Standard
from people.channels import Channel
from people.models import Team, User

PERIODS = (CURRENT_MONTHS, 6, 12)


class TeamForm(SettledForm):
    """`sort` is one of `TeamOrder` or the key of a measure, `whole` for the whole scorecard. A value that
    makes no sense narrows nothing."""

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
    months = forms.TypedChoiceField(
        label=_("Period"),
        choices=[(months, _("%d months") % months) for months in PERIODS],
        coerce=int,
        required=False,
        initial=CURRENT_MONTHS,
    )
    rubric = forms.ChoiceField(label=_("Rubric"), required=False)
    reviewer = forms.ModelChoiceField(
        label=_("Graded by"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("All reviewers"),
    )
    sort = forms.ChoiceField(label=_("Sort by"), required=False, initial=TeamOrder.NAME)

    def __init__(
        self,
        *args: Any,
        user: User,
        reviewers: Any,
        standards: Sequence[Standard],
        measured: Sequence[Measure],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["team"].queryset = Team.objects.visible_to(user)
        fields["reviewer"].queryset = reviewers
        self.standards = {each.key: each for each in standards}
        fields["rubric"].choices = [(key, each.name) for key, each in self.standards.items()]
        fields["rubric"].initial = next(iter(self.standards), "")
        self.measures = {each.key or "whole": each for each in measured}
        scores = [(key, each.name) for key, each in self.measures.items()]
        fields["sort"].choices = [(_("People"), TeamOrder.choices), (_("Score"), scores)]
        self.settle()

    @property
    def standard(self) -> Standard | None:
        return self.standards.get(self.chosen("rubric") or "")

    @property
    def measure(self) -> Measure | None:
        """What the people are sorted by; none where they are not sorted by a score. What one reviewer
        gave is no score to sort by."""
        if self.chosen("reviewer"):
            return None
        return self.measures.get(self.chosen("sort") or "")
