import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from people.audit import record
from people.models import User
from scorecards.actions.grade import Grade, check_grade
from scorecards.actions.locking import lock_current
from scorecards.actions.refusals import Conflict, NotAllowed, Refused
from scorecards.actions.revise import figures_of, write_revision
from scorecards.models import Criterion, Dispute, Scorecard
from scorecards.permissions import can_override


def override_scorecard(
    scorecard: Scorecard,
    grades: Mapping[Criterion, Grade],
    *,
    reason: str,
    by: User,
    summary: str | None = None,
    at: dt.datetime | None = None,
) -> Scorecard:
    """Change a submitted grade: write a revision with `grades` (the criteria carry their levels) in
    the place of those it had, and keep the first. Returns the new revision.

    Raises `NotAllowed` without the permission and for one's own grade, `Replaced` when a later revision
    counts already, `Conflict` while a dispute is open, and `Refused` without a reason or a difference.
    """
    now = at or timezone.now()
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say why the grade is changed: the agent and the reviewer read it."))
    for criterion, grade in grades.items():
        check_grade(criterion, grade)
    with transaction.atomic():
        locked = lock_current(scorecard)
        if not can_override(by, locked):
            raise NotAllowed(_("Only an administrator changes a submitted grade."))
        if Dispute.objects.open().filter(scorecard=locked).exists():
            raise Conflict(_("A dispute about this grade is open. Decide it instead."))
        revision = write_revision(
            locked,
            grades,
            by=by,
            cause=Scorecard.Cause.OVERRIDE,
            reason=reason,
            at=now,
            summary=summary,
        )
        record(
            "override_scorecard",
            by=by,
            of=revision,
            before={"scorecard": locked.pk, **figures_of(locked)},
            after={**figures_of(revision), "revision": revision.revision, "reason": reason},
            at=now,
        )
    return revision
