"""Rich text and plain text as paragraphs of a PDF."""

from collections.abc import Callable
from html import escape
from html.parser import HTMLParser
from typing import Any

from reportlab.platypus import Flowable, HRFlowable, Paragraph

from content.printing.fonts import Speller
from content.printing.styles import Styles

_INLINE = {"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u", "s": "strike", "sup": "super"}
_INDENT = 14
_HEADINGS = {"h1": "h3", "h2": "h3", "h3": "h4", "h4": "h4", "h5": "h4", "h6": "h4"}

# Page id to the address a link leads to, inside the document or on the site; none for a page not there.
PageAddress = Callable[[int], str | None]


class RichText(HTMLParser):
    """Wagtail's rich text, as stored, to flowables: paragraphs, headings, nested lists, links."""

    def __init__(
        self, styles: Styles, speller: Speller, page_address: PageAddress, indent: int = 0
    ):
        super().__init__(convert_charrefs=True)
        self.styles, self.speller, self.page_address = styles, speller, page_address
        self.indent = indent
        self.flowables: list[Flowable] = []
        self.words: list[str] = []
        self.open: list[tuple[str, str]] = []  # inline tags: as found, and what closes them
        self.lists: list[int | None] = []  # the number reached, none in a list without numbers
        self.bullet = ""
        self.style = "body"

    def take(self, source: str) -> list[Flowable]:
        self.feed(source)
        self.close()
        self._paragraph()
        return self.flowables

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _INLINE:
            self._open(tag, f"<{_INLINE[tag]}>", f"</{_INLINE[tag]}>")
        elif tag == "code":
            self._open(tag, f'<font name="{self.speller.letters.mono}">', "</font>")
        elif tag == "a":
            address = self._address(given)
            if address:
                words = f'<link href="{escape(address)}" color="{self.styles.link_colour}"><u>'
                self._open(tag, words, "</u></link>")
            else:
                self._open(tag, "", "")
        elif tag == "br":
            self.words.append("<br/>")
        elif tag == "hr":
            self._paragraph()
            self.flowables.append(HRFlowable(width="100%", color=self.styles.line, spaceAfter=6))
        elif tag in {"ul", "ol"}:
            self._paragraph()
            self.lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._paragraph()
            number = self.lists[-1] if self.lists else None
            if number is not None:
                self.lists[-1] = number + 1
            self.bullet = "•" if number is None else f"{number + 1}."
        elif tag in _HEADINGS:
            self._paragraph()
            self.style = _HEADINGS[tag]
        elif tag in {"p", "div", "blockquote"}:
            self._paragraph()
            if tag == "blockquote":
                self.style = "quote"
        elif tag == "embed" and given.get("alt"):
            self.words.append(f"[{escape(self.speller.spell(given['alt'] or ''))}]")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"ul", "ol"}:
            self._paragraph()
            if self.lists:
                self.lists.pop()
        elif tag in {"p", "div", "li", "blockquote", *_HEADINGS}:
            self._paragraph()
            if tag in {"blockquote", *_HEADINGS}:
                self.style = "body"
        elif any(tag == found for found, _closing in self.open):
            while self.open:
                found, closing = self.open.pop()
                self.words.append(closing)
                if found == tag:
                    break

    def handle_data(self, data: str) -> None:
        self.words.append(escape(self.speller.spell(data), quote=False))

    def _open(self, tag: str, opening: str, closing: str) -> None:
        self.words.append(opening)
        self.open.append((tag, closing))

    def _address(self, given: dict[str, str | None]) -> str | None:
        if given.get("linktype") == "page":
            pk = given.get("id") or ""
            return self.page_address(int(pk)) if pk.isdecimal() else None
        address = given.get("href") or ""
        return address if address.startswith(("https://", "http://", "mailto:", "tel:")) else None

    def _paragraph(self) -> None:
        closing = "".join(closing for _tag, closing in reversed(self.open))
        text = "".join(self.words) + closing
        self.words, self.open = [], []
        if not _has_words(text):
            return
        depth = len(self.lists)
        left = self.indent + depth * _INDENT
        style = self.styles.at(self.style, left=left, bullet=left - _INDENT + 2)
        bullet, self.bullet = self.bullet, ""
        self.flowables.append(Paragraph(text, style, bulletText=bullet or None))


def _has_words(markup: str) -> bool:
    inside = False
    for letter in markup:
        if letter == "<":
            inside = True
        elif letter == ">":
            inside = False
        elif not inside and not letter.isspace():
            return True
    return False


def plain(text: Any, speller: Speller) -> str:
    """Plain text as markup of a paragraph, line by line."""
    lines = speller.spell(str(text)).strip().splitlines()
    return "<br/>".join(escape(line, quote=False) for line in lines)
