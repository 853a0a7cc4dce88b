"""When teams are there: who may say so, what is refused, and what is written down."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from measurement.business_hours import Opening
from people.hours import add_holiday, calendar_of, calendars, hours_in_words, set_hours
from people.models import AuditEvent, Holiday, OpeningHours, Team
from people.signals import opening_hours_changed
from tests.factories.people import TeamFactory

LIST = reverse("people:hours_list")
NINE, FIVE = dt.time(9), dt.time(17)


def page(team: Team) -> str:
    return reverse("people:team_hours", args=[team.pk])


def add_to(team: Team) -> str:
    return reverse("people:holiday_add", args=[team.pk])


def remove_from(team: Team, holiday: Holiday) -> str:
    return reverse("people:holiday_remove", args=[team.pk, holiday.pk])


def week(**more: str) -> dict[str, str]:
    return {"time_zone": "Europe/Berlin", "open": "hours"} | more


def hours_of(team: Team) -> list[tuple[int, str, str]]:
    rows = OpeningHours.objects.filter(team=team)
    return [(row.weekday, f"{row.opens:%H:%M}", f"{row.closes:%H:%M}") for row in rows]


@pytest.fixture
def heard():
    """The teams whose hours were said to have changed."""
    found: list[list[int]] = []

    def hear(teams: list[int], **kwargs: object) -> None:
        found.append(teams)

    opening_hours_changed.connect(hear, weak=False)
    yield found
    opening_hours_changed.disconnect(hear)


def test_a_manager_sets_hours_and_the_audit_log_has_before_and_after(as_user, manager, team, heard):
    client = as_user(manager)
    sent = week(
        opens_0_1="09:00", closes_0_1="12:30", opens_0_2="13:30", closes_0_2="17:00",
        opens_4_1="22:00", closes_4_1="06:00",
    )  # fmt: skip
    assert client.post(page(team), sent).status_code == 302
    assert hours_of(team) == [
        (0, "09:00", "12:30"),
        (0, "13:30", "17:00"),
        (4, "22:00", "06:00"),
    ]
    team.refresh_from_db()
    assert team.time_zone == "Europe/Berlin"
    event = AuditEvent.objects.get(action="change_opening_hours")
    assert event.actor == manager
    assert event.object_id == str(team.pk)
    assert event.before == {"time_zone": "", "hours": []}
    assert event.after["hours"][0] == [0, "09:00", "12:30"]
    assert heard == [[team.pk]]

    shown = client.get(page(team)).content.decode()
    assert 'value="13:30"' in shown
    # The same again is no change.
    assert client.post(page(team), sent).status_code == 302
    assert AuditEvent.objects.filter(action="change_opening_hours").count() == 1
    assert len(heard) == 1

    assert client.post(page(team), {"time_zone": "", "open": "always"}).status_code == 302
    assert hours_of(team) == []


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (week(), "Give the hours of one day at least"),
        (week(opens_2_1="09:00"), "Give both times, or leave both empty."),
        (week(closes_2_2="17:00"), "Give both times, or leave both empty."),
        (week(opens_2_1="25:00", closes_2_1="17:00"), "Give a time such as 09:00."),
        (
            week(opens_2_1="09:00", closes_2_1="13:00", opens_2_2="12:00", closes_2_2="17:00"),
            "These hours run into 09:00–13:00 on Wednesday",
        ),
        (
            week(opens_1_1="22:00", closes_1_1="06:00", opens_2_1="05:00", closes_2_1="17:00"),
            "These hours run into 22:00–06:00 on Tuesday",
        ),
        (
            week(opens_6_1="22:00", closes_6_1="06:00", opens_0_1="05:00", closes_0_1="17:00"),
            "These hours run into 22:00–06:00 on Sunday",
        ),
        (week(opens_0_1="09:00", closes_0_1="17:00", time_zone="Mars/Olympus"), "Select a valid"),
        ({"time_zone": ""}, "This field is required."),
    ],
)
def test_hours_that_make_no_sense_are_refused_and_kept(as_user, manager, team, sent, message):
    answer = as_user(manager).post(page(team), sent)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert message in text
    for name, value in sent.items():
        if name.startswith(("opens", "closes")):
            assert f'name="{name}" value="{value}"' in text
    assert hours_of(team) == []
    assert not AuditEvent.objects.exists()


def test_nights_that_meet_the_morning_do_not_overlap(as_user, manager, team):
    sent = week(opens_6_1="22:00", closes_6_1="06:00", opens_0_1="06:00", closes_0_1="00:00")
    assert as_user(manager).post(page(team), sent).status_code == 302
    assert len(hours_of(team)) == 2


def test_a_holiday_is_added_to_several_teams_and_removed(
    as_user, administrator, team, other_team, today, heard
):
    client = as_user(administrator)
    day = today + dt.timedelta(days=30)
    sent = {"day": f"{day}", "name": "Founders’ day", "teams": [other_team.pk]}
    assert client.post(add_to(team), sent).status_code == 302
    assert [row.team for row in Holiday.objects.order_by("team__name")] == [team, other_team]
    assert AuditEvent.objects.filter(action="add_holiday").count() == 2
    assert "Founders’ day" in client.get(page(other_team)).content.decode()

    holiday = Holiday.objects.get(team=team)
    # Not by the address of another team.
    assert client.post(remove_from(other_team, holiday)).status_code == 404
    assert client.get(remove_from(team, holiday)).status_code == 405
    assert client.post(remove_from(team, holiday)).status_code == 302
    assert list(Holiday.objects.values_list("team", flat=True)) == [other_team.pk]
    event = AuditEvent.objects.get(action="remove_holiday")
    assert event.before == {
        "day": f"{day}", "name": "Founders’ day", "opens": None, "closes": None,
    }  # fmt: skip
    assert heard == [[team.pk, other_team.pk], [team.pk]]


def test_a_holiday_that_another_team_has_is_left_there(
    as_user, administrator, team, other_team, today
):
    day = today + dt.timedelta(days=30)
    Holiday.objects.create(team=other_team, day=day, name="Fair")
    sent = {"day": f"{day}", "name": "Fair day", "teams": [other_team.pk]}
    answer = as_user(administrator).post(add_to(team), sent, follow=True)
    assert "That day was there already: South." in answer.content.decode()
    assert sorted(Holiday.objects.values_list("name", flat=True)) == ["Fair", "Fair day"]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"name": "Fair"}, "This field is required."),
        ({"day": "soon", "name": "Fair"}, "Enter a valid date."),
        ({"day": "1826-05-01", "name": "Fair"}, "Give a day between"),
        ({"day": "DAY", "name": " "}, "This field is required."),
        ({"day": "DAY", "name": "x" * 121}, "at most 120 characters"),
        ({"day": "DAY", "name": "Fair", "opens": "09:00"}, "Give both times"),
        ({"day": "DAY", "name": "Fair", "opens": "09:00", "closes": "09:00"}, "Give a time after"),
        ({"day": "DAY", "name": "Fair", "teams": ["999999"]}, "Select a valid choice"),
        ({"day": "TAKEN", "name": "Fair"}, "That day is in the list already, as “Taken”"),
    ],
)
def test_a_holiday_that_makes_no_sense_is_refused_and_kept(
    as_user, administrator, team, other_team, today, sent, message
):
    taken, free = today + dt.timedelta(days=3), today + dt.timedelta(days=4)
    Holiday.objects.create(team=team, day=taken, name="Taken")
    sent = {
        name: {"DAY": f"{free}", "TAKEN": f"{taken}"}.get(value, value)
        if isinstance(value, str)
        else value
        for name, value in sent.items()
    }
    answer = as_user(administrator).post(add_to(team), sent)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert message in text
    if sent["name"].strip():
        assert f'value="{sent["name"]}"' in text
    assert Holiday.objects.count() == 1


def test_a_manager_cannot_reach_the_teams_of_others(as_user, manager, team, other_team, today):
    client = as_user(manager)
    day = today + dt.timedelta(days=9)
    holiday = Holiday.objects.create(team=other_team, day=day, name="Fair")
    assert "South" not in client.get(LIST).content.decode()
    assert client.get(page(other_team)).status_code == 404
    assert client.post(page(other_team), {"open": "always"}).status_code == 404
    assert client.post(add_to(other_team), {"day": f"{day}", "name": "x"}).status_code == 404
    assert client.post(remove_from(other_team, holiday)).status_code == 404
    # Nor by the way of their own.
    sent = {"day": f"{today + dt.timedelta(days=10)}", "name": "x", "teams": [other_team.pk]}
    client.post(add_to(team), sent)
    assert list(Holiday.objects.filter(team=other_team)) == [holiday]


@pytest.mark.parametrize("who", ["agent", "reviewer", "editor"])
def test_hours_are_for_managers(as_user, who, team, request):
    client = as_user(request.getfixturevalue(who))
    assert client.get(LIST).status_code == 403
    assert client.get(page(team)).status_code == 404
    assert client.post(page(team), {"open": "always"}).status_code == 404
    assert client.post(add_to(team), {"day": "2026-12-24", "name": "x"}).status_code == 404


def test_who_sees_a_team_and_may_not_change_it_reads(as_user, reviewer, team, today):
    reviewer.user_permissions.add(Permission.objects.get(codename="view_everybody"))
    set_hours(team, time_zone="", openings=[Opening(0, NINE, FIVE)], by=reviewer)
    holiday = Holiday.objects.create(team=team, day=today, name="Fair")
    client = as_user(reviewer)
    text = client.get(page(team)).content.decode()
    assert "09:00–17:00" in text
    assert "Save the hours" not in text
    assert "Remove" not in text
    assert client.post(page(team), {"open": "always"}).status_code == 403
    assert client.post(add_to(team), {"day": f"{today}", "name": "x"}).status_code == 403
    assert client.post(remove_from(team, holiday)).status_code == 403
    assert hours_of(team) == [(0, "09:00", "17:00")]


def test_forms_carry_their_token(manager, team, today):
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager)
    Holiday.objects.create(team=team, day=today, name="Fair")
    assert client.post(page(team), {"open": "always"}).status_code == 403
    text = client.get(page(team)).content.decode()
    # Hours, removing, adding, and signing out above.
    inside = text[text.index("<main") :]
    assert inside.count("<form") == inside.count("csrfmiddlewaretoken") == 3


def test_lists_take_the_same_queries_for_any_number_of_teams(
    as_user, administrator, team, today, count_queries
):
    client = as_user(administrator)
    client.get(LIST)
    Holiday.objects.create(team=team, day=today, name="Fair")
    before = count_queries(lambda: client.get(LIST))
    set_hours(team, time_zone="", openings=[Opening(0, NINE, FIVE)], by=administrator)
    for number in range(3):
        one = TeamFactory()
        add_holiday([one], day=today + dt.timedelta(days=number), name="x", by=administrator)
    assert count_queries(lambda: client.get(LIST)) == before
    own = count_queries(lambda: client.get(page(team)))
    for number in range(1, 4):
        add_holiday([team], day=today + dt.timedelta(days=number), name="x", by=administrator)
    assert count_queries(lambda: client.get(page(team))) == own


def test_a_calendar_has_what_was_entered(team, administrator, today, count_queries):
    set_hours(team, time_zone="Asia/Tokyo", openings=[Opening(2, NINE, FIVE)], by=administrator)
    eve = today + dt.timedelta(days=1)
    add_holiday([team], day=today, name="Fair", by=administrator)
    add_holiday([team], day=eve, name="Eve", opens=NINE, closes=dt.time(12), by=administrator)
    found = calendar_of(team.__class__.objects.get(pk=team.pk))
    assert found.zone.key == "Asia/Tokyo"
    assert found.openings == [Opening(2, NINE, FIVE)]
    assert found.holidays == {today: None, eve: (NINE, dt.time(12))}
    assert count_queries(calendars) == 3
    Team.objects.filter(pk=team.pk).update(time_zone="Gone/Nowhere")
    assert calendars()[team.pk].zone.key == "UTC"


def test_hours_are_said_in_words(team, administrator):
    openings = [Opening(day, NINE, FIVE) for day in range(5)]
    openings += [Opening(5, dt.time(10), dt.time(12)), Opening(5, dt.time(13), dt.time(15))]
    set_hours(team, time_zone="", openings=openings, by=administrator)
    assert hours_in_words(OpeningHours.objects.all()) == [
        ("Monday to Friday", "09:00–17:00"),
        ("Saturday", "10:00–12:00, 13:00–15:00"),
        ("Sunday", "closed"),
    ]
    assert hours_in_words([]) == []
