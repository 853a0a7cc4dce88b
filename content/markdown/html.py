"""From the HTML of a Markdown file to the blocks of a manual page.

Rich text holds what the editor of the pages can show and nothing else: headings, paragraphs, lists,
bold, italic, code, links, quotations and rules. Tables, code and images become blocks of their own.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser
from typing import Any

Block = tuple[str, Any]
# What a link or an image leads to: the attributes of <a>, the id of an image; None when it is nowhere.
FindLink = Callable[[str, int], dict[str, str] | None]
FindImage = Callable[[str, int], int | None]

HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
INLINE = {"b": "b", "strong": "b", "i": "i", "em": "i", "code": "code", "kbd": "code"}
CALLOUTS = {
    "NOTE": "info",
    "INFO": "info",
    "IMPORTANT": "info",
    "TIP": "tip",
    "WARNING": "warning",
    "CAUTION": "warning",
}
_MARKER = re.compile(r"^\s*\[!(\w+)\]\s*(?:<br/>)?\s*")
_TAG = re.compile(r"<[^>]+>")
# Markdown has no emphasis that begins or ends with a space.
_SPACE_INSIDE = re.compile(r" *(<[bi]>) +")
_SPACE_BEFORE_END = re.compile(r" +(</[bi]>) *")
_BREAKS = re.compile(r"(?:\s|<br/>)*<br/>(?:\s|<br/>)*$")


@dataclass
class _Table:
    headings: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    row: list[str] | None = None
    row_is_heading: bool = True
    caption: str = ""


class BlockReader(HTMLParser):
    """Feed it well-formed HTML, then take `blocks`. `data-line` attributes say where a tag stood."""

    def __init__(self, *, find_link: FindLink, find_image: FindImage) -> None:
        super().__init__(convert_charrefs=True)
        self.find_link, self.find_image = find_link, find_image
        self.blocks: list[Block] = []
        self.line = 1
        self.prose: list[str] = []  # finished paragraphs, lists, headings
        self.words: list[str] = []  # the inline content that is being read
        self.waiting: list[Block] = []  # images inside a paragraph, to stand after it
        self.lists: list[str] = []
        self.quotes = 0
        self.quoted: list[str] = []
        self.tables: list[_Table] = []
        self.cell = False
        self.heading = ""
        self.closing: list[str] = []  # the tags with which open <a> end
        self.code: list[str] | None = None
        self.language = ""
        self.is_item_open: list[bool] = []

    # What the parser meets ----------------------------------------------------------------------

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("data-line", "").isdecimal():
            self.line = int(given["data-line"])
        if self.code is not None:
            if tag == "code":
                self.language = _language(given.get("class", ""))
            return
        if tag in INLINE:
            self.words.append(f"<{INLINE[tag]}>")
        elif tag == "a":
            self._open_link(given.get("href", ""))
        elif tag == "br":
            self.words.append("<br/>")
        elif tag == "img":
            self._image(given)
        elif tag in HEADINGS:
            self._end_paragraph()
            self.heading = HEADINGS[tag]
        elif tag in ("ul", "ol"):
            self._open_list(tag)
        elif tag == "li":
            self._open_item()
        elif tag == "blockquote":
            self._end_paragraph()
            self.quotes += 1
        elif tag == "hr":
            self._end_paragraph()
            if not self._is_inside:
                self.prose.append("<hr/>")
        elif tag == "pre":
            self._end_paragraph()
            self.code, self.language = [], ""
        elif tag == "table":
            self._end_paragraph()
            self.tables.append(_Table())
        elif tag == "tr" and self.tables:
            self.tables[-1].row, self.tables[-1].row_is_heading = [], True
        elif tag in ("td", "th") and self.tables:
            self.words = []
            self.cell = True
            self.tables[-1].row_is_heading &= tag == "th"
        elif tag == "summary":
            self._end_paragraph()
            self.words.append("<b>")
        else:
            self._end_paragraph()

    def handle_endtag(self, tag: str) -> None:
        if self.code is not None:
            if tag == "pre":
                self._end_code()
            return
        if tag in INLINE:
            self.words.append(f"</{INLINE[tag]}>")
        elif tag == "a":
            if self.closing:
                self.words.append(self.closing.pop())
        elif tag in HEADINGS:
            self._end_heading()
        elif tag in ("ul", "ol"):
            self._close_list(tag)
        elif tag == "li":
            self._end_paragraph()
        elif tag == "blockquote":
            self._end_paragraph()
            self.quotes -= 1
            if not self.quotes:
                self._end_quotation()
        elif tag in ("td", "th") and self.tables:
            self._end_cell()
        elif tag == "tr" and self.tables:
            self._end_row()
        elif tag == "table" and self.tables:
            self._end_table()
        elif tag == "caption" and self.tables:
            self.tables[-1].caption = _TAG.sub("", self._take_words())
        elif tag == "summary":
            self.words.append("</b>")
            self._end_paragraph()
        elif tag not in ("br", "img", "hr"):
            self._end_paragraph()

    def handle_data(self, data: str) -> None:
        if self.code is not None:
            self.code.append(data)
        else:
            self.words.append(escape(re.sub(r"\s+", " ", data), quote=False))

    def close(self) -> None:
        super().close()
        self._end_paragraph()
        self._end_prose()

    # What becomes of it -------------------------------------------------------------------------

    @property
    def _is_inside(self) -> bool:
        """In a list, a quotation or a cell: where paragraphs are lines."""
        return bool(self.lists or self.quotes or self.cell)

    def _take_words(self) -> str:
        words = "".join(self.words).strip()
        self.words = []
        words = re.sub(r"\s*<br/>\s*", "<br/>", words)
        words = _SPACE_INSIDE.sub(r" \1", words)
        words = _SPACE_BEFORE_END.sub(r"\1 ", words).strip()
        return re.sub(r" {2,}", " ", _BREAKS.sub("", words)).strip()

    def _end_paragraph(self) -> None:
        if self.cell:
            if self.words and "".join(self.words).strip():
                self.words.append("<br/>")
            return
        words = self._take_words()
        if words:
            if self.lists:
                self._add_to_item(words)
            elif self.quotes:
                self.quoted.append(words)
            else:
                self.prose.append(f"<p>{words}</p>")
        if not self._is_inside and self.waiting:
            self._end_prose()

    def _end_heading(self) -> None:
        words, level = self._take_words(), self.heading or "h2"
        self.heading = ""
        if not words:
            return
        if self.lists:
            self._add_to_item(f"<b>{words}</b>")
        elif self.quotes:
            self.quoted.append(f"<b>{words}</b>")
        elif self.cell:
            self.words.append(f"<b>{words}</b><br/>")
        else:
            self.prose.append(f"<{level}>{words}</{level}>")

    def _open_list(self, tag: str) -> None:
        self._end_paragraph()
        if self.cell or self.quotes:
            return
        self.lists.append(tag)
        self.is_item_open.append(False)
        self.prose.append(f"<{tag}>")

    def _open_item(self) -> None:
        self._end_paragraph()
        if self.cell or self.quotes:
            self.words.append("• ")
        elif self.lists:
            if self.is_item_open[-1]:
                self.prose.append("</li>")
            self.is_item_open[-1] = True
            self.prose.append("<li>")

    def _add_to_item(self, words: str) -> None:
        if self.prose and self.prose[-1] == "<li>":
            self.prose.append(words)
        elif self.prose and not self.prose[-1].startswith(("</ul>", "</ol>")):
            self.prose.append(f"<br/>{words}")
        else:
            # Words behind a nested list are an item of their own: rich text has no place for them.
            self.prose += ["</li>", "<li>", words]

    def _close_list(self, tag: str) -> None:
        self._end_paragraph()
        if self.cell or self.quotes or not self.lists:
            return
        if self.is_item_open.pop():
            self.prose.append("</li>")
        self.lists.pop()
        self.prose.append(f"</{tag}>")
        if not self.lists and self.waiting:
            self._end_prose()

    def _open_link(self, target: str) -> None:
        target = re.sub(r"\s", "%20", target.strip())
        found = self.find_link(target, self.line) if target else None
        if found is None:
            self.closing.append("")
            return
        attributes = "".join(f' {name}="{escape(value)}"' for name, value in found.items())
        self.words.append(f"<a{attributes}>")
        self.closing.append("</a>")

    def _image(self, given: dict[str, str]) -> None:
        alt = " ".join(given.get("alt", "").split())
        image = self.find_image(given.get("src", ""), self.line) if given.get("src") else None
        if image is None:
            if alt:
                self.words.append(f"[{escape(alt, quote=False)}]")
            return
        figure = {
            "image": image,
            "alt": alt[:300],
            "caption": " ".join(given.get("title", "").split())[:300],
        }
        self.waiting.append(("image", figure))

    def _end_quotation(self) -> None:
        lines, self.quoted = self.quoted, []
        if not lines:
            return
        marker = _MARKER.match(lines[0])
        kind = marker[1].upper() if marker else ""
        if marker and kind in ("DO", "DONT", *CALLOUTS):
            lines[0] = lines[0][marker.end() :]
            text = _plain("\n\n".join(line for line in lines if line))
            self._end_prose()
            self._marked(kind, text)
        else:
            self.prose.append(f"<blockquote>{'<br/>'.join(lines)}</blockquote>")

    def _marked(self, kind: str, text: str) -> None:
        before = self.blocks[-1] if self.blocks else ("", {})
        if kind == "DONT" and before[0] == "example" and not before[1]["dont"]:
            before[1]["dont"] = text
        elif kind in ("DO", "DONT"):
            self.blocks.append(("example", {"do": "", "dont": "", kind.lower(): text}))
        else:
            self.blocks.append(("callout", {"kind": CALLOUTS[kind], "text": text}))

    def _end_code(self) -> None:
        text = "".join(self.code or []).rstrip("\n")
        self.code = None
        if self.lists:
            self._add_to_item("<br/>".join(_as_code(line) for line in text.split("\n")))
        elif self.quotes:
            self.quoted += [_as_code(line) for line in text.split("\n")]
        elif self.cell:
            self.words.append("<br/>".join(_as_code(line) for line in text.split("\n")))
        else:
            self._end_prose()
            self.blocks.append(("code", {"language": self.language, "code": text}))

    def _end_cell(self) -> None:
        words = self._take_words()
        self.cell = False
        table = self.tables[-1]
        if table.row is None:
            table.row = []
        table.row.append(words)

    def _end_row(self) -> None:
        table = self.tables[-1]
        row, table.row = table.row, None
        if not row:
            return
        if table.row_is_heading and not table.headings and not table.rows:
            table.headings = [_plain(cell) for cell in row]
        else:
            table.rows.append(row)

    def _end_table(self) -> None:
        table = self.tables.pop()
        width = max([len(table.headings), *(len(row) for row in table.rows)], default=0)
        if not width:
            return
        headings = [*table.headings, *[""] * (width - len(table.headings))]
        value = {
            "columns": [{"type": "text", "heading": heading} for heading in headings],
            "rows": [
                {"values": [_as_cell(cell) for cell in [*row, *[""] * (width - len(row))]]}
                for row in table.rows
            ],
            "caption": table.caption,
        }
        if self.lists:
            for row in [headings, *table.rows]:
                self._add_to_item(" | ".join(cell for cell in row if cell))
        else:
            self._end_prose()
            self.blocks.append(("table", value))

    def _end_prose(self) -> None:
        text = "".join(self.prose)
        self.prose = []
        if text:
            self.blocks.append(("text", text))
        self.blocks += self.waiting
        self.waiting = []


def _language(css: str) -> str:
    found = re.search(r"\blanguage-([\w+#.-]+)", css)
    return found[1][:30] if found else ""


def _as_code(line: str) -> str:
    return f"<code>{escape(line, quote=False)}</code>" if line.strip() else ""


def _as_cell(words: str) -> str:
    return f"<p>{words}</p>" if words else ""


def _plain(html: str) -> str:
    """The words of a piece of inline HTML, with its line breaks."""
    return unescape(_TAG.sub("", html.replace("<br/>", "\n"))).strip()
