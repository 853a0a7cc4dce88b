"""Reading what people write into a rubric. What is allowed is decided by the actions, not here."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from content.models import ProcedurePage
from people.channels import Channel
from people.converters import DATABASE_ID
from people.fields import ChosenRowField
from scorecards.models import Criterion, Level, Rubric, RubricVersion, Section
from scorecards.rubric_problems import FEWEST_LEVELS, MOST_LEVELS
from ui.uploads import UploadField

# What each choice does, said where it is chosen.
EXPLANATIONS = {
    "not_applicable_policy": {
        "exclude": _("As if the criterion were not in the rubric for this interaction."),
        "counts_full": _("The criterion earns its highest points. Kind, and easy to overuse."),
        "counts_zero": _("The criterion earns its lowest points. Only where it always applies."),
        "not_scorable": _(
            "One answer “not applicable” (to more than a bonus) and the scorecard has no percent at "
            "all."
        ),
    },
    "critical_failure_policy": {
        "keep": _("The outcome says it; the percent still shows what was good. Best for coaching."),
        "percent_zero": _("The whole scorecard shows 0 %, however good the rest was."),
        "section_zero": _("The section of the failed criterion earns nothing; the others count."),
    },
    "aggregation": {
        "weighted_sections": _(
            "Each section becomes a percent of its own; the whole is their mean by section weight."
        ),
        "weighted_sections_points": _(
            "Points are multiplied by criterion and section weight and added up; then one division."
        ),
        "points": _("All points earned over all points possible; section weights do nothing."),
        "weighted_criteria": _(
            "Each criterion is a share between its lowest and highest level; their mean by weight."
        ),
        "mean_of_criteria": _("The same with every criterion alike; no weight does anything."),
    },
}


class ShortNumbers:
    """A mixin of forms: fills in 20 where the database says 20.00."""

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        value = super().get_initial_for_field(field, field_name)  # type: ignore[misc]
        if not isinstance(value, Decimal):
            return value
        whole = value.to_integral_value()
        return whole if value == whole else value.normalize()


class RubricForm(forms.ModelForm):
    class Meta:
        model = Rubric
        fields = ["name", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"description": _("What it is for, in a sentence. Reviewers see it.")}


class PoliciesForm(ShortNumbers, forms.ModelForm):
    class Meta:
        model = RubricVersion
        fields = [
            "pass_mark",
            "places",
            "completeness",
            "not_applicable_policy",
            "critical_failure_policy",
            "aggregation",
            "hides_agent",
            "hides_scores",
            "hides_customer_rating",
            "holds_feedback",
            "undo_minutes",
            "dispute_days",
        ]
        widgets = dict.fromkeys(EXPLANATIONS, forms.RadioSelect)
        help_texts = {
            "pass_mark": _("Compared after rounding: at 75 and no decimal places, 74.5 passes."),
            "places": _("Percents are rounded half up, once, at the end."),
            "completeness": _(
                "Of the criteria shown; “not applicable” is an answer. Before that there is no "
                "result and nothing can be submitted. What is left blank then does not count, but a "
                "critical criterion left blank fails."
            ),
            "hides_agent": _("Also their name in the words of the conversation."),
            "hides_scores": _("Otherwise the reviewer sees the last five grades of that agent."),
            "hides_customer_rating": _(
                "Who knows it grades by it. Each scorecard records what its reviewer could see."
            ),
            "holds_feedback": _(
                "The agent sees nothing of a grade before that, and the days to dispute it begin "
                "then."
            ),
            "undo_minutes": _(
                "The reviewer can go on grading meanwhile. After that only an override with a "
                "reason changes a grade, and the first is kept. 0: none."
            ),
        }

    def policies(self) -> list[tuple[forms.BoundField, list[tuple[Any, Any]]]]:
        """Each policy with its choices and what they do."""
        return [
            (self[name], [(choice, texts[choice.data["value"]]) for choice in self[name]])
            for name, texts in EXPLANATIONS.items()
        ]


class SectionForm(ShortNumbers, forms.ModelForm):
    class Meta:
        model = Section
        fields = ["title", "weight"]


class NewPartForm(forms.Form):
    """The title of a new section or criterion."""

    title = forms.CharField(label=_("Title"), max_length=120, strip=True)


LONGEST_FLOW = 200


class FlowsField(forms.MultipleChoiceField):
    """Names of flows. What is offered is a help and no limit: a source may bring others tomorrow."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value: str) -> bool:
        return 0 < len(value.strip()) <= LONGEST_FLOW


class LinesField(forms.CharField):
    """Names of flows, one a line."""

    widget = forms.Textarea(attrs={"rows": 2})

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        lines = (super().to_python(value) or "").splitlines()
        return [line.strip() for line in lines if line.strip()]

    def clean(self, value: Any) -> Any:
        flows = super().clean(value)
        if any(len(flow) > LONGEST_FLOW for flow in flows):
            raise forms.ValidationError(_("The name of a flow has at most 200 characters."))
        return flows


class CriterionForm(ShortNumbers, forms.ModelForm):
    channels = forms.MultipleChoiceField(
        label=_("Only for these channels"),
        choices=Channel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means all."),
    )
    flows = FlowsField(
        label=_("Only for these kinds of interaction"),
        required=False,
        help_text=_("The flows of the conversations imported lately. None chosen means all."),
    )
    other_flows = LinesField(
        label=_("Other kinds of interaction"),
        required=False,
        help_text=_("Names of flows as the source gives them, one a line."),
    )
    procedure_anchor = forms.ChoiceField(label=_("At this part of the page"), required=False)
    depends_on_positions = forms.TypedMultipleChoiceField(
        label=_("Namely one of these levels"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Criterion
        fields = [
            "title",
            "guidance",
            "good_example",
            "bad_example",
            "scale",
            "weight",
            "is_bonus",
            "allows_not_applicable",
            "is_critical",
            "critical_below",
            "channels",
            "flows",
            "depends_on",
            "depends_on_positions",
            "skill",
            "procedure",
            "procedure_anchor",
        ]
        widgets = {
            "guidance": forms.Textarea(attrs={"rows": 3}),
            "good_example": forms.Textarea(attrs={"rows": 2}),
            "bad_example": forms.Textarea(attrs={"rows": 2}),
            "scale": forms.RadioSelect,
        }
        field_classes = {"procedure": ChosenRowField}
        help_texts = {
            "guidance": _("How to decide, above all in the cases people disagree about."),
            "is_critical": _("Failing it makes the outcome “critical fail”, whatever the percent."),
            "allows_not_applicable": _("Reviewers may say that it did not come up."),
        }

    def __init__(
        self,
        *args: Any,
        earlier: Iterable[Criterion],
        known_flows: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        """`earlier` are the criteria before this one, with their levels loaded; `known_flows` the names
        to choose from, besides those chosen already."""
        super().__init__(*args, **kwargs)
        chosen_flows = self["flows"].value() or []
        offered = _each_once([*known_flows, *chosen_flows])
        self.fields["flows"].choices = [(flow, flow) for flow in offered]  # type: ignore[attr-defined]
        self.fields["skill"].empty_label = None  # type: ignore[attr-defined]
        self.fields["procedure"].empty_label = _("No procedure")  # type: ignore[attr-defined]
        self.earlier = {row.pk: row for row in earlier}
        procedures = ProcedurePage.objects.live().originals().defer_streamfields().order_by("title")
        if self.instance.procedure_id:
            chosen = ProcedurePage.objects.filter(pk=self.instance.procedure_id)
            procedures = (procedures | chosen.defer_streamfields()).order_by("title")
        self.fields["procedure"].queryset = procedures  # type: ignore[attr-defined]
        opener = self.fields["depends_on"]
        opener.queryset = Criterion.objects.filter(pk__in=self.earlier)  # type: ignore[attr-defined]
        opener.empty_label = _("shown from the start")  # type: ignore[attr-defined]
        self._offer_levels()
        self._offer_anchors()

    def _chosen(self, name: str) -> int | None:
        value = self.data.get(name) if self.is_bound else getattr(self.instance, f"{name}_id")
        return int(value) if value and DATABASE_ID.fullmatch(str(value)) else None

    def _offer_levels(self) -> None:
        earlier = self.earlier.get(self._chosen("depends_on") or 0)
        levels = earlier.levels.all() if earlier else []
        choices = [(level.position, level.label) for level in levels]
        self.fields["depends_on_positions"].choices = choices  # type: ignore[attr-defined]

    def _offer_anchors(self) -> None:
        page = ProcedurePage.objects.filter(pk=self._chosen("procedure") or 0).first()
        choices = [("", _("from the top")), *(anchors_of(page) if page else [])]
        kept = self.instance.procedure_anchor
        if not self.is_bound and kept and kept not in dict(choices):
            choices.append((kept, kept))
        self.fields["procedure_anchor"].choices = choices  # type: ignore[attr-defined]

    def without_errors(self) -> "CriterionForm":
        """As typed so far, without complaining yet."""
        self._errors = ErrorDict()
        return self

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("depends_on") is None:
            data["depends_on_positions"] = []
        elif not data.get("depends_on_positions") and "depends_on_positions" not in self.errors:
            self.add_error("depends_on_positions", _("Choose at least one level."))
        if not data.get("is_critical"):
            if "critical_below" in self.changed_data and data.get("critical_below") is not None:
                words = _(
                    "Only a critical criterion can fail: say that it is, or leave this empty."
                )
                self.add_error("critical_below", words)
            data["critical_below"] = None
        if data.get("procedure") is None:
            data["procedure_anchor"] = ""
        data["flows"] = _each_once([*data.get("flows", []), *data.pop("other_flows", [])])
        return data


def _each_once(flows: Iterable[str]) -> list[str]:
    """Without what differs in nothing but capitals, which count for nothing when they are compared."""
    found: dict[str, str] = {}
    for flow in flows:
        found.setdefault(flow.strip().casefold(), flow.strip())
    return [flow for key, flow in found.items() if key]


def anchors_of(page: ProcedurePage) -> list[tuple[str, Any]]:
    """The ids within a procedure's page that one can lead to, and what stands there."""
    steps = [
        (f"step-{number}", f"{number}. {block.value['title']}")
        for number, block in enumerate(page.steps, start=1)
    ]
    found: list[tuple[str, Any]] = []
    if page.channel_standards.exists():
        found.append(("standards", _("Channels and service standard")))
    found += [("steps", _("Steps")), *steps] if steps else []
    if page.reply_templates.exists():
        found.append(("templates", _("Reply templates")))
    if page.escalation_levels.exists():
        found.append(("escalation", _("Escalation")))
    if page.notes:
        found.append(("notes", _("Notes")))
    return found


class LevelForm(ShortNumbers, forms.ModelForm):
    was = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    class Meta:
        model = Level
        fields = [
            "label",
            "descriptor",
            "points",
            "count_from",
            "requires_comment",
            "is_critical_failure",
        ]
        widgets = {"descriptor": forms.Textarea(attrs={"rows": 2})}


class BaseLevels(forms.BaseFormSet[Any]):
    """A criterion's levels. `counts` says that each needs the count at which it starts."""

    counts = False

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Remove")
        form.empty_permitted = False
        form.use_required_attribute = True

    def rows(self) -> list[dict[str, Any]]:
        return [form.cleaned_data for form in self.forms if not form.cleaned_data.get("DELETE")]

    def clean(self) -> None:
        for form in self.forms:
            data = {} if form.errors else form.cleaned_data
            if self.counts and data and not data["DELETE"] and data["count_from"] is None:
                form.add_error("count_from", _("Say at which count it starts."))

    def without_errors(self) -> "BaseLevels":
        self._errors: list[Any] = []
        self._non_form_errors = self.error_class()
        for form in self.forms:
            form._errors = ErrorDict()
        return self


LevelFormSet = forms.formset_factory(
    LevelForm,
    formset=BaseLevels,
    extra=0,
    min_num=FEWEST_LEVELS,
    max_num=MOST_LEVELS,
    absolute_max=MOST_LEVELS + 1,
    validate_min=True,
    validate_max=True,
    can_delete=True,
)


def initial_levels(criterion: Criterion) -> list[dict[str, Any]]:
    names = (*LevelForm.Meta.fields, "position")
    rows = [{name: getattr(level, name) for name in names} for level in criterion.levels.all()]
    return [{**row, "was": row.pop("position")} for row in rows]


class PublishForm(forms.Form):
    change_note = forms.CharField(
        label=_("What changed, and why"),
        max_length=2000,
        strip=True,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("In words a manager understands; they stay with the version."),
    )
    is_comparable = forms.BooleanField(
        label=_("Scores stay comparable: the trend goes on through this version"), required=False
    )

    def __init__(self, *args: Any, is_first: bool, may_be_comparable: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["change_note"].required = not is_first
        if is_first:
            self.fields["change_note"].help_text = _("Optional for a first version.")
        if not may_be_comparable:
            del self.fields["is_comparable"]


class ImportForm(forms.Form):
    """A file; or its `content` once more, when somebody chooses again what it is to become."""

    MAX_BYTES = 2_000_000

    file = UploadField(
        most=MAX_BYTES,
        error_messages={"too_large": _("This file is larger than %(most)s; a rubric is not.")},
        label=_("File"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "application/json,.json"}),
        help_text=_("JSON as a rubric exports it. Nothing is written unless all of it is right."),
    )
    content = forms.CharField(required=False, widget=forms.HiddenInput, max_length=MAX_BYTES)
    as_copy = forms.BooleanField(required=False, widget=forms.HiddenInput)
    rubric = forms.ModelChoiceField(
        label=_("Import as"),
        queryset=Rubric.objects.all(),
        required=False,
        empty_label=_("a new rubric"),
        help_text=_("Or as the draft of the next version of a rubric that exists."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file and not self.data.get("content"):
            raise forms.ValidationError(self.fields["file"].error_messages["required"])
        return file

    def read(self) -> bytes | str:
        file = self.cleaned_data["file"]
        return file.read() if file else self.cleaned_data["content"]
