"""A second PostgreSQL that follows the one of the tests by streaming replication, as in production."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.scale.test_many import free_port, until

BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), reverse=True)), None)
PG_CTL = str(BIN) if BIN else shutil.which("pg_ctl")


class Standby:
    """Skips the test where there are no programs to run it, or the server lets nobody follow it."""

    def __init__(self) -> None:
        if PG_CTL is None:
            pytest.skip("PostgreSQL's programs are not installed (Debian: postgresql)")
        # The path of a socket may have 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="evenhand-standby-", dir="/tmp"))
        self.account: list[str] = []
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root; then the account that its package made does it.
            shutil.chown(self.folder, "postgres", "postgres")
            self.account = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self.port = free_port()
        self.primary = connection.get_connection_params()
        self.runs = False
        address = {"host": self.primary.get("host"), "port": self.primary.get("port")}
        words = [f"--{name}={value}" for name, value in address.items() if value]
        made = self._run(
            *("pg_basebackup", *words, f"--username={self.primary['user']}", "--no-password"),
            *(f"--pgdata={self.folder}/data", "--write-recovery-conf", "--wal-method=stream"),
            *("--checkpoint=fast", "--no-sync"),
        )
        if made.returncode:
            self.remove()
            pytest.skip(f"the server lets no replica follow it: {made.stderr.strip()}")
        self.start()

    def _run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        # What a server writes goes to its log: it would hold a pipe of ours open.
        out = self.folder / "out"
        with out.open("w+") as file:
            done = subprocess.run(
                [*self.account, str(Path(str(PG_CTL)).with_name(program)), *words],
                cwd=self.folder,
                stdout=file,
                stderr=file,
                check=False,
                timeout=300,
            )
            file.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, stderr=file.read())

    def start(self) -> None:
        options = f"-k {self.folder} -p {self.port} -c listen_addresses='' -c fsync=off"
        words = ("-D", f"{self.folder}/data", "-w", "-l", f"{self.folder}/log", "-o", options)
        done = self._run("pg_ctl", *words, "start")
        assert done.returncode == 0, done.stderr + (self.folder / "log").read_text()
        self.runs = True

    def stop(self) -> None:
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")
        self.runs = False

    def remove(self) -> None:
        if self.runs:
            self.stop()
        shutil.rmtree(self.folder)

    @property
    def entry(self) -> dict[str, Any]:
        """What `DATABASES` would say of the tests' database there."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": connection.settings_dict["NAME"],
            "USER": self.primary["user"],
            "HOST": str(self.folder),
            "PORT": self.port,
        }

    def catch_up(self) -> None:
        """Until it has all that the primary has now, and no further until asked again."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_lsn()")
            (there,) = cursor.fetchone()
        with psycopg.connect(
            host=str(self.folder), port=self.port, user=self.primary["user"],
            dbname=connection.settings_dict["NAME"], autocommit=True,
        ) as here:  # fmt: skip

            def says(question: str) -> bool:
                row = here.execute(question).fetchone()
                return row is not None and bool(row[0])

            here.execute("SELECT pg_wal_replay_resume()")
            until(lambda: says(f"SELECT pg_last_wal_replay_lsn() >= '{there}'"))
            here.execute("SELECT pg_wal_replay_pause()")
            until(lambda: says("SELECT pg_get_wal_replay_pause_state() = 'paused'"))
