"""The customer's answers as they come from the page."""

from collections.abc import Iterator
from typing import Any

from django import forms

from interactions.models import SurveyAnswer
from interactions.surveys.wording import Question, questions_of

LONGEST_COMMENT = 4000
Kind = SurveyAnswer.Kind


class AnswerForm(forms.Form):
    """One field for each question of `wording`; none has to be answered, but one of them.

    What is wrong is said in the survey's own words, for ours may be of another language.
    """

    def __init__(self, *args: Any, wording: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wording = wording
        self.questions = questions_of(wording)
        for question in self.questions:
            self.fields[question.kind] = self._field(question)

    def _field(self, question: Question) -> forms.Field:
        messages = dict.fromkeys(("invalid", "invalid_choice", "max_length"), "")
        messages = dict.fromkeys(messages, self.wording["wrong_text"])
        if question.kind == Kind.COMMENT:
            field = forms.CharField(
                required=False, max_length=LONGEST_COMMENT, error_messages=messages
            )
            # Its own message counts characters in our language.
            field.validators = [self._no_longer]
            field.max_length = None
            return field
        return forms.TypedChoiceField(
            required=False,
            choices=[(str(value), str(value)) for value in question.values],
            coerce=int,
            empty_value=None,
            error_messages=messages,
        )

    def _no_longer(self, value: str) -> None:
        if len(value) > LONGEST_COMMENT or "\x00" in value:
            raise forms.ValidationError(self.wording["wrong_text"])

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not self.errors and all(value in (None, "") for value in given.values()):
            raise forms.ValidationError(self.wording["missing_text"])
        return given

    @property
    def rows(self) -> Iterator[dict[str, Any]]:
        """The questions for the template, with what is chosen and whether that does not fit."""
        for number, question in enumerate(self.questions):
            bound = self[question.kind]
            yield {
                "question": question,
                "chosen": "" if bound.value() is None else str(bound.value()),
                "errors": bound.errors,
                "is_first": number == 0,
                "id": f"question-{question.kind}",
            }
