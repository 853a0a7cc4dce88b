"""The grades that rules look at: what counts for a person and is shown to them."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby

from django.db.models import Max, Min

from coaching.figures import comparable_with
from coaching.models import ModuleRule
from coaching.rules import Graded
from scorecards.models import Criterion, CriterionScore, Rubric, RubricVersion, Scorecard


def criteria_of(rubric: Rubric, key: str) -> dict[int, Criterion]:
    """The rows of one criterion in the versions that may be compared with the newest published one, by
    id, with `lowest`, `highest` (points) and the version. Three queries."""
    newest = (
        RubricVersion.objects.filter(rubric=rubric)
        .exclude(state=RubricVersion.State.DRAFT)
        .order_by("-number")
        .first()
    )
    if newest is None:
        return {}
    rows = (
        Criterion.objects.filter(section__version__in=comparable_with(newest), key=key)
        .select_related("section__version")
        .annotate(lowest=Min("levels__points"), highest=Max("levels__points"))
    )
    return {row.pk: row for row in rows}


def grades_by_agent(
    criteria: dict[int, Criterion],
    *,
    agents: Collection[int] | None = None,
    since: dt.datetime | None = None,
) -> Iterator[tuple[int, list[Graded]]]:
    """Each agent with the grades of these criteria in the order of the conversations; one query, read as
    it comes. Only current grades that count for the agent and are not held back from them."""
    if not criteria:
        return
    rows = CriterionScore.objects.filter(
        criterion__in=criteria,
        scorecard__state=Scorecard.State.SUBMITTED,
        scorecard__is_current=True,
        scorecard__is_held=False,
        scorecard__agent__isnull=False,
    )
    if agents is not None:
        rows = rows.filter(scorecard__agent__in=agents)
    if since is not None:
        rows = rows.filter(scorecard__interaction__occurred_at__gte=since)
    columns = rows.order_by(
        "scorecard__agent", "scorecard__interaction__occurred_at", "scorecard__assignment"
    ).values_list(
        "scorecard__agent",
        "scorecard__assignment",
        "scorecard__interaction__occurred_at",
        "criterion",
        "level__points",
        "level__is_critical_failure",
        "is_not_applicable",
    )
    graded = (row for row in columns.iterator(chunk_size=2000) if row[4] is not None or row[6])
    for agent, theirs in groupby(graded, key=lambda row: row[0]):
        yield agent, [_graded(row, criteria[row[3]]) for row in theirs]


def _graded(row: tuple, criterion: Criterion) -> Graded:
    _agent, ref, at, _criterion, points, is_critical_level, is_not_applicable = row
    mark = float(criterion.section.version.pass_mark)
    extent = criterion.highest - criterion.lowest  # type: ignore[attr-defined]
    if is_not_applicable or points is None or not extent:
        return Graded(ref, at, None, mark)
    percent = float(100 * (points - criterion.lowest) / extent)  # type: ignore[attr-defined]
    below = criterion.critical_below
    falls = percent < float(below) if below is not None else points == criterion.lowest  # type: ignore[attr-defined]
    return Graded(
        ref, at, percent, mark, bool(is_critical_level or (criterion.is_critical and falls))
    )


def titles_of(rules: Iterable[ModuleRule]) -> dict[int, str]:
    """What the criterion of each rule is called in the newest version that has it; its key where none
    has. One query."""
    wanted = list(rules)
    newest: dict[tuple[int, str], str] = {}
    rows = (
        Criterion.objects.filter(
            section__version__rubric__in={rule.rubric_id for rule in wanted},
            key__in={rule.criterion_key for rule in wanted},
        )
        .exclude(section__version__state=RubricVersion.State.DRAFT)
        .order_by("section__version__number")
    )
    for rubric, key, title in rows.values_list("section__version__rubric", "key", "title"):
        newest[rubric, key] = title
    return {
        rule.pk: newest.get((rule.rubric_id, rule.criterion_key), rule.criterion_key)
        for rule in wanted
    }
