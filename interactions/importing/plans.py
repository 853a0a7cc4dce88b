"""Records of ours out of any file, by the plan that a run keeps: what the file is, and what in it
means what.

A plan is JSON with a `kind`:

- `native`: the file has our own fields already (docs/importing.md);
- `table`: a CSV or XLSX table, or JSON objects, with a `mapping` (`mapping.Rules`);
- `preset`: objects or tables of a help desk (`presets`), with the name of the `source`;
- `mail`: e-mail, with one's own addresses in `agents` and whether `quotes` are removed;
- `chat`: one conversation as text or subtitles, with its `external_id` and whose names are whose.

and with the `layout` of the file for the first three.
"""

import datetime as dt
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, replace
from hashlib import sha256
from itertools import islice
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any

from django.utils.translation import gettext as _

from interactions.importing.chats import Said, UnreadableChat, names_in, read_chat
from interactions.importing.dates import UnknownOrder, read_moment
from interactions.importing.mails import Mail, read_mails, record_of_thread
from interactions.importing.mapping import Rules, group_key, record_of, said_as_messages
from interactions.importing.packing import DAMAGE, ZIP_MAGIC, checked_archive, is_workbook
from interactions.importing.presets import PRESETS, NotThatLayout, joined
from interactions.importing.reading import (
    MAX_LINE_BYTES,
    Place,
    UnreadableFile,
    read_lines,
    text_encoding,
)
from interactions.importing.sources import Entry, Layout, inspect, read_entries
from interactions.importing.spool import Spool
from interactions.subtitles import UnreadableTranscript, read_cues

Plan = dict[str, Any]
Tick = Callable[[int, int], None]
ROWS_PER_TICK = 1000
MAX_ROWS_OF_ONE = 10_000


def records(
    stream: IO[bytes],
    plan: Plan,
    *,
    tick: Tick = lambda rows, position: None,
    first: int | None = None,
    after: Place | None = None,
) -> Iterator[Entry]:
    """Every interaction of the file, in a fixed order; `record` is as `rows.parse_record` reads it.

    `tick(rows, position)` is called now and then where a whole file is read before the first record
    comes. It may raise, to break off. `first` reads that many rows of the file and no more;
    `after` begins
    behind a place that an entry of the same file and plan has told. Raises `UnreadableFile`.
    """
    kind = plan.get("kind") or "native"
    if kind == "mail":
        return _threads(stream, plan, tick, first)
    if kind == "chat":
        return iter([_chat(stream, plan)])
    if kind == "preset" and plan.get("tables"):
        return _joined_tables(stream, plan, tick)
    entries = read_entries(stream, layout_of(plan), after=after)
    if first is not None:
        entries = islice(entries, first)
    if kind == "table":
        rules = Rules.from_json(plan["mapping"])
        return _grouped(entries, rules, tick) if rules.by_message else _mapped(entries, rules)
    if kind == "preset":
        return _converted(entries, plan)
    return entries


def layout_of(plan: Plan) -> Layout:
    known = plan.get("layout") or {"kind": "lines"}
    return Layout(**{**known, "columns": tuple(known.get("columns", ()))})


def layout_json(layout: Layout) -> dict[str, Any]:
    return {
        "kind": layout.kind,
        "encoding": layout.encoding,
        "delimiter": layout.delimiter,
        "sheet": layout.sheet,
        "columns": list(layout.columns),
    }


def is_native(layout: Layout) -> bool:
    """Whether JSON has our own fields: then nobody needs to say what means what."""
    return layout.kind in {"lines", "json"} and (
        not layout.sample
        or any(
            {"source", "external_id"} & set(record) and "messages" in record
            for record in layout.sample[:20]
        )
        or not any(len(record) > 1 for record in layout.sample[:20])
    )


def table_preset(stream: IO[bytes]) -> str:
    """The help desk whose tables a ZIP archive holds, or ""."""
    stream.seek(0)
    if not stream.read(4).startswith(ZIP_MAGIC) or is_workbook(stream):
        stream.seek(0)
        return ""
    stream.seek(0)
    with checked_archive(stream) as archive:
        names = archive.namelist()
    stream.seek(0)
    for key, preset in PRESETS.items():
        needed = [table.name for table in preset.tables[:2]]
        if needed and all(_table_file(names, name) for name in needed):
            return key
    return ""


def chat_names(stream: IO[bytes], *, order: str = "dmy", zone: str = "") -> list[str]:
    """Who speaks in a chat or in subtitles. Raises `UnreadableFile`."""
    turns, _text = _turns(stream, order=order, zone=zone, day=None)
    return names_in(turns)


# Tables and objects ------------------------------------------------------------------------------


def _mapped(entries: Iterator[Entry], rules: Rules) -> Iterator[Entry]:
    for entry in entries:
        yield (
            _of_rows([(entry.number, entry.record)], rules, entry)
            if _is_row(entry)
            else _as_it_is(entry)
        )


def _is_row(entry: Entry) -> bool:
    return not entry.fault and isinstance(entry.record, dict)


def _as_it_is(entry: Entry) -> Entry:
    fault = entry.fault or _("Expected an object with named values.")
    origin = (entry.record,) if entry.record is not None else ()
    return replace(entry, fault=fault, origin=origin, record=None)


def _of_rows(rows: list[tuple[int, Any]], rules: Rules, entry: Entry) -> Entry:
    record, faults = record_of(rows, rules)
    return replace(
        entry,
        record=record,
        fault=". ".join(faults),
        origin=tuple(row for _number, row in rows),
    )


def _grouped(entries: Iterator[Entry], rules: Rules, tick: Tick) -> Iterator[Entry]:
    """Rows of one interaction wherever they stand. The file is read to its end first; rows without an id,
    and what cannot be read, come at once."""
    count = position = 0
    with closing(Spool()) as spool:
        for entry in entries:
            count, position = count + 1, entry.position
            if not _is_row(entry):
                yield _as_it_is(entry)
                continue
            key = group_key(entry.record, rules)
            if key.endswith("\0"):
                yield _of_rows([(entry.number, entry.record)], rules, entry)
                continue
            spool.add(key, entry.number, json.dumps(entry.record, default=_plain))
            if count % ROWS_PER_TICK == 0:
                tick(count, position)
        for done, (group, is_too_large) in enumerate(spool.groups(), start=1):
            rows = [(number, json.loads(data)) for number, data in group]
            whole = Entry(
                rows[0][0],
                position * done // max(spool.count, 1),
                size=sum(len(d) for _n, d in group),
            )
            if is_too_large or len(rows) > MAX_ROWS_OF_ONE:
                yield replace(
                    whole,
                    fault=_(
                        "The interaction that begins in row %(row)s has too many rows: "
                        "%(count)s or more."
                    )
                    % {"row": rows[0][0], "count": len(rows)},
                )
            else:
                yield _of_rows(rows, rules, whole)


def _plain(value: Any) -> str:
    """Times of a workbook in a form that names everything; without a zone they keep having none."""
    return str(value.isoformat() if isinstance(value, dt.datetime | dt.date) else value)


def _converted(entries: Iterator[Entry], plan: Plan) -> Iterator[Entry]:
    for entry in entries:
        yield _by_preset(entry, plan) if _is_row(entry) else _as_it_is(entry)


def _by_preset(entry: Entry, plan: Plan) -> Entry:
    preset = PRESETS[plan["preset"]]
    try:
        record = preset.convert(entry.record)
    except NotThatLayout as problem:
        fault = _("“%(name)s” is missing; expected an object of %(system)s") % {
            "name": problem,
            "system": preset.label,
        }
    except ValueError as problem:
        fault = _("%(value)s is no time that %(system)s writes") % {
            "value": json.dumps(str(problem)),
            "system": preset.label,
        }
    except (TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        fault = _("The object is not laid out as %(system)s does") % {"system": preset.label}
    else:
        return replace(entry, record={"source": plan["source"], **record}, origin=(entry.record,))
    return replace(entry, record=None, fault=fault, origin=(entry.record,))


def _joined_tables(stream: IO[bytes], plan: Plan, tick: Tick) -> Iterator[Entry]:
    """A ZIP archive of CSV tables: the rows of the first one, each with what belongs to it in the
    others.
    """
    preset = PRESETS[plan["preset"]]
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    with (
        checked_archive(stream) as archive,
        closing(sqlite3.connect("", isolation_level=None)) as store,
    ):
        store.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;"
        )
        store.execute("BEGIN")
        files = {}
        store.execute("CREATE TABLE faults (fault TEXT, data TEXT)")
        for table in preset.tables:
            store.execute(
                f"CREATE TABLE {table.role} (key TEXT, number INTEGER, newest TEXT, id "
                f"TEXT, data TEXT)"
            )
            name = _table_file(archive.namelist(), table.name)
            if not name:
                continue
            files[table.role] = name
            for count, entry in enumerate(_member(archive, name), start=1):
                row = entry.record if _is_row(entry) else {}
                if entry.fault:
                    said = f"{name}, {_('row')} {entry.number}: {entry.fault}"
                    store.execute(
                        "INSERT INTO faults VALUES (?, ?)", (said, json.dumps(entry.record))
                    )
                    continue
                store.execute(
                    f"INSERT INTO {table.role} VALUES (?, ?, ?, ?, ?)",  # noqa: S608 - our own names
                    (
                        str(row.get(table.key, "")),
                        entry.number,
                        str(row.get(table.newest, "")),
                        str(row.get("id", "")),
                        json.dumps(row),
                    ),
                )
                if count % ROWS_PER_TICK == 0:
                    tick(count, 0)
            # The history of a row keeps its newest state only.
            if table.newest:
                store.execute(f"CREATE INDEX {table.role}_id ON {table.role} (id, newest)")
                store.execute(
                    f"DELETE FROM {table.role} WHERE EXISTS"  # noqa: S608 - our own names
                    f" (SELECT 1 FROM {table.role} other WHERE other.id = {table.role}.id AND"
                    f" (other.newest, other.number) > ({table.role}.newest, {table.role}.number))"
                )
            store.execute(f"CREATE INDEX {table.role}_key ON {table.role} (key)")
        if "main" not in files:
            raise UnreadableFile(
                _("The archive has no table “%(name)s”.") % {"name": preset.tables[0].name}
            )

        def person(role: str, identity: Any) -> dict[str, Any]:
            if identity in (None, "") or not any(table.role == role for table in preset.tables):
                return {}
            found = store.execute(
                f"SELECT data FROM {role} WHERE key = ? LIMIT 1",  # noqa: S608 - our own names
                (str(identity),),
            ).fetchone()
            return json.loads(found[0]) if found else {}

        total = store.execute("SELECT count(*) FROM main").fetchone()[0]
        rows = store.execute("SELECT number, id, data FROM main ORDER BY number")
        last = 0
        for done, (number, identity, data) in enumerate(rows, start=1):
            main = json.loads(data)
            comments = [
                json.loads(comment)
                for (comment,) in store.execute(
                    "SELECT data FROM comments WHERE key = ? ORDER BY number LIMIT ?",
                    (identity, MAX_ROWS_OF_ONE),
                )
            ]
            last = number
            comments.sort(key=lambda each: str(each.get("created_at") or each.get("created") or ""))
            whole = joined(plan["preset"], main, comments, person)
            entry = _by_preset(
                Entry(number, size * done // max(total, 1), whole, size=len(data)), plan
            )
            yield replace(entry, origin=(whole,))
        if "comments" in files:
            orphans = store.execute(
                "SELECT number, key, data FROM comments WHERE key NOT IN (SELECT id "
                "FROM main) ORDER BY number"
            )
            for number, key, data in orphans.fetchall():  # the faults go into the same store
                said = _(
                    "%(file)s, row %(row)s, column “%(column)s” is %(value)s; expected "
                    "an id of %(main)s"
                ) % {
                    "file": files["comments"],
                    "row": number,
                    "column": preset.tables[1].key,
                    "value": json.dumps(key),
                    "main": files["main"],
                }
                store.execute("INSERT INTO faults VALUES (?, ?)", (said, data))
        found = store.execute("SELECT fault, data FROM faults ORDER BY rowid")
        for number, (said, data) in enumerate(found, start=last + 1):
            yield Entry(number, size, fault=said, origin=(json.loads(data),))


def _table_file(names: list[str], table: str) -> str:
    return next(
        (name for name in names if re.search(rf"(?:^|/){table}(?:_data|s)?\.csv$", name, re.I)), ""
    )


def _member(archive: zipfile.ZipFile, name: str) -> Iterator[Entry]:
    """The rows of one table of an archive, out of a copy on disk: it has to be read from its beginning
    more than once."""
    with TemporaryFile() as copy:
        try:
            with archive.open(name) as member:
                copyfileobj(member, copy)
        except (EOFError, OSError, RuntimeError, ValueError, *DAMAGE) as error:
            raise UnreadableFile(
                _("“%(name)s” in the ZIP archive is damaged.") % {"name": name}
            ) from error
        yield from read_entries(copy, inspect(copy, delimiter=","))


# Mail and chat -----------------------------------------------------------------------------------


def _threads(
    stream: IO[bytes], plan: Plan, tick: Tick, first: int | None = None
) -> Iterator[Entry]:
    """Mails that answer one another are one interaction, in whatever order they stand in the file.

    A mail without references is a thread of its own. Its name is the id of the first mail that the others
    refer to, so that the same thread in another file is the same interaction.
    """
    agents = [each.strip().lower() for each in plan.get("agents", ()) if each.strip()]
    remove = plan.get("quotes", "remove") == "remove"
    position = 0
    with closing(Spool()) as spool:
        store = spool.connection
        store.execute("CREATE TABLE mail (id TEXT PRIMARY KEY, thread TEXT) WITHOUT ROWID")
        store.execute("CREATE INDEX mail_thread ON mail (thread)")
        for count, entry in enumerate(islice(read_mails(stream), first), start=1):
            position = entry.position
            if entry.fault:
                yield entry
                continue
            mail: Mail = entry.record
            ids = list(
                dict.fromkeys([*mail.answers, *([mail.message_id] if mail.message_id else [])])
            )[:200]
            marks = ",".join("?" * len(ids))
            found = store.execute(
                f"SELECT DISTINCT thread FROM mail WHERE id IN ({marks})",  # noqa: S608 - marks only
                ids,
            )
            threads = [thread for (thread,) in found]
            thread = _thread_name(mail, threads, entry.number)
            for other in threads:
                if other != thread:
                    spool.merge(other, thread)
                    store.execute("UPDATE mail SET thread = ? WHERE thread = ?", (thread, other))
            store.executemany(
                "INSERT OR IGNORE INTO mail VALUES (?, ?)", [(each, thread) for each in ids]
            )
            is_twin = mail.message_id and not spool.remember(mail.message_id)
            if not is_twin:
                spool.add(thread, entry.number, json.dumps(asdict(mail)))
            if count % 100 == 0:
                tick(count, position)
        for done, (group, is_too_large, key) in enumerate(spool.named_groups(), start=1):
            number = group[0][0]
            at = position * done // max(spool.count, 1)
            if is_too_large:
                yield Entry(
                    number,
                    at,
                    fault=_("The thread that begins on line %(line)s is too long.")
                    % {"line": number},
                )
                continue
            mails = [_mail(json.loads(data)) for _number, data in group]
            record = record_of_thread(
                mails, source=plan["source"], agents=agents, key=key, remove_quotes=remove
            )
            yield Entry(
                number,
                at,
                record,
                size=sum(len(data) for _number, data in group),
                origin=tuple(asdict(m) for m in mails),
            )


def _thread_name(mail: Mail, known: list[str], number: int) -> str:
    if mail.answers and mail.answers[0] in known:
        return mail.answers[0]
    if known:
        return known[0]
    if mail.answers:
        return mail.answers[0]
    # Without an id of its own a mail is told by what it says.
    said = "\n".join([mail.sender, mail.at, mail.subject, mail.text])
    return mail.message_id or sha256(said.encode("utf-8", "replace")).hexdigest()[:32]


def _mail(data: dict[str, Any]) -> Mail:
    return Mail(
        **{**data, "answers": tuple(data["answers"]), "attachments": tuple(data["attachments"])}
    )


def _chat(stream: IO[bytes], plan: Plan) -> Entry:
    order, zone = plan.get("order", ""), plan.get("zone", "")
    started: dt.datetime | None = None
    try:
        if plan.get("started_at"):
            started = read_moment(plan["started_at"], zone=zone)
        day = dt.date.fromisoformat(plan["started_at"][:10]) if plan.get("started_at") else None
        turns, text = _turns(stream, order=order, zone=zone, day=day)
    except UnknownOrder as error:
        return Entry(
            1,
            0,
            fault=_("The time %(value)s has an unknown order: say whether day or month comes first")
            % {"value": error},
        )
    except ValueError as error:
        return Entry(1, 0, fault=_("The chat cannot be read: %(problem)s") % {"problem": error})
    faults: list[str] = []
    record: dict[str, Any] = {
        "source": plan["source"],
        "external_id": plan["external_id"],
        "channel": plan.get("channel", "chat"),
        "subject": plan.get("subject") or None,
        "started_at": started,
        "ended_at": None,
        "customer": plan.get("customer") or None,
        "agent": plan.get("agent") or None,
    }
    record["messages"] = said_as_messages(
        turns,
        record,
        sides=plan.get("sides", {}),
        fault=lambda name: faults.append(
            _("Nobody said who “%(name)s” is: agent or customer?") % {"name": name}
        ),
    )
    if record["started_at"] is not None:
        record["started_at"] = record["started_at"].isoformat()
    return Entry(
        1, len(text), record, fault=". ".join(faults), raw=text[:2000], size=len(text), origin=()
    )


def _turns(
    stream: IO[bytes], *, order: str, zone: str, day: dt.date | None
) -> tuple[list[Said], str]:
    """Turns of a chat or of subtitles, and the text. Holds one conversation, which is at most 4 MB."""
    codec = text_encoding(stream).line_codec
    pieces = []
    before = size = 0
    for line in read_lines(stream):
        pieces.append("\n" * (line.number - before - 1))
        before = line.number
        size += len(line.content or b"")
        if line.content is None or size > MAX_LINE_BYTES:
            raise UnreadableFile(
                _("The conversation is longer than %(limit)s MB.")
                % {"limit": MAX_LINE_BYTES // 1024**2}
            )
        try:
            pieces.append(line.content.decode(codec))
        except UnicodeDecodeError as error:
            raise UnreadableFile(
                _("Line %(line)s is no text: byte %(byte)s.")
                % {"line": line.number, "byte": f"0x{line.content[error.start]:02x}"}
            ) from error
    text = "".join(pieces)
    if "-->" in text:
        try:
            cues = read_cues(text)
        except UnreadableTranscript as error:
            raise UnreadableFile(str(error)) from error
        return [Said(cue.speaker or "?", cue.text, seconds=cue.start) for cue in cues], text
    try:
        return read_chat(text, order=order, zone=zone, day=day), text
    except UnknownOrder:
        raise
    except UnreadableChat as error:
        raise UnreadableFile(
            _("The chat cannot be read: %(problem)s.") % {"problem": error}
        ) from error
