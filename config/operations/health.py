"""Two addresses for whoever watches the process: `/healthz` and `/readyz`.

They are answered before anything else: without a session, whatever host name is asked for (a probe comes
by the machine's address), and without a redirect to HTTPS.
"""

import datetime as dt
import logging
import os
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from interactions.models import private_storage

logger = logging.getLogger("evenhand.health")
PATHS = ("/healthz", "/readyz")
# Under this a file that somebody uploads may not fit.
FREE_BYTES = 200 * 1024 * 1024


class NotReady(Exception):
    """The message is for the log; a probe is only told which check failed."""


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path not in PATHS:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        response = alive() if request.path == "/healthz" else ready()
        # No other middleware sees it.
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "no-store"
        return response


def alive() -> HttpResponse:
    """200 as long as the process answers at all; it asks nobody, or a database that is away would have
    every process killed and started anew."""
    return HttpResponse("ok\n", content_type="text/plain")


def ready() -> JsonResponse:
    """200 when this process can serve: database, migrations, storage and the age of the queue; else 503.

    Three queries, and once the migrations were complete two.
    """
    checks: dict[str, dict[str, Any]] = {}
    for name, check in CHECKS.items():
        started = time.perf_counter()
        try:
            check()
            is_ok = True
        except Exception as problem:
            logger.warning("not ready: %s: %s", name, problem)
            is_ok = False
        checks[name] = {"ok": is_ok, "ms": round((time.perf_counter() - started) * 1000)}
    is_ready = all(check["ok"] for check in checks.values())
    return JsonResponse(
        {"status": "ready" if is_ready else "not ready", "checks": checks},
        status=200 if is_ready else 503,
    )


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


class MigrationCheck:
    """Passes for good once it passed: a process serves the code it started with."""

    def __init__(self) -> None:
        self.is_complete = False

    def __call__(self) -> None:
        if self.is_complete:
            return
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            raise NotReady(f"{len(plan)} migrations are to be applied")
        self.is_complete = True


def check_storage() -> None:
    for storage in (storages["default"], private_storage()):
        _check(storage)


def _check(storage: Storage) -> None:
    if not isinstance(storage, FileSystemStorage):
        storage.exists("readyz")
        return
    folder = storage.location
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        raise NotReady(f"{storage.location} cannot be written to")
    free = os.statvfs(folder)
    if free.f_bavail * free.f_frsize < FREE_BYTES:
        raise NotReady(f"less than {FREE_BYTES // 1024**2} MiB are free at {storage.location}")


def check_queue() -> None:
    age = queue_age()
    if age > dt.timedelta(seconds=settings.QUEUE_MAX_AGE):
        raise NotReady(f"a task waits since {age}: does a worker run?")


def queue_age() -> dt.timedelta:
    """How long the task has waited that waits longest, of those that may run. One query."""
    rows = DBTaskResult.objects.ready().order_by("enqueued_at")
    oldest = rows.values_list("enqueued_at", flat=True).first()
    return dt.timedelta() if oldest is None else timezone.now() - oldest


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": MigrationCheck(),
    "storage": check_storage,
    "queue": check_queue,
}
