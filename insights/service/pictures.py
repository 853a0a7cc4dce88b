"""The service figures in words, in a table and in a chart."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from insights import wording
from insights.service.figures import Kept, Question, Service, Stretch
from insights.service.metrics import (
    METRICS,
    MIDDLES,
    OF,
    OTHERS,
    SHARES,
    THOSE,
    Metric,
    Middle,
    Unit,
)
from measurement.figures import Figure as Number
from people.channels import Channel
from scorecards.interaction_filters import JUDGED, MET, MISSED
from scorecards.models.standards import TARGETS
from ui.charts import (
    Cell,
    Column,
    Figure,
    LineChart,
    Point,
    Series,
    Table,
    TableRow,
    draw_line,
    nice_scale,
)
from ui.charts.numbers import number, span
from ui.templatetags.ui import duration, minutes_as_duration


@dataclass(frozen=True, slots=True)
class Row:
    """One metric as the page shows it. The addresses lead to the conversations; `k` and `others` are of
    shares."""

    metric: Metric
    about: str
    value: str
    interval: str
    lacking: str
    trimmed: str
    mean: str
    n: int
    n_url: str
    k: int | None = None
    k_url: str = ""
    others: int | None = None
    others_url: str = ""

    @property
    def name(self) -> str:
        return str(self.metric.name)


@dataclass(frozen=True, slots=True)
class StandardRow:
    """One standard as the page shows it, with the addresses of the conversations behind it."""

    target: str
    channel: str
    channel_name: str
    minutes: int
    value: str
    interval: str
    lacking: str
    median: str
    met: int
    met_url: str
    missed: int
    missed_url: str
    n: int
    n_url: str


def standard_rows(service: Service, question: Question) -> list[StandardRow]:
    rows = []
    for kept in service.kept:

        def address(what: str, kept: Kept = kept) -> str:
            return question.address(
                first=question.window.first,
                last=question.last,
                channel=kept.channel,
                standard=f"{kept.target}-{what}",
                minutes=str(kept.minutes),
            )

        metric = METRICS[f"{kept.target}_standard"]
        rows.append(
            StandardRow(
                str(TARGETS[kept.target]),
                kept.channel,
                str(Channel(kept.channel).label),
                kept.minutes,
                shown(metric, kept.share.value),
                range_words(metric, kept.share) if kept.share.is_shown else "",
                "" if kept.share.is_shown else lacking_words(kept.share),
                shown(METRICS[f"{kept.target}_open"], kept.median.value),
                kept.met,
                address(MET),
                kept.n - kept.met,
                address(MISSED),
                kept.n,
                address(JUDGED),
            )
        )
    return rows


def rows_of(stretch: Stretch, question: Question) -> tuple[list[Row], list[Row]]:
    """(times and counts, shares)"""
    middles = [_middle_row(each, stretch, question) for each in MIDDLES]
    return middles, [_share_row(each.key, stretch, question) for each in SHARES]


def table_of(service: Service, question: Question) -> Table:
    """Whole period and months of every metric, and each standard over the whole, for a file."""
    columns = [
        Column(_("Metric")),
        Column(_("Definition")),
        Column(_("From")),
        Column(_("To")),
        Column(_("Unit")),
        Column(_("Median or share"), 1),
        Column(_("95% from"), 1),
        Column(_("to"), 1),
        Column(_("5% trimmed mean"), 1),
        Column(_("Mean"), 1),
        Column(_("Out of"), 0),
    ]
    rows = []
    for key, metric in METRICS.items():
        for stretch in (service.whole, *service.months):
            found = stretch.figure(key)
            factor = 100 if metric.unit == Unit.SHARE else 1
            extra: Sequence[float | None] = (None, None)
            if isinstance(metric, Middle):
                middles = stretch.middles[key]
                extra = (middles.trimmed.value, middles.mean if found.is_shown else None)
            rows.append(
                TableRow(
                    [
                        Cell(str(metric.name)),
                        Cell(definition_of(metric, question.days)),
                        Cell(stretch.first),
                        Cell(stretch.last),
                        Cell(_unit_name(metric.unit)),
                        *(
                            Cell(None if value is None else factor * value)
                            for value in (found.value, found.low, found.high)
                        ),
                        *(Cell(value) for value in extra),
                        Cell(found.n),
                    ]
                )
            )
    rows += [_kept_row(kept, service.whole) for kept in service.kept]
    return Table(columns, rows)


def _kept_row(kept: Kept, whole: Stretch) -> TableRow:
    """The median is in the cell of the definition: the numbers are of the share."""
    standard = _("%(channel)s: %(target)s within %(time)s") % {
        "channel": Channel(kept.channel).label,
        "target": TARGETS[kept.target],
        "time": minutes_as_duration(kept.minutes),
    }
    median = _("Median: %s") % shown(METRICS[f"{kept.target}_open"], kept.median.value)
    return TableRow(
        [
            Cell(standard),
            Cell(median if kept.median.is_shown else ""),
            Cell(whole.first),
            Cell(whole.last),
            Cell("%"),
            *(
                Cell(None if value is None else 100 * value)
                for value in (kept.share.value, kept.share.low, kept.share.high)
            ),
            Cell(None),
            Cell(None),
            Cell(kept.n),
        ]
    )


def trend(key: str, service: Service, question: Question) -> Figure:
    """One metric month by month; each mark opens its conversations."""
    metric = METRICS[key]
    figures = [stretch.figure(key) for stretch in service.months]
    factor, unit = _drawn_unit(metric, figures)
    points = []
    for stretch, found in zip(service.months, figures, strict=True):
        said = month_words(stretch, metric, found)
        points.append(
            Point(
                stretch.first,
                n=found.n,
                y=_times(found.value, factor),
                low=_times(found.low, factor),
                high=_times(found.high, factor),
                url=question.address(_behind(metric), first=stretch.first, last=stretch.last)
                if found.n
                else "",
                label=said,
                tip=shown(metric, found.value) if found.is_shown else "",
                note="" if found.is_shown else lacking_words(found),
            )
        )
    drawn = [
        each for point in points for each in (point.low, point.y, point.high) if each is not None
    ]
    is_share = metric.unit == Unit.SHARE
    if is_share:
        scale = nice_scale(drawn, within=(0, 100), least_span=20)
    else:
        # From nothing, so that twice as long looks twice as long.
        top = max([*drawn, 1.0])
        scale = nice_scale([0.0, top], within=(0, 10 * top))
    whole = service.whole.figure(key)
    statement = (
        _("%(value)s over the whole time (95%% interval %(range)s).")
        % {"value": shown(metric, whole.value), "range": range_words(metric, whole)}
        if whole.is_shown
        else lacking_words(whole)
    )
    chart = LineChart(
        key="trend",
        title=_("%(metric)s by month") % {"metric": metric.name},
        description=statement,
        first=question.window.first,
        last=question.window.last,
        series=[Series(str(metric.name), points)],
        scale=scale,
        value_name=(_("Share (%)") if is_share else _("Median (%(unit)s)") % {"unit": unit}),
        count_name=_("Customers") if _counts_customers(metric) else _("Contacts"),
        places=1,
    )
    return Figure(
        draw_line(chart),
        period=wording.period(question.window),
        n=count_words(metric, whole.n),
        definition=f"{reverse('insights:method')}#service",
        statement=statement,
        note=definition_of(metric, question.days),
        level=2,
    )


def definition_of(metric: Metric, days: int) -> str:
    text = str(metric.about)
    return text % {"days": days} if "%(days)s" in text else text


def shown(metric: Metric, value: float | None) -> str:
    if value is None:
        return ""
    if metric.unit == Unit.SECONDS:
        return duration(value)
    if metric.unit == Unit.COUNT:
        return number(value, 1)
    return f"{number(100 * value, 1)} %"


def range_words(metric: Metric, found: Number) -> str:
    """The interval; says so where all values are alike and there is none."""
    if found.low is None or found.high is None:
        return _("too many alike")
    if metric.unit == Unit.SECONDS:
        return _("%(low)s to %(high)s") % {
            "low": duration(found.low),
            "high": duration(found.high),
        }
    if metric.unit == Unit.COUNT:
        return span(found.low, found.high, 1)
    return f"{span(100 * found.low, 100 * found.high, 1)} %"


def lacking_words(found: Number) -> str:
    if not found.n:
        return _("Not known of any contact in this time.")
    return ngettext(
        "Too few to say: %(n)d so far, %(more)d more is needed.",
        "Too few to say: %(n)d so far, %(more)d more are needed.",
        found.lacking,
    ) % {"n": found.n, "more": found.lacking}


def count_words(metric: Metric, n: int) -> str:
    if _counts_customers(metric):
        return ngettext("%(n)d customer", "%(n)d customers", n) % {"n": n}
    return ngettext("%(n)d contact", "%(n)d contacts", n) % {"n": n}


def month_words(stretch: Stretch, metric: Metric, found: Number) -> str:
    month = date_format(stretch.first, "YEAR_MONTH_FORMAT")
    if not found.is_shown:
        return f"{month}: {lacking_words(found)}"
    return _("%(month)s: %(value)s, 95%% interval %(range)s, %(n)s. Show the conversations.") % {
        "month": month,
        "value": shown(metric, found.value),
        "range": range_words(metric, found),
        "n": count_words(metric, found.n),
    }


def _middle_row(metric: Middle, stretch: Stretch, question: Question) -> Row:
    middles = stretch.middles[metric.key]
    found = middles.median
    return Row(
        metric,
        definition_of(metric, question.days),
        shown(metric, found.value),
        range_words(metric, found) if found.is_shown else "",
        "" if found.is_shown else lacking_words(found),
        shown(metric, middles.trimmed.value),
        shown(metric, middles.mean) if found.is_shown else "",
        found.n,
        question.address(metric.key, first=stretch.first, last=stretch.last),
    )


def _share_row(key: str, stretch: Stretch, question: Question) -> Row:
    metric, found = METRICS[key], stretch.shares[key]
    k, n = stretch.counts[key]
    of, those, others = (
        question.address(f"{key}-{which}", first=stretch.first, last=stretch.last)
        for which in (OF, THOSE, OTHERS)
    )
    return Row(
        metric,
        definition_of(metric, question.days),
        shown(metric, found.value),
        range_words(metric, found) if found.is_shown else "",
        "" if found.is_shown else lacking_words(found),
        "",
        "",
        n,
        of,
        k,
        those,
        n - k,
        others,
    )


def _behind(metric: Metric) -> str:
    return metric.key if isinstance(metric, Middle) else f"{metric.key}-{OF}"


def _counts_customers(metric: Metric) -> bool:
    return not isinstance(metric, Middle) and metric.counts_customers


def _drawn_unit(metric: Metric, figures: Sequence[Number]) -> tuple[float, str]:
    """(what to multiply by, the unit's name)"""
    if metric.unit == Unit.SHARE:
        return 100, "%"
    if metric.unit == Unit.COUNT:
        return 1, _("waits")
    largest = max((found.value for found in figures if found.value is not None), default=0)
    for least, seconds, name in _units():
        if largest >= least:
            return 1 / seconds, name
    return 1, _("seconds")


def _units() -> list[tuple[int, int, str]]:
    """From so many seconds on, how many make one of the unit."""
    return [
        (2 * 86_400, 86_400, _("days")),
        (7200, 3600, _("hours")),
        (120, 60, _("minutes")),
    ]


def _unit_name(unit: Unit) -> str:
    return {Unit.SECONDS: _("seconds"), Unit.COUNT: _("waits"), Unit.SHARE: "%"}[unit]


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else factor * value
