"""The learner's page, quizzes and the team's training, through a browser's eyes."""

import datetime as dt

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from wagtail.models import PageViewRestriction

from content.models import Question, QuestionOption
from tests.factories.content import (
    LearningPathFactory,
    QuestionFactory,
    QuizPageFactory,
    SkillFactory,
)
from tests.factories.people import MembershipFactory, UserFactory
from tests.factories.training import (
    AttemptFactory,
    CompletionFactory,
    ModuleAssignmentFactory,
    right_answers,
)
from training import actions
from training.actions import Answer, answer_in
from training.forms_quiz import as_seen
from training.models import Attempt, Completion, ModuleAssignment

HTMX = {"HX-Request": "true"}
LEARNING = "/training/"
TEAM = "/training/team/"


def says(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def cost(client, url) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200
    return len(captured)


def form_of(attempt, answers=None, **more) -> dict:
    """What the open quiz page sends: what it showed, and what is chosen now."""
    data = dict(more)
    for question in attempt.asked:
        data[f"seen-{question.id}"] = as_seen(answer_in(attempt, question.id))
        if chosen := (answers or {}).get(question.id):
            data[f"question-{question.id}"] = chosen
    return data


@pytest.fixture
def attempt(agent, listening) -> Attempt:
    """Ada has the quiz of the module open."""
    return AttemptFactory(user=agent, quiz=listening.quiz)


# Who gets in ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("get", LEARNING),
        ("post", "/training/lessons/1/complete/"),
        ("post", "/training/quizzes/1/start/"),
        ("get", "/training/attempts/1/"),
        ("post", "/training/attempts/1/submit/"),
        ("get", TEAM),
    ],
)
def test_strangers_are_asked_to_sign_in(client, db, method, url):
    response = getattr(client, method)(url)

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


@pytest.mark.parametrize(
    ("method", "name", "args"),
    [
        ("post", "learning", []),
        ("get", "lesson_complete", [1]),
        ("get", "quiz_start", [1]),
        ("put", "attempt_detail", [1]),
        ("get", "attempt_submit", [1]),
        ("delete", "team_training", []),
    ],
)
def test_wrong_methods_are_refused(as_user, manager, method, name, args):
    url = reverse(f"training:{name}", args=args)

    assert getattr(as_user(manager), method)(url).status_code == 405


# The learner's page -----------------------------------------------------------------------------


def test_learning_without_modules_leads_to_the_catalogue(as_user, agent):
    page = as_user(agent).get(LEARNING).content.decode()

    assert "Nothing is assigned to you" in page
    assert 'href="/learn/"' in page


def test_learning_shows_the_next_step_first(as_user, agent, listening):
    ModuleAssignmentFactory(user=agent, module=listening.module)
    CompletionFactory(user=agent, page=listening.first)

    page = as_user(agent).get(LEARNING).content.decode()

    assert "Go on with" in page
    assert f'href="{listening.second.url}"' in page
    assert "1 of 3 steps done" in page


def test_learning_shows_path_dates_and_lateness(as_user, agent, today, make_module):
    one, two = make_module("One"), make_module("Two")
    path = LearningPathFactory(title="First two weeks", modules=[one.module, two.module])
    late, soon = today - dt.timedelta(days=3), today + dt.timedelta(days=3)
    ModuleAssignmentFactory(user=agent, module=one.module, path=path, due_on=late)
    ModuleAssignmentFactory(user=agent, module=two.module, path=path, due_on=soon, position=1)

    page = as_user(agent).get(LEARNING).content.decode()

    assert "First two weeks" in page
    assert f"Overdue since {late.day} {late:%b %Y}" in page
    assert f"Due {soon.day} {soon:%b %Y}" in page


def test_learning_says_plainly_that_a_module_is_not_published(as_user, agent, listening):
    ModuleAssignmentFactory(user=agent, module=listening.module)
    listening.module.unpublish()

    response = as_user(agent).get(LEARNING)

    assert response.status_code == 200
    page = response.content.decode()
    assert "Listening" in page
    assert "not published at the moment" in page
    assert listening.module.url not in page


def test_learning_lists_what_is_done_with_the_result(as_user, agent, listening):
    done = timezone.now()
    ModuleAssignmentFactory(user=agent, module=listening.module, completed_at=done)
    best = AttemptFactory(user=agent, quiz=listening.quiz, submitted=True, percent="83.33")

    page = as_user(agent).get(LEARNING).content.decode()

    assert "You have done everything that was assigned to you" in page
    assert reverse("training:attempt_detail", args=[best.pk]) in page
    assert "83.33 %" in page


def test_learning_says_the_reason_of_a_path_once(as_user, agent, manager, listening):
    path = LearningPathFactory(modules=[listening.module])
    actions.assign_path(agent, path, by=manager, reason="New on chat")

    assert as_user(agent).get(LEARNING).content.decode().count("New on chat") == 1


def test_the_page_of_a_quiz_says_that_the_time_of_an_attempt_was_up(as_user, agent, listening):
    AttemptFactory(
        user=agent, quiz=listening.quiz, closes_at=timezone.now() - dt.timedelta(minutes=5)
    )

    page = as_user(agent).get(listening.quiz.url).content.decode()
    assert "Your time was up" in page
    assert "Go on with the quiz" not in page


def test_a_near_miss_does_not_look_like_a_pass_on_the_page_of_the_quiz(as_user, agent, listening):
    AttemptFactory(user=agent, quiz=listening.quiz, submitted=True, percent="69.60", passed=False)

    assert "69.60 %" in as_user(agent).get(listening.quiz.url).content.decode()


def test_learning_shows_nothing_of_others(as_user, agent, teammate, listening):
    ModuleAssignmentFactory(user=teammate, module=listening.module)

    assert "Listening" not in as_user(agent).get(LEARNING).content.decode()


@pytest.mark.parametrize(
    ("role", "is_offered"), [("agent", False), ("reviewer", False), ("manager", True)]
)
def test_learning_leads_managers_to_their_people(request, as_user, role, is_offered):
    page = as_user(request.getfixturevalue(role)).get(LEARNING).content.decode()

    assert (TEAM in page) is is_offered


def test_learning_costs_the_same_for_one_and_three_modules(as_user, agent, make_module):
    def fill(title):
        path = LearningPathFactory(modules=[make_module(f"{title} in path").module])
        opened, done = make_module(f"{title} open"), make_module(f"{title} done")
        ModuleAssignmentFactory(user=agent, module=opened.module, path=path)
        CompletionFactory(user=agent, page=opened.first)
        ModuleAssignmentFactory(user=agent, module=done.module, completed_at=timezone.now())
        AttemptFactory(user=agent, quiz=done.quiz, submitted=True)

    browser = as_user(agent)
    fill("One")
    browser.get(LEARNING)
    one = cost(browser, LEARNING)
    fill("Two")
    fill("Three")

    assert cost(browser, LEARNING) == one


# Lessons ----------------------------------------------------------------------------------------


def test_lesson_complete_leads_to_the_next_step(as_user, agent, listening):
    response = as_user(agent).post(f"/training/lessons/{listening.first.pk}/complete/")

    assert (response.status_code, response.url) == (302, listening.second.url)
    assert says(response) == [
        "“Listening: first lesson” is done. Next: “Listening: second lesson”."
    ]
    assert Completion.objects.get().page_id == listening.first.pk


def test_lesson_complete_leads_on_to_the_quiz(as_user, agent, listening):
    CompletionFactory(user=agent, page=listening.first)

    response = as_user(agent).post(f"/training/lessons/{listening.second.pk}/complete/")

    assert response.url == listening.quiz.url


def test_lesson_complete_at_the_end_leads_back_to_the_module(as_user, agent, listening):
    for page in (listening.first, listening.quiz):
        CompletionFactory(user=agent, page=page)

    response = as_user(agent).post(f"/training/lessons/{listening.second.pk}/complete/")

    assert response.url == listening.module.url
    assert says(response) == ["You have finished the module “Listening”."]


def test_lesson_complete_says_when_the_lesson_was_unpublished(as_user, agent, listening):
    listening.first.unpublish()

    response = as_user(agent).post(f"/training/lessons/{listening.first.pk}/complete/")

    assert (response.status_code, response.url) == (302, LEARNING)
    assert "not published" in says(response)[0]
    assert not Completion.objects.exists()


def test_lesson_complete_in_an_unpublished_module_leads_home(as_user, agent, listening):
    listening.module.unpublish()

    response = as_user(agent).post(f"/training/lessons/{listening.first.pk}/complete/")

    assert response.url == LEARNING


def test_lesson_one_may_not_read_is_not_found(as_user, agent, listening):
    PageViewRestriction.objects.create(
        page=listening.first, restriction_type=PageViewRestriction.GROUPS
    )

    response = as_user(agent).post(f"/training/lessons/{listening.first.pk}/complete/")

    assert response.status_code == 404


@pytest.mark.parametrize("url", ["/training/lessons/{}/complete/", "/training/quizzes/{}/start/"])
def test_a_page_of_another_kind_is_not_found(as_user, agent, listening, url):
    assert as_user(agent).post(url.format(listening.module.pk)).status_code == 404


# Quizzes: starting ------------------------------------------------------------------------------


def test_quiz_start_opens_an_attempt(as_user, agent, listening):
    response = as_user(agent).post(f"/training/quizzes/{listening.quiz.pk}/start/")

    attempt = Attempt.objects.get()
    assert (attempt.user, attempt.quiz) == (agent, listening.quiz)
    assert response.url == f"/training/attempts/{attempt.pk}/"


def test_quiz_start_goes_on_with_the_open_attempt(as_user, agent, attempt):
    response = as_user(agent).post(f"/training/quizzes/{attempt.quiz_id}/start/")

    assert response.url == f"/training/attempts/{attempt.pk}/"


def test_quiz_start_says_when_the_quiz_was_unpublished(as_user, agent, listening):
    listening.quiz.unpublish()

    response = as_user(agent).post(f"/training/quizzes/{listening.quiz.pk}/start/")

    assert response.url == LEARNING
    assert "not published" in says(response)[0]
    assert not Attempt.objects.exists()


# Quizzes: the open attempt ----------------------------------------------------------------------


def test_open_attempt_asks_every_question(as_user, agent):
    several = QuestionFactory(kind="multiple", text="Which of these?")
    attempt = AttemptFactory(
        user=agent, quiz=QuizPageFactory(questions=[QuestionFactory(text="Which?"), several])
    )
    one, _two = attempt.asked
    attempt.answers = {one.id: [one.options[1].id]}
    attempt.save()

    page = as_user(agent).get(f"/training/attempts/{attempt.pk}/").content.decode()

    assert page.count("<fieldset") == 2
    chosen = f'<input type="radio" name="question-{one.id}" value="{one.options[1].id}" checked>'
    assert chosen in page
    assert page.count('type="checkbox"') == 3
    assert "1 of 2 questions answered" in page
    assert 'role="status" aria-live="polite"' in page
    assert "is_correct" not in page


@pytest.mark.parametrize("role", ["teammate", "reviewer", "editor", "other_manager"])
@pytest.mark.parametrize("submitted", [False, True])
def test_somebody_elses_attempt_is_not_found(request, as_user, agent, role, submitted):
    attempt = AttemptFactory(user=agent, submitted=submitted)
    browser = as_user(request.getfixturevalue(role))

    assert browser.get(f"/training/attempts/{attempt.pk}/").status_code == 404
    assert browser.post(f"/training/attempts/{attempt.pk}/").status_code == 404
    assert browser.post(f"/training/attempts/{attempt.pk}/submit/").status_code == 404


@pytest.mark.parametrize("role", ["manager", "administrator"])
def test_a_manager_sees_that_an_attempt_is_open_but_cannot_answer(request, as_user, attempt, role):
    browser = as_user(request.getfixturevalue(role))
    url = f"/training/attempts/{attempt.pk}/"

    page = browser.get(url)
    assert page.status_code == 200
    assert b"still open" in page.content
    assert b"<fieldset" not in page.content
    for address in (url, f"{url}submit/"):
        response = browser.post(address, form_of(attempt, anyway="1"))
        assert response.status_code == 403
    attempt.refresh_from_db()
    assert (attempt.answers, attempt.is_submitted) == ({}, False)


def test_autosave_answers_with_the_saved_note_and_the_new_state(as_user, agent, attempt):
    one = attempt.asked[0]
    data = form_of(attempt, {one.id: [one.options[2].id]}, question=one.id)

    response = as_user(agent).post(f"/training/attempts/{attempt.pk}/", data, headers=HTMX)

    assert response.status_code == 200
    fragment = response.content.decode()
    assert "Saved" in fragment
    assert "<html" not in fragment
    assert 'data-hx-swap-oob="true"' in fragment
    seen = escape(as_seen(Answer((one.options[2].id,))))
    assert f'<input type="hidden" name="seen-{one.id}" value="{seen}">' in fragment
    assert "1 of 2 questions answered" in fragment
    attempt.refresh_from_db()
    assert attempt.answers == {one.id: [one.options[2].id]}


def test_saving_without_script_comes_back_to_the_quiz(as_user, agent, attempt):
    answers = right_answers(attempt.questions)

    response = as_user(agent).post(f"/training/attempts/{attempt.pk}/", form_of(attempt, answers))

    assert (response.status_code, response.url) == (302, f"/training/attempts/{attempt.pk}/")
    attempt.refresh_from_db()
    assert attempt.answers == answers


def test_a_second_tab_takes_back_nothing(as_user, agent, attempt):
    browser, url = as_user(agent), f"/training/attempts/{attempt.pk}/"
    one, two = attempt.asked
    from_second_tab = form_of(attempt, {two.id: [two.options[0].id]})
    browser.post(url, form_of(attempt, {one.id: [one.options[0].id]}))

    browser.post(f"{url}submit/", from_second_tab)

    attempt.refresh_from_db()
    assert attempt.answers == {one.id: [one.options[0].id], two.id: [two.options[0].id]}
    assert attempt.percent == 100


def test_attempt_goes_on_with_the_questions_as_asked(as_user, agent, attempt, listening):
    answers = right_answers(attempt.questions)
    text = attempt.asked[0].text
    Question.objects.update(text="Edited since?")
    QuestionOption.objects.all().delete()
    listening.quiz.unpublish()
    browser, url = as_user(agent), f"/training/attempts/{attempt.pk}/"

    assert text in browser.get(url).content.decode()
    browser.post(f"{url}submit/", form_of(attempt, answers))

    page = browser.get(url).content.decode()
    assert "Passed" in page
    assert text in page
    assert "Edited since?" not in page
    assert "Try again" not in page


def test_open_attempt_costs_the_same_for_one_and_three_questions(as_user, agent):
    small = AttemptFactory(user=agent, quiz=QuizPageFactory(questions=[QuestionFactory()]))
    large = AttemptFactory(
        user=agent, quiz=QuizPageFactory(questions=[QuestionFactory() for _number in range(3)])
    )
    browser = as_user(agent)
    browser.get(f"/training/attempts/{small.pk}/")

    assert cost(browser, f"/training/attempts/{small.pk}/") == cost(
        browser, f"/training/attempts/{large.pk}/"
    )


# Quizzes: handing in ----------------------------------------------------------------------------


def test_handing_in_shows_the_result(as_user, agent, attempt):
    url = f"/training/attempts/{attempt.pk}/"
    browser = as_user(agent)

    response = browser.post(f"{url}submit/", form_of(attempt, right_answers(attempt.questions)))

    assert (response.status_code, response.url) == (302, url)
    page = browser.get(url).content.decode()
    assert "100 %" in page
    assert "Passed" in page
    assert "2 of 2 questions right" in page
    assert Completion.objects.filter(user=agent, page=attempt.quiz).exists()


def test_handing_in_with_open_questions_asks_first(as_user, agent, attempt):
    one, _two = attempt.asked
    answers = {one.id: [one.options[1].id]}
    url = f"/training/attempts/{attempt.pk}/submit/"

    response = as_user(agent).post(url, form_of(attempt, answers))

    assert response.status_code == 422
    page = response.content.decode()
    assert "1 question is not answered yet" in page
    assert '<a href="#question-2">Question 2</a>' in page
    assert '<a href="#question-1">' not in page
    assert f'value="{one.options[1].id}" checked' in page
    assert 'name="anyway"' in page
    attempt.refresh_from_db()
    assert (attempt.is_submitted, attempt.answers) == (False, answers)


def test_handing_in_anyway_counts_open_questions_as_wrong(as_user, agent, attempt):
    one = attempt.asked[0].id
    answers = {one: right_answers(attempt.questions)[one]}
    url = f"/training/attempts/{attempt.pk}/"
    browser = as_user(agent)

    response = browser.post(f"{url}submit/", form_of(attempt, answers, anyway="1"))

    assert response.status_code == 302
    page = browser.get(url).content.decode()
    assert "50 %" in page
    assert "Not passed" in page
    assert "Not answered" in page
    assert "Try again" in page


def test_handing_in_twice_says_so_and_writes_once(as_user, agent, attempt):
    url, browser = f"/training/attempts/{attempt.pk}/submit/", as_user(agent)
    data = form_of(attempt, right_answers(attempt.questions))
    browser.post(url, data)
    attempt.refresh_from_db()
    handed_in = attempt.submitted_at

    response = browser.post(url, data)

    assert response.status_code == 409
    assert "handed in already" in response.content.decode()
    assert "100 %" in response.content.decode()
    attempt.refresh_from_db()
    assert attempt.submitted_at == handed_in
    assert Completion.objects.count() == 1


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_answer_to_a_closed_attempt_is_refused(as_user, agent, listening, headers):
    attempt = AttemptFactory(user=agent, quiz=listening.quiz, submitted=True)
    before, one = attempt.answers, attempt.asked[0]
    url = f"/training/attempts/{attempt.pk}/"

    response = as_user(agent).post(url, {f"question-{one.id}": one.options[1].id}, headers=headers)

    assert response.status_code == 409
    assert "handed in already" in response.content.decode()
    assert response.headers.get("HX-Redirect") == (url if headers else None)
    attempt.refresh_from_db()
    assert attempt.answers == before


def test_result_gives_the_reasons(as_user, agent):
    question = QuestionFactory(
        kind="multiple",
        text="Which?",
        explanation="Both show it.",
        options=[("First", True), ("Second", True), ("Third", False)],
    )
    QuestionOption.objects.filter(text="Second").update(feedback="It would have helped.")
    QuestionOption.objects.filter(text="Third").update(feedback="This blames them.")
    attempt = AttemptFactory(user=agent, quiz=QuizPageFactory(questions=[question]))
    asked = attempt.asked[0]
    attempt.answers = {asked.id: [asked.options[0].id, asked.options[2].id]}
    attempt.percent, attempt.passed, attempt.submitted_at = 0, False, timezone.now()
    attempt.save()

    page = as_user(agent).get(f"/training/attempts/{attempt.pk}/").content.decode()

    assert "Your answer, and right" in page
    assert "Your answer, but not right" in page
    assert "Right, and not chosen" in page
    assert "This blames them." in page
    assert "It would have helped." in page
    assert "Both show it." in page
    assert "Wrong" in page


def test_result_names_the_skill(as_user, agent):
    question = QuestionFactory(skill=SkillFactory(key="protocol"))
    attempt = AttemptFactory(user=agent, quiz=QuizPageFactory(questions=[question]), submitted=True)

    page = as_user(agent).get(f"/training/attempts/{attempt.pk}/").content.decode()

    assert "Protocol adherence" in page


def test_result_below_the_mark_is_not_rounded_up_to_it(as_user, agent):
    attempt = AttemptFactory(
        user=agent, submitted=True, percent="69.57", passed=False, pass_mark=70
    )

    page = as_user(agent).get(f"/training/attempts/{attempt.pk}/").content.decode()

    assert "69.57 %" in page


def test_result_leads_on_to_what_is_still_open(as_user, agent, listening):
    attempt = AttemptFactory(user=agent, quiz=listening.quiz, submitted=True)
    CompletionFactory(user=agent, page=listening.first)
    CompletionFactory(user=agent, page=listening.quiz)

    page = as_user(agent).get(f"/training/attempts/{attempt.pk}/").content.decode()

    assert f'href="{listening.second.url}"' in page
    assert f'href="{listening.module.url}"' in page


@pytest.mark.parametrize("role", ["manager", "administrator"])
def test_a_manager_reads_the_result_of_their_people(request, as_user, agent, role):
    attempt = AttemptFactory(user=agent, submitted=True)

    response = as_user(request.getfixturevalue(role)).get(f"/training/attempts/{attempt.pk}/")

    assert response.status_code == 200
    assert b"Ada Example" in response.content
    assert b"Chosen, and right" in response.content
    assert b"Your answer" not in response.content
    assert b"Try again" not in response.content


# The team's training ----------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["agent", "reviewer", "editor"])
def test_team_training_is_for_managers(request, as_user, agent, listening, role):
    browser = as_user(request.getfixturevalue(role))

    assert browser.get(TEAM).status_code == 403
    data = {"people": [agent.pk], "target": f"module-{listening.module.pk}"}
    assert browser.post(TEAM, data).status_code == 403
    assert not ModuleAssignment.objects.exists()


def test_team_training_shows_ones_own_people_only(
    as_user, agent, teammate, manager, other_manager, administrator
):
    def people(user):
        return {row.person for row in as_user(user).get(TEAM).context["table"].rows}

    assert people(manager) == {agent, teammate}
    assert people(other_manager) == set()
    assert people(administrator) >= {agent, teammate, manager, other_manager}


def test_team_training_without_people_says_what_to_do(as_user, other_manager):
    page = as_user(other_manager).get(TEAM).content.decode()

    assert "Nobody is in your teams yet" in page


def test_team_training_shows_progress_lateness_and_result(
    as_user, agent, manager, listening, today
):
    late = today - dt.timedelta(days=1)
    ModuleAssignmentFactory(user=agent, module=listening.module, due_on=late)
    CompletionFactory(user=agent, page=listening.first)
    last = AttemptFactory(user=agent, quiz=listening.quiz, submitted=True, percent=50, passed=False)

    page = as_user(manager).get(TEAM).content.decode()

    assert "1 person has something overdue" in page
    assert "33 %" in page
    assert "Overdue since" in page
    assert f"/training/attempts/{last.pk}/" in page
    assert "Quiz 50 %, not passed" in page


def test_team_training_filters_by_team_and_lateness(
    as_user, agent, teammate, administrator, team, other_team, listening, today
):
    southerner = UserFactory()
    MembershipFactory(user=southerner, team=other_team)
    ModuleAssignmentFactory(
        user=agent, module=listening.module, due_on=today - dt.timedelta(days=1)
    )
    browser = as_user(administrator)

    def people(query):
        return {row.person for row in browser.get(TEAM + query).context["table"].rows}

    assert people(f"?team={team.pk}") == {agent, teammate}
    assert people(f"?team={other_team.pk}") == {southerner}
    assert people("?overdue=on") == {agent}
    assert people("?team=nonsense") >= {agent, teammate, southerner}


def test_team_training_cannot_be_filtered_by_a_foreign_team(as_user, manager, agent, other_team):
    page = as_user(manager).get(f"{TEAM}?team={other_team.pk}")

    assert {row.person for row in page.context["table"].rows} == {agent}


def test_team_training_ticks_everybody_on_request(as_user, agent, teammate, manager):
    assert as_user(manager).get(TEAM).content.count(b" checked") == 0
    assert as_user(manager).get(f"{TEAM}?tick=all").content.count(b" checked") == 2


def test_a_module_is_assigned_to_several_people(
    as_user, agent, teammate, manager, listening, today
):
    due = today + dt.timedelta(days=7)
    data = {
        "people": [agent.pk, teammate.pk],
        "target": f"module-{listening.module.pk}",
        "due_on": due.isoformat(),
    }

    response = as_user(manager).post(f"{TEAM}?page=1", data)

    assert (response.status_code, response.url) == (302, f"{TEAM}?page=1")
    assert says(response) == ["“Listening” is assigned to 2 people."]
    made = ModuleAssignment.objects.values_list("user", "module", "due_on", "assigned_by")
    assert set(made) == {
        (person.pk, listening.module.pk, due, manager.pk) for person in (agent, teammate)
    }


def test_assigning_unticks_everybody(as_user, agent, manager, listening):
    data = {"people": [agent.pk], "target": f"module-{listening.module.pk}"}

    response = as_user(manager).post(f"{TEAM}?overdue=on&tick=all", data)

    assert response.url == f"{TEAM}?overdue=on"


def test_a_path_is_assigned_with_its_own_dates(as_user, agent, manager, listening, today):
    path = LearningPathFactory(title="Start", modules=[listening.module])

    response = as_user(manager).post(TEAM, {"people": [agent.pk], "target": f"path-{path.pk}"})

    assert says(response) == ["“Start” is assigned to 1 person."]
    assert ModuleAssignment.objects.get().due_on == today + dt.timedelta(days=7)


def test_assigning_says_who_had_or_has_done_it(as_user, agent, teammate, manager, listening, today):
    ModuleAssignmentFactory(user=agent, module=listening.module)
    for page in (listening.first, listening.second, listening.quiz, listening.module):
        CompletionFactory(user=teammate, page=page)
    browser = as_user(manager)
    data = {"people": [agent.pk, teammate.pk], "target": f"module-{listening.module.pk}"}

    assert says(browser.post(TEAM, data)) == [
        "1 person had it already.",
        "1 person has done it already.",
    ]
    response = browser.post(TEAM, {**data, "due_on": today.isoformat()})
    assert says(response)[-2:] == [
        "1 person had it already; the due date was moved.",
        "1 person has done it already.",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"people": []}, "Tick at least one person"),
        ({"target": ""}, "Choose what to assign"),
        ({"target": "module-0"}, "Select a valid choice"),
        ({"due_on": "2020-01-01"}, "lies in the past"),
        ({"due_on": "soon"}, "Enter a valid date"),
        ({"due_on": "9999-12-31"}, "ten years ahead"),
        ({"starts_on": "9999-12-31"}, "ten years ahead"),
    ],
)
def test_a_wrong_assignment_keeps_the_input(as_user, agent, manager, listening, change, message):
    data = {"people": [agent.pk], "target": f"module-{listening.module.pk}", **change}

    response = as_user(manager).post(TEAM, data)

    assert response.status_code == 422
    page = response.content.decode()
    assert message in page
    if "people" not in change:
        assert f'value="{agent.pk}" checked' in page
    if "target" not in change:
        assert f'value="module-{listening.module.pk}" selected' in page
    assert not ModuleAssignment.objects.exists()


def test_a_path_takes_no_due_date(as_user, agent, manager, listening, today):
    path = LearningPathFactory(modules=[listening.module])
    data = {"people": [agent.pk], "target": f"path-{path.pk}", "due_on": today.isoformat()}

    response = as_user(manager).post(TEAM, data)

    assert response.status_code == 422
    assert "brings its own due dates" in response.content.decode()


def test_a_path_without_modules_is_refused_in_words(as_user, agent, manager):
    path = LearningPathFactory()

    response = as_user(manager).post(TEAM, {"people": [agent.pk], "target": f"path-{path.pk}"})

    assert response.status_code == 422
    assert "no modules" in response.content.decode()


def test_foreign_people_cannot_be_assigned(as_user, agent, other_manager, listening):
    southerner = UserFactory()
    MembershipFactory(user=southerner, team=other_manager.teams.get())
    data = {"people": [agent.pk], "target": f"module-{listening.module.pk}"}

    response = as_user(other_manager).post(TEAM, data)

    assert response.status_code == 422
    assert not ModuleAssignment.objects.exists()


def test_unpublished_modules_are_not_offered(as_user, agent, manager, listening):
    listening.module.unpublish()
    data = {"people": [agent.pk], "target": f"module-{listening.module.pk}"}

    assert as_user(manager).post(TEAM, data).status_code == 422
    assert not ModuleAssignment.objects.exists()


def test_team_training_costs_the_same_for_one_and_three(as_user, agent, manager, team, make_module):
    def fill(person, title):
        built = make_module(title)
        ModuleAssignmentFactory(user=person, module=built.module)
        CompletionFactory(user=person, page=built.first)
        AttemptFactory(user=person, quiz=built.quiz, submitted=True)

    browser = as_user(manager)
    fill(agent, "One")
    browser.get(TEAM)
    one = cost(browser, TEAM)
    for number in range(2):
        person = UserFactory()
        MembershipFactory(user=person, team=team)
        fill(person, f"More {number}")

    assert cost(browser, TEAM) == one
