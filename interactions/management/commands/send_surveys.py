"""`manage.py send_surveys`: for an hourly run; running it again asks nobody twice."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from interactions.surveys.asking import invite_customers
from interactions.tasks import send_surveys


class Command(BaseCommand):
    help = "Chooses by the rules whom to ask how they were served; the worker sends the mails."

    def handle(self, **options: Any) -> None:
        made = invite_customers()
        send_surveys.enqueue()
        self.stdout.write(
            ngettext("%(n)d customer is asked.", "%(n)d customers are asked.", made) % {"n": made}
        )
