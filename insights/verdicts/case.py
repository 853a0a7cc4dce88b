"""One conversation with both verdicts, as who works through the queue may see it: without names."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse

from interactions.conversation import agent_names, blind_title, blind_turns
from interactions.masking import mask_names
from interactions.models import Message, SurveyAnswer
from people.models import User
from scorecards.models import Criterion, Scorecard, VerdictReview
from scorecards.models.verdicts import Corner, comparable_for, corner_of

Side = VerdictReview.Side


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion as it was graded; comment and quotations without the agent's names."""

    criterion: Criterion
    level: str
    comment: str
    quotes: Sequence[str]


@dataclass(frozen=True)
class Case:
    """`side` is who liked it; None where the verdicts do not differ and nobody looked at them."""

    scorecard: Scorecard
    answers: Sequence[SurveyAnswer]
    side: Side | None
    review: VerdictReview | None
    reader: User

    @property
    def address(self) -> str:
        url = reverse("insights:verdict_detail", args=[self.scorecard.assignment_id])
        return f"{url}?{urlencode({'side': self.side.value})}" if self.side else url

    @cached_property
    def names(self) -> list[str]:
        agent = self.scorecard.agent
        known = agent_names(self.scorecard.interaction)
        own = [agent.first_name, agent.last_name] if agent else []
        return [*known, *(name for name in own if name and name not in known)]

    @property
    def title(self) -> str:
        return blind_title(self.scorecard.interaction)

    @property
    def summary(self) -> str:
        return mask_names(self.scorecard.summary, self.names)

    @cached_property
    def turns(self) -> list[Message]:
        return blind_turns(self.scorecard.interaction.turns, self.names)

    @property
    def said(self) -> list[tuple[SurveyAnswer, str]]:
        """Each answer with the customer's own words."""
        return [(answer, mask_names(answer.text, self.names)) for answer in self.answers]

    @cached_property
    def judged(self) -> list[Judged]:
        """What was answered, in the order of the rubric. Three queries, once."""
        scores = (
            self.scorecard.criterion_scores.select_related("criterion__procedure", "level")
            .defer("criterion__procedure__steps", "criterion__procedure__notes")
            .prefetch_related("evidence")
            .order_by("criterion__section__position", "criterion__position", "criterion")
        )
        return [
            Judged(
                score.criterion,
                score.level.label if score.level else "",
                mask_names(score.comment, self.names),
                [mask_names(item.quote, self.names) for item in score.evidence.all()],
            )
            for score in scores
            if score.is_answered
        ]

    def title_of(self, key: str) -> str:
        """Of a criterion; empty without one."""
        found = (each.criterion.title for each in self.judged if each.criterion.key == key)
        return next(found, key)

    @property
    def may_open_scorecard(self) -> bool:
        return self.reader.has_perm("scorecards.view_all_scorecards")


def load_case(assignment: int, *, reader: User, side: str = "") -> Case:
    """The grade of `assignment` as it stands, with what the customer answered; `Http404` where `reader`
    may not know both. A handful of queries."""
    scorecard = (
        comparable_for(reader)
        .select_related(
            "interaction__agent",
            "interaction__customer",
            "interaction__transcript",
            "agent",
            "version__rubric",
        )
        .filter(assignment=assignment)
        .first()
    )
    if scorecard is None:
        raise Http404
    answers = list(
        SurveyAnswer.objects.open_to(reader)
        .filter(interaction=scorecard.interaction_id)
        .order_by("pk")
    )
    if not any(answer.value is not None for answer in answers):
        raise Http404
    reviews = {
        row.side: row
        for row in VerdictReview.objects.filter(assignment=assignment).select_related(
            "taken_by", "procedure", "rubric_note"
        )
    }
    corners = {
        corner_of(scorecard.outcome, answer.kind, answer.value)
        for answer in answers
        if answer.value is not None
    }
    sides = [each for each in Side if Corner(each.value) in corners or each.value in reviews]
    chosen = next((each for each in sides if each.value == side), sides[0] if sides else None)
    review = reviews.get(chosen.value) if chosen else None
    return Case(scorecard, answers, chosen, review, reader)
