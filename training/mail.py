"""Short mails about one thing, in the reader's language; what cannot be sent is logged, not raised."""

import logging
import smtplib
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone, translation

from people.models import User
from training.days import zone_of

log = logging.getLogger(__name__)


def as_read_by(user: User) -> AbstractContextManager[object]:
    """Their language and time zone, for the length of a block."""
    stack = ExitStack()
    stack.enter_context(translation.override(user.language or settings.LANGUAGE_CODE))
    stack.enter_context(timezone.override(zone_of(user)))
    return stack


def address(path: str) -> str:
    return settings.BASE_URL.rstrip("/") + path


def tell(user: User, words: Callable[[], tuple[str, str]]) -> None:
    """Mail what `words` returns, subject and text, made in the reader's own language."""
    if not user.is_active:
        return
    with as_read_by(user):
        subject, text = words()
    try:
        EmailMessage(subject, text, to=[user.email]).send()
    except (OSError, smtplib.SMTPException) as failure:
        log.warning("No mail to person %s: %s", user.pk, failure)
