"""Bookmarks, the pages opened last, and "Was this page helpful?"."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import iri_to_uri

from content.keeping import kept_of, note_opened
from content.models import Bookmark, ManualIndexPage, OpenedPage, PageVote
from people.roles import Role
from tests.factories.content import ManualSectionPageFactory, ProcedurePageFactory
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def page():
    page = ProcedurePageFactory(title="Late delivery")
    page.save_revision().publish()
    page.refresh_from_db()
    return page


def url(name, page):
    return reverse(f"content:page_{name}", args=[page.pk])


# Opened last ------------------------------------------------------------------------------------
def test_opened_pages_are_the_last_ten_newest_first(agent):
    now = timezone.now()
    pages = [ProcedurePageFactory(title=f"P{number}") for number in range(12)]
    for minute, each in enumerate([*pages, pages[5]]):
        note_opened(each, by=agent, at=now + dt.timedelta(minutes=minute))

    titles = [row.page.title for row in kept_of(agent)["opened"]]
    assert titles == ["P5", "P11", "P10", "P9", "P8", "P7", "P6", "P4", "P3", "P2"]
    assert OpenedPage.objects.count() == OpenedPage.KEPT


def test_opening_writes_once(agent, page):
    def writes():
        with CaptureQueriesContext(connection) as queries:
            note_opened(page, by=agent)
        return sum(q["sql"].startswith(("INSERT", "UPDATE", "DELETE")) for q in queries)

    assert writes() == 1
    assert writes() == 1
    for _number in range(10):
        note_opened(ProcedurePageFactory(), by=agent)
    assert writes() == 1


def test_reading_a_page_writes_nothing_but_offers_the_address(agent, as_user, page):
    browser = as_user(agent)
    content = browser.get(page.url).content.decode()
    assert f'data-opened="{url("opened", page)}"' in content
    assert not OpenedPage.objects.exists()
    assert browser.post(url("opened", page)).status_code == 204
    assert kept_of(agent)["opened"][0].page_id == page.pk
    assert browser.get(url("opened", page)).status_code == 405


def test_a_preview_of_a_draft_offers_neither_beacon_nor_bookmark(editor, as_user, page):
    browser = as_user(editor)
    page.title = "Draft"
    revision = page.save_revision()
    address = reverse("wagtailadmin_pages:revisions_view", args=[page.pk, revision.pk])
    content = browser.get(address).content.decode()
    assert "Draft" in content
    assert "data-opened" not in content
    assert 'id="helpful"' not in content


def test_what_one_may_no_longer_read_is_gone_from_the_lists(agent, page, restrict):
    note_opened(page, by=agent)
    Bookmark.objects.create(user=agent, page=page)
    restrict(page, Group.objects.get(name=Role.EDITOR.value))
    assert kept_of(agent) == {"bookmarks": [], "opened": []}


# Bookmarks --------------------------------------------------------------------------------------
def test_bookmark_works_without_script_and_shows_on_the_front_and_in_the_empty_search(
    agent, as_user, teammate, page
):
    browser = as_user(agent)
    answer = browser.post(url("bookmark", page), {"on": "1"})
    assert answer.status_code == 302
    assert answer.url == page.get_url()
    browser.post(url("bookmark", page), {"on": "1"})
    assert Bookmark.objects.count() == 1
    for address in (ManualIndexPage.objects.get().url, "/library/search/"):
        content = browser.get(address).content.decode()
        assert 'id="bookmarks"' in content
    assert not kept_of(teammate)["bookmarks"]
    browser.post(url("bookmark", page), {"on": "0"})
    assert not Bookmark.objects.exists()


def test_bookmark_by_htmx_answers_with_the_button_pressed(agent, as_user, page):
    answer = as_user(agent).post(url("bookmark", page), {"on": "1"}, headers={"hx-request": "true"})
    assert 'aria-pressed="true"' in answer.content.decode()


@pytest.mark.parametrize("name", ["bookmark", "opened", "helpful"])
def test_a_hidden_page_is_not_found(agent, as_user, restrict, page, name):
    restrict(page, Group.objects.get(name=Role.EDITOR.value))
    address = f"/library/pages/{page.pk}/{name}/"
    assert as_user(agent).post(address, {"on": "1", "helpful": "yes"}).status_code == 404


# Was it helpful? --------------------------------------------------------------------------------
def test_vote_is_kept_with_words_edition_and_a_hash_of_the_session(agent, as_user, page):
    browser = as_user(agent)
    answer = browser.post(url("vote", page), {"helpful": "no", "text": " Who signs? "})
    assert answer.status_code == 302
    assert answer.url.endswith("#helpful")
    vote = PageVote.objects.get()
    assert (vote.user, vote.is_helpful, vote.text) == (agent, False, "Who signs?")
    assert vote.edition == page.live_revision_id
    assert browser.session.session_key not in vote.session
    content = browser.get(page.url).content.decode()
    assert "You said: no." in content
    assert "Change my answer" in content


def test_vote_changes_in_the_session_that_gave_it_and_in_no_other(agent, as_user, page):
    browser = as_user(agent)
    browser.post(url("vote", page), {"helpful": "no"})
    browser.post(url("vote", page), {"helpful": "yes", "text": "Found it."})
    assert PageVote.objects.get().is_helpful

    later = Client()
    later.force_login(agent)
    answer = later.post(url("vote", page), {"helpful": "no"})
    assert answer.status_code == 422
    assert "That answer stays" in answer.content.decode()
    assert PageVote.objects.get().is_helpful
    assert "Change my answer" not in later.get(page.url).content.decode()


def test_a_new_edition_asks_anew(agent, as_user, page):
    browser = as_user(agent)
    browser.post(url("vote", page), {"helpful": "no"})
    page.title = "Late parcels"
    page.save_revision().publish()

    content = browser.get(page.url).content.decode()
    assert "You said" not in content
    browser.post(url("vote", page), {"helpful": "yes"})
    assert PageVote.objects.count() == 2


def test_vote_without_yes_or_no_keeps_the_words(agent, as_user, page):
    for headers in ({}, {"hx-request": "true"}):
        answer = as_user(agent).post(url("vote", page), {"text": "My words"}, headers=headers)
        assert answer.status_code == 422
        content = answer.content.decode()
        assert "Choose yes or no" in content
        assert "My words</textarea>" in content
    assert not PageVote.objects.exists()


def test_vote_refuses_a_text_that_is_too_long(agent, as_user, page):
    answer = as_user(agent).post(url("vote", page), {"helpful": "yes", "text": "x" * 1001})
    assert answer.status_code == 422
    assert "at most 1000 characters" in answer.content.decode()


def test_only_pages_with_a_text_ask(agent, as_user):
    bare = ManualSectionPageFactory(title="Only a list")
    told = ManualSectionPageFactory(title="Text", notes=[("text", "<p>Words.</p>")])
    browser = as_user(agent)
    assert 'id="helpful"' not in browser.get(bare.url).content.decode()
    assert 'id="helpful"' in browser.get(told.url).content.decode()


@pytest.mark.parametrize("back", ["nonsense", "²", "9999-12-31"])
def test_a_way_back_that_no_address_has_is_followed_and_no_error(agent, as_user, page, back):
    browser = as_user(agent)
    for address in (url("bookmark", page), reverse("content:choose_channel")):
        answer = browser.post(address, {"next": back})
        assert (answer.status_code, answer["Location"]) == (302, iri_to_uri(back))
    answer = as_user(UserFactory(roles=[Role.EDITOR])).get(
        reverse("content:admin_sign_in"), {"next": back}
    )
    assert answer.status_code == 302
