"""Finding quoted words. No database."""

import pytest

from interactions.models import Message
from scorecards.evidence import Passage, find_passage

TURNS = [
    Message(id="m1", speaker="customer", text="My café order 😀 is late"),
    Message(id="m2", speaker="system", text="", action="open_order"),
    Message(id="m3", speaker="agent", text="Your order is on its way"),
]


@pytest.mark.parametrize(
    ("quote", "passage"),
    [
        ("order", Passage("m1", 8, 13)),
        ("  is on its way ", Passage("m3", 11, 24)),
        ("😀 is", Passage("m1", 14, 18)),
        ("Order", None),
        ("", None),
        ("   ", None),
    ],
)
def test_find_passage_finds_the_exact_words(quote, passage):
    assert find_passage(TURNS, quote) == passage
