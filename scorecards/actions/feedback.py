"""What an agent gets to see of a grade, and what is said about it."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from people.audit import record
from people.models import User
from scorecards.actions.locking import lock
from scorecards.actions.refusals import Conflict, NotAllowed, Refused
from scorecards.loading import results_of
from scorecards.models import FeedbackHold, Reply, Scorecard
from scorecards.permissions import can_converse, can_release
from scorecards.rollups import add_to_rollups, remove_from_rollups
from scorecards.signals import grade_shown

# The same words by the same person within this time are a double click.
_SAME_WORDS = dt.timedelta(minutes=1)


def hold_feedback(agent: User, *, by: User, at: dt.datetime | None = None) -> FeedbackHold:
    """From now on, hold grades about `agent` back until somebody releases them; what they may see
    already stays. A second call changes nothing. Raises `NotAllowed` for somebody else's people."""
    now = at or timezone.now()
    _require_theirs(agent, by=by)
    with transaction.atomic():
        hold, is_new = FeedbackHold.objects.get_or_create(
            agent=agent, defaults={"held_by": by, "held_at": now}
        )
        if is_new:
            record(
                "hold_feedback",
                by=by,
                of=agent,
                before={"is_held": False},
                after={"is_held": True},
                at=now,
            )
    return hold


def stop_holding_feedback(agent: User, *, by: User, at: dt.datetime | None = None) -> None:
    """From now on, show grades about `agent` at once; what is held stays so until it is released.
    Raises `NotAllowed` for somebody else's people."""
    _require_theirs(agent, by=by)
    with transaction.atomic():
        count, _models = FeedbackHold.objects.filter(agent=agent).delete()
        if count:
            record(
                "stop_holding_feedback",
                by=by,
                of=agent,
                before={"is_held": True},
                after={"is_held": False},
                at=at,
            )


def release_scorecards(
    scorecards: Iterable[Scorecard], *, by: User, at: dt.datetime | None = None
) -> list[Scorecard]:
    """Show held scorecards to their agents, with the earlier revisions of each; all or none. Returns
    them.

    The time to dispute one begins now. Raises `NotAllowed` if any is about somebody whom `by` does not
    manage, and `Conflict` if any is not held (any more). Five queries for each, and a few more.
    """
    now = at or timezone.now()
    wanted = {scorecard.pk for scorecard in scorecards}
    if not can_release(by):
        raise NotAllowed(_("You may not release grades."))
    with transaction.atomic():
        held = Scorecard.objects.held().filter(pk__in=wanted)
        locked = set(held.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
        if locked != wanted:
            raise Conflict(_("Some of these are no longer held back. Nothing was released."))
        if Scorecard.objects.releasable_by(by).filter(pk__in=wanted).count() != len(wanted):
            raise NotAllowed(_("You release only grades about the people you manage."))
        released = []
        rows = Scorecard.objects.filter(pk__in=wanted).select_related("assignment", "interaction")
        for scorecard, result in list(results_of(rows.order_by("pk"))):
            remove_from_rollups(scorecard, result)
            scorecard.is_held = False
            scorecard.released_at = now
            add_to_rollups(scorecard, result)
            scorecard.save(update_fields=["is_held", "released_at"])
            record(
                "release_scorecard",
                by=by,
                of=scorecard,
                before={"is_held": True},
                after={"is_held": False},
                at=now,
            )
            grade_shown.send(Scorecard, scorecard=scorecard)
            released.append(scorecard)
        # Whoever reads a changed grade also reads what it was before.
        Scorecard.objects.filter(
            assignment__in=[row.assignment_id for row in released], is_current=False, is_held=True
        ).update(is_held=False, released_at=now)
    return released


def reply_to_scorecard(
    scorecard: Scorecard, body: str, *, by: User, at: dt.datetime | None = None
) -> Reply:
    """Add to the private conversation of agent, reviewer and manager about a grade.

    Raises `NotAllowed` for anybody else and `Refused` for an empty message or while the agent cannot
    see the grade yet. The same words twice within a minute are one message.
    """
    now = at or timezone.now()
    body = body.strip()
    with transaction.atomic():
        locked = lock(scorecard, Scorecard.objects.select_related("assignment"))
        if not locked.is_submitted or not can_converse(by, locked):
            raise NotAllowed(_("Only the agent, the reviewer and the manager write here."))
        if locked.is_held:
            raise Refused(_("The agent cannot see this grade yet. Release it first."))
        if not body:
            raise Refused(_("Write something first."))
        last = Reply.objects.about(locked).last()
        if (
            last is not None
            and (last.author_id, last.body) == (by.pk, body)
            and abs(now - last.written_at) < _SAME_WORDS
        ):
            return last
        reply = Reply.objects.create(scorecard=locked, author=by, body=body, written_at=now)
        record("reply_to_scorecard", by=by, of=reply, after={"scorecard": locked.pk}, at=now)
    return reply


def _require_theirs(agent: User, *, by: User) -> None:
    if (
        not can_release(by)
        or agent.pk == by.pk
        or not User.objects.visible_to(by).filter(pk=agent.pk).exists()
    ):
        raise NotAllowed(_("You hold back only grades about the people you manage."))
