"""Two web processes behind nginx and two workers on one PostgreSQL and one bucket; one of each is killed
under load."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from django.urls import reverse
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from integrations.actions import create_token
from integrations.models import Scope
from interactions.models import ImportRun, Interaction
from people.models import AuditEvent
from people.roles import Role
from scorecards.models import ReviewAssignment, Scorecard
from tests.factories.content import LessonPageFactory, ModulePageFactory
from tests.factories.people import UserFactory
from tests.factories.sampling import SamplingPlanFactory
from tests.factories.scorecards import ReviewAssignmentFactory
from tests.interactions.files import json_lines, row
from tests.scale.buckets import bucket_options, bucket_server, empty_bucket
from tests.scale.proxy import NGINX, proxy_command
from tests.scale.tasks import note, stamp
from tests.scorecards.racing import IS_SERVER, ROOT, Browser, SharedDatabase
from tests.scorecards.test_queue_races import drafts
from training.models import Completion

REVIEWERS, DRAFTS, PICKS, AGENTS, LESSONS = 4, 5, 20, 3, 5
PROGRAMS, BATCHES, ROWS, FILES, JOBS = 2, 12, 5, 6, 60
# What nginx answers for a process that died: done or not, nobody knows.
UNKNOWN = (502, 504)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not IS_SERVER, reason="needs PostgreSQL: make test-postgres"),
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: nginx-light)"),
]


def until(condition: Callable[[], object], *, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers_at(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


class House:
    """The processes, as docs/deployment.md has them for several machines."""

    def __init__(self, folder: Path, database: SharedDatabase, bucket: str) -> None:
        self.folder = folder
        self.environment = {
            **database.environment,
            "TEST_BUCKET": json.dumps(bucket_options(bucket)),
            "DJANGO_SETTINGS_MODULE": "tests.scale.settings",
            "TASK_LEASE": "6",
        }
        self.started: list[subprocess.Popen[bytes]] = []
        self.port = free_port()

    def start(self, *command: str, name: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                # Killing the group kills the server and its workers at once, as a power cut does.
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def web(self, name: str) -> tuple[subprocess.Popen[bytes], int]:
        port = free_port()
        command = "-m granian --interface wsgi --host 127.0.0.1 --workers 1 --blocking-threads 4"
        process = self.start(
            sys.executable, *command.split(), f"--port={port}", "config.wsgi:application", name=name
        )
        return process, port

    def worker(self, name: str) -> subprocess.Popen[bytes]:
        command = "manage.py db_worker --backend bulk --interval 0.1 --no-startup-delay"
        return self.start(sys.executable, *command.split(), name=name)

    def proxy(self, *ports: int) -> None:
        servers = "".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=5s;" for port in ports)
        self.start(*proxy_command(self.folder, port=self.port, servers=servers), name="nginx")

    def manage(self, *command: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=self.environment, check=True
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def house(page_tree, django_db_blocker, tmp_path, settings):
    settings.TASKS = {
        "default": {"BACKEND": "django_tasks_db.DatabaseBackend"},
        "bulk": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]},
    }
    with bucket_server() as bucket:
        empty_bucket(bucket)
        house = House(tmp_path, SharedDatabase(tmp_path, django_db_blocker), bucket)
        house.manage("createcachetable")
        yield house
        for process in house.started:
            if process.poll() is None:
                kill(process)


class Program:
    """Sends interactions with a token."""

    def __init__(self, port: int, secret: str) -> None:
        self.connection = http.client.HTTPConnection("localhost", port, timeout=60)
        self.headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    def send(self, ids: list[str]) -> int:
        body = json.dumps({"interactions": [row(each) for each in ids]})
        self.connection.request("POST", "/api/v1/interactions", body, self.headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status


def post_to(browser: Browser, address: str) -> int:
    return browser.post(address).status


def files() -> Iterator[tuple[str, bytes]]:
    """Of each the last row is refused."""
    for number in range(FILES):
        rows = [row(f"file-{number}-{place}") for place in range(ROWS)]
        yield f"{number}.jsonl", json_lines(*rows, row(f"bad-{number}", channel="smoke"))


def upload_to(browser: Browser, name: str, content: bytes) -> int:
    return browser.upload(reverse("interactions:import_create"), name, content).status


class Load:
    """What people do at once, and what they were told. An answer that nobody knows is asked for again, as
    people do."""

    def __init__(self) -> None:
        self.told: dict[object, list[int]] = {}
        self.count = 0
        self.lock = threading.Lock()

    def run(self, *scripts: list[tuple[object, Callable[[], int]]]) -> list[threading.Thread]:
        threads = [threading.Thread(target=self._act, args=[script]) for script in scripts]
        for thread in threads:
            thread.start()
        return threads

    def _act(self, script: list[tuple[object, Callable[[], int]]]) -> None:
        for key, step in script:
            told = self.told.setdefault(key, [])
            while not told or told[-1] in UNKNOWN:
                told.append(step())
                with self.lock:
                    self.count += 1

    def last(self, kind: str) -> dict[object, int]:
        return {key: told[-1] for key, told in self.told.items() if key[0] == kind}


def test_one_of_each_is_killed_and_nothing_is_lost_or_done_twice(house, administrator, capsys):
    reviewers = [UserFactory(roles=[Role.REVIEWER]) for _each in range(REVIEWERS)]
    agents = [UserFactory(roles=[Role.AGENT]) for _each in range(AGENTS)]
    SamplingPlanFactory(reviewers=reviewers)
    own = {person: drafts(DRAFTS, by=person) for person in reviewers}
    picks = [
        ReviewAssignmentFactory(reviewer=None, inclusion_probability=None) for _each in range(PICKS)
    ]
    module = ModulePageFactory()
    lessons = [LessonPageFactory(parent=module) for _each in range(LESSONS)]
    secrets = [
        create_token(name=f"Desk {number}", scopes=Scope.values, by=administrator)[1]
        for number in range(PROGRAMS)
    ]
    log, gate = house.folder / "jobs", house.folder / "gate"

    # The processes, and a job that one worker is in the middle of.
    (one, first_port), (_two, second_port) = house.web("web1"), house.web("web2")
    house.proxy(first_port, second_port)
    for port in (first_port, second_port, house.port):
        until(partial(answers_at, port))
    stamp.enqueue(str(log), str(gate))
    lost = house.worker("worker1")
    until(lambda: log.exists() and log.read_text() == f"began {lost.pid}\n")
    other = house.worker("worker2")

    # The load.
    load = Load()
    browsers = {person: Browser(house.port, person) for person in (*reviewers, *agents)}
    scripts = []
    for person in reviewers:
        steps = [
            ((kind, person.pk, row.pk), reverse(address, args=[row.pk]))
            for kind, address, rows in (
                ("submit", "scorecards:scorecard_submit", own[person]),
                ("claim", "scorecards:pick_claim", picks),
            )
            for row in rows
        ]
        random.Random(person.pk).shuffle(steps)
        scripts.append([(key, partial(post_to, browsers[person], to)) for key, to in steps])
    for person in agents:
        scripts.append(
            [
                (("lesson", person.pk, lesson.pk), partial(post_to, browsers[person], address))
                for lesson in lessons
                for address in [reverse("training:lesson_complete", args=[lesson.pk])]
            ]
        )
    programs = [Program(house.port, secret) for secret in secrets]
    for number, program in enumerate(programs):
        batches = [
            [f"{number}-{batch}-{place}" for place in range(ROWS)] for batch in range(BATCHES)
        ]
        scripts.append([(("send", *ids), partial(program.send, ids)) for ids in batches])
    # A file that one machine takes in is read on another: what they share is the bucket.
    office = Browser(house.port, administrator)
    scripts.append(
        [(("file", name), partial(upload_to, office, name, content)) for name, content in files()]
    )
    total = sum(map(len, scripts))
    for number in range(JOBS):
        note.enqueue(str(log), number)
    threads = load.run(*scripts)
    until(lambda: load.count >= total // 3)
    kill(one)
    kill(lost)
    house.manage("expire_claims")
    for thread in threads:
        thread.join(timeout=300)
        assert not thread.is_alive()
    for each in browsers.values():
        each.close()
    for program in programs:
        program.connection.close()
    gate.touch()
    jobs = DBTaskResult.objects.filter(backend_name="bulk")
    until(lambda: not jobs.exclude(status=TaskResultStatus.SUCCESSFUL).exists())

    # What was told is what is there, once.
    assert set(load.last("send").values()) == {200}
    sent = [each for key in load.last("send") for each in key[1:]]
    stored = Interaction.objects.filter(external_id__in=sent).values_list("external_id", flat=True)
    assert sorted(stored) == sorted(sent)
    # A file whose answer nobody knew is sent twice, and its rows are known the second time.
    assert set(load.last("file").values()) == {302}
    runs = ImportRun.objects.filter(file_name__in=[name for name, _content in files()])
    assert runs.values("file_name").distinct().count() == FILES
    assert {(run.state, run.rejected_count) for run in runs} == {(ImportRun.State.DONE, 1)}
    assert Interaction.objects.filter(external_id__startswith="file-").count() == FILES * ROWS
    for run in runs:
        answer = office.get(reverse("interactions:import_rejected", args=[run.pk]))
        assert (answer.status, "smoke" in answer.text) == (200, True)
    office.close()
    assert set(load.last("lesson").values()) == {302}
    done = Completion.objects.filter(page__in=lessons).values_list("user_id", "page_id")
    assert sorted(done) == sorted(key[1:] for key in load.last("lesson"))
    for (_kind, person, pk), status in load.last("submit").items():
        # Sent again after an answer that nobody knows, it may say that it was submitted already.
        assert status == 302 or load.told["submit", person, pk][0] in UNKNOWN
        assert Scorecard.objects.get(pk=pk).is_submitted
        assert AuditEvent.objects.filter(action="submit_scorecard", object_id=pk).count() == 1
    for pick in ReviewAssignment.objects.filter(pk__in=[each.pk for each in picks]):
        winners = [
            key[1]
            for key, status in load.last("claim").items()
            if key[2] == pick.pk and status == 302
        ]
        assert winners == [pick.reviewer_id]
        assert Scorecard.objects.filter(assignment=pick).count() == 1
        assert AuditEvent.objects.filter(action="claim_pick", object_id=pick.pk).count() == 1
    words = Counter(line.split()[0] for line in log.read_text().splitlines())
    assert words == {"began": 2, "ended": 1, **{str(number): 1 for number in range(JOBS)}}
    assert f"ended {other.pid}" in log.read_text()

    unknown = sum(status in UNKNOWN for told in load.told.values() for status in told)
    with capsys.disabled():
        print(  # noqa: T201 (the figures are what this is for)
            f"\n{load.count} requests of {len(scripts)} at once, {unknown} of them without an answer; "
            f"{len(sent)} interactions, {len(done)} lessons, {REVIEWERS * DRAFTS} scorecards, "
            f"{PICKS} picks, {FILES} files and {JOBS + 1} jobs: each there once."
        )
