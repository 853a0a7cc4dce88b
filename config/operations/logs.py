"""Logs that machines read, with the id of the request, and without personal data.

An address may hold a name, a search or a secret link, so what is logged of a request is its route
(`team/<id:pk>/`), its method, its status and the number of who asked, and never the path itself.
"""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase

logger = logging.getLogger("evenhand.request")
request_id: ContextVar[str] = ContextVar("request_id", default="")
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
HEADER = "X-Request-ID"
# Of what a log line was given as `extra`, this is told on; everything else stays here.
TOLD = ("method", "route", "status", "ms", "user")


class RequestLogMiddleware:
    """One line for each request, and an id which the answer carries too: `X-Request-ID`, taken over from
    a proxy that gave one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        chosen = given if GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(chosen)
        # Django logs a refusal when all middleware is through.
        request.request_id = chosen  # type: ignore[attr-defined]
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response[HEADER] = chosen
            logger.info(
                "request",
                extra={
                    "method": request.method,
                    "route": route_of(request),
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - started) * 1000),
                    # Not asked for here, or each line would cost a query.
                    "user": getattr(getattr(request, "_cached_user", None), "pk", None),
                },
            )
            return response
        finally:
            request_id.reset(token)


def route_of(request: Any) -> str:
    """The pattern of the address; empty where none was found."""
    match = getattr(request, "resolver_match", None)
    return match.route if match else ""


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        of_request = getattr(getattr(record, "request", None), "request_id", "")
        record.request_id = request_id.get() or of_request or "-"
        return True


class WithoutPathsFilter(logging.Filter):
    """Django names the path in what it logs of a refused or failed request: the route stands for it."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and hasattr(request, "path"):
            status = getattr(record, "status_code", "")
            record.msg, record.args = f"{status} {request.method} {route_of(request) or '?'}", ()
        return True


class JsonFormatter(logging.Formatter):
    """A line of JSON: time (UTC), level, logger, message, request id, what is in `TOLD`, and a traceback
    without the values of variables."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", "-"),
        }
        line |= {name: getattr(record, name) for name in TOLD if hasattr(record, name)}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
