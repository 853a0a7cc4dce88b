"""What it takes to prove something about several processes: a database that they share, a web server
on it, and browsers that send at the same moment."""

import http.client
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from pytest_django.plugin import DjangoDbBlocker

from people.models import User

ROOT = Path(__file__).parents[2]
IS_SERVER = connection.vendor == "postgresql"
STARTS_WITHIN = 90  # seconds
CSRF = "c" * 32


class SharedDatabase:
    """The tests' database as other processes can open it: on a server the database itself, otherwise a
    copy in a file, since the tests' own may live in memory."""

    def __init__(self, folder: Path, blocker: DjangoDbBlocker) -> None:
        if IS_SERVER:
            parts = urlsplit(os.environ["TEST_DATABASE_URL"])
            self.url = parts._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
            return
        self.file = folder / "shared.sqlite3"
        self.url = f"sqlite:///{self.file}"
        with blocker.unblock():
            connection.ensure_connection()
            # Not a backup, which would wait for a transaction that this process may be in.
            self.file.write_bytes(connection.connection.serialize())

    @property
    def environment(self) -> dict[str, str]:
        """For processes that shall use it."""
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "TEST_DATABASE_URL": self.url,
        }

    @contextmanager
    def used_here(self) -> Iterator[None]:
        """Meanwhile all queries of this process go there too, and are committed one by one."""
        if IS_SERVER:
            yield
            return
        own = connections["default"]
        shared = own.copy()
        shared.settings_dict["NAME"] = str(self.file)
        connections["default"] = shared
        try:
            yield
        finally:
            shared.close()
            connections["default"] = own


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str
    location: str


class Browser:
    """A person's own session on a server, over a connection of its own."""

    def __init__(self, port: int, person: User) -> None:
        client = Client()
        client.force_login(person)
        self.cookie = f"sessionid={client.cookies['sessionid'].value}; csrftoken={CSRF}"
        self._connection = http.client.HTTPConnection("localhost", port, timeout=60)

    def get(self, address: str) -> Answer:
        return self._ask("GET", address)

    def post(self, address: str, **data: Any) -> Answer:
        body = urlencode({**data, "csrfmiddlewaretoken": CSRF})
        return self._ask("POST", address, body, "application/x-www-form-urlencoded")

    def upload(self, address: str, name: str, content: bytes) -> Answer:
        """Sends a file as the form of one does, in its field `file`."""
        file = SimpleUploadedFile(name, content)
        body = encode_multipart(BOUNDARY, {"file": file, "csrfmiddlewaretoken": CSRF})
        return self._ask("POST", address, body, MULTIPART_CONTENT)

    def _ask(self, method: str, address: str, body: Any = None, kind: str = "") -> Answer:
        headers = {"Cookie": self.cookie, **({"Content-Type": kind} if kind else {})}
        self._connection.request(method, address, body, headers)
        response = self._connection.getresponse()
        return Answer(response.status, response.read().decode(), response.headers["Location"] or "")

    def close(self) -> None:
        self._connection.close()


@contextmanager
def served(
    database: SharedDatabase, log: Path, *, environment: dict[str, str] | None = None
) -> Iterator[int]:
    """The port of a web server as in production, two processes with four threads each."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = "granian --interface wsgi --host 127.0.0.1 --workers 2 --blocking-threads 4"
    # Granian's workers do not hear that they shall stop while they start: on a slow machine the second
    # one still does when the first has answered everything.
    command += " --workers-kill-timeout 10"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", *command.split(), f"--port={port}", "config.wsgi:application"],
            cwd=ROOT,
            env=environment or database.environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(server, port, log)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=60)


def _wait_for(server: subprocess.Popen, port: int, log: Path) -> None:
    for _fifth_of_a_second in range(STARTS_WITHIN * 5):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            pass
        try:
            server.wait(timeout=0.2)
            break
        except subprocess.TimeoutExpired:
            pass
    raise RuntimeError(f"The server did not start:\n{log.read_text()}")


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What the calls return, all let go at the same moment: the last one in this thread, which alone
    uses the database as the test does, the others in threads of their own."""
    results: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(place: int) -> None:
        start.wait()
        results[place] = calls[place]()

    places = range(len(calls))
    threads = [threading.Thread(target=run, args=[place]) for place in places[:-1]]
    for thread in threads:
        thread.start()
    run(places[-1])
    for thread in threads:
        thread.join()
    return results
