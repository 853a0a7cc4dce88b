"""What a reader sees after an error that nobody caught: a database that is away is not "broken"."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.views.defaults import server_error

from people.room import is_full

RETRY_AFTER_SECONDS = 30


def error_page(request: HttpRequest) -> HttpResponse:
    """Answer 503 when the database could not be reached or written, or a disk is full, else the ordinary
    500. Neither asks the database anything."""
    problem = sys.exception()
    no_room = is_full(problem)
    if not no_room and not isinstance(problem, OperationalError | InterfaceError):
        return server_error(request)
    page = get_template("503.html").render({"no_room": no_room})
    response = HttpResponse(page, status=503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response["Cache-Control"] = "no-store"
    return response
