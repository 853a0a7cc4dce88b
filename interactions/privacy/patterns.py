"""Finding personal data in a text, and blacking it out without moving a single character. Pure.

Every expression here starts where a word starts and repeats a bounded number of times, so the time for a
text grows with its length and no text can make it worse. That holds for a list of one's own too: it is
written with a few signs that mean what bounded expressions mean, and is no regular expression.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from interactions.masking import BLOCK, mask_names
from interactions.privacy.identifiers import (
    IBAN_LENGTHS,
    LETTERED,
    WRITTEN_IN_DIGITS,
    is_card,
    is_iban,
    is_lettered_identity,
)

EMAIL, PHONE, CARD, IBAN, NATIONAL_ID, WORD, NAME = KINDS = (
    "email",
    "phone",
    "card",
    "iban",
    "national_id",
    "word",
    "name",
)
DETECTED = frozenset({EMAIL, PHONE, CARD, IBAN, NATIONAL_ID})
MOST_WORDS = 1_000
LONGEST_WORD = 100
MOST_STARS = 2
CONTEXT = 24

_LOCAL = r"\w.!#$%&'*+^`~-"
_EMAIL = re.compile(
    rf"(?<![{_LOCAL}])[{_LOCAL}]{{1,200}}"
    r"@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}[^\W\d_]{2,24}(?!\w)"
)
_TIGHT = frozenset("-./\u2013")
# A letter beside digits, which both bank accounts and identities with letters have.
_IS_LETTERED = re.compile(r"[A-Za-z][ -]?\d\d|\d{7}[ -]?[A-Za-z]")
_IBAN = re.compile(r"(?<![^\W_])[A-Za-z]{2}[0-9]{2}(?=[ -]?[A-Za-z0-9])")
_LETTERED = re.compile(rf"(?<![^\W_]){LETTERED}")
_VISIBLE = re.compile(r"\S")
_HAS_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d(?:[ \u00a0\u202f().\-\u2013/]{0,3}\d){6,60}")
_GROUP = re.compile(r"\d+")
_DATE = re.compile(
    r"(?<![\d./-])(?:(?:19|20)\d\d([./-])\d{1,2}\1\d{1,2}|\d{1,2}([./-])\d{1,2}\2(?:19|20)\d\d)(?!\d|[./-]\d)"
)
_SAYS_PHONE = re.compile(
    r"\b(?:phone|tel|telephone|mobile|cell|call|text|sms|fax|whatsapp|handy|telefon|mobil|rufnummer|numéro|portable|"
    r"móvil|teléfono|telefono|cellulare|telefoon)\w{0,8}\b[^\d\n]{0,16}$",
    re.IGNORECASE,
)


_SAYS_OTHER = re.compile(
    r"\b(?:order|invoice|ticket|case|sku|item|article|part|ref|reference|tracking|parcel|serial|"
    r"bestell|auftrag|rechnung|artikel|commande|facture|pedido|factura|ordine|fattura)\w{0,8}\b"
    r"[ .:#]{0,3}(?:(?:id|is|no|nr|num|number)\b[ .:#]{0,3})?$",
    re.IGNORECASE,
)
_EXTENSION = re.compile(
    r"[ ,;/-]{0,3}\b(?:ext(?:ension|n)?|x|durchwahl|dw|poste|anexo)[ .:]{0,3}\d{1,6}(?!\w)",
    re.IGNORECASE,
)
# As Swedes write short ones: the only form with a leading zero of eight digits in two kinds of gaps.
_SHORT_IN_PAIRS = re.compile(r"0\d{1,2}-\d\d(?: \d\d){2}")


class UnusableWord(ValueError):
    """A line of one's own list that cannot be used; `line` is what stands there, `why` a reason of
    "long", "stars", "short"."""

    def __init__(self, line: str, why: str) -> None:
        super().__init__(line)
        self.line, self.why = line, why


@dataclass(frozen=True, slots=True)
class Finding:
    """Characters `start` to `end` of a text, and what they are."""

    kind: str
    start: int
    end: int


@dataclass(slots=True)
class Masker:
    """Blacks out `kinds`, and `words` as a list of one's own has them, in text after text."""

    kinds: Collection[str]
    words: Iterable[str] = ()
    _listed: re.Pattern[str] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.kinds = frozenset(self.kinds)
        lines = {" ".join(line.lower().split()) for line in self.words} - {""}
        if lines:
            self._listed = re.compile(_one_expression(map(atoms, lines)))

    def findings(self, text: str, *, about: str = "") -> list[Finding]:
        """What there is to black out, in order and without overlaps. `about` is what the text is said to
        be, such as the name of a field."""
        found: list[Finding] = []
        if EMAIL in self.kinds and "@" in text:
            found += [Finding(EMAIL, *match.span()) for match in _EMAIL.finditer(text)]
        if set(self.kinds) - {EMAIL} and _HAS_DIGIT.search(text):
            if _IS_LETTERED.search(text):
                found += self._lettered(text)
            for match in _NUMBER.finditer(text):
                found += _in_number(text, match.start(), match.end(), about)
        if len(found) < 2:
            return [finding for finding in found if finding.kind in self.kinds]
        found.sort(key=lambda finding: (finding.start, -finding.end))
        apart = [found[0]]
        for finding in found[1:]:
            if finding.start >= apart[-1].end:
                apart.append(finding)
        return [finding for finding in apart if finding.kind in self.kinds]

    def mask(
        self, text: str, found: Counter[str], *, about: str = "", names: Collection[str] = ()
    ) -> str:
        """`text`, as long as before; adds what was blacked out to `found`, by kind."""
        if not text:
            return text
        pieces, last = [], 0
        for finding in self.findings(text, about=about):
            pieces += [text[last : finding.start], blocks(text[finding.start : finding.end])]
            last = finding.end
            found[finding.kind] += 1
        if last:
            text = "".join([*pieces, text[last:]])
        if self._listed is not None:
            text = _without_listed(text, self._listed, found)
        if names and (hidden := mask_names(text, names)) != text:
            text = hidden
            found[NAME] += 1
        return text

    def _lettered(self, text: str) -> Iterator[Finding]:
        for match in _IBAN.finditer(text):
            if end := _end_of_iban(text, match.start()):
                yield Finding(IBAN, match.start(), end)
        for match in _LETTERED.finditer(text):
            if is_lettered_identity(match[0]):
                yield Finding(NATIONAL_ID, *match.span())


def _without_listed(text: str, listed: re.Pattern[str], found: Counter[str]) -> str:
    lower = text.lower()
    if len(lower) != len(text):  # A few capitals are two characters as small letters.
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    pieces, last = [], 0
    for match in listed.finditer(lower):
        pieces += [text[last : match.start()], blocks(text[match.start() : match.end()])]
        last = match.end()
        found[WORD] += 1
    return "".join([*pieces, text[last:]]) if last else text


def _in_number(text: str, start: int, end: int, about: str) -> Iterator[Finding]:
    """Cards, identities and telephone numbers among groups of digits; dates are none of them."""
    if start and text[start - 1].isalnum():
        return
    run = _DATE.sub(lambda match: "x" * len(match[0]), text[start:end])
    groups = [match.span() for match in _GROUP.finditer(run)]
    if end < len(text) and text[end].isalpha() and groups and groups[-1][1] == end - start:
        groups.pop()
    sizes = [stop - begin for begin, stop in groups]
    first = 0
    while first < len(groups):
        begin = groups[first][0]
        is_abroad = _follows_plus(text, start + begin)
        for last in range(min(len(groups), first + 9), first, -1):
            count = sum(sizes[first:last])
            # "+31 (0)6 …" has two digits that stand alone.
            if not 7 <= count <= 19 or sizes[first:last].count(1) > 1 + is_abroad:
                continue
            stop = groups[last - 1][1]
            written = run[begin:stop]
            if "x" in written:
                continue
            kind = _kind_of_number(written, sizes[first:last], text, start + begin, about)
            if kind == PHONE and not is_abroad and _goes_on(run, begin, stop):
                continue
            if kind:
                place, stop = start + begin, start + stop
                if kind == PHONE and (extension := _EXTENSION.match(text, stop)):
                    stop = extension.end()
                while place and text[place - 1] in "+(":
                    place -= 1
                yield Finding(kind, place, stop)
                first = last
                break
        else:
            first += 1


def _follows_plus(text: str, start: int) -> bool:
    return text[max(0, start - 2) : start].rstrip("(").endswith("+")


def _goes_on(run: str, begin: int, stop: int) -> bool:
    """Whether further digits hang on by one sign, as in the order number 203-4567890-1234567."""
    before, after = run[max(0, begin - 2) : begin], run[stop : stop + 2]
    return (before[:1].isdigit() and before[1:] in _TIGHT) or (
        after[1:].isdigit() and after[:1] in _TIGHT
    )


def blocks(text: str) -> str:
    """As many blocks as characters; white space stays, so that lines break as before."""
    return _VISIBLE.sub(BLOCK, text)


def atoms(line: str) -> list[str]:
    """A line of one's own list, in small letters, as expressions for one character each: `#` is one
    digit, `?` one letter or digit, `*` up to 30 of them, a space any white space; all else is itself.
    Raises `UnusableWord`."""
    if len(line) > LONGEST_WORD:
        raise UnusableWord(line, "long")
    if line.count("*") > MOST_STARS or "**" in line:
        raise UnusableWord(line, "stars")
    if sum(character not in "*? " for character in line) < 2:
        raise UnusableWord(line, "short")
    signs = {"#": r"\d", "?": r"[^\W_]", "*": r"[^\W_]{0,30}", " ": r"\s{1,5}"}
    parts = [signs.get(character) or re.escape(character) for character in line]
    # Not inside of a longer word.
    if line[0].isalnum() or line[0] in "#?*":
        parts.insert(0, r"(?<![^\W_])")
    if line[-1].isalnum() or line[-1] in "#?*":
        parts.append(r"(?![^\W_])")
    return parts


def _one_expression(lines: Iterable[list[str]]) -> str:
    """All `lines` in one expression that looks at their common beginnings once, the longer ones first."""
    tree: dict[str, Any] = {}
    for parts in lines:
        branch = tree
        for part in parts:
            branch = branch.setdefault(part, {})
        branch[""] = {}
    return _branches(tree)


def _branches(tree: dict[str, Any]) -> str:
    ways = []
    for part in sorted(filter(None, tree)):
        # One way on needs no brackets, and no depth of calls.
        pieces, branch = [part], tree[part]
        while len(branch) == 1 and "" not in branch:
            (part, branch) = next(iter(branch.items()))
            pieces.append(part)
        ways.append("".join(pieces) + (_branches(branch) if branch.keys() - {""} else ""))
    if "" in tree:
        ways.append("")
    return f"(?:{'|'.join(ways)})"


def _end_of_iban(text: str, start: int) -> int:
    """Where the bank account that may begin at `start` ends; 0 if it is none."""
    wanted = IBAN_LENGTHS.get(text[start : start + 2].upper(), 0)
    compact, place = "", start
    while len(compact) < wanted and place < len(text):
        if text[place] not in " -":
            compact += text[place]
        place += 1
    if place < len(text) and text[place].isalnum():
        return 0
    return place if wanted and is_iban(compact.upper()) else 0


def _kind_of_number(
    written: str, sizes: list[int], text: str, start: int, about: str
) -> str | None:
    digits = "".join(filter(str.isdigit, written))
    if is_card(digits) and (len(sizes) == 1 or all(3 <= size <= 6 for size in sizes)):
        return CARD
    for pattern, fits in WRITTEN_IN_DIGITS:
        if pattern.fullmatch(written) and fits(digits):
            return NATIONAL_ID
    return PHONE if _is_phone(digits, written, sizes, text, start, about) else None


def _is_phone(
    digits: str, written: str, sizes: list[int], text: str, start: int, about: str
) -> bool:
    count = len(digits)
    before = text[max(0, start - 2) : start]
    if _follows_plus(text, start) or (digits.startswith("00") and digits[2:3] not in {"", "0"}):
        return 8 <= count <= 17
    if before.endswith("#"):
        return False
    if digits[0] == "0" and digits[1] != "0" and 9 <= count <= 12:
        return True
    if sizes in ([3, 3, 4], [1, 3, 3, 4], [3, 7]) and (sizes[0] == 3 or digits[0] == "1"):
        return digits[-10] in "23456789" and len(sizes) > 1
    if sizes == [3, 4] and written[3] in "-.":
        return True
    if before.endswith("(") and written[sizes[0]] == ")":
        return 8 <= count <= 12 and 2 <= sizes[0] <= 5
    if _SHORT_IN_PAIRS.fullmatch(written):
        return True
    if 8 <= count <= 11 and len(sizes) >= 3 and all(2 <= size <= 4 for size in sizes):
        is_even = len({c for c in written if not c.isdigit()}) == 1 and "/" not in written
        return is_even and not _SAYS_OTHER.search(text[max(0, start - CONTEXT) : start])
    if not 7 <= count <= 13 or len(sizes) > 5:
        return False
    said = f"{about.replace('_', ' ')} {text[max(0, start - CONTEXT) : start].rstrip('(')}"
    return _SAYS_PHONE.search(said) is not None
