"""Keeping a filter."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from interactions.models import SavedFilter
from people.models import Team, User


class SavedFilterForm(forms.Form):
    """A name, and for who manages a team with which of them it is shared."""

    name = forms.CharField(label=_("Name of this filter"), max_length=80)
    team = forms.ModelChoiceField(
        label=_("Shared with"),
        queryset=Team.objects.none(),
        required=False,
        empty_label=_("Nobody, only for me"),
        help_text=_("Its members find the filter in their list; each sees what they may see."),
    )

    def __init__(
        self, *args: Any, user: User, instance: SavedFilter | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.instance = instance
        teams = Team.objects.visible_to(user)
        if instance is not None and instance.team_id:
            # Who no longer manages the team may leave the filter with it.
            teams = (teams | Team.objects.filter(pk=instance.team_id)).distinct()
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]
        can_share = user.has_perm("people.view_everybody") or user.has_perm("people.develop_team")
        if not can_share and not (instance and instance.team_id):
            del self.fields["team"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data.setdefault("team", None)
        return data

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if self.instance is not None:
            others = SavedFilter.objects.filter(owner=self.user, name=name)
            if others.exclude(pk=self.instance.pk).exists():
                raise forms.ValidationError(_("You have another filter of this name."))
        return name
