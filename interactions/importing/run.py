"""One import, from where it stands to the end of its file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interactions.importing.reading import Line, UnreadableFile, read_lines
from interactions.importing.rows import RowRejected, parse_line
from interactions.importing.writing import NumberedRow, Tally, write_rows
from interactions.models import ImportRejection, ImportRun, private_storage
from people.audit import record

BATCH_LINES = 500
BATCH_BYTES = 16 * 1024 * 1024


class TakenOver(Exception):
    """The run was stopped, or is carried on by another process: this one has to let go of it."""


def run_import(
    run: ImportRun,
    *,
    stream: IO[bytes] | None = None,
    batch: int = BATCH_LINES,
    should_stop: Callable[[], bool] = lambda: False,
    after_batch: Callable[[ImportRun], None] = lambda run: None,
) -> ImportRun:
    """Import what `run` has not read yet, of `stream` or else of its stored file.

    Every batch is one transaction of a fixed number of queries that also saves the counters and the
    place, so a killed run goes on exactly behind its last batch, and two processes at the same run
    cannot both have one. Between batches it stops when asked to, by `request_stop` or `should_stop`.
    Does nothing unless the run is waiting. What the file does wrong ends in the run's `failure`; an
    error of the program marks the run failed, and is raised.
    """
    now = timezone.now()
    claimed = ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.WAITING).update(
        state=ImportRun.State.RUNNING, progress_at=now
    )
    run.refresh_from_db()
    if not claimed:
        return run
    try:
        with _opened(run, stream) as source:
            for lines in _batches(read_lines(source, skip=run.lines_done), lines=batch):
                _import_batch(run, lines)
                after_batch(run)
                if run.stop_requested or should_stop():
                    _finish(run, ImportRun.State.STOPPED)
                    return run
        _finish(run, ImportRun.State.DONE)
    except UnreadableFile as problem:
        _finish(run, ImportRun.State.FAILED, failure=str(problem))
    except TakenOver:
        run.refresh_from_db()
    except Exception:
        _finish(
            run,
            ImportRun.State.FAILED,
            failure=_("An error in the program broke the import off. It can be resumed."),
            keep_file=True,
        )
        raise
    return run


@contextmanager
def _opened(run: ImportRun, stream: IO[bytes] | None) -> Iterator[IO[bytes]]:
    if stream is not None:
        yield stream
        return
    if not run.file:
        raise UnreadableFile(_("The file is not stored here any more."))
    try:
        stored = run.file.open("rb")
    except OSError as error:
        raise UnreadableFile(
            _("The stored file cannot be opened: %(problem)s.")
            % {"problem": error.strerror or error}
        ) from error
    with stored:
        yield stored.file


def _batches(source: Iterator[Line], *, lines: int) -> Iterator[list[Line]]:
    """Group lines by number and by size; what came before an `UnreadableFile` is yielded first."""
    pending: list[Line] = []
    size = 0
    try:
        for line in source:
            pending.append(line)
            size += len(line.content or b"")
            if len(pending) >= lines or size >= BATCH_BYTES:
                yield pending
                pending, size = [], 0
    except UnreadableFile:
        if pending:
            yield pending
        raise
    if pending:
        yield pending


def _import_batch(run: ImportRun, lines: list[Line]) -> None:
    at = timezone.now()
    rows, rejections = _parsed(run, lines)
    with transaction.atomic():
        tally = write_rows(rows, run=run, at=at)
        tally.rejections += rejections
        ImportRejection.objects.bulk_create(tally.rejections)
        _advance(run, to=lines[-1], tally=tally)
    run.refresh_from_db()


def _parsed(run: ImportRun, lines: list[Line]) -> tuple[list[NumberedRow], list[ImportRejection]]:
    rows: list[NumberedRow] = []
    rejections = []
    for line in lines:
        try:
            rows.append((line.number, parse_line(line)))
        except RowRejected as rejected:
            rejections.append(
                ImportRejection(
                    run=run,
                    line=line.number,
                    external_id=rejected.external_id,
                    reason=rejected.reason,
                )
            )
    return rows, rejections


def _advance(run: ImportRun, *, to: Line, tally: Tally) -> None:
    """Save the place and the counts, if the run still stands where this process left it."""
    advanced = ImportRun.objects.filter(
        pk=run.pk, state=ImportRun.State.RUNNING, lines_done=run.lines_done
    ).update(
        lines_done=to.number,
        bytes_done=to.position,
        created_count=run.created_count + tally.created,
        updated_count=run.updated_count + tally.updated,
        unchanged_count=run.unchanged_count + tally.unchanged,
        rejected_count=run.rejected_count + len(tally.rejections),
        progress_at=timezone.now(),
    )
    if not advanced:
        raise TakenOver


def _finish(
    run: ImportRun, state: ImportRun.State, *, failure: str = "", keep_file: bool = False
) -> None:
    """Leave the run in its last state; a file that no resuming can use is removed."""
    at = timezone.now()
    stored = run.file.name if run.file else ""
    is_of_use = keep_file or state == ImportRun.State.STOPPED
    with transaction.atomic():
        finished = ImportRun.objects.filter(
            pk=run.pk, state=ImportRun.State.RUNNING, lines_done=run.lines_done
        ).update(
            state=state,
            failure=failure,
            finished_at=at,
            progress_at=at,
            stop_requested=False,
            **({} if is_of_use else {"file": ""}),
        )
        if finished:
            run.refresh_from_db()
            record("finish_import", by=run.started_by, of=run, after=outcome(run), at=at)
            if stored and not is_of_use:
                transaction.on_commit(partial(private_storage().delete, stored))
    run.refresh_from_db()


def outcome(run: ImportRun) -> dict[str, object]:
    """How a run stands, for the audit log."""
    return {
        "state": run.state,
        "failure": run.failure,
        "lines": run.lines_done,
        "created": run.created_count,
        "updated": run.updated_count,
        "unchanged": run.unchanged_count,
        "rejected": run.rejected_count,
    }
