"""What holds between the parts of a learning path. Without the database."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class Module(Protocol):
    title: str


class Entry(Protocol):
    module_id: int
    module: Module
    elective_group: str


class Group(Protocol):
    group: str
    choose: int


class Prerequisite(Protocol):
    module_id: int
    needs_id: int
    module: Module
    needs: Module


def problems_of(
    entries: Sequence[Entry], groups: Sequence[Group], prerequisites: Sequence[Prerequisite]
) -> list[str]:
    """Why this path cannot be walked, each in a sentence for its author."""
    return [
        *_missing(entries, prerequisites),
        *_unchoosable(entries, groups),
        *_circles(entries, prerequisites),
    ]


def _missing(entries: Sequence[Entry], prerequisites: Sequence[Prerequisite]) -> Iterable[str]:
    there = {entry.module_id for entry in entries}
    for each in prerequisites:
        for pk, module in ((each.module_id, each.module), (each.needs_id, each.needs)):
            if pk not in there:
                yield _("“%(module)s” is named as a prerequisite and is not on the path.") % {
                    "module": module.title
                }


def _unchoosable(entries: Sequence[Entry], groups: Sequence[Group]) -> Iterable[str]:
    sizes = Counter(entry.elective_group for entry in entries if entry.elective_group)
    wanted = Counter(group.group for group in groups)
    for letter in sorted(sizes.keys() | wanted.keys()):
        if letter not in wanted:
            yield _("Say how many modules of group %(group)s are to be chosen.") % {"group": letter}
        elif wanted[letter] > 1:
            yield _("Group %(group)s is there twice.") % {"group": letter}
    for group in groups:
        if group.choose > sizes[group.group]:
            yield ngettext(
                "Of group %(group)s %(choose)d are to be chosen, and it has %(n)d module.",
                "Of group %(group)s %(choose)d are to be chosen, and it has %(n)d modules.",
                sizes[group.group],
            ) % {"group": group.group, "choose": group.choose, "n": sizes[group.group]}


def _circles(entries: Sequence[Entry], prerequisites: Sequence[Prerequisite]) -> Iterable[str]:
    needs: dict[int, set[int]] = {}
    for each in prerequisites:
        needs.setdefault(each.module_id, set()).add(each.needs_id)
    titles = {each.module_id: each.module.title for each in entries}
    if circle := first_circle(needs):
        yield _("These modules wait for each other, so nobody could begin: %(modules)s.") % {
            "modules": " → ".join(f"“{titles.get(pk, pk)}”" for pk in circle)
        }


def first_circle(needs: Mapping[int, Set[int]]) -> list[int]:
    """A way along `needs` that ends where it began, or nothing."""
    finished: set[int] = set()
    for start in sorted(needs):
        way: list[int] = []
        todo: list[tuple[int, bool]] = [(start, False)]
        while todo:
            here, is_left = todo.pop()
            if is_left:
                finished.add(way.pop())
            elif here in way:
                return [*way[way.index(here) :], here]
            elif here not in finished:
                way.append(here)
                todo.append((here, True))
                todo += [(pk, False) for pk in sorted(needs.get(here, ()), reverse=True)]
    return []
