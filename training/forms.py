"""Reading what a quiz page and the assignment form send."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from content.models import LearningPath, ModulePage
from people.fields import ChosenRowsField
from people.models import Team, User
from training.marking import Question
from training.models import ModuleAssignment


def changed_answers(data: QueryDict, questions: Iterable[Question]) -> dict[str, list[str]]:
    """What the person changed on the page that sent `data`: question id to chosen option ids.

    The page carries what it showed when it was drawn (`seen-<id>`). A question that still says the same
    is left out, so that a second tab with an older state takes nothing back; the one that was just
    touched (`question`) counts in any case, and so does one that comes without `seen-`.
    """
    touched = data.get("question")
    changed = {}
    for question in questions:
        chosen, seen = data.getlist(f"question-{question.id}"), data.get(f"seen-{question.id}")
        is_touched = question.id == touched or (seen is None and bool(chosen))
        if is_touched or (seen is not None and set(chosen) != set(seen.split())):
            changed[question.id] = chosen
    return changed


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
    """People, a module or a learning path, and for a module a due date.

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
        due_on = self.cleaned_data["due_on"]
        if due_on is not None and due_on < self.today:
            raise forms.ValidationError(_("The due date lies in the past."))
        return due_on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if isinstance(cleaned.get("target"), LearningPath) and cleaned.get("due_on"):
            self.add_error(
                "due_on",
                _(
                    "A learning path brings its own due dates. Leave this empty, or choose a module."
                ),
            )
        return cleaned
