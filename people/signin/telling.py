"""A mail to whoever's sign-in changed, so that they hear of it if it was not they (NIST SP 800-63B-4,
section 4.6). Written here and not by allauth, whose mails are switched off: it knows nothing of what
administrators do."""

import datetime as dt
from enum import Enum

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.models import User


class Change(Enum):
    PASSWORD_CHANGED = gettext_lazy("Your password was changed")
    PASSWORD_RESET = gettext_lazy("A new password was chosen by a link in your mail")
    PASSWORD_SET = gettext_lazy("An administrator set a new password for you")
    APP_ADDED = gettext_lazy("An authenticator app was set up")
    APP_REMOVED = gettext_lazy("Your authenticator app was switched off")
    PASSKEY_ADDED = gettext_lazy("A passkey was added")
    PASSKEY_REMOVED = gettext_lazy("A passkey was removed")
    CODES_MADE = gettext_lazy("New recovery codes were made")
    FACTORS_RESET = gettext_lazy("An administrator took away your second factors")


# Recovery codes come and go with the factor that they stand in for, which is told.
ADDED = {
    Authenticator.Type.TOTP: Change.APP_ADDED,
    Authenticator.Type.WEBAUTHN: Change.PASSKEY_ADDED,
}
REMOVED = {
    Authenticator.Type.TOTP: Change.APP_REMOVED,
    Authenticator.Type.WEBAUTHN: Change.PASSKEY_REMOVED,
}


def tell(user: User, change: Change | None) -> None:
    """Let the worker send the mail, once what changed is kept."""
    if change is None:
        return

    def enqueue() -> None:
        from people.tasks import send_change

        send_change.enqueue(user.pk, change.name, timezone.now().isoformat())

    transaction.on_commit(enqueue)


def send(user: User, change: Change, *, at: dt.datetime) -> None:
    with translation.override(user.language or settings.LANGUAGE_CODE):
        base = settings.BASE_URL.rstrip("/")
        context = {
            "name": user.first_name or str(user),
            "what": change.value,
            "at": at,
            "link": base + reverse("account_reset_password"),
            "security": base + reverse("mfa_index"),
        }
        text = render_to_string("people/mail/signin_changed.txt", context)
        send_mail(_("Evenhand: %s") % change.value, text, None, [user.email])
