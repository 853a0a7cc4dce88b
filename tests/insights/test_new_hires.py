"""New people beside the established: the ramp, the time it takes, and who sees whom."""

import csv
import datetime as dt
import io

import pytest
from django.core.cache import cache
from django.urls import reverse

from insights.new_hires import WEEK, first_monday, load_new_hires, monday
from insights.skills import measures
from people.channels import Channel
from people.models import Membership
from people.roles import Role
from tests.factories.insights import graded
from tests.factories.people import MembershipFactory, UserFactory
from tests.factories.scorecards import ScorecardFactory

ADDRESS = "/team/new-hires/"


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


@pytest.fixture
def grader(reviewer):
    return reviewer


@pytest.fixture
def established(version, months, grader):
    """Eleven people who have been here for years, at 70, 72 … 90: the middle one at 80."""
    people = []
    for place in range(11):
        person = UserFactory(started_on=dt.date(2020, 1, 1), roles=[Role.AGENT])
        level = 70 + 2 * place
        graded(
            person,
            months[0],
            [level - 1, level, level + 1] * 20,
            version=version,
            reviewer=grader,
        )
        people.append(person)
    return people


@pytest.fixture
def scored(version, grader):
    """`scored(person, week, percents)`: scorecards in a week since their start, the first being 1."""

    def score(person, week, percents, *, skill=None, **about):
        day = monday(person.started_on) + (week - 1) * WEEK
        day = max(day, person.started_on)
        at = dt.datetime.combine(day, dt.time(12), dt.UTC)
        for percent in percents:
            ScorecardFactory(
                submitted=True,
                agent=person,
                reviewer=grader,
                version=version,
                percent=percent,
                month=day.replace(day=1),
                skill_percents={str(skill.pk): str(percent)} if skill else {},
                assignment__interaction__occurred_at=at,
                **about,
            )

    return score


def new(team, today, weeks: int, **about):
    """Somebody who started on the Monday `weeks` weeks before this week's."""
    day = monday(today) - weeks * WEEK
    person = UserFactory(started_on=day, roles=[Role.AGENT], **about)
    MembershipFactory(user=person, team=team, starts_on=day)
    return person


def loaded(reader, today, *, skill="", weeks=26, channel=""):
    measure = next(each for each in measures() if each.key == skill)
    return load_new_hires(
        measure, first_monday(weeks, on=today), on=today, reader=reader, channel=channel
    )


@pytest.fixture
def class_of_ten(established, team, today, scored):
    """Ten who started ten weeks ago: two get there in each of weeks 3, 4 and 5, four never do."""
    people = [new(team, today, 10) for _person in range(10)]
    for place, person in enumerate(people):
        week = 2 + place // 2
        scored(person, 1, [60])
        for each in (week, week + 1) if week < 5 else (4, 5):
            scored(person, each, [85 if week < 5 else 62] * 5)
    return people


def test_the_band_is_of_the_established_alone(class_of_ten, manager, today):
    band = loaded(manager, today).established
    assert band.n == 11
    assert band.middle == pytest.approx(80, abs=0.2)
    assert band.low == pytest.approx(72, abs=0.5)
    assert band.high == pytest.approx(88, abs=0.5)


def test_a_week_is_the_mean_of_those_who_were_graded_in_it(class_of_ten, manager, today):
    hires = loaded(manager, today)
    ramp = {point.week: point for point in hires.group(hires.hires).ramp}
    assert ramp[1].figure.value == pytest.approx(60)
    assert ramp[1].figure.n == ramp[1].reviews == 10
    assert not ramp[2].figure.is_shown
    assert ramp[2].figure.n == 2


def test_who_is_not_there_yet_counts_as_longer_and_not_as_missing(class_of_ten, manager, today):
    """By hand: 2 of 10 in week 3, 2 of 8 in week 4, 2 of 6 in week 5: .8, .6, .4."""
    hires = loaded(manager, today)
    arrival = hires.group(hires.hires).arrival
    assert [(step.time, step.events) for step in arrival.steps] == [(3, 2), (4, 2), (5, 2)]
    assert [step.waiting for step in arrival.steps] == pytest.approx([0.8, 0.6, 0.4])
    assert arrival.median == 5
    assert hires.group(hires.hires).waiting == (5, 5, 5, 5)


def test_one_gets_there_when_two_stretches_of_five_do(established, team, today, scored):
    """The newest five are at 85 from week 3 on; five others before them are only in week 5."""
    person = new(team, today, 8)
    for week, percents in enumerate(([60, 60], [85, 85], [85, 85, 85], [85, 85], [85, 85, 85]), 1):
        scored(person, week, percents)
    hire = loaded(person, today).hires[person.pk]
    assert hire.reached == 5
    assert (hire.now.n, hire.now.mean) == (5, pytest.approx(85))
    assert not hire.now.has_interval


def test_one_lucky_stretch_is_not_enough(established, team, today, scored):
    person = new(team, today, 8)
    for week, level in enumerate((60, 90, 60, 60), 1):
        scored(person, week, [level] * 5)
    assert loaded(person, today).hires[person.pk].reached is None


def test_a_skill_has_its_own_ramp(established, team, today, scored, respect, version, months):
    for place in range(10):
        level = 60 + place
        graded(
            established[place],
            months[0],
            [level - 1, level + 1] * 10,
            version=version,
            skill=respect.pk,
            reviewer=UserFactory(),
        )
    person, other = new(team, today, 6), new(team, today, 6)
    scored(person, 2, [90] * 5, skill=respect)
    scored(other, 2, [90] * 5)
    hires = loaded(person, today, skill="respect").hires
    assert hires[person.pk].now.mean == pytest.approx(90)
    assert hires[other.pk].n == 0


def test_whom_a_strict_reviewer_grades_is_not_slower_for_it(
    version, team, today, months, scored, grader
):
    """Established people are graded by both; the new one by the strict one alone."""
    mild = UserFactory()
    for place in range(12):
        person = UserFactory(started_on=dt.date(2020, 1, 1), roles=[Role.AGENT])
        for reviewer, effect in ((grader, -10), (mild, 10)):
            level = 70 + place % 3 + effect
            graded(
                person,
                months[0],
                [level - 2, level, level + 2] * 5,
                version=version,
                reviewer=reviewer,
            )
    person = new(team, today, 4)
    scored(person, 2, [60, 62, 60, 62, 61])
    hire = loaded(person, today).hires[person.pk]
    assert hire.now.mean == pytest.approx(71, abs=1)


def test_what_belongs_to_no_average_and_what_came_before_the_start_is_left_out(
    established, team, today, scored
):
    person = new(team, today, 6)
    scored(person, 1, [50] * 5)
    scored(person, 1, [100], assignment__inclusion_probability=None)
    ScorecardFactory(
        submitted=True,
        agent=person,
        percent=100,
        assignment__interaction__occurred_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
    )
    hire = loaded(person, today).hires[person.pk]
    assert (hire.n, hire.now.mean) == (5, pytest.approx(50))


def test_somebody_held_back_from_sees_nothing_of_it(established, team, today, scored):
    person = new(team, today, 6)
    scored(person, 1, [50], is_held=True)
    assert loaded(person, today).hires[person.pk].n == 0
    assert loaded(UserFactory(), today).hires[person.pk].n == 1


def test_who_started_before_grading_did_is_in_no_time(team, today, version, months, scored):
    for place in range(10):
        person = UserFactory(started_on=dt.date(2020, 1, 1))
        graded(person, months[-1], [70 + place, 80 + place] * 5, version=version)
    early = new(team, today, 25)
    scored(early, 24, [95] * 6)
    hires = loaded(UserFactory(), today, weeks=26)
    group = hires.group([early.pk])
    assert (group.late, group.arrival.people) == (1, 0)
    assert group.ramp[0].week == 24


def test_cohorts_are_of_one_week_or_of_four(team, today, manager):
    for weeks in (1, 1, 2, 9):
        new(team, today, weeks)
    hires = loaded(manager, today, weeks=13)
    assert [cohort.people for cohort in hires.cohorts(hires.hires, width=1)] == [2, 1, 1]
    fours = hires.cohorts(hires.hires, width=4)
    assert sum(cohort.people for cohort in fours) == 4
    assert all((cohort.end - cohort.start).days == 27 for cohort in fours)
    later = loaded(manager, today, weeks=26).cohorts(hires.hires, width=4)
    assert [cohort.start for cohort in later] == [cohort.start for cohort in fours]


def test_the_page_says_how_long_it_takes_and_for_whom(as_user, manager, class_of_ten):
    page = as_user(manager).get(ADDRESS)
    text = " ".join(page.content.decode().split())
    assert page.status_code == 200
    assert "Half of them are proficient after 5 weeks" in text
    assert "6 of 10 are there" in text
    assert f'href="{reverse("insights:person", args=[class_of_ten[0].pk])}"' in text
    assert f"agent={class_of_ten[0].pk}" in text
    assert "in week 3" in text
    assert "not yet" in text


def test_everybody_new_is_not_shown_where_it_would_tell_of_one_person(
    as_user, manager, class_of_ten, other_team, today, scored
):
    """Who knows eleven together and ten of them knows the eleventh."""
    scored(new(other_team, today, 5), 1, [50] * 5)

    assert b"All new people in the house" not in as_user(manager).get(ADDRESS).content


def test_a_manager_sees_their_own_people_and_only_counts_of_others(
    as_user, manager, other_manager, administrator, class_of_ten, other_team, today, scored
):
    for _person in range(5):
        scored(new(other_team, today, 5, first_name="Zebulon"), 1, [50] * 5)
    mine = as_user(manager).get(ADDRESS)
    assert b"Zebulon" not in mine.content
    assert b"All new people in the house" in mine.content
    theirs = as_user(other_manager).get(ADDRESS)
    assert b"Zebulon" in theirs.content
    assert b"5 more new people with scorecards are needed" in theirs.content
    assert class_of_ten[0].first_name.encode() not in theirs.content
    everybody = as_user(administrator).get(ADDRESS)
    assert b"Zebulon" in everybody.content
    assert b"All new people in the house" not in everybody.content


@pytest.mark.parametrize("who", ["agent", "reviewer", "editor"])
def test_it_is_for_managers(as_user, request, who):
    assert as_user(request.getfixturevalue(who)).get(ADDRESS).status_code == 403


def test_it_is_only_read(as_user, manager):
    assert as_user(manager).post(ADDRESS).status_code == 405
    assert as_user(manager).head(ADDRESS).status_code == 200


def test_it_narrows_by_team_channel_time_and_cohort(as_user, manager, team, today, class_of_ten):
    second = new(team, today, 1, first_name="Newest")
    browser = as_user(manager)
    assert b"Newest" in browser.get(ADDRESS).content
    start = monday(today) - 2 * WEEK
    first = loaded(manager, today, weeks=13).cohorts([second.pk], width=1)[0].start
    page = browser.get(ADDRESS, {"weeks": 13, "width": 1, "cohort": first.isoformat()})
    assert b"Newest" in page.content
    assert class_of_ten[0].first_name.encode() not in page.content
    assert b"Show all cohorts" in page.content
    ignored = browser.get(ADDRESS, {"cohort": start.isoformat(), "width": 1})
    assert b"Show all cohorts" not in ignored.content
    empty = browser.get(ADDRESS, {"channel": Channel.PHONE})
    assert b"Nothing was graded in these months" in empty.content


def test_values_that_make_no_sense_narrow_nothing(as_user, manager, class_of_ten):
    nonsense = {"weeks": "x", "width": "0", "skill": "?", "team": "a", "cohort": "b", "page": "z"}
    page = as_user(manager).get(ADDRESS, nonsense)
    assert page.status_code == 200
    assert '<option value="26" selected>' in page.content.decode()


def test_it_says_why_there_is_nothing(as_user, manager, other_manager, team, other_team, today):
    assert b"Nobody new" in as_user(manager).get(ADDRESS).content
    new(team, today, 3)
    assert b"Nothing was graded in these months" in as_user(manager).get(ADDRESS).content
    other = as_user(manager).get(ADDRESS, {"team": other_team.pk})
    assert other.status_code == 200


def test_a_team_nobody_started_in_offers_all_teams(as_user, administrator, team, other_team, today):
    new(team, today, 3)
    page = as_user(administrator).get(ADDRESS, {"team": other_team.pk})
    assert b"Show all teams" in page.content


def test_without_established_people_there_is_no_bar(as_user, manager, team, today, scored, version):
    person = new(team, today, 4)
    scored(person, 1, [70] * 10)
    graded(person, today.replace(day=1), [70] * 5, version=version)
    page = as_user(manager).get(ADDRESS)
    assert b"fewer than ten established people" in page.content
    assert b"cannot be said" in page.content
    assert b"not yet" not in page.content


def test_each_part_is_a_file(as_user, manager, class_of_ten):
    browser = as_user(manager)

    def rows(**query):
        ask = browser.get if "chart" in query else browser.post
        answer = ask(ADDRESS, {"format": "csv", **query})
        assert answer["Content-Type"].startswith("text/csv")
        return list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))

    people = rows(table="people")
    assert len(people) == 11
    assert people[0][:3] == ["Person", "Team", "Started"]
    assert len(rows(table="cohorts")) == 2
    assert rows(chart="ramp")[1][0] == "1"
    assert len(rows(chart="proficiency")) > 3
    assert browser.get(ADDRESS, {"format": "csv", "chart": "nothing"}).status_code == 404


def test_live_narrowing_gets_the_part_alone(as_user, manager, class_of_ten):
    part = as_user(manager).get(ADDRESS, headers={"HX-Request": "true"})
    assert part.content.strip().startswith(b'<div id="hires"')
    assert "HX-Request" in part["Vary"]


def test_an_empty_value_shows_what_holds(as_user, manager):
    """A list without an empty choice would show its first, and mean another."""
    page = as_user(manager).get(ADDRESS, {"weeks": ""})

    assert page.context["form"].chosen("weeks") == 26
    assert '<option value="26" selected>' in page.text


def test_queries_do_not_grow_with_people(
    as_user, manager, team, today, established, scored, count_queries
):
    scored(new(team, today, 5), 1, [60] * 5)
    browser = as_user(manager)
    browser.get(ADDRESS)
    cache.clear()
    one = count_queries(lambda: browser.get(ADDRESS))
    for _person in range(3):
        scored(new(team, today, 6), 1, [60] * 5)
    cache.clear()
    assert count_queries(lambda: browser.get(ADDRESS)) == one


def test_the_room_shows_its_tabs_to_managers_alone(as_user, manager, agent):
    assert b"room-tabs" in as_user(manager).get(ADDRESS).content
    own = as_user(agent).get(reverse("insights:person", args=[agent.pk]))
    assert b"room-tabs" not in own.content


def test_managers_are_no_new_hires(manager, other_team, today):
    boss = UserFactory(started_on=today, roles=[Role.MANAGER])
    MembershipFactory(user=boss, team=other_team, kind=Membership.Kind.MANAGER)
    assert boss.pk not in loaded(manager, today).hires
