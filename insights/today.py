"""What waits for somebody today: a card for each thing they may do, with its own next action.

The cards ask for the same permissions as the rooms they lead to; only what agents have rests on the
role, because serving customers takes no permission. Every card is a handful of queries, whatever
stands behind it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from coaching.summary import CoachSummary, coach_summary
from content.governance import notes_on
from content.models import ContingencyNote, Governance, ProcedurePage, RefresherCard
from insights.pictures import SkillCell, snapshot_of
from insights.skills import CURRENT_MONTHS, Window
from interactions.models import ImportRun, Interaction
from people.models import User
from people.roles import Role
from scorecards.models import (
    CalibrationSession,
    Dispute,
    ReviewAssignment,
    Rollup,
    Scorecard,
)
from scorecards.permissions import can_assign_reviews, can_grade
from training.models import Acknowledgement, ModuleAssignment
from training.progress import NextStep, what_is_next
from training.refresher_sessions import Plan, plan_of
from ui.pagination import first_of

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
    refreshers: Plan | None = None
    to_sign_count: int = 0
    to_sign_late_count: int = 0


@dataclass(frozen=True, slots=True)
class ReviewerCard:
    open_count: int
    overdue_count: int
    soon_count: int
    # What is free to be taken, counted only where nothing waits for them alone.
    pool_count: int
    drafts: Sequence[Scorecard]
    dispute_count: int
    session_count: int


@dataclass(frozen=True, slots=True)
class ManagerCard:
    people_count: int
    skills: Sequence[SkillCell]
    late_learners_count: int
    unread_count: int
    held_count: int
    coaching: CoachSummary | None


@dataclass(frozen=True, slots=True)
class EditorCard:
    recent: Sequence[ProcedurePage]
    unpublished_count: int
    overdue_count: int
    own_overdue_count: int
    retired_card_count: int = 0


@dataclass(frozen=True, slots=True)
class InteractionsCard:
    last_import: ImportRun | None
    open_count: int
    overdue_count: int
    pool_count: int
    ungraded_count: int
    is_ungraded_capped: bool
    dispute_count: int


@dataclass(frozen=True, slots=True)
class PeopleCard:
    people_count: int


@dataclass(frozen=True, slots=True)
class Today:
    now: Window
    learner: LearnerCard | None
    reviewer: ReviewerCard | None
    manager: ManagerCard | None
    interactions: InteractionsCard | None
    people: PeopleCard | None
    editor: EditorCard | None
    notes: Sequence[ContingencyNote] = ()

    @property
    def cards(self) -> dict[str, object]:
        """Those that are there, by name."""
        found = {
            name: getattr(self, name) for name in self.__slots__ if name not in ("now", "notes")
        }
        return {name: card for name, card in found.items() if card}


def today_of(user: User, *, at: dt.datetime, on: dt.date) -> Today:
    """The cards of `user`; `on` is the day of `at` where they are."""
    is_agent = user.groups.filter(name=Role.AGENT).exists()
    return Today(
        now=Window.of(CURRENT_MONTHS, until=on),
        learner=_learner(user, on=on, is_agent=is_agent),
        reviewer=_reviewer(user, at=at, on=on) if can_grade(user) else None,
        manager=_manager(user, at=at, on=on) if user.has_perm("people.develop_team") else None,
        interactions=_interactions(user, at=at, on=on) if can_assign_reviews(user) else None,
        people=_people() if user.has_perm("people.view_everybody") else None,
        editor=_editor(user, on=on) if user.has_perm("wagtailadmin.access_admin") else None,
        notes=notes_on(at=at, reader=user),
    )


def _learner(user: User, *, on: dt.date, is_agent: bool) -> LearnerCard | None:
    step = what_is_next(user, on=on)
    refreshers = plan_of(user, on=on)
    to_sign = (
        Acknowledgement.objects.open()
        .filter(user=user)
        .aggregate(all=Count("pk"), late=Count("pk", filter=Q(due_on__lt=on)))
    )
    if not is_agent:
        if not step and not to_sign["all"] and not refreshers.total:
            return None
        return LearnerCard(
            next=step,
            is_agent=False,
            refreshers=refreshers,
            to_sign_count=to_sign["all"],
            to_sign_late_count=to_sign["late"],
        )
    unread = Scorecard.objects.visible_to(user).filter(agent=user).to_acknowledge()
    unread = unread.select_related("interaction").order_by("submitted_at", "pk")
    unread_first, unread_count = first_of(unread, SHOWN)
    return LearnerCard(
        next=step,
        is_agent=True,
        refreshers=refreshers,
        unread=unread_first,
        unread_count=unread_count,
        skills=snapshot_of(Rollup.objects.filter(agent=user, is_held=False), on=on),
        to_sign_count=to_sign["all"],
        to_sign_late_count=to_sign["late"],
    )


def _reviewer(user: User, *, at: dt.datetime, on: dt.date) -> ReviewerCard:
    waiting = ReviewAssignment.objects.held_by(user, at=at)
    soon = on + dt.timedelta(days=SOON_DAYS)
    counts = waiting.aggregate(
        all=Count("pk"),
        overdue=Count("pk", filter=Q(due_on__lt=on)),
        soon=Count("pk", filter=Q(due_on__gte=on, due_on__lt=soon)),
    )
    pool_count = 0
    if not counts["all"]:
        pool_count = ReviewAssignment.objects.claimable_by(user, at=at).count()
    drafts = Scorecard.objects.drafts().besides_practice().filter(reviewer=user)
    return ReviewerCard(
        open_count=counts["all"],
        overdue_count=counts["overdue"],
        soon_count=counts["soon"],
        pool_count=pool_count,
        drafts=list(
            drafts.select_related("interaction__agent").order_by("-started_at", "-pk")[:SHOWN]
        ),
        dispute_count=Dispute.objects.waiting_for(user).count(),
        session_count=CalibrationSession.objects.waiting_for(user).count(),
    )


def _manager(user: User, *, at: dt.datetime, on: dt.date) -> ManagerCard:
    people = User.objects.managed_by(user, on=on).filter(is_active=True).values("pk")
    keys = tuple(people.order_by("pk").values_list("pk", flat=True))
    graded = Rollup.objects.visible_to(user).filter(agent__in=people)
    late = ModuleAssignment.objects.unfinished().filter(user__in=people, due_on__lt=on)
    return ManagerCard(
        people_count=len(keys),
        skills=snapshot_of(graded, on=on, whose=(user.pk, keys)),
        late_learners_count=late.aggregate(people=Count("user", distinct=True))["people"],
        unread_count=Scorecard.objects.to_acknowledge().filter(agent__in=people).count(),
        held_count=Scorecard.objects.releasable_by(user).count(),
        coaching=coach_summary(user, at=at),
    )


def _editor(user: User, *, on: dt.date) -> EditorCard:
    overdue = Governance.objects.overdue(on=on).aggregate(
        all=Count("pk"), own=Count("pk", filter=Q(owner=user))
    )
    return EditorCard(
        recent=list(
            ProcedurePage.objects.exclude(latest_revision_created_at=None).order_by(
                "-latest_revision_created_at"
            )[:MOST_RECENT]
        ),
        unpublished_count=ProcedurePage.objects.filter(has_unpublished_changes=True).count(),
        overdue_count=overdue["all"],
        own_overdue_count=overdue["own"],
        retired_card_count=RefresherCard.objects.to_look_through().count(),
    )


def _interactions(user: User, *, at: dt.datetime, on: dt.date) -> InteractionsCard:
    waiting = ReviewAssignment.objects.open().aggregate(
        all=Count("pk"),
        overdue=Count("pk", filter=Q(due_on__lt=on)),
        pool=Count("pk", filter=Q(reviewer__isnull=True)),
    )
    # What only compares reviewers says nothing about its agent: nobody picked it for that.
    picked = ReviewAssignment.objects.filter(interaction=OuterRef("pk")).exclude(
        purpose__in=ReviewAssignment.OFF_RECORD
    )
    ungraded = Interaction.objects.filter(
        ~Exists(picked), occurred_at__gte=at - dt.timedelta(days=UNGRADED_DAYS), occurred_at__lte=at
    )
    count = ungraded[: MOST_UNGRADED + 1].count()
    return InteractionsCard(
        last_import=ImportRun.objects.visible_to(user).first(),
        open_count=waiting["all"],
        overdue_count=waiting["overdue"],
        pool_count=waiting["pool"],
        ungraded_count=min(count, MOST_UNGRADED),
        is_ungraded_capped=count > MOST_UNGRADED,
        dispute_count=Dispute.objects.visible_to(user).open().count(),
    )


def _people() -> PeopleCard:
    return PeopleCard(people_count=User.objects.filter(is_active=True).count())
