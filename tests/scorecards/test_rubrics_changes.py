"""Differences between two editions in words, and the format they are compared, exported and read in."""

from copy import deepcopy
from decimal import Decimal

import pytest

from scorecards.rubric_changes import are_comparable, changes
from scorecards.rubric_format import FormatError, from_json, read_structure, to_json

BEFORE = read_structure(
    {
        "name": "Conversation",
        "sections": [
            {
                "key": "respect",
                "title": "Respect",
                "weight": 40,
                "criteria": [
                    {
                        "key": "tone",
                        "title": "Tone",
                        "skill": "respect",
                        "levels": [
                            {"label": "No", "descriptor": "Rude.", "points": 0},
                            {"label": "Yes", "descriptor": "Polite.", "points": 10},
                        ],
                    },
                    {
                        "key": "name",
                        "title": "Name",
                        "skill": "respect",
                        "levels": [
                            {"label": "No", "descriptor": "No name.", "points": 0},
                            {"label": "Yes", "descriptor": "Name.", "points": 10},
                        ],
                    },
                ],
            },
            {"key": "facts", "title": "Facts", "weight": 60, "criteria": []},
        ],
    }
)


def test_changes_of_equal_editions_are_none():
    assert changes(BEFORE, deepcopy(BEFORE)) == []
    assert are_comparable([])


def edit(path, value):
    """BEFORE with `value` at a path such as ("sections", 0, "weight")."""
    after = deepcopy(BEFORE)
    target = after
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return after


TONE = ("sections", 0, "criteria", 0)
NO, YES = (*TONE, "levels", 0), (*TONE, "levels", 1)


@pytest.mark.parametrize(
    ("after", "words", "is_comparable"),
    [
        (edit(("pass_mark",), Decimal(80)), "The pass mark: 75 is now 80.", False),
        (edit(("places",), 2), "The number of decimal places: 0 is now 2.", False),
        (edit(("not_applicable_policy",), "counts_zero"), "Counts as not met at all", False),
        (edit(("critical_failure_policy",), "percent_zero"), "Percent becomes 0", False),
        (edit(("aggregation",), "points"), "Points earned over points possible", False),
        (edit(("completeness",), Decimal(80)), "100 is now 80", False),
        (edit(("hides_agent",), False), "Hiding the agent: yes is now no.", False),
        (edit(("hides_scores",), False), "Hiding earlier scorecards: yes is now no.", False),
        (edit(("hides_customer_rating",), False), "Hiding the customer’s rating", False),
        (edit(("holds_feedback",), True), "Holding feedback back: no is now yes.", True),
        (edit(("undo_minutes",), 30), "to take a submission back: 10 is now 30.", True),
        (edit(("dispute_days",), 7), "The days to dispute a grade: 14 is now 7.", True),
        (edit(("sections", 0, "weight"), Decimal(50)), "Section “Respect”: the weight 40", False),
        (edit(("sections", 0, "title"), "Manners"), "is now called “Manners”", True),
        (edit((*TONE, "title"), "Voice"), "“Tone” is now called “Voice”", True),
        (edit((*TONE, "guidance"), "Listen."), "changed in wording: guidance", True),
        (edit((*TONE, "good_example"), "Hello."), "changed in wording: good example", True),
        (edit((*TONE, "procedure"), "calls"), "changed in wording: procedure", True),
        (edit((*TONE, "weight"), Decimal(2)), "the weight: 1 is now 2", False),
        (edit((*TONE, "skill"), "empathy"), "the skill it measures", False),
        (edit((*TONE, "critical"), True), "whether it is critical: no is now yes", False),
        (edit((*TONE, "critical_below"), Decimal(50)), "nothing is now 50", False),
        (edit((*TONE, "bonus"), True), "whether it is a bonus", False),
        (edit((*TONE, "not_applicable"), True), "may be not applicable", False),
        (edit((*TONE, "channels"), ["email"]), "all is now E-mail", False),
        (edit((*TONE, "flows"), ["returns"]), "all is now returns", False),
        (
            edit(
                ("sections", 0, "criteria", 1, "depends_on"), {"criterion": "tone", "levels": [1]}
            ),
            "“Name” depends on another earlier answer",
            False,
        ),
        (edit((*YES, "points"), Decimal(8)), "level “Yes”: the points: 10 is now 8", False),
        (edit((*YES, "critical_failure"), True), "whether it is a critical failure", False),
        (edit((*NO, "requires_comment"), True), "level “No” needs a comment now", True),
        (edit((*NO, "descriptor"), "Mocks."), "level “No”: changed in wording", True),
        (edit((*NO, "label"), "Not met"), "level “Not met”: changed in wording", True),
    ],
)
def test_changes_say_what_and_whether_scores_stay_comparable(after, words, is_comparable):
    (change,) = changes(BEFORE, after)

    assert words in change.text
    assert change.is_comparable is is_comparable


def test_changes_of_the_structure_break_comparability():
    gone = edit(("sections", 0, "criteria"), BEFORE["sections"][0]["criteria"][:1])
    moved = deepcopy(BEFORE)
    moved["sections"][1]["criteria"].append(moved["sections"][0]["criteria"].pop())
    one_level_less = edit((*TONE, "levels"), BEFORE["sections"][0]["criteria"][0]["levels"][:1])

    assert [change.text for change in changes(BEFORE, gone)] == [
        "The criterion “Name” was removed."
    ]
    assert [change.text for change in changes(gone, BEFORE)] == ["The criterion “Name” is new."]
    assert [change.text for change in changes(BEFORE, moved)] == [
        "“Name” moved to the section “Facts”."
    ]
    assert [change.text for change in changes(BEFORE, one_level_less)] == [
        "“Tone” has 1 level now, instead of 2."
    ]
    for after in (gone, moved, one_level_less):
        assert not are_comparable(changes(BEFORE, after))


def test_changes_of_the_order_are_comparable():
    after = deepcopy(BEFORE)
    after["sections"].reverse()
    after["sections"][1]["criteria"].reverse()

    found = changes(BEFORE, after)

    assert [change.text for change in found] == [
        "The sections are in another order.",
        "The criteria of “Respect” are in another order.",
    ]
    assert are_comparable(found)


def test_changes_that_move_scores_come_first():
    after = edit((*TONE, "guidance"), "Listen.")
    after["pass_mark"] = Decimal(1)

    assert [change.is_comparable for change in changes(BEFORE, after)] == [False, True]


# --- the format --------------------------------------------------------------------------------------
def test_json_gives_back_what_it_was_given():
    odd = edit(("pass_mark",), Decimal("74.55"))

    assert from_json(to_json(odd)) == odd


@pytest.mark.parametrize(
    ("path", "value", "where", "what"),
    [
        (("pass_mark",), 101, "pass_mark", "0 to 100"),
        (("pass_mark",), "75", "pass_mark", "a number"),
        (("pass_mark",), True, "pass_mark", "a number"),
        (("pass_mark",), 74.555, "pass_mark", "2 decimal places"),
        (("pass_mark",), float("nan"), "pass_mark", "a number"),
        (("places",), 1.5, "places", "a whole number of 0 to 4"),
        (("aggregation",), "median", "aggregation", "one of: weighted_sections"),
        (("colour",), "red", "colour", "one of: format"),
        (("sections",), {}, "sections", "a list"),
        (("sections", 0), "A", "sections[0]", "an object"),
        (("sections", 0, "title"), " ", "sections[0].title", "some text"),
        (("sections", 0, "weight"), -1, "sections[0].weight", "a number of 0"),
        (("sections", 1, "key"), "respect", "sections[1].key", "only once"),
        ((*TONE, "key"), "no spaces", "sections[0].criteria[0].key", "a key"),
        ((*TONE, "key"), "name", "sections[0].criteria[1].key", "only once"),
        ((*TONE, "channels"), ["fax"], "sections[0].criteria[0].channels[0]", "one of: phone"),
        ((*TONE, "bonus"), "yes", "sections[0].criteria[0].bonus", "true or false"),
        (
            (*TONE, "depends_on"),
            {"criterion": "nope", "levels": [0]},
            "sections[0].criteria[0].depends_on.criterion",
            "a criterion of this rubric",
        ),
        ((*YES, "points"), None, "sections[0].criteria[0].levels[1].points", "a number"),
        ((*YES, "label"), "x" * 61, "sections[0].criteria[0].levels[1].label", "60 characters"),
    ],
)
def test_read_structure_names_the_path_and_what_was_expected(path, value, where, what):
    with pytest.raises(FormatError) as error:
        read_structure(edit(path, value))

    (found,) = error.value.errors
    assert found[0] == where
    assert what in found[1]


def test_read_structure_names_what_is_missing():
    with pytest.raises(FormatError) as error:
        read_structure({"sections": [{"key": "a", "criteria": [{}]}]})

    assert [path for path, _text in error.value.errors] == [
        "sections[0].title",
        "sections[0].criteria[0].key",
        "sections[0].criteria[0].title",
        "sections[0].criteria[0].skill",
        "sections[0].criteria[0].levels",
    ]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("{", "line 1"),
        (b'"\xff"', "file"),
        ("[]", "file"),
        ("{}", "format"),
        ('{"format": "something-else"}', "format"),
    ],
)
def test_from_json_says_where_it_is_no_rubric(text, where):
    with pytest.raises(FormatError) as error:
        from_json(text)

    assert error.value.errors[0][0] == where
