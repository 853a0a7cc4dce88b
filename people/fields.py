"""Fields of forms that choose rows. An id that fits no database is an unknown row there, instead of an
error of the database."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from people.converters import DATABASE_ID


class ChosenRowField(forms.ModelChoiceField):
    """One row by id. Needed where the id is another model's, as that of a page is: of all others Django
    knows by itself what fits."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value:
            _refuse_what_fits_no_id(self, [value])
        return super().to_python(value)


class ChosenRowsField(forms.ModelMultipleChoiceField):
    """Rows by id."""

    def clean(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            _refuse_what_fits_no_id(self, value)
        return super().clean(value)


def _refuse_what_fits_no_id(field: forms.Field, values: Iterable[Any]) -> None:
    for value in values:
        if not DATABASE_ID.fullmatch(str(value)):
            raise ValidationError(
                field.error_messages["invalid_choice"],
                code="invalid_choice",
                params={"value": str(value)[:40]},
            )
