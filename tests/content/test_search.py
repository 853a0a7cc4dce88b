"""Searching the manual: what is found, by whom, in which order, and what never breaks it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content import search
from people.channels import Channel
from tests.factories.content import (
    LessonPageFactory,
    ManualSectionPageFactory,
    ProcedurePageFactory,
    ReplyTemplateFactory,
)

pytestmark = pytest.mark.django_db
ADDRESS = "/library/search/"


def step(**values):
    return [("step", {"title": "Do it", "who": "agent", **values})]


@pytest.fixture
def found(agent):
    """`found("words")` is what Ada finds, by title and in order."""

    def titles(text, user=agent, channel=None):
        text = search.clean(text)
        hits = search.find(text, user=user, channel=channel)
        return [result.found.title for result in search.load(hits, text, user=user)]

    return titles


def test_find_looks_into_every_part_of_a_page(found):
    ProcedurePageFactory(title="Marmot")
    ProcedurePageFactory(title="B", purpose="Marmot.")
    ProcedurePageFactory(title="C", steps=step(instruction="<p>A <b>marmot</b>.</p>"))
    ProcedurePageFactory(title="D", steps=step(say="Marmot?"))
    ProcedurePageFactory(title="E", notes=[("callout", {"kind": "tip", "text": "Marmot!"})])
    ManualSectionPageFactory(title="F", introduction="All about the marmot.")
    ReplyTemplateFactory(title="G", body="Dear marmot")
    LessonPageFactory(title="Marmot lesson")

    assert found("marmot")[0] == "Marmot"
    assert set(found("marmot")) == {"Marmot", "B", "C", "D", "E", "F", "G"}


def test_find_knows_other_forms_of_a_word(found):
    ProcedurePageFactory(title="Complaints", purpose="When an escalation is right.")
    ProcedurePageFactory(title="Money", steps=step(say="I have refunded it."))

    assert found("escalations") == ["Complaints"]
    assert found("refund") == ["Money"]
    assert found("refunding") == ["Money"]


def test_find_knows_a_word_while_it_is_being_typed(found):
    ProcedurePageFactory(title="Escalation")
    ProcedurePageFactory(title="Other", purpose="Settle escalations.")

    for text in ("esc", "escala", "escalati", "escalatio", "escalations"):
        assert "Escalation" in found(text)
    assert set(found("escalati")) == {"Escalation", "Other"}


def test_find_wants_every_word(found):
    ProcedurePageFactory(title="Late delivery")
    ProcedurePageFactory(title="Late refund")

    assert found("late refund") == ["Late refund"]
    assert found("late refund giraffe") == []


def test_find_takes_words_in_quotation_marks_together(found):
    ProcedurePageFactory(title="A", purpose="Call back today.")
    ProcedurePageFactory(title="B", purpose="Back to the first call.")

    assert found('"call back"') == ["A"]
    assert found("“call back”") == ["A"]
    assert set(found("call back")) == {"A", "B"}


def test_find_puts_titles_first(found):
    ProcedurePageFactory(title="Marmot again", purpose="Long " * 50)
    ProcedurePageFactory(title="Other", purpose="Marmot marmot marmot.")

    assert found("marmot") == ["Marmot again", "Other"]


def test_find_leaves_out_drafts_and_what_is_for_other_groups(found, editor, restrict):
    section = ManualSectionPageFactory(title="Fraud")
    ProcedurePageFactory(title="Marmot fraud", parent=section)
    ProcedurePageFactory(title="Marmot draft", live=False)
    ProcedurePageFactory(
        title="Secret", live=False, reply_templates=[ReplyTemplateFactory(title="Marmot reply")]
    )
    restrict(section, editor.groups.get())

    assert found("marmot") == []
    assert found("marmot", user=editor) == ["Marmot fraud"]


def test_find_narrows_to_a_channel(found):
    ProcedurePageFactory(title="Marmot by phone", channels=[Channel.PHONE, Channel.CHAT])
    ProcedurePageFactory(title="Marmot by mail", channels=[Channel.EMAIL])
    ReplyTemplateFactory(title="Marmot anywhere", channels=[])
    ReplyTemplateFactory(title="Marmot chat", channels=["chat"])

    assert set(found("marmot", channel=Channel.PHONE)) == {"Marmot by phone", "Marmot anywhere"}
    assert set(found("marmot", channel=Channel.CHAT)) == {
        "Marmot by phone",
        "Marmot anywhere",
        "Marmot chat",
    }


def test_find_forgets_a_page_that_was_unpublished(found):
    page = ProcedurePageFactory(title="Marmot")
    assert found("marmot") == ["Marmot"]

    page.unpublish()

    assert found("marmot") == []


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("  late   delivery ", "late delivery"),
        ("order: 12 (late)", "order 12 late"),
        ("“late delivery”", '"late delivery"'),
        ("e-mail - now -", "e-mail now"),
        ("don't", "don't"),
        ("a\x00b", "a b"),
        ("***", ""),
        ("x" * 500, "x" * 200),
    ],
)
def test_clean_keeps_what_can_be_looked_for(typed, cleaned):
    assert search.clean(typed) == cleaned


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("Late delivery", ["late"], "<mark>Late</mark> delivery"),
        ("Two escalations", ["escalation"], "Two <mark>escalations</mark>"),
        ("An escalation", ["escalations"], "An <mark>escalation</mark>"),
        ("today to go", ["to"], "today <mark>to</mark> go"),
        ("<b>late</b>", ["late"], "&lt;b&gt;<mark>late</mark>&lt;/b&gt;"),
        ("a & b", [], "a &amp; b"),
        ("c++ (late)", ["c", "late"], "<mark>c</mark>++ (<mark>late</mark>)"),
    ],
)
def test_mark_escapes_and_marks(text, words, marked):
    assert search.mark(text, words) == marked


def test_excerpt_shows_the_stretch_with_the_words():
    long = "Before it. " * 60 + "Here the marmot sleeps. " + "After it. " * 60

    excerpt = search.excerpt(["Nothing here.", long], ["marmot"])

    assert "<mark>marmot</mark>" in excerpt
    assert excerpt.startswith("… ")
    assert excerpt.endswith(" …")
    assert len(excerpt) < search.EXCERPT_LENGTH + 30


def test_excerpt_prefers_the_text_that_holds_more_of_the_words():
    assert search.excerpt(["A late van.", "A late marmot."], ["late", "marmot"]) == (
        "A <mark>late</mark> <mark>marmot</mark>."
    )


def test_excerpt_begins_the_first_text_when_no_word_is_in_any():
    assert search.excerpt(["", "First.", "Second."], ["marmot"]) == "First."
    assert search.excerpt([], ["marmot"]) == ""


def test_excerpt_survives_a_word_longer_than_itself():
    assert "<mark>" in search.excerpt(["x " + "marmot" * 100], ["marmot"])


# The screen ---------------------------------------------------------------------------------------


def test_manual_search_lists_what_it_found(agent, as_user):
    section = ManualSectionPageFactory(title="Situations")
    page = ProcedurePageFactory(
        title="Late <i>marmot</i>",
        parent=section,
        channels=[Channel.CHAT],
        purpose="Feed the marmot.",
    )
    template = ReplyTemplateFactory(title="To the marmot", key="marmot", body="Dear {name}")
    page.reply_templates.add(template)
    page.save()

    response = as_user(agent).get(ADDRESS, {"q": "marmot"})

    content = response.content.decode()
    assert response.status_code == 200
    assert "<html" in content
    assert "2 results" in content
    assert "Late &lt;i&gt;<mark>marmot</mark>&lt;/i&gt;" in content
    assert "Feed the <mark>marmot</mark>." in content
    assert "Situations" in content
    assert "To the <mark>marmot</mark>" in content
    assert f'href="{page.url}#template-marmot"' in content


def test_manual_search_answers_htmx_with_the_results_alone(agent, as_user):
    ProcedurePageFactory(title="Marmot")

    response = as_user(agent).get(ADDRESS, {"q": "marm"}, headers={"HX-Request": "true"})

    content = response.content.decode()
    assert content.strip().startswith('<div id="results"')
    assert 'data-announce="1 result"' in content
    assert "HX-Request" in response["Vary"]


def test_manual_search_answers_htmx_that_restores_history_with_the_whole_page(agent, as_user):
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}

    response = as_user(agent).get(ADDRESS, {"q": "x"}, headers=headers)

    assert "<html" in response.content.decode()


def test_manual_search_keeps_what_was_typed_and_chosen(agent, as_user):
    response = as_user(agent).get(ADDRESS, {"q": 'say "hi" <b>', "channel": "chat"})

    content = response.content.decode()
    assert 'value="say &quot;hi&quot; &lt;b&gt;"' in content
    assert '<input type="hidden" name="channel" value="chat">' in content


def test_manual_search_says_what_to_do_when_nothing_is_found(agent, as_user):
    section = ManualSectionPageFactory(title="Situations")

    content = as_user(agent).get(ADDRESS, {"q": "zebra", "channel": "chat"}).content.decode()

    assert "Nothing found for “zebra”" in content
    assert "Search all channels" in content
    assert section.url in content


def test_manual_search_invites_when_nothing_was_typed(agent, as_user):
    ProcedurePageFactory()

    for query in ({}, {"q": "   "}):
        content = as_user(agent).get(ADDRESS, query).content.decode()
        assert "What is the customer asking?" in content


def test_manual_search_shows_one_kind_when_asked(agent, as_user):
    ProcedurePageFactory(title="Marmot page")
    ReplyTemplateFactory(title="Marmot reply")

    only = as_user(agent).get(ADDRESS, {"q": "marmot", "kind": "template"}).content.decode()

    assert "<mark>Marmot</mark> reply" in only
    assert "<mark>Marmot</mark> page" not in only


def test_manual_search_pages_and_costs_the_same_for_many_as_for_one(agent, as_user):
    browser = as_user(agent)

    def count():
        browser.get(ADDRESS, {"q": "marmot"})
        with CaptureQueriesContext(connection) as queries:
            browser.get(ADDRESS, {"q": "marmot"})
        return len(queries)

    template = ReplyTemplateFactory(title="Marmot reply")
    ProcedurePageFactory(title="Marmot 0", channels=[Channel.CHAT], reply_templates=[template])
    ProcedurePageFactory(title="Marmot 1", channels=[Channel.CHAT])
    one = count()
    for number in range(3):
        template = ReplyTemplateFactory(title=f"Marmot reply {number}")
        ProcedurePageFactory(
            title=f"Marmot again {number}", channels=[Channel.CHAT], reply_templates=[template]
        )
    assert count() == one

    for number in range(20):
        ProcedurePageFactory(title=f"Marmot more {number}")
    first = browser.get(ADDRESS, {"q": "marmot"}).content.decode()
    second = browser.get(ADDRESS, {"q": "marmot", "page": "2"}).content.decode()
    assert first.count('class="hit"') == 20
    assert second.count('class="hit"') == 9


def test_manual_search_asks_a_stranger_to_sign_in(client):
    assert client.get(ADDRESS).status_code == 302


def test_manual_search_is_for_reading_only(agent, as_user):
    assert as_user(agent).post(ADDRESS).status_code == 405


ODD = [
    '"', '""', '"""', "'", "''", "“", "\x00", "\x00\x00", "a\x00b", "%", "_", "\\", "*", "a*", "^a",
    "-", "--", "- -", "a -b", "NOT", "NOT a", "a NOT b", "AND", "OR OR", "NEAR(a b)", "a NEAR b",
    "title:a", "{title} : a", 'live:true "', "a:b:c", "(", ")", "()", "((a)", "'; DROP TABLE x; --",
    "1=1", "\\'", "é́", "🦫", "\u202e", "ab" * 5000, " ".join(["a"] * 1000), "' a '", "'a\" b'",
    "<script>", "&amp;", "%00", "\r\n", "\t", "_ _", "’", "a’", "¿", "١٢٣", "ＡＢ", "ß", "İ",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_manual_search_survives_odd_input(text, agent, as_user):
    ProcedurePageFactory(title="A b c")
    ReplyTemplateFactory(title="A b c")
    browser = as_user(agent)

    for query in (
        {"q": text},
        {"q": f"b {text}"},
        {"q": "b", "channel": text, "kind": text, "page": text},
    ):
        assert browser.get(ADDRESS, query).status_code == 200


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    text=st.text(alphabet=st.one_of(st.sampled_from("\"'“*:-(){}^\\%_ \x00ab"), st.characters()))
)
def test_find_survives_any_text(text, agent):
    hits = search.find(search.clean(text), user=agent)
    search.load(hits, search.clean(text), user=agent)
    search.excerpt(["Some text about a b."], search.words_in(search.clean(text)))


def test_manual_search_has_its_address():
    assert reverse("content:manual_search") == ADDRESS
