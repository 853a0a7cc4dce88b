"""`manage.py import_gift FILE …`: questions of GIFT files into the bank."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from content import gift
from content.question_exchange import ImportReport, import_gift


class Command(BaseCommand):
    help = "Reads questions from GIFT files. What is broken is named by line; the rest is imported."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="overwrite questions whose contents differ"
        )
        parser.add_argument("--tag", action="append", default=[], help="a tag for all questions")

    def handle(self, *args: Any, **options: Any) -> None:
        is_whole = True
        for path in options["files"]:
            try:
                with path.open("rb") as stream:
                    report = import_gift(
                        gift.lines_of(stream),
                        by=None,
                        replace=options["replace"],
                        tags=options["tag"],
                    )
            except OSError as error:
                raise CommandError(f"{path}: {error.strerror}") from error
            self._say(path, report)
            is_whole = is_whole and not report.broken
        if not is_whole:
            raise CommandError("Some questions are broken; they are named above.", returncode=2)

    def _say(self, path: Path, report: ImportReport) -> None:
        for problem in (*report.broken, *report.unknown, *report.kept):
            self.stdout.write(f"{path}:{problem.line}: {problem.name}: {problem.reason}")
        for line, name, note in report.notes:
            self.stdout.write(f"{path}:{line}: {name}: {note}")
        self.stdout.write(
            f"{path}: {report.added} added, {report.replaced} replaced, "
            f"{report.unchanged} unchanged, {len(report.kept)} kept as they are, "
            f"{len(report.unknown)} of other kinds, {len(report.broken)} broken."
        )
