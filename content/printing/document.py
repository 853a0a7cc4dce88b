"""Pages of a PDF: margins, running foot, outline, and a table of contents made in one pass.

Page numbers that are known only in the end (the contents', and the total) are drawn as named forms,
which a PDF may define after their use. Laying everything out twice, as the library's own contents do,
would take twice as long.
"""

from collections.abc import Callable
from typing import IO, Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from content.printing.styles import Styles

MARGIN = 56
WIDTH = A4[0] - 2 * MARGIN
_TOTAL = "total-pages"


class Anchor(Flowable):
    """Where links, the outline and the contents lead to: put right before its heading."""

    def __init__(self, key: str, title: str, level: int, on_page: Callable[[], None] | None = None):
        super().__init__()
        self.key, self.title, self.level, self.on_page = key, title, level, on_page
        self.keepWithNext = 1

    def wrap(self, *args: Any) -> tuple[float, float]:
        return (0, 0)

    def draw(self) -> None:
        self.canv.bookmarkHorizontal(self.key, 0, 16)
        if self.level >= 0:
            self.canv.addOutlineEntry(self.title, self.key, self.level, closed=self.level > 0)
        self.canv.page_of[self.key] = self.canv.getPageNumber()
        if self.on_page:
            self.on_page()


class ContentsLine(Flowable):
    """One line of the contents: title, dots, page; the line is a link."""

    def __init__(self, key: str, title: str, level: int, styles: Styles) -> None:
        super().__init__()
        self.key, self.title, self.level, self.styles = key, title, level, styles

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width, self.height = width, 20 if self.level == 0 else 16
        return (self.width, self.height)

    def draw(self) -> None:
        font = self.styles["head"].fontName if self.level == 0 else self.styles["body"].fontName
        left, right = self.level * 14, self.width - 30
        title = self.title
        if stringWidth(title, font, 9.5) > right - left:
            while title and stringWidth(f"{title}…", font, 9.5) > right - left:
                title = title[:-1]
            title = f"{title.rstrip()}…"
        self.canv.setFont(font, 9.5)
        self.canv.setFillColor(self.styles.ink)
        self.canv.drawString(left, 4, title)
        end = left + stringWidth(title, font, 9.5) + 6
        self.canv.setStrokeColor(self.styles.line)
        self.canv.setDash(1, 3)
        if end < right:
            self.canv.line(end, 6, right, 6)
        self.canv.setDash()
        self.canv.saveState()
        self.canv.translate(self.width - 26, 0)
        self.canv.doForm(f"page-{self.key}")
        self.canv.restoreState()
        self.canv.linkRect("", self.key, (left, 0, self.width, self.height), relative=1)


class Document(BaseDocTemplate):
    """An A4 document; `keys` are those whose page the contents name."""

    def __init__(
        self,
        target: IO[bytes],
        *,
        styles: Styles,
        foot: str,
        page_words: str,
        keys: list[str],
        **about: str,
    ) -> None:
        super().__init__(
            target, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN,
            bottomMargin=MARGIN, displayDocTitle=True, **about,
        )  # fmt: skip
        self.styles, self.foot, self.page_words, self.keys = styles, foot, page_words, keys
        frame = Frame(MARGIN, MARGIN, WIDTH, A4[1] - 2 * MARGIN, 0, 0, 0, 0)
        self.addPageTemplates(PageTemplate("page", [frame], onPage=self._foot))

    def beforeDocument(self) -> None:
        self.canv.page_of = {}

    def _foot(self, canvas: Any, document: Any) -> None:
        """The running foot. `page_words` is "Page %(page)s of %(total)s" in the reader's language."""
        before, _total, after = self.page_words.partition("%(total)s")
        before = before.replace("%(page)s", str(canvas.getPageNumber()))
        canvas.saveState()
        font = self.styles["small"].fontName
        canvas.setFont(font, 8)
        canvas.setFillColor(self.styles.muted)
        canvas.drawString(MARGIN, MARGIN - 24, self.foot)
        x = A4[0] - MARGIN - stringWidth(f"{before}0000{after}", font, 8)
        canvas.drawString(x, MARGIN - 24, before)
        canvas.translate(x + stringWidth(before, font, 8), MARGIN - 24)
        canvas.doForm(_TOTAL)
        canvas.restoreState()

    def _endBuild(self) -> None:
        self._doSave = 0
        super()._endBuild()
        last = self.canv.getPageNumber() - 1
        font = self.styles["small"].fontName
        self._define(_TOTAL, str(last), font, 8, self.styles.muted, at=0, y=0)
        for key in self.keys:
            page = str(self.canv.page_of.get(key, ""))
            width = stringWidth(page, self.styles["body"].fontName, 9.5)
            self._define(
                f"page-{key}", page, self.styles["body"].fontName, 9.5, self.styles.ink,
                at=26 - width, y=4,
            )  # fmt: skip
        self.canv.save()

    def _define(
        self, name: str, text: str, font: str, size: float, colour: Any, *, at: float, y: float
    ) -> None:
        self.canv.beginForm(name, lowerx=-2, lowery=-4, upperx=60, uppery=20)
        self.canv.setFont(font, size)
        self.canv.setFillColor(colour)
        self.canv.drawString(at, y, text)
        self.canv.endForm()
