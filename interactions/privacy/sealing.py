"""Originals under lock: encrypted by the first of `PRIVACY_KEYS`, read by any of them."""

import json
from typing import Any

from django.conf import settings


class NoKey(Exception):
    """There is no key, or none that fits."""


def can_seal() -> bool:
    return bool(settings.PRIVACY_KEYS)


def seal(original: dict[str, Any]) -> bytes:
    data = json.dumps(original, ensure_ascii=False, separators=(",", ":")).encode()
    return _lock().encrypt(data)


def unseal(token: bytes | memoryview) -> dict[str, Any]:
    """Raises `NoKey` where no key opens it."""
    from cryptography.fernet import InvalidToken

    try:
        original: dict[str, Any] = json.loads(_lock().decrypt(bytes(token)))
    except InvalidToken as error:
        raise NoKey from error
    return original


def sealed_anew(token: bytes | memoryview) -> bytes:
    """The same under the first key. Raises `NoKey`."""
    from cryptography.fernet import InvalidToken

    try:
        return _lock().rotate(bytes(token))
    except InvalidToken as error:
        raise NoKey from error


def _lock() -> Any:
    from cryptography.fernet import Fernet, MultiFernet

    if not settings.PRIVACY_KEYS:
        raise NoKey
    return MultiFernet([Fernet(key) for key in settings.PRIVACY_KEYS])
