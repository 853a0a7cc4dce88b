"""What customers answered: its scales, its way in, and where it is shown."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail import hooks

from interactions.importing.answers import GivenAnswer
from interactions.importing.rows import RowRejected, parse_record
from interactions.importing.run import run_import
from interactions.models import ImportRun, Interaction, SurveyAnswer
from tests.factories.interactions import (
    ImportRunFactory,
    InteractionFactory,
    SurveyAnswerFactory,
)
from tests.interactions.files import row, stream_of

LIST = reverse("interactions:interaction_list")
Kind = SurveyAnswer.Kind


def given(*answers, **changes):
    return row(answers=list(answers), **changes)


def imported(*rows, **options) -> ImportRun:
    return run_import(ImportRunFactory(), stream=stream_of(*rows), **options)


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    return run.created_count, run.updated_count, run.unchanged_count, run.rejected_count


def stored() -> list[tuple[str, int | None, str]]:
    return list(SurveyAnswer.objects.order_by("pk").values_list("kind", "value", "text"))


# Scales -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("csat", 0, ""),
        ("csat", 6, ""),
        ("csat", None, "five stars"),
        ("nps", 11, ""),
        ("nps", None, ""),
        ("ces", 0, ""),
        ("ces", 8, ""),
        ("ces", None, ""),
        ("resolved", 2, ""),
        ("resolved", None, ""),
        ("comment", None, ""),
        ("comment", 1, "with a number"),
        ("stars", 1, ""),
    ],
)
def test_the_database_keeps_each_answer_on_its_scale(db, kind, value, text):
    with pytest.raises(IntegrityError), transaction.atomic():
        SurveyAnswerFactory(kind=kind, value=value, text=text)


def test_the_database_keeps_one_answer_of_a_kind(db):
    interaction = SurveyAnswerFactory().interaction
    SurveyAnswerFactory(interaction=interaction, kind=Kind.NPS)
    with pytest.raises(IntegrityError), transaction.atomic():
        SurveyAnswerFactory(interaction=interaction)


def test_low_is_the_same_for_one_answer_and_for_many(db):
    for kind, (lowest, highest) in SurveyAnswer.SCALES.items():
        for value in range(lowest, highest + 1):
            SurveyAnswerFactory(kind=kind, value=value)
    SurveyAnswerFactory(kind=Kind.COMMENT, value=None, text="Awful.")

    low = sorted(SurveyAnswer.objects.low().values_list("kind", "value"))

    assert low == sorted(
        (answer.kind, answer.value) for answer in SurveyAnswer.objects.all() if answer.is_low
    )
    assert low == [
        *(("ces", value) for value in (1, 2, 3)),
        *(("csat", value) for value in (1, 2)),
        *(("nps", value) for value in range(7)),
        ("resolved", 0),
    ]


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [("csat", 2, "2 of 5"), ("nps", 0, "0 of 10"), ("ces", 7, "7 of 7"), ("resolved", 0, "no")],
)
def test_an_answer_is_shown_with_its_scale(kind, value, shown):
    assert SurveyAnswer(kind=kind, value=value).on_its_scale == shown
    assert SurveyAnswer(kind="comment", text="Thanks").on_its_scale == ""


# Reading a row ----------------------------------------------------------------------------------


def test_answers_are_read_in_the_order_of_their_kinds():
    found = parse_record(
        given(
            {"kind": "comment", "text": " Thanks\r\nall "},
            {"kind": "resolved", "value": True},
            {"kind": "csat", "value": 4.0, "answered_at": "2026-09-15T09:00:00+02:00"},
        )
    ).answers

    assert found == (
        GivenAnswer("csat", 4, "", dt.datetime(2026, 9, 15, 7, tzinfo=dt.UTC)),
        GivenAnswer("resolved", 1, "", None),
        GivenAnswer("comment", None, "Thanks\nall", None),
    )


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("good", 'answers is "good"; expected a list of answers or null'),
        ([5], "answers[0] is 5; expected an object"),
        (
            [{"kind": "stars", "value": 5}],
            'answers[0].kind is "stars"; expected csat, nps, ces, resolved or comment',
        ),
        (
            [{"kind": "csat", "value": 6}],
            "answers[0].value is 6; expected a whole number from 1 to 5",
        ),
        ([{"kind": "csat"}], "answers[0].value is null; expected a whole number from 1 to 5"),
        ([{"kind": "csat", "value": 4.5}], "answers[0].value is 4.5; expected a whole number"),
        ([{"kind": "csat", "value": True}], "answers[0].value is true; expected a whole number"),
        ([{"kind": "csat", "value": "4"}], 'answers[0].value is "4"; expected a whole number'),
        ([{"kind": "nps", "value": -1}], "expected a whole number from 0 to 10"),
        ([{"kind": "ces", "value": 1e300}], "expected a whole number from 1 to 7"),
        ([{"kind": "nps", "value": float("inf")}], "expected a whole number from 0 to 10"),
        (
            [{"kind": "nps", "value": 3}, {"kind": "nps", "value": 4}],
            'answers[1].kind is "nps" again; expected each kind at most once',
        ),
        ([{"kind": "csat", "value": 1}] * 6, "answers has 6 entries; expected each kind at most"),
        ([{"kind": "comment"}], "answers[0].text is null; expected the customer's words"),
        (
            [{"kind": "comment", "text": "No.", "value": 3}],
            "answers[0].value is 3; expected null, for a comment is text only",
        ),
        (
            [{"kind": "csat", "value": 1, "text": ["a"]}],
            'answers[0].text is ["a"]; expected text or null',
        ),
        ([{"kind": "csat", "value": 1, "text": "a\x00"}], "answers[0].text contains a NUL"),
        ([{"kind": "csat", "value": 1, "text": "\ud800"}], "half a character"),
        (
            [{"kind": "csat", "value": 1, "answered_at": "soon"}],
            'answers[0].answered_at is "soon"; expected a time like',
        ),
    ],
)
def test_each_fault_of_an_answer_names_field_value_and_what_was_expected(answers, expected):
    with pytest.raises(RowRejected) as caught:
        parse_record(row(answers=answers))
    assert expected in caught.value.reason


def test_the_hash_knows_answers_and_is_the_old_one_without():
    bare = parse_record(row()).content_hash
    csat = {"kind": "csat", "value": 2}
    nps = {"kind": "nps", "value": 2}

    assert (
        parse_record(given()).content_hash == bare == parse_record(row(answers=None)).content_hash
    )
    hashes = [
        parse_record(given(*answers)).content_hash
        for answers in (
            [csat],
            [nps],
            [csat, nps],
            [{**csat, "value": 3}],
            [{**csat, "text": "x"}],
            [{**csat, "answered_at": "2026-09-15T09:00:00Z"}],
        )
    ]
    assert len({bare, *hashes}) == 7
    assert parse_record(given(nps, csat)).content_hash == hashes[2]


# Importing --------------------------------------------------------------------------------------


def test_answers_come_in_with_their_row_and_again_change_nothing(db):
    rows = [
        given({"kind": "csat", "value": 2, "text": "Slow."}, {"kind": "nps", "value": 9}),
        row(2),
    ]

    assert counts(imported(*rows)) == (2, 0, 0, 0)
    assert stored() == [("csat", 2, "Slow."), ("nps", 9, "")]
    answer = SurveyAnswer.objects.first()
    assert (answer.interaction.external_id, answer.source) == ("1", "desk")
    assert counts(imported(*rows)) == (0, 0, 2, 0)
    assert SurveyAnswer.objects.count() == 2


def test_a_changed_answer_changes_the_row_and_one_left_out_is_withdrawn(db):
    imported(given({"kind": "csat", "value": 2}, {"kind": "nps", "value": 9}))
    first = SurveyAnswer.objects.get(kind="csat")

    assert counts(imported(given({"kind": "csat", "value": 4}))) == (0, 1, 0, 0)

    assert stored() == [("csat", 4, "")]
    assert SurveyAnswer.objects.get().pk == first.pk
    assert SurveyAnswer.objects.get().recorded_at > first.recorded_at
    assert counts(imported(row())) == (0, 1, 0, 0)
    assert stored() == []


def test_what_an_answer_said_before_keeps_when_it_came(db):
    imported(given({"kind": "csat", "value": 2}))
    before = SurveyAnswer.objects.get()

    imported(given({"kind": "csat", "value": 2}, {"kind": "ces", "value": 6}, subject="Other"))

    assert SurveyAnswer.objects.get(kind="csat").recorded_at == before.recorded_at


def test_an_answer_from_elsewhere_outlasts_a_row_that_does_not_know_it(db):
    imported(row())
    SurveyAnswerFactory(interaction=Interaction.objects.get(), kind=Kind.CES, source="survey")

    imported(given({"kind": "csat", "value": 2}))

    assert set(SurveyAnswer.objects.values_list("kind", "source")) == {
        ("ces", "survey"),
        ("csat", "desk"),
    }


def test_a_row_with_a_bad_answer_comes_in_not_at_all(db):
    run = imported(
        given({"kind": "csat", "value": 9}), given({"kind": "csat", "value": 1}, external_id="2")
    )

    assert counts(run) == (1, 0, 0, 1)
    assert [interaction.external_id for interaction in Interaction.objects.all()] == ["2"]
    assert stored() == [("csat", 1, "")]


@pytest.mark.parametrize("batch", [1, 500])
def test_the_last_file_says_what_the_customer_answered(db, batch):
    imported(
        given({"kind": "csat", "value": 1}, {"kind": "nps", "value": 1}),
        batch=batch,
    )
    imported(given({"kind": "csat", "value": 3}), batch=batch)
    assert stored() == [("csat", 3, "")]


def test_a_batch_with_answers_takes_the_same_queries_for_one_row_and_for_three(db):
    def queries(numbers, value) -> int:
        rows = [
            given(
                {"kind": "csat", "value": value},
                *([{"kind": "nps", "value": 1}] * (value == 1)),
                external_id=n,
                customer=None,
            )
            for n in numbers
        ]
        with CaptureQueriesContext(connection) as captured:
            imported(*rows)
        return len(captured)

    assert queries([1], 1) == queries([11, 12, 13], 1)
    assert queries([1], 2) == queries([11, 12, 13], 2), "changed, and one withdrawn"


# Screens ----------------------------------------------------------------------------------------


@pytest.fixture
def unhappy(agent):
    interaction = InteractionFactory(agent=agent, subject="Unhappy", labels={"csat": "bad"})
    SurveyAnswerFactory(interaction=interaction, value=2)
    SurveyAnswerFactory(interaction=interaction, kind=Kind.COMMENT, value=None, text="Never again")
    return interaction


@pytest.fixture
def withheld(unhappy):
    """Nobody may know the rating of `unhappy`."""
    ids = Interaction.objects.filter(pk=unhappy.pk).values("pk")
    with hooks.register_temporarily("rating_withheld_from", lambda user: ids):
        yield unhappy


def subjects(client, **filters) -> set[str]:
    return {row.subject for row in client.get(LIST, filters).context["page"]}


@pytest.mark.parametrize("who", ["agent", "manager", "administrator"])
def test_who_may_see_the_interaction_sees_the_verdict(as_user, request, who, unhappy):
    page = as_user(request.getfixturevalue(who)).get(unhappy_address(unhappy)).text

    assert "The customer’s verdict" in page
    assert "2 of 5" in page
    assert "Never again" in page


def unhappy_address(interaction) -> str:
    return reverse("interactions:interaction_detail", args=[interaction.pk])


def test_without_an_answer_there_is_no_verdict(as_user, administrator, agent):
    page = as_user(administrator).get(unhappy_address(InteractionFactory(agent=agent))).text
    assert "verdict-heading" not in page


def test_the_list_shows_ratings_and_is_narrowed_down_to_low_ones(as_user, agent, unhappy):
    SurveyAnswerFactory(interaction__agent=agent, interaction__subject="Happy")
    wordy = InteractionFactory(agent=agent, subject="Wordy")
    SurveyAnswerFactory(interaction=wordy, kind=Kind.COMMENT, value=None, text="Hm")
    client = as_user(agent)

    assert "Satisfaction: 2 of 5" in client.get(LIST).text
    assert subjects(client) == {"Unhappy", "Happy", "Wordy"}
    assert subjects(client, rating="low") == {"Unhappy"}
    assert subjects(client, rating="given") == {"Unhappy", "Happy"}


def test_what_is_withheld_is_neither_shown_nor_found(as_user, administrator, withheld):
    client = as_user(administrator)

    page = client.get(unhappy_address(withheld)).text
    assert "Hidden until you have graded this conversation" in page
    for leak in ("2 of 5", "Never again", "What else the source says"):
        assert leak not in page
    assert "2 of 5" not in client.get(LIST).text
    for rating in ("low", "given"):
        assert subjects(client, rating=rating) == set()


def test_the_list_takes_the_same_queries_for_one_rating_and_for_three(
    as_user, administrator, agent
):
    client = as_user(administrator)
    SurveyAnswerFactory(interaction__agent=agent)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST, {"rating": "given"}).status_code == 200
        return len(captured)

    before = queries()
    for kind in (Kind.NPS, Kind.CES):
        SurveyAnswerFactory(interaction__agent=agent, kind=kind)
    assert queries() == before
