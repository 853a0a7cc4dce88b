"""What trainees think of a module: they say it, change it, and authors read it without names."""

import pytest
from django.urls import reverse

from tests.factories.people import UserFactory
from tests.factories.training import CompletionFactory
from tests.words import says
from training.models import ModuleRating
from training.ratings import by_edition, edition_of


def rate_url(module) -> str:
    return reverse("training:module_rate", args=[module.pk])


def read_url(module) -> str:
    return reverse("training:module_ratings", args=[module.pk])


@pytest.fixture
def module(listening):
    """Published as an editor publishes, so that it has an edition."""
    for page in (listening.module, listening.first, listening.second):
        page.save_revision().publish()
    listening.module.refresh_from_db()
    return listening.module


@pytest.fixture
def done(module, agent):
    CompletionFactory(user=agent, page=module)
    return module


def rated(module, clarity=4, usefulness=5, text="", *, count=1, at=None):
    for _ in range(count):
        ModuleRating.objects.create(
            user=UserFactory(),
            module=module,
            edition_at=at or edition_of(module),
            clarity=clarity,
            usefulness=usefulness,
            text=text,
        )


def test_the_module_asks_once_it_is_done(as_user, done, agent):
    assert "What do you think of this module?" in as_user(agent).get(done.url).content.decode()


def test_who_has_done_nothing_of_it_is_not_asked(as_user, module, agent):
    assert "think of this module" not in as_user(agent).get(module.url).content.decode()
    assert as_user(agent).get(rate_url(module)).status_code == 403
    sent = {"clarity": 1, "usefulness": 1}
    assert as_user(agent).post(rate_url(module), sent).status_code == 403
    assert not ModuleRating.objects.exists()


def test_who_gave_up_in_the_middle_may_say_why(as_user, module, agent, listening):
    CompletionFactory(user=agent, page=listening.first)
    sent = {"clarity": 1, "usefulness": 2, "text": "  Too long.  "}
    response = as_user(agent).post(rate_url(module), sent)
    assert (response.status_code, response.url) == (302, module.url)
    rating = ModuleRating.objects.get()
    assert (rating.clarity, rating.usefulness, rating.text) == (1, 2, "Too long.")
    assert rating.revision_number == module.live_revision_id


def test_an_answer_is_changed_until_the_next_edition(as_user, done, agent, listening):
    client = as_user(agent)
    client.post(rate_url(done), {"clarity": 2, "usefulness": 2})
    client.post(rate_url(done), {"clarity": 5, "usefulness": 2})
    assert ModuleRating.objects.get().clarity == 5
    assert "You gave it 5 of 5 for clarity" in client.get(done.url).content.decode()
    listening.second.title = "Better"
    listening.second.save_revision().publish()
    assert "What do you think of this module?" in client.get(done.url).content.decode()
    client.post(rate_url(done), {"clarity": 4, "usefulness": 4})
    assert ModuleRating.objects.count() == 2
    newest, older = by_edition(done)
    assert (newest.clarity.values, newest.is_current) == ([4], True)
    assert (older.clarity.values, older.is_current) == ([5], False)


@pytest.mark.parametrize(
    "sent", [{}, {"clarity": "0", "usefulness": "3"}, {"clarity": "6", "usefulness": "3"}]
)
def test_half_an_answer_is_sent_back_with_what_was_written(as_user, done, agent, sent):
    response = as_user(agent).post(rate_url(done), sent | {"text": "Well made."})
    assert response.status_code == 422
    assert "Well made." in response.content.decode()
    assert not ModuleRating.objects.exists()


def test_a_module_that_is_not_published_is_not_rated(as_user, done, agent):
    done.unpublish()
    assert as_user(agent).get(rate_url(done)).status_code == 404


def test_authors_read_numbers_and_texts_without_names(as_user, done, agent, editor):
    as_user(agent).post(rate_url(done), {"clarity": 3, "usefulness": 5, "text": "More examples."})
    rated(done, 5, 5, "Clear.")
    html = as_user(editor).get(read_url(done)).content.decode()
    assert "4.0 of 5" in html
    assert "That is few" in html
    # Two people could guess each other.
    assert "More examples." not in html
    assert "2 texts are shown once 3 people have answered" in html
    rated(done, 4, 4)
    html = as_user(editor).get(read_url(done)).content.decode()
    assert "More examples." in html
    assert not says(html, agent.first_name)
    assert agent.email not in html


def test_texts_of_one_edition_do_not_open_those_of_another(done):
    rated(done, text="Old.", count=3, at=done.first_published_at.replace(year=2020))
    rated(done, text="New.")
    new, old = by_edition(done)
    assert new.texts is None
    assert old.texts == ["Old."] * 3


def test_many_answers_need_no_caveat(as_user, done, editor):
    rated(done, count=10)
    assert "That is few" not in as_user(editor).get(read_url(done)).content.decode()


@pytest.mark.parametrize("role", ["agent", "reviewer", "manager"])
def test_nobody_but_authors_reads_them(request, as_user, done, role):
    client = as_user(request.getfixturevalue(role))
    assert client.get(read_url(done)).status_code == 403
    assert read_url(done) not in client.get(done.url).content.decode()


def test_authors_find_them_from_the_module_and_from_the_admin(as_user, module, editor):
    client = as_user(editor)
    assert read_url(module) in client.get(module.url).content.decode()
    assert read_url(module) in client.get(f"/admin/pages/{module.pk}/edit/").content.decode()


def test_reading_takes_the_same_queries_for_many_answers(as_user, done, editor, count_queries):
    client = as_user(editor)
    rated(done, text="One.")
    client.get(read_url(done))
    few = count_queries(lambda: client.get(read_url(done)))
    rated(done, text="More.", count=4)
    assert count_queries(lambda: client.get(read_url(done))) == few
