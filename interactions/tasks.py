"""Work for the "bulk" worker: `manage.py db_worker --backend bulk`."""

import datetime as dt
from contextlib import suppress

from django.utils import timezone
from django_tasks import task

from interactions.importing.run import run_import
from interactions.models import ImportRun


@task(backend="bulk")
def import_stored_file(run_id: int) -> None:
    """Import the stored file of a run that waits; a run somebody stopped meanwhile is left alone.

    One that runs already was begun by a worker that died, if it shows no sign of life: it goes on behind
    its last batch. As long as that is not certain, this comes back later.
    """
    run = ImportRun.objects.filter(pk=run_id).first()
    if run is None:
        return
    if run.state != ImportRun.State.RUNNING:
        run_import(run)
    elif not run.is_stalled:
        if import_stored_file.get_backend().supports_defer:
            then = run.progress_at + ImportRun.STALLED_AFTER + dt.timedelta(seconds=1)
            import_stored_file.using(run_after=then).enqueue(run.pk)
    elif run.stop_requested:
        ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.RUNNING).update(
            state=ImportRun.State.STOPPED, finished_at=timezone.now()
        )
    else:
        from interactions.actions import NotAllowed, resume_import

        # Somebody may have resumed it at this moment.
        with suppress(NotAllowed):
            resume_import(run, by=None)


@task(backend="bulk")
def send_surveys() -> None:
    """Mail what waits, and come back when more is due. One that comes late or twice finds nothing left to
    do; `manage.py send_surveys` makes up for one that was lost."""
    from interactions.surveys.sending import next_due, send_waiting

    send_waiting()
    then = next_due()
    if then is None or not send_surveys.get_backend().supports_defer:
        return
    send_surveys.using(run_after=max(then, timezone.now())).enqueue()
