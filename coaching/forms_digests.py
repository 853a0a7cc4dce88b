"""Whether somebody wants the weekly digest."""

from django import forms
from django.utils.translation import gettext_lazy as _

from coaching.models import DigestChoice


class DigestForm(forms.ModelForm):
    class Meta:
        model = DigestChoice
        fields = ("wants_digest",)
        help_texts = {
            "wants_digest": _(
                "One mail a week at most, with what changed and nothing else; none in a quiet week."
            )
        }
