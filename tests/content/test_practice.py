from content.models import PracticePage
from content.scenarios import from_json, problems, scenario_in, to_json
from tests.factories.practice import PracticePageFactory, end, scene, small_scenario


def read(blocks):
    page = PracticePage(title="x")
    page.scenario = blocks
    return page.played


def said(blocks):
    return [problem.message for problem in problems(read(blocks))]


def test_small_scenario_can_be_played():
    assert said(small_scenario()) == []


def test_empty_scenario_has_no_start():
    assert said([end("won")]) == [
        "Write at least one scene: the first one is where the role play starts."
    ]


def test_choice_that_leads_nowhere_is_named_at_its_place():
    (first, *others) = problems(read([scene("a", ("Go", "b"), ("Stay", "won")), end("won")]))
    assert others == []
    assert first.message == "There is no scene and no end called “b”."
    assert (first.place, first.choice, first.field) == (0, 0, "to")


def test_unreachable_scene_and_end_are_named():
    blocks = [scene("a", ("Go", "won")), scene("b", ("Go", "won")), end("won"), end("lost")]
    assert said(blocks) == [
        "Nothing leads to the scene “b”.",
        "Nothing leads to the end “lost”.",
    ]


def test_loop_without_a_way_out_is_refused_and_with_one_allowed():
    trapped = [
        scene("a", ("In", "b"), ("Out", "won")),
        scene("b", ("Round", "c")),
        scene("c", ("Round", "b")),
        end("won"),
    ]
    assert said(trapped) == [
        "From the scene “b” there is no way to an end.",
        "From the scene “c” there is no way to an end.",
    ]
    assert said([scene("a", ("Again", "a"), ("Out", "won")), end("won")]) == []


def test_names_are_compared_without_case_and_taken_once():
    blocks = [scene("Open ing", ("Go", " WON ")), end("won"), end("Won")]
    assert said(blocks) == ["The name “Won” is taken; each needs its own."]


def test_written_scene_needs_something_to_compare_with_and_a_way_on():
    blocks = [scene("a", is_written=True), end("won")]
    found = problems(read(blocks))
    assert [(row.field, row.place) for row in found][:2] == [("model_answer", 0), ("to", 0)]
    whole = [scene("a", is_written=True, model_answer="So.", to="won"), end("won")]
    assert said(whole) == []


def test_scenario_survives_being_stored():
    scenario = read(small_scenario())
    assert from_json(to_json(scenario)) == scenario_in(read_blocks())


def read_blocks():
    page = PracticePage(title="x")
    page.scenario = small_scenario()
    return page.scenario


def test_gaps_stop_publishing_and_not_saving_a_draft(db, as_user, editor):
    from django.urls import reverse
    from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

    page = PracticePageFactory()
    blocks = [
        (
            "scene",
            {
                "name": "a",
                "says": "Hello?",
                "mood": "",
                "model_answer": "",
                "to": "",
                "checklist": inline_formset([]) | {"count": "0"},
                "choices": {
                    "count": "1",
                    "0": {
                        "id": "",
                        "deleted": "",
                        "order": "0",
                        "type": "item",
                        "value": {
                            "text": "Go",
                            "to": "nowhere",
                            "consequence": "",
                            "marks": {"count": "0"},
                        },
                    },
                },
            },
        )
    ]
    data = nested_form_data(
        {
            "title": page.title,
            "slug": page.slug,
            "introduction": "",
            "minutes": "10",
            "channel": "chat",
            "customer_name": "",
            "situation": "",
            "rule": "passed",
            "scenario": streamfield(blocks),
            "comments": inline_formset([]),
        }
    )
    client, address = as_user(editor), reverse("wagtailadmin_pages:edit", args=[page.pk])
    draft = client.post(address, data)
    assert draft.status_code == 302
    page.refresh_from_db()
    assert page.get_latest_revision_as_object().played.scenes[0].choices[0].to == "nowhere"
    refused = client.post(address, data | {"action-publish": "1"})
    assert refused.status_code == 200
    # The editor's browser shows it at the block; it comes there as JSON.
    assert "There is no scene and no end called" in refused.content.decode()
    page.refresh_from_db()
    assert page.played.scenes[0].name == "start"
