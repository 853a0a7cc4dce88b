"""What a file is: by its first bytes, held against its name. Neither alone is believed.

A name may say anything, and the first bytes of a picture may be followed by a page of HTML. What is not
in this table is handed out as bytes to be kept, never as something that a browser shows.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

# So much of a file tells what it is.
HEAD = 4096
UNKNOWN = "application/octet-stream"

# What browsers take for HTML when they guess (https://mimesniff.spec.whatwg.org/), XML, and SVG.
_MARKUP = re.compile(
    rb"[\s\x00]*<(?:!doctype|\?xml|\?php|!--|"
    rb"(?:html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|svg|meta|link|img|object|embed)"
    rb"[\s/>])",
    re.I,
)
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def is_markup(head: bytes) -> bool:
    """Whether a browser that guesses would run it as a page."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            head = head[2:].decode(encoding, "ignore").encode()
    return _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def is_text(head: bytes) -> bool:
    """Words in UTF-8, UTF-16 with a mark, or an older code page; and no page or document."""
    if is_markup(head) or head.startswith((b"%PDF-", b"{\\rtf")):
        return False
    return head.startswith((b"\xff\xfe", b"\xfe\xff")) or _NO_TEXT.search(head) is None


def _starts(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(marks)


def _is_mp3(head: bytes) -> bool:
    """A tag of ID3, or the sync of a frame of layer III."""
    return head.startswith(b"ID3") or (
        len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] >> 4 != 15
    )


def _is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp"


def _is_wav(head: bytes) -> bool:
    return head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE"


def _is_webp(head: bytes) -> bool:
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


def _is_avif(head: bytes) -> bool:
    return _is_mp4(head) and head[8:12] in (b"avif", b"avis", b"mif1")


@dataclass(frozen=True, slots=True)
class FileType:
    media_type: str
    fits: Callable[[bytes], bool]
    # A browser may show or play it where it stands; anything else it keeps.
    is_shown: bool = False

    @property
    def is_zip(self) -> bool:
        return self.fits is _is_zip


_is_zip = _starts(b"PK\x03\x04")
_OFFICE = "application/vnd.openxmlformats-officedocument"

TYPES = {
    "avif": FileType("image/avif", _is_avif, is_shown=True),
    "gif": FileType("image/gif", _starts(b"GIF87a", b"GIF89a"), is_shown=True),
    "jpeg": FileType("image/jpeg", _starts(b"\xff\xd8\xff"), is_shown=True),
    "jpg": FileType("image/jpeg", _starts(b"\xff\xd8\xff"), is_shown=True),
    "png": FileType("image/png", _starts(b"\x89PNG\r\n\x1a\n"), is_shown=True),
    "webp": FileType("image/webp", _is_webp, is_shown=True),
    "flac": FileType("audio/flac", _starts(b"fLaC"), is_shown=True),
    "m4a": FileType("audio/mp4", _is_mp4, is_shown=True),
    "mp3": FileType("audio/mpeg", _is_mp3, is_shown=True),
    "mp4": FileType("video/mp4", _is_mp4, is_shown=True),
    "ogg": FileType("audio/ogg", _starts(b"OggS"), is_shown=True),
    "opus": FileType("audio/ogg", _starts(b"OggS"), is_shown=True),
    "wav": FileType("audio/wav", _is_wav, is_shown=True),
    "webm": FileType("video/webm", _starts(b"\x1a\x45\xdf\xa3"), is_shown=True),
    "vtt": FileType("text/vtt; charset=utf-8", is_text, is_shown=True),
    "pdf": FileType("application/pdf", _starts(b"%PDF-"), is_shown=True),
    "csv": FileType("text/csv; charset=utf-8", is_text),
    "txt": FileType("text/plain; charset=utf-8", is_text),
    "rtf": FileType("application/rtf", _starts(b"{\\rtf")),
    "docx": FileType(f"{_OFFICE}.wordprocessingml.document", _is_zip),
    "key": FileType("application/vnd.apple.keynote", _is_zip),
    "odt": FileType("application/vnd.oasis.opendocument.text", _is_zip),
    "pptx": FileType(f"{_OFFICE}.presentationml.presentation", _is_zip),
    "xlsx": FileType(f"{_OFFICE}.spreadsheetml.sheet", _is_zip),
    "zip": FileType("application/zip", _is_zip),
}
IMAGES = frozenset({"avif", "gif", "jpeg", "jpg", "png", "webp"})


def ending(name: str) -> str:
    return PurePath(name).suffix.lower().removeprefix(".")


def type_of(name: str, head: bytes) -> FileType | None:
    """What a file of this name and with these first bytes is; None where the two do not agree, or we do
    not know it."""
    found = TYPES.get(ending(name))
    return found if found is not None and found.fits(head) else None
