"""Ready mappings for what help desks give out: one object, one record. Pure.

Where each layout is described stands in docs/importing.md. An internal note is kept as something done in
the tools, never as words to the customer.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from interactions.importing.dates import read_moment
from interactions.importing.html_text import looks_like_html, text_of_html

Json = dict[str, Any]


class NotThatLayout(ValueError):
    """The object is not laid out so; the message names what is missing."""


@dataclass(frozen=True, slots=True)
class Preset:
    """`list_key` is the name of the list in a file that is one object."""

    key: str
    label: str
    convert: Callable[[Json], Json]
    looks_right: Callable[[Json], bool]
    tables: tuple["Table", ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file of several in a ZIP: which, what it holds, and how its rows hang together.

    `name` is found in the file's name, `key` is the column that leads to the interactions' rows, `newest`
    the column whose greatest value counts where a table keeps the history of its rows.
    """

    role: str
    name: str
    key: str
    newest: str = ""


# Zendesk -----------------------------------------------------------------------------------------

_ZENDESK_CHANNELS = {
    "chat": "chat",
    "messaging": "chat",
    "native_messaging": "chat",
    "sunshine_conversations_api": "chat",
    "whatsapp": "chat",
    "sms": "chat",
    "line": "chat",
    "telegram": "chat",
    "web_widget": "chat",
    "voice": "phone",
    "phone": "phone",
    "twitter": "social",
    "twitter_dm": "social",
    "twitter_favorite": "social",
    "facebook": "social",
    "any_channel": "social",
    "instagram_dm": "social",
}


def zendesk(ticket: Json) -> Json:
    """A ticket with its comments, as the JSON export and the API with sideloads have it."""
    ticket = ticket.get("ticket") if isinstance(ticket.get("ticket"), dict) else ticket  # type: ignore[assignment]
    _need(ticket, "id")
    requester = _id(ticket.get("requester_id") or _part(ticket, "requester").get("id"))
    agents = {
        _id(_part(user).get("id"))
        for user in _list(ticket.get("users"))
        if _part(user).get("role") in {"agent", "admin"}
    }
    messages = []
    for comment in _list(ticket.get("comments")):
        comment = _part(comment)
        author = _id(
            comment.get("author_id") or comment.get("user_id") or _part(comment, "author").get("id")
        )
        words = _text(comment.get("plain_body") or comment.get("body") or comment.get("html_body"))
        is_agent = author in agents or (bool(requester) and author != requester)
        side = "agent" if is_agent else "customer"
        if _false(comment.get("public")):
            side = "note"
        messages.append(
            _message(
                side,
                words,
                comment.get("created_at") or comment.get("created"),
                comment.get("id"),
                author,
            )
        )
    if not messages and ticket.get("description"):
        messages = [
            _message(
                "customer", _text(ticket["description"]), ticket.get("created_at"), None, requester
            )
        ]
    via = ticket.get("via")
    channel = (
        _part(ticket, "via").get("channel")
        or ticket.get("via_channel")
        or (via if isinstance(via, str) else "")
    )
    rating = _part(ticket, "satisfaction_rating")
    solved = _part(ticket, "metric_set").get("solved_at") or ticket.get("solved_at")
    return _record(
        external_id=ticket["id"],
        channel=_ZENDESK_CHANNELS.get(str(channel).lower(), "email"),
        subject=ticket.get("subject") or ticket.get("raw_subject"),
        flow=ticket.get("type"),
        started=ticket.get("created_at"),
        ended=solved
        or (ticket.get("updated_at") if ticket.get("status") in {"solved", "closed"} else None),
        resolved=solved,
        reopened=_whole(_part(ticket, "metric_set").get("reopens")),
        customer=_someone(requester, _part(ticket, "requester")),
        agent=_someone(ticket.get("assignee_id"), _part(ticket, "assignee")),
        messages=messages,
        labels=_picked(
            ticket,
            "status",
            "priority",
            "tags",
            "group_id",
            "brand_id",
            "organization_id",
            "custom_fields",
        )
        | ({"satisfaction": rating.get("score")} if rating.get("score") else {}),
        answers=[{"kind": "comment", "text": rating["comment"]}]
        if isinstance(rating.get("comment"), str) and rating["comment"].strip()
        else [],
    )


# Intercom ----------------------------------------------------------------------------------------

_INTERCOM_CHANNELS = {
    "email": "email",
    "phone_call": "phone",
    "phone_switch": "phone",
    "facebook": "social",
    "twitter": "social",
    "instagram": "social",
}
_INTERCOM_SIDES = {
    "admin": "agent",
    "teammate": "agent",
    "user": "customer",
    "lead": "customer",
    "contact": "customer",
    "visitor": "customer",
    "bot": "bot",
}


def intercom(conversation: Json) -> Json:
    """A conversation with its parts, as the API gives a single one."""
    _need(conversation, "id")
    source = _part(conversation, "source")
    messages = []
    first_author = _part(source, "author")
    if source.get("body"):
        messages.append(_intercom_message(source, first_author, conversation.get("created_at")))
    parts = conversation.get("conversation_parts")
    parts = (
        _part(conversation, "conversation_parts").get("conversation_parts")
        if isinstance(parts, dict)
        else parts
    )
    admin: Json = {}
    contact: Json = (
        first_author if _INTERCOM_SIDES.get(str(first_author.get("type"))) == "customer" else {}
    )
    for part in _list(parts):
        part = _part(part)
        author = _part(part, "author")
        side = _INTERCOM_SIDES.get(str(author.get("type")), "")
        if side == "agent" and not admin and part.get("body") and part.get("part_type") != "note":
            admin = author
        if side == "customer" and not contact:
            contact = author
        messages.append(_intercom_message(part, author, part.get("created_at")))
    contacts = _list(_part(conversation, "contacts").get("contacts")) or [contact]
    known = _part(contacts[0])
    rating = _part(conversation, "conversation_rating")
    answers: list[Json] = []
    if isinstance(rating.get("rating"), int) and 1 <= rating["rating"] <= 5:
        answers.append(
            {
                "kind": "csat",
                "value": rating["rating"],
                "text": rating.get("remark") or "",
                "answered_at": _iso(rating.get("created_at")),
            }
        )
    assigned = conversation.get("admin_assignee_id") or _part(conversation, "assignee").get("id")
    stats = _part(conversation, "statistics")
    tags = [_part(tag).get("name") for tag in _list(_part(conversation, "tags").get("tags"))]
    return _record(
        external_id=conversation["id"],
        channel=_INTERCOM_CHANNELS.get(str(source.get("type")), "chat"),
        subject=conversation.get("title") or _text(source.get("subject")),
        started=conversation.get("created_at"),
        ended=stats.get("last_close_at"),
        resolved=stats.get("last_close_at"),
        reopened=_whole(stats.get("count_reopens")),
        customer=_someone(
            known.get("id") or contact.get("id"),
            {**contact, **{k: v for k, v in known.items() if v}},
        ),
        agent=_someone(
            assigned or admin.get("id"),
            admin if not assigned or _id(admin.get("id")) == _id(assigned) else {},
        ),
        messages=[message for message in messages if message],
        labels=_picked(conversation, "state", "priority", "custom_attributes", "team_assignee_id")
        | ({"tags": tags} if tags else {}),
        answers=answers,
    )


def _intercom_message(part: Json, author: Json, created: Any) -> Json:
    words = _text(part.get("body"))
    kind = str(part.get("part_type") or "")
    side = _INTERCOM_SIDES.get(str(author.get("type")), "bot")
    if kind == "note":
        side = "note"
    elif not words:
        return (
            _message("action", "", created, part.get("id"), _id(author.get("id")), action=kind)
            if kind
            else {}
        )
    return _message(side, words, created, part.get("id"), _id(author.get("id")))


# Chatwoot ----------------------------------------------------------------------------------------

_CHATWOOT_TYPES = {
    0: "customer",
    1: "agent",
    2: "action",
    3: "bot",
    "incoming": "customer",
    "outgoing": "agent",
    "activity": "action",
    "template": "bot",
}


def chatwoot(conversation: Json) -> Json:
    """A conversation as the API and webhooks have it: messages beside it, or under "payload"."""
    meta = _part(conversation, "meta")
    listed = conversation.get("messages") or conversation.get("payload")
    listed = [_part(message) for message in _list(listed)]
    identity = conversation.get("id") or (listed[0].get("conversation_id") if listed else None)
    if identity is None:
        raise NotThatLayout("id")
    messages = []
    agent: Json = _part(meta, "assignee")
    customer: Json = _part(meta, "sender") or _part(meta, "contact")
    rating: Json = {}
    for message in sorted(
        listed,
        key=lambda each: (_seconds(each.get("created_at")) or 0, _seconds(each.get("id")) or 0),
    ):
        side = _CHATWOOT_TYPES.get(message.get("message_type"), "bot")
        sender = _part(message, "sender")
        if message.get("private"):
            side = "note"
        elif side == "agent" and str(sender.get("type", "user")).lower() in {
            "agent_bot",
            "captain_assistant",
        }:
            side = "bot"
        if side == "agent" and not agent:
            agent = sender
        if side == "customer" and not customer:
            customer = sender
        attributes = _part(message, "content_attributes")
        given = _part(_part(attributes, "submitted_values"), "csat_survey_response")
        if message.get("content_type") == "input_csat":
            rating = given or rating
            continue
        words = _text(message.get("content"))
        if side == "action":
            messages.append(
                _message(
                    "action",
                    words,
                    message.get("created_at"),
                    message.get("id"),
                    "",
                    action="activity",
                )
            )
        elif words or _list(message.get("attachments")):
            names = [
                str(_part(each).get("file_type") or "file")
                for each in _list(message.get("attachments"))
            ]
            words = words or "".join(f"[{name}]" for name in names)
            messages.append(
                _message(
                    side, words, message.get("created_at"), message.get("id"), _id(sender.get("id"))
                )
            )
    kind = (
        str(meta.get("channel") or conversation.get("channel") or "")
        .removeprefix("Channel::")
        .lower()
    )
    channel = {
        "email": "email",
        "facebookpage": "social",
        "twitterprofile": "social",
        "instagram": "social",
        "voice": "phone",
    }.get(kind, "chat")
    answers: list[Json] = []
    if isinstance(rating.get("rating"), int) and 1 <= rating["rating"] <= 5:
        answers = [
            {
                "kind": "csat",
                "value": rating["rating"],
                "text": rating.get("feedback_message") or "",
            }
        ]
    started = (
        conversation.get("created_at")
        or conversation.get("timestamp")
        or min(
            (each["created_at"] for each in listed if each.get("created_at")),
            default="",
            key=lambda value: _seconds(value) or 0,
        )
        or None
    )
    return _record(
        external_id=identity,
        channel=channel,
        subject=_part(conversation, "additional_attributes").get("mail_subject"),
        started=started,
        customer=_someone(customer.get("id"), customer),
        agent=_someone(agent.get("id"), agent),
        messages=messages,
        labels=_picked(
            conversation, "status", "priority", "labels", "inbox_id", "custom_attributes"
        ),
        answers=answers,
    )


# Freshdesk ---------------------------------------------------------------------------------------

_FRESHDESK_SOURCES = {
    1: "email",
    2: "email",
    3: "phone",
    4: "email",
    5: "social",
    6: "social",
    7: "chat",
    8: "chat",
    9: "email",
    10: "email",
    11: "chat",
    13: "chat",
}


def freshdesk(ticket: Json) -> Json:
    """A ticket with its conversations, as the API gives it with include=conversations,requester,stats."""
    if isinstance(shell := ticket.get("helpdesk_ticket"), dict):
        ticket = shell
    _need(ticket, "id")
    requester = _id(ticket.get("requester_id"))
    messages = []
    if description := _text(ticket.get("description_text") or ticket.get("description")):
        messages.append(
            _message(
                "agent" if ticket.get("source") == 10 else "customer",
                description,
                ticket.get("created_at"),
                None,
                requester,
            )
        )
    agent_id = ticket.get("responder_id")
    for part in sorted(
        map(_part, _list(ticket.get("conversations") or ticket.get("notes"))),
        key=lambda each: _seconds(each.get("created_at")) or 0,
    ):
        part = _part(part, "helpdesk_note") or part
        author = _id(part.get("user_id"))
        side = "customer" if part.get("incoming") else "agent"
        if part.get("private"):
            side = "note"
        elif side == "agent" and not agent_id:
            agent_id = author
        words = _text(part.get("body_text") or part.get("body"))
        if words:
            messages.append(_message(side, words, part.get("created_at"), part.get("id"), author))
    stats = _part(ticket, "stats")
    return _record(
        external_id=ticket["id"],
        channel=_FRESHDESK_SOURCES.get(ticket.get("source"), "email"),  # type: ignore[arg-type]
        subject=ticket.get("subject"),
        flow=ticket.get("type"),
        started=ticket.get("created_at"),
        ended=stats.get("resolved_at") or stats.get("closed_at"),
        resolved=stats.get("resolved_at"),
        customer=_someone(requester, _part(ticket, "requester")),
        agent=_someone(agent_id, _part(ticket, "responder")),
        messages=messages,
        labels=_picked(
            ticket, "status", "priority", "tags", "group_id", "product_id", "custom_fields"
        ),
    )


PRESETS = {
    preset.key: preset
    for preset in (
        Preset(
            "zendesk",
            "Zendesk",
            zendesk,
            lambda r: (
                "requester_id" in r and ("comments" in r or "via" in r) and "responder_id" not in r
            ),
            (
                Table("main", "ticket", "id"),
                Table("comments", "ticket_comment", "ticket_id"),
                Table("people", "user", "id"),
            ),
        ),
        Preset(
            "intercom",
            "Intercom",
            intercom,
            lambda r: (
                "conversation_parts" in r or (r.get("type") == "conversation" and "source" in r)
            ),
            (
                Table("main", "conversation_history", "id", newest="updated_at"),
                Table(
                    "comments", "conversation_part_history", "conversation_id", newest="updated_at"
                ),
                Table("people", "contact_history", "id", newest="updated_at"),
                Table("admins", "admin", "id"),
            ),
        ),
        Preset(
            "chatwoot",
            "Chatwoot",
            chatwoot,
            lambda r: ("messages" in r or "payload" in r) and ("inbox_id" in r or "meta" in r),
        ),
        Preset(
            "freshdesk",
            "Freshdesk",
            freshdesk,
            lambda r: "helpdesk_ticket" in r or ("responder_id" in r and "requester_id" in r),
        ),
    )
}


def preset_for(record: Any) -> Preset | None:
    """The help desk that an object looks to be of."""
    if not isinstance(record, dict):
        return None
    return next((preset for preset in PRESETS.values() if preset.looks_right(record)), None)


def joined(
    preset: str, main: Json, comments: list[Json], people: Callable[[str, Any], Json]
) -> Json:
    """Rows of several tables as the object that the same help desk's API would give.

    `people` finds a row of "people" or "admins" by its id.
    """
    if preset == "zendesk":
        return {
            **main,
            "requester": people("people", main.get("requester_id")),
            "assignee": people("people", main.get("assignee_id")),
            "comments": comments,
            "users": [people("people", each.get("user_id")) for each in comments],
        }
    author = people("people", main.get("source_author_id"))
    return {
        "id": main.get("id"),
        "created_at": main.get("created_at"),
        "source": {
            "type": main.get("source_type"),
            "subject": main.get("source_subject"),
            "body": main.get("source_body"),
            "author": {"type": main.get("source_author_type"), "id": main.get("source_author_id"), **_named(author)},  # noqa: E501
        },
        "admin_assignee_id": main.get("assignee_id") if main.get("assignee_type") == "admin" else None,
        "conversation_rating": {
            "rating": _whole(main.get("conversation_rating_value")),
            "remark": main.get("conversation_rating_remark"),
            "created_at": main.get("conversation_rating_created_at") or None,
        },
        "state": main.get("state"),
        "priority": main.get("priority"),
        "conversation_parts": [
            {
                **each,
                "author": {
                    "type": each.get("author_type"),
                    "id": each.get("author_id"),
                    **_named(people("admins" if each.get("author_type") == "admin" else "people", each.get("author_id"))),  # noqa: E501
                },
            }
            for each in comments
        ],
    }  # fmt: skip


# Parts -------------------------------------------------------------------------------------------


def _record(
    *,
    started: Any,
    messages: list[Json],
    ended: Any = None,
    resolved: Any = None,
    **values: Any,
) -> Json:
    times = [message["at"] for message in messages if message["at"] is not None]
    start = _seconds(started)
    if times and (start is None or min(times) < start):
        start = min(times)
    end, solved = (
        None if at is not None and start is not None and at < start else at
        for at in (_seconds(ended), _seconds(resolved))
    )
    turns = []
    for message in messages:
        turn = {
            key: value for key, value in message.items() if key != "at" and value not in ("", None)
        }
        turn.setdefault("text", "")
        if message["at"] is not None and start is not None:
            turn["offset_seconds"] = message["at"] - start
        turns.append(turn)
    return {
        **values,
        "external_id": _id(values["external_id"]),
        "started_at": _iso(start),
        "ended_at": _iso(end),
        "resolved_at": _iso(solved),
        "messages": turns,
    }


def _message(
    side: str, text: str, at: Any, identity: Any, author: str, *, action: str = ""
) -> Json:
    message: Json = {"speaker": side, "text": text, "at": _seconds(at), "id": _id(identity)}
    if side == "note":
        message |= {"speaker": "system", "action": "internal_note"}
    elif side == "bot":
        message |= {"speaker": "system", "action": "automatic_message"}
    elif side == "action":
        message |= {
            "speaker": "system",
            "action": re.sub(r"\W+", "_", action).strip("_") or "activity",
        }
    elif not text:
        message |= {"speaker": "system", "action": "message_without_text"}
    return message


def _someone(identity: Any, details: Json) -> Json | None:
    found = {"id": _id(identity)}
    for name, keys in (
        ("name", ("name", "available_name")),
        ("email", ("email",)),
        ("phone", ("phone", "phone_number")),
    ):
        value = next(
            (details[key] for key in keys if isinstance(details.get(key), str) and details[key]), ""
        )
        found[name] = value
    found = {name: value for name, value in found.items() if value}
    return found or None


def _need(record: Json, *names: str) -> None:
    for name in names:
        if record.get(name) in (None, ""):
            raise NotThatLayout(name)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return text_of_html(value) if looks_like_html(value) else value.strip()


def _part(value: Any, name: str = "") -> Json:
    value = value.get(name) if name and isinstance(value, dict) else value
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _id(value: Any) -> str:
    return "" if value is None or isinstance(value, bool | dict | list) else str(value).strip()


def _whole(value: Any) -> int | None:
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        return None


def _false(value: Any) -> bool:
    return value is False or str(value).strip().lower() == "false"


def _named(person: Json) -> Json:
    return {key: person[key] for key in ("name", "email") if person.get(key)}


def _picked(record: Json, *names: str) -> Json:
    return {name: record[name] for name in names if record.get(name) not in (None, "", [], {})}


def _seconds(value: Any) -> float | None:
    """Seconds since 1970 of a time in any of the forms that these systems use; None for none."""
    if value in (None, ""):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e8:
        return float(value)
    return read_moment(value).timestamp()


def _iso(value: Any) -> str | None:
    seconds = _seconds(value)
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()
