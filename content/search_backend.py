"""Wagtail's database search, safe from what people type.

On SQLite a lone quotation mark or a NUL character in a query is a syntax error of its full-text engine,
and several screens of the Wagtail admin pass queries on as typed. Quoted phrases of our own search come
as query objects and are not touched.
"""

from typing import Any

from modelsearch.backends.database import SearchBackend as database_backend


def SearchBackend(params: dict[str, Any]) -> Any:
    """The backend for the database in use, with `search` and `autocomplete` that clean strings."""
    backend = database_backend(params)
    return type("SafeSearchBackend", (_CleansQueries, type(backend)), {})(params)


class _CleansQueries:
    def search(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        return super().search(_clean(query), *args, **kwargs)  # type: ignore[misc]

    def autocomplete(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        return super().autocomplete(_clean(query), *args, **kwargs)  # type: ignore[misc]


def _clean(query: Any) -> Any:
    """A string without what breaks the query; blank when nothing else was in it, which finds nothing."""
    if not isinstance(query, str):
        return query
    return query.replace('"', " ").replace("\x00", " ").strip()
