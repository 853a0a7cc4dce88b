"""How a person does in one skill, as far as their scorecards can tell: for goals. Reads rollups only.

Both coach and agent get the figures of what the agent can see: what is held back enters none.
"""

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Max, Q, Sum

from content.models import Skill
from people.models import User
from scorecards.models import Rollup, RubricVersion

# Below this an interval says next to nothing, and no figure is shown (docs/measurement.md).
LEAST_SCORECARDS = 5
# The baseline of a goal is what was graded in the month it is set in and the two before.
BASELINE_MONTHS = 3

SUMS = ("n", "sum_w", "sum_wy", "sum_ww", "sum_wwy", "sum_wwyy")


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean percent with its 95 % interval from `n` scorecards; None where they are too few. Equal
    scorecards have a mean and no interval, because they show no spread to work it out from."""

    n: int
    mean: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def missing(self) -> int:
        return max(0, LEAST_SCORECARDS - self.n)

    @property
    def has_interval(self) -> bool:
        return self.low is not None and self.high is not None


def figure_of(
    agent: User, skill: Skill, *, first: dt.date, last: dt.date, versions: Sequence[int]
) -> Figure:
    """The Hájek mean over the whole months from that of `first` to that of `last`, of what was graded by
    one of `versions`. One query."""
    rows = Rollup.objects.filter(
        agent=agent,
        subject=Rollup.Subject.SKILL,
        subject_id=skill.pk,
        is_held=False,
        version__in=versions,
        month__range=(first.replace(day=1), last),
    )
    found = rows.aggregate(**{f"all_{name}": Sum(name) for name in SUMS})
    return figure_from([found[f"all_{name}"] or 0 for name in SUMS])


def figure_from(sums: Sequence[float]) -> Figure:
    """From n, Σw, Σwy, Σw², Σw²y and Σw²y². No query."""
    # NumPy and SciPy are not loaded for pages that show no figure.
    from measurement.intervals import hajek_interval

    n = int(sums[0])
    if n < LEAST_SCORECARDS:
        return Figure(n)
    found = hajek_interval(*sums)
    mean, low, high = float(found.mean), float(found.low), float(found.high)
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        return Figure(n, mean)
    return Figure(n, mean, max(0.0, low), min(100.0, high))


def standard_for(
    agent: User, skill: Skill, *, first: dt.date, last: dt.date
) -> RubricVersion | None:
    """The newest version of the rubric by which most of the agent's work in this skill was graded in
    these months; without any, the published version that measures it longest. Two queries at most."""
    rows = Rollup.objects.filter(
        agent=agent,
        subject=Rollup.Subject.SKILL,
        subject_id=skill.pk,
        is_held=False,
        month__range=(first.replace(day=1), last),
    )
    most = (
        rows.values("version__rubric")
        .annotate(all_n=Sum("n"), newest=Max("version__number"))
        .order_by("-all_n", "version__rubric")
        .first()
    )
    versions = RubricVersion.objects.exclude(state=RubricVersion.State.DRAFT)
    if most is None:
        measuring = Q(sections__criteria__skill=skill, state=RubricVersion.State.PUBLISHED)
        return versions.filter(measuring).order_by("published_at", "pk").first()
    return versions.get(rubric=most["version__rubric"], number=most["newest"])


def comparable_with(version: RubricVersion) -> list[int]:
    """The ids of the versions whose scores may be averaged with those of `version`: back to the last
    break, and on to the next. One query."""
    return comparable_with_each([version])[version.pk]


def comparable_with_each(versions: Iterable[RubricVersion]) -> dict[int, list[int]]:
    """The same for several, by their ids. One query."""
    wanted = {version.pk: version.rubric_id for version in versions}
    rows = RubricVersion.objects.filter(rubric__in=set(wanted.values())).exclude(
        state=RubricVersion.State.DRAFT
    )
    joined: dict[int, list[int]] = {}
    rubric, together = None, list[int]()
    for pk, of, is_comparable in rows.order_by("rubric", "number").values_list(
        "pk", "rubric", "is_comparable"
    ):
        if of != rubric or not is_comparable:
            rubric, together = of, []
        together.append(pk)
        joined[pk] = together
    return {pk: joined.get(pk, [pk]) for pk in wanted}
