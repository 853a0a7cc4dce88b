"""Grading a sample to learn it: with the real screen, beside an expert key, on nobody's record."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from people.models import User
from scorecards.actions.grade import start_scorecard
from scorecards.actions.refusals import NotAllowed, Refused
from scorecards.models import ExpertKey, PracticePick, ReviewAssignment, RubricVersion, Scorecard


def start_practice(key: ExpertKey, *, by: User, at: dt.datetime | None = None) -> Scorecard:
    """Open a scorecard in which `by` grades the interaction of `key` by the key's version, whatever they
    may grade otherwise. Each call opens another.

    Raises `NotAllowed` for one's own conversation and for who wrote the key, `Refused` where there is
    nothing to grade any more.
    """
    if key.written_by_id == by.pk:
        raise NotAllowed(_("You wrote the key to this conversation yourself."))
    if key.version.state == RubricVersion.State.DRAFT or not key.interaction.turns:
        raise Refused(_("There is nothing to grade in this conversation any more."))
    now = at or timezone.now()
    with transaction.atomic():
        assignment = ReviewAssignment.objects.create(
            interaction=key.interaction,
            reviewer=by,
            rubric_id=key.version.rubric_id,
            purpose=ReviewAssignment.Purpose.PRACTICE,
            state=ReviewAssignment.State.APART,
            assigned_at=now,
            assigned_by=by,
        )
        PracticePick.objects.create(assignment=assignment, key=key)
        return start_scorecard(assignment, by=by, at=now, version=key.version)
