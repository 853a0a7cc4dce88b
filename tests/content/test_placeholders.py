import pytest

from content.placeholders import fill, label_of, mistakes, names


def test_each_placeholder_is_named_once_in_order():
    assert names("{b} {a_1} {b} {{no}} {ä}") == ["b", "a_1", "ä"]


def test_filling_leaves_what_is_empty_in_its_braces_and_doubled_braces_single():
    assert fill("{a}, {{x}}, {b}, {{{a}}}", {"a": " 1 ", "b": "  "}) == "1, {x}, {b}, {1}"


def test_values_are_not_read_as_placeholders():
    assert fill("{a} {b}", {"a": "{b}", "b": "2"}) == "{b} 2"


def test_labels_read_like_words():
    assert label_of("order_number") == "Order number"


@pytest.mark.parametrize("body", ["", "No braces", "{a} {{ }} {{{a}}}", "{a}{b_2}"])
def test_good_templates_have_no_mistakes(body):
    assert mistakes(body) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("Hi {", ["Line 1, character 4", "not closed"]),
        ("Hi\n }", ["Line 2, character 2", "no brace opens it"]),
        ("{}", ["empty"]),
        ("{order number}", ["“{order number}”", "letters, digits and underscores"]),
        ("{1x}", ["“{1x}”"]),
        ("{a {b}} c", ["cannot stand inside one another"]),
        ("{a\nb}", ["not closed on this line"]),
    ],
)
def test_a_mistake_names_the_brace_and_what_is_wrong(body, told):
    (mistake,) = mistakes(body)

    for words in told:
        assert words in mistake


def test_what_is_wrong_stands_for_itself():
    assert fill("{order number} {a}", {"a": "1"}) == "{order number} 1"
