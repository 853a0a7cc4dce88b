"""From cells to pictures: the charts of a person's page, and the figure with a sparkline that stands in
tables and on cards."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from insights import wording
from insights.skills import (
    CURRENT_MONTHS,
    HIGHEST,
    LOWEST,
    MINIMUM_SCORECARDS,
    NOTHING,
    Cell,
    Estimate,
    Measure,
    Profile,
    Standard,
    Window,
    estimate_by,
    load_cells,
    measures,
    profile_of,
)
from people.models import User
from scorecards.models.rollups import RollupQuerySet
from ui.charts import (
    Break,
    LineChart,
    LineDrawing,
    Point,
    Scale,
    Series,
    Sparkline,
    draw_line,
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


@dataclass(frozen=True, slots=True)
class SkillPicture:
    """One measure of one person: the statement about now, and the months before it."""

    measure: Measure
    estimate: Estimate
    sentence: str
    drawing: LineDrawing


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


def snapshot_of(rollups: RollupQuerySet, *, on: dt.date) -> list[SkillCell]:
    """The whole and each skill of all these rollups together, up to the month of `on`. Three
    queries."""
    measured = measures()
    months = Window.of(SPARK_MONTHS, until=on)
    profile = profile_of(
        load_cells(rollups, measured, months), now=Window.of(CURRENT_MONTHS, until=on)
    )
    return skill_cells(profile, measured, months.months, scale_for(profile.by_month.values()))


def pictures_of(
    person: User,
    cells: Collection[Cell],
    measured: Sequence[Measure],
    profile: Profile,
    window: Window,
    *,
    channel: str = "",
) -> list[SkillPicture]:
    """A picture for each measure, all on one scale. No query.

    Each standard is a series of its own, so that no line leads from one to another.
    """
    monthly = estimate_by(cells, lambda cell: (cell.measure, cell.standard, cell.month))
    in_use = sorted({cell.standard for cell in cells}, key=lambda s: (s.rubric_id, s.first))
    points: dict[tuple[Measure, Standard], list[Point]] = {}
    for (measure, standard, month), estimate in monthly.items():
        point = _point(person, measure, month, estimate, channel)
        points.setdefault((measure, standard), []).append(point)
    scale, breaks = scale_for(monthly.values()), _breaks(cells, in_use)
    pictures = []
    for measure in measured:
        chart = LineChart(
            key=f"chart-{measure.key or 'whole'}",
            title=_("%(measure)s by month") % {"measure": measure.name},
            description=_(
                "%(period)s. Each dot is the mean of one month, its bar the 95%% interval; below "
                "stands the number of scorecards. Months with fewer than %(needed)d have no value."
            )
            % {"period": wording.period(window), "needed": MINIMUM_SCORECARDS},
            first=window.first,
            last=window.last,
            series=[Series(each.name, points.get((measure, each), [])) for each in in_use],
            scale=scale,
            value_name=_("Mean (%)"),
            count_name=_("Scorecards"),
            breaks=breaks,
        )
        estimate = profile.now.get(measure, NOTHING)
        statement = wording.sentence(estimate)
        pictures.append(SkillPicture(measure, estimate, statement, draw_line(chart)))
    return pictures


def _point(
    person: User, measure: Measure, month: dt.date, estimate: Estimate, channel: str
) -> Point:
    known, brief = estimate.is_enough, wording.brief(estimate)
    return Point(
        month=month,
        n=estimate.n,
        y=estimate.mean if known else None,
        low=estimate.low if known and estimate.has_spread else None,
        high=estimate.high if known and estimate.has_spread else None,
        url=scorecards_url(person, month=month, measure=measure, channel=channel),
        label=wording.month_sentence(month, estimate),
        tip=brief,
        note="" if known else brief,
    )


def scorecards_url(
    person: User, *, month: dt.date | None = None, measure: Measure | None = None, channel: str = ""
) -> str:
    """The list of the scorecards behind a figure."""
    chosen = {"agent": str(person.pk)}
    if month:
        chosen["month"] = f"{month:%Y-%m}"
    if measure and not measure.is_whole:
        chosen["skill"] = measure.key
    if channel:
        chosen["channel"] = channel
    return f"{reverse('scorecards:scorecard_list')}?{urlencode(chosen)}"


def _breaks(cells: Collection[Cell], in_use: Sequence[Standard]) -> list[Break]:
    """Where a rubric went on with a version that is not comparable. Different rubrics used side by
    side are no break."""
    breaks = []
    for before, standard in pairwise(in_use):
        if before.rubric_id == standard.rubric_id:
            start = min(cell.month for cell in cells if cell.standard == standard)
            breaks.append(Break(start, _("version %(number)d") % {"number": standard.first}))
    return breaks
