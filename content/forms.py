"""Forms of the Wagtail admin, where a model's own form says too little."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm, WagtailAdminPageForm

from people.channels import Channel


class ReplyTemplateForm(WagtailAdminModelForm):
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=Channel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None means that it suits them all."),
    )


class QuestionForm(WagtailAdminModelForm):
    """Checks the options that were sent; the question's own are still those of before."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        formset = self.formsets["options"]
        if formset.is_valid() and "kind" in cleaned:
            kept = [form for form in formset.forms if form not in formset.deleted_forms]
            correct = [form.cleaned_data.get("is_correct", False) for form in kept]
            try:
                type(self.instance).validate_options(cleaned["kind"], correct)
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned


class QuizPageForm(WagtailAdminPageForm):
    """Lets a draft be kept without questions, but not be published."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        formset = self.formsets["quiz_questions"]
        is_empty = formset.is_valid() and len(formset.forms) == len(formset.deleted_forms)
        if is_empty and not self.is_deferred_validation:
            self.add_error(None, _("A quiz needs a question before it can be published."))
        return cleaned
