"""`manage.py verify_audit`: whether the audit log is whole."""

import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from people.audit_chain import verify


class Command(BaseCommand):
    help = (
        "Walks the chain of the audit log and says where it is broken; ends with 1 then. Keep the digest "
        "it prints somewhere else, and give it the next time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--newest", default="", metavar="DIGEST", help="one printed earlier")

    def handle(self, **options: Any) -> None:
        newest = options["newest"].strip().lower()
        if newest and not re.fullmatch("[0-9a-f]{64}", newest):
            raise CommandError("--newest takes a digest of 64 hexadecimal digits.")
        verdict = verify(newest=newest)
        for finding in verdict.findings:
            self.stderr.write(finding)
        self.stdout.write(
            f"{verdict.checked} events checked, {verdict.waiting} wait for their seal. "
            f"Newest digest: {verdict.newest}"
        )
        if verdict.findings:
            raise CommandError(
                f"{len(verdict.findings)} findings: the audit log was tampered with."
            )
