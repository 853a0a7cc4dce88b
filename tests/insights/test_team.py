"""The page Team."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from people.channels import Channel
from people.roles import Role
from scorecards.models import Scorecard
from tests.factories.insights import graded
from tests.factories.people import MembershipFactory, UserFactory

URL = "/team/"


@pytest.fixture
def elsewhere(other_team):
    """Cleo serves in South."""
    user = UserFactory(first_name="Cleo", roles=[Role.AGENT])
    MembershipFactory(user=user, team=other_team)
    return user


def names(response) -> list[str]:
    return [row.person.first_name for row in response.context["rows"]]


def test_team_shows_a_manager_their_people(as_user, agent, teammate, elsewhere, manager):
    response = as_user(manager).get(URL)

    assert response.status_code == 200
    assert names(response) == ["Ada", "Ben"]
    assert f'href="/team/{agent.pk}/"' in response.content.decode()


def test_team_shows_an_administrator_everybody_who_serves(
    as_user, agent, teammate, elsewhere, manager, administrator
):
    assert names(as_user(administrator).get(URL)) == ["Ada", "Ben", "Cleo"]


@pytest.mark.parametrize("who", ["agent", "reviewer", "editor"])
def test_team_refuses_who_develops_nobody(request, as_user, who):
    response = as_user(request.getfixturevalue(who)).get(URL)

    assert response.status_code == 403


def test_team_asks_to_sign_in(client):
    response = client.get(URL)

    assert response.status_code == 302
    assert response["Location"] == "/account/login/?next=/team/"


@pytest.mark.parametrize("verb", ["post", "put", "delete"])
def test_team_is_only_read(as_user, manager, verb):
    assert getattr(as_user(manager), verb)(URL).status_code == 405


def test_team_shows_figure_interval_and_number(as_user, agent, manager, version, this_month):
    graded(agent, this_month, [70, 80, 80, 80, 90], version=version)

    html = as_user(manager).get(URL).content.decode()

    assert "80 ±9 · 5" in html
    assert "80 % on average over 5 scorecards; with 95% confidence between 71 and 89 %." in html


def test_team_says_what_is_missing_instead_of_a_figure(
    as_user, agent, manager, version, this_month
):
    graded(agent, this_month, [31, 32, 33, 34], version=version)

    html = as_user(manager).get(URL).content.decode()

    assert "4 of 5 needed" in html
    assert "no scorecards" in html
    assert "32" not in html.partition("<tbody>")[2].partition("</tbody>")[0]


def test_team_can_be_narrowed(as_user, agent, teammate, elsewhere, administrator, other_team):
    client = as_user(administrator)

    assert names(client.get(URL, {"team": other_team.pk})) == ["Cleo"]
    assert names(client.get(URL, {"q": "be"})) == ["Ben"]
    assert names(client.get(URL, {"q": "be", "team": other_team.pk})) == []


def test_a_manager_can_narrow_to_their_own_teams_only(as_user, agent, manager, other_team):
    response = as_user(manager).get(URL, {"team": other_team.pk})

    assert names(response) == ["Ada"]
    assert "Select a valid choice" in response.content.decode()


def test_channel_narrows_the_figures_and_not_the_people(
    as_user, agent, teammate, manager, version, this_month
):
    graded(agent, this_month, [70, 80, 90, 80, 81], version=version, channel=Channel.PHONE)

    response = as_user(manager).get(URL, {"channel": "email"})

    assert names(response) == ["Ada", "Ben"]
    assert {cell.brief for row in response.context["rows"] for cell in row.cells} == {
        "no scorecards"
    }


def test_team_ignores_nonsense_in_the_address(as_user, agent, manager):
    query = {"team": "x", "channel": "pigeon", "sort": "score", "page": "-3", "q": "\x00"}

    response = as_user(manager).get(URL, {**query, "q": ""})

    assert response.status_code == 200
    assert names(response) == ["Ada"]
    assert as_user(manager).get(URL, query).status_code == 200


def test_team_answers_htmx_with_the_table_only(as_user, agent, manager):
    client = as_user(manager)

    part = client.get(URL, {"q": "ada"}, headers={"HX-Request": "true"})
    restored = client.get(URL, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert part.content.decode().strip().startswith('<div id="people"')
    assert "Ada" in part.content.decode()
    assert "<!doctype html>" in restored.content.decode()
    assert "HX-Request" in part["Vary"]


def test_nobody_found_offers_the_way_back(as_user, agent, manager):
    html = as_user(manager).get(URL, {"q": "nobody"}).content.decode()

    assert "Nobody found" in html
    assert "Show everybody" in html


def test_a_manager_without_people_learns_what_to_do(as_user, other_manager):
    assert "No people yet" in as_user(other_manager).get(URL).content.decode()


def test_team_comes_in_pages(as_user, manager, team):
    for _ in range(26):
        MembershipFactory(team=team)

    client = as_user(manager)

    assert len(names(client.get(URL))) == 25
    assert len(names(client.get(URL, {"page": 2}))) == 1


@pytest.mark.parametrize("sort", ["name", "team", "fewest", "longest"])
def test_team_needs_the_same_queries_for_one_person_and_for_three(
    as_user, agent, manager, team, version, respect, months, sort
):
    client = as_user(manager)

    def count_queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(URL, {"sort": sort}).status_code == 200
        return len(queries)

    def give_scorecards(person) -> None:
        for month in months:
            graded(person, month, [70, 80, 90, 80, 81], version=version)
            graded(person, month, [70, 80, 90, 80, 81], version=version, skill=respect.pk)

    give_scorecards(agent)
    client.get(URL)
    one = count_queries()
    for _ in range(2):
        give_scorecards(MembershipFactory(team=team).user)

    assert count_queries() == one > 4


def test_team_reads_no_scorecards_for_its_figures(as_user, agent, manager, version, this_month):
    graded(agent, this_month, [70, 80, 90, 80, 81], version=version)
    with CaptureQueriesContext(connection) as queries:
        as_user(manager).get(URL)

    reading = [q["sql"] for q in queries if f'FROM "{Scorecard._meta.db_table}"' in q["sql"]]
    assert all("LIMIT 1" in sql for sql in reading)
