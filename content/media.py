"""What lessons play: which files are which, and whether captions are captions."""

import re

from django.utils.translation import gettext as _
from wagtail.documents.models import AbstractDocument

VIDEO = {"mp4": "video/mp4", "webm": "video/webm"}
AUDIO = {"mp3": "audio/mpeg", "ogg": "audio/ogg", "wav": "audio/wav", "webm": "audio/webm"}
CAPTIONS = {"vtt": "text/vtt; charset=utf-8"}
PLAYED = {**AUDIO, **VIDEO, **CAPTIONS}
# Captions of a feature film are a hundred kilobytes.
MOST_CAPTIONS = 2 * 1024 * 1024
_CUE = re.compile(
    r"(?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3}[ \t]+-->[ \t]+(?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3}"
)


def extension(document: AbstractDocument) -> str:
    return str(document.file_extension).lower()


def what_is_wrong_with(captions: AbstractDocument) -> str:
    """Why a browser would show nothing of a WebVTT file; "" where it would."""
    if extension(captions) not in CAPTIONS:
        return _("Captions are a WebVTT file, whose name ends in .vtt.")
    try:
        with captions.open_file() as stream:
            raw = stream.read(MOST_CAPTIONS + 1)
    except OSError:
        return _("The file is not there any more. Upload it again.")
    if len(raw) > MOST_CAPTIONS:
        return _("These captions are larger than 2 MB.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _("The captions are not written in UTF-8. Save them as UTF-8 and upload them again.")
    if not re.match(r"WEBVTT(?:[ \t\r\n]|$)", text):
        return _("The first line of a WebVTT file is WEBVTT; this one begins differently.")
    if not _CUE.search(text):
        return _("There is no caption in it: a line such as 00:01.000 --> 00:04.000 and its words.")
    return ""
