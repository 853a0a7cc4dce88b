"""Puts a package away under the hash of its zip: everything of it is there, or nothing.

`PRIVATE_ROOT/packages/<hash>/` holds `package.zip` as it was uploaded and, in `files/`, what was in it.
Both are made in a folder beside, which gets its name by one rename.
"""

import hashlib
import os
import shutil
import tempfile
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from django.core.files.storage import storages
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from content.packages import manifest
from content.packages.archive import PIECE, Limits, RefusedPackage, check, unpack
from content.packages.manifest import Manifest

UNDER_WAY = ".incoming-"
LEFT_BEHIND_AFTER = 6 * 60 * 60  # seconds after which no upload is still under way


@dataclass(frozen=True)
class StoredPackage:
    sha256: str
    size: int
    manifest: Manifest


def folder_of(sha256: str) -> Path:
    return _root() / sha256


def store(upload: IO[bytes], *, limits: Limits | None = None) -> StoredPackage:
    """Check `upload` and put it away; `RefusedPackage` says why not, and then nothing of it is kept.

    The same zip again is found and not written twice.
    """
    limits = limits or Limits.from_settings()
    _remove_left_behind()
    sha256, size = _hash(upload, limits)
    upload.seek(0)
    try:
        with ZipFile(upload) as archive:
            members = check(archive, limits)
            found = _read_manifest(archive, members)
            if not (folder_of(sha256) / "files").is_dir():
                _write(upload, archive, members, sha256)
    except (BadZipFile, LargeZipFile, NotImplementedError, UnicodeError) as problem:
        raise RefusedPackage(
            _(
                "This is no zip file that can be read. Upload the package as the authoring tool made it."
            )
        ) from problem
    return StoredPackage(sha256, size, found)


def remove(sha256: str) -> None:
    shutil.rmtree(folder_of(sha256), ignore_errors=True)


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
    except (zlib.error, EOFError, OSError) as problem:
        raise RefusedPackage(
            _(
                "imsmanifest.xml in the package is damaged. Export the package again and upload that."
            )
        ) from problem
    return manifest.read_manifest(data, names=by_name.keys())


def _write(upload: IO[bytes], archive: ZipFile, members: list[ZipInfo], sha256: str) -> None:
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


def _remove_left_behind() -> None:
    """What an upload left that was killed half-way."""
    for folder in _root().glob(f"{UNDER_WAY}*"):
        if folder.stat().st_mtime < time.time() - LEFT_BEHIND_AFTER:
            shutil.rmtree(folder, ignore_errors=True)
