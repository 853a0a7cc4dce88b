"""Reading changes of a grade, criterion by criterion, and what is said about one."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from people.models import User, UserQuerySet
from scorecards.actions import Grade
from scorecards.forms import NOT_APPLICABLE
from scorecards.grading import GradedCriterion
from scorecards.models import Criterion, DisputedCriterion

MOST_CHARACTERS = 4000


def level_value(level: int | None) -> str:
    """How a level, or none for "not applicable", is written in a form."""
    return NOT_APPLICABLE if level is None else str(level)


def level_choices(criterion: Criterion) -> list[tuple[str, Any]]:
    """The criterion's levels, loaded with it, and "not applicable" where it may be."""
    choices: list[tuple[str, Any]] = [
        (level_value(level.pk), level.label) for level in criterion.levels.all()
    ]
    if criterion.allows_not_applicable:
        choices.append((NOT_APPLICABLE, _("Not applicable")))
    return choices


def described_choices(criterion: Criterion) -> list[tuple[str, Any]]:
    """The same with what each level says, for radio buttons."""
    words = {level_value(level.pk): level.descriptor for level in criterion.levels.all()}
    return [
        (
            value,
            format_html('{} <span class="small muted">{}</span>', label, words[value])
            if words.get(value)
            else label,
        )
        for value, label in level_choices(criterion)
    ]


class CriterionForm(forms.Form):
    """One criterion in a form of several: a level and some words. Its fields are prefixed."""

    level = forms.ChoiceField(label=_("Level"), required=False)
    comment = forms.CharField(
        label=_("Comment for the agent"),
        required=False,
        max_length=MOST_CHARACTERS,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any, criterion: Criterion, **kwargs: Any) -> None:
        super().__init__(data, prefix=f"criterion-{criterion.pk}", **kwargs)
        self.criterion = criterion
        self.fields["level"].choices = level_choices(criterion)  # type: ignore[attr-defined]

    def grade(self) -> Grade:
        level = self.cleaned_data["level"]
        return Grade(
            level=int(level) if level and level != NOT_APPLICABLE else None,
            is_not_applicable=level == NOT_APPLICABLE,
            comment=self.cleaned_data.get("comment", ""),
        )


class ChangeForm(CriterionForm):
    """A criterion of an override: filled in as it was graded."""

    def __init__(self, data: Any, row: GradedCriterion) -> None:
        score = row.score
        initial = {}
        if score is not None:
            initial["comment"] = score.comment
            if score.is_answered:
                initial["level"] = level_value(score.level_id)
        super().__init__(data, row.criterion, initial=initial)
        self.row = row
        if "level" not in initial:
            level = self.fields["level"]
            level.choices = [("", _("No answer")), *level_choices(row.criterion)]  # type: ignore[attr-defined]


class ProposalForm(CriterionForm):
    """A criterion that an agent may dispute: it is disputed where a level or a reason is given."""

    def __init__(self, data: Any, row: GradedCriterion) -> None:
        super().__init__(data, row.criterion)
        self.row = row
        taken = level_value(row.score.level_id if row.score else None)
        others = [choice for choice in level_choices(row.criterion) if choice[0] != taken]
        level = self.fields["level"]
        level.label = _("Level you propose")
        level.choices = [("", _("I agree")), *others]  # type: ignore[attr-defined]
        self.fields["comment"].label = _("Why")

    @property
    def is_begun(self) -> bool:
        """Whether something was entered, valid or not."""
        return any(self[name].value() for name in self.fields)

    @property
    def is_disputed(self) -> bool:
        return bool(self.cleaned_data["level"] or self.cleaned_data["comment"])


class DecisionForm(CriterionForm):
    """A disputed criterion to be decided; it has no words of its own."""

    comment = None  # type: ignore[assignment]

    def __init__(self, data: Any, row: DisputedCriterion, kept: Mapping[str, str]) -> None:
        super().__init__(data, row.criterion, initial=_initial_level(row.criterion, kept))
        self.row = row
        level = self.fields["level"]
        level.required = True
        # The form itself stands at the end of the page, after all criteria.
        level.widget = forms.RadioSelect(
            attrs={"form": "decide"}, choices=described_choices(row.criterion)
        )
        level.label = _("Decision")
        level.error_messages["required"] = _("Choose what it is from now on.")


class OpenedForm(CriterionForm):
    """A criterion that did not apply, and that a decision on another one may bring up."""

    comment = None  # type: ignore[assignment]

    def __init__(self, data: Any, criterion: Criterion, kept: Mapping[str, str]) -> None:
        super().__init__(data, criterion, initial=_initial_level(criterion, kept))
        level = self.fields["level"]
        level.widget = forms.RadioSelect(
            attrs={"form": "decide"}, choices=described_choices(criterion)
        )
        level.label = _("Decision, if it applies now")


class ReasonForm(forms.Form):
    """Why a grade is changed, and the summary it has then."""

    reason = forms.CharField(
        label=_("Why the grade is changed"),
        max_length=MOST_CHARACTERS,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The agent, the reviewer and the manager read it. The first grade is kept."),
        error_messages={"required": _("Say why the grade is changed.")},
    )
    summary = forms.CharField(
        label=_("Summary for the agent"),
        required=False,
        max_length=MOST_CHARACTERS,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ExplanationForm(forms.Form):
    explanation = forms.CharField(
        label=_("Explain the decision"),
        max_length=MOST_CHARACTERS,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The agent, the first reviewer and the manager read it."),
        error_messages={"required": _("Explain the decision.")},
    )


def kept_words(data: Mapping[str, str]) -> dict[str, str]:
    """What of a decision was entered so far, to be shown again later: levels by the names of their
    fields, and the explanation."""
    kept = {
        name: value[:MOST_CHARACTERS]
        for name, value in data.items()
        if name == "explanation" or re.fullmatch(r"criterion-\d+-level", name)
    }
    return {name: value for name, value in kept.items() if value.strip()}


def _initial_level(criterion: Criterion, kept: Mapping[str, str]) -> dict[str, str]:
    return {"level": kept.get(f"criterion-{criterion.pk}-level", "")}


class RegradeForm(forms.Form):
    """Stands in the form of the decision, which is sent along and kept."""

    use_required_attribute = False
    reviewer = forms.ModelChoiceField(
        label=_("Reviewer"),
        queryset=User.objects.none(),
        empty_label=_("Choose"),
        error_messages={"required": _("Choose a reviewer.")},
    )

    def __init__(self, data: Any, candidates: UserQuerySet) -> None:
        super().__init__(data)
        reviewer = self.fields["reviewer"]
        reviewer.queryset = candidates  # type: ignore[attr-defined]
        reviewer.widget.attrs["form"] = "decide"


class ReplyForm(forms.Form):
    body = forms.CharField(
        label=_("Message"),
        max_length=MOST_CHARACTERS,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write something first.")},
    )


class FeedbackHoldForm(forms.Form):
    """For whom grades are held back, or no longer."""

    agent = forms.ModelChoiceField(queryset=User.objects.none())
    hold = forms.TypedChoiceField(
        choices=[("1", "1"), ("0", "0")], coerce=lambda value: value == "1"
    )

    def __init__(self, data: Any, people: UserQuerySet) -> None:
        super().__init__(data)
        self.fields["agent"].queryset = people  # type: ignore[attr-defined]


def all_valid(forms_: Iterable[forms.Form]) -> bool:
    """Whether each is valid; asks all of them, so that every error is shown at once."""
    return not [form for form in forms_ if not form.is_valid()]


@dataclass(frozen=True, slots=True)
class DisputedRow:
    """A disputed criterion as the page shows it: what it was, and what a second reviewer said."""

    disputed: DisputedCriterion
    first: GradedCriterion | None
    second: GradedCriterion | None
    form: DecisionForm | None
