"""How the demo's reviewers grade: near to what an expert would say, each with a severity of their own."""

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from config.demo.conversations import TWO_LEVELS, Conversation
from config.demo.people import Staff
from interactions.models import Interaction
from people.models import User
from scorecards.actions import (
    Grade,
    acknowledge_scorecard,
    add_evidence,
    record_grades,
    start_scorecard,
    submit_scorecard,
)
from scorecards.models import Criterion, Level, ReviewAssignment, RubricVersion, Scorecard

# How a reviewer's grades lie beside an expert's, in levels: a severe one, a lenient one.
SEVERITY = (-0.10, -0.45, 0.35, 0.05)
WOBBLE = 0.42
# Longer than this nobody leaves a grade unread.
UNREAD_DAYS = 28
# What reviewers write where a level asks for a comment and they see it otherwise than the expert.
WHY_NOT_MET = {
    "empathy-acknowledge": "The case is taken up at once; what it means for the customer is not said.",
    "protocol-identify": "I could not find two facts before the order was discussed.",
    "accuracy-information": "Please compare the period you gave with the page of the manual.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the seed knows about an interaction it made, and a reviewer has to find out."""

    conversation: Conversation
    words: Mapping[str, str]

    def comment_on(self, key: str) -> str:
        """The expert's words about a criterion, "" where they wrote none."""
        return self.conversation.filled(
            self.conversation.grades[key].get("comment", ""), self.words
        )


@dataclass(frozen=True, slots=True)
class House:
    """Everything the parts of the seed share."""

    staff: Staff
    today: dt.date
    draw: random.Random
    # By the ids that interactions have in their source.
    told: dict[str, Told] = field(default_factory=dict)
    weeks: list[list[Interaction]] = field(default_factory=list)

    def about(self, interaction: Interaction) -> Told:
        return self.told[interaction.external_id]

    def unpicked(self, week: int) -> list[Interaction]:
        """Those of a week that were handed to nobody so far. One query."""
        taken = set(
            ReviewAssignment.objects.filter(interaction__in=self.weeks[week]).values_list(
                "interaction", flat=True
            )
        )
        return [interaction for interaction in self.weeks[week] if interaction.pk not in taken]


def expert_level(criterion: Criterion, truth: Told) -> Level | None:
    """What an expert would choose; None for "not applicable". A question with two answers is a yes from
    the second best of four levels up."""
    expert = truth.conversation.grades[criterion.key]
    if expert.get("na"):
        return None
    levels = list(criterion.levels.all())
    top = 1 if criterion.key in TWO_LEVELS else 3
    place = expert["level"] if len(levels) == top + 1 else int(expert["level"] / top > 0.5)
    return levels[place]


def felt_grades(
    version: RubricVersion,
    truth: Told,
    *,
    severity: float,
    draw: random.Random,
    comments: bool = True,
    wobble: float = WOBBLE,
) -> dict[Criterion, Grade]:
    """A grade for every criterion of a version loaded `with_structure`, with the expert's words where
    the two agree and `comments` are wanted. `wobble` is how unsure the reviewer is, in levels."""
    grades = {}
    for criterion in criteria_of(version):
        expert = expert_level(criterion, truth)
        levels = list(criterion.levels.all())
        is_coarse = len(levels) == 2
        slip = draw.gauss(0, wobble * (0.43 if is_coarse else 1))
        if expert is None:
            grades[criterion] = Grade(is_not_applicable=True)
            continue
        felt = round(expert.position + (0 if is_coarse else severity) + slip)
        level = levels[min(len(levels) - 1, max(0, felt))]
        comment = truth.comment_on(criterion.key) if comments and level == expert else ""
        if level.requires_comment and not comment:
            comment = WHY_NOT_MET[criterion.key]
        grades[criterion] = Grade(level=level.pk, comment=comment)
    return grades


def grade(
    assignment: ReviewAssignment,
    version: RubricVersion,
    house: House,
    *,
    on: dt.date,
    days: int = 4,
    is_read: bool = True,
) -> Scorecard:
    """Its reviewer grades an interaction on one of the days from `on`; most agents read it."""
    staff, draw = house.staff, house.draw
    reviewer = next(person for person in staff.reviewers if person.pk == assignment.reviewer_id)
    truth = house.about(assignment.interaction)
    time = dt.time(draw.randint(9, 16), draw.randint(0, 59))
    day = on + dt.timedelta(days=draw.randrange(days))
    started = timezone.make_aware(dt.datetime.combine(day, time))
    submitted = started + dt.timedelta(minutes=draw.randint(6, 25))
    read_at = submitted + dt.timedelta(hours=draw.randint(2, 90))
    is_old = (house.today - submitted.date()).days > UNREAD_DAYS
    reads = draw.random() < 0.75 or is_old
    severity = SEVERITY[staff.reviewers.index(reviewer)]
    scorecard = start_scorecard(assignment, by=reviewer, at=started, version=version)
    # Of several who grade the same, one writes at length: they would not all find the same words.
    comments = assignment.purpose == ReviewAssignment.Purpose.GRADE
    grades = felt_grades(version, truth, severity=severity, draw=draw, comments=comments)
    done = hand_in(scorecard, version, grades, truth, draw=draw, by=reviewer, at=submitted)
    if is_read and reads and done.agent_id and not done.is_held and read_at.date() < house.today:
        agent = next(person for person in staff.agents if person.pk == done.agent_id)
        acknowledge_scorecard(done, by=agent, at=read_at)
    return done


def hand_in(
    scorecard: Scorecard,
    version: RubricVersion,
    grades: Mapping[Criterion, Grade],
    truth: Told,
    *,
    draw: random.Random,
    by: User,
    at: dt.datetime,
) -> Scorecard:
    """Write the grades with two quotations where the reviewer and the expert agree, and submit."""
    record_grades(scorecard, grades, by=by, at=at)
    quotable = []
    for criterion, given in grades.items():
        evidence = truth.conversation.grades[criterion.key].get("evidence")
        expert = expert_level(criterion, truth)
        if evidence and expert is not None and given.level == expert.pk:
            quotable.append((criterion, evidence[0]))
    for criterion, evidence in draw.sample(quotable, min(draw.randint(1, 2), len(quotable))):
        _quote(scorecard, criterion, evidence, truth, by=by)
    return submit_scorecard(scorecard, by=by, summary=_summary(grades), at=at)


def criteria_of(version: RubricVersion) -> list[Criterion]:
    return [row for section in version.sections.all() for row in section.criteria.all()]


def _quote(
    scorecard: Scorecard,
    criterion: Criterion,
    evidence: Mapping[str, Any],
    truth: Told,
    *,
    by: User,
) -> None:
    message_id = f"m{evidence['message'] + 1}"
    quote = truth.conversation.filled(evidence["quote"], truth.words)
    turn = scorecard.interaction.transcript.turn(message_id)
    if turn is None:
        raise LookupError(f"{truth.conversation.key} has no message {message_id}")
    start = turn.text.index(quote)
    add_evidence(
        scorecard, criterion, message_id=message_id, start=start, end=start + len(quote), by=by
    )


def _summary(grades: Mapping[Criterion, Grade]) -> str:
    """A first sentence on what went best and one on what to change, as reviewers write them."""
    shares = {
        criterion: [level.pk for level in criterion.levels.all()].index(grade.level)
        / (len(criterion.levels.all()) - 1)
        for criterion, grade in grades.items()
        if grade.level is not None
    }
    best = max(shares, key=lambda criterion: shares[criterion])
    worst = min(shares, key=lambda criterion: shares[criterion])
    if shares[worst] >= 0.66:
        return f"Good work all through; “{best.title}” stands out. Keep it up."
    return f"Keep doing: “{best.title}”. The one thing to change: “{worst.title}”."
