"""Work for the "bulk" worker."""

import datetime as dt
import uuid
from typing import Any

from django.utils import timezone
from django_tasks import task


@task(backend="bulk")
def write_webhook_event(pk: str, kind: str, data: dict[str, Any], at: str) -> None:
    from integrations.webhooks.telling import write_event

    write_event(uuid.UUID(pk), kind, data, at=dt.datetime.fromisoformat(at))


@task(backend="bulk")
def send_webhooks() -> None:
    """Send what waits, and come back when more is due. One that comes late or twice finds nothing left to
    do; `manage.py send_webhooks` makes up for one that was lost."""
    from integrations.webhooks.sending import next_due, send_waiting

    send_waiting()
    then = next_due()
    if then is None or not send_webhooks.get_backend().supports_defer:
        return
    send_webhooks.using(run_after=max(then, timezone.now())).enqueue()


@task(backend="bulk")
def write_stored_dump(dump_id: int) -> None:
    """Write a dump that waits, or that its worker left behind, and come back to delete it when its time
    is over. As long as it is not certain that nobody is at work, come back later."""
    from integrations.dumping.running import run_dump, take_up
    from integrations.models import DataDump

    dump = DataDump.objects.filter(pk=dump_id).first()
    if dump is None:
        return
    take_up(dump)
    run_dump(dump)
    dump.refresh_from_db()
    if dump.is_live and write_stored_dump.get_backend().supports_defer:
        then = dump.progress_at + DataDump.STALLED_AFTER + dt.timedelta(seconds=1)
        write_stored_dump.using(run_after=then).enqueue(dump.pk)
    if dump.expires_at is not None and delete_expired_dumps.get_backend().supports_defer:
        delete_expired_dumps.using(run_after=dump.expires_at).enqueue()


@task(backend="bulk")
def delete_expired_dumps() -> None:
    """`manage.py dump_data --expire` does the same, should this one be lost."""
    from integrations.dumping.running import delete_expired

    delete_expired(at=timezone.now())
