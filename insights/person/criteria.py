"""What a person does well, and what to work on: the criteria that most often stand at the top or at the
bottom level, with the words of the conversations that show it.

Counted is what counts in averages and is not held back from the person, the same for every reader. A
quotation is shown where the reader may open the scorecard it stands in.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.db.models import Count, Max, Min
from django.utils.translation import gettext as _

from coaching.agenda import Quote
from content.models import Skill
from insights.skills import Window
from interactions.models import Transcript
from measurement.proportions import wilson
from people.models import User
from scorecards.models import Criterion, CriterionScore, Evidence, Scorecard
from scorecards.models.scorecards import ScorecardQuerySet
from ui.charts import Cell, Column, Table, TableRow

# A strength stands at the top level in three of four grades and at most one of ten at the bottom; to
# work on is what stood at the bottom more than once.
TOP_SHARE, BOTTOM_SHARE = 0.75, 0.1
LEAST = 2
MOST = 3
MOST_QUOTES = 2


@dataclass(frozen=True, slots=True)
class Quoted:
    """A passage and the scorecard it stands in."""

    quote: Quote
    scorecard: Scorecard


@dataclass(frozen=True, slots=True)
class Stand:
    """How often one criterion stood at one end of its scale: `k` of `n` grades, with Wilson's interval
    (percent). `quotes` are the newest; without any, nothing was quoted that this reader may see."""

    criterion: Criterion
    k: int
    n: int
    low: float
    high: float
    quotes: Sequence[Quoted] = ()


@dataclass(frozen=True, slots=True)
class Criteria:
    """`n` scorecards were looked at; `rows` are all criteria with top and bottom counts, for the file."""

    n: int = 0
    strengths: Sequence[Stand] = ()
    to_work_on: Sequence[Stand] = ()
    rows: Sequence[tuple[Criterion, int, int, int]] = ()

    @property
    def weak_skills(self) -> dict[Skill, Criterion]:
        """The skills of what to work on, the surest first, each with the criterion that shows it."""
        found: dict[Skill, Criterion] = {}
        for stand in self.to_work_on:
            found.setdefault(stand.criterion.skill, stand.criterion)
        return found


@dataclass(slots=True)
class _Tally:
    criterion: Criterion
    n: int = 0
    top: int = 0
    bottom: int = 0
    ids: set[int] = field(default_factory=set)


def criteria_of(
    person: User,
    window: Window,
    versions: Collection[int],
    *,
    reader: User,
    channel: str = "",
) -> Criteria:
    """Six queries, whatever there is; only counts and a few quotations are read."""
    scorecards = _counting(person, window, versions, channel)
    criteria = {
        row.pk: row
        for row in Criterion.objects.filter(section__version__in=versions)
        .select_related("skill", "section__version")
        .annotate(lowest=Min("levels__points"), highest=Max("levels__points"))
    }
    graded = CriterionScore.objects.filter(scorecard__in=scorecards, level__isnull=False)
    counts = (
        graded.order_by()
        .values_list("criterion", "level__points", "level__is_critical_failure")
        .annotate(Count("pk"))
    )
    tallies: dict[tuple[int, str], _Tally] = {}
    for pk, points, is_critical, n in counts:
        criterion = criteria[pk]
        if criterion.lowest == criterion.highest:
            continue
        key = (criterion.section.version.rubric_id, criterion.key)
        tally = tallies.setdefault(key, _Tally(criterion))
        if criterion.section.version.number > tally.criterion.section.version.number:
            tally.criterion = criterion
        tally.ids.add(pk)
        tally.n += n
        end = _end(criterion, points, is_critical)
        tally.bottom += n if end == "bottom" else 0
        tally.top += n if end == "top" else 0
    found = sorted(tallies.values(), key=lambda tally: tally.criterion.pk)
    strong = [tally for tally in found if _is_strong(tally)]
    weak = [tally for tally in found if tally.bottom >= LEAST and tally not in strong]
    strengths = _first((_stand(tally, tally.top), tally) for tally in strong)
    to_work_on = _first((_stand(tally, tally.bottom), tally) for tally in weak)
    quotes = _quotes(scorecards, strengths, to_work_on, criteria, reader=reader)
    return Criteria(
        n=scorecards.count(),
        strengths=[
            replace(s, quotes=quotes.get((s.criterion.pk, True), [])) for s, _t in strengths
        ],
        to_work_on=[
            replace(s, quotes=quotes.get((s.criterion.pk, False), [])) for s, _t in to_work_on
        ],
        rows=[(tally.criterion, tally.top, tally.bottom, tally.n) for tally in found],
    )


def table_of(criteria: Criteria) -> Table:
    columns = [
        Column(_("Criterion")),
        Column(_("Skill")),
        Column(_("At the top level"), 0),
        Column(_("At the bottom level"), 0),
        Column(_("Grades"), 0),
    ]
    return Table(
        columns,
        [
            TableRow([Cell(c.title), Cell(str(c.skill)), Cell(top), Cell(bottom), Cell(n)])
            for c, top, bottom, n in criteria.rows
        ],
    )


def _counting(
    person: User, window: Window, versions: Collection[int], channel: str
) -> ScorecardQuerySet:
    """What enters averages and is not held back."""
    rows = Scorecard.objects.submitted().filter(
        agent=person,
        is_held=False,
        month__range=(window.first, window.last),
        version__in=versions,
        assignment__inclusion_probability__isnull=False,
    )
    if channel:
        rows = rows.filter(interaction__channel=channel)
    return rows.order_by()


def _end(criterion: Criterion, points: Decimal, is_critical: bool) -> str:
    """Which end of its scale a grade stands at, if any. Needs `lowest` and `highest`."""
    if is_critical or points == criterion.lowest:  # type: ignore[attr-defined]
        return "bottom"
    return "top" if points == criterion.highest else ""  # type: ignore[attr-defined]


def _is_strong(tally: _Tally) -> bool:
    return (
        tally.top >= LEAST
        and tally.top >= TOP_SHARE * tally.n
        and tally.bottom <= BOTTOM_SHARE * tally.n
    )


def _stand(tally: _Tally, k: int) -> Stand:
    low, high = wilson(k, tally.n)
    return Stand(tally.criterion, k, tally.n, 100 * low, 100 * high)


def _first(pairs: Iterable[tuple[Stand, _Tally]]) -> list[tuple[Stand, _Tally]]:
    """The few that are surest: by the lower limit, so that two of two do not pass for always."""
    return sorted(pairs, key=lambda pair: (-pair[0].low, pair[0].criterion.pk))[:MOST]


def _quotes(
    scorecards: ScorecardQuerySet,
    strengths: Sequence[tuple[Stand, _Tally]],
    to_work_on: Sequence[tuple[Stand, _Tally]],
    criteria: Mapping[int, Criterion],
    *,
    reader: User,
) -> dict[tuple[int, bool], list[Quoted]]:
    """By criterion (of the stand) and whether it is a strength: the newest passages, one from each
    conversation. Two queries."""
    wanted = {pk: (s.criterion.pk, True) for s, tally in strengths for pk in tally.ids}
    wanted |= {pk: (s.criterion.pk, False) for s, tally in to_work_on for pk in tally.ids}
    seen = Scorecard.objects.visible_to(reader).filter(pk__in=scorecards.values("pk"))
    passages = (
        Evidence.objects.filter(
            criterion_score__criterion__in=wanted,
            criterion_score__scorecard__in=seen.values("pk"),
            criterion_score__level__isnull=False,
        )
        .select_related("criterion_score__level", "criterion_score__scorecard__interaction")
        .order_by("-criterion_score__scorecard__submitted_at", "pk")
    )
    chosen: dict[tuple[int, bool], list[Evidence]] = {}
    for passage in passages:
        score, level = passage.criterion_score, passage.criterion_score.level
        if level is None:
            continue
        key = wanted[score.criterion_id]
        end = _end(criteria[score.criterion_id], level.points, level.is_critical_failure)
        mine = chosen.setdefault(key, [])
        is_new = all(p.criterion_score.scorecard_id != score.scorecard_id for p in mine)
        if end == ("top" if key[1] else "bottom") and is_new and len(mine) < MOST_QUOTES:
            mine.append(passage)
    interactions = {
        p.criterion_score.scorecard.interaction_id for rows in chosen.values() for p in rows
    }
    transcripts = Transcript.objects.in_bulk(interactions)
    return {key: [_quoted(p, transcripts) for p in rows] for key, rows in chosen.items()}


def _quoted(passage: Evidence, transcripts: dict[int, Transcript]) -> Quoted:
    scorecard = passage.criterion_score.scorecard
    transcript = transcripts.get(scorecard.interaction_id)
    turn = transcript.turn(passage.message_id) if transcript else None
    text = turn.text if turn else ""
    is_removed = text[passage.start : passage.end] != passage.quote
    return Quoted(Quote(passage.quote, is_removed), scorecard)
