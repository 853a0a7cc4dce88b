"""One line of an import file, judged: a `Row` that fits the tables, or the reasons why not. Pure.

A record is an object with `source`, `external_id`, `channel` and `messages`; the list may be empty,
for a contact that was broken off before anybody said a word. All else may be missing or null:
`subject`, `flow` and `subflow` (text or a list of texts), `language`, `started_at`, `ended_at` (UTC
unless they name a zone), `resolved_at`, `transfers`, `reopened`, `handling_seconds`, `customer` (`id`,
`username`, `email`, `phone`, `name`, `tier`, `since`, `left_on`), `agent` (`id`, `name`, `email`),
`labels` (any object), `answers` (see `answers.py`). A message has `speaker`, `text`,
`offset_seconds` and `duration_seconds`, and may have an
`id` and an `action`: a name, or an object with a `name` and whatever else was entered or found.

Kept as the source has it: texts (line ends become "\\n"), labels. Not kept: what a speech
recogniser heard (`asr_text`), whether a reply was a template (`reply_kind`, `reply_label`), and a
customer's contact data beyond the one value that identifies them.
"""

import datetime as dt
import hashlib
import json
import re
from dataclasses import asdict, dataclass, field, fields
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from interactions.importing.answers import GivenAnswer, read_answers
from interactions.importing.fields import MAX_OFFSET, FieldReader, shown
from interactions.importing.reading import Line
from interactions.importing.sources import json_entry
from interactions.models import Transcript
from interactions.service_facts import NO_TIMES, Gaps, first_response_of, gaps_of
from interactions.words import humanised
from people.channels import Channel

SPEAKERS = ("agent", "customer", "system")
MAX_MESSAGES = 10_000
MAX_REASON = 500
MAX_DEPTH = 24
SUBJECT_FROM_MESSAGE = 80
_NESTED = (dict, list)
# What a source may say about the service in it.
GIVEN_FACTS = ("resolved_at", "transfers", "reopened", "handling_seconds")
USABLE_MESSAGE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,40}")


class RowRejected(Exception):
    """A row that cannot be imported. `reason` names every fault; `external_id` may be unknown."""

    def __init__(self, reason: str, external_id: str = "") -> None:
        super().__init__(reason)
        self.reason = Truncator(reason).chars(MAX_REASON)
        self.external_id = external_id.replace("\x00", "")[:200]


@dataclass(frozen=True, slots=True)
class CustomerReference:
    key: str
    name: str
    tier: str
    # Not in its text, from which the digest of a row is made.
    since: dt.date | None = field(default=None, repr=False)
    left_on: dt.date | None = field(default=None, repr=False)
    # Where they can be asked how they were served; empty where what the source says is no address.
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Row:
    """What one line says, ready for the columns. `messages` are as `Transcript.messages` keeps them.

    `has_own_ids` tells that the message ids are the source's; otherwise they count positions.
    """

    source: str
    external_id: str
    channel: str
    subject: str
    flow: str
    subflow: str
    language: str
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    customer: CustomerReference | None
    agent_reference: str
    agent_name: str
    agent_email: str
    labels: dict[str, Any]
    messages: list[dict[str, Any]]
    has_own_ids: bool
    answers: tuple[GivenAnswer, ...]
    duration_seconds: int | None
    first_response_seconds: int | None
    content_hash: str = ""
    resolved_at: dt.datetime | None = None
    transfers: int | None = None
    reopened: int | None = None
    handling_seconds: int | None = None
    gaps: Gaps = NO_TIMES
    # What `privacy` masked: how often each kind, and the original under lock where a rule keeps it.
    masked: dict[str, int] | None = None
    original: bytes | None = None

    @property
    def resolution_seconds(self) -> int | None:
        if self.started_at is None or self.resolved_at is None:
            return None
        return min(round((self.resolved_at - self.started_at).total_seconds()), MAX_OFFSET)

    @property
    def gap_count(self) -> int | None:
        return self.gaps.count

    @property
    def longest_gap_seconds(self) -> int | None:
        return self.gaps.longest

    @property
    def median_gap_seconds(self) -> int | None:
        return self.gaps.median

    @property
    def first_asked_seconds(self) -> int | None:
        return self.gaps.asked

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.external_id

    @property
    def text(self) -> str:
        return Transcript.plain_text(self.messages)


def parse_line(line: Line) -> Row:
    """Return the row of `line`, or raise `RowRejected` with everything that is wrong with it."""
    entry = json_entry(line)
    if entry.fault:
        raise RowRejected(entry.fault)
    return parse_record(entry.record)


def _is_too_deep(value: Any) -> bool:
    """Whether lists and objects are nested deeper than `MAX_DEPTH`; told without recursion."""
    level = [value] if isinstance(value, _NESTED) else []
    for _step in range(MAX_DEPTH):
        if not level:
            return False
        level = [
            inner
            for item in level
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, _NESTED)
        ]
    return bool(level)


def parse_record(record: Any) -> Row:
    """As `parse_line`, for a decoded line."""
    if _is_too_deep(record):
        raise RowRejected(_("The row is nested more than %(limit)s deep.") % {"limit": MAX_DEPTH})
    if not isinstance(record, dict):
        raise RowRejected(
            _("The line is %(value)s; expected an object with source, external_id, …")
            % {"value": shown(record)}
        )
    return _RecordReader(record).row()


class _RecordReader(FieldReader):
    """Reads one record field by field."""

    def row(self) -> Row:
        record = self.record
        source = self.identifier("source", record.get("source"), limit=60, required=True)
        external_id = self.identifier(
            "external_id", record.get("external_id"), limit=200, required=True
        )
        channel = self.choice("channel", record.get("channel"), Channel.values)
        started_at = self.moment("started_at", record.get("started_at"))
        ended_at = self.moment("ended_at", record.get("ended_at"))
        if started_at and ended_at and ended_at < started_at:
            self.fault(
                _("ended_at is %(value)s; expected a time not before started_at"),
                shown(record["ended_at"]),
            )
        resolved_at = self.moment("resolved_at", record.get("resolved_at"))
        if started_at and resolved_at and resolved_at < started_at:
            self.fault(
                _("resolved_at is %(value)s; expected a time not before started_at"),
                shown(record["resolved_at"]),
            )
        handling = self.seconds("handling_seconds", record.get("handling_seconds"))
        transfers = self.count("transfers", record.get("transfers"))
        reopened = self.count("reopened", record.get("reopened"))
        flow = self.names("flow", record.get("flow"))
        subflow = self.names("subflow", record.get("subflow"))
        customer = self.customer(external_id)
        agent_reference, agent_name, agent_email = self.agent()
        labels = self.mapping("labels", record.get("labels"))
        messages, has_own_ids = self.messages()
        answers = read_answers(self, record.get("answers"))
        subject = self.text("subject", record.get("subject"), limit=None).strip()
        language = self.identifier("language", record.get("language"), limit=12)
        if self.faults:
            self.reject(external_id)

        row = Row(
            source=source,
            external_id=external_id,
            channel=channel,
            subject=_shortened(subject or _subject(flow, subflow, messages)),
            flow=_shortened(", ".join(flow)),
            subflow=_shortened(", ".join(subflow)),
            language=language,
            started_at=started_at,
            ended_at=ended_at,
            customer=customer,
            agent_reference=agent_reference,
            agent_name=agent_name,
            agent_email=agent_email,
            labels=labels,
            messages=messages,
            has_own_ids=has_own_ids,
            answers=answers,
            duration_seconds=_duration(started_at, ended_at, messages),
            first_response_seconds=first_response_of(messages),
            resolved_at=resolved_at,
            transfers=transfers,
            reopened=reopened,
            handling_seconds=None if handling is None else round(handling),
            gaps=gaps_of(messages),
        )
        object.__setattr__(row, "content_hash", self.hashed(row))
        return row

    def hashed(self, row: Row) -> str:
        """Digest of all that is kept of the row: two rows with one digest are stored alike."""
        values = {field.name: getattr(row, field.name) for field in fields(row)}
        values["answers"] = [asdict(answer) for answer in row.answers]
        if not row.answers:
            del values["answers"]  # rows from before there were any keep their digest
        del values["gaps"]  # follows from the messages
        del values["masked"], values["original"]  # come later
        for name in GIVEN_FACTS:
            if values[name] is None:
                del values[name]
        if row.customer and (row.customer.since or row.customer.left_on):
            values["customer_dates"] = [row.customer.since, row.customer.left_on]
        if row.customer and row.customer.email:
            values["customer_email"] = row.customer.email
        try:
            canonical = json.dumps(
                values,
                default=str,  # times and the customer: their text says all that is in them
                allow_nan=False,
                ensure_ascii=False,
                separators=(",", ":"),
                sort_keys=True,
            )
            if "\\u0000" in canonical and _contains_nul(row.labels):
                self.faults.append(_("labels contains a NUL character"))
            digest = hashlib.sha256(canonical.encode()).hexdigest()
        except UnicodeEncodeError:
            self.faults.append(_("a text contains half a character (a lone surrogate)"))
        except ValueError:
            self.faults.append(_("labels contains a number too large to store"))
        if self.faults:
            self.reject(row.external_id)
        return digest

    def reject(self, external_id: str) -> NoReturn:
        raise RowRejected(". ".join(self.faults), external_id)

    def customer(self, external_id: str) -> CustomerReference | None:
        """Who was served, under the first value known of id, username, e-mail and phone.

        Without any of them they are known by this one contact, so that two nameless customers are
        never taken for the same person. Null when the source says nothing at all.
        """
        customer = self.mapping("customer", self.record.get("customer"))
        keys = [
            self.identifier(f"customer.{field}", customer.get(field), limit=200)
            for field in ("id", "username", "email", "phone")
        ]
        name = self.text("customer.name", customer.get("name"), limit=200).strip()
        tier = self.text("customer.tier", customer.get("tier"), limit=60).strip()
        since = self.day("customer.since", customer.get("since"))
        left_on = self.day("customer.left_on", customer.get("left_on"))
        if since and left_on and left_on < since:
            self.fault(
                _("customer.left_on is %(value)s; expected a day not before customer.since"),
                shown(customer["left_on"]),
            )
        key = next(filter(None, keys), "")
        if not key and not name and not tier:
            return None
        key = key or f"interaction:{external_id}"[:200]
        return CustomerReference(key, name, tier, since, left_on, _address(keys[2]))

    def agent(self) -> tuple[str, str, str]:
        """(reference, name, e-mail), each "" when unknown. An e-mail serves as reference too."""
        agent = self.mapping("agent", self.record.get("agent"))
        email = self.text("agent.email", agent.get("email"), limit=200).strip().lower()
        reference = self.identifier("agent.id", agent.get("id"), limit=200) or email
        return reference, self.text("agent.name", agent.get("name"), limit=200).strip(), email

    def messages(self) -> tuple[list[dict[str, Any]], bool]:
        raw = self.record.get("messages")
        if not isinstance(raw, list):
            self.fault(_("messages is %(value)s; expected a list of messages"), shown(raw))
            return [], False
        if len(raw) > MAX_MESSAGES:
            self.fault(
                _("messages has %(value)s entries; expected at most %(limit)s"),
                len(raw),
                limit=MAX_MESSAGES,
            )
            return [], False
        ids = _usable_ids(raw)
        messages = []
        for index, entry in enumerate(raw):
            if isinstance(entry, dict):
                message_id = ids[index] if ids else f"m{index + 1}"
                messages.append(self.message(f"messages[{index}]", entry, message_id))
            else:
                self.fault(
                    _("messages[%(index)s] is %(value)s; expected an object"),
                    shown(entry),
                    index=index,
                )
        return messages, bool(ids)

    def message(self, where: str, entry: dict[str, Any], message_id: str) -> dict[str, Any]:
        """One turn as `Transcript.messages` keeps it; keys that say nothing are left out."""
        text = self.text(f"{where}.text", entry.get("text"), limit=None)
        message: dict[str, Any] = {
            "id": message_id,
            "speaker": self.choice(f"{where}.speaker", entry.get("speaker"), SPEAKERS),
            "text": text.replace("\r\n", "\n").replace("\r", "\n"),
            "offset": self.seconds(f"{where}.offset_seconds", entry.get("offset_seconds")),
        }
        duration = self.seconds(f"{where}.duration_seconds", entry.get("duration_seconds"))
        if duration is not None:
            message["duration"] = duration
        action = entry.get("action")
        if isinstance(action, dict):
            name = self.text(f"{where}.action.name", action.get("name"), limit=200)
            details = _details({key: action[key] for key in action if key != "name"})
            if any("\x00" in part for pair in details for part in pair):
                self.fault(_("%(field)s contains a NUL character"), field=f"{where}.action")
            elif details:
                message["details"] = details
        else:
            name = self.text(f"{where}.action", action, limit=200)
        if name:
            message["action"] = name
        if not text.strip() and not name and not isinstance(entry.get("text"), (int, *_NESTED)):
            self.fault(
                _("%(field)s.text is %(value)s; expected text, or an action"),
                shown(entry.get("text")),
                field=where,
            )
        return message


def _contains_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_contains_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(_contains_nul(part) for part in value)


def _usable_ids(raw: list[Any]) -> list[str]:
    """The messages' own ids when every message has a short one and no two are equal, else none."""
    ids = [str(entry.get("id", "")) if isinstance(entry, dict) else "" for entry in raw]
    is_usable = all(map(USABLE_MESSAGE_ID.fullmatch, ids)) and len(set(ids)) == len(ids)
    return ids if is_usable and all(entry["id"] is not None for entry in raw) else []


def _details(value: Any) -> list[list[str]]:
    """What an action says beyond its name, as [name, value] pairs in order; nothing for nulls."""
    pairs: list[list[str]] = []
    _collect_details(value, "", pairs)
    return pairs


def _collect_details(value: Any, name: str, pairs: list[list[str]]) -> None:
    if isinstance(value, dict):
        for key, part in value.items():
            if type(part) is str:  # nearly always
                pairs.append([key, part])
            elif part is not None:
                _collect_details(part, key, pairs)
    elif isinstance(value, list):
        if any(isinstance(part, _NESTED) for part in value):
            for part in value:
                _collect_details(part, name, pairs)
        elif texts := [_plain(part) for part in value if part is not None]:
            pairs.append([name, ", ".join(texts)])
    elif value is not None:
        pairs.append([name, _plain(value)])


def _address(text: str) -> str:
    if "@" not in text:
        return ""
    try:
        validate_email(text)
    except ValidationError:
        return ""
    return text


def _shortened(text: str) -> str:
    """In Unicode's composed form, as the truncator leaves it, which ASCII is in already."""
    return text if len(text) <= 200 and text.isascii() else Truncator(text).chars(200)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _subject(flow: list[str], subflow: list[str], messages: list[dict[str, Any]]) -> str:
    """A title for a row that brings none: the most precise flow, else how the customer begins."""
    if topics := subflow or flow:
        return humanised(", ".join(topics))
    for message in messages:
        if message["speaker"] == "customer" and message["text"].strip():
            return Truncator(" ".join(message["text"].split())).chars(SUBJECT_FROM_MESSAGE)
    return ""


def _duration(
    started_at: dt.datetime | None, ended_at: dt.datetime | None, messages: list[dict[str, Any]]
) -> int | None:
    """Whole seconds from start to end; without both times, to the end of the last timed message."""
    if started_at and ended_at:
        return min(round((ended_at - started_at).total_seconds()), MAX_OFFSET)
    ends = [
        message["offset"] + message.get("duration", 0)
        for message in messages
        if message["offset"] is not None
    ]
    return round(max(ends)) if ends else None
