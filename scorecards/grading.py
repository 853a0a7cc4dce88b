"""What the grading screen and the finished scorecard show: a rubric joined with its answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.shortcuts import get_object_or_404

from interactions.conversation import agent_names, blind_turns
from interactions.masking import mask_names
from interactions.models import Message
from people.models import User
from scorecards.loading import answers_of, load_version, spec_of
from scorecards.models import (
    Criterion,
    CriterionScore,
    Evidence,
    RubricVersion,
    Scorecard,
    Section,
)
from scorecards.scoring import Result, score


@dataclass(frozen=True, slots=True)
class Quotation:
    """Evidence as it may be shown: to a blind reader with the agent's names blacked out."""

    evidence: Evidence
    text: str
    is_removed: bool


@dataclass(frozen=True, slots=True)
class GradedCriterion:
    criterion: Criterion
    score: CriterionScore | None
    quotations: list[Quotation] = field(default_factory=list)

    @property
    def is_answered(self) -> bool:
        return self.score is not None and self.score.is_answered


@dataclass(frozen=True, slots=True)
class GradedSection:
    section: Section
    criteria: list[GradedCriterion]
    percent: object = None


@dataclass(frozen=True)
class Sheet:
    """A scorecard with everything a screen needs, loaded in a constant number of queries.

    `is_blind` says that the reader must not learn who the agent was: while a draft is graded.
    """

    scorecard: Scorecard
    version: RubricVersion
    result: Result
    sections: list[GradedSection]
    turns: list[Message]
    is_blind: bool
    title: str

    def criteria(self) -> Iterator[GradedCriterion]:
        return (row for section in self.sections for row in section.criteria)

    def find(self, criterion_pk: int) -> GradedCriterion | None:
        return next((row for row in self.criteria() if row.criterion.pk == criterion_pk), None)

    @property
    def answered_count(self) -> int:
        return sum(row.is_answered for row in self.criteria())

    @property
    def criterion_count(self) -> int:
        return sum(1 for _row in self.criteria())


def load_sheet(pk: int, *, user: User) -> Sheet:
    """The scorecard `pk` as `user` may see it; `Http404` otherwise. Nine queries."""
    scorecard = get_object_or_404(
        Scorecard.objects.visible_to(user)
        .select_related(
            "interaction__agent", "interaction__customer", "interaction__transcript", "assignment"
        )
        .select_related("agent", "reviewer")
        .with_grades(),
        pk=pk,
    )
    version = load_version(scorecard.version_id)
    scores = {row.criterion_id: row for row in scorecard.criterion_scores.all()}
    result = score(spec_of(version), answers_of(list(scores.values())))
    is_blind = not scorecard.is_submitted
    turns = scorecard.interaction.turns
    texts = {turn.id: turn.text for turn in turns}
    names = agent_names(scorecard.interaction) if is_blind else []
    if names:
        turns = blind_turns(turns, names)

    shown_texts = {turn.id: turn.text for turn in turns}

    def quotation(evidence: Evidence) -> Quotation:
        place = slice(evidence.start, evidence.end)
        is_removed = texts.get(evidence.message_id, "")[place] != evidence.quote
        if is_removed:
            shown = mask_names(evidence.quote, names)
        else:
            # Cut from the masked whole: half a name is no word that masking would know.
            shown = shown_texts[evidence.message_id][place]
        return Quotation(evidence, shown, is_removed)

    # What was submitted is shown as it was stored, whatever the scoring function says today.
    percents = (
        scorecard.stored_section_percents if scorecard.is_submitted else result.section_percents
    )
    sections = []
    for section in version.sections.all():
        rows = []
        for criterion in section.criteria.all():
            row = scores.get(criterion.pk)
            quotations = [quotation(item) for item in row.evidence.all()] if row else []
            rows.append(GradedCriterion(criterion, row, quotations))
        sections.append(GradedSection(section, rows, percents.get(section.pk)))
    title = mask_names(str(scorecard.interaction), names)
    return Sheet(scorecard, version, result, sections, turns, is_blind, title)
