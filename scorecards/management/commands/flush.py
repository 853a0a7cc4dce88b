"""Django's `flush`, which may also empty published rubrics and the audit log: the triggers are lifted
meanwhile."""

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from people.appending import lifted
from scorecards.freezing import thawed


class Command(flush.Command):
    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        with thawed(connection), lifted(connection):
            super().handle(**options)
