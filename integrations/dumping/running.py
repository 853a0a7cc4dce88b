"""Full dumps: started, written by the worker, stopped, taken along, deleted."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.actions import NotAllowed
from integrations.dumping.writing import Stopped, tables, write_dump
from integrations.models import DataDump
from integrations.permissions import can_dump
from interactions.models import private_storage
from people.audit import record
from people.models import User

State = DataDump.State
LIVE = (State.WAITING, State.RUNNING)


def start_dump(*, by: User, at: dt.datetime | None = None) -> DataDump:
    """Hand a new dump to the worker. One at a time; one whose writer is gone gives way."""
    from integrations.tasks import write_stored_dump

    _require(by)
    now = at or timezone.now()
    gone = now - DataDump.STALLED_AFTER
    DataDump.objects.filter(state__in=LIVE, progress_at__lt=gone).update(
        state=State.FAILED, failure=_("Whoever wrote it was gone."), finished_at=now
    )
    delete_expired(at=now)
    try:
        with transaction.atomic():
            dump = DataDump.objects.create(
                started_by=by, created_at=now, progress_at=now, tables_total=len(tables())
            )
            record("start_dump", by=by, of=dump, at=now)
            transaction.on_commit(partial(write_stored_dump.enqueue, dump.pk))
    except IntegrityError:
        raise NotAllowed(_("A dump is being written already; wait for it, or stop it.")) from None
    return dump


def take_up(dump: DataDump) -> None:
    """Let a dump wait again whose writer is gone, without what that one wrote."""
    now = timezone.now()
    gone = DataDump.objects.filter(
        pk=dump.pk, state=State.RUNNING, progress_at__lt=now - DataDump.STALLED_AFTER
    )
    if gone.filter(stop_requested=True).update(state=State.STOPPED, finished_at=now):
        return
    if gone.update(state=State.WAITING, tables_done=0, rows_done=0, progress_at=now):
        storage = private_storage()
        if isinstance(storage, FileSystemStorage):
            for half in Path(storage.path("dumps")).glob(f"*/*/*-{dump.pk}.part"):
                half.unlink(missing_ok=True)


def run_dump(dump: DataDump) -> None:
    """Write it into the private storage. The file has its name only when it is whole; one that was
    stopped or failed leaves nothing behind."""
    now = timezone.now()
    waiting = DataDump.objects.filter(pk=dump.pk, state=State.WAITING)
    if not waiting.update(state=State.RUNNING, progress_at=now):
        return
    name = f"dumps/{now:%Y/%m}/evenhand-{now:%Y%m%d-%H%M%S}-{dump.pk}.zip"
    done: dict[str, int] = {}

    def tell(table: str, count: int) -> None:
        done[table] = count
        current = DataDump.objects.filter(pk=dump.pk, state=State.RUNNING, stop_requested=False)
        if not current.update(
            tables_done=len(done) - 1, rows_done=sum(done.values()), progress_at=timezone.now()
        ):
            raise Stopped

    rows = DataDump.objects.filter(pk=dump.pk, state=State.RUNNING)
    storage = private_storage()
    try:
        with _half_written(storage, name) as file:
            counts = write_dump(file, tell=tell)
    except Stopped:
        rows.update(state=State.STOPPED, finished_at=timezone.now())
    except OSError as problem:
        rows.update(state=State.FAILED, failure=str(problem), finished_at=timezone.now())
    except BaseException as problem:
        rows.update(state=State.FAILED, failure=type(problem).__name__, finished_at=timezone.now())
        raise
    else:
        _finish(dump, name, storage, counts)


@contextmanager
def _half_written(storage: Storage, name: str) -> Iterator[IO[bytes]]:
    """A file to write into, which has its name in the storage only once it is whole. In a folder it lies
    beside its place; for a bucket it is written here and then sent."""
    if not isinstance(storage, FileSystemStorage):
        with TemporaryFile() as scratch:
            yield scratch
            scratch.seek(0)
            storage.save(name, File(scratch))
        return
    path = Path(storage.path(name))
    half = path.with_suffix(".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with half.open("wb") as file:
            half.chmod(0o600)
            yield file
        half.replace(path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


def _finish(dump: DataDump, name: str, storage: Storage, counts: dict[str, int]) -> None:
    now = timezone.now()
    finished = DataDump.objects.filter(pk=dump.pk, state=State.RUNNING).update(
        state=State.DONE,
        file=name,
        size=storage.size(name),
        counts=counts,
        tables_done=len(counts),
        rows_done=sum(counts.values()),
        finished_at=now,
        progress_at=now,
        expires_at=now + DataDump.KEPT,
    )
    if not finished:
        storage.delete(name)


def stop_dump(dump: DataDump, *, by: User, at: dt.datetime | None = None) -> None:
    """Ask whoever writes it to stop; one that nobody writes is stopped at once."""
    _require(by)
    now = at or timezone.now()
    with transaction.atomic():
        dump = DataDump.objects.select_for_update().get(pk=dump.pk)
        if not dump.is_live:
            raise NotAllowed(_("This dump is not being written any more."))
        dump.stop_requested = True
        if dump.state == State.WAITING or dump.is_stalled:
            dump.state, dump.finished_at = State.STOPPED, now
        dump.save(update_fields=["stop_requested", "state", "finished_at"])
        record("stop_dump", by=by, of=dump, at=now)


def delete_dump(dump: DataDump, *, by: User, at: dt.datetime | None = None) -> None:
    """Delete the file; that there was one stays on record."""
    _require(by)
    if not _delete(dump, by=by, at=at or timezone.now()):
        raise NotAllowed(_("There is no file to delete."))


def delete_expired(*, at: dt.datetime) -> int:
    """Delete the files whose time is over, and say how many."""
    expired = DataDump.objects.filter(state=State.DONE, expires_at__lte=at)
    return sum(_delete(dump, by=None, at=at) for dump in expired)


def note_download(dump: DataDump, *, by: User, at: dt.datetime | None = None) -> None:
    _require(by)
    if not dump.is_ready(at=at or timezone.now()):
        raise NotAllowed(_("This file is not kept any more. Start a new dump."))
    record("download_dump", by=by, of=dump, after={"bytes": dump.size}, at=at)


def _delete(dump: DataDump, *, by: User | None, at: dt.datetime) -> bool:
    name = dump.file.name
    with transaction.atomic():
        rows = DataDump.objects.filter(pk=dump.pk, state=State.DONE)
        if not rows.update(state=State.DELETED, file=""):
            return False
        record("delete_dump", by=by, of=dump, before={"bytes": dump.size}, at=at)
        if name:
            transaction.on_commit(partial(private_storage().delete, name))
    return True


def _require(by: User) -> None:
    if not can_dump(by):
        raise NotAllowed(_("A full dump is for administrators."))
