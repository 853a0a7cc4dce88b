"""Lines of a text file, plain or packed, in constant memory."""

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, cast

from django.utils.translation import gettext as _

from interactions.importing.packing import DAMAGE, UnreadableFile, packing_of, unpacked

__all__ = [
    "MAX_LINE_BYTES",
    "Encoding",
    "Line",
    "Place",
    "UnreadableFile",
    "encoding_of",
    "narrow",
    "read_lines",
    "text_encoding",
]

MAX_LINE_BYTES = 4 * 1024 * 1024
SAMPLE_BYTES = 256 * 1024
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES = {"gzip": "gzip", "bzip2": "bzip2", "xz": "xz", "zip": "ZIP"}


@dataclass(frozen=True, slots=True)
class Encoding:
    """How bytes become text. `is_guess` where nothing in the file says so."""

    codec: str
    name: str
    is_guess: bool = False

    @property
    def line_codec(self) -> str:
        """How one line decodes as `read_lines` gives it: wide encodings were made UTF-8 already."""
        return self.codec if self.codec == "cp1252" else "utf-8"


UTF_8 = Encoding("utf-8", "UTF-8")
WINDOWS = Encoding("cp1252", "Windows-1252", is_guess=True)


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank. `content` is None for a line longer than `MAX_LINE_BYTES`.

    `position` counts the bytes of the stored (compressed) file read so far, for progress only:
    reading ahead makes it run a little in front of the line. `end` is exact: where the next line begins
    in the unpacked text.
    """

    number: int
    content: bytes | None
    position: int
    end: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Behind the first `lines` lines of a text, which take `offset` bytes of it when unpacked."""

    lines: int = 0
    offset: int = 0


def encoding_of(beginning: bytes) -> Encoding:
    """The encoding of a text that begins so: by its mark, by its zeros, by being valid UTF-8. What is
    neither is taken for Windows-1252, which says nearly nothing about being right."""
    for mark, codec in _MARKS:
        if beginning.startswith(mark):
            name = codec.removesuffix("-sig").upper()
            return Encoding(codec, _("%(name)s, by its mark") % {"name": name})
    even, odd = beginning[0:400:2], beginning[1:400:2]
    if len(beginning) >= 20 and odd.count(0) > 0.4 * len(odd) and even.count(0) < 0.1 * len(even):
        return Encoding("utf-16-le", "UTF-16", is_guess=True)
    if len(beginning) >= 20 and even.count(0) > 0.4 * len(even) and odd.count(0) < 0.1 * len(odd):
        return Encoding("utf-16-be", "UTF-16", is_guess=True)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError:
        return WINDOWS
    return UTF_8


def text_encoding(stream: IO[bytes]) -> Encoding:
    """The encoding of the (packed) text in `stream`, by its beginning."""
    source = unpacked(stream)
    try:
        beginning = source.read(SAMPLE_BYTES)
    except (EOFError, OSError, *DAMAGE):
        beginning = b""
    if not beginning:  # What there is before the damage says enough.
        source = unpacked(stream)
        pieces: list[bytes] = []
        try:
            while len(pieces) < SAMPLE_BYTES and (piece := source.read(1)):
                pieces.append(piece)
        except (EOFError, OSError, *DAMAGE):
            pass
        beginning = b"".join(pieces)
    stream.seek(0)
    return encoding_of(beginning)


def read_lines(stream: IO[bytes], *, after: Place | None = None) -> Iterator[Line]:
    """Yield the lines of `stream` behind the place `after`, holding one at a time.

    They are UTF-8 where the file is in a Unicode encoding, else as they stand. Raises
    `UnreadableFile` for
    what is no text at all, and where a damaged file breaks off; the lines before it were yielded.
    """
    number = end = 0
    packing = ""
    try:
        stream.seek(0)
        packing = packing_of(stream.read(8))
        source = narrow(unpacked(stream))
        if after and after.offset:
            number, end = after.lines, after.offset
            _go_to(end, source, is_plain=source is stream)
        while raw := source.readline(MAX_LINE_BYTES + 1):
            number += 1
            end += len(raw)
            too_long = len(raw) > MAX_LINE_BYTES and not raw.endswith(b"\n")
            if too_long:
                end += _skip_rest_of_line(source)
            if number == 1:
                raw = raw.removeprefix(codecs.BOM_UTF8)
                if b"\x00" in raw:
                    raise UnreadableFile(
                        _("The file is not text. Expected JSON Lines, CSV or another text format.")
                    )
            if (too_long or not raw.isspace()) and raw:
                yield Line(number, None if too_long else raw, stream.tell(), end)
    except EOFError as error:
        raise UnreadableFile(
            _("The %(packing)s file breaks off after line %(line)s: it was not copied completely.")
            % {"packing": _NAMES.get(packing, ""), "line": number}
        ) from error
    except DAMAGE as error:
        raise UnreadableFile(
            _("The %(packing)s file is damaged after line %(line)s.")
            % {"packing": _NAMES.get(packing, ""), "line": number}
        ) from error
    except OSError as error:
        raise UnreadableFile(
            _("The file cannot be read: %(problem)s.") % {"problem": error.strerror or error}
        ) from error
    if number == 0:
        raise UnreadableFile(_("The file is empty."))


def narrow(source: IO[bytes]) -> IO[bytes]:
    """`source` itself, or what it says in UTF-8 where it is UTF-16 or UTF-32."""
    beginning = b""
    if hasattr(source, "peek"):
        beginning = source.peek(64)[:64]
    elif source.seekable():
        beginning = source.read(64)
        source.seek(0)
    codec = encoding_of(beginning).codec if len(beginning) > 1 else "utf-8"
    if codec.startswith(("utf-16", "utf-32")):
        return cast(IO[bytes], io.BufferedReader(_Recoded(source, codec), 1 << 16))
    return source


class _Recoded(io.RawIOBase):
    """UTF-8 for UTF-16 or UTF-32. Broken characters become broken UTF-8, for the line to be named."""

    def __init__(self, source: IO[bytes], codec: str) -> None:
        self.source = source
        self.decoder = codecs.getincrementaldecoder(codec)(
            "surrogatepass" if codec != "utf-32" else "replace"
        )
        self.ready = b""
        self.is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.ready and not self.is_over:
            data = self.source.read(1 << 15)
            self.is_over = not data
            try:
                text = self.decoder.decode(data, final=self.is_over)
            except UnicodeDecodeError:  # half a character at the end
                text = "\udcff"
            self.ready = text.encode("utf-8", "surrogatepass")
        size = min(len(buffer), len(self.ready))
        buffer[:size], self.ready = self.ready[:size], self.ready[size:]
        return size


def _skip_rest_of_line(source: IO[bytes]) -> int:
    """How many bytes that were."""
    size = 0
    while piece := source.readline(MAX_LINE_BYTES):
        size += len(piece)
        if piece.endswith(b"\n"):
            break
    return size


def _go_to(offset: int, source: IO[bytes], *, is_plain: bool) -> None:
    if is_plain:
        source.seek(offset)
        return
    while offset and (piece := source.read(min(offset, 1 << 20))):
        offset -= len(piece)
