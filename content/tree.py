"""The manual as a tree, built once per page from rows that are already in memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from wagtail.models import Page


@dataclass
class Node:
    page: Page
    children: list["Node"] = field(default_factory=list)

    @property
    def is_section(self) -> bool:
        return bool(self.page.specific_class.subpage_types)

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()


def place_of(page: Page) -> str:
    """Where the page stands in the manual: a translation where its original does."""
    place: str = getattr(page, "place", None) or page.path
    return place


class Tree:
    """Sections and procedures in reading order.

    A page whose own section is hidden or unpublished hangs under the next section above that one,
    so that nothing which can be read gets lost.
    """

    def __init__(self, pages: Iterable[Page]) -> None:
        self.roots: list[Node] = []
        above: list[Node] = []
        for page in sorted(pages, key=place_of):
            while above and not place_of(page).startswith(place_of(above[-1].page)):
                above.pop()
            node = Node(page)
            (above[-1].children if above else self.roots).append(node)
            above.append(node)

    def __iter__(self) -> Iterator[Node]:
        for root in self.roots:
            yield from root.walk()

    @property
    def sections(self) -> list[Page]:
        return [node.page for node in self if node.is_section]

    @property
    def procedures(self) -> list[Page]:
        return [node.page for node in self if not node.is_section]

    def under(self, page: Page) -> list[Node]:
        """What hangs directly under the section `page`."""
        place = place_of(page)
        return next((node.children for node in self if place_of(node.page) == place), [])

    def trail(self, page: Page) -> list[Page]:
        """The sections above `page`, outermost first."""
        return [
            section
            for section in self.sections
            if place_of(page).startswith(place_of(section)) and place_of(page) != place_of(section)
        ]

    def neighbours(self, page: Page) -> tuple[Page | None, Page | None]:
        """The procedures before and after `page`, also for a draft that the tree does not hold."""
        place = place_of(page)
        before = [other for other in self.procedures if place_of(other) < place]
        after = [other for other in self.procedures if place_of(other) > place]
        return (before[-1] if before else None, after[0] if after else None)
