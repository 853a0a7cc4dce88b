"""What the messages of a conversation say about the service in it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Gaps:
    """How often the customer waited for an answer, and how long: whole seconds. All None where no
    message has a time. `asked`: when they first said something, from the start; None where that or the
    answer to it has no time."""

    count: int | None = None
    longest: int | None = None
    median: int | None = None
    asked: int | None = None


NO_TIMES = Gaps()


def gaps_of(messages: Iterable[dict[str, Any]]) -> Gaps:
    """A wait runs from the first thing the customer says that is not answered yet to what the agent says
    next. What is spoken counts from its end. Waits with an unknown end are left out, and so is what was
    never answered; what the agent does in their tools is no answer.

    `messages` are as `Transcript.messages` keeps them.
    """
    waits: list[float] = []
    asked: float | None = None
    first: float | None = None
    is_waiting = is_timed = has_asked = has_answer = False
    for message in messages:
        at = message.get("offset")
        is_timed = is_timed or at is not None
        if message["speaker"] == "customer" and not is_waiting:
            is_waiting = True
            asked = None if at is None else at + message.get("duration", 0)
            if not has_asked:
                has_asked, first = True, at
        elif message["speaker"] == "agent" and is_waiting:
            is_waiting = False
            if not has_answer:
                has_answer, first = True, None if at is None else first
            if asked is not None and at is not None:
                waits.append(max(0.0, at - asked))
    if not is_timed:
        return NO_TIMES
    begin = None if first is None else max(0, round(first))
    if not waits:
        return Gaps(0, asked=begin)
    return Gaps(len(waits), round(max(waits)), round(median(waits)), begin)


def first_response_of(messages: Iterable[dict[str, Any]]) -> int | None:
    """Whole seconds from the customer's first message to the agent's next; None without times."""
    asked = None
    for message in messages:
        if message["speaker"] == "customer" and asked is None:
            if message["offset"] is None:
                return None
            asked = message["offset"]
        elif message["speaker"] == "agent" and asked is not None:
            if message["offset"] is None:
                return None
            return max(0, round(message["offset"] - asked))
    return None
