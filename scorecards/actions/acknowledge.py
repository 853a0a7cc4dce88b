import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from people.audit import record
from people.models import User
from scorecards.actions.locking import lock
from scorecards.actions.refusals import AlreadyAcknowledged, NotAllowed, Replaced
from scorecards.models import Scorecard
from scorecards.permissions import can_acknowledge


def acknowledge_scorecard(
    scorecard: Scorecard, *, by: User, at: dt.datetime | None = None
) -> Scorecard:
    """Record that its agent has read a submitted scorecard; it says nothing about agreeing.

    Raises `NotAllowed` for anybody else, for a draft and for what is held back, `Replaced` for an
    earlier revision, `AlreadyAcknowledged` the second time.
    """
    now = at or timezone.now()
    with transaction.atomic():
        locked = lock(scorecard)
        if not can_acknowledge(by, locked) or not locked.is_submitted or locked.is_held:
            raise NotAllowed(_("Only the agent it is about acknowledges a scorecard."))
        if not locked.is_current:
            raise Replaced
        if locked.acknowledged_at is not None:
            raise AlreadyAcknowledged
        locked.acknowledged_at = now
        locked.save(update_fields=["acknowledged_at"])
        record(
            "acknowledge_scorecard",
            by=by,
            of=locked,
            before={"acknowledged_at": None},
            after={"acknowledged_at": now},
            at=now,
        )
    return locked
