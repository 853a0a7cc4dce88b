"""The two verdicts in charts and sentences. None says that the one brings about the other."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from insights import wording
from insights.objectivity.pictures import definition
from insights.verdicts.pairs import BANDS, Found, Kind, Pairs, Together, is_clear, kind_words
from interactions.models import SurveyAnswer
from measurement.figures import Figure as Number
from measurement.figures import State
from scorecards.models import VerdictReview
from scorecards.models.verdicts import LIKED_FROM, Corner
from ui.charts import (
    Cell,
    Column,
    Figure,
    ForestChart,
    ForestGroup,
    ForestRow,
    HeatCell,
    HeatColumn,
    HeatMap,
    HeatRow,
    HeatSteps,
    Table,
    TableRow,
    draw_forest,
    draw_heat,
    nice_scale,
)
from ui.charts.numbers import number, span

PLACES = 2


@dataclass(frozen=True, slots=True)
class CornerCount:
    """One of the four, and what there is to read of it."""

    corner: Corner
    n: int
    url: str

    @property
    def label(self) -> str:
        return str(self.corner.label)


def sentence_of(row: Together) -> str:
    """What an association allows to say."""
    figure = row.link.within
    if figure.state == State.TOO_FEW:
        return missing_words(row)
    if figure.state == State.NO_VARIATION:
        return _("Cannot be told: the grades or the answers are all alike.")
    if not is_clear(row.sure):
        return _("Cannot be told apart from no link at all.")
    if (figure.value or 0) > 0:
        return _("Of the same agent, what we grade higher the customer rates higher too.")
    return _("Of the same agent, what we grade higher the customer rates lower.")


def missing_words(row: Together) -> str:
    """How much is lacking for an association."""
    pairs, people = row.missing
    parts = []
    if pairs:
        parts.append(
            ngettext(
                "%(n)d more conversation with both verdicts",
                "%(n)d more conversations with both verdicts",
                pairs,
            )
            % {"n": pairs}
        )
    if people:
        parts.append(
            ngettext(
                "%(n)d more person with at least two of them",
                "%(n)d more people with at least two of them",
                people,
            )
            % {"n": people}
        )
    return _("Too few to say: %(parts)s.") % {"parts": _(" and ").join(parts)}


def whole_sentence(found: Found) -> str:
    row = found.rows[0]
    figure = row.link.within
    if figure.value is None:
        return sentence_of(row)
    words = {
        "value": number(figure.value, PLACES, signed=True),
        "range": span(figure.low, figure.high, PLACES, signed=True),
        "n": figure.n,
        "people": row.link.agents,
    }
    between = _(
        "Within-agent correlation %(value)s (95%% interval %(range)s) over %(n)d conversations of "
        "%(people)d people with two or more."
    )
    return f"{sentence_of(row)} {between % words}"


def _note(row: Together, whole: Together) -> str:
    """The sentence of a row; short where the statement above says the same of all."""
    if row.link.within.state == State.TOO_FEW and row.missing == whole.missing:
        return _("too few")
    return sentence_of(row)


def links_figure(found: Found, pairs: Pairs, *, query: str) -> Figure:
    """The forest: the whole scorecard, then each skill."""
    rows = [
        ForestRow(
            row.measure.name,
            row.link.within.value,
            low=row.link.within.low,
            high=row.link.within.high,
            n=row.link.within.n,
            note=_note(row, found.rows[0]),
        )
        for row in found.rows
    ]
    limits = [each for row in rows for each in (row.low, row.high) if each is not None]
    statement = whole_sentence(found)
    chart = ForestChart(
        key="links",
        title=_("Do better grades go with better answers?"),
        description=statement,
        groups=[ForestGroup("", rows[:1]), ForestGroup(_("By skill"), rows[1:])]
        if len(rows) > 1
        else [ForestGroup("", rows)],
        scale=nice_scale([*limits, -0.2, 0.2], within=(-1, 1)),
        row_name=_("Our grade of"),
        value_name=_("Correlation"),
        count_name=_("Conversations"),
        reference=0,
        reference_name=_("no link"),
        places=PLACES,
        signed=True,
    )
    note = _(
        "Each conversation beside others of the same agent, so that differences between agents and "
        "their queues play no part. It goes from −1 to 1 and never says that one brings the other."
    )
    return Figure(
        draw_forest(chart),
        period=wording.period(pairs.window),
        n=_conversations(found.drawn),
        definition=definition("verdicts"),
        statement=statement,
        note=note,
        level=2,
    )


def table_figure(found: Found, pairs: Pairs, *, query: str) -> Figure:
    """How often each answer was given in each band of our percent; every number opens its
    conversations."""
    lowest, highest = SurveyAnswer.SCALES[pairs.kind]
    values = range(lowest, highest + 1)
    address = reverse("insights:verdict_list")
    kept = f"{query}&" if query else "?"

    def cell(band: int, name: str, value: int) -> HeatCell:
        n = found.table.get((band, value), 0)
        if not n:
            return HeatCell(None, note="0")
        label = ngettext(
            "%(n)d conversation: %(band)s from us, %(value)s from the customer",
            "%(n)d conversations: %(band)s from us, %(value)s from the customer",
            n,
        ) % {"n": n, "band": name, "value": answer_words(pairs.kind, value)}
        more = urlencode({"band": band, "value": value})
        return HeatCell(n, url=f"{address}{kept}{more}", label=label)

    chart = HeatMap(
        key="table",
        title=_("Our percent beside the customer’s answer"),
        description=_("How many conversations have which two verdicts."),
        row_name=_("Our percent"),
        columns=[HeatColumn(answer_words(pairs.kind, value)) for value in values],
        rows=[
            HeatRow(str(band.name), [cell(band.low, str(band.name), value) for value in values])
            for band in BANDS
        ],
        steps=_steps(found.table.values()),
        value_name=_("Conversations"),
        reading=_("number of conversations; each opens them"),
        is_count=True,
    )
    return Figure(
        draw_heat(chart),
        period=wording.period(pairs.window),
        n=_conversations(found.pairs),
        definition=definition("verdicts"),
        note=_("Also those that were picked by hand."),
        level=2,
    )


def findings_figure(
    months: Sequence[tuple[dt.datetime, str, int]], side: VerdictReview.Side
) -> Figure | None:
    """What came of the settled ones, month by month, so that it shows what the rubric lacks."""
    if not months:
        return None
    found: dict[dt.datetime, dict[str, int]] = {}
    for month, finding, n in months:
        found.setdefault(month, {})[finding] = n
    kinds = list(VerdictReview.Finding)
    address = reverse("insights:verdict_queue")

    def cell(counts: dict[str, int], kind: VerdictReview.Finding) -> HeatCell:
        n = counts.get(kind.value, 0)
        if not n:
            return HeatCell(None, note="0")
        query = urlencode({"side": side.value, "state": "settled", "finding": kind.value})
        return HeatCell(n, url=f"{address}?{query}")

    total = sum(n for _month, _finding, n in months)
    chart = HeatMap(
        key="findings",
        title=_("What came of them"),
        description=_("Settled conversations by month and finding."),
        row_name=_("Settled in"),
        columns=[HeatColumn(str(kind.label)) for kind in kinds],
        rows=[
            HeatRow(date_format(month, "YEAR_MONTH_FORMAT"), [cell(counts, kind) for kind in kinds])
            for month, counts in found.items()
        ],
        steps=_steps([n for _month, _finding, n in months]),
        value_name=_("Conversations"),
        reading=_("number of conversations; each opens them"),
        is_count=True,
    )
    return Figure(
        draw_heat(chart),
        period=_("all months"),
        n=_conversations(total),
        definition=definition("verdicts"),
        level=2,
    )


def corner_counts(found: Found, *, query: str) -> list[CornerCount]:
    address = reverse("insights:verdict_list")
    kept = f"{query}&" if query else "?"
    return [
        CornerCount(corner, found.corners.get(corner, 0), f"{address}{kept}corner={corner.value}")
        for corner in Corner
    ]


def means_table(found: Found, pairs: Pairs) -> Table:
    """Both means and the association by measure, for the page and a file."""
    about, unit, factor, places = kind_words(pairs.kind)
    customer = f"{about} ({unit})" if unit else about
    columns = [
        Column(_("Our grade of")),
        Column(_("Conversations"), 0),
        Column(_("Our mean (%)"), 1),
        Column(_("95% from"), 1),
        Column(_("to"), 1),
        Column(_("Customers: %(figure)s") % {"figure": customer}, places),
        Column(_("95% from"), places),
        Column(_("to"), places),
        Column(_("Within-agent correlation"), PLACES),
        Column(_("95% from"), PLACES),
        Column(_("to"), PLACES),
        Column(_("What it allows to say")),
    ]
    rows = []
    for row in found.rows:
        ours = row.quality if row.quality.is_enough else None
        within = row.link.within
        rows.append(
            TableRow(
                [
                    Cell(row.measure.name),
                    Cell(row.quality.n),
                    Cell(ours.mean if ours else None),
                    Cell(ours.low if ours and ours.has_spread else None),
                    Cell(ours.high if ours and ours.has_spread else None),
                    *(Cell(each) for each in scaled(row.customer, factor)),
                    *(Cell(each) for each in (within.value, within.low, within.high)),
                    Cell(sentence_of(row)),
                ]
            )
        )
    return Table(columns, rows)


def scaled(figure: Number, factor: float) -> list[float | None]:
    return [
        None if value is None else factor * value
        for value in (figure.value, figure.low, figure.high)
    ]


@dataclass(frozen=True, slots=True)
class Means:
    """Both means of one measure in words."""

    row: Together
    kind: Kind

    @property
    def ours(self) -> str:
        return wording.brief(self.row.quality)

    @property
    def theirs(self) -> str:
        figure = self.row.customer
        if figure.value is None:
            return ngettext(
                "%(n)d answer, %(k)d more needed", "%(n)d answers, %(k)d more needed", figure.n
            ) % {"n": figure.n, "k": figure.lacking}
        _about, unit, factor, places = kind_words(self.kind)
        value, low, high = scaled(figure, factor)
        text = number(value or 0, places) + (f" {unit}" if unit else "")
        return f"{text} ({span(low, high, places)}) · {figure.n}" if low is not None else text


def response_words(found: Found) -> str:
    """Who answered is not everybody."""
    figure = found.response
    if figure.value is None or figure.low is None or figure.high is None:
        return _("%(k)d of %(n)d graded conversations have an answer.") % {
            "k": found.drawn,
            "n": found.graded,
        }
    return _(
        "%(k)d of %(n)d graded conversations have an answer: %(share)s %% (%(range)s). Who answers is "
        "not everybody."
    ) % {
        "k": found.drawn,
        "n": found.graded,
        "share": number(100 * figure.value),
        "range": span(100 * figure.low, 100 * figure.high),
    }


def threshold_words(kind: Kind) -> str:
    """Where the corners begin."""
    low, high = SurveyAnswer.LOW_UP_TO[kind], LIKED_FROM[kind]
    ours = _(
        "We liked it: passed, that is at or above the pass mark of the rubric’s version and without a "
        "critical failure."
    )
    if kind == Kind.RESOLVED:
        theirs = _(
            "The customer liked it: said that it was resolved; did not: said that it was not."
        )
        return f"{ours} {theirs}"
    words = {"low": low, "high": high, "highest": SurveyAnswer.SCALES[kind][1]}
    theirs = _(
        "The customer liked it: answered %(high)d or more of %(highest)d; did not: %(low)d or less."
    )
    return f"{ours} {theirs % words}"


def answer_words(kind: Kind, value: int) -> str:
    """At the head of a column."""
    return str(value) if kind == Kind.NPS else answer_said(kind, value)


def answer_said(kind: Kind, value: int) -> str:
    """With the end of its scale: "2 of 5"."""
    return SurveyAnswer(kind=kind, value=value).on_its_scale


def _steps(counts: Iterable[int]) -> HeatSteps:
    """Five tints up to the largest count."""
    highest = max(counts, default=0)
    limits = sorted({max(1, round(highest * part)) for part in (0.05, 0.15, 0.35, 0.65)} - {1})
    return HeatSteps(tuple(float(limit) for limit in limits) or (2.0,))


def _conversations(n: int) -> str:
    return ngettext("%(n)d conversation", "%(n)d conversations", n) % {"n": n}
