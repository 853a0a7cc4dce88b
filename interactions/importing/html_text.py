"""The words of an HTML mail or message. Pure."""

import re
from html.parser import HTMLParser

_BLOCKS = {
    "p",
    "div",
    "br",
    "li",
    "tr",
    "table",
    "ul",
    "ol",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "section",
    "article",
    "header",
    "footer",
    "hr",
}
_SILENT = {"script", "style", "head", "title", "template", "noscript"}
_VOID = {"br", "hr", "img", "input", "meta", "link"}
_LOOKS_HTML = re.compile(
    r"</?(?:p|div|br|span|a|ul|ol|li|b|i|strong|em|html|body|table|blockquote)\b[^>]*>", re.I
)


def looks_like_html(text: str) -> bool:
    return bool(_LOOKS_HTML.search(text))


def text_of_html(html: str) -> str:
    """What a reader of `html` sees, a line for each block; quotations begin with "> " as in plain
    mail.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = "".join(reader.parts).split("\n")
    lines = [re.sub(r"[ \t\xa0]+", " ", line).strip() for line in lines]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0
        self.quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag == "blockquote":
            self.quoted += 1
        if tag in _BLOCKS:
            self._break()
        if tag == "li":
            self.parts.append("- ")
        elif tag == "img":
            words = dict(attrs).get("alt")
            if words:
                self.parts.append(f"[{words}]")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag == "blockquote":
            self.quoted = max(0, self.quoted - 1)
        if tag in _BLOCKS and tag not in _VOID:
            self._break()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(re.sub(r"\s+", " ", data))

    def _break(self) -> None:
        self.parts.append("\n" + "> " * self.quoted)
