"""When it becomes known, after grading, who served in a conversation."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from people.audit import record
from scorecards.loading import results_of
from scorecards.models import FeedbackHold, ReviewAssignment, Scorecard
from scorecards.rollups import add_to_rollups

_ROWS_AT_ONCE = 500


def adopt_agents(interactions: Collection[int], *, at: dt.datetime | None = None) -> int:
    """Give submitted scorecards of these interactions, with all their revisions, the agent they lack;
    return how many grades were given one.

    From now on they count in averages, and their agent sees them and has the whole time to dispute
    them, unless the rubric version or a manager holds them back. A grade by the agent themself stays
    without one: nobody has a record of their own making. Both are written down.

    One query for every 500 interactions where no grade lacks an agent; about eight more, and three for
    each grade, where some do.
    """
    now = at or timezone.now()
    ids = sorted(interactions)
    with transaction.atomic():
        return sum(
            _adopt(ids[start : start + _ROWS_AT_ONCE], at=now)
            for start in range(0, len(ids), _ROWS_AT_ONCE)
        )


def graded_with_agent(interactions: Collection[int]) -> set[int]:
    """Those of `interactions` that have a submitted scorecard in somebody's name: whose work they
    are cannot be taken back without changing a record. One query."""
    rows = Scorecard.objects.filter(
        interaction__in=interactions, state=Scorecard.State.SUBMITTED, agent__isnull=False
    )
    return set(rows.values_list("interaction", flat=True))


def _adopt(interactions: Collection[int], *, at: dt.datetime) -> int:
    rows = list(
        Scorecard.objects.select_for_update(no_key=True, of=("self",))
        .filter(
            state=Scorecard.State.SUBMITTED,
            agent__isnull=True,
            interaction__in=interactions,
            interaction__agent__isnull=False,
        )
        .exclude(assignment__purpose__in=ReviewAssignment.OFF_RECORD)
        .select_related("interaction", "version")
        .order_by("pk")
    )
    if not rows:
        return 0
    agents = {row.interaction.agent_id for row in rows}
    holding = set(FeedbackHold.objects.filter(agent__in=agents).values_list("agent", flat=True))
    adopted = []
    for row in rows:
        if row.interaction.agent_id == row.reviewer_id:
            if row.is_current:
                record(
                    "adopt_agent",
                    by=None,
                    of=row,
                    before={"agent": None},
                    after={"agent": None, "is_reviewer": True},
                    at=at,
                )
            continue
        row.agent_id = row.interaction.agent_id
        row.is_held = row.version.holds_feedback or row.agent_id in holding
        # They could not see it before.
        row.released_at = None if row.is_held else at
        row.acknowledged_at = None
        adopted.append(row)
    fields = ["agent", "is_held", "released_at", "acknowledged_at"]
    Scorecard.objects.bulk_update(adopted, fields, batch_size=_ROWS_AT_ONCE)
    counted = Scorecard.objects.current().filter(pk__in=[row.pk for row in adopted])
    loaded = counted.select_related("assignment", "interaction").order_by("pk")
    for scorecard, result in list(results_of(loaded)):
        add_to_rollups(scorecard, result)
        after = {"agent": scorecard.agent_id, "is_held": scorecard.is_held}
        record("adopt_agent", by=None, of=scorecard, before={"agent": None}, after=after, at=at)
    return sum(row.is_current for row in adopted)
