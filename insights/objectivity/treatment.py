"""Are channels, customers' tiers and languages measured alike?

Sums per agent × reviewer × group go into `measurement.equal_treatment`. Unweighted: it is the grading
that is examined, and not the people.
"""

from dataclasses import dataclass
from itertools import chain

import numpy as np
from django.db import models
from django.db.models import Count, F, FloatField, Sum
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from insights.kept import kept
from insights.objectivity.scope import Scope
from measurement.equal_treatment import (
    CRITERIA_FROM,
    AttributeEffect,
    CriterionEffect,
    ReviewerEffect,
    attribute_effects,
    criterion_effects,
    reviewer_effects,
)
from scorecards.models import CriterionScore, Level, Scorecard
from scorecards.models.scorecards import ScorecardQuerySet


class Attribute(models.TextChoices):
    CHANNEL = "channel", _("Channel")
    TIER = "tier", _("Customer's tier")
    LANGUAGE = "language", _("Language")


_FIELDS = {
    Attribute.CHANNEL: "interaction__channel",
    Attribute.TIER: "interaction__customer__tier",
    Attribute.LANGUAGE: "interaction__language",
}


@dataclass(frozen=True, slots=True)
class Treatment:
    """`unknown` scorecards have no such value and are in no test, of `n` in all. `titles` has the names
    of the criteria that `criteria` counts from 0."""

    attribute: Attribute
    groups: tuple[AttributeEffect, ...]
    reviewers: tuple[ReviewerEffect, ...]
    n: int
    unknown: int
    criteria: tuple[CriterionEffect, ...] = ()
    titles: tuple[str, ...] = ()

    @property
    def has_groups(self) -> bool:
        return len(self.groups) > 1


def load_treatment(scope: Scope, attribute: Attribute) -> Treatment:
    """Four queries when a grade has come since the last time. Grades are read one by one: which tier or
    language somebody has is in no rollup."""
    about = (*scope.about, attribute.value)
    return kept(
        "treatments", about, lambda: scope.stamp, lambda: _tested(scope, attribute), n=scope.n
    )


def _tested(scope: Scope, attribute: Attribute) -> Treatment:
    rows = (
        Scorecard.objects.submitted()
        .filter(
            version__in=scope.versions,
            month__range=(scope.window.first, scope.window.last),
            agent__isnull=False,
            percent__isnull=False,
        )
        .order_by()
    )
    if scope.pool.channel:
        rows = rows.filter(interaction__channel=scope.pool.channel)
    percent = Cast("percent", FloatField())
    table = list(
        rows.annotate(group=F(_FIELDS[attribute]))
        .values_list("agent", "reviewer", "group")
        .annotate(n=Count("pk"), y=Sum(percent), yy=Sum(percent * percent))
        .iterator(chunk_size=5000)
    )
    known = [row for row in table if row[2]]
    n = sum(row[3] for row in table)
    unknown = n - sum(row[3] for row in known)
    if not known:
        return Treatment(attribute, (), (), n, unknown)
    agent, reviewer, group, count, y, yy = zip(*known, strict=True)
    agents, reviewers = np.array(agent, np.int64), np.array(reviewer, np.int64)
    groups, sums = np.array(group), np.array([count, y, yy], np.float64)
    criteria, titles = _by_criterion(rows, scope.versions, attribute)
    return Treatment(
        attribute,
        attribute_effects(agents, reviewers, groups, sums[0], sums[1]),
        reviewer_effects(agents, reviewers, groups, *sums),
        n,
        unknown,
        criteria,
        titles,
    )


def _by_criterion(
    rows: ScorecardQuerySet, versions: list[int], attribute: Attribute
) -> tuple[tuple[CriterionEffect, ...], tuple[str, ...]]:
    """Each criterion against the rest of the same scorecards, through the versions of the standard. Three
    queries; two numbers are read of each grade. Not applicable is no grade, and a criterion with one
    level only is none."""
    titles, columns, percents = _levels_of(versions)
    if len(titles) < CRITERIA_FROM:
        return (), ()
    known = rows.annotate(group=F(_FIELDS[attribute])).exclude(group=None).exclude(group="")
    cards = list(known.order_by("pk").values_list("pk", "agent", "reviewer", "group"))
    grades = CriterionScore.objects.filter(
        scorecard__in=rows, level__isnull=False, is_not_applicable=False
    ).order_by()
    pairs = grades.values_list("scorecard", "level").iterator(chunk_size=5000)
    given = np.fromiter(chain.from_iterable(pairs), np.int64).reshape(-1, 2)
    if not cards or not len(given):
        return (), ()
    keys = np.array([card[0] for card in cards], np.int64)
    places: dict[tuple[int, int, str], int] = {}
    cell_of = np.array([places.setdefault(card[1:], len(places)) for card in cards])
    card = np.searchsorted(keys, given[:, 0])
    level = np.minimum(given[:, 1], len(columns) - 1)
    is_in = (card < len(keys)) & (columns[level] >= 0)
    is_in[is_in] = keys[card[is_in]] == given[is_in, 0]
    at = cell_of[card[is_in]] * len(titles) + columns[level[is_in]]
    shape = (len(places), len(titles))
    count = np.bincount(at, minlength=len(places) * len(titles)).reshape(shape)
    total = np.bincount(at, percents[level[is_in]], len(places) * len(titles)).reshape(shape)
    agents, reviewers, groups = (np.array(each) for each in zip(*places, strict=True))
    return criterion_effects(agents, reviewers, groups, count, total), tuple(titles.values())


def _levels_of(
    versions: list[int],
) -> tuple[dict[str, str], NDArray[np.int64], NDArray[np.float64]]:
    """The names of the criteria by key, newest version first; and by the id of a level the place of its
    criterion among them (-1: none) and its percent. One query."""
    rows = (
        Level.objects.filter(criterion__section__version__in=versions)
        .order_by(
            "-criterion__section__version__number",
            "criterion__section__position",
            "criterion__position",
        )
        .values_list("pk", "criterion", "criterion__key", "criterion__title", "points")
    )
    levels = [(*row[:4], float(row[4])) for row in rows]
    scales: dict[int, tuple[float, float]] = {}
    for _pk, criterion, _key, _title, points in levels:
        low, high = scales.get(criterion, (points, points))
        scales[criterion] = (min(low, points), max(high, points))
    titles: dict[str, str] = {}
    size = max((row[0] for row in levels), default=0) + 2
    columns, percents = np.full(size, -1), np.zeros(size)
    for pk, criterion, key, title, points in levels:
        low, high = scales[criterion]
        if high > low:
            titles.setdefault(key, title)
            columns[pk] = list(titles).index(key)
            percents[pk] = 100 * (points - low) / (high - low)
    return titles, columns, percents
