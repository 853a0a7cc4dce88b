"""What several people graded, criterion by criterion, and criteria that tell nothing apart.

A criterion is known by its key and its number of levels, so that it is followed through the versions of
one standard and levels are never added to other levels.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Count, Max, Q

from insights.kept import kept
from insights.objectivity.scope import Scope
from measurement.agreement import Agreement, assess
from measurement.figures import Figure, State
from measurement.proportions import wilson
from scorecards.models import (
    CalibrationSession,
    Criterion,
    CriterionScore,
    Level,
    ReviewAssignment,
    Scorecard,
)

Purpose = ReviewAssignment.Purpose
# Grades of one conversation by several people who did not know of each other's. A second grade for a
# dispute is not among them: it is given where people disagreed, and would make all look worse.
SHARED = (Purpose.SECOND, Purpose.LINK, Purpose.SEEDED, Purpose.CALIBRATION)

# What stays below both tells nothing apart, in words "nearly always": the lower limit of the share.
NEARLY_ALL = 0.9
GRADES_FROM = 30

Identity = tuple[str, int]


@dataclass(frozen=True, slots=True)
class AgreedCriterion:
    title: str
    levels: int
    figures: Agreement


@dataclass(frozen=True, slots=True)
class Shared:
    """`interactions` were graded by more than one of `reviewers`."""

    criteria: list[AgreedCriterion]
    interactions: int
    reviewers: int


@dataclass(frozen=True, slots=True)
class UsedCriterion:
    """How often each level was given. `modal` is the share of the commonest among the applicable,
    `skipped` the share of "not applicable" among all; both in percent."""

    title: str
    labels: list[str]
    counts: list[int]
    not_applicable: int
    modal: Figure
    skipped: Figure

    @property
    def commonest(self) -> str:
        return self.labels[int(np.argmax(self.counts))]

    @property
    def is_flat(self) -> bool:
        return self.modal.low is not None and self.modal.low >= 100 * NEARLY_ALL

    @property
    def is_skipped(self) -> bool:
        return self.skipped.low is not None and self.skipped.low >= 100 * NEARLY_ALL


def load_agreement(scope: Scope) -> Shared:
    """Three queries, and three more when a grade has come since the last time; see `kept`."""
    revealed = CalibrationSession.objects.revealed()
    # What a session still hides is counted nowhere.
    hidden = Q(assignment__purpose=Purpose.CALIBRATION) & ~Q(
        assignment__calibration_pick__item__session__in=revealed
    )
    graded = scope.by_interaction().exclude(assignment__purpose=Purpose.REGRADE).exclude(hidden)
    shared = graded.filter(assignment__purpose__in=SHARED)

    def stamp() -> tuple[Any, ...]:
        found = shared.aggregate(Count("pk"), Max("pk"), Max("submitted_at"))
        return (*found.values(), *scope.stamp)

    def make() -> Shared:
        rows = graded.filter(interaction__in=shared.values("interaction"))
        reviewers: dict[int, set[int]] = defaultdict(set)
        for interaction, reviewer in rows.values_list("interaction", "reviewer"):
            reviewers[interaction].add(reviewer)
        if not reviewers:
            return Shared([], 0, 0)
        both = {interaction for interaction, people in reviewers.items() if len(people) > 1}
        return Shared(
            list(_agreed(scope, rows)),
            len(both),
            len(set().union(*(reviewers[each] for each in both))) if both else 0,
        )

    return kept("agreement", scope.about, stamp, make, n=scope.n)


def load_use(scope: Scope) -> list[UsedCriterion]:
    """Each criterion of the standard, in the order of the rubric. The counts are kept."""
    return kept("use", scope.about, lambda: scope.stamp, lambda: list(_used(scope)), n=scope.n)


@dataclass(frozen=True, slots=True)
class _Place:
    identity: Identity
    place: int


@dataclass(frozen=True, slots=True)
class _Rubric:
    """The criteria of a standard as its newest version orders them."""

    places: dict[int, _Place]
    of_criterion: dict[int, Identity]
    titles: dict[Identity, str]
    labels: dict[Identity, list[str]]


def _rubric(versions: Sequence[int]) -> _Rubric:
    """Two queries."""
    levels: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for pk, criterion, label in (
        Level.objects.filter(criterion__section__version__in=versions)
        .order_by("criterion", "position", "pk")
        .values_list("pk", "criterion", "label")
    ):
        levels[criterion].append((pk, label))
    rubric = _Rubric({}, {}, {}, {})
    criteria = (
        Criterion.objects.filter(section__version__in=versions)
        .order_by("-section__version__number", "section__position", "position", "pk")
        .values_list("pk", "key", "title")
    )
    for criterion, key, title in criteria:
        own = levels[criterion]
        identity = (key, len(own))
        rubric.of_criterion[criterion] = identity
        rubric.titles.setdefault(identity, title)
        rubric.labels.setdefault(identity, [label for _pk, label in own])
        for place, (pk, _label) in enumerate(own):
            rubric.places[pk] = _Place(identity, place)
    return rubric


def _agreed(scope: Scope, graded: Any) -> Iterator[AgreedCriterion]:
    rubric = _rubric(scope.versions)
    rows = (
        CriterionScore.objects.filter(scorecard__in=graded, level__isnull=False)
        .order_by()
        .values_list("scorecard__interaction", "level")
        .annotate(Count("pk"))
    )
    tables: dict[Identity, dict[int, list[int]]] = defaultdict(dict)
    for interaction, level, count in rows:
        found = rubric.places[level]
        unit = tables[found.identity].setdefault(interaction, [0] * found.identity[1])
        unit[found.place] += count
    for identity, title in rubric.titles.items():
        if units := tables.get(identity):
            counts = np.array(list(units.values()), np.float64)
            yield AgreedCriterion(title, identity[1], assess(counts))


def _used(scope: Scope) -> Iterator[UsedCriterion]:
    rubric = _rubric(scope.versions)
    on_record = (
        Scorecard.objects.submitted()
        .filter(
            version__in=scope.versions,
            month__range=(scope.window.first, scope.window.last),
            agent__isnull=False,
        )
        .order_by()
    )
    if scope.pool.channel:
        on_record = on_record.filter(interaction__channel=scope.pool.channel)
    rows = (
        CriterionScore.objects.filter(scorecard__in=on_record)
        .order_by()
        .values_list("criterion", "level", "is_not_applicable")
        .annotate(Count("pk"))
    )
    levels: dict[Identity, list[int]] = {}
    skipped: dict[Identity, int] = defaultdict(int)
    for criterion, level, is_not_applicable, count in rows:
        identity = rubric.of_criterion[criterion]
        counts = levels.setdefault(identity, [0] * identity[1])
        if level is not None:
            counts[rubric.places[level].place] += count
        elif is_not_applicable:
            skipped[identity] += count
    for identity, title in rubric.titles.items():
        if identity in levels:
            counts = levels[identity]
            yield UsedCriterion(
                title,
                rubric.labels[identity],
                counts,
                skipped[identity],
                _share(max(counts), sum(counts)),
                _share(skipped[identity], sum(counts) + skipped[identity]),
            )


def _share(k: int, n: int) -> Figure:
    if n < GRADES_FROM:
        return Figure(State.TOO_FEW, n, GRADES_FROM)
    low, high = wilson(k, n)
    return Figure(State.SHOWN, n, GRADES_FROM, 100 * k / n, 100 * low, 100 * high)
