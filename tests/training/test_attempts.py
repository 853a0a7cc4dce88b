"""Quizzes with limits, drawn questions, two windows and hidden answers."""

import datetime as dt
import html
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from content.models import Question, QuestionOption, QuizDraw, QuizPage
from people.models import AuditEvent
from tests.factories.content import QuestionFactory, QuizPageFactory
from tests.factories.people import UserFactory
from tests.factories.training import AttemptFactory, CompletionFactory, right_answers
from training.actions import (
    AlreadyHandedIn,
    Answer,
    NotAllowed,
    SentAnswer,
    TimeIsUp,
    answer_in,
    close_attempts_out_of_time,
    questions_of,
    save_answers,
    save_sent,
    start_attempt,
    submit_attempt,
)
from training.forms_quiz import as_seen
from training.item_analysis import analyse_quiz
from training.models import AnsweredQuestion, Attempt, Completion

MONDAY = dt.datetime(2026, 9, 14, 9, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def make_question(kind: str, options: list[dict], **fields) -> Question:
    question = QuestionFactory(kind=kind, options=[("x", True)], **fields)
    QuestionOption.objects.filter(question=question).delete()
    for order, option in enumerate(options):
        QuestionOption.objects.create(question=question, sort_order=order, **option)
    return question


@pytest.fixture
def every_kind(db) -> QuizPage:
    return QuizPageFactory(
        questions=[
            QuestionFactory(kind="single"),
            QuestionFactory(kind="multiple", options=[("A", True), ("B", True), ("C", False)]),
            QuestionFactory(kind="true_false", options=[("True", True), ("False", False)]),
            make_question("short_answer", [{"text": "tier two", "is_correct": True}]),
            make_question("numeric", [{"text": "24", "is_correct": True, "tolerance": Decimal(1)}]),
            make_question(
                "matching",
                [{"text": "Late", "match": "Apologise"}, {"text": "Lost", "match": "Replace"}],
                marking="share",
            ),
            make_question("ordering", [{"text": "one"}, {"text": "two"}, {"text": "three"}]),
        ]
    )


# Every kind -------------------------------------------------------------------------------------


def test_every_kind_can_be_answered_right_without_script(as_user, agent, every_kind):
    attempt = start_attempt(agent, every_kind)
    data = {}
    for question in attempt.asked:
        answer = right_answers(attempt.questions)[question.id]
        if question.is_placed:
            for pair in answer:
                key, place = pair.split(":")
                data[f"question-{question.id}-{key}"] = place
        else:
            data[f"question-{question.id}"] = answer if question.is_chosen_from else answer[0]

    response = as_user(agent).post(f"/training/attempts/{attempt.pk}/submit/", data)

    assert response.status_code == 302
    attempt.refresh_from_db()
    assert (attempt.percent, attempt.passed) == (Decimal(100), True)
    page = as_user(agent).get(f"/training/attempts/{attempt.pk}/").content.decode()
    assert "7 of 7 questions right" in page


def test_neither_order_nor_pairs_can_be_read_from_the_page(as_user, agent, every_kind):
    attempt = start_attempt(agent, every_kind)
    ordering = next(each for each in attempt.asked if each.kind == "ordering")
    matching = next(each for each in attempt.asked if each.kind == "matching")

    assert [option.id for option in ordering.options] != ["0", "1", "2"]
    assert {option.id for option in ordering.options} == {"0", "1", "2"}
    assert set(matching.choices) == {"Apologise", "Replace"}
    page = as_user(agent).get(f"/training/attempts/{attempt.pk}/").content.decode()
    assert f'name="question-{matching.id}-{matching.options[0].id}"' in page


def test_a_bad_number_is_kept_and_said(as_user, agent, every_kind):
    attempt = start_attempt(agent, every_kind)
    numeric = next(each for each in attempt.asked if each.kind == "numeric")
    data = {f"question-{numeric.id}": "a day", "question": numeric.id}
    browser = as_user(agent)

    saved = browser.post(f"/training/attempts/{attempt.pk}/", data, headers={"HX-Request": "true"})
    handed_in = browser.post(f"/training/attempts/{attempt.pk}/submit/", data)

    assert "is not a number" in saved.content.decode()
    assert handed_in.status_code == 422
    page = handed_in.content.decode()
    assert 'value="a day"' in page
    assert "“a day” is not a number" in page


def test_the_rule_for_numbers_stands_on_the_page(as_user, agent, every_kind):
    attempt = start_attempt(agent, every_kind)

    page = as_user(agent).get(f"/training/attempts/{attempt.pk}/").content.decode()
    assert "1,000 is one thousand" in page


def test_an_attempt_keeps_its_questions_when_the_bank_changes(agent, every_kind):
    attempt = start_attempt(agent, every_kind)
    save_answers(attempt, right_answers(attempt.questions), by=agent)
    QuestionOption.objects.update(text="other", match="other", is_correct=False, tolerance=None)
    Question.objects.update(marking="exact", kind="single", text="Other?")

    assert submit_attempt(attempt, by=agent).percent == 100


# Drawn at random --------------------------------------------------------------------------------


@pytest.fixture
def drawing(db) -> QuizPage:
    """One question that is always asked and is tagged too, and two of five others drawn."""
    fixed = QuestionFactory()
    quiz = QuizPageFactory(questions=[fixed])
    for question in (fixed, *(QuestionFactory() for _ in range(5))):
        question.tags.add("shipping")
        question.save()
    QuizDraw.objects.create(quiz=quiz, tag=fixed.tags.get(), count=2)
    return quiz


def test_a_draw_is_recorded_and_the_same_seed_draws_the_same(agent, drawing):
    attempt = start_attempt(agent, drawing)

    assert len(attempt.asked) == len({each.id for each in attempt.asked}) == 3
    assert questions_of(drawing, seed=attempt.seed) == attempt.asked
    others = {tuple(each.id for each in questions_of(drawing, seed=seed)) for seed in range(30)}
    assert len(others) > 5


def test_a_tag_with_too_few_gives_what_there_is(drawing):
    drawing.draws.update(count=9)

    assert len(questions_of(drawing, seed=1)) == 6
    (short,) = QuizPage.objects.get(pk=drawing.pk).short_draws
    assert short[1] == 5


# How often, and when ----------------------------------------------------------------------------


def test_no_more_attempts_than_allowed(agent):
    quiz = QuizPageFactory(max_attempts=2)
    for _ in range(2):
        submit_attempt(start_attempt(agent, quiz), by=agent)

    with pytest.raises(NotAllowed, match="2 times"):
        start_attempt(agent, quiz)
    assert Attempt.objects.count() == 2


def test_the_delay_between_attempts(agent):
    quiz = QuizPageFactory(delay_minutes=90)
    submit_attempt(start_attempt(agent, quiz, at=MONDAY), by=agent, at=MONDAY + 5 * MINUTE)

    with pytest.raises(NotAllowed, match="14 Sep 2026"):
        start_attempt(agent, quiz, at=MONDAY + 94 * MINUTE)
    assert not start_attempt(agent, quiz, at=MONDAY + 95 * MINUTE).is_submitted


def test_the_quiz_page_says_when_it_can_be_taken_again(as_user, agent, listening):
    QuizPage.objects.filter(pk=listening.quiz.pk).update(delay_minutes=60 * 24, max_attempts=3)
    end = timezone.now()
    AttemptFactory(user=agent, quiz=listening.quiz, submitted=True, submitted_at=end)

    page = as_user(agent).get(listening.quiz.url).content.decode()

    again = timezone.localtime(end + dt.timedelta(days=1))
    assert f"You can take it again from {again:%H:%M}" in page
    assert "2 attempts left" in page
    assert "Take it again</button>" not in page


# Time -------------------------------------------------------------------------------------------


@pytest.fixture
def timed(agent) -> Attempt:
    return start_attempt(agent, QuizPageFactory(time_limit_minutes=10), at=MONDAY)


def all_right(attempt) -> dict[str, list[str]]:
    return right_answers(attempt.questions)


def test_what_comes_within_the_grace_counts(agent, timed):
    late = MONDAY + 10 * MINUTE + dt.timedelta(seconds=29)
    save_answers(timed, all_right(timed), by=agent, at=late)

    submitted = submit_attempt(timed, by=agent, at=late)
    assert (submitted.percent, submitted.ran_out) == (100, False)


def test_what_comes_later_closes_with_what_was_saved(agent, timed):
    first = timed.asked[0].id
    save_answers(timed, {first: all_right(timed)[first]}, by=agent, at=MONDAY + MINUTE)

    with pytest.raises(TimeIsUp):
        save_answers(timed, all_right(timed), by=agent, at=MONDAY + 11 * MINUTE)

    timed.refresh_from_db()
    assert (timed.percent, timed.ran_out) == (50, True)
    assert timed.submitted_at == timed.closes_at == MONDAY + 10 * MINUTE
    assert AuditEvent.objects.get().after["ran_out"] is True
    with pytest.raises(AlreadyHandedIn):
        submit_attempt(timed, by=agent, at=MONDAY + 12 * MINUTE)


def test_reading_closes_what_ran_out(as_user, agent, timed):
    page = as_user(agent).get(f"/training/attempts/{timed.pk}/").content.decode()

    assert "The time was up" in page
    timed.refresh_from_db()
    assert timed.ran_out


def test_the_command_closes_what_ran_out_once(agent, timed, capsys):
    open_one = AttemptFactory(user=agent)
    call_command("close_attempts")
    call_command("close_attempts")

    assert capsys.readouterr().out.split("\n")[:2] == ["1 attempts closed.", "0 attempts closed."]
    open_one.refresh_from_db()
    assert not open_one.is_submitted


def test_attempts_in_their_grace_stay_open(timed):
    assert close_attempts_out_of_time(at=MONDAY + 10 * MINUTE) == 0


def test_a_new_start_closes_what_ran_out(agent, timed):
    again = start_attempt(agent, timed.quiz, at=MONDAY + 60 * MINUTE)

    assert again.pk != timed.pk
    timed.refresh_from_db()
    assert timed.ran_out


def test_the_limit_of_the_start_holds(agent, timed):
    QuizPage.objects.update(time_limit_minutes=600)
    timed.refresh_from_db()

    assert timed.is_out_of_time(MONDAY + 11 * MINUTE)


# Two windows ------------------------------------------------------------------------------------


def in_window(attempt, window, values, seen=()) -> dict:
    one = attempt.asked[0]
    return {
        "window": window,
        f"question-{one.id}": values,
        f"seen-{one.id}": as_seen(Answer(tuple(seen))),
        "question": one.id,
    }


def test_a_second_window_writes_nothing_over_without_asking(agent, every_kind):
    attempt = start_attempt(agent, every_kind)
    one, two = attempt.asked[:2]
    a, b = one.options[0].id, one.options[1].id
    save_sent(attempt, {one.id: SentAnswer(Answer((a,)), Answer())}, by=agent, window="w1")

    saved = save_sent(
        attempt,
        {
            one.id: SentAnswer(Answer((b,)), Answer()),
            two.id: SentAnswer(Answer((two.options[0].id,)), Answer()),
        },
        by=agent,
        window="w2",
    )

    (clash,) = saved.clashes
    assert (clash.saved.values, clash.sent.values) == ((a,), (b,))
    assert saved.answers == {one.id: [a], two.id: [two.options[0].id]}


def test_a_window_may_change_what_it_saved_itself(agent, every_kind):
    attempt = start_attempt(agent, every_kind)
    one = attempt.asked[0]
    for option in one.options:
        sent = {one.id: SentAnswer(Answer((option.id,)), Answer())}
        assert save_sent(attempt, sent, by=agent, window="w1").clashes == []


def test_the_same_answer_in_two_windows_is_no_clash(agent, every_kind):
    attempt = start_attempt(agent, every_kind)
    one = attempt.asked[0]
    sent = {one.id: SentAnswer(Answer((one.options[0].id,)), Answer())}

    assert save_sent(attempt, sent, by=agent, window="w1").clashes == []
    assert save_sent(attempt, sent, by=agent, window="w2").clashes == []


@pytest.mark.parametrize(("keep", "stays"), [("mine", 1), ("saved", 0)])
@pytest.mark.parametrize("address", ["", "submit/"])
def test_both_answers_are_shown_to_choose_from(as_user, agent, listening, keep, stays, address):
    attempt = start_attempt(agent, listening.quiz)
    one = attempt.asked[0]
    a, b = one.options[0].id, one.options[1].id
    url, browser = f"/training/attempts/{attempt.pk}/", as_user(agent)
    browser.post(url, in_window(attempt, "w1", a))

    asked = browser.post(url + address, in_window(attempt, "w2", b))

    assert asked.status_code == 409
    page = html.unescape(asked.content.decode())
    assert one.options[0].text in page
    assert one.options[1].text in page
    attempt.refresh_from_db()
    assert attempt.answers[one.id] == [a]
    chosen = {
        f"question-{one.id}": b,
        f"keep-{one.id}": keep,
        f"over-{one.id}": as_seen(Answer((a,))),
        "window": "w2",
    }
    browser.post(url, chosen)
    attempt.refresh_from_db()
    assert attempt.answers[one.id] == [one.options[stays].id]


def test_to_htmx_the_choice_comes_beside_the_question(as_user, agent, listening):
    attempt = start_attempt(agent, listening.quiz)
    one = attempt.asked[0]
    url, browser = f"/training/attempts/{attempt.pk}/", as_user(agent)
    browser.post(url, in_window(attempt, "w1", one.options[0].id))

    response = browser.post(
        url, in_window(attempt, "w2", one.options[1].id), headers={"HX-Request": "true"}
    )

    assert response.status_code == 409
    assert response["HX-Retarget"] == f"#status-{one.id}"
    fragment = response.content.decode()
    assert f'id="clash-{one.id}"' in fragment
    assert f'name="keep-{one.id}" value="mine"' in fragment


# What is shown ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "fields", "passes", "is_shown"),
    [
        ("at_once", {}, False, True),
        ("after_passing", {}, False, False),
        ("after_passing", {}, True, True),
        ("after_last", {"max_attempts": 2}, True, False),
        ("after_last", {"max_attempts": 1}, False, True),
        ("never", {}, True, False),
    ],
)
def test_when_answers_are_shown(as_user, agent, shown, fields, passes, is_shown):
    question = QuestionFactory(explanation="The reason why.")
    quiz = QuizPageFactory(questions=[question], answers_shown=shown, **fields)
    attempt = start_attempt(agent, quiz)
    if passes:
        save_answers(attempt, all_right(attempt), by=agent)
    submit_attempt(attempt, by=agent)

    page = as_user(agent).get(f"/training/attempts/{attempt.pk}/").content.decode()

    assert ("The reason why." in page) is is_shown
    assert ("100 %" if passes else "0 %") in page


def test_who_develops_the_person_reads_the_answers_anyway(as_user, agent, manager, listening):
    QuizPage.objects.update(answers_shown="never")
    attempt = AttemptFactory(user=agent, quiz=listening.quiz, submitted=True)

    page = as_user(manager).get(f"/training/attempts/{attempt.pk}/").content.decode()
    assert "Chosen, and right" in page


# Certainty --------------------------------------------------------------------------------------


def test_certainty_is_kept_shown_and_does_not_decide(as_user, agent):
    quiz = QuizPageFactory(asks_certainty=True, pass_mark=50)
    attempt = start_attempt(agent, quiz)
    one, two = attempt.asked
    right = all_right(attempt)
    wrong = next(option.id for option in two.options if not option.is_correct)
    data = {
        f"question-{one.id}": right[one.id],
        f"certainty-{one.id}": "high",
        f"question-{two.id}": wrong,
        f"certainty-{two.id}": "high",
    }

    as_user(agent).post(f"/training/attempts/{attempt.pk}/submit/", data)

    attempt.refresh_from_db()
    assert (attempt.percent, attempt.passed) == (50, True)
    assert attempt.by_certainty(attempt.result).average == Decimal("-1.50")
    page = as_user(agent).get(f"/training/attempts/{attempt.pk}/").content.decode()
    assert "-1.5" in page
    assert "1 of 2 right" in page


def test_certainty_is_not_kept_where_it_is_not_asked(agent, listening):
    attempt = start_attempt(agent, listening.quiz)
    one = attempt.asked[0]
    sent = {one.id: SentAnswer(Answer((one.options[0].id,), "high"))}
    save_sent(attempt, sent, by=agent)

    assert answer_in(attempt, one.id).certainty == ""


# Item analysis ----------------------------------------------------------------------------------


def answer_all(quiz, choices) -> None:
    """One first attempt each, taking the option at this place of each question."""
    for picked in choices:
        user = UserFactory()
        attempt = start_attempt(user, quiz)
        answers = {
            question.id: [question.options[place].id]
            for question, place in zip(attempt.asked, picked, strict=True)
        }
        save_answers(attempt, answers, by=user)
        submit_attempt(attempt, by=user)


def test_items_count_first_attempts_of_the_present_wording(agent):
    quiz = QuizPageFactory()
    answer_all(quiz, [(0, 0)] * 4)
    changed = quiz.quiz_questions.first().question
    changed.text = "Another wording?"
    changed.save()
    answer_all(quiz, [(0, 1)] * 8 + [(1, 0)] * 3)
    again = start_attempt(agent, quiz)
    submit_attempt(again, by=agent)
    submit_attempt(start_attempt(agent, quiz), by=agent)

    report = analyse_quiz(quiz)

    assert report.attempts == 16
    first, second = report.items
    assert (first.item.n, first.older, first.blank) == (12, 4, 1)
    assert first.item.facility == pytest.approx(8 / 12)
    assert [each.count for each in first.options] == [8, 3, 0]
    assert [option.text for option in first.never_picked] == ["Wrong too"]
    assert (second.item.n, second.older) == (16, 0)
    assert report.consistency.value is None


def test_handing_in_keeps_each_answer_of_the_first_attempt_only(agent, every_kind):
    attempt = start_attempt(agent, every_kind, at=MONDAY)
    first, *rest = attempt.asked
    given = right_answers(attempt.questions)
    del given[first.id]
    save_answers(attempt, given, by=agent, at=MONDAY)
    submit_attempt(attempt, by=agent, at=MONDAY + MINUTE)
    kept = {str(row.question): row for row in attempt.answered.all()}
    assert {key: row.mark for key, row in kept.items()} == {
        first.id: 0,
        **{question.id: 1 for question in rest},
    }
    assert kept[first.id].wording == first.wording
    second = start_attempt(agent, every_kind, at=MONDAY + 2 * MINUTE)
    submit_attempt(second, by=agent, at=MONDAY + 3 * MINUTE)
    assert not second.answered.exists()


def test_attempts_of_before_get_their_answers_from_the_migration(agent, every_kind):
    started = (MONDAY, MONDAY + MINUTE)
    first, second = (
        AttemptFactory(submitted=True, user=agent, quiz=every_kind, started_at=at) for at in started
    )
    AnsweredQuestion.objects.all().delete()
    fill = import_module("training.migrations.0004_fill_answered_questions")
    fill.keep_answers_of_first_attempts(apps, None)
    assert first.answered.count() == len(first.questions)
    assert not second.answered.exists()


def test_the_page_of_items_says_too_few(as_user, manager, listening):
    answer_all(listening.quiz, [(0, 0)] * 9)
    url = f"/training/quizzes/{listening.quiz.pk}/items/"

    page = as_user(manager).get(url).content.decode()
    assert "Too few to tell: 9 of 10 answers" in page
    assert "Nobody picks it" not in page
    answer_all(listening.quiz, [(1, 0)])
    assert "Nobody picks it" in as_user(manager).get(url).content.decode()


@pytest.mark.parametrize(
    ("role", "status"),
    [("agent", 403), ("reviewer", 403), ("manager", 200), ("editor", 200), ("administrator", 200)],
)
def test_items_are_for_editors_and_managers(request, as_user, role, status, listening):
    browser = as_user(request.getfixturevalue(role))
    question = listening.quiz.quiz_questions.first().question

    assert browser.get(f"/training/quizzes/{listening.quiz.pk}/items/").status_code == status
    found = browser.get(f"/training/questions/{question.pk}/items/")
    assert found.status_code == (status if status == 403 else 302)
    offered = (
        f"/training/quizzes/{listening.quiz.pk}/items/"
        in browser.get(listening.quiz.url).content.decode()
    )
    assert offered is (status == 200)


def test_items_cost_the_same_for_one_and_three_attempts(as_user, manager, listening):
    browser, url = as_user(manager), f"/training/quizzes/{listening.quiz.pk}/items/"

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(url).status_code == 200
        return len(captured)

    answer_all(listening.quiz, [(0, 0)])
    browser.get(url)
    one = cost()
    answer_all(listening.quiz, [(0, 0), (0, 1)])
    assert cost() == one


def test_what_no_form_of_ours_sends_is_no_error(as_user, agent, every_kind):
    """PostgreSQL keeps no null character; Python reads no number of 5000 digits, no endless nesting."""
    attempt = start_attempt(agent, every_kind)
    client, address = as_user(agent), f"/training/attempts/{attempt.pk}/"
    sent = {"window": "a\x00b"}
    for question in attempt.asked:
        name = f"question-{question.id}"
        sent |= {name: "tier\x00 two", f"seen-{question.id}": 100_000 * "["}
        sent |= {f"{name}-{part.id}": 5000 * "0" + "1" for part in question.shown}
    assert client.post(address, sent).status_code == 302
    attempt.refresh_from_db()
    typed = next(each for each in attempt.asked if each.kind == "short_answer")
    assert answer_in(attempt, typed.id).values == ("tier two",)
    assert {*attempt.saved_in.values()} == {"ab"}
    assert client.get(address).status_code == 200


def test_a_result_of_an_earlier_round_leads_on_and_keeps_the_key(as_user, agent):
    quiz = QuizPageFactory(max_attempts=1, answers_shown=QuizPage.AnswersShown.AFTER_LAST)
    year_ago = timezone.now() - dt.timedelta(days=365)
    attempt = AttemptFactory(user=agent, quiz=quiz, submitted=True, started_at=year_ago)
    address = f"/training/attempts/{attempt.pk}/"
    assert "used all your attempts" in as_user(agent).get(address).content.decode()
    CompletionFactory(user=agent, page=quiz, completed_at=year_ago, ended_at=timezone.now())
    page = as_user(agent).get(address)
    assert "used all your attempts" not in page.content.decode()
    assert page.context["retry"].left == 1
    assert not page.context["shows_answers"]
    assert start_attempt(agent, quiz).pk != attempt.pk


def test_an_attempt_begun_before_a_renewal_renews_nothing(agent):
    quiz = QuizPageFactory()
    now = timezone.now()
    year_ago = now - dt.timedelta(days=365)
    old = start_attempt(agent, quiz, at=year_ago)
    CompletionFactory(user=agent, page=quiz, completed_at=year_ago, ended_at=now - MINUTE)
    save_answers(old, right_answers(old.questions), by=agent)
    new = start_attempt(agent, quiz)
    assert new.pk != old.pk
    old.refresh_from_db()
    assert (old.is_submitted, old.passed) == (True, True)
    current = Completion.objects.current(on=timezone.localdate()).filter(user=agent, page=quiz)
    assert not current.exists()
    save_answers(new, right_answers(new.questions), by=agent)
    submit_attempt(new, by=agent)
    assert current.exists()


def test_handing_in_after_a_renewal_what_was_begun_before_it_renews_nothing(agent):
    quiz = QuizPageFactory()
    old = start_attempt(agent, quiz, at=timezone.now() - dt.timedelta(days=365))
    CompletionFactory(user=agent, page=quiz, ended_at=timezone.now() - MINUTE)
    save_answers(old, right_answers(old.questions), by=agent)
    assert submit_attempt(old, by=agent).passed
    assert not Completion.objects.filter(user=agent, page=quiz, ended_at=None).exists()
