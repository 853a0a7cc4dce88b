"""A role play is checked as a whole before it is published; a draft may keep its gaps."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.blocks import StreamBlockValidationError, StructBlockValidationError
from wagtail.blocks.list_block import ListBlockValidationError

from content.scenarios import Problem, problems, scenario_in


class PracticePageForm(WagtailAdminPageForm):
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        stream = cleaned.get("scenario")
        if stream is None or self.is_deferred_validation:
            return cleaned
        if found := problems(scenario_in(stream)):
            self.add_error("scenario", errors_of(found))
        return cleaned


def errors_of(found: Iterable[Problem]) -> ValidationError:
    """As Wagtail shows them: at the scene, the choice and the field, or above the whole."""
    whole: list[ValidationError] = []
    by_place: dict[int, dict[str, Any]] = {}
    for problem in found:
        message = ValidationError(problem.message)
        if problem.place is None:
            whole.append(message)
            continue
        fields = by_place.setdefault(problem.place, {})
        if problem.choice is None:
            fields.setdefault(problem.field, []).append(message)
        else:
            ways = fields.setdefault("choices", {})
            ways.setdefault(problem.choice, {})[problem.field] = message
    blocks = {}
    for place, fields in by_place.items():
        errors: dict[str, Any] = {}
        for name, value in fields.items():
            if name == "choices":
                each = {at: StructBlockValidationError(block_errors=of) for at, of in value.items()}
                errors[name] = ListBlockValidationError(block_errors=each)
            else:
                errors[name] = ValidationError(value)
        blocks[place] = StructBlockValidationError(block_errors=errors)
    return StreamBlockValidationError(block_errors=blocks or None, non_block_errors=whole or None)
