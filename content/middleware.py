"""Who reads the manual, and in which language, for the length of their request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from content import languages, links


class ReaderLanguageMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        links.read_by(request.user)
        if languages.is_multilingual():
            links.read_in(languages.language_of(request.user))
        return self.get_response(request)
