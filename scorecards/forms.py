"""Reading what people send. What is allowed is decided by the actions, not here."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.fields import ChosenRowsField
from people.models import User
from people.roles import Role
from scorecards.actions import Grade
from scorecards.models import Rubric, RubricVersion

NOT_APPLICABLE = "na"


class LinesField(forms.CharField):
    """Text whose line ends count once: browsers send two characters where people typed one."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class GradeForm(forms.Form):
    """One criterion: a level's id, "na", a count, or nothing yet; and a comment."""

    level = forms.RegexField(
        rf"^(\d{{1,18}}|{NOT_APPLICABLE})?$",
        required=False,
        error_messages={"invalid": _("This is no level of the rubric; reload the page.")},
    )
    count = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=999_999_999,
        error_messages={
            "invalid": _("A count is a whole number."),
            "min_value": _("A count is not negative."),
        },
    )
    comment = LinesField(
        required=False,
        max_length=4000,
        strip=True,
        error_messages={
            "max_length": _("A comment has at most %(limit_value)d characters; please shorten it.")
        },
    )

    def grade(self) -> Grade:
        level = self.cleaned_data["level"]
        return Grade(
            level=int(level) if level and level != NOT_APPLICABLE else None,
            is_not_applicable=level == NOT_APPLICABLE,
            comment=self.cleaned_data["comment"],
            count=None if level else self.cleaned_data["count"],
        )


class EvidenceForm(forms.Form):
    """The words; with a message and two offsets, as the script sends them, where they were selected."""

    message_id = forms.CharField(required=False, max_length=40)
    start = forms.IntegerField(required=False, min_value=0)
    end = forms.IntegerField(required=False, min_value=1)
    quote = LinesField(required=False, strip=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data["quote"].strip():
            raise forms.ValidationError(_("Select some words of the conversation first."))
        return data


class SubmitForm(forms.Form):
    summary = LinesField(
        label=_("Summary for the agent"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What to keep doing, and the one thing to change. The agent reads this first."),
    )


class AssignForm(forms.Form):
    """Who grades the chosen interactions, by which rubric, until when."""

    rubric = forms.ModelChoiceField(label=_("Rubric"), queryset=Rubric.objects.none())
    reviewers = ChosenRowsField(
        label=_("Reviewers"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The work is shared out evenly; nobody gets their own conversation."),
    )
    due_on = forms.DateField(
        label=_("Due"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        gradable = Rubric.objects.filter(versions__state=RubricVersion.State.PUBLISHED)
        reviewers = User.objects.with_role(Role.REVIEWER).filter(is_active=True)
        self.fields["rubric"].queryset = gradable  # type: ignore[attr-defined]
        self.fields["reviewers"].queryset = reviewers  # type: ignore[attr-defined]
