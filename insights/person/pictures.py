"""From a person's scores to charts: as graded beside adjusted, with what happened meanwhile."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.urls import reverse
from django.utils.translation import gettext as _

from insights import wording
from insights.person import wording as words
from insights.person.marks import Marks
from insights.person.scores import Level, PersonScores
from insights.pictures import LEAST_SPAN, scorecards_url
from insights.skills import (
    HIGHEST,
    LOWEST,
    MINIMUM_SCORECARDS,
    Measure,
    Standard,
)
from measurement.severity import Score
from ui.charts import (
    Break,
    Figure,
    LineChart,
    LineDrawing,
    Point,
    Scale,
    Series,
    draw_line,
    nice_scale,
)


@dataclass(frozen=True, slots=True)
class SkillPicture:
    """One measure: the statements about now, and the months before it."""

    measure: Measure
    level: Level
    sentence: str
    unadjusted: str
    need: str
    change: str
    has_changed: bool
    drawing: LineDrawing
    figure: Figure

    @property
    def anchor(self) -> str:
        return self.measure.key or "whole"


def pictures_of(
    scores: PersonScores, measured: Sequence[Measure], marks: Marks
) -> list[SkillPicture]:
    """A picture for each measure, all on one scale. No query."""
    scale, breaks = _scale(scores, measured, marks), _breaks(scores)
    return [_picture(scores, measure, marks, scale, breaks) for measure in measured]


def _picture(
    scores: PersonScores, measure: Measure, marks: Marks, scale: Scale, breaks: list[Break]
) -> SkillPicture:
    period = wording.period(scores.window)
    chart = LineChart(
        key=f"chart-{measure.key or 'whole'}",
        title=_("%(measure)s by month") % {"measure": measure.name},
        description=_(
            "%(period)s. Each mark is the mean of one month, as graded or adjusted for who graded, its "
            "bar the 95%% interval; below stands the number of scorecards. Months with fewer than "
            "%(needed)d have no value."
        )
        % {"period": period, "needed": MINIMUM_SCORECARDS},
        first=scores.window.first,
        last=scores.window.last,
        series=_series(scores, measure),
        scale=scale,
        value_name=_("Mean (%)"),
        count_name=_("Scorecards"),
        series_name=_("Kind"),
        breaks=breaks,
        targets=marks.targets_of(measure),
        events=marks.events_of(measure),
    )
    drawing = draw_line(chart)
    level = scores.levels.get(measure, Level())
    found = scores.changes.get(measure)
    figure = Figure(
        drawing,
        period=f"{period}, {wording.channel(scores.channel)}",
        n=words.scorecards(scores.n(measure)),
        definition=reverse("insights:method") + "#person",
        level=0,
    )
    return SkillPicture(
        measure=measure,
        level=level,
        sentence=words.now(level),
        unadjusted=words.unadjusted(level),
        need=words.need(level),
        change=words.change(found),
        has_changed=bool(found and found.has_changed),
        drawing=drawing,
        figure=figure,
    )


def _series(scores: PersonScores, measure: Measure) -> list[Series]:
    """As graded and adjusted, of the newest standard first, so that they look alike on every page."""
    several = len(scores.standards) > 1
    series = []
    for standard in reversed(scores.standards):
        raw, fair = [], []
        for month in scores.window.months:
            level = scores.months.get((measure, standard, month))
            if level is None:
                continue
            raw.append(_raw_point(scores, measure, standard, month, level))
            if level.is_adjusted and level.fair is not None:
                fair.append(_fair_point(month, level.fair))
        series.append(Series(_named(_("as graded"), standard, several), raw))
        series.append(Series(_named(_("adjusted for who graded"), standard, several), fair))
    return series


def _named(kind: str, standard: Standard, several: bool) -> str:
    if not several:
        return kind
    return _("%(kind)s, from version %(number)d") % {"kind": kind, "number": standard.first}


def _raw_point(
    scores: PersonScores, measure: Measure, standard: Standard, month: dt.date, level: Level
) -> Point:
    estimate = level.raw
    known, brief = estimate.is_enough, wording.brief(estimate)
    return Point(
        month=month,
        n=estimate.n,
        y=estimate.mean if known else None,
        low=estimate.low if known and estimate.has_spread else None,
        high=estimate.high if known and estimate.has_spread else None,
        url=scorecards_url(
            scores.person,
            month=month,
            measure=measure,
            channel=scores.channel,
            standard=standard,
            counted=True,
            released=True,
        ),
        label=wording.month_sentence(month, estimate),
        tip=brief,
        note="" if known else brief,
    )


def _fair_point(month: dt.date, score: Score) -> Point:
    low, high = score.figure.low, score.figure.high
    return Point(
        month=month,
        n=score.figure.n,
        y=score.figure.value,
        low=None if low is None else max(LOWEST, low),
        high=None if high is None else min(HIGHEST, high),
        label=words.adjusted_month(month, score),
        tip=words.adjusted_tip(score),
    )


def _scale(scores: PersonScores, measured: Sequence[Measure], marks: Marks) -> Scale:
    """One for all pictures, so that they can be compared."""
    limits = []
    for level in scores.months.values():
        if level.raw.is_enough:
            limits += [level.raw.low, level.raw.high]
        if level.is_adjusted and level.fair is not None:
            figure = level.fair.figure
            limits += [
                value for value in (figure.value, figure.low, figure.high) if value is not None
            ]
    limits += [target.value for measure in measured for target in marks.targets_of(measure)]
    return nice_scale(limits, within=(LOWEST, HIGHEST), least_span=LEAST_SPAN)


def _breaks(scores: PersonScores) -> list[Break]:
    """Where the rubric went on with a version that is not comparable."""
    breaks = []
    for _before, standard in pairwise(scores.standards):
        start = min(cell.month for cell in scores.cells if cell.standard == standard)
        breaks.append(Break(start, _("version %(number)d") % {"number": standard.first}))
    return breaks
