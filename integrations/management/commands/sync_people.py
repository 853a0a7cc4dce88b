"""`manage.py sync_people FILE`: people and teams from a CSV file, as a dry run unless told otherwise."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.actions import NotAllowed
from integrations.directory.files import UnreadableFile, apply_run, start_run
from people.models import User


class Command(BaseCommand):
    help = (
        "Shows what a CSV file of people would change, and changes it with --apply. Exit code 1 when a "
        "line was refused or the file cannot be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, help="e-mail address of an administrator")
        parser.add_argument("--apply", action="store_true", help="do it")
        parser.add_argument(
            "--deactivate-missing", action="store_true", help="deactivate who is not in the file"
        )

    def handle(self, **options: Any) -> None:
        by = User.objects.filter(email__iexact=options["by"], is_active=True).first()
        if by is None:
            raise CommandError(f"Nobody here has the address {options['by']}.")
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                run = start_run(
                    file, name=path.name, by=by, deactivates=options["deactivate_missing"]
                )
            if options["apply"]:
                run = apply_run(run, by=by)
        except (UnreadableFile, NotAllowed, OSError) as problem:
            raise CommandError(str(problem)) from None
        for row in run.changes:
            said = row.get("reason") or json.dumps(row["changes"], ensure_ascii=False)
            self.stdout.write(f"{row['row'] or '-'}\t{row['status']}\t{row['email']}\t{said}")
        counts = ", ".join(f"{count} {kind}" for kind, count in run.counts.items())
        done = "applied" if options["apply"] else "dry run, nothing was changed"
        self.stdout.write(f"{counts} ({done})")
        if run.counts.get("refused"):
            raise CommandError(f"{run.counts['refused']} lines were refused.")
