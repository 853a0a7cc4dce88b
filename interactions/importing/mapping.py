"""From the columns of somebody's table to a record of ours. Pure.

`Rules` are what the mapping screen asks and an `ImportMapping` keeps. A table has one row for each
interaction, or one for each message; then `record_of` gets all rows of an interaction at once.
"""

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interactions.importing.chats import UnreadableChat, read_chat, usual_side
from interactions.importing.dates import (
    ORDERS,
    UnknownOrder,
    lacks_zone,
    possible_orders,
    read_moment,
)
from interactions.importing.fields import shown
from interactions.importing.html_text import looks_like_html, text_of_html
from interactions.importing.sources import Layout
from people.channels import Channel

# Field, how it is called, and the column names that are taken for it when nobody said otherwise.
TARGETS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "external_id": (
        gettext_lazy("Interaction: id"),
        (
            "ticket id",
            "ticket number",
            "conversation id",
            "interaction id",
            "contact id",
            "case number",
            "case id",
            "chat id",
            "call id",
            "ticket",
            "external id",
            "id",
        ),
    ),
    "source": (gettext_lazy("Interaction: source"), ("source system", "source")),
    "channel": (
        gettext_lazy("Interaction: channel"),
        ("channel", "via", "via channel", "ticket source", "media type", "kanal"),
    ),
    "subject": (
        gettext_lazy("Interaction: subject"),
        ("subject", "title", "ticket subject", "betreff"),
    ),
    "flow": (
        gettext_lazy("Interaction: what it was about"),
        ("category", "topic", "flow", "type", "reason", "intent"),
    ),
    "subflow": (
        gettext_lazy("Interaction: what exactly"),
        ("subcategory", "subflow", "sub category", "subtopic"),
    ),
    "language": (gettext_lazy("Interaction: language"), ("language", "locale", "sprache")),
    "started_at": (
        gettext_lazy("Interaction: start"),
        (
            "started at",
            "start time",
            "started",
            "created at",
            "created",
            "created time",
            "created date",
            "creation date",
            "opened",
            "opened at",
            "start",
            "date",
            "datum",
        ),
    ),
    "ended_at": (
        gettext_lazy("Interaction: end"),
        (
            "ended at",
            "end time",
            "ended",
            "closed at",
            "closed time",
            "closed",
            "end",
        ),
    ),
    "resolved_at": (
        gettext_lazy("Service: resolved at"),
        ("resolved at", "resolved time", "resolved on", "solved at", "solved", "gelöst am"),
    ),
    "transfers": (
        gettext_lazy("Service: how often it was passed on"),
        ("transfers", "transfer count", "number of transfers", "group stations"),
    ),
    "reopened": (
        gettext_lazy("Service: how often it was reopened"),
        ("reopened", "reopens", "reopen count", "number of reopens"),
    ),
    "handling_seconds": (
        gettext_lazy("Service: handling time, in seconds or as h:mm:ss"),
        ("handling seconds", "handle time seconds", "handling time seconds"),
    ),
    "customer_id": (
        gettext_lazy("Customer: id"),
        ("customer id", "requester id", "contact id", "client id", "user id"),
    ),
    "customer_name": (
        gettext_lazy("Customer: name"),
        (
            "customer name",
            "customer",
            "requester",
            "requester name",
            "contact name",
            "full name",
            "kunde",
            "name",
        ),
    ),
    "customer_email": (
        gettext_lazy("Customer: e-mail"),
        ("customer email", "customer mail", "requester email", "contact email", "email"),
    ),
    "customer_phone": (
        gettext_lazy("Customer: phone"),
        ("customer phone", "requester phone", "phone"),
    ),
    "customer_tier": (
        gettext_lazy("Customer: tier"),
        ("customer tier", "tier", "plan", "segment", "customer type"),
    ),
    "customer_since": (gettext_lazy("Customer: since"), ("customer since", "kunde seit")),
    "customer_left_on": (gettext_lazy("Customer: left on"), ("customer left on", "left on")),
    "agent_id": (
        gettext_lazy("Agent: id"),
        ("agent id", "assignee id", "responder id", "owner id", "admin id"),
    ),
    "agent_name": (
        gettext_lazy("Agent: name"),
        ("agent name", "agent", "assignee", "assignee name", "owner", "assigned to", "bearbeiter"),
    ),
    "agent_email": (
        gettext_lazy("Agent: e-mail"),
        ("agent email", "agent mail", "assignee email", "owner email"),
    ),
    "message_text": (
        gettext_lazy("Message: text"),
        (
            "message",
            "message text",
            "text",
            "body",
            "comment",
            "content",
            "comment body",
            "message body",
            "nachricht",
            "description",
        ),
    ),
    "message_speaker": (
        gettext_lazy("Message: who speaks"),
        (
            "speaker",
            "sender type",
            "author type",
            "author role",
            "role",
            "direction",
            "sender",
            "from",
            "message type",
            "said by",
            "who",
        ),
    ),
    "message_author_id": (
        gettext_lazy("Message: id of who speaks"),
        ("author id", "sender id", "actor id"),
    ),
    "message_author_name": (
        gettext_lazy("Message: name of who speaks"),
        ("author name", "sender name", "author"),
    ),
    "message_at": (
        gettext_lazy("Message: time"),
        (
            "sent at",
            "message time",
            "message created at",
            "message date",
            "timestamp",
            "time",
            "comment created at",
        ),
    ),
    "message_offset": (
        gettext_lazy("Message: seconds from the start"),
        ("offset seconds", "offset", "seconds"),
    ),
    "message_id": (gettext_lazy("Message: id"), ("message id", "comment id")),
    "transcript": (
        gettext_lazy("Whole conversation as text"),
        ("transcript", "conversation", "chat transcript", "chat log", "verlauf"),
    ),
    "csat": (
        gettext_lazy("Answer: satisfaction, 1-5"),
        ("csat", "csat score", "satisfaction", "rating", "satisfaction score"),
    ),
    "nps": (gettext_lazy("Answer: would recommend, 0-10"), ("nps", "nps score")),
    "ces": (gettext_lazy("Answer: ease, 1-7"), ("ces", "ces score", "effort")),
    "resolved": (
        gettext_lazy("Answer: resolved"),
        ("was it resolved", "resolved by customer", "solved by customer"),
    ),
    "comment": (
        gettext_lazy("Answer: customer's comment"),
        ("csat comment", "satisfaction comment", "feedback", "survey comment"),
    ),
}
LABEL = "label"
TIMES = ("started_at", "ended_at", "resolved_at", "message_at")
# A day is the same in every zone; its order may be unknown all the same.
DAYS = ("customer_since", "customer_left_on")
SIDES = ("agent", "customer", "system")
MESSAGE_TARGETS = tuple(name for name in TARGETS if name.startswith("message_"))
SPEAKER_WORDS = {
    "agent": "agent",
    "admin": "agent",
    "staff": "agent",
    "operator": "agent",
    "support": "agent",
    "outgoing": "agent",
    "outbound": "agent",
    "out": "agent",
    "teammate": "agent",
    "representative": "agent",
    "customer": "customer",
    "user": "customer",
    "end-user": "customer",
    "end_user": "customer",
    "visitor": "customer",
    "contact": "customer",
    "lead": "customer",
    "client": "customer",
    "requester": "customer",
    "incoming": "customer",
    "inbound": "customer",
    "in": "customer",
    "system": "system",
    "bot": "system",
    "note": "system",
    "internal": "system",
    "activity": "system",
}
CHANNEL_WORDS = {
    "email": "email",
    "e-mail": "email",
    "mail": "email",
    "web": "email",
    "web form": "email",
    "portal": "email",
    "feedback widget": "email",
    "outbound email": "email",
    "api": "email",
    "chat": "chat",
    "live chat": "chat",
    "messaging": "chat",
    "native_messaging": "chat",
    "website": "chat",
    "widget": "chat",
    "whatsapp": "chat",
    "sms": "chat",
    "conversation": "chat",
    "phone": "phone",
    "voice": "phone",
    "call": "phone",
    "telephone": "phone",
    "social": "social",
    "twitter": "social",
    "facebook": "social",
    "instagram": "social",
    "x": "social",
}
YES_WORDS = {
    "yes": 1,
    "y": 1,
    "true": 1,
    "1": 1,
    "ja": 1,
    "no": 0,
    "n": 0,
    "false": 0,
    "0": 0,
    "nein": 0,
}
MAX_LABEL = 10_000


@dataclass(slots=True)
class Rules:
    """How a table becomes interactions.

    `columns` gives each column its field, `constants` fields the same value in every row, `values`
    says what words of the table mean ("channel" and "speaker"). `order` and `zone` are those of its
    dates. `by_message` tells that each row is one message.
    """

    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    order: str = ""
    zone: str = ""
    by_message: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Rules":
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def column_of(self, target: str) -> str:
        return next((column for column, name in self.columns.items() if name == target), "")

    def faults(self, layout: Layout) -> list[str]:
        """What is missing or contradicts itself, each a sentence that says what to do."""
        faults = []
        named = [name for name in self.columns.values() if name and name != LABEL]
        for name in named:
            if name not in TARGETS:
                faults.append(_("“%(name)s” is no field.") % {"name": name})
        for name, count in Counter(named).items():
            if count > 1 and name in TARGETS:
                faults.append(
                    _("%(count)s columns are “%(field)s”; expected one.")
                    % {"count": count, "field": TARGETS[name][0]}
                )
        for column in self.columns:
            if layout.columns and column not in layout.columns and self.columns[column]:
                faults.append(_("The file has no column “%(column)s”.") % {"column": column})
        if "external_id" not in named:
            faults.append(_("Say which column is the id: “Interaction: id”."))
        for name, label in (("source", _("Source")), ("channel", _("Channel"))):
            if name not in named and not self.constants.get(name):
                faults.append(
                    _("%(field)s is missing: choose a column for it, or one value for all rows.")
                    % {"field": label}
                )
        if self.constants.get("channel") and self.constants["channel"] not in Channel.values:
            faults.append(
                _("The channel for all rows must be one of: %(names)s.")
                % {"names": ", ".join(Channel.values)}
            )
        if self.by_message and "message_text" not in named:
            faults.append(_("Say which column is the text of a message: “Message: text”."))
        if self.by_message and not {"message_speaker", "message_author_id"} & set(named):
            faults.append(_("Say which column tells who speaks: “Message: who speaks” or its id."))
        if self.zone:
            try:
                ZoneInfo(self.zone)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                faults.append(
                    _("“%(zone)s” is no time zone; expected a name like Europe/Berlin.")
                    % {"zone": self.zone}
                )
        return faults + self.open_questions(layout)

    def open_questions(self, layout: Layout) -> list[str]:
        """What the dates of the file leave open and nobody has said yet."""
        questions = []
        for target in (*TIMES, *DAYS):
            column = self.column_of(target)
            values = [record.get(column) for record in layout.sample if record.get(column)]
            orders = possible_orders(v for v in values if isinstance(v, str))
            if self.order not in ORDERS and orders:
                example = next(v for v in values if isinstance(v, str) and possible_orders([v]))
                questions.append(
                    _(
                        "Column “%(column)s” has dates like %(value)s: say whether the "
                        "day or the month comes first."
                    )
                    % {"column": column, "value": shown(example)}
                )
            if target in TIMES and not self.zone and any(lacks_zone(value) for value in values):
                questions.append(
                    _(
                        "The times in column “%(column)s” name no time zone: choose "
                        "the one they are in."
                    )
                    % {"column": column}
                )
        return questions


def fingerprint(columns: Iterable[str]) -> str:
    """What tells tables of one make from others: their columns, in whatever order."""
    names = sorted(_plain(column) for column in columns)
    return hashlib.sha256("\n".join(names).encode("utf-8", "replace")).hexdigest()


def guessed(layout: Layout) -> Rules:
    """The rules that the names of the columns and the first rows suggest. Dates are not guessed where
    more than one order fits."""
    rules = Rules(columns=dict.fromkeys(layout.columns, ""))
    taken: set[str] = set()
    for target, (_label, names) in TARGETS.items():
        for name in (_plain(target), *names):
            column = next(
                (c for c in layout.columns if not rules.columns[c] and _plain(c) == name), None
            )
            if column is not None and target not in taken:
                rules.columns[column] = target
                taken.add(target)
                break
    ids = [str(record.get(rules.column_of("external_id")) or "") for record in layout.sample]
    repeats = len(ids) - len(set(ids))
    speaks = {"message_speaker", "message_author_id"} & taken
    # Most ids repeat: rows are messages, even where it has to be asked yet who speaks.
    mostly = "external_id" in taken and 0 < len(ids) <= 2 * repeats
    rules.by_message = "message_text" in taken and bool(
        mostly or (speaks and (repeats or "message_at" in taken))
    )
    if not rules.by_message:
        for column, target in rules.columns.items():
            if target in MESSAGE_TARGETS and target not in {"message_text"}:
                rules.columns[column] = ""
    for kind, words in (("channel", CHANNEL_WORDS), ("speaker", SPEAKER_WORDS)):
        found = distinct_values(layout, rules, kind)
        rules.values[kind] = {value: words.get(_word(value), "") for value in found}
    orders: set[str] | None = None
    for target in (*TIMES, *DAYS):
        values = [record.get(rules.column_of(target)) for record in layout.sample]
        fitting = possible_orders(v for v in values if isinstance(v, str))
        if fitting:
            orders = fitting if orders is None else orders & fitting
    if orders and len(orders) == 1:
        rules.order = orders.pop()
    return rules


def distinct_values(layout: Layout, rules: Rules, kind: str) -> list[str]:
    """Which words the sample has for channels or speakers, the most frequent first; 30 at most."""
    column = rules.column_of("channel" if kind == "channel" else "message_speaker")
    if not column:
        return []
    words = Counter(
        str(record[column]).strip()
        for record in layout.sample
        if str(record.get(column) or "").strip()
    )
    return [word for word, _count in words.most_common(30)]


def group_key(record: Mapping[str, Any], rules: Rules) -> str:
    return "\0".join(
        str(record.get(rules.column_of(name)) or rules.constants.get(name, "")).strip()
        for name in ("source", "external_id")
    )


def record_of(
    rows: Sequence[tuple[int, Mapping[str, Any]]], rules: Rules
) -> tuple[dict[str, Any], list[str]]:
    """(a record as `rows.parse_record` reads it, what is wrong with it), from rows with their numbers."""
    return _Converter(rows, rules).record()


class _Converter:
    def __init__(self, rows: Sequence[tuple[int, Mapping[str, Any]]], rules: Rules) -> None:
        self.rows = rows
        self.rules = rules
        self.by_target = {
            target: column for column, target in rules.columns.items() if target and target != LABEL
        }
        self.faults: list[str] = []

    def record(self) -> tuple[dict[str, Any], list[str]]:
        started_at = self.moment("started_at")
        record: dict[str, Any] = {
            "source": self.first("source"),
            "external_id": self.first("external_id"),
            "channel": self.channel(),
            "subject": self.first("subject") or None,
            "flow": self.first("flow") or None,
            "subflow": self.first("subflow") or None,
            "language": self.first("language") or None,
            "started_at": started_at,
            "ended_at": self.moment("ended_at"),
            "resolved_at": self.moment("resolved_at"),
            "transfers": self.count("transfers"),
            "reopened": self.count("reopened"),
            "handling_seconds": self.handling_seconds(),
            "customer": self.customer(),
            "agent": self.party("agent", "id", "name", "email"),
            "labels": self.labels(),
            "answers": self.answers(),
        }
        record["messages"] = self.messages(record)
        for name in ("started_at", "ended_at", "resolved_at"):
            if record[name] is not None:
                record[name] = record[name].isoformat()
        return record, self.faults

    # Values -------------------------------------------------------------------------------------

    def cell(self, row: Mapping[str, Any], target: str) -> Any:
        column = self.by_target.get(target)
        value = row.get(column) if column else None
        if isinstance(value, str):
            value = value.strip()
        if value is None or value == "":
            return self.rules.constants.get(target, "")
        return value

    def first(self, target: str) -> str:
        for _number, row in self.rows:
            value = self.cell(row, target)
            if value not in ("", None):
                return value if isinstance(value, str) else str(value)
        return ""

    def fault(self, number: int, target: str, value: Any, expected: str) -> None:
        if len(self.faults) < 20:
            self.faults.append(
                _("row %(row)s, column “%(column)s” is %(value)s; expected %(expected)s")
                % {
                    "row": number,
                    "column": self.by_target.get(target, target),
                    "value": shown(value if isinstance(value, str | int | float) else str(value)),
                    "expected": expected,
                }
            )

    def moment(self, target: str) -> dt.datetime | None:
        for number, row in self.rows:
            value = self.cell(row, target)
            if value not in ("", None):
                return self.read_moment(number, target, value)
        return None

    def read_moment(
        self, number: int, target: str, value: Any, *, zone: str | None = None
    ) -> dt.datetime | None:
        zone = self.rules.zone if zone is None else zone
        try:
            return read_moment(value, order=self.rules.order, zone=zone)
        except UnknownOrder:
            self.fault(
                number,
                target,
                value,
                _("a date whose order is known: say whether day or month comes first"),
            )
        except ValueError:
            order = {
                "dmy": _("day, month, year"),
                "mdy": _("month, day, year"),
                "ymd": _("year, month, day"),
            }.get(self.rules.order)
            self.fault(
                number,
                target,
                value,
                _("a date in the order %(order)s") % {"order": order}
                if order
                else _("a time like 2026-03-31 09:30"),
            )
        return None

    def day(self, target: str) -> str | None:
        """The date as it is written; the zone of the file's times does not move it."""
        for number, row in self.rows:
            value = self.cell(row, target)
            if value not in ("", None):
                moment = self.read_moment(number, target, value, zone="UTC")
                return moment.date().isoformat() if moment else None
        return None

    def count(self, target: str) -> int | None:
        for number, row in self.rows:
            value = self.cell(row, target)
            if value in ("", None):
                continue
            if _word(str(value)) in YES_WORDS:
                return YES_WORDS[_word(str(value))]
            try:
                given = float(value)
            except (TypeError, ValueError):
                given = -1
            if given >= 0 and given.is_integer():
                return int(given)
            self.fault(number, target, value, _("a whole number, yes or no"))
            break
        return None

    def handling_seconds(self) -> float | None:
        for number, row in self.rows:
            value = self.cell(row, "handling_seconds")
            if value in ("", None):
                continue
            if isinstance(value, dt.time):  # as workbooks keep what looks like a clock
                value = value.isoformat()
            if clock := re.fullmatch(r"(\d{1,5}):([0-5]\d):([0-5]\d)", str(value)):
                hours, minutes, seconds = map(int, clock.groups())
                return hours * 3600 + minutes * 60 + seconds
            try:
                return float(str(value).replace(",", "."))
            except ValueError:
                self.fault(number, "handling_seconds", value, _("seconds, or a time like 0:12:30"))
                break
        return None

    def channel(self) -> str:
        for number, row in self.rows:
            value = str(self.cell(row, "channel") or "")
            if value:
                known = self.rules.values.get("channel", {}).get(value) or (
                    value.lower() if value.lower() in Channel.values else ""
                )
                if not known:
                    self.fault(
                        number, "channel", value, _("one of the words that were given a channel")
                    )
                return known
        return ""

    def customer(self) -> dict[str, str] | None:
        found = self.party("customer", "id", "name", "email", "phone", "tier") or {}
        for name in ("since", "left_on"):
            if day := self.day(f"customer_{name}"):
                found[name] = day
        return found or None

    def party(self, who: str, *names: str) -> dict[str, str] | None:
        found = {name: self.first(f"{who}_{name}") for name in names}
        if who == "agent" and not found["id"] and not found["email"]:
            found["id"] = found["name"]  # else nobody could be matched to them
        return {name: value for name, value in found.items() if value} or None

    def labels(self) -> dict[str, Any]:
        labels: dict[str, Any] = {}
        for column, target in self.rules.columns.items():
            if target == LABEL:
                for _number, row in self.rows:
                    value = row.get(column)
                    if value not in ("", None):
                        labels[column] = (
                            str(value)[:MAX_LABEL]
                            if not isinstance(value, dict | list | int | float)
                            else value
                        )
                        break
        return labels

    def answers(self) -> list[dict[str, Any]] | None:
        answers: list[dict[str, Any]] = []
        is_mapped = False
        for kind in ("csat", "nps", "ces", "resolved", "comment"):
            is_mapped = is_mapped or kind in self.by_target
            for number, row in self.rows:
                value = self.cell(row, kind)
                if value in ("", None):
                    continue
                if kind == "comment":
                    answers.append({"kind": kind, "text": str(value)})
                elif kind == "resolved" and _word(str(value)) in YES_WORDS:
                    answers.append({"kind": kind, "value": YES_WORDS[_word(str(value))]})
                else:
                    try:
                        given = float(str(value).replace(",", "."))
                        answers.append(
                            {"kind": kind, "value": int(given) if given == int(given) else given}
                        )
                    except (ValueError, OverflowError):
                        self.fault(number, kind, value, _("a number, or nothing"))
                break
        return answers if is_mapped else None

    # Messages -----------------------------------------------------------------------------------

    def messages(self, record: dict[str, Any]) -> list[dict[str, Any]]:
        if self.rules.by_message:
            return self.from_rows(record)
        number, row = self.rows[0]
        text = self.cell(row, "transcript")
        if text:
            return self.from_transcript(number, str(text), record)
        words = _words(str(self.cell(row, "message_text") or ""))
        return [{"speaker": "customer", "text": words}] if words else []

    def from_transcript(
        self, number: int, text: str, record: dict[str, Any]
    ) -> list[dict[str, Any]]:
        started: dt.datetime | None = record["started_at"]
        day = started.astimezone(ZoneInfo(self.rules.zone or "UTC")).date() if started else None
        try:
            turns = read_chat(text, order=self.rules.order, zone=self.rules.zone, day=day)
        except UnknownOrder as error:
            self.fault(
                number,
                "transcript",
                str(error),
                _("dates whose order is known: say whether day or month comes first"),
            )
            return []
        except UnreadableChat as error:
            self.fault(
                number,
                "transcript",
                text[:60],
                _("lines like “Name (10:32): text” (%(problem)s)") % {"problem": error},
            )
            return []
        return said_as_messages(
            turns,
            record,
            sides=self.rules.values.get("speaker", {}),
            fault=lambda name: self.fault(
                number,
                "transcript",
                name,
                _("a name that is known as the agent's or the customer's"),
            ),
        )

    def from_rows(self, record: dict[str, Any]) -> list[dict[str, Any]]:
        rows = []
        for number, row in self.rows:
            words = _words(str(self.cell(row, "message_text") or ""))
            if not words:
                continue
            at = self.cell(row, "message_at")
            moment = self.read_moment(number, "message_at", at) if at not in ("", None) else None
            rows.append((number, row, words, moment))
        if rows and all(moment for *_rest, moment in rows):
            rows.sort(key=lambda item: (item[3], item[0]))
            first = rows[0][3]
            if first and (record["started_at"] is None or first < record["started_at"]):
                record["started_at"] = first
        start: dt.datetime | None = record["started_at"]
        messages = []
        authors: Counter[tuple[str, str]] = Counter()
        customer_author = ("", "")
        for number, row, words, moment in rows:
            side = self.speaker(number, row, record)
            message: dict[str, Any] = {"speaker": side, "text": words}
            if start and moment:
                message["offset_seconds"] = max(0.0, (moment - start).total_seconds())
            elif (offset := self.cell(row, "message_offset")) not in ("", None):
                try:
                    message["offset_seconds"] = float(str(offset).replace(",", "."))
                except ValueError:
                    self.fault(number, "message_offset", offset, _("seconds from the start"))
            if message_id := self.cell(row, "message_id"):
                message["id"] = str(message_id)
            author = (
                str(self.cell(row, "message_author_id") or ""),
                str(self.cell(row, "message_author_name") or ""),
            )
            if side == "agent" and any(author):
                authors[author] += 1
            elif side == "customer" and any(author):
                customer_author = customer_author if any(customer_author) else author
            messages.append(message)
        if not record["agent"] and authors:
            record["agent"] = _person(*authors.most_common(1)[0][0])
        if not record["customer"] and any(customer_author):
            record["customer"] = _person(*customer_author)
        last = rows[-1][3] if rows else None
        if record["ended_at"] and last and last > record["ended_at"]:
            record["ended_at"] = last
        return messages

    def speaker(self, number: int, row: Mapping[str, Any], record: dict[str, Any]) -> str:
        word = str(self.cell(row, "message_speaker") or "")
        if word:
            side = self.rules.values.get("speaker", {}).get(word) or (
                word.lower() if word.lower() in SIDES else ""
            )
            if not side:
                self.fault(
                    number,
                    "message_speaker",
                    word,
                    _("one of the words that were given to agent, customer or system"),
                )
            return side
        author = str(self.cell(row, "message_author_id") or "")
        if author:
            for who in ("agent", "customer"):
                if author == (record[who] or {}).get("id"):
                    return who
            if (record["customer"] or {}).get("id"):
                return "agent"  # not the customer, so another of the agents
        self.fault(number, "message_speaker", word or author, _("who speaks"))
        return ""


def said_as_messages(
    turns: Sequence[Any], record: dict[str, Any], *, sides: Mapping[str, str], fault: Any
) -> list[dict[str, Any]]:
    """Turns of a chat as messages; `record` learns its start, and who the agent is, from them.

    Who speaks is told by `sides`, by the names that `record` has, or by the usual words. `fault`
    is called once for each name that remains.
    """
    known = {name.casefold(): side for name, side in sides.items() if side}
    for who in ("agent", "customer"):
        name = str((record[who] or {}).get("name", "")).casefold()
        if name:
            known.setdefault(name, who)
            known.setdefault(name.split()[0], who)
    names = list(dict.fromkeys(turn.name for turn in turns))
    found = {name: known.get(name.casefold()) or usual_side(name) for name in names}
    open_names = [name for name in names if not found[name]]
    people = [side for side in found.values() if side in {"agent", "customer"}]
    if len(open_names) == 1 and len(set(people)) == 1:
        found[open_names[0]] = "customer" if people[0] == "agent" else "agent"
        open_names = []
    for name in open_names:
        fault(name)
    moments = [turn.moment for turn in turns if turn.moment]
    if moments and record["started_at"] is None:
        record["started_at"] = min(moments)
    start = min([record["started_at"], *moments]) if moments else None
    if start:
        record["started_at"] = start
    messages = []
    for turn in turns:
        if not turn.text.strip():
            continue
        message: dict[str, Any] = {"speaker": found[turn.name], "text": turn.text}
        if turn.moment and start:
            message["offset_seconds"] = max(0.0, (turn.moment - start).total_seconds())
        elif turn.seconds is not None:
            message["offset_seconds"] = turn.seconds
        messages.append(message)
    for who in ("agent", "customer"):
        spoken = [name for name in names if found[name] == who and not usual_side(name)]
        if spoken and not record[who]:
            # A name is all there is to match an agent by; customers of one name are not one person.
            record[who] = {"name": spoken[0]} | ({"id": spoken[0]} if who == "agent" else {})
    return messages


def _person(identity: str, name: str) -> dict[str, str]:
    return {key: value for key, value in (("id", identity), ("name", name)) if value}


def _words(text: str) -> str:
    return text_of_html(text) if looks_like_html(text) else text


def _plain(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(
        re.sub(r"[^0-9a-zäöüß]+", " ", words.casefold().replace("e-mail", "email")).split()
    )


def _word(value: str) -> str:
    return value.strip().casefold()
