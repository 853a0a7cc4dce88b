"""Reading a rule for a module."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from coaching.actions import RuleWords
from coaching.models import ModuleRule
from content.models import ModulePage
from people.fields import ChosenRowField
from people.models import User
from scorecards.models import Criterion, Rubric, RubricVersion


class ModuleRuleForm(forms.ModelForm):
    """`criterion` is chosen among those of the newest published version of each rubric."""

    criterion = forms.ChoiceField(label=_("When this criterion is missed"))
    module = ChosenRowField(ModulePage.objects.none(), label=_("Assign this module"))

    field_order = ("criterion", "failures", "fails_below", "cooldown_days", "module", "due_days")

    class Meta:
        model = ModuleRule
        fields = ("failures", "fails_below", "cooldown_days", "due_days")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rubrics = {rubric.pk: rubric for rubric in Rubric.objects.all()}
        criterion, module = self.fields["criterion"], self.fields["module"]
        assert isinstance(criterion, forms.ChoiceField)  # noqa: S101 (for the type checker)
        assert isinstance(module, ChosenRowField)  # noqa: S101
        criterion.choices = [("", "---------"), *self._criteria()]
        modules = ModulePage.objects.live().order_by("title")
        if self.instance.pk:
            kept = ModulePage.objects.filter(pk=self.instance.module_id)
            modules = (modules | kept).order_by("title")
            self.initial["criterion"] = f"{self.instance.rubric_id}:{self.instance.criterion_key}"
            self.initial["module"] = self.instance.module_id
        module.queryset = modules

    def _criteria(self) -> list[tuple[str, list[tuple[str, str]]]]:
        newest: dict[int, int] = {}
        versions = RubricVersion.objects.filter(state=RubricVersion.State.PUBLISHED)
        for rubric, pk in versions.order_by("number").values_list("rubric", "pk"):
            newest[rubric] = pk
        found: dict[int, list[tuple[str, str]]] = {}
        rows = Criterion.objects.filter(section__version__in=newest.values()).order_by(
            "section__position", "position"
        )
        for rubric, key, title in rows.values_list("section__version__rubric", "key", "title"):
            found.setdefault(rubric, []).append((f"{rubric}:{key}", title))
        kept = self.instance
        if kept.pk and f"{kept.rubric_id}:{kept.criterion_key}" not in {
            value for choices in found.values() for value, _title in choices
        }:
            value = f"{kept.rubric_id}:{kept.criterion_key}"
            found.setdefault(kept.rubric_id, []).append((value, kept.criterion_key))
        return [(self.rubrics[rubric].name, choices) for rubric, choices in found.items()]

    def words(self) -> RuleWords:
        """What was entered; only after `is_valid()`."""
        rubric, key = self.cleaned_data["criterion"].split(":", 1)
        return RuleWords(
            rubric=self.rubrics[int(rubric)],
            criterion_key=key,
            failures=self.cleaned_data["failures"],
            fails_below=self.cleaned_data["fails_below"],
            cooldown_days=self.cleaned_data["cooldown_days"],
            module=self.cleaned_data["module"],
            due_days=self.cleaned_data["due_days"],
        )

    def clean(self) -> dict[str, Any]:
        """What the columns ask for; `_post_clean` would put it into the row, which the action writes."""
        for name in self.Meta.fields:
            value = self.cleaned_data.get(name)
            if value is not None:
                try:
                    ModuleRule._meta.get_field(name).run_validators(value)  # type: ignore[union-attr]
                except ValidationError as error:
                    self.add_error(name, error)
        return self.cleaned_data

    def _post_clean(self) -> None:
        """The action writes the row; the form only reads."""


class AssignModuleForm(forms.Form):
    module = ChosenRowField(ModulePage.objects.none(), label=_("Module"))
    due_on = forms.DateField(
        label=_("Due"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("The person reads it beside the module.")
    )

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        module = self.fields["module"]
        assert isinstance(module, ChosenRowField)  # noqa: S101 (for the type checker)
        module.queryset = ModulePage.objects.visible_to(reader).order_by("title")
