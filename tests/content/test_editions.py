import pytest
from wagtail.models import Revision

from content.edition_text import Run, What, compare_words, difference, parts_of
from content.editions import record_missing_editions
from content.models import ChangeKind, Edition, ProcedurePage
from tests.factories.content import ProcedurePageFactory
from tests.factories.trust import change, newest, publish


def part(key, text, label="Step 1: One"):
    return {"key": key, "label": label, "text": text}


def test_words_are_compared_one_by_one():
    assert compare_words("Offer a refund today.", "Offer no refund today.") == [
        (Run.SAME, "Offer "),
        (Run.REMOVED, "a"),
        (Run.ADDED, "no"),
        (Run.SAME, " refund today."),
    ]


def test_neighbouring_changes_read_as_one():
    assert compare_words("call them back now", "write a letter now") == [
        (Run.REMOVED, "call them back"),
        (Run.ADDED, "write a letter"),
        (Run.SAME, " now"),
    ]


@pytest.mark.parametrize(("older", "newer"), [("", "new"), ("old", ""), ("", ""), ("a\nb", "a\nb")])
def test_each_text_can_be_read_out_of_the_comparison(older, newer):
    runs = compare_words(older, newer)
    assert "".join(text for run, text in runs if run is not Run.ADDED) == older
    assert "".join(text for run, text in runs if run is not Run.REMOVED) == newer


def test_parts_that_stay_are_left_out():
    same = [part("purpose", "Calm")]
    assert difference(same, same) == []


def test_a_new_a_removed_and_a_changed_step_are_said_in_the_order_of_the_page():
    older = [
        part("steps:a", "One"),
        part("steps:b", "Two", "Step 2: Two"),
        part("steps:c", "Three"),
    ]
    newer = [
        part("steps:n", "Nil", "Step 1: Nil"),
        part("steps:a", "One!"),
        part("steps:c", "Three"),
    ]
    found = [(each.what, each.label) for each in difference(older, newer)]
    assert found == [
        (What.ADDED, "Step 1: Nil"),
        (What.CHANGED, "Step 1: One"),
        (What.REMOVED, "Step 2: Two"),
    ]


def test_a_step_that_only_moved_says_so():
    one, two, three = (part(f"steps:{n}", n, f"Step {n}") for n in "123")
    assert [
        (each.what, each.label) for each in difference([one, two, three], [three, one, two])
    ] == [(What.MOVED, "Step 3")]


def test_steps_with_new_ids_are_found_again_by_their_words():
    older = [part("steps:a", "Same words"), part("steps:b", "Old", "Step 2: Pay")]
    newer = [part("steps:x", "Same words"), part("steps:y", "New", "Step 3: Pay")]
    assert [each.what for each in difference(older, newer)] == [What.CHANGED]


def test_the_text_of_a_procedure_has_every_word_a_reader_sees(rich_procedure):
    text = {each["label"]: each["text"] for each in parts_of(rich_procedure)}
    assert text["Title"] == "A delivery is late"
    assert text["Step 1: Find the order"].splitlines()[:4] == [
        "Find the order",
        "Who: Agent",
        "What to do: Check the tracking.",
        "Say: Let me find out where it is.",
    ]
    channels = next(each for label, each in text.items() if label.startswith("Channel"))
    assert "E-mail" in channels
    assert "Date first." in channels
    assert "Third contact" in " ".join(text.values())
    assert text["Reply templates"] == "New date"
    assert "Never blame the carrier." in " ".join(text.values())


def test_the_first_publication_is_a_material_edition(editor):
    page = publish(by=editor)
    edition = newest(page)
    assert (edition.number, edition.kind, edition.author) == (1, ChangeKind.MATERIAL, editor)
    assert edition.revision_id == edition.revision_number == page.live_revision_id


def test_the_note_stays_with_its_edition_and_the_next_draft_has_none(editor):
    page = publish(by=editor)
    page = change(page, "New", kind=ChangeKind.EDITORIAL, note="A typing mistake.")
    assert (newest(page).kind, newest(page).note) == (ChangeKind.EDITORIAL, "A typing mistake.")
    assert (page.change_kind, page.change_note) == ("", "")


def test_an_edition_without_a_kind_is_material_unless_no_word_changed(editor):
    page = publish(by=editor)
    assert newest(publish(page)).kind == ChangeKind.EDITORIAL
    assert newest(publish(page, purpose="Different")).kind == ChangeKind.MATERIAL


def test_an_edition_survives_its_revision(editor):
    page = publish(by=editor)
    number = page.live_revision_id
    page = change(page, "Later")
    Revision.objects.filter(pk=number).delete()
    first = Edition.objects.get(page=page, number=1)
    assert (first.revision, first.revision_number) == (None, number)
    assert {
        "key": "purpose",
        "label": "Purpose",
        "text": "The customer knows where they stand.",
    } in (first.text)


def test_procedures_older_than_the_record_get_their_first_edition_once(db):
    page = ProcedurePageFactory()
    assert record_missing_editions() == 1
    assert record_missing_editions() == 0
    assert newest(page).kind == ChangeKind.MATERIAL


def test_the_only_edition_offers_nothing_to_compare_with(as_user, agent, editor):
    page = publish(by=editor)
    words = as_user(agent).get(f"/library/procedures/{page.pk}/editions/").content.decode()
    assert "First edition" in words
    assert 'type="radio"' not in words


def test_readers_see_every_edition_and_the_difference(as_user, agent, editor):
    page = publish(by=editor, purpose="Send a parcel")
    change(page, "Send a letter", note="Letters are cheaper.")
    response = as_user(agent).get(f"/library/procedures/{page.pk}/editions/")
    assert response.status_code == 200
    words = response.content.decode()
    assert "Letters are cheaper." in words
    assert "Edda Example" in words
    assert "parcel" in words.split("<del>")[1].split("</del>")[0]
    assert "letter" in words.split("<ins>")[1].split("</ins>")[0]


@pytest.mark.parametrize(
    "query",
    [
        "?older=1&newer=1",
        "?older=1&newer=99",
        f"?older=1&newer={10**20}",
        "?older=x",
        "?page=zz",
    ],
)
def test_odd_comparisons_are_answered(as_user, agent, query):
    page = publish()
    change(page, "Other")
    response = as_user(agent).get(f"/library/procedures/{page.pk}/editions/{query}")
    assert response.status_code == 200


def test_history_of_a_hidden_or_unpublished_procedure_is_not_there(as_user, agent):
    page = publish()
    page.unpublish()
    assert as_user(agent).get(f"/library/procedures/{page.pk}/editions/").status_code == 404


def test_history_takes_the_same_queries_for_few_and_many(as_user, agent, editor, count_queries):
    page = publish(by=editor)
    change(page, "Two", by=editor)
    client = as_user(agent)
    address = f"/library/procedures/{page.pk}/editions/"
    client.get(address)
    few = count_queries(lambda: client.get(address))
    for n in range(3):
        change(page, f"More {n}", by=editor)
    assert count_queries(lambda: client.get(address)) == few


def test_a_draft_is_no_edition(editor):
    page = publish(by=editor)
    draft = ProcedurePage.objects.get(pk=page.pk)
    draft.purpose = "Not yet"
    draft.save_revision(user=editor)
    assert Edition.objects.filter(page=page).count() == 1
