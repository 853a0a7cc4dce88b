"""Chat transcripts as plain text: who said what, in the ways that chat programs write it down. Pure."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from interactions.importing.dates import UnknownOrder, read_moment

_TIME = r"[^\])\n]{3,40}?\d[^\])\n]{0,25}?"
_NAME = r"[^\W_][^:\n()\[\]]{0,59}?"
_STYLES = (
    # Ada (10:32): text; Ada (2026-03-31 10:32): text
    re.compile(rf"^(?P<name>{_NAME})\s*\((?P<time>[^)\n]*\d[^)\n]*)\)\s*:\s*(?P<text>.*)$"),
    # [10:32] Ada: text; [31.03.2026, 10:32:07] Ada: text
    re.compile(
        rf"^\[(?P<time>[^\]\n]*\d[^\]\n]*)\]\s*(?:-\s*)?(?P<name>{_NAME})\s*:\s*(?P<text>.*)$"
    ),
    # (10:32) Ada: text; ( 5s ) Ada: text
    re.compile(rf"^\((?P<time>[^)\n]*\d[^)\n]*)\)\s*(?P<name>{_NAME})\s*:\s*(?P<text>.*)$"),
    # 31/03/2026, 10:32 - Ada: text; 10:32:07 Ada: text
    re.compile(
        rf"^(?P<time>(?:[\d./-]{{6,10}},?[ T]+)?\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\s*[AaPp][Mm])?)"
        rf"\s*(?:-\s*)?(?P<name>{_NAME})\s*:\s*(?P<text>.*)$"
    ),
)
_BARE = re.compile(r"^(?P<name>[^\W\d_][\w .'’-]{0,39}?)\s*:\s+(?P<text>.*)$")
_CLOCK = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp])?(?:[Mm])?$")
_ELAPSED = re.compile(r"^(?:(\d+)\s*h)?\s*(?:(\d+)\s*m)?\s*(?:(\d+)\s*s)?$")

AGENT_WORDS = {"agent", "advisor", "representative", "operator", "support", "rep"}
CUSTOMER_WORDS = {"customer", "visitor", "caller", "client", "user", "guest", "me", "you"}
SYSTEM_WORDS = {"system", "bot", "chatbot", "assistant", "info"}


@dataclass(frozen=True, slots=True)
class Said:
    """One turn; `moment` where the text has a date, `seconds` where it counts from the start."""

    name: str
    text: str
    moment: dt.datetime | None = None
    seconds: float | None = None


class UnreadableChat(ValueError):
    """No transcript; the message says why."""


def read_chat(
    text: str, *, order: str = "", zone: str = "", day: dt.date | None = None
) -> list[Said]:
    """The turns in order. A line that begins no turn goes on with the one before.

    A clock time without a date is taken for one of `day` (after midnight, of the next), or counts
    from the first. Raises `UnreadableChat`, and `UnknownOrder` for a date whose order nobody said.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff").split("\n")
    style = _style(lines)
    turns: list[tuple[str, str, str]] = []
    for line in lines:
        match = style.match(line.strip()) if style else None
        if match:
            turns.append(
                (match["name"].strip(), match.groupdict().get("time") or "", match["text"])
            )
        elif turns:
            name, time, said = turns[-1]
            turns[-1] = (name, time, f"{said}\n{line}")
    if not turns:
        raise UnreadableChat("no line begins with a name and a colon")
    return _timed(turns, order=order, zone=zone, day=day)


def names_in(turns: Iterable[Said]) -> list[str]:
    return list(dict.fromkeys(turn.name for turn in turns))


def usual_side(name: str) -> str:
    """agent, customer or system where the name is the word for it, else ""."""
    word = re.sub(r"[\s\d#]+$", "", name.strip().casefold())
    for side, words in (
        ("agent", AGENT_WORDS),
        ("customer", CUSTOMER_WORDS),
        ("system", SYSTEM_WORDS),
    ):
        if word in words:
            return side
    return ""


def _style(lines: list[str]) -> re.Pattern[str] | None:
    counts = [(sum(bool(style.match(line.strip())) for line in lines), style) for style in _STYLES]
    best = max(counts, key=lambda pair: pair[0])
    if best[0]:
        return best[1]
    return _BARE if any(_BARE.match(line.strip()) for line in lines) else None


def _timed(
    turns: list[tuple[str, str, str]], *, order: str, zone: str, day: dt.date | None
) -> list[Said]:
    said = []
    first_clock: float | None = None
    last_clock = 0.0
    for name, time, text in turns:
        time = time.strip().strip(",")
        moment: dt.datetime | None = None
        seconds: float | None = None
        if clock := _CLOCK.match(time):
            hour = int(clock[1])
            if clock[4]:
                hour = hour % 12 + (12 if clock[4] in "Pp" else 0)
            at = hour * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)
            while at < last_clock - 3600:  # past midnight; an hour back is a clock that was set
                at += 86_400
            last_clock = max(last_clock, at)
            if first_clock is None:
                first_clock = at
            if day is not None and at < 2 * 86_400:
                midnight = dt.datetime.combine(day, dt.time())
                moment = read_moment(midnight + dt.timedelta(seconds=at), zone=zone)
            else:
                seconds = max(0.0, at - first_clock)
        elif time and (elapsed := _ELAPSED.match(time)):
            hours, minutes, rest = (int(part or 0) for part in elapsed.groups())
            seconds = hours * 3600 + minutes * 60 + rest
        elif time:
            try:
                moment = read_moment(time, order=order, zone=zone)
            except UnknownOrder:
                raise
            except ValueError as error:
                raise UnreadableChat(f"the time “{time}” of {name} cannot be read") from error
        said.append(Said(name, text.strip(), moment, seconds))
    return said
