"""Hiding an agent's name in a conversation without moving a single character. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

BLOCK = "█"
SHORTEST_NAME = 2
APOSTROPHES = str.maketrans("’‘ʼ`´", "'''''")


def mask_names(text: str, names: Iterable[str]) -> str:
    """Return `text`, as long as before, with blocks for every whole-word occurrence of a name.

    Case, accents and the shape of an apostrophe make no difference, on either side. A name of several
    words is masked as a whole and word by word, since people are called by parts of their names; words
    of one letter are left alone. White space inside a name stays, so that lines break as before.
    """
    wanted = _pattern(tuple(names))
    if wanted is None:
        return text
    folded, origin = _folded_with_origin(text)
    characters = list(text)
    for match in wanted.finditer(folded):
        # An accent written as a character of its own folds to nothing: it goes with its letter.
        first, last = origin[match.start()], origin[match.end()]
        for index in range(first, last):
            if not characters[index].isspace():
                characters[index] = BLOCK
    return "".join(characters)


@lru_cache(maxsize=512)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """What finds them in a folded text: all turns of a conversation, and all of somebody's, ask for the
    same. None where there is nothing to look for."""
    folded_names = {_folded(part) for name in names for part in (name, *name.split())}
    wanted = sorted((name for name in folded_names if len(name) >= SHORTEST_NAME), key=len)
    if not wanted:
        return None
    alternatives = "|".join(r"\s+".join(map(re.escape, n.split())) for n in reversed(wanted))
    return re.compile(rf"(?<![^\W_])(?:{alternatives})(?![^\W_])")


def _folded(text: str) -> str:
    return "".join(map(_folded_character, text)).strip()


def _folded_with_origin(text: str) -> tuple[str, Sequence[int]]:
    """The text in its plainest letters, and for each of them, and the end, where it came from."""
    if text.isascii():
        return _folded_character(text), range(len(text) + 1)
    folded: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        letters = _folded_character(character)
        folded.append(letters)
        origin += [index] * len(letters)
    return "".join(folded), [*origin, len(text)]


def _folded_character(character: str) -> str:
    """One character without case and accents: "É" -> "e", "ß" -> "ss", a lone accent -> ""; or any text
    of ASCII."""
    if character.isascii():
        return character.lower().translate(APOSTROPHES)
    parts = unicodedata.normalize("NFKD", character.translate(APOSTROPHES))
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()
