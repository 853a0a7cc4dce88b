"""Service standards: kept in minutes, entered and shown in the unit in which people say them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

UNITS = [(1, _("minutes")), (60, _("hours")), (1440, _("days"))]
# A year; what is longer is a mistake, and some databases could not hold it.
LONGEST = 366 * 1440


class MinutesWidget(forms.MultiWidget):
    template_name = "content/minutes_widget.html"
    use_fieldset = False  # The label is that of the number; the unit says itself what it is.

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {
                "": forms.NumberInput({"min": 0, "step": "any", "inputmode": "decimal"}),
                "unit": forms.Select({"aria-label": _("Unit")}, choices=UNITS),
            },
            attrs,
        )

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else id_

    def decompress(self, value: int | None) -> list[Any]:
        """The largest unit in which it is a whole number."""
        if value is None:
            return [None, 1]
        unit = next((size for size in (1440, 60) if value and value % size == 0), 1)
        return [value // unit, unit]


class MinutesFormField(forms.MultiValueField):
    """A number and its unit; the value is minutes. Without a unit the number is minutes."""

    widget = MinutesWidget

    def __init__(self, **kwargs: Any) -> None:
        fields = (
            forms.DecimalField(min_value=0, max_digits=9, decimal_places=2, required=False),
            forms.TypedChoiceField(choices=UNITS, coerce=int, required=False, empty_value=""),
        )
        super().__init__(fields=fields, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[Any]) -> int | None:
        number, unit = [*data_list, None, None][:2]
        if number is None:
            return None
        minutes = number * int(unit or 1)
        if minutes != int(minutes):
            raise ValidationError(_("Give whole minutes, for example 90 minutes or 1.5 hours."))
        return int(minutes)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """By the minutes: a unit without a number is no change, nor are 90 minutes as 1.5 hours."""
        try:
            return bool(self.clean(data) != initial)
        except ValidationError:
            return True


class MinutesField(models.PositiveIntegerField):
    """Minutes in the database, a number with a unit in a form."""

    default_validators = [MaxValueValidator(LONGEST, _("That is more than a year."))]

    def formfield(self, **kwargs: Any) -> forms.Field:
        kwargs.pop("min_value", None)
        return MinutesFormField(
            label=capfirst(self.verbose_name),
            required=not self.blank,
            help_text=self.help_text,
            validators=self.default_validators,
            initial=self.default if self.has_default() else None,
        )

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.PositiveIntegerField", args, kwargs
