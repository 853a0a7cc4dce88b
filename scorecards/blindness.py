"""What a reviewer could see of what might sway them, and who has seen too much of a conversation to
grade it."""

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from interactions.models import Interaction, Recording
from people.models import User
from scorecards.models import (
    CalibrationItem,
    Dispute,
    ExpertKey,
    ReviewAssignment,
    RubricVersion,
    Scorecard,
)

_ROWS_AT_ONCE = 500


class _Sight(NamedTuple):
    """Rows that say who has seen which conversation through which rubric, and where in them."""

    rows: QuerySet
    interaction: str
    rubric: str
    person: str


def visible_while_grading(
    version: RubricVersion, interaction: Interaction, *, reviewer: User
) -> list[str]:
    """The names for `Scorecard.was_visible`. Four queries at most.

    The agent is visible also to whom the grading screen hides them, if they find the same conversation
    in their list of interactions.
    """
    found = Interaction.objects.visible_to(reviewer).filter(pk=interaction.pk, agent__isnull=False)
    seen = {
        "agent": not version.hides_agent or found.exists(),
        "scores": not version.hides_scores,
        "rating": not version.hides_customer_rating,
        "recording": Recording.objects.filter(pk=interaction.pk).exists(),
    }
    return [name for name, is_visible in seen.items() if is_visible]


def who_knows(
    interactions: Collection[int], *, rubric: int, besides: Collection[int] = ()
) -> dict[int, set[int]]:
    """For each interaction's id, who must not be given a grade of it by this rubric: its agent, and who
    has one already or has read somebody else's. Eight queries for every 500.

    Assignments with an id in `besides` count for nothing.
    """
    ids = list(interactions)
    known: dict[int, set[int]] = {pk: set() for pk in ids}
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        part = ids[start : start + _ROWS_AT_ONCE]
        found = Interaction.objects.filter(pk__in=part, agent__isnull=False)
        for pk, agent in found.values_list("pk", "agent"):
            known[pk].add(agent)
        for sight in _sights():
            rows = sight.rows.filter(**{f"{sight.interaction}__in": part, sight.rubric: rubric})
            if besides and rows.model is ReviewAssignment:
                rows = rows.exclude(pk__in=besides)
            people = rows.filter(**{f"{sight.person}__isnull": False})
            for pk, person in people.values_list(sight.interaction, sight.person):
                known[pk].add(person)
    return known


def knows(interaction: Interaction, *, rubric: int) -> Q:
    """The same for one interaction, as a condition on people. No query of its own."""
    known = Q(pk=interaction.agent_id)
    for sight in _sights():
        rows = sight.rows.filter(
            **{
                sight.interaction: interaction,
                sight.rubric: rubric,
                f"{sight.person}__isnull": False,
            }
        )
        known |= Q(pk__in=rows.values(sight.person))
    return known


def is_known_to(user: User) -> Q:
    """The same for one person, as a condition on assignments; what they hold themself is no other
    copy."""
    # Person and rubric are compared as expressions: a database without statistics would otherwise look
    # all rows of the one or the other through again for every conversation, whose own are few.
    known = Q(interaction__agent__isnull=False, interaction__agent=user)
    for sight in _sights():
        rows = sight.rows.filter(**{sight.interaction: OuterRef("interaction")})
        rows = _by(user, rows, sight.person)
        rows = rows.alias(_rubric=Coalesce(sight.rubric, 0)).filter(_rubric=OuterRef("rubric"))
        if rows.model is ReviewAssignment:
            rows = rows.exclude(pk=OuterRef("pk"))
        known |= Q(Exists(rows))
    # What is compared is for fresh eyes, whichever rubric they once looked through.
    copies = ReviewAssignment.objects.filter(interaction=OuterRef("interaction"))
    had = _by(user, copies, "reviewer")
    compared = Q(purpose__in=ReviewAssignment.OFF_RECORD)
    return known | compared & Q(Exists(had.exclude(pk=OuterRef("pk"))))


def _by(user: User, rows: QuerySet, person: str) -> QuerySet:
    """Those of `rows` whose `person` is `user`."""
    return rows.alias(_person=Coalesce(person, 0)).filter(_person=user.pk)


def _sights() -> list[_Sight]:
    """Grades held or given, keys written, sessions taken part in, disputes taken or decided, second
    grades asked for, grades changed."""
    opened = CalibrationItem.objects.filter(session__opened_at__isnull=False)
    disputed = ("scorecard__interaction", "scorecard__version__rubric")
    return [
        _Sight(ReviewAssignment.objects.all(), "interaction", "rubric", "reviewer"),
        _Sight(ExpertKey.objects.all(), "interaction", "version__rubric", "written_by"),
        _Sight(opened, "interaction", "session__version__rubric", "session__participants"),
        _Sight(Dispute.objects.all(), *disputed, "decider"),
        _Sight(Dispute.objects.all(), *disputed, "decided_by"),
        _Sight(Dispute.objects.all(), *disputed, "regrade__assigned_by"),
        _Sight(Scorecard.objects.all(), "interaction", "version__rubric", "revised_by"),
    ]
