"""Mona coaches Ada; Rita graded Ada's conversations."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from coaching.actions import Terms, plan_session
from coaching.models import CoachingSession
from scorecards.actions import (
    Grade,
    add_evidence,
    record_grades,
    start_scorecard,
    submit_scorecard,
)
from scorecards.models import Criterion, RubricVersion, Scorecard
from tests.factories.interactions import InteractionFactory
from tests.factories.scorecards import ReviewAssignmentFactory, RubricVersionFactory


@pytest.fixture
def version(db) -> RubricVersion:
    return RubricVersionFactory()


@pytest.fixture
def criteria(version) -> dict[str, Criterion]:
    rows = Criterion.objects.filter(section__version=version).prefetch_related("levels")
    return {criterion.key: criterion for criterion in rows}


@pytest.fixture
def grade(version, criteria, agent, reviewer) -> Callable[..., Scorecard]:
    """`grade(tone=0, quotes={"tone": "It leaves tomorrow."})` is a submitted scorecard about Ada with the
    highest level in all others; `occurred` is when the conversation was."""

    def submitted(
        *,
        quotes: dict[str, str] | None = None,
        at: dt.datetime | None = None,
        occurred: dt.datetime | None = None,
        about=agent,
        by=reviewer,
        **positions: int,
    ) -> Scorecard:
        at = at or timezone.now()
        interaction = InteractionFactory(agent=about, occurred_at=occurred or at)
        assignment = ReviewAssignmentFactory(
            reviewer=by, rubric=version.rubric, interaction=interaction
        )
        draft = start_scorecard(assignment, by=by)
        grades = {}
        for key, criterion in criteria.items():
            levels = list(criterion.levels.all())
            grades[criterion] = Grade(level=levels[positions.get(key, len(levels) - 1)].pk)
        record_grades(draft, grades, by=by)
        for key, quote in (quotes or {}).items():
            turn = next(turn for turn in interaction.turns if quote in turn.text)
            start = turn.text.index(quote)
            add_evidence(
                draft,
                criteria[key],
                message_id=turn.id,
                start=start,
                end=start + len(quote),
                by=by,
            )
        return submit_scorecard(draft, by=by, at=at)

    return submitted


@pytest.fixture
def session(agent, manager) -> CoachingSession:
    """Planned for later today, or tomorrow close to midnight."""
    starts = timezone.now() + dt.timedelta(minutes=5)
    return plan_session(agent, Terms(starts, 30, "Room 2"), by=manager)
