"""`manage.py dump_data FILE`: everything that is stored here as a zip of JSON Lines, with a manifest."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from integrations.dumping.running import delete_expired
from integrations.dumping.writing import write_dump
from people.audit import record
from people.models import User


class Command(BaseCommand):
    help = (
        "Writes every table as JSON Lines into a zip, without passwords and other secrets. "
        "With --expire it deletes the dumps made in the browser whose time is over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--by", default="", help="e-mail address that the audit log names")
        parser.add_argument("--expire", action="store_true")

    def handle(self, **options: Any) -> None:
        if options["expire"]:
            self.stdout.write(f"{delete_expired(at=timezone.now())} deleted")
            return
        target: Path | None = options["file"]
        if target is None:
            raise CommandError("Say which file to write: dump_data FILE")
        if target.exists():
            raise CommandError(f"{target} is there already. Choose another name.")
        by = User.objects.filter(email__iexact=options["by"], is_active=True).first()
        if options["by"] and by is None:
            raise CommandError(f"Nobody here has the address {options['by']}.")
        # What is half written has another name.
        half = target.with_name(f"{target.name}.part")
        try:
            with half.open("wb") as file:
                half.chmod(0o600)
                counts = write_dump(file)
            half.replace(target)
        except OSError as problem:
            raise CommandError(str(problem)) from None
        finally:
            half.unlink(missing_ok=True)
        total = sum(counts.values())
        if by is not None:
            record("dump_data", by=by, of=by, after={"rows": total})
        self.stdout.write(f"{total} rows of {len(counts)} tables")
