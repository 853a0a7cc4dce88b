"""From rows to what scoring understands."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from people.once import once
from scorecards.models import Criterion, CriterionScore, RubricVersion, Scorecard
from scorecards.scoring import (
    NOT_APPLICABLE,
    ZERO,
    Aggregation,
    Answer,
    CriterionSpec,
    CriticalFailure,
    Judged,
    NotApplicable,
    Result,
    RubricSpec,
    SectionSpec,
    judge,
    score,
)
from scorecards.showing import Condition, shown

SCORES_WITH_LEVEL = Prefetch("criterion_scores", CriterionScore.objects.select_related("level"))


@once
def load_version(pk: int) -> RubricVersion:
    """The version with its whole structure: four queries, on a page the first time only."""
    return RubricVersion.objects.with_structure().get(pk=pk)


def load_versions(pks: Iterable[int]) -> dict[int, RubricVersion]:
    """Several of them by their ids: four queries, however many."""
    return RubricVersion.objects.with_structure().in_bulk(set(pks))


def spec_of(version: RubricVersion) -> RubricSpec:
    """How a version loaded `with_structure` scores when all of it is shown. No query."""
    return RubricSpec(
        sections=[
            SectionSpec(
                id=section.pk,
                weight=section.weight,
                criteria=[
                    CriterionSpec(
                        id=criterion.pk,
                        # A draft may have criteria without levels yet.
                        lowest=min((row.points for row in criterion.levels.all()), default=ZERO),
                        highest=max((row.points for row in criterion.levels.all()), default=ZERO),
                        weight=criterion.weight,
                        skill=criterion.skill_id,
                        is_critical=criterion.is_critical,
                        critical_below=(
                            None
                            if criterion.critical_below is None
                            else criterion.critical_below / 100
                        ),
                        is_bonus=criterion.is_bonus,
                        allows_not_applicable=criterion.allows_not_applicable,
                    )
                    for criterion in section.criteria.all()
                ],
            )
            for section in version.sections.all()
        ],
        pass_mark=version.pass_mark,
        places=version.places,
        not_applicable=NotApplicable(version.not_applicable_policy),
        critical_failure=CriticalFailure(version.critical_failure_policy),
        aggregation=Aggregation(version.aggregation),
        completeness=version.completeness / 100,
    )


@dataclass(frozen=True, slots=True)
class Rules:
    """All that decides a result: how everything is scored, and which of it is shown."""

    spec: RubricSpec
    conditions: Sequence[Condition]

    def shown(
        self, *, channel: str, flow: str, positions: Mapping[int, int | None]
    ) -> frozenset[int]:
        return shown(self.conditions, channel=channel, flow=flow, answers=positions)

    def spec_for(self, ids: frozenset[int]) -> RubricSpec:
        """The scoring rules of the criteria with these ids alone."""
        if len(ids) == len(self.conditions):
            return self.spec
        sections = [
            replace(section, criteria=[row for row in section.criteria if row.id in ids])
            for section in self.spec.sections
        ]
        return replace(self.spec, sections=sections)


def rules_of(version: RubricVersion) -> Rules:
    """The rules of a version loaded `with_structure`. No query."""
    conditions = [
        condition_of(criterion)
        for section in version.sections.all()
        for criterion in section.criteria.all()
    ]
    return Rules(spec_of(version), conditions)


@lru_cache(maxsize=64)
def _rules_kept(version_id: int, published_at: dt.datetime) -> Rules:
    return rules_of(load_version(version_id))


def rules_for(version: RubricVersion) -> Rules:
    """The rules of a version of which nothing but its row is loaded. Once it is published neither it nor
    anything below it changes, so this process asks the database for them once: four queries, then none.
    """
    if version.is_draft or version.published_at is None:
        return rules_of(load_version(version.pk))
    return _rules_kept(version.pk, version.published_at)


def forget_rules() -> None:
    """For tests, in which a version may come back with the id of another."""
    _rules_kept.cache_clear()


def condition_of(criterion: Criterion) -> Condition:
    return Condition(
        id=criterion.pk,
        channels=frozenset(criterion.channels),
        flows=frozenset(criterion.flows),
        depends_on=criterion.depends_on_id,
        positions=frozenset(criterion.depends_on_positions),
    )


def positions_of(scores: Iterable[CriterionScore]) -> dict[int, int | None]:
    """The position of the chosen level (None: not applicable) by criterion id, from scores with their
    `level` loaded. No query."""
    return {
        row.criterion_id: None if row.level is None else row.level.position
        for row in scores
        if row.is_answered
    }


def answers_of(scores: list[CriterionScore]) -> dict[int, Answer]:
    """Answers by criterion id, from scores with their `level` loaded. No query."""
    return {
        row.criterion_id: (
            NOT_APPLICABLE
            if row.level is None
            else Answer(row.level.points, is_critical_failure=row.level.is_critical_failure)
        )
        for row in scores
        if row.is_answered
    }


def shown_in(scorecard: Scorecard, rules: Rules) -> frozenset[int]:
    """The criteria that this scorecard shows. Needs its interaction, and its scores with levels."""
    return rules.shown(
        channel=scorecard.interaction.channel,
        flow=scorecard.interaction.flow,
        positions=positions_of(scorecard.criterion_scores.all()),
    )


def result_of(scorecard: Scorecard, rules: Rules) -> Result:
    """Score what is answered so far, of the criteria shown. Needs `scorecard.interaction` loaded; one
    query, or none after `with_grades()`."""
    prefetch_related_objects([scorecard], SCORES_WITH_LEVEL)
    spec = rules.spec_for(shown_in(scorecard, rules))
    return score(spec, answers_of(list(scorecard.criterion_scores.all())))


def judged_of(scorecard: Scorecard, rules: Rules) -> Judged:
    """What is said of its single criteria, for who needs no more of it. Needs its interaction, and
    its scores with levels; no query."""
    spec = rules.spec_for(shown_in(scorecard, rules))
    return judge(spec, answers_of(list(scorecard.criterion_scores.all())))


def uncommented_in(scorecard: Scorecard, rules: Rules) -> set[int]:
    """The criteria shown whose chosen level asks for a comment that is not there. After `result_of`."""
    visible = shown_in(scorecard, rules)
    return {
        row.criterion_id
        for row in scorecard.criterion_scores.all()
        if row.criterion_id in visible
        and row.level is not None
        and row.level.requires_comment
        and not row.comment.strip()
    }


def results_of(scorecards: QuerySet[Scorecard]) -> Iterator[tuple[Scorecard, Result]]:
    """Score many, streaming; each version's rules are loaded once."""

    @cache
    def rules(version_id: int) -> Rules:
        return rules_of(load_version(version_id))

    loaded = scorecards.select_related("interaction").prefetch_related(SCORES_WITH_LEVEL)
    for scorecard in loaded.iterator(chunk_size=500):
        yield scorecard, result_of(scorecard, rules(scorecard.version_id))
