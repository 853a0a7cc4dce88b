"""A published rubric, and Ada's conversation in Rita's queue."""

import pytest

from scorecards.actions import Grade, record_grades, start_scorecard, submit_scorecard
from scorecards.models import Criterion, ReviewAssignment, RubricVersion, Scorecard
from tests.factories.interactions import InteractionFactory
from tests.factories.scorecards import ReviewAssignmentFactory, RubricVersionFactory


@pytest.fixture
def version(db) -> RubricVersion:
    return RubricVersionFactory()


@pytest.fixture
def criteria(version) -> dict[str, Criterion]:
    """The version's criteria by key, each with its levels loaded."""
    rows = Criterion.objects.filter(section__version=version).prefetch_related("levels")
    return {criterion.key: criterion for criterion in rows}


@pytest.fixture
def assignment(version, agent, reviewer) -> ReviewAssignment:
    return ReviewAssignmentFactory(
        reviewer=reviewer, rubric=version.rubric, interaction=InteractionFactory(agent=agent)
    )


@pytest.fixture
def draft(assignment, reviewer) -> Scorecard:
    return start_scorecard(assignment, by=reviewer)


@pytest.fixture
def best(criteria):
    """Grades with the highest level everywhere; `best(tone=0)` has the lowest for the tone, None
    says not applicable."""

    def grades(**others: int | None) -> dict[Criterion, Grade]:
        result = {}
        for key, criterion in criteria.items():
            levels = list(criterion.levels.all())
            position = others.get(key, len(levels) - 1)
            result[criterion] = (
                Grade(is_not_applicable=True)
                if position is None
                else Grade(level=levels[position].pk)
            )
        return result

    return grades


@pytest.fixture
def graded(draft, best, reviewer) -> Scorecard:
    """A draft with all criteria answered: 100 percent."""
    record_grades(draft, best(), by=reviewer)
    return draft


@pytest.fixture
def submitted(graded, reviewer) -> Scorecard:
    return submit_scorecard(graded, by=reviewer, summary="Well done.")
