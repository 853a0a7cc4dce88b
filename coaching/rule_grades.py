"""The grades that rules look at: what counts for a person and is shown to them."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.db.models import Max, Min

from coaching.figures import comparable_with
from coaching.models import ModuleRule
from coaching.rules import Graded
from people.models import User
from scorecards.models import Criterion, CriterionScore, Rubric, RubricVersion, Scorecard


@dataclass(frozen=True, slots=True)
class Given:
    """One grade as it was given: by whose assignment, for which criterion."""

    assignment: int
    key: str
    graded: Graded


def criteria_of(rubric: Rubric, keys: Collection[str]) -> dict[int, Criterion]:
    """The rows of the criteria in the versions that may be compared with the newest published one, by
    id, with `lowest`, `highest` (points) and the version; those of newer versions first. Three
    queries."""
    newest = (
        RubricVersion.objects.filter(rubric=rubric)
        .exclude(state=RubricVersion.State.DRAFT)
        .order_by("-number")
        .first()
    )
    if newest is None:
        return {}
    rows = (
        Criterion.objects.filter(section__version__in=comparable_with(newest), key__in=keys)
        .select_related("section__version")
        .annotate(lowest=Min("levels__points"), highest=Max("levels__points"))
        .order_by("-section__version__number")
    )
    return {row.pk: row for row in rows}


def grades_by_agent(
    criteria: dict[int, Criterion], *, since: dt.datetime
) -> Iterator[tuple[int, list[Graded]]]:
    """Each agent with what their conversations were given for one criterion, in order; one query, read
    as it comes."""
    for agent, theirs in groupby(_rows(criteria, since=since), key=lambda row: row[0]):
        yield agent, one_each(given for _agent, given in theirs)


def grades_of(agent: User, criteria: dict[int, Criterion], *, since: dt.datetime) -> list[Given]:
    """What `agent` was given, in the order of the conversations. One query."""
    return [given for _agent, given in _rows(criteria, since=since, agent=agent)]


def one_each(given: Iterable[Given]) -> list[Graded]:
    """One grade for each conversation. Where two reviewers read the same one, it was missed only if both
    say so: the kinder grade stands. `given` are of one criterion, in order."""
    by_conversation = groupby((each.graded for each in given), key=lambda graded: graded.ref)
    return [max(grades, key=lambda each: each.kindness) for _ref, grades in by_conversation]


def _rows(
    criteria: dict[int, Criterion], *, since: dt.datetime, agent: User | None = None
) -> Iterator[tuple[int, Given]]:
    """Only current grades that count for the agent and are not held back from them."""
    if not criteria:
        return
    rows = CriterionScore.objects.filter(
        criterion__in=criteria,
        scorecard__state=Scorecard.State.SUBMITTED,
        scorecard__is_current=True,
        scorecard__is_held=False,
        scorecard__agent__isnull=False,
        scorecard__interaction__occurred_at__gte=since,
    )
    if agent is not None:
        rows = rows.filter(scorecard__agent=agent)
    columns = rows.order_by(
        "scorecard__agent",
        "scorecard__interaction__occurred_at",
        "scorecard__interaction",
        "scorecard__assignment",
    ).values_list(
        "scorecard__agent",
        "scorecard__assignment",
        "scorecard__interaction",
        "scorecard__interaction__occurred_at",
        "criterion",
        "level__points",
        "level__is_critical_failure",
        "is_not_applicable",
    )
    for of, assignment, ref, at, criterion, points, is_critical_level, is_na in columns.iterator(
        chunk_size=2000
    ):
        if points is None and not is_na:
            continue
        row = criteria[criterion]
        graded = _graded(ref, at, row, None if is_na else points, bool(is_critical_level))
        yield of, Given(assignment, row.key, graded)


def _graded(
    ref: int, at: dt.datetime, criterion: Criterion, points: Decimal | None, is_critical_level: bool
) -> Graded:
    mark = float(criterion.section.version.pass_mark)
    lowest, highest = criterion.lowest, criterion.highest  # type: ignore[attr-defined]
    if points is None or highest == lowest:
        return Graded(ref, at, None, mark)
    percent = float(100 * (points - lowest) / (highest - lowest))
    below = criterion.critical_below
    falls = percent < float(below) if below is not None else points == lowest
    return Graded(ref, at, percent, mark, is_critical_level or (criterion.is_critical and falls))


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
