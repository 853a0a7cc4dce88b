"""What Wagtail's editors answer to a request that no form of theirs sends.

Their forms count their rows and name their parent pages in hidden fields, and Wagtail reads these, and
what its lists are filtered by, as if nobody could change them: one that is missing or is no number would
be an error of the server. And what is protected in the database, because people were assigned to it, is
refused only there.
"""

import json
import traceback
from collections.abc import Callable
from pathlib import Path

import draftjs_exporter
import modelcluster
import wagtail
from django import template
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import ProtectedError, RestrictedError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.datastructures import MultiValueDictKeyError

_UNREADABLE = (
    AttributeError,
    KeyError,
    NoReverseMatch,
    ObjectDoesNotExist,
    OverflowError,
    TypeError,
    ValidationError,
    ValueError,
    json.JSONDecodeError,
)
_TEMPLATES = f"{Path(str(template.__file__)).parent}/"
_EDITORS = tuple(
    f"{Path(str(package.__file__)).parent}/"
    for package in (wagtail, modelcluster, draftjs_exporter)
)
_OURS = f"{settings.BASE_DIR}/"


class BrokenFormMiddleware:
    """Under the editors' addresses: 400 for a form that cannot be read, 409 for a deletion refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if not request.path.startswith(reverse("wagtailadmin_home")):
            return None
        if isinstance(problem, ProtectedError | RestrictedError):
            return _still_used(request, problem)
        # A field that was not sent is never our mistake.
        is_absent = isinstance(problem, MultiValueDictKeyError)
        if is_absent or (isinstance(problem, _UNREADABLE) and _is_of_editors(problem)):
            page = "broken_form.html" if request.method == "POST" else "400.html"
            return render(request, page, status=400)
        return None


def _is_of_editors(problem: Exception) -> bool:
    """Whether Wagtail itself tripped over what was sent. Where a function of ours did, or a template
    names an address that there is not, it is our mistake and has to be seen as one."""
    frames = [frame.filename for frame in traceback.extract_tb(problem.__traceback__)]
    if isinstance(problem, NoReverseMatch) and any(name.startswith(_TEMPLATES) for name in frames):
        return False
    for name in reversed(frames):
        if name.startswith(_EDITORS):
            return True
        if name.startswith(_OURS) and "/site-packages/" not in name:
            return False
    return False


def _still_used(request: HttpRequest, problem: ProtectedError | RestrictedError) -> HttpResponse:
    if isinstance(problem, ProtectedError):
        objects = problem.protected_objects
    else:
        objects = problem.restricted_objects
    kinds: dict[str, int] = {}
    for each in objects:
        name = str(each._meta.verbose_name_plural)
        kinds[name] = kinds.get(name, 0) + 1
    return render(request, "still_used.html", {"kinds": sorted(kinds.items())}, status=409)
