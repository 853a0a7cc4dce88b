"""Conversations from a seed: words that look like a language, a few of them real so that they can be
searched for, and how long each side took to answer."""

import json
import random
from dataclasses import dataclass

from interactions.service_facts import Gaps, gaps_of

MESSAGES = 6
WORDS_PER_MESSAGE = 12
# Said in one sentence out of this many: what a search for something particular looks for.
RARE = 500
REAL = (
    *("order", "refund", "delivery", "invoice", "address", "parcel", "broken", "late", "sorry"),
    *(
        "thank",
        "please",
        "today",
        "number",
        "return",
        "waiting",
        "courier",
        "replacement",
        "account",
    ),
)
RARE_WORD = "zeppelin"
_STARTS = ("b", "br", "d", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t")
_MIDDLES = ("a", "e", "i", "o", "u", "ai", "ea", "ou")
_ENDS = ("", "n", "r", "s", "t", "l", "nd", "st")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When each message was said, and what follows of it."""

    offsets: tuple[int, ...]
    facts: Gaps
    seconds: int
    first_response: int


class Conversations:
    """`messages(...)` and `text(...)` of one conversation by the numbers of its sentences."""

    def __init__(self, seed: int, *, sentences: int = 4096, rhythms: int = 64) -> None:
        chance = random.Random(seed)
        vocabulary = [*REAL, *dict.fromkeys(_word(chance) for _ in range(6_000))]
        # As in a real language, a few words make up most of what is said.
        weights = [1 / (place + 3) for place in range(len(vocabulary))]
        self.sentences = [
            _sentence(chance.choices(vocabulary, weights, k=WORDS_PER_MESSAGE), place)
            for place in range(sentences)
        ]
        self._quoted = [json.dumps(sentence) for sentence in self.sentences]
        self.rhythms = [_rhythm(chance) for _ in range(rhythms)]
        self._heads = [
            [
                f'{{"id": "m{place + 1}", "speaker": "{_speaker(place)}", "offset": {offset}, "text": '
                for place, offset in enumerate(rhythm.offsets)
            ]
            for rhythm in self.rhythms
        ]

    def messages(self, rhythm: int, said: list[int]) -> str:
        """The JSON of `Transcript.messages`."""
        heads = self._heads[rhythm]
        parts = (head + self._quoted[one] for head, one in zip(heads, said, strict=True))
        return f"[{'}, '.join(parts)}}}]"

    def text(self, said: list[int]) -> str:
        return "\n".join(self.sentences[one] for one in said)


def _speaker(place: int) -> str:
    return ("customer", "agent")[place % 2]


def _word(chance: random.Random) -> str:
    return "".join(
        chance.choice(_STARTS) + chance.choice(_MIDDLES) + chance.choice(_ENDS)
        for _syllable in range(chance.choice((1, 2, 2, 3)))
    )


def _sentence(words: list[str], place: int) -> str:
    if place % RARE == 0:
        words[-1] = RARE_WORD
    return f"{' '.join(words).capitalize()}."


def _rhythm(chance: random.Random) -> Rhythm:
    at, offsets = 0, []
    for _message in range(MESSAGES):
        at += chance.randint(4, 90)
        offsets.append(at)
    facts = gaps_of(
        {"speaker": _speaker(place), "offset": offset} for place, offset in enumerate(offsets)
    )
    return Rhythm(tuple(offsets), facts, at + 20, offsets[1] - offsets[0])
