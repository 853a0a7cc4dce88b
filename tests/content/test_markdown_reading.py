"""One Markdown file into blocks, and blocks into a file again."""

import datetime as dt
import re
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.markdown.reading import Unreadable, as_date, read, read_front
from content.markdown.writing import blocks_as_markdown, write


def of(text, *, find_link=lambda target, line: {"href": target}, find_image=lambda target, line: 7):
    return read(text.encode(), fallback="Fallback", find_link=find_link, find_image=find_image)


def blocks(text, **kwargs):
    return of(text, **kwargs).blocks


def again(document):
    """What reading gives after writing."""
    text = blocks_as_markdown(
        document.blocks, write_link=lambda given: given.get("href"), write_image=lambda pk: "a.png"
    )
    return of(write({"title": document.title}, text)).blocks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello *you* and **all**.", [("text", "<p>Hello <i>you</i> and <b>all</b>.</p>")]),
        ("## Refunds\n\nFast.", [("text", "<h2>Refunds</h2><p>Fast.</p>")]),
        ("##### Deep", [("text", "<h4>Deep</h4>")]),
        (
            "- one\n- two\n  - deeper\n",
            [("text", "<ul><li>one</li><li>two<ul><li>deeper</li></ul></li></ul>")],
        ),
        ("1. one\n2. two", [("text", "<ol><li>one</li><li>two</li></ol>")]),
        ("- one\n\n  and more", [("text", "<ul><li>one<br/>and more</li></ul>")]),
        (
            "> Said once.\n>\n> And again.",
            [("text", "<blockquote>Said once.<br/>And again.</blockquote>")],
        ),
        ("a  \nb", [("text", "<p>a<br/>b</p>")]),
        ("a\n\n---\n\nb", [("text", "<p>a</p><hr/><p>b</p>")]),
        ("Type `a < b`.", [("text", "<p>Type <code>a &lt; b</code>.</p>")]),
        ("```sql\nSELECT 1\n```", [("code", {"language": "sql", "code": "SELECT 1"})]),
        ("> [!WARNING]\n> Never.", [("callout", {"kind": "warning", "text": "Never."})]),
        (
            "> [!DO]\n> Say sorry.\n\n> [!DONT]\n> Blame.",
            [("example", {"do": "Say sorry.", "dont": "Blame."})],
        ),
        (
            'Look:\n\n![A map](map.png "Where")\n\nThere.',
            [
                ("text", "<p>Look:</p>"),
                ("image", {"image": 7, "alt": "A map", "caption": "Where"}),
                ("text", "<p>There.</p>"),
            ],
        ),
        ("x <script>alert(1)</script> y", [("text", "<p>x y</p>")]),
        ("<div onclick='x()'>Words</div>", [("text", "<p>Words</p>")]),
        ("[a](javascript:alert(1))", [("text", "<p>[a](javascript:alert(1))</p>")]),
    ],
)
def test_blocks(text, expected):
    assert blocks(text) == expected


TABLE = [
    (
        "table",
        {
            "columns": [{"type": "text", "heading": "Who"}, {"type": "text", "heading": "When"}],
            "rows": [
                {"values": ["<p>Lead</p>", "<p><b>now</b></p>"]},
                {"values": ["<p>All</p>", ""]},
            ],
            "caption": "",
        },
    )
]


def test_table_of_markdown():
    assert blocks("| Who | When |\n|---|---|\n| Lead | **now** |\n| All | |") == TABLE


def test_table_of_html():
    html = (
        "<table><thead><tr><th>Who</th><th>When</th></tr></thead><tbody><tr><td>Lead</td>"
        "<td><strong>now</strong></td></tr><tr><td>All</td></tr></tbody></table>"
    )
    assert blocks(html) == TABLE


def test_link_that_leads_nowhere_keeps_its_words():
    found = blocks("See [the list](gone.md).", find_link=lambda target, line: None)
    assert found == [("text", "<p>See the list.</p>")]


def test_lines_are_those_of_the_file():
    seen = []

    def find_link(target, line):
        seen.append((target, line))
        return

    blocks("---\ntitle: X\n---\n\nOne\n\n[a](a.md)\n\n- [b](b.md)\n", find_link=find_link)
    assert seen == [("a.md", 7), ("b.md", 9)]


def test_tags_of_a_site_generator_are_named_and_kept_as_text():
    document = of("---\ntitle: X\n---\nHi\n\n{% alert %}\nCareful\n{% endalert %}\n{% alert %}")
    assert "{% alert %}" in document.blocks[0][1]
    assert [(remark.line, remark.text) for remark in document.remarks] == [
        (6, "“{% alert %}” was left as text. (2 times)"),
        (8, "“{% endalert %}” was left as text."),
    ]


def test_page_tag_of_a_site_generator_is_a_link():
    found = blocks('[Leave]({% page "travel/leave/#sick" %})')
    assert found == [("text", '<p><a href="/travel/leave/#sick">Leave</a></p>')]


def test_lost_html_is_named():
    assert [remark.text for remark in of("<button>Go</button>").remarks] == [
        "<button> was left away; the words in it stay."
    ]


@pytest.mark.parametrize(
    ("text", "title", "first"),
    [
        ("---\ntitle: From above\n---\n# Other\n", "From above", "<h2>Other</h2>"),
        ("# From the *heading*\n\nText", "From the heading", "<p>Text</p>"),
        ("---\ntitle: Same\n---\n# Same\n\nText", "Same", "<p>Text</p>"),
        ("Text", "Fallback", "<p>Text</p>"),
        ("\ufeff---\r\ntitle: Marked\r\n---\r\nText\r\n", "Marked", "<p>Text</p>"),
    ],
)
def test_title(text, title, first):
    document = of(text)
    assert (document.title, document.blocks[0][1]) == (title, first)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"caf\xe9", "not UTF-8 (line 1)"),
        (b"---\ntitle: [a\n---\nText", "not valid YAML (line 2)"),
        (b"---\n- a\n- b\n---\nText", "front matter"),
        (b"x" * 2_000_001, "more than 2 MB"),
    ],
)
def test_unreadable(raw, words):
    with pytest.raises(Unreadable) as refusal:
        read_front(raw)
    assert words in str(refusal.value)


def test_dates():
    assert as_date(dt.date(2016, 1, 1)) == as_date("2016-01-01") == dt.date(2016, 1, 1)
    assert as_date("") is None
    with pytest.raises(ValueError, match="soon"):
        as_date("soon")


words = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"])
    | st.sampled_from(" *_`[]()#>-+.1~"),
    min_size=1,
    max_size=20,
).map(lambda text: " ".join(text.split()))


@given(st.lists(words.filter(bool), min_size=1, max_size=4))
def test_no_words_become_markup_by_writing(paragraphs):
    prose = "".join(f"<p>{escape(text, quote=False)}</p>" for text in paragraphs)
    text = blocks_as_markdown([("text", prose)], write_link=lambda _: None, write_image=str)
    assert blocks(text) == [("text", prose)]


inline = st.recursive(
    words.filter(lambda text: any(letter.isalnum() for letter in text)).map(
        lambda text: text.replace("&", "").replace("<", "").replace(">", "") or "x"
    ),
    lambda inner: st.tuples(st.sampled_from("bi"), inner).map(lambda t: f"<{t[0]}>{t[1]}</{t[0]}>"),
    max_leaves=2,
)


@given(st.lists(inline, min_size=1, max_size=4))
def test_emphasis_survives_whatever_stands_around_it(pieces):
    document = of("")
    document.blocks = [("text", f"<p>{''.join(pieces)}</p>")]
    first = again(document)
    document.blocks = first
    assert again(document) == first
    assert _plain(first) == _plain([("text", "".join(pieces))])


def _plain(found):
    return re.sub(r"<[^>]+>|\s", "", "".join(value for _, value in found))
