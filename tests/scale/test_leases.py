"""What a worker was doing when it died is done by another one, and by one only."""

import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from config.operations.leases import MOST_STARTS, Heart, Watch
from tests.scorecards.racing import IS_SERVER, ROOT, SharedDatabase

on_a_file = pytest.mark.skipif(IS_SERVER, reason="test_many.py does it on PostgreSQL")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def running(*workers, path="scorecards.tasks.measure_service") -> DBTaskResult:
    return DBTaskResult.objects.create(
        task_path=path,
        args_kwargs={"args": [], "kwargs": {}},
        backend_name="bulk",
        run_after=get_date_max(),
        status=TaskResultStatus.RUNNING,
        started_at=timezone.now(),
        worker_ids=list(workers or ["one"]),
    )


def looks(watch: Watch, seconds: float, *, step: float = 10) -> int:
    """Look every `step` seconds for that long, and say how many tasks were put back."""
    put_back = 0
    for _each in range(round(seconds / step)):
        watch.clock.now += step
        put_back += watch.look()
    return put_back


@pytest.fixture
def watch(db) -> Watch:
    return Watch(60, clock=Clock())


def test_a_task_without_a_sign_of_life_goes_back_into_the_queue(watch):
    task = running()
    assert looks(watch, 60) == 0
    assert looks(watch, 10) == 1
    task.refresh_from_db()
    assert task.status == TaskResultStatus.READY
    assert DBTaskResult.objects.ready().get() == task


def test_a_task_that_shows_a_sign_stays_where_it_is(watch):
    task = running()
    for _minute in range(5):
        assert looks(watch, 50) == 0
        DBTaskResult.objects.filter(pk=task.pk).update(started_at=timezone.now())


def test_a_wrong_time_of_day_takes_no_task_away(watch):
    task = running()
    DBTaskResult.objects.filter(pk=task.pk).update(started_at=timezone.now() - timedelta(days=1))
    assert looks(watch, 60) == 0


def test_after_a_time_without_the_database_the_count_begins_anew(watch):
    running()
    assert looks(watch, 50) == 0
    watch.clock.now += 600
    assert watch.look() == 0
    assert looks(watch, 50) == 0
    assert looks(watch, 10) == 1


def test_two_watchers_put_it_back_once(watch):
    running()
    other = Watch(60, clock=watch.clock)
    put_back = 0
    for _each in range(8):
        watch.clock.now += 10
        put_back += watch.look() + other.look()
    assert put_back == 1


def test_a_task_that_ends_its_workers_is_not_tried_for_ever(watch):
    task = running(*"abcdefgh"[:MOST_STARTS])
    assert looks(watch, 70) == 1
    task.refresh_from_db()
    assert task.status == TaskResultStatus.FAILED
    assert task.traceback == f"{MOST_STARTS} workers died while they did this."


def test_a_heart_gives_a_sign_for_its_own_task_only(db):
    mine, other = running("a", "me"), running("me", "another")
    heart = Heart("me", lease=60)
    heart.task = mine.pk
    before = {mine.pk: mine.started_at, other.pk: other.started_at}
    heart.beat()
    mine.refresh_from_db()
    other.refresh_from_db()
    assert mine.started_at > before[mine.pk]
    assert other.started_at == before[other.pk]
    assert not heart._sign(other.pk)


@pytest.fixture
def queue(django_db_setup, django_db_blocker, tmp_path):
    """The settings of processes that share a queue, and a function that starts a worker; they end with
    the test."""
    environment = {
        **SharedDatabase(tmp_path, django_db_blocker).environment,
        "DJANGO_SETTINGS_MODULE": "tests.scale.settings",
        "TASK_LEASE": "3",
    }
    workers = []

    def start() -> subprocess.Popen[bytes]:
        command = ["manage.py", "db_worker", "--backend", "bulk", "--interval", "0.1"]
        workers.append(
            subprocess.Popen(
                [sys.executable, *command, "--no-startup-delay"],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        return workers[-1]

    yield environment, start
    for process in workers:
        process.kill()
        process.wait()


def run(environment: dict[str, str], *command: str) -> None:
    subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True)


def until(condition, *, seconds: float = 120):
    """What `condition` gives once it gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come true")


def enqueue(environment: dict[str, str], log: Path, gate: Path) -> None:
    program = f"""
import django
django.setup()
from tests.scale.tasks import stamp
stamp.enqueue({str(log)!r}, {str(gate)!r})
"""
    run(environment, "-c", program)


def words(log: Path) -> list[list[str]]:
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


@on_a_file
def test_another_worker_ends_what_a_killed_one_began(queue, tmp_path):
    environment, start = queue
    log, gate = tmp_path / "log", tmp_path / "gate"
    enqueue(environment, log, gate)
    first = start()
    until(lambda: words(log) == [["began", str(first.pid)]])
    second = start()
    first.send_signal(signal.SIGKILL)
    until(lambda: len(words(log)) == 2)
    gate.touch()
    until(lambda: len(words(log)) == 3)
    assert words(log) == [
        ["began", str(first.pid)],
        ["began", str(second.pid)],
        ["ended", str(second.pid)],
    ]


@on_a_file
def test_a_worker_that_hung_ends_without_finishing_what_another_does(queue, tmp_path):
    environment, start = queue
    log, gate = tmp_path / "log", tmp_path / "gate"
    enqueue(environment, log, gate)
    first = start()
    until(lambda: words(log))
    second = start()
    first.send_signal(signal.SIGSTOP)
    until(lambda: len(words(log)) == 2)
    first.send_signal(signal.SIGCONT)
    assert first.wait(60) == 1
    gate.touch()
    until(lambda: len(words(log)) == 3)
    assert words(log)[2] == ["ended", str(second.pid)]
