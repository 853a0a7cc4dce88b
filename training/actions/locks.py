"""What a learning path asks for first."""

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _
from wagtail.models import Page

from content.models import ModulePage
from people.models import User
from training.actions.refusals import Locked
from training.days import day_of
from training.paths import lock_of


def refuse_locked(user: User, step: Page, *, at: dt.datetime) -> None:
    """Raise `Locked` if the module that `step` is part of waits for another one."""
    module = ModulePage.objects.filter(path=step.path[: -Page.steplen]).first()
    if module is None:
        return
    unlocked_by = lock_of(user, module.pk, on=day_of(user, at))
    if unlocked_by:
        raise Locked(locked_words(module, unlocked_by))


def locked_words(module: ModulePage, unlocked_by: Iterable[ModulePage]) -> str:
    return _(
        "“%(module)s” is locked on your learning path. It opens when you have done: %(needs)s."
    ) % {
        "module": module.title,
        "needs": ", ".join(f"“{each.title}”" for each in unlocked_by),
    }
