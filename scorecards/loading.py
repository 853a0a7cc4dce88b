"""From rows to what scoring understands."""

from collections.abc import Iterator
from functools import cache

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from scorecards.models import CriterionScore, RubricVersion, Scorecard
from scorecards.scoring import (
    NOT_APPLICABLE,
    Answer,
    CriterionSpec,
    Result,
    RubricSpec,
    SectionSpec,
    score,
)

SCORES_WITH_LEVEL = Prefetch("criterion_scores", CriterionScore.objects.select_related("level"))


def load_version(pk: int) -> RubricVersion:
    """The version with its whole structure: four queries."""
    return RubricVersion.objects.with_structure().get(pk=pk)


def spec_of(version: RubricVersion) -> RubricSpec:
    """The scoring rules of a version loaded `with_structure`. No query."""
    return RubricSpec(
        sections=[
            SectionSpec(
                id=section.pk,
                weight=section.weight,
                criteria=[
                    CriterionSpec(
                        id=criterion.pk,
                        lowest=min(level.points for level in criterion.levels.all()),
                        highest=max(level.points for level in criterion.levels.all()),
                        weight=criterion.weight,
                        skill=criterion.skill_id,
                        is_critical=criterion.is_critical,
                        allows_not_applicable=criterion.allows_not_applicable,
                    )
                    for criterion in section.criteria.all()
                ],
            )
            for section in version.sections.all()
        ],
        pass_mark=version.pass_mark,
        places=version.places,
    )


def answers_of(scores: list[CriterionScore]) -> dict[int, Answer]:
    """Answers by criterion id, from scores with their `level` loaded. No query."""
    return {
        row.criterion_id: NOT_APPLICABLE if row.level is None else Answer(row.level.points)
        for row in scores
        if row.is_answered
    }


def result_of(scorecard: Scorecard, spec: RubricSpec) -> Result:
    """Score what is answered so far. One query, or none after `with_grades()`."""
    prefetch_related_objects([scorecard], SCORES_WITH_LEVEL)
    return score(spec, answers_of(list(scorecard.criterion_scores.all())))


def results_of(scorecards: QuerySet[Scorecard]) -> Iterator[tuple[Scorecard, Result]]:
    """Score many, streaming; each version's rules are loaded once."""

    @cache
    def spec(version_id: int) -> RubricSpec:
        return spec_of(load_version(version_id))

    for scorecard in scorecards.prefetch_related(SCORES_WITH_LEVEL).iterator(chunk_size=500):
        yield scorecard, result_of(scorecard, spec(scorecard.version_id))
