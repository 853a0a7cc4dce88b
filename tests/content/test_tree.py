"""The manual as a tree, in reading order."""

import pytest

from content.models import ManualIndexPage
from content.models.manual import manual_outline, manual_tree
from people.once import reading
from tests.factories.content import ManualSectionPageFactory, ProcedurePageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def manual():
    return ManualIndexPage.objects.get()


def shape(nodes):
    return [
        (node.page.title, shape(node.children)) if node.is_section else node.page.title
        for node in nodes
    ]


@pytest.fixture
def pages():
    first = ManualSectionPageFactory(title="First")
    inner = ManualSectionPageFactory(title="Inner", parent=first)
    return {
        "first": first,
        "inner": inner,
        "a": ProcedurePageFactory(title="A", parent=first),
        "b": ProcedurePageFactory(title="B", parent=inner),
        "c": ProcedurePageFactory(title="C"),
    }


def test_tree_nests_sections_in_the_order_of_the_page_tree(pages, manual, agent):
    tree = manual_tree(manual, user=agent)

    assert shape(tree.roots) == [("First", [("Inner", ["B"]), "A"]), "C"]
    assert [page.title for page in tree.procedures] == ["B", "A", "C"]


def test_tree_hangs_the_pages_of_an_unpublished_section_one_level_higher(pages, manual, agent):
    pages["inner"].unpublish()

    assert shape(manual_tree(manual, user=agent).roots) == [("First", ["B", "A"]), "C"]


def test_tree_leaves_out_what_is_for_other_groups(pages, manual, agent, editor, restrict):
    restrict(pages["first"], editor.groups.get())

    assert shape(manual_tree(manual, user=agent).roots) == ["C"]
    assert len(list(manual_tree(manual, user=editor))) == 5


def test_tree_costs_two_queries_however_deep(pages, manual, agent, django_assert_num_queries):
    # And one for what is closed, which a page looks up once.
    with reading(), django_assert_num_queries(3):
        list(manual_tree(manual, user=agent))


def test_outline_is_the_same_tree_for_one_query(pages, manual, agent, django_assert_num_queries):
    with reading(), django_assert_num_queries(2):
        outline = manual_outline(manual, user=agent)
        lean = shape(outline.roots)

    assert lean == shape(manual_tree(manual, user=agent).roots)


def test_neighbours_are_the_procedures_before_and_after(pages, manual, agent):
    tree = manual_tree(manual, user=agent)

    assert tree.neighbours(pages["b"]) == (None, pages["a"])
    assert tree.neighbours(pages["a"]) == (pages["b"], pages["c"])
    assert tree.neighbours(pages["c"]) == (pages["a"], None)


def test_neighbours_are_known_for_a_draft_that_the_tree_does_not_hold(pages, manual, agent):
    pages["a"].unpublish()

    tree = manual_tree(manual, user=agent)

    assert tree.neighbours(pages["a"]) == (pages["b"], pages["c"])


def test_trail_lists_the_sections_above(pages, manual, agent):
    tree = manual_tree(manual, user=agent)

    assert [page.title for page in tree.trail(pages["b"])] == ["First", "Inner"]
    assert tree.trail(pages["first"]) == []
