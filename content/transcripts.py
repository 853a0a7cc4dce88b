"""A conversation as pasted text, and the words in it that are highlighted. Plain values, no models."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

# The time may stand before who speaks or behind: [0:42] Agent, Agent (0:42).
_TIME = r"\d{1,2}:\d{2}(?::\d{2})?"
_LINE = re.compile(
    rf"^\s*(?:\[(?P<before>{_TIME})\]\s*)?(?P<who>[^\W\d_][^:()\[\]]{{0,40}}?)\s*"
    rf"(?:[(\[](?P<behind>{_TIME})[)\]])?\s*:\s+(?P<text>.*)$"
)
AGENT_WORDS = {"agent", "advisor", "adviser", "representative", "rep", "us", "we"}
CUSTOMER_WORDS = {"customer", "caller", "client", "guest", "buyer"}


class NotUnderstood(ValueError):
    """`line` is the number of the first line that says nothing of who speaks."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True, slots=True)
class Line:
    who: str  # "agent" or "customer"
    text: str
    time: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a message; highlighted ones have the number of their note."""

    text: str
    note: int = 0


def parse(text: str) -> list[Line]:
    """The lines of a conversation; a line without a speaker goes on with the one before. Names other
    than "Agent" and "Customer" are taken as the customer and the agent, in the order they come."""
    found: list[Line] = []
    names: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        if not raw.strip():
            continue
        match = _LINE.match(raw)
        who = _speaker(match["who"], names) if match else ""
        if match and who:
            time = match["before"] or match["behind"] or ""
            found.append(Line(who, match["text"].strip(), time))
        elif found:
            last = found[-1]
            found[-1] = Line(last.who, f"{last.text}\n{raw.strip()}".strip(), last.time)
        else:
            raise NotUnderstood(number)
    return [line for line in found if line.text]


def _speaker(name: str, names: dict[str, str]) -> str:
    """Who a name stands for, noted in `names`; "" for what is part of the words ("Note: …"): names begin
    with a capital, and there are only two sides."""
    key = name.strip().casefold()
    if key in AGENT_WORDS | CUSTOMER_WORDS:
        names[key] = "agent" if key in AGENT_WORDS else "customer"
    elif key not in names and not name[0].islower():
        free = [side for side in ("customer", "agent") if side not in names.values()]
        if free:
            names[key] = free[0]
    return names.get(key, "")


def pieces(text: str, highlights: Iterable[tuple[str, int]]) -> list[Piece]:
    """`text` cut at the highlighted words, each (words, number of its note). Words are found in turn,
    from the first place where nothing else is highlighted; what is not there is passed over."""
    taken: list[tuple[int, int, int]] = []
    for words, number in highlights:
        place = _free_place(text, words, taken)
        if place is not None:
            taken.append((place, place + len(words), number))
    return list(_cut(text, sorted(taken)))


def missing(text: str, highlights: Sequence[str]) -> list[int]:
    """The positions of highlights that `pieces` would pass over."""
    shown = {piece.note for piece in pieces(text, ((h, n) for n, h in enumerate(highlights, 1)))}
    return [number - 1 for number in range(1, len(highlights) + 1) if number not in shown]


def _free_place(text: str, words: str, taken: list[tuple[int, int, int]]) -> int | None:
    start = text.find(words) if words else -1
    while start >= 0:
        end = start + len(words)
        if all(end <= begin or start >= stop for begin, stop, _note in taken):
            return start
        start = text.find(words, start + 1)
    return None


def _cut(text: str, taken: list[tuple[int, int, int]]) -> Iterator[Piece]:
    at = 0
    for begin, end, note in taken:
        if begin > at:
            yield Piece(text[at:begin])
        yield Piece(text[begin:end], note)
        at = end
    if at < len(text):
        yield Piece(text[at:])
