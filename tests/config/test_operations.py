"""What those who run the house look at."""

import datetime as dt
import json
import logging
import os
import stat

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from config.operations import health
from config.operations.errors import without_personal_data
from config.operations.logs import JsonFormatter, RequestIdFilter, WithoutPathsFilter
from people.audit import record

TOKEN = "a-token-for-the-scraper"


def waiting_task(*, minutes: int) -> DBTaskResult:
    row = DBTaskResult.objects.create(
        args_kwargs={"args": [], "kwargs": {}},
        task_path="interactions.tasks.import_interactions",
        backend_name="bulk",
        run_after=timezone.now() - dt.timedelta(minutes=minutes),
    )
    enqueued = timezone.now() - dt.timedelta(minutes=minutes)
    DBTaskResult.objects.filter(pk=row.pk).update(enqueued_at=enqueued)
    return row


# Alive and ready ----------------------------------------------------------------------------------


def test_alive_asks_no_database(client):
    """Without `db` a query would fail."""
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_come_by_any_name_and_without_https(db, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    response = Client(HTTP_HOST="10.0.0.7:8000").get(path)
    assert response.status_code == 200
    assert not response.cookies


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_only_read(client, path):
    assert client.post(path).status_code == 405


def test_ready_names_what_was_checked(db, client):
    response = client.get("/readyz")
    body = response.json()
    assert (response.status_code, body["status"]) == (200, "ready")
    assert {name for name, check in body["checks"].items() if check["ok"]} == {
        "database",
        "migrations",
        "storage",
        "queue",
    }


def failing(response) -> set[str]:
    assert response.status_code == 503
    return {name for name, check in response.json()["checks"].items() if not check["ok"]}


def test_not_ready_while_a_migration_is_missing(db, client, monkeypatch):
    monkeypatch.setitem(health.CHECKS, "migrations", health.MigrationCheck())
    applied = MigrationRecorder(connection).migration_qs.filter(app="people")
    applied.order_by("-name")[:1].get().delete()
    assert failing(client.get("/readyz")) == {"migrations"}


def test_not_ready_where_a_folder_cannot_be_written_to(db, client, settings, tmp_path, caplog):
    if os.geteuid() == 0:
        # Nothing is closed to root but what is no folder.
        (tmp_path / "media").write_text("a file")
        settings.MEDIA_ROOT = tmp_path / "media" / "below"
    else:
        (tmp_path / "media").mkdir()
        (tmp_path / "media").chmod(stat.S_IRUSR | stat.S_IXUSR)
        settings.MEDIA_ROOT = tmp_path / "media"
    assert failing(client.get("/readyz")) == {"storage"}
    assert str(tmp_path) in caplog.text


def test_not_ready_when_a_task_waits_too_long(db, client):
    waiting_task(minutes=50)
    assert client.get("/readyz").status_code == 200
    waiting_task(minutes=70)
    assert failing(client.get("/readyz")) == {"queue"}


def test_a_probe_is_not_told_why(db, client, settings):
    settings.QUEUE_MAX_AGE = 1
    waiting_task(minutes=2)
    assert b"worker" not in client.get("/readyz").content


# Logs ---------------------------------------------------------------------------------------------


@pytest.fixture
def lines():
    """What goes to the console as JSON, as dictionaries."""
    written: list[dict] = []

    class Handler(logging.Handler):
        def emit(self, record):
            written.append(json.loads(self.format(record)))

    handler = Handler()
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RequestIdFilter())
    handler.addFilter(WithoutPathsFilter())
    loggers = [logging.getLogger(name) for name in ("evenhand.request", "django.request")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    yield written
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


def test_each_request_is_a_line_without_personal_data(as_user, agent, lines):
    response = as_user(agent).get("/library/search/", {"q": "Carla Jones"})
    (line,) = lines
    assert line["route"] == "library/search/"
    assert (line["method"], line["status"], line["user"]) == ("GET", 200, agent.pk)
    assert line["request_id"] == response["X-Request-ID"]
    assert "Carla" not in json.dumps(lines)
    assert agent.email not in json.dumps(lines)


def test_refused_requests_are_logged_by_their_route(client, lines, db):
    client.get("/survey/a-secret-link/")
    client.get("/nowhere/Carla-Jones/")
    assert lines
    assert "secret" not in json.dumps(lines)
    assert "Carla" not in json.dumps(lines)
    assert len({line["request_id"] for line in lines}) == 2


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        ("b7e4-1.x_9", True),
        ("short", False),
        ("x" * 65, False),
        ("a b c d e f g", False),
        ("ä" * 9, False),
    ],
)
def test_request_id_of_a_proxy_is_kept_if_it_is_one(db, client, given, is_kept):
    response = client.get(
        "/account/login/", headers={"X-Request-ID": given.encode().decode("latin1")}
    )
    assert (response["X-Request-ID"] == given) is is_kept


def test_sentry_is_sent_no_personal_data():
    sent = without_personal_data(
        {
            "request": {
                "method": "POST",
                "url": "https://x.example/survey/secret/",
                "query_string": "q=Carla",
                "headers": {"Cookie": "sessionid=1"},
                "data": {"name": "Carla"},
            },
            "user": {"email": "carla@example.org"},
            "exception": {"values": [{"type": "ValueError", "value": "Carla", "stacktrace": {}}]},
        }
    )
    text = json.dumps(sent)
    assert not any(word in text for word in ("Carla", "carla", "secret", "sessionid"))
    assert sent["exception"]["values"][0]["type"] == "ValueError"


# Metrics ------------------------------------------------------------------------------------------


def read_metrics(client, token=TOKEN):
    return client.get("/metrics", headers={"Authorization": f"Bearer {token}"})


def test_metrics_are_there_for_who_has_the_token(db, client, settings, agent):
    settings.METRICS_TOKEN = TOKEN
    waiting_task(minutes=3)
    record("change_person", by=agent, of=agent, at=timezone.now() - dt.timedelta(minutes=1))
    client.get("/account/login/")
    text = read_metrics(client).content.decode()
    assert 'evenhand_requests_total{method="GET",route="account/login/",status="200"}' in text
    assert 'evenhand_tasks{backend="bulk",state="ready"} 1.0' in text
    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert 170 < float(figures["evenhand_queue_age_seconds"]) < 300
    assert 50 < float(figures["evenhand_audit_unsealed_seconds"]) < 200


def test_metrics_are_closed_without_their_token(client, settings):
    assert read_metrics(client).status_code == 404
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics").status_code == 401
    assert read_metrics(client, "another").status_code == 401
