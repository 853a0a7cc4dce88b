"""`manage.py send_statements`: what could not be sent at once; to be called every few minutes."""

from typing import Any

from django.core.management.base import BaseCommand

from training.sending import forget_sent, is_configured, send_waiting


class Command(BaseCommand):
    help = "Sends the xAPI statements that wait for the record store, and forgets old ones."

    def handle(self, **options: Any) -> None:
        if not is_configured():
            self.stdout.write("No record store is configured (XAPI_ENDPOINT).")
            return
        sent = send_waiting()
        self.stdout.write(f"{sent.sent} sent, {sent.refused} refused, {sent.put_off} put off")
        forget_sent()
