"""The digest of reminders."""

import datetime as dt
import smtplib

import pytest
from django.core import mail
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from content.models import ModulePage
from tests.factories.live import WorkshopSessionFactory
from tests.factories.training import ModuleAssignmentFactory
from training import reminders
from training.models import Certificate, Enrolment, ReminderChoice, ReminderSent
from training.reminders import parts_for, remind_learners

DAY = dt.timedelta(days=1)
# A Wednesday, so that the week's mail and the day's are two periods.
NOON = dt.datetime(2026, 9, 16, 12, tzinfo=dt.UTC)
TODAY = NOON.date()


@pytest.fixture
def overdue(agent, listening):
    return ModuleAssignmentFactory(user=agent, module=listening.module, due_on=TODAY - 3 * DAY)


def to(person):
    return [each for each in mail.outbox if each.to == [person.email]]


def test_one_mail_a_day_and_never_twice(agent, overdue):
    first, second = remind_learners(at=NOON), remind_learners(at=NOON)

    assert (first.sent, second.sent, second.already) == (1, 0, 1)
    (sent,) = to(agent)
    assert sent.subject == "Training: 1 thing to do"
    assert "Listening: due 13 Sep 2026" in sent.body
    assert "http" in sent.body
    html, kind = sent.alternatives[0]
    assert kind == "text/html"
    assert "<li>" in html
    assert remind_learners(at=NOON + DAY).sent == 1


def test_nothing_to_say_is_no_mail(agent, listening):
    ModuleAssignmentFactory(user=agent, module=listening.module, due_on=TODAY + 30 * DAY)

    remind_learners(at=NOON)

    assert mail.outbox == []
    assert not ReminderSent.objects.exists()


def test_a_refusing_server_is_tried_again_and_a_crash_never_sends_twice(
    agent, overdue, monkeypatch
):
    def refuse(self):
        raise smtplib.SMTPServerDisconnected("no")

    with monkeypatch.context() as patched:
        patched.setattr(reminders.EmailMultiAlternatives, "send", refuse)
        assert remind_learners(at=NOON).failed == [(agent.email, "no")]
    assert remind_learners(at=NOON).sent == 1

    def crash(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(reminders.EmailMultiAlternatives, "send", crash)
        with pytest.raises(KeyboardInterrupt):
            remind_learners(at=NOON + DAY)
    mail.outbox.clear()
    assert remind_learners(at=NOON + DAY).already == 1
    assert mail.outbox == []


def test_what_is_overdue_comes_also_to_who_wants_less(agent, listening, make_module, overdue):
    soon = make_module("Soon")
    ModuleAssignmentFactory(user=agent, module=soon.module, due_on=TODAY + 2 * DAY)
    assert [part.title for part in parts_for(agent, on=TODAY)] == ["Overdue", "Due within a week"]
    ReminderChoice.objects.create(user=agent, wants_all=False)

    remind_learners(at=NOON)

    body = to(agent)[0].body
    assert "Listening" in body
    assert "Soon" not in body


def test_tells_of_sessions_tomorrow_and_certificates_that_expire(agent, listening):
    tomorrow = timezone.make_aware(dt.datetime.combine(TODAY + DAY, dt.time(9, 30)))
    session = WorkshopSessionFactory(starts_at=tomorrow)
    Enrolment.objects.create(session=session, user=agent, state="seat")
    waiting = WorkshopSessionFactory(starts_at=tomorrow)
    Enrolment.objects.create(session=waiting, user=agent, state="waiting")
    certificate = Certificate(user=agent, module=listening.module, name="Ada", title="Privacy")
    certificate.issued_on, certificate.valid_until = TODAY - 300 * DAY, TODAY + 7 * DAY
    certificate.save()

    parts = {part.title: part.lines for part in parts_for(agent, on=TODAY)}

    assert [line.text for line in parts["Workshops tomorrow"]] == [session.workshop.title]
    assert parts["Workshops tomorrow"][0].detail == "09:30, Room 2"
    assert [line.text for line in parts["Certificates that expire"]] == ["Privacy"]
    assert "Certificates that expire" not in {
        part.title for part in parts_for(agent, on=TODAY + DAY)
    }


def test_a_day_is_the_persons_own(agent, overdue):
    agent.time_zone = "Pacific/Auckland"
    agent.save()

    remind_learners(at=NOON + dt.timedelta(hours=1))

    assert ReminderSent.objects.get().period == TODAY + DAY


def test_managers_are_told_weekly_who_of_their_people_is_overdue(
    agent, teammate, manager, other_manager, overdue
):
    remind_learners(at=NOON)
    remind_learners(at=NOON + DAY)

    (sent,) = to(manager)
    assert sent.subject == "1 person of your team has something overdue"
    assert "Ada" in sent.body
    assert "Ben" not in sent.body
    assert to(other_manager) == []
    remind_learners(at=NOON + 7 * DAY)
    assert len(to(manager)) == 2


def test_nobody_is_reminded_of_what_is_not_published(agent, listening, overdue):
    ModulePage.objects.get(pk=listening.module.pk).unpublish()

    assert parts_for(agent, on=TODAY) == []


def test_who_cannot_sign_in_gets_no_mail(agent, overdue):
    agent.is_active = False
    agent.save()

    assert remind_learners(at=NOON).sent == 0


def test_the_choice_is_made_on_ones_own_page(as_user, agent):
    url = reverse("training:reminder_choice")
    assert "checked" in as_user(agent).get(url).content.decode()

    assert as_user(agent).post(url, {}).status_code == 302

    assert ReminderChoice.objects.get(user=agent).wants_all is False


def test_the_command_says_what_came_of_it(agent, listening, capsys):
    late = timezone.localdate() - 3 * DAY
    ModuleAssignmentFactory(user=agent, module=listening.module, due_on=late)

    call_command("remind_learners")

    assert "1 sent" in capsys.readouterr().out
