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

from people.audit import record, record_each
from people.models import Invitation, User, UserQuerySet

SALT = "people.invitation"
PORTION = 500
MOST_REFUSED = 3


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


def invite_added(user: User, *, by: User, at: dt.datetime | None = None) -> None:
    """For who was added by a directory or a program: an invitation where `INVITE_ADDED_PEOPLE` says so.
    Where people come by single sign-on they need none."""
    if settings.INVITE_ADDED_PEOPLE and user.is_active:
        invite(user, by=by, at=at)


@transaction.atomic
def invite_all(people: UserQuerySet, *, by: User, at: dt.datetime | None = None) -> int:
    """Invite those of `people` who were never here and have no invitation that works, and let the worker
    send what waits. Returns how many were invited. Two at once invite nobody twice: whose row is
    there already when it comes to be written was invited by the other. A few queries for five hundred.
    """
    at = at or timezone.now()
    until = at + Invitation.LASTS
    uninvited = list(people.uninvited(at=at).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(uninvited), PORTION):
        some = uninvited[start : start + PORTION]
        old = Invitation.objects.filter(user__in=some, expires_at__lte=at)
        old.filter(accepted_at=None, withdrawn_at=None).delete()
        rows = [
            Invitation(
                user_id=pk,
                nonce=get_random_string(32),
                invited_by=by,
                invited_at=at,
                expires_at=until,
            )
            for pk in some
        ]
        Invitation.objects.bulk_create(rows, ignore_conflicts=True)
    invited = User.objects.filter(
        pk__in=people.order_by().values("pk"), invitation__invited_by=by, invitation__invited_at=at
    )
    record_each("invite_person", by=by, of=invited, after={"expires_at": until}, at=at)
    transaction.on_commit(_enqueue_all)
    return invited.count()


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
    if not Invitation.objects.unsent(at=at).filter(pk=pk).update(sent_at=at):
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


def send_waiting(*, at: dt.datetime | None = None) -> int:
    """Send all mails that wait, the oldest first; returns how many went out. Who comes late or twice
    finds nothing left. Where the mail server refuses `MOST_REFUSED` in a row it is given a rest, and the
    last refusal is raised, as it is at the end where any was refused; those go on waiting."""
    at = at or timezone.now()
    sent = in_a_row = 0
    refusal: OSError | None = None
    rows = Invitation.objects.unsent(at=at).order_by("invited_at", "pk")
    for pk in list(rows.values_list("pk", flat=True)):
        try:
            send(pk)
        except OSError as problem:
            refusal, in_a_row = problem, in_a_row + 1
            if in_a_row == MOST_REFUSED:
                break
        else:
            sent, in_a_row = sent + 1, 0
    if refusal is not None:
        raise refusal
    return sent


def _enqueue_all() -> None:
    from people.tasks import send_invitations

    send_invitations.enqueue()


def _enqueue(invitation: Invitation) -> None:
    from people.tasks import send_invitation

    send_invitation.enqueue(invitation.pk)
