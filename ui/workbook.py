"""A spreadsheet file (Office Open XML) written as it is sent: memory does not grow with the rows, nothing
waits on the disk, and the first bytes leave before the last row is read.

Sheets are written row by row into a zip whose sizes follow the data. A sheet that is full goes on in the
next one, under the same header.
"""

import datetime as dt
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from typing import IO, Any, cast
from xml.sax.saxutils import escape, quoteattr

# What a spreadsheet program takes.
ROWS_OF_A_SHEET = 1_048_576
LETTERS_OF_A_CELL = 32_767
# A part of a zip without the large format, which not every program reads, ends at 2 GiB.
BYTES_OF_A_SHEET = 1 << 30
# How much is collected before it is handed on.
PORTION = 1 << 16
# Text compresses ten times at the fastest level, at a quarter of the usual one's time.
COMPRESSION = 1

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
FIRST_DAY = dt.datetime(1899, 12, 30)  # noqa: DTZ001 (a sheet knows no zone)
# Before, the two calendars of spreadsheets differ.
FIRST_SURE = dt.date(1900, 3, 1)
DAY, MOMENT, HEAD = 1, 2, 3

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BEGINNING = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    "</sheetView></sheetViews><sheetData>"
)
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


class _Pipe:
    """A file for `zipfile` that cannot be rewound; what was written is taken out piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self.size += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing waits elsewhere."""

    def take(self) -> bytes:
        taken, self._pieces, self.size = b"".join(self._pieces), [], 0
        return taken


def workbook(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The bytes of a workbook with `header` and `rows`, in pieces of about 64 KiB."""
    pipe = _Pipe()
    records = iter(rows)
    head = _row(header, style=HEAD)
    count = 0
    with zipfile.ZipFile(
        cast(IO[bytes], pipe), "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION
    ) as package:
        following: Sequence[Any] | None = next(records, None)
        while following is not None or not count:
            count += 1
            sheet = [] if following is None else chain([following], records)
            with package.open(f"xl/worksheets/sheet{count}.xml", "w") as part:
                part.write((_BEGINNING + head).encode())
                written, size, following = 1, 0, None
                waiting: list[str] = []
                for record in sheet:
                    if written >= ROWS_OF_A_SHEET or size >= BYTES_OF_A_SHEET:
                        following = record
                        break
                    line = _row(record)
                    waiting.append(line)
                    written += 1
                    # A letter is at most four bytes.
                    size += 4 * len(line) if not line.isascii() else len(line)
                    if len(waiting) >= 100:
                        part.write("".join(waiting).encode())
                        waiting.clear()
                        if pipe.size >= PORTION:
                            yield pipe.take()
                part.write(("".join(waiting) + "</sheetData></worksheet>").encode())
            yield pipe.take()
        for name, text in _frame(title, count):
            package.writestr(name, text)
    yield pipe.take()


def _row(values: Sequence[Any], *, style: int = 0) -> str:
    return f"<row>{''.join([_cell(value, style) for value in values])}</row>"


def _cell(value: Any, style: int) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float | Decimal):
        return f"<c><v>{value}</v></c>" if math.isfinite(value) else "<c/>"
    if isinstance(value, dt.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(dt.UTC).replace(tzinfo=None)
        if value.date() >= FIRST_SURE:
            since = value - FIRST_DAY
            return f'<c s="{MOMENT}"><v>{since.days + since.seconds / 86400!r}</v></c>'
    elif isinstance(value, dt.date) and value >= FIRST_SURE:
        return f'<c s="{DAY}"><v>{(value - FIRST_DAY.date()).days}</v></c>'
    # A cut in the middle of an escaped letter would spoil the file: cut before.
    text = escape(FORBIDDEN.sub("", str(value))[:LETTERS_OF_A_CELL])
    if not text:
        return "<c/>"
    mark = f' s="{style}"' if style else ""
    return f'<c{mark} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _frame(title: str, count: int) -> Iterator[tuple[str, str]]:
    """The parts beside the sheets."""
    name = re.sub(r"[\[\]:*?/\\'\s\x00-\x1f]+", " ", title).strip()[:25] or "Sheet"
    names = [name if number == 1 else f"{name} {number}" for number in range(1, count + 1)]
    sheets = "".join(
        f'<sheet name={quoteattr(each)} sheetId="{number}" r:id="rId{number}"/>'
        for number, each in enumerate(names, 1)
    )
    yield (
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
    )
    parts = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" '
        f'Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, count + 1)
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{parts}'
        f'<Relationship Id="rId{count + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        "</Relationships>",
    )
    yield "xl/styles.xml", _STYLES
    yield (
        "_rels/.rels",
        f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    )
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" '
        f'ContentType="{_TYPE}.worksheet+xml"/>'
        for number in range(1, count + 1)
    )
    yield (
        "[Content_Types].xml",
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{overrides}</Types>',
    )
