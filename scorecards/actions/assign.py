import datetime as dt
import random
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from interactions.models import Interaction
from people.audit import record
from people.models import User
from scorecards.actions.refusals import Conflict, NotAllowed, Refused
from scorecards.blindness import who_knows
from scorecards.models import ReviewAssignment, Rubric
from scorecards.permissions import can_assign_reviews, can_grade

# What changes in a skipped one that is handed out anew.
_ANEW = [
    "reviewer",
    "state",
    "skip_reason",
    "inclusion_probability",
    "assigned_at",
    "assigned_by",
    "due_on",
]


def assign_for_review(
    interactions: Sequence[Interaction],
    *,
    rubric: Rubric,
    reviewers: Sequence[User],
    by: User,
    inclusion_probability: float | None = None,
    due_on: dt.date | None = None,
    seed: int = 0,
    at: dt.datetime | None = None,
) -> list[ReviewAssignment]:
    """Hand each interaction to the reviewer with the least to do; `seed` decides between equals.

    What is in review by this rubric already or has no messages is passed over, and so is what everybody
    knows: nobody gets their own, or what they have read a grade of (`who_knows`). What was picked by
    hand and skipped is handed out anew, to whoever it falls.
    `inclusion_probability` is None for what a person picked by hand. Returns what was newly assigned.
    Raises `NotAllowed`, `Refused` when there is no reviewer to give something to, and `Conflict` when
    one of them took one of these from the pool at this moment.
    """
    if not can_assign_reviews(by):
        raise NotAllowed(_("You may not pick interactions for grading."))
    able = [reviewer for reviewer in reviewers if can_grade(reviewer)]
    if not able:
        raise Refused(_("Choose at least one person who grades."))
    now = at or timezone.now()
    with transaction.atomic():
        # Two people picking at once wait for one another, or both would pick the same.
        Rubric.objects.select_for_update(no_key=True).get(pk=rubric.pk)
        ids = [row.pk for row in interactions]
        skipped, taken = _in_review(ids, rubric)
        known = who_knows(ids, rubric=rubric.pk, besides=[row.pk for row in skipped.values()])
        order = list(able)
        random.Random(seed).shuffle(order)  # noqa: S311 (fairness of work, not secrecy)
        waiting = dict(
            ReviewAssignment.objects.open()
            .filter(reviewer__in=order)
            .values_list("reviewer")
            .annotate(Count("pk"))
        )
        load = {reviewer.pk: waiting.get(reviewer.pk, 0) for reviewer in order}
        rows, again = [], []
        for interaction in interactions:
            candidates = [person for person in order if person.pk not in known[interaction.pk]]
            if interaction.pk in taken or not interaction.message_count or not candidates:
                continue
            reviewer = min(candidates, key=lambda person: load[person.pk])
            load[reviewer.pk] += 1
            if row := skipped.get(interaction.pk):
                again.append((row, row.reviewer_id, row.skip_reason))
                row.reviewer = reviewer
                row.state = ReviewAssignment.State.OPEN
                row.skip_reason = ""
                row.inclusion_probability = inclusion_probability
                row.assigned_at, row.assigned_by, row.due_on = now, by, due_on
                continue
            rows.append(
                ReviewAssignment(
                    interaction=interaction,
                    reviewer=reviewer,
                    rubric=rubric,
                    inclusion_probability=inclusion_probability,
                    assigned_at=now,
                    assigned_by=by,
                    due_on=due_on,
                )
            )
        try:
            with transaction.atomic():
                created = ReviewAssignment.objects.bulk_create(rows, batch_size=500)
                ReviewAssignment.objects.bulk_update(
                    [row for row, _reviewer, _reason in again], _ANEW, batch_size=500
                )
        except IntegrityError as error:
            raise Conflict(
                _("Somebody took one of these meanwhile; nothing was assigned. Try again.")
            ) from error
        for row, skipped_by, reason in again:
            record(
                "reopen_pick",
                by=by,
                of=row,
                before={
                    "state": ReviewAssignment.State.SKIPPED,
                    "reviewer": skipped_by,
                    "reason": reason,
                },
                after={"state": row.state, "reviewer": row.reviewer_id},
                at=now,
            )
        created += [row for row, _reviewer, _reason in again]
        if created:
            record(
                "assign_for_review",
                by=by,
                of=rubric,
                after={
                    "interactions": len(created),
                    "reviewers": load,
                    "inclusion_probability": inclusion_probability,
                    "seed": seed,
                },
                at=now,
            )
    return created


def _in_review(
    interactions: Sequence[int], rubric: Rubric
) -> tuple[dict[int, ReviewAssignment], set[int]]:
    """What was picked by hand and skipped, by interaction, and the interactions of everything else that
    this rubric was or is graded by. One query; the former are locked."""
    skipped: dict[int, ReviewAssignment] = {}
    taken = set()
    rows = (
        ReviewAssignment.objects.select_for_update(no_key=True, of=("self",))
        .filter(rubric=rubric, interaction__in=interactions)
        .exclude(purpose__in=ReviewAssignment.OFF_RECORD)
        .order_by("pk")
    )
    for row in rows:
        if row.is_hand_picked and row.state == ReviewAssignment.State.SKIPPED:
            skipped[row.interaction_id] = row
        else:
            taken.add(row.interaction_id)
    return skipped, taken
