"""Hostile words by each way that words come in, seen by those who read them."""

import io
import json

import pytest
from django.core.management import call_command
from django.urls import reverse
from wagtail.rich_text import RichText
from wagtail.test.utils.form_data import streamfield

from content.cleaning import clean
from content.models import ManualIndexPage, ProcedurePage, Question
from content.question_exchange import import_gift
from interactions.models import Interaction
from people.models import User
from tests.content.test_admin import a_step, procedure_form
from tests.factories.content import ProcedurePageFactory
from tests.integrations.conftest import Program, token_of  # noqa: F401 (a fixture)
from tests.interactions.test_import_formats import imported
from tests.security.hostile import ALL, LINKS, MARK, TAGS, active

pytestmark = pytest.mark.django_db
# What a page may hold of them at once; the rest are seen one by one where HTML is kept.
SOME = [TAGS[0], TAGS[1], TAGS[12], f"<b>{MARK}</b>"]


def pages(client, *urls):
    """What is active on each page, and how many of them say what came in."""
    shown = [client.get(url).content.decode() for url in urls]
    found = [
        f"{url} {each}" for url, page in zip(urls, shown, strict=True) for each in active(page)
    ]
    return found, sum(MARK in page for page in shown)


@pytest.mark.parametrize("text", [*TAGS, ALL], ids=range(len(TAGS) + 1))
def test_rich_text_comes_out_as_words_and_marks(text):
    """Whatever lies in the database: here as if there were no form before it."""
    for source in (text, f"<p>Before {text} after</p>", f"<h2>{text}</h2><ul><li>{text}", text * 3):
        shown = str(RichText(source))
        assert [*active(f"<!doctype html><p>{shown}")] == []
        # Read and written again it is the same, so no second reader makes more of it.
        assert clean(shown) == shown


def test_rich_text_keeps_what_editors_write():
    source = (
        "<h2>A</h2><h3>B</h3><p>One <b>two</b> <i>three</i> <code>four</code><br/>"
        '<a href="https://example.org/?a=1&amp;b=2">five</a> <a href="mailto:a@example.org">six</a>'
        ' <a href="#part">seven</a></p><ul><li>8</li></ul><ol><li>9</li></ol>'
        "<blockquote>10</blockquote><hr/>"
    )
    assert str(RichText(source)) == source.replace("<br/>", "<br>").replace("<hr/>", "<hr>")


def draftail(text, url):
    """What the editor's script sends: words with a style of its own making, and a link."""
    block = {
        "key": "a",
        "text": text,
        "type": "<script>",
        "depth": 0,
        "inlineStyleRanges": [{"offset": 0, "length": 3, "style": "onload=alert(1)"}],
        "entityRanges": [{"offset": 0, "length": 4, "key": 0}],
    }
    entity = {"type": "LINK", "mutability": "MUTABLE", "data": {"url": url, "onclick": "alert(1)"}}
    return json.dumps({"blocks": [{**block, "type": kind} for kind in ("unstyled", "header-two")],
                       "entityMap": {"0": entity}})  # fmt: skip


@pytest.mark.parametrize("url", LINKS)
def test_the_page_editor(editor, agent, as_user, url):
    index = ManualIndexPage.objects.get()
    form = procedure_form(
        title=f"Late {SOME[0]}",
        steps=streamfield(
            [("step", a_step(title=SOME[1], say=ALL, instruction=draftail(ALL, url)))]
        ),
        notes=streamfield(
            [("text", draftail(ALL, url)), ("callout", {"kind": "tip", "text": ALL})]
        ),
    )
    address = reverse("wagtailadmin_pages:add", args=["content", "procedurepage", index.pk])
    answer = as_user(editor).post(address, {**form, "action-publish": "action-publish"})
    assert answer.status_code == 302
    page = ProcedurePage.objects.get(slug="late")
    for source in (page.notes[0].value.source, page.steps[0].value["instruction"].source):
        assert [*active(f"<p>{source}")] == []
    found, marked = pages(
        as_user(editor),
        page.url,
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        reverse("wagtailadmin_pages:history", args=[page.pk]),
        reverse("content:follow", args=[page.pk]),
    )
    assert (found, marked) == ([], 4)


def test_a_stream_field_as_raw_json(agent, as_user):
    page = ProcedurePageFactory(title="Late")
    page.notes = json.dumps([{"type": "text", "value": text} for text in (*TAGS, ALL)]
                            + [{"type": "script", "value": ALL}])  # fmt: skip
    page.save_revision().publish()
    found, marked = pages(as_user(agent), page.url)
    assert (found, marked) == ([], 1)


def test_a_tree_of_markdown(agent, as_user, tmp_path):
    links = "\n\n".join(f"[{MARK}]({link}) ![a]({link}) <{link}>" for link in LINKS[:2])
    words = "\n\n".join((*TAGS, links, f"[x]: {LINKS[0]}", f"```{ALL}\n{ALL}\n```"))
    front = json.dumps({"title": f"Late {SOME[1]}", "purpose": ALL})
    (tmp_path / "late.md").write_text(f"---\n{front}\n---\n\n# Late\n\n{words}\n")
    call_command("import_manual", tmp_path, "--name", "tree", stdout=io.StringIO())
    page = ProcedurePage.objects.get()
    found, marked = pages(as_user(agent), page.url)
    assert (found, marked) == ([], 1)


def test_a_file_of_questions(editor, as_user):
    words = [text.translate({ord(sign): f"\\{sign}" for sign in "\\:#={}~"}) for text in TAGS]
    blocks = [
        f"::{text}::{form}{text} {{={text}#{text}\n~No#{text}\n####{text}\n}}"
        for text in (each.replace("\n", " ") for each in words)
        for form in ("", "[html]", "[markdown]")
    ]
    import_gift("\n\n".join(blocks).split("\n"), by=None)
    questions = Question.objects.all()
    assert questions.count() > len(TAGS)
    urls = [reverse("training:question_items", args=[each.pk]) for each in questions[:10]]
    inspect = Question.snippet_viewset.get_url_name("edit")
    found, _marked = pages(
        as_user(editor), *urls, *(reverse(inspect, args=[each.pk]) for each in questions[:10])
    )
    assert found == []


def test_conversations_from_a_file_and_from_a_program(agent, manager, as_user, token_of):  # noqa: F811
    row = {
        "source": "desk",
        "external_id": "1",
        "channel": "chat",
        "subject": SOME[1],
        "messages": [{"speaker": who, "text": ALL} for who in ("customer", "agent")],
    }
    answer = Program(token_of()).post("/api/v1/interactions", {"interactions": [row]})
    assert answer.json()["created"] == 1
    header, cells = "id;channel;created;agent;customer;subject;body", ALL.replace('"', '""')
    imported(
        f'{header}\n7;chat;2026-03-31 09:30;Ada;"{cells[:150]}";"{SOME[1]}";"{cells}"\n',
        source="table",
    )
    assert Interaction.objects.count() >= 2
    Interaction.objects.update(agent=agent)
    urls = [
        reverse("interactions:interaction_detail", args=[row.pk])
        for row in Interaction.objects.all()
    ]
    found, marked = pages(as_user(manager), reverse("interactions:interaction_list"), *urls)
    assert (found, marked) == ([], len(urls) + 1)


def test_people_from_a_directory(administrator, as_user, token_of):  # noqa: F811
    program = Program(token_of())
    body = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "new@example.org",
        "active": True,
        "name": {"givenName": ALL[:150], "familyName": SOME[1]},
    }
    assert program.post("/scim/v2/Users", body).status_code == 201
    second = {**body, "userName": "two@example.org"}
    assert program.post("/scim/v2/Users", second).status_code == 201
    assert User.objects.filter(last_name=SOME[1]).count() == 2
    client = as_user(administrator)
    pks = User.objects.filter(last_name=SOME[1]).values_list("pk", flat=True)
    found, marked = pages(
        client,
        reverse("wagtailusers_users:index"),
        reverse("people:invitation_list"),
        *(reverse("wagtailusers_users:edit", args=[pk]) for pk in pks),
    )
    assert (found, marked >= 3) == ([], True)
    # And of themselves: by their own profile, on the page that greets them.
    own = as_user(User.objects.get(email="two@example.org"))
    assert pages(own, "/me/", reverse("people:profile"))[0] == []
