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
    knows: nobody gets their own, or what they have read a grade of (`who_knows`).
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
        taken = set(
            ReviewAssignment.objects.filter(rubric=rubric, interaction__in=ids)
            .exclude(purpose__in=ReviewAssignment.OFF_RECORD)
            .values_list("interaction_id", flat=True)
        )
        known = who_knows(ids, rubric=rubric.pk)
        order = list(able)
        random.Random(seed).shuffle(order)  # noqa: S311 (fairness of work, not secrecy)
        waiting = dict(
            ReviewAssignment.objects.open()
            .filter(reviewer__in=order)
            .values_list("reviewer")
            .annotate(Count("pk"))
        )
        load = {reviewer.pk: waiting.get(reviewer.pk, 0) for reviewer in order}
        rows = []
        for interaction in interactions:
            candidates = [person for person in order if person.pk not in known[interaction.pk]]
            if interaction.pk in taken or not interaction.message_count or not candidates:
                continue
            reviewer = min(candidates, key=lambda person: load[person.pk])
            load[reviewer.pk] += 1
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
        except IntegrityError as error:
            raise Conflict(
                _("Somebody took one of these meanwhile; nothing was assigned. Try again.")
            ) from error
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
