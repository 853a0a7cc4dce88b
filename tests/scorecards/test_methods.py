"""Whoever may GET a page may ask for its head."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse


def names(resolver: URLResolver) -> Iterator[tuple[str, dict[str, int]]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from names(entry)
        elif isinstance(entry, URLPattern) and entry.name:
            yield entry.name, dict.fromkeys(entry.pattern.converters, 999_999)


def of_scorecards() -> list[tuple[str, tuple[tuple[str, int], ...]]]:
    [rooms] = [
        entry
        for entry in get_resolver().url_patterns
        if isinstance(entry, URLResolver) and entry.namespace == "scorecards"
    ]
    return sorted({(name, tuple(kwargs.items())) for name, kwargs in names(rooms)})


@pytest.mark.parametrize(("name", "kwargs"), of_scorecards())
def test_head_is_allowed_where_get_is(as_user, administrator, name, kwargs):
    address = reverse(f"scorecards:{name}", kwargs=dict(kwargs))
    client = as_user(administrator)

    assert (client.head(address).status_code == 405) is (client.get(address).status_code == 405)
