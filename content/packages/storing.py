"""Puts a package away under the hash of its zip: everything of it is there, or nothing.

`packages/<hash>/` in the private storage holds `package.zip` as it was uploaded and, in `files/`, what
was in it. In a folder of this machine both are made beside, and get their name by one rename. A bucket
cannot rename: there `package.zip` comes last, and without it nothing of the package counts.
"""

import hashlib
import os
import posixpath
import shutil
import tempfile
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from content.packages import manifest
from content.packages.archive import PIECE, Limits, RefusedPackage, check, unpack
from content.packages.manifest import Manifest
from ui.uploads import check_directory

UNDER_WAY = ".incoming-"
LEFT_BEHIND_AFTER = 6 * 60 * 60  # seconds after which no upload is still under way


@dataclass(frozen=True)
class StoredPackage:
    sha256: str
    size: int
    manifest: Manifest


def folder_of(sha256: str) -> Path:
    """Only where the storage is a folder."""
    return _root() / sha256


def file_name(sha256: str, path: str) -> str | None:
    """The name in the storage of the file that a package knows as `path`; None for what leads elsewhere
    or is not there."""
    normal = posixpath.normpath(path)
    if "\0" in path or "\\" in path or normal.startswith(("/", "..")) or normal == ".":
        return None
    storage = storages["private"]
    name = f"packages/{sha256}/files/{normal}"
    if not isinstance(storage, FileSystemStorage):
        return name if storage.exists(name) else None
    root = (folder_of(sha256) / "files").resolve()
    found = (root / normal).resolve()
    return name if found.is_relative_to(root) and found.is_file() else None


def store(upload: IO[bytes], *, limits: Limits | None = None) -> StoredPackage:
    """Check `upload` and put it away; `RefusedPackage` says why not, and then nothing of it is kept.

    The same zip again is found and not written twice.
    """
    limits = limits or Limits.from_settings()
    if _is_folder():
        _remove_left_behind()
    sha256, size = _hash(upload, limits)
    upload.seek(0)
    try:
        with _opened(upload) as archive:
            members = check(archive, limits)
            found = _read_manifest(archive, members)
            if not _is_stored(sha256):
                _write(upload, archive, members, sha256)
    except (BadZipFile, LargeZipFile, NotImplementedError, UnicodeError) as problem:
        raise RefusedPackage(
            _(
                "This is no zip file that can be read. Upload the package as the authoring tool made it."
            )
        ) from problem
    return StoredPackage(sha256, size, found)


def _opened(upload: IO[bytes]) -> ZipFile:
    if fault := check_directory(upload):
        raise RefusedPackage(fault)
    try:
        return ZipFile(upload)
    except (OSError, ValueError) as problem:
        # Its directory points before its beginning: bytes are missing.
        raise BadZipFile(str(problem)) from problem


def remove(sha256: str) -> None:
    if _is_folder():
        shutil.rmtree(folder_of(sha256), ignore_errors=True)
        return
    # First what makes it count, so that a removal that breaks off leaves no half package.
    storage = storages["private"]
    storage.delete(f"packages/{sha256}/package.zip")
    _delete_below(storage, f"packages/{sha256}")


def _delete_below(storage: Storage, folder: str) -> None:
    folders, files = storage.listdir(folder)
    for name in files:
        storage.delete(f"{folder}/{name}")
    for name in folders:
        _delete_below(storage, f"{folder}/{name}")


def _is_folder() -> bool:
    return isinstance(storages["private"], FileSystemStorage)


def _is_stored(sha256: str) -> bool:
    if _is_folder():
        return (folder_of(sha256) / "files").is_dir()
    return storages["private"].exists(f"packages/{sha256}/package.zip")


def _root() -> Path:
    return Path(storages["private"].path("packages"))


def _hash(upload: IO[bytes], limits: Limits) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    upload.seek(0)
    while data := upload.read(PIECE):
        size += len(data)
        if size > limits.upload:
            raise RefusedPackage(
                _(
                    "The file is larger than %(limit)s. Make its videos and pictures smaller, or "
                    "ask your "
                    "administrator to raise the limit."
                )
                % {"limit": filesizeformat(limits.upload)}
            )
        digest.update(data)
    return digest.hexdigest(), size


def _read_manifest(archive: ZipFile, members: list[ZipInfo]) -> Manifest:
    by_name = {member.filename: member for member in members}
    member = by_name.get(manifest.NAME)
    if member is None:
        deeper = [name for name in by_name if name.lower().endswith("/" + manifest.NAME)]
        if deeper:
            raise RefusedPackage(
                _(
                    "imsmanifest.xml is in the folder “%(folder)s” of the zip, not at its top. "
                    "Zip what is "
                    "in that folder, and not the folder itself."
                )
                % {"folder": deeper[0].rpartition("/")[0]}
            )
        raise RefusedPackage(
            _(
                "There is no imsmanifest.xml in this zip, so it is no SCORM package. Choose “SCORM” when "
                "you export it from the authoring tool."
            )
        )
    if member.file_size > manifest.MAX_BYTES:
        raise RefusedPackage(_("imsmanifest.xml is larger or deeper than any course needs."))
    try:
        data = archive.read(member)
    except (BadZipFile, RuntimeError, ValueError, zlib.error, EOFError, OSError) as problem:
        raise RefusedPackage(
            _(
                "imsmanifest.xml in the package is damaged. Export the package again and upload that."
            )
        ) from problem
    return manifest.read_manifest(data, names=by_name.keys())


def _write(upload: IO[bytes], archive: ZipFile, members: list[ZipInfo], sha256: str) -> None:
    if not _is_folder():
        _send(upload, archive, members, sha256)
        return
    root = _root()
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=UNDER_WAY, dir=root))
    try:
        (folder / "files").mkdir()
        unpack(archive, members, folder / "files")
        upload.seek(0)
        with (folder / "package.zip").open("xb") as copy:
            shutil.copyfileobj(upload, copy, PIECE)
        try:
            os.rename(folder, folder_of(sha256))
        except OSError:
            # Somebody uploaded the same zip at the same moment: theirs is as good.
            if not (folder_of(sha256) / "files").is_dir():
                raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _send(upload: IO[bytes], archive: ZipFile, members: list[ZipInfo], sha256: str) -> None:
    storage = storages["private"]
    with tempfile.TemporaryDirectory() as scratch:
        unpack(archive, members, Path(scratch))
        for member in members:
            name = f"packages/{sha256}/files/{member.filename}"
            # What another upload of this zip sent is there whole.
            if not storage.exists(name):
                with (Path(scratch) / member.filename).open("rb") as file:
                    storage.save(name, File(file))
    upload.seek(0)
    if not _is_stored(sha256):
        storage.save(f"packages/{sha256}/package.zip", File(upload))


def _remove_left_behind() -> None:
    """What an upload left that was killed half-way."""
    for folder in _root().glob(f"{UNDER_WAY}*"):
        if folder.stat().st_mtime < time.time() - LEFT_BEHIND_AFTER:
            shutil.rmtree(folder, ignore_errors=True)
