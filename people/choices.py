"""The words of a choice."""

from typing import Any

from django.db import models
from django.utils.encoding import force_str


class WithWords(models.Model):
    """For models of which lists say `get_<field>_display`: Django hashes, and so translates, every choice
    of the field to find one, which was a fifth of the work of some lists. This translates the one."""

    class Meta:
        abstract = True

    def _get_FIELD_display(self, field: Any) -> Any:
        value = getattr(self, field.attname)
        return force_str(dict(field.flatchoices).get(value, value), strings_only=True)
