"""Cards follow the manual: what a change retires, and what editors do with it."""

import pytest
from django.urls import reverse

from content import refreshers
from content.models import RefresherCard
from tests.factories.content import SkillFactory
from tests.factories.refreshers import RefresherCardFactory
from tests.factories.trust import change, newest, publish

LIST = "/library/refreshers/retired/"


def steps(**say):
    """Two steps, whose ids are their names."""
    return [
        {"type": "step", "id": name, "value": {"title": name.title(), "who": "agent", "say": words}}
        for name, words in say.items()
    ]


def raw(returns, value):
    return returns.steps.stream_block.to_python(value)


@pytest.fixture
def returns(editor):
    found = publish(purpose="Goods come back.", by=editor)
    return publish(
        found,
        steps=raw(found, steps(ask="Which order?", refund="It is on its way.")),
        by=editor,
        kind="material",
    )


@pytest.fixture
def cards(returns):
    return {
        part: RefresherCardFactory(procedure=returns, part=part, question=f"{part or 'all'}?")
        for part in ("steps:ask", "steps:refund", "purpose", "")
    }


def retired() -> set[str]:
    return set(RefresherCard.objects.to_look_through().values_list("part", flat=True))


def test_a_material_change_retires_the_cards_of_what_it_changed(returns, cards, editor):
    value = raw(returns, steps(ask="Which order?", refund="It takes five days."))
    publish(returns, steps=value, kind="material", note="Slower.", by=editor)
    assert retired() == {"steps:refund", ""}
    card = RefresherCard.objects.get(part="steps:refund")
    assert card.retired_by == newest(returns)
    assert card.state == "To look through"


def test_a_step_that_is_gone_retires_its_cards_and_one_that_moved_does_not(returns, cards, editor):
    value = raw(returns, steps(refund="It is on its way."))
    publish(returns, steps=value, kind="material", note="Shorter.", by=editor)
    assert retired() == {"steps:ask", ""}


def test_an_editorial_change_touches_nothing(returns, cards):
    change(returns, "Goods come back, gladly.", kind="editorial")
    assert retired() == set()


def test_a_material_publication_without_different_words_touches_nothing(returns, cards):
    change(returns, returns.purpose)
    assert retired() == set()


def test_reinstating_gives_the_card_back_to_all(returns, cards, as_user, editor):
    change(returns, "Other goods.")
    card = cards["purpose"]
    url = reverse("content:card_decide", args=[card.pk])
    assert as_user(editor).post(url, {"decision": "reinstate"}).status_code == 302
    assert card in RefresherCard.objects.in_use()
    assert retired() == {""}


def test_a_replacement_takes_the_place_of_the_card(returns, cards, as_user, editor):
    card = cards["steps:ask"]
    card.skill = SkillFactory(key="protocol")
    card.save()
    publish(
        returns,
        steps=raw(returns, steps(ask="Your name?", refund="It is on its way.")),
        kind="material",
        note="Names.",
        by=editor,
    )
    url = reverse("content:card_decide", args=[card.pk])
    sent = {
        "decision": "replace",
        f"card-{card.pk}-question": "Ask what?",
        f"card-{card.pk}-answer": "Name.",
    }
    assert as_user(editor).post(url, sent).status_code == 302
    card.refresh_from_db()
    fresh = card.replaced_by
    assert (fresh.question, fresh.part, fresh.skill) == ("Ask what?", "steps:ask", card.skill)
    assert card.state == "Replaced"
    assert fresh in RefresherCard.objects.in_use()
    assert card not in RefresherCard.objects.in_use()


def test_an_empty_replacement_is_sent_back_with_what_was_written(returns, cards, as_user, editor):
    change(returns, "Other goods.")
    card = cards["purpose"]
    url = reverse("content:card_decide", args=[card.pk])
    sent = {"decision": "replace", f"card-{card.pk}-question": "Half a card?"}
    response = as_user(editor).post(url, sent)
    assert response.status_code == 422
    assert "Half a card?" in response.content.decode()
    assert retired() == {"purpose", ""}


def test_what_a_colleague_has_looked_through_is_not_decided_again(returns, cards, as_user, editor):
    change(returns, "Other goods.")
    card = cards["purpose"]
    refreshers.leave_retired(card.pk, by=editor)
    url = reverse("content:card_decide", args=[card.pk])
    response = as_user(editor).post(url, {"decision": "reinstate"})
    assert response.status_code == 409
    assert card not in RefresherCard.objects.in_use()


def test_the_list_shows_what_changed(returns, cards, as_user, editor):
    change(returns, "Other goods.", note="We take others.")
    html = as_user(editor).get(LIST).content.decode()
    assert "purpose?" in html
    assert "We take others." in html
    assert "<ins>" in html
    assert "steps:ask?" not in html


def test_the_list_takes_the_same_queries_for_more_cards(
    returns, cards, as_user, editor, count_queries
):
    change(returns, "Other goods.")
    client = as_user(editor)
    client.get(LIST)
    few = count_queries(lambda: client.get(LIST))
    for _ in range(3):
        RefresherCardFactory(
            procedure=returns,
            part="purpose",
            retired_at=newest(returns).published_at,
            retired_by=newest(returns),
        )
    assert count_queries(lambda: client.get(LIST)) == few


@pytest.mark.parametrize("role", ["agent", "reviewer", "manager"])
def test_only_editors_look_them_through(request, returns, cards, as_user, role):
    change(returns, "Other goods.")
    client = as_user(request.getfixturevalue(role))
    assert client.get(LIST).status_code == 403
    url = reverse("content:card_decide", args=[cards["purpose"].pk])
    assert client.post(url, {"decision": "reinstate"}).status_code == 403
    assert "purpose" in retired()


def test_editors_find_them_on_their_start_page(returns, cards, as_user, editor):
    change(returns, "Other goods.")
    assert "2 refresher cards to look through" in as_user(editor).get("/").content.decode()


# In the admin ------------------------------------------------------------------------------------
def write(client, returns, **more):
    data = {
        "question": "Who?",
        "answer": "We.",
        "procedure": returns.pk,
        "is_active": "on",
        "skill": "",
    }
    return client.post("/admin/snippets/content/refreshercard/add/", data | more, follow=True)


@pytest.mark.parametrize("name", ["2", "Refund", "step 2: refund"])
def test_an_editor_binds_a_card_to_a_step_by_number_or_title(returns, as_user, editor, name):
    write(as_user(editor), returns, part_name=name)
    assert RefresherCard.objects.get().part == "steps:refund"


def test_a_step_that_is_not_there_is_refused_with_those_that_are(returns, as_user, editor):
    html = write(as_user(editor), returns, part_name="9").content.decode()
    assert "has no such part" in html
    assert "Step 2: Refund" in html
    assert not RefresherCard.objects.exists()


def test_the_admin_lists_and_filters_cards(returns, cards, as_user, editor):
    client = as_user(editor)
    html = client.get("/admin/snippets/content/refreshercard/?state=used").content.decode()
    assert "purpose?" in html
    change(returns, "Other goods.")
    html = client.get("/admin/snippets/content/refreshercard/?state=waiting").content.decode()
    assert "purpose?" in html
    assert "steps:ask?" not in html


def test_editing_a_card_keeps_its_part(returns, cards, as_user, editor):
    card = cards["steps:refund"]
    client = as_user(editor)
    url = f"/admin/snippets/content/refreshercard/edit/{card.pk}/"
    assert "Step 2: Refund" in client.get(url).content.decode()
    data = {
        "question": "When?",
        "answer": "Soon.",
        "procedure": returns.pk,
        "is_active": "on",
        "skill": "",
        "part_name": "Step 2: Refund",
    }
    client.post(url, data)
    card.refresh_from_db()
    assert (card.question, card.part) == ("When?", "steps:refund")


def test_a_page_with_cards_is_not_deleted(returns, cards, as_user, editor):
    as_user(editor).post(f"/admin/pages/{returns.pk}/delete/")
    returns.refresh_from_db()
    assert RefresherCard.objects.count() == 4
