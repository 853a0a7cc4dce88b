"""Records out of files: tables (CSV, XLSX), JSON as a list, JSON Lines. Constant memory.

`inspect` says what a file is and what it looks like, `read_entries` yields what is in it. Neither
knows what the records mean.
"""

import codecs
import csv
import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import IO, Any, NoReturn

from django.utils.translation import gettext as _

from interactions.importing.packing import (
    DAMAGE,
    UnreadableFile,
    checked_archive,
    is_workbook,
    unpacked,
)
from interactions.importing.reading import (
    MAX_LINE_BYTES,
    Line,
    Place,
    narrow,
    read_lines,
    text_encoding,
)

REASON_COLUMN = "import_reason"
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
SAMPLE_ROWS = 200
MAX_COLUMNS = 500
MAX_SHARED_BYTES = 256 * 1024 * 1024
MAX_CELL = 32_767  # what a cell of a spreadsheet holds
_MAIL = re.compile(
    rb"(?:From |(?:Return-Path|Received|Delivered-To|From|Date|Message-ID|MIME-Version)\s*:)", re.I
)
_CHAT = re.compile(
    r"^\s*(?:\[[^\]\n]{4,40}\]|\(?\d[\d:. /-]{3,24}\)?|[^\n:([]{1,60}\([^)\n]{4,40}\)).{0,60}?\S"
)
_CUES = re.compile(r"^(?:\ufeff)?(?:WEBVTT\b|\d+\s*\n\d+:\d{2}:\d{2}[,.]\d+ -->)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a file, or in `fault` why there is none. `number` is the line, or the row of a sheet,
    on which it begins; `raw` its text where it is no record. `origin` are the records that were made into
    this one, as they stand in the file; `line` is the JSON of the record, where it was a line.
    From `place`, where there is one, the file can be read on."""

    number: int
    position: int
    record: Any = None
    fault: str = ""
    raw: str = ""
    size: int = 0
    origin: tuple[Any, ...] = ()
    line: bytes = b""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file is: `kind` is table, workbook, json, lines, mail, chat or cues. The rest is how
    to read a table.
    """

    kind: str
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    sample: tuple[Any, ...] = field(default=(), compare=False)

    @property
    def is_table(self) -> bool:
        return self.kind in {"table", "workbook"}


def inspect(
    stream: IO[bytes], *, delimiter: str = "", encoding: str = "", sheet: str = ""
) -> Layout:
    """What `stream` is, with the first records as `sample`. What is given is not guessed.

    Raises `UnreadableFile` for what we cannot read at all.
    """
    if is_workbook(stream):
        return _workbook_layout(stream, sheet)
    known = text_encoding(stream)
    told = "cp1252" if known.codec == "cp1252" else "utf-8"
    codec = encoding or told
    notes = [_("Encoding: %(name)s.") % {"name": known.name}]
    if codec != told:
        name = "Windows-1252" if codec == "cp1252" else "UTF-8"
        notes = [_("Encoding: %(name)s, as was said.") % {"name": name}]
    elif known.is_guess:
        notes = [
            _(
                "Encoding: %(name)s; a guess, since nothing in the file says so. Look "
                "at accented letters in the preview."
            )
            % {"name": known.name}
        ]
    head = _first_lines(stream, 60)
    text = b"".join(line.content or b"" for line in head).decode(codec, "replace")
    beginning = text.lstrip()
    if beginning.startswith("["):
        if _json_value(beginning):
            return _sampled(stream, Layout("json", codec, notes=tuple(notes)))
    elif beginning.startswith("{"):
        first = (head[0].content or b"").strip() if head else b""
        kind = "json" if _is_shell(first, only=len(head) == 1, text=beginning) else "lines"
        return _sampled(stream, Layout(kind, codec, notes=tuple(notes)))
    if _MAIL.match(text.lstrip().encode()):
        return Layout("mail", codec, notes=tuple(notes))
    if _CUES.match(beginning):
        return Layout("cues", codec, notes=tuple(notes))
    found, share = _delimiter(text)
    chosen = delimiter or found
    lines = [line for line in beginning.splitlines() if line.strip()]
    is_chat = lines and sum(bool(_CHAT.match(line)) for line in lines) * 2 > len(lines)
    if is_chat and share > 0.8 and not _CHAT.match(lines[0]):
        is_chat = False  # rows that begin with a number or a date, under a header
    if not delimiter and (is_chat or not chosen):
        spoken = sum(bool(re.match(r"^[^\W\d_][\w .'’-]{0,39}:\s+\S", line)) for line in lines)
        if is_chat or spoken * 2 > len(lines):
            return Layout("chat", codec, notes=tuple(notes))
    if not chosen and len(lines) == 1 and not _is_word(lines[0]):
        raise UnreadableFile(
            _(
                "The file is no format that we know. Expected CSV, XLSX, JSON, JSON "
                "Lines, e-mail or a chat transcript."
            )
        )
    chosen = chosen or ","
    notes.append(_("Columns are separated by: %(name)s.") % {"name": delimiter_name(chosen)})
    return _sampled(stream, Layout("table", codec, chosen, notes=tuple(notes)))


def read_entries(
    stream: IO[bytes], layout: Layout, *, after: Place | None = None
) -> Iterator[Entry]:
    """Every record in the order of the file; those behind `after`, which an entry has told."""
    if layout.kind == "table":
        return _table(stream, layout, after)
    if layout.kind == "workbook":
        return _workbook(stream, layout)
    if layout.kind == "json":
        return _json_list(stream)
    return _json_lines(stream, after)


def delimiter_name(delimiter: str) -> str:
    names = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("vertical bar")}
    return names.get(delimiter, f"“{delimiter}”")


# Tables ------------------------------------------------------------------------------------------


class _TooLong(Exception):
    """A row is longer than anything that may be held."""


class _DecodedLines:
    """Lines as text for `csv.reader`. A byte that is no text stays visible as a lone surrogate; a row
    that does not end is broken off."""

    def __init__(self, lines: Iterator[Line], codec: str) -> None:
        self.lines = lines
        self.codec = codec
        self.number = 0
        self.position = 0
        self.size = 0
        self.end = 0

    @property
    def place(self) -> Place | None:
        """Behind the last line; None where that was a blank one inside of a row."""
        return Place(self.number, self.end) if self.end else None

    def __iter__(self) -> "_DecodedLines":
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.number, self.position, self.end = line.number, line.position, line.end
        if line.content is None:
            raise _TooLong
        self.size += len(line.content)
        if self.size > MAX_LINE_BYTES:
            raise _TooLong
        # An empty line inside of quotation marks is passed over by `read_lines`; a mail loses no
        # word by it.
        return line.content.decode(self.codec, "surrogateescape")


def _table(stream: IO[bytes], layout: Layout, after: Place | None = None) -> Iterator[Entry]:
    header: tuple[str, ...] | None = None
    if after and after.offset:
        header = _table_header(stream, layout)
    lines = _DecodedLines(_every_line(stream, after), layout.encoding)
    if after:
        lines.number = after.lines
    with _wide_fields():
        reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
        while True:
            first, lines.size = lines.number + 1, 0
            try:
                cells = next(reader)
            except StopIteration:
                break
            except (_TooLong, csv.Error) as problem:
                if header is None:
                    raise UnreadableFile(
                        _("The first row cannot be read as column names: %(problem)s.")
                        % {"problem": _csv_problem(problem)}
                    ) from problem
                yield Entry(first, lines.position, fault=_csv_problem(problem), place=lines.place)
                continue
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells)
                continue
            yield _row(first, lines.position, header, cells, size=lines.size, place=lines.place)
        if header is None:
            raise UnreadableFile(_("The file is empty."))


def _every_line(stream: IO[bytes], after: Place | None = None) -> Iterator[Line]:
    """As `read_lines`, with the blank lines between: inside of quotation marks they belong to a text."""
    number = after.lines if after else 0
    for line in read_lines(stream, after=after):
        for blank in range(number + 1, line.number):
            # Nobody goes on from here: a row that ends with a blank line goes on from where it began.
            yield Line(blank, b"\n", line.position)
        number = line.number
        yield line


class _wide_fields:
    """The csv module's limit of a field, which is one for the process, at what a row may be."""

    def __enter__(self) -> None:
        if csv.field_size_limit() < MAX_LINE_BYTES:
            csv.field_size_limit(MAX_LINE_BYTES)

    def __exit__(self, *error: object) -> None:
        return None


def _csv_problem(problem: Exception) -> str:
    if isinstance(problem, _TooLong) or "field larger" in str(problem):
        return _(
            "The row is longer than %(limit)s MB, or a quotation mark in it is never closed"
        ) % {"limit": MAX_LINE_BYTES // 1024**2}
    if "unexpected end of data" in str(problem):
        return _("A quotation mark in the row is never closed")
    if "expected after" in str(problem):
        return _(
            "A quotation mark stands inside of a value; expected it doubled, or the "
            "whole value in quotation marks"
        )
    return str(problem)


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names or len(names) > MAX_COLUMNS:
        raise UnreadableFile(
            _("The first row has %(count)s columns; expected 1 to %(limit)s names.")
            % {"count": len(names), "limit": MAX_COLUMNS}
        )
    if not all(map(_is_text, names)):
        raise UnreadableFile(_("The first row holds characters that are no text in this encoding."))
    if REASON_COLUMN in names:
        names = [_unmarked(name) for name in names]
    result: list[str] = []
    for number, name in enumerate(names, start=1):
        name = name[:200] or _("Column %(number)s") % {"number": number}
        twin = 2
        unique = name
        while unique in result:
            unique, twin = f"{name} ({twin})", twin + 1
        result.append(unique)
    return tuple(result)


def _is_text(name: str) -> bool:
    """Whether a database and a page can hold it: no NUL, no half of a character."""
    return not any(sign == "\x00" or "\ud800" <= sign <= "\udfff" for sign in name)


def _row(
    number: int,
    position: int,
    header: tuple[str, ...],
    cells: Sequence[Any],
    *,
    size: int = 0,
    place: Place | None = None,
) -> Entry:
    record = dict(zip(header, cells, strict=False))
    if len(cells) > len(header) and any(
        str(cell).strip() for cell in cells[len(header) :] if cell is not None
    ):
        return Entry(
            number,
            position,
            record,
            fault=_("The row has %(count)s values; expected %(columns)s, one for each column")
            % {"count": len(cells), "columns": len(header)},
            place=place,
        )
    if 1 == len(cells) < len(header) and len(header) > 2:
        return Entry(
            number,
            position,
            record,
            fault=_("The row has 1 value; expected %(columns)s. Is the separator right?")
            % {"columns": len(header)},
            place=place,
        )
    for column, cell in record.items():
        if isinstance(cell, str) and (broken := _broken(cell)):
            return Entry(
                number,
                position,
                {name: _mended(value) for name, value in record.items()},
                fault=_(
                    "Column “%(column)s”: byte %(byte)s is no text in this encoding, "
                    "after “%(before)s”"
                )
                % {"column": column, "byte": f"0x{broken[1]:02x}", "before": broken[0]},
                place=place,
            )
    if REASON_COLUMN in record:
        record = _without_reason(record)
    return Entry(number, position, record, size=size, place=place)


def _without_reason(record: dict[str, Any]) -> dict[str, Any]:
    """A row as it was before it was handed back as rejected: without the reason, and without the
    mark that kept a spreadsheet from computing it."""
    return {
        column: _unmarked(cell) if isinstance(cell, str) else cell
        for column, cell in record.items()
        if column != REASON_COLUMN
    }


def _unmarked(text: str) -> str:
    return text[1:] if re.match(r"'['=+\-@\t\r\n＝＋－＠]", text) else text


def _broken(cell: str) -> tuple[str, int] | None:
    if cell.isascii():
        return None
    found = re.search("[\udc80-\udcff]", cell)
    return (
        (cell[max(0, found.start() - 20) : found.start()], ord(found[0]) - 0xDC00)
        if found
        else None
    )


def _mended(value: Any) -> Any:
    return re.sub("[\ud800-\udfff]", "\ufffd", value) if isinstance(value, str) else value


def _delimiter(text: str) -> tuple[str, float]:
    """What separates the columns: gives the same number of columns, more than one, in most rows; and the
    share of the rows that have it."""
    best, best_score, best_share = "", 0.0, 0.0
    for candidate in DELIMITERS:
        try:
            rows = [
                row
                for row in islice(csv.reader(io.StringIO(text), delimiter=candidate), 40)
                if any(row)
            ]
        except csv.Error:
            continue
        if not rows or len(rows[0]) < 2:
            continue
        if len(rows) > 1:
            rows = rows[:-1] if len(rows) > 2 else rows  # the last one may be cut off
        same = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        score = same * (1 + len(rows[0]) / 1000)
        if score > best_score:
            best, best_score, best_share = candidate, score, same
    return best, best_share


def _is_word(line: str) -> bool:
    return bool(re.fullmatch(r"[\w .-]{1,80}", line.strip()))


# Workbooks ---------------------------------------------------------------------------------------


def _open_workbook(stream: IO[bytes]) -> Any:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    with checked_archive(stream) as archive:
        for member in archive.infolist():
            if (
                member.filename.endswith("sharedStrings.xml")
                and member.file_size > MAX_SHARED_BYTES
            ):
                raise UnreadableFile(
                    _(
                        "The workbook holds more than %(limit)s MB of text. Save the "
                        "sheet as CSV and import that."
                    )
                    % {"limit": MAX_SHARED_BYTES // 1024**2}
                )
    stream.seek(0)
    try:
        return load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        OSError,
        SyntaxError,
        *DAMAGE,
    ) as error:
        raise UnreadableFile(
            _("The workbook is damaged: %(problem)s.") % {"problem": error}
        ) from error


def _workbook_layout(stream: IO[bytes], sheet: str) -> Layout:
    book = _open_workbook(stream)
    try:
        names = tuple(book.sheetnames)
        if sheet and sheet not in names:
            raise UnreadableFile(
                _("The workbook has no sheet “%(name)s”; it has: %(names)s.")
                % {"name": sheet, "names": ", ".join(names)}
            )
    finally:
        book.close()
    layout = Layout("workbook", sheet=sheet or names[0], sheets=names)
    if len(names) > 1:
        layout = replace(
            layout,
            notes=(
                _("Sheet: “%(name)s”, one of %(count)s.")
                % {"name": layout.sheet, "count": len(names)},
            ),
        )
    else:
        layout = replace(layout, notes=(_("Sheet: “%(name)s”.") % {"name": layout.sheet},))
    return _sampled(stream, layout)


def _workbook(stream: IO[bytes], layout: Layout) -> Iterator[Entry]:
    book = _open_workbook(stream)
    number = 0
    try:
        sheet = book[layout.sheet]
        rows = sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS + 1)
        total = max(sheet.max_row or 1, 1)
        size = stream.seek(0, io.SEEK_END)
        header: tuple[str, ...] | None = None
        for number, cells in enumerate(rows, start=1):
            values = [_cell(cell) for cell in cells]
            while values and values[-1] == "":
                values.pop()
            if not values:
                continue
            if header is None:
                header = _header([str(value) for value in values])
                continue
            values += [""] * (len(header) - len(values))
            yield _row(
                number, min(size, size * number // total), header, values, size=64 * len(values)
            )
        if header is None:
            raise UnreadableFile(_("The sheet “%(name)s” is empty.") % {"name": layout.sheet})
    except (zipfile.BadZipFile, SyntaxError, KeyError, EOFError, OSError, *DAMAGE) as error:
        raise UnreadableFile(
            _("The workbook is damaged after row %(row)s: %(problem)s.")
            % {"row": number, "problem": error}
        ) from error
    finally:
        book.close()


def _cell(value: Any) -> Any:
    """A cell as a CSV would have it, times kept as such: a spreadsheet says exactly which they are."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime | dt.date):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


# JSON --------------------------------------------------------------------------------------------


def _json_lines(stream: IO[bytes], after: Place | None = None) -> Iterator[Entry]:
    for line in read_lines(stream, after=after):
        yield json_entry(line)


def json_entry(line: Line) -> Entry:
    """The value on one line, or what is wrong with it."""
    place = Place(line.number, line.end) if line.end else None
    if line.content is None:
        return Entry(
            line.number,
            line.position,
            fault=_("The line is longer than %(limit)s MB.") % {"limit": MAX_LINE_BYTES // 1024**2},
            place=place,
        )
    fault = ""
    try:
        record = json.loads(line.content.rstrip().decode(), parse_constant=no_such_number)
        return Entry(
            line.number,
            line.position,
            record,
            size=len(line.content),
            line=line.content,
            place=place,
        )
    except UnicodeDecodeError as error:
        fault = _("The line is not UTF-8 text: byte %(position)s is %(byte)s.") % {
            "position": error.start + 1,
            "byte": f"0x{line.content[error.start]:02x}",
        }
    except json.JSONDecodeError as error:
        fault = _("The line is not JSON: %(problem)s at character %(position)s.") % {
            "problem": error.msg,
            "position": error.pos + 1,
        }
    except (ValueError, RecursionError) as error:
        fault = _("The line is not JSON: %(problem)s.") % {"problem": error}
    return Entry(
        line.number,
        line.position,
        fault=fault,
        raw=line.content.decode("utf-8", "replace").rstrip("\r\n"),
        size=len(line.content),
        place=place,
    )


def no_such_number(name: str) -> NoReturn:
    raise ValueError(_("%(number)s is not a JSON number") % {"number": name})


class _Text:
    """The characters of a JSON file as they come, with the line one is at. Holds one value at most."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.pieces = _pieces(stream)
        self.text = ""
        self.at = 0
        self.line = 1
        self.position = 0
        self.is_over = False

    def more(self) -> bool:
        """Read on, dropping what was passed. False at the end."""
        if self.is_over:
            return False
        self.line += self.text.count("\n", 0, self.at)
        piece = next(self.pieces, None)
        if piece is None:
            self.is_over = True
            self.text, self.at = self.text[self.at :], 0
            return False
        text, self.position = piece
        self.text, self.at = self.text[self.at :] + text, 0
        return True

    def line_at(self) -> int:
        return self.line + self.text.count("\n", 0, self.at)

    def next_mark(self) -> str:
        """The next character that is no space, without passing it; "" at the end."""
        while True:
            match = _NO_SPACE.search(self.text, self.at)
            if match:
                self.at = match.start()
                return self.text[self.at]
            self.at = len(self.text)
            if not self.more():
                return ""

    def value(self) -> Any:
        """The value that begins here. Raises `ValueError`."""
        wanted = 1 << 16
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
            except (json.JSONDecodeError, RecursionError) as error:
                is_short = len(self.text) - self.at
                if is_short > MAX_LINE_BYTES:
                    raise ValueError(
                        _("a value is longer than %(limit)s MB")
                        % {"limit": MAX_LINE_BYTES // 1024**2}
                    ) from error
                # Twice as much each time, so that a long value is not decoded again for each piece.
                wanted *= 2
                grown = False
                while len(self.text) - self.at < wanted and self.more():
                    grown = True
                if not grown:
                    raise
                continue
            # A number at the end of a piece may go on in the next one.
            if end == len(self.text) and not isinstance(value, dict | list | str) and self.more():
                continue
            self.at = end
            return value


_NO_SPACE = re.compile(r"[^ \t\r\n\ufeff]")
_DECODER = json.JSONDecoder(parse_constant=no_such_number)


def _pieces(stream: IO[bytes]) -> Iterator[tuple[str, int]]:
    """(text, bytes of the stored file read so far); broken bytes become lone surrogates, which no
    row may have.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    stream.seek(0)
    source = narrow(unpacked(stream))
    size = 0
    try:
        while data := source.read(1 << 16):
            size += len(data)
            yield decoder.decode(data), stream.tell()
    except EOFError as error:
        raise UnreadableFile(
            _("The compressed file breaks off: it was not copied completely.")
        ) from error
    except DAMAGE as error:
        raise UnreadableFile(_("The compressed file is damaged.")) from error
    except OSError as error:
        raise UnreadableFile(
            _("The file cannot be read: %(problem)s.") % {"problem": error.strerror or error}
        ) from error
    if not size:
        raise UnreadableFile(_("The file is empty."))


def _json_list(stream: IO[bytes]) -> Iterator[Entry]:
    """The members of a list, or of the first list in an object: {"tickets": [...], "count": 3}.

    A member that is no JSON ends the reading, because nobody can tell where the next one begins.
    """
    text = _Text(stream)
    mark = text.next_mark()
    if mark == "{":
        mark = _enter_list(text)
    if mark != "[":
        raise UnreadableFile(
            _("The file is no JSON list and holds none; expected a list of objects.")
        )
    text.at += 1
    count = 0
    while True:
        mark = text.next_mark()
        if mark == ",":
            text.at += 1
            continue
        if mark == "]":
            return
        count += 1
        line = text.line_at()
        if not mark:
            raise UnreadableFile(
                _("The JSON breaks off after line %(line)s: the list is not closed.")
                % {"line": line}
            )
        try:
            value = text.value()
        except (ValueError, RecursionError) as error:
            if text.is_over:
                raise UnreadableFile(
                    _(
                        "The JSON breaks off in the object that begins on line "
                        "%(line)s, or is wrong there: %(problem)s."
                    )
                    % {"line": line, "problem": getattr(error, "msg", error)}
                ) from error
            raise UnreadableFile(
                _("The JSON cannot be read from line %(line)s on: %(problem)s.")
                % {"line": line, "problem": getattr(error, "msg", error)}
            ) from error
        yield Entry(count, text.position, value, size=4096)


def _enter_list(text: _Text) -> str:
    """Go to the first list that is a value of the outer object."""
    text.at += 1
    while True:
        mark = text.next_mark()
        if mark == ",":
            text.at += 1
            continue
        if mark != '"':
            return mark
        try:
            text.value()
            if text.next_mark() != ":":
                return ""
            text.at += 1
            mark = text.next_mark()
            if mark == "[":
                return mark
            text.value()
        except (ValueError, RecursionError):
            return ""


def _is_shell(line: bytes, *, only: bool, text: str) -> bool:
    """Whether an object is only what surrounds the list that matters."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return _opens_list(text)
    return (
        only
        and isinstance(value, dict)
        and not {"id", "external_id", "helpdesk_ticket"} & set(value)
        and "payload" not in value
        and any(isinstance(v, list) and v and isinstance(v[0], dict) for v in value.values())
    )


def _opens_list(text: str) -> bool:
    """Whether an object over several lines is a shell around a list."""
    return bool(
        re.match(
            r'\{\s*(?:"[^"]*"\s*:\s*(?:"[^"]*"|[\w.+-]+|\{[^{}]*\})\s*,\s*)*"[^"]*"\s*:\s*\[', text
        )
    )


def _json_value(text: str) -> bool:
    """Whether a text that begins with "[" is JSON and not a chat's "[10:32] Ada: …"."""
    return bool(
        re.match(r'\[\s*(?:[\[{"\]]|-?\d+(?:\.\d+)?\s*[,\]]\s*[\[{"\d\]]|null|true|false|$)', text)
    )


# Samples -----------------------------------------------------------------------------------------


def _first_lines(stream: IO[bytes], count: int) -> list[Line]:
    lines: list[Line] = []
    size = 0
    try:
        for line in read_lines(stream):
            lines.append(line)
            size += len(line.content or b"")
            if len(lines) >= count or size > 4 * MAX_LINE_BYTES:
                break
    except UnreadableFile:
        if not lines:
            raise
    return lines


def _sampled(stream: IO[bytes], layout: Layout) -> Layout:
    """`layout` with its first records and, for a table, its columns."""
    sample: list[Any] = []
    try:
        for entry in islice(read_entries(stream, layout), SAMPLE_ROWS):
            if isinstance(entry.record, dict):
                sample.append(entry.record)
    except UnreadableFile:
        if not sample:
            raise
    columns: tuple[str, ...] = ()
    if layout.is_table:
        columns = _columns(stream, layout)
    else:
        names = dict.fromkeys(key for record in sample[:50] for key in record)
        columns = tuple(filter(_is_text, names))
    stream.seek(0)
    return replace(layout, sample=tuple(sample), columns=_known(columns))


def _columns(stream: IO[bytes], layout: Layout) -> tuple[str, ...]:
    """The header alone, also of a table without rows."""
    if layout.kind == "workbook":
        book = _open_workbook(stream)
        try:
            for cells in book[layout.sheet].iter_rows(values_only=True, max_col=MAX_COLUMNS + 1):
                values = [str(_cell(cell)) for cell in cells]
                if any(values):
                    return _header(values)
        finally:
            book.close()
        return ()
    return _table_header(stream, layout) or ()


def _table_header(stream: IO[bytes], layout: Layout) -> tuple[str, ...] | None:
    lines = _DecodedLines(_every_line(stream), layout.encoding)
    with _wide_fields():
        for cells in csv.reader(lines, delimiter=layout.delimiter, strict=True):
            if any(cell.strip() for cell in cells):
                return _header(cells)
    return None


def _known(columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(column for column in columns if column != REASON_COLUMN)
