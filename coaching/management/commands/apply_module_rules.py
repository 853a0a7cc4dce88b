from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from coaching.actions import apply_rules_to_all


class Command(BaseCommand):
    help = "Assign the modules that rules ask for and that a crash left out. Safe at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        n = len(apply_rules_to_all())
        self.stdout.write(ngettext("%(n)d rule fired.", "Rules fired %(n)d times.", n) % {"n": n})
