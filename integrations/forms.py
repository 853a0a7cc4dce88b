"""Reading what administrators enter; what is allowed is decided by the actions."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.directory.files import MOST_BYTES
from integrations.models import EventKind, Scope, WebhookEndpoint
from integrations.webhooks.addresses import Forbidden, check_url
from ui.uploads import UploadField

LASTS = ((30, _("30 days")), (90, _("90 days")), (365, _("1 year")), (0, _("Until revoked")))


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("What it is for, such as “Help desk, every hour”."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it is for"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    days = forms.TypedChoiceField(label=_("Lasts"), choices=LASTS, coerce=int, initial=90)
    is_dry_run = forms.BooleanField(
        label=_("Dry run"),
        required=False,
        help_text=_("Directory sync only works out and logs what it would change."),
    )

    def expires_at(self) -> dt.datetime | None:
        days: int = self.cleaned_data["days"]
        return timezone.now() + dt.timedelta(days=days) if days else None


class WebhookForm(forms.ModelForm):
    url = forms.URLField(
        label=_("Address"),
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    events = forms.MultipleChoiceField(
        label=_("Events"), choices=EventKind.choices, widget=forms.CheckboxSelectMultiple
    )
    is_paused = forms.BooleanField(
        label=_("Paused"),
        required=False,
        help_text=_("What happens meanwhile waits and is sent afterwards."),
    )

    class Meta:
        model = WebhookEndpoint
        fields = ["name", "url", "events"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        paused = WebhookEndpoint.State.PAUSED
        self.fields["is_paused"].initial = self.instance.state == paused
        self.fields["url"].help_text = (
            _("http:// and private networks are allowed here.")
            if settings.WEBHOOK_ALLOW_PRIVATE
            else _("Has to begin with https:// and lead out of private networks.")
        )

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            check_url(url)
        except Forbidden as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return url

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        states = WebhookEndpoint.State
        self.instance.state = states.PAUSED if cleaned.get("is_paused") else states.ACTIVE
        return cleaned


class ReplayForm(forms.Form):
    since = forms.DateTimeField(
        label=_("Everything since"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class DirectoryForm(forms.Form):
    file = UploadField(
        most=MOST_BYTES,
        label=_("CSV file"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=_("One person on each line, told apart by e-mail address."),
    )
    deactivates = forms.BooleanField(
        label=_("Deactivate who is not in the file"),
        required=False,
        help_text=_("They can no longer sign in. Nobody is ever deleted, and you see it first."),
    )
