"""`manage.py ask_for_signatures`: ask everybody who is to sign for a procedure and was not asked yet."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from content.editions import record_missing_editions
from training.actions import ask_for_signatures


class Command(BaseCommand):
    help = (
        "Asks who is concerned by a procedure and has not signed its last material edition, and takes "
        "back what is not asked any more. Safe to run at any time; run it each night, for memberships "
        "that begin or end that day. Procedures older than the record of editions get their first one."
    )

    def handle(self, **options: Any) -> None:
        recorded = record_missing_editions()
        report = ask_for_signatures()
        self.stdout.write(
            _("%(recorded)d editions recorded, %(asked)d people asked, %(withdrawn)d taken back.")
            % {"recorded": recorded, "asked": report.asked, "withdrawn": report.withdrawn}
        )
