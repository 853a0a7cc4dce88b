"""The manual as a tree, in reading order."""

import pytest

from content.models import ManualIndexPage
from content.models.manual import manual_tree
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


def test_a_page_finds_the_front_and_the_same_tree_by_one_query(
    pages, manual, agent, django_assert_num_queries
):
    with reading(), django_assert_num_queries(2):
        front, tree = pages["a"].surroundings(agent)
        lean = shape(tree.roots)

    assert front.pk == manual.pk
    assert lean == shape(manual_tree(manual, user=agent).roots)


def test_a_page_has_its_tree_while_the_front_is_not_published(pages, manual, agent):
    before = shape(pages["a"].surroundings(agent)[1].roots)
    ManualIndexPage.objects.filter(pk=manual.pk).update(live=False)

    front, tree = pages["a"].surroundings(agent)

    assert (front.pk, shape(tree.roots)) == (manual.pk, before)


def neighbours(page, agent):
    _front, tree = page.surroundings(agent)
    return [other and other.title for other in tree.neighbours(page)]


def test_neighbours_are_the_procedures_before_and_after(pages, agent):
    assert neighbours(pages["b"], agent) == [None, "A"]
    assert neighbours(pages["a"], agent) == ["B", "C"]
    assert neighbours(pages["c"], agent) == ["A", None]


def test_neighbours_are_known_for_a_draft_that_the_tree_does_not_hold(pages, agent):
    pages["a"].unpublish()

    assert neighbours(pages["a"], agent) == ["B", "C"]


def test_trail_lists_the_sections_above(pages, manual, agent):
    tree = manual_tree(manual, user=agent)

    assert [page.title for page in tree.trail(pages["b"])] == ["First", "Inner"]
    assert tree.trail(pages["first"]) == []
