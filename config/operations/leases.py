"""What a worker was doing when it died is done by another one.

A task that runs carries a sign of life: its worker sets `started_at` anew three times per lease. Every
worker watches the tasks that run. One whose sign has not changed for a whole lease goes back into the
queue. Watchers compare what they saw with what they see, by their own steady clock: no machine's time of
day has to be right.

A worker that finds its task taken (it hung, or was without the database for longer than that) ends at
once, without finishing: two must not do the same. So tasks are begun at least once, and each looks first
at what is left to do.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import close_old_connections, connection
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from config.operations.clock import let_nothing_wait

logger = logging.getLogger("evenhand.leases")

# A task that took so many workers with it is left as failed.
MOST_STARTS = 5


class Watch:
    """What one watcher saw last of each task that runs: its sign of life, and since when."""

    def __init__(self, lease: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.lease = lease
        self.clock = clock
        self.seen: dict[Any, tuple[Any, float]] = {}
        self.looked_at = clock()

    def look(self) -> int:
        """Put back what was abandoned, and say how many. One query where nothing was.

        Without the database nobody can give a sign: after a gap between two looks the count begins anew.
        """
        now = self.clock()
        if now - self.looked_at > self.lease * 2 / 3:
            self.seen.clear()
        self.looked_at = now
        running = DBTaskResult.objects.running().order_by()
        rows = list(running.values_list("pk", "started_at", "worker_ids", "task_path"))
        before, self.seen = self.seen, {}
        given_up = 0
        for pk, sign, workers, path in rows:
            last, since = before.get(pk, (None, now))
            if last != sign:
                since = now
            self.seen[pk] = (sign, since)
            if now - since >= self.lease:
                given_up += put_back(pk, workers, path, sign)
        return given_up


def put_back(pk: Any, workers: list[str], path: str, sign: Any = None) -> int:
    """Give a task that runs to the next worker, or up, if it took too many with it; 0 where it runs no
    longer, or not by the last of `workers`, or, with `sign`, gave another sign of life meanwhile."""
    row = DBTaskResult.objects.running().filter(pk=pk, worker_ids=workers)
    row = row if sign is None else row.filter(started_at=sign)
    if len(workers) >= MOST_STARTS:
        logger.error("%s ended %d workers and is not tried again", path, len(workers))
        return row.update(
            status=TaskResultStatus.FAILED,
            finished_at=timezone.now(),
            exception_class_path="builtins.RuntimeError",
            traceback=f"{len(workers)} workers died while they did this.",
        )
    logger.warning("%s was abandoned by its worker and goes back into the queue", path)
    return row.update(status=TaskResultStatus.READY)


class Heart(threading.Thread):
    """Beats beside a worker: a sign of life for its task, and a look at everybody's."""

    def __init__(self, worker_id: str, *, lease: float) -> None:
        super().__init__(name="heart", daemon=True)
        self.worker_id = worker_id
        self.lease = lease
        self.watch = Watch(lease)
        # When it saw last to what a wrong clock had put off; again after each lease.
        self.seen_to: float | None = None
        # The task at hand; set by the worker's own thread.
        self.task: Any = None
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(self.lease / 3):
            try:
                self.beat()
            except Exception as problem:
                logger.warning("no sign of life could be given: %s", problem)
            finally:
                close_old_connections()
        connection.close()

    def beat(self) -> None:
        task = self.task
        if task is not None and not self._sign(task) and self.task is task:
            logger.error("the task at hand was given to another worker; this one ends")
            os._exit(1)
        self.watch.look()
        now = time.monotonic()
        if self.seen_to is None or now - self.seen_to >= self.lease:
            self.seen_to = now
            if count := let_nothing_wait(at=timezone.now()):
                logger.warning("%d moments were those of a wrong clock and are now", count)

    def _sign(self, pk: Any) -> bool:
        """Whether the task is still this worker's. Finished counts as such: it is only just over."""
        rows = DBTaskResult.objects.filter(pk=pk)
        row = rows.values("status", "worker_ids").first()
        if row is None or row["status"] in (TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED):
            return True
        if row["status"] != TaskResultStatus.RUNNING or row["worker_ids"][-1:] != [self.worker_id]:
            return False
        rows.running().filter(worker_ids=row["worker_ids"]).update(started_at=timezone.now())
        return True
