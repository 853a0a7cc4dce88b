import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.letters import Part, parts_of

HEADING = "On Mon, 3 May 2026 at 10:12, Harbour & Pine wrote:"
REPLY = f"Yes, please.\n\n{HEADING}\n\n> Shall we?\n>\n\n> Tell us.\n\nThanks, Carla"


def quoted(text: str) -> list[str]:
    return [part.text for part in parts_of(text) if part.is_quoted]


def test_a_reply_folds_what_it_quotes_with_its_heading():
    assert parts_of(REPLY) == [
        Part("Yes, please.\n\n", is_quoted=False),
        Part(f"{HEADING}\n\n> Shall we?\n>\n\n> Tell us.\n", is_quoted=True),
        Part("\nThanks, Carla", is_quoted=False),
    ]


@pytest.mark.parametrize(
    "heading",
    [
        "On 3 May 2026,\nCarla Customer <carla@example.org> wrote:",
        "Am 03.05.2026 um 10:12 schrieb Carla Customer:",
        "Le 3 mai 2026 à 10:12, Carla a écrit :",
        "El 3 may 2026, Carla escribió:",
        "Op 3 mei 2026 schreef Carla:",
    ],
)
def test_headings_of_mail_programs_are_folded_too(heading):
    assert quoted(f"Fine.\n{heading}\n> Shall we?") == [f"{heading}\n> Shall we?"]


def test_a_forwarded_letter_is_quoted_to_its_end():
    rest = "----- Original Message -----\nFrom: Carla\n\nWhere is it?"

    assert quoted(f"See below.\n{rest}") == [rest]


@pytest.mark.parametrize(
    "text",
    [
        "On Tuesday my mother wrote:\nthe sofa is here.",
        "Price -> 10\nand 5 > 3",
        "-- \nCarla",
        "> All of it\n> is quoted",
        "",
    ],
)
def test_what_only_looks_quoted_stays_open(text):
    assert list(parts_of(text)) == [Part(text, is_quoted=False)]


@given(st.lists(st.sampled_from(["> a", "b", "", "On 3 May x wrote:", "😀", "-- x --"])))
def test_the_parts_are_the_letter_to_the_character(lines):
    text = "\n".join(lines)

    assert "".join(part.text for part in parts_of(text)) == text
