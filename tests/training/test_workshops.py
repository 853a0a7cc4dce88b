"""Workshops: seats, waiting list, attendance."""

import datetime as dt
import zoneinfo

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from people.models import AuditEvent
from tests.factories.content import ModulePageFactory
from tests.factories.live import ShadowingPageFactory, WorkshopPageFactory, WorkshopSessionFactory
from tests.factories.people import UserFactory
from tests.scorecards.racing import Browser, SharedDatabase, at_once, served
from training import actions
from training.actions import NotAllowed
from training.calendar_file import calendar_file
from training.models import Completion, Enrolment, ModuleAssignment, Shadowing, WorkshopSession
from training.progress import learning_of

HOUR = dt.timedelta(hours=1)
SEAT, WAITING, CANCELLED = Enrolment.State


@pytest.fixture
def session(manager):
    return WorkshopSessionFactory(seats=1, trainer=manager)


@pytest.fixture
def begun(manager):
    return WorkshopSessionFactory(
        trainer=manager, starts_at=timezone.now() - HOUR, ends_at=timezone.now() + HOUR
    )


def state_of(user, session):
    return Enrolment.objects.get(user=user, session=session).state


class TestSeats:
    def test_go_to_the_first_and_then_to_the_waiting_list(
        self, agent, teammate, session, django_capture_on_commit_callbacks
    ):
        third = UserFactory()
        for person in (agent, teammate, third):
            actions.enrol(person, session, by=person)
        assert [state_of(p, session) for p in (agent, teammate, third)] == [SEAT, WAITING, WAITING]

        with django_capture_on_commit_callbacks(execute=True):
            actions.leave_session(agent, session, by=agent)

        assert [state_of(p, session) for p in (agent, teammate, third)] == [
            CANCELLED, SEAT, WAITING,
        ]  # fmt: skip
        (told,) = mail.outbox
        assert told.to == [teammate.email]
        assert "You have a seat" in told.subject

    def test_coming_back_means_the_end_of_the_list(self, agent, teammate, session):
        actions.enrol(agent, session, by=agent)
        actions.enrol(teammate, session, by=teammate)
        actions.leave_session(agent, session, by=agent)
        actions.enrol(agent, session, by=agent)

        assert (state_of(agent, session), state_of(teammate, session)) == (WAITING, SEAT)

    def test_are_one_per_workshop(self, agent, session):
        other = WorkshopSessionFactory(workshop=session.workshop)
        actions.enrol(agent, session, by=agent)

        with pytest.raises(NotAllowed, match="Cancel that one first"):
            actions.enrol(agent, other, by=agent)

    def test_are_not_given_in_what_began_or_was_called_off(self, agent, manager, session, begun):
        actions.cancel_session(session, by=manager, reason="Ill")

        for gone in (session, begun):
            with pytest.raises(NotAllowed):
                actions.enrol(agent, gone, by=agent)

    def test_are_given_to_others_by_their_manager_only(
        self, agent, teammate, manager, other_manager, session
    ):
        with pytest.raises(NotAllowed):
            actions.enrol(agent, session, by=teammate)
        with pytest.raises(NotAllowed):
            actions.enrol(agent, session, by=other_manager)

        assert actions.enrol(agent, session, by=manager).state == SEAT

    def test_added_later_go_to_who_waits(self, agent, teammate, manager, session):
        actions.enrol(agent, session, by=agent)
        actions.enrol(teammate, session, by=teammate)

        actions.change_session(session, terms(session, seats=2), by=manager)

        assert state_of(teammate, session) == SEAT
        with pytest.raises(NotAllowed, match="2 people have a seat"):
            actions.change_session(session, terms(session, seats=1), by=manager)

    def test_show_on_the_pages(self, as_user, agent, teammate, session):
        browser = as_user(agent)
        page = browser.get(session.workshop.url).content.decode()
        assert "Take a seat" in page

        posted = browser.post(
            reverse("training:session_enrol", args=[session.pk]), follow=True
        ).content.decode()
        assert "You have a seat. The calendar file" in posted
        other = as_user(teammate)
        assert "Join the waiting list" in other.get(session.workshop.url).content.decode()
        waits = other.post(reverse("training:session_enrol", args=[session.pk]), follow=True)
        assert "You are on the waiting list, and get a mail" in waits.content.decode()
        ModuleAssignment.objects.create(
            user=teammate, module=session.workshop.get_parent().specific
        )
        learning = other.get(reverse("training:learning")).content.decode()
        assert "You are on the waiting list" in learning

    def test_are_nobodys_once_the_session_is_called_off(self, as_user, agent, manager, session):
        actions.enrol(agent, session, by=agent)
        actions.cancel_session(session, reason="The trainer is ill", by=manager)
        address = reverse("training:session_detail", args=[session.pk])
        page = as_user(agent).get(address).content.decode()
        assert "The trainer is ill" in page
        assert "You have a seat" not in page

    def test_none_arranged_says_to_each_what_to_do(self, as_user, agent, manager):
        workshop = WorkshopPageFactory()
        assert "Ask your manager" in as_user(agent).get(workshop.url).content.decode()
        page = as_user(manager).get(workshop.url).content.decode()
        assert "Arrange one with “New session”" in page
        assert "Ask your manager" not in page


def terms(session, **changes):
    values = {
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "time_zone": session.time_zone,
        "trainer": session.trainer,
        "seats": session.seats,
        "place": session.place,
        **changes,
    }
    return actions.SessionTerms(**values)


def test_a_session_called_off_tells_everybody(
    agent, teammate, manager, session, django_capture_on_commit_callbacks
):
    actions.enrol(agent, session, by=agent)
    actions.enrol(teammate, session, by=teammate)

    with django_capture_on_commit_callbacks(execute=True):
        actions.cancel_session(session, by=manager, reason="The trainer is ill")

    assert {each.to[0] for each in mail.outbox} == {agent.email, teammate.email}
    assert "The trainer is ill" in mail.outbox[0].body


class TestAttendance:
    def test_completes_the_module_of_who_was_present(
        self, as_user, agent, teammate, manager, begun
    ):
        ModuleAssignment.objects.create(user=agent, module=begun.workshop.get_parent().specific)
        for person in (agent, teammate):
            Enrolment.objects.create(session=begun, user=person, state=SEAT)
        url = reverse("training:session_detail", args=[begun.pk])

        data = {f"mark-{agent.pk}": "present", f"mark-{teammate.pk}": "excused"}
        assert as_user(manager).post(url, data).status_code == 302

        assert ModuleAssignment.objects.get().completed_at is not None
        assert set(Completion.objects.values_list("user", flat=True)) == {agent.pk}
        assert AuditEvent.objects.filter(action="mark_attendance").count() == 2
        again = as_user(manager).post(url, {f"mark-{agent.pk}": "absent"})
        assert again.status_code == 422
        assert "It stays so" in again.content.decode()

    def test_is_kept_by_the_trainer_from_the_start_on(
        self, as_user, agent, reviewer, teammate, session, begun
    ):
        begun.trainer = reviewer
        begun.save()
        Enrolment.objects.create(session=begun, user=agent, state=SEAT)
        url = reverse("training:session_detail", args=[begun.pk])

        assert as_user(teammate).post(url, {f"mark-{agent.pk}": "present"}).status_code == 403
        assert as_user(reviewer).post(url, {f"mark-{agent.pk}": "nonsense"}).status_code == 422
        assert as_user(reviewer).post(url, {f"mark-{agent.pk}": "present"}).status_code == 302
        with pytest.raises(NotAllowed, match="from the session's start"):
            actions.keep_attendance(session, {}, by=session.trainer)

    def test_is_not_shown_to_others(self, as_user, agent, teammate, begun):
        Enrolment.objects.create(session=begun, user=agent, state=SEAT)
        url = reverse("training:session_detail", args=[begun.pk])

        assert agent.get_full_name() not in as_user(teammate).get(url).content.decode()


class TestArranging:
    def data(self, manager, **changes):
        return {
            "day": (timezone.localdate() + dt.timedelta(days=20)).isoformat(),
            "starts": "09:00",
            "ends": "11:30",
            "time_zone": "Europe/Berlin",
            "place": "Room 2",
            "seats": "6",
            "trainer": manager.pk,
            **changes,
        }

    def test_keeps_the_time_of_the_place(self, as_user, manager):
        workshop = WorkshopPageFactory()
        url = reverse("training:session_create", args=[workshop.pk])

        assert as_user(manager).post(url, self.data(manager)).status_code == 302

        made = WorkshopSession.objects.get()
        assert made.local_start.strftime("%H:%M %Z") in {"09:00 CET", "09:00 CEST"}
        shown = as_user(manager).get(reverse("training:session_detail", args=[made.pk]))
        assert "09:00–11:30" in shown.content.decode()
        edit = as_user(manager).get(reverse("training:session_edit", args=[made.pk]))
        assert 'value="09:00"' in edit.content.decode()

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"ends": "08:00"}, "ends before it starts"),
            ({"place": ""}, "Say where it takes place"),
            ({"day": "2020-01-01"}, "lies in the past"),
            ({"seats": "0"}, "greater than or equal to 1"),
            ({"trainer": "999999999999999999999"}, "valid choice"),
            ({"day": "9999-12-31", "time_zone": "America/New_York"}, "ten years ahead"),
            ({"day": "0001-01-01", "time_zone": "Asia/Tokyo"}, "lies in the past"),
        ],
    )
    def test_refuses_what_cannot_be_and_keeps_the_input(self, as_user, manager, changes, words):
        url = reverse("training:session_create", args=[WorkshopPageFactory().pk])

        page = as_user(manager).post(url, self.data(manager, **changes))

        assert page.status_code == 422
        assert words in page.content.decode()
        assert not WorkshopSession.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "words"),
        [({"starts": "02:30", "ends": "03:00"}, "put forward"), ({"ends": "02:30"}, "put forward")],
    )
    def test_refuses_a_time_that_the_clocks_skip(self, as_user, manager, changes, words):
        spring = dt.date(timezone.localdate().year + 1, 3, 31)
        spring -= dt.timedelta(days=(spring.weekday() + 1) % 7)
        url = reverse("training:session_create", args=[WorkshopPageFactory().pk])
        data = self.data(manager, day=spring.isoformat(), starts="01:00")

        page = as_user(manager).post(url, data | changes)

        assert page.status_code == 422
        assert words in page.content.decode()

    def test_a_session_ends_after_it_starts_by_the_sun_and_not_by_the_wall(self, manager):
        zone = zoneinfo.ZoneInfo("Europe/Berlin")
        starts, ends = (dt.datetime(2027, 3, 28, *at, tzinfo=zone) for at in ((2, 30), (3, 0)))
        terms = actions.SessionTerms(starts, ends, zone.key, manager, 6, "Room 2")
        with pytest.raises(NotAllowed, match="ends before it starts"):
            actions.arrange_session(WorkshopPageFactory(), terms, by=manager)

    def test_is_for_managers(self, as_user, agent):
        url = reverse("training:session_create", args=[WorkshopPageFactory().pk])

        assert as_user(agent).get(url).status_code == 403


@pytest.mark.parametrize("reason", ["", "I say so"])
def test_calling_off_is_for_who_arranges_sessions(as_user, agent, session, reason):
    url = reverse("training:session_cancel", args=[session.pk])
    assert as_user(agent).post(url, {"reason": reason}).status_code == 403
    session.refresh_from_db()
    assert not session.is_cancelled


def test_the_calendar_file_can_be_read_by_calendars(as_user, agent, session):
    session.workshop.title = "Calm; clear, and " + "é" * 60
    session.workshop.save()

    response = as_user(agent).get(reverse("training:session_calendar", args=[session.pk]))

    assert response["Content-Type"] == "text/calendar"
    text = response.content
    assert text.startswith(b"BEGIN:VCALENDAR\r\n")
    assert text.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    unfolded = text.replace(b"\r\n ", b"").decode()
    assert "SUMMARY:Calm\\; clear\\, and " + "é" * 60 in unfolded
    assert f"DTSTART:{session.starts_at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}" in unfolded
    session.cancelled_at = timezone.now()
    assert b"STATUS:CANCELLED" in calendar_file(
        session, url="https://x.example/", at=timezone.now()
    )


def test_the_list_takes_as_many_queries_for_one_session_as_for_three(
    as_user, manager, count_queries
):
    WorkshopSessionFactory()
    browser, url = as_user(manager), reverse("training:session_list")
    browser.get(url)
    one = count_queries(lambda: browser.get(url))
    WorkshopSessionFactory()
    WorkshopSessionFactory()

    assert count_queries(lambda: browser.get(url)) == one


class TestShadowing:
    @pytest.fixture
    def page(self, db):
        return ShadowingPageFactory(items=["Greets by name", "Says what happens next"])

    def test_is_done_when_all_is_signed(self, as_user, agent, manager, reviewer, page):
        ModuleAssignment.objects.create(user=agent, module=page.get_parent().specific)
        choose = reverse("training:shadowing_choose", args=[page.pk])
        data = {"trainee": agent.pk, "observer": reviewer.pk}
        assert as_user(manager).post(choose, data).status_code == 302
        shadowing = Shadowing.objects.get()
        first, second = shadowing.items.all()
        browser = as_user(reviewer)

        def sign(item, note=""):
            address = reverse("training:shadowing_sign", args=[shadowing.pk, item.pk])
            return browser.post(address, {"note": note}, follow=True)

        sign(first, "Warm and clear")
        assert not Completion.objects.exists()
        sign(second)

        assert ModuleAssignment.objects.get().completed_at is not None
        seen = as_user(agent).get(reverse("training:shadowing_detail", args=[shadowing.pk]))
        assert "Warm and clear" in seen.content.decode()
        assert AuditEvent.objects.filter(action="sign_shadowing", actor=reviewer).count() == 2
        assert "signed already" in sign(first).content.decode()

    def test_is_signed_by_the_observer_only(
        self, as_user, agent, teammate, manager, reviewer, page
    ):
        shadowing = actions.choose_observer(agent, page, reviewer, by=manager)
        item = shadowing.items.first()
        url = reverse("training:shadowing_sign", args=[shadowing.pk, item.pk])

        assert as_user(agent).post(url).status_code == 403
        assert as_user(manager).post(url).status_code == 403
        assert as_user(teammate).post(url).status_code == 404
        for person in (agent, manager):
            with pytest.raises(NotAllowed):
                actions.sign_item(item, by=person)

    def test_has_an_observer_chosen_by_the_manager_and_never_oneself(
        self, as_user, agent, manager, other_manager, reviewer, page
    ):
        url = reverse("training:shadowing_choose", args=[page.pk])
        assert as_user(agent).get(url).status_code == 403
        same = as_user(manager).post(url, {"trainee": agent.pk, "observer": agent.pk})
        assert same.status_code == 422
        assert "Nobody observes themself" in same.content.decode()
        stranger = as_user(other_manager).post(url, {"trainee": agent.pk, "observer": reviewer.pk})
        assert stranger.status_code == 422
        with pytest.raises(NotAllowed):
            actions.choose_observer(manager, page, reviewer, by=manager)

    def test_keeps_its_items_when_the_page_or_the_observer_changes(
        self, agent, manager, reviewer, second_reviewer, page
    ):
        shadowing = actions.choose_observer(agent, page, reviewer, by=manager)
        actions.sign_item(shadowing.items.first(), by=reviewer)
        page.checklist.all().delete()

        again = actions.choose_observer(agent, page, second_reviewer, by=manager)

        assert again.pk == shadowing.pk
        assert [item.signed_at is not None for item in again.items.all()] == [True, False]
        actions.sign_item(again.items.last(), by=second_reviewer)
        assert Shadowing.objects.get().is_done


def test_a_workshop_that_is_not_published_is_said_and_breaks_nothing(as_user, agent, session):
    module = session.workshop.get_parent().specific
    ModuleAssignment.objects.create(user=agent, module=module)
    actions.enrol(agent, session, by=agent)

    module.unpublish()
    session.workshop.refresh_from_db()
    session.workshop.unpublish()

    browser = as_user(agent)
    assert "not published" in browser.get(reverse("training:learning")).content.decode()
    assert browser.get(reverse("training:session_detail", args=[session.pk])).status_code == 200
    assert browser.get(reverse("training:session_list")).status_code == 200
    assert learning_of(agent, on=timezone.localdate()).next is None


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_gets_the_last_seat(page_tree, tmp_path, django_db_blocker):
    session = WorkshopSessionFactory(seats=1)
    people = [UserFactory() for _person in range(4)]
    database = SharedDatabase(tmp_path, django_db_blocker)
    with database.used_here(), served(database, tmp_path / "server.log") as port:
        browsers = [Browser(port, person) for person in people]
        address = reverse("training:session_enrol", args=[session.pk])
        answers = at_once(*(lambda b=browser: b.post(address) for browser in browsers))
        for browser in browsers:
            browser.close()
        states = sorted(Enrolment.objects.filter(session=session).values_list("state", flat=True))
        connection.close()

    assert [answer.status for answer in answers] == [302] * 4
    assert states == [SEAT, WAITING, WAITING, WAITING]


def test_a_module_says_what_it_consists_of(as_user, agent):
    module = ModulePageFactory(title="Together")
    WorkshopPageFactory(parent=module, title="In the room")
    ShadowingPageFactory(parent=module, title="At work", items=["Greets"])

    page = as_user(agent).get(module.url).content.decode()

    assert "Workshop, 120 minutes" in page
    assert "Shadowing, 1 item" in page
