"""A backup taken while others write, restored elsewhere and compared row by row; copies that are none."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.db import connection

from config.operations import backup
from interactions.models import private_storage
from people import audit_chain
from people.roles import Role
from tests.factories.content import ProcedurePageFactory
from tests.factories.people import UserFactory
from tests.scorecards.racing import IS_SERVER, ROOT, SharedDatabase
from tests.scorecards.test_queue_races import drafts

pytestmark = pytest.mark.django_db(transaction=IS_SERVER)

FIND = """
import django
django.setup()
from content import search
from people.models import AuditEvent, User
from interactions.models import Interaction
from wagtail.models import Page
hits = search.find("zanzibar", user=User.objects.filter(is_superuser=True)[0])
print("FOUND", [Page.objects.get(pk=hit.pk).title for hit in hits])
written = Interaction.objects.filter(external_id__startswith="written-").order_by("pk")
noted = AuditEvent.objects.filter(action="note_contact").order_by("pk")
print("PAIRED", [str(each.pk) for each in written] == [each.object_id for each in noted])
"""


class Place:
    """A database and its folders of files, for processes."""

    def __init__(self, home: Path, url: str) -> None:
        self.home = home
        self.url = url
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "TEST_DATABASE_URL": url,
            "FAULTS_HOME": str(home),
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def manage(self, *command: str) -> str:
        done = self.run("manage.py", *command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """All rows of all tables, in an order that does not depend on where they lie."""
        if self.url.startswith("sqlite"):
            database = sqlite3.connect(self.url.removeprefix("sqlite:///"))
            tables = (
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite@_%'"
                " ESCAPE '@' AND sql NOT LIKE 'CREATE VIRTUAL%'"
            )
        else:
            import psycopg

            database = psycopg.connect(self.url)
            tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        with closing(database):
            names = [name for (name,) in database.execute(tables).fetchall()]
            return {
                name: sorted(database.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)  # noqa: S608
                for name in names
            }


@pytest.fixture
def here(request, db, django_db_setup, django_db_blocker, tmp_path, settings):
    """A house with people, a page, scorecards and files."""
    if IS_SERVER:
        request.getfixturevalue("page_tree")
    database = SharedDatabase(tmp_path, django_db_blocker)
    settings.MEDIA_ROOT, private = tmp_path / "here/media", tmp_path / "here/private"
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": private, "base_url": None},
        },
    }
    with database.used_here():
        UserFactory(is_superuser=True)
        ProcedurePageFactory(title="Zanzibar parcels")
        drafts(2, by=UserFactory(roles=[Role.REVIEWER]))
        audit_chain.seal()
        private_storage().save("recordings/one.bin", ContentFile(os.urandom(300_000)))
        settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
        (settings.MEDIA_ROOT / "sheet.part").write_bytes(b"a sheet with an odd name")
        yield Place(tmp_path / "here", database.url)


@pytest.fixture
def elsewhere(tmp_path, worker_id):
    """An empty database, and no files."""
    if not IS_SERVER:
        yield Place(tmp_path / "there", f"sqlite:///{tmp_path}/there.sqlite3")
        return
    parts = urlsplit(os.environ["TEST_DATABASE_URL"])
    # One for each process of the suite: they share the server.
    name = f"evenhand_there_{worker_id}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    yield Place(tmp_path / "there", parts._replace(path=f"/{name}").geturl())
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def writer(here):
    """Writes until the test is over, and has written already."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.writing"],
        cwd=ROOT,
        env=here.environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for _number in range(5):
            assert process.stdout.readline()
        yield process
        process.kill()


def end(writer: subprocess.Popen[str]) -> int:
    """Kill it; how many it told of."""
    assert writer.poll() is None, "the writer ended by itself"
    writer.kill()
    return int([line for line in writer.stdout.read().splitlines() if line][-1])


def test_a_backup_under_load_is_one_moment_of_the_house(here, elsewhere, writer, tmp_path):
    folder = tmp_path / "backups/one"
    said = here.manage("backup", str(folder))
    told = end(writer)
    assert "SECRET_KEY" in said
    assert here.manage("verify_backup", str(folder)) == "The backup is whole.\n"
    elsewhere.manage("restore", str(folder))

    # Row by row: each as in the house, which had more of what was written after that moment only.
    manifest = json.loads((folder / "manifest.json").read_text())
    now, then = here.rows(), elsewhere.rows()
    assert now.keys() == then.keys()
    assert {name: len(rows) for name, rows in then.items()} == manifest["tables"]
    grown = {name for name in now if now[name] != then[name]}
    if not IS_SERVER:
        assert then == Place(folder, f"sqlite:///{folder}/database.sqlite3").rows()
        # How the words lie in the index of a search is nobody's row.
        grown = {name for name in grown if "_fts_" not in name}
    for name in grown:
        assert set(map(repr, then[name])) < set(map(repr, now[name])), name
    expected = {"interactions_interaction", "interactions_customer", "people_auditevent"}
    assert expected <= grown
    assert {name.split("_")[0] for name in grown} <= {"interactions", "people"}
    written = [row for row in then["interactions_interaction"] if "written-" in repr(row)]
    assert 5 <= len(written) < told

    # No half of a transaction, the chain of the audit log is whole, and the search finds.
    found = elsewhere.run("-c", FIND).stdout
    assert "FOUND ['Zanzibar parcels']" in found
    assert "PAIRED True" in found
    elsewhere.manage("verify_audit")
    elsewhere.manage("migrate", "--check")
    for name in ("private/recordings/one.bin", "media/sheet.part"):
        assert (elsewhere.home / name).read_bytes() == (here.home / name).read_bytes()


def test_a_restore_asks_before_it_replaces(here, elsewhere, tmp_path):
    folder = tmp_path / "one"
    here.manage("backup", str(folder))
    elsewhere.manage("restore", str(folder))
    before = elsewhere.rows()
    refused = elsewhere.run("manage.py", "restore", str(folder))
    assert refused.returncode == 1
    assert "Not empty: the database" in refused.stderr
    assert "Traceback" not in refused.stderr
    UserFactory(email="later@example.org")
    here.manage("backup", str(tmp_path / "two"))
    elsewhere.manage("restore", "--replace", str(tmp_path / "two"))
    after = elsewhere.rows()
    assert len(after["people_user"]) == len(before["people_user"]) + 1
    assert after == here.rows()


def test_a_damaged_backup_is_refused_and_nothing_is_touched(here, elsewhere, tmp_path):
    folder = tmp_path / "one"
    here.manage("backup", str(folder))
    assert "is there already" in here.run("manage.py", "backup", str(folder)).stderr
    database = folder / backup.DATABASE_FILES[connection.vendor]
    (folder / "private/recordings/one.bin").unlink()
    (folder / "private/added").write_text("not ours")
    with database.open("r+b") as opened:
        opened.seek(database.stat().st_size // 2)
        opened.write(b"\0\xff" * 3000)
    found = here.run("manage.py", "verify_backup", str(folder))
    assert found.returncode == 1
    for words in (
        "one.bin is missing",
        "private/added does not belong",
        f"{database.name} was changed",
    ):
        assert words in found.stderr
    refused = elsewhere.run("manage.py", "restore", str(folder))
    assert "The backup is not whole, nothing was restored" in refused.stderr
    assert elsewhere.rows() == {}
    assert not (elsewhere.home / "media").exists()


def test_a_backup_that_broke_off_is_no_backup(here, tmp_path):
    """The process is ended in the middle, by a limit to what it may write: as on a full disk."""
    folder = tmp_path / "one"
    command = f"ulimit -f 200; exec {sys.executable} manage.py backup {folder}"
    refused = subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=ROOT,
        env=here.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "No backup was made: " in refused.stderr or "pg_dump refused" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert list(tmp_path.glob("one*")) == []
    (tmp_path / "two.part").mkdir()
    refused = here.run("manage.py", "backup", str(tmp_path / "two"))
    assert "another backup is being written, or one broke off" in refused.stderr
    refused = here.run("manage.py", "verify_backup", str(tmp_path / "two.part"))
    assert "broke off or is being written" in refused.stderr


def test_a_backup_of_a_newer_version_is_refused(here, elsewhere, tmp_path):
    folder = tmp_path / "one"
    here.manage("backup", str(folder))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["migrations"].append("people.9999_to_come")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    refused = elsewhere.run("manage.py", "restore", str(folder))
    assert "of a newer version" in refused.stderr
    assert elsewhere.rows() == {}


@pytest.mark.skipif(IS_SERVER, reason="about the file of SQLite")
def test_the_bare_file_copied_while_written_is_no_backup(here, writer, tmp_path):
    """What was committed is in the `-wal` beside it."""
    file = Path(here.url.removeprefix("sqlite:///"))
    folder = tmp_path / "one"
    here.manage("backup", str(folder))
    expected = json.loads((folder / "manifest.json").read_text())["tables"]
    copy = tmp_path / "copy.sqlite3"
    shutil.copyfile(file, copy)
    end(writer)
    # The copy was made later than the backup, and yet has less than that.
    problems = backup.problems_of_sqlite(copy, expected)
    assert problems
    assert backup.problems_of_sqlite(folder / "database.sqlite3", expected) == []
    assert any("rows and had" in each or "damaged" in each for each in problems)
