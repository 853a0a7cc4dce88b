"""PostgreSQL is stopped under a web server and a worker that go on, and started again."""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from tests.scale.test_many import free_port, until
from tests.scorecards.racing import IS_SERVER, ROOT

JOBS = 6
# The first time it is away for so many seconds, and asked all the while: longer than the longest pause of
# whoever looks whether it is back (a request and a connection of the pool 5, a worker 6), whose pauses do
# not grow beyond. FAULTS_OUTAGE=60 for a whole minute.
OUTAGE = float(os.environ.get("FAULTS_OUTAGE", "12"))
# A request that hangs for longer fails the test; how long one takes is not its matter.
GIVE_UP = 60
BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)
INITDB = str(BIN) if BIN else shutil.which("initdb")

SIGN_IN = """
import django
django.setup()
from django.test import Client
from people.roles import Role
from tests.factories.people import UserFactory
client = Client()
client.force_login(UserFactory(email="rita@example.org", roles=[Role.REVIEWER]))
print(client.cookies["sessionid"].value)
"""
QUEUE = """
import sys
import django
django.setup()
from tests.scale import tasks
kind, log, *rest = sys.argv[1:]
if kind == "note":
    for number in rest:
        tasks.note.enqueue(log, int(number))
else:
    getattr(tasks, kind).enqueue(log, *rest)
"""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str
    headers: Message


class House:
    """A cluster of its own, and the processes that use it."""

    def __init__(self, folder: Path, sockets: Path) -> None:
        self.folder, self.sockets = folder, sockets
        self.bin = Path(str(INITDB)).parent
        self.started: list[subprocess.Popen[Any]] = []
        self.port = free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"},
            "DJANGO_SETTINGS_MODULE": "config.settings.base",
            "DATABASE_URL": f"postgres://evenhand@/evenhand?host={sockets}",
            "SECRET_KEY": "for this test alone, and long enough to be taken for a key",
            "ALLOWED_HOSTS": "localhost,testserver",
            "INSECURE_COOKIES": "1",
            "STATIC_FROM_SOURCE": "1",
            "ENV_FILE": os.devnull,
            "DEMO": "0",
            "VAR_DIR": str(folder),
        }

    def postgres(self, *words: str) -> None:
        account = []
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root; then the account that its package made does it.
            account = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        with (self.folder / "postgres.out").open("a") as out:
            subprocess.run(
                [*account, *words],
                cwd=self.sockets,
                check=True,
                stdout=out,
                stderr=out,
                timeout=120,
            )

    def stop(self) -> None:
        self.postgres(f"{self.bin}/pg_ctl", "-D", f"{self.sockets}/data", "-m", "immediate", "stop")

    def go_on(self) -> None:
        options = f"-k {self.sockets} -c listen_addresses='' -c fsync=off"
        log = f"{self.sockets}/log"
        self.postgres(
            f"{self.bin}/pg_ctl",
            "-D",
            f"{self.sockets}/data",
            "-w",
            "-l",
            log,
            "-o",
            options,
            "start",
        )

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def ask(self, code: str) -> "subprocess.Popen[str]":
        """A process that answers line by line."""
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def get(self, path: str, session: str = "") -> Answer:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=GIVE_UP)
        try:
            connection.request("GET", path, headers={"Cookie": f"sessionid={session}"})
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), response.headers)
        finally:
            connection.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    # The path of a socket may have 107 bytes.
    sockets = Path("/tmp") / f"evenhand-away-{os.getpid()}-{time.time_ns() % 10**6}"  # noqa: S108
    sockets.mkdir(mode=0o755)
    if os.geteuid() == 0:
        shutil.chown(sockets, "postgres", "postgres")
    house = House(tmp_path, sockets)
    house.postgres(
        f"{house.bin}/initdb", "-D", f"{sockets}/data", "-U", "evenhand", "--auth=trust",
        "--encoding=UTF8", "--locale=C",
    )  # fmt: skip
    house.go_on()
    house.postgres(f"{house.bin}/createdb", "-h", str(sockets), "-U", "evenhand", "evenhand")
    yield house
    for process in house.started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        # Waits, and closes what one talked to it by.
        process.communicate()
    house.stop()
    shutil.rmtree(sockets)


def answers(house: House, path: str, session: str, status: int) -> Callable[[], bool]:
    def asked() -> bool:
        try:
            return house.get(path, session).status == status
        except OSError:
            return False

    return asked


@pytest.mark.skipif(not IS_SERVER, reason="needs PostgreSQL: make test-postgres")
@pytest.mark.skipif(INITDB is None, reason="PostgreSQL is not installed (Debian: postgresql)")
def test_web_and_worker_outlive_the_database(house: House, tmp_path: Path) -> None:
    house.run("manage.py", "migrate", "--verbosity=0")
    session = house.run("-c", SIGN_IN).split()[-1]
    log, gate = tmp_path / "jobs", tmp_path / "gate"
    granian = "-m granian --interface wsgi --host 127.0.0.1 --workers 1 --blocking-threads 4"
    web = house.start("web", *granian.split(), f"--port={house.port}", "config.wsgi:application")
    until(answers(house, "/me/", session, 200))
    worker = house.start(
        "worker", *"manage.py db_worker --backend bulk --interval 0.1 --no-startup-delay".split()
    )
    house.run("-c", QUEUE, "stamp", str(log), str(gate))
    until(lambda: log.exists() and "began" in log.read_text())
    early, late = map(str, range(JOBS // 2)), map(str, range(JOBS // 2, JOBS))
    house.run("-c", QUEUE, "note", str(log), *early)

    # It goes while a job is being worked on and while requests come.
    house.stop()
    for path in ("/me/", "/"):
        answer = house.get(path, session)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
        assert "The database cannot be used just now" in answer.text
    assert house.get("/healthz").status == 200
    ready = house.get("/readyz")
    assert (ready.status, "database" in ready.text) == (503, True)
    gate.touch()
    until(lambda: "ended" in log.read_text())
    end = time.monotonic() + OUTAGE
    while time.monotonic() < end:
        answer = house.get("/me/", session)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
        assert house.get("/healthz").status == 200
    assert (web.poll(), worker.poll()) == (None, None)

    house.go_on()
    # However long it was away, nobody waits for longer than for a connection.
    assert house.get("/me/", session).status == 200
    until(answers(house, "/readyz", "", 200))
    house.run("-c", QUEUE, "note", str(log), *late)
    until(lambda: len(log.read_text().splitlines()) >= 2 + JOBS)

    # And once more, under a job that asks it something: that one is done again.
    other_gate = tmp_path / "other"
    house.run("-c", QUEUE, "ask", str(log), str(other_gate))
    until(lambda: "asked" in log.read_text())
    house.stop()
    until(answers(house, "/me/", session, 503))
    house.go_on()
    until(lambda: log.read_text().count("asked") == 2)
    other_gate.touch()
    until(lambda: "answered" in log.read_text())
    until(answers(house, "/me/", session, 200))
    assert (web.poll(), worker.poll()) == (None, None)
    words = Counter(line.split()[0] for line in log.read_text().splitlines())
    once = dict.fromkeys(["began", "ended", "answered", *map(str, range(JOBS))], 1)
    assert words == {**once, "asked": 2}
