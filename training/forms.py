"""Reading what the pages of training send."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from content.models import LearningPath, ModulePage
from people.fields import ChosenRowsField
from people.models import Team, User
from training.days import is_too_far
from training.models import ModuleAssignment


class TeamFilterForm(forms.Form):
    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, label=_("Team"), empty_label=_("All teams")
    )
    overdue = forms.BooleanField(required=False, label=_("Only people with something overdue"))

    def __init__(self, *args: Any, teams: QuerySet[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]

    def narrow(self, people: QuerySet[User], *, on: dt.date) -> QuerySet[User]:
        """Those of `people` that the filter leaves; what it does not understand narrows nothing."""
        chosen = self.cleaned_data if self.is_valid() else {}
        if team := chosen.get("team"):
            people = people.filter(pk__in=User.objects.members_on(on, teams=[team]).values("pk"))
        if chosen.get("overdue"):
            late = ModuleAssignment.objects.overdue(on=on)
            people = people.filter(pk__in=late.values("user"))
        return people


class AssignForm(forms.Form):
    """People, a module or a learning path, when it starts, why, and for a module a due date.

    `target` is cleaned to the module or path itself.
    """

    people = ChosenRowsField(
        User.objects.none(),
        label=_("People"),
        error_messages={"required": _("Tick at least one person in the table.")},
    )
    target = forms.ChoiceField(
        label=_("Module or learning path"),
        error_messages={"required": _("Choose what to assign.")},
    )
    due_on = forms.DateField(
        label=_("Due on"),
        required=False,
        help_text=_("For a module. A learning path brings its own dates."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    starts_on = forms.DateField(
        label=_("Starts on"),
        required=False,
        help_text=_("The dates of a learning path count from here. Empty means today."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=300,
        help_text=_("Those who are asked read this."),
    )
    places = forms.IntegerField(
        label=_("Places, if they are short"),
        required=False,
        min_value=1,
        max_value=10_000,
        help_text=_(
            "A lot decides who of those ticked is asked, and what the module did can be told best."
        ),
    )

    def __init__(
        self,
        *args: Any,
        people: QuerySet[User],
        modules: QuerySet[ModulePage],
        today: dt.date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["people"].queryset = people  # type: ignore[attr-defined]
        self.targets: dict[str, LearningPath | ModulePage] = {}
        paths = {f"path-{path.pk}": path for path in LearningPath.objects.all()}
        single = {f"module-{module.pk}": module for module in modules}
        self.targets = {**paths, **single}
        self.fields["target"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose …")),
            (_("Learning paths"), [(key, path.title) for key, path in paths.items()]),
            (_("Modules"), [(key, module.title) for key, module in single.items()]),
        ]
        self.fields["due_on"].widget.attrs["min"] = today.isoformat()

    def clean_target(self) -> LearningPath | ModulePage:
        return self.targets[self.cleaned_data["target"]]

    def clean_due_on(self) -> dt.date | None:
        due_on = self._not_too_far("due_on")
        if due_on is not None and due_on < self.today:
            raise forms.ValidationError(_("The due date lies in the past."))
        return due_on

    def clean_starts_on(self) -> dt.date | None:
        return self._not_too_far("starts_on")

    def _not_too_far(self, name: str) -> dt.date | None:
        day: dt.date | None = self.cleaned_data[name]
        if day is not None and is_too_far(day, on=self.today):
            raise forms.ValidationError(_("This is more than ten years ahead."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts_on, due_on = cleaned.get("starts_on"), cleaned.get("due_on")
        if starts_on and due_on and due_on < starts_on:
            self.add_error("due_on", _("The due date lies before the start."))
        if isinstance(cleaned.get("target"), LearningPath) and cleaned.get("places"):
            self.add_error("places", _("Places are drawn for a module, not for a learning path."))
        if isinstance(cleaned.get("target"), LearningPath) and cleaned.get("due_on"):
            self.add_error(
                "due_on",
                _(
                    "A learning path brings its own due dates. Leave this empty, or choose a module."
                ),
            )
        return cleaned
