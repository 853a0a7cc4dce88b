"""`manage.py expire_claims`: write down which claims lapsed. Nothing waits for it."""

from typing import Any

from django.core.management.base import BaseCommand

from scorecards.actions import expire_claims


class Command(BaseCommand):
    help = "Puts picks back into the pool whose claim lapsed; they count as free before that too."

    def handle(self, **options: Any) -> None:
        self.stdout.write(str(expire_claims()))
