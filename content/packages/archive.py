"""What may be in the zip of a package. Everything is asked of the zip's own directory, before a byte is
written; unpacking then holds each member to what that directory said of it."""

import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile, ZipInfo

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

PIECE = 256 * 1024
# Below this a high ratio is only a file of blanks, and no danger.
RATIO_COUNTS_FROM = 1024 * 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"^[A-Za-z]:")
_READABLE = (0, 8)  # stored and deflated: what SCORM allows


class RefusedPackage(ValueError):
    """The file cannot be taken as a package; the text says what was found and what to do."""


@dataclass(frozen=True)
class Limits:
    """Bytes are those after unpacking, but for `upload`. `ratio` is unpacked to packed."""

    upload: int
    files: int
    total: int
    file: int
    ratio: int

    @classmethod
    def from_settings(cls) -> "Limits":
        return cls(**settings.SCORM_LIMITS)


def check(archive: ZipFile, limits: Limits) -> list[ZipInfo]:
    """The files in `archive`, all of them safe to unpack; `RefusedPackage` names the first that
    is not."""
    members = archive.infolist()
    if len(members) > limits.files:
        raise RefusedPackage(
            _(
                "The package has %(n)d files; at most %(limit)d are taken. Leave out what the "
                "course does "
                "not need, or ask your administrator to raise the limit."
            )
            % {"n": len(members), "limit": limits.files}
        )
    files = []
    for member in members:
        _check_name(member)
        if not member.is_dir():
            _check_kind(member)
            _check_size(member, limits)
            files.append(member)
    _check_once(files)
    total = sum(member.file_size for member in files)
    if total > limits.total:
        raise RefusedPackage(
            _(
                "Unpacked, the package would take %(size)s; at most %(limit)s are taken. Make its videos "
                "and pictures smaller, or ask your administrator to raise the limit."
            )
            % {"size": filesizeformat(total), "limit": filesizeformat(limits.total)}
        )
    return files


def unpack(archive: ZipFile, members: Iterable[ZipInfo], into: Path) -> None:
    """Write the checked `members` below `into`. A member that is not what it said is refused."""
    for member in members:
        target = into / member.filename
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with archive.open(member) as source, target.open("xb") as file:
                _copy(source, file, member)
        except (BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as problem:
            if isinstance(problem, RefusedPackage):
                raise
            raise _refuse(
                member,
                _(
                    "“%(name)s” in the package is damaged. Export the package again and upload that."
                ),
            ) from problem
        except Exception as problem:
            # zlib.error and its like have no common ancestor that is narrower.
            raise _refuse(
                member,
                _(
                    "“%(name)s” in the package is damaged. Export the package again and upload that."
                ),
            ) from problem


def _copy(source: IO[bytes], file: IO[bytes], member: ZipInfo) -> None:
    written = 0
    while data := source.read(PIECE):
        written += len(data)
        if written > member.file_size:
            raise _refuse(member, _("“%(name)s” is larger than the package says it is."))
        file.write(data)


def _check_name(member: ZipInfo) -> None:
    # `filename` is already cut at a zero byte; what was really in the zip is `orig_filename`.
    name = member.orig_filename
    if not name or _CONTROL.search(name):
        raise _refuse(
            member, _("The name “%(name)s” in the package has signs that no file name has.")
        )
    parts = name.rstrip("/").split("/")
    if name.startswith("/") or "\\" in name or _DRIVE.match(name) or ".." in parts:
        raise _refuse(
            member,
            _(
                "“%(name)s” in the package points outside of it. A package may only hold paths below its "
                "own folder, with “/” between folders. Export it again from the authoring tool."
            ),
        )
    if "." in parts or "" in parts or len(name) > 900 or max(len(p.encode()) for p in parts) > 240:
        raise _refuse(member, _("The name “%(name)s” in the package cannot be kept as a file."))


def _check_kind(member: ZipInfo) -> None:
    if member.flag_bits & 0x1:
        raise _refuse(
            member,
            _("“%(name)s” in the package is encrypted. Export the package without a password."),
        )
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise _refuse(
            member,
            _(
                "“%(name)s” in the package is a link or a device and not a file. Put the file "
                "itself into "
                "the package."
            ),
        )
    if member.compress_type not in _READABLE:
        raise _refuse(
            member,
            _("“%(name)s” is packed in a way that SCORM does not allow. Make a plain zip of it."),
        )


def _check_size(member: ZipInfo, limits: Limits) -> None:
    if member.file_size > limits.file:
        raise RefusedPackage(
            _(
                "“%(name)s” would take %(size)s unpacked; a single file may have %(limit)s. Make it "
                "smaller, or ask your administrator to raise the limit."
            )
            % {
                "name": member.filename,
                "size": filesizeformat(member.file_size),
                "limit": filesizeformat(limits.file),
            }
        )
    packed = max(1, member.compress_size)
    if member.file_size > RATIO_COUNTS_FROM and member.file_size / packed > limits.ratio:
        raise RefusedPackage(
            _(
                "“%(name)s” unpacks to %(times)d times its size; more than %(limit)d times is "
                "taken for an "
                "attack. Look at how the package was made."
            )
            % {
                "name": member.filename,
                "times": member.file_size // packed,
                "limit": limits.ratio,
            }
        )


def _check_once(files: list[ZipInfo]) -> None:
    names: set[str] = set()
    for member in files:
        if member.filename in names:
            raise _refuse(
                member, _("“%(name)s” is in the package twice. Export the package again.")
            )
        names.add(member.filename)
    for member in files:
        parts = member.filename.split("/")
        for end in range(1, len(parts)):
            if "/".join(parts[:end]) in names:
                raise _refuse(
                    member,
                    _("“%(name)s” lies in a folder that is a file as well. Export it again."),
                )


def _refuse(member: ZipInfo, sentence: str) -> RefusedPackage:
    shown = "".join(sign if sign.isprintable() else "�" for sign in member.orig_filename)
    return RefusedPackage(sentence % {"name": shown[:200]})
