"""Numbers with a check of their own: cards, bank accounts, identities given by governments. Pure."""

import re
from collections.abc import Callable

# Characters of an IBAN by country, from the registry of ISO 13616.
IBAN_LENGTHS = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE", "BI"), 16),
    **dict.fromkeys(("DK", "FK", "FO", "FI", "GL", "NL", "SD"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "MN", "XK"), 20),
    **dict.fromkeys(("CH", "CR", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "OM", "SO", "TL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("LY", "PT", "ST"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("BF", "CM", "CI", "FR", "GR", "IT", "MC", "MR", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "NI", "PL", "SV"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU", "YE"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
    "LC": 32,
    "RU": 33,
}


def is_luhn(digits: str) -> bool:
    """Whether the last digit is the check of the others by the formula of Luhn."""
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def is_card(digits: str) -> bool:
    return (
        13 <= len(digits) <= 19
        and digits[0] in "23456"
        and len(set(digits)) > 1
        and is_luhn(digits)
    )


def is_iban(compact: str) -> bool:
    """`compact` in capitals and without spaces: the length of its country, and a remainder of 1 by 97."""
    letters_and_digits = compact.isascii() and compact.isalnum()
    if IBAN_LENGTHS.get(compact[:2]) != len(compact) or not letters_and_digits:
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def _us_social_security(digits: str) -> bool:
    area = digits[:3]
    return (
        area not in {"000", "666"}
        and area[0] != "9"
        and digits[3:5] != "00"
        and digits[5:] != "0000"
    )


def _canadian(digits: str) -> bool:
    return digits[0] != "0" and is_luhn(digits)


def _swedish(digits: str) -> bool:
    digits = digits[-10:]
    return "01" <= digits[2:4] <= "12" and "01" <= digits[4:6] <= "91" and is_luhn(digits)


def _brazilian(digits: str) -> bool:
    if len(set(digits)) == 1:
        return False
    for count in (9, 10):
        total = sum(int(d) * w for d, w in zip(digits, range(count + 1, 1, -1), strict=False))
        if total * 10 % 11 % 10 != int(digits[count]):
            return False
    return True


def _french(digits: str) -> bool:
    return digits[0] in "12" and 97 - int(digits[:13]) % 97 == int(digits[13:])


def _swiss(digits: str) -> bool:
    total = sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(digits[:12]))
    return (10 - total % 10) % 10 == int(digits[12])


def _german_tax(digits: str) -> bool:
    product = 10
    for digit in map(int, digits[:10]):
        product = ((digit + product) % 10 or 10) * 2 % 11
    return digits[0] != "0" and (11 - product) % 10 == int(digits[10])


_VERHOEFF = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_VERHOEFF_TURNS = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def _indian(digits: str) -> bool:
    check = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        check = int(_VERHOEFF[check][int(_VERHOEFF_TURNS[place % 8][digit])])
    return digits[0] not in "01" and check == 0


# How they are written, and what their digits have to fulfil. Without separators most are nothing but a
# number, which an order may have too.
WRITTEN_IN_DIGITS: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (re.compile(r"\d{3}-\d{2}-\d{4}"), _us_social_security),
    (re.compile(r"\d{3}([ -])\d{3}\1\d{3}"), _canadian),
    (re.compile(r"(?:\d\d)?\d{6}-\d{4}"), _swedish),
    (re.compile(r"\d{3}\.\d{3}\.\d{3}-\d{2}"), _brazilian),
    (re.compile(r"[12] ?\d\d ?\d\d ?\d\d ?\d{3} ?\d{3} ?\d\d"), _french),
    (re.compile(r"756\.\d{4}\.\d{4}\.\d{2}"), _swiss),
    (re.compile(r"\d{2} \d{3} \d{3} \d{3}"), _german_tax),
    (re.compile(r"\d{4} \d{4} \d{4}"), _indian),
)

_SPANISH = "TRWAGMYFPDXBNJZSQVHLCKE"
_ITALIAN_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            1, 0, 5, 7, 9, 13, 15, 17, 19, 21,
            1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
        ),
        strict=True,
    )
)  # fmt: skip


def is_lettered_identity(text: str) -> bool:
    """Whether a number with letters is one of Great Britain, Spain, Italy or India."""
    compact = re.sub(r"[ -]", "", text).upper()
    if re.fullmatch(r"[A-Z]{2}\d{6}[A-D]", compact):
        return compact[:2] not in {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"}
    if re.fullmatch(r"[XYZ\d]\d{7}[A-Z]", compact):
        number = compact[:-1].translate(str.maketrans("XYZ", "012"))
        return _SPANISH[int(number) % 23] == compact[-1]
    if len(compact) == 16:
        odd = sum(_ITALIAN_ODD[c] for c in compact[:15:2])
        even = sum(int(c) if c.isdigit() else ord(c) - 65 for c in compact[1:15:2])
        return chr(65 + (odd + even) % 26) == compact[-1]
    return bool(re.fullmatch(r"[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]", compact))


LETTERED = (
    r"(?:[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z][A-CEGHJ-NPR-TW-Za-ceghj-npr-tw-z]"
    r"(?: ?[0-9]{2}){3} ?[A-Da-d]"
    r"|[XYZxyz][ -]?[0-9]{7}[ -]?[A-Za-z]|[0-9]{8}-?[A-Za-z]"
    r"|[A-Za-z]{6}[0-9]{2}[A-Za-z][0-9]{2}[A-Za-z][0-9]{3}[A-Za-z]"
    r"|[A-Z]{5}[0-9]{4}[A-Z])(?![^\W_])"
)
