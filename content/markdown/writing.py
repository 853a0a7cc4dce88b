"""The blocks of a manual page as Markdown, so that reading it again gives the same blocks. Pure."""

import re
from collections.abc import Callable, Iterable
from html.parser import HTMLParser
from typing import Any

import yaml

from content.markdown.html import Block

# What a link of rich text is in the file: its address, from the attributes of <a>; None for no link.
WriteLink = Callable[[dict[str, str]], str | None]
WriteImage = Callable[[int], str]

CALLOUTS = {"info": "NOTE", "tip": "TIP", "warning": "WARNING"}
# Marks of emphasis, until it is known what stands around them. Private use: in nobody's text.
_BOLD, _BOLD_END, _ITALIC, _ITALIC_END = "\ue000", "\ue001", "\ue002", "\ue003"
_END_OF_LIST = "\n"
_SPECIAL = re.compile(r"([\\`*_\[\]<>|&])")
# What would begin a heading, a list, a rule or a quotation at the start of a line.
_LEADING = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[-+=~](?=[\s=~-]|$)|(\d{1,9})([.)])(?=\s|$)|:)")


def write(front: dict[str, Any], body: str) -> str:
    """A file: front matter as YAML in the order given, then the text."""
    head = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=100)
    return f"---\n{head}---\n\n{body.strip()}\n" if body.strip() else f"---\n{head}---\n"


def blocks_as_markdown(
    blocks: Iterable[Block], *, write_link: WriteLink, write_image: WriteImage
) -> str:
    """All blocks, each with an empty line after it. Unknown kinds raise `KeyError`."""
    return "\n\n".join(
        _WRITERS[kind](value, write_link, write_image) for kind, value in blocks
    ).strip()


class _ProseWriter(HTMLParser):
    """Rich text to Markdown."""

    def __init__(self, write_link: WriteLink) -> None:
        super().__init__(convert_charrefs=True)
        self.write_link = write_link
        self.parts: list[str] = []
        self.words: list[str] = []
        self.lists: list[tuple[str, int]] = []
        self.prefix: str = ""
        self.links: list[str | None] = []
        self.in_code = False
        self.marker: str | None = None
        self.quoting = False
        self.alternate = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("b", "strong"):
            self.words.append(_BOLD)
        elif tag in ("i", "em"):
            self.words.append(_ITALIC)
        elif tag == "code":
            self.words.append("\0")
            self.in_code = True
        elif tag == "a":
            target = self.write_link(given)
            self.links.append(target)
            if target is not None:
                self.words.append("[")
        elif tag == "br":
            self.words.append("<br>\n")
        elif tag in ("h2", "h3", "h4"):
            self.prefix = "#" * int(tag[1]) + " "
        elif tag in ("ul", "ol"):
            self._flush()
            if self.parts and self.parts[-1] == _END_OF_LIST and not self.lists:
                # Two lists in a row are one, unless their signs differ.
                self.alternate = not self.alternate
            elif not self.lists:
                self.alternate = False
            self.lists.append((tag, 0))
        elif tag == "li":
            self._flush()
            kind, number = self.lists.pop()
            self.lists.append((kind, number + 1))
            number_sign, bullet = (")", "*") if self.alternate else (".", "-")
            self.marker = f"{number + 1}{number_sign} " if kind == "ol" else f"{bullet} "
        elif tag == "blockquote":
            self.quoting = True
        elif tag == "hr":
            self._flush()
            self.parts.append("---\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("b", "strong"):
            self._close(_BOLD, _BOLD_END)
        elif tag in ("i", "em"):
            self._close(_ITALIC, _ITALIC_END)
        elif tag == "code":
            self.in_code = False
            self._close_code()
        elif tag == "a":
            target = self.links.pop() if self.links else None
            if target is not None:
                self.words.append(
                    f"](<{target}>)" if re.search(r"[\s()]", target) else f"]({target})"
                )
        elif tag in ("p", "h2", "h3", "h4", "li", "blockquote"):
            self._flush()
            self.prefix = ""
            self.quoting = False
        elif tag in ("ul", "ol") and self.lists:
            self._flush()
            self.lists.pop()
            if not self.lists:
                self.parts.append(_END_OF_LIST)

    def handle_data(self, data: str) -> None:
        self.words.append(data if self.in_code else _escape(data))

    def _close(self, mark: str, end: str) -> None:
        """Spaces inside of emphasis would make it plain stars: they move out."""
        if mark not in self.words:
            return
        last = len(self.words) - 1 - self.words[::-1].index(mark)
        inner = "".join(self.words[last + 1 :])
        del self.words[last:]
        if inner.strip():
            before = inner[: len(inner) - len(inner.lstrip())]
            after = inner[len(inner.rstrip()) :]
            self.words.append(f"{before}{mark}{inner.strip()}{end}{after}")
        else:
            self.words.append(inner)

    def _close_code(self) -> None:
        last = len(self.words) - 1 - self.words[::-1].index("\0")
        inner = "".join(self.words[last + 1 :])
        del self.words[last:]
        fence = "`" * (max((len(run) for run in re.findall(r"`+", inner)), default=0) + 1)
        pad = " " if inner.startswith("`") or inner.endswith("`") else ""
        if inner.strip():
            self.words.append(f"{fence}{pad}{inner}{pad}{fence}")

    def _flush(self) -> None:
        text = _emphasised("".join(self.words).strip())
        self.words = []
        if self.marker is not None:
            indent = "    " * (len(self.lists) - 1)
            first = f"{indent}{self.marker}"
            lines = [_plain_start(line) for line in text.split("\n")] if text else [""]
            self.parts.append((first + ("\n" + " " * len(first)).join(lines)).rstrip() + "\n")
            self.marker = None
            return
        if not text:
            return
        lines = [_plain_start(line) for line in text.split("\n")]
        if self.quoting:
            self.parts.append("\n".join(f"> {line}" for line in lines) + "\n\n")
        elif self.prefix:
            self.parts.append(self.prefix + " ".join(lines) + "\n\n")
        else:
            self.parts.append("\n".join(lines) + "\n\n")

    def finished(self) -> str:
        self.close()
        self._flush()
        return "".join(self.parts).strip("\n")


def _emphasised(text: str) -> str:
    """Put stars for the marks of emphasis, and HTML tags where Markdown would not see the stars.

    CommonMark 6.2: a run of stars opens only before something that is no space, and before
    punctuation only behind a space or punctuation; the same the other way round for its end.
    """
    opened: list[tuple[int, str]] = []
    found: list[tuple[int, int, str]] = []
    for index, letter in enumerate(text):
        if letter in (_BOLD, _ITALIC):
            opened.append((index, letter))
        elif letter in (_BOLD_END, _ITALIC_END) and opened:
            start, mark = opened.pop()
            found.append((start, index, mark))
    signs = list(text)
    for start, end, mark in sorted(found):
        outer, inner = text[start - 1 : start], text[start + 1]
        last, after = text[end - 1], text[end + 1 : end + 2]
        beside = outer in (_BOLD_END, _ITALIC_END) or after in (_BOLD, _ITALIC)
        works = (
            not beside
            and (_is_word(inner) or not _is_word(outer))
            and (_is_word(last) or not _is_word(after))
        )
        if not works:
            tag = "b" if mark == _BOLD else "i"
            signs[start], signs[end] = f"<{tag}>", f"</{tag}>"
        elif mark == _BOLD:
            signs[start] = signs[end] = "**"
        else:
            # "***" would nest the other way round.
            nested = outer == _BOLD or after == _BOLD_END or inner == _BOLD or last == _BOLD_END
            sign = "_" if nested and not (_is_word(outer) or _is_word(after)) else "*"
            if nested and sign == "*":
                signs[start], signs[end] = "<i>", "</i>"
            else:
                signs[start] = signs[end] = sign
    return "".join(signs)


def _is_word(letter: str) -> bool:
    return bool(letter) and (letter.isalnum() or (ord(letter) > 127 and letter.isalpha()))


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text.replace("\n", " "))


def _plain_start(line: str) -> str:
    """Keep a line of words from being read as a heading, a list or a rule."""
    found = _LEADING.match(line)
    if not found:
        return line
    if found[3]:
        return f"{found[1]}{found[3]}\\{found[4]}{line[found.end() :]}"
    return f"{found[1]}\\{line[len(found[1]) :]}"


def _text(value: Any, write_link: WriteLink, write_image: WriteImage) -> str:
    prose = _ProseWriter(write_link)
    prose.feed(str(value))
    return prose.finished()


def _inline(html: str, write_link: WriteLink) -> str:
    prose = _ProseWriter(write_link)
    prose.feed(html)
    return prose.finished().replace("\n", " ").strip()


def _quoted(marker: str, text: str) -> str:
    lines = [_escape_line(line) for line in text.split("\n")]
    return f"> [!{marker}]\n" + "\n".join(
        f"> {line}<br>"
        if line and index + 1 < len(lines) and lines[index + 1]
        else f"> {line}".rstrip()
        for index, line in enumerate(lines)
    )


def _escape_line(line: str) -> str:
    return _plain_start(_escape(line.strip()))


def _callout(value: Any, write_link: WriteLink, write_image: WriteImage) -> str:
    return _quoted(CALLOUTS.get(value.get("kind", ""), "NOTE"), value.get("text", ""))


def _example(value: Any, write_link: WriteLink, write_image: WriteImage) -> str:
    return _quoted("DO", value.get("do", "")) + "\n\n" + _quoted("DONT", value.get("dont", ""))


def _figure(value: Any, write_link: WriteLink, write_image: WriteImage) -> str:
    alt, caption = _escape(value.get("alt", "")), value.get("caption", "")
    escaped = caption.replace("\\", "\\\\").replace('"', '\\"')
    title = f' "{escaped}"' if caption else ""
    return f"![{alt}](<{write_image(value['image'])}>{title})"


def _table(value: Any, write_link: WriteLink, write_image: WriteImage) -> str:
    headings = [_escape(column["heading"]).strip() for column in value["columns"]]
    rows = [[_inline(cell, write_link) for cell in row["values"]] for row in value["rows"]]
    lines = [_row(headings), _row(["---"] * len(headings)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _code(value: Any, write_link: WriteLink, write_image: WriteImage) -> str:
    text = value.get("code", "")
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{fence}{value.get('language', '')}\n{text}\n{fence}"


_WRITERS: dict[str, Callable[[Any, WriteLink, WriteImage], str]] = {
    "text": _text,
    "callout": _callout,
    "example": _example,
    "image": _figure,
    "table": _table,
    "code": _code,
}
