"""`make bench`: how long the pages take that have to be fast, on a database of the size that a busy
team has after some years; then the severity model (`python -m tests.bench severity`: only that).
SQLite in a scratch folder, or PostgreSQL: `.ci/with-postgres make bench`. Times are of the whole
request, without the network."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

MESSAGES = 2_000
WAITING = 500
SCORECARDS = 20_000
AGENTS = 40
SUBMITS = 60


@dataclass(frozen=True, slots=True)
class Figure:
    what: str
    queries: int
    size: int
    seconds: Sequence[float]

    def __str__(self) -> str:
        median = statistics.median(self.seconds) * 1000
        high = statistics.quantiles(self.seconds, n=20)[-1] * 1000
        return (
            f"{self.what:<58}{self.queries:>8}{median:>10.0f}{high:>10.0f}"
            f"{self.size / 1024:>10.0f}{len(self.seconds):>8}"
        )


HEADING = f"{'':<58}{'queries':>8}{'median ms':>10}{'95 % ms':>10}{'KiB':>10}{'times':>8}"


def measure(what: str, times: int, request: Callable[[int], tuple[int, bytes]]) -> Figure:
    """`request(n)` is done `times` times, and twice before that: once to be warm, once to count its
    queries, which takes time itself. It returns the status and what was answered."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    request(0)
    with CaptureQueriesContext(connection) as captured:
        _status, content = request(1)
    # The next request empties the log.
    queries = len(captured)
    seconds = []
    for number in range(2, times + 2):
        started = time.perf_counter()
        status, _content = request(number)
        seconds.append(time.perf_counter() - started)
        if status >= 400:
            sys.exit(f"{what} was answered with {status}.")
    return Figure(what, queries, len(content), seconds)


def run() -> None:
    from django.db import connection
    from django.test import Client

    from tests.bench.data import build

    started = time.perf_counter()
    data = build(
        messages=MESSAGES,
        waiting=WAITING,
        scorecards=SCORECARDS,
        agents=AGENTS,
        drafts=SUBMITS + 2,
    )
    seconds = time.perf_counter() - started
    version = ".".join(str(part) for part in connection.get_database_version())
    print(f"{connection.display_name} {version}, built in {seconds:.0f} s\n")  # noqa: T201

    def browser(person) -> Client:
        client = Client()
        client.force_login(person)
        return client

    reviewer, manager = browser(data.reviewer), browser(data.manager)
    long = data.long_draft

    def get(client: Client, address: str) -> Callable[[int], tuple[int, bytes]]:
        def request(_number: int) -> tuple[int, bytes]:
            response = client.get(address)
            return response.status_code, response.content

        return request

    def autosave(number: int) -> tuple[int, bytes]:
        criterion = data.criteria[number % len(data.criteria)]
        response = reviewer.post(
            f"/scorecards/{long.pk}/criteria/{criterion.pk}/",
            {"window": "a1", "seen": "", "level": criterion.levels.all()[number % 3].pk},
            headers={"HX-Request": "true"},
        )
        return response.status_code, response.content

    def submit(number: int) -> tuple[int, bytes]:
        response = reviewer.post(
            f"/scorecards/queue/scorecards/{data.drafts[number].pk}/submit/", {"summary": "Good."}
        )
        return response.status_code, response.content

    print(HEADING)  # noqa: T201
    for figure in (
        measure(
            f"Open the grading screen, {MESSAGES:,} messages",
            20,
            get(reviewer, f"/scorecards/queue/scorecards/{long.pk}/"),
        ),
        measure(f"Save one criterion there, {MESSAGES:,} messages", 60, autosave),
        measure(f"The queue, {WAITING:,} waiting", 40, get(reviewer, "/scorecards/queue/")),
        measure("Submit, and open the next of the queue", SUBMITS, submit),
        measure(
            f"The list of {SCORECARDS:,} scorecards, as its manager",
            20,
            get(manager, "/scorecards/"),
        ),
        measure(
            f"One agent's of {SCORECARDS:,} scorecards, one month",
            20,
            get(manager, f"/scorecards/?agent={data.agent.pk}&month={data.month:%Y-%m}"),
        ),
        measure("A finished scorecard", 40, get(manager, f"/scorecards/{data.finished.pk}/")),
    ):
        print(figure, flush=True)  # noqa: T201


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="evenhand-bench-") as folder:
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
        os.environ["TEST_SQLITE_FILE"] = str(Path(folder) / "bench.sqlite3")
        import django
        from django.db import connections
        from django.test.utils import setup_databases, setup_test_environment, teardown_databases

        django.setup()
        setup_test_environment()
        databases = setup_databases(verbosity=0, interactive=False)
        try:
            from tests.bench import severity

            if "severity" not in sys.argv[1:]:
                run()
            severity.run()
        finally:
            teardown_databases(databases, verbosity=0)
            connections.close_all()


if __name__ == "__main__":
    main()
