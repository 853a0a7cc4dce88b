"""What a clock that was ahead left behind is found, and what merely waits is left alone."""

import datetime as dt
import time

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from config.operations.clock import let_nothing_wait
from config.operations.leases import Heart
from config.settings.shared import shared_cache
from config.sharing import LIMIT
from insights.kept import MANY, kept
from integrations.models import EventKind, WebhookDelivery, WebhookEndpoint, WebhookEvent
from integrations.tasks import delete_expired_dumps, send_webhooks
from interactions.models import SurveyInvitation
from tests.factories.interactions import ImportRunFactory
from tests.factories.surveys import SurveyInvitationFactory

NOW = dt.datetime(2026, 10, 5, 9, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def delivery(at):
    endpoint = WebhookEndpoint.objects.create(
        name="Desk", url="https://desk.example.org/", events=EventKind.values
    )
    event = WebhookEvent.objects.create(kind=EventKind.SCORECARD_SUBMITTED, data={}, created_at=NOW)
    return WebhookDelivery.objects.create(event=event, endpoint=endpoint, next_try_at=at)


def mail(at):
    return SurveyInvitationFactory(
        state=SurveyInvitation.State.WAITING, sent_at=None, next_try_at=at
    )


def task(run_after, kind=send_webhooks):
    return DBTaskResult.objects.create(
        task_path=kind.module_path,
        args_kwargs={"args": [], "kwargs": {}},
        backend_name="bulk",
        run_after=run_after,
        status=TaskResultStatus.READY,
    )


# Each waits for eight hours at most by itself; clocks of several machines may be an hour apart.
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("make", "field"), [(delivery, "next_try_at"), (mail, "next_try_at"), (task, "run_after")]
)
@pytest.mark.parametrize(("wait", "stays"), [(9 * HOUR, True), (10 * HOUR, False), (DAY, False)])
def test_what_waits_for_longer_than_anything_is_due_now(make, field, wait, stays):
    row = make(NOW + wait)
    assert let_nothing_wait(at=NOW) == (not stays)
    row.refresh_from_db()
    assert getattr(row, field) == (NOW + wait if stays else NOW)
    assert let_nothing_wait(at=NOW) == 0


@pytest.mark.django_db
def test_what_waits_for_no_moment_or_for_days_is_left_alone():
    task(get_date_max())
    task(NOW + 7 * DAY, delete_expired_dumps)
    ImportRunFactory(finished_at=NOW, progress_at=NOW + DAY)
    assert let_nothing_wait(at=NOW) == 0


@pytest.mark.django_db
def test_a_worker_looks_for_them():
    """So an import whose worker died while the clock was ahead can be resumed a minute later."""
    run = ImportRunFactory(state="running", progress_at=timezone.now() + 3 * DAY)
    assert not run.is_stalled
    Heart("me", lease=60).beat()
    run.refresh_from_db()
    assert run.progress_at <= timezone.now()


@pytest.fixture(params=["locmem.LocMemCache", "db.DatabaseCache"])
def cache(request, settings, db):
    entry = {"BACKEND": f"django.core.cache.backends.{request.param}", "LOCATION": "for_this_test"}
    settings.CACHES = {"default": shared_cache(entry)}
    call_command("createcachetable", verbosity=0)
    yield caches["default"]
    caches["default"].clear()
    if request.param.startswith("db"):
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE for_this_test")


def test_a_clock_that_was_ahead_locks_nobody_out(cache, monkeypatch):
    now = time.time()
    name = f"allauth{LIMIT.removeprefix(':allauth')}login_failed"
    cache.set(f"{name}:now", [now], 600)
    with monkeypatch.context() as ahead:
        ahead.setattr("time.time", lambda: now + 3 * 86_400)
        cache.set(f"{name}:ahead", [now + 3 * 86_400], 600)
        cache.set("other", 1, 600)
    let_nothing_wait(at=timezone.now())
    assert cache.get(f"{name}:ahead") is None
    assert cache.get(f"{name}:now") == [now]
    assert cache.get("other") == 1


@pytest.mark.parametrize("days", [-3, 3])
def test_what_is_kept_for_minutes_is_not_kept_for_days(cache, monkeypatch, days):
    made = iter(["old", "new"])

    def ask(stamp):
        return kept("for-a-test", (), lambda: (stamp,), lambda: next(made), n=MANY)

    with monkeypatch.context() as other:
        other.setattr(timezone, "now", lambda: dt.datetime.now(dt.UTC) + days * DAY)
        assert (ask(1), ask(2)) == ("old", "old")
    assert (ask(2), ask(3)) == ("new", "new")
