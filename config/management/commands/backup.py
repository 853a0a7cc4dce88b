"""`manage.py backup`: the database and the files, while everything goes on."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.operations.backup import BackupError, take_backup


class Command(BaseCommand):
    help = (
        "Writes a backup of the database and the files into a new folder, while everything goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="one that is not there yet")

    def handle(self, folder: Path, **options: Any) -> None:
        try:
            manifest = take_backup(folder.absolute())
        except BackupError as problem:
            raise CommandError(str(problem)) from problem
        rows, files = sum(manifest["tables"].values()), manifest["files"]
        size = sum(each["bytes"] for each in files) / 1e6
        self.stdout.write(f"{folder}: {rows:,} rows, {len(files)} files, {size:,.1f} MB.")
        if not manifest["folders"]:
            self.stdout.write("The files lie in a bucket and are not in it: keep its versions.")
        self.stdout.write("SECRET_KEY and PRIVACY_KEYS are not in it: keep them apart.")
