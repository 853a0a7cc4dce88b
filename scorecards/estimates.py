"""What the picks of a plan say about all the interactions they were drawn from."""

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, FloatField, Q, Sum
from django.db.models.functions import Cast

from measurement.intervals import hajek_interval
from scorecards.models import ReviewAssignment, SamplingPlan, Scorecard

# Fewer grades than this get a sentence instead of a number (docs/measurement.md).
LEAST_GRADES = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean percent of everything in the population, from the grades that are in.

    `mean`, `low` and `high` are None with too few grades. `n` grades of `picked`; `effective_n` is
    Kish's: as many picks of equal chance would tell as much. `skipped` were set aside.
    """

    n: int
    picked: int
    skipped: int
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    effective_n: float | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every pick has its grade, so that the missing ones cannot bend the mean."""
        return self.n == self.picked

    @property
    def has_spread(self) -> bool:
        return self.mean is not None and self.low != self.high


def estimates_of(
    plan: SamplingPlan,
    *,
    starts_on: dt.date | None = None,
    ends_on: dt.date | None = None,
) -> tuple[Estimate, dict[int, Estimate]]:
    """The Hájek mean over the draws of the period together, and of each draw by its id. Two queries.

    One grade of each pick enters, the one that carries its probability, by its current revision: so
    n counts conversations, and a second opinion makes nothing look surer than it is.
    """
    draws = Q(pick__draw__plan=plan)
    if starts_on is not None:
        draws &= Q(pick__draw__starts_on__gte=starts_on)
    if ends_on is not None:
        draws &= Q(pick__draw__ends_on__lte=ends_on)
    counted = ReviewAssignment.objects.filter(draws, inclusion_probability__isnull=False)
    sizes = {
        row["pick__draw"]: (row["picked"], row["skipped"])
        for row in counted.values("pick__draw")
        .order_by("pick__draw")
        .annotate(
            picked=Count("pk"),
            skipped=Count("pk", filter=Q(state=ReviewAssignment.State.SKIPPED)),
        )
    }
    y = Cast("percent", FloatField())
    w = 1.0 / F("assignment__inclusion_probability")
    sums = {
        row["assignment__pick__draw"]: [row[name] for name in ("n", "w", "wy", "ww", "wwy", "wwyy")]
        for row in Scorecard.objects.submitted()
        .filter(assignment__in=counted, percent__isnull=False)
        .order_by("assignment__pick__draw")
        .values("assignment__pick__draw")
        .annotate(
            n=Count("pk"),
            w=Sum(w),
            wy=Sum(w * y),
            ww=Sum(w * w),
            wwy=Sum(w * w * y),
            wwyy=Sum(w * w * y * y),
        )
    }
    each = {draw: _estimate([sums[draw]] if draw in sums else [], *sizes[draw]) for draw in sizes}
    whole = _estimate(
        sums.values(),
        sum(picked for picked, _skipped in sizes.values()),
        sum(skipped for _picked, skipped in sizes.values()),
    )
    return whole, each


def _estimate(sums: Iterable[list[float]], picked: int, skipped: int) -> Estimate:
    totals = [sum(column) for column in zip(*sums, strict=True)] or [0] * 6
    n = int(totals[0])
    if n < LEAST_GRADES:
        return Estimate(n=n, picked=picked, skipped=skipped)
    found = hajek_interval(*totals)
    low, high = float(found.low), float(found.high)
    return Estimate(
        n=n,
        picked=picked,
        skipped=skipped,
        mean=float(found.mean),
        low=max(0.0, low) if math.isfinite(low) else None,
        high=min(100.0, high) if math.isfinite(high) else None,
        effective_n=float(found.effective_n),
    )
