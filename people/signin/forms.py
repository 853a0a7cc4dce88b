"""allauth's forms, with labels instead of placeholders and one way to a forgotten password each."""

import unicodedata
from typing import Any

from allauth.account import forms as theirs
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils.translation import gettext_lazy as _


class _Labelled:
    """What is asked stands above a field and stays there while one types."""

    labels: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            if isinstance(field, theirs.SetPasswordField):
                field.help_text = password_help()


def password_help() -> str:
    """What a password may be; a validator that is switched off says nothing."""
    return " ".join(filter(None, password_validators_help_texts()))


class LoginForm(_Labelled, theirs.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The way to a new password stands beside the button.
        self.fields["password"].help_text = ""

    def clean_login(self) -> str:
        """As the database compares, so that tries are counted by person and not by spelling."""
        return unicodedata.normalize("NFKC", super().clean_login()).casefold()


class ChangePasswordForm(_Labelled, theirs.ChangePasswordForm):
    labels = {
        "oldpassword": _("Current password"),
        "password1": _("New password"),
        "password2": _("New password again"),
    }


class SetPasswordForm(_Labelled, theirs.SetPasswordForm):
    labels = {"password2": _("Password again")}


class ResetPasswordKeyForm(_Labelled, theirs.ResetPasswordKeyForm):
    labels = {"password1": _("New password"), "password2": _("New password again")}


class ResetPasswordForm(_Labelled, theirs.ResetPasswordForm):
    pass


class ReauthenticateForm(_Labelled, theirs.ReauthenticateForm):
    pass
