"""Finding quoted words in a conversation."""

import re
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
    """The first place where `quote` stands in the conversation, its white space aside: what is copied
    out of several lines often comes without the ends of them.

    Masked turns work as well as plain ones: masking keeps every offset.
    """
    words = quote.split()
    if not words:
        return None
    wanted = re.compile(r"\s+".join(re.escape(word) for word in words))
    for turn in turns:
        if found := wanted.search(turn.text):
            return Passage(turn.id, *found.span())
    return None


def are_same_words(one: str, other: str) -> bool:
    """Whether they differ in white space at most, which browsers and forms change."""
    return one.split() == other.split()
