"""Every address of the house, from the URL configuration, and something to fill it with."""

from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# Wagtail's own addresses have a table of their own; of the rest, these are no page of a person.
ELSEWHERE = ("admin/", "api/", "scim/", "django-admin/", "_util/", "documents/", "media/")


def addresses() -> list[tuple[str, bool]]:
    """The names of all addresses that are ours, sorted, and whether something stands in them."""
    found = {
        name: has_arguments
        for name, route, has_arguments in _walk(get_resolver(), "", "", False)
        if not route.startswith(ELSEWHERE)
    }
    return sorted(found.items())


def _walk(
    resolver: Any, prefix: str, namespace: str, has_arguments: bool
) -> Iterator[tuple[str, str, bool]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        takes = has_arguments or bool(entry.pattern.converters or entry.pattern.regex.groups)
        if isinstance(entry, URLResolver):
            below = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, route, below, takes)
        elif isinstance(entry, URLPattern) and entry.name and entry.name != "wagtail_serve":
            yield namespace + entry.name, route, takes


class Subjects:
    """What stands in the addresses: by the beginning of an address's name, the longest that fits."""

    def __init__(self) -> None:
        self.makers: dict[str, Callable[[], tuple[Any, ...]]] = {}

    def are(self, *names: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
        def keep(make: Callable[[], Any]) -> Callable[[], Any]:
            for name in names:
                self.makers[name] = make
            return make

        return keep

    def of(self, name: str) -> tuple[Any, ...]:
        fitting = [start for start in self.makers if name.startswith(start)]
        if not fitting:
            raise LookupError(f"tests/access/subjects.py names nothing to fill {name} with.")
        made = self.makers[max(fitting, key=len)]()
        made = made if isinstance(made, tuple) else (made,)
        return tuple(getattr(each, "pk", each) for each in made)
