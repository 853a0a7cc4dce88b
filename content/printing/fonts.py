"""The letters of a PDF.

The PDF library brings Bitstream Vera, which has Western European letters only. DejaVu, its successor with
Greek, Cyrillic and more, is used where the machine has it (`PDF_FONT_FOLDER`, or where the usual systems
keep it). Neither joins Arabic letters or writes from right to left, and Asian scripts are in none: what
cannot be printed is said so in the text, instead of empty boxes.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import reportlab
from django.conf import settings
from django.utils.translation import ngettext
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

_USUAL = (
    "/usr/share/fonts/truetype/dejavu",
    "/usr/share/fonts/dejavu",
    "/usr/share/fonts/dejavu-sans-fonts",
    "/usr/share/fonts/TTF",
    "/Library/Fonts",
)
_DEJAVU = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique")
_VERA = ("Vera", "VeraBd", "VeraIt", "VeraBI")
_STYLES = ("", "-bold", "-italic", "-bold-italic")
_MONO = "DejaVuSansMono"
_RIGHT_TO_LEFT = {"R", "AL"}
# Signs that say the same and are in fewer fonts.
_PLAIN = str.maketrans(
    {"\u202f": "\u00a0", "\u2011": "-", "\u200b": "", "\u00ad": "", "\ufeff": ""}
)


@dataclass(frozen=True)
class Letters:
    """A registered family and what it can print. `family` has bold and italic; `mono` is for code."""

    family: str
    mono: str
    glyphs: frozenset[int]

    def can_print(self, letter: str) -> bool:
        return letter in "\n\t" or (
            ord(letter) in self.glyphs and unicodedata.bidirectional(letter) not in _RIGHT_TO_LEFT
        )


@cache
def letters() -> Letters:
    """The best family there is; registered once per process."""
    for folder in (settings.PDF_FONT_FOLDER, *_USUAL):
        if folder and (Path(folder) / f"{_DEJAVU[0]}.ttf").is_file():
            return _register("DejaVu", Path(folder), _DEJAVU)
    return _register("Vera", Path(reportlab.__file__).parent / "fonts", _VERA)


def _register(family: str, folder: Path, files: tuple[str, ...]) -> Letters:
    glyphs: set[int] = set()
    for style, name in zip(_STYLES, files, strict=True):
        path = folder / f"{name}.ttf"
        font = TTFont(
            f"{family}{style}", str(path if path.is_file() else folder / f"{files[0]}.ttf")
        )
        pdfmetrics.registerFont(font)
        known = set(font.face.charToGlyph)
        glyphs = known & glyphs if glyphs else known
    pdfmetrics.registerFontFamily(family, *(f"{family}{style}" for style in _STYLES))
    mono = folder / f"{_MONO}.ttf"
    if not mono.is_file():
        return Letters(family, family, frozenset(glyphs))
    font = TTFont(_MONO, str(mono))
    pdfmetrics.registerFont(font)
    return Letters(family, _MONO, frozenset(glyphs & set(font.face.charToGlyph)))


class Speller:
    """Makes text printable, and counts what was not."""

    def __init__(self, known: Letters | None = None) -> None:
        self.letters = known or letters()
        self.unprintable = 0

    def spell(self, text: str) -> str:
        """`text` with each stretch of letters that cannot be printed replaced by how many they were."""
        text = unicodedata.normalize("NFC", text.translate(_PLAIN))
        if all(self.letters.can_print(letter) for letter in text):
            return text
        pieces: list[str] = []
        run, gap = 0, ""
        for letter in text:
            if self.letters.can_print(letter):
                if run and letter == " ":
                    gap += letter  # Words of one script beside each other are one stretch.
                    continue
                pieces += [self._say(run), gap, letter]
                run, gap = 0, ""
            elif unicodedata.category(letter) not in {"Cc", "Cf", "Mn", "Me"}:
                # Accents go with their letter, and control characters were never to be seen.
                run, gap = run + 1, ""
        return "".join([*pieces, self._say(run), gap])

    def _say(self, run: int) -> str:
        if not run:
            return ""
        self.unprintable += run
        return ngettext("[%(n)d sign not printable]", "[%(n)d signs not printable]", run) % {
            "n": run
        }
