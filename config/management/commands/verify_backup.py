"""`manage.py verify_backup`: whether a backup is whole."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.operations.backup import problems_of


class Command(BaseCommand):
    help = "Reads all of a backup and says what is wrong with it; ends with 1 then."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, folder: Path, **options: Any) -> None:
        problems = problems_of(folder.absolute())
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"{len(problems)} findings: do not rely on this backup.")
        self.stdout.write("The backup is whole.")
