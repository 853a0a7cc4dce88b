"""E-mail: messages out of .eml and mbox files, and what each adds to its thread. Pure.

Attachments are named and not kept.
"""

import datetime as dt
import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import getaddresses
from typing import IO, Any

from django.utils.translation import gettext as _

from interactions.importing.html_text import text_of_html
from interactions.importing.reading import read_lines
from interactions.importing.sources import Entry
from interactions.letters import parts_of

MAX_MAIL_BYTES = 32 * 1024 * 1024
_IDS = re.compile(r"<[^<>\s]{1,300}>")
_REPLY = re.compile(r"^\s*(?:(?:re|aw|antw|sv|fwd?|wg|tr)\s*(?:\[\d+\])?\s*:\s*)+", re.I)


@dataclass(frozen=True, slots=True)
class Mail:
    """What one mail says; `at` in ISO, "" where it has no date that can be read."""

    message_id: str
    answers: tuple[str, ...]
    sender: str
    sender_name: str
    subject: str
    at: str
    text: str
    attachments: tuple[str, ...]
    is_automatic: bool


def read_mails(stream: IO[bytes]) -> Iterator[Entry]:
    """Each mail of an mbox, or the one of an .eml; `record` is a `Mail`."""
    lines: list[bytes] = []
    size, begins, after_blank = 0, 1, True
    position = 0
    is_box: bool | None = None
    before = 0
    for line in read_lines(stream):
        # `read_lines` passes over blank lines; here they end the head of a mail.
        for _blank in range(before + 1, line.number):
            if lines and size <= MAX_MAIL_BYTES:
                lines.append(b"\n")
            after_blank = True
        before, position = line.number, line.position
        content = line.content
        if is_box is None:
            is_box = bool(content and content.startswith(b"From "))
        if is_box and after_blank and content and content.startswith(b"From "):
            if lines:
                yield _entry(begins, position, lines, size)
            lines, size, begins = [], 0, line.number
            after_blank = False
            continue
        size += len(content) if content is not None else MAX_MAIL_BYTES + 1
        if content is not None and size <= MAX_MAIL_BYTES:
            lines.append(re.sub(rb"^>(>*From )", rb"\1", content) if is_box else content)
        elif content is None or size > MAX_MAIL_BYTES:
            lines = lines[:200]
        after_blank = False
    if lines or size:
        yield _entry(begins, position, lines, size)


def _entry(number: int, position: int, lines: Sequence[bytes], size: int) -> Entry:
    data = b"".join(lines)
    raw = data[:2000].decode("utf-8", "replace")
    if size > MAX_MAIL_BYTES:
        return Entry(
            number,
            position,
            fault=_("The mail is longer than %(limit)s MB.") % {"limit": MAX_MAIL_BYTES // 1024**2},
            raw=raw,
        )
    try:
        mail = parse_mail(data)
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        IndexError,
        RecursionError,
    ) as error:
        return Entry(
            number,
            position,
            fault=_("The mail cannot be read: %(problem)s.") % {"problem": error},
            raw=raw,
        )
    if not mail.sender:
        return Entry(number, position, fault=_("The mail has no sender (From)."), raw=raw)
    return Entry(number, position, mail, size=size)


def parse_mail(data: bytes) -> Mail:
    message: EmailMessage = email.message_from_bytes(data, policy=email.policy.default)
    senders = getaddresses([_head(message, "From")])
    name, address = next(((n, a) for n, a in senders if "@" in a), ("", ""))
    references = _IDS.findall(_head(message, "References")) or []
    replied = _IDS.findall(_head(message, "In-Reply-To"))
    answers = tuple(dict.fromkeys([*references, *replied]))
    own = _IDS.findall(_head(message, "Message-ID"))
    text, attachments = _content(message)
    automatic = _head(message, "Auto-Submitted").lower()
    return Mail(
        message_id=own[0] if own else "",
        answers=answers,
        sender=address.strip().lower(),
        sender_name=name.strip(),
        subject=_head(message, "Subject").strip(),
        at=_date(message),
        text=text,
        attachments=attachments,
        is_automatic=bool(automatic and automatic != "no"),
    )


def record_of_thread(
    mails: Sequence[Mail], *, source: str, agents: Sequence[str], key: str, remove_quotes: bool
) -> dict[str, Any]:
    """One interaction of the mails of a thread. `agents` are addresses and domains of one's own.

    With `remove_quotes` what a mail quotes falls away where the quoted mail is in the thread itself.
    """
    mails = sorted(mails, key=lambda mail: mail.at or "9")
    times = [dt.datetime.fromisoformat(mail.at) for mail in mails if mail.at]
    start = min(times) if times else None
    here = {mail.message_id for mail in mails if mail.message_id}
    messages: list[dict[str, Any]] = []
    customer: dict[str, str] | None = None
    agent: dict[str, str] | None = None
    for mail in mails:
        is_agent = is_own(mail.sender, agents)
        person = {"email": mail.sender} | ({"name": mail.sender_name} if mail.sender_name else {})
        if mail.is_automatic:
            pass
        elif is_agent:
            agent = agent or person
        else:
            customer = customer or person
        offset = (
            (dt.datetime.fromisoformat(mail.at) - start).total_seconds()
            if mail.at and start
            else None
        )
        words = (
            _without_quotes(mail.text) if remove_quotes and here & set(mail.answers) else mail.text
        )
        message: dict[str, Any] = {
            "speaker": "agent" if is_agent else "customer",
            "text": words,
            "offset_seconds": offset,
        }
        if mail.is_automatic:
            message |= {"speaker": "system", "action": "automatic_reply"}
        if words.strip() or mail.is_automatic:
            messages.append(message)
        for file in mail.attachments:
            messages.append(
                {
                    "speaker": "system",
                    "text": "",
                    "offset_seconds": offset,
                    "action": {
                        "name": "attached_file",
                        "file": file,
                        "by": "agent" if is_agent else "customer",
                    },
                }
            )
    return {
        "source": source,
        "external_id": key.strip("<>")[:200],
        "channel": "email",
        "subject": _REPLY.sub("", mails[0].subject) or None,
        "started_at": start.isoformat() if start else None,
        "ended_at": max(times).isoformat() if times else None,
        "customer": customer,
        "agent": agent,
        "messages": messages,
    }


def is_own(address: str, agents: Sequence[str]) -> bool:
    domain = address.rpartition("@")[2]
    return any(
        address == each
        or domain == each.removeprefix("@")
        or domain.endswith("." + each.removeprefix("@"))
        for each in agents
    )


def _without_quotes(text: str) -> str:
    return re.sub(
        r"\n{3,}", "\n\n", "".join(part.text for part in parts_of(text) if not part.is_quoted)
    ).strip()


def _head(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name) or "").replace("\n", " ")
    except (
        ValueError,
        IndexError,
        TypeError,
        AttributeError,
    ):  # heads that break the parser's rules
        raw = dict(message.raw_items()).get(name, "")
        return str(raw)


def _date(message: EmailMessage) -> str:
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(_head(message, "Date"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        return moment.astimezone(dt.UTC).isoformat()
    except (TypeError, ValueError, IndexError, OverflowError):
        return ""


def _content(message: EmailMessage) -> tuple[str, tuple[str, ...]]:
    """(words, names of what is attached). The plain version where there is one with words."""
    plain: list[str] = []
    html: list[str] = []
    attached: list[str] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        name = part.get_filename()
        if name or part.get_content_disposition() == "attachment" or not kind.startswith("text/"):
            attached.append(name or kind)
        elif kind == "text/html":
            html.append(_decoded(part))
        elif kind == "text/plain":
            plain.append(_decoded(part))
    words = "\n\n".join(text.strip() for text in plain if text.strip())
    if not words:
        words = "\n\n".join(text_of_html(text) for text in html)
    return words.replace("\r\n", "\n").replace("\x00", ""), tuple(
        name.replace("\x00", "")[:200] for name in attached
    )


def _decoded(part: Any) -> str:
    data = part.get_payload(decode=True) or b""
    charset = part.get_content_charset() or "utf-8"
    for codec in (charset, "utf-8", "cp1252"):
        try:
            return str(data.decode(codec))
        except (UnicodeDecodeError, LookupError):
            continue
    return str(data.decode("latin-1"))


def is_mail(record: Any) -> bool:
    return isinstance(record, Mail)
