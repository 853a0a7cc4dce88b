"""Two schedulers at once, and senders killed in mid-mail: nobody gets one twice."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from django.core import mail as mail_box
from django.utils import timezone

from coaching.models import Digest
from insights.digest.sending import send_digests
from interactions.models import SurveyInvitation
from interactions.surveys.sending import send_waiting
from people.models import AuditEvent, Membership
from people.roles import Role
from scorecards.models import ReviewAssignment, SamplingDraw
from tests.factories.content import ModulePageFactory
from tests.factories.interactions import InteractionFactory
from tests.factories.people import MembershipFactory, TeamFactory, UserFactory
from tests.factories.sampling import SamplingPlanFactory
from tests.factories.scorecards import ReviewAssignmentFactory
from tests.factories.surveys import AskedCustomerFactory, SurveyRuleFactory
from tests.factories.training import ModuleAssignmentFactory
from tests.faults.postbox import postbox
from tests.scorecards.racing import IS_SERVER, ROOT, SharedDatabase

pytestmark = pytest.mark.django_db(transaction=IS_SERVER)
DAY = dt.timedelta(days=1)
LEARNERS, CUSTOMERS, CLAIMS, MANAGERS = 3, 3, 3, 3
COMMANDS = (
    "draw_samples",
    "expire_claims",
    "remind_learners",
    "send_digests",
    "send_surveys",
    "mail surveys",
)


def until(condition, *, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)


class House:
    def __init__(self, environment, box):
        self.environment, self.box, self.started = environment, box, []

    def start(self, *words):
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def finish(self, *words):
        said, _nothing = self.start(*words).communicate(timeout=120)
        return said


@pytest.fixture
def house(request, db, django_db_setup, django_db_blocker, tmp_path):
    if IS_SERVER:
        request.getfixturevalue("page_tree")
    database = SharedDatabase(tmp_path, django_db_blocker)
    with database.used_here(), postbox() as box:
        environment = {
            **database.environment,
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "FAULTS_SMTP_PORT": str(box.port),
            "TASK_LEASE": "3",
        }
        house = House(environment, box)
        house.finish("manage.py", "createcachetable")
        yield house
        for process in house.started:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def learners(house):
    """Each is late with a module, and their manager is told."""
    team = TeamFactory()
    manager = UserFactory(roles=[Role.MANAGER])
    MembershipFactory(user=manager, team=team, kind=Membership.Kind.MANAGER)
    people = [UserFactory(roles=[Role.AGENT]) for _person in range(LEARNERS)]
    module = ModulePageFactory()
    for person in people:
        MembershipFactory(user=person, team=team)
        ModuleAssignmentFactory(user=person, module=module, due_on=timezone.localdate() - 2 * DAY)
    return people


@pytest.fixture
def customers(house):
    """Each was served some days ago, and a rule asks them all."""
    SurveyRuleFactory()
    when = timezone.now() - 3 * DAY
    return [
        InteractionFactory(
            customer=AskedCustomerFactory(email=f"customer-{number}@example.org"),
            started_at=when,
            ended_at=when,
        ).customer
        for number in range(CUSTOMERS)
    ]


def test_two_schedulers_at_once_do_everything_once(house, learners, customers):
    agents = [UserFactory(roles=[Role.AGENT]) for _person in range(3)]
    monday = timezone.localdate() - dt.timedelta(days=timezone.localdate().weekday() + 7)
    noon = dt.datetime.combine(monday, dt.time(12), tzinfo=dt.UTC) + DAY
    for agent in agents:
        for _contact in range(6):
            InteractionFactory(agent=agent, started_at=noon, ended_at=noon)
    plan = SamplingPlanFactory()
    claims = [
        ReviewAssignmentFactory(
            inclusion_probability=None,
            expires_at=timezone.now() - DAY,
            interaction__agent=agents[0],
        )
        for _claim in range(CLAIMS)
    ]

    both = [house.start("-m", "tests.faults.scheduling") for _scheduler in range(2)]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    said = {}
    for command in COMMANDS:
        for process in both:
            process.stdin.write(f"{command}\n")
            process.stdin.flush()
        said[command] = [process.stdout.readline().strip() for process in both]

    assert said == {command: ["done", "done"] for command in COMMANDS}
    drawn = SamplingDraw.objects.get(plan=plan)
    assert drawn.picks.values("interaction").distinct().count() == drawn.picked_count > 0
    assert ReviewAssignment.objects.filter(pick__draw=drawn).count() == drawn.picked_count
    assert ReviewAssignment.objects.filter(pk__in=[each.pk for each in claims]).count() == CLAIMS
    for claim in claims:
        claim.refresh_from_db()
        assert (claim.reviewer, claim.expires_at) == (None, None)
        lapsed = AuditEvent.objects.filter(object_id=claim.pk, action__contains="expire")
        assert lapsed.count() == 1
    mails = Counter(house.box.mails)
    assert set(mails.values()) == {1}
    told = Counter(address for address, _subject in mails)
    for person in learners:
        assert told[person.email] == 1
    for customer in customers:
        assert told[customer.email] == 1


def test_reminders_killed_in_mid_mail_reach_everybody_else_once(house, learners):
    house.box.answers.clear()
    killed = house.start("manage.py", "remind_learners")
    until(lambda: house.box.mails)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    house.box.answers.set()
    assert "1 had theirs already" in house.finish("manage.py", "remind_learners")
    got = Counter(address for address, _subject in house.box.mails)
    assert [got[person.email] for person in learners] == [1] * LEARNERS
    assert set(got.values()) == {1}


@pytest.fixture
def managers(house):
    """Each has somebody who is late since yesterday."""
    module, people = ModulePageFactory(), []
    for _manager in range(MANAGERS):
        team = TeamFactory()
        manager, learner = UserFactory(roles=[Role.MANAGER]), UserFactory(roles=[Role.AGENT])
        MembershipFactory(user=manager, team=team, kind=Membership.Kind.MANAGER)
        MembershipFactory(user=learner, team=team)
        ModuleAssignmentFactory(user=learner, module=module, due_on=timezone.localdate() - DAY)
        people.append(manager)
    return people


def killed_once(condition, process):
    until(condition)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_digests_killed_in_mid_mail_reach_everybody_once(house, managers):
    """First before the mail is handed over, then before the server answers to it."""
    house.box.greets.clear()
    killed_once(lambda: house.box.callers, house.start("manage.py", "send_digests"))
    house.box.greets.set()
    assert (house.box.mails, Digest.objects.count()) == ([], 0)

    house.box.answers.clear()
    killed_once(lambda: house.box.mails, house.start("manage.py", "send_digests"))
    house.box.answers.set()
    unknown = Digest.objects.get()
    assert unknown.sent_at is None
    house.finish("manage.py", "send_digests")
    assert Digest.objects.told().count() == MANAGERS - 1
    got = Counter(address for address, _subject in house.box.mails)
    assert got == {manager.email: 1 for manager in managers}

    # What nobody knows of being told is told by the next one; the others had it, and get none.
    send_digests(at=timezone.now() + 7 * DAY)
    assert [mail.to for mail in mail_box.outbox] == [[unknown.recipient.email]]


def test_a_worker_killed_in_mid_mail_asks_nobody_twice_and_the_others_too(house, customers):
    worker = ("manage.py", "db_worker", "--backend", "bulk", "--interval", "0.1",
              "--no-startup-delay")  # fmt: skip
    house.finish("manage.py", "send_surveys")
    assert SurveyInvitation.objects.count() == CUSTOMERS
    house.box.answers.clear()
    killed = house.start(*worker)
    until(lambda: house.box.mails)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    house.box.answers.set()
    house.start(*worker)
    sent = SurveyInvitation.objects.filter(state=SurveyInvitation.State.SENT)
    until(lambda: sent.count() == CUSTOMERS - 1)
    # Nobody knows of the one in between: after an hour it is given up, and shown.
    send_waiting(at=timezone.now() + dt.timedelta(hours=2))
    left = SurveyInvitation.objects.exclude(pk__in=sent).get()
    assert left.state == SurveyInvitation.State.FAILED
    assert left.reason
    got = Counter(address for address, _subject in house.box.mails)
    assert got == {customer.email: 1 for customer in customers}
