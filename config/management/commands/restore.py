"""`manage.py restore`: puts a backup back."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.operations.backup import BackupError, restore_backup


class Command(BaseCommand):
    help = (
        "Checks a backup and puts it into the database and the folders of files. Stop web and workers "
        "first."
    )
    # The database may be empty.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--replace",
            action="store_true",
            help="into a database that is not empty, which is lost",
        )

    def handle(self, folder: Path, **options: Any) -> None:
        try:
            manifest = restore_backup(folder.absolute(), replace=options["replace"])
        except BackupError as problem:
            raise CommandError(str(problem)) from problem
        rows = sum(manifest["tables"].values())
        self.stdout.write(f"Restored: {rows:,} rows, as they were at {manifest['taken_at']}.")
        self.stdout.write("Now: manage.py migrate, manage.py verify_audit, and start.")
