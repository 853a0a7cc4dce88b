"""The customer's verdict, kept from whoever has still to grade the same conversation, and what who
handed a grade in has learnt."""

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from interactions.models import Interaction, SurveyAnswer
from people.models import AuditEvent, User
from scorecards.models import (
    CalibrationItem,
    ReviewAssignment,
    RubricVersion,
    Scorecard,
)
from scorecards.permissions import can_grade


def rating_withheld_from(user: User, *, at: dt.datetime | None = None) -> QuerySet[Any, Any]:
    """The ids of the interactions whose customer's rating `user` must not learn yet. No query here.

    Those are what they have begun, hold, could claim from the pool, or are to grade in a calibration
    session, by a rubric version that hides the rating.
    """
    if not can_grade(user):
        return Interaction.objects.none().values("pk")
    now = at or timezone.now()
    hiding = RubricVersion.objects.filter(hides_customer_rating=True)
    own = Scorecard.objects.filter(reviewer=user)
    begun = own.drafts().filter(version__in=hiding)
    # What is compared may be graded by a version that was published once.
    of_rubric = hiding.filter(rubric=OuterRef("rubric"))
    compared = Q(purpose__in=ReviewAssignment.OFF_RECORD)
    waiting = ReviewAssignment.objects.filter(
        ~Exists(own.filter(assignment=OuterRef("pk"))),
        Exists(of_rubric.published())
        | compared & Q(Exists(of_rubric.exclude(state=RubricVersion.State.DRAFT))),
        state__in=[ReviewAssignment.State.OPEN, ReviewAssignment.State.APART],
    )
    sessions = CalibrationItem.objects.ungraded_by(user).filter(session__version__in=hiding)
    parts = (begun, waiting.filter(reviewer=user), waiting.claimable_by(user, at=now), sessions)
    first, *others = (rows.order_by().values("interaction") for rows in parts)
    # Not one condition with OR: PostgreSQL would walk through every interaction for it.
    return first.union(*others)


def seen_before_undo(scorecard: Scorecard) -> list[str]:
    """`Scorecard.was_visible` of what was handed in, before it becomes a draft again: its reviewer
    learnt the agent's name and the customer's rating, if there are any, and could read the other grades
    of the conversation that were open to them. Three queries at most; needs `interaction`."""
    others = Scorecard.objects.visible_to(scorecard.reviewer).submitted()
    others = others.filter(interaction=scorecard.interaction_id).exclude(pk=scorecard.pk)
    answers = SurveyAnswer.objects.filter(interaction=scorecard.interaction_id)
    learnt = {
        "agent": lambda: bool(scorecard.interaction.display_agent),
        "scores": others.exists,
        "rating": answers.exists,
    }
    seen = list(scorecard.was_visible)
    return seen + [name for name, is_known in learnt.items() if name not in seen and is_known()]


def was_undone(scorecard: Scorecard) -> bool:
    """Whether it was handed in before and taken back. One query."""
    return AuditEvent.objects.filter(
        action="undo_submission",
        object_type=scorecard._meta.label_lower,
        object_id=str(scorecard.pk),
    ).exists()
