from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.demo.seed import is_seeded, seed


class Command(BaseCommand):
    help = "Load the demo organisation once; a second call changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This only runs in the demo: use `make demo`.")
        if is_seeded():
            return
        self.stdout.write("Loading the demo organisation …")
        seed(today=timezone.localdate(), say=self.stdout.write)
