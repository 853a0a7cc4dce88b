"""`manage.py send_digests`: for a daily run; running it again changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from insights.digest.sending import send_digests


class Command(BaseCommand):
    help = "Mails managers once a week what changed for their people, and nothing when nothing did."

    def handle(self, **options: Any) -> None:
        report = send_digests()
        self.stdout.write(
            _(
                "%(sent)d sent, %(nothing)d with nothing new, %(already)d had theirs already, "
                "%(failed)d failed."
            )
            % {
                "sent": report.sent,
                "nothing": report.nothing,
                "already": report.already,
                "failed": len(report.failed),
            }
        )
        for address, reason in report.failed:
            self.stderr.write(f"{address}: {reason}")
