"""A session as a calendar file (RFC 5545)."""

import datetime as dt
from urllib.parse import urlsplit

from django.conf import settings

from training.models import WorkshopSession


def calendar_file(session: WorkshopSession, *, url: str, at: dt.datetime) -> bytes:
    """One event. Its id stays the same, so that a later file changes it in a calendar that has it."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Evenhand//Training//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:session-{session.pk}@{host}",
        f"SEQUENCE:{session.sequence}",
        f"DTSTAMP:{_moment(at)}",
        f"DTSTART:{_moment(session.starts_at)}",
        f"DTEND:{_moment(session.ends_at)}",
        f"SUMMARY:{_text(session.workshop.title)}",
        f"STATUS:{'CANCELLED' if session.is_cancelled else 'CONFIRMED'}",
        f"URL:{url}",
    ]
    where = ", ".join(part for part in (session.place, session.link) if part)
    if where:
        lines.append(f"LOCATION:{_text(where)}")
    if session.workshop.bring:
        lines.append(f"DESCRIPTION:{_text(session.workshop.bring)}")
    lines += ["END:VEVENT", "END:VCALENDAR", ""]
    return b"\r\n".join(_folded(line) for line in lines)


def _moment(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    plain = "".join(c for c in words.replace("\r\n", "\n") if c == "\n" or c.isprintable())
    for sign in ("\\", ";", ","):
        plain = plain.replace(sign, f"\\{sign}")
    return plain.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """No line is longer than 75 bytes; a letter of several bytes stays whole."""
    pieces: list[bytes] = []
    piece = b""
    for letter in line:
        raw = letter.encode()
        if len(piece) + len(raw) > (75 if not pieces else 74):
            pieces.append(piece)
            piece = b""
        piece += raw
    return b"\r\n ".join([*pieces, piece])
