"""What module, lesson and quiz pages learn about their reader."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Page

from content.models import TrainingIndexPage
from tests.factories.training import (
    AttemptFactory,
    CompletionFactory,
    ModuleAssignmentFactory,
)
from training.limits import Retry
from training.wagtail_hooks import add_progress


def asked_by(user, **attributes):
    request = RequestFactory().get("/learn/")
    request.user = user
    for name, value in attributes.items():
        setattr(request, name, value)
    return request


def test_module_page_knows_progress_and_the_way_on(agent, listening):
    CompletionFactory(user=agent, page=listening.first)

    progress = add_progress(listening.module, asked_by(agent))["progress"]

    assert progress == {
        "done": {listening.first.pk},
        "done_count": 1,
        "step_count": 3,
        "percent": 33,
        "is_done": False,
        "next_url": listening.second.url,
        "next_title": listening.second.title,
    }


def test_finished_module_page_has_no_way_on(agent, listening):
    for page in (listening.first, listening.second, listening.quiz, listening.module):
        CompletionFactory(user=agent, page=page)

    progress = add_progress(listening.module, asked_by(agent))["progress"]

    assert (progress["percent"], progress["is_done"], progress["next_url"]) == (100, True, None)


def test_lesson_page_knows_whether_it_is_done_and_what_follows(agent, listening):
    CompletionFactory(user=agent, page=listening.second)

    first = add_progress(listening.first, asked_by(agent))["progress"]
    second = add_progress(listening.second, asked_by(agent))["progress"]

    assert (first["is_done"], first["next_url"]) == (False, listening.quiz.url)
    assert (second["is_done"], second["next_url"]) == (True, listening.quiz.url)


def test_quiz_page_knows_the_attempts(agent, teammate, listening):
    AttemptFactory(user=agent, quiz=listening.quiz, submitted=True)
    last = AttemptFactory(user=agent, quiz=listening.quiz, submitted=True, percent=50, passed=False)
    opened = AttemptFactory(user=agent, quiz=listening.quiz)
    AttemptFactory(user=teammate, quiz=listening.quiz)

    assert add_progress(listening.quiz, asked_by(agent))["quiz_state"] == {
        "open_attempt": opened,
        "is_time_up": False,
        "last_attempt": last,
        "best_percent": 100,
        "passed": True,
        "retry": Retry(left=None, again_at=None),
        "sees_items": False,
    }


def test_quiz_page_before_the_first_attempt(agent, listening):
    assert add_progress(listening.quiz, asked_by(agent))["quiz_state"] == {
        "open_attempt": None,
        "is_time_up": False,
        "last_attempt": None,
        "best_percent": None,
        "passed": False,
        "retry": Retry(left=None, again_at=None),
        "sees_items": False,
    }


@pytest.mark.parametrize("page", ["module", "first", "quiz"])
def test_without_a_reader_there_is_no_progress(agent, listening, page):
    page = getattr(listening, page)

    assert add_progress(page, asked_by(AnonymousUser())) == {}
    assert add_progress(page, asked_by(None)) == {}
    assert add_progress(page, RequestFactory().get("/")) == {}
    assert add_progress(page, None) == {}
    assert add_progress(page, asked_by(agent, is_preview=True)) == {}


def test_other_pages_are_left_alone(agent):
    assert add_progress(TrainingIndexPage.objects.get(), asked_by(agent)) == {}


def test_lesson_of_an_unpublished_module_has_no_progress(agent, listening):
    listening.module.unpublish()

    assert add_progress(listening.first, asked_by(agent)) == {}


@pytest.mark.parametrize(("page", "expected"), [("module", 4), ("first", 4), ("quiz", 6)])
def test_progress_costs_the_same_however_much_was_done(agent, listening, page, expected):
    page = getattr(listening, page)
    agent.get_all_permissions()  # The navigation asks for them on every page.

    def cost():
        request = asked_by(agent)
        with CaptureQueriesContext(connection) as captured:
            add_progress(page, request)
        return sum("wagtailcore_site" not in query["sql"] for query in captured)

    cost()  # What the site is, is asked once and kept.
    before = cost()
    for done in (listening.first, listening.second):
        CompletionFactory(user=agent, page=done)
    for _number in range(3):
        AttemptFactory(user=agent, quiz=listening.quiz, submitted=True)

    assert before == cost() == expected


def test_preview_of_a_lesson_is_drawn(as_user, editor, listening):
    response = listening.first.make_preview_request()

    assert response.status_code == 200
    assert b"lesson_complete" not in response.content


@pytest.mark.parametrize("what", ["completion", "attempt", "assignment"])
def test_pages_people_learned_from_are_not_deleted(agent, editor, listening, as_user, what):
    page = {
        "completion": listening.first,
        "attempt": listening.quiz,
        "assignment": listening.module,
    }[what]
    if what == "completion":
        CompletionFactory(user=agent, page=page)
    elif what == "attempt":
        AttemptFactory(user=agent, quiz=page)
    else:
        ModuleAssignmentFactory(user=agent, module=page)
    client = as_user(editor)

    response = client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]), follow=True)
    client.post(f"/admin/bulk/wagtailcore/page/delete/?id={page.pk}&next=/admin/")

    assert "cannot be deleted" in response.text
    assert Page.objects.filter(pk=page.pk).exists()


def test_pages_nobody_used_are_deleted(editor, listening, as_user):
    as_user(editor).post(reverse("wagtailadmin_pages:delete", args=[listening.first.pk]))

    assert not Page.objects.filter(pk=listening.first.pk).exists()


@pytest.mark.parametrize(
    "name", ["training:lesson_complete", "training:quiz_start", "content:procedure_panel"]
)
def test_a_number_that_fits_no_id_is_no_page(agent, as_user, name):
    address = reverse(name, args=[1]).replace("/1/", f"/{'9' * 30}/")

    assert as_user(agent).post(address).status_code == 404
