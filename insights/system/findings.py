"""Criteria that are failed, and on whose side: everybody's, one reviewer's, or a few people's.

Works from rollups that the database has added up by criterion, agent and reviewer, through the versions
of one standard. `docs/measurement.md` explains the tests. What is found holds for the whole house and is
the same whoever looks; whom a reader may see is decided in `insights.system.rows`.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.db.models import Max, Q, Sum
from django.utils import timezone
from numpy.typing import NDArray

from content.models import Edition
from insights.kept import kept
from insights.objectivity.scope import Scope
from measurement.attribution import loss_tail, matched_losses
from measurement.discoveries import FALSE_DISCOVERIES, benjamini_hochberg
from measurement.proportions import more_often, wilson, wilson_intervals
from scorecards.models import Criterion, Rollup, RubricVersion

# Fewer people graded by a criterion say nothing about its page.
PEOPLE_FROM = 5
# Of one person by one criterion, beside others with the same reviewers.
PERSON_FROM = 5
# Of one reviewer by one criterion, of people whom others graded, too.
REVIEWER_FROM, REVIEWER_PEOPLE = 10, 3
HALF = 0.5
# Sums of floating numbers that should cancel leave less than this.
_NEXT_TO_NOTHING = 1e-6

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class One:
    """One person or one reviewer: `mean` percent of `n` grades with Wilson's interval, `others` that of
    those beside whom they are (a person: others with the same reviewers; a reviewer: the same people with
    others), and the adjusted p. `strata`: how many reviewers, or people, that is."""

    pk: int
    n: int
    mean: float
    low: float
    high: float
    others: float
    strata: int
    p: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion. `failing` of `people` have a weighted mean under the pass mark; of those seen by
    other criteria, too, `elsewhere` fail there. `p` is adjusted, None where it was not tested."""

    key: str
    title: str
    # The newest of its versions.
    criterion: int
    procedure: int | None
    since: dt.date
    n: int
    people: int
    failing: int
    elsewhere: int
    p: float | None
    is_everybody: bool
    reviewers: Sequence[One]
    persons: Sequence[One]

    @property
    def missing(self) -> int:
        """So many people more have to be graded before anything is said of everybody."""
        return max(0, PEOPLE_FROM - self.people)

    @property
    def is_tested(self) -> bool:
        return self.p is not None

    @property
    def low(self) -> float:
        return 100 * wilson(self.failing, self.people)[0]

    @property
    def high(self) -> float:
        return 100 * wilson(self.failing, self.people)[1]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A criterion through its versions: key, newest title and id, the page it rests on."""

    key: str
    title: str
    pk: int
    procedure: int | None
    # The first month that counts, after the page's last material change.
    since: dt.date


def findings(scope: Scope) -> list[Finding]:
    """Every criterion of the standard, in the rubric's order. Seven queries, six where the sums are
    what they were; rows that come are at most criteria × agents × reviewers who graded them."""
    asked, subjects = _criteria(scope)
    return kept(
        "system",
        (scope.about, [(each.key, each.procedure, each.since, each.title) for each in asked]),
        lambda: scope.stamp,
        lambda: _found(asked, subjects, _cells(scope, asked, subjects)),
        n=scope.n,
    )


def _criteria(scope: Scope) -> tuple[list[_Asked], dict[int, tuple[int, float]]]:
    """The criteria, and for each row of them its place there and the loss at its pass mark. Two
    queries."""
    rows = (
        Criterion.objects.filter(section__version__in=scope.versions)
        .order_by("section__version__number", "section__position", "position", "pk")
        .values_list("pk", "key", "title", "procedure", "section__version")
    )
    newest: dict[str, tuple[int, str, int | None]] = {}
    pairs = []
    for pk, key, title, procedure, version in rows:
        newest.pop(key, None)  # the order is that of the newest version
        newest[key] = pk, title, procedure
        pairs.append((pk, key, version))
    changed = _changes({procedure for _pk, _title, procedure in newest.values() if procedure})
    asked = [
        _Asked(key, title, pk, procedure, _since(scope.window.first, changed.get(procedure or 0)))
        for key, (pk, title, procedure) in newest.items()
    ]
    places = {each.key: place for place, each in enumerate(asked)}
    marks = dict(
        RubricVersion.objects.filter(pk__in=scope.versions)
        .order_by()
        .values_list("pk", "pass_mark")
    )
    return asked, {pk: (places[key], 1 - float(marks[version]) / 100) for pk, key, version in pairs}


def _changes(pages: Collection[int]) -> dict[int, dt.datetime]:
    changed = Edition.objects.material().filter(page__in=pages, number__gt=1).order_by()
    return dict(changed.values_list("page").annotate(last=Max("published_at")))


def _since(first: dt.date, changed: dt.datetime | None) -> dt.date:
    """The month after the change: what was graded before it was about other words."""
    if changed is None:
        return first
    month = timezone.localdate(changed).replace(day=1)
    after = (month + dt.timedelta(days=32)).replace(day=1)
    return max(first, after)


def _cells(
    scope: Scope, asked: Sequence[_Asked], subjects: Mapping[int, tuple[int, float]]
) -> NDArray[np.float64]:
    """Columns: subject, agent, reviewer, n, Σy, Σw, Σwy. One query; the database adds up."""
    window = scope.window
    rows: Any = Rollup.objects.filter(
        subject=Rollup.Subject.CRITERION,
        version__in=scope.versions,
        month__range=(window.first, window.last),
    ).order_by()
    if scope.pool.channel:
        rows = rows.filter(channel=scope.pool.channel)
    late: dict[dt.date, list[int]] = defaultdict(list)
    for pk, (place, _loss) in subjects.items():
        if asked[place].since > window.first:
            late[asked[place].since].append(pk)
    for since, ids in late.items():
        rows = rows.exclude(Q(subject_id__in=ids) & Q(month__lt=since))
    sums = {f"all_{name}": Sum(name) for name in ("n", "sum_y", "sum_w", "sum_wy")}
    grouped = rows.values_list("subject_id", "agent_id", "reviewer_id").annotate(**sums)
    found = [row for row in grouped.iterator(chunk_size=5000) if row[0] in subjects]
    return np.array(found, np.float64).reshape(-1, 7)


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Cells by criterion (its place), agent and reviewer (places in `agent_pks`, `reviewer_pks`).
    `loss` in grades, `mark` the loss at the pass mark, `above` percent above it by weight."""

    criterion: NDArray[np.intp]
    agent: NDArray[np.intp]
    reviewer: NDArray[np.intp]
    n: FloatArray
    loss: FloatArray
    mark: FloatArray
    w: FloatArray
    above: FloatArray
    agent_pks: NDArray[np.int64]
    reviewer_pks: NDArray[np.int64]
    criteria: int

    def only(self, keep: NDArray[np.bool_]) -> "_Table":
        return replace(
            self,
            criterion=self.criterion[keep],
            agent=self.agent[keep],
            reviewer=self.reviewer[keep],
            n=self.n[keep],
            loss=self.loss[keep],
            mark=self.mark[keep],
            w=self.w[keep],
            above=self.above[keep],
        )

    def by_agent(self, values: FloatArray) -> FloatArray:
        """Sums [criterion, agent]."""
        size = self.criteria * len(self.agent_pks)
        code = self.criterion * len(self.agent_pks) + self.agent
        sums = np.bincount(code, values, size).astype(np.float64)
        return sums.reshape(self.criteria, len(self.agent_pks))


def _table(cells: FloatArray, subjects: Mapping[int, tuple[int, float]], criteria: int) -> _Table:
    ids = cells[:, 0].astype(np.int64)
    place = np.array([subjects[pk][0] for pk in ids], np.intp)
    mark = np.array([subjects[pk][1] for pk in ids], np.float64)
    agents, agent = np.unique(cells[:, 1].astype(np.int64), return_inverse=True)
    reviewers, reviewer = np.unique(cells[:, 2].astype(np.int64), return_inverse=True)
    n, y, w, wy = cells[:, 3:].T
    loss = np.clip(n - y / 100, 0, n)
    above = wy - 100 * (1 - mark) * w
    return _Table(place, agent, reviewer, n, loss, mark, w, above, agents, reviewers, criteria)


def _found(
    asked: Sequence[_Asked], subjects: Mapping[int, tuple[int, float]], cells: FloatArray
) -> list[Finding]:
    table = _table(cells, subjects, len(asked))
    reviewers, is_theirs = _reviewers(table)
    # What one reviewer alone sees is neither the page's nor a person's.
    rest = table.only(~is_theirs)
    everybody = _everybody(rest)
    persons = _persons(rest, everybody)
    grades = np.bincount(table.criterion, table.n, len(asked))
    return [
        Finding(
            key=each.key,
            title=each.title,
            criterion=each.pk,
            procedure=each.procedure,
            since=each.since,
            n=int(grades[place]),
            people=everybody[place].people,
            failing=everybody[place].failing,
            elsewhere=everybody[place].elsewhere,
            p=everybody[place].p,
            is_everybody=everybody[place].is_so,
            reviewers=reviewers[place],
            persons=persons[place],
        )
        for place, each in enumerate(asked)
    ]


def _reviewers(table: _Table) -> tuple[list[list[One]], NDArray[np.bool_]]:
    """With whom alone people fail who pass with others, by criterion; and which cells are theirs."""
    ones, group = _standing_out(
        table,
        who=table.reviewer,
        among=table.agent,
        pks=table.reviewer_pks,
        least=REVIEWER_FROM,
        strata=REVIEWER_PEOPLE,
    )
    seen = np.unique(np.column_stack([table.criterion, table.reviewer]), axis=0)[:, 0]
    graders = np.bincount(seen.astype(np.intp), minlength=table.criteria)
    kept_ones: list[list[One]] = [[] for _place in range(table.criteria)]
    flagged: set[int] = set()
    for place, found in enumerate(ones):
        # Half of them or more are not "one reviewer": then nobody can say who is right.
        if 2 * len(found) >= graders[place]:
            continue
        kept_ones[place] = [one for _code, one in found]
        flagged |= {code for code, _one in found}
    return kept_ones, np.isin(group, list(flagged))


@dataclass(frozen=True, slots=True)
class _Everybody:
    people: int
    failing: int
    elsewhere: int
    p: float | None
    is_so: bool


def _everybody(table: _Table) -> list[_Everybody]:
    """Does at least half of the people fail, also of those who do well by their other criteria, and are
    people worse here than there (exact sign test)? The halves are asked for because among very many
    people the smallest difference is sure."""
    above, weight = table.by_agent(table.above), table.by_agent(table.w)
    is_here = weight > _NEXT_TO_NOTHING
    rest, rest_weight = above.sum(axis=0) - above, weight.sum(axis=0) - weight
    has_rest = is_here & (rest_weight > _NEXT_TO_NOTHING)
    here, there = above < -_NEXT_TO_NOTHING, rest < -_NEXT_TO_NOTHING
    people, failing = is_here.sum(axis=1), (here & is_here).sum(axis=1)
    elsewhere = (there & has_rest).sum(axis=1)
    well = (~there & has_rest).sum(axis=1)
    only_here = (here & ~there & has_rest).sum(axis=1)
    # Worse here than there: the difference of the two means, times both weights.
    worse = above * rest_weight - rest * weight
    lower = ((worse < -_NEXT_TO_NOTHING) & has_rest).sum(axis=1)
    higher = ((worse > _NEXT_TO_NOTHING) & has_rest).sum(axis=1)
    tested = people >= PEOPLE_FROM
    p = np.full(table.criteria, np.nan)
    for place in np.flatnonzero(tested):
        p[place] = more_often(int(lower[place]), int(higher[place]))
    adjusted = benjamini_hochberg(p)
    return [
        _Everybody(
            int(people[place]),
            int(failing[place]),
            int(elsewhere[place]),
            float(adjusted[place]) if tested[place] else None,
            bool(
                tested[place]
                and adjusted[place] <= FALSE_DISCOVERIES
                and failing[place] >= HALF * people[place]
                and only_here[place] >= HALF * well[place] > 0
            ),
        )
        for place in range(table.criteria)
    ]


def _persons(table: _Table, everybody: Sequence[_Everybody]) -> list[list[One]]:
    """Who fails here, well elsewhere, where others with the same reviewers do not."""
    ones, _group = _standing_out(
        table,
        who=table.agent,
        among=table.reviewer,
        pks=table.agent_pks,
        least=PERSON_FROM,
        strata=1,
    )
    above, weight = table.by_agent(table.above), table.by_agent(table.w)
    rest, rest_weight = above.sum(axis=0) - above, weight.sum(axis=0) - weight
    is_well = (rest >= -_NEXT_TO_NOTHING) & (rest_weight > _NEXT_TO_NOTHING)
    width = len(table.agent_pks)
    return [
        []
        if everybody[place].is_so
        else [one for code, one in found if is_well[place, code - place * width]]
        for place, found in enumerate(ones)
    ]


def _standing_out(
    table: _Table,
    *,
    who: NDArray[np.intp],
    among: NDArray[np.intp],
    pks: NDArray[np.int64],
    least: int,
    strata: int,
) -> tuple[list[list[tuple[int, One]]], NDArray[np.intp]]:
    """By criterion: those of `who` that fail, lose more than the others in their strata `among`, and
    whose others do not fail; each with its code. One family of tests over all criteria. Also the code of
    each cell."""
    width, depth = len(pks), int(among.max(initial=-1)) + 1
    group = table.criterion * width + who
    matched = matched_losses(group, table.criterion * depth + among, table.n, table.loss)
    grades = np.bincount(group, table.n, table.criteria * width)[matched.groups]
    marks = np.bincount(group, table.n * table.mark, table.criteria * width)[matched.groups]
    mark = marks / np.maximum(grades, 1)
    # Both have to hold, so the greater p counts (an intersection-union test).
    p = np.maximum(matched.p, loss_tail(matched.loss, matched.n, mark))
    is_tested = (matched.n >= least) & (matched.strata >= strata)
    adjusted = benjamini_hochberg(np.where(is_tested, p, np.nan))
    found: list[list[tuple[int, One]]] = [[] for _place in range(table.criteria)]
    with np.errstate(invalid="ignore"):
        is_out = is_tested & (adjusted <= FALSE_DISCOVERIES) & (matched.others < mark)
    for at in np.flatnonzero(is_out):
        code = int(matched.groups[at])
        n, lost = float(matched.n[at]), float(matched.loss[at])
        low, high = _wilson(lost, n)
        one = One(
            pk=int(pks[code % width]),
            n=round(n),
            mean=100 * (1 - lost / n),
            low=100 * (1 - high),
            high=100 * (1 - low),
            others=100 * (1 - float(matched.others[at])),
            strata=int(matched.strata[at]),
            p=float(adjusted[at]),
        )
        found[code // width].append((code, one))
    return found, group


def _wilson(lost: float, n: float) -> tuple[float, float]:
    """Too wide, if anything, for grades between 0 and 1."""
    low, high = wilson_intervals(lost, n)
    return float(low), float(high)
