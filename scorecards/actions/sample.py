"""Sampling plans, and drawing by them."""

import datetime as dt
import random
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from people.audit import record
from people.models import Team, User
from scorecards.actions.refusals import Conflict, NotAllowed, Refused
from scorecards.blindness import who_knows
from scorecards.models import Pick, ReviewAssignment, Rubric, SamplingDraw, SamplingPlan
from scorecards.models.picks import new_seed
from scorecards.permissions import can_assign_reviews, can_grade
from scorecards.population import Scope, digest, load_frame, with_knowledge
from scorecards.sampling import (
    Design,
    FloatArray,
    Frame,
    IntArray,
    Quantity,
    Sign,
    comb,
    draw,
    probabilities,
    share_out,
    shuffled,
)

_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draw would do, before it is made: sizes, the load of each reviewer, signs of risk."""

    population: int
    agents: int
    expected: float
    lowest: float
    highest: float
    grades: float
    per_reviewer: float
    signs: list[tuple[Sign, int]]

    @property
    def is_rounded(self) -> bool:
        return abs(self.expected - round(self.expected)) > 1e-6

    @property
    def lowest_percent(self) -> float:
        return round(100 * self.lowest, 1)

    @property
    def highest_percent(self) -> float:
        return round(100 * self.highest, 1)


def save_plan(
    plan: SamplingPlan,
    *,
    teams: Collection[Team],
    agents: Collection[User],
    reviewers: Collection[User],
    by: User,
    at: dt.datetime | None = None,
) -> SamplingPlan:
    """Create or change a plan; draws made before keep the rules they were made by.

    Raises `NotAllowed`, and `Refused` without a reviewer or for somebody who may not grade.
    """
    if not can_assign_reviews(by):
        raise NotAllowed(_("You may not decide what is reviewed."))
    if not reviewers:
        raise Refused(_("Choose at least one person who grades."))
    for reviewer in reviewers:
        if not can_grade(reviewer):
            raise Refused(_("%s may not grade.") % reviewer)
    with transaction.atomic():
        is_new = plan.pk is None
        before = None if is_new else _snapshot(SamplingPlan.objects.get(pk=plan.pk))
        plan.save()
        plan.teams.set(teams)
        plan.agents.set(agents)
        plan.reviewers.set(reviewers)
        action = "create_sampling_plan" if is_new else "change_sampling_plan"
        record(action, by=by, of=plan, before=before, after=_snapshot(plan), at=at)
    return plan


def preview_draw(plan: SamplingPlan, *, starts_on: dt.date, ends_on: dt.date) -> Preview:
    """What a draw for these days would pick from and how much. Raises `Refused` as the draw would."""
    check_period(plan, starts_on=starts_on, ends_on=ends_on)
    scope = _scope(plan, starts_on, ends_on)
    design = with_knowledge(plan.design, scope, rubric=plan.rubric_id)
    frame = load_frame(scope, design)
    pi = probabilities(frame, design)
    expected = _total(pi)
    reviewers = plan.reviewers.filter(is_active=True).count()
    linking = min(plan.linking_count, expected)
    grades = linking * max(reviewers, 1) + (expected - linking) * (1 + plan.double_percent / 100)
    return Preview(
        population=len(frame),
        agents=scope.interactions().order_by().values("agent").distinct().count(),
        expected=expected,
        lowest=float(pi.min()) if len(pi) else 0.0,
        highest=float(pi.max()) if len(pi) else 0.0,
        grades=grades,
        per_reviewer=grades / reviewers if reviewers else 0.0,
        signs=[(sign, int(present.sum())) for sign, present in frame.signs.items()],
    )


def draw_sample(
    plan: SamplingPlan,
    *,
    starts_on: dt.date,
    ends_on: dt.date,
    by: User | None,
    seed: int | None = None,
    at: dt.datetime | None = None,
) -> SamplingDraw:
    """Pick by the plan from the interactions of these days and hand the grading out, all or nothing.

    `by` is None for the scheduled command. Raises `NotAllowed`, and `Refused` for an inactive plan, a
    period that is not over or was drawn from already, nothing to pick from, and nobody to grade;
    `Conflict` when somebody took one of these from the pool at this moment.
    """
    if by is not None and not can_assign_reviews(by):
        raise NotAllowed(_("You may not decide what is reviewed."))
    now = at or timezone.now()
    seed = new_seed() if seed is None else seed
    # Read before the transaction: SQLite would let no other writer in meanwhile.
    check_period(plan, starts_on=starts_on, ends_on=ends_on, at=now)
    scope = _scope(plan, starts_on, ends_on)
    design = with_knowledge(plan.design, scope, rubric=plan.rubric_id, at=now)
    frame = load_frame(scope, design)
    if not len(frame):
        raise Refused(_("There is nothing to pick from in these days; nothing was drawn."))
    reviewers = [
        person
        for person in plan.reviewers.filter(is_active=True).order_by("pk")
        if can_grade(person)
    ]
    if not reviewers:
        raise Refused(_("Nobody of this plan's reviewers can grade; change the plan first."))
    rng = random.Random(seed)  # noqa: S311 (to be repeatable, not secret)
    pi, places = select(frame, design, rng)
    try:
        with transaction.atomic():
            # One draw of a plan at a time, so that two cannot overlap.
            SamplingPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
            # And nobody hands out by this rubric meanwhile.
            Rubric.objects.select_for_update(no_key=True).get(pk=plan.rubric_id)
            check_period(plan, starts_on=starts_on, ends_on=ends_on, at=now)
            made = SamplingDraw.objects.create(
                plan=plan,
                starts_on=starts_on,
                ends_on=ends_on,
                seed=seed,
                design=design.to_json(),
                teams=list(scope.teams),
                agents=list(scope.agents),
                channels=list(scope.channels),
                drawn_at=now,
                drawn_by=by,
                population_size=len(frame),
                population_digest=digest(frame),
                expected_count=_total(pi),
                picked_count=len(places),
            )
            picks = Pick.objects.bulk_create(
                [
                    Pick(
                        draw=made,
                        interaction_id=int(frame.ids[place]),
                        inclusion_probability=float(pi[place]),
                        signs=[
                            sign.value for sign, present in frame.signs.items() if present[place]
                        ],
                    )
                    for place in places
                ],
                batch_size=_ROWS_AT_ONCE,
            )
            due_on = timezone.localdate(now) + dt.timedelta(days=plan.due_days)
            rows = _hand_out(plan, picks, reviewers, rng, by=by, at=now, due_on=due_on)
            record(
                "draw_sample",
                by=by,
                of=made,
                after={
                    "plan": plan.pk,
                    "from": starts_on,
                    "to": ends_on,
                    "seed": seed,
                    "population": len(frame),
                    "picked": len(picks),
                    "grades": len(rows),
                },
                at=now,
            )
    except IntegrityError as error:
        check_period(plan, starts_on=starts_on, ends_on=ends_on, at=now)
        raise Conflict(
            _("Somebody took one of these meanwhile; nothing was drawn. Try again.")
        ) from error
    return made


def select(frame: Frame, design: Design, rng: random.Random) -> tuple[FloatArray, IntArray]:
    """Every item's inclusion probability, and the positions of those picked."""
    pi = probabilities(frame, design)
    return pi, draw(frame, pi, design, rng)


def repeat_draw(made: SamplingDraw) -> tuple[bool, set[int]]:
    """Draw again by what was stored: whether the population is still the same, and which interactions
    are picked. Writes nothing."""
    scope = Scope(made.starts_on, made.ends_on, made.teams, made.agents, made.channels)
    frame = load_frame(scope, made.rules)
    rng = random.Random(made.seed)  # noqa: S311
    _pi, places = select(frame, made.rules, rng)
    return digest(frame) == made.population_digest, set(frame.ids[places].tolist())


def check_period(
    plan: SamplingPlan, *, starts_on: dt.date, ends_on: dt.date, at: dt.datetime | None = None
) -> None:
    """Raise `Refused` unless a draw for these days is possible. One query."""
    if not plan.is_active:
        raise Refused(_("This plan is not active."))
    if ends_on < starts_on:
        raise Refused(_("The last day comes before the first."))
    if ends_on >= timezone.localdate(at, timezone.get_default_timezone()):
        raise Refused(_("These days are not over yet: what is still to come would have no chance."))
    whole_weeks = starts_on.weekday() == 0 and ends_on.weekday() == 6
    if plan.quantity == Quantity.PER_AGENT_WEEK.value and not whole_weeks:
        raise Refused(_("This plan counts by weeks: choose a Monday to start and a Sunday to end."))
    if plan.draws.filter(starts_on__lte=ends_on, ends_on__gte=starts_on).exists():
        raise Refused(_already_drawn(starts_on, ends_on))


def next_period(plan: SamplingPlan, *, on: dt.date) -> tuple[dt.date, dt.date]:
    """What to draw for next: the last whole week before `on`; after a draw, the days that follow it up
    to a Sunday. These are not over on `on` where everything up to now is drawn. One query."""
    monday = on - dt.timedelta(days=on.weekday() + 7)
    last = plan.draws.first()
    if last is None:
        return monday, monday + dt.timedelta(days=6)
    first = last.ends_on + dt.timedelta(days=1)
    if plan.is_weekly and first.weekday():
        first += dt.timedelta(days=7 - first.weekday())
    return first, first + dt.timedelta(days=6 - first.weekday())


def _hand_out(
    plan: SamplingPlan,
    picks: list[Pick],
    reviewers: list[User],
    rng: random.Random,
    *,
    by: User | None,
    at: dt.datetime,
    due_on: dt.date,
) -> list[ReviewAssignment]:
    """One grade for each pick, a second blind one for some, everybody's for the linking set. Who
    cannot be found for a grade leaves it in the pool."""
    barred = who_knows([pick.interaction_id for pick in picks], rubric=plan.rubric_id)
    order = shuffled(picks, rng)
    linking = order[: plan.linking_count] if len(reviewers) > 1 else []
    others = order[len(linking) :]
    doubled: set[int] = set()
    if len(reviewers) > 1 and others and plan.double_percent:
        tooth = comb(np.full(len(others), plan.double_percent / 100), rng.random())
        doubled = {others[place].pk for place in tooth}
    wanted = [(pick, len(reviewers), ReviewAssignment.Purpose.LINK) for pick in linking]
    wanted += [(pick, 1 + (pick.pk in doubled), ReviewAssignment.Purpose.SECOND) for pick in others]
    able = [person.pk for person in reviewers]
    shares = share_out(
        [(count, barred[pick.interaction_id]) for pick, count, _kind in wanted], able, rng
    )
    expires_at = timezone.make_aware(
        dt.datetime.combine(due_on + dt.timedelta(days=1), dt.time.min),
        timezone.get_default_timezone(),
    ) + dt.timedelta(hours=plan.claim_hours)
    rows = []
    for (pick, _count, kind), takers in zip(wanted, shares, strict=True):
        # Who gives the grade that counts is left to chance as well.
        for place, reviewer in enumerate(shuffled(takers, rng) or [None]):
            rows.append(
                ReviewAssignment(
                    interaction_id=pick.interaction_id,
                    reviewer_id=reviewer,
                    rubric_id=plan.rubric_id,
                    pick=pick,
                    purpose=kind if place else ReviewAssignment.Purpose.GRADE,
                    inclusion_probability=None if place else pick.inclusion_probability,
                    assigned_at=at,
                    assigned_by=by,
                    due_on=due_on,
                    expires_at=expires_at if reviewer else None,
                )
            )
    return ReviewAssignment.objects.bulk_create(rows, batch_size=_ROWS_AT_ONCE)


def _scope(plan: SamplingPlan, starts_on: dt.date, ends_on: dt.date) -> Scope:
    return Scope(
        starts_on=starts_on,
        ends_on=ends_on,
        teams=sorted(plan.teams.values_list("pk", flat=True)),
        agents=sorted(plan.agents.values_list("pk", flat=True)),
        channels=sorted(plan.channels),
    )


def _snapshot(plan: SamplingPlan) -> dict[str, object]:
    """What the audit log keeps of a plan."""
    fields = {
        name: getattr(plan, name)
        for name in (
            "name",
            "rubric_id",
            "channels",
            "double_percent",
            "linking_count",
            "due_days",
            "claim_hours",
            "is_active",
        )
    }
    people = {
        name: sorted(getattr(plan, name).values_list("pk", flat=True))
        for name in ("teams", "agents", "reviewers")
    }
    return {**fields, **people, "design": plan.design.to_json()}


def _total(pi: FloatArray) -> float:
    """Their sum, without the dust that adding up leaves on a whole number."""
    return round(float(pi.sum()), 9)


def _already_drawn(starts_on: dt.date, ends_on: dt.date) -> str:
    return _("This plan has drawn from some of the days %(from)s to %(to)s already.") % {
        "from": date_format(starts_on),
        "to": date_format(ends_on),
    }
