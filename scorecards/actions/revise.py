"""Writing a changed grade beside the first one. No action of its own: an override and the outcome of a
dispute call it, inside of their transaction."""

import datetime as dt
from collections.abc import Mapping
from typing import TypeVar

from django.db import models
from django.utils.translation import gettext as _

from people.models import User
from scorecards.actions.grade import Grade
from scorecards.actions.refusals import CommentsMissing, Incomplete, Refused
from scorecards.loading import load_version, result_of, rules_of, uncommented_in
from scorecards.models import Criterion, CriterionScore, Evidence, RubricVersion, Scorecard
from scorecards.rollups import add_to_rollups, remove_from_rollups
from scorecards.scoring import Result, rounded
from scorecards.signals import grade_shown

Row = TypeVar("Row", bound=models.Model)

SKILL_PLACES = 2
# What `store_result` sets.
RESULT_FIELDS = ["percent", "outcome", "section_percents", "skill_percents"]


def write_revision(
    locked: Scorecard,
    grades: Mapping[Criterion, Grade],
    *,
    by: User,
    cause: Scorecard.Cause,
    reason: str,
    at: dt.datetime,
    summary: str | None = None,
) -> Scorecard:
    """Write the next revision of a scorecard that `lock_current` holds, with `grades` in the place of
    those it had, and move its rollups. The first stays as it is, except that it is no longer current.

    Its agent sees the new one as soon as they saw the old one, and is asked to read it. Raises
    `Refused` when nothing would be different, `Incomplete`, and `CommentsMissing` for a changed
    criterion at a level that asks for a comment; what nobody touched is not asked about again.
    """
    version = load_version(locked.version_id)
    rules = rules_of(version)
    remove_from_rollups(locked, result_of(locked, rules))
    Scorecard.objects.filter(pk=locked.pk).update(is_current=False)

    revision = _copy(locked)
    revision.assignment = locked.assignment
    revision.interaction = locked.interaction
    revision.revision = locked.revision + 1
    revision.revised_by = by
    revision.cause = cause
    revision.reason = reason
    revision.submitted_at = at
    revision.released_at = None
    revision.acknowledged_at = None
    if summary is not None:
        revision.summary = summary
    revision.save(force_insert=True)
    changed = _copy_scores(locked, revision, grades, at=at)
    if not changed and revision.summary == locked.summary:
        raise Refused(_("Nothing was changed, so nothing was saved."))

    result = result_of(revision, rules)
    if not result.is_complete:
        raise Incomplete(in_order(version, set(result.unanswered)))
    if missing := uncommented_in(revision, rules) & changed:
        raise CommentsMissing(in_order(version, missing))
    store_result(revision, result)
    revision.save(update_fields=RESULT_FIELDS)
    add_to_rollups(revision, result)
    if revision.agent_id is not None and not revision.is_held:
        grade_shown.send(Scorecard, scorecard=revision)
    return revision


def store_result(scorecard: Scorecard, result: Result) -> None:
    """Set percent, outcome, section percents and skill percents; saves nothing."""
    scorecard.percent = result.percent
    scorecard.outcome = str(result.outcome)
    scorecard.section_percents = {
        str(section): None if percent is None else str(percent)
        for section, percent in result.section_percents.items()
    }
    scorecard.skill_percents = {
        str(skill): str(rounded(percent, SKILL_PLACES))
        for skill, percent in result.skill_percents.items()
    }


def in_order(version: RubricVersion, ids: set[int]) -> list[Criterion]:
    """The criteria with these ids, in the order of the rubric. No query after `with_structure`."""
    return [
        criterion
        for section in version.sections.all()
        for criterion in section.criteria.all()
        if criterion.pk in ids
    ]


def figures_of(scorecard: Scorecard) -> dict[str, object]:
    """What the audit log keeps of a result."""
    return {
        "percent": None if scorecard.percent is None else f"{scorecard.percent.normalize():f}",
        "outcome": scorecard.outcome,
    }


def _copy_scores(
    old: Scorecard, new: Scorecard, grades: Mapping[Criterion, Grade], *, at: dt.datetime
) -> set[int]:
    """Copy criterion scores with their evidence; four queries. Returns the ids of the criteria that are
    different."""
    rows = list(CriterionScore.objects.filter(scorecard=old).prefetch_related("evidence"))
    by_criterion = {row.criterion_id: _copy(row) for row in rows}
    changed = set()
    for criterion, grade in grades.items():
        row = by_criterion.setdefault(criterion.pk, CriterionScore(criterion=criterion))
        before = (row.level_id, row.is_not_applicable, row.comment)
        if row.level_id != grade.level:
            # A level is chosen here, and the number that once led to another would contradict it.
            row.count = None
        row.level_id = grade.level
        row.is_not_applicable = grade.is_not_applicable
        row.comment = grade.comment
        if (row.level_id, row.is_not_applicable, row.comment) != before:
            changed.add(criterion.pk)
            row.saved_at = at
    for row in by_criterion.values():
        row.scorecard = new
    CriterionScore.objects.bulk_create(by_criterion.values())
    quotations = []
    for row in rows:
        for evidence in row.evidence.all():
            quotation = _copy(evidence)
            quotation.criterion_score = by_criterion[row.criterion_id]
            quotations.append(quotation)
    Evidence.objects.bulk_create(quotations)
    return changed


def _copy(row: Row) -> Row:
    """An unsaved row with the same values, whatever columns the table has."""
    fields = (field for field in row._meta.concrete_fields if not field.primary_key)
    return type(row)(**{field.attname: getattr(row, field.attname) for field in fields})
