"""What nobody types but somebody sends is answered with words, never with an error of the server."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from scorecards.actions import (
    Conflict,
    Grade,
    Refused,
    change_criterion,
    discard_draft,
    file_dispute,
    new_draft,
    remove_criterion,
    remove_section,
)
from scorecards.actions.calibration import write_expert_key
from scorecards.models import Criterion, ExpertGrade, ExpertKey, RubricVersion
from scorecards.rubric_format import FormatError, from_json
from tests.factories.interactions import InteractionFactory

HUGE = "9" * 30
ENDLESS = "9" * 5000


def url(name, *args):
    return reverse(f"scorecards:{name}", args=args)


@pytest.fixture
def draft_version(version, editor) -> RubricVersion:
    return new_draft(version, by=editor)


# --- ids and characters ------------------------------------------------------------------------------
@pytest.mark.parametrize("number", [HUGE, ENDLESS])
@pytest.mark.parametrize(
    "address",
    [
        "/interactions/{}/",
        "/interactions/{}/recording/",
        "/scorecards/{}/",
        "/scorecards/rubrics/versions/{}/",
        "/scorecards/calibration/keys/{}/1/",
        "/scorecards/?agent={}",
        "/team/{}/",
    ],
)
def test_a_number_that_fits_no_id_is_no_page(as_user, administrator, address, number):
    assert as_user(administrator).get(address.format(number)).status_code == 404


@pytest.mark.parametrize("number", [HUGE, ENDLESS])
def test_forms_know_no_row_by_a_number_that_fits_no_id(as_user, administrator, version, number):
    client = as_user(administrator)
    interaction = InteractionFactory()
    data = {
        "rubric": version.rubric_id,
        "version": version.pk,
        "interaction": [str(interaction.pk), number],
        "reviewers": [number],
        "participants": [number],
        "teams": [number],
        "agents": [number],
    }

    for name in ("assign_reviews", "sampling_create", "calibration_create"):
        assert client.post(url(name), data).status_code == 422, name


@pytest.mark.parametrize("number", [HUGE, ENDLESS])
def test_key_seed_knows_no_reviewer_by_a_number_that_fits_no_id(
    as_user, administrator, version, number
):
    key = ExpertKey.objects.create(
        interaction=InteractionFactory(),
        version=version,
        written_by=administrator,
        written_at=version.published_at,
    )
    response = as_user(administrator).post(url("key_seed", key.pk), {"reviewers": [number]})

    assert response.status_code == 422


@pytest.mark.parametrize("number", [HUGE, ENDLESS, "x\0", "-1"])
def test_the_builder_takes_no_harm_from_numbers(as_user, editor, draft_version, number):
    client = as_user(editor)
    criterion = Criterion.objects.filter(section__version=draft_version).first()

    moved = client.post(url("rubric_criterion_move", criterion.pk), {"section": number})
    changed = client.post(
        url("rubric_criterion", criterion.pk), {"depends_on": number, "procedure": number}
    )

    assert moved.status_code == 302
    assert changed.status_code == 422


def test_searches_pass_over_what_a_database_cannot_hold(as_user, administrator, version):
    client = as_user(administrator)
    InteractionFactory(subject="Lost parcel")

    for name in ("key_choose", "calibration_create"):
        page = client.get(url(name), {"words": "lost\0parcel"})
        assert "Lost parcel" in page.text, name


def test_rubric_draft_passes_over_what_a_database_cannot_hold(as_user, editor, version):
    response = as_user(editor).post(url("rubric_draft", version.rubric_id), {"criterion": "a\0"})

    assert response.status_code == 302


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r'{"name": "abc \ud800", "sections": []}', "whole characters"),
        (r'{"\udfff": 1}', "whole characters"),
        ('{"places": ' + "9" * 6000 + "}", "numbers of a few digits"),
        ('{"pass_mark": 1e' + "9" * 30 + "}", "numbers of a few digits"),
        ('{"pass_mark": 1.5e999999}', "number"),
    ],
)
def test_rubric_import_says_what_no_database_can_hold(as_user, editor, text, words):
    if not text.startswith(r'{"\u'):
        text = text.replace("{", '{"format": "evenhand-rubric-1", ', 1)
    file = SimpleUploadedFile("rubric.json", text.encode())

    response = as_user(editor).post(url("rubric_import"), {"file": file})

    assert response.status_code == 422
    assert words in response.text


def test_whole_characters_from_escapes_are_read():
    data = json.dumps({"format": "evenhand-rubric-1", "name": "🎉", "sections": []})

    assert r"\ud83c" in data
    assert from_json(data)["name"] == "🎉"


def test_half_a_character_is_named_by_what_is_before_it():
    with pytest.raises(FormatError, match="abc "):
        from_json(r'{"name": "abc \ud800"}')


@pytest.mark.parametrize(
    "name", ["scorecard_list", "rubric_list", "sampling_list", "calibration_list", "key_list"]
)
def test_lists_answer_head_like_get(as_user, administrator, version, name):
    assert as_user(administrator).head(url(name)).status_code == 200


# --- keys belong to what is published ----------------------------------------------------------------
def test_no_key_is_written_to_a_draft(as_user, draft_version, administrator):
    interaction = InteractionFactory()
    rows = Criterion.objects.filter(section__version=draft_version).prefetch_related("levels")
    grades = {row: Grade(level=row.levels.first().pk) for row in rows}

    with pytest.raises(Refused, match="published"):
        write_expert_key(interaction, draft_version, grades, by=administrator)
    address = url("expert_key", draft_version.pk, interaction.pk)
    for answer in (as_user(administrator).get(address), as_user(administrator).post(address, {})):
        assert answer.status_code in {403, 404}
    assert not ExpertKey.objects.exists()


@pytest.fixture
def keyed_draft(draft_version, administrator) -> RubricVersion:
    """As one could make it once."""
    key = ExpertKey.objects.create(
        interaction=InteractionFactory(),
        version=draft_version,
        written_by=administrator,
        written_at=draft_version.rubric.versions.get(number=1).published_at,
    )
    for row in Criterion.objects.filter(section__version=draft_version):
        ExpertGrade.objects.create(key=key, criterion=row, level=row.levels.first())
    return draft_version


def test_what_a_key_refers_to_is_not_deleted(as_user, editor, keyed_draft):
    client = as_user(editor)
    section = keyed_draft.sections.first()
    criterion = section.criteria.first()

    for address in (
        url("rubric_criterion_delete", criterion.pk),
        url("section_delete", section.pk),
        url("rubric_discard", keyed_draft.pk),
    ):
        response = client.post(address)
        assert response.status_code == 409, address
        assert "refers to this" in response.text
    assert keyed_draft.sections.filter(criteria=criterion).exists()


def test_the_actions_refuse_what_a_key_refers_to(editor, keyed_draft):
    section = keyed_draft.sections.first()
    criterion = section.criteria.first()
    levels = [
        {"label": "A", "descriptor": "", "points": 0},
        {"label": "B", "descriptor": "", "points": 1},
    ]

    with pytest.raises(Conflict):
        remove_criterion(criterion, by=editor)
    with pytest.raises(Conflict):
        change_criterion(criterion, {}, levels, by=editor)
    with pytest.raises(Conflict):
        remove_section(section, by=editor)
    with pytest.raises(Conflict):
        discard_draft(keyed_draft, by=editor)
    assert criterion.levels.count() > 1


# --- words that came too late ------------------------------------------------------------------------
def test_the_words_of_a_dispute_that_came_too_late_come_back(as_user, submitted, criteria, agent):
    client, tone = as_user(agent), criteria["tone"]
    data = {
        f"criterion-{tone.pk}-level": tone.levels.all()[0].pk,
        f"criterion-{tone.pk}-comment": "I did say <hello>.",
    }

    client.post(url("dispute_create", submitted.pk), data)
    again = client.post(url("dispute_create", submitted.pk), data)

    assert again.status_code == 409
    assert "I did say &lt;hello&gt;." in again.text


def test_the_words_of_a_decision_that_came_too_late_come_back(
    as_user, submitted, criteria, agent, administrator
):
    tone = criteria["tone"]
    lowest = tone.levels.all()[0]
    dispute = file_dispute(submitted, {tone: Grade(level=lowest.pk, comment="No.")}, by=agent)
    client = as_user(administrator)
    data = {f"criterion-{tone.pk}-level": lowest.pk, "explanation": "The greeting was late."}

    client.post(url("dispute_take", dispute.pk))
    client.post(url("dispute_decide", dispute.pk), data)
    again = client.post(url("dispute_decide", dispute.pk), data)

    assert again.status_code == 409
    assert "The greeting was late." in again.text
