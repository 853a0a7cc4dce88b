"""What people change about their own sign-in, into the audit log and to themselves: what kind of thing,
never secrets."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.dispatch import receiver

from people.audit import record
from people.models import User
from people.signin.telling import ADDED, REMOVED, Change, tell


@receiver(authenticator_added)
def note_added(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record("make_recovery_codes", by=user, of=user)
    else:
        record("add_second_factor", by=user, of=user, after={"type": authenticator.type})
    tell(user, ADDED.get(authenticator.type))


@receiver(authenticator_removed)
def note_removed(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record("remove_second_factor", by=user, of=user, before={"type": authenticator.type})
    tell(user, REMOVED.get(authenticator.type))


@receiver(authenticator_reset)
def note_new_codes(user: User, **kwargs: Any) -> None:
    record("make_recovery_codes", by=user, of=user)
    tell(user, Change.CODES_MADE)


@receiver(password_changed)
@receiver(password_set)
def note_changed(user: User, **kwargs: Any) -> None:
    record("change_password", by=user, of=user)
    tell(user, Change.PASSWORD_CHANGED)


@receiver(password_reset)
def note_reset(user: User, **kwargs: Any) -> None:
    record("reset_password", by=user, of=user)
    tell(user, Change.PASSWORD_RESET)
