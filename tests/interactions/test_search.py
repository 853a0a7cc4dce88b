"""Search in what was said: reading what is typed, finding it, and showing the stretch."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interactions.models import Interaction, Transcript
from interactions.search import (
    BestFirst,
    Query,
    Term,
    languages,
    marked,
    parse,
    saying,
    snippets,
)
from interactions.search_index import (
    INDEX,
    configuration,
    create,
    rebuild,
    remove,
    restore_triggers,
)
from tests.factories.interactions import InteractionFactory, TranscriptFactory


def conversation(text: str, **fields) -> Interaction:
    interaction = InteractionFactory(transcript=None, **fields)
    TranscriptFactory(
        interaction=interaction, messages=[{"id": "m1", "speaker": "agent", "text": text}]
    )
    return interaction


def found(text: str) -> set[int]:
    rows = saying(Interaction.objects.all(), parse(text))
    return set(rows.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("typed", "wanted", "excluded"),
    [
        ("", [], []),
        ("refund", ["refund"], []),
        ("  two   words ", ["two", "words"], []),
        ('"two words" third', ["two words", "third"], []),
        ("“two words”", ["two words"], []),
        ('"never closed', ["never closed"], []),
        ("refund -order", ["refund"], ["order"]),
        ('refund -"my order"', ["refund"], ["my order"]),
        ("follow-up", ["follow up"], []),
        ("same same", ["same"], []),
        ("AND OR NOT NEAR", ["AND", "OR", "NOT", "NEAR"], []),
        ("!!! ' \x00 ( ) * ^", [], []),
        ("text:refund", ["text refund"], []),
    ],
)
def test_what_is_typed_becomes_terms(typed, wanted, excluded):
    query = parse(typed)
    assert [term.words for term in query.wanted] == wanted
    assert [term.words for term in query.excluded] == excluded


def test_an_asterisk_at_the_end_stands_for_any_ending():
    assert parse("refu*").wanted == (Term("refu", is_begun=True),)
    assert parse('"refu*"').wanted == (Term("refu"),)


def test_a_query_of_nothing_is_false():
    assert not parse("??")
    assert parse("-no")
    assert Query(()) == parse("")


def test_very_long_input_is_cut():
    assert len(parse("a b c d e f g h i j k l m n o p q r s t u v w x y z").wanted) == 16
    assert len(parse("x" * 5000).wanted[0].words) == 200


@pytest.mark.django_db
def test_every_word_is_needed_in_whatever_form():
    both = conversation("She escalated my refunds yesterday.")
    conversation("A refund, please.")
    assert found("refund escalation") == {both.pk}
    assert found("refunds") == set(Interaction.objects.values_list("pk", flat=True))
    assert found("nothing") == set()


@pytest.mark.django_db
def test_a_phrase_stands_together_and_a_minus_leaves_out():
    here = conversation("We lost a large order today.")
    there = conversation("The order was a large present.")
    assert found('"large order"') == {here.pk}
    assert found("order -present") == {here.pk}
    assert found('order -"large order"') == {there.pk}
    assert found("-present") == {here.pk}


@pytest.mark.django_db
def test_beginnings_are_found_only_when_asked_for():
    row = conversation("The transactions are listed.")
    assert found("trans*") == {row.pk}
    assert found("trans") == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed",
    ['"', "'", "\x00", "a\x00b", "-", "--", '-"', "*", "NOT", "(", "a AND", "%s", "\\", ":*"],
)
def test_nothing_that_can_be_typed_is_an_error(typed):
    conversation("a b %s")
    list(BestFirst(Interaction.objects.all(), parse(typed))[0:25])
    snippets([1], parse(typed))


@pytest.mark.django_db
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(typed=st.text(max_size=60))
def test_no_string_is_an_error(typed):
    list(saying(Interaction.objects.all(), parse(typed))[:1])
    snippets([1], parse(typed))


@pytest.mark.django_db
def test_the_index_follows_every_change():
    row = conversation("apple")
    assert found("apple") == {row.pk}

    Transcript.objects.filter(pk=row.pk).update(text="pear")
    assert (found("apple"), found("pear")) == (set(), {row.pk})

    Transcript.objects.bulk_create(
        [Transcript(interaction=row, text="plum")],
        update_conflicts=True,
        unique_fields=["interaction"],
        update_fields=["text"],
    )
    assert (found("pear"), found("plum")) == (set(), {row.pk})

    row.delete()
    assert found("plum") == set()


@pytest.mark.django_db
def test_the_best_match_comes_first_in_pages_of_what_may_be_seen():
    long = conversation("refund " + "other words " * 200)
    short = conversation("refund refund refund")
    conversation("refund of somebody else", channel="email")
    results = BestFirst(Interaction.objects.filter(channel="chat"), parse("refund"))
    assert results.is_ranked
    assert len(results) == 2
    assert results[0:25] == [short, long]
    assert results[1:2] == [long]


@pytest.mark.django_db
def test_too_many_to_rank_come_in_the_order_of_the_list(monkeypatch):
    monkeypatch.setattr("interactions.search.RANKED_AT_MOST", 1)
    old = conversation("refund refund", occurred_at="2026-01-01T00:00:00Z")
    new = conversation("refund and more", occurred_at="2026-02-01T00:00:00Z")
    results = BestFirst(Interaction.objects.all(), parse("refund"))
    assert not results.is_ranked
    assert results[0:25] == [new, old]


@pytest.mark.django_db
def test_too_many_are_not_counted(monkeypatch):
    monkeypatch.setattr("interactions.search.COUNTED_AT_MOST", 2)
    for _number in range(3):
        conversation("refund")
    for rows in (Interaction.objects.all(), Interaction.objects.filter(channel="chat")):
        results = BestFirst(rows, parse("refund"))
        assert (len(results), results.is_capped) == (2, True)
    assert not BestFirst(rows, parse("nothing")).is_capped


@pytest.mark.django_db
def test_snippets_are_escaped_and_marked():
    row = conversation("He said 1 < 2 refund & more \ue000 things " + "filler " * 80)
    shown = snippets([row.pk], parse("refunds"))[row.pk]
    assert "1 &lt; 2 <mark>refund</mark> &amp; more" in shown
    assert "\ue000" not in shown
    assert len(shown) < 500
    assert snippets([row.pk], parse("-refund")) == {}
    assert snippets([], parse("refund")) == {}


def test_stray_marks_of_a_text_are_left_out():
    assert marked("a\ue000b") == "ab"
    assert marked("\ue000b\ue001 < \ue001c") == "<mark>b</mark> &lt; c"


@pytest.mark.django_db
def test_a_language_finds_its_own_forms():
    if connection.vendor != "postgresql":
        pytest.skip("One tokenizer serves all languages on SQLite.")
    german = conversation("Die Rechnungen wurden bezahlt.", language="de-AT")
    assert languages() == ["de-AT"]
    assert found("Rechnung") == {german.pk}


@pytest.mark.parametrize(
    ("language", "expected"),
    [("", "english"), ("de", "german"), ("pt_BR", "portuguese"), ("pl", "simple")],
)
def test_a_language_has_its_configuration(language, expected):
    assert configuration(language) == expected


@pytest.mark.django_db
def test_accents_make_no_difference():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps accents, which its languages need.")
    row = conversation("Un café, s’il vous plaît.")
    assert found("cafe plait") == {row.pk}


@pytest.mark.django_db
def test_triggers_that_went_with_their_table_come_back():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL alters tables in place.")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {INDEX}_insert")
    restore_triggers(connection)
    assert found("back") == set()
    row = conversation("It came back.")
    assert found("back") == {row.pk}


@pytest.mark.django_db
def test_the_index_can_be_taken_away_and_made_again():
    row = conversation("still there")
    connection.check_constraints()  # PostgreSQL alters no table that still waits for its own
    remove(connection)
    Transcript.objects.filter(pk=row.pk).update(text="new words")
    connection.check_constraints()
    create(connection)
    assert found("words") == {row.pk}
    rebuild(connection)
    assert found("words") == {row.pk}


@pytest.mark.django_db
def test_a_huge_transcript_does_not_break_the_index():
    row = conversation(" ".join(f"w{n:x}" for n in range(120_000)))
    assert found("w1") == {row.pk}
