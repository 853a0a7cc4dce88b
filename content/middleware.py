"""Who reads the manual, and in which language, for the length of their request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from wagtail.models import Site

from content import languages, links


def site_of(request: HttpRequest) -> Site | None:
    """The site, as Wagtail finds it. Where there is one, its number is known from the addresses that
    Wagtail keeps, and nothing else is asked of it when a page makes its address."""
    sites = {root.site_id for root in Site.get_site_root_paths()}
    if len(sites) == 1:
        site: Site = Site.from_db(None, ["id"], [sites.pop()])
        return site
    return Site._find_for_request(request)


class ReaderLanguageMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        links.read_by(request.user)
        # Where Wagtail keeps what it has found (Site.find_for_request).
        request._wagtail_site = SimpleLazyObject(lambda: site_of(request))  # type: ignore[attr-defined]
        if languages.is_multilingual():
            links.read_in(languages.language_of(request.user))
        return self.get_response(request)
