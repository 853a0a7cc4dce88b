"""Evidence points at message ids: what was said must keep its id."""

import pytest

from interactions.importing.message_ids import keep_message_ids


def turns(*said: str, ids: str = "") -> list[dict]:
    """ "c:Hello" is the customer saying Hello; ids are m1, m2, … unless given."""
    names = ids.split() or [f"m{n}" for n in range(1, len(said) + 1)]
    return [
        {"id": name, "speaker": each[0], "text": each[2:], "offset": None}
        for name, each in zip(names, said, strict=True)
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (turns("c:a", "a:b"), turns("c:a", "a:b"), "m1 m2"),
        (turns("c:a", "a:b"), turns("c:a", "a:b", "c:c"), "m1 m2 m3"),
        (turns("c:a", "a:b"), turns("a:hi", "c:a", "a:b"), "m3 m1 m2"),
        (turns("c:a", "a:b", "c:c"), turns("c:a", "c:c"), "m1 m3"),
        (turns("c:a", "a:b", "c:c"), turns("c:a", "a:B!", "c:c"), "m1 m2 m3"),
        (turns("c:a", "a:b", "c:c"), turns("c:a", "c:b", "c:c"), "m1 m4 m3"),
        (turns("c:a", "c:a"), turns("c:a", "c:a", "c:a"), "m1 m2 m3"),
        (turns("c:a", "a:b", ids="x y"), turns("c:a", "a:b", "a:c"), "x y m1"),
        (turns("c:a", ids="m7"), turns("a:new", "c:a"), "m8 m7"),
        ([], turns("c:a"), "m1"),
    ],
)
def test_keep_message_ids(old, new, expected):
    assert [m["id"] for m in keep_message_ids(new, old=old)] == expected.split()


def test_keep_message_ids_changes_nothing_else_and_leaves_its_input_alone():
    old, new = turns("c:a", ids="x"), turns("c:a")
    assert keep_message_ids(new, old=old) == [{**new[0], "id": "x"}]
    assert new == turns("c:a")
