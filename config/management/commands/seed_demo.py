from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from coaching.bells import let_rules_fire
from config.demo.seed import is_seeded, seed
from scorecards.signals import grade_shown

NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"


class Command(BaseCommand):
    help = "Load the demo organisation once; a second call changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This only runs in the demo: use `make demo`.")
        if is_seeded():
            return
        self.stdout.write("Loading the demo organisation …")
        # Nobody waits for mail about what happened before the demo began.
        backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, NO_MAIL
        # The demo lets its rules fire itself: not for each of six months' grades, and today.
        grade_shown.disconnect(let_rules_fire)
        try:
            seed(today=timezone.localdate(), say=self.stdout.write)
        finally:
            grade_shown.connect(let_rules_fire)
            settings.EMAIL_BACKEND = backend
