"""`manage.py apply_retention`: run it every night."""

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from interactions.models import RetentionRun
from interactions.privacy.retention import apply_retention, due

# What is removed never comes back. A machine whose clock went wrong would remove what is kept for a year
# in one night; it is far more likely to be wrong than to have been off for so long.
LONGEST_PAUSE = dt.timedelta(days=14)


class Command(BaseCommand):
    help = "Removes recordings, words and customers that were kept long enough, by the retention rules."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be removed, and remove nothing"
        )

        parser.add_argument(
            "--after-a-pause",
            action="store_true",
            help="remove although it did not run for more than two weeks: the clock is right",
        )

    def handle(self, *args: Any, dry_run: bool, after_a_pause: bool, **options: Any) -> None:
        if dry_run:
            for item in due(at=timezone.now()):
                self.stdout.write(
                    f"{item.rule.name}: {item.interactions.count()} {item.part.value}"
                )
            return

        last = RetentionRun.objects.order_by("-pk").first()
        pause = timezone.now() - last.started_at if last else dt.timedelta(0)
        if last and pause > LONGEST_PAUSE and not after_a_pause:
            raise CommandError(
                _(
                    "Nothing was removed: by the clock it is %(now)s, and this ran last on %(last)s. "
                    "If the clock is right, run it once with --after-a-pause."
                )
                % {"now": f"{timezone.now():%Y-%m-%d %H:%M}", "last": f"{last.started_at:%Y-%m-%d}"}
            )

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
