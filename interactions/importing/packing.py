"""The bytes inside of a file: plain, or compressed with gzip, bzip2, xz or as the one member of a ZIP.

What a file is packed with is told by its first bytes, whatever it is called. Unpacking goes on piece by
piece in constant memory, and breaks off where a file unpacks to absurdly more than it is.
"""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Any, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ui.uploads import check_directory

GZIP_MAGIC = b"\x1f\x8b"
BZIP2_MAGIC = b"BZh"
XZ_MAGIC = b"\xfd7zXZ"
ZIP_MAGIC = b"PK\x03\x04"
# How the first bytes of what people upload by mistake begin, and what to call it.
OTHER_FORMATS = {
    b"\x28\xb5\x2f\xfd": gettext_lazy("compressed with Zstandard"),
    b"7z\xbc\xaf\x27\x1c": gettext_lazy("a 7-Zip archive"),
    b"Rar!": gettext_lazy("a RAR archive"),
    b"%PDF": gettext_lazy("a PDF document"),
    b"\xd0\xcf\x11\xe0": gettext_lazy("an old Excel or Word document; save it as XLSX or CSV"),
}
# Text that repeats itself packs to a hundredth; what packs better than this is made to fill a disk.
MAX_RATIO = 250
UNQUESTIONED_BYTES = 256 * 1024 * 1024
MAX_XZ_MEMORY = 256 * 1024 * 1024
_PIECE = 1 << 16
# What damaged input makes the unpackers raise.
DAMAGE = (gzip.BadGzipFile, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


class UnreadableFile(Exception):
    """Nothing more can be read from the file; the message tells a person why."""


def packing_of(beginning: bytes) -> str:
    """gzip, bzip2, xz, zip or "", by at least the first six bytes. Raises `UnreadableFile` for a
    format that we do not read."""
    for magic, description in OTHER_FORMATS.items():
        if beginning.startswith(magic):
            raise UnreadableFile(
                _(
                    "The file is %(format)s. Expected CSV, XLSX, JSON, JSON Lines, "
                    "e-mail or a chat "
                    "transcript, plain or compressed with gzip, bzip2, xz or ZIP."
                )
                % {"format": description}
            )
    for magic, name in (
        (GZIP_MAGIC, "gzip"),
        (BZIP2_MAGIC, "bzip2"),
        (XZ_MAGIC, "xz"),
        (ZIP_MAGIC, "zip"),
    ):
        if beginning.startswith(magic):
            return name
    return ""


def unpacked(stream: IO[bytes]) -> IO[bytes]:
    """`stream` from its beginning, unpacked. Reading the result raises `UnreadableFile` for a bomb, and
    `EOFError` or one of `DAMAGE` where the file is broken."""
    stream.seek(0)
    beginning = stream.read(8)
    stream.seek(0)
    packing = packing_of(beginning)
    if packing == "gzip":
        inner: IO[bytes] = cast(IO[bytes], gzip.GzipFile(fileobj=stream))
        return _guarded(inner, stream.tell)
    if packing == "bzip2":
        return _guarded(cast(IO[bytes], _Inflating(stream, bz2.BZ2Decompressor)), stream.tell)
    if packing == "xz":
        return _guarded(
            cast(IO[bytes], _Inflating(stream, _xz_decompressor)),
            stream.tell,
        )
    if packing == "zip":
        return _zip_member(stream)
    return stream


def is_workbook(stream: IO[bytes]) -> bool:
    """Whether it is an XLSX file, which is a ZIP archive of a certain content."""
    stream.seek(0)
    if not stream.read(4).startswith(ZIP_MAGIC):
        return False
    if fault := check_directory(stream):
        raise UnreadableFile(fault)
    try:
        with zipfile.ZipFile(stream) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    finally:
        stream.seek(0)


def checked_archive(stream: IO[bytes]) -> zipfile.ZipFile:
    """A ZIP archive whose members, by its own directory, are of believable size. The unpacker never gives
    more than the directory says, so the directory may be trusted in this."""
    if fault := check_directory(stream):
        raise UnreadableFile(fault)
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UnreadableFile(
            _("The ZIP archive is damaged or was not copied completely.")
        ) from error
    for member in archive.infolist():
        if member.flag_bits & 0x1:
            raise UnreadableFile(_("The ZIP archive is encrypted. Unpack it first."))
        if member.file_size > max(UNQUESTIONED_BYTES, MAX_RATIO * member.compress_size):
            raise _bomb()
    return archive


def _zip_member(stream: IO[bytes]) -> IO[bytes]:
    archive = checked_archive(stream)
    members = [member for member in archive.infolist() if not member.is_dir()]
    # What a Mac puts beside each file.
    members = [m for m in members if not m.filename.startswith("__MACOSX/")]
    if len(members) != 1:
        raise UnreadableFile(
            _("The ZIP archive has %(count)s files; expected one. Import them one by one.")
            % {"count": len(members)}
        )
    try:
        inner = archive.open(members[0])
    except (NotImplementedError, RuntimeError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise UnreadableFile(
            _("The ZIP archive cannot be unpacked: %(problem)s.") % {"problem": error}
        ) from error
    return _guarded(inner, lambda: members[0].compress_size)


def _bomb() -> UnreadableFile:
    return UnreadableFile(
        _(
            "The file unpacks to more than %(ratio)s times its size, which no text "
            "does. It was not "
            "read further."
        )
        % {"ratio": MAX_RATIO}
    )


def _guarded(inner: IO[bytes], packed_bytes: Callable[[], int]) -> IO[bytes]:
    return cast(IO[bytes], io.BufferedReader(_Guarded(inner, packed_bytes), _PIECE * 4))


class _Guarded(io.RawIOBase):
    """Passes on what `inner` unpacks, as long as that stands in proportion to what it is unpacked
    from.
    """

    def __init__(self, inner: IO[bytes], packed_bytes: Callable[[], int]) -> None:
        self.inner = inner
        self.packed_bytes = packed_bytes
        self.unpacked = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        # What is there at once: where the file breaks off, everything before has been passed on.
        data = self.inner.read1(len(buffer))  # type: ignore[attr-defined]
        size = len(data)
        buffer[:size] = data
        self.unpacked += size
        if self.unpacked > UNQUESTIONED_BYTES and self.unpacked > MAX_RATIO * max(
            1, self.packed_bytes()
        ):
            raise _bomb()
        return size


def _xz_decompressor() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(memlimit=MAX_XZ_MEMORY)


class _Inflating:
    """Streams behind one another, each unpacked by a decompressor of its own."""

    def __init__(self, stream: IO[bytes], decompressor: Callable[[], Any]) -> None:
        self.stream = stream
        self.decompressor = decompressor
        self.current = decompressor()

    def read1(self, size: int = -1) -> bytes:
        size = _PIECE if size < 0 else size
        while True:
            data = b""
            if self.current.eof:
                data = self.current.unused_data.lstrip(b"\0") or self.stream.read(_PIECE)
                if not data.strip(b"\0"):
                    return b""
                self.current = self.decompressor()
            elif self.current.needs_input and not (data := self.stream.read(_PIECE)):
                raise EOFError
            try:
                unpacked: bytes = self.current.decompress(data, size)
            except OSError as error:  # what the bzip2 decompressor says of damaged data
                raise zlib.error(str(error)) from error
            if unpacked:
                return unpacked
