"""Every address of the house, from the URL configuration, and something to fill it with."""

from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# Three tables share all addresses. Wagtail's are those of its editors, and where a password is asked for.
WAGTAIL = ("admin/", "documents/", "_util/")
PROGRAMS = ("api/", "scim/")


def walk(
    resolver: Any = None, prefix: str = "", namespace: str = "", has_arguments: bool = False
) -> Iterator[tuple[str, str, bool]]:
    """(name with its namespaces, route, whether something stands in it) of every pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        takes = has_arguments or bool(entry.pattern.converters or entry.pattern.regex.groups)
        if isinstance(entry, URLResolver):
            below = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from walk(entry, route, below, takes)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}" if entry.name else "", route, takes


def addresses(*below: str) -> list[tuple[str, bool]]:
    """The names of all addresses below these, sorted, and whether something stands in them; without any,
    of what is left: the pages of people."""
    found = {
        name: has_arguments
        for name, route, has_arguments in walk()
        if name
        and name != "wagtail_serve"
        and (route.startswith(below) if below else not route.startswith(WAGTAIL + PROGRAMS))
    }
    return sorted(found.items())


class Subjects:
    """What stands in the addresses: by the beginning of an address's name, the longest that fits."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.makers: dict[str, Callable[[], Any]] = {}

    def are(self, *names: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
        def keep(make: Callable[[], Any]) -> Callable[[], Any]:
            for name in names:
                self.makers[name] = make
            return make

        return keep

    def of(self, name: str) -> tuple[Any, ...]:
        return _arguments(self._made(name))

    def each_of(self, name: str) -> dict[str, tuple[Any, ...]]:
        """Where a maker gives several, by what sets them apart."""
        made = self._made(name)
        if isinstance(made, dict):
            return {label: _arguments(each) for label, each in made.items()}
        return {"": _arguments(made)}

    def _made(self, name: str) -> Any:
        fitting = [start for start in self.makers if name.startswith(start)]
        if not fitting:
            raise LookupError(f"{self.where} names nothing to fill {name} with.")
        return self.makers[max(fitting, key=len)]()


def _arguments(made: Any) -> tuple[Any, ...]:
    return tuple(
        getattr(each, "pk", each) for each in (made if isinstance(made, tuple) else (made,))
    )
