"""A certificate as a PDF: one page, A4 across."""

import io

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.renderPDF import draw
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from content.printing.fonts import Speller
from content.printing.styles import Styles
from content.printing.words import plain
from training.models import Certificate

WIDTH, HEIGHT = landscape(A4)
MARGIN = 34
INNER = WIDTH - 2 * MARGIN - 110


def certificate_pdf(certificate: Certificate, *, url: str, issuer: str) -> bytes:
    """The page as bytes, in the language that is active. `url` is where it can be checked."""
    target, speller = io.BytesIO(), Speller()
    styles = Styles(speller.letters.family, speller.letters.mono)
    canvas = Canvas(target, pagesize=(WIDTH, HEIGHT), lang="")
    canvas.setTitle(f"{certificate.number} {certificate.title}")
    canvas.setAuthor(issuer)
    _frame(canvas, styles)
    page = _Page(canvas, styles, speller)
    page.write(issuer, size=11, y=HEIGHT - 92, colour="muted")
    page.write(_("Certificate"), size=38, y=HEIGHT - 142, bold=True, colour="brand")
    page.write(_("This is to say that"), size=12, y=HEIGHT - 190, colour="muted")
    below = page.write(certificate.name, size=30, y=HEIGHT - 212, bold=True, smallest=16)
    kind = _("has completed the learning path") if certificate.path_id else _("has completed")
    below = page.write(kind, size=12, y=below - 14, colour="muted")
    below = page.write(certificate.title, size=22, y=below - 10, smallest=13)
    _line(canvas, styles, y=148)
    page.facts(certificate, url)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


class _Page:
    def __init__(self, canvas: Canvas, styles: Styles, speller: Speller) -> None:
        self.canvas, self.styles, self.speller = canvas, styles, speller

    def _paragraph(
        self, text: str, *, size: float, bold: bool = False, colour: str = "ink", align: int = 1
    ) -> Paragraph:
        font = self.styles["head" if bold else "body"].fontName
        style = ParagraphStyle(
            "line",
            fontName=font,
            fontSize=size,
            leading=size * 1.25,
            alignment=align,
            textColor=self.styles.colour(colour),
        )
        return Paragraph(plain(text, self.speller), style)

    def write(
        self,
        text: str,
        *,
        size: float,
        y: float,
        bold: bool = False,
        colour: str = "ink",
        smallest: float = 0,
    ) -> float:
        """Centred below `y`, on as many lines as it takes, smaller where it takes more than two; return
        where it ends."""
        while True:
            paragraph = self._paragraph(text, size=size, bold=bold, colour=colour)
            _width, height = paragraph.wrap(INNER, HEIGHT)
            if not smallest or size <= smallest or height <= 2 * size * 1.25 + 1:
                break
            size -= 2
        paragraph.drawOn(self.canvas, (WIDTH - INNER) / 2, y - height)
        return y - height

    def facts(self, certificate: Certificate, url: str) -> None:
        until = certificate.valid_until
        rows = [
            (_("Completed on"), date_format(certificate.issued_on, "DATE_FORMAT")),
            (
                _("Valid until"),
                date_format(until, "DATE_FORMAT") if until else _("Without end"),
            ),
            (_("Number"), certificate.number),
        ]
        left = (WIDTH - INNER) / 2
        for place, (label, value) in enumerate(rows):
            x = left + place * 160
            for text, size, y, bold in ((label, 8.5, 136, False), (value, 12, 121, True)):
                colour = "ink" if bold else "muted"
                paragraph = self._paragraph(text, size=size, bold=bold, colour=colour, align=0)
                _width, height = paragraph.wrap(155, 60)
                paragraph.drawOn(self.canvas, x, y - height)
        paragraph = self._paragraph(
            _("Check it at %(url)s") % {"url": url}, size=8.5, colour="muted", align=0
        )
        _width, height = paragraph.wrap(INNER - 110, 60)
        paragraph.drawOn(self.canvas, left, 88 - height)
        self.canvas.linkURL(url, (left, 88 - height, left + INNER - 110, 90))
        code = QrCodeWidget(url, barLevel="M")
        x0, y0, x1, y1 = code.getBounds()
        side = 82
        drawing = Drawing(side, side, transform=[side / (x1 - x0), 0, 0, side / (y1 - y0), 0, 0])
        drawing.add(code)
        draw(drawing, self.canvas, left + INNER - side, 60)


def _frame(canvas: Canvas, styles: Styles) -> None:
    canvas.setStrokeColor(styles.brand)
    canvas.setLineWidth(3)
    canvas.rect(MARGIN, MARGIN, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN)
    canvas.setStrokeColor(styles.line)
    canvas.setLineWidth(0.7)
    inset = MARGIN + 8
    canvas.rect(inset, inset, WIDTH - 2 * inset, HEIGHT - 2 * inset)


def _line(canvas: Canvas, styles: Styles, *, y: float) -> None:
    canvas.setStrokeColor(styles.line)
    canvas.line((WIDTH - INNER) / 2, y, (WIDTH + INNER) / 2, y)
