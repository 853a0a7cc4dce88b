"""Invitations: the link by which somebody who was added chooses a password and comes in."""

import datetime as dt

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from people.audit import record
from people.models import Invitation, User

SALT = "people.invitation"


class NotInvitable(Exception):
    """The message is for the person who asked."""


@transaction.atomic
def invite(user: User, *, by: User, at: dt.datetime | None = None) -> Invitation:
    """Send `user` a link that is open for `Invitation.LASTS`; one sent before opens nothing any more.

    Raises `NotInvitable` for who is deactivated or has signed in already. The worker sends the mail.
    """
    at = at or timezone.now()
    if not user.is_active:
        raise NotInvitable(_("%s is deactivated.") % user)
    if user.last_login:
        raise NotInvitable(
            _("%s has been here already; a new password comes by “Forgotten?” at the sign-in.")
            % user
        )
    invitation, _made = Invitation.objects.update_or_create(
        user=user,
        defaults={
            "nonce": get_random_string(32),
            "invited_by": by,
            "invited_at": at,
            "expires_at": at + Invitation.LASTS,
            "sent_at": None,
            "withdrawn_at": None,
            "accepted_at": None,
        },
    )
    record("invite_person", by=by, of=user, after={"expires_at": invitation.expires_at}, at=at)
    transaction.on_commit(lambda: _enqueue(invitation))
    return invitation


@transaction.atomic
def withdraw(user: User, *, by: User | None, at: dt.datetime | None = None) -> bool:
    """Close an open invitation; False where there is none."""
    at = at or timezone.now()
    if not Invitation.objects.filter(user=user).open(at=at).update(withdrawn_at=at):
        return False
    record("withdraw_invitation", by=by, of=user, at=at)
    return True


def link_of(invitation: Invitation) -> str:
    token = signing.dumps([invitation.pk, invitation.nonce, invitation.user.email], salt=SALT)
    return settings.BASE_URL.rstrip("/") + reverse("invitation", args=[token])


def invitation_of(token: str, *, at: dt.datetime) -> Invitation | None:
    """The open invitation that a link is for, locked inside of a transaction; None where it was used,
    withdrawn, replaced or is too old, where they came in another way meanwhile or have another address,
    or where we never made it."""
    try:
        pk, nonce, email = signing.loads(
            token, salt=SALT, max_age=Invitation.LASTS + dt.timedelta(days=1)
        )
    except (signing.BadSignature, ValueError, TypeError):
        return None
    rows = Invitation.objects.open(at=at).filter(
        nonce=nonce, user__is_active=True, user__last_login=None, user__email=email
    )
    return rows.select_for_update(of=("self",)).select_related("user").filter(pk=pk).first()


@transaction.atomic
def accept(invitation: Invitation, *, password: str, at: dt.datetime | None = None) -> User:
    """Set the password and use the invitation up."""
    at = at or timezone.now()
    user = invitation.user
    user.set_password(password)
    user.save(update_fields=["password"])
    invitation.accepted_at = at
    invitation.save(update_fields=["accepted_at"])
    record("accept_invitation", by=user, of=user, at=at)
    return user


def send(pk: int, *, at: dt.datetime | None = None) -> None:
    """Send the mail of an invitation that waits for it. Marked as sent before it goes: better asked for
    again than twice the same."""
    at = at or timezone.now()
    waiting = Invitation.objects.open(at=at).filter(pk=pk, sent_at__isnull=True)
    if not waiting.update(sent_at=at):
        return
    invitation = Invitation.objects.select_related("user", "invited_by").get(pk=pk)
    context = {"invitation": invitation, "link": link_of(invitation), "base_url": settings.BASE_URL}
    with translation.override(invitation.user.language or settings.LANGUAGE_CODE):
        try:
            send_mail(
                _("Your invitation to Evenhand"),
                render_to_string("people/mail/invitation.txt", context),
                None,
                [invitation.user.email],
            )
        except OSError:
            Invitation.objects.filter(pk=pk).update(sent_at=None)
            raise


def _enqueue(invitation: Invitation) -> None:
    from people.tasks import send_invitation

    send_invitation.enqueue(invitation.pk)
