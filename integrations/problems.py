"""Errors as problem details (RFC 9457), the one shape of every refusal below /api/."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """A refusal: `status`, what was wrong in one sentence, and members of its own."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.members = status, detail, members
        self.headers = dict(headers or {})


def problem_response(problem: Problem, *, path: str) -> HttpResponse:
    """The type is "about:blank": the status says of which kind it is, `detail` the rest."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": path,
        **problem.members,
    }
    return HttpResponse(
        json.dumps(body, default=str),
        status=problem.status,
        content_type=MEDIA_TYPE,
        headers=problem.headers,
    )


def detail_for(status: int) -> str:
    """A sentence for what the framework refused before any view of ours was asked."""
    return {
        400: _("The request cannot be understood."),
        401: _("Send a token: “Authorization: Bearer …”."),
        403: _("That is not allowed."),
        404: _("There is nothing at this address."),
        405: _("This address does not know that method; see the header Allow."),
        413: _("The request is too large."),
        503: _(
            "The database cannot be used just now. It may not have been saved; sending it again is safe."
        ),
    }.get(status, _("Something went wrong here. It was logged; try again later."))
