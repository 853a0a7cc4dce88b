"""A trainee says what they think of a module."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from content.models import ModulePage
from people.models import User
from training.actions.refusals import NotAllowed
from training.models import ModuleRating
from training.ratings import edition_of, may_rate


class NothingToRate(NotAllowed):
    """The module is not published, or the person has done nothing of it."""


def rate_module(
    user: User,
    module: ModulePage,
    *,
    clarity: int,
    usefulness: int,
    text: str = "",
    at: dt.datetime | None = None,
) -> ModuleRating:
    """One word of one person on one edition: a second one takes the place of the first."""
    at = at or timezone.now()
    edition_at = edition_of(module)
    if not module.live or edition_at is None:
        raise NothingToRate(_("This module is not published at the moment."))
    if not may_rate(user, module):
        raise NothingToRate(_("Finish a step of this module first; then say what you think of it."))
    with transaction.atomic():
        rating, _created = ModuleRating.objects.update_or_create(
            user=user,
            module=module,
            edition_at=edition_at,
            defaults={
                "clarity": clarity,
                "usefulness": usefulness,
                "text": text.strip(),
                "revision_number": module.live_revision_id,
                "rated_at": at,
            },
        )
    return rating
