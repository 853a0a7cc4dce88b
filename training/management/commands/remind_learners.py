"""`manage.py remind_learners`: for a daily run; running it again changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from training.reminders import remind_learners


class Command(BaseCommand):
    help = "Mails learners once a day what is due, and managers once a week who is overdue."

    def handle(self, **options: Any) -> None:
        report = remind_learners()
        self.stdout.write(
            _("%(sent)d sent, %(already)d had theirs already, %(failed)d failed.")
            % {"sent": report.sent, "already": report.already, "failed": len(report.failed)}
        )
        for address, reason in report.failed:
            self.stderr.write(f"{address}: {reason}")
