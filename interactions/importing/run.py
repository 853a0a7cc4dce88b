"""One import, from where it stands to the end of its file."""

import hashlib
import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import islice
from typing import IO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interactions.importing.plans import records
from interactions.importing.privacy import prepared_rows
from interactions.importing.reading import Place, UnreadableFile
from interactions.importing.rows import MAX_REASON, Row, RowRejected, parse_record
from interactions.importing.sources import Entry
from interactions.importing.spool import SeenIds
from interactions.importing.writing import (
    UNKNOWN_LINE,
    NumberedRow,
    Tally,
    contradiction,
    write_rows,
    written_by,
)
from interactions.models import ImportRejection, ImportRun, private_storage
from people.audit import record
from people.room import is_full

BATCH_LINES = 500
BATCH_BYTES = 16 * 1024 * 1024
MAX_KEPT_ROW = 4 * 1024 * 1024
SECONDS_PER_SIGN = 2.0
_TELLING_BYTES = 1024 * 1024


class TakenOver(Exception):
    """The run was stopped, or is carried on by another process: this one has to let go of it."""


class _Stopped(Exception):
    """Somebody wants the run to stop while its file is read ahead."""


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
    sign = _SignOfLife(run, should_stop, after_batch)
    try:
        with _opened(run, stream) as source, closing(SeenIds()) as seen:
            place = Place(**run.place) if run.place else None
            entries = records(source, run.plan, tick=sign, after=place)
            if place is None:
                _pass_over(run, entries, seen, sign)
            for some in _batches(_judged(run, entries), lines=batch):
                if place is not None:
                    _remember_written(run, some, seen)
                _import_batch(run, some, seen)
                after_batch(run)
                if run.stop_requested or should_stop():
                    _finish(run, ImportRun.State.STOPPED)
                    return run
        if run.rows_done:
            _finish(run, ImportRun.State.DONE)
        else:
            _finish(run, ImportRun.State.FAILED, failure=_("There is no row in this file."))
    except UnreadableFile as problem:
        _finish(run, ImportRun.State.FAILED, failure=str(problem))
    except _Stopped:
        _finish(run, ImportRun.State.STOPPED)
    except TakenOver:
        run.refresh_from_db()
    except Exception as problem:
        _finish(
            run,
            ImportRun.State.FAILED,
            failure=(
                _("There is no room left on the disk. Make room, and resume the import.")
                if is_full(problem)
                else _("An error in the program broke the import off. It can be resumed.")
            ),
            keep_file=True,
        )
        raise
    return run


def digest_of(stream: IO[bytes]) -> str:
    """What tells one file from another without reading a huge one: its size, its beginning and its
    end.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    digest = hashlib.sha256(f"{size}\n".encode())
    digest.update(stream.read(_TELLING_BYTES))
    stream.seek(max(0, size - _TELLING_BYTES))
    digest.update(stream.read(_TELLING_BYTES))
    stream.seek(0)
    return digest.hexdigest()


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


@dataclass(frozen=True, slots=True)
class Judged:
    """An entry with the row that it gives, or else the rejection."""

    entry: Entry
    row: Row | None = None
    rejection: ImportRejection | None = None


class _SignOfLife:
    """Called while a file is read ahead and nothing is written: shows that somebody is at work,
    and breaks off when asked to."""

    def __init__(
        self,
        run: ImportRun,
        should_stop: Callable[[], bool],
        after_batch: Callable[[ImportRun], None],
    ) -> None:
        self.run = run
        self.should_stop = should_stop
        self.after_batch = after_batch
        self.last = time.monotonic()

    def __call__(self, rows: int, position: int) -> None:
        if time.monotonic() - self.last < SECONDS_PER_SIGN:
            return
        self.last = time.monotonic()
        ImportRun.objects.filter(pk=self.run.pk, state=ImportRun.State.RUNNING).update(
            progress_at=timezone.now()
        )
        self.run.refresh_from_db()
        self.after_batch(self.run)
        if self.run.stop_requested or self.should_stop():
            raise _Stopped


def _pass_over(run: ImportRun, entries: Iterator[Entry], seen: SeenIds, sign: _SignOfLife) -> None:
    """Go to where a run stands whose file can only be read from its beginning, remembering which
    ids it has had until there."""
    left = run.rows_done
    while left:
        some = list(islice(entries, min(left, BATCH_LINES)))
        if not some:
            return
        left -= len(some)
        rows = [(each.entry.number, each.row) for each in _judged(run, iter(some)) if each.row]
        seen.first_of([(row.key, line, row.content_hash) for line, row in rows])
        sign(run.rows_done - left, some[-1].position)


def _remember_written(run: ImportRun, batch: list[Judged], seen: SeenIds) -> None:
    """What stands before the place where a run goes on is not read again: of the ids of this batch that
    it has written, what they said first."""
    written = written_by(run, {each.row.key for each in batch if each.row})
    seen.first_of([(key, UNKNOWN_LINE, digest) for key, digest in written.items()])


def _batches(source: Iterator[Judged], *, lines: int) -> Iterator[list[Judged]]:
    """Group entries by number and by size; what came before an `UnreadableFile` is yielded first."""
    pending: list[Judged] = []
    size = 0
    try:
        for judged in source:
            pending.append(judged)
            size += judged.entry.size
            if len(pending) >= lines or size >= BATCH_BYTES:
                yield pending
                pending, size = [], 0
    except UnreadableFile:
        if pending:
            yield pending
        raise
    if pending:
        yield pending


def _import_batch(run: ImportRun, batch: list[Judged], seen: SeenIds) -> None:
    at = timezone.now()
    origins = {each.entry.number: each.entry for each in batch}
    rows = [(each.entry.number, each.row) for each in batch if each.row]
    rejections = [each.rejection for each in batch if each.rejection]
    rows, repeated, refused = _without_repetitions(run, rows, seen, origins)
    rows = prepared_rows(rows)
    with transaction.atomic():
        tally = write_rows(rows, run=run, at=at)
        for rejection in tally.rejections:
            if rejection.line not in tally.not_kept:
                rejection.content = _kept(origins[rejection.line])
        tally.unchanged += repeated
        tally.rejections += rejections + refused
        ImportRejection.objects.bulk_create(tally.rejections)
        _advance(run, to=[each.entry for each in batch], tally=tally)
    run.refresh_from_db()


def _judged(run: ImportRun, entries: Iterator[Entry]) -> Iterator[Judged]:
    for entry in entries:
        try:
            if entry.fault:
                identity = entry.record.get("external_id") if isinstance(entry.record, dict) else ""
                raise RowRejected(entry.fault, str(identity or ""))
            row = parse_record(entry.record)
        except RowRejected as rejected:
            yield Judged(entry, rejection=_rejection(run, entry, rejected))
            continue
        if entry.line:  # A batch of decoded records would be ten times as large.
            entry = replace(entry, record=None)
        yield Judged(entry, row=row)


def _without_repetitions(
    run: ImportRun, rows: list[NumberedRow], seen: SeenIds, origins: dict[int, Entry]
) -> tuple[list[NumberedRow], int, list[ImportRejection]]:
    """(rows whose id the file has for the first time, how many say the same again, those that say
    something else under an id that was there)."""
    repeated = seen.first_of([(row.key, line, row.content_hash) for line, row in rows])
    if not repeated:
        return rows, 0, []
    same = 0
    refused = []
    first_rows = []
    for line, row in rows:
        if line not in repeated:
            first_rows.append((line, row))
            continue
        first_line, digest = repeated[line]
        if digest == row.content_hash:
            same += 1
            continue
        reason = contradiction(row.external_id, first_line=first_line)
        refused.append(_rejection(run, origins[line], RowRejected(reason, row.external_id)))
    return first_rows, same, refused


def _rejection(run: ImportRun, entry: Entry, rejected: RowRejected) -> ImportRejection:
    return ImportRejection(
        run=run,
        line=entry.number,
        external_id=rejected.external_id,
        reason=rejected.reason[:MAX_REASON],
        content=_kept(entry),
    )


def _kept(entry: Entry) -> str:
    """The row for the file of rejected rows; "" for one that is too long to keep."""
    record = json.loads(entry.line) if entry.line else entry.record
    if entry.origin or record is not None:
        kept: dict[str, object] = {"rows": list(entry.origin) or [record]}
    else:
        kept = {"raw": entry.raw}
    if not entry.origin and record is None and not entry.raw:
        return ""
    try:
        content = json.dumps(kept, default=str)
    except (ValueError, RecursionError):
        return ""
    return content if len(content) <= MAX_KEPT_ROW else ""


def _advance(run: ImportRun, *, to: list[Entry], tally: Tally) -> None:
    """Save the place and the counts, if the run still stands where this process left it."""
    advanced = ImportRun.objects.filter(
        pk=run.pk,
        state=ImportRun.State.RUNNING,
        lines_done=run.lines_done,
        created_count=run.created_count,
        updated_count=run.updated_count,
        unchanged_count=run.unchanged_count,
        rejected_count=run.rejected_count,
    ).update(
        lines_done=max(run.lines_done, *(entry.number for entry in to)),
        bytes_done=to[-1].position,
        place=asdict(place) if (place := to[-1].place) else {},
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
