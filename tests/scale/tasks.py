"""Work for the workers of these tests."""

import os
import time
from pathlib import Path

from django_tasks import task

from people.models import User


@task(backend="bulk")
def stamp(log: str, gate: str) -> None:
    """Write down who began, wait for `gate` to be there, and write down who ended."""
    _write(log, "began")
    while not Path(gate).exists():
        time.sleep(0.05)
    _write(log, "ended")


@task(backend="bulk")
def ask(log: str, gate: str) -> None:
    """Ask the database again and again until `gate` is there; write down when that began and ended."""
    _write(log, "asked")
    while not Path(gate).exists():
        User.objects.count()
        time.sleep(0.05)
    _write(log, "answered")


@task(backend="bulk")
def note(log: str, number: int) -> None:
    """Write down that `number` was done."""
    _write(log, str(number))


def _write(log: str, word: str) -> None:
    # One write of few bytes to a file opened for appending is whole, whoever writes beside it.
    with open(log, "a") as file:
        file.write(f"{word} {os.getpid()}\n")
