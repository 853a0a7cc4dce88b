"""`manage.py db_worker`: the worker of the queue, with a lease on its task (`operations/leases.py`).

It outlives a database that goes and comes back.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from config.operations.leases import Heart, put_back

logger = logging.getLogger("evenhand.worker")

# Seconds between two looks whether the database is back.
LOOK_AGAIN = 1


class LeasedWorker(db_worker.Worker):
    def run(self) -> None:
        self.heart = Heart(self.worker_id, lease=settings.TASK_LEASE)
        self.heart.start()
        try:
            while self._works():
                self._wait_for_database()
        finally:
            self.heart.stopped.set()
            self.heart.join()

    def _works(self) -> bool:
        """Work until told to end (False), or until the connection is lost (True)."""
        try:
            super().run()
        except (OperationalError, InterfaceError) as problem:
            if not is_lost(problem):
                raise
            logger.error("the database went away: %s", str(problem).strip())
            return self.running
        return False

    def run_task(self, db_task_result: DBTaskResult[Any, Any]) -> None:
        row: Any = db_task_result
        self.heart.task = row.pk
        # What was done must be told when the database is back, or it would be done again.
        row.set_successful = partial(self._outlast, row.set_successful)
        row.set_failed = partial(self._fail, row, row.set_failed)
        try:
            super().run_task(row)
        finally:
            self.heart.task = None

    def _fail(
        self, row: Any, write: Callable[[BaseException], None], problem: BaseException
    ) -> None:
        """A task that lost its connection failed for no reason of its own: it is to be done again."""
        if is_lost(problem):
            self._outlast(lambda _problem: put_back(row.pk, row.worker_ids, row.task_path), problem)
        else:
            self._outlast(write, problem)

    def _outlast(self, write: Callable[[Any], Any], value: Any) -> None:
        while True:
            try:
                write(value)
                return
            except (OperationalError, InterfaceError) as problem:
                # Told to end, it leaves the task to whoever finds it abandoned.
                if not is_lost(problem) or not self.running:
                    raise
                self._wait_for_database()

    def _wait_for_database(self) -> None:
        while self.running:
            connection.close()
            try:
                connection.ensure_connection()
            except (OperationalError, InterfaceError):
                time.sleep(LOOK_AGAIN)
            else:
                logger.warning("the database is back")
                return


def is_lost(problem: BaseException) -> bool:
    """Whether an error means that there is no connection any more; a full SQLite file still has one."""
    return isinstance(problem, OperationalError | InterfaceError) and not connection.is_usable()


class Command(db_worker.Command):
    def handle(self, **options: Any) -> None:
        # The command makes its worker by this name.
        db_worker.Worker = LeasedWorker  # type: ignore[misc]
        super().handle(**options)
