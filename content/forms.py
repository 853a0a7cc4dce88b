"""Forms of the Wagtail admin, where a model's own form says too little."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm, WagtailAdminPageForm
from wagtail.blocks import StreamBlockValidationError, StructBlockValidationError
from wagtail.blocks.list_block import ListBlockValidationError
from wagtail.models import Page

from content.forms_governance import ChangeNoteForm
from content.forms_translations import offer_editions
from content.question_rules import OptionDraft
from content.steps import Problem, Step, problems, resolve, steps_in
from people.channels import Channel


class ReplyTemplateForm(WagtailAdminModelForm):
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=Channel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None means that it suits them all."),
    )


class ProcedurePageForm(ChangeNoteForm):
    """Lets a draft keep answers that lead nowhere yet, but not be published with them.

    A purpose is asked of whoever writes; only what was imported may be without one.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "purpose" in self.fields:
            self.fields["purpose"].required = True
        offer_editions(self)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        stream = cleaned.get("steps")
        formset = self.formsets.get("escalation_levels")
        are_valid = formset is None or formset.is_valid()
        levels = [form.instance for form in _kept(formset)] if formset and are_valid else []
        if stream is None:
            return cleaned
        for block in stream:
            block.id = block.id or str(uuid.uuid4())
        whole = steps_in(stream)
        for block in stream:
            for answer in block.value.get("answers") or []:
                answer["to"] = resolve(answer.get("to") or "", whole, levels)
        if self.is_deferred_validation or not are_valid:
            return cleaned
        whole = steps_in(stream)
        published = published_targets(whole, model=type(self.instance))
        if self.instance.pk and not self.instance.live:
            published.add(self.instance.pk)
        if errors := steps_errors(problems(whole, levels, published)):
            self.add_error("steps", errors)
        return cleaned


def published_targets(whole: Sequence[Step], *, model: type[Page]) -> set[int]:
    """Those of the procedures that `whole` leads to which are published. A query if there are any."""
    wanted = {answer.procedure_id for step in whole for answer in step.answers} - {None}
    if not wanted:
        return set()
    return set(model._default_manager.live().filter(pk__in=wanted).values_list("pk", flat=True))


def steps_errors(found: Iterable[Problem]) -> StreamBlockValidationError | None:
    """`found` as Wagtail shows it: at the step, the answer and the field it is about."""
    by_step: dict[int, dict[str, Any]] = {}
    for problem in found:
        fields = by_step.setdefault(problem.step, {})
        message = ValidationError(problem.message)
        if problem.answer is None:
            fields[problem.field] = message
        else:
            answers = fields.setdefault("answers", {})
            answers.setdefault(problem.answer, {})[problem.field] = message
    errors = {}
    for place, fields in by_step.items():
        if "answers" in fields:
            each = {
                at: StructBlockValidationError(block_errors=of)
                for at, of in fields["answers"].items()
            }
            fields["answers"] = ListBlockValidationError(block_errors=each)
        errors[place] = StructBlockValidationError(block_errors=fields)
    return StreamBlockValidationError(block_errors=errors) if errors else None


class QuestionForm(WagtailAdminModelForm):
    """Checks the options that were sent; the question's own are still those of before."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        formset = self.formsets["options"]
        if formset.is_valid() and "kind" in cleaned and "marking" in cleaned:
            options = [_draft(form.cleaned_data) for form in _kept(formset)]
            try:
                type(self.instance).validate_options(cleaned["kind"], options, cleaned["marking"])
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned


def _draft(data: dict[str, Any]) -> OptionDraft:
    names = ("text", "is_correct", "feedback", "weight", "tolerance", "match")
    return OptionDraft(**{name: data[name] for name in names if name in data})


def _kept(formset: Any) -> list[Any]:
    """The forms of a formset that stay, in the order that was chosen; an untouched extra one is none."""
    kept = [
        form
        for form in formset.forms
        if form not in formset.deleted_forms and (form.instance.pk or form.has_changed())
    ]
    return sorted(kept, key=lambda form: form.cleaned_data.get("ORDER") or 0)


class QuizPageForm(WagtailAdminPageForm):
    """Lets a draft be kept without questions, but not be published."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if self.is_deferred_validation:
            return cleaned
        formsets = [self.formsets[name] for name in ("quiz_questions", "draws")]
        is_empty = all(
            formset.is_valid() and len(formset.forms) == len(formset.deleted_forms)
            for formset in formsets
        )
        if is_empty:
            self.add_error(None, _("A quiz needs a question before it can be published."))
        if cleaned.get("answers_shown") == "after_last" and not cleaned.get("max_attempts"):
            self.add_error(
                "max_attempts",
                _("The answers wait for the last attempt, so say how many are allowed."),
            )
        return cleaned
