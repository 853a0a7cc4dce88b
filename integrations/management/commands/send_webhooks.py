"""`manage.py send_webhooks`: what could not be sent at once; to be called every few minutes."""

from typing import Any

from django.core.management.base import BaseCommand

from integrations.api.once import forget_answers
from integrations.directory.keeping import forget_requests
from integrations.webhooks.sending import forget_old, send_waiting


class Command(BaseCommand):
    help = "Sends the webhooks that wait, and forgets old events, stored answers and SCIM requests."

    def handle(self, **options: Any) -> None:
        sent = send_waiting()
        self.stdout.write(f"{sent.sent} sent, {sent.put_off} put off, {sent.given_up} given up")
        forget_old()
        forget_answers()
        forget_requests()
