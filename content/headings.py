"""The headings of a rich text, the ids that lead to them, and its words in one line."""

import html
import re
from collections.abc import Iterator

from django.utils.html import strip_tags
from django.utils.text import slugify

HEADING = re.compile(r"<(h[234])([^>]*)>(.*?)</\1>", re.DOTALL)
_CLOSED = (".", "!", "?", ":", ";", ",", "…", ".”", "!”", "?”", ".)")
_BREAK = re.compile(r"</?(?:p|h\d|li|ul|ol|blockquote|br|hr)\b[^>]*>", re.IGNORECASE)


def in_one_line(source: str) -> str:
    """The words of a rich text as they are quoted: what stood in a paragraph or list item of its own
    and ends without a sign gets a dot between it and the next."""
    blocks = (" ".join(strip_tags(each).split()) for each in _BREAK.split(source))
    line = ""
    for block in filter(None, map(html.unescape, blocks)):
        line += f"{' ' if line.endswith(_CLOSED) else ' · '}{block}" if line else block
    return line


def slug_of(words: str) -> str:
    """The id for a heading, made of its words as sites of Markdown do."""
    plain = strip_tags(words).replace("&amp;", "").replace("’", "")
    return slugify(plain, allow_unicode=True)


class Ids:
    """Ids for the headings of one text, in order: of equal ones, the second gets "-1"."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def next(self, words: str) -> str:
        slug = slug_of(words)
        if not slug:
            return ""
        count = self._taken[slug] = self._taken.get(slug, -1) + 1
        return f"{slug}-{count}" if count else slug


def headed(source: str) -> Iterator[tuple[str, str, str]]:
    """`source` cut at its headings: each one's id and words, and the text up to the next one.

    The text before the first heading has neither id nor words.
    """
    ids, start, slug, words = Ids(), 0, "", ""
    for match in HEADING.finditer(source):
        if text := in_one_line(source[start : match.start()]):
            yield slug, words, text
        elif words:
            yield slug, words, ""
        start, words = match.end(), strip_tags(match[3])
        slug = ids.next(match[3])
    yield slug, words, in_one_line(source[start:])
