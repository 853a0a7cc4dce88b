"""Objectivity in charts and tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from insights import wording
from insights.objectivity import words
from insights.objectivity.agreement import AgreedCriterion, Shared, UsedCriterion
from insights.objectivity.reviewers import NO_KEYS, Keys, Reviewers
from insights.skills import Window
from measurement.drift import DriftState, Period, ReviewerDrift
from measurement.figures import Figure as Value
from people.models import User
from scorecards.calibration_wording import Words, words_of
from ui.charts import (
    Bin,
    ControlChart,
    ControlPoint,
    Figure,
    ForestChart,
    ForestGroup,
    ForestRow,
    Histogram,
    Marker,
    draw_control,
    draw_forest,
    draw_histogram,
    nice_scale,
)
from ui.charts.numbers import number, span

# A fifth of a point on a scale of 1 to 5: what is smaller matters little (docs/measurement.md).
LITTLE = 0.2 * 25
LONGEST_MINUTES = 30


@dataclass(frozen=True, slots=True)
class ReviewerRow:
    person: User
    reviewers: Reviewers

    @property
    def n(self) -> int:
        return self.reviewers.severity(self.person.pk).n

    @property
    def total(self) -> int:
        load = self.reviewers.work.get(self.person.pk)
        return load.total if load else 0

    @property
    def a_week(self) -> str:
        load = self.reviewers.work.get(self.person.pk)
        return number(load.a_week, 1) if load else "0"

    @property
    def by_month(self) -> list[int]:
        load = self.reviewers.work.get(self.person.pk)
        return load.by_month if load else [0] * len(self.reviewers.scope.window.months)

    @property
    def time(self) -> str:
        return words.time_in_words(self.reviewers.times.of(self.person.pk))

    @property
    def drift(self) -> str:
        return words.drift_sentence(self.reviewers.drifts.get(self.person.pk))

    @property
    def is_drifting(self) -> bool:
        drift = self.reviewers.drifts.get(self.person.pk)
        return drift is not None and drift.is_drifting

    @property
    def keys(self) -> str:
        return words.keys_sentence(self.own_keys)

    @property
    def sides(self) -> str:
        return words.sides_sentence(self.own_keys) if self.own_keys.same.is_shown else ""

    @property
    def own_keys(self) -> Keys:
        return self.reviewers.keys.get(self.person.pk, NO_KEYS)

    @property
    def spread(self) -> str:
        return words.spread_sentence(self.reviewers.spreads.get(self.person.pk))


@dataclass(frozen=True, slots=True)
class CriterionRow:
    criterion: AgreedCriterion
    words: Words


def definition(anchor: str) -> str:
    return reverse("insights:method") + "#" + anchor


def severity_figure(
    reviewers: Reviewers, people: Sequence[User], *, urls: Mapping[int, str]
) -> Figure:
    """All reviewers on one scale, by name inside of what may be said about them."""
    found = {person.pk: reviewers.severity(person.pk) for person in people}

    def rows(chosen: Sequence[User]) -> list[ForestRow]:
        return [_severity_row(str(p), found[p.pk], url=urls.get(p.pk, "")) for p in chosen]

    known = [p for p in people if found[p.pk].is_shown]
    apart = reviewers.stricter | reviewers.milder
    stricter = [p for p in known if p.pk in reviewers.stricter]
    milder = [p for p in known if p.pk in reviewers.milder]
    between = [p for p in known if p.pk not in apart]
    unknown = [p for p in people if not found[p.pk].is_shown]
    statement = _("%(apart)d of %(all)d reviewers differ from the average reviewer.") % {
        "apart": len(stricter) + len(milder),
        "all": len(people),
    }
    if not known:
        statement = _("No reviewer's severity is known yet.")
    elif unknown:
        statement += " " + ngettext(
            "Of %(n)d it is not yet known.", "Of %(n)d it is not yet known.", len(unknown)
        ) % {"n": len(unknown)}
    chart = ForestChart(
        key="severity",
        title=_("Severity of reviewers"),
        description=_("Points given more or less than the average reviewer. %s") % statement,
        groups=[
            ForestGroup(_("Give less than the average reviewer"), rows(stricter)),
            ForestGroup(_("Cannot be told apart from the average reviewer"), rows(between)),
            ForestGroup(_("Give more than the average reviewer"), rows(milder)),
            ForestGroup(_("Not yet known"), rows(unknown)),
        ],
        scale=_points_scale(list(found.values())),
        row_name=_("Reviewer"),
        value_name=_("Points"),
        count_name=_("Grades"),
        reference=0,
        reference_name=_("average reviewer"),
        zone=(-LITTLE, LITTLE),
        zone_name=_("matters little"),
        places=1,
        signed=True,
    )
    return Figure(
        draw_forest(chart),
        period=wording.period(reviewers.scope.window),
        n=_tied(reviewers),
        definition=definition("severity"),
        statement=statement,
        note=_severity_note(reviewers),
        level=2,
    )


def own_severity_figure(reviewers: Reviewers, person: User, *, is_own: bool) -> Figure:
    """One reviewer, and without names where most of the others are."""
    found = reviewers.severity(person.pk)
    band = reviewers.band(without=person.pk)
    statement = words.severity_sentence(reviewers, person.pk)
    limits = [found.low, found.high, *(band[:2] if band else ())]
    chart = ForestChart(
        key="severity",
        title=_("Severity"),
        description=statement,
        groups=[ForestGroup("", [_severity_row(_("You") if is_own else str(person), found)])],
        scale=_scale([each for each in limits if each is not None]),
        row_name=_("Reviewer"),
        value_name=_("Points"),
        count_name=_("Grades"),
        reference=0,
        reference_name=_("average reviewer"),
        zone=band[:2] if band else None,
        zone_name=_("where eight of ten of the other reviewers are"),
        places=1,
        signed=True,
    )
    note = (
        _("The shaded range holds eight of ten of the %(n)d other reviewers: %(range)s points.")
        % {"n": band[2], "range": span(band[0], band[1], 1, signed=True)}
        if band
        else _("There are too few other reviewers with a known severity to show where they are.")
    )
    return Figure(
        draw_forest(chart),
        period=wording.period(reviewers.scope.window),
        n=ngettext("%(n)d grade", "%(n)d grades", found.n) % {"n": found.n},
        definition=definition("severity"),
        statement=statement,
        note=note,
        level=2,
    )


def drift_figure(drift: ReviewerDrift, window: Window) -> Figure | None:
    """The smoothed change against the reviewer's own first months; None where nothing can be drawn."""
    chart = drift.chart
    errors = drift.standard_errors[np.isfinite(drift.standard_errors)]
    if drift.state != DriftState.SHOWN or not len(errors):
        return None
    # The alarm is about standard errors; times a usual one it reads in points and crosses alike.
    usual = float(np.median(errors))
    starts = {signal.index: signal.side for signal in chart.signals}
    points = [
        _drift_point(drift, place, usual, starts.get(place, 0)) for place in range(len(chart.ewma))
    ]
    limits = [each for p in points for each in (p.value, p.lower, p.upper) if each is not None]
    statement = words.drift_sentence(drift)
    by_quarter = drift.period == Period.QUARTER
    drawing = draw_control(
        ControlChart(
            key="drift",
            title=_("Drift"),
            description=_("Smoothed change of severity since the first periods. %s") % statement,
            points=points,
            centre=0.0,
            centre_name=_("own first quarters") if by_quarter else _("own first months"),
            scale=_scale(limits),
            point_name=_("Quarter from") if by_quarter else _("Month"),
            value_name=_("Points"),
            count_name=_("Scorecards"),
            baseline=_baseline(drift),
            places=1,
            signed=True,
        )
    )
    return Figure(
        drawing,
        period=wording.period(window),
        n=_scorecards(int(np.nansum(drift.reviews))),
        definition=definition("drift"),
        statement=statement,
        note=_(
            "It shows change relative to the other reviewers. If all change together, only expert keys "
            "show it."
        ),
        level=2,
    )


def time_figure(reviewers: Reviewers) -> Figure | None:
    """Everybody's gradings by minutes; None without any."""
    times = reviewers.times
    if not times.counts:
        return None
    bins = _minute_bins(times.seconds, times.counts)
    middle = times.everybody
    n = sum(times.counts)
    statement = _("Half of the gradings took less than %(time)s.") % {
        "time": words.time_in_words(middle)
    }
    if not middle.is_shown or middle.value is None:
        statement = words.time_in_words(middle)
    chart = Histogram(
        key="time",
        title=_("Time per grading"),
        description=_("Minutes of active work on each grading. %s") % statement,
        bins=bins,
        value_name=_("Minutes"),
        count_name=_("Gradings"),
        markers=[Marker(min(middle.value / 60, LONGEST_MINUTES), _("median"))]
        if middle.value is not None
        else [],
    )
    return Figure(
        draw_histogram(chart),
        period=wording.period(reviewers.scope.window),
        n=ngettext("%(n)d grading", "%(n)d gradings", n) % {"n": n},
        definition=definition("workload"),
        statement=statement,
        note=_("The last bar also holds what took longer.")
        if times.seconds[-1] >= 60 * LONGEST_MINUTES
        else "",
        level=2,
    )


def agreement_figure(shared: Shared, window: Window) -> Figure:
    """How often two people give exactly the same level."""
    chart = ForestChart(
        key="agreement",
        title=_("Exactly the same level"),
        description=_("Percent of pairs of grades that are the same, by criterion."),
        groups=[ForestGroup("", [_agreement_row(each) for each in shared.criteria])],
        scale=nice_scale([0, 100], within=(0, 100)),
        row_name=_("Criterion"),
        value_name="%",
        count_name=_("Interactions"),
    )
    return Figure(
        draw_forest(chart),
        period=wording.period(window),
        n=_("%(interactions)s, %(reviewers)s")
        % {
            "interactions": ngettext(
                "%(n)d interaction graded by more than one",
                "%(n)d interactions graded by more than one",
                shared.interactions,
            )
            % {"n": shared.interactions},
            "reviewers": ngettext("%(n)d reviewer", "%(n)d reviewers", shared.reviewers)
            % {"n": shared.reviewers},
        },
        definition=definition("agreement"),
        note=_(
            "Second grades, linking grades, conversations with an expert key, and "
            "calibration sessions that are revealed."
        ),
        level=2,
    )


def criterion_rows(shared: Shared) -> list[CriterionRow]:
    return [CriterionRow(each, words_of(each.figures)) for each in shared.criteria]


def agreement_table(shared: Shared) -> tuple[list[str], Iterator[list[Any]]]:
    """Every figure with its limits, for a file."""
    header = [_("Criterion")]
    for name in (_("Exactly the same (%)"), _("At most one apart (%)"), "alpha", "AC2"):
        header += [name, _("%s from") % name, _("%s to") % name]
    header += [_("Interactions"), _("Nearly all the same level")]

    def rows() -> Iterator[list[Any]]:
        for each in shared.criteria:
            found = each.figures
            row: list[Any] = [each.title]
            row += [*_limits(found.exact, 100), *_limits(found.within_one, 100)]
            row += [*_limits(found.alpha), *_limits(found.ac2)]
            yield [*row, found.exact.n, _("yes") if found.is_lopsided else _("no")]

    return header, rows()


def use_table(criteria: Sequence[UsedCriterion]) -> tuple[list[str], Iterator[list[Any]]]:
    header = [
        _("Criterion"),
        _("Commonest level"),
        _("Its share (%)"),
        _("from"),
        _("to"),
        _("Grades"),
        _("Not applicable (%)"),
        _("from"),
        _("to"),
        _("Of"),
    ]
    return header, (
        [
            each.title,
            each.commonest,
            *_limits(each.modal),
            each.modal.n,
            *_limits(each.skipped),
            each.skipped.n,
        ]
        for each in criteria
    )


def reviewer_table(rows: Sequence[ReviewerRow]) -> tuple[list[str], Iterator[list[Any]]]:
    """All that is known of each reviewer, for a file."""
    header = [
        _("Reviewer"),
        _("Scorecards"),
        _("Severity (points)"),
        _("from"),
        _("to"),
        _("Change"),
        _("As the key (%)"),
        _("from"),
        _("to"),
        _("Conversations with a key"),
        _("Median time (s)"),
        _("from"),
        _("to"),
        _("Graded a week"),
        *(
            date_format(month, "YEAR_MONTH_FORMAT")
            for month in (rows[0].reviewers.scope.window.months if rows else [])
        ),
        _("Remark"),
    ]

    def records() -> Iterator[list[Any]]:
        for row in rows:
            found = row.reviewers
            severity = found.severity(row.person.pk)
            load = found.work.get(row.person.pk)
            yield [
                str(row.person),
                severity.n,
                *_limits(severity),
                row.drift,
                *_limits(row.own_keys.same),
                row.own_keys.same.n,
                *_limits(found.times.of(row.person.pk)),
                load.a_week if load else 0,
                *row.by_month,
                row.spread,
            ]

    return header, records()


def _limits(figure: Value | None, times: float = 1) -> list[float | None]:
    if figure is None:
        return [None, None, None]
    return [
        None if each is None else round(times * each, 3)
        for each in (figure.value, figure.low, figure.high)
    ]


def _severity_row(name: str, figure: Value, *, url: str = "") -> ForestRow:
    if not figure.is_shown:
        return ForestRow(name, None, n=figure.n, url=url, note=words.severity_missing(figure))
    return ForestRow(name, figure.value, low=figure.low, high=figure.high, n=figure.n, url=url)


def _agreement_row(criterion: AgreedCriterion) -> ForestRow:
    figure = criterion.figures.exact
    if not figure.is_shown or figure.value is None:
        note = _("%(n)d of %(needed)d interactions that are needed") % {
            "n": figure.n,
            "needed": figure.needed,
        }
        return ForestRow(criterion.title, None, n=figure.n, note=note)
    return ForestRow(
        criterion.title,
        100 * figure.value,
        low=None if figure.low is None else 100 * figure.low,
        high=None if figure.high is None else 100 * figure.high,
        n=figure.n,
    )


def _drift_point(drift: ReviewerDrift, place: int, usual: float, side: int) -> ControlPoint:
    label = words.month_name(int(drift.periods[place]))
    smoothed, limit = float(drift.chart.ewma[place]), float(drift.chart.limit[place])
    n = int(drift.reviews[place])
    if not np.isfinite(smoothed):
        is_first = place < _baseline(drift)
        note = _("one of the first, which the others are held against")
        return ControlPoint(label, None, n, note=note if is_first else _("too few scorecards"))
    flag = {1: _("became milder"), -1: _("became stricter"), 0: ""}[side]
    return ControlPoint(
        label, smoothed * usual, n, lower=-limit * usual, upper=limit * usual, flag=flag
    )


def _baseline(drift: ReviewerDrift) -> int:
    """How many of the first periods the others are held against."""
    smoothed = np.isfinite(drift.chart.ewma)
    return int(np.argmax(smoothed)) if smoothed.any() else 0


def _minute_bins(seconds: Sequence[float], counts: Sequence[int]) -> list[Bin]:
    longest = min(LONGEST_MINUTES, max(5, int(seconds[-1] // 60) + 1))
    found = [0] * longest
    for each, count in zip(seconds, counts, strict=True):
        found[min(int(each // 60), longest - 1)] += count
    return [Bin(minute, minute + 1, count) for minute, count in enumerate(found)]


def _points_scale(figures: Sequence[Value]) -> Any:
    return _scale([each for f in figures for each in (f.low, f.high) if each is not None])


def _scale(limits: Sequence[float]) -> Any:
    """Around zero, and wide enough that what matters little looks little."""
    return nice_scale([*limits, -2 * LITTLE, 2 * LITTLE], within=(-100, 100))


def _severity_note(reviewers: Reviewers) -> str:
    note = _(
        "Everybody by name, in no order of strictness. Strict is not wrong: fair scores take it off. "
        "A grade that ties reviewers together is used a second time for that."
    )
    if reviewers.model.islands.count > 1:
        note += " " + _("The average is that of each one's own group of linked reviewers.")
    return note


def _tied(reviewers: Reviewers) -> str:
    """“365 scorecards, tied by 215 grades of shared conversations”."""
    counted = reviewers.scope.n
    ties = max(0, reviewers.model.n - counted)
    if not ties:
        return _scorecards(counted)
    return ngettext(
        "%(scorecards)s, tied by %(n)d grade of shared conversations",
        "%(scorecards)s, tied by %(n)d grades of shared conversations",
        ties,
    ) % {"scorecards": _scorecards(counted), "n": ties}


def _scorecards(n: int) -> str:
    return ngettext("%(n)d scorecard", "%(n)d scorecards", n) % {"n": n}


@dataclass(frozen=True, slots=True)
class WeekRow:
    """`share` is the height beside the busiest week, in percent."""

    monday: Any
    count: int
    share: int
    is_now: bool


def week_rows(row: ReviewerRow) -> list[WeekRow]:
    """The newest weeks, the current one last."""
    load = row.reviewers.work.get(row.person.pk)
    weeks = row.reviewers.weeks
    counts = load.by_week if load else [0] * len(weeks)
    most = max(1, *counts)
    return [
        WeekRow(monday, count, round(100 * count / most), is_now=monday == weeks[-1])
        for monday, count in zip(weeks, counts, strict=True)
    ]


def week_table(row: ReviewerRow) -> tuple[list[str], Iterator[list[Any]]]:
    return [_("Week from"), _("Graded")], ([each.monday, each.count] for each in week_rows(row))
