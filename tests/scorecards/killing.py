"""A process that others are forked from, each of which hands in one scorecard and is killed at a given
point of it; for test_killed.

Reads lines of JSON: the `cookie` of the reviewer's session, the `address` to post to, and the `point`.
Answers each with one line: the status of the answer, or "killed". The points are counted from 1: before
and after each statement, and before and after each commit. Point 0 is nowhere: this process itself does
it, and lives."""

import json
import os
import signal
import sys

import django


class Killer:
    """Counts the points that this process passes, and ends it at one of them."""

    def __init__(self, point: int) -> None:
        self.left = point

    def pass_by(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call):
        """`call` with a point before and after it."""

        def wrapped(*args, **kwargs):
            self.pass_by()
            result = call(*args, **kwargs)
            self.pass_by()
            return result

        return wrapped

    def execute(self, execute, *args):
        return self.around(execute)(*args)


def submit(cookie: str, address: str, point: int) -> int:
    """Post the form; return the answer's status."""
    from django.db import connection
    from django.test import Client

    killer = Killer(point)
    # A new connection is made up of statements too.
    connection.ensure_connection()
    if point:
        connection._commit = killer.around(connection._commit)
    client = Client()
    client.cookies["sessionid"] = cookie
    with connection.execute_wrapper(killer.execute):
        return client.post(address, {"summary": "Well done."}).status_code


def submit_in_a_fork(**order) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, str(submit(**order)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    _pid, status = os.waitpid(child, 0)
    return "killed" if os.waitstatus_to_exitcode(status) == -signal.SIGKILL else said


def submit_here(**order) -> str:
    """What a first request loads need not be loaded after each fork; a connection must not be shared."""
    from django.db import connection

    try:
        return str(submit(**order))
    finally:
        connection.close()


if __name__ == "__main__":
    django.setup()
    for line in sys.stdin:
        order = json.loads(line)
        answer = submit_in_a_fork(**order) if order["point"] else submit_here(**order)
        print(answer, flush=True)  # noqa: T201
