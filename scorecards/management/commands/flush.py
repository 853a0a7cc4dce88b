"""Django's `flush`, which may also empty published rubrics: the triggers are lifted meanwhile."""

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from scorecards.freezing import thawed


class Command(flush.Command):
    def handle(self, **options: Any) -> None:
        with thawed(connections[options["database"]]):
            super().handle(**options)
