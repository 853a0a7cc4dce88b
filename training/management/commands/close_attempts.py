"""`manage.py close_attempts`: mark the quiz attempts whose time is up. For cron, every few minutes."""

from typing import Any

from django.core.management.base import BaseCommand

from training.actions import close_attempts_out_of_time


class Command(BaseCommand):
    help = "Closes quiz attempts whose time limit has passed, with what was saved until then."

    def handle(self, *args: Any, **options: Any) -> None:
        count = close_attempts_out_of_time()
        self.stdout.write(f"{count} attempts closed.")
