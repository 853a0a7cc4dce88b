"""The page Team."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from insights.skills import Window
from people.channels import Channel
from people.dates import add_months
from people.roles import Role
from scorecards.models import RubricVersion, Scorecard
from tests.factories.insights import graded
from tests.factories.people import MembershipFactory, UserFactory
from tests.factories.scorecards import RubricVersionFactory, ScorecardFactory

URL = "/team/"


@pytest.fixture
def elsewhere(other_team):
    """Cleo serves in South."""
    user = UserFactory(first_name="Cleo", roles=[Role.AGENT])
    MembershipFactory(user=user, team=other_team)
    return user


def names(response) -> list[str]:
    return [row.name.split()[0] for row in response.context["figure"].chart.rows]


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


def cells(response, name) -> list:
    rows = response.context["figure"].chart.rows
    return list(next(row for row in rows if row.name.startswith(name)).cells)


def test_team_shows_figure_interval_and_number(as_user, agent, manager, version, this_month):
    graded(agent, this_month, [70, 80, 80, 80, 90], version=version)

    response = as_user(manager).get(URL)

    whole = cells(response, "Ada")[0]
    assert (whole.value, round(whole.half_width), whole.n) == (80, 9, 5)
    assert "not adjusted for who graded" in whole.note
    assert f"agent={agent.pk}&amp;since={this_month:%Y}" in response.content.decode()


def test_adjusted_and_raw_stand_side_by_side(as_user, team, manager, version, this_month):
    people = [MembershipFactory(team=team).user for _person in range(6)]
    strict, mild = UserFactory(), UserFactory()
    for place, person in enumerate(people):
        for reviewer, effect in ((strict, -10), (mild, 10)):
            times = 8 if (place % 2) == (reviewer == mild) else 2
            graded(
                person,
                this_month,
                [70 + effect + (-3, 3)[each % 2] for each in range(times)],
                version=version,
                reviewer=reviewer,
            )

    rows = as_user(manager).get(URL).context["figure"].chart.rows

    fair = [row.cells[0].value for row in rows]
    assert max(fair) - min(fair) < 3
    assert {row.cells[0].note for row in rows} == {"as graded 64", "as graded 76"}


def test_sorted_by_a_score_rows_have_groups_and_no_numbers(
    as_user, team, manager, version, this_month
):
    reviewers = [UserFactory(), UserFactory()]
    levels = (50, 70, 71, 72, 73, 95)
    for level in levels:
        person = UserFactory(first_name=f"P{level}", roles=[Role.AGENT])
        MembershipFactory(user=person, team=team)
        for reviewer in reviewers:
            percents = [level + (-4, 4)[each % 2] for each in range(12)]
            graded(person, this_month, percents, version=version, reviewer=reviewer)

    response = as_user(manager).get(URL, {"sort": "whole"})

    assert names(response) == ["P95", "P73", "P72", "P71", "P70", "P50"]
    details = [row.detail for row in response.context["figure"].chart.rows]
    assert "clearly above the average" in details[0]
    assert "clearly below the average" in details[-1]
    assert "Places have no numbers" in response.content.decode()


def test_with_one_reviewer_only_raw_means_are_shown_and_nobody_is_sorted(
    as_user, agent, teammate, manager, reviewer, version, this_month
):
    graded(teammate, this_month, [80, 81, 82, 83, 84], version=version, reviewer=reviewer)
    graded(agent, this_month, [10, 20, 30, 20, 10], version=version)

    response = as_user(manager).get(URL, {"reviewer": reviewer.pk, "sort": "whole"})

    assert names(response) == ["Ada", "Ben"]
    assert cells(response, "Ben")[0].note == "as graded"
    assert cells(response, "Ada")[0].value is None
    assert "cannot be adjusted" in response.content.decode()


def second_standard(version) -> RubricVersion:
    RubricVersion.objects.filter(pk=version.pk).update(state=RubricVersion.State.RETIRED)
    return RubricVersionFactory(rubric=version.rubric, number=version.number + 1, structure=False)


@pytest.mark.parametrize("is_by_one_reviewer", [True, False])
def test_scorecards_of_two_standards_are_never_averaged(
    as_user, agent, manager, reviewer, version, this_month, is_by_one_reviewer
):
    graded(agent, this_month, [80, 81, 82, 83, 84, 85], version=version, reviewer=reviewer)
    newer = second_standard(version)
    graded(agent, this_month, [10, 20, 30, 20, 10], version=newer, reviewer=reviewer)
    query = {"reviewer": reviewer.pk} if is_by_one_reviewer else {}

    def shown(standard) -> tuple:
        rubric = f"{standard.rubric_id}-{standard.number}"
        cell = cells(as_user(manager).get(URL, {**query, "rubric": rubric}), "Ada")[0]
        return cell.value, cell.n

    assert shown(version) == (82.5, 6)
    assert shown(newer) == (18, 5)


def test_what_one_reviewer_gave_says_how_many_they_were(
    as_user, agent, teammate, manager, reviewer, version, this_month
):
    graded(agent, this_month, [80, 81, 82], version=version, reviewer=reviewer)
    graded(teammate, this_month, [80] * 9, version=version)

    figure = as_user(manager).get(URL, {"reviewer": reviewer.pk}).context["figure"]

    assert figure.n.startswith(f"3 scorecards by {reviewer} about the people shown")


def test_a_figure_leads_to_exactly_the_scorecards_behind_it(
    as_user, agent, manager, respect, months
):
    """Not to hand-picked ones, other months and rubrics, and those in which the skill did not apply."""
    month, version = months[-1], RubricVersionFactory()

    def scorecard(**changes) -> Scorecard:
        skills = {str(respect.pk): "100.0000"}
        values = {"month": month, "skill_percents": skills, "version": version, **changes}
        return ScorecardFactory(submitted=True, agent=agent, **values)

    behind = scorecard(), scorecard()
    scorecard(assignment__inclusion_probability=None)
    scorecard(skill_percents={})
    scorecard(month=months[0])
    scorecard(month=add_months(month, 1))
    graded(agent, month, [100] * 2, version=version)
    graded(agent, month, [100] * 2, version=version, skill=respect.pk)
    second_standard(version)
    scorecard(version=RubricVersion.objects.exclude(pk=version.pk).latest("pk"))
    client = as_user(manager)

    cell = next(c for c in cells(client.get(URL), "Ada") if "skill=respect" in c.url)

    assert cell.n == 2
    assert set(client.get(cell.url).context["page"]) == set(behind)


def test_an_unknown_channel_changes_nothing(as_user, agent, manager, version, this_month):
    graded(agent, this_month, [70, 80, 80, 80, 90], version=version)

    plain, odd = (as_user(manager).get(URL, query) for query in ({}, {"channel": "pig\x00eon"}))

    assert cells(odd, "Ada")[0].value == cells(plain, "Ada")[0].value == 80
    assert cells(odd, "Ada")[0].note == cells(plain, "Ada")[0].note
    assert "All channels" in odd.content.decode()


def test_due_counts_by_the_rubric_and_channel_of_the_table(
    as_user, agent, manager, version, this_month
):
    graded(agent, this_month, [80, 81, 82, 83], version=version, channel=Channel.PHONE)
    newer = second_standard(version)
    graded(agent, this_month, [80, 81], version=newer)
    client = as_user(manager)

    assert "1 more scorecard until" in client.get(URL).content.decode()
    query = {"rubric": f"{newer.rubric_id}-{newer.number}"}
    assert "3 more scorecards until" in client.get(URL, query).content.decode()
    assert "5 more scorecards until" in client.get(URL, {"channel": "email"}).content.decode()


def test_new_scorecards_of_the_week_are_those_the_link_leads_to(
    as_user, agent, manager, version, today
):
    now = timezone.now()
    new, old = (
        ScorecardFactory(submitted=True, version=version, agent=agent, submitted_at=at)
        for at in (now, now - dt.timedelta(days=9))
    )
    client = as_user(manager)

    news = client.get(URL).context["news"][0]

    assert news.words == "1 new scorecard, about 1 of your people"
    assert list(client.get(news.url).context["page"]) == [new]
    assert old not in client.get(news.url).context["page"]


def test_a_change_in_somebodys_months_is_signalled(
    as_user, agent, teammate, manager, version, today
):
    reviewers = [UserFactory(), UserFactory()]
    months = Window.of(8, until=today).months
    for place, month in enumerate(months):
        for person, level in ((agent, 85 if place > 4 else 60), (teammate, 70)):
            for reviewer in reviewers:
                percents = [level + each for each in (-3, 0, 3, 1)]
                graded(person, month, percents, version=version, reviewer=reviewer)

    response = as_user(manager).get(URL)

    assert cells(response, "Ada")[0].signal == "something changed here"
    assert cells(response, "Ben")[0].signal == ""


def test_who_is_due_and_what_changed_is_said(as_user, agent, manager, version, this_month):
    graded(agent, this_month, [80, 81], version=version)
    ScorecardFactory(submitted=True, version=version, agent=agent, submitted_at=timezone.now())

    page = as_user(manager).get(URL).content.decode()

    assert "3 more scorecards until there is a figure" in page
    assert "1 new scorecard, about 1 of your people" in page


def test_the_table_can_be_had_as_a_file(as_user, agent, manager, version, this_month):
    graded(agent, this_month, [70, 80, 80, 80, 90], version=version)

    answer = as_user(manager).post(URL, {"format": "csv"})

    assert answer["Content-Type"].startswith("text/csv")
    assert "Ada" in answer.getvalue().decode()


def test_team_says_what_is_missing_instead_of_a_figure(
    as_user, agent, manager, version, this_month
):
    graded(agent, this_month, [31, 32, 33, 34], version=version)

    response = as_user(manager).get(URL)
    html = response.content.decode()

    assert cells(response, "Ada")[0].value is None
    assert "1 more needed" in html
    assert "32" not in html.partition("<tbody>")[2].partition("</tbody>")[0]


def test_team_can_be_narrowed(as_user, agent, teammate, elsewhere, administrator, other_team):
    client = as_user(administrator)

    assert names(client.get(URL, {"team": other_team.pk})) == ["Cleo"]
    assert names(client.get(URL, {"q": "be"})) == ["Ben"]
    assert names(client.get(URL, {"q": "be", "team": other_team.pk})) == []


def test_a_manager_can_narrow_to_their_own_teams_only(as_user, agent, manager, other_team):
    response = as_user(manager).get(URL, {"team": other_team.pk})

    assert names(response) == ["Ada"]


def test_channel_narrows_the_figures_and_not_the_people(
    as_user, agent, teammate, manager, version, this_month
):
    graded(agent, this_month, [70, 80, 90, 80, 81], version=version, channel=Channel.PHONE)

    response = as_user(manager).get(URL, {"channel": "email"})

    assert names(response) == ["Ada", "Ben"]
    assert all(cell.n == 0 for name in ("Ada", "Ben") for cell in cells(response, name))


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


@pytest.mark.parametrize("sort", ["name", "team", "fewest", "longest", "whole"])
def test_team_needs_the_same_queries_for_one_person_and_for_three(
    as_user, agent, manager, team, version, respect, months, sort
):
    client = as_user(manager)

    def count_queries() -> int:
        # A new scorecard asks for a new fit: both are counted with nothing kept.
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
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
    shared = ("LIMIT 1", "COUNT(", '"purpose" IN')
    assert all(any(sign in sql for sign in shared) for sql in reading)
