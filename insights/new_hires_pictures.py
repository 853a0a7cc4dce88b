"""New people in sentences, charts and tables: what the page says of `insights.new_hires`."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from insights import wording
from insights.new_hires import STRETCHES, Cohort, Group, Hire, NewHires, Now
from insights.pictures import LEAST_SPAN, scorecards_url
from insights.skills import HIGHEST, LOWEST, Measure
from measurement import ramp
from measurement.figures import Figure as Value
from people.models import User
from ui.charts import (
    Figure,
    RampCurve,
    RampPoint,
    RampRange,
    RampSeries,
    Step,
    StepCurve,
    StepSeries,
    draw_ramp,
    draw_steps,
    nice_scale,
)
from ui.charts.numbers import number, span

# Later weeks have few people left, and nobody is new for ever.
LONGEST_SHOWN = 26


@dataclass(frozen=True, slots=True)
class Named:
    """Some new people under the name that they have in the charts."""

    name: str
    group: Group


@dataclass(frozen=True, slots=True)
class HireRow:
    person: User
    teams: list[str]
    hire: Hire
    scorecards_url: str
    has_bar: bool

    @property
    def now(self) -> str:
        return now_in_words(self.hire.now) if self.hire.now else ""

    @property
    def state(self) -> str:
        return state_in_words(self.hire, has_bar=self.has_bar)


@dataclass(frozen=True, slots=True)
class CohortRow:
    cohort: Cohort
    name: str
    stretches: tuple[str, ...]


def ramp_figure(
    measure: Measure, shown: Sequence[Named], hires: NewHires, *, period: str
) -> Figure:
    """Weeks since the start, against where eight of ten established people are."""
    band = hires.established
    points = [p for named in shown for p in named.group.ramp if p.week <= LONGEST_SHOWN]
    limits = [
        limit
        for p in points
        for limit in (p.figure.value, p.figure.low, p.figure.high)
        if limit is not None
    ]
    limits += [band.low, band.high] if band else []
    limits = [min(max(limit, LOWEST), HIGHEST) for limit in limits]
    chart = RampCurve(
        key="ramp",
        title=_("%(measure)s in the first weeks") % {"measure": measure.name},
        description=_(
            "Mean percent by week since the start, with 95%% intervals; week 1 is the week of the "
            "start. %(established)s"
        )
        % {"established": established_sentence(band)},
        series=[RampSeries(each.name, [_ramp_point(p) for p in _shown(each)]) for each in shown],
        scale=nice_scale(limits, within=(LOWEST, HIGHEST), least_span=LEAST_SPAN),
        last_week=max([12, *(p.week for p in points)]),
        value_name=_("Mean (%)"),
        count_name=_("People"),
        established=RampRange(band.low, band.high, band.middle, band.n) if band else None,
        established_name=_("Eight of ten established people"),
    )
    first = shown[0].group
    n = _("%(reviews)s of %(people)s") % {
        "reviews": ngettext("%(n)d scorecard", "%(n)d scorecards", first.reviews)
        % {"n": first.reviews},
        "people": ngettext("%(n)d new person", "%(n)d new people", first.graded)
        % {"n": first.graded},
    }
    return Figure(
        draw_ramp(chart),
        period=period,
        n=n,
        definition=reverse("insights:method") + "#ramp",
        statement=established_sentence(band),
        level=2,
    )


def arrival_figure(
    measure: Measure, shown: Sequence[Named], hires: NewHires, *, period: str
) -> Figure | None:
    """None while there are too few people for any curve."""
    curves = [each for each in shown if each.group.arrival.is_shown]
    if hires.established is None or not curves:
        return None
    first = curves[0].group.arrival
    chart = StepCurve(
        key="proficiency",
        title=_("Time to proficiency: %(measure)s") % {"measure": measure.name},
        description=_(
            "Share of new people who have reached the middle of the established, by week since the "
            "start. %(statement)s"
        )
        % {"statement": arrival_sentence(curves[0].group, hires)},
        series=[_steps(each) for each in curves],
        last=max(12.0, *(each.group.arrival.followed for each in curves)),
        time_name=_("Weeks since the start"),
        value_name=_("Proficient (%)"),
        median=first.median,
        median_name=ngettext(
            "half are there after %(n)s week",
            "half are there after %(n)s weeks",
            round(first.median),
        )
        % {"n": number(first.median)}
        if first.median is not None
        else "",
    )
    n = ngettext("%(n)d person", "%(n)d people", first.people) % {"n": first.people}
    return Figure(
        draw_steps(chart),
        period=period,
        n=_("%(people)s, of whom %(events)d are there") % {"people": n, "events": first.events},
        definition=reverse("insights:method") + "#proficiency",
        statement=" ".join(_arrival_sentences(shown, hires)),
        note=left_out_sentence(shown[0].group),
        level=2,
    )


def established_sentence(band: ramp.Range | None) -> str:
    if band is None:
        return _(
            "There are fewer than ten established people with enough scorecards, so there is nothing "
            "to measure new people against."
        )
    return _(
        "Eight of ten established people are between %(low)s and %(high)s %%, the middle one at "
        "%(middle)s %% (%(n)d people)."
    ) % {
        "low": number(band.low),
        "high": number(band.high),
        "middle": number(band.middle),
        "n": band.n,
    }


def arrival_sentence(group: Group, hires: NewHires) -> str:
    """The one sentence about how long it takes."""
    arrival = group.arrival
    if hires.established is None:
        return established_sentence(None)
    if not arrival.is_shown:
        return ngettext(
            "Too few to say how long it takes: %(n)d more new person with scorecards is needed.",
            "Too few to say how long it takes: %(n)d more new people with scorecards are needed.",
            arrival.lacking,
        ) % {"n": arrival.lacking}
    there = _("%(events)d of %(people)d are there; the others count as “longer than so far”.") % {
        "events": arrival.events,
        "people": arrival.people,
    }
    if arrival.median is None:
        half = _("Half of them need longer than the %(weeks)s weeks that anybody was followed.") % {
            "weeks": number(arrival.followed)
        }
    elif arrival.median_low is None:
        half = _("Half of them are proficient after %(weeks)s weeks.") % {
            "weeks": number(arrival.median)
        }
    elif arrival.median_high is None:
        half = _(
            "Half of them are proficient after %(weeks)s weeks; with 95%% confidence it takes at "
            "least %(low)s."
        ) % {"weeks": number(arrival.median), "low": number(arrival.median_low)}
    else:
        half = _(
            "Half of them are proficient after %(weeks)s weeks, with 95%% confidence %(range)s."
        ) % {
            "weeks": number(arrival.median),
            "range": span(arrival.median_low, arrival.median_high),
        }
    return f"{half} {there}"


def left_out_sentence(group: Group) -> str:
    """Who is in no time to proficiency, and why; empty when all are."""
    parts = []
    if group.ungraded:
        parts.append(
            ngettext(
                "%(n)d person has no scorecard yet.",
                "%(n)d people have no scorecard yet.",
                group.ungraded,
            )
            % {"n": group.ungraded}
        )
    if group.late:
        parts.append(
            ngettext(
                "%(n)d person started before grading did, so nobody knows when they got there.",
                "%(n)d people started before grading did, so nobody knows when they got there.",
                group.late,
            )
            % {"n": group.late}
        )
    return " ".join(parts)


def now_in_words(now: Now) -> str:
    if not now.has_interval:
        return _("%(mean)s, all %(n)d alike") % {"mean": wording.whole(now.mean), "n": now.n}
    return _("%(mean)s (%(range)s) · %(n)d") % {
        "mean": wording.whole(now.mean),
        "range": span(now.low, now.high),
        "n": now.n,
    }


def state_in_words(hire: Hire, *, has_bar: bool) -> str:
    if not hire.n:
        return _("no scorecard yet")
    if not has_bar:
        return _("cannot be said")
    if hire.missing:
        return ngettext(
            "%(n)d more scorecard needed", "%(n)d more scorecards needed", hire.missing
        ) % {"n": hire.missing}
    if hire.reached is None:
        return _("not yet")
    if not hire.is_followed:
        return _("yes; since when is not known")
    return _("in week %(n)d") % {"n": hire.reached}


def cohort_name(cohort: Cohort) -> str:
    if cohort.width == 1:
        return _("Week of %(day)s") % {"day": date_format(cohort.start, "DATE_FORMAT")}
    return days(cohort.start, cohort.end)


def days(first: dt.date, last: dt.date) -> str:
    return _("%(first)s to %(last)s") % {
        "first": date_format(first, "DATE_FORMAT"),
        "last": date_format(last, "DATE_FORMAT"),
    }


def cohort_rows(cohorts: Sequence[Cohort]) -> list[CohortRow]:
    return [
        CohortRow(each, cohort_name(each), tuple(_stretch(point) for point in each.stretches))
        for each in cohorts
    ]


def stretch_names() -> list[str]:
    return [_("Weeks %(first)d to %(last)d") % {"first": a, "last": b} for a, b in STRETCHES]


def hire_rows(
    people: Sequence[User], hires: NewHires, measure: Measure, *, channel: str
) -> list[HireRow]:
    """`people` come from `insights.teams.with_teams`. No query."""
    return [
        HireRow(
            person,
            [membership.team.name for membership in person.current_memberships],  # type: ignore[attr-defined]
            hires.hires[person.pk],
            scorecards_url(
                person, measure=measure, channel=channel, standard=hires.standard, counted=True
            ),
            has_bar=hires.established is not None,
        )
        for person in people
    ]


def people_table(rows: Sequence[HireRow]) -> tuple[list[str], Iterator[list[Any]]]:
    header = [
        _("Person"),
        _("Team"),
        _("Started"),
        _("Week"),
        _("Scorecards"),
        _("Mean now (%)"),
        _("from %"),
        _("to %"),
        _("of scorecards"),
        _("Proficient in week"),
        _("Proficient"),
    ]

    def records() -> Iterator[list[Any]]:
        for row in rows:
            hire, now = row.hire, row.hire.now
            known = now is not None and now.has_interval
            yield [
                str(row.person),
                ", ".join(row.teams),
                hire.started_on,
                hire.weeks,
                hire.n,
                round(now.mean, 2) if now else None,
                round(now.low, 2) if now and known else None,
                round(now.high, 2) if now and known else None,
                now.n if now else None,
                hire.reached if hire.is_followed else None,
                row.state,
            ]

    return header, records()


def cohort_table(cohorts: Sequence[Cohort]) -> tuple[list[str], Iterator[list[Any]]]:
    header = [_("Started from"), _("to"), _("People"), _("Proficient")]
    for name in stretch_names():
        header += [
            _("%(weeks)s: mean (%%)") % {"weeks": name},
            _("%(weeks)s: from") % {"weeks": name},
            _("%(weeks)s: to") % {"weeks": name},
            _("%(weeks)s: people") % {"weeks": name},
        ]

    def records() -> Iterator[list[Any]]:
        for each in cohorts:
            record: list[Any] = [each.start, each.end, each.people, each.reached]
            for point in each.stretches:
                figure = point.figure if point else None
                values = (figure.value, figure.low, figure.high) if figure else (None, None, None)
                record += [None if value is None else round(value, 2) for value in values]
                record.append(figure.n if figure else 0)
            yield record

    return header, records()


def _shown(named: Named) -> list[ramp.RampPoint]:
    return [point for point in named.group.ramp if point.week <= LONGEST_SHOWN]


def _ramp_point(point: ramp.RampPoint) -> RampPoint:
    figure = point.figure
    low, high = figure.low, figure.high
    return RampPoint(
        week=point.week,
        value=figure.value,
        low=None if low is None else max(low, LOWEST),
        high=None if high is None else min(high, HIGHEST),
        n=figure.n,
        note=""
        if figure.is_shown
        else _("%(n)d of %(needed)d people needed") % {"n": figure.n, "needed": figure.needed},
    )


def _steps(named: Named) -> StepSeries:
    arrival = named.group.arrival
    return StepSeries(
        named.name,
        steps=[
            Step(
                step.time,
                100 * step.reached,
                None if step.reached_low is None else 100 * step.reached_low,
                None if step.reached_high is None else 100 * step.reached_high,
                at_risk=step.at_risk,
                events=step.events,
            )
            for step in arrival.steps
        ],
        until=arrival.followed,
        censored=named.group.waiting,
        people=arrival.people,
    )


def _arrival_sentences(shown: Sequence[Named], hires: NewHires) -> Iterator[str]:
    for each in shown:
        sentence = arrival_sentence(each.group, hires)
        yield sentence if len(shown) == 1 else f"{each.name}: {sentence}"


def _stretch(point: ramp.RampPoint | None) -> str:
    if point is None:
        return "–"
    figure: Value = point.figure
    if not figure.is_shown or figure.value is None:
        return _("%(n)d of %(needed)d people") % {"n": figure.n, "needed": figure.needed}
    if figure.low is None:
        return number(figure.value)
    return f"{number(figure.value)} ({span(figure.low, figure.high)})"
