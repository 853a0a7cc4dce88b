"""Finding quoted words, and hiding names in them. No database."""

import pytest

from interactions.models import Interaction, Message
from people.models import User
from scorecards.evidence import Passage, find_passage, masked

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


def test_masked_hides_every_name_of_the_agent_and_keeps_the_length():
    interaction = Interaction(
        agent=User(first_name="Ada", last_name="Example"), agent_name="Adeline"
    )
    text = "Ada here; Adeline Example signs as ADA. Adam is somebody else."

    hidden = masked(text, interaction)

    assert hidden == "███ here; ███████ ███████ signs as ███. Adam is somebody else."
    assert len(hidden) == len(text)
