"""What the page of one customer's journey shows of grades."""

from collections.abc import Sequence

from people.models import User
from scorecards.models import ReviewAssignment, Scorecard


def grades_of_interactions(user: User, interactions: Sequence[int]) -> dict[int, list[Scorecard]]:
    """What `user` may see of how these were graded, on the record, by interaction. One query."""
    rows = Scorecard.objects.visible_to(user).submitted().filter(interaction__in=interactions)
    rows = rows.exclude(assignment__purpose__in=ReviewAssignment.OFF_RECORD)
    found: dict[int, list[Scorecard]] = {}
    for grade in rows.select_related("version__rubric").order_by("pk"):
        found.setdefault(grade.interaction_id, []).append(grade)
    return found
