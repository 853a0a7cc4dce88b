"""What waits for somebody today: a card for each of their roles, each with its own next action.

Every card is a handful of queries, whatever stands behind it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from content.models import ProcedurePage
from insights.pictures import SkillCell, snapshot_of
from insights.skills import CURRENT_MONTHS, Window
from interactions.models import ImportRun, Interaction
from people.models import User
from people.roles import Role
from scorecards.models import ReviewAssignment, Rollup, Scorecard
from training.models import ModuleAssignment
from training.progress import NextStep, what_is_next

# Lists on a card are a beginning; the room they lead to has the rest.
SHOWN = 3
MOST_RECENT = 5
SOON_DAYS = 7
UNGRADED_DAYS = 30
# Nobody needs to know by how much it is more, and counting on would cost.
MOST_UNGRADED = 999


@dataclass(frozen=True, slots=True)
class LearnerCard:
    next: NextStep | None
    is_agent: bool
    unread: Sequence[Scorecard] = ()
    unread_count: int = 0
    skills: Sequence[SkillCell] = ()


@dataclass(frozen=True, slots=True)
class ReviewerCard:
    open_count: int
    overdue_count: int
    soon_count: int
    drafts: Sequence[Scorecard]


@dataclass(frozen=True, slots=True)
class ManagerCard:
    people_count: int
    skills: Sequence[SkillCell]
    late_learners_count: int
    unread_count: int


@dataclass(frozen=True, slots=True)
class EditorCard:
    recent: Sequence[ProcedurePage]
    unpublished_count: int


@dataclass(frozen=True, slots=True)
class AdministratorCard:
    people_count: int
    last_import: ImportRun | None
    open_count: int
    overdue_count: int
    ungraded_count: int
    is_ungraded_capped: bool


@dataclass(frozen=True, slots=True)
class Today:
    now: Window
    learner: LearnerCard | None
    reviewer: ReviewerCard | None
    manager: ManagerCard | None
    editor: EditorCard | None
    administrator: AdministratorCard | None

    @property
    def is_empty(self) -> bool:
        cards = (self.learner, self.reviewer, self.manager, self.editor, self.administrator)
        return not any(cards)


def today_of(user: User, *, at: dt.datetime, on: dt.date) -> Today:
    """The cards of `user`; `on` is the day of `at` where they are."""
    roles = set(user.groups.values_list("name", flat=True))
    if user.is_superuser:
        roles.add(Role.ADMINISTRATOR)
    return Today(
        now=Window.of(CURRENT_MONTHS, until=on),
        learner=_learner(user, on=on, is_agent=Role.AGENT in roles),
        reviewer=_reviewer(user, at=at, on=on) if Role.REVIEWER in roles else None,
        manager=_manager(user, on=on) if Role.MANAGER in roles else None,
        editor=_editor() if Role.EDITOR in roles else None,
        administrator=_administrator(at=at, on=on) if Role.ADMINISTRATOR in roles else None,
    )


def _learner(user: User, *, on: dt.date, is_agent: bool) -> LearnerCard | None:
    step = what_is_next(user, on=on)
    if not is_agent:
        return LearnerCard(next=step, is_agent=False) if step else None
    unread = Scorecard.objects.visible_to(user).filter(agent=user).to_acknowledge()
    return LearnerCard(
        next=step,
        is_agent=True,
        unread=list(unread.select_related("interaction").order_by("submitted_at", "pk")[:SHOWN]),
        unread_count=unread.count(),
        skills=snapshot_of(Rollup.objects.filter(agent=user, is_held=False), on=on),
    )


def _reviewer(user: User, *, at: dt.datetime, on: dt.date) -> ReviewerCard:
    waiting = ReviewAssignment.objects.held_by(user, at=at)
    soon = on + dt.timedelta(days=SOON_DAYS)
    counts = waiting.aggregate(
        all=Count("pk"),
        overdue=Count("pk", filter=Q(due_on__lt=on)),
        soon=Count("pk", filter=Q(due_on__gte=on, due_on__lt=soon)),
    )
    drafts = Scorecard.objects.drafts().filter(reviewer=user)
    return ReviewerCard(
        open_count=counts["all"],
        overdue_count=counts["overdue"],
        soon_count=counts["soon"],
        drafts=list(
            drafts.select_related("interaction__agent").order_by("-started_at", "-pk")[:SHOWN]
        ),
    )


def _manager(user: User, *, on: dt.date) -> ManagerCard:
    people = User.objects.managed_by(user, on=on).filter(is_active=True).values("pk")
    late = ModuleAssignment.objects.unfinished().filter(user__in=people, due_on__lt=on)
    return ManagerCard(
        people_count=people.count(),
        skills=snapshot_of(Rollup.objects.filter(agent__in=people), on=on),
        late_learners_count=late.aggregate(people=Count("user", distinct=True))["people"],
        unread_count=Scorecard.objects.to_acknowledge().filter(agent__in=people).count(),
    )


def _editor() -> EditorCard:
    return EditorCard(
        recent=list(
            ProcedurePage.objects.exclude(latest_revision_created_at=None).order_by(
                "-latest_revision_created_at"
            )[:MOST_RECENT]
        ),
        unpublished_count=ProcedurePage.objects.filter(has_unpublished_changes=True).count(),
    )


def _administrator(*, at: dt.datetime, on: dt.date) -> AdministratorCard:
    waiting = ReviewAssignment.objects.open().aggregate(
        all=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=on))
    )
    picked = ReviewAssignment.objects.filter(interaction=OuterRef("pk"))
    ungraded = Interaction.objects.filter(
        ~Exists(picked), occurred_at__gte=at - dt.timedelta(days=UNGRADED_DAYS), occurred_at__lte=at
    )
    count = ungraded[: MOST_UNGRADED + 1].count()
    return AdministratorCard(
        people_count=User.objects.filter(is_active=True).count(),
        last_import=ImportRun.objects.first(),
        open_count=waiting["all"],
        overdue_count=waiting["overdue"],
        ungraded_count=min(count, MOST_UNGRADED),
        is_ungraded_capped=count > MOST_UNGRADED,
    )
