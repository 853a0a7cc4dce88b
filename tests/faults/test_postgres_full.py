"""The disk of PostgreSQL's tables, and the one of our files, is full: both are small ones of the test's
own. What was asked is refused in plain words, nothing is half done, and it goes on when there is room."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.test_postgres_away import INITDB, House, house  # noqa: F401 (a fixture)

MOUNT, UMOUNT = shutil.which("mount"), shutil.which("umount")
MEGABYTE = 1024 * 1024
TABLES, FILES = 96 * MEGABYTE, 16 * MEGABYTE
# What the test asks of the house, in a process of its own: a line of Python each, answered in JSON.
ASK = """
import json, secrets, sys
import django
django.setup()
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from interactions.actions import resume_import, start_import
from interactions.importing.run import run_import
from interactions.models import ImportRun, Transcript
from people.models import AuditEvent, User
from people.roles import Role
from scorecards.models import Rollup, Scorecard
from tests.factories.people import UserFactory
from tests.interactions.files import json_lines, row
from tests.scorecards.test_queue_races import drafts

ROWS = 6000
admin, reviewer = UserFactory(roles=[Role.ADMINISTRATOR]), UserFactory(roles=[Role.REVIEWER])
cards = drafts(40, by=reviewer)
data = json_lines(*[row(number) for number in range(ROWS)])
run = start_import(ContentFile(data, name="c.jsonl"), file_name="c.jsonl", size=len(data), by=admin)
clients = {}
for user in (admin, reviewer):
    clients[user] = Client(raise_request_exception=False, headers={"host": "localhost"})
    clients[user].force_login(user)


def work():
    try:
        run_import(run, batch=100)
    except OperationalError as problem:
        told = type(problem.__cause__).__name__
    else:
        told = ""
    run.refresh_from_db()
    kept = Transcript.objects.filter(interaction__import_run=run).count()
    return [run.state, run.failure, told, run.created_count, kept]


def resume():
    resume_import(run, by=admin)
    run.refresh_from_db()
    return work()


def submit():
    found = []
    for card in cards:
        address = reverse("scorecards:scorecard_submit", args=[card.pk])
        answer = clients[reviewer].post(address, {"summary": secrets.token_hex(1500)})
        row = Scorecard.objects.get(pk=card.pk)
        events = AuditEvent.objects.filter(action="submit_scorecard", object_id=card.pk).count()
        rolled = Rollup.objects.filter(agent=row.agent, n=1).count()
        words = "There is no room left on the server" in answer.content.decode()
        found.append([answer.status_code, words, row.is_submitted, bool(row.summary), events, rolled])
    return found


# Large enough to wait in a temporary file, with an end that fits into no whole portion of 64 KiB.
body = json_lines(*[row(n) for n in range(9000)])
body += b" " * (40_000 - len(body) % 65_536 - 1 + 65_536) + b"\\n"


def upload():
    file = SimpleUploadedFile("chats.jsonl", body)
    runs = ImportRun.objects.count()
    answer = clients[admin].post(reverse("interactions:import_create"), {"file": file})
    words = "There is no room left" in answer.content.decode()
    return [answer.status_code, words, ImportRun.objects.count() - runs]


print("ready", flush=True)
for line in sys.stdin:
    print(json.dumps(eval(line)), flush=True)
"""


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    folder.mkdir()
    mounted = subprocess.run(
        [str(MOUNT), "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        yield
    finally:
        subprocess.run([str(UMOUNT), "--lazy", str(folder)], check=True)


@contextmanager
def full(folder: Path, *, but: int = 0) -> Iterator[None]:
    """Nothing but so many bytes are left on the disk."""
    ballast = folder / "ballast"
    with ballast.open("wb") as opened:
        os.posix_fallocate(opened.fileno(), 0, max(shutil.disk_usage(folder).free - but, 1))
    yield
    ballast.unlink()


@pytest.fixture
def places(house: House, tmp_path: Path) -> Iterator[tuple[Path, Path]]:  # noqa: F811
    """Where the tables of the house are, and its files."""
    tables, files = house.sockets / "tables", tmp_path / "files"
    with small_disk(tables, TABLES), small_disk(files, FILES):
        shutil.chown(tables, "postgres", "postgres")
        # Only the tables are there: without room for its log PostgreSQL ends at once.
        psql = (f"{house.bin}/psql", "-h", str(house.sockets), "-U", "evenhand", "-c")
        inside = tables / "in"
        house.postgres("mkdir", str(inside))
        house.postgres(*psql, f"CREATE TABLESPACE small LOCATION '{inside}'", "postgres")
        house.postgres(*psql, "ALTER DATABASE evenhand SET TABLESPACE small", "postgres")
        house.environment |= {"PRIVATE_ROOT": str(files), "BULK_TASKS_BACKEND": QUEUE}
        house.run("manage.py", "migrate", "--verbosity=0")
        yield tables, files


QUEUE = "django_tasks_db.DatabaseBackend"


@pytest.mark.skipif(INITDB is None, reason="PostgreSQL is not installed (Debian: postgresql)")
@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk can be mounted by root only")
def test_a_full_disk_under_postgres_is_told_in_words(house, places, tmp_path):  # noqa: F811
    tables, files = places
    process = house.ask(ASK)

    def ask(words: str):
        process.stdin.write(f"{words}\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    assert process.stdout.readline() == "ready\n"
    with full(tables, but=MEGABYTE):
        state, failure, told, created, kept = ask("work()")
        assert (state, told) == ("failed", "DiskFull")
        assert "no room left on the disk" in failure
        assert (created == kept < 6000, created % 100) == (True, 0)
    with full(tables):
        refused = ask("submit()")
    assert {503, 302} >= {answer[0] for answer in refused} >= {503}
    untouched, whole = [True, False, False, 0, 0], [False, True, True, 1, 7]
    assert [each for each in refused if each[1:] != (untouched if each[0] == 503 else whole)] == []
    state, _failure, _told, created, kept = ask("resume()")
    assert (state, created, kept) == ("done", 6000, 6000)
    submitted = {(each[2], each[4]) for each in ask("submit()")}
    assert submitted == {(True, 1)}

    # And the disk of the files: what did not fit leaves nothing behind.
    size = ask("len(body)")
    for room in (64 * 1024, size - 20_000):
        with full(files, but=room):
            before = {*files.rglob("*")}
            assert ask("upload()") == [503, True, 0]
            assert [each for each in {*files.rglob("*")} - before if each.is_file()] == []
    before = {*files.rglob("*")}
    assert ask("upload()")[::2] == [302, 1]
    [kept] = [each for each in {*files.rglob("*")} - before if each.is_file()]
    assert kept.stat().st_size == size
