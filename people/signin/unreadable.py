"""The error of a second factor whose secret is lost."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class UnreadableFactor(ValidationError):
    """A second factor that was kept under a `SECRET_KEY` which is neither in use nor a fallback."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Your second factor can no longer be read, because the installation’s key changed. "
                "Ask an administrator to take it away; then you set up a new one."
            ),
            code="unreadable_factor",
        )
