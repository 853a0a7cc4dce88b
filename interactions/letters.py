"""Telling what a letter says from what it quotes of the ones before. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# The line by which mail programs introduce what they quote, and those of a forwarded letter.
_HEADING = re.compile(
    r"^\s*(?:"
    r"on\b.{4,200}\bwrote:"
    r"|am\b.{4,200}\bschrieb.{0,80}:"
    r"|le\b.{4,200}\ba écrit\s?:"
    r"|el\b.{4,200}\bescribió:"
    r"|op\b.{4,200}\bschreef.{0,80}:"
    r"|-{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|message d'origine)\s*-{2,}"
    r")\s*$",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"^\s*-{2,}.*-{2,}\s*$")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a letter: the writer's own words, or a quotation to fold away."""

    text: str
    is_quoted: bool

    @property
    def line_count(self) -> int:
        return len(self.text.strip("\n").split("\n"))


def parts_of(text: str) -> Sequence[Part]:
    """`text` in stretches which, put together, are `text` again to the character.

    Quoted are lines that begin with ">", the line "On … wrote:" before them (also broken into two),
    empty lines between them, and everything behind "--- Original message ---". A letter that is
    nothing but a quotation is left open: folding it would show an empty letter.
    """
    lines = text.splitlines(keepends=True)
    is_quoted = [line.lstrip().startswith(">") for line in lines]
    for index, line in enumerate(lines):
        if is_quoted[index] or not line.strip():
            continue
        if _SEPARATOR.match(line) and _HEADING.match(line):
            is_quoted[index:] = [True] * (len(lines) - index)
            break
        for span in (1, 2):
            heading = " ".join(part.strip() for part in lines[index : index + span])
            after = index + span
            while after < len(lines) and not lines[after].strip():
                after += 1
            if _HEADING.match(heading) and after < len(lines) and is_quoted[after]:
                is_quoted[index:after] = [True] * (after - index)
                break
    _close_gaps(lines, is_quoted)
    if all(flag or not line.strip() for flag, line in zip(is_quoted, lines, strict=True)):
        return [Part(text, is_quoted=False)]
    parts: list[Part] = []
    for line, flag in zip(lines, is_quoted, strict=True):
        if parts and parts[-1].is_quoted == flag:
            parts[-1] = Part(parts[-1].text + line, flag)
        else:
            parts.append(Part(line, flag))
    return parts


def _close_gaps(lines: list[str], is_quoted: list[bool]) -> None:
    """Empty lines between two quoted ones are quoted as well."""
    last: int | None = None
    for index, flag in enumerate(is_quoted):
        if flag:
            if last is not None and not any(line.strip() for line in lines[last + 1 : index]):
                is_quoted[last + 1 : index] = [True] * (index - last - 1)
            last = index
