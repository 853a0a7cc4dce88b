"""`manage.py export_manual FOLDER`: the manual as a tree of Markdown files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from content.markdown.exporting import export
from content.models import ManualIndexPage
from people.models import User


class Command(BaseCommand):
    help = "Writes the published manual, as one person may read it, into an empty or new folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument(
            "--as", dest="reader", metavar="EMAIL", required=True, help="whose manual it is"
        )

    def handle(self, *, folder: Path, reader: str, **options: Any) -> None:
        user = User.objects.filter(email__iexact=reader).first()
        if user is None:
            raise CommandError(f"Nobody here has the e-mail address {reader}.")
        manual = ManualIndexPage.objects.visible_to(user).first()
        if manual is None:
            raise CommandError("There is no manual that this person may read.")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CommandError(f"{folder} is not an empty folder. Nothing was written.")
        count = 0
        for path, contents in export(manual, user=user):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(contents)
            count += 1
        self.stdout.write(f"{count} files in {folder}.")
