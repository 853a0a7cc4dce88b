"""Pasted conversations and highlighted words. No database."""

import pytest

from content.transcripts import Line, NotUnderstood, Piece, missing, parse, pieces


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Customer: Hi\nAgent: Hello", [Line("customer", "Hi"), Line("agent", "Hello")]),
        ("agent (0:42): Yes\n", [Line("agent", "Yes", "0:42")]),
        ("[01:02:03] CUSTOMER: Well", [Line("customer", "Well", "01:02:03")]),
        ("Customer: One\n\n  two: three\n", [Line("customer", "One\ntwo: three")]),
        (
            "Ms Reed: Hi\nTom: Hello\nMs Reed: Bye",
            [Line("customer", "Hi"), Line("agent", "Hello"), Line("customer", "Bye")],
        ),
        (
            "Agent: Hi\nZoë: Hello\nNote to self: 5",
            [Line("agent", "Hi"), Line("customer", "Hello\nNote to self: 5")],
        ),
        ("Customer: at 10:30 it broke", [Line("customer", "at 10:30 it broke")]),
        ("", []),
    ],
)
def test_a_transcript_is_read(text, lines):
    assert parse(text) == lines


def test_a_line_before_anybody_speaks_is_named():
    with pytest.raises(NotUnderstood) as refusal:
        parse("\n\nGood morning\nCustomer: Hi")
    assert refusal.value.line == 3


def test_words_are_cut_out_in_turn():
    found = pieces("no, no and no", [("no", 1), ("no", 2)])
    assert found == [Piece("no", 1), Piece(", "), Piece("no", 2), Piece(" and no")]


def test_pieces_are_the_whole_text():
    text = "a <b> c\n d"
    cut = pieces(text, [("<b>", 1), ("c\n d", 2), ("not there", 3), ("b", 4)])
    assert "".join(piece.text for piece in cut) == text
    assert [piece.note for piece in cut if piece.note] == [1, 2]


def test_words_that_are_not_there_or_overlap_are_missing():
    assert missing("one two", ["two", "three", "wo"]) == [1, 2]
