"""What the pages of Objectivity are about: grades by one standard, in some months and channels."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils import timezone

from insights.fair import Graded, Pool, graded_by, stamp_of, versions_of
from insights.skills import Standard, Window
from scorecards.models import Scorecard
from scorecards.models.scorecards import ScorecardQuerySet


@dataclass(frozen=True)
class Scope:
    """`n` scorecards count for somebody in it."""

    pool: Pool
    n: int

    @property
    def window(self) -> Window:
        return self.pool.window

    @cached_property
    def versions(self) -> list[int]:
        """One query, once."""
        return versions_of(self.pool.standard)

    @cached_property
    def stamp(self) -> tuple[Any, ...]:
        """What changes when a grade comes, goes or is changed. Two queries, once."""
        return stamp_of(self.pool, self.versions)

    @property
    def about(self) -> tuple[Any, ...]:
        pool = self.pool
        return (sorted(self.versions), pool.window.first, pool.window.last, pool.channel)

    @property
    def since(self) -> dt.datetime:
        return _midnight(self.window.first)

    @property
    def until(self) -> dt.datetime:
        """The first moment that is no longer in it."""
        return _midnight(next_month(self.window.last))

    def scorecards(self) -> ScorecardQuerySet:
        """As they were first handed in: what was changed afterwards was not graded then. Without
        practice."""
        rows = Scorecard.objects.filter(
            state=Scorecard.State.SUBMITTED, revision=1, version__in=self.versions
        ).besides_practice()
        if self.pool.channel:
            rows = rows.filter(interaction__channel=self.pool.channel)
        return rows.order_by()

    def by_interaction(self) -> ScorecardQuerySet:
        """Of interactions in these months."""
        return self.scorecards().filter(month__range=(self.window.first, self.window.last))

    def by_submission(self) -> ScorecardQuerySet:
        """Handed in during these months."""
        return self.scorecards().filter(submitted_at__gte=self.since, submitted_at__lt=self.until)


def scopes(window: Window, *, channel: str = "") -> Mapping[Standard, Graded]:
    """The standards something was graded by, the one most was graded by first. Two queries."""
    graded = graded_by(window, channel=channel)
    order = sorted(graded, key=lambda each: (-graded[each].n, each.name))
    return {standard: graded[standard] for standard in order}


def next_month(month: dt.date) -> dt.date:
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
