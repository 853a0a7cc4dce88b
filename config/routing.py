"""Which database answers: reports may read from a replica, everything else is the primary's.

A replica lags. So only the views in `REPORTS` read from one, never within a transaction, and not for
`REPLICA_LAG` seconds after the same browser sent something. Writes go to the primary whoever asks.
"""

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError, connections
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase

logger = logging.getLogger("evenhand.routing")

PRIMARY = "default"
WROTE = "wrote"
# Seconds for which a replica that was away is left alone.
REST = 30
READING = ("GET", "HEAD", "OPTIONS")
# Views that read much and change nothing. Taking a list along as a file is a POST of the same address.
REPORTS = frozenset(
    {
        "insights:team",
        "insights:person",
        "insights:new_hires",
        "insights:training_effect",
        "insights:training_effect_detail",
        "insights:service",
        "insights:system",
        "insights:verdict_list",
        "insights:verdicts",
        "insights:objectivity",
        "insights:objectivity_agreement",
        "insights:objectivity_reviewer",
        "insights:objectivity_treatment",
        "insights:page_health",
        "scorecards:scorecard_list",
        "interactions:interaction_export",
        "interactions:interaction_list",
        "training:team_training",
    }
)

_replica: ContextVar[str | None] = ContextVar("replica", default=None)


class ReplicaRouter:
    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        """The replica within a report, otherwise the primary."""
        alias = _replica.get()
        if alias is None or connections[PRIMARY].in_atomic_block:
            return PRIMARY
        # The cache says what was counted a moment ago.
        return PRIMARY if model._meta.app_label == "django_cache" else alias

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return PRIMARY

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == PRIMARY


@contextmanager
def reading_from(alias: str | None) -> Iterator[None]:
    """Within it, what is read comes from `alias`, or from the primary where that is None."""
    token = _replica.set(alias)
    try:
        yield
    finally:
        _replica.reset(token)


class ReplicaMiddleware:
    """Lets the views in `REPORTS` read from a replica, and remembers for a while who wrote.

    Stands last, so that only the view itself is asked that way: who it is, and whether they may, is the
    primary's to say.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.REPLICAS:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self.resting: dict[str, float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with reading_from(None):
            response = self.get_response(request)
            alias = _replica.get()
        if alias and response.streaming:
            response.streaming_content = _streamed(  # type: ignore[attr-defined]
                iter(response.streaming_content),  # type: ignore[attr-defined]
                alias,
            )
        is_reading = request.method in READING or alias
        if not is_reading and settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.set_cookie(
                WROTE,
                "1",
                max_age=settings.REPLICA_LAG,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        match = request.resolver_match
        if match is None or match.view_name not in REPORTS or WROTE in request.COOKIES:
            return
        # Taking a list along only adds to the audit log, which nobody reads from a replica.
        if request.method in READING or "format" in request.POST:
            getattr(request.user, "pk", None)
            _replica.set(self._one_that_answers())

    def _one_that_answers(self) -> str | None:
        """Any replica; none while all are away, and then the primary answers."""
        for alias in random.sample(settings.REPLICAS, len(settings.REPLICAS)):
            if self.resting.get(alias, 0) > time.monotonic():
                continue
            try:
                connections[alias].ensure_connection()
            except DatabaseError as problem:
                logger.warning("%s does not answer, the primary does: %s", alias, problem)
                self.resting[alias] = time.monotonic() + REST
            else:
                return str(alias)
        return None


def _streamed(content: Iterator[bytes], alias: str) -> Iterator[bytes]:
    """Rows are read while they are sent, long after the view returned."""
    while True:
        with reading_from(alias):
            try:
                piece = next(content)
            except StopIteration:
                return
        yield piece
