"""A CSV file of people: read, planned, shown, applied."""

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Iterator
from typing import IO, Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.actions import NotAllowed
from integrations.directory.records import FIELDS, PersonRecord, read_person
from integrations.directory.syncing import UNCHANGED, Change, apply, plan, plan_missing
from integrations.models import DirectoryRun
from integrations.permissions import can_manage, can_write_people
from interactions.models import private_storage
from people.audit import record
from people.models import User

MOST_BYTES = 20 * 1024 * 1024
MOST_SHOWN = 5000


class UnreadableFile(Exception):
    """The file as a whole is of no use; the message says why and is shown."""


def read_people(content: bytes) -> Iterator[PersonRecord]:
    """The records of a file, by line numbers. Raises `UnreadableFile` before the first."""
    if len(content) > MOST_BYTES:
        raise UnreadableFile(
            _("The file has more than %(n)d MB.") % {"n": MOST_BYTES // (1024 * 1024)}
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            _("The file is not in UTF-8: byte %(place)d cannot be read. Save it as “CSV UTF-8”.")
            % {"place": error.start + 1}
        ) from None
    if "\x00" in text:
        raise UnreadableFile(_("The file is no text: it contains NUL characters."))
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader)]
    except (StopIteration, csv.Error):
        raise UnreadableFile(_("The file is empty.")) from None
    if "email" not in header:
        raise UnreadableFile(
            _("The first line has no column “email”; it has: %(names)s.")
            % {"names": ", ".join(header)[:200]}
        )
    if len(set(header)) != len(header):
        raise UnreadableFile(_("A column stands twice in the first line."))
    if unknown := sorted(set(header) - set(FIELDS)):
        raise UnreadableFile(
            _("Unknown columns: %(names)s. Known are %(known)s.")
            % {"names": ", ".join(unknown)[:200], "known": ", ".join(FIELDS)}
        )
    return _records(reader, header)


def _records(reader: Any, header: list[str]) -> Iterator[PersonRecord]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableFile(
                _("Line %(line)d cannot be read: %(problem)s.")
                % {"line": reader.line_num, "problem": error}
            ) from None
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            found = PersonRecord(reader.line_num)
            found.faults.append(
                _("The line has %(n)d cells; expected %(expected)d")
                % {"n": len(cells), "expected": len(header)}
            )
            yield found
            continue
        said = {name: cell for name, cell in zip(header, cells, strict=True) if cell.strip()}
        yield read_person(said, number=reader.line_num)


def plan_file(content: bytes, *, by: User, on: dt.date, deactivates: bool) -> list[Change]:
    """What the file would change. Whoever stands in a line that was refused counts as named."""
    records = list(read_people(content))
    if not records:
        raise UnreadableFile(_("There is no person in the file."))
    changes = plan(records, by=by, on=on)
    if deactivates:
        changes += plan_missing({each.email for each in records if each.email}, by=by)
    return changes


def start_run(
    file: IO[bytes], *, name: str, by: User, deactivates: bool, at: dt.datetime | None = None
) -> DirectoryRun:
    """A dry run: kept with its file, to be looked at and applied. Raises `UnreadableFile`."""
    _require(by)
    now = at or timezone.now()
    content = file.read(MOST_BYTES + 1)
    changes = plan_file(content, by=by, on=timezone.localdate(now), deactivates=deactivates)
    run = DirectoryRun(
        source=DirectoryRun.Source.FILE,
        title=name[:255],
        deactivates=deactivates,
        started_by=by,
        created_at=now,
        **_outcome(changes),
    )
    run.file.save("people.csv", ContentFile(content), save=False)
    run.save()
    return run


def apply_run(run: DirectoryRun, *, by: User, at: dt.datetime | None = None) -> DirectoryRun:
    """Do it, worked out anew: what happened since the dry run is taken into account. All or nothing but
    for the lines that are refused. The file is removed."""
    _require(by)
    now = at or timezone.now()
    with transaction.atomic():
        locked = DirectoryRun.objects.select_for_update().get(pk=run.pk)
        if locked.state != DirectoryRun.State.PLANNED or not locked.file:
            raise NotAllowed(_("This was applied already."))
        with locked.file.open("rb") as stored:
            content = stored.read()
        changes = plan_file(
            content, by=by, on=timezone.localdate(now), deactivates=locked.deactivates
        )
        for change in changes:
            apply(change, by=by, at=now)
        outcome = _outcome(changes)
        locked.counts, locked.changes = outcome["counts"], outcome["changes"]
        locked.state, locked.applied_at = DirectoryRun.State.APPLIED, now
        name = locked.file.name
        locked.file = ""
        locked.save()
        record("apply_directory", by=by, of=locked, after=locked.counts, at=now)
        transaction.on_commit(lambda: private_storage().delete(str(name)))
    return locked


def _outcome(changes: list[Change]) -> dict[str, object]:
    shown = [change for change in changes if change.kind != UNCHANGED]
    return {
        "counts": dict(Counter(change.kind for change in changes)),
        "changes": [change.as_json() for change in shown[:MOST_SHOWN]],
    }


def _require(by: User) -> None:
    if not can_manage(by) or not can_write_people(by):
        raise NotAllowed(_("People are synchronised by administrators."))
