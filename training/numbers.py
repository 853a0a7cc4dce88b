"""Reading a number as people type it: pure, no Django."""

import re
from decimal import Decimal

from training.marking import number_of

# Minus signs that keyboards and word processors put in place of the hyphen.
_SIGNS = str.maketrans({"−": "-", "–": "-", "\u2011": "-"})
_GROUP_MARKS = "'’\u00a0\u202f "


def read_number(text: str, *, grouping: str = ",") -> Decimal | None:
    """The number that `text` is, or `None`.

    Comma and point are both a decimal sign, except that `grouping` (the mark between thousands where the
    reader comes from) in front of exactly three digits separates thousands: for `,` is "1,5" one and a
    half and "1,500" fifteen hundred. Spaces and apostrophes between groups of three are passed over.
    """
    typed = text.strip().translate(_SIGNS)
    marks = re.escape(_GROUP_MARKS)
    if grouping in {",", "."}:
        marks += re.escape(grouping)
    grouped = re.fullmatch(rf"([+-]?[1-9]\d{{0,2}})((?:[{marks}]\d{{3}})+)([.,]\d+)?", typed)
    if grouped and grouped[3] and grouped[3][0] in grouped[2]:
        return None  # 1,234,5: the same mark cannot mean both.
    if grouped:
        whole = grouped[1] + re.sub(r"\D", "", grouped[2])
        typed = whole + (grouped[3] or "").replace(",", ".")
    elif re.fullmatch(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?", typed):
        typed = typed.replace(",", ".")
    else:
        return None
    return number_of(typed) if typed.isascii() else None
