"""Rubric versions: from data to a frozen edition."""

import pytest

from people.models import AuditEvent
from scorecards.actions import (
    InvalidStructure,
    NotAllowed,
    Refused,
    add_criterion,
    change_criterion,
    change_version,
    discard_draft,
    draft_rubric_version,
    move_criterion,
    new_draft,
    publish_rubric_version,
    remove_criterion,
)
from scorecards.loading import load_version
from scorecards.models import Criterion, Level, Rubric, RubricVersion, Section
from scorecards.rubric_format import structure_of
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
    publish_rubric_version(second, by=administrator, change_note="Nothing, really.")

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


@pytest.fixture
def first(rubric, administrator):
    return publish_rubric_version(
        draft_rubric_version(rubric, STRUCTURE, by=administrator), by=administrator
    )


def criterion_of(version, key="tone"):
    return Criterion.objects.get(section__version=version, key=key)


def test_publish_rubric_version_asks_for_words_from_the_second_version_on(first, administrator):
    draft = new_draft(first, by=administrator)

    with pytest.raises(Refused, match="what changed"):
        publish_rubric_version(draft, by=administrator, change_note="  ")

    publish_rubric_version(draft, by=administrator, change_note="Clearer words.")
    draft.refresh_from_db()
    assert draft.change_note == "Clearer words."


@pytest.mark.parametrize(
    ("field", "value", "declared", "expected"),
    [
        ("guidance", "Look closer.", None, True),
        ("guidance", "Look closer.", True, True),
        ("guidance", "Look closer.", False, False),
        ("weight", 3, None, False),
        ("weight", 3, False, False),
    ],
)
def test_publish_rubric_version_is_comparable_only_where_no_score_can_move(
    first, administrator, field, value, declared, expected
):
    draft = new_draft(first, by=administrator)
    Criterion.objects.filter(section__version=draft).update(**{field: value})

    done = publish_rubric_version(
        draft, by=administrator, change_note="Why.", is_comparable=declared
    )

    assert done.is_comparable is expected


def test_publish_rubric_version_refuses_to_call_comparable_what_is_not(first, administrator):
    draft = new_draft(first, by=administrator)
    change_version(draft, {"pass_mark": 60}, by=administrator)

    with pytest.raises(Refused, match="move scores"):
        publish_rubric_version(draft, by=administrator, change_note="Why.", is_comparable=True)


def test_publish_rubric_version_writes_the_differences_into_the_audit_log(first, administrator):
    draft = new_draft(first, by=administrator)
    change_version(draft, {"pass_mark": 60}, by=administrator)
    publish_rubric_version(draft, by=administrator, change_note="Why.")

    event = AuditEvent.objects.filter(action="publish_rubric_version").latest("pk")
    assert event.after["changes"] == ["The pass mark: 80 is now 60."]


def test_new_draft_copies_everything_and_keeps_the_keys(rubric, administrator):
    structure = {
        **STRUCTURE,
        "holds_feedback": True,
        "undo_minutes": 0,
        "dispute_days": 30,
        "hides_scores": False,
        "hides_customer_rating": False,
        "sections": [
            {
                **STRUCTURE["sections"][0],
                "criteria": [
                    *STRUCTURE["sections"][0]["criteria"],
                    {
                        "key": "apology",
                        "title": "Apology",
                        "skill": "respect",
                        "scale": "count",
                        "bonus": True,
                        "channels": ["email"],
                        "flows": ["returns"],
                        "guidance": "Count them.",
                        "good_example": "I am sorry.",
                        "bad_example": "Sorry for the inconvenience.",
                        "depends_on": {"criterion": "tone", "levels": [1]},
                        "levels": [
                            {**LEVELS[0], "count_from": 0, "requires_comment": True},
                            {**LEVELS[1], "count_from": 2, "critical_failure": True},
                        ],
                    },
                ],
            }
        ],
    }
    first = draft_rubric_version(rubric, structure, by=administrator)
    first = publish_rubric_version(first, by=administrator)

    draft = new_draft(first, by=administrator)

    before, after = structure_of(load_version(first.pk)), structure_of(load_version(draft.pk))
    assert after == before
    assert (after["holds_feedback"], after["undo_minutes"], after["dispute_days"]) == (True, 0, 30)
    assert (draft.number, draft.state) == (2, RubricVersion.State.DRAFT)
    assert criterion_of(draft, "apology").depends_on == criterion_of(draft)
    assert [level.count_to for level in criterion_of(draft, "apology").levels.all()] == [1, None]


def test_new_draft_goes_on_with_the_one_there_is(first, administrator):
    draft = new_draft(first, by=administrator)

    assert new_draft(first, by=administrator) == draft


def test_draft_rubric_version_refuses_a_second_draft(first, rubric, administrator):
    new_draft(first, by=administrator)

    with pytest.raises(Refused, match="draft already"):
        draft_rubric_version(rubric, STRUCTURE, by=administrator)


def test_draft_rubric_version_names_the_path_of_what_it_does_not_know(rubric, administrator):
    section = STRUCTURE["sections"][0]
    broken = {**section, "criteria": [{**section["criteria"][0], "skill": "juggling"}]}

    with pytest.raises(InvalidStructure) as refusal:
        draft_rubric_version(rubric, {"sections": [broken]}, by=administrator)
    assert [path for path, _text in refusal.value.errors] == ["sections[0].criteria[0].skill"]


def test_a_published_version_is_not_edited(first, administrator):
    criterion = criterion_of(first)

    for attempt in (
        lambda: change_version(first, {"pass_mark": 1}, by=administrator),
        lambda: add_criterion(criterion.section, title="New", by=administrator),
        lambda: remove_criterion(criterion, by=administrator),
        lambda: change_criterion(criterion, {"title": "Other"}, [], by=administrator),
        lambda: discard_draft(first, by=administrator),
    ):
        with pytest.raises(Refused, match="no longer changes"):
            attempt()


def test_rubrics_are_written_by_editors_and_administrators_only(
    first, rubric, editor, agent, reviewer, manager
):
    for person in (agent, reviewer, manager):
        with pytest.raises(NotAllowed):
            new_draft(first, by=person)
        with pytest.raises(NotAllowed):
            draft_rubric_version(rubric, STRUCTURE, by=person)
    assert new_draft(first, by=editor).is_draft


def levels(*points, was=None):
    was = was or [None] * len(points)
    return [
        {"label": f"L{value}", "descriptor": "Seen.", "points": value, "was": old}
        for value, old in zip(points, was, strict=True)
    ]


def test_change_criterion_keeps_what_waits_for_a_level_with_that_level(first, administrator):
    draft = new_draft(first, by=administrator)
    opener = criterion_of(draft)
    waiting = add_criterion(opener.section, title="Waiting", by=administrator)
    Criterion.objects.filter(pk=waiting.pk).update(depends_on=opener, depends_on_positions=[1])

    change_criterion(opener, {}, levels(10, 0, 5, was=[1, 0, None]), by=administrator)

    assert list(opener.levels.values_list("points", flat=True)) == [0, 5, 10]
    waiting.refresh_from_db()
    assert waiting.depends_on_positions == [2]


def test_remove_criterion_refuses_while_another_waits_for_it(first, administrator):
    draft = new_draft(first, by=administrator)
    opener = criterion_of(draft)
    waiting = add_criterion(opener.section, title="Waiting", by=administrator)
    Criterion.objects.filter(pk=waiting.pk).update(depends_on=opener, depends_on_positions=[1])

    with pytest.raises(Refused, match="Waiting"):
        remove_criterion(opener, by=administrator)


def test_move_criterion_numbers_the_rows_anew(first, administrator):
    draft = new_draft(first, by=administrator)
    section = draft.sections.get()
    _second, third = (add_criterion(section, title=name, by=administrator) for name in "BC")

    move_criterion(third, section=section, place=0, by=administrator)

    rows = section.criteria.values_list("key", "position")
    assert list(rows) == [("c", 0), ("tone", 1), ("b", 2)]


def test_discard_draft_deletes_conditions_too_and_leaves_the_published_one(
    first, rubric, administrator
):
    draft = new_draft(first, by=administrator)
    opener = criterion_of(draft)
    waiting = add_criterion(opener.section, title="Waiting", by=administrator)
    Criterion.objects.filter(pk=waiting.pk).update(depends_on=opener, depends_on_positions=[1])

    discard_draft(draft, by=administrator)

    assert list(rubric.versions.all()) == [first]
    assert Section.objects.count() == 1
    assert Level.objects.count() == 2


def test_discard_draft_of_a_rubric_without_versions_deletes_the_rubric(rubric, administrator):
    draft = draft_rubric_version(rubric, STRUCTURE, by=administrator)

    discard_draft(draft, by=administrator)

    assert not Rubric.objects.exists()
