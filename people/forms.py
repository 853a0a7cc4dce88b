import zoneinfo
from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from people.models import User


@cache
def _zones() -> list[str]:
    """Their names; Python opens each of some 600 files for them."""
    return sorted(zoneinfo.available_timezones())


class ProfileForm(forms.ModelForm):
    """What people may change about themselves. Names are an administrator's: they sign grades."""

    class Meta:
        model = User
        fields = ("time_zone", "language", "content_language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"),
            required=False,
            choices=[("", _("The organisation’s own (%s)") % settings.TIME_ZONE)]
            + [(zone, zone.replace("_", " ")) for zone in _zones()],
            help_text=_("Times everywhere are shown in this zone."),
        )
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"),
            required=False,
            choices=[("", _("As my browser asks")), *settings.INTERFACE_LANGUAGES],
        )
        if len(settings.WAGTAIL_CONTENT_LANGUAGES) < 2:
            del self.fields["content_language"]
            return
        languages = dict(settings.WAGTAIL_CONTENT_LANGUAGES)
        self.fields["content_language"] = forms.ChoiceField(
            label=_("Language of the manual"),
            required=False,
            choices=[
                ("", _("The organisation’s own (%s)") % languages[settings.LANGUAGE_CODE]),
                *(pair for pair in languages.items() if pair[0] != settings.LANGUAGE_CODE),
            ],
            help_text=_("What is not translated yet is shown in the organisation’s own language."),
        )
