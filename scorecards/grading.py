"""What the grading screen and the finished scorecard show: a rubric joined with its answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from django.shortcuts import get_object_or_404
from django.urls import reverse

from interactions.conversation import agent_names, blind_turns
from interactions.masking import mask_names
from interactions.models import Message, SurveyAnswer
from people.models import User
from scorecards.conversation import Standard, gaps, service_standard
from scorecards.loading import answers_of, load_version, positions_of, rules_of
from scorecards.models import (
    Criterion,
    CriterionScore,
    Evidence,
    RubricVersion,
    Scorecard,
    Section,
)
from scorecards.scoring import Result, score

EARLIER_SHOWN = 5


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
    # Whether it counts now: a criterion may wait for an earlier answer.
    is_shown: bool = True

    @property
    def prefix(self) -> str:
        """Before the names of its fields where all criteria share one form."""
        return f"c{self.criterion.pk}-"

    @property
    def is_answered(self) -> bool:
        return self.score is not None and self.score.is_answered


@dataclass(frozen=True, slots=True)
class GradedSection:
    section: Section
    criteria: list[GradedCriterion]
    percent: object = None

    @property
    def is_shown(self) -> bool:
        return any(row.is_shown for row in self.criteria)


@dataclass(frozen=True)
class Sheet:
    """A scorecard with everything a screen needs, loaded in a constant number of queries.

    `is_blind` says that the reader must not learn who the agent was: while a draft is graded, unless
    the rubric version allows it, and always in practice. `hidden_names` are blacked out for them.
    `shows_effort` says that the reader may know how the grade came about: its reviewer, and who sees
    all scorecards.
    """

    scorecard: Scorecard
    version: RubricVersion
    result: Result
    sections: list[GradedSection]
    is_blind: bool
    title: str
    hidden_names: list[str]
    shows_effort: bool
    reader: User

    @cached_property
    def turns(self) -> list[Message]:
        """The conversation as this reader may see it; nothing, where it was removed. No query."""
        turns = self.scorecard.interaction.turns
        return blind_turns(turns, self.hidden_names) if self.hidden_names else turns

    @cached_property
    def standard(self) -> Standard | None:
        """One query."""
        return service_standard(self.version, self.scorecard.interaction.channel)

    @cached_property
    def waits(self) -> dict[str, float]:
        """Seconds by the id of each message that came later than `standard`."""
        limit = self.standard
        return gaps(self.turns, limit.minutes * 60) if limit else {}

    @property
    def recording_url(self) -> str:
        """Empty without a recording."""
        if not hasattr(self.scorecard.interaction, "recording"):
            return ""
        return reverse("scorecards:scorecard_recording", args=[self.scorecard.pk])

    @cached_property
    def earlier_scorecards(self) -> list[Scorecard]:
        """The agent's last grades, where the rubric version shows them to who grades; never one of this
        very conversation, which would no longer be a second opinion. One query, or none."""
        agent = self.scorecard.interaction.agent
        if self.version.hides_scores or self.scorecard.is_submitted or agent is None:
            return []
        if self.scorecard.assignment.is_practice:
            return []
        others = Scorecard.objects.submitted().filter(agent=agent)
        others = others.exclude(interaction=self.scorecard.interaction_id)
        return list(others.select_related("interaction", "version")[:EARLIER_SHOWN])

    @cached_property
    def verdict(self) -> list[SurveyAnswer]:
        """What the customer answered: after the submission, or where the rubric version shows it to who
        grades; never to somebody who has still to grade the same conversation blind. One query, or none.
        """
        if self.version.hides_customer_rating and not self.scorecard.is_submitted:
            return []
        if self.scorecard.assignment.is_practice:
            return []
        answers = SurveyAnswer.objects.open_to(self.reader)
        return list(answers.filter(interaction=self.scorecard.interaction_id).order_by("pk"))

    def criteria(self) -> Iterator[GradedCriterion]:
        return (row for section in self.sections for row in section.criteria)

    def find(self, criterion_pk: int) -> GradedCriterion | None:
        return next((row for row in self.criteria() if row.criterion.pk == criterion_pk), None)

    @property
    def answered_count(self) -> int:
        return sum(row.is_answered for row in self.criteria() if row.is_shown)

    @property
    def criterion_count(self) -> int:
        return sum(row.is_shown for row in self.criteria())


def load_sheet(pk: int, *, user: User, with_hidden: bool = False, is_writer: bool = False) -> Sheet:
    """The scorecard `pk` as `user` may see it; `Http404` otherwise. Nine queries.

    A submitted one lists what counted; `with_hidden` also what another answer would have brought up.
    `is_writer`, where it should be theirs, only spares asking who else may see it.
    """
    found = Scorecard.objects.filter(pk=pk)
    found = found.select_related(
        "interaction__agent", "interaction__customer", "interaction__transcript", "assignment"
    )
    found = found.select_related("agent", "reviewer", "interaction__recording").with_grades()
    scorecard = found.filter(reviewer=user).first() if is_writer else None
    scorecard = scorecard or get_object_or_404(found.visible_to(user))
    version = load_version(scorecard.version_id)
    scores = {row.criterion_id: row for row in scorecard.criterion_scores.all()}
    rules = rules_of(version)
    about = {"channel": scorecard.interaction.channel, "flow": scorecard.interaction.flow}
    shown = rules.shown(**about, positions=positions_of(scores.values()))
    result = score(rules.spec_for(shown), answers_of(list(scores.values())))
    # What may appear after an answer is on the grading screen, but not in a finished scorecard.
    possible = {row.id for row in rules.conditions if row.fits(**about)}
    listed = shown if scorecard.is_submitted and not with_hidden else possible
    # Whoever practises never learns who the agent was.
    is_blind = scorecard.assignment.is_practice or (
        version.hides_agent and not scorecard.is_submitted
    )
    names = agent_names(scorecard.interaction) if is_blind else []
    # Of a long conversation only what is quoted: this runs at each save of a criterion.
    quoted = {item.message_id for row in scores.values() for item in row.evidence.all()}
    turns = [turn for turn in scorecard.interaction.turns if turn.id in quoted] if quoted else []
    texts = {turn.id: turn.text for turn in turns}
    masked = {turn.id: turn.text for turn in (blind_turns(turns, names) if names else turns)}

    def quotation(evidence: Evidence) -> Quotation:
        place = slice(evidence.start, evidence.end)
        if texts.get(evidence.message_id, "")[place] != evidence.quote:
            return Quotation(evidence, mask_names(evidence.quote, names), is_removed=True)
        # Cut from the masked whole: half a name is no word that masking would know.
        return Quotation(evidence, masked[evidence.message_id][place], is_removed=False)

    # What was submitted is shown as it was stored, whatever the scoring function says today.
    percents = (
        scorecard.stored_section_percents if scorecard.is_submitted else result.section_percents
    )
    sections = []
    for section in version.sections.all():
        rows = []
        for criterion in section.criteria.all():
            if criterion.pk not in listed:
                continue
            row = scores.get(criterion.pk)
            quotations = [quotation(item) for item in row.evidence.all()] if row else []
            is_shown = criterion.pk in shown
            rows.append(GradedCriterion(criterion, row, quotations, is_shown))
        if rows:
            sections.append(GradedSection(section, rows, percents.get(section.pk)))
    title = mask_names(str(scorecard.interaction), names)
    shows_effort = scorecard.reviewer_id == user.pk or user.has_perm(
        "scorecards.view_all_scorecards"
    )
    return Sheet(
        scorecard, version, result, sections, is_blind, title, names, shows_effort, reader=user
    )
