"""From cells to pictures: the figure with a sparkline that stands in tables and on cards."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from insights import wording
from insights.skills import (
    CURRENT_MONTHS,
    HIGHEST,
    LOWEST,
    NOTHING,
    Estimate,
    Measure,
    Profile,
    Standard,
    Window,
    load_cells,
    measures,
    profile_of,
)
from people.models import User
from scorecards.models.rollups import RollupQuerySet
from ui.charts import (
    Scale,
    Sparkline,
    draw_spark,
    nice_scale,
)

# A difference of a few points must not fill the picture.
LEAST_SPAN = 50.0
SPARK_MONTHS = 6


@dataclass(frozen=True, slots=True)
class SkillCell:
    """One measure of one person or team: now in words, and the last months as a sparkline."""

    measure: Measure
    estimate: Estimate
    brief: str
    sentence: str
    spark: Sparkline | None


def scale_for(estimates: Collection[Estimate]) -> Scale:
    """One scale for pictures that are looked at together, so that they can be compared."""
    shown = [estimate for estimate in estimates if estimate.is_enough]
    limits = [limit for estimate in shown for limit in (estimate.low, estimate.high)]
    return nice_scale(limits, within=(LOWEST, HIGHEST), least_span=LEAST_SPAN)


def skill_cells(
    profile: Profile, measured: Sequence[Measure], months: Sequence[dt.date], scale: Scale
) -> list[SkillCell]:
    """Each measure of a profile of `profile`. No query."""
    cells = []
    for measure in measured:
        estimate = profile.now.get(measure, NOTHING)
        spark = draw_spark(profile.monthly_means(measure, months), scale)
        cells.append(
            SkillCell(measure, estimate, wording.brief(estimate), wording.sentence(estimate), spark)
        )
    return cells


def snapshot_of(
    rollups: RollupQuerySet, *, on: dt.date, whose: tuple[Any, ...] = ()
) -> list[SkillCell]:
    """The whole and each skill of all these rollups together, up to the month of `on`; `whose` as
    `load_cells` takes it. Three queries."""
    measured = measures()
    months = Window.of(SPARK_MONTHS, until=on)
    profile = profile_of(
        load_cells(rollups, measured, months, whose=whose), now=Window.of(CURRENT_MONTHS, until=on)
    )
    return skill_cells(profile, measured, months.months, scale_for(profile.by_month.values()))


def scorecards_url(
    person: User,
    *,
    month: dt.date | None = None,
    measure: Measure | None = None,
    channel: str = "",
    standard: Standard | None = None,
    counted: bool = False,
    released: bool = False,
) -> str:
    """The list of the scorecards behind a figure; `counted` leaves out what no average is made of,
    `released` what is held back from the person."""
    chosen = {"agent": str(person.pk)}
    if month:
        chosen["month"] = f"{month:%Y-%m}"
    if measure and not measure.is_whole:
        chosen["skill"] = measure.key
    if channel:
        chosen["channel"] = channel
    if standard:
        chosen["standard"] = standard.key
    if counted:
        chosen["counted"] = "1"
    if released:
        chosen["released"] = "1"
    return f"{reverse('scorecards:scorecard_list')}?{urlencode(chosen)}"
