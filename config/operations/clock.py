"""What waits for a moment that a wrong clock wrote down is not left waiting (`people/clock.py`). A worker
looks for it from time to time; what it then does early is guarded where it is done."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.core.cache import caches
from django.db.models import QuerySet
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from config.sharing import CountingDatabaseCache
from content.models import ManualImport, ManualPrint
from integrations.models import DataDump, WebhookDelivery
from integrations.tasks import delete_expired_dumps
from integrations.webhooks import sending as webhooks
from interactions.models import ImportRun, SurveyInvitation
from interactions.surveys import sending as surveys
from people.clock import APART, pull_back
from scorecards.models import ServiceMeasurement
from training import sending as statements
from training.models import OutgoingStatement

NO_TIME = dt.timedelta(0)


def let_nothing_wait(*, at: dt.datetime) -> int:
    """Bring back every moment that is too far off, and say how many there were. Nine or ten queries
    where there is none. Claims of picks are `expire_claims`' own matter."""
    found = sum(
        pull_back(rows, field, at=at, longest=longest) for rows, field, longest in _waiting()
    )
    cache = caches["default"]
    if isinstance(cache, CountingDatabaseCache):
        found += cache.forget_limits(after=at + APART)
    return found


def _waiting() -> Iterator[tuple["QuerySet[Any]", str, dt.timedelta]]:
    """What waits for a moment or counts from one; in which column; for how long at most."""
    deliveries = WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING)
    yield deliveries, "next_try_at", webhooks.LONGEST_PAUSE
    yield OutgoingStatement.objects.waiting(), "next_try_at", statements.LONGEST_PAUSE
    mails = [SurveyInvitation.State.WAITING, SurveyInvitation.State.SENDING]
    invitations = SurveyInvitation.objects.filter(state__in=mails)
    yield invitations, "next_try_at", surveys.LONGEST_PAUSE
    tasks = DBTaskResult.objects.filter(status=TaskResultStatus.READY)
    # Those have no moment of their own; and dumps are kept for days, and deleted by a schedule too.
    tasks = tasks.exclude(run_after=get_date_max())
    tasks = tasks.exclude(task_path=delete_expired_dumps.module_path)
    yield tasks, "run_after", max(webhooks.LONGEST_PAUSE, surveys.LONGEST_PAUSE)
    # Signs of life: who died while the clock was ahead would count as living.
    yield ImportRun.objects.filter(finished_at=None), "progress_at", NO_TIME
    yield ManualImport.objects.filter(finished_at=None), "progress_at", NO_TIME
    yield DataDump.objects.filter(finished_at=None), "progress_at", NO_TIME
    yield ManualPrint.objects.all(), "progress_at", NO_TIME
    yield ServiceMeasurement.objects.all(), "asked_at", NO_TIME
