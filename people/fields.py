"""Fields of forms that choose rows. An id that fits no database is an unknown row there, instead of an
error of the database."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import ModelChoiceIterator
from django_filters.fields import ModelChoiceField as FilterField
from django_filters.fields import ModelChoiceIterator as FilterIterator

from people.converters import DATABASE_ID
from people.models import full_name

if TYPE_CHECKING:
    _Iterator = ModelChoiceIterator
else:
    _Iterator = object


class _Names(_Iterator):
    """Offers people by id and name, without making a person of each of some hundred rows."""

    def __init__(self, field: Any) -> None:
        super().__init__(field)
        columns = ("pk", "first_name", "last_name", "email")
        self.queryset = field.queryset.values_list(*columns)

    def choice(self, obj: Any) -> tuple[Any, str]:
        pk, *names = obj
        return pk, full_name(*names)


class _People(_Names, ModelChoiceIterator):
    pass


class _PeopleOfFilter(_Names, FilterIterator):
    pass


class PersonField(forms.ModelChoiceField):
    """One person, who is offered by name."""

    iterator = _People


class _PersonFilterField(FilterField):
    iterator = _PeopleOfFilter


class PersonFilter(django_filters.ModelChoiceFilter):
    """The same for a filter of a list."""

    field_class = _PersonFilterField


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
