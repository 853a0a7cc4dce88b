"""Reading sampling plans, periods and reasons. What is allowed is decided by the actions."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people.channels import Channel
from people.fields import ChosenRowsField
from people.models import Team, User
from people.roles import Role
from scorecards.models import Rubric, RubricVersion, SamplingPlan
from scorecards.sampling import Method

MOST_WORDS = 50
LEAST_LETTERS = 3


class PlanForm(forms.ModelForm[SamplingPlan]):
    teams = ChosenRowsField(
        label=_("Teams"),
        queryset=Team.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Their members in the period. No team and no agent chosen means everybody."),
    )
    agents = ChosenRowsField(
        label=_("And these agents"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Single people beside the teams."),
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=Channel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means all."),
    )
    reviewers = ChosenRowsField(
        label=_("Reviewers"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The work is shared out evenly; nobody gets their own conversation."),
    )
    complaint_words = forms.CharField(
        label=_("Complaint words"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "One a line, at least three letters. A part of a word is enough: “complain” also finds "
            "“complaint”. Both sides’ words are searched."
        ),
    )

    class Meta:
        model = SamplingPlan
        fields = [
            "name",
            "rubric",
            "teams",
            "agents",
            "channels",
            "quantity",
            "per_agent_week",
            "share_percent",
            "method",
            "stratify_by",
            "floor_percent",
            "weight_low_rating",
            "weight_long_handling",
            "weight_complaint_words",
            "weight_new_agent",
            "weight_changed_procedure",
            "complaint_words",
            "new_agent_days",
            "changed_procedure_days",
            "reviewers",
            "double_percent",
            "linking_count",
            "due_days",
            "claim_hours",
            "is_active",
        ]
        widgets = {
            "quantity": forms.RadioSelect,
            "method": forms.RadioSelect,
            "stratify_by": forms.RadioSelect,
        }
        labels = {
            "weight_low_rating": _("Weight of a low customer rating"),
            "weight_long_handling": _("Weight of long handling"),
            "weight_complaint_words": _("Weight of complaint words"),
            "weight_new_agent": _("Weight of a new agent"),
            "weight_changed_procedure": _("Weight of a changed procedure"),
        }
        help_texts = {
            "floor_percent": _(
                "Of a risk-based plan’s picks, the part that goes to everything alike. 50 finds three "
                "times as many problems as chance does and keeps two thirds of the precision; less "
                "makes averages unsteady. Never under 5."
            ),
            "weight_low_rating": _(
                "0 leaves it out. Low is satisfaction of 2 or less out of 5, recommendation of 6 or "
                "less out of 10, ease of 3 or less out of 7, and “not resolved”. Who grades it "
                "learns of it only afterwards, unless the rubric shows ratings."
            ),
            "weight_long_handling": _(
                "0 leaves it out. Long is the slowest tenth of the same channel in the same days."
            ),
            "weight_complaint_words": _("0 leaves it out."),
            "weight_new_agent": _("0 leaves it out."),
            "weight_changed_procedure": _(
                "0 leaves it out. Counts after a procedure that the rubric rests on, and that holds "
                "for the channel, was published again."
            ),
            "double_percent": _(
                "A second reviewer grades these without knowing of the first: it shows how far two "
                "people agree."
            ),
            "linking_count": _(
                "All reviewers grade these same conversations, so that a strict one can be told from "
                "a lenient one."
            ),
            "claim_hours": _(
                "What a reviewer claims and does not start goes back to the pool after this time; with "
                "grades in it, seven days after the last of them."
            ),
            "is_active": _("Only active plans draw."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        gradable = Rubric.objects.filter(versions__state=RubricVersion.State.PUBLISHED).distinct()
        agents = User.objects.with_role(Role.AGENT).filter(is_active=True)
        reviewers = User.objects.with_role(Role.REVIEWER).filter(is_active=True)
        if self.instance.pk:
            # Whoever left stays visible in the plan until somebody takes them out.
            gradable = gradable | Rubric.objects.filter(pk=self.instance.rubric_id).distinct()
        self.initial["complaint_words"] = "\n".join(self.instance.complaint_words)
        self.fields["rubric"].queryset = gradable  # type: ignore[attr-defined]
        self.fields["agents"].queryset = agents  # type: ignore[attr-defined]
        self.fields["reviewers"].queryset = reviewers  # type: ignore[attr-defined]

    def clean_complaint_words(self) -> list[str]:
        words = [line.strip() for line in self.cleaned_data["complaint_words"].splitlines()]
        words = list(dict.fromkeys(word for word in words if word))
        if short := [word for word in words if len(word) < LEAST_LETTERS]:
            raise forms.ValidationError(
                _("Too short to mean anything: %s") % ", ".join(short), code="short"
            )
        if len(words) > MOST_WORDS:
            raise forms.ValidationError(_("At most %d words, please.") % MOST_WORDS, code="many")
        return words

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (
            data.get("method") == Method.RISK.value
            and data.get("weight_complaint_words")
            and not data.get("complaint_words")
            and "complaint_words" not in self.errors
        ):
            self.add_error(
                "complaint_words", _("Name some words, or set the weight of complaint words to 0.")
            )
        return data


class PeriodForm(forms.Form):
    """The days of a draw, and the seed it shall have."""

    starts_on = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label=_("To, this day included"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text=_(
            "The number the chance starts from: whoever knows it can repeat the draw. Leave it as it "
            "is, or enter one that was agreed on or thrown in public."
        ),
    )

    def period(self) -> dict[str, dt.date]:
        return {name: self.cleaned_data[name] for name in ("starts_on", "ends_on")}


class SkipForm(forms.Form):
    reason = forms.CharField(
        label=_("Why can it not be graded?"),
        max_length=500,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
