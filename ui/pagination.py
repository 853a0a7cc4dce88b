"""Pages of a list."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest


def paginate(request: HttpRequest, rows: QuerySet[Any], *, per_page: int = 25) -> Page[Any]:
    """Return the page of `rows` that the address asks for with `?page=`.

    A page beyond the end is the last one, nonsense is the first. Two queries: count and rows.
    """
    return Paginator(rows, per_page).get_page(request.GET.get("page"))
