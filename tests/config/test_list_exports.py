"""Every list offers its file: who writes a view with pages reads here what it still lacks."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOMS = (
    "people",
    "interactions",
    "content",
    "scorecards",
    "training",
    "coaching",
    "insights",
    "integrations",
)
BASE = Path(settings.BASE_DIR)

# View that shows pages -> why there is no file of them here.
EXCEPTIONS = {
    "interactions.list_views._list": "the list has `interaction_export`, which limits sheets too",
    "scorecards.views.keys.key_choose": "a chooser: the list it chooses from is that of interactions",
    "scorecards.views.sampling._context": "its view answers with `_draws_file` first",
    "content.views.refreshers._show": "its view `retired_cards` offers the file",
}
OFFERS = {"list_export", "send_table", "interaction_export"}


def calls(node: ast.AST) -> set[str]:
    return {
        each.func.id
        for each in ast.walk(node)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
    }


def lists():
    """Each function that pages through rows, with what it calls and what its helpers in the same
    module call."""
    for room in ROOMS:
        for path in (BASE / room).rglob("*.py"):
            source = path.read_text()
            if "paginate(" not in source:
                continue
            module = ".".join(path.relative_to(BASE).with_suffix("").parts)
            body = ast.parse(source).body
            called = {node.name: calls(node) for node in body if isinstance(node, ast.FunctionDef)}
            for name, found in called.items():
                if "paginate" in found:
                    helped = [called[each] for each in found if each in called]
                    yield f"{module}.{name}", found.union(*helped)


LISTS = dict(lists())


def test_the_walk_finds_the_lists():
    assert len(LISTS) > 35
    assert EXCEPTIONS.keys() <= LISTS.keys()


@pytest.mark.parametrize("name", sorted(LISTS.keys() - EXCEPTIONS.keys()))
def test_every_list_offers_its_file(name):
    assert LISTS[name] & OFFERS, f"{name} pages through rows and calls none of {sorted(OFFERS)}"


# Pages of search results and choosers, whose rows are lists elsewhere.
NO_BUTTONS = {
    "content/manual_search.html": "results of a search, each a page of the manual",
    "coaching/chain.html": "a person's story, made of lists that have files",
    "scorecards/key_choose.html": "a chooser",
    "interactions/interaction_list.html": "has buttons of its own above the table",
}


def pages():
    for path in (BASE / "templates").rglob("*.html"):
        text = path.read_text()
        if re.search(r"{% pagination \w+ %}", text):
            yield str(path.relative_to(BASE / "templates")), text


@pytest.mark.parametrize(("name", "text"), sorted(pages()), ids=lambda value: value[:60])
def test_every_list_shows_the_way_to_its_file(name, text):
    if name in NO_BUTTONS:
        pytest.skip(NO_BUTTONS[name])
    assert "ui/_export.html" in text


def test_no_form_stands_in_another_form():
    """A browser drops the inner one, and its button would send the outer."""
    for name, text in pages():
        depth = 0
        for mark in re.findall(r"<form\b|</form>|ui/_export\.html", text):
            if mark == "ui/_export.html":
                assert depth == 0, name
            else:
                depth += 1 if mark == "<form" else -1
