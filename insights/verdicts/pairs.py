"""Pairs of a grade and what the customer answered, and what they tell together.

One row per graded conversation with an answer. The four corners and the table count every such pair;
means and associations only those that a sampling plan drew, because what was picked by hand (perhaps for
the very answer) stands for nothing else.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from django.db.models import Count, Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from insights.fair import versions_of
from insights.kept import kept
from insights.skills import (
    NOTHING,
    Cell,
    Estimate,
    Measure,
    Standard,
    Window,
    estimate_by,
    measures,
)
from interactions.models import SurveyAnswer
from measurement.figures import Figure
from measurement.outcomes import Link, csat, customer_effort, link, nps, response_rate, share
from people.models import Team, User
from scorecards.models.scorecards import ScorecardQuerySet
from scorecards.models.verdicts import (
    LIKED_FROM,
    Corner,
    comparable_for,
    corner_of,
    judged_twice,
)

Kind = SurveyAnswer.Kind
CONFIDENCE: Final = 0.95


class Band(NamedTuple):
    """From `low` percent to under `below`."""

    low: int
    below: int
    name: Any


BANDS: Final = (
    Band(90, 101, gettext_lazy("90 % and more")),
    Band(80, 90, gettext_lazy("80 to under 90 %")),
    Band(70, 80, gettext_lazy("70 to under 80 %")),
    Band(60, 70, gettext_lazy("60 to under 70 %")),
    Band(50, 60, gettext_lazy("50 to under 60 %")),
    Band(0, 50, gettext_lazy("under 50 %")),
)


@dataclass(frozen=True)
class Pairs:
    """Which pairs a page is about, as `reader` may know them."""

    reader: User
    standard: Standard
    window: Window
    kind: Kind
    channel: str = ""
    team: Team | None = None

    @cached_property
    def versions(self) -> list[int]:
        """One query, once."""
        return versions_of(self.standard)

    def rows(self) -> ScorecardQuerySet:
        """With `value`, the customer's answer."""
        return self._narrowed(judged_twice(self.reader, self.kind))

    def graded(self) -> ScorecardQuerySet:
        """Answered or not."""
        return self._narrowed(comparable_for(self.reader))

    @property
    def about(self) -> tuple[Any, ...]:
        return (
            self.reader.pk,
            sorted(self.versions),
            self.window.first,
            self.window.last,
            self.kind.value,
            self.channel,
            self.team and self.team.pk,
        )

    def stamp(self) -> tuple[Any, ...]:
        """What changes when a grade or an answer comes, goes or is changed. One query."""
        rows: Any = self.rows()
        found = rows.aggregate(
            Count("pk"), Max("pk"), Max("submitted_at"), Sum("percent"), Sum("value")
        )
        return tuple(found.values())

    def _narrowed(self, rows: ScorecardQuerySet) -> ScorecardQuerySet:
        rows = rows.filter(
            version__in=self.versions, month__range=(self.window.first, self.window.last)
        ).order_by()
        if self.channel:
            rows = rows.filter(interaction__channel=self.channel)
        if self.team:
            people = User.objects.members_on(timezone.localdate(), teams=[self.team])
            rows = rows.filter(agent__in=people.values("pk"))
        return rows


@dataclass(frozen=True, slots=True)
class Together:
    """One measure beside the customers' answers. `sure` is the same association with an interval wide
    enough for how many measures are looked at at once: what is said of it in words rests on that."""

    measure: Measure
    link: Link
    sure: Figure
    quality: Estimate
    customer: Figure

    @property
    def missing(self) -> tuple[int, int]:
        """How many pairs and how many people are still lacking."""
        return (
            self.link.within.lacking,
            max(0, self.link.agents_needed - self.link.agents),
        )


@dataclass(frozen=True, slots=True)
class Found:
    """`pairs` of which `drawn` are in the figures; `graded` drawn conversations, answered or not."""

    rows: Sequence[Together]
    pairs: int
    drawn: int
    graded: int
    table: Mapping[tuple[int, int], int]
    corners: Mapping[Corner | None, int]
    made_at: dt.datetime

    @property
    def by_hand(self) -> int:
        return self.pairs - self.drawn

    @property
    def response(self) -> Figure:
        return response_rate(min(self.drawn, self.graded), self.graded)


def load_found(pairs: Pairs, *, n: int) -> Found:
    """Four queries when something changed, else one. `n` scorecards count by the standard."""
    return kept("verdicts", pairs.about, pairs.stamp, lambda: _found(pairs), n=n)


def customer_figure(kind: Kind, values: Mapping[int, int]) -> Figure:
    """The one figure of a kind of question from how often each value was given."""
    n = sum(values.values())
    liking = sum(count for value, count in values.items() if value >= LIKED_FROM[kind])
    if kind == Kind.CSAT:
        return csat(liking, n)
    if kind == Kind.NPS:
        highest = SurveyAnswer.LOW_UP_TO[kind]
        against = sum(count for value, count in values.items() if value <= highest)
        return nps(liking, n - liking - against, against)
    if kind == Kind.CES:
        return customer_effort(
            n,
            sum(value * count for value, count in values.items()),
            sum(value * value * count for value, count in values.items()),
        )
    return share(liking, n)


def band_of(percent: float) -> Band:
    return next(band for band in BANDS if percent >= band.low)


def _found(pairs: Pairs) -> Found:
    both: Any = pairs.rows()
    rows = list(
        both.values_list(
            "agent_id",
            "percent",
            "outcome",
            "value",
            "skill_percents",
            "assignment__inclusion_probability",
        )
    )
    measured = measures()
    drawn: dict[Measure, list[tuple[int, float, int, float]]] = defaultdict(list)
    by_key = {str(measure.subject_id): measure for measure in measured if not measure.is_whole}
    table: Counter[tuple[int, int]] = Counter()
    corners: Counter[Corner | None] = Counter()
    for agent, percent, outcome, value, skills, probability in rows:
        table[band_of(percent).low, value] += 1
        corners[corner_of(outcome, pairs.kind, value)] += 1
        if probability is None:
            continue
        drawn[measured[0]].append((agent, float(percent), value, probability))
        for key, found in skills.items():
            if found is not None and key in by_key:
                drawn[by_key[key]].append((agent, float(found), value, probability))
    graded = pairs.graded().filter(assignment__inclusion_probability__isnull=False).count()
    present = [measure for measure in measured if measure in drawn or measure.is_whole]
    return Found(
        rows=[_together(pairs, each, drawn[each], many=len(present) - 1) for each in present],
        pairs=len(rows),
        drawn=len(drawn[measured[0]]),
        graded=graded,
        table=dict(table),
        corners=dict(corners),
        made_at=timezone.now(),
    )


def _together(
    pairs: Pairs,
    measure: Measure,
    rows: Sequence[tuple[int, float, int, float]],
    *,
    many: int,
) -> Together:
    if not rows:
        nothing = link([], [], [])
        return Together(measure, nothing, nothing.within, NOTHING, customer_figure(pairs.kind, {}))
    agent, quality, value, probability = (np.array(column) for column in zip(*rows, strict=True))
    found = link(agent, quality, value, confidence=CONFIDENCE)
    sure = found.within
    # The whole is one question; the skills are many (Bonferroni, for there is no p to rank).
    if not measure.is_whole and many > 1 and is_clear(sure):
        wide = 1 - (1 - CONFIDENCE) / many
        sure = link(agent, quality, value, confidence=wide).within
    w = 1 / probability
    sums = (len(w), w.sum(), w @ quality, w @ w, (w * w) @ quality, (w * w) @ quality**2)
    cell = Cell(0, pairs.standard, pairs.window.last, measure, tuple(float(each) for each in sums))
    (estimate,) = estimate_by([cell], lambda each: each.measure).values()
    answers = Counter(int(each) for each in value)
    return Together(measure, found, sure, estimate, customer_figure(pairs.kind, answers))


def is_clear(figure: Figure) -> bool:
    """Whether the interval leaves out zero."""
    if figure.low is None or figure.high is None:
        return False
    return figure.low > 0 or figure.high < 0


def kind_words(kind: Kind) -> tuple[str, str, float, int]:
    """Of the figure of a kind of question: what it says, its unit, the factor to that, and decimals."""
    return {
        Kind.CSAT: (_("satisfied: 4 or 5 of 5"), "%", 100, 0),
        Kind.NPS: (_("net promoter score, from −100 to 100"), "", 100, 0),
        Kind.CES: (_("mean ease, from 1 to 7"), "", 1, 1),
        Kind.RESOLVED: (_("resolved, said the customer"), "%", 100, 0),
    }[kind]
