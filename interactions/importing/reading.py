"""Lines of a JSON Lines file, plain or gzip, in constant memory."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MAX_LINE_BYTES = 4 * 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# How the first bytes of what people upload by mistake begin, and what to call it.
OTHER_FORMATS = {
    b"PK\x03\x04": gettext_lazy("a ZIP archive (or an Excel workbook)"),
    b"BZh": gettext_lazy("compressed with bzip2"),
    b"\xfd7zXZ": gettext_lazy("compressed with xz"),
    b"\x28\xb5\x2f\xfd": gettext_lazy("compressed with Zstandard"),
    b"%PDF": gettext_lazy("a PDF document"),
}


class UnreadableFile(Exception):
    """Nothing more can be read from the file; the message tells a person why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank. `content` is None for a line longer than `MAX_LINE_BYTES`.

    `position` counts the bytes of the stored (compressed) file read so far, for progress only:
    reading ahead makes it run a little in front of the line.
    """

    number: int
    content: bytes | None
    position: int


def read_lines(stream: IO[bytes], *, skip: int = 0) -> Iterator[Line]:
    """Yield the lines of `stream` after the first `skip`, holding one at a time.

    Gzip is told by its first bytes, whatever the file is called. Raises `UnreadableFile` for what is
    no JSON Lines file at all, and where a damaged file breaks off; the lines before it were yielded.
    """
    number = 0
    try:
        stream.seek(0)
        source = _decompressed(stream)
        while raw := source.readline(MAX_LINE_BYTES + 1):
            number += 1
            too_long = len(raw) > MAX_LINE_BYTES and not raw.endswith(b"\n")
            if too_long:
                _skip_rest_of_line(source)
            if number == 1:
                raw = _checked_beginning(raw)
            if number > skip and (too_long or not raw.isspace()) and raw:
                yield Line(number, None if too_long else raw, stream.tell())
    except EOFError as error:
        raise UnreadableFile(
            _("The gzip file breaks off after line %(line)s: it was not copied completely.")
            % {"line": number}
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableFile(
            _("The gzip file is damaged after line %(line)s.") % {"line": number}
        ) from error
    except OSError as error:
        raise UnreadableFile(
            _("The file cannot be read: %(problem)s.") % {"problem": error.strerror or error}
        ) from error
    if number == 0:
        raise UnreadableFile(_("The file is empty."))


def _decompressed(stream: IO[bytes]) -> IO[bytes]:
    beginning = stream.read(6)
    stream.seek(0)
    for magic, description in OTHER_FORMATS.items():
        if beginning.startswith(magic):
            raise UnreadableFile(
                _("The file is %(format)s. Expected JSON Lines, plain or compressed with gzip.")
                % {"format": description}
            )
    if beginning.startswith(GZIP_MAGIC):
        return cast(IO[bytes], gzip.GzipFile(fileobj=stream))
    return stream


def _skip_rest_of_line(source: IO[bytes]) -> None:
    while (piece := source.readline(MAX_LINE_BYTES)) and not piece.endswith(b"\n"):
        pass


def _checked_beginning(raw: bytes) -> bytes:
    """Return the first line without its byte order mark; refuse what cannot be JSON Lines."""
    raw = raw.removeprefix(BYTE_ORDER_MARK)
    if raw.startswith(UTF16_MARKS):
        raise UnreadableFile(_("The file is UTF-16 text. Save it as UTF-8 and try again."))
    if b"\x00" in raw:
        raise UnreadableFile(_("The file is not text. Expected JSON Lines, plain or gzip."))
    if raw.lstrip().startswith(b"["):
        raise UnreadableFile(
            _(
                "The file is one JSON list. Expected JSON Lines: one object per line, without "
                "brackets around them."
            )
        )
    return raw
