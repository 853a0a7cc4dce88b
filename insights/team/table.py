"""People by skills: the adjusted score with the raw one beside it, and what changed.

No place is ever numbered. Sorted by a score, each row says in which standing group the person is, where
the intervals allow one.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import numpy as np
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from insights import wording
from insights.fair import Graded, MonthlyScores, Pool, fair_by_month, fair_scores
from insights.pictures import scale_for
from insights.skills import (
    HIGHEST,
    LOWEST,
    MINIMUM_SCORECARDS,
    NOTHING,
    Cell,
    Estimate,
    Measure,
    Standard,
    Window,
    estimate_by,
    load_cells,
)
from measurement.drift import agent_changes
from measurement.planner import RELIABLE_FROM, components_for, reviews_needed
from measurement.ranking import Group, Ranking, rank
from measurement.severity import SeverityModel
from people.models import User
from scorecards.models import Rollup
from ui.charts import HeatCell, HeatColumn, HeatMap, HeatRow, draw_heat, draw_spark, nice_scale
from ui.charts.heat import HeatDrawing, heat_steps

# The alarm looks at a year; the small lines show half of it.
SIGNAL_MONTHS, SPARK_MONTHS = 12, 6
LEAST_SPAN = 50.0
STEPS = 5
GROUP_WORDS = {
    Group.ABOVE: gettext_lazy("clearly above the average"),
    Group.BELOW: gettext_lazy("clearly below the average"),
    Group.NOT_DISTINGUISHABLE: gettext_lazy("not distinguishable from the average"),
}


@dataclass(slots=True)
class Scores:
    """What the table is made of. `models` are empty where only what one reviewer gave is asked for, or
    where nothing was graded by this standard; then `raw` says everything."""

    pool: Pool | None
    measured: Sequence[Measure]
    models: dict[Measure, SeverityModel] = field(default_factory=dict)
    months: dict[Measure, MonthlyScores] = field(default_factory=dict)
    rankings: dict[tuple[Measure, int], Ranking | None] = field(default_factory=dict)

    def value(self, measure: Measure, agent: int) -> float | None:
        """The adjusted score, to sort by."""
        model = self.models.get(measure)
        return model.score(agent).figure.value if model else None

    def group(self, measure: Measure, agent: int) -> Group | None:
        """The person's standing group among those they can be compared with."""
        model = self.models[measure]
        place = model.cells.place(agent)
        if place is None:
            return None
        island = int(model.shown.island[place])
        if (measure, island) not in self.rankings:
            self.rankings[measure, island] = rank(model, island=island)
        ranking = self.rankings[measure, island]
        return ranking.group_of(agent) if ranking else None


def scores_of(pool: Pool | None, measured: Sequence[Measure], *, on: dt.date) -> Scores:
    """The fits of the whole pool: in the window, and month by month over a year. Ten queries at most."""
    found = Scores(pool, measured)
    if pool is not None:
        found.models = fair_scores(pool, measured)
        year = Pool(
            pool.standard,
            Window.of(SIGNAL_MONTHS, until=on),
            pool.channel,
            pool.without_held_of,
        )
        found.months = fair_by_month(year, measured)
    return found


def sorted_by_score(people: Sequence[int], scores: Scores, measure: Measure) -> list[int]:
    """The highest first, those without a figure last, in the order they came."""

    def key(agent: int) -> tuple[bool, float]:
        value = scores.value(measure, agent)
        return (value is None, -(value or 0.0))

    return sorted(people, key=key)


def changes_of(scores: Scores, people: Sequence[int]) -> set[tuple[Measure, int]]:
    """Who has left the limits of their own first months, by measure. No query."""
    found = set()
    for measure, monthly in scores.months.items():
        columns = monthly.columns()
        mine = np.isin(columns["agent"], list(people)) & ~np.isnan(columns["standard_error"])
        if mine.any():
            rows = {name: np.asarray(each)[mine] for name, each in columns.items()}
            found |= {(measure, each.agent) for each in agent_changes(**rows) if each.has_changed}
    return found


def draw_table(
    people: Sequence[User],
    scores: Scores,
    *,
    window: Window,
    standard: Standard | None,
    channel: str,
    reviewer: User | None,
    reader: User,
    sort: str,
    sort_url: str,
) -> HeatDrawing:
    """The heat map of these people. `sort_url` has a place `{}` for the measure. Four queries."""
    measured = scores.measured
    raw = _raw(
        people,
        measured,
        window,
        standard=standard,
        channel=channel,
        reviewer=reviewer,
        reader=reader,
    )
    changed = changes_of(scores, [person.pk for person in people])
    months = Window.of(SPARK_MONTHS, until=window.last).months
    estimates = [estimate for estimate in raw.values() if estimate.is_enough]
    scale = (
        scale_for(estimates)
        if estimates
        else nice_scale([LOWEST, HIGHEST], within=(LOWEST, HIGHEST))
    )
    by_score = next((each for each in measured if (each.key or "whole") == sort), None)
    rows = []
    for person in people:
        teams = [membership.team.name for membership in person.current_memberships]  # type: ignore[attr-defined]
        detail = ", ".join(teams) or _("no team")
        if by_score is not None and scores.models and (group := scores.group(by_score, person.pk)):
            detail = f"{detail} · {GROUP_WORDS[group]}"
        cells = [
            _cell(
                person,
                measure,
                scores,
                raw.get((person.pk, measure), NOTHING),
                address=_scorecards(person, measure, window, standard, channel, reviewer),
                has_changed=(measure, person.pk) in changed,
                months=months,
                scale=scale,
            )
            for measure in measured
        ]
        address = reverse("insights:person", args=[person.pk])
        rows.append(HeatRow(str(person), cells, url=address, detail=detail))
    columns = [
        HeatColumn(
            measure.name,
            sort_url=sort_url.replace("{}", measure.key or "whole") if scores.models else "",
            order="descending" if measure == by_score else "",
        )
        for measure in measured
    ]
    return draw_heat(
        HeatMap(
            key="team",
            title=_("People by skills"),
            description=_(
                "%(period)s, %(channel)s. Each cell is a mean in percent with half its 95%% interval "
                "and the number of scorecards."
            )
            % {"period": wording.period(window), "channel": wording.channel(channel)},
            row_name=_("Person"),
            columns=columns,
            rows=rows,
            steps=heat_steps(scale, STEPS),
        )
    )


def count_sentence(
    drawing: HeatDrawing,
    standard: Standard | None,
    graded: Mapping[Standard, Graded],
    *,
    reviewer: User | None,
) -> str:
    """What the figures are made of: the scorecards of the whole house, which adjusting takes, or those
    of the people shown that one reviewer gave."""
    if standard is None:
        return _("no scorecards")
    if reviewer is None:
        n = graded[standard].n
        words = ngettext(
            "%(n)d scorecard by “%(standard)s” in the whole house",
            "%(n)d scorecards by “%(standard)s” in the whole house",
            n,
        )
        return words % {"n": n, "standard": standard.name}
    n = sum(row.cells[0].n for row in drawing.chart.rows)
    words = ngettext(
        "%(n)d scorecard by %(reviewer)s about the people shown, by “%(standard)s”",
        "%(n)d scorecards by %(reviewer)s about the people shown, by “%(standard)s”",
        n,
    )
    return words % {"n": n, "reviewer": reviewer, "standard": standard.name}


def plan_sentence(scores: Scores) -> str:
    """How many scorecards make one person's score reliable here; empty where it cannot be said."""
    whole = next((each for each in scores.measured if each.is_whole), None)
    model = scores.models.get(whole) if whole else None
    if model is None:
        return ""
    people = max(len(model.cells.agents), 1)
    per_person = max(round(float(model.shown.reviewers.sum()) / people), 1)
    components = components_for(model.components, model.n)
    needed = reviews_needed(RELIABLE_FROM, components, reviewers=per_person)
    if needed is None:
        return ngettext(
            "With %(reviewers)d reviewer a person no number of scorecards makes a score reliable; "
            "more reviewers would.",
            "With %(reviewers)d reviewers a person no number of scorecards makes a score reliable; "
            "more reviewers would.",
            per_person,
        ) % {"reviewers": per_person}
    reviewers = ngettext("%(n)d reviewer", "%(n)d reviewers", per_person) % {"n": per_person}
    return ngettext(
        "With %(reviewers)s a person it takes %(needed)d scorecard until seven tenths of the "
        "differences between people are real.",
        "With %(reviewers)s a person it takes %(needed)d scorecards until seven tenths of the "
        "differences between people are real.",
        needed,
    ) % {"reviewers": reviewers, "needed": needed}


def island_sentence(scores: Scores) -> str:
    """That not everybody can be compared, and what would change it."""
    whole = next((each for each in scores.measured if each.is_whole), None)
    model = scores.models.get(whole) if whole else None
    if model is None or model.islands.is_connected:
        return ""
    return _(
        "Not everybody can be compared: no reviewer has graded on both sides. Two conversations graded "
        "by a reviewer of each side would link them."
    )


def _raw(
    people: Sequence[User],
    measured: Sequence[Measure],
    window: Window,
    *,
    standard: Standard | None,
    channel: str,
    reviewer: User | None,
    reader: User,
) -> dict[tuple[int, Measure], Estimate]:
    """The means as graded, by one standard. Two queries."""
    rollups = Rollup.objects.exclude(agent=reader, is_held=True)
    rollups = rollups.filter(agent__in=[person.pk for person in people])
    if reviewer is not None:
        rollups = rollups.filter(reviewer=reviewer)
    cells = load_cells(rollups, measured, window, channel=channel, by_agent=True)
    return estimate_by([cell for cell in cells if cell.standard == standard], _person_and_measure)


def _person_and_measure(cell: Cell) -> tuple[int, Measure]:
    return cell.agent_id, cell.measure


def _cell(
    person: User,
    measure: Measure,
    scores: Scores,
    raw: Estimate,
    *,
    address: str,
    has_changed: bool,
    months: Sequence[dt.date],
    scale: object,
) -> HeatCell:
    model = scores.models.get(measure)
    if model is None:
        if not raw.is_enough:
            return HeatCell(None, n=raw.n, needed=MINIMUM_SCORECARDS, url=address if raw.n else "")
        half = raw.half_width if raw.has_spread else None
        return HeatCell(
            raw.mean,
            half,
            raw.n,
            url=address,
            label=_say(person, measure, wording.sentence(raw)),
            note=_("as graded"),
        )
    score = model.score(person.pk)
    figure = score.figure
    monthly = scores.months.get(measure)
    spark = None
    if monthly is not None:
        values = [monthly.score(person.pk, month).figure.value for month in months]
        spark = draw_spark(values, scale)  # type: ignore[arg-type]
    signal = _("something changed here") if has_changed else ""
    signal_url = f"{reverse('insights:person', args=[person.pk])}?months=12" if signal else ""
    if figure.value is None:
        return HeatCell(
            None,
            n=figure.n,
            needed=MINIMUM_SCORECARDS,
            url=address if figure.n else "",
            spark=spark,
            signal=signal,
            signal_url=signal_url,
        )
    half = None
    if figure.low is not None and figure.high is not None:
        half = (figure.high - figure.low) / 2
    graded = _("as graded %(mean)s") % {"mean": wording.whole(score.raw or 0.0)}
    return HeatCell(
        figure.value,
        half,
        figure.n,
        url=address,
        label=_say(
            person,
            measure,
            _("%(mean)s adjusted for who graded, %(graded)s, over %(n)d scorecards")
            % {"mean": wording.whole(figure.value), "graded": graded, "n": figure.n},
        ),
        note=graded if score.is_adjusted else _("not adjusted for who graded"),
        spark=spark,
        signal=signal,
        signal_url=signal_url,
    )


def _say(person: User, measure: Measure, words: str) -> str:
    return f"{person}, {measure.name}: {words}"


def _scorecards(
    person: User,
    measure: Measure,
    window: Window,
    standard: Standard | None,
    channel: str,
    reviewer: User | None,
) -> str:
    """Exactly the scorecards behind a figure."""
    query = {
        "agent": person.pk,
        "since": f"{window.first:%Y-%m}",
        "until": f"{window.last:%Y-%m}",
        "counted": 1,
    }
    if standard is not None:
        query["standard"] = standard.key
    if measure.key:
        query["skill"] = measure.key
    if channel:
        query["channel"] = channel
    if reviewer is not None:
        query["reviewer"] = reviewer.pk
    return f"{reverse('scorecards:scorecard_list')}?{urlencode(query)}"
