import csv
import datetime as dt

import pytest
from django.utils import timezone

from people.audit import record
from people.audit_chain import seal

PAGE = "/audit/"


@pytest.fixture
def events(administrator, manager, agent):
    now = timezone.now()
    long_ago = now - dt.timedelta(days=90)
    return [
        record(
            "change_person",
            by=administrator,
            of=agent,
            before={"name": "Ada"},
            after={"name": "=1+1"},
        ),
        record("export_list", by=manager, of=manager, after={"list": "scorecards"}),
        record("expire_claim", by=None, of=agent, at=long_ago),
    ]


def shown(response):
    return [event.action for event in response.context["page"]]


def test_page_shows_who_did_what_newest_first(as_user, administrator, events):
    response = as_user(administrator).get(PAGE)
    assert shown(response) == ["export_list", "change_person"]
    text = response.content.decode()
    assert "Change person" in text
    assert "<code>name</code>: Ada → <strong>=1+1</strong>" in text


@pytest.mark.parametrize("person", ["agent", "reviewer", "manager", "editor"])
def test_nobody_else_reads_it(request, as_user, person, events):
    client = as_user(request.getfixturevalue(person))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"format": "csv"}).status_code == 403
    assert PAGE not in client.get("/me/").content.decode()


def test_administrators_find_it_in_their_menu(as_user, administrator):
    assert f'href="{PAGE}"' in as_user(administrator).get("/me/").content.decode()


def test_it_is_narrowed_down_by_person_action_object_and_days(
    as_user, administrator, manager, agent, events
):
    client = as_user(administrator)
    assert shown(client.get(PAGE, {"person": manager.pk})) == ["export_list"]
    assert shown(client.get(PAGE, {"action": "change_person"})) == ["change_person"]
    assert shown(client.get(PAGE, {"object": f"people.user {agent.pk}"})) == ["change_person"]
    assert shown(client.get(PAGE, {"object": "people.team"})) == []
    old = {"since": "2000-01-01", "until": str(timezone.localdate() - dt.timedelta(days=60))}
    assert shown(client.get(PAGE, old)) == ["expire_claim"]
    assert "the system" in client.get(PAGE, old).content.decode()


def test_nothing_found_says_so(as_user, administrator):
    response = as_user(administrator).get(PAGE, {"object": "people.team 7"})
    assert "Nothing matches" in response.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "soon"},
        {"since": "2026-03-02", "until": "2026-03-01"},
        {"person": "x"},
        {"action": "fly"},
        {"object": "x" * 200},
    ],
)
def test_what_makes_no_sense_is_said(as_user, administrator, events, wrong):
    response = as_user(administrator).get(PAGE, wrong)
    assert response.status_code == 422
    assert shown(response) == []
    assert 'class="field__error"' in response.content.decode()


def test_file_holds_what_the_page_shows_with_its_place_in_the_chain(as_user, administrator, events):
    seal()
    response = as_user(administrator).post(f"{PAGE}?action=change_person", {"format": "csv"})
    rows = list(
        csv.DictReader(b"".join(response.streaming_content).decode("utf-8-sig").splitlines())
    )
    assert [row["What"] for row in rows] == ["change_person"]
    assert rows[0]["Position in the chain"] == "1"
    assert len(rows[0]["Digest"]) == 64
    assert rows[0]["After"] == '{"name": "=1+1"}'


def test_constant_queries(as_user, administrator, agent, events, count_queries):
    client = as_user(administrator)
    client.get(PAGE)
    few = count_queries(lambda: client.get(PAGE))
    for _number in range(3):
        record("change_person", by=agent, of=administrator)
    assert count_queries(lambda: client.get(PAGE)) == few
