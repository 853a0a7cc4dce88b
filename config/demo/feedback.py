"""What followed some of the grades: replies, disputes in every state, an override, a first grade."""

import datetime as dt
from collections.abc import Iterator

from django.utils import timezone

from config.demo.grading import House, expert_level, grade
from interactions.models import Interaction
from people.models import User
from scorecards.actions import (
    Grade,
    assign_for_review,
    decide_dispute,
    file_dispute,
    override_scorecard,
    reply_to_scorecard,
    request_regrade,
    take_dispute,
)
from scorecards.models import (
    CriterionScore,
    Dispute,
    Level,
    ReviewAssignment,
    RubricVersion,
    Scorecard,
)

# Why an agent disagrees, by criterion.
SEEN_OTHERWISE = {
    "respect-greeting": "It was short because the customer was in a hurry, and they had my name.",
    "respect-tone": "Read without a voice it sounds shorter than it was. There is no blame in it.",
    "respect-attention": "I came back to each of their questions, only not in their order.",
    "empathy-acknowledge": "I did say what it meant for them, only after my first question.",
    "empathy-ownership": "I named what I would do myself. The customer brought the courier in.",
    "protocol-identify": "Both facts are there: one at the start, the other a moment later.",
    "protocol-steps": "The step that seems to be missing had been done in the contact before this one.",
    "protocol-record": "The note is in the order; it was saved after the conversation had ended.",
    "protocol-escalate": "The limit was not reached, so there was nothing to hand over earlier.",
    "accuracy-information": "What I said stands in the manual, among the exceptions.",
    "accuracy-resolution": "The second question was answered too, by the link I sent.",
    "accuracy-next-steps": "Who and when are both there, in the last message but one.",
}


def build(house: House, version: RubricVersion, *, first_contact: Interaction) -> None:
    staff = house.staff
    ines = staff.agents[0]
    oskar, beatriz, hugo, selin = staff.reviewers
    used: set[int] = set()
    _converse(house, _one(house, used, agents=[ines], reviewers=[oskar]))
    _dispute_open(
        house,
        _one(house, used, agents=[ines], reviewers=[beatriz, hugo, selin], unknown_to=oskar),
    )
    others = staff.agents[4:]
    _dispute_for_second_grade(
        house,
        _one(house, used, agents=others, reviewers=[beatriz, hugo], unknown_to=oskar),
        again=oskar,
        by=selin,
    )
    _dispute_decided(
        house,
        *_disputable(house, used, agents=staff.agents[1:4], reviewers=[oskar], is_wrong=True),
        by=selin,
    )
    _dispute_decided(
        house,
        *_disputable(house, used, agents=others, reviewers=[beatriz, hugo], is_wrong=False),
        by=oskar,
    )
    _override(
        house,
        *_disputable(house, used, agents=staff.agents[1:4], reviewers=[beatriz], is_wrong=True),
    )
    _first_grade(house, version, first_contact, reviewer=beatriz)


def _converse(house: House, scorecard: Scorecard) -> None:
    """The private conversation of agent, reviewer and manager about a grade."""
    assert scorecard.agent is not None  # noqa: S101 (for the type checker; they are all about somebody)
    reviewer, agent = scorecard.reviewer, scorecard.agent
    at = _days_after(_submitted(scorecard), 1, hour=9)
    words = [
        (
            agent,
            "Thank you, that helps. I read the conversation again and see where I went straight to the "
            "order number. How would you have begun?",
        ),
        (
            reviewer,
            "With one sentence about what it means for them, in their own words, and then the question. "
            "It costs five seconds, and you hear in the answer that it was worth it.",
        ),
        (
            house.staff.managers[0],
            "Let’s listen to two of yours together on Thursday. The last one with the rug was already "
            "just like that.",
        ),
    ]
    for place, (author, text) in enumerate(words):
        reply_to_scorecard(scorecard, text, by=author, at=at + place * dt.timedelta(hours=3))


def _dispute_open(house: House, scorecard: Scorecard) -> None:
    score, proposed = _improvable(scorecard)
    _file(house, scorecard, score, proposed)


def _dispute_for_second_grade(house: House, scorecard: Scorecard, *, again: User, by: User) -> None:
    score, proposed = _improvable(scorecard)
    dispute = _file(house, scorecard, score, proposed)
    take_dispute(dispute, by=by, at=_days_after(dispute.filed_at, 1, hour=8))
    request_regrade(dispute, reviewer=again, by=by, at=_days_after(dispute.filed_at, 1, hour=9))


def _dispute_decided(
    house: House, scorecard: Scorecard, score: CriterionScore, level: Level, *, by: User
) -> None:
    """`level` is what the conversation deserves: where it has it already, the grade is upheld."""
    is_wrong = level.pk != score.level_id
    proposed = level if is_wrong else _next(level)
    dispute = _file(house, scorecard, score, proposed)
    because = house.about(scorecard.interaction).comment_on(score.criterion.key)
    explanation = (
        f"The conversation bears it out. {because or level.descriptor}"
        if is_wrong
        else f"I read it as the first reviewer did: {because or level.descriptor} "
        f"For “{proposed.label}” we would need more: {proposed.descriptor}"
    )
    take_dispute(dispute, by=by, at=_days_after(dispute.filed_at, 2, hour=14))
    decide_dispute(
        dispute,
        {score.criterion_id: level.pk},
        explanation=explanation,
        by=by,
        at=_days_after(dispute.filed_at, 2, hour=15),
    )


def _file(house: House, scorecard: Scorecard, score: CriterionScore, proposed: Level) -> Dispute:
    assert scorecard.agent is not None  # noqa: S101 (for the type checker)
    return file_dispute(
        scorecard,
        {score.criterion: Grade(level=proposed.pk, comment=SEEN_OTHERWISE[score.criterion.key])},
        by=scorecard.agent,
        at=_days_after(_submitted(scorecard), 1, hour=10),
    )


def _override(house: House, scorecard: Scorecard, score: CriterionScore, level: Level) -> None:
    because = house.about(scorecard.interaction).comment_on(score.criterion.key)
    override_scorecard(
        scorecard,
        {score.criterion: Grade(level=level.pk, comment=because)},
        reason=(
            f"The reviewer asked for it: “{score.criterion}” was set one line too low by mistake, and "
            "the time to take the submission back was over."
        ),
        by=house.staff.administrator,
        at=_days_after(_submitted(scorecard), 1, hour=11),
    )


def _first_grade(
    house: House, version: RubricVersion, interaction: Interaction, *, reviewer: User
) -> None:
    """The new hire's first contact, picked by hand, and a word of welcome with its grade."""
    staff = house.staff
    at = timezone.make_aware(dt.datetime.combine(house.today - dt.timedelta(days=1), dt.time(9)))
    (assignment,) = assign_for_review(
        [interaction],
        rubric=version.rubric,
        reviewers=[reviewer],
        by=staff.administrator,
        due_on=house.today,
        at=at,
    )
    assignment.interaction = interaction
    scorecard = grade(assignment, version, house, on=at.date(), days=1, is_read=False)
    reply_to_scorecard(
        scorecard,
        "Welcome, Nia! A first chat to be glad of. Nothing in it needs an answer from you; if you want "
        "to ask me something about a criterion, do it here.",
        by=reviewer,
        at=_submitted(scorecard) + dt.timedelta(minutes=10),
    )


# --- finding a fitting grade ----------------------------------------------------------------------
def _candidates(
    house: House,
    used: set[int],
    *,
    agents: list[User],
    reviewers: list[User],
    days: tuple[int, int],
) -> Iterator[Scorecard]:
    """Drawn grades that their agents have seen, submitted so many days ago, the newest first."""
    rows = (
        Scorecard.objects.submitted()
        .filter(
            agent__in=agents,
            reviewer__in=reviewers,
            is_held=False,
            assignment__purpose=ReviewAssignment.Purpose.GRADE,
            assignment__pick__isnull=False,
            submitted_at__date__range=(
                house.today - dt.timedelta(days=days[1]),
                house.today - dt.timedelta(days=days[0]),
            ),
        )
        .exclude(pk__in=used)
        .select_related("agent", "reviewer", "interaction", "version")
        .order_by("-submitted_at", "pk")
    )
    yield from rows


def _one(
    house: House,
    used: set[int],
    *,
    agents: list[User],
    reviewers: list[User],
    unknown_to: User | None = None,
) -> Scorecard:
    for scorecard in _candidates(house, used, agents=agents, reviewers=reviewers, days=(3, 160)):
        others = ReviewAssignment.objects.filter(interaction=scorecard.interaction_id)
        if unknown_to and others.filter(reviewer=unknown_to).exists():
            continue
        used.add(scorecard.pk)
        return scorecard
    raise LookupError("The demo has no grade for this part of its story.")


def _disputable(
    house: House,
    used: set[int],
    *,
    agents: list[User],
    reviewers: list[User],
    is_wrong: bool,
) -> tuple[Scorecard, CriterionScore, Level]:
    """A grade with a criterion that was set one level too low, or rightly under the highest; with the
    level that is right."""
    for scorecard in _candidates(house, used, agents=agents, reviewers=reviewers, days=(5, 160)):
        truth = house.about(scorecard.interaction)
        for score in _scores(scorecard):
            right = expert_level(score.criterion, truth)
            if right is None or score.level is None or len(score.criterion.levels.all()) < 3:
                continue
            difference = right.position - score.level.position
            if difference == (1 if is_wrong else 0) and (is_wrong or _next(right) != right):
                used.add(scorecard.pk)
                return scorecard, score, right
    raise LookupError("The demo has no grade for this part of its story.")


def _improvable(scorecard: Scorecard) -> tuple[CriterionScore, Level]:
    """The lowest answer of a scorecard, and the level above it."""
    scores = [row for row in _scores(scorecard) if row.level and _next(row.level) != row.level]
    lowest = min(scores, key=lambda row: (row.level.position if row.level else 0, row.pk))
    assert lowest.level is not None  # noqa: S101 (for the type checker)
    return lowest, _next(lowest.level)


def _scores(scorecard: Scorecard) -> list[CriterionScore]:
    return list(
        CriterionScore.objects.filter(scorecard=scorecard)
        .select_related("level__criterion", "criterion")
        .prefetch_related("criterion__levels")
        .order_by("pk")
    )


def _next(level: Level) -> Level:
    """The level above, or the highest itself."""
    levels = list(level.criterion.levels.all())
    return levels[min(len(levels) - 1, level.position + 1)]


def _submitted(scorecard: Scorecard) -> dt.datetime:
    if scorecard.submitted_at is None:
        raise ValueError("A draft has no moment of submission.")
    return scorecard.submitted_at


def _days_after(moment: dt.datetime, days: int, *, hour: int) -> dt.datetime:
    """At this hour, so many days later; some minutes past it, as people are."""
    local = timezone.localtime(moment)
    return local.replace(hour=hour) + dt.timedelta(days=days)
