"""A rubric version as a reviewer would meet it, with answers that are tried and not kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from people.channels import Channel
from scorecards.grading import GradedCriterion, GradedSection
from scorecards.loading import answers_of, positions_of, rules_of
from scorecards.models import Criterion, CriterionScore, RubricVersion
from scorecards.scoring import Result, score


@dataclass(frozen=True, slots=True)
class Preview:
    """`count`: how many criteria are shown, `answered`: how many of them have an answer."""

    sections: list[GradedSection]
    result: Result
    channel: str
    flow: str
    count: int
    answered: int


def preview_of(version: RubricVersion, given: Mapping[str, Any]) -> Preview:
    """`version` comes `with_structure`. `given` holds `channel`, `flow` and, for each criterion,
    `c<id>-level` (a level's id or "na"), `c<id>-count` and `c<id>-comment`, as the form sends them;
    what makes no sense counts as no answer. No query."""
    criteria = [row for section in version.sections.all() for row in section.criteria.all()]
    scores = {row.pk: _score(row, given) for row in criteria}
    channel = given.get("channel", "")
    if channel not in Channel.values:
        channel = Channel.CHAT.value
    flow = given.get("flow", "")[:200]
    rules = rules_of(version)
    shown = rules.shown(channel=channel, flow=flow, positions=positions_of(scores.values()))
    result = score(rules.spec_for(shown), answers_of(list(scores.values())))
    sections = []
    for section in version.sections.all():
        rows = [
            GradedCriterion(row, scores[row.pk])
            for row in section.criteria.all()
            if row.pk in shown
        ]
        if rows:
            sections.append(GradedSection(section, rows, result.section_percents[section.pk]))
    return Preview(
        sections,
        result,
        channel,
        flow,
        count=len(shown),
        answered=sum(scores[key].is_answered for key in shown),
    )


def _score(criterion: Criterion, given: Mapping[str, Any]) -> CriterionScore:
    prefix = f"c{criterion.pk}-"
    chosen = given.get(f"{prefix}level", "")
    levels = {str(level.pk): level for level in criterion.levels.all()}
    row = CriterionScore(criterion=criterion, comment=given.get(f"{prefix}comment", ""))
    if chosen == "na" and criterion.allows_not_applicable:
        row.is_not_applicable = True
    elif criterion.counts:
        count = given.get(f"{prefix}count", "")
        if count.isdecimal() and len(count) < 10:
            row.count = int(count)
            row.level = criterion.level_for(row.count)
    else:
        row.level = levels.get(chosen)
    return row
