# ruff: noqa: E501 (a table reads better in long lines)
"""What people and machines send that nobody asked for."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

ODD = (
    "", " ", "0", "-1", "1", "2", "00", "1.5", "1,5", "-0", "1e400", "1e9", "NaN", "inf", "-Infinity",
    "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "9" * 40,
    "9" * 5000, "true", "false", "on", "null", "None", "undefined", "[]", "{}", "[1]", "[null]", '""',
    '{"a": {"b": [1]}}', "[[[]]]", "[" * 3000, '{"": null}', "1e999", '"\\ud800"', '"\\u0000"',
    "0001-01-01", "9999-12-31", "2026-02-30", "2026-13-01", "0000-00-00", "10000-01-01", "1969-12-31",
    "2026-W53", "2026-W54-1", "2026-00", "9999-12", "0001-01", "2026-06", "25:61", "00:00", "23:59:59",
    "0001-01-01T00:00", "9999-12-31T23:59", "9999-12-31T23:59:59+14:00", "2026-03-29T02:30",
    "\x00", "a\x00b", "1\x00", "\ud800", "\udfffx", "\u202e", "\ufeff", "\r\n", "\t", "🙂" * 40, "ß" * 300,
    "x" * 300, "x" * 100_000, "é\u0301\u0301", "１２", "٣", "²", "%", "%00", "%s", "{0}", "{{ 7 }}", "' OR 1=1",
    "<b>", "</script>", "../../etc/passwd", "/", "//example.org", "http://", "http://[", "https://[::1",
    "javascript:alert(1)", "a@b", "a@b.example", "@", "a" * 250 + "@b.example", "ines.calder", "*", "(", "\\",
    "[a-z", "(?P<", "(a+)+$", "all", "page", "-date", "ten", "last", "0,0", "1-2", "5:", ":5", "a:b", "-", "--",
    "00000000-0000-0000-0000-000000000000", "UTC", "Europe/Nowhere", "en", "de", "xx", "../en",
)  # fmt: skip
odd = st.sampled_from(ODD) | st.text(max_size=40) | st.integers().map(str) | st.floats().map(str)
junk = st.binary(max_size=200) | st.sampled_from(
    [b"", b"\x00", b"PK\x03\x04junk", b"\x1f\x8bjunk", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n", b"RIFFxxxxWAVE",
     b"ID3", b"\xff\xfeA\x00", b"{}", b"[]", b"a,b\n1,2\n", b"WEBVTT\n\n00:00 --> x\n", b"<svg/>", b"\xff" * 50]
)  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | odd,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(odd, inner, max_size=4),
    max_leaves=8,
)


@dataclass
class Lots:
    """Values made before a request, and chance for what depends on what the house has shown so far."""

    number: int
    values: list[str]
    files: list[bytes]

    def __post_init__(self) -> None:
        self.chance = random.Random(self.number)

    def one(self, of: Sequence[Any]) -> Any:
        return self.chance.choice(of)

    def yes(self, odds: float = 0.5) -> bool:
        return self.chance.random() < odds

    def value(self) -> str:
        return self.chance.choice(self.values)

    def some(self, of: Sequence[Any], most: int) -> list[Any]:
        return [self.chance.choice(of) for _ in range(self.chance.randint(0, most))] if of else []


lots = st.builds(
    Lots,
    st.integers(0, 2**48),
    st.lists(odd, min_size=12, max_size=12),
    st.lists(junk, min_size=3, max_size=3),
)
