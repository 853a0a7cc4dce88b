"""What coaching has for the start page and for a person's page, in a constant number of queries.

For rooms above: `person_summary` fills templates/coaching/_person_summary.html, `coach_summary`
templates/coaching/_coach_summary.html, both as `coaching` in their context.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone

from coaching.goals import Progress, progress_of
from coaching.models import ActionItem, CoachingSession, Goal, Recognition
from coaching.permissions import can_coach
from people.models import User
from ui.pagination import first_of

# Lists are a beginning; the pages they lead to have the rest.
SHOWN = 3
# Recognition stays on the start page for so long.
RECENT_DAYS = 30


@dataclass(frozen=True, slots=True)
class PersonSummary:
    """What coaching says about one person, as `reader` may see it. Falsy where there is nothing."""

    person: User
    is_own: bool
    next_session: CoachingSession | None
    last_session: CoachingSession | None
    open_count: int
    overdue_count: int
    goals: Sequence[Progress]
    recognitions: Sequence[Recognition]
    has_recognitions: bool

    def __bool__(self) -> bool:
        return bool(
            self.next_session
            or self.last_session
            or self.open_count
            or self.goals
            or self.has_recognitions
        )


@dataclass(frozen=True, slots=True)
class CoachSummary:
    """What is due for who coaches others: their next sessions, sessions whose day is over and that are
    still planned, follow-ups whose day has come, and what is overdue for them and their people."""

    coming: Sequence[CoachingSession]
    unheld: Sequence[CoachingSession]
    unheld_count: int
    follow_ups: Sequence[CoachingSession]
    follow_up_count: int
    overdue: Sequence[ActionItem]
    overdue_count: int
    own_open_count: int

    def __bool__(self) -> bool:
        return bool(
            self.coming
            or self.unheld_count
            or self.follow_up_count
            or self.overdue_count
            or self.own_open_count
        )


def person_summary(person: User, *, reader: User, at: dt.datetime | None = None) -> PersonSummary:
    """Seven queries, eight where nothing was recognised lately."""
    at = at or timezone.now()
    on = timezone.localdate(at)
    sessions = CoachingSession.objects.visible_to(reader).filter(agent=person).with_people()
    items = ActionItem.objects.visible_to(reader).filter(agent=person).open()
    counts = items.aggregate(all=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=on)))
    goals = Goal.objects.visible_to(reader).filter(agent=person).standing()
    recognitions = Recognition.objects.visible_to(reader).filter(agent=person).standing()
    recent = recognitions.filter(given_at__gte=at - dt.timedelta(days=RECENT_DAYS))
    shown = list(recent.select_related("author")[:SHOWN])
    return PersonSummary(
        person=person,
        is_own=person.pk == reader.pk,
        next_session=sessions.planned()
        .filter(starts_at__gte=at)
        .order_by("starts_at", "pk")
        .first(),
        last_session=sessions.held().first(),
        open_count=counts["all"],
        overdue_count=counts["overdue"],
        goals=progress_of(list(goals.select_related("skill", "agent", "version__rubric")), on=on),
        recognitions=shown,
        has_recognitions=bool(shown) or recognitions.exists(),
    )


def coach_summary(user: User, *, at: dt.datetime | None = None) -> CoachSummary | None:
    """None for who coaches nobody; else five queries."""
    if not can_coach(user):
        return None
    at = at or timezone.now()
    on = timezone.localdate(at)
    own = CoachingSession.objects.filter(coach=user).with_people()
    unheld = own.planned().filter(starts_at__lt=at).order_by("starts_at", "pk")
    due = own.follow_up_due(on=on).order_by("follow_up_on", "pk")
    overdue = ActionItem.objects.visible_to(user).overdue(on=on).select_related("agent", "owner")
    unheld_first, unheld_count = first_of(unheld, SHOWN)
    due_first, due_count = first_of(due, SHOWN)
    overdue_first, overdue_count = first_of(overdue, SHOWN)
    return CoachSummary(
        coming=list(own.planned().filter(starts_at__gte=at).order_by("starts_at", "pk")[:SHOWN]),
        unheld=unheld_first,
        unheld_count=unheld_count,
        follow_ups=due_first,
        follow_up_count=due_count,
        overdue=overdue_first,
        overdue_count=overdue_count,
        own_open_count=ActionItem.objects.filter(owner=user).open().count(),
    )
