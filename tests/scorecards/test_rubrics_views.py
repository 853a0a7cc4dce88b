"""The rubric builder: who may, and that everything works plainly and by htmx."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from scorecards.actions import new_draft, publish_rubric_version
from scorecards.models import Criterion, Rubric, RubricVersion, Section
from scorecards.rubric_format import from_json
from tests.factories.content import ProcedurePageFactory, SkillFactory
from tests.factories.interactions import InteractionFactory
from tests.factories.scorecards import RubricFactory, RubricVersionFactory

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def draft_version(version, editor) -> RubricVersion:
    return new_draft(version, by=editor)


@pytest.fixture
def section(draft_version) -> Section:
    return draft_version.sections.get(key="respect")


@pytest.fixture
def criterion(section) -> Criterion:
    return section.criteria.get(key="tone")


@pytest.fixture
def builder(as_user, editor):
    return as_user(editor)


def url(name, *args):
    return reverse(f"scorecards:{name}", args=args)


def criterion_data(criterion, **changed):
    data = {
        "title": criterion.title,
        "guidance": "",
        "scale": criterion.scale,
        "weight": "1",
        "skill": criterion.skill_id,
        "levels-TOTAL_FORMS": "3",
        "levels-INITIAL_FORMS": "3",
    }
    for n, level in enumerate(criterion.levels.all()):
        data |= {
            f"levels-{n}-label": level.label,
            f"levels-{n}-descriptor": level.descriptor,
            f"levels-{n}-points": level.points,
            f"levels-{n}-was": n,
        }
    return {**data, **changed}


# --- who --------------------------------------------------------------------------------------------
def test_rubric_pages_are_for_who_writes_rubrics(
    as_user, draft_version, section, criterion, agent, reviewer, manager, administrator
):
    pages = [
        url("rubric_list"),
        url("rubric_create"),
        url("rubric_import"),
        url("rubric_detail", draft_version.rubric_id),
    ]
    of_the_draft = [
        url("rubric_version", draft_version.pk),
        url("rubric_edit", draft_version.pk),
        url("rubric_preview", draft_version.pk),
        url("rubric_publish", draft_version.pk),
        url("rubric_export", draft_version.pk),
        url("rubric_discard", draft_version.pk),
        url("section_delete", section.pk),
        url("rubric_criterion", criterion.pk),
        url("rubric_criterion_delete", criterion.pk),
    ]
    for person in (agent, reviewer, manager):
        client = as_user(person)
        assert {client.get(page).status_code for page in pages} == {403}
        assert {client.get(page).status_code for page in of_the_draft} == {404}
    client = as_user(administrator)
    assert {client.get(page).status_code for page in [*pages, *of_the_draft]} == {200}


def test_writing_is_for_who_writes_rubrics(as_user, draft_version, section, criterion, reviewer):
    client = as_user(reviewer)
    for name, pk in (
        ("policies_save", draft_version.pk),
        ("section_add", draft_version.pk),
        ("section_save", section.pk),
        ("section_move", section.pk),
        ("section_delete", section.pk),
        ("criterion_add", section.pk),
        ("rubric_criterion", criterion.pk),
        ("rubric_criterion_move", criterion.pk),
        ("rubric_criterion_delete", criterion.pk),
        ("rubric_publish", draft_version.pk),
        ("rubric_discard", draft_version.pk),
    ):
        assert client.post(url(name, pk)).status_code == 404, name
    assert client.post(url("rubric_draft", draft_version.rubric_id)).status_code == 403
    assert client.post(url("rubric_create"), {"name": "X"}).status_code == 403


def test_everybody_reads_what_is_published(as_user, version, agent, reviewer, manager):
    for person in (agent, reviewer, manager):
        page = as_user(person).get(url("rubric_version", version.pk))
        assert page.status_code == 200
        assert Criterion.objects.first().title in page.text
        assert url("rubric_edit", version.pk) not in page.text


@pytest.mark.parametrize(
    "name",
    [
        "policies_save",
        "section_add",
        "section_save",
        "section_move",
        "criterion_add",
        "rubric_criterion_move",
        "rubric_draft",
    ],
)
def test_what_writes_answers_no_get(builder, version, name):
    assert builder.get(url(name, version.pk)).status_code == 405


# --- rubrics and versions ---------------------------------------------------------------------------
def test_rubric_list_says_what_to_do_when_there_is_nothing(builder):
    page = builder.get(url("rubric_list"))

    assert url("rubric_create") in page.text


def test_rubric_list_takes_the_same_queries_for_one_and_three(builder, version, count_queries):
    builder.get(url("rubric_list"))
    one = count_queries(lambda: builder.get(url("rubric_list")))
    for key in "ab":
        RubricVersionFactory(rubric=RubricFactory(key=key, name=key), structure=False)

    assert count_queries(lambda: builder.get(url("rubric_list"))) == one


def test_rubric_detail_counts_the_scorecards_of_a_version(
    as_user, administrator, editor, version, submitted, count_queries
):
    address = url("rubric_detail", version.rubric_id)
    link = f"{reverse('scorecards:scorecard_list')}?version={version.pk}"
    builder = as_user(administrator)

    assert f'<a href="{link}">1</a>' in builder.get(address).text
    page = as_user(editor).get(address)
    assert link not in page.text, "an editor sees no scorecards"
    assert page.context["versions"][0].scorecard_count == 1, "and how many there are all the same"
    one = count_queries(lambda: builder.get(address))
    draft = new_draft(version, by=editor)
    publish_rubric_version(draft, by=editor, change_note="Why.")
    assert count_queries(lambda: builder.get(address)) == one
    assert len(builder.get(link).context["page"].object_list) == 1
    other = f"{reverse('scorecards:scorecard_list')}?version={draft.pk}"
    assert not builder.get(other).context["page"].object_list


def test_rubric_detail_becomes_cards_on_a_phone(builder, version):
    page = builder.get(url("rubric_detail", version.rubric_id)).text

    assert "table--stacked" in page
    assert re.findall(r'data-label="([^"]+)"', page) == ["Trend", "Scorecards"]


def test_rubric_create_opens_its_first_draft(builder):
    response = builder.post(url("rubric_create"), {"name": "Calls", "description": "For calls."})

    version = RubricVersion.objects.get()
    assert response.url == url("rubric_edit", version.pk)
    assert (version.rubric.key, version.number, version.is_draft) == ("calls", 1, True)


def test_rubric_create_keeps_what_was_typed_when_the_name_is_missing(builder):
    response = builder.post(url("rubric_create"), {"name": "", "description": "For calls."})

    assert response.status_code == 422
    assert "For calls." in response.text
    assert not Rubric.objects.exists()


def test_rubric_draft_copies_the_version_in_use(builder, version):
    response = builder.post(url("rubric_draft", version.rubric_id))

    draft = RubricVersion.objects.get(number=2)
    assert response.url == url("rubric_edit", draft.pk)
    assert draft.sections.count() == 2


def test_rubric_edit_leads_to_reading_what_is_published(builder, version):
    assert builder.get(url("rubric_edit", version.pk)).url == version.get_absolute_url()
    assert builder.get(url("rubric_publish", version.pk)).url == version.get_absolute_url()


def test_rubric_edit_shows_shares_and_takes_constant_queries(
    builder, draft_version, section, count_queries
):
    address = url("rubric_edit", draft_version.pk)
    page = builder.get(address)
    assert "25.0 %" in page.text
    few = count_queries(lambda: builder.get(address))
    for title in ("One more", "And another"):
        builder.post(url("criterion_add", section.pk), {"title": title})

    assert count_queries(lambda: builder.get(address)) == few


# --- the parts of the draft --------------------------------------------------------------------------
POLICIES = {
    "pass_mark": "80",
    "places": "1",
    "completeness": "90",
    "not_applicable_policy": "counts_full",
    "critical_failure_policy": "section_zero",
    "aggregation": "points",
    "hides_agent": "on",
    "undo_minutes": "5",
    "dispute_days": "7",
}


def test_policies_save_explains_and_keeps_every_policy(builder, draft_version):
    page = builder.get(url("rubric_edit", draft_version.pk))
    assert "The whole scorecard shows 0 %" in page.text

    builder.post(url("policies_save", draft_version.pk), POLICIES)

    draft_version.refresh_from_db()
    assert (draft_version.pass_mark, draft_version.places, draft_version.completeness) == (
        80,
        1,
        90,
    )
    assert draft_version.not_applicable_policy == "counts_full"
    assert draft_version.critical_failure_policy == "section_zero"
    assert draft_version.aggregation == "points"
    assert draft_version.hides_agent
    assert not draft_version.hides_scores


@pytest.mark.parametrize(("name", "most"), [("undo_minutes", 10080), ("dispute_days", 365)])
def test_policies_save_refuses_windows_without_end(builder, draft_version, name, most):
    address = url("policies_save", draft_version.pk)

    assert builder.post(address, POLICIES | {name: most + 1}).status_code == 422
    builder.post(address, POLICIES | {name: most})

    draft_version.refresh_from_db()
    assert getattr(draft_version, name) == most


def test_rubric_edit_explains_what_happens_after_grading(builder, draft_version):
    page = builder.get(url("rubric_edit", draft_version.pk)).text

    for words in (
        "Their name in the words of the conversation",
        "sees the last five grades of that agent",
        "what its reviewer could see",
        "the days to dispute it begin then",
        "only an override with a reason changes a grade",
        "to the end of the last day where the agent is",
        "is an answer. Before that there is no result",
    ):
        assert words.lower() in page.lower(), words
    assert 'value="75"' in page, "not 75.00"


def test_policies_save_answers_htmx_with_the_new_shares(builder, draft_version):
    response = builder.post(url("policies_save", draft_version.pk), POLICIES, **HTMX)

    assert response.status_code == 200
    assert 'id="policies"' not in response.text, "or what is being typed there would be lost"
    assert "28.6 %" in response.text
    assert "<html" not in response.text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_policies_save_keeps_invalid_input(builder, draft_version, headers):
    data = {**POLICIES, "pass_mark": "101"}
    response = builder.post(url("policies_save", draft_version.pk), data, **headers)

    assert response.status_code == 422
    assert 'value="101"' in response.text
    assert "Not saved: Pass mark (percent)." in response.text
    assert "Nothing stands in the way" not in response.text
    draft_version.refresh_from_db()
    assert draft_version.pass_mark == 75


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_sections_are_added_and_changed(builder, draft_version, section, headers):
    builder.post(url("section_add", draft_version.pk), {"title": "Extra"}, **headers)
    builder.post(url("section_save", section.pk), {"title": "Manners", "weight": "30"}, **headers)

    rows = draft_version.sections.values_list("key", "title", "weight")
    assert list(rows) == [
        ("respect", "Manners", 30),
        ("accuracy", "Accuracy", 50),
        ("extra", "Extra", 50),
    ]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_section_save_keeps_invalid_input(builder, section, headers):
    data = {"title": "Manners", "weight": "-3"}
    response = builder.post(url("section_save", section.pk), data, **headers)

    assert response.status_code == 422
    assert 'value="-3"' in response.text
    section.refresh_from_db()
    assert section.title == "Respect"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_section_save_says_which_value_was_not_saved(builder, section, headers):
    data = {"title": "Manners", "weight": "-3"}
    response = builder.post(url("section_save", section.pk), data, **headers)

    words = "Not saved: Weight of “Respect”."
    assert re.search(rf'id="edit-status"[^>]*>{words}<', response.text)
    assert f"<strong>{words}</strong>" in response.text
    assert "Nothing stands in the way" not in response.text
    assert "Weight: Ensure this value is greater than or equal to 0." in response.text
    if headers:
        assert response.headers["HX-Retarget"] == f"#section-{section.pk}-form"
        assert f'id="section-{section.pk}-form"' in response.text
        assert 'id="structure"' not in response.text, "what is typed elsewhere stays"


def test_rubric_edit_names_a_skill_only_where_its_section_does_not(builder, draft_version, section):
    section.criteria.update(skill=SkillFactory(key="other", name="Kindness"))
    assert builder.get(url("rubric_edit", draft_version.pk)).text.count(" Kindness</span>") == 2

    builder.post(url("section_save", section.pk), {"title": "kindness", "weight": "1"})

    assert " Kindness</span>" not in builder.get(url("rubric_edit", draft_version.pk)).text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_section_move_goes_up_and_down_and_stays_at_the_ends(
    builder, draft_version, section, headers
):
    def order():
        return list(draft_version.sections.values_list("key", flat=True))

    builder.post(url("section_move", section.pk), {"direction": "up"}, **headers)
    assert order() == ["respect", "accuracy"]
    response = builder.post(url("section_move", section.pk), {"direction": "down"}, **headers)
    assert order() == ["accuracy", "respect"]
    builder.post(url("section_move", section.pk), {"place": "0"}, **headers)
    assert order() == ["respect", "accuracy"]
    if headers:
        assert "is now section 2 of 2" in response.text


def test_criterion_move_crosses_into_the_next_section_and_back(builder, draft_version, section):
    def order():
        return [[row.key for row in part.criteria.all()] for part in draft_version.sections.all()]

    greeting = section.criteria.get(key="greeting")
    address = url("rubric_criterion_move", greeting.pk)

    builder.post(address, {"direction": "down"})
    assert order() == [["tone"], ["greeting", "facts", "identity"]]
    builder.post(address, {"direction": "down"}, **HTMX)
    assert order() == [["tone"], ["facts", "greeting", "identity"]]
    builder.post(address, {"section": section.pk, "place": "0"}, **HTMX)
    assert order() == [["greeting", "tone"], ["facts", "identity"]]
    builder.post(address, {"direction": "up"})
    assert order() == [["greeting", "tone"], ["facts", "identity"]]


def test_criterion_move_ignores_a_section_of_another_rubric(builder, version, criterion):
    foreign = version.sections.first()
    builder.post(url("rubric_criterion_move", criterion.pk), {"section": foreign.pk, "place": "0"})

    criterion.refresh_from_db()
    assert criterion.section.version_id != version.pk


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_criterion_add_opens_its_form(builder, section, headers):
    response = builder.post(url("criterion_add", section.pk), {"title": "Thanks"}, **headers)

    criterion = Criterion.objects.get(key="thanks")
    address = response.headers["HX-Redirect"] if headers else response.url
    assert address == url("rubric_criterion", criterion.pk)
    assert criterion.levels.count() == 2


def test_deleting_asks_first(builder, draft_version, section, criterion):
    page = builder.get(url("section_delete", section.pk))
    assert criterion.title in page.text
    assert section.criteria.count() == 2

    builder.post(url("rubric_criterion_delete", criterion.pk))
    assert section.criteria.count() == 1
    builder.post(url("section_delete", section.pk))
    assert draft_version.sections.count() == 1
    builder.post(url("rubric_discard", draft_version.pk))
    assert not RubricVersion.objects.filter(number=2).exists()


def test_deleting_the_only_version_says_that_the_rubric_goes_with_it(builder, draft_version):
    words = "the rubric “%s” itself"
    page = builder.get(url("rubric_discard", draft_version.pk)).text
    assert words % draft_version.rubric not in page

    builder.post(url("rubric_create"), {"name": "Only"})
    only = RubricVersion.objects.get(rubric__name="Only")

    assert words % "Only" in builder.get(url("rubric_discard", only.pk)).text


def test_what_is_published_answers_with_a_refusal(builder, version):
    section = version.sections.first()
    for name, pk, data in (
        ("policies_save", version.pk, POLICIES),
        ("section_save", section.pk, {"title": "X", "weight": "1"}),
        ("section_move", section.pk, {"direction": "down"}),
        ("section_delete", section.pk, {}),
        ("criterion_add", section.pk, {"title": "X"}),
        ("rubric_criterion_delete", section.criteria.first().pk, {}),
        ("rubric_discard", version.pk, {}),
    ):
        response = builder.post(url(name, pk), data)
        assert response.status_code == 422, name
        assert "no longer changes" in response.text


# --- one criterion ----------------------------------------------------------------------------------
def test_rubric_criterion_saves_everything(builder, draft_version, section):
    earlier, criterion = section.criteria.all()
    skill = SkillFactory(key="other")
    data = criterion_data(
        criterion,
        title="Greets",
        guidance="First two messages.",
        good_example="Good morning, Ms Lee.",
        bad_example="Yes?",
        weight="2.5",
        is_bonus="on",
        allows_not_applicable="on",
        is_critical="on",
        critical_below="60",
        channels=["email", "chat"],
        flows=["returns"],
        other_flows="refund\n\n Returns \nrefund",
        depends_on=earlier.pk,
        depends_on_positions=["1", "2"],
        skill=skill.pk,
        **{"levels-0-requires_comment": "on", "levels-0-is_critical_failure": "on"},
    )
    response = builder.post(url("rubric_criterion", criterion.pk), data)

    assert response.url == url("rubric_edit", draft_version.pk) + f"#criterion-{criterion.pk}"
    criterion.refresh_from_db()
    assert (criterion.title, criterion.key) == ("Greets", "greeting")
    assert (criterion.weight, criterion.critical_below) == (2.5, 60)
    assert criterion.channels == ["email", "chat"]
    assert criterion.flows == ["returns", "refund"]
    assert (criterion.depends_on, criterion.depends_on_positions) == (earlier, [1, 2])
    assert criterion.skill == skill
    lowest = criterion.levels.first()
    assert lowest.requires_comment
    assert lowest.is_critical_failure


def test_rubric_criterion_saves_counts_as_bands_without_gaps(builder, criterion):
    data = criterion_data(
        criterion,
        scale="count",
        **{"levels-0-count_from": "5", "levels-1-count_from": "1", "levels-2-count_from": "0"},
    )
    builder.post(url("rubric_criterion", criterion.pk), data)

    bands = criterion.levels.values_list("count_from", "count_to", "points")
    assert list(bands) == [(0, 0, 2), (1, 4, 1), (5, None, 0)]


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"title": ""}, "This field is required."),
        ({"scale": "count"}, "Say at which count it starts."),
        ({"levels-1-points": "many"}, "Enter a number."),
        ({"levels-1-DELETE": "on", "levels-2-DELETE": "on"}, "Please submit at least 2 forms."),
        ({"channels": ["fax"]}, "fax is not one of the available choices"),
        ({"critical_below": "60"}, "Only a critical criterion can fail"),
        ({"flows": ["x" * 201]}, "is not one of the available choices"),
        ({"other_flows": "x" * 201}, "has at most 200 characters"),
    ],
)
def test_rubric_criterion_keeps_invalid_input(builder, criterion, changed, error, headers):
    data = criterion_data(criterion, guidance="Typed with care.", **changed)
    response = builder.post(url("rubric_criterion", criterion.pk), data, **headers)

    assert response.status_code == 422
    assert error in response.text
    assert "Typed with care." in response.text
    criterion.refresh_from_db()
    assert criterion.guidance == ""


def test_rubric_criterion_is_saved_by_enter(builder, criterion):
    page = builder.get(url("rubric_criterion", criterion.pk)).text

    form = page[page.index('id="criterion-form"') :]
    first = re.search(r"<button[^>]*>", form)[0]
    assert 'type="submit"' in first
    assert "name=" not in first, "or Enter would add a level"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_rubric_criterion_says_what_is_not_saved_yet(builder, criterion, headers):
    address = url("rubric_criterion", criterion.pk)
    page = builder.get(address).text
    assert "saved when you press “Save criterion”" in page
    assert "data-not-saved-yet hidden" in page
    assert "data-unsaved" not in page

    for data in ({"add_level": "1"}, {"title": ""}):
        again = builder.post(address, criterion_data(criterion, **data), **headers).text
        assert "data-not-saved-yet hidden" not in again
        assert "data-unsaved" in again


def test_rubric_criterion_offers_the_kinds_of_interaction_that_occur(
    builder, criterion, count_queries
):
    address = url("rubric_criterion", criterion.pk)
    Criterion.objects.filter(pk=criterion.pk).update(flows=["recalls"])
    InteractionFactory(flow="refund")
    one = count_queries(lambda: builder.get(address))
    for flow in ("returns", "returns", "Refund", ""):
        InteractionFactory(flow=flow)

    assert count_queries(lambda: builder.get(address)) == one
    form = builder.get(address).context["form"]
    offered = [value for value, _label in form.fields["flows"].choices]
    assert offered[0] == "returns", "the most frequent first"
    assert [flow.casefold() for flow in offered] == ["returns", "refund", "recalls"]
    assert form["flows"].value() == ["recalls"]


def test_rubric_criterion_says_no_procedure_in_words(builder, criterion):
    page = builder.get(url("rubric_criterion", criterion.pk)).text

    assert "No procedure</option>" in page
    assert "-----" not in page


def test_rubric_criterion_asks_for_the_levels_of_an_earlier_answer(builder, section):
    earlier, criterion = section.criteria.all()
    data = criterion_data(criterion, depends_on=earlier.pk)

    response = builder.post(url("rubric_criterion", criterion.pk), data)

    assert response.status_code == 422
    assert "Choose at least one level." in response.text


def test_rubric_criterion_cannot_wait_for_a_later_one(builder, section):
    criterion, later = section.criteria.all()
    data = criterion_data(criterion, depends_on=later.pk, depends_on_positions=["0"])

    assert builder.post(url("rubric_criterion", criterion.pk), data).status_code == 422


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_rubric_criterion_shows_more_without_saving(builder, section, headers):
    earlier, criterion = section.criteria.all()
    page = ProcedurePageFactory()
    address = url("rubric_criterion", criterion.pk)
    data = criterion_data(
        criterion, title="Typed", depends_on=earlier.pk, procedure=page.pk, guidance=""
    )

    more = builder.post(address, {**data, "add_level": "1"}, **headers)
    shown = builder.post(address, {**data, "refresh": "1"}, **headers)

    assert 'name="levels-3-label"' in more.text
    assert 'name="levels-3-label"' not in shown.text
    assert 'name="depends_on_positions"' in shown.text
    assert 'value="Typed"' in shown.text
    assert "field__error" not in shown.text
    criterion.refresh_from_db()
    assert criterion.depends_on is None


def test_rubric_criterion_links_to_a_part_of_the_procedure(builder, criterion):
    page = ProcedurePageFactory()
    form = builder.post(
        url("rubric_criterion", criterion.pk),
        criterion_data(criterion, procedure=page.pk, refresh="1"),
    )
    anchors = [value for value, _label in form.context["form"].fields["procedure_anchor"].choices]
    assert anchors[0] == ""
    for anchor in anchors:
        data = criterion_data(criterion, procedure=page.pk, procedure_anchor=anchor)
        assert builder.post(url("rubric_criterion", criterion.pk), data).status_code == 302
    data = criterion_data(criterion, procedure=page.pk, procedure_anchor="nowhere")
    assert builder.post(url("rubric_criterion", criterion.pk), data).status_code == 422


def test_rubric_criterion_has_no_more_than_eleven_levels(builder, criterion):
    data = criterion_data(criterion, **{"levels-TOTAL_FORMS": "12"})
    for n in range(12):
        data |= {
            f"levels-{n}-label": str(n),
            f"levels-{n}-descriptor": "Seen.",
            f"levels-{n}-points": n,
        }

    assert builder.post(url("rubric_criterion", criterion.pk), data).status_code == 422


# --- preview, publication, export, import ------------------------------------------------------------
def test_rubric_preview_scores_and_shows_conditions_without_saving(
    builder, draft_version, section, count_queries
):
    tone, greeting = section.criteria.all()
    Criterion.objects.filter(pk=greeting.pk).update(depends_on=tone, depends_on_positions=[2])
    address = url("rubric_preview", draft_version.pk)
    lowest, _middle, highest = tone.levels.all()

    before = builder.get(address)
    opened = builder.get(address, {f"c{tone.pk}-level": highest.pk}, **HTMX)
    closed = builder.get(address, {f"c{tone.pk}-level": lowest.pk})

    assert greeting.title not in before.text
    assert greeting.title in opened.text
    assert "100 %" in opened.text
    assert "<html" not in opened.text
    assert greeting.title not in closed.text
    many = count_queries(lambda: builder.get(address, {f"c{tone.pk}-level": highest.pk}))
    assert many == count_queries(lambda: builder.get(address))


@pytest.mark.parametrize("junk", ["x", "-1", "99999999999999999999", "na"])
def test_rubric_preview_takes_no_harm_from_nonsense(builder, draft_version, criterion, junk):
    given = {
        f"c{criterion.pk}-level": junk,
        f"c{criterion.pk}-count": junk,
        "channel": junk,
        "flow": junk,
    }

    response = builder.get(url("rubric_preview", draft_version.pk), given)

    assert response.status_code == 200
    assert response.context["preview"].answered == 0


def test_rubric_publish_says_what_changed_and_freezes(builder, draft_version, criterion):
    Criterion.objects.filter(pk=criterion.pk).update(weight=4)
    address = url("rubric_publish", draft_version.pk)

    page = builder.get(address)
    assert "the weight: 1 is now 4" in page.text
    assert "not comparable with the last version" in page.text
    assert 'name="is_comparable"' not in page.text
    assert builder.post(address, {"change_note": ""}).status_code == 422
    forged = builder.post(address, {"change_note": "Tone matters more.", "is_comparable": "on"})

    assert forged.url == draft_version.get_absolute_url()
    draft_version.refresh_from_db()
    assert draft_version.state == "published"
    assert not draft_version.is_comparable


def test_rubric_publish_says_once_which_changes_move_scores(builder, draft_version, section):
    section.criteria.update(weight=3, guidance="Other words.")

    page = builder.get(url("rubric_publish", draft_version.pk)).text

    assert page.count(" moves scores</span>") == 1
    assert page.count(" scores comparable</span>") == 1


def test_rubric_preview_offers_the_kinds_that_matter(builder, draft_version, criterion):
    Criterion.objects.filter(pk=criterion.pk).update(flows=["returns"])

    page = builder.get(url("rubric_preview", draft_version.pk)).text

    assert '<option value="returns">' in page


def test_rubric_publish_lets_the_editor_break_a_comparable_trend(builder, draft_version, criterion):
    Criterion.objects.filter(pk=criterion.pk).update(guidance="Clearer.")
    address = url("rubric_publish", draft_version.pk)

    assert 'name="is_comparable"' in builder.get(address).text
    builder.post(address, {"change_note": "Words."})

    draft_version.refresh_from_db()
    assert not draft_version.is_comparable


def test_rubric_publish_names_what_stands_in_the_way(builder, draft_version, criterion):
    criterion.levels.all().delete()
    address = url("rubric_publish", draft_version.pk)

    assert "needs at least two levels" in builder.get(address).text
    response = builder.post(address, {"change_note": "Words."})

    assert response.status_code == 422
    assert "Words." in response.text


def test_export_and_import_give_back_the_same(builder, version):
    exported = builder.get(url("rubric_export", version.pk))
    assert 'filename="conversation-v1.json"' in exported["Content-Disposition"]
    structure = json.loads(exported.content)
    structure["key"], structure["name"] = "copy", "Copy"
    structure |= {
        "holds_feedback": True,
        "undo_minutes": 0,
        "dispute_days": 365,
        "hides_agent": False,
        "hides_scores": False,
        "hides_customer_rating": False,
    }
    file = SimpleUploadedFile("copy.json", json.dumps(structure).encode())

    response = builder.post(url("rubric_import"), {"file": file})

    copy = RubricVersion.objects.get(rubric__key="copy")
    assert response.url == url("rubric_edit", copy.pk)
    again = builder.get(url("rubric_export", copy.pk))
    assert from_json(again.content) == from_json(json.dumps(structure))


@pytest.mark.parametrize(("name", "value"), [("undo_minutes", 10081), ("dispute_days", 366)])
def test_import_refuses_windows_without_end(builder, version, name, value):
    structure = json.loads(builder.get(url("rubric_export", version.pk)).content) | {name: value}
    file = SimpleUploadedFile("x.json", json.dumps(structure).encode())

    response = builder.post(url("rubric_import"), {"file": file, "rubric": version.rubric_id})

    assert response.status_code == 422
    assert name in response.text


def test_import_becomes_the_next_version_of_a_rubric(builder, version):
    file = SimpleUploadedFile("x.json", builder.get(url("rubric_export", version.pk)).content)

    builder.post(url("rubric_import"), {"file": file, "rubric": version.rubric_id})

    assert version.rubric.versions.get(number=2).is_draft


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "expected JSON"),
        ("{}", "evenhand-rubric-1"),
        (
            '{"format": "evenhand-rubric-1", "sections": 3}',
            "<code>sections</code>: expected a list",
        ),
    ],
)
def test_import_names_what_is_wrong_and_writes_nothing(builder, text, words):
    file = SimpleUploadedFile("x.json", text.encode())

    response = builder.post(url("rubric_import"), {"file": file})

    assert response.status_code == 422
    assert words in response.text
    assert not Rubric.objects.exists()


def import_as_new(builder, version):
    file = SimpleUploadedFile("x.json", builder.get(url("rubric_export", version.pk)).content)
    return builder.post(url("rubric_import"), {"file": file})


def test_import_of_a_rubric_that_exists_offers_what_it_can_become(builder, version):
    response = import_as_new(builder, version)

    assert response.status_code == 422
    assert RubricVersion.objects.count() == 1
    assert f"Import as the next version of “{version.rubric}”" in response.text
    again = {"content": response.context["content"], "rubric": version.rubric_id}
    draft_address = builder.post(url("rubric_import"), again).url
    draft = version.rubric.versions.get(number=2)
    assert draft_address == url("rubric_edit", draft.pk)


def test_import_of_a_rubric_that_exists_becomes_a_copy(builder, version):
    content = import_as_new(builder, version).context["content"]

    builder.post(url("rubric_import"), {"content": content, "as_copy": "1"})

    copy = Rubric.objects.exclude(pk=version.rubric_id).get()
    assert copy.name == f"{version.rubric.name} (copy)"
    assert copy.versions.get().sections.count() == 2


def test_import_of_a_rubric_with_a_draft_leads_to_the_draft(builder, version, draft_version):
    response = import_as_new(builder, version)

    assert url("rubric_edit", draft_version.pk) in response.text
    assert "Import as the next version" not in response.text
    assert "Import as a new rubric" in response.text


def test_import_asks_for_a_file(builder):
    response = builder.post(url("rubric_import"), {"file": ""})

    assert response.status_code == 422
    assert "This field is required." in response.text
