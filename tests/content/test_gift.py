"""The rules of the GIFT format, by tables of known readings. No database."""

import io
from decimal import Decimal

import pytest

from content import gift
from content.gift import Problem, Read
from content.question_rules import OptionDraft, QuestionDraft


def read(text: str):
    return list(gift.read(text.split("\n")))


def question(text: str) -> QuestionDraft:
    (entry,) = read(text)
    assert isinstance(entry, Read), entry
    return entry.question


def reason(text: str) -> str:
    (entry,) = read(text)
    assert isinstance(entry, Problem), entry
    return entry.reason


def options(text: str):
    """(text, percent, feedback) of each answer of a question with this block."""
    found = question(f"Q {text}").options
    return [
        (
            each.text,
            each.weight if each.weight is not None else 100 * each.is_correct,
            each.feedback,
        )
        for each in found
    ]


@pytest.mark.parametrize(
    ("block", "kind"),
    [
        ("{=a ~b}", "single"),
        ("{~%50%a ~%50%b ~c}", "multiple"),
        ("{TRUE}", "true_false"),
        ("{F}", "true_false"),
        ("{T#no#yes}", "true_false"),
        ("{true}", "short_answer"),
        ("{False}", "short_answer"),
        ("{=a =b}", "short_answer"),
        ("{a}", "short_answer"),
        ("{#3}", "numeric"),
        ("{=a -> b =c -> d}", "matching"),
        ("{>\none\ntwo\n}", "ordering"),
    ],
)
def test_the_kind_follows_from_the_signs(block, kind):
    assert question(f"Q {block}").kind == kind


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("{=a#yes ~b#no ~c}", [("a", 100, "yes"), ("b", 0, "no"), ("c", 0, "")]),
        ("{=a ~%50%b ~%-25%c}", [("a", 100, ""), ("b", 50, ""), ("c", -25, "")]),
        (
            "{~%-100%a ~%50%b#half ~%50%c}",
            [("a", -100, ""), ("b", 50, "half"), ("c", 50, "")],
        ),
        ("{TRUE#a#b}", [("True", 100, "b"), ("False", 0, "a")]),
        ("{FALSE#a#b}", [("True", 0, "a"), ("False", 100, "b")]),
        ("{TRUE#a}", [("True", 100, ""), ("False", 0, "a")]),
        ("{=a =%50%b#half}", [("a", 100, ""), ("b", 50, "half")]),
        (
            r"{=a\=b ~c\~d ~\#e ~\{f\}}",
            [("a=b", 100, ""), ("c~d", 0, ""), ("#e", 0, ""), ("{f}", 0, "")],
        ),
        (r"{=a\\b ~c\d ~x\:y}", [("a\\b", 100, ""), ("c\\d", 0, ""), ("x:y", 0, "")]),
        (r"{=one\ntwo ~b}", [("one\ntwo", 100, ""), ("b", 0, "")]),
        ("{=[html]<b>a</b>&amp;c ~[plain]<b>}", [("a&c", 100, ""), ("<b>", 0, "")]),
        ("{=a#[markdown]*so* ~b}", [("a", 100, "*so*"), ("b", 0, "")]),
    ],
)
def test_answers(block, expected):
    assert options(block) == expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("{#3}", [("3", None, 100, "")]),
        ("{#3:2}", [("3", "2", 100, "")]),
        ("{#3:2~#x}", [("3", "2", 100, ""), ("*", None, 0, "x")]),
        ("{#1..5}", [("3", "2", 100, "")]),
        ("{#-1.5..2.5#in}", [("0.5", "2", 100, "in")]),
        ("{#=1822:0 =%50%1822:2#near}", [("1822", "0", 100, ""), ("1822", "2", 50, "near")]),
        (
            "{#\n=3.14:0.005#pi\n=%50%3#rough\n~#no\n}",
            [("3.14", "0.005", 100, "pi"), ("3", None, 50, "rough"), ("*", None, 0, "no")],
        ),
        ("{#1e3}", [("1000", None, 100, "")]),
    ],
)
def test_numbers(block, expected):
    found = question(f"Q {block}").options

    assert [
        (
            each.text,
            each.tolerance if each.tolerance is None else str(each.tolerance.normalize()),
            each.weight if each.weight is not None else 100 * each.is_correct,
            each.feedback,
        )
        for each in found
    ] == expected


def test_pairs_may_have_an_answer_that_belongs_nowhere():
    found = question("Q {=a -> 1\n=b -> 2\n= -> 3}")

    assert [(each.text, each.match) for each in found.options] == [
        ("a", "1"),
        ("b", "2"),
        ("", "3"),
    ]
    assert found.marking == "share"


@pytest.mark.parametrize(
    ("text", "title", "asked"),
    [
        ("::Name:: Text {=a ~b}", "Name", "Text"),
        ("::Na\\:me:: Text {=a ~b}", "Na:me", "Text"),
        ("Text over\ntwo lines {=a ~b}", "", "Text over\ntwo lines"),
        ("Capital of {=Spain =France} it is.", "", "Capital of _____ it is."),
        ("[html]<p>One</p><p>two &lt;3</p> {=a ~b}", "", "One\n\ntwo <3"),
        ("[markdown]*One* {=a ~b}", "", "*One*"),
        ("[sic] Text {=a ~b}", "", "[sic] Text"),
        ("Set \\{1, 2\\} {=a ~b}", "", "Set {1, 2}"),
        ("// a comment {\nText {=a ~b}", "", "Text"),
        ("Text\n// inside\nmore {=a ~b}", "", "Text\nmore"),
        ("[html]<script>x()</script>Text {=a ~b}", "", "Text"),
    ],
)
def test_title_and_text(text, title, asked):
    found = question(text)

    assert (found.title, found.text) == (title, asked)


@pytest.mark.parametrize(
    ("text", "kind", "general"),
    [
        ("Q {=a ~b ####In general}", "single", "In general"),
        ("Q {TRUE ####[html]<i>So</i>}", "true_false", "So"),
        ("Q {#3 ####So}", "numeric", "So"),
        ("Q {=a -> 1 =b -> 2 ####So}", "matching", "So"),
    ],
)
def test_general_feedback(text, kind, general):
    found = question(text)

    assert (found.kind, found.explanation) == (kind, general)


def test_categories_become_tags_until_the_next_one():
    entries = read(
        "$CATEGORY: $course$/top/Shipping/Late\n\nA {=a ~b}\n\nB {=a ~b}\n\n"
        "$CATEGORY: Tone // voice\nC {=a ~b}\n\n$CATEGORY: top\n\nD {=a ~b}"
    )

    assert [entry.question.tags for entry in entries] == [
        ("Shipping/Late",),
        ("Shipping/Late",),
        ("Tone / voice",),
        (),
    ]


def test_ids_and_tags_in_comments():
    found = question("// question: 7 [id:late\\]-1] [tag:one] [tag:two words]\nQ {=a ~b}")

    assert (found.key, found.tags) == ("late]-1", ("one", "two words"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Q {=a ~b", "no “}” before the next blank line"),
        ("Q =a ~b}", "no “{” before it"),
        ("Q }a{", "no “{” before it"),
        ("Q {=a {b} ~c}", "more than one"),
        ("Q {=a ~b} and {=c}", "more than one"),
        ("::Name Text {=a ~b}", "title has no end"),
        ("Q {~a}", "at least two options"),
        ("Q {=a ~}", "needs a text"),
        ("Q {=a =b ~c}", "Only one option"),
        ("Q {~a ~b}", "at least one option as correct"),
        ("Q {~%50%a ~%20%b ~c}", "add up to 70"),
        ("Q {~%200%a ~b}", "is no weight"),
        ("Q {#three}", "is not a number"),
        ("Q {#3:x}", "is not a number"),
        ("Q {#5..1}", "from more to less"),
        ("Q {#}", "at least one accepted"),
        ("Q {#3:-1}", "not negative"),
        ("Q {=a -> 1 =b}", "is no pair"),
        ("Q {=a -> 1}", "at least two pairs"),
        ("Q {=}", "needs a text"),
        ("Q {=%50%a}", "No answer gets full marks"),
        ("{=a ~b}", "has no text"),
        ("Q {=a\0 ~b}", "null character"),
    ],
)
def test_what_is_broken_says_why(text, said):
    assert said in reason(text)


@pytest.mark.parametrize("text", ["Tell us. {}", "Tell us. { }", "Only a description."])
def test_kinds_there_are_not_here_are_left_out_and_not_called_broken(text):
    (entry,) = read(text)

    assert entry.is_unknown


def test_the_rest_is_read_and_each_problem_has_its_line_and_name():
    entries = read(
        "// head\n\n::One:: Q {=a ~b}\n\n// note\n::Two::\nQ {\n=a\n~b\n\n\n"
        "::Three:: Q =a}\n\nFour {=a ~b}"
    )

    assert [
        (entry.line, entry.name) if isinstance(entry, Problem) else entry.line for entry in entries
    ] == [3, (6, "Two"), (12, "Three"), 14]
    assert "line 7" in entries[1].reason


def test_a_select_all_key_without_negative_weights_is_warned_about():
    (easy,) = read("Q {~a ~%50%b ~%50%c ~d}")
    (good,) = read("Q {~%-50%a ~%50%b ~%50%c ~%-50%d}")

    assert "ticks everything" in easy.notes[0]
    assert good.notes == ()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_ends_and_byte_order_marks(end, encoding):
    text = end.join(["::Größe:: Q {", "=a", "~b", "}", "", "Next {T}"])
    entries = list(gift.read(gift.lines_of(io.BytesIO(text.encode(encoding)))))

    assert [(entry.line, entry.question.title) for entry in entries] == [(1, "Größe"), (6, "")]


def test_line_ends_across_a_chunk_count_once():
    text = "a" * 65539 + "\r\nb"

    assert list(gift.lines_of(io.BytesIO(text.encode())))[1:] == ["b"]


def test_a_byte_that_is_no_utf_8_costs_only_its_question():
    data = b"One {=a ~b}\n\n" + "Größe {=a ~b}\n\n".encode("latin-1") + b"Two {=a ~b}"
    first, bad, last = gift.read(gift.lines_of(io.BytesIO(data)))

    assert (first.question.text, last.question.text) == ("One", "Two")
    assert (bad.line, "line 3" in bad.reason.lower(), "UTF-8" in bad.reason) == (3, True, True)
    bad.name.encode()


def test_reading_needs_no_more_than_one_question_at_a_time():
    def endless():
        while True:
            yield "Q {=a ~b}"
            yield ""

    entries = gift.read(endless())
    assert [next(entries).line for _ in range(3)] == [1, 3, 5]


def draft(kind, options, **more) -> QuestionDraft:
    return QuestionDraft(
        text="What: {is} #1 = ~2\\?\nSo", kind=kind, options=tuple(options), **more
    )


ODD = "a=b~c#d{e}:f\\g"


@pytest.mark.parametrize(
    "written",
    [
        draft("single", [OptionDraft(ODD, True, ODD), OptionDraft("%50%", weight=Decimal(25))]),
        draft("multiple", [OptionDraft("a", True), OptionDraft("b"), OptionDraft("c", True)]),
        draft(
            "multiple",
            [OptionDraft("a", True), OptionDraft("b"), OptionDraft("c", True)],
            marking="right_minus_wrong",
        ),
        draft(
            "multiple",
            [OptionDraft("a", True, weight=Decimal(100)), OptionDraft("b", weight=Decimal(-50))],
            marking="weights",
        ),
        draft("true_false", [OptionDraft("True", False, "x"), OptionDraft("False", True, "y")]),
        draft("true_false", [OptionDraft("True", True), OptionDraft("False", False, "y")]),
        draft("true_false", [OptionDraft("Yes", False), OptionDraft("No", True)]),
        draft("short_answer", [OptionDraft("a -> b", True), OptionDraft("TRUE", True, "ok")]),
        draft("short_answer", [OptionDraft("TRUE", True)]),
        draft("short_answer", [OptionDraft("a", True), OptionDraft("*", False, "no")]),
        draft("short_answer", [OptionDraft(r"5 \* 3", True), OptionDraft("[html] a", True)]),
        draft(
            "numeric",
            [
                OptionDraft("3.5", True, "ok", tolerance=Decimal("0.25")),
                OptionDraft("3", False, weight=Decimal(50)),
                OptionDraft("*", False, "no"),
            ],
        ),
        draft(
            "matching",
            [OptionDraft("a", match="1"), OptionDraft("b", match="2"), OptionDraft("", match="3")],
            marking="share",
        ),
        draft("matching", [OptionDraft("a", match="1"), OptionDraft("b", match="2")]),
        draft("ordering", [OptionDraft("one"), OptionDraft("ALL two"), OptionDraft("3")]),
        draft("ordering", [OptionDraft("one"), OptionDraft("two")], marking="share"),
        draft(
            "single",
            [OptionDraft("a", True), OptionDraft("b")],
            title="T: t",
            key="late-1",
            explanation="Be#cause\nso",
            tags=("one", "two ] words"),
        ),
    ],
)
def test_what_is_written_is_read_back(written):
    assert question("".join(gift.write([written]))) == written


def test_files_hold_one_question_after_the_other():
    drafts = [draft("single", [OptionDraft("a", True), OptionDraft("b")])] * 3

    assert len(read("".join(gift.write(drafts)))) == 3
