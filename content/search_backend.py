"""Wagtail's database search, safe from what people type.

On SQLite a lone quotation mark or a NUL character in a query is a syntax error of its full-text engine,
and several screens of the Wagtail admin pass queries on as typed. Quoted phrases of our own search come
as query objects and are not touched.
"""

from typing import Any

from modelsearch.backends.database import SearchBackend as database_backend

# Of Unicode's private use, so both databases take it for a word and no text contains it. (A blank query
# has no results that Wagtail's listings could go on filtering.)
NO_SUCH_WORD = "\ue000"


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
    """A string without what breaks the query; one of nothing else becomes a word no text has."""
    if not isinstance(query, str) or not query.strip():
        return query
    return query.replace('"', " ").replace("\x00", " ").strip() or NO_SUCH_WORD
