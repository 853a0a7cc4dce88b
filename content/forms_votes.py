"""The answer to "Was this page helpful?"."""

from django import forms
from django.utils.translation import gettext_lazy as _

from content.models import PageVote


class VoteForm(forms.Form):
    helpful = forms.ChoiceField(
        choices=[("yes", _("Yes")), ("no", _("No"))],
        error_messages={
            "required": _("Choose yes or no; your words are still here."),
            "invalid_choice": _("Choose yes or no; your words are still here."),
        },
    )
    text = forms.CharField(
        required=False,
        max_length=PageVote.LONGEST_TEXT,
        error_messages={
            "max_length": _("That is too long: at most %(limit_value)d characters."),
        },
    )
