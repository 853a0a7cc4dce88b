"""`manage.py seal_audit`: adds what was written since to the audit log's chain; for every minute."""

from typing import Any

from django.core.management.base import BaseCommand

from people.audit_chain import seal


class Command(BaseCommand):
    help = "Adds the audit events that have no seal yet to the chain. Run it every minute."

    def handle(self, **options: Any) -> None:
        done = seal()
        if done:
            self.stdout.write(f"{done} sealed")
