"""`manage.py apply_retention`: run it every night."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from interactions.models import RetentionRun
from interactions.privacy.retention import apply_retention, due


class Command(BaseCommand):
    help = "Removes recordings, words and customers that were kept long enough, by the retention rules."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be removed, and remove nothing"
        )

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        if dry_run:
            for item in due(at=timezone.now()):
                self.stdout.write(
                    f"{item.rule.name}: {item.interactions.count()} {item.part.value}"
                )
            return

        def say(run: RetentionRun) -> None:
            if options["verbosity"] > 1:
                self._count(run)

        self._count(apply_retention(after_batch=say))

    def _count(self, run: RetentionRun) -> None:
        self.stdout.write(
            _(
                "Removed: %(recordings)s recordings, the words of %(words)s conversations, "
                "the customer of %(customers)s."
            )
            % {
                "recordings": run.recording_count,
                "words": run.words_count,
                "customers": run.customer_count,
            }
        )
