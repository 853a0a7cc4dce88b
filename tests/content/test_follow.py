"""Following a procedure step by step."""

import pytest
from django.urls import reverse

from content.models import FollowProgress
from people.channels import Channel
from tests.factories.content import ProcedurePageFactory

pytestmark = pytest.mark.django_db


def step(title, key, **value):
    return {"type": "step", "id": key, "value": {"title": title, "who": "agent", **value}}


@pytest.fixture
def procedure(editor):
    page = ProcedurePageFactory(
        title="Late",
        channels=[Channel.PHONE, Channel.CHAT],
        steps=[
            step("Find it", "one", record="The scan", say="Hello"),
            step(
                "Decide",
                "two",
                question="Is it late?",
                answers=[
                    {"answer": "Yes", "to": "next"},
                    {"answer": "No", "to": "done"},
                    {"answer": "Look again", "to": "step:one"},
                ],
            ),
            step("Choose", "three", channels=["phone"]),
            step("Close", "four"),
        ],
    )
    page.save_revision(user=editor).publish()
    page.refresh_from_db()
    return page


def at(name, page):
    return reverse(f"content:{name}", args=[page.pk])


def move(browser, page, **data):
    return browser.post(at("follow_move", page), data, follow=True)


def shown(response):
    assert response.status_code == 200
    return response.context["place"]


def test_follow_asks_for_the_channel_and_writes_nothing(procedure, agent, as_user):
    response = as_user(agent).get(at("follow", procedure))

    assert "How is the customer in touch?" in response.content.decode()
    assert not FollowProgress.objects.exists()


def test_follow_goes_on_by_plain_forms_and_keeps_the_place(procedure, agent, as_user):
    browser = as_user(agent)
    place = shown(browser.post(at("follow_start", procedure), {"channel": "phone"}, follow=True))
    assert place.at.title == "Find it"

    move(browser, procedure, after=0, choice=0)
    place = shown(move(browser, procedure, after=1, choice=0))
    assert place.at.title == "Choose"

    again = shown(browser.get(at("follow", procedure)))
    assert [taken.step.title for taken in again.taken] == ["Find it", "Decide"]
    place = shown(move(browser, procedure, after=2, back="1"))
    assert place.at.title == "Decide"


def test_follow_leaves_out_what_does_not_hold_on_the_channel(procedure, agent, as_user):
    browser = as_user(agent)
    browser.post(at("follow_start", procedure), {"channel": "chat"})
    move(browser, procedure, after=0, choice=0)

    assert shown(move(browser, procedure, after=1, choice=0)).at.title == "Close"


def test_follow_comes_to_an_end_and_back(procedure, agent, as_user):
    browser = as_user(agent)
    browser.post(at("follow_start", procedure))
    move(browser, procedure, after=0, choice=0)

    response = move(browser, procedure, after=1, choice=1)

    assert shown(response).end.way == "done"
    assert shown(move(browser, procedure, after=2, back="1")).at.title == "Decide"


def test_follow_says_when_a_loop_leads_back(procedure, agent, as_user):
    browser = as_user(agent)
    browser.post(at("follow_start", procedure))
    move(browser, procedure, after=0, choice=0)

    response = move(browser, procedure, after=1, choice=2)

    assert "You have been here before" in response.content.decode()


@pytest.mark.parametrize(
    "data", [{"after": 0, "choice": 9}, {"after": 0, "choice": "x"}, {"after": 3, "choice": 0}, {}]
)
def test_follow_refuses_ways_that_are_not_there(data, procedure, agent, as_user):
    browser = as_user(agent)
    browser.post(at("follow_start", procedure))

    response = browser.post(at("follow_move", procedure), data)

    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert FollowProgress.objects.get().path == []


def test_follow_moves_once_when_two_windows_send_the_same_step(procedure, agent, as_user):
    browser = as_user(agent)
    browser.post(at("follow_start", procedure))
    move(browser, procedure, after=0, choice=0)

    response = browser.post(at("follow_move", procedure), {"after": 0, "choice": 0})

    assert response.status_code == 422
    assert "another window" in response.content.decode()
    assert len(FollowProgress.objects.get().path) == 1


def test_follow_goes_on_with_the_edition_it_was_started_with(procedure, agent, editor, as_user):
    browser = as_user(agent)
    browser.post(at("follow_start", procedure))
    procedure.steps = [step("Everything is new", "one")]
    procedure.save_revision(user=editor).publish()

    response = browser.get(at("follow", procedure))
    assert "was published anew" in response.content.decode()
    assert shown(response).at.title == "Find it"

    place = shown(browser.post(at("follow_start", procedure), follow=True))
    assert place.at.title == "Everything is new"


def test_follow_says_when_the_edition_it_was_started_with_is_gone(
    procedure, agent, editor, as_user
):
    browser = as_user(agent)
    browser.post(at("follow_start", procedure))
    move(browser, procedure, after=0, choice=0)
    procedure.steps = [step("Everything is new", "other")]
    procedure.save_revision(user=editor).publish()
    FollowProgress.objects.update(revision=None)

    response = browser.get(at("follow", procedure))

    assert "is no longer kept" in response.content.decode()
    assert shown(response).at.title == "Everything is new"


def test_follow_is_everybodys_own(procedure, agent, teammate, as_user):
    as_user(agent).post(at("follow_start", procedure))

    assert as_user(teammate).get(at("follow", procedure)).context["progress"] is None


def test_follow_answers_htmx_with_the_step_alone(procedure, agent, as_user):
    response = as_user(agent).post(at("follow_start", procedure), headers={"HX-Request": "true"})

    content = response.content.decode()
    assert "Find it" in content
    assert "<html" not in content


def test_follow_is_not_found_for_drafts_and_other_groups(agent, editor, as_user, restrict):
    draft, secret = ProcedurePageFactory(live=False), ProcedurePageFactory()
    restrict(secret, editor.groups.get())

    for page in (draft, secret):
        assert as_user(agent).get(at("follow", page)).status_code == 404
        assert as_user(agent).post(at("follow_start", page)).status_code == 404
        assert as_user(agent).post(at("follow_move", page)).status_code == 404


def test_follow_refuses_other_methods_and_strangers(procedure, agent, as_user, client):
    assert as_user(agent).get(at("follow_start", procedure)).status_code == 405
    assert as_user(agent).get(at("follow_move", procedure)).status_code == 405
    assert as_user(agent).post(at("follow", procedure)).status_code == 405
    assert client.get(at("follow", procedure)).status_code == 302


def test_follow_says_so_without_steps(agent, as_user):
    response = as_user(agent).get(at("follow", ProcedurePageFactory()))

    assert "This procedure has no steps" in response.content.decode()


# The channel one works on ---------------------------------------------------------------------------


def test_channel_is_chosen_once_and_kept(procedure, agent, as_user):
    browser = as_user(agent)
    assert "Choose" in browser.get(procedure.url).content.decode()

    address = reverse("content:choose_channel")
    response = browser.post(address, {"channel": "chat", "next": procedure.url})
    assert response["Location"] == procedure.url

    assert browser.get(procedure.url).context["flow"].left_out == [3]
    assert browser.get(procedure.url, {"channel": "phone"}).context["flow"].left_out == []
    assert browser.get(procedure.url, {"channel": "all"}).context["channel"] is None
    browser.post(address, {"channel": "", "next": procedure.url})
    assert browser.get(procedure.url).context["channel"] is None


def test_channel_the_procedure_is_not_for_shows_everything_and_says_so(procedure, agent, as_user):
    content = as_user(agent).get(procedure.url, {"channel": "email"}).content.decode()

    assert "This procedure is not for E-mail" in content
    assert "Choose" in content


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", ""])
def test_channel_choice_leads_nowhere_else(target, agent, as_user):
    response = as_user(agent).post(reverse("content:choose_channel"), {"next": target})

    assert response["Location"] == reverse("content:manual_search")
