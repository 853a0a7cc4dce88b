"""Addresses of translated pages: those of the source language stand as they are, the others begin with
their language ("/de/manual/…").

Unlike Django's own prefix this one says nothing about the language of the interface.
"""

import re
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.urls import URLResolver, re_path
from django.utils.translation import get_language, override
from wagtail import urls as wagtail_urls
from wagtail.models import Page, PageViewRestriction, Site
from wagtail.url_routing import RouteResult
from wagtail.views import serve

from content import closed, languages


class ContentLanguagePrefix:
    """What Django's resolver asks of the pattern of an `include`.

    Wagtail makes a page's address with the page's language active, which is what a reverse sees.
    """

    converters: dict[str, Any] = {}
    name = None

    def __str__(self) -> str:
        return self.prefix

    @property
    def prefix(self) -> str:
        language = get_language()
        is_other = language != languages.source_language() and language in languages.names()
        return f"{language}/" if is_other else ""

    @property
    def regex(self) -> re.Pattern[str]:
        return re.compile(re.escape(self.prefix))

    def match(self, path: str) -> tuple[str, tuple[()], dict[str, str]]:
        first, slash, rest = path.partition("/")
        is_other = first != languages.source_language() and first in languages.names()
        if slash and is_other and not rest.startswith("_"):
            return rest, (), {"language": first}
        return path, (), {}

    def check(self) -> list[Any]:
        return []

    def describe(self) -> str:
        return "a language of the manual, or nothing"


def serve_page(request: HttpRequest, path: str, language: str = "") -> HttpResponse:
    """Wagtail's own view, in the tree of `language`."""
    _find(request, path, language or get_language() or "")
    if language:
        with override(language):
            Page.route_for_request(request, path)
    response: HttpResponse = serve(request, path)
    return response


def _find(request: HttpRequest, path: str, language: str) -> None:
    """Tell Wagtail which page it is, where that is plain. One query, two for the first page of a kind.

    Wagtail would go from the root of the site down to the page with a query for each step. A page that is
    not found, and a second site, are left to it.
    """
    roots = Site.get_site_root_paths()
    root = next((root.root_path for root in roots if root.language_code == language), None)
    if root is None or len({root.site_id for root in roots}) > 1:
        return
    url_path = f"{root.rstrip('/')}/{path.strip('/')}/" if path.strip("/") else root
    page = _page_at(url_path)
    if page is not None and type(page).route is Page.route:
        request._wagtail_route_for_request = RouteResult(page)  # type: ignore[attr-defined]


# Which kind of page was last found where. It only says where to look first: a page is found there by its
# address, published and of that kind, or is looked for anew.
_kinds: dict[str, int] = {}
_KINDS_KEPT = 10_000


def _page_at(url_path: str) -> Page | None:
    kind = _kinds.get(url_path)
    if kind is not None and (page := _of_kind(kind, url_path)):
        return page
    found = Page.objects.live().filter(url_path=url_path).values_list("content_type_id", flat=True)
    kind = found.first()
    if kind is None:
        return None
    if len(_kinds) >= _KINDS_KEPT:
        _kinds.clear()
    _kinds[url_path] = kind
    return _of_kind(kind, url_path)


def _of_kind(kind: int, url_path: str) -> Page | None:
    """The published page of the content type `kind` there. What is closed to anybody comes with it, and
    whether it is in other languages."""
    model: Any = ContentType.objects.get_for_id(kind).model_class()
    if model is None:
        return None
    pages = model._default_manager.live().filter(url_path=url_path, content_type=kind)
    pages = pages.annotate(is_any_closed=Exists(PageViewRestriction.objects.all()))
    if languages.is_multilingual():
        others = Page.objects.live().filter(translation_key=OuterRef("translation_key"))
        others = others.filter(alias_of__isnull=True).exclude(pk=OuterRef("pk"))
        pages = pages.annotate(is_in_others=Exists(others))
    page: Page | None = pages.select_related("locale", *getattr(model, "served_with", ())).first()
    if page is not None and not page.is_any_closed:
        closed.nothing_is_closed()
    return page


def page_addresses() -> URLResolver:
    """Stands for `path("", include("wagtail.urls"))`."""
    own = [pattern for pattern in wagtail_urls.urlpatterns if pattern.name != "wagtail_serve"]
    own.append(re_path(wagtail_urls.serve_pattern, serve_page, name="wagtail_serve"))
    return URLResolver(ContentLanguagePrefix(), own)  # type: ignore[arg-type]
