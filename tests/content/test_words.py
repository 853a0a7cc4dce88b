"""Mistyped words: what is offered instead, and never a word of a page one may not read."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from content.models import ManualWords
from content.words import corrected, distance_between, learn_what_is_unknown, vocabulary
from people.roles import Role
from tests.factories.content import (
    ManualSectionPageFactory,
    ProcedurePageFactory,
    ReplyTemplateFactory,
)

ADDRESS = "/library/search/"


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ("refund", "refund", 0),
        ("refnud", "refund", 1),  # swapped with the neighbour
        ("refun", "refund", 1),
        ("reefund", "refund", 1),
        ("rafund", "refund", 1),
        ("", "abc", 3),
        ("kitten", "sitting", 3),
    ],
)
def test_distance_counts_slips(one, other, distance):
    assert distance_between(one, other) == distance_between(other, one) == distance


def test_corrected_takes_the_nearest_and_then_the_most_frequent_word():
    from collections import Counter

    known = Counter({"refund": 3, "refuse": 9, "escalation": 2, "late": 5})

    assert corrected(["refnud"], known) == ["refund"]
    assert corrected(["late", "refnud"], known) == ["late", "refund"]
    assert corrected(["escal"], known) == ["escalation"]
    assert corrected(["late"], known) is None
    assert corrected(["zzzzzz"], known) is None
    assert corrected(["lte"], known) is None  # Too short to know what was meant.


def test_corrected_doubts_a_rare_word_only_where_little_was_found():
    from collections import Counter

    known = Counter({"recieve": 1, "receive": 12})

    assert corrected(["recieve"], known) is None
    assert corrected(["recieve"], known, found=1) == ["receive"]


@pytest.mark.django_db
def test_vocabulary_holds_every_part_and_only_what_one_may_read(agent, editor, restrict):
    page = ProcedurePageFactory(
        title="Marmot", steps=[("step", {"title": "Wombat", "say": "Numbat"})]
    )
    secret = ProcedurePageFactory(title="Quokka")
    restrict(secret, Group.objects.get(name=Role.EDITOR.value))
    template = ReplyTemplateFactory(title="Bandicoot", body="Dear {customer_name}")

    known = vocabulary(agent)
    assert {"marmot", "wombat", "numbat", "bandicoot"} <= set(known)
    assert "quokka" not in known
    assert "quokka" in vocabulary(editor)
    page.unpublish()
    template.delete()
    assert not {"marmot", "bandicoot"} & set(vocabulary(agent))


@pytest.mark.django_db
def test_a_draft_teaches_no_word_until_it_is_published(agent):
    page = ProcedurePageFactory(title="Marmot")
    page.title = "Wombat"
    revision = page.save_revision()
    assert "wombat" not in vocabulary(agent)
    revision.publish()
    assert "wombat" in vocabulary(agent)


@pytest.mark.django_db
def test_learn_what_is_unknown_fills_in_what_is_older_than_the_table(agent):
    ProcedurePageFactory(title="Marmot")
    ManualSectionPageFactory(title="Wombat")
    ReplyTemplateFactory(title="Numbat")
    ManualWords.objects.all().delete()

    learn_what_is_unknown()

    assert {"marmot", "wombat", "numbat"} <= set(vocabulary(agent))


@pytest.mark.django_db
def test_search_shows_what_was_meant_and_says_so(agent, as_user):
    ProcedurePageFactory(title="Refund")

    page = as_user(agent).get(ADDRESS, {"q": "refnud"}).content.decode()

    assert "Nothing for “refnud”; showing “<strong>refund</strong>”." in page
    assert "<mark>Refund</mark>" in page
    assert "1 result" in page


@pytest.mark.django_db
def test_search_takes_quotation_marks_at_their_word(agent, as_user):
    ProcedurePageFactory(title="Refund")
    page = as_user(agent).get(ADDRESS, {"q": '"refnud"'}).content.decode()
    assert "Nothing found for" in page


@pytest.mark.django_db
def test_search_offers_the_frequent_word_where_little_was_found(agent, as_user):
    ProcedurePageFactory(title="Recieve a parcel")
    for number in range(6):
        ProcedurePageFactory(title=f"Receive {number}")

    page = as_user(agent).get(ADDRESS, {"q": "recieve"}).content.decode()

    assert "Did you mean" in page
    assert 'href="?q=receive"' in page


@pytest.mark.django_db
def test_search_never_betrays_a_word_of_a_hidden_page(agent, as_user, restrict):
    secret = ProcedurePageFactory(title="Quokka")
    restrict(secret, Group.objects.get(name=Role.EDITOR.value))
    page = as_user(agent).get(reverse("content:manual_search"), {"q": "quoka"}).content.decode()
    assert "quokka" not in page.lower()
