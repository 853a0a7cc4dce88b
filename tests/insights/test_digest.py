"""The weekly digest: only what changed, once, to who wants it."""

import datetime as dt
import smtplib

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.utils import timezone

from coaching.models import Digest, DigestChoice, ModuleRule, RuleFiring
from insights.digest.changes import Run
from insights.digest.sending import DigestReport, _send, send_digests
from insights.skills import Window
from people.models import Membership
from scorecards.models import Dispute, Rollup
from tests.factories.coaching import ActionItemFactory, CoachingSessionFactory, GoalFactory
from tests.factories.content import ModulePageFactory
from tests.factories.insights import graded
from tests.factories.people import MembershipFactory, UserFactory
from tests.factories.scorecards import ReviewAssignmentFactory, ScorecardFactory
from tests.factories.training import ModuleAssignmentFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
WEEK = 7 * DAY


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def module(db):
    return ModulePageFactory(title="Listening")


@pytest.fixture
def late(agent, module, today):
    return ModuleAssignmentFactory(user=agent, module=module, due_on=today - 2 * DAY)


def to(person):
    return [each for each in mail.outbox if each.to == [person.email]]


def body(person):
    (sent,) = to(person)
    return sent.body


# Once, and only when something changed ------------------------------------------------------------
def test_one_mail_a_week_and_never_twice(manager, late, now):
    first, second = send_digests(at=now), send_digests(at=now)

    assert (first.sent, second.sent, second.already) == (1, 0, 1)
    (sent,) = to(manager)
    assert sent.subject.startswith("Your teams: 1 change since ")
    assert "Trainings that fell overdue\n- " in sent.body
    assert "/training/team/" in sent.body
    assert "/coaching/digest/" in sent.body
    html, kind = sent.alternatives[0]
    assert kind == "text/html"
    assert "<li>" in html
    digest = Digest.objects.get(recipient=manager)
    assert digest.lines == 1
    assert digest.sent_at


def test_nothing_new_is_no_mail_and_next_week_only_what_is_new(manager, late, now):
    send_digests(at=now)
    mail.outbox.clear()

    report = send_digests(at=now + WEEK)

    assert (report.sent, report.nothing) == (0, 1)
    assert mail.outbox == []
    # A row all the same: what stood then is known.
    assert Digest.objects.filter(recipient=manager, lines=0, sent_at=None).count() == 1


def test_a_refusing_server_is_tried_again_and_a_crash_never_sends_twice(
    manager, late, now, monkeypatch
):
    def refuse(self):
        raise smtplib.SMTPException("no")

    def crash(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(EmailMultiAlternatives, "send", refuse)
        assert send_digests(at=now).failed == [(manager.email, "no")]
    assert not Digest.objects.exists()
    with monkeypatch.context() as patch:
        patch.setattr(EmailMultiAlternatives, "send", crash)
        with pytest.raises(KeyboardInterrupt):
            send_digests(at=now)
    assert send_digests(at=now).already == 1
    assert mail.outbox == []


def test_what_a_lost_mail_told_is_told_by_the_next(manager, late, now):
    """Nobody knows whether it went out."""
    send_digests(at=now)
    Digest.objects.update(sent_at=None)
    mail.outbox.clear()
    assert send_digests(at=now).already == 1
    assert send_digests(at=now + WEEK).sent == 1
    assert "Listening" in body(manager)


def test_a_digest_of_a_clock_that_was_ahead_hides_no_news(manager, late, now):
    Digest.objects.create(
        recipient=manager, week=(now + 52 * WEEK).date(), made_at=now + 52 * WEEK, lines=0
    )
    assert send_digests(at=now).sent == 1


def test_of_two_runs_at_once_one_sends(manager, late, now):
    """Both have seen that there is no row yet."""
    first, second = DigestReport(), DigestReport()
    for report in (first, second):
        _send(report, Run(now), manager, week=now.date(), on=now.date())
    assert (first.sent, second.sent, second.already) == (1, 0, 1)
    assert len(mail.outbox) == 1


def test_who_declined_who_left_and_who_manages_nobody_get_none(
    manager, other_manager, administrator, late, now
):
    DigestChoice.objects.create(user=manager, wants_digest=False)
    assert send_digests(at=now).sent == 0
    DigestChoice.objects.update(wants_digest=True)
    manager.is_active = False
    manager.save()
    assert send_digests(at=now).sent == 0
    assert mail.outbox == []


def test_a_manager_hears_of_their_own_people_only(manager, other_manager, late, now):
    send_digests(at=now)
    assert to(other_manager) == []
    assert len(to(manager)) == 1


def test_the_week_is_the_persons_own(manager, late):
    """Sunday noon in Greenwich is Monday in Kiritimati."""
    sunday = dt.datetime(2026, 9, 13, 12, tzinfo=dt.UTC)
    Membership.objects.update(starts_on=dt.date(2020, 1, 1))
    manager.time_zone = "Pacific/Kiritimati"
    manager.save()
    late.due_on = sunday.date() - DAY
    late.save()
    send_digests(at=sunday)
    assert Digest.objects.get(recipient=manager).week == dt.date(2026, 9, 14)


def test_it_is_in_the_persons_language(manager, late, now):
    manager.language = "de"
    manager.save()
    send_digests(at=now)
    assert len(to(manager)) == 1


def test_the_command_says_what_it_did(manager, late, capsys):
    call_command("send_digests")
    assert capsys.readouterr().out.startswith("1 sent, 0 with nothing new")


# What it tells ------------------------------------------------------------------------------------
def test_a_new_signal_is_told_once(manager, agent, teammate, version, today, now):
    months = Window.of(9, until=today).months
    reviewers = [UserFactory(), UserFactory()]
    for person in (agent, teammate, *[UserFactory() for _other in range(6)]):
        for place, month in enumerate(months):
            low = person == agent and place >= 5
            for place_of, reviewer in enumerate(reviewers):
                base = 40 if low else 80
                marks = [base + (place * 7 + place_of * 5 + k * 11) % 9 for k in range(6)]
                graded(person, month, marks, version=version, reviewer=reviewer)

    send_digests(at=now)

    text = body(manager)
    assert f"Something changed in the scores\n- {agent}: Whole scorecard" in text
    assert f"/team/{agent.pk}/?months=12" in text
    assert str(teammate) not in text
    mail.outbox.clear()
    assert send_digests(at=now + WEEK).nothing == 1


def test_first_figures_are_told_when_there_were_too_few_before(
    manager, agent, teammate, version, now, this_month
):
    for person, before in ((agent, 3), (teammate, 8)):
        graded(person, this_month, [80] * (before + 2), version=version)
        for _new in range(2):
            assignment = ReviewAssignmentFactory(inclusion_probability=0.25)
            ScorecardFactory(
                submitted=True, agent=person, assignment=assignment, submitted_at=now - DAY
            )
    Rollup.objects.filter(agent__in=[agent, teammate]).exclude(version=version).delete()

    send_digests(at=now)

    assert f"Enough scorecards for a first figure\n- {agent}: 5 scorecards" in body(manager)
    assert str(teammate) not in body(manager)


def test_scorecards_too_old_for_a_figure_make_no_first_one(manager, agent, version, now, months):
    graded(agent, months[0], [80] * 3, version=version)
    graded(agent, months[-1], [80] * 2, version=version)
    for _new in range(2):
        ScorecardFactory(submitted=True, version=version, agent=agent, submitted_at=now - DAY)

    send_digests(at=now)

    assert "first figure" not in "".join(each.body for each in mail.outbox)


def test_coaching_that_fell_due_is_told(manager, agent, now, today):
    CoachingSessionFactory(agent=agent, coach=manager, starts_at=now - 3 * DAY)
    UserFactory()
    ActionItemFactory(agent=agent, text="Read it again", due_on=today - 2 * DAY)
    ActionItemFactory(agent=agent, text="Long ago", due_on=today - 40 * DAY)
    CoachingSessionFactory(
        agent=agent,
        coach=manager,
        held=True,
        starts_at=now - 30 * DAY,
        follow_up_on=today - DAY,
    )
    send_digests(at=now)
    text = body(manager)
    assert "Read it again, due " in text
    assert "Long ago" not in text
    assert "not written down as held" in text


def test_a_goal_that_is_reached_is_told_once(manager, agent, version, respect, today, now):
    earlier = Window.of(3, until=today)
    GoalFactory(
        agent=agent,
        skill=respect,
        set_by=manager,
        target=60,
        version=version,
        baseline_first=earlier.first,
        baseline_last=earlier.first,
    )
    for month in earlier.months[1:]:
        graded(agent, month, [88, 90, 92, 94], version=version, skill=respect.pk)
    send_digests(at=now)
    assert f"Goals reached\n- {agent}: " in body(manager)
    mail.outbox.clear()
    send_digests(at=now + WEEK)
    assert mail.outbox == []


def test_decided_disputes_and_fired_rules_are_told(manager, agent, module, now):
    scorecard = ScorecardFactory(submitted=True, agent=agent, submitted_at=now - 30 * DAY)
    Dispute.objects.create(
        scorecard=scorecard,
        state=Dispute.State.UPHELD,
        decided_at=now - DAY,
        decided_by=UserFactory(),
    )
    rule = ModuleRule.objects.create(
        rubric=scorecard.version.rubric, criterion_key="x", module=module
    )
    RuleFiring.objects.create(
        rule=rule,
        agent=agent,
        last=scorecard.assignment,
        outcome=RuleFiring.Outcome.ASSIGNED,
        fired_at=now - DAY,
    )
    send_digests(at=now)
    text = body(manager)
    assert f"Disputes decided\n- {agent}: Grade upheld" in text
    assert f"Modules by a rule\n- {agent}: Listening (Module assigned)" in text


def test_long_lists_are_cut(manager, team, module, today, now):
    for _person in range(13):
        person = UserFactory()
        MembershipFactory(user=person, team=team)
        ModuleAssignmentFactory(user=person, module=module, due_on=today - DAY)
    send_digests(at=now)
    assert body(manager).count("due ") == 10
    assert "- and 3 more" in body(manager)


# The choice ---------------------------------------------------------------------------------------
def test_a_manager_chooses_and_others_may_not(as_user, manager, agent):
    client = as_user(manager)
    assert client.get("/coaching/digest/").status_code == 200
    assert client.post("/coaching/digest/", {}).status_code == 302
    assert DigestChoice.objects.get(user=manager).wants_digest is False
    client.post("/coaching/digest/", {"wants_digest": "on"})
    assert DigestChoice.objects.get(user=manager).wants_digest is True
    assert as_user(agent).get("/coaching/digest/").status_code == 403
    assert as_user(agent).post("/coaching/digest/", {}).status_code == 403
    assert b"/coaching/digest/" in client.get("/me/").content
    assert b"/coaching/digest/" not in as_user(agent).get("/me/").content
