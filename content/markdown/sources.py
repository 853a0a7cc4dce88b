"""Where a tree of files comes from: a folder, or a zip file. Nothing is unpacked to the disk."""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from django.utils.translation import gettext as _

from content.markdown.reading import Unreadable
from ui.uploads import check_directory

MAX_FILES = 5_000
MAX_FILE_BYTES = 20_000_000
MAX_TREE_BYTES = 500_000_000
# Deflate reaches 1000 to 1 on zeros; words reach 20. Beyond this something is wrong.
MAX_RATIO = 200
MARKDOWN = {".md", ".markdown"}


class Source(Protocol):
    def paths(self) -> list[str]:
        """Every file, as a path with "/" from the root of the tree, sorted. Hidden ones are left out."""

    def read(self, path: str) -> bytes:
        """The contents; raises `Unreadable` for a file that is too large or broken."""


class FolderSource:
    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise Unreadable(_("%(path)s is not a folder.") % {"path": root})
        self.root = root.resolve()

    def paths(self) -> list[str]:
        found = []
        for path in self.root.rglob("*"):
            name = path.relative_to(self.root)
            # A link may lead out of the tree.
            if path.is_symlink() or not path.is_file() or _is_hidden(name.parts):
                continue
            found.append(name.as_posix())
            if len(found) > MAX_FILES:
                raise Unreadable(_too_many())
        return sorted(found)

    def read(self, path: str) -> bytes:
        file = (self.root / path).resolve()
        if not file.is_relative_to(self.root):
            raise Unreadable(_("The path leads out of the tree."))
        if file.stat().st_size > MAX_FILE_BYTES:
            raise Unreadable(_too_large())
        try:
            return file.read_bytes()
        except OSError as error:
            raise Unreadable(_("It cannot be read: %(why)s.") % {"why": error.strerror}) from error


class ZipSource:
    """The members of a zip file, checked before any is read: no path leaves the tree, none is a bomb."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.members: dict[str, zipfile.ZipInfo] = {}
        total = 0
        for member in archive.infolist():
            if member.is_dir():
                continue
            path = _checked_path(member)
            if _is_hidden(PurePosixPath(path).parts):
                continue
            if path in self.members:
                raise Unreadable(_("“%(path)s” is in the archive twice.") % {"path": path})
            total += member.file_size
            self.members[path] = member
            if len(self.members) > MAX_FILES:
                raise Unreadable(_too_many())
            if total > MAX_TREE_BYTES:
                raise Unreadable(
                    _("Unpacked, the archive has more than %(n)d MB.")
                    % {"n": MAX_TREE_BYTES // 1_000_000}
                )
        self.strip = _common_folder(self.members)

    def paths(self) -> list[str]:
        return sorted(path[len(self.strip) :] for path in self.members)

    def read(self, path: str) -> bytes:
        member = self.members[self.strip + path]
        if member.file_size > MAX_FILE_BYTES:
            raise Unreadable(_too_large())
        try:
            with self.archive.open(member) as stream:
                raw = stream.read(MAX_FILE_BYTES + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            EOFError,
            OSError,
            ValueError,
        ) as error:
            raise Unreadable(_("It is damaged in the archive.")) from error
        if len(raw) > MAX_FILE_BYTES:
            raise Unreadable(_too_large())
        return raw


@contextmanager
def open_zip(file: IO[bytes]) -> Iterator[ZipSource]:
    """Open an uploaded archive. Raises `Unreadable` when it is none, or not to be trusted."""
    if fault := check_directory(file):
        raise Unreadable(fault)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Unreadable(
            _("This is not a zip file. Pack the folder with the Markdown files into one.")
        ) from error
    with archive:
        yield ZipSource(archive)


def is_markdown(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in MARKDOWN


def _checked_path(member: zipfile.ZipInfo) -> str:
    name = member.filename
    parts = PurePosixPath(name).parts
    if (
        name.startswith("/")
        or "\\" in member.orig_filename
        or "\x00" in member.orig_filename
        or ".." in parts
        or (parts and ":" in parts[0])
    ):
        raise Unreadable(
            _("“%(path)s” leads out of the archive. Nothing was imported.") % {"path": name[:120]}
        )
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Unreadable(
            _("“%(path)s” is a link to another file. Pack the files themselves.")
            % {"path": name[:120]}
        )
    if member.flag_bits & 0x1:
        raise Unreadable(_("The archive has a password. Pack it without one."))
    if member.file_size > 1_000_000 and member.file_size > MAX_RATIO * max(member.compress_size, 1):
        raise Unreadable(
            _("“%(path)s” grows more than %(n)d times when unpacked. Nothing was imported.")
            % {"path": name[:120], "n": MAX_RATIO}
        )
    if len(name) > 400:
        raise Unreadable(_("“%(path)s…” is too long a path.") % {"path": name[:120]})
    return str(PurePosixPath(name))


def _common_folder(paths: dict[str, zipfile.ZipInfo]) -> str:
    """The one folder that holds all files, as archives of a repository have it, or nothing."""
    first = {PurePosixPath(path).parts[0] for path in paths}
    if len(first) != 1 or any("/" not in path for path in paths):
        return ""
    return f"{first.pop()}/"


def _is_hidden(parts: tuple[str, ...]) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in parts)


def _too_many() -> str:
    return _("There are more than %(n)d files. Import the tree in parts.") % {"n": MAX_FILES}


def _too_large() -> str:
    return _("The file has more than %(n)d MB.") % {"n": MAX_FILE_BYTES // 1_000_000}
