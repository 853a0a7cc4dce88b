"""Finding personal data. No database."""

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.privacy.patterns import (
    BLOCK,
    DETECTED,
    KINDS,
    Masker,
    UnusableWord,
    atoms,
)

ALL = Masker(DETECTED)


def masked(text: str, masker: Masker = ALL, **options) -> tuple[str, dict[str, int]]:
    found: Counter[str] = Counter()
    return masker.mask(text, found, **options), dict(found)


@pytest.mark.parametrize(
    ("text", "hidden", "kind"),
    [
        ("Write to jo.o'neil+x@shop.example.org, please", "jo.o'neil+x@shop.example.org", "email"),
        ("Schreib an müller@bücher.example!", "müller@bücher.example", "email"),
        ("card 4111 1111 1111 1111 ok", "4111 1111 1111 1111", "card"),
        ("card 4111-1111-1111-1111", "4111-1111-1111-1111", "card"),
        ("3782 822463 10005", "3782 822463 10005", "card"),
        ("pay DE89 3704 0044 0532 0130 00 and so on", "DE89 3704 0044 0532 0130 00", "iban"),
        ("gb82west12345698765432", "gb82west12345698765432", "iban"),
        ("+44 20 7946 0958", "+44 20 7946 0958", "phone"),
        ("(333) 676-1234 thanks", "(333) 676-1234", "phone"),
        ("0049 30 123456", "0049 30 123456", "phone"),
        ("it is 06.12.34.56.78", "06.12.34.56.78", "phone"),
        ("ring 555-0142", "555-0142", "phone"),
        ("call me at 3336761234", "3336761234", "phone"),
        ("+31 (0)6 10617438 all day", "+31 (0)6 10617438", "phone"),
        ("ring +(49) 30 1234567", "+(49) 30 1234567", "phone"),
        ("(11) 99347-0883 at noon", "(11) 99347-0883", "phone"),
        ("at (022) 46492", "(022) 46492", "phone"),
        ("or 08-18 85 23", "08-18 85 23", "phone"),
        ("030/1234567", "030/1234567", "phone"),
        ("+44 20 7946 0958 ext. 12, please", "+44 20 7946 0958 ext. 12", "phone"),
        ("(415) 555-2671 x204", "(415) 555-2671 x204", "phone"),
        ("+49-30-1234567-0", "+49-30-1234567-0", "phone"),
        ("078-05-1120 is mine", "078-05-1120", "national_id"),
        ("AB 12 34 56 C", "AB 12 34 56 C", "national_id"),
        ("DNI 12345678Z", "12345678Z", "national_id"),
        ("NIE X1234567L.", "X1234567L", "national_id"),
        ("RSSMRA85T10A562S", "RSSMRA85T10A562S", "national_id"),
        ("756.9217.0769.85", "756.9217.0769.85", "national_id"),
        ("CPF 529.982.247-25", "529.982.247-25", "national_id"),
    ],
)
def test_what_is_found_is_blacked_out_sign_for_sign(text, hidden, kind):
    after, found = masked(text)

    assert found == {kind: 1}
    assert len(after) == len(text)
    for before, now in zip(text, after, strict=True):
        assert now in {before, BLOCK}
    start = text.index(hidden)
    assert set(after[start : start + len(hidden)]) <= {BLOCK, " "}
    assert after[:start] == text[:start]
    assert after[start + len(hidden) :] == text[start + len(hidden) :]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "order 10482233",
        "order 3336761234 was late",
        "order 3336761234 x2",
        "order 203-4567890-1234567 is not here",
        "Bestellnummer: 123-4567-89",
        "SKU 123-456-789",
        "order no. 123-456-789",
        "open 08.15 - 09.30",
        "invoice 2026-0012-3456",
        "on 2026-11-23 10:15 and on 12/10/2026",
        "it cost 1,234.56 and then 12.50",
        "4111111111111112 fails the check",
        "DE88 3704 0044 0532 0130 00",
        "ticket #4512345678",
        "12345678A is no identity",
        "me@home, or @somebody",
        "room 101, 3 pm, 24 hours, 100 %",
    ],
)
def test_what_is_nothing_personal_stays(text):
    assert masked(text) == (text, {})


def test_only_what_is_asked_for_is_masked():
    text = "jo@example.org 4111 1111 1111 1111"

    assert masked(text, Masker({"card"})) == ("jo@example.org ████ ████ ████ ████", {"card": 1})
    assert masked(text, Masker(())) == (text, {})


def test_a_masked_text_is_masked_already():
    once, _found = masked("jo@example.org, +44 20 7946 0958, 4111 1111 1111 1111")

    assert masked(once) == (once, {})


def test_the_name_of_a_field_tells_a_telephone_number():
    assert masked("3336761234", about="phone_number") == ("██████████", {"phone": 1})
    assert masked("3336761234", about="order_id") == ("3336761234", {})


def test_words_of_ones_own():
    masker = Masker((), ["Project Falcon", "CASE-####", "vip*", "c?t"])

    assert masked("PROJECT  falcon: case-1234, cat and vipers, cast", masker) == (
        "███████  ██████: █████████, ███ and ██████, cast",
        {"word": 4},
    )
    assert masked("showcase-1234 evip", masker)[1] == {}


@pytest.mark.parametrize(
    ("line", "why"), [("a*b*c*d", "stars"), ("a**b", "stars"), ("*x", "short"), ("x" * 101, "long")]
)
def test_a_line_that_would_hide_too_much_is_refused(line, why):
    with pytest.raises(UnusableWord) as refused:
        atoms(line)

    assert refused.value.why == why


def test_names_go_in_whole_words():
    assert masked("Carla said Carlas card", ALL, names=["Carla Customer"]) == (
        "█████ said Carlas card",
        {"name": 1},
    )


@given(st.text(alphabet="a1 .-+(@#é█İ\n4", max_size=80))
def test_no_text_becomes_longer_or_says_anything_new(text):
    after, found = masked(text, Masker(DETECTED, ["a1", "4#4"]))

    assert len(after) == len(text)
    assert all(now in {before, BLOCK} for before, now in zip(text, after, strict=True))
    assert bool(found) == (after != text)
    assert set(found) <= set(KINDS)


@pytest.mark.parametrize(
    "piece", ["1", "a", "a@", "1 ", "!", "a.a-", "DE89", "(1)-", "12345678a", "4111 ", "aaaa aaaab"]
)
def test_no_text_can_make_it_slow(piece):
    """Twice the text takes about twice the time; generous, because the machine may be busy."""
    masker = Masker(DETECTED, ["a*b*c", "aaaa*", *(f"word {n}" for n in range(500))])
    took = []
    for size in (50_000, 200_000):
        text = piece * (size // len(piece))
        start = time.process_time()
        masked(text, masker)
        took.append(time.process_time() - start)

    assert took[1] < max(1.0, took[0] * 12)


def test_what_only_begins_like_a_bank_account_breaks_nothing():
    text = "code GB82 WEST 1234!569876543, thanks"
    assert masked(text) == (text, {})
