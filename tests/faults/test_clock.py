"""The clock of running processes is put forward and back, by days and by a year: nothing is lost or done
twice, and nothing waits for a day that was never there."""

import datetime as dt
import http.client
import json
import re
import subprocess
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from coaching.models import Digest
from integrations.actions import create_token
from integrations.models import EventKind, Scope, WebhookDelivery, WebhookEndpoint
from interactions.models import RetentionRule, RetentionRun, SurveyInvitation, Transcript
from people.models import Membership
from people.roles import Role
from scorecards.models import ReviewAssignment
from tests.factories.content import ModulePageFactory
from tests.factories.interactions import InteractionFactory
from tests.factories.people import MembershipFactory, TeamFactory, UserFactory
from tests.factories.scorecards import ReviewAssignmentFactory
from tests.factories.surveys import AskedCustomerFactory, SurveyRuleFactory
from tests.factories.training import ModuleAssignmentFactory
from tests.faults.clock import COMPILER, Clock
from tests.faults.postbox import postbox
from tests.scale.test_many import kill, until
from tests.scorecards.racing import CSRF, IS_SERVER, ROOT, Browser, SharedDatabase, served
from training.models import ReminderSent

pytestmark = [
    pytest.mark.django_db(transaction=IS_SERVER),
    pytest.mark.skipif(COMPILER is None, reason="there is no C compiler (Debian: gcc)"),
]
DAY = 86_400
YEAR = 366 * DAY
CUSTOMER, PASSWORD = "customer@example.org", "correct horse battery staple"
COMMANDS = (
    *("draw_samples", "expire_claims", "seal_audit", "remind_learners", "send_digests"),
    *("send_surveys", "mail surveys", "send_webhooks", "close_attempts", "expire_completions"),
    *("measure_service", "assign_paths", "verify_audit"),
)
WORKER = "manage.py db_worker --backend bulk --interval 0.1 --no-startup-delay"


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.server.status, dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver():
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.heard, server.status = [], 200
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


class House:
    """A web server, a worker and a scheduler by one clock; the true time is that of the test."""

    def __init__(self, environment, clock, box):
        self.environment, self.clock, self.box, self.started = environment, clock, box, []
        self.port = 0

    def start(self, *words, **how):
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment,
            text=True,
            start_new_session=True,
            **how,
        )
        self.started.append(process)
        return process

    def worker(self, log):
        with log.open("a") as out:
            return self.start(*WORKER.split(), stdout=out, stderr=out)

    def tell(self, command):
        self.scheduler.stdin.write(f"{command}\n")
        self.scheduler.stdin.flush()
        return self.scheduler.stdout.readline().strip()

    def do(self, code):
        assert self.tell(f"do {code}") == "done"

    def run_all(self, commands):
        assert {command: self.tell(command) for command in commands} == dict.fromkeys(
            commands, "done"
        )

    def ask(self, method, address, body=None, **headers):
        connection = http.client.HTTPConnection("localhost", self.port, timeout=60)
        connection.request(method, address, body, headers)
        answer = connection.getresponse()
        found = answer.status, answer.headers, answer.read().decode(errors="replace")
        connection.close()
        return found

    def get(self, address, **headers):
        return self.ask("GET", address, **headers)

    def sign_in(self, person, password=PASSWORD):
        """The cookie of a new session, or none."""
        form = {"login": person.email, "password": password, "csrfmiddlewaretoken": CSRF}
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={CSRF}"}
        status, headers, _text = self.ask("POST", "/account/login/", urlencode(form), **kind)
        found = re.search(r"sessionid=\w+", str(headers.get_all("Set-Cookie")))
        return found[0] if status == 302 and found else ""


@pytest.fixture
def house(request, db, django_db_setup, django_db_blocker, tmp_path):
    if IS_SERVER:
        request.getfixturevalue("page_tree")
    database, clock = SharedDatabase(tmp_path, django_db_blocker), Clock(tmp_path)
    with database.used_here(), postbox() as box:
        environment = {
            **database.environment,
            **clock.environment,
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "FAULTS_SMTP_PORT": str(box.port),
            "FAULTS_HOME": str(tmp_path),
            "TASK_LEASE": "3",
        }
        house = House(environment, clock, box)
        pipe = subprocess.PIPE
        house.start("manage.py", "createcachetable").wait()
        house.scheduler = house.start("-m", "tests.faults.scheduling", stdin=pipe, stdout=pipe)
        with served(database, tmp_path / "web.log", environment=environment) as house.port:
            assert house.scheduler.stdout.readline() == "ready\n"
            yield house
        for process in house.started:
            if process.poll() is None:
                kill(process)
            process.communicate()


@pytest.mark.parametrize("ahead", [-3 * DAY, 3 * DAY, YEAR])
def test_a_clock_that_jumps_and_comes_back_costs_nothing(house, receiver, ahead, tmp_path):
    # People with something to be told, a conversation of last week, a customer and picks to be claimed.
    team, module = TeamFactory(), ModulePageFactory()
    manager, learner = UserFactory(roles=[Role.MANAGER]), UserFactory(roles=[Role.AGENT])
    reviewer, admin = UserFactory(roles=[Role.REVIEWER]), UserFactory(roles=[Role.ADMINISTRATOR])
    MembershipFactory(user=manager, team=team, kind=Membership.Kind.MANAGER)
    MembershipFactory(user=learner, team=team)
    today = timezone.localdate()
    ModuleAssignmentFactory(user=learner, module=module, due_on=today - dt.timedelta(days=1))
    when = timezone.now() - dt.timedelta(days=3)
    talk = InteractionFactory(
        agent=learner,
        customer=AskedCustomerFactory(email=CUSTOMER),
        started_at=when,
        ended_at=when,
    )
    SurveyRuleFactory(within_days=14)
    before, within = (
        ReviewAssignmentFactory(reviewer=None, inclusion_probability=None) for _ in "12"
    )
    url = f"http://127.0.0.1:{receiver.server_port}/hook"
    endpoint = WebhookEndpoint.objects.create(name="Desk", url=url, events=EventKind.values)
    _token, secret = create_token(name="Desk", scopes=Scope.values, by=admin)
    bearer = {"Authorization": f"Bearer {secret}"}
    RetentionRule.objects.create(name="Half a year", days=200, parts=["words"])
    RetentionRun.objects.create(started_at=timezone.now() - dt.timedelta(days=1))
    claim = (
        "from people.models import User; from scorecards.models import ReviewAssignment; from"
        " scorecards.actions.queue import claim_pick; claim_pick(ReviewAssignment.objects.get(pk={}),"
        f" by=User.objects.get(pk={reviewer.pk}))"
    )
    tell = (
        "from integrations.models import EventKind; from integrations.webhooks.telling import tell;"
        " tell(EventKind.SCORECARD_SUBMITTED, {{'number': {}}})"
    )
    jobs, gate, worker_log = tmp_path / "jobs", tmp_path / "gate", tmp_path / "worker.log"
    old_session = Browser(house.port, learner).cookie
    house.do(claim.format(before.pk))
    worker = house.worker(worker_log)

    # The clock jumps under them. What is sent meanwhile is refused for now, a worker dies at its job,
    # somebody signs in, and somebody tries to until they are locked out.
    house.clock.put(ahead=ahead)
    by_their_clock = timezone.now() + dt.timedelta(seconds=ahead)
    receiver.status, house.box.is_busy = 500, True
    status, headers, _text = house.get("/me/", Cookie=old_session)
    is_over = ahead == YEAR
    assert (status, "/account/login/" in headers.get("Location", "")) == (
        (302, True) if is_over else (200, False)
    )
    new_session = house.sign_in(manager)
    assert new_session
    until(lambda: not (house.sign_in(reviewer, "wrong") or house.sign_in(reviewer)))
    status, _headers, text = house.get("/api/v1/teams", **bearer)
    assert (status, len(json.loads(text)["data"])) == (200, 1)
    house.do(tell.format(1))
    until(lambda: receiver.heard)
    _status, headers, _body = receiver.heard[0]
    assert abs(int(headers["webhook-timestamp"]) - by_their_clock.timestamp()) < 600
    house.do(claim.format(within.pk))
    house.box.is_busy = False
    house.run_all([each for each in COMMANDS if "surveys" not in each])
    house.box.is_busy = True
    house.run_all(["send_surveys"])
    put_off = SurveyInvitation.objects.filter(tries__gt=0, state="waiting")
    if ahead == 3 * DAY:
        until(put_off.exists)
    kept = house.tell("apply_retention")
    assert kept.startswith("CommandError: Nothing was removed") if is_over else kept == "done"
    house.do(f"from tests.scale import tasks; tasks.stamp.enqueue({str(jobs)!r}, {str(gate)!r})")
    until(lambda: jobs.exists() and "began" in jobs.read_text())
    kill(worker)
    assert receiver.status == 500
    assert {status for status, _headers, _body in receiver.heard} == {500}

    # And back.
    house.clock.put(ahead=0)
    receiver.status, house.box.is_busy = 200, False
    gate.touch()
    assert Transcript.objects.get(interaction=talk).messages != []
    for session in (old_session, new_session):
        assert house.get("/me/", Cookie=session)[0] == 200
    assert house.get("/api/v1/teams", **bearer)[0] == 200
    house.worker(worker_log)
    # Each of the two web processes lets them in.
    until(lambda: all(house.sign_in(reviewer) for _ in range(8)))
    house.do(tell.format(2))
    deliveries = WebhookDelivery.objects.all()
    until(lambda: [each.state for each in deliveries.all()] == ["sent", "sent"])
    until(lambda: "ended" in jobs.read_text())
    assert Counter(line.split()[0] for line in jobs.read_text().splitlines()) == {
        "began": 2,
        "ended": 1,
    }
    house.run_all([*COMMANDS, "apply_retention"])
    until(lambda: SurveyInvitation.objects.filter(state="sent").count() == 1)
    arrived = [
        Webhook(endpoint.secret).verify(body, headers)["data"]["number"]
        for status, headers, body in receiver.heard
        if status == 200
    ]
    assert sorted(arrived) == [1, 2]

    # A claim lasts at most as much longer as the clock was ahead, and not for a year.
    held = ReviewAssignment.objects.filter(pk__in=[before.pk, within.pk], reviewer=reviewer)
    assert {each.pk for each in held} == {-3 * DAY: {before.pk}}.get(ahead, {within.pk})
    longest = timezone.now() + dt.timedelta(seconds=DAY + (ahead if ahead == 3 * DAY else 0))
    assert [each for each in held if each.expires_at > longest] == []

    # Each mail once: one for each reminder, digest and survey that is written down, and no more.
    mails = Counter(house.box.mails)
    rows = ReminderSent.objects.filter(sent_at__isnull=False).count()
    rows += Digest.objects.filter(sent_at__isnull=False).count()
    assert sum(mails.values()) == rows + 1 > 1
    assert [address for address, _subject in mails.elements()].count(CUSTOMER) == 1
    house.run_all(COMMANDS)
    assert Counter(house.box.mails) == mails
