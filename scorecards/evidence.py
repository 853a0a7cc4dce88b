"""Finding quoted words in a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass

from interactions.models import Message


@dataclass(frozen=True, slots=True)
class Passage:
    """Characters `start` to `end` (Python's code points) of one message."""

    message_id: str
    start: int
    end: int


def find_passage(turns: Sequence[Message], quote: str) -> Passage | None:
    """The first place where `quote` stands in the conversation, spaces around it aside.

    Masked turns work as well as plain ones: masking keeps every offset.
    """
    wanted = quote.strip()
    if not wanted:
        return None
    for turn in turns:
        start = turn.text.find(wanted)
        if start >= 0:
            return Passage(turn.id, start, start + len(wanted))
    return None
