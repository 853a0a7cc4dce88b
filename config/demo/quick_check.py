"""The short rubric for written contacts, and the plan that picks for it."""

import datetime as dt

from django.utils import timezone

from config.demo import rubric
from config.demo.grading import House, grade
from config.demo.history import LAST, drawn_at, monday
from scorecards.actions import draw_sample, save_plan
from scorecards.loading import load_version
from scorecards.models import ReviewAssignment, SamplingDraw, SamplingPlan

BEGUN = LAST - 4


def build(house: House) -> None:
    """Published a month ago and tried once; what was drawn the day before yesterday is due today."""
    staff = house.staff
    published = drawn_at(house, BEGUN) + dt.timedelta(hours=1)
    version = load_version(rubric.build("quick_check.toml", by=staff.editor, at=published).pk)
    plan = save_plan(
        SamplingPlan(
            name="Quick check of chat and social",
            rubric=version.rubric,
            channels=["chat", "social"],
            quantity="share",
            share_percent=25,
            method="stratified",
            stratify_by="channel",
            double_percent=0,
            linking_count=0,
            due_days=2,
            claim_hours=72,
        ),
        teams=[],
        agents=staff.agents,
        # Oskar Fenn and Selin Yarrow.
        reviewers=[staff.reviewers[0], staff.reviewers[3]],
        by=staff.administrator,
        at=published,
    )
    start = monday(house, BEGUN)
    tried = _draw(plan, start, start + dt.timedelta(days=6), at=published, seed=3_000_001)
    by_pk = {row.pk: row for row in house.weeks[BEGUN]}
    for assignment in ReviewAssignment.objects.filter(pick__draw=tried).order_by("pk"):
        assignment.interaction = by_pk[assignment.interaction_id]
        grade(assignment, version, house, on=published.date(), days=2)
    day = house.today - dt.timedelta(days=2)
    at = timezone.make_aware(dt.datetime.combine(day, dt.time(9)))
    until = min(day - dt.timedelta(days=1), monday(house, LAST) + dt.timedelta(days=6))
    _draw(plan, monday(house, LAST), until, at=at, seed=3_000_002)


def _draw(
    plan: SamplingPlan, start: dt.date, end: dt.date, *, at: dt.datetime, seed: int
) -> SamplingDraw:
    return draw_sample(plan, starts_on=start, ends_on=end, by=None, seed=seed, at=at)
