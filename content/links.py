"""Links between pages inside rich text, looked up once per request.

Wagtail's own way costs two queries for every block of rich text that holds a page link, and one
more per link as soon as a site may have several languages. `content.wagtail_hooks` puts this in its
place.
"""

import re
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any

from django.core.signals import request_finished, request_started
from django.utils.html import escape
from wagtail.models import Page

_PAGE_LINK = re.compile(r'<a\b[^>]*\blinktype="page"[^>]*>')
_ID = re.compile(r'\bid="(\d+)"')

_known: ContextVar[dict[str, str] | None] = ContextVar("page_link_tags", default=None)


# What the reader of this request reads the manual in; set by `content.middleware`.
_language: ContextVar[str] = ContextVar("language_of_page_links", default="")


# Who reads it, set there too: a page that is closed to them has no address either.
_reader: ContextVar[Any] = ContextVar("reader_of_page_links", default=None)


def read_by(reader: Any) -> None:
    """From here on links lead only to what `reader` may read."""
    _reader.set(reader)


def read_in(language: str) -> None:
    """From here on links lead to the translation into `language` where there is one."""
    _language.set(language)


def _start(**kwargs: Any) -> None:
    _known.set({})
    _language.set("")
    _reader.set(None)


def _finish(**kwargs: Any) -> None:
    _known.set(None)
    _reader.set(None)


request_started.connect(_start, dispatch_uid="content.links.start")
request_finished.connect(_finish, dispatch_uid="content.links.finish")


def opening_tags(ids: Iterable[str]) -> dict[str, str]:
    """Map each page id to the tag that opens a link to it. One query for those not known yet.

    The link leads to the page in the reader's language where it has been translated. For a page
    that is not published, or closed to the reader, the tag has no address: the words stay, the way
    to "not found" goes.
    """
    from content.models.base import VisiblePageQuerySet  # The models use this module.

    known = _known.get()
    tags = {} if known is None else known  # Outside a request there is nothing to keep them in.
    missing = {pk for pk in ids if pk not in tags and pk.isdecimal()}
    if not missing:
        return tags
    keys = Page.objects.filter(pk__in=missing).values("translation_key")
    reader, readable = _reader.get(), Page.objects.live()
    if reader is not None:
        readable = VisiblePageQuerySet(Page).visible_to(reader)
    pages = readable.filter(translation_key__in=keys).select_related("locale")
    language = _language.get()
    translated = {
        page.translation_key: page
        for page in pages
        if page.locale.language_code == language and page.alias_of_id is None
    }
    tags.update(dict.fromkeys(missing, "<a>"))
    for page in pages:
        if str(page.pk) in missing:
            target = translated.get(page.translation_key, page)
            tags[str(page.pk)] = f'<a href="{escape(target.url)}">'
    return tags


def look_up(*stream_values: Any) -> None:
    """Look up every page that the rich text in `stream_values` links to, with one query at most."""
    opening_tags(
        match.group(1)
        for value in stream_values
        for text in _texts(getattr(value, "raw_data", ()))
        for tag in _PAGE_LINK.findall(text)
        if (match := _ID.search(tag))
    )


def _texts(raw: Any) -> Iterator[str]:
    if isinstance(raw, str):
        yield raw
    elif isinstance(raw, dict):
        yield from _texts(raw.values())
    elif isinstance(raw, Iterable):
        for item in raw:
            yield from _texts(item)
