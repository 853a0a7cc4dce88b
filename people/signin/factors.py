"""Second factors: who needs one, and how their secrets are kept."""

import base64
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction

from people.audit import record
from people.models import User
from people.signin.sessions import device_of, end_sessions
from people.signin.telling import Change, tell
from people.signin.unreadable import UnreadableFactor

# Recovery codes are no factor of their own: they stand in for one that is lost.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keeps secrets encrypted, under a key made of `SECRET_KEY` (and of `SECRET_KEY_FALLBACKS` to read
    what was written before it changed), and keeps the last factor of whoever needs one."""

    def get_totp_issuer(self) -> str:
        return "Evenhand"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Evenhand"}

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        """Of a passkey, as a proposal: the device on which it is made."""
        return device_of(context.request.headers.get("User-Agent", ""))

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            raise UnreadableFactor from None

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        user = authenticator.user
        if not needs_second_factor(user) or authenticator.type not in FACTORS:
            return True
        return factors_of(user).exclude(pk=authenticator.pk).exists()


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([_fernet(key) for key in keys])


def _fernet(secret: str) -> Fernet:
    # HKDF (RFC 5869), so that this key tells nothing of the others that are made of the same secret.
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"evenhand second factors")
    return Fernet(base64.urlsafe_b64encode(kdf.derive(secret.encode())))


def factors_of(user: User) -> Any:
    return Authenticator.objects.filter(user=user, type__in=FACTORS)


def needs_second_factor(user: User) -> bool:
    """Whether one of this person's roles is among `MFA_REQUIRED_ROLES`. One query where there are any."""
    roles = settings.MFA_REQUIRED_ROLES
    return bool(roles) and (user.is_superuser or user.groups.filter(name__in=roles).exists())


@transaction.atomic
def reset_factors(user: User, *, by: User) -> int:
    """Take all factors from somebody who lost them, and end their sessions: whoever has the lost phone
    may have those, too. Returns how many factors there were."""
    removed = Authenticator.objects.filter(user=user)
    types = sorted(removed.values_list("type", flat=True))
    removed.delete()
    end_sessions(user)
    record("reset_second_factors", by=by, of=user, before={"types": types})
    tell(user, Change.FACTORS_RESET if types else None)
    return len(types)
