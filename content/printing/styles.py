"""How the PDF looks: dark on white, so that it prints well without colour."""

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.styles import ParagraphStyle


class Styles:
    link_colour = "#1f4f7a"

    def __init__(self, family: str, mono: str) -> None:
        self.family = family
        self.ink, self.muted = HexColor("#1b1f24"), HexColor("#55606b")
        self.line, self.sunken, self.brand = (
            HexColor("#c9d0d6"),
            HexColor("#f1f3f5"),
            HexColor("#1f4f7a"),
        )
        self._made: dict[tuple[str, float, float], ParagraphStyle] = {}
        body = ParagraphStyle(
            "body", fontName=family, fontSize=9.5, leading=13.5, textColor=self.ink, spaceAfter=5
        )
        bold = f"{family}-bold"
        self._styles = {
            "body": body,
            "small": ParagraphStyle("small", body, fontSize=8, leading=11, textColor=self.muted),
            "quote": ParagraphStyle("quote", body, fontName=f"{family}-italic", leftIndent=12),
            "cell": ParagraphStyle("cell", body, fontSize=8.5, leading=11.5, spaceAfter=0),
            "head": ParagraphStyle(
                "head", body, fontName=bold, fontSize=8.5, leading=11.5, spaceAfter=0
            ),
            "code": ParagraphStyle(
                "code",
                body,
                fontName=mono,
                fontSize=8.5,
                leading=11.5,
                backColor=self.sunken,
                borderPadding=5,
                spaceBefore=5,
                spaceAfter=9,
            ),
            "box": ParagraphStyle(
                "box",
                body,
                backColor=self.sunken,
                borderPadding=(3, 6, 4, 6),
                spaceBefore=4,
                spaceAfter=8,
            ),
            "title": ParagraphStyle(
                "title", body, fontName=bold, fontSize=24, leading=30, spaceAfter=8
            ),
            "lead": ParagraphStyle("lead", body, fontSize=11, leading=16, spaceAfter=8),
            "h1": ParagraphStyle(
                "h1", body, fontName=bold, fontSize=18, leading=23, spaceAfter=6, keepWithNext=1
            ),
            "h2": ParagraphStyle(
                "h2",
                body,
                fontName=bold,
                fontSize=13,
                leading=17,
                spaceBefore=10,
                spaceAfter=5,
                keepWithNext=1,
                textColor=self.brand,
            ),
            "h3": ParagraphStyle(
                "h3",
                body,
                fontName=bold,
                fontSize=10.5,
                leading=14,
                spaceBefore=7,
                spaceAfter=3,
                keepWithNext=1,
            ),
            "variant": ParagraphStyle(
                "variant", body, fontName=f"{family}-italic", spaceAfter=2, keepWithNext=1
            ),
            "h4": ParagraphStyle(
                "h4", body, fontName=bold, spaceBefore=4, spaceAfter=2, keepWithNext=1
            ),
        }

    def __getitem__(self, name: str) -> ParagraphStyle:
        return self._styles[name]

    def at(self, name: str, *, left: float, bullet: float = 0) -> ParagraphStyle:
        """The style moved in by `left`; one object for each, because every paragraph asks."""
        if not left:
            return self._styles[name]
        key = (name, left, bullet)
        if key not in self._made:
            self._made[key] = ParagraphStyle(
                f"{name}-{left}", self._styles[name], leftIndent=left, bulletIndent=max(bullet, 0)
            )
        return self._made[key]

    def colour(self, name: str) -> Color:
        colour: Color = getattr(self, name)
        return colour
