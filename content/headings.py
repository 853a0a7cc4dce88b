"""The headings of a rich text and the ids that lead to them."""

import re
from collections.abc import Iterator

from django.utils.html import strip_tags
from django.utils.text import slugify
from wagtail.rich_text import get_text_for_indexing

HEADING = re.compile(r"<(h[234])([^>]*)>(.*?)</\1>", re.DOTALL)


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
        if text := get_text_for_indexing(source[start : match.start()]).strip():
            yield slug, words, text
        elif words:
            yield slug, words, ""
        start, words = match.end(), strip_tags(match[3])
        slug = ids.next(match[3])
    yield slug, words, get_text_for_indexing(source[start:]).strip()
