"""Figures for Prometheus at `/metrics`, for whoever has `METRICS_TOKEN`.

Several processes add up where `PROMETHEUS_MULTIPROC_DIR` names a folder that they share;
prometheus_client reads that variable itself.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from config.operations.health import queue_age
from config.operations.logs import route_of
from people.models import AuditEvent

PATH = "/metrics"
REQUESTS = Counter("evenhand_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "evenhand_request_seconds",
    "Time until the answer was begun",
    ["route"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


class MetricsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == PATH:
            return metrics(request)
        started = time.perf_counter()
        response = self.get_response(request)
        route = route_of(request)
        REQUESTS.labels(request.method, route, str(response.status_code)).inc()
        SECONDS.labels(route).observe(time.perf_counter() - started)
        return response


def metrics(request: HttpRequest) -> HttpResponse:
    """404 without a token in the settings, 401 without it in the request. Three queries."""
    if not settings.METRICS_TOKEN:
        return HttpResponse(status=404)
    given = request.headers.get("Authorization", "")
    if not secrets.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(House())
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)
        text = generate_latest(registry)
    else:
        text = generate_latest(registry) + generate_latest(REGISTRY)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


class House:
    """What the database knows, asked at each reading."""

    def collect(self) -> Iterator[Metric]:
        tasks = GaugeMetricFamily("evenhand_tasks", "Tasks by state", labels=["backend", "state"])
        rows = DBTaskResult.objects.order_by().values("backend_name", "status")
        for row in rows.annotate(n=Count("pk")):
            tasks.add_metric([row["backend_name"], row["status"].lower()], row["n"])
        yield tasks
        yield GaugeMetricFamily(
            "evenhand_queue_age_seconds",
            "How long the oldest task has waited that may run",
            value=queue_age().total_seconds(),
        )
        unsealed = AuditEvent.objects.filter(seal__isnull=True).order_by("pk")
        oldest = unsealed.values_list("at", flat=True).first()
        yield GaugeMetricFamily(
            "evenhand_audit_unsealed_seconds",
            "Age of the oldest audit event that is not in the chain yet",
            value=(timezone.now() - oldest).total_seconds() if oldest else 0,
        )
