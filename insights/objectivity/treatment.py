"""Are channels, customers' tiers and languages measured alike?

Sums per agent × reviewer × group go into `measurement.equal_treatment`. Unweighted: it is the grading
that is examined, and not the people.
"""

from dataclasses import dataclass

import numpy as np
from django.db import models
from django.db.models import Count, F, FloatField, Sum
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from insights.kept import kept
from insights.objectivity.scope import Scope
from measurement.equal_treatment import (
    AttributeEffect,
    ReviewerEffect,
    attribute_effects,
    reviewer_effects,
)
from scorecards.models import Scorecard


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
    """`unknown` scorecards have no such value and are in no test, of `n` in all."""

    attribute: Attribute
    groups: tuple[AttributeEffect, ...]
    reviewers: tuple[ReviewerEffect, ...]
    n: int
    unknown: int

    @property
    def has_groups(self) -> bool:
        return len(self.groups) > 1


def load_treatment(scope: Scope, attribute: Attribute) -> Treatment:
    """One query when a grade has come since the last time; the rows are at most agents × reviewers ×
    groups."""
    about = (*scope.about, attribute.value)
    return kept(
        "treatment", about, lambda: scope.stamp, lambda: _tested(scope, attribute), n=scope.n
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
    return Treatment(
        attribute,
        attribute_effects(agents, reviewers, groups, sums[0], sums[1]),
        reviewer_effects(agents, reviewers, groups, *sums),
        n,
        unknown,
    )
