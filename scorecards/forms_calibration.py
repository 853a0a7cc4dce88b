"""Forms of calibration. What is allowed is decided by the actions."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from interactions.models import Interaction, InteractionQuerySet
from people.fields import ChosenRowsField
from people.models import User, UserQuerySet
from people.roles import Role
from scorecards.actions import Grade
from scorecards.forms import GradeForm
from scorecards.models import CalibrationSession, Criterion, ExpertKey, RubricVersion

MOST_INTERACTIONS = 50


def _graders() -> UserQuerySet:
    return User.objects.with_role(Role.REVIEWER).filter(is_active=True)


class CalibrationForm(forms.Form):
    """A session that is being prepared. `interaction` is repeated for each chosen one."""

    title = forms.CharField(label=_("Title"), max_length=120)
    version = forms.ModelChoiceField(
        label=_("Rubric"), queryset=RubricVersion.objects.none(), empty_label=None
    )
    participants = ChosenRowsField(
        label=_("Who takes part"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Everybody grades every interaction, without seeing what the others say."),
    )
    due_on = forms.DateField(
        label=_("To be graded by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    interaction = ChosenRowsField(queryset=Interaction.objects.none())

    def __init__(self, *args: Any, interactions: InteractionQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = RubricVersion.objects.published().select_related("rubric")
        self.fields["version"].queryset = versions.order_by("rubric__name")  # type: ignore[attr-defined]
        self.fields["participants"].queryset = _graders()  # type: ignore[attr-defined]
        chosen = self.fields["interaction"]
        chosen.queryset = interactions  # type: ignore[attr-defined]
        chosen.error_messages["required"] = _("Choose at least one interaction.")

    def clean_participants(self) -> Any:
        people = self.cleaned_data["participants"]
        if len(people) < 2:
            raise forms.ValidationError(
                _("Choose at least two people; one alone agrees with everybody.")
            )
        return people

    def clean_interaction(self) -> Any:
        rows = self.cleaned_data["interaction"]
        if len(rows) > MOST_INTERACTIONS:
            raise forms.ValidationError(
                _("A session has at most %d interactions.") % MOST_INTERACTIONS
            )
        return rows

    @staticmethod
    def initial_of(session: CalibrationSession) -> dict[str, Any]:
        return {
            "title": session.title,
            "version": session.version_id,
            "participants": [person.pk for person in session.participants.all()],
            "due_on": session.due_on,
        }


class KeyForm:
    """One `GradeForm` per criterion, in the order of the rubric; each has its criterion and, after a
    refusal, keeps what was sent."""

    def __init__(
        self,
        version: RubricVersion,
        *,
        data: QueryDict | None = None,
        key: ExpertKey | None = None,
    ) -> None:
        written = {grade.criterion_id: grade for grade in key.grades.all()} if key else {}
        self.sections: list[tuple[Any, list[tuple[Criterion, GradeForm]]]] = []
        for section in version.sections.all():
            rows = []
            for criterion in section.criteria.all():
                grade = written.get(criterion.pk)
                form = GradeForm(
                    data,
                    prefix=f"criterion-{criterion.pk}",
                    initial={
                        "level": ("na" if grade.is_not_applicable else str(grade.level_id))
                        if grade
                        else "",
                        "comment": grade.comment if grade else "",
                    },
                )
                rows.append((criterion, form))
            self.sections.append((section, rows))

    def is_valid(self) -> bool:
        forms = [form for _section, rows in self.sections for _criterion, form in rows]
        return not any(form.errors for form in forms)

    def grades(self) -> Mapping[Criterion, Grade]:
        return {c: form.grade() for _section, rows in self.sections for c, form in rows}


class SeedForm(forms.Form):
    reviewers = ChosenRowsField(
        label=_("Into whose queues"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "It takes a place among what waits for them and looks like the rest. Who was given this "
            "interaction before is passed over."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reviewers"].queryset = _graders()  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What was said, and by which reading people came to different levels."),
    )
    decision = forms.CharField(
        label=_("Decision"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("How this criterion is read from now on."),
    )


class WordingForm(forms.Form):
    text = forms.CharField(
        label=_("Proposed wording"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For whoever writes the next version of the rubric."),
    )
