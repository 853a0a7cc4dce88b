"""Which refreshers a person has today, and how many of them fit into about five minutes."""

import datetime as dt
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import fsrs
from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from content.models import ModulePage, ProcedurePage, RefresherCard
from content.models.refreshers import RefresherCardQuerySet
from people.models import User
from training import refreshers
from training.models import Acknowledgement, Completion, RefresherReview, RefresherState
from training.models.refreshers import RefresherStateQuerySet

# Until somebody has answered this many, what an answer takes is guessed.
FEWEST_MEASURED = 10
MEASURED = 50
GUESSED_SECONDS = 20.0
SLOWEST, FASTEST = 60.0, 5.0
MONTH, YEAR = 30.4, 365.25


@dataclass(frozen=True, slots=True)
class Plan:
    """Of one day: what is `left`, of it `new`; `held_over` is due and does not fit any more."""

    done: int
    left: int
    new: int
    held_over: int
    seconds_each: float

    @property
    def total(self) -> int:
        return self.done + self.left

    @property
    def minutes(self) -> int:
        return math.ceil(self.left * self.seconds_each / 60)


@dataclass(frozen=True, slots=True)
class Choice:
    rating: int
    label: str
    interval: str


@dataclass(frozen=True, slots=True)
class Session:
    """`card` is the one to ask now, None when the day is done; `next_on` says when there is more."""

    plan: Plan
    card: RefresherCard | None = None
    showing: int = 0
    is_new: bool = False
    choices: Sequence[Choice] = ()
    undoable: RefresherReview | None = None
    next_on: dt.date | None = None
    has_cards: bool = True


def scheduler_in_use() -> fsrs.Scheduler:
    return refreshers.scheduler(
        retention=settings.REFRESHER_RETENTION,
        learning_minutes=settings.REFRESHER_LEARNING_STEPS,
        longest_days=settings.REFRESHER_LONGEST_DAYS,
        fuzz=settings.REFRESHER_FUZZ,
    )


def cards_for(user: User) -> RefresherCardQuerySet:
    """The cards `user` is asked: of procedures they may read and have signed for, and those of a skill
    that a module teaches which they have completed."""
    completed = Completion.objects.filter(user=user).values("page")
    taught = ModulePage.objects.filter(pk__in=completed).values("skills")
    signed = Acknowledgement.objects.signed().filter(user=user).values("page")
    readable = ProcedurePage.objects.visible_to(user).values("pk")
    return RefresherCard.objects.in_use().filter(
        Q(skill__in=taught) | Q(procedure__in=signed), procedure__in=readable
    )


def plan_of(user: User, *, on: dt.date) -> Plan:
    """Four queries, however many cards there are."""
    each = _seconds_each(user)
    today = list(
        RefresherReview.objects.standing()
        .filter(user=user, day=on)
        .values_list("seconds", "was_new")
    )
    spent = sum(min(seconds or each, 120) for seconds, _was_new in today)
    room = max(0, round((settings.REFRESHER_MINUTES * 60 - spent) / each))
    due = _due(user, on=on).count()
    allowed = max(0, settings.REFRESHER_NEW_PER_DAY - sum(was_new for _seconds, was_new in today))
    fresh = _new(user)[:allowed].count() if allowed else 0
    old = min(due, room)
    new = min(fresh, room - old)
    return Plan(done=len(today), left=old + new, new=new, held_over=due - old, seconds_each=each)


def session_of(user: User, *, on: dt.date) -> Session:
    """The card to ask now with what each answer would lead to, or when there is more. Six to eight
    queries."""
    plan = plan_of(user, on=on)
    undoable = _undoable(user, on=on)
    if not plan.left:
        return Session(
            plan,
            undoable=undoable,
            next_on=_next_day(user, plan, on=on),
            has_cards=_has_cards(user),
        )
    state, card = None, None
    if plan.left > plan.new:
        state = _due(user, on=on).select_related("card__procedure", "card__skill").first()
    if state is not None:
        card = state.card
    else:
        card = _new(user).select_related("procedure", "skill").first()
        state = RefresherState.objects.filter(user=user, card=card).first()
    memory = state.memory if state else None
    return Session(
        plan,
        card=card,
        showing=state.showing if state else 0,
        is_new=memory is None,
        choices=_choices(memory, on=on),
        undoable=undoable,
    )


def _choices(memory: refreshers.Memory | None, *, on: dt.date) -> list[Choice]:
    found = refreshers.intervals(scheduler_in_use(), memory, day=on)
    return [
        Choice(rating.value, str(rating.label), in_words(found[rating.value]))
        for rating in RefresherReview.Rating
    ]


def in_words(days: int) -> str:
    """An interval for a button; with fuzz it is only about right, and says so."""
    if days < 1:
        return _("today again")
    if days < 2 * MONTH:
        text = ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    elif days < 2 * YEAR:
        months = round(days / MONTH)
        text = ngettext("%(n)d month", "%(n)d months", months) % {"n": months}
    else:
        years = round(days / YEAR)
        text = ngettext("%(n)d year", "%(n)d years", years) % {"n": years}
    return _("about %s") % text if settings.REFRESHER_FUZZ else text


def _due(user: User, *, on: dt.date) -> RefresherStateQuerySet:
    return RefresherState.objects.due(on=on).filter(user=user, card__in=cards_for(user))


def _new(user: User) -> RefresherCardQuerySet:
    known = RefresherState.objects.filter(user=user, card=OuterRef("pk"), due_on__isnull=False)
    return cards_for(user).filter(~Exists(known)).order_by("pk")


def _seconds_each(user: User) -> float:
    """The median of what this person's last answers took; guessed while there are few."""
    found = (
        RefresherReview.objects.standing()
        .filter(user=user, seconds__isnull=False)
        .order_by("-pk")
        .values_list("seconds", flat=True)[:MEASURED]
    )
    measured = [seconds for seconds in found if seconds is not None]
    if len(measured) < FEWEST_MEASURED:
        return GUESSED_SECONDS
    return min(SLOWEST, max(FASTEST, float(statistics.median(measured))))


def _undoable(user: User, *, on: dt.date) -> RefresherReview | None:
    """The last rating of the day, unless something happened to its card since."""
    last = (
        RefresherReview.objects.standing()
        .filter(user=user, day=on)
        .select_related("card")
        .order_by("-pk")
        .first()
    )
    if last is None:
        return None
    untouched = RefresherState.objects.filter(
        user=user, card=last.card_id, showing=last.showing + 1
    )
    return last if untouched.exists() else None


def _next_day(user: User, plan: Plan, *, on: dt.date) -> dt.date | None:
    tomorrow = on + dt.timedelta(days=1)
    if plan.held_over or _new(user).exists():
        return tomorrow
    states = RefresherState.objects.filter(user=user, card__in=cards_for(user), due_on__gt=on)
    return states.order_by("due_on").values_list("due_on", flat=True).first()


def _has_cards(user: User) -> bool:
    return cards_for(user).exists()
