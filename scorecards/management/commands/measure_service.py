"""`manage.py measure_service`: which interactions kept their service standard."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scorecards.actions.standards import BATCH, measure_service_results


class Command(BaseCommand):
    help = (
        "Works out which interactions kept the service standard: all of them where standards, opening "
        "hours or teams changed, else those that were written since. The worker does so by itself; this "
        "makes up for what it missed, and fits a nightly schedule. Writes only what differs, in batches; "
        "it may be stopped and started again at any time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="look at every interaction again")
        parser.add_argument("--batch", type=int, default=BATCH, help="rows in one transaction")

    def handle(self, *args: Any, batch: int, **options: Any) -> None:
        if not 1 <= batch <= 10_000:
            raise CommandError("--batch: expected a number from 1 to 10000.")
        found = measure_service_results(everything=options["all"], batch=batch)
        self.stdout.write(
            f"{found.looked_at} interactions looked at, {found.written} results written."
        )
