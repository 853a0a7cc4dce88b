"""The forms for refresher cards: what an editor writes, and what becomes of a retired card."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from content.edition_text import parts_of

# Of these a procedure says nothing that could be asked.
_NOT_ASKED = {"title", "reply_templates"}


class RefresherCardForm(WagtailAdminModelForm):
    """The part is named as it stands on the page: by the number or the title of a step, or its label."""

    part_name = forms.CharField(
        label=_("Step or part"),
        required=False,
        max_length=300,
        help_text=_(
            "The number of a step or its title. Empty means the whole procedure: then any material "
            "change of it retires the card."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        card = self.instance
        if card.pk and card.part:
            self.initial["part_name"] = next(
                (part["label"] for part in parts_of(card.procedure) if part["key"] == card.part),
                gettext("A part that is not there any more"),
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        procedure, name = cleaned.get("procedure"), cleaned.get("part_name", "").strip()
        moved = "procedure" in self.changed_data or "part_name" in self.changed_data
        if procedure is None or not moved:
            return cleaned
        self.instance.part = ""
        if name:
            parts = [part for part in parts_of(procedure) if part["key"] not in _NOT_ASKED]
            found = _part_called(name, parts)
            if found is None:
                there = "; ".join(part["label"] for part in parts)
                self.add_error(
                    "part_name",
                    gettext("“%(title)s” has no such part. It has: %(parts)s")
                    % {"title": procedure.title, "parts": there or gettext("nothing yet")},
                )
            else:
                self.instance.part = found
        return cleaned


def _part_called(name: str, parts: list[dict[str, str]]) -> str | None:
    steps = [part for part in parts if part["key"].startswith("steps:")]
    if name.isdecimal():
        number = int(name[:6])
        return steps[number - 1]["key"] if 0 < number <= len(steps) else None
    wanted = name.casefold()
    for part in parts:
        label = part["label"].casefold()
        if wanted in (label, label.partition(": ")[2]):
            return part["key"]
    return None


class ReplacementForm(forms.Form):
    """The new card that takes the place of a retired one."""

    question = forms.CharField(
        label=_("Question"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    answer = forms.CharField(
        label=_("Answer"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
