"""What comes with an answer to a refresher, and the trainee's word on a module."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from training.models import ModuleRating, RefresherReview


class RefresherForm(forms.Form):
    rating = forms.TypedChoiceField(coerce=int, choices=RefresherReview.Rating.choices)
    showing = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    # Written by script; without one the time of the answer stays unknown.
    seconds = forms.IntegerField(min_value=0, max_value=10**6, required=False)

    def clean(self) -> dict[str, Any]:
        # A clock that makes no sense is no reason to refuse the answer.
        self.errors.pop("seconds", None)
        self.cleaned_data.setdefault("seconds", None)
        return self.cleaned_data


SCALE = [(number, str(number)) for number in range(1, 6)]


class ModuleRatingForm(forms.ModelForm[ModuleRating]):
    clarity = forms.TypedChoiceField(
        label=_("How clear was it?"),
        choices=SCALE,
        coerce=int,
        widget=forms.RadioSelect,
        help_text=_("1: I often did not understand what was meant. 5: everything was clear."),
        error_messages={"required": _("Choose a number from 1 to 5.")},
    )
    usefulness = forms.TypedChoiceField(
        label=_("How useful is it for your work?"),
        choices=SCALE,
        coerce=int,
        widget=forms.RadioSelect,
        help_text=_("1: I shall not need it. 5: I can use it every day."),
        error_messages={"required": _("Choose a number from 1 to 5.")},
    )
    text = forms.CharField(
        label=_("In your own words"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What was missing, wrong or too long? What helped?"),
    )

    class Meta:
        model = ModuleRating
        fields = ["clarity", "usefulness", "text"]

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].strip()
        return text
