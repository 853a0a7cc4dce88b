"""Names go, offsets stay."""

import unicodedata

import pytest

from interactions.masking import mask_names


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("I am Ada.", ["Ada"], "I am ███."),
        ("ADA, ada and Ada's", ["Ada"], "███, ███ and ███'s"),
        ("Adam and Canada stay", ["Ada"], "Adam and Canada stay"),
        ("Ada1 stays, Ada_1 and Ada-Lee go", ["Ada"], "Ada1 stays, ███_1 and ███-Lee go"),
        ("Ada Okafor speaking", ["Ada Okafor"], "███ ██████ speaking"),
        ("This is Okafor", ["Ada Okafor"], "This is ██████"),
        ("Ada\n Okafor", ["Ada Okafor"], "███\n ██████"),
        ("A is for apple, Jo is not", ["A", "Jo"], "A is for apple, ██ is not"),
        ("A. B. stays", ["A B"], "A. B. stays"),
        ("A B goes whole", ["A B"], "█ █ goes whole"),
        ("(C.J.) here, CxJx stays", ["C.J."], "(████) here, CxJx stays"),
        ("a+b* is fine", ["[x]", "a+b*"], "████ is fine"),
        ("O'Brien, O’Brien, O`BRIEN", ["O’Brien"], "███████, ███████, ███████"),
        ("José and Jose and JOSÉ", ["José"], "████ and ████ and ████"),
        ("José", ["Jose"], "████"),
        (unicodedata.normalize("NFD", "José!"), ["José"], "█████!"),
        ("Herr Weiß, Herr WEISS", ["Weiß"], "Herr ████, Herr █████"),
        ("Zoë-Ann Łukasz", ["Zoë-Ann"], "███████ Łukasz"),
        ("李雷 here", ["李雷"], "██ here"),
        ("💡 Ada 💡", ["Ada"], "💡 ███ 💡"),
        ("nothing to hide", [], "nothing to hide"),
        ("nothing to hide", ["", " ", "x"], "nothing to hide"),
        ("", ["Ada"], ""),
    ],
)
def test_mask_names(text, names, expected):
    assert mask_names(text, names) == expected
    assert len(mask_names(text, names)) == len(text)


def test_mask_names_prefers_the_longer_name():
    assert mask_names("Anna-Lena", ["Anna", "Anna-Lena"]) == "█████████"
