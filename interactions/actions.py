"""Starting, stopping and resuming imports."""

import datetime as dt
from functools import partial

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interactions.importing.run import outcome
from interactions.models import ImportRun
from interactions.tasks import import_stored_file
from people.audit import record
from people.models import User


class NotAllowed(Exception):
    """The change is not possible as things stand; the message is for the person who asked."""


@transaction.atomic
def start_import(
    file: File | None,
    *,
    file_name: str,
    size: int,
    by: User | None,
    at: dt.datetime | None = None,
) -> ImportRun:
    """Open a run for a file of `size` bytes. A file given is stored and handed to the worker.

    Without one the caller reads the file in place: `run_import(run, stream=…)`.
    """
    at = at or timezone.now()
    run = ImportRun(
        file_name=file_name[-255:],
        bytes_total=size,
        started_by=by,
        created_at=at,
        progress_at=at,
    )
    if file is not None:
        run.file.save(file_name, file, save=False)
    run.save()
    record("start_import", by=by, of=run, after={"file": run.file_name, "bytes": size}, at=at)
    if file is not None:
        transaction.on_commit(partial(import_stored_file.enqueue, run.pk))
    return run


@transaction.atomic
def request_stop(run: ImportRun, *, by: User, at: dt.datetime | None = None) -> None:
    """Stop a run after the batch it is at; at once where nobody is at work on it."""
    at = at or timezone.now()
    run = _locked(run)
    if not run.is_live:
        raise NotAllowed(_("This import is not running any more."))
    if run.state == ImportRun.State.WAITING or run.is_stalled:
        run.state = ImportRun.State.STOPPED
        run.finished_at = at
    else:
        run.stop_requested = True
    run.save(update_fields=["state", "finished_at", "stop_requested"])
    record("stop_import", by=by, of=run, after=outcome(run), at=at)


@transaction.atomic
def resume_import(
    run: ImportRun, *, by: User | None, in_place: bool = False, at: dt.datetime | None = None
) -> ImportRun:
    """Let a stopped, failed or abandoned run go on behind its last batch.

    `in_place` says that the caller holds the file and runs it; otherwise the worker does, which needs
    the stored file.
    """
    at = at or timezone.now()
    run = _locked(run)
    if not run.is_resumable:
        if run.is_live:
            raise NotAllowed(_("This import is still running."))
        raise NotAllowed(_("This import is done."))
    if not run.file and not in_place:
        raise NotAllowed(
            _("This file is not stored here. Resume it where it lies, with the command.")
        )
    before = outcome(run)
    run.state = ImportRun.State.WAITING
    run.failure = ""
    run.stop_requested = False
    run.finished_at = None
    run.progress_at = at
    run.save(update_fields=["state", "failure", "stop_requested", "finished_at", "progress_at"])
    record("resume_import", by=by, of=run, before=before, after=outcome(run), at=at)
    if not in_place:
        transaction.on_commit(partial(import_stored_file.enqueue, run.pk))
    return run


def _locked(run: ImportRun) -> ImportRun:
    return ImportRun.objects.select_for_update().get(pk=run.pk)
