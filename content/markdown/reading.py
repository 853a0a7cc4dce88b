"""One Markdown file: its front matter, and its text as blocks of a manual page. Pure; no database.

CommonMark with tables, by markdown-it; raw HTML in it is cleaned. The tags of a site generator are kept
as the text they are and named, except for the two that are links: `{% page "path" %}` and Jekyll's
`{% link path.md %}`.
"""

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import frontmatter
import nh3
import yaml
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from content.markdown.html import HEADINGS, INLINE, Block, BlockReader, FindImage, FindLink

MAX_BYTES = 2_000_000
# Of front matter: far more than a page says of itself, far less than what brings a reader down.
MAX_DEPTH, MAX_VALUES = 20, 10_000

_KNOWN_TAGS = {
    *HEADINGS,
    *INLINE,
    *("a", "p", "br", "hr", "img", "ul", "ol", "li", "blockquote", "pre", "div", "span"),
    *("table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "details", "summary"),
}
_ATTRIBUTES = {
    "*": {"data-line"},
    "a": {"href"},
    "img": {"src", "alt", "title"},
    "code": {"class"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}
_HTML_TAG = re.compile(r"<\s*([a-zA-Z][a-zA-Z0-9-]*)(?=[\s/>])")
_GENERATOR_TAG = re.compile(r"\{%-?\s*(\w+)\b(.*?)-?%\}|\{\{.*?\}\}", re.DOTALL)
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)
_QUOTED = re.compile(r"""["']([^"']+)["']""")
# Plain containers: nothing is lost when they go and their content stays.
_SILENT = {"div", "span", "section", "article", "figure", "figcaption", "center", "u", "font"}


class Unreadable(ValueError):
    """The file cannot be taken at all; the text says why and what to do."""


class _FrontMatter(frontmatter.YAMLHandler):
    """YAML, walked through before anything is built of it: the C library follows any nesting until its
    stack is full, and an alias can stand for a million values."""

    def load(self, fm: str, **kwargs: object) -> Any:
        depth = 0
        for count, event in enumerate(yaml.parse(fm, Loader=yaml.SafeLoader)):
            if isinstance(event, yaml.AliasEvent):
                raise Unreadable(
                    _("The front matter has the alias “*%(name)s”. Write out what it stands for.")
                    % {"name": (event.anchor or "")[:80]}
                )
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH or count > MAX_VALUES:
                raise Unreadable(_("The front matter is larger or deeper than a page needs."))
            if isinstance(event, yaml.ScalarEvent) and not _is_text(event.value):
                raise Unreadable(
                    _("The front matter has signs that are no text (line %(line)s).")
                    % {"line": event.start_mark.line + 1 if event.start_mark else "?"}
                )
        return super().load(fm, **kwargs)


def _is_text(value: str) -> bool:
    """Whether every database can hold it: escapes of YAML can name what no UTF-8 has."""
    return "\x00" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)


@dataclass(frozen=True)
class Remark:
    """Something in a file that did not become what it was; `line` counts from 1."""

    line: int
    text: str


@dataclass
class Document:
    """A file that was read: its front matter, its title, its blocks, and what has to be said of it."""

    front: dict[str, Any]
    title: str
    blocks: list[Block] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


def read_front(raw: bytes) -> tuple[dict[str, Any], str, int]:
    """Front matter, text, and the number of the line on which the text begins.

    Raises `Unreadable` for what is not UTF-8, is too large, or has front matter that is no YAML mapping.
    """
    if len(raw) > MAX_BYTES:
        raise Unreadable(
            _("The file has more than %(n)d MB. Split it into several pages.")
            % {"n": MAX_BYTES // 1_000_000}
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Unreadable(
            _("The file is not UTF-8 (line %(line)d). Save it as UTF-8 and import it again.")
            % {"line": line}
        ) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    try:
        front, body = frontmatter.parse(text, handler=_FrontMatter())
    except Unreadable:
        raise
    except ValueError as error:
        # YAML takes 2026-02-30 for a date, and so for one that there is not.
        raise Unreadable(
            _("The front matter has a value that cannot be: %(problem)s.") % {"problem": error}
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "context_mark", None) or getattr(error, "problem_mark", None)
        raise Unreadable(
            _("The front matter is not valid YAML (line %(line)s): %(problem)s.")
            % {
                "line": mark.line + 1 if mark else "?",
                "problem": getattr(error, "problem", None) or str(error).split("\n")[0],
            }
        ) from error
    written = _FRONT.match(text)
    if not front and written and yaml.safe_load(written[1]) is not None:
        raise Unreadable(_("The front matter does not consist of “name: value” lines."))
    start = text.find(body) if body else 0
    return front, body, text[:start].count("\n") + 1


def title_of(front: dict[str, Any], body: str, *, fallback: str) -> str:
    """The title from the front matter, else the first level-one heading, else `fallback`."""
    title = front.get("title")
    if title is None or not str(title).strip():
        found = re.search(r"^#\s+(.+?)\s*#*\s*$", body, re.MULTILINE)
        title = re.sub(r"[*_`]", "", found[1]) if found else fallback
    return " ".join(str(title).split())[:255]


def read(raw: bytes, *, fallback: str, find_link: FindLink, find_image: FindImage) -> Document:
    """Read a whole file. `find_link` and `find_image` get what is written and its line.

    Raises `Unreadable`, as `read_front` does.
    """
    front, body, first_line = read_front(raw)
    document = Document(front, title_of(front, body, fallback=fallback))
    body = _without_generator_tags(body, document, first_line)
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = parser.parse(body)
    _number_lines(tokens, first_line)
    _name_lost_html(tokens, document, first_line)
    if _begins_with_title(tokens, document.title):
        tokens = tokens[3:]
    html = nh3.clean(
        parser.renderer.render(tokens, parser.options, {}),
        tags=_KNOWN_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        clean_content_tags={"script", "style", "template"},
        link_rel=None,
    )
    blocks = BlockReader(find_link=find_link, find_image=find_image)
    blocks.feed(html)
    blocks.close()
    document.blocks = blocks.blocks
    document.remarks.sort(key=lambda remark: remark.line)
    return document


def as_date(value: Any) -> dt.date | None:
    """A date of front matter: YAML's own, or written as 2026-03-01. Raises `ValueError` for another."""
    if value in (None, ""):
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    return dt.date.fromisoformat(str(value).strip())


def _number_lines(tokens: list[Token], first_line: int) -> None:
    for token in tokens:
        if token.map and token.type.endswith("_open"):
            token.attrSet("data-line", str(token.map[0] + first_line))


def _begins_with_title(tokens: list[Token], title: str) -> bool:
    if len(tokens) < 3 or tokens[0].type != "heading_open" or tokens[0].tag != "h1":
        return False
    return " ".join(re.sub(r"[*_`]", "", tokens[1].content).split())[:255] == title


def _name_lost_html(tokens: list[Token], document: Document, first_line: int) -> None:
    """Say which HTML tags go; what stands inside of them stays."""
    lost: Counter[str] = Counter()
    where: dict[str, int] = {}
    line = first_line
    for token in tokens:
        if token.map:
            line = token.map[0] + first_line
        pieces = [token, *(token.children or [])]
        for piece in pieces:
            if piece.type not in ("html_block", "html_inline"):
                continue
            for name in _HTML_TAG.findall(piece.content):
                tag = name.lower()
                if tag not in _KNOWN_TAGS | _SILENT:
                    lost[tag] += 1
                    where.setdefault(tag, line)
    for tag, count in lost.items():
        text = _("<%(tag)s> was left away; the words in it stay.") % {"tag": tag}
        if tag in ("script", "style", "template"):
            text = _("<%(tag)s> was left away with what it holds.") % {"tag": tag}
        if count > 1:
            text += " " + _("(%(n)d times)") % {"n": count}
        document.remarks.append(Remark(where[tag], text))


def _without_generator_tags(body: str, document: Document, first_line: int) -> str:
    """Turn the links of a site generator into links; name its other tags, which stay as text."""
    named: dict[str, tuple[int, int]] = {}

    def replace(match: re.Match[str]) -> str:
        name, rest = match[1], (match[2] or "").strip()
        target = _QUOTED.search(rest)
        if name == "page" and target:
            return "/" + target[1].lstrip("/").replace(" ", "%20")
        if name == "link" and rest and not re.search(r"\s", rest.strip("\"'")):
            return "/" + rest.strip("\"'").lstrip("/")
        shown = "{{ … }}" if name is None else f"{{% {name} %}}"
        line, count = named.get(shown, (body.count("\n", 0, match.start()) + first_line, 0))
        named[shown] = line, count + 1
        return match[0]

    text = _GENERATOR_TAG.sub(replace, body)
    for shown, (line, count) in named.items():
        said = _("“%(tag)s” was left as text.") % {"tag": shown}
        if count > 1:
            said += " " + _("(%(n)d times)") % {"n": count}
        document.remarks.append(Remark(line, said))
    return text
