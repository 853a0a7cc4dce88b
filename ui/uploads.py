"""Files that somebody sends: looked at before anything of them is kept.

Every form with a file uses `UploadField`, or calls `check_upload` where the field is somebody else's.
What is refused is refused with a sentence for the person; nothing here unpacks or decodes more than it
has counted first, and nothing reads a large file whole.
"""

import re
import stat
import struct
import zipfile
from collections.abc import Collection
from typing import IO, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image

from ui.filetypes import HEAD, IMAGES, TYPES, ending, is_markup, type_of

MB = 1024 * 1024
# In bytes as well as signs: more no file system keeps, and a title is made from it.
LONGEST_NAME = 200
MOST_MEMBERS = 10_000
MOST_DIRECTORY = 4 * MB
MOST_UNPACKED = 1024 * MB
MOST_RATIO = 200
# Below this a high ratio is only a file of blanks.
RATIO_COUNTS_FROM = MB

# The end of a zip with the longest comment it may have.
_TAIL = 22 + 0xFFFF

_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.I)
_ACTIVE = re.compile(rb"<(?:script|html|svg|iframe)[\s>/]|<!doctype\s+html|<\?php", re.I)
_ARCHIVES = ("7z", "bz2", "gz", "jar", "rar", "tar", "tgz", "xz", "zip")
# What an office file has in it, or it is only a zip with that name.
_INSIDE = {"docx": "word/", "pptx": "ppt/", "xlsx": "xl/", "odt": "mimetype"}


def check_upload(file: File, *, kinds: Collection[str], most: int) -> None:
    """Raise `ValidationError` unless `file` is of one of `kinds`, by its name and its content alike."""
    name = file.name or ""
    check_name(name)
    check_size(file, most)
    if ending(name) not in kinds:
        raise ValidationError(
            _("“%(name)s” is of no kind that is taken here. Those are: %(kinds)s.")
            % {"name": name[:LONGEST_NAME], "kinds": ", ".join(sorted(kinds))}
        )
    check_content(file)


def check_name(name: str) -> None:
    """Django has cut off folders and signs that are not printed already."""
    if len(name.encode(errors="replace")) > LONGEST_NAME:
        raise ValidationError(
            _("The name of the file has more than %(n)d signs. Give it a shorter one.")
            % {"n": LONGEST_NAME}
        )
    if not name.isprintable() or "/" in name or "\\" in name or name.startswith("."):
        raise ValidationError(
            _("The name of the file has signs that names of files do not have. Rename it.")
        )
    if _DEVICE.match(name):
        raise ValidationError(
            _("“%(name)s” is the name of a device on Windows. Rename the file.") % {"name": name}
        )


def check_size(file: File, most: int, *, advice: Any = "") -> None:
    """`advice` is the sentence for a file that is too large, where somebody knows what to do with it."""
    if not file.size:
        raise ValidationError(_("The file is empty."))
    if file.size > most:
        raise ValidationError(
            advice or _("The file is larger than %(most)s."), params={"most": filesizeformat(most)}
        )


def check_content(file: File) -> None:
    """Raise `ValidationError` unless the content is what the name says, all of it and only it."""
    name = ending(file.name or "")
    file.seek(0)
    head = file.read(HEAD)
    found = type_of(file.name or "", head)
    if found is None:
        if is_markup(head):
            raise ValidationError(
                _("This is a web page or a drawing in SVG, which is not taken, whatever its name.")
            )
        raise ValidationError(
            _(
                "The content of this file is not that of a “.%(kind)s” file. Save it as one and upload "
                "that."
            )
            % {"kind": name}
        )
    if found.is_zip:
        _check_zip(file, name)
    elif name in IMAGES:
        _check_image(file)
    if not found.is_zip:
        _check_alone(file, name, head)
    file.seek(0)


def _check_alone(file: File, name: str, head: bytes) -> None:
    """Nothing is hidden in it that another program would take for a file of its own."""
    file.seek(0)
    if zipfile.is_zipfile(_stream(file)):
        raise ValidationError(
            _("There is an archive hidden in this file. Save it anew and upload that.")
        )
    content = head
    if name in IMAGES:
        file.seek(0)
        content = file.read(settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE)
    is_text = name in ("csv", "txt", "vtt")
    if not is_text and _ACTIVE.search(content):
        raise ValidationError(
            _("There is a web page hidden in this file. Save it anew and upload that.")
        )


def _check_image(file: File) -> None:
    """It opens, has few enough points to be worked on, and is whole."""
    file.seek(0)
    try:
        with Image.open(_stream(file)) as image:
            width, height = image.size
            frames = getattr(image, "n_frames", 1)
            if width * height * frames <= settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS:
                # A header may be whole and the rest missing: only reading all of it shows that.
                image.load()
                return
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        pass
    except Exception as damage:  # Its readers raise whatever they come upon.
        raise ValidationError(
            _("This picture is damaged, or of a kind that is not taken.")
        ) from damage
    raise ValidationError(
        _("This picture has more than %(n)d million points. Make it smaller and upload that.")
        % {"n": settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS // 1_000_000}
    )


def _check_zip(file: File, name: str) -> None:
    """By its own directory: nothing is unpacked."""
    if fault := check_directory(file):
        raise ValidationError(fault)
    try:
        with zipfile.ZipFile(_stream(file)) as archive:
            members = archive.infolist()
    except Exception as damage:  # zlib.error, struct.error, UnicodeError and their like
        raise ValidationError(
            _("This archive is damaged. Pack it anew and upload that.")
        ) from damage
    total = 0
    for member in members:
        _check_member(member, name)
        total += member.file_size
        if total > MOST_UNPACKED:
            raise ValidationError(
                _("Unpacked, this archive would take more than %(most)s.")
                % {"most": filesizeformat(MOST_UNPACKED)}
            )
    # Members that share their bytes unpack to far more than the archive has.
    if sum(member.compress_size for member in members) > (file.size or 0):
        raise ValidationError(_("This archive is damaged. Pack it anew and upload that."))
    inside = _INSIDE.get(name, "")
    if not any(member.filename.startswith(inside) for member in members):
        raise ValidationError(
            _(
                "The content of this file is not that of a “.%(kind)s” file. Save it as one and upload "
                "that."
            )
            % {"kind": name}
        )


def check_directory(file: IO[bytes] | File) -> str:
    """What keeps a zip's own directory from being read safely, as a sentence; "" for nothing, also for
    what is no zip at all.

    Python reads all of the directory at once, and a file of 200 MB may hold nothing else.
    """
    file.seek(0, 2)
    start = max(0, file.tell() - _TAIL)
    file.seek(start)
    tail = file.read(_TAIL)
    file.seek(0)
    # Where Python looks: at the very end, or before a comment.
    at = len(tail) - 22
    if at < 0 or tail[at : at + 4] != b"PK\x05\x06" or tail[-2:] != b"\0\0":
        at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        return ""
    count, length = struct.unpack("<HL", tail[at + 10 : at + 16])
    if at >= 76 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        count, length = struct.unpack("<2Q", tail[at - 44 : at - 28])
    if count > MOST_MEMBERS or length > MOST_DIRECTORY:
        return _("The archive has more than %(n)d files.") % {"n": MOST_MEMBERS}
    return ""


def _check_member(member: zipfile.ZipInfo, kind: str) -> None:
    path = member.orig_filename
    shown = {"path": "".join(each if each.isprintable() else "�" for each in path)[:120]}
    parts = path.split("/")
    leads_out = path.startswith("/") or ".." in parts or "\\" in path or path[1:2] == ":"
    if leads_out or not path.isprintable():
        raise ValidationError(_("“%(path)s” leads out of the archive.") % shown)
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ValidationError(_("“%(path)s” in the archive is a link and not a file.") % shown)
    ratio = member.file_size / max(1, member.compress_size)
    if member.file_size > RATIO_COUNTS_FROM and ratio > MOST_RATIO:
        raise ValidationError(
            _("“%(path)s” grows more than %(n)d times when unpacked.") % {**shown, "n": MOST_RATIO}
        )
    if kind == "zip" and ending(path) in _ARCHIVES:
        raise ValidationError(
            _("“%(path)s” is an archive within the archive. Pack its files themselves.") % shown
        )


def _stream(file: File) -> IO[bytes]:
    """The bytes themselves: closing what reads them must not close the upload."""
    stream: IO[bytes] = file.file or file
    return stream


class UploadField(forms.FileField):
    """A file of one of `kinds`, and no larger than `most` bytes. Without `kinds` the content is whoever
    reads it's to judge, and only what no reader of ours could want is refused."""

    def __init__(self, *, kinds: Collection[str] = (), most: int, **options: Any) -> None:
        super().__init__(**options)
        self.kinds, self.most = kinds, most

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if not isinstance(file, File) or file is initial:
            return file
        if self.kinds:
            check_upload(file, kinds=self.kinds, most=self.most)
            return file
        check_name(file.name or "")
        if file.size or not self.allow_empty_file:
            advice = self.error_messages.get("too_large", "")
            check_size(file, self.most, advice=advice)
        check_words(file)
        return file


def check_words(file: File) -> None:
    """Raise `ValidationError` for what is surely no data: pictures, sounds, programs, pages."""
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    for kind, each in TYPES.items():
        is_data = each.is_zip or kind in ("csv", "txt", "vtt", "rtf")
        if not is_data and each.fits(head):
            raise ValidationError(
                _("This is a “.%(kind)s” file, and nothing that can be read here.") % {"kind": kind}
            )
    if _ACTIVE.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()):
        raise ValidationError(_("This is a web page, and nothing that can be read here."))
    if head.startswith((b"MZ", b"\x7fELF")):
        raise ValidationError(_("This is a program, and nothing that can be read here."))
