"""`manage.py remind_owners`: one mail to each owner of pages whose review is overdue."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from content.reminders import Every, remind_owners


class Command(BaseCommand):
    help = (
        "Sends each owner one mail with the pages whose review is overdue; pages without an owner go "
        "to every editor. Once a week (or day) at most, however often it runs."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--every", choices=[each.value for each in Every], default=Every.WEEK.value
        )

    def handle(self, *, every: str, **options: Any) -> None:
        report = remind_owners(on=timezone.localdate(), every=Every(every))
        self.stdout.write(
            _("%(sent)d sent, %(already)d had theirs already, %(failed)d failed.")
            % {"sent": report.sent, "already": report.already, "failed": len(report.failed)}
        )
        for address, reason in report.failed:
            self.stderr.write(f"{address}: {reason}")
