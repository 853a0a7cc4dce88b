"""Six months of service and of grading it, made by the product's own actions."""

import datetime as dt
import io
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from config.demo.conversations import (
    SKILLS,
    TWO_LEVELS,
    Conversation,
    choose,
    read_conversations,
    vary,
)
from config.demo.people import Staff
from interactions.actions import start_import
from interactions.importing.run import run_import
from interactions.models import Interaction
from people.models import User
from scorecards.actions import (
    Grade,
    acknowledge_scorecard,
    add_evidence,
    assign_for_review,
    record_grades,
    start_scorecard,
    submit_scorecard,
)
from scorecards.loading import load_version
from scorecards.models import Criterion, ReviewAssignment, RubricVersion, Scorecard

WEEKS = 26
CONTACTS_PER_WEEK = 3  # of each agent, recorded
GRADED_PER_WEEK = 20  # of all agents together, drawn at random
# How a reviewer's grades lie beside an expert's, in levels: a severe one, a lenient one.
SEVERITY = (-0.10, -0.45, 0.35, 0.05)


@dataclass(frozen=True, slots=True)
class Told:
    """What the seed knows about an interaction it made, and a reviewer has to find out."""

    conversation: Conversation
    words: Mapping[str, str]


def first_day(today: dt.date) -> dt.datetime:
    """Noon of the Monday on which the history begins."""
    monday = today - dt.timedelta(days=today.weekday(), weeks=WEEKS)
    return timezone.make_aware(dt.datetime.combine(monday, dt.time(12)))


def build(staff: Staff, edition: RubricVersion, *, today: dt.date, draw: random.Random) -> int:
    """Import the contacts week by week, grade a random share of each; return how many were graded.

    The last week's picks stay open: they are what waits in the reviewers' queues.
    """
    version = load_version(edition.pk)
    abilities = [_Ability(draw) for _agent in staff.agents]
    conversations = read_conversations()
    told: dict[str, Told] = {}
    rows: list[dict[str, Any]] = []
    weeks: list[tuple[dt.date, list[str]]] = []
    for week_number in range(WEEKS):
        monday = first_day(today).date() + dt.timedelta(weeks=week_number)
        ids = []
        for place, agent in enumerate(staff.agents):
            for _contact in range(CONTACTS_PER_WEEK):
                aim = abilities[place].at(week_number / WEEKS)
                conversation = choose(conversations, aim, draw)
                row, words = vary(
                    conversation,
                    number=len(rows) + 1,
                    agent=agent,
                    agent_id=f"agent-{place + 1:02}",
                    week=monday,
                    draw=draw,
                )
                rows.append(row)
                ids.append(row["external_id"])
                told[row["external_id"]] = Told(conversation, words)
        weeks.append((monday, ids))
    _import(rows, by=staff.administrator)
    by_id = {
        interaction.external_id: interaction
        for interaction in Interaction.objects.select_related("agent", "transcript")
    }
    count = 0
    for week_number, (monday, ids) in enumerate(weeks):
        picked = draw.sample(ids, GRADED_PER_WEEK)
        picked_at = timezone.make_aware(
            dt.datetime.combine(monday + dt.timedelta(days=7), dt.time(8))
        )
        is_last = week_number == WEEKS - 1
        assignments = assign_for_review(
            [by_id[external_id] for external_id in picked],
            rubric=version.rubric,
            reviewers=staff.reviewers,
            by=staff.administrator,
            inclusion_probability=len(picked) / len(ids),
            due_on=picked_at.date() + dt.timedelta(days=9),
            seed=week_number,
            at=picked_at,
        )
        if is_last:
            _leave_one_begun(assignments[0], version, told, staff, picked_at)
            continue
        for assignment in assignments:
            _grade(assignment, version, told, staff, picked_at, draw, today)
            count += 1
    return count


class _Ability:
    """An agent's true skills, 0 to 1, and how they grow over the half year."""

    def __init__(self, draw: random.Random) -> None:
        level = draw.gauss(0.62, 0.10)
        self.start = {skill: level + draw.gauss(0, 0.09) for skill in SKILLS}
        self.growth = {skill: draw.gauss(0.08, 0.08) for skill in SKILLS}

    def at(self, share: float) -> dict[str, float]:
        return {
            skill: min(0.98, max(0.05, self.start[skill] + share * self.growth[skill]))
            for skill in SKILLS
        }


def _import(rows: list[dict[str, Any]], *, by: User) -> None:
    content = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    run = start_import(None, file_name="harbour-desk.jsonl", size=len(content), by=by)
    run = run_import(run, stream=io.BytesIO(content))
    if run.created_count != len(rows):
        reasons = [str(rejection) for rejection in run.rejections.all()[:5]]
        raise RuntimeError(f"The demo's interactions were not all imported: {reasons}")


def _grade(
    assignment: ReviewAssignment,
    version: RubricVersion,
    told: Mapping[str, Told],
    staff: Staff,
    picked_at: dt.datetime,
    draw: random.Random,
    today: dt.date,
) -> None:
    """One reviewer grades one interaction, some hours or days after it was picked."""
    reviewer = next(person for person in staff.reviewers if person.pk == assignment.reviewer_id)
    truth = told[assignment.interaction.external_id]
    started = picked_at + dt.timedelta(minutes=draw.randint(30, 4 * 24 * 60))
    submitted = started + dt.timedelta(minutes=draw.randint(6, 25))
    severity = SEVERITY[staff.reviewers.index(reviewer)]
    scorecard = start_scorecard(assignment, by=reviewer, at=started)
    grades = {}
    quotable = []
    for criterion in _criteria(version):
        expert = truth.conversation.grades[criterion.key]
        levels = list(criterion.levels.all())
        if expert.get("na"):
            grades[criterion] = Grade(is_not_applicable=True)
            continue
        spread = 0.18 if criterion.key in TWO_LEVELS else 0.42
        pull = 0 if criterion.key in TWO_LEVELS else severity
        felt = round(expert["level"] + pull + draw.gauss(0, spread))
        level = min(len(levels) - 1, max(0, felt))
        agrees = level == expert["level"]
        comment = truth.conversation.filled(expert.get("comment", ""), truth.words)
        grades[criterion] = Grade(level=levels[level].pk, comment=comment if agrees else "")
        if agrees and expert.get("evidence"):
            quotable.append((criterion, expert["evidence"][0]))
    record_grades(scorecard, grades, by=reviewer, at=submitted)
    for criterion, evidence in draw.sample(quotable, min(2, len(quotable))):
        _quote(scorecard, criterion, evidence, truth, by=reviewer)
    done = submit_scorecard(
        scorecard,
        by=reviewer,
        summary=_summary(version, grades),
        at=submitted,
        version=version,
    )
    read_at = submitted + dt.timedelta(hours=draw.randint(2, 90))
    if read_at.date() < today and draw.random() < 0.92:
        agent = next(person for person in staff.agents if person.pk == done.agent_id)
        acknowledge_scorecard(done, by=agent, at=read_at)


def _leave_one_begun(
    assignment: ReviewAssignment,
    version: RubricVersion,
    told: Mapping[str, Told],
    staff: Staff,
    picked_at: dt.datetime,
) -> None:
    """A draft with its first section graded, so that the demo shows what going on looks like."""
    reviewer = next(person for person in staff.reviewers if person.pk == assignment.reviewer_id)
    truth = told[assignment.interaction.external_id]
    at = picked_at + dt.timedelta(minutes=40)
    scorecard = start_scorecard(assignment, by=reviewer, at=at)
    first = version.sections.all()[0]
    grades = {
        criterion: Grade(
            level=list(criterion.levels.all())[truth.conversation.grades[criterion.key]["level"]].pk
        )
        for criterion in first.criteria.all()
    }
    record_grades(scorecard, grades, by=reviewer, at=at)


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


def _summary(version: RubricVersion, grades: Mapping[Criterion, Grade]) -> str:
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


def _criteria(version: RubricVersion) -> list[Criterion]:
    return [row for section in version.sections.all() for row in section.criteria.all()]
