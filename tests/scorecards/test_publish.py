"""Rubric versions: from data to a frozen edition."""

import pytest

from people.models import AuditEvent
from scorecards.actions import Refused, draft_rubric_version, publish_rubric_version
from scorecards.models import Criterion, RubricVersion
from tests.factories.content import ProcedurePageFactory, SkillFactory
from tests.factories.scorecards import RubricFactory

LEVELS = [
    {"label": "Not met", "descriptor": "It did not happen.", "points": 0},
    {"label": "Met", "descriptor": "It happened.", "points": 10},
]
STRUCTURE = {
    "pass_mark": 80,
    "places": 1,
    "sections": [
        {
            "key": "respect",
            "title": "Respect",
            "weight": 40,
            "criteria": [
                {
                    "key": "tone",
                    "title": "Tone",
                    "skill": "respect",
                    "procedure": "greeting",
                    "critical": True,
                    "not_applicable": True,
                    "levels": LEVELS,
                }
            ],
        }
    ],
}


@pytest.fixture
def rubric(db):
    SkillFactory(key="respect")
    ProcedurePageFactory(slug="greeting")
    return RubricFactory()


def test_draft_rubric_version_builds_the_whole_structure(rubric, administrator):
    version = draft_rubric_version(rubric, STRUCTURE, by=administrator)

    criterion = Criterion.objects.get()
    assert (version.number, version.state) == (1, RubricVersion.State.DRAFT)
    assert (version.pass_mark, version.places) == (80, 1)
    assert (criterion.section.version, criterion.section.weight) == (version, 40)
    assert criterion.is_critical
    assert criterion.allows_not_applicable
    assert criterion.procedure.slug == "greeting"
    assert [level.points for level in criterion.levels.all()] == [0, 10]


@pytest.mark.parametrize(("field", "value"), [("skill", "juggling"), ("procedure", "no-such-page")])
def test_draft_rubric_version_refuses_what_it_does_not_know(rubric, administrator, field, value):
    section = STRUCTURE["sections"][0]
    broken = {**section, "criteria": [{**section["criteria"][0], field: value}]}

    with pytest.raises(Refused, match=value):
        draft_rubric_version(rubric, {"sections": [broken]}, by=administrator)
    assert not RubricVersion.objects.exists()


def test_publish_rubric_version_retires_the_last_one(rubric, administrator):
    first = draft_rubric_version(rubric, STRUCTURE, by=administrator)
    publish_rubric_version(first, by=administrator)
    second = draft_rubric_version(rubric, STRUCTURE, by=administrator)
    publish_rubric_version(second, by=administrator)

    first.refresh_from_db()
    assert second.number == 2
    assert first.state == RubricVersion.State.RETIRED
    assert list(rubric.versions.published()) == [second]
    assert AuditEvent.objects.filter(action="publish_rubric_version").count() == 2


def test_publish_rubric_version_refuses_a_second_time(rubric, administrator):
    version = draft_rubric_version(rubric, STRUCTURE, by=administrator)
    publish_rubric_version(version, by=administrator)

    with pytest.raises(Refused, match="draft"):
        publish_rubric_version(version, by=administrator)


@pytest.mark.parametrize(
    "sections",
    [
        [],
        [
            {
                **STRUCTURE["sections"][0],
                "criteria": [{**STRUCTURE["sections"][0]["criteria"][0], "levels": LEVELS[:1]}],
            }
        ],
    ],
)
def test_publish_rubric_version_refuses_what_nobody_could_grade_by(rubric, administrator, sections):
    version = draft_rubric_version(rubric, {"sections": sections}, by=administrator)

    with pytest.raises(Refused):
        publish_rubric_version(version, by=administrator)
    version.refresh_from_db()
    assert version.state == RubricVersion.State.DRAFT
