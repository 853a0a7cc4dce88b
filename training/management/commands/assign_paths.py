"""`manage.py assign_paths`: for a daily run; running it again changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from training.actions import assign_paths_by_role


class Command(BaseCommand):
    help = "Asks new hires for the learning paths of their roles."

    def handle(self, **options: Any) -> None:
        made = assign_paths_by_role()
        self.stdout.write(_("%(n)d paths assigned.") % {"n": len(made)})
