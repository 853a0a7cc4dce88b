"""Expert keys, seeding them into queues, and calibration sessions from preparation to decision."""

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interactions.models import Interaction
from people.audit import record
from people.models import User
from scorecards.actions.grade import Grade, check_grade, start_scorecard
from scorecards.actions.refusals import Conflict, Incomplete, NotAllowed, Refused
from scorecards.blindness import who_knows
from scorecards.models import (
    CalibrationDecision,
    CalibrationItem,
    CalibrationPick,
    CalibrationSession,
    Criterion,
    ExpertGrade,
    ExpertKey,
    ReviewAssignment,
    Rubric,
    RubricNote,
    RubricVersion,
    Scorecard,
    SeededPick,
)
from scorecards.permissions import can_grade, can_lead_calibration

Purpose = ReviewAssignment.Purpose
State = ReviewAssignment.State


def write_expert_key(
    interaction: Interaction,
    version: RubricVersion,
    grades: Mapping[Criterion, Grade],
    *,
    by: User,
    at: dt.datetime | None = None,
) -> ExpertKey:
    """Write or rewrite the key to an interaction. The criteria carry their levels (`with_structure`).

    Raises `NotAllowed`, `Incomplete` where a criterion that is always shown has no answer, `Refused`
    for an answer the criterion does not have and for a draft, which still changes, and `Conflict` for a
    key that is in use.
    """
    _require_lead(by)
    if version.is_draft:
        raise Refused(_("A key is written to a published rubric; publish this draft first."))
    now = at or timezone.now()
    rows, missing = [], []
    for criterion, grade in grades.items():
        if grade.level is None and not grade.is_not_applicable:
            if not _is_conditional(criterion):
                missing.append(criterion)
            continue
        check_grade(criterion, grade)
        rows.append(
            ExpertGrade(
                criterion=criterion,
                level_id=grade.level,
                is_not_applicable=grade.is_not_applicable,
                comment=grade.comment,
            )
        )
    if missing:
        raise Incomplete(missing)
    with transaction.atomic():
        key, is_new = ExpertKey.objects.select_for_update(no_key=True).get_or_create(
            interaction=interaction,
            version=version,
            defaults={"written_by": by, "written_at": now},
        )
        if not is_new and key.is_in_use():
            raise Conflict(_("Grades are held against this key already, so it stays as it is."))
        before = None if is_new else {"grades": _plain(key)}
        key.grades.all().delete()
        for row in rows:
            row.key = key
        ExpertGrade.objects.bulk_create(rows)
        key.written_by, key.written_at = by, now
        key.save(update_fields=["written_by", "written_at"])
        record(
            "write_expert_key",
            by=by,
            of=key,
            before=before,
            after={"grades": _plain(key)},
            at=now,
        )
    return key


def seed_expert_key(
    key: ExpertKey,
    reviewers: Sequence[User],
    *,
    by: User,
    seed: int | None = None,
    at: dt.datetime | None = None,
) -> list[SeededPick]:
    """Put the interaction of a key into reviewers' queues so that nothing tells it apart.

    Where a reviewer has untouched work by the same rubric, one such assignment (chosen by `seed`) gives
    its place: the key's interaction takes its row with the dates it had, and what was there moves to a
    new row of the same dates. So neither order, nor date, nor the number in an address gives it away.
    The audit log keeps which row moved where.

    Passed over: who knows this interaction already, serves in it, wrote the key or may read keys.
    Raises `NotAllowed`, `Refused` for a key to another version than the one graded by now, and for an
    interaction without messages.
    """
    _require_lead(by)
    now = at or timezone.now()
    chance = random.Random(seed)  # noqa: S311 (a place in a queue, no secret)
    if key.version.state != RubricVersion.State.PUBLISHED:
        raise Refused(_("This key belongs to an earlier version of the rubric; write it anew."))
    if not key.interaction.message_count:
        raise Refused(_("There is nothing to grade in this interaction: it has no messages."))
    with transaction.atomic():
        # Nobody hands out by this rubric meanwhile.
        Rubric.objects.select_for_update(no_key=True).get(pk=key.version.rubric_id)
        known = _who_knows(key.interaction, key.version.rubric_id)
        picks: list[SeededPick] = []
        moves: dict[int, int] = {}
        for reviewer in reviewers:
            if not can_grade(reviewer) or can_lead_calibration(reviewer) or reviewer.pk in known:
                continue
            assignment, moved = _slip_in(key, reviewer, by=by, chance=chance, at=now)
            if moved is not None:
                moves[assignment.pk] = moved.pk
            picks.append(
                SeededPick.objects.create(
                    assignment=assignment, key=key, seeded_by=by, seeded_at=now
                )
            )
        if picks:
            record(
                "seed_expert_key",
                by=by,
                of=key,
                after={
                    "reviewers": [pick.assignment.reviewer_id for pick in picks],
                    "moved_assignments": moves,
                },
                at=now,
            )
    return picks


def _slip_in(
    key: ExpertKey, reviewer: User, *, by: User, chance: random.Random, at: dt.datetime
) -> tuple[ReviewAssignment, ReviewAssignment | None]:
    """The seeded assignment, and the one that moved out of its row."""
    # Nothing may point at a row that changes its meaning.
    untouched = list(
        ReviewAssignment.objects.select_for_update(no_key=True, of=("self",))
        .open()
        .filter(reviewer=reviewer, rubric=key.version.rubric_id)
        .filter(scorecard__isnull=True, seeded_pick__isnull=True, regrade_of__isnull=True)
        .filter(verdict_reviews__isnull=True)
        .order_by("pk")
    )
    fresh = ReviewAssignment(
        interaction=key.interaction,
        reviewer=reviewer,
        rubric_id=key.version.rubric_id,
        purpose=Purpose.SEEDED,
        assigned_at=at,
        assigned_by=by,
    )
    if not untouched:
        fresh.save()
        return fresh, None
    moved = chance.choice(untouched)
    for name in ("pk", "assigned_at", "assigned_by_id", "due_on", "expires_at"):
        setattr(fresh, name, getattr(moved, name))
    # This frees the place before the other row is written again: the two never clash.
    fresh.save(force_update=True)
    moved.pk = None
    moved.save(force_insert=True)
    return fresh, moved


def prepare_calibration(
    *,
    title: str,
    version: RubricVersion,
    interactions: Sequence[Interaction],
    participants: Sequence[User],
    by: User,
    due_on: dt.date | None = None,
    session: CalibrationSession | None = None,
    at: dt.datetime | None = None,
) -> CalibrationSession:
    """Make a session, or change one that is not opened yet; keys to its interactions are taken along.

    Raises `NotAllowed`, `Conflict` once it was opened.
    """
    _require_lead(by)
    now = at or timezone.now()
    with transaction.atomic():
        if session is None:
            session = CalibrationSession(organiser=by, created_at=now)
        else:
            session = _lock(session)
            if not session.is_prepared:
                raise Conflict(_("This session was opened already and no longer changes."))
        session.title = title
        session.version = version
        session.due_on = due_on
        session.save()
        session.participants.set(participants)
        session.items.all().delete()
        CalibrationItem.objects.bulk_create(
            CalibrationItem(session=session, interaction=row, position=place)
            for place, row in enumerate(interactions)
        )
        record(
            "prepare_calibration",
            by=by,
            of=session,
            after={
                "title": title,
                "version": version.pk,
                "interactions": [row.pk for row in interactions],
                "participants": [person.pk for person in participants],
            },
            at=now,
        )
    return session


def open_calibration(
    session: CalibrationSession, *, by: User, at: dt.datetime | None = None
) -> CalibrationSession:
    """Let the participants begin. Keys that exist by now are the reference from here on.

    Raises `NotAllowed`, `Conflict` when it is open already, and `Refused`, naming them, where somebody
    cannot grade blind: it is their own conversation, they wrote its key, or they have compared their
    grade of it before; or where they would not grade blind afterwards what still waits in their queue.
    """
    _require_lead(by)
    now = at or timezone.now()
    with transaction.atomic():
        locked = _lock(session)
        if not locked.is_prepared:
            raise Conflict(_("This session was opened already."))
        items = list(locked.items.select_related("interaction__transcript"))
        participants = list(locked.participants.all())
        if not items or len(participants) < 2:
            raise Refused(_("A session needs an interaction and two people who grade it."))
        keys = {
            key.interaction_id: key
            for key in ExpertKey.objects.filter(
                version=locked.version_id, interaction__in=[item.interaction_id for item in items]
            )
        }
        for item in items:
            item.key = keys.get(item.interaction_id)
        _require_blind(items, participants, rubric=locked.version.rubric_id)
        CalibrationItem.objects.bulk_update(items, ["key"])
        locked.opened_at = now
        locked.save(update_fields=["opened_at"])
        record(
            "open_calibration",
            by=by,
            of=locked,
            before={"opened_at": None},
            after={"opened_at": now, "keys": [key.pk for key in keys.values()]},
            at=now,
        )
    return locked


def begin_calibration_grade(
    item: CalibrationItem, *, by: User, at: dt.datetime | None = None
) -> Scorecard:
    """Open the participant's own scorecard of an item; a second call returns the same one.

    It names no agent, so that nothing made from scorecards can take it for a statement about one.
    Raises `NotAllowed` for who takes no part, `Conflict` outside of the time it is open.
    """
    session = item.session
    if not can_grade(by) or not session.participants.filter(pk=by.pk).exists():
        raise NotAllowed(_("Only who takes part in this session grades in it."))
    own = Scorecard.objects.current().filter(assignment__calibration_pick__item=item, reviewer=by)
    existing = own.first()
    if existing is not None:
        return existing
    now = at or timezone.now()
    try:
        with transaction.atomic():
            if not _lock(session).is_open:
                raise Conflict(_("This session is not open for grading."))
            assignment = ReviewAssignment.objects.create(
                interaction=item.interaction,
                reviewer=by,
                rubric_id=session.version.rubric_id,
                purpose=Purpose.CALIBRATION,
                state=State.APART,
                assigned_at=now,
                assigned_by_id=session.organiser_id,
                due_on=session.due_on,
            )
            CalibrationPick.objects.create(assignment=assignment, item=item)
            return start_scorecard(assignment, by=by, at=now)
    except IntegrityError:
        # A double click: the other request was first.
        return own.get()


def close_calibration(
    session: CalibrationSession, *, by: User, at: dt.datetime | None = None
) -> CalibrationSession:
    """End the grading and show all grades to who is in it. Drafts are thrown away: what would be
    submitted from now on would not be blind. Raises `NotAllowed`, `Conflict` when it is not open."""
    _require_lead(by)
    now = at or timezone.now()
    with transaction.atomic():
        locked = _lock(session)
        if not locked.is_open:
            raise Conflict(_("Only an open session can be closed."))
        unfinished = Scorecard.objects.select_for_update(no_key=True, of=("self",)).filter(
            assignment__calibration_pick__item__session=locked, state=Scorecard.State.DRAFT
        )
        assignments = [draft.assignment_id for draft in unfinished]
        Scorecard.objects.filter(assignment__in=assignments).delete()
        ReviewAssignment.objects.filter(pk__in=assignments).delete()
        locked.closed_at = now
        locked.save(update_fields=["closed_at"])
        record(
            "close_calibration",
            by=by,
            of=locked,
            before={"closed_at": None},
            after={"closed_at": now, "drafts_thrown_away": len(assignments)},
            at=now,
        )
    return locked


def decide_criterion(
    session: CalibrationSession,
    criterion: Criterion,
    *,
    notes: str,
    decision: str,
    by: User,
    at: dt.datetime | None = None,
) -> CalibrationDecision:
    """Write down what was said about a criterion and what was decided; the last word replaces the one
    before, which the audit log keeps. Raises `NotAllowed`, `Conflict` while grades are hidden."""
    _require_lead(by)
    _require_revealed(session)
    now = at or timezone.now()
    with transaction.atomic():
        row = (
            CalibrationDecision.objects.select_for_update(no_key=True)
            .filter(session=session, criterion=criterion)
            .first()
        )
        before = None if row is None else {"notes": row.notes, "decision": row.decision}
        row = row or CalibrationDecision(session=session, criterion=criterion)
        row.notes, row.decision = notes, decision
        row.decided_by, row.decided_at = by, now
        row.save()
        record(
            "decide_calibration",
            by=by,
            of=session,
            before=before,
            after={"criterion": criterion.key, "notes": notes, "decision": decision},
            at=now,
        )
    return row


def propose_wording(
    session: CalibrationSession,
    criterion: Criterion,
    *,
    text: str,
    by: User,
    at: dt.datetime | None = None,
) -> RubricNote:
    """Leave a wording for whoever writes the rubric's next version. Open to who leads calibration and
    to the participants. Raises `NotAllowed`, `Conflict` while grades are hidden."""
    if not can_lead_calibration(by) and not session.participants.filter(pk=by.pk).exists():
        raise NotAllowed(_("Only who is in this session proposes a wording from it."))
    _require_revealed(session)
    now = at or timezone.now()
    with transaction.atomic():
        note = RubricNote.objects.create(
            rubric_id=session.version.rubric_id,
            criterion_key=criterion.key,
            text=text,
            session=session,
            written_by=by,
            written_at=now,
        )
        record("propose_wording", by=by, of=note, after={"text": text}, at=now)
    return note


def _require_lead(user: User) -> None:
    if not can_lead_calibration(user):
        raise NotAllowed(_("You may not write expert keys or lead calibration sessions."))


def _require_revealed(session: CalibrationSession) -> None:
    if not session.is_revealed:
        raise Conflict(_("The grades of this session are still hidden."))


def _lock(session: CalibrationSession) -> CalibrationSession:
    return (
        CalibrationSession.objects.select_for_update(no_key=True, of=("self",))
        .select_related("version")
        .get(pk=session.pk)
    )


def _is_conditional(criterion: Criterion) -> bool:
    return bool(criterion.channels or criterion.flows or criterion.depends_on_id)


def _plain(key: ExpertKey) -> dict[str, Any]:
    return {
        str(row.criterion_id): "na" if row.is_not_applicable else row.level_id
        for row in key.grades.all()
    }


def _who_knows(interaction: Interaction, rubric: int) -> set[int]:
    """Those who may not grade it at all, and reviewers who were given it by any rubric or will grade it
    in a session."""
    given = ReviewAssignment.objects.filter(interaction=interaction, reviewer__isnull=False)
    invited = CalibrationSession.participants.through.objects.filter(
        calibrationsession__items__interaction=interaction
    )
    return {
        *who_knows([interaction.pk], rubric=rubric)[interaction.pk],
        *given.values_list("reviewer", flat=True),
        *invited.values_list("user", flat=True),
    }


def _require_blind(
    items: Sequence[CalibrationItem], participants: Sequence[User], *, rubric: int
) -> None:
    compared = set(
        ReviewAssignment.objects.filter(
            interaction__in=[item.interaction_id for item in items],
            reviewer__in=participants,
            rubric=rubric,
            purpose__in=ReviewAssignment.OFF_RECORD,
        ).values_list("interaction_id", "reviewer_id")
    )
    waiting = set(
        ReviewAssignment.objects.open()
        .filter(interaction__in=[item.interaction_id for item in items], reviewer__in=participants)
        .values_list("interaction_id", "reviewer_id")
    )
    for item in items:
        if not item.interaction.message_count:
            raise Refused(_("“%s” has no messages; take it out.") % item.interaction)
        for person in participants:
            said = {"person": person, "interaction": item.interaction}
            if not can_grade(person):
                raise Refused(_("%(person)s does not grade any more; take them out.") % said)
            if item.interaction.agent_id == person.pk:
                raise Refused(
                    _("“%(interaction)s” is %(person)s’s own conversation; take one out.") % said
                )
            if item.key and item.key.written_by_id == person.pk:
                raise Refused(
                    _("%(person)s wrote the key to “%(interaction)s”; take one out.") % said
                )
            if (item.interaction_id, person.pk) in compared:
                raise Refused(
                    _(
                        "%(person)s was given “%(interaction)s” for comparison before and is not "
                        "blind to it; take one out."
                    )
                    % said
                )
            if (item.interaction_id, person.pk) in waiting:
                raise Refused(
                    _(
                        "“%(interaction)s” still waits in the queue of %(person)s, who would learn "
                        "here how others grade it; let them grade it first, or take one out."
                    )
                    % said
                )
