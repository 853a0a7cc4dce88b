"""`manage.py expire_completions`: for a daily run; running it again changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from training.actions import expire_completions


class Command(BaseCommand):
    help = "Begins the new rounds of what has expired or is to be renewed by today."

    def handle(self, **options: Any) -> None:
        count = expire_completions()
        self.stdout.write(_("%(n)d people have something to renew.") % {"n": count})
